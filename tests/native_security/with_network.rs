//! Programs that have the network: what they are handed is a connection and nothing that could become
//! another one, and whatever they say to the jailer, they are who they are.

use std::time::{Duration, Instant};

use crate::attack::{Attack, Ends::*, attack, check_with_network};
use crate::jail::{Jail, LIMITS, ROOT};
use crate::layers::NAMESPACES;
use crate::modes;

/// What programs without the network do not have: the socket to the jailer, at descriptor 3.
const THE_JAILER: &[&str] = &["any other descriptor", "objects of its memory manager"];

/// Besides, what stands open to all where there are no namespaces.
fn open_without_namespaces() -> Vec<&'static str> {
    [THE_JAILER, modes::OPEN_WITHOUT_NAMESPACES].concat()
}

fn connections_stay_what_they_are() -> Vec<Attack> {
    let with_connection = |name: &'static str, rest: &str| {
        let begin = r#"connection = socket.create_connection(("127.0.0.1", HOST["reachable"]), timeout=5)
fd = connection.fileno()
to = struct.pack("=HHI8x", socket.AF_INET, socket.htons(HOST["port"]), 0x0100007f)
"#;
        attack(name, format!("{begin}{rest}"), Refused, &[])
    };
    let options = [
        ("another device", "1, 25, b'lo\\0'"),
        ("a mark for the router", "1, 36, struct.pack('I', 1)"),
        ("a filter on it", "1, 26, struct.pack('HP', 0, 0)"),
        (
            "waiting when it is closed",
            "1, 13, struct.pack('ii', 1, 600)",
        ),
        ("other options of the header", "0, 4, bytes(4)"),
        (
            "an address that is not its own",
            "0, 19, struct.pack('I', 1)",
        ),
        ("being repaired", "6, 19, struct.pack('I', 1)"),
        ("connecting while sending", "6, 30, struct.pack('I', 1)"),
        ("another protocol on it", "6, 31, b'tls'"),
        ("another congestion control", "6, 13, b'reno'"),
        ("groups of machines", "0, 35, bytes(8)"),
    ];
    let options = options.map(|(name, option)| {
        let body = format!("level, number, value = {option}\ncall(\"setsockopt\", fd, level, number, value, len(value))\nreturn \"it is set\"");
        attack(format!("a connection: {name}"), with_connection("", &body).program().to_owned(), Refused, &[])
    });
    let mut attacks = vec![
        with_connection(
            "a connection that is turned to somebody else",
            "call(\"connect\", fd, to, 16)\nreturn connection.recv(100)",
        ),
        with_connection(
            "a connection that is taken apart and connected anew",
            "call(\"connect\", fd, bytes(16), 16)\ncall(\"connect\", fd, to, 16)\nreturn connection.recv(100)",
        ),
        with_connection(
            "a connection that is taken apart",
            "return call(\"connect\", fd, bytes(16), 16)",
        ),
        with_connection(
            "a connection that is taken apart while sending",
            "call(\"sendto\", fd, b\"x\", 1, 0x20000000, bytes(16), 16)\nreturn \"sent\"",
        ),
        with_connection(
            "a connection that is used to send to somebody else",
            "call(\"sendto\", fd, b\"x\", 1, 0, to, 16)\nreturn \"sent\"",
        ),
        with_connection(
            "a connection that ended, connected anew while sending",
            "connection.shutdown(socket.SHUT_RDWR)\nconnection.close()\nfd = call(\"socket\", socket.AF_INET, socket.SOCK_STREAM, 0)\ncall(\"sendto\", fd, b\"x\", 1, 0x20000000, to, 16)\nreturn os.read(fd, 100)",
        ),
        with_connection(
            "a connection that is used to send a message and connect",
            "name = ctypes.create_string_buffer(to, 16)\nmessage = ctypes.create_string_buffer(struct.pack(\"PIPLPLi\", ctypes.addressof(name), 16, 0, 0, 0, 0, 0), 56)\ncall(\"sendmsg\", fd, message, 0x20000000)\nreturn \"sent\"",
        ),
        with_connection(
            "a connection that listens",
            "call(\"listen\", fd, 1)\nreturn \"it listens\"",
        ),
        with_connection(
            "a connection with another address",
            "call(\"bind\", fd, to, 16)\nreturn \"it has it\"",
        ),
        with_connection(
            "a connection that accepts",
            "return call(\"accept4\", fd, 0, 0, 0)",
        ),
        with_connection(
            "the machine's interfaces, by a connection",
            "import fcntl\nbuffer = bytearray(40)\nbuffer[:2] = b\"lo\"\nfcntl.ioctl(fd, 0x8915, buffer)\nreturn bytes(buffer)",
        ),
        with_connection(
            "memory of the network card",
            "value = ctypes.create_string_buffer(64)\nsize = ctypes.c_int(64)\ncall(\"getsockopt\", fd, 6, 35, value, ctypes.byref(size))\nreturn \"it is mapped\"",
        ),
    ];
    attacks.extend(options);
    attacks
}

/// What is at descriptor 3, and what it is told.
fn the_jailer_is_told_lies() -> Vec<Attack> {
    let told = |name: &'static str, rest: &str| {
        let begin = r#"import json, array
jailer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, os.dup(3))
jailer.settimeout(5)
def tell(said):
    jailer.send(said if isinstance(said, bytes) else json.dumps(said).encode())
    answer, ancillary, _, _ = jailer.recvmsg(65536, 64)
    if not answer:
        raise Refused("it does not listen any more")
    answer = json.loads(answer)
    if answer["refused"]:
        raise Refused(answer["refused"])
    fds = array.array("i")
    fds.frombytes(ancillary[0][2])
    pair = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fds[0])
    pair.settimeout(5)
    answer, ancillary, _, _ = pair.recvmsg(65536, 64)
    answer = json.loads(answer)
    if answer != "connected" and "connected" not in answer and "addresses" not in answer:
        raise Refused(answer)
    return answer
"#;
        attack(name, format!("{begin}{rest}"), Refused, &[])
    };
    let connect = r#""wish": {"connect": {"host": "127.0.0.1", "port": HOST["reachable"]}}"#;
    vec![
        told(
            "the jailer: a port that is not allowed",
            r#"return tell({"id": 1, "wish": {"connect": {"host": "127.0.0.1", "port": HOST["port"]}}})"#,
        ),
        told(
            "the jailer: on behalf of another tenant",
            &format!(
                r#"return tell({{"id": 1, "who": {{"tenant": "other", "request": "1"}}, {connect}}})"#
            ),
        ),
        told(
            "the jailer: on behalf of another tenant, inside",
            r#"return tell({"id": 1, "wish": {"connect": {"host": "127.0.0.1", "port": HOST["reachable"], "who": {"tenant": "other", "request": "1"}}}})"#,
        ),
        told(
            "the jailer: what servers say",
            r#"return tell({"run": {"set": "0" * 64, "limits": {}, "imports": []}})"#,
        ),
        told(
            "the jailer: what children say",
            r#"return tell(b'"parked"')"#,
        ),
        told("the jailer: no JSON", r#"return tell(b"\xff" * 60000)"#),
        told(
            "the jailer: a name that the policy does not know",
            r#"return tell({"id": 1, "wish": {"connect": {"host": "metadata.internal", "port": 80}}})"#,
        ),
        told(
            "the jailer: who is at the other end",
            r#"return jailer.getsockopt(socket.SOL_SOCKET, 17, 12)"#,
        ),
        told(
            "the jailer: a handle on it",
            r#"return jailer.getsockopt(socket.SOL_SOCKET, 77)"#,
        ),
        told(
            "the jailer: a listener for more calls",
            r#"
filter = ctypes.create_string_buffer(struct.pack("=HBBI", 6, 0, 0, 0x7fff0000), 8)
program = ctypes.create_string_buffer(struct.pack("@HP", 1, ctypes.addressof(filter)), 16)
return first_that_works(
    lambda: call("seccomp", 1, 8, program), lambda: call("seccomp", 1, 0, program) or "a filter of its own"
)
"#,
        ),
    ]
}

fn attacks() -> Vec<Attack> {
    [
        connections_stay_what_they_are(),
        the_jailer_is_told_lies(),
        modes::all(),
    ]
    .concat()
}

#[test]
fn all_are_refused() {
    check_with_network(&[], &attacks(), THE_JAILER);
}

#[test]
fn all_are_refused_without_namespaces() {
    check_with_network(&[NAMESPACES], &attacks(), &open_without_namespaces());
}

#[test]
fn all_are_refused_when_an_ordinary_user_starts_the_jailer() {
    check_with_network(&[ROOT], &attacks(), THE_JAILER);
}

#[test]
fn all_are_refused_when_an_ordinary_user_starts_it_without_namespaces() {
    check_with_network(&[ROOT, NAMESPACES], &attacks(), &open_without_namespaces());
}

/// Programs that do nothing but ask keep nobody waiting.
#[test]
fn a_flood_of_wishes_holds_nobody_up() {
    let jail = Jail::without(&[]).unwrap();
    let flood = r#"
import json, socket, os, time
jailer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, os.dup(3))
jailer.setblocking(False)
wish = json.dumps({"id": 1, "wish": {"lookup": {"host": "127.0.0.1"}}}).encode()
print("it begins", flush=True)
end, sent = time.monotonic() + 3, 0
while time.monotonic() < end:
    try:
        sent += jailer.send(wish) > 0
    except BlockingIOError:
        time.sleep(0.001)
    try:
        fds = jailer.recvmsg(65536, 64)[1][0][2]
        os.close(int.from_bytes(fds, "little"))
    except (BlockingIOError, IndexError):
        pass
print(sent)
"#;
    let floods: Vec<_> = (0..4)
        .map(|_| jail.start_with(flood, LIMITS, true))
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    let mut slowest = Duration::ZERO;
    for _ in 0..10 {
        let since = Instant::now();
        assert_eq!(jail.run("print(1)", LIMITS).unwrap().stdout, b"1\n");
        slowest = slowest.max(since.elapsed());
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    for flood in floods {
        let outcome = flood.recv().unwrap().unwrap();
        let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
        let sent: u64 = text.lines().last().unwrap().parse().unwrap();
        // 500 at once, then one in two milliseconds.
        assert!((500..2500).contains(&sent), "{outcome:?}");
    }
}
