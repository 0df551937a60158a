//! The calls of `network-calls.md`, made one by one against real servers on engine_on_loopback.

mod guest;
mod hostile;
mod limits;
mod streams;
mod tls;
mod waiting;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use rustls::RootCertStore;

use super::tls::Anchors;
use super::{Network, Trust};
use guest::{Guest, LIMITS, engine_on_loopback, network};

/// A network on engine_on_loopback, without anybody to be trusted.
fn open_network() -> Network {
    let trust = Trust::new(RootCertStore::empty(), Anchors::none(), false);
    network(engine_on_loopback(), trust)
}

/// A guest in [`open_network`].
async fn guest() -> Guest {
    Guest::new(Some(&open_network()), LIMITS).await
}

/// A server that does this with its first connection.
fn server(serve: impl FnOnce(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || serve(listener.accept().unwrap().0));
    address
}

/// A server that sends back what it gets, on all connections.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut bytes = [0; 65_536];
                while let Ok(count @ 1..) = stream.read(&mut bytes) {
                    if stream.write_all(&bytes[..count]).is_err() {
                        break;
                    }
                }
            });
        }
    });
    address
}
