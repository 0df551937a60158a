//! What servers and jailers make connections with: asks the egress process, through the door.
//!
//! Guarantees: a request whose future is dropped is given up there as well; when that process ends,
//! what it was asked fails with a word for it, and what is asked later waits for its successor.
//! Works in a locked server, and on threads without a tokio runtime of their own.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd as _, OwnedFd};

use tokio::runtime::Handle;

use super::messages::{FromEgress, ToEgress};
use super::{Connection, Destination, Dial, DialError, LookupError, Pending, Who};
use crate::native::packets::{self, Packet, Packets};

/// One end of the door, which many processes may have.
#[derive(Debug)]
pub struct Client {
    door: Packets,
    /// What waits for the replies.
    runtime: Handle,
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("the process that makes connections for programs cannot be asked: {0}")]
    Ask(#[from] io::Error),
    #[error(
        "the process that makes connections for programs ended; another one is being started: try \
         again"
    )]
    Gone,
    #[error("the process that makes connections for programs gave a reply that is none")]
    Strange,
}

impl Client {
    /// Must be called within a tokio runtime, which then waits for the replies.
    ///
    /// # Errors
    /// When the door cannot be waited for.
    pub fn new(door: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            door: Packets::new(door)?,
            runtime: Handle::current(),
        })
    }

    async fn ask(&self, request: &ToEgress) -> Result<(FromEgress, Option<OwnedFd>), AskError> {
        let (ours, theirs) = packets::pair()?;
        let reply = {
            let _within = self.runtime.enter();
            Packets::new(ours)?
        };
        self.door.send(request, &[theirs.as_fd()]).await?;
        // Only the egress process has it now: its end is heard.
        drop(theirs);
        match reply.receive().await {
            Ok(Some(packet)) => read(packet),
            // Reset is what comes of an end with the request still unread.
            Ok(None) | Err(_) => Err(AskError::Gone),
        }
    }

    async fn addresses(&self, who: &Who, host: &str) -> Result<Vec<IpAddr>, LookupError> {
        let request = ToEgress::Lookup {
            who: who.clone(),
            host: host.to_owned(),
        };
        match self.ask(&request).await {
            Ok((FromEgress::Addresses(found), _)) if !found.is_empty() => Ok(found),
            Ok((FromEgress::NoAddresses(why), _)) => Err(why),
            Ok(_) => Err(LookupError::Failed(AskError::Strange.to_string())),
            Err(error) => Err(LookupError::Failed(error.to_string())),
        }
    }

    async fn connect(&self, who: &Who, to: &Destination) -> Result<Connection, DialError> {
        let request = ToEgress::Dial {
            who: who.clone(),
            to: to.clone(),
        };
        match self.ask(&request).await {
            Ok((FromEgress::Connected { peer }, Some(socket))) => Ok(Connection { socket, peer }),
            Ok((FromEgress::NotConnected(why), _)) => Err(why),
            Ok(_) => Err(DialError::Unavailable(AskError::Strange.to_string())),
            Err(error) => Err(DialError::Unavailable(error.to_string())),
        }
    }
}

impl Dial for Client {
    fn lookup<'a>(&'a self, who: &'a Who, host: &'a str) -> Pending<'a, Vec<IpAddr>, LookupError> {
        Box::pin(self.addresses(who, host))
    }

    fn dial<'a>(&'a self, who: &'a Who, to: &'a Destination) -> Pending<'a, Connection, DialError> {
        Box::pin(self.connect(who, to))
    }
}

fn read(mut packet: Packet) -> Result<(FromEgress, Option<OwnedFd>), AskError> {
    let reply = packet.read().map_err(|_| AskError::Strange)?;
    Ok((reply, packet.descriptors.pop()))
}
