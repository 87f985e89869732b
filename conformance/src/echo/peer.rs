//! A client that a case plays segment by segment.

use core::net::SocketAddrV4;
use core::time::Duration;
use std::vec::Vec;

use super::segment::{ACK, FIN, PSH, SYN, Segment};
use super::wire::{SERVER, Wire};
use crate::failure::{Failure, Outcome, expect_eq, expect_true};

/// How long a client waits for what is to come. Real time it takes none.
const PATIENCE: Duration = Duration::from_secs(300);

/// The first number of clients.
const FIRST: u32 = 0x1000_0000;

/// A client of the server.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) here: SocketAddrV4,
    /// The next number to send, and the next one to receive.
    pub(super) sequence: u32,
    pub(super) expects: u32,
    pub(super) window: u16,
    /// The server has ended its half.
    pub(super) ended: bool,
}

/// The segment that opens a connection, without options.
pub(super) fn opening(from: SocketAddrV4) -> Segment {
    Segment { sequence: FIRST, ..Segment::new(from, SERVER, SYN) }
}

impl Peer {
    /// Connects from an end that nobody has had.
    pub(super) fn connect(wire: &mut Wire) -> Result<Peer, Failure> {
        let here = wire.fresh();
        Peer::open(wire, &opening(here))
    }

    /// Connects with this segment.
    pub(super) fn open(wire: &mut Wire, opening: &Segment) -> Result<Peer, Failure> {
        let answers = wire.send(opening)?;
        let peer = Peer::opened(opening, &answers)?;
        expect_eq!(wire.send(&peer.bare())?, []);
        Ok(peer)
    }

    /// A client whose opening segment is answered: it has not told that it has seen the answer.
    pub(super) fn opened(opening: &Segment, answers: &[Segment]) -> Result<Peer, Failure> {
        let [answer] = answers else {
            return Err(Failure::new("the answer to a SYN", format_args!("{answers:?}")));
        };
        let sequence = opening.sequence.wrapping_add(1);
        expect_true!(answer.is(SYN | ACK));
        expect_eq!(answer.from, SERVER);
        expect_eq!(answer.to, opening.from);
        expect_eq!(answer.acknowledgement, sequence);
        let expects = answer.sequence.wrapping_add(1);
        Ok(Peer { here: opening.from, sequence, expects, window: 8192, ended: false })
    }

    /// A segment with these flags at the place where the connection is.
    pub(super) fn segment(&self, flags: u8) -> Segment {
        Segment {
            sequence: self.sequence,
            acknowledgement: self.expects,
            window: self.window,
            ..Segment::new(self.here, SERVER, flags)
        }
    }

    /// One that only acknowledges.
    pub(super) fn bare(&self) -> Segment {
        self.segment(ACK)
    }

    /// One with data.
    pub(super) fn with(&self, data: &[u8]) -> Segment {
        Segment { data: data.to_vec(), ..self.segment(ACK | PSH) }
    }

    /// Sends a segment and counts what it takes: what comes back.
    pub(super) fn say(
        &mut self,
        wire: &mut Wire,
        segment: &Segment,
    ) -> Result<Vec<Segment>, Failure> {
        self.sequence = segment.sequence.wrapping_add(segment.length());
        wire.send(segment)
    }

    /// Sends data.
    pub(super) fn send(&mut self, wire: &mut Wire, data: &[u8]) -> Result<Vec<Segment>, Failure> {
        self.say(wire, &self.with(data))
    }

    /// Sends the end.
    pub(super) fn end(&mut self, wire: &mut Wire) -> Result<Vec<Segment>, Failure> {
        self.say(wire, &self.segment(FIN | ACK))
    }

    /// The data in these segments and in those that come when it is acknowledged, as far as it is in order.
    pub(super) fn hear(&mut self, wire: &mut Wire, seen: Vec<Segment>) -> Result<Vec<u8>, Failure> {
        let (mut data, mut seen) = (Vec::new(), seen);
        while !seen.is_empty() {
            let before = self.expects;
            for segment in seen.iter().filter(|segment| segment.to == self.here) {
                if segment.sequence == self.expects {
                    data.extend_from_slice(&segment.data);
                    self.expects = self.expects.wrapping_add(segment.length());
                    self.ended |= segment.flags & FIN != 0;
                }
            }
            let is_news = self.expects != before;
            seen = if is_news { wire.send(&self.bare())? } else { Vec::new() };
        }
        Ok(data)
    }

    /// Takes these segments into account and waits until so many bytes have come back.
    pub(super) fn read(
        &mut self,
        wire: &mut Wire,
        seen: Vec<Segment>,
        length: usize,
    ) -> Result<Vec<u8>, Failure> {
        let mut data = self.hear(wire, seen)?;
        while data.len() < length && !self.ended {
            let (_, seen) = wire.await_segments(PATIENCE)?;
            data.extend(self.hear(wire, seen)?);
        }
        Ok(data)
    }

    /// Expects that data comes back.
    pub(super) fn echo(&mut self, wire: &mut Wire, data: &[u8]) -> Outcome {
        let seen = self.send(wire, data)?;
        expect_eq!(self.read(wire, seen, data.len())?, data);
        Ok(())
    }

    /// Ends the connection as a client does, which has read all: the server ends it too.
    pub(super) fn finish(&mut self, wire: &mut Wire) -> Outcome {
        let mut seen = self.end(wire)?;
        loop {
            self.hear(wire, seen)?;
            if self.ended {
                return Ok(());
            }
            (_, seen) = wire.await_segments(PATIENCE)?;
        }
    }
}

/// Expects that the server takes another client, and serves it.
pub(super) fn expect_service(wire: &mut Wire) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    peer.echo(wire, b"still there?")?;
    peer.finish(wire)
}
