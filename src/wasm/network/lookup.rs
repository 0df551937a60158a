//! A name being resolved.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::super::errno::Errno;
use super::failure::{Failure, Outcome};
use super::task::Task;
use super::{Access, MOST_NAMES};
use crate::egress::LookupError;

/// Addresses of one name that a guest is told.
const MOST_ADDRESSES: usize = 64;

pub type Names = HashMap<IpAddr, Arc<str>>;

pub struct Lookup {
    host: Arc<str>,
    state: State,
}

enum State {
    Pending(Task<Result<Vec<IpAddr>, LookupError>>),
    /// What of the text was not read yet.
    Found(Vec<u8>),
    Failed(Failure),
}

impl Lookup {
    /// Begins to resolve `host`. An address needs nobody to be asked.
    pub fn start(access: &Access, host: &str) -> Outcome<Self> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(Self {
                host: host.into(),
                state: State::Found(text(&[address])),
            });
        }
        let place = access.place()?;
        let host: Arc<str> = host.into();
        let (dial, who) = (Arc::clone(&access.network.dial), Arc::clone(&access.who));
        let name = Arc::clone(&host);
        let task = async move {
            let _place = place;
            dial.lookup(&who, &name).await
        };
        let task = Task::start(&access.network.runtime, task);
        Ok(Self {
            host,
            state: State::Pending(task),
        })
    }

    /// Whether it is settled; with `context`, its task is woken when it is.
    pub fn poll(&mut self, names: &mut Names, context: Option<&mut Context<'_>>) -> bool {
        let State::Pending(task) = &mut self.state else {
            return true;
        };
        let polled = match context {
            Some(context) => task.poll(context),
            None => task.try_take(),
        };
        let Poll::Ready(found) = polled else {
            return false;
        };
        self.state = match found {
            Some(Ok(mut addresses)) => {
                addresses.truncate(MOST_ADDRESSES);
                for address in &addresses {
                    if names.len() < MOST_NAMES || names.contains_key(address) {
                        names.insert(*address, Arc::clone(&self.host));
                    }
                }
                State::Found(text(&addresses))
            }
            Some(Err(error)) => State::Failed(error.into()),
            None => State::Failed(Failure::new(Errno::Io, "the lookup was lost")),
        };
        true
    }

    /// Gives out the next part of the addresses.
    pub fn receive(&mut self, names: &mut Names, into: &mut [u8]) -> Outcome<usize> {
        self.poll(names, None);
        match &mut self.state {
            State::Pending(_) => Err(Errno::Again.into()),
            State::Failed(failure) => Err(failure.clone()),
            State::Found(text) => {
                let count = text.len().min(into.len());
                into[..count].copy_from_slice(&text[..count]);
                text.drain(..count);
                Ok(count)
            }
        }
    }
}

fn text(addresses: &[IpAddr]) -> Vec<u8> {
    let lines = addresses.iter().map(|address| format!("{address}\n"));
    lines.collect::<String>().into_bytes()
}
