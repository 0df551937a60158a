//! What programs here talk to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::outside::reachable_listener;

/// Answers each connection in a thread of its own, until the tests end.
pub fn serve(answer: impl Fn(TcpStream) + Clone + Send + 'static) -> u16 {
    let listener = reachable_listener();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || answer(stream));
        }
    });
    port
}

/// HTTP with connections that stay: `/slow` takes half a second, `/big` is of 3 MiB, everything else is
/// told its own path.
pub fn http() -> u16 {
    serve(|stream| {
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut stream = stream;
        loop {
            let mut request = String::new();
            loop {
                let mut line = String::new();
                if lines.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
                if line == "\r\n" {
                    break;
                }
                request.push_str(&line);
            }
            let path = request.split(' ').nth(1).unwrap().to_owned();
            let body = match path.as_str() {
                "/slow" => {
                    thread::sleep(Duration::from_millis(500));
                    b"at last".to_vec()
                }
                "/big" => vec![b'x'; 3 << 20],
                path => path.as_bytes().to_vec(),
            };
            let mut answer =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
            answer.extend(body);
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    })
}

/// Tells when a connection begins, and when it ends.
pub fn ends() -> (u16, mpsc::Receiver<&'static str>) {
    let (tell, told) = mpsc::channel();
    let port = serve(move |mut stream| {
        let _ = tell.send("begun");
        let _ = stream.read_to_end(&mut Vec::new());
        let _ = tell.send("ended");
    });
    (port, told)
}

/// A port where connecting takes for ever: its queue is full. With what fills it.
pub fn full() -> (u16, (TcpListener, Vec<TcpStream>)) {
    let listener = reachable_listener();
    // SAFETY: no memory is passed; listening again changes the length of the queue.
    assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(stream);
    }
    (address.port(), (listener, waiting))
}
