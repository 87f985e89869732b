//! One question on its way to an answer: what to send to whom, how long to wait, and what to make of what
//! comes. It sends nothing, reads no clock and draws no numbers: its caller does.
//!
//! Each server is asked in turn, and all of them again as often as is allowed. A server that fails, refuses or
//! is not there is passed over at once, one that says nothing after a time. Every message has another number
//! and is to go out from another port, so that who does not see it cannot answer it (RFC 5452). What is no
//! answer is not the end of the wait for one.

use core::time::Duration;

use super::question::{QUERY_LENGTH, Question};
use super::reply::{Records, Reply};
use crate::{AddressInfoCode, Instant};

/// How long servers are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// How long an answer may take; then the next server is asked.
    pub timeout: Duration,
    /// How often each server is asked at most.
    pub attempts: u8,
}

impl Default for Patience {
    /// Five seconds, twice. Source: `resolv.conf(5)`.
    fn default() -> Patience {
        Patience { timeout: Duration::from_secs(5), attempts: 2 }
    }
}

/// How a message goes to a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// As a datagram.
    Udp,
    /// Over a connection, behind its length in two bytes: an answer that had no room in a datagram. Source:
    /// RFC 1035 section 4.2.2.
    Tcp,
}

/// What is to be done next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Send [`Lookup::query`] to the server with this number, from a new port.
    Send(usize, Transport),
    /// Wait for an answer, until then.
    Wait(Instant),
    /// Nothing: there is an [outcome](Lookup::outcome).
    End,
}

/// A question and what has become of it.
#[derive(Debug)]
pub struct Lookup<'n> {
    question: Question<'n>,
    /// The number of the last message.
    id: u16,
    /// How many servers have been given up, each counted as often as it was.
    given_up: usize,
    transport: Transport,
    /// Whether messages have the extension of RFC 6891.
    extended: bool,
    /// Until when the answer to the last message may come; nothing is under way without.
    until: Option<Instant>,
    /// What is said when no server is left.
    failure: AddressInfoCode,
    outcome: Option<Result<(), AddressInfoCode>>,
}

impl<'n> Lookup<'n> {
    /// To ask this.
    pub fn new(question: Question<'n>) -> Lookup<'n> {
        Lookup {
            question,
            id: 0,
            given_up: 0,
            transport: Transport::Udp,
            extended: true,
            until: None,
            failure: AddressInfoCode::EAI_AGAIN,
            outcome: None,
        }
    }

    /// What is to be done now, with this many servers. What is to be sent counts as sent.
    pub fn step(
        &mut self,
        servers: usize,
        patience: Patience,
        now: Instant,
        random: &mut dyn FnMut() -> u32,
    ) -> Step {
        match self.until {
            _ if self.outcome.is_some() => return Step::End,
            Some(until) if until > now => return Step::Wait(until),
            Some(_) => self.give_up(),
            None => {}
        }
        let tries = servers.saturating_mul(usize::from(patience.attempts));
        if self.given_up >= tries {
            self.outcome = Some(Err(self.failure));
            return Step::End;
        }
        self.id = random() as u16;
        self.until = Some(now + patience.timeout);
        Step::Send(self.given_up % servers.max(1), self.transport)
    }

    /// The message to send.
    pub fn query<'r>(&self, room: &'r mut [u8; QUERY_LENGTH]) -> &'r [u8] {
        self.question.write(self.id, self.extended, room)
    }

    /// Takes a message that has come from the server, whole or as much of it as there was room for. The records,
    /// if that was the answer.
    pub fn arrived<'m>(&mut self, message: &'m [u8], is_whole: bool) -> Option<Records<'m>> {
        if !self.is_under_way() {
            return None;
        }
        match Reply::read(message, is_whole, self.id, &self.question)? {
            Reply::Records(records) => {
                self.outcome = Some(Ok(()));
                return Some(records);
            }
            Reply::NoData => self.outcome = Some(Err(AddressInfoCode::EAI_NODATA)),
            Reply::NoSuchName => self.outcome = Some(Err(AddressInfoCode::EAI_NONAME)),
            Reply::Truncated if self.transport == Transport::Udp => {
                self.transport = Transport::Tcp;
                self.until = None;
            }
            Reply::NotUnderstood if self.extended => {
                self.extended = false;
                self.until = None;
            }
            Reply::NotUnderstood => {
                self.failure = AddressInfoCode::EAI_FAIL;
                self.give_up();
            }
            Reply::Truncated | Reply::Failed => self.give_up(),
        }
        None
    }

    /// Gives up the server that the last message was for: it is not there, or has broken off.
    pub fn give_up(&mut self) {
        self.given_up += 1;
        self.until = None;
        self.transport = Transport::Udp;
        self.extended = true;
    }

    /// Whether an answer to the last message may still come.
    pub fn is_under_way(&self) -> bool {
        self.until.is_some() && self.outcome.is_none()
    }

    /// What has come of it: an answer with records, or why there are none. `EAI_NONAME`: there is no such name.
    /// `EAI_NODATA`: it has no such records. `EAI_AGAIN`: no server has answered. `EAI_FAIL`: one did not
    /// understand the question.
    pub fn outcome(&self) -> Option<Result<(), AddressInfoCode>> {
        self.outcome
    }
}
