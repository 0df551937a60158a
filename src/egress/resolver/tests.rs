//! Against real DNS servers on loopback, which the tests start.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, SOA};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket as Udp};

use super::*;

/// What a server says about a name.
#[derive(Clone, Debug)]
enum Has {
    Addresses(u32, Vec<IpAddr>),
    /// Another name, which has addresses.
    Alias(u32, &'static str),
    /// No such name, for so many seconds.
    Nothing(u32),
    /// No such name, and nobody says for how long.
    NothingAtAll,
    Fails,
    Silent,
    /// The first question for IPv4 addresses gets lost.
    Lossy(Vec<IpAddr>),
    /// Says so only over TCP.
    TooLong(Vec<IpAddr>),
    /// IPv4 only; questions for IPv6 get no answer.
    SilentAboutIpv6(Vec<IpAddr>),
}

/// Answers until it is dropped.
struct Server {
    port: u16,
    zone: Arc<Zone>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

#[derive(Default)]
struct Zone {
    names: Mutex<HashMap<String, Has>>,
    /// Questions for IPv4 addresses.
    asked: AtomicUsize,
}

/// Both on one port. Where any will do, one that somebody has taken for TCP meanwhile is left to them.
async fn sockets(address: &str, port: u16) -> (Udp, TcpListener) {
    for _ in 0..20 {
        let udp = Udp::bind((address, port)).await.unwrap();
        let port = udp.local_addr().unwrap().port();
        if let Ok(tcp) = TcpListener::bind((address, port)).await {
            return (udp, tcp);
        }
    }
    panic!("no port is free for UDP and TCP alike");
}

impl Server {
    async fn start(address: &str, port: u16, names: &[(&str, Has)]) -> Self {
        let (udp, tcp) = sockets(address, port).await;
        let port = udp.local_addr().unwrap().port();
        let zone = Arc::new(Zone::default());
        let tasks = vec![
            tokio::spawn(over_udp(udp, Arc::clone(&zone))),
            tokio::spawn(over_tcp(tcp, Arc::clone(&zone))),
        ];
        let server = Self { port, zone, tasks };
        for (name, has) in names {
            server.set(name, has.clone());
        }
        server
    }

    fn set(&self, name: &str, has: Has) {
        self.zone.names.lock().unwrap().insert(name.to_owned(), has);
    }

    fn asked(&self) -> usize {
        self.zone.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

async fn over_udp(socket: Udp, zone: Arc<Zone>) {
    let mut question = [0; 1500];
    loop {
        let (length, from) = socket.recv_from(&mut question).await.unwrap();
        if let Some(answer) = zone.answer(&question[..length], false) {
            socket.send_to(&answer, from).await.unwrap();
        }
    }
}

async fn over_tcp(listener: TcpListener, zone: Arc<Zone>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(one_connection(stream, Arc::clone(&zone)));
    }
}

async fn one_connection(mut stream: TcpStream, zone: Arc<Zone>) -> io::Result<()> {
    loop {
        let length = stream.read_u16().await?;
        let mut question = vec![0; length.into()];
        stream.read_exact(&mut question).await?;
        if let Some(answer) = zone.answer(&question, true) {
            stream.write_u16(answer.len() as u16).await?;
            stream.write_all(&answer).await?;
        }
    }
}

impl Zone {
    fn answer(&self, question: &[u8], by_tcp: bool) -> Option<Vec<u8>> {
        let asked = Message::from_vec(question).unwrap();
        let query = asked.queries[0].clone();
        let family = query.query_type();
        if family == RecordType::A {
            self.asked.fetch_add(1, Ordering::SeqCst);
        }
        let mut answer = Message::response(asked.id, asked.op_code);
        answer.metadata.message_type = MessageType::Response;
        answer.metadata.recursion_available = true;
        answer.add_query(query.clone());
        let name = query.name().to_string().to_lowercase();
        let has = self.names.lock().unwrap().get(name.as_str()).cloned();
        let addresses = |answer: &mut Message, name: &Name, seconds, addresses: &[IpAddr]| {
            for address in addresses {
                let data = match address {
                    IpAddr::V4(address) => RData::A(A(*address)),
                    IpAddr::V6(address) => RData::AAAA(AAAA(*address)),
                };
                if data.record_type() == family {
                    answer.add_answers([Record::from_rdata(name.clone(), seconds, data)]);
                }
            }
        };
        match has.unwrap_or(Has::Nothing(60)) {
            Has::Addresses(seconds, found) => addresses(&mut answer, query.name(), seconds, &found),
            Has::Alias(seconds, other) => {
                let target = Name::from_ascii(other).unwrap();
                let data = RData::CNAME(CNAME(target.clone()));
                answer.add_answers([Record::from_rdata(query.name().clone(), 3600, data)]);
                addresses(&mut answer, &target, seconds, &["9.9.9.9".parse().unwrap()]);
            }
            Has::Nothing(seconds) => {
                answer.metadata.response_code = ResponseCode::NXDomain;
                let root = Name::root();
                let soa = SOA::new(root.clone(), root.clone(), 1, 60, 60, 60, seconds);
                answer.add_authorities([Record::from_rdata(root, seconds, RData::SOA(soa))]);
            }
            Has::NothingAtAll => answer.metadata.response_code = ResponseCode::NXDomain,
            Has::Fails => answer.metadata.response_code = ResponseCode::ServFail,
            Has::Silent => return None,
            Has::Lossy(found) if family == RecordType::AAAA => {
                addresses(&mut answer, query.name(), 60, &found);
            }
            Has::Lossy(found) => {
                self.names
                    .lock()
                    .unwrap()
                    .insert(name, Has::Addresses(60, found));
                return None;
            }
            Has::TooLong(found) if by_tcp => addresses(&mut answer, query.name(), 60, &found),
            Has::TooLong(_) => answer.metadata.truncation = true,
            Has::SilentAboutIpv6(_) if family == RecordType::AAAA => return None,
            Has::SilentAboutIpv6(found) => addresses(&mut answer, query.name(), 60, &found),
        }
        Some(answer.to_vec().unwrap())
    }
}

/// A resolver whose files lie in a folder of the test's.
struct Host {
    folder: std::path::PathBuf,
    resolver: Resolver,
}

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

impl Host {
    fn new(resolv_conf: Option<&str>, hosts: &str, port: u16, timeout: Duration) -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::SeqCst);
        let name = format!("belljar-resolver-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        if let Some(text) = resolv_conf {
            fs::write(folder.join("resolv.conf"), text).unwrap();
        }
        fs::write(folder.join("hosts"), hosts).unwrap();
        let resolver = Resolver::new(ResolverSettings {
            resolv_conf: folder.join("resolv.conf"),
            hosts: folder.join("hosts"),
            port,
            timeout,
        });
        Self { folder, resolver }
    }

    fn asking(server: &Server) -> Self {
        Self::new(
            Some("nameserver 127.0.0.1\n"),
            "",
            server.port,
            Duration::from_secs(3),
        )
    }

    async fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        self.resolver.lookup(&Who::default(), name).await
    }

    async fn finds(&self, name: &str) -> Vec<IpAddr> {
        self.lookup(name).await.unwrap()
    }

    fn path(&self, name: &str) -> impl AsRef<Path> + use<> {
        self.folder.join(name)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn ips(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn has(texts: &[&str]) -> Has {
    Has::Addresses(60, ips(texts))
}

fn is_not_found(answer: &Result<Vec<IpAddr>, LookupError>) -> bool {
    matches!(answer, Err(LookupError::NotFound(_)))
}

fn failure(answer: Result<Vec<IpAddr>, LookupError>) -> String {
    match answer {
        Err(LookupError::Failed(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_name_has_the_addresses_of_both_families() {
    let both = has(&["1.1.1.1", "2606:4700::1111"]);
    let names = [("a.example.", both), ("b.example.", has(&["2606:4700::1"]))];
    let server = Server::start("127.0.0.1", 0, &names).await;
    let host = Host::asking(&server);
    let mut found = host.finds("a.example").await;
    found.sort();
    assert_eq!(found, ips(&["1.1.1.1", "2606:4700::1111"]));
    assert_eq!(host.finds("A.Example.").await.len(), 2);
    assert_eq!(host.finds("b.example").await, ips(&["2606:4700::1"]));
}

#[tokio::test]
async fn an_answer_is_remembered_as_long_as_it_says() {
    let first = Has::Addresses(1, ips(&["1.1.1.1"]));
    let server = Server::start("127.0.0.1", 0, &[("a.example.", first)]).await;
    let host = Host::asking(&server);
    assert_eq!(host.finds("a.example").await, ips(&["1.1.1.1"]));
    server.set("a.example.", Has::Addresses(1, ips(&["2.2.2.2"])));
    assert_eq!(host.finds("a.example").await, ips(&["1.1.1.1"]));
    assert_eq!(server.asked(), 1);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(host.finds("a.example").await, ips(&["2.2.2.2"]));
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn an_answer_that_holds_for_no_time_is_not_remembered() {
    let first = Has::Addresses(0, ips(&["1.1.1.1"]));
    let server = Server::start("127.0.0.1", 0, &[("a.example.", first)]).await;
    let host = Host::asking(&server);
    assert_eq!(host.finds("a.example").await, ips(&["1.1.1.1"]));
    server.set("a.example.", Has::Addresses(0, ips(&["10.0.0.1"])));
    assert_eq!(host.finds("a.example").await, ips(&["10.0.0.1"]));
}

#[tokio::test]
async fn an_alias_is_followed_and_holds_no_longer_than_what_it_leads_to() {
    let names = [("a.example.", Has::Alias(1, "b.example."))];
    let server = Server::start("127.0.0.1", 0, &names).await;
    let host = Host::asking(&server);
    assert_eq!(host.finds("a.example").await, ips(&["9.9.9.9"]));
    server.set("a.example.", has(&["1.1.1.1"]));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(host.finds("a.example").await, ips(&["1.1.1.1"]));
}

#[tokio::test]
async fn that_there_is_no_such_name_is_remembered_as_long_as_that_says() {
    let names = [
        ("a.example.", Has::Nothing(1)),
        ("b.example.", Has::NothingAtAll),
    ];
    let server = Server::start("127.0.0.1", 0, &names).await;
    let host = Host::asking(&server);
    for name in ["a.example", "b.example"] {
        assert!(is_not_found(&host.lookup(name).await), "{name}");
        server.set(&format!("{name}."), has(&["1.1.1.1"]));
    }
    assert!(is_not_found(&host.lookup("a.example").await));
    // Nobody said for how long.
    assert_eq!(host.finds("b.example").await, ips(&["1.1.1.1"]));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(host.finds("a.example").await, ips(&["1.1.1.1"]));
}

#[tokio::test]
async fn a_name_without_addresses_is_not_found() {
    let server = Server::start("127.0.0.1", 0, &[("a.example.", has(&[]))]).await;
    let host = Host::asking(&server);
    assert!(is_not_found(&host.lookup("a.example").await));
}

#[tokio::test]
async fn a_server_that_fails_is_told_and_asked_again() {
    let server = Server::start("127.0.0.1", 0, &[("a.example.", Has::Fails)]).await;
    let host = Host::asking(&server);
    let why = failure(host.lookup("a.example").await);
    assert!(
        why.contains("a.example: the DNS server says: Server Failure"),
        "{why}"
    );
    server.set("a.example.", has(&["1.1.1.1"]));
    assert_eq!(host.finds("a.example").await, ips(&["1.1.1.1"]));
}

#[tokio::test]
async fn a_lookup_ends_in_its_time() {
    let server = Server::start("127.0.0.1", 0, &[("a.example.", Has::Silent)]).await;
    let resolv_conf = Some("nameserver 127.0.0.1\n");
    let host = Host::new(resolv_conf, "", server.port, Duration::from_millis(500));
    let start = Instant::now();
    let why = failure(host.lookup("a.example").await);
    assert!(why.contains("in time"), "{why}");
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_in_time_whatever_is_configured() {
    // A port where nobody listens any more.
    let port = {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.local_addr().unwrap().port()
    };
    let files = [
        Some("nameserver 127.0.0.1\n"),
        Some("search a.example\n"),
        Some("no such thing\n\u{0}"),
        Some(""),
        None,
    ];
    for resolv_conf in files {
        let host = Host::new(resolv_conf, "", port, Duration::from_millis(300));
        let start = Instant::now();
        let why = failure(host.lookup("a.example").await);
        assert!(why.contains("no DNS server"), "{resolv_conf:?}: {why}");
        assert!(start.elapsed() < Duration::from_secs(2), "{resolv_conf:?}");
    }
}

#[tokio::test]
async fn without_a_file_the_machines_own_server_is_asked() {
    let server = Server::start("127.0.0.1", 0, &[("a.example.", has(&["1.1.1.1"]))]).await;
    let host = Host::new(None, "", server.port, Duration::from_secs(3));
    assert_eq!(host.finds("a.example").await, ips(&["1.1.1.1"]));
}

#[tokio::test]
async fn servers_are_asked_in_their_order_and_the_next_when_one_does_not_answer() {
    let first = Server::start("127.0.0.2", 0, &[("a.example.", has(&["1.1.1.1"]))]).await;
    let names = [
        ("a.example.", has(&["2.2.2.2"])),
        ("b.example.", has(&["3.3.3.3"])),
    ];
    let second = Server::start("127.0.0.3", first.port, &names).await;
    let resolv_conf = "nameserver 127.0.0.2\nnameserver 127.0.0.3\noptions timeout:1\n";
    let host = Host::new(Some(resolv_conf), "", first.port, Duration::from_secs(5));
    assert_eq!(host.finds("a.example").await, ips(&["1.1.1.1"]));
    // What the first says about its own names is final: the second may be another world's.
    assert!(is_not_found(&host.lookup("b.example").await));
    assert_eq!(second.asked(), 0);
    for (name, trouble) in [("c.example.", Has::Fails), ("d.example.", Has::Silent)] {
        first.set(name, trouble);
        second.set(name, has(&["4.4.4.4"]));
        assert_eq!(host.finds(name).await, ips(&["4.4.4.4"]), "{name}");
    }
    // One that was silent is asked last for a while.
    second.set("e.example.", has(&["5.5.5.5"]));
    first.set("e.example.", Has::Silent);
    let start = Instant::now();
    assert_eq!(host.finds("e.example").await, ips(&["5.5.5.5"]));
    assert!(
        start.elapsed() < Duration::from_millis(800),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn short_names_are_searched_for_in_the_domains_that_are_configured() {
    let names = [
        ("db.one.example.", Has::Nothing(60)),
        ("db.two.example.", has(&["1.1.1.1"])),
        ("a.b.one.example.", has(&["2.2.2.2"])),
        ("a.b.", has(&["3.3.3.3"])),
    ];
    let server = Server::start("127.0.0.1", 0, &names).await;
    let with = |options: &str| {
        let text = format!("nameserver 127.0.0.1\nsearch one.example two.example\n{options}");
        Host::new(Some(&text), "", server.port, Duration::from_secs(3))
    };
    let host = with("");
    assert_eq!(host.finds("db").await, ips(&["1.1.1.1"]));
    assert_eq!(host.finds("a.b").await, ips(&["3.3.3.3"]));
    assert!(is_not_found(&host.lookup("nowhere").await));
    assert_eq!(
        with("options ndots:2\n").finds("a.b").await,
        ips(&["2.2.2.2"])
    );
}

#[tokio::test]
async fn the_file_of_hosts_comes_first() {
    let server = Server::start("127.0.0.1", 0, &[("db.example.", has(&["1.1.1.1"]))]).await;
    let hosts = "127.0.0.1 localhost\n10.0.0.5 db.example DB # comment\nfd00::5 db.example\n";
    let resolv_conf = Some("nameserver 127.0.0.1\n");
    let host = Host::new(resolv_conf, hosts, server.port, Duration::from_secs(3));
    let mut found = host.finds("db.example").await;
    found.sort();
    assert_eq!(found, ips(&["10.0.0.5", "fd00::5"]));
    assert_eq!(host.finds("Db").await, ips(&["10.0.0.5"]));
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn changes_of_the_files_are_noticed_and_forget_what_was_answered() {
    let first = Server::start("127.0.0.2", 0, &[("a.example.", has(&["1.1.1.1"]))]).await;
    let names = [("a.example.", has(&["2.2.2.2"]))];
    let _second = Server::start("127.0.0.3", first.port, &names).await;
    let resolv_conf = Some("nameserver 127.0.0.2\n");
    let host = Host::new(resolv_conf, "", first.port, Duration::from_secs(3));
    assert_eq!(host.finds("a.example").await, ips(&["1.1.1.1"]));
    fs::write(host.path("resolv.conf"), "nameserver 127.0.0.3\n").unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(host.finds("a.example").await, ips(&["2.2.2.2"]));
    fs::write(host.path("hosts"), "3.3.3.3 a.example\n").unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(host.finds("a.example").await, ips(&["3.3.3.3"]));
    fs::remove_file(host.path("hosts")).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(host.finds("a.example").await, ips(&["2.2.2.2"]));
}

#[tokio::test]
async fn localhost_is_this_machine_and_nobody_is_asked() {
    let names = [
        ("localhost.", has(&["1.1.1.1"])),
        ("a.localhost.", has(&["1.1.1.1"])),
    ];
    let server = Server::start("127.0.0.1", 0, &names).await;
    let resolv_conf = Some("nameserver 127.0.0.1\n");
    let hosts = "1.1.1.1 localhost\n";
    let host = Host::new(resolv_conf, hosts, server.port, Duration::from_secs(3));
    for name in ["localhost", "LOCALHOST.", "a.localhost"] {
        assert_eq!(host.finds(name).await, ips(&["127.0.0.1", "::1"]), "{name}");
    }
    assert_eq!(host.finds("0x7f.1").await, ips(&["127.0.0.1"]));
    assert_eq!(host.finds("[::ffff:1.2.3.4]").await, ips(&["1.2.3.4"]));
    assert!(is_not_found(&host.lookup("not a name").await));
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn a_long_answer_comes_over_tcp_and_is_cut_to_what_anybody_tries() {
    let many: Vec<IpAddr> = (0..1000u32)
        .map(|number| Ipv4Addr::from(0x0101_0000 + number).into())
        .collect();
    let server = Server::start("127.0.0.1", 0, &[("a.example.", Has::TooLong(many))]).await;
    let found = Host::asking(&server).finds("a.example").await;
    assert_eq!(found.len(), MOST_ADDRESSES);
}

#[tokio::test]
async fn a_server_that_is_silent_about_ipv6_holds_nobody_up() {
    let names = [("a.example.", Has::SilentAboutIpv6(ips(&["1.1.1.1"])))];
    let server = Server::start("127.0.0.1", 0, &names).await;
    let host = Host::asking(&server);
    let start = Instant::now();
    assert_eq!(host.finds("a.example").await, ips(&["1.1.1.1"]));
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_question_that_gets_lost_is_sent_again() {
    let names = [("a.example.", Has::Lossy(ips(&["1.1.1.1", "2606:4700::1"])))];
    let server = Server::start("127.0.0.1", 0, &names).await;
    let host = Host::asking(&server);
    let start = Instant::now();
    assert_eq!(host.finds("a.example").await.len(), 2);
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn many_at_once_are_one_question() {
    let server = Server::start("127.0.0.1", 0, &[("a.example.", has(&["1.1.1.1"]))]).await;
    let host = Arc::new(Host::asking(&server));
    let ask = |_| {
        let host = Arc::clone(&host);
        tokio::spawn(async move { host.finds("a.example").await })
    };
    let all: Vec<_> = (0..1000).map(ask).collect();
    for one in all {
        assert_eq!(one.await.unwrap(), ips(&["1.1.1.1"]));
    }
    assert!(server.asked() < 20, "{}", server.asked());
}

#[test]
fn families_take_turns() {
    for (found, ipv6_first, ordered) in [
        (
            &["1.1.1.1", "2.2.2.2", "::2", "::3"][..],
            true,
            &["::2", "1.1.1.1", "::3", "2.2.2.2"][..],
        ),
        (
            &["1.1.1.1", "2.2.2.2", "::2", "::3"],
            false,
            &["1.1.1.1", "::2", "2.2.2.2", "::3"],
        ),
        (
            &["1.1.1.1", "2.2.2.2", "::2"],
            true,
            &["::2", "1.1.1.1", "2.2.2.2"],
        ),
        (&["1.1.1.1"], true, &["1.1.1.1"]),
    ] {
        assert_eq!(in_turn(ips(found), ipv6_first), ips(ordered), "{found:?}");
    }
}
