//! Resolves, decides and dials.

use std::net::IpAddr;

use tokio::net::{TcpStream, lookup_host};

use super::policy::Policy;
use super::{Connection, Destination, Dial, DialError, LookupError, Pending, Who};

/// What the egress process does; a command-line run has one of its own.
#[derive(Debug)]
pub struct Engine {
    policy: Policy,
}

impl Engine {
    pub fn new(policy: Policy) -> Self {
        Self { policy }
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupError> {
        self.policy
            .check_host(host, None)
            .map_err(|refusal| LookupError::Refused(refusal.to_string()))?;
        let found = lookup_host((host, 0)).await;
        let found = found.map_err(|error| LookupError::NotFound(error.to_string()))?;
        Ok(found.map(|address| address.ip()).collect())
    }

    async fn connect(&self, to: &Destination) -> Result<Connection, DialError> {
        let host = self.policy.check_host(&to.host, Some(to.port));
        let host = host.map_err(|refusal| DialError::Refused(refusal.to_string()))?;
        let found = self.addresses(&to.host).await.map_err(DialError::Lookup)?;
        let address = to.address.unwrap_or(found[0]);
        self.policy
            .check_address(&host, address, Some(to.port))
            .map_err(|refusal| DialError::Refused(refusal.to_string()))?;
        let stream = TcpStream::connect((address, to.port))
            .await
            .and_then(TcpStream::into_std);
        let stream = stream.map_err(|error| {
            DialError::Unreachable(error.raw_os_error().unwrap_or(libc::EIO), error.to_string())
        })?;
        Ok(Connection {
            socket: stream.into(),
            peer: Some((address, to.port).into()),
        })
    }
}

impl Dial for Engine {
    fn lookup<'a>(&'a self, _who: &'a Who, host: &'a str) -> Pending<'a, Vec<IpAddr>, LookupError> {
        Box::pin(self.addresses(host))
    }

    fn dial<'a>(
        &'a self,
        _who: &'a Who,
        to: &'a Destination,
    ) -> Pending<'a, Connection, DialError> {
        Box::pin(self.connect(to))
    }
}
