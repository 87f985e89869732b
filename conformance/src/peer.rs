//! The other end of a bulk transfer: a state machine that never waits, driven by the lab.
//!
//! A peer keeps no promise by word of mouth: what it received it confirms over the connection, with
//! a [`Receipt`] that the case compares with what it sent.

use berkeley::{Backend, Errno, Readiness, Shutdown, Socket};

use crate::failure::Failure;

/// The seed of the bytes that a [`Peer`] sends.
pub const FAR_SEED: u64 = 0xfa7;
/// The seed of the bytes that a case sends.
pub const NEAR_SEED: u64 = 0x2ea7;

const BLOCK: usize = 2048;

/// What a peer does with its connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Script {
    /// Sends back whatever comes, and ends when it ends.
    Echo,
    /// Receives everything, then sends the [`Receipt`] and ends.
    Drain,
    /// Sends so many bytes of [`FAR_SEED`], then ends.
    Source(u64),
    /// Sends so many bytes of [`FAR_SEED`] while it receives everything, then sends the receipt
    /// and ends.
    Exchange(u64),
}

/// What [`Peer::advance`] came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Nothing more can be done until the socket is ready for this.
    Waits(Readiness),
    /// The script is over.
    Done,
}

/// A peer and its socket.
pub struct Peer<B: Backend + Clone> {
    socket: Socket<B>,
    listens: bool,
    echoes: bool,
    receives: bool,
    to_send: u64,
    pattern: Pattern,
    receipt: Option<Receipt>,
    outgoing: [u8; BLOCK],
    sent: usize,
    filled: usize,
    done: bool,
}

impl<B: Backend + Clone> Peer<B> {
    /// A peer that follows this script on a connected socket.
    ///
    /// # Errors
    ///
    /// When the socket cannot be made non-blocking.
    pub fn new(mut socket: Socket<B>, script: Script) -> Result<Peer<B>, Failure> {
        socket.setblocking(false)?;
        let confirms = matches!(script, Script::Drain | Script::Exchange(_));
        let to_send = match script {
            Script::Source(length) | Script::Exchange(length) => length,
            Script::Echo | Script::Drain => 0,
        };
        Ok(Peer {
            socket,
            listens: false,
            echoes: script == Script::Echo,
            receives: confirms,
            to_send,
            pattern: Pattern::new(FAR_SEED),
            receipt: confirms.then(Receipt::default),
            outgoing: [0; BLOCK],
            sent: 0,
            filled: 0,
            done: false,
        })
    }

    /// A peer that accepts one connection of a listener and follows this script on it.
    ///
    /// # Errors
    ///
    /// When the socket cannot be made non-blocking.
    pub fn accepting(listener: Socket<B>, script: Script) -> Result<Peer<B>, Failure> {
        Ok(Peer { listens: true, ..Peer::new(listener, script)? })
    }

    /// The socket, to wait on.
    pub fn socket(&self) -> &Socket<B> {
        &self.socket
    }

    /// Does all that can be done without waiting.
    ///
    /// # Errors
    ///
    /// Any error of the connection other than that it would block.
    pub fn advance(&mut self) -> Result<Progress, Failure> {
        loop {
            if self.done {
                return Ok(Progress::Done);
            }
            if self.listens && !self.accept()? {
                return Ok(Progress::Waits(Readiness::READABLE));
            }
            let received = self.receive()?;
            self.refill();
            let sent = self.send()?;
            if self.is_over() {
                self.socket.shutdown(Shutdown::WR)?;
                self.done = true;
            } else if !received && !sent {
                return Ok(Progress::Waits(self.interest()));
            }
        }
    }

    fn interest(&self) -> Readiness {
        let mut interest = Readiness::NONE;
        if self.receives || (self.echoes && self.sent == self.filled) {
            interest |= Readiness::READABLE;
        }
        if self.sent < self.filled {
            interest |= Readiness::WRITABLE;
        }
        interest
    }

    fn is_over(&self) -> bool {
        self.sent == self.filled
            && self.to_send == 0
            && !self.echoes
            && !self.receives
            && self.receipt.is_none()
    }

    fn accept(&mut self) -> Result<bool, Failure> {
        let (mut socket, _) = match self.socket.accept() {
            Ok(accepted) => accepted,
            Err(error) if error.is(Errno::EAGAIN) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        socket.setblocking(false)?;
        (self.socket, self.listens) = (socket, false);
        Ok(true)
    }

    fn receive(&mut self) -> Result<bool, Failure> {
        if self.receives {
            let mut buffer = [0; BLOCK];
            let Some(count) = attempt(self.socket.recv(&mut buffer))? else { return Ok(false) };
            if let Some(receipt) = &mut self.receipt {
                receipt.add(&buffer[..count]);
            }
            self.receives = count > 0;
        } else if self.echoes && self.sent == self.filled {
            let Some(count) = attempt(self.socket.recv(&mut self.outgoing))? else {
                return Ok(false);
            };
            (self.sent, self.filled) = (0, count);
            self.echoes = count > 0;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn refill(&mut self) {
        if self.sent < self.filled {
            return;
        }
        if self.to_send > 0 {
            let count = BLOCK.min(usize::try_from(self.to_send).unwrap_or(BLOCK));
            self.pattern.fill(&mut self.outgoing[..count]);
            self.to_send -= count as u64;
            (self.sent, self.filled) = (0, count);
        } else if !self.receives
            && let Some(receipt) = self.receipt.take()
        {
            let bytes = receipt.to_bytes();
            self.outgoing[..bytes.len()].copy_from_slice(&bytes);
            (self.sent, self.filled) = (0, bytes.len());
        }
    }

    fn send(&mut self) -> Result<bool, Failure> {
        if self.sent == self.filled {
            return Ok(false);
        }
        let count = attempt(self.socket.send(&self.outgoing[self.sent..self.filled]))?;
        self.sent += count.unwrap_or(0);
        Ok(count.is_some())
    }
}

/// `None` when it would block.
fn attempt(outcome: Result<usize, berkeley::Error>) -> Result<Option<usize>, Failure> {
    match outcome {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.is(Errno::EAGAIN) => Ok(None),
        Err(error) => Err(Failure::new("the peer", format_args!("{error:?}"))),
    }
}

/// What was received: how much, and a checksum of it in order (FNV-1a).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receipt {
    length: u64,
    checksum: u64,
}

impl Default for Receipt {
    fn default() -> Receipt {
        Receipt { length: 0, checksum: 0xcbf2_9ce4_8422_2325 }
    }
}

impl Receipt {
    /// How many bytes it takes on the wire.
    pub const LENGTH: usize = 16;

    /// Counts these bytes in.
    pub fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        for byte in bytes {
            self.checksum = (self.checksum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    /// As it is sent.
    pub fn to_bytes(self) -> [u8; Receipt::LENGTH] {
        let mut bytes = [0; Receipt::LENGTH];
        bytes[..8].copy_from_slice(&self.length.to_be_bytes());
        bytes[8..].copy_from_slice(&self.checksum.to_be_bytes());
        bytes
    }
}

/// An endless sequence of bytes that repeats nowhere near, so that a byte too many, too few or out
/// of order shows (SplitMix64).
#[derive(Clone, Debug)]
pub struct Pattern {
    state: u64,
    word: [u8; 8],
    used: usize,
}

impl Pattern {
    /// The sequence of this seed, from its beginning.
    pub const fn new(seed: u64) -> Pattern {
        Pattern { state: seed, word: [0; 8], used: 8 }
    }

    /// Writes the next bytes.
    pub fn fill(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.next();
        }
    }

    /// Compares with the next bytes: the place of the first difference.
    pub fn check(&mut self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|byte| *byte != self.next())
    }

    fn next(&mut self) -> u8 {
        if self.used == 8 {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            self.word = (mixed ^ (mixed >> 31)).to_be_bytes();
            self.used = 0;
        }
        self.used += 1;
        self.word[self.used - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_found_where_it_is() {
        let mut bytes = [0; 100];
        Pattern::new(7).fill(&mut bytes);
        let (mut first, mut rest) = (Pattern::new(7), [0; 90]);
        first.fill(&mut [0; 10]);
        rest.copy_from_slice(&bytes[10..]);
        assert_eq!(first.clone().check(&rest), None, "pieces of any size are the same sequence");
        rest[42] ^= 1;
        assert_eq!(first.check(&rest), Some(42));
    }

    #[test]
    fn a_receipt_depends_on_the_order() {
        let receipt = |bytes: &[u8]| {
            let mut receipt = Receipt::default();
            receipt.add(bytes);
            receipt
        };
        assert_eq!(receipt(b"ab").length, 2);
        assert_ne!(receipt(b"ab"), receipt(b"ba"));
    }
}
