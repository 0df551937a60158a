//! What the engine meets: plain servers, an HTTP proxy and a SOCKS5 proxy, all on loopback.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// A server that does `work` with every connection. Ends with the runtime of its test.
pub async fn server<F>(work: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(work(stream));
        }
    });
    address
}

/// Says what it hears, with `hello` before it.
pub async fn echo() -> SocketAddr {
    server(async |mut stream: TcpStream| {
        let (mut from, mut to) = stream.split();
        let _ = to.write_all(b"hello ").await;
        let _ = tokio::io::copy(&mut from, &mut to).await;
        let _ = to.shutdown().await;
    })
    .await
}

/// What a proxy was told, in the order in which it came.
pub type Heard = Arc<Mutex<Vec<String>>>;

/// Up to and with the empty line; empty at the end.
pub async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

/// A small HTTP proxy, that takes `CONNECT` and requests.
pub struct HttpProxy {
    pub address: SocketAddr,
    pub heard: Heard,
}

/// How an [`HttpProxy`] behaves.
#[derive(Clone, Default)]
pub struct Habits {
    /// Where `CONNECT` leads, by authority; 403 for all others.
    pub tunnels: HashMap<String, SocketAddr>,
    /// What is said to `CONNECT` instead.
    pub instead: Option<&'static str>,
    /// What is said together with the answer, in one piece, as a server that speaks first may.
    pub bytewise: bool,
    /// The value of `Proxy-Authorization` that is wanted.
    pub wanted: Option<&'static str>,
}

impl HttpProxy {
    pub async fn start(habits: Habits) -> Self {
        let heard = Heard::default();
        let told = Arc::clone(&heard);
        let address = server(move |stream| serve(stream, habits.clone(), Arc::clone(&told))).await;
        Self { address, heard }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, habits: Habits, heard: Heard) {
    loop {
        let head = read_head(&mut stream).await;
        if head.is_empty() {
            return;
        }
        heard.lock().unwrap().push(head.clone());
        let mut words = head.split(' ');
        let (method, asked) = (words.next().unwrap(), words.next().unwrap_or_default());
        let authorization = header(&head, "proxy-authorization");
        if habits
            .wanted
            .is_some_and(|wanted| authorization != Some(wanted))
        {
            let answer = "HTTP/1.1 407 Proxy Authentication Required\r\n\
                          Proxy-Authenticate: Basic realm=\"inner\"\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer.as_bytes()).await.unwrap();
            continue;
        }
        if method == "CONNECT" {
            return connect(stream, asked, &habits).await;
        }
        let body = body(&mut stream, &head).await;
        if !answer(&mut stream, method, asked, &head, &body).await {
            return;
        }
    }
}

async fn connect(mut stream: TcpStream, asked: &str, habits: &Habits) {
    if let Some(instead) = habits.instead {
        stream.write_all(instead.as_bytes()).await.unwrap();
        return;
    }
    let Some(there) = habits.tunnels.get(asked) else {
        let answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nnever";
        return stream.write_all(answer.as_bytes()).await.unwrap();
    };
    let mut peer = TcpStream::connect(there).await.unwrap();
    let mut answer =
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"
            .to_vec();
    // What a server says first may arrive in one piece with the answer.
    let mut first = [0; 64];
    let said = tokio::time::timeout(Duration::from_millis(50), peer.read(&mut first)).await;
    answer.extend_from_slice(&first[..said.map_or(0, Result::unwrap)]);
    let pieces = if habits.bytewise { 1 } else { answer.len() };
    stream.set_nodelay(true).unwrap();
    for piece in answer.chunks(pieces) {
        stream.write_all(piece).await.unwrap();
        if habits.bytewise {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let _ = copy_bidirectional(&mut stream, &mut peer).await;
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

async fn body(stream: &mut TcpStream, head: &str) -> String {
    if header(head, "expect").is_some() {
        let go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        stream.write_all(go_on.as_bytes()).await.unwrap();
    }
    let mut body = Vec::new();
    if let Some(length) = header(head, "content-length") {
        body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).await.unwrap();
    } else if header(head, "transfer-encoding").is_some() {
        while !body.ends_with(b"0\r\n\r\n") {
            body.push(stream.read_u8().await.unwrap());
        }
    }
    String::from_utf8(body).unwrap()
}

/// Plays the site that was asked for. Whether the connection goes on.
async fn answer(stream: &mut TcpStream, method: &str, asked: &str, head: &str, body: &str) -> bool {
    let path = asked.splitn(4, '/').nth(3).unwrap_or_default();
    let (text, goes_on) = match (method, path) {
        ("HEAD", _) => (
            "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_owned(),
            true,
        ),
        (_, "nothing") => ("HTTP/1.1 204 No Content\r\n\r\n".to_owned(), true),
        (_, "same") => (
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n".to_owned(),
            true,
        ),
        (_, "chunks") => {
            let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                        5;x=y\r\nfirst\r\n6\r\nsecond\r\n0\r\nTrailer: t\r\n\r\n";
            (text.to_owned(), true)
        }
        (_, "to-the-end") => ("HTTP/1.0 200 OK\r\n\r\nuntil it closes".to_owned(), false),
        (_, "cut") => (
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut".to_owned(),
            false,
        ),
        (_, "garbage") => ("nothing of the kind\r\n\r\n".to_owned(), false),
        (_, "twice") => {
            let one = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none";
            (format!("{one}{one}"), true)
        }
        (_, "socket") => {
            let text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\
                        Connection: Upgrade\r\n\r\nfirst:";
            stream.write_all(text.as_bytes()).await.unwrap();
            let (mut from, mut to) = stream.split();
            let _ = tokio::io::copy(&mut from, &mut to).await;
            (String::new(), false)
        }
        _ => {
            let said = format!("{}|{body}", head.lines().next().unwrap());
            (
                format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{said}",
                    said.len()
                ),
                true,
            )
        }
    };
    stream.write_all(text.as_bytes()).await.is_ok() && goes_on
}

/// A SOCKS5 proxy (RFC 1928) that leads every destination to the same place.
pub struct SocksProxy {
    pub address: SocketAddr,
    pub heard: Heard,
}

impl SocksProxy {
    /// `code` is what it replies (0: connected); `wanted` are user and password.
    pub async fn start(
        there: SocketAddr,
        code: u8,
        wanted: Option<(&'static str, &'static str)>,
    ) -> Self {
        let heard = Heard::default();
        let told = Arc::clone(&heard);
        let address = server(move |stream| {
            let told = Arc::clone(&told);
            async move {
                // A client that gives up is no concern of the test's proxy.
                let _ = socks(stream, there, code, wanted, told).await;
            }
        })
        .await;
        Self { address, heard }
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn socks(
    mut stream: TcpStream,
    there: SocketAddr,
    code: u8,
    wanted: Option<(&str, &str)>,
    heard: Heard,
) -> std::io::Result<()> {
    let text = async |stream: &mut TcpStream| {
        let length = stream.read_u8().await?;
        let mut text = vec![0; usize::from(length)];
        stream.read_exact(&mut text).await?;
        std::io::Result::Ok(String::from_utf8(text).unwrap())
    };
    assert_eq!(stream.read_u8().await?, 5);
    let methods = text(&mut stream).await?;
    let method = if wanted.is_some() { 2 } else { 0 };
    if !methods.bytes().any(|offered| offered == method) {
        return stream.write_all(&[5, 0xff]).await;
    }
    stream.write_all(&[5, method]).await?;
    if let Some((user, password)) = wanted {
        assert_eq!(stream.read_u8().await?, 1);
        let (given_user, given) = (text(&mut stream).await?, text(&mut stream).await?);
        let fits = given_user == user && given == password;
        stream.write_all(&[1, u8::from(!fits)]).await?;
        if !fits {
            return Ok(());
        }
    }
    let mut request = [0; 4];
    stream.read_exact(&mut request).await?;
    let host = match request[3] {
        1 => std::net::Ipv4Addr::from(stream.read_u32().await?).to_string(),
        3 => text(&mut stream).await?,
        _ => std::net::Ipv6Addr::from(stream.read_u128().await?).to_string(),
    };
    let port = stream.read_u16().await?;
    heard.lock().unwrap().push(format!("{host}:{port}"));
    let mut reply = vec![5, code, 0, 1, 0, 0, 0, 0, 0, 0];
    if code != 0 {
        return stream.write_all(&reply).await;
    }
    let mut peer = TcpStream::connect(there).await?;
    let mut first = [0; 64];
    let said = tokio::time::timeout(Duration::from_millis(50), peer.read(&mut first)).await;
    reply.extend_from_slice(&first[..said.map_or(0, Result::unwrap)]);
    stream.write_all(&reply).await?;
    let _ = copy_bidirectional(&mut stream, &mut peer).await;
    Ok(())
}
