//! The egress process at work: takes requests from the door and has each served by a task of its own.
//!
//! Guarantees: whatever comes through the door, this process goes on; a request that nobody waits for
//! any more is given up; so many requests are served at once, and so many of one tenant's, that one
//! tenant leaves room for the others.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use tracing::{error, warn};

use super::engine::MOST_RELAYS;
use super::messages::{FromEgress, LONGEST_HOST, ToEgress};
use super::places::{NoPlace, Places};
use super::{Connection, Dial, DialError, LookupError, Who};
use crate::native::packets::{Packet, Packets};

/// What it may read: how names are looked up.
pub const FILES: [&str; 2] = ["/etc/resolv.conf", "/etc/hosts"];
/// Descriptors for all that may be under way, and what is open besides.
pub const OPEN_FILES: u64 =
    (9 * MOST_OF_A_TENANT + 4 * (MOST_REQUESTS - MOST_OF_A_TENANT) + 3 * MOST_RELAYS) as u64 + 256;
/// Requests that are being served at once. Each holds up to nine descriptors while none of a name's
/// addresses answers, and two or three otherwise.
pub const MOST_REQUESTS: usize = 6144;
/// Of one tenant: more than a server has places for, so that programs which wait for silent hosts keep
/// nobody from connecting.
const MOST_OF_A_TENANT: usize = 4608;
/// The longest name of a tenant or request that is believed.
const LONGEST_NAME: usize = 256;
/// How long a reply that there is no place may take to be taken: nothing counts those who wait for it.
const BRIEFLY: Duration = Duration::from_secs(1);

/// Serves what comes through the door until `leave` is ready. Must be called within a tokio runtime.
///
/// # Errors
/// When the door cannot be waited for.
pub async fn serve(
    dial: Arc<dyn Dial>,
    door: OwnedFd,
    leave: impl Future<Output = ()>,
) -> io::Result<()> {
    let door = Packets::new(door)?;
    tokio::select! {
        () = leave => {}
        () = listen(&dial, &door) => {}
    }
    Ok(())
}

async fn listen(dial: &Arc<dyn Dial>, door: &Packets) {
    let places = Places::new(MOST_REQUESTS, MOST_OF_A_TENANT);
    loop {
        match door.receive().await {
            Ok(Some(packet)) => take(dial, &places, packet),
            Ok(None) => return,
            Err(error) => {
                error!("the door of the egress process: {error}");
                // Whatever it is, it must not keep this process busy.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

fn take(dial: &Arc<dyn Dial>, places: &Places, mut packet: Packet) {
    let request = match packet.read::<ToEgress>() {
        Ok(request) if is_sensible(&request) => request,
        Ok(_) => return warn!("a request for a connection with names that no server gives"),
        Err(error) => return warn!("a request for a connection that is none: {error}"),
    };
    let (1, Some(reply)) = (packet.descriptors.len(), packet.descriptors.pop()) else {
        return warn!("a request for a connection without what belongs to it");
    };
    let reply = match Packets::new(reply) {
        Ok(reply) => reply,
        Err(error) => return warn!("a reply that cannot be given: {error}"),
    };
    let place = places.take(&request.who().tenant);
    let dial = Arc::clone(dial);
    tokio::spawn(async move {
        let served = async {
            match place {
                Ok(_place) => serve_one(&*dial, &request, &reply).await,
                Err(none) => {
                    let said = request.refused(none);
                    let _ = tokio::time::timeout(BRIEFLY, reply.send(&said, &[])).await;
                }
            }
        };
        tokio::select! {
            () = served => {}
            () = reply.closed() => {}
        }
    });
}

async fn serve_one(dial: &dyn Dial, request: &ToEgress, reply: &Packets) {
    // Whoever does not take the reply has closed the other end.
    let _ = match request {
        ToEgress::Lookup { who, host } => {
            let said = match dial.lookup(who, host).await {
                Ok(found) => FromEgress::Addresses(found),
                Err(why) => FromEgress::NoAddresses(why),
            };
            reply.send(&said, &[]).await
        }
        ToEgress::Dial { who, to } => match dial.dial(who, to).await {
            Ok(connection) => {
                let Connection { socket, peer } = connection;
                let said = FromEgress::Connected { peer };
                reply.send(&said, &[socket.as_fd()]).await
            }
            Err(why) => reply.send(&FromEgress::NotConnected(why), &[]).await,
        },
    };
}

fn is_sensible(request: &ToEgress) -> bool {
    let who = request.who();
    let host = match request {
        ToEgress::Lookup { host, .. } => host,
        ToEgress::Dial { to, .. } => &to.host,
    };
    let is_name = |name: &str, most| name.len() <= most && !name.contains(char::is_control);
    is_name(&who.tenant, LONGEST_NAME)
        && is_name(&who.request, LONGEST_NAME)
        && host.len() <= LONGEST_HOST
}

impl ToEgress {
    fn who(&self) -> &Who {
        match self {
            Self::Lookup { who, .. } | Self::Dial { who, .. } => who,
        }
    }

    fn refused(&self, none: NoPlace) -> FromEgress {
        let whose = match none {
            NoPlace::AtAll => "",
            NoPlace::ForTheTenant => " of this tenant",
        };
        let why = format!("too many connections{whose} are being made at once: try again");
        match self {
            Self::Lookup { .. } => FromEgress::NoAddresses(LookupError::Failed(why)),
            Self::Dial { .. } => FromEgress::NotConnected(DialError::Unavailable(why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
    use std::os::fd::{FromRawFd as _, IntoRawFd as _};

    use super::*;
    use crate::egress::client::Client;
    use crate::egress::{Destination, Pending};
    use crate::native::packets;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// Connects without asking anybody; the host `never` takes for ever.
    struct Straight;

    impl Dial for Straight {
        fn lookup<'a>(
            &'a self,
            _who: &'a Who,
            host: &'a str,
        ) -> Pending<'a, Vec<IpAddr>, LookupError> {
            Box::pin(async move {
                match host {
                    "here" => Ok(vec![HERE]),
                    "never" => std::future::pending().await,
                    other => Err(LookupError::NotFound(other.to_owned())),
                }
            })
        }

        fn dial<'a>(
            &'a self,
            who: &'a Who,
            to: &'a Destination,
        ) -> Pending<'a, Connection, DialError> {
            Box::pin(async move {
                let found = self.lookup(who, &to.host).await;
                let address = found.map_err(DialError::Lookup)?[0];
                let stream = tokio::net::TcpStream::connect((address, to.port)).await;
                let stream = stream.map_err(|error| {
                    DialError::Unreachable(error.raw_os_error().unwrap_or(0), error.to_string())
                })?;
                let peer = Some((address, to.port).into());
                let socket = stream.into_std().unwrap().into();
                Ok(Connection { socket, peer })
            })
        }
    }

    fn who() -> Who {
        Who {
            tenant: "a".to_owned(),
            request: "1".to_owned(),
        }
    }

    fn to(host: &str, port: u16) -> Destination {
        Destination {
            host: host.to_owned(),
            address: None,
            port,
            bytes: None,
        }
    }

    /// A process at work within this one, and a client of it.
    fn at_work() -> (Client, tokio::task::JoinHandle<io::Result<()>>) {
        let (ours, theirs) = packets::pair().unwrap();
        let working = tokio::spawn(serve(Arc::new(Straight), theirs, std::future::pending()));
        (Client::new(ours).unwrap(), working)
    }

    #[tokio::test]
    async fn a_connected_socket_comes_back_and_what_went_wrong_comes_back_whole() {
        let (client, _working) = at_work();
        let listener = TcpListener::bind((HERE, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let found = client.lookup(&who(), "here").await;
        assert_eq!(found, Ok(vec![HERE]));
        let connection = client.dial(&who(), &to("here", port)).await.unwrap();
        assert_eq!(connection.peer, Some((HERE, port).into()));
        let (mut accepted, _) = listener.accept().unwrap();
        accepted.write_all(b"hello").unwrap();
        // SAFETY: the connection is its only owner, and gives it up.
        let mut stream = unsafe { TcpStream::from_raw_fd(connection.socket.into_raw_fd()) };
        stream.set_nonblocking(false).unwrap();
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"hello");

        drop(listener);
        let refused = client.dial(&who(), &to("here", port)).await.unwrap_err();
        assert!(
            matches!(refused, DialError::Unreachable(libc::ECONNREFUSED, _)),
            "{refused:?}"
        );
        let nobody = client.dial(&who(), &to("nobody", 1)).await.unwrap_err();
        let expected = LookupError::NotFound("nobody".to_owned());
        assert_eq!(nobody, DialError::Lookup(expected));
    }

    #[tokio::test]
    async fn a_process_that_cannot_be_asked_is_told() {
        let (door, theirs) = packets::pair().unwrap();
        drop(theirs);
        let client = Client::new(door).unwrap();
        let error = client.dial(&who(), &to("here", 1)).await.unwrap_err();
        assert!(error.to_string().contains("cannot be asked"), "{error}");
    }

    #[tokio::test]
    async fn a_request_that_was_taken_and_not_replied_to_is_told() {
        let (ours, theirs) = packets::pair().unwrap();
        let client = Client::new(ours).unwrap();
        let door = Packets::new(theirs).unwrap();
        let ending = async { drop(door.receive().await) };
        let (who, to) = (who(), to("here", 1));
        let (said, ()) = tokio::join!(client.dial(&who, &to), ending);
        let error = said.unwrap_err().to_string();
        assert!(error.contains("another one is being started"), "{error}");
    }

    #[tokio::test]
    async fn a_request_that_nobody_waits_for_is_given_up() {
        let (ours, theirs) = packets::pair().unwrap();
        let places = Places::new(MOST_REQUESTS, MOST_OF_A_TENANT);
        let door = Packets::new(theirs).unwrap();
        let client = Client::new(ours).unwrap();
        let (who, to) = (who(), to("never", 1));
        let asking = tokio::time::timeout(Duration::from_millis(50), client.dial(&who, &to));
        let taking = async {
            let packet = door.receive().await.unwrap().unwrap();
            let dial = Arc::new(Straight) as Arc<dyn Dial>;
            take(&dial, &places, packet);
            places.taken()
        };
        let (asked, taken) = tokio::join!(asking, taking);
        assert!(asked.is_err());
        assert_eq!(taken, 1);
        for _ in 0..200 {
            if places.taken() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it is still being served");
    }

    #[tokio::test]
    async fn nothing_that_comes_through_the_door_ends_the_process() {
        let (ours, theirs) = packets::pair().unwrap();
        let _working = tokio::spawn(serve(Arc::new(Straight), theirs, std::future::pending()));
        let door = Packets::new(ours.try_clone().unwrap()).unwrap();
        let (reader, _writer) = std::io::pipe().unwrap();
        let file = std::fs::File::open("/dev/null").unwrap();
        let request = ToEgress::Lookup {
            who: who(),
            host: "here".to_owned(),
        };
        let long = ToEgress::Lookup {
            who: who(),
            host: "h".repeat(5000),
        };
        door.send(&"nothing", &[]).await.unwrap();
        door.send(&request, &[]).await.unwrap();
        door.send(&request, &[reader.as_fd()]).await.unwrap();
        door.send(&request, &[file.as_fd()]).await.unwrap();
        door.send(&request, &[file.as_fd(); 200]).await.unwrap();
        door.send(&long, &[reader.as_fd()]).await.unwrap();
        nix::unistd::write(&ours, &vec![b' '; 70_000]).unwrap();
        nix::sys::socket::send(
            std::os::fd::AsRawFd::as_raw_fd(&ours),
            b"",
            nix::sys::socket::MsgFlags::empty(),
        )
        .unwrap();
        let client = Client::new(ours).unwrap();
        assert_eq!(client.lookup(&who(), "here").await, Ok(vec![HERE]));
    }
}
