//! The name server of the internet: honest names, names that lead into private networks, and names that
//! lead somewhere else each time they are asked for.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, UdpSocket as StdUdpSocket};

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;

use super::internet::PUBLIC;
use crate::servers::RUNTIME;

/// Names and what they resolve to: addresses, or another name.
const NAMES: &[(&str, &[&str])] = &[
    ("public.example.net", &[PUBLIC]),
    ("www.example.net", &[PUBLIC]),
    ("private.example.net", &["10.0.0.5"]),
    ("private172.example.net", &["172.16.0.5"]),
    ("private192.example.net", &["192.168.1.5"]),
    ("loopback.example.net", &["127.0.0.1"]),
    ("loopback6.example.net", &["::1"]),
    ("unspecified.example.net", &["0.0.0.0"]),
    ("unspecified6.example.net", &["::"]),
    ("metadata.example.net", &["169.254.169.254"]),
    ("metadata6.example.net", &["fd00:ec2::254"]),
    ("cgnat.example.net", &["100.64.0.5"]),
    ("mapped.example.net", &["::ffff:10.0.0.5"]),
    ("mapped-metadata.example.net", &["::ffff:169.254.169.254"]),
    ("compatible.example.net", &["::10.0.0.5"]),
    ("nat64.example.net", &["64:ff9b::10.0.0.5"]),
    ("6to4.example.net", &["2002:a00:5::1"]),
    ("own.example.net", &["10.77.0.2"]),
    ("own-public.example.net", &["93.184.216.40"]),
    ("own-public6.example.net", &["2606:2800::40"]),
    ("127.0.0.1.example.net", &["127.0.0.1"]),
    ("10-0-0-5.example.net", &["10.0.0.5"]),
    (
        "mixed.example.net",
        &["127.0.0.1", "10.0.0.5", "169.254.169.254"],
    ),
    ("alias.example.net", &["private.example.net"]),
    ("alias2.example.net", &["alias.example.net"]),
    ("alias3.example.net", &["alias2.example.net"]),
    ("alias-loop.example.net", &["alias-loop.example.net"]),
    ("alias-localhost.example.net", &["localhost"]),
    ("alias-metadata.example.net", &["metadata.google.internal"]),
    ("metadata.google.internal", &["169.254.169.254"]),
    ("db.internal", &["10.0.0.5"]),
    ("kubernetes.default.svc.cluster.local", &["10.0.0.5"]),
];

/// Names below this are public when asked for the first time, and then no more.
const REBINDING: &str = ".rebind.example.net";

pub fn serve(socket: StdUdpSocket) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    let _on = RUNTIME.enter();
    let socket = UdpSocket::from_std(socket)?;
    RUNTIME.spawn(async move {
        let mut asked = HashMap::new();
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let answer = Message::from_vec(&buffer[..length])
                .ok()
                .and_then(|question| answer(question, &mut asked).to_vec().ok());
            if let Some(answer) = answer {
                let _ = socket.send_to(&answer, from).await;
            }
        }
    });
    Ok(())
}

fn answer(question: Message, asked: &mut HashMap<String, usize>) -> Message {
    let mut message = question;
    message.metadata.message_type = MessageType::Response;
    message.metadata.recursion_available = true;
    let Some(query) = message.queries.first().cloned() else {
        return message;
    };
    let mut name = query.name().to_string().to_ascii_lowercase();
    name.truncate(name.trim_end_matches('.').len());
    // A resolver asks once for each kind of address: the first time is both.
    let times = asked
        .entry(format!("{name} {}", query.query_type()))
        .or_default();
    *times += 1;
    let found = match name.ends_with(REBINDING) {
        true if *times == 1 => Some([PUBLIC].as_slice()),
        true => Some(["127.0.0.1"].as_slice()),
        false => addresses(&name),
    };
    let Some(mut found) = found else {
        message.metadata.response_code = ResponseCode::NXDomain;
        return message;
    };
    let mut owner = query.name().clone();
    // Chains of aliases, as far as they are known here.
    for _ in 0..8 {
        let [alias] = found else { break };
        if alias.parse::<IpAddr>().is_ok() {
            break;
        }
        let target = Name::from_ascii(format!("{alias}.")).expect("a name");
        let alias_to = RData::CNAME(CNAME(target.clone()));
        message.add_answer(Record::from_rdata(owner, 0, alias_to));
        owner = target;
        found = addresses(alias).unwrap_or_default();
    }
    for address in found.iter().filter_map(|text| text.parse().ok()) {
        let data = match (address, query.query_type()) {
            (IpAddr::V4(v4), RecordType::A) => RData::A(A(v4)),
            (IpAddr::V6(v6), RecordType::AAAA) => RData::AAAA(AAAA(v6)),
            _ => continue,
        };
        message.add_answer(Record::from_rdata(owner.clone(), 0, data));
    }
    message
}

fn addresses(name: &str) -> Option<&'static [&'static str]> {
    let mut names = NAMES.iter();
    names
        .find(|(known, _)| *known == name)
        .map(|(_, found)| *found)
}
