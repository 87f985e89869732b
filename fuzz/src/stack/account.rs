//! What a program knows of one of its sockets, and what must therefore be true.

use std::net::SocketAddr;

use berkeley::{Errno, Error, ErrorKind, MessageFlags, Shutdown};

use super::content;

/// One socket, however many handles it has.
#[derive(Clone, Debug)]
pub struct Account {
    /// Whether it is a stream.
    pub is_stream: bool,
    /// Whether it sends, and what it receives is known. Raw sockets and those for echoes only listen:
    /// what they could send is anything.
    pub speaks: bool,
    /// Both ends of the connection that was started last, or accepted.
    pub ends: Option<(SocketAddr, SocketAddr)>,
    /// Which of the program's connections that is.
    pub began: usize,
    /// It has begun a connection more than once, or given one up, or stopped listening: the peer's may be
    /// another one.
    pub begun_again: bool,
    /// Bytes that the stack has taken to send.
    pub sent: u64,
    /// Bytes that were received.
    pub received: u64,
    /// The end of the stream was received.
    pub ended: bool,
    /// The error that the connection has ended with.
    pub failed: Option<Error>,
    /// Receiving was shut down.
    pub read_shut: bool,
    /// Sending was shut down.
    pub write_shut: bool,
    /// `SO_LINGER` was set: closing may reset, and what was accepted inherits it.
    pub lingers_not: bool,
    /// How many handles there are.
    pub handles: u32,
}

impl Account {
    /// A new socket with one handle.
    #[must_use]
    pub fn new(is_stream: bool) -> Account {
        Account {
            is_stream,
            speaks: true,
            ends: None,
            began: 0,
            begun_again: false,
            sent: 0,
            received: 0,
            ended: false,
            failed: None,
            read_shut: false,
            write_shut: false,
            lingers_not: false,
            handles: 1,
        }
    }

    /// A connection between these ends has begun, so many of the program's after the first.
    pub fn begin(&mut self, ends: (SocketAddr, SocketAddr), began: usize) {
        let (handles, begun_again) = (self.handles, self.begun_again || self.ends.is_some());
        *self = Account { ends: Some(ends), began, begun_again, handles, ..Account::new(true) };
    }

    /// It was shut down. When it is not connected afterwards that was an attempt, which is over then,
    /// and of which the peer may know.
    pub fn shut(&mut self, how: Shutdown, is_connected: bool) {
        self.begun_again |= !is_connected;
        if self.ends.is_some() {
            self.read_shut |= how == Shutdown::RD || how == Shutdown::RDWR;
            self.write_shut |= how == Shutdown::WR || how == Shutdown::RDWR;
        }
    }

    /// The port of the peer and the own one.
    fn ports(&self) -> Option<(u16, u16)> {
        self.ends.map(|(local, peer)| (peer.port(), local.port()))
    }

    /// The data that a stream sends next.
    #[must_use]
    pub fn next_data(&self, length: usize) -> Vec<u8> {
        let mut data = vec![0; length];
        if let Some((theirs, ours)) = self.ports() {
            content::fill(&mut data, ours, theirs, self.sent as u32);
        }
        data
    }

    /// A stream has answered an attempt to send so many bytes.
    ///
    /// # Panics
    ///
    /// It says more than that, or sends what cannot be sent.
    pub fn has_sent(&mut self, length: usize, answer: &Result<usize, Error>) {
        if *super::TRACE {
            eprintln!("sent {length}: {answer:?} {self:?}");
        }
        match answer {
            Ok(count) => {
                assert!(*count <= length, "{count} of {length} bytes were sent: {self:?}");
                let goes = self.ends.is_some() && !self.write_shut && self.failed.is_none();
                assert!(goes || *count == 0, "{count} bytes were sent: {self:?}");
                self.sent += *count as u64;
            }
            Err(error) => self.has_failed(*error),
        }
    }

    /// A stream has answered an attempt to receive into so much room; `data` is what came.
    ///
    /// # Panics
    ///
    /// It is not what comes next.
    pub fn has_received(
        &mut self,
        room: usize,
        flags: MessageFlags,
        answer: &Result<usize, Error>,
        data: &[u8],
    ) {
        if *super::TRACE {
            eprintln!("received into {room}, {flags:?}: {answer:?} {self:?}");
        }
        match answer {
            Ok(0) => self.ended |= room > 0,
            Ok(count) => {
                assert!(*count <= room, "{count} bytes into {room}: {self:?}");
                assert!(!self.ended, "{count} bytes after the end: {self:?}");
                let (theirs, ours) = self.ports().expect("only connections receive");
                // Those are counted and not copied.
                let is_copied = !flags.contains(MessageFlags::TRUNC);
                let data = if is_copied { &data[..*count] } else { &[] };
                let wrong = content::first_wrong(data, theirs, ours, self.received as u32);
                assert_eq!(wrong, None, "the first byte that was not sent: {self:?}");
                if !flags.contains(MessageFlags::PEEK) {
                    self.received += *count as u64;
                }
            }
            Err(error) => self.has_failed(*error),
        }
    }

    /// A call has answered an error; some end a connection.
    pub fn has_failed(&mut self, error: Error) {
        // These say something about the call.
        let of_call = [
            Errno::ENOTCONN,
            Errno::EOPNOTSUPP,
            Errno::EINVAL,
            Errno::EISCONN,
            Errno::EAFNOSUPPORT,
        ];
        let refused = of_call.into_iter().any(|errno| error.is(errno));
        // Sending after one's own end; the peer's reset after its end is told in the same way.
        let after_end = self.write_shut && error.kind() == ErrorKind::BrokenPipe;
        if error.kind() != ErrorKind::WouldBlock && !refused && !after_end {
            self.failed = Some(error);
        }
    }
}
