//! An HTTP/1.1 server, with or without TLS, that does what its paths say.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode, header, request::Parts};
use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use super::seen::{Guard, Shared};

/// What [`bytes`] sends at a time.
const PIECE: usize = 64 * 1024;

/// Answers on `listener` for ever.
pub async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, seen: Shared) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let (tls, seen) = (tls.clone(), Shared::clone(&seen));
        tokio::spawn(async move {
            match tls {
                None => connection(stream, &seen).await,
                // A client that does not trust the certificate goes away here.
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(stream, &seen).await;
                    }
                }
            }
        });
    }
}

/// One connection, which ends when the client goes away, whatever it waits for.
async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, seen: &Shared) {
    let number = seen.connection();
    let requests = AtomicUsize::new(0);
    let service = service_fn(|request: Request<Incoming>| {
        let nth = requests.fetch_add(1, Ordering::Relaxed) + 1;
        let place = Place {
            connection: number,
            request: nth,
        };
        async move { Ok::<_, Infallible>(answer(seen, place, request).await) }
    });
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Which request this is.
struct Place {
    connection: usize,
    request: usize,
}

/// The parameters in a target.
struct Query(BTreeMap<String, String>);

impl Query {
    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value)
    }

    fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }

    fn time(&self, name: &str) -> Duration {
        Duration::from_millis(self.number(name))
    }
}

async fn answer(seen: &Shared, place: Place, request: Request<Incoming>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let target = head
        .uri
        .path_and_query()
        .map_or("", |target| target.as_str());
    seen.request(target);
    let query =
        Query(serde_urlencoded::from_str(head.uri.query().unwrap_or("")).unwrap_or_default());
    match head.uri.path() {
        "/" => text("hello\n"),
        "/echo" => echo(&head, body).await,
        "/connection" => text(format!("{} {}", place.connection, place.request)),
        "/status" => {
            let mut response = text("as asked for");
            let code = query.number("code");
            *response.status_mut() = u16::try_from(code)
                .ok()
                .and_then(|code| StatusCode::from_u16(code).ok())
                .unwrap_or_default();
            response
        }
        "/redirect" => redirect(query.number("code"), query.text("to")),
        "/loop" => redirect(302, &format!("/loop?n={}", query.number("n") + 1)),
        "/chunked" => drip(Duration::ZERO, Duration::ZERO, query.number("count"), None),
        "/slow" => {
            // Somebody is there as long as it is read.
            let held = (!query.text("tag").is_empty()).then(|| seen.hold(query.text("tag")));
            sleep(query.time("head")).await;
            let (first, every) = (query.time("first"), query.time("every"));
            drip(first, every, query.number("count"), held)
        }
        "/gzip" => compressed("gzip"),
        "/deflate" => compressed("deflate"),
        "/basic" => basic(&head.headers),
        "/cookies/set" => {
            let mut response = redirect(302, "/cookies");
            for (name, value) in &query.0 {
                let cookie = format!("{name}={value}; Path=/; HttpOnly");
                let headers = response.headers_mut();
                headers.append(header::SET_COOKIE, cookie.parse().unwrap());
            }
            response
        }
        "/cookies" => {
            let sent = head.headers.get(header::COOKIE);
            text(sent.map_or("none".into(), |value| value.as_bytes().to_vec()))
        }
        "/bytes" => bytes(query.number("n")),
        "/upload" => upload(&head, body).await,
        "/hold" => {
            let _held = seen.hold(query.text("tag"));
            std::future::pending().await
        }
        "/drop" => dropping(query.number("after")),
        "/events" => {
            let mut response = drip_of(
                Duration::ZERO,
                query.time("every"),
                query.number("count"),
                |n| format!("event: tick\ndata: {n}\n\n"),
            );
            let kind = "text/event-stream".parse().unwrap();
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        "/latin1" => {
            let mut response = Response::new(Body::from(&b"caf\xe9"[..]));
            let kind = "text/plain; charset=iso-8859-1".parse().unwrap();
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        _ => {
            let mut response = text("there is nothing here");
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    }
}

fn text(body: impl Into<Body>) -> Response<Body> {
    let response = Response::builder().header(header::CONTENT_TYPE, "text/plain; charset=utf-8");
    response.body(body.into()).unwrap()
}

fn redirect(code: u64, to: &str) -> Response<Body> {
    let code = if code == 0 { 302 } else { code as u16 };
    let response = Response::builder().status(code);
    response
        .header(header::LOCATION, to)
        .body(Body::empty())
        .unwrap()
}

fn json_of(value: &Value) -> Response<Body> {
    let response = Response::builder().header(header::CONTENT_TYPE, "application/json");
    response.body(value.to_string().into()).unwrap()
}

/// What was asked, told back.
async fn echo(head: &Parts, body: Incoming) -> Response<Body> {
    let body = to_bytes(Body::new(body), 16 << 20)
        .await
        .unwrap_or_default();
    let mut headers = BTreeMap::new();
    for (name, value) in &head.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        headers
            .entry(name.as_str())
            .and_modify(|before| *before = format!("{before}, {value}"))
            .or_insert(value);
    }
    json_of(&json!({
        "method": head.method.as_str(),
        "target": head.uri.path_and_query().map_or("", |target| target.as_str()),
        "headers": headers,
        "body": String::from_utf8_lossy(&body),
    }))
}

/// Pieces of a body without a length, each a while after the last.
fn drip(first: Duration, every: Duration, count: u64, held: Option<Guard>) -> Response<Body> {
    drip_of(first, every, count, move |n| {
        let _ = &held;
        format!("piece {n}\n")
    })
}

fn drip_of(
    first: Duration,
    every: Duration,
    count: u64,
    piece: impl Fn(u64) -> String + Send + 'static,
) -> Response<Body> {
    let pieces = unfold((0, piece), move |(n, piece)| async move {
        if n == count {
            return None;
        }
        sleep(if n == 0 { first } else { every }).await;
        Some((Ok::<_, Infallible>(Bytes::from(piece(n))), (n + 1, piece)))
    });
    Response::new(Body::from_stream(pieces))
}

fn compressed(how: &str) -> Response<Body> {
    let plain = "a text that is worth compressing, ".repeat(100);
    let level = flate2::Compression::default();
    let body = if how == "gzip" {
        let mut to = flate2::write::GzEncoder::new(Vec::new(), level);
        to.write_all(plain.as_bytes()).and_then(|()| to.finish())
    } else {
        let mut to = flate2::write::ZlibEncoder::new(Vec::new(), level);
        to.write_all(plain.as_bytes()).and_then(|()| to.finish())
    };
    let mut response = text(body.unwrap());
    let how = how.parse().unwrap();
    response.headers_mut().insert(header::CONTENT_ENCODING, how);
    response
}

fn basic(headers: &HeaderMap) -> Response<Body> {
    // `user:pass word`
    let right = "Basic dXNlcjpwYXNzIHdvcmQ=";
    if headers
        .get(header::AUTHORIZATION)
        .is_some_and(|given| given == right)
    {
        return text("welcome");
    }
    let response = Response::builder().status(401);
    let response = response.header(header::WWW_AUTHENTICATE, "Basic realm=\"the test\"");
    response.body("who are you?".into()).unwrap()
}

/// The byte at each place of what `/bytes` sends.
pub fn byte_at(place: usize) -> u8 {
    (place % 251) as u8
}

/// So many bytes, with their length.
fn bytes(length: u64) -> Response<Body> {
    let pieces = unfold(0, move |sent: u64| async move {
        let size = PIECE.min(usize::try_from(length - sent).unwrap_or(PIECE));
        if size == 0 {
            return None;
        }
        let start = sent as usize;
        let piece: Vec<u8> = (start..start + size).map(byte_at).collect();
        Some((Ok::<_, Infallible>(Bytes::from(piece)), sent + size as u64))
    });
    let response = Response::builder().header(header::CONTENT_LENGTH, length);
    response.body(Body::from_stream(pieces)).unwrap()
}

/// Tells what came, without keeping it.
async fn upload(head: &Parts, body: Incoming) -> Response<Body> {
    let (mut length, mut digest) = (0, Sha256::new());
    let mut pieces = Body::new(body).into_data_stream();
    while let Some(Ok(piece)) = pieces.next().await {
        length += piece.len();
        digest.update(&piece);
    }
    let digest: String = digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let chunked = head.headers.contains_key(header::TRANSFER_ENCODING);
    json_of(&json!({"length": length, "sha256": digest, "chunked": chunked}))
}

/// Announces more than it sends: the connection ends in the middle.
fn dropping(after: u64) -> Response<Body> {
    let pieces = unfold(false, move |sent| async move {
        if sent {
            // What was sent is on its way by then.
            sleep(Duration::from_millis(50)).await;
            return Some((Err(io::Error::other("that was all")), true));
        }
        Some((Ok(Bytes::from(vec![b'x'; after as usize])), true))
    });
    let response = Response::builder().header(header::CONTENT_LENGTH, after + 1000);
    response.body(Body::from_stream(pieces)).unwrap()
}
