//! Lookups over the sockets of a backend: all at once, each from a port of its own.

use core::net::SocketAddr;

use super::Settings;
use super::lookup::{Lookup, Step, Transport};
use super::question::{QUERY_LENGTH, TCP_LENGTH};
use super::reply::Records;
use crate::{
    Address, AddressFamily, Backend, Error, ErrorKind, Instant, Net, PollEntry, Readiness, Socket,
    Timeout,
};

/// As many questions as there are at a time: one for each version of IP.
pub(super) const MOST: usize = 2;

/// So many messages are taken before the time is looked at.
const MESSAGES_AT_ONCE: usize = 16;

/// The lookups of one call.
pub(super) struct Exchange<'s, B: Backend + Clone> {
    net: Net<B>,
    settings: &'s Settings<'s>,
    random: &'s mut dyn FnMut() -> u32,
}

impl<'s, B: Backend + Clone> Exchange<'s, B> {
    pub(super) fn new(
        backend: &B,
        settings: &'s Settings<'s>,
        random: &'s mut dyn FnMut() -> u32,
    ) -> Exchange<'s, B> {
        Exchange { net: Net::new(backend.clone()), settings, random }
    }

    /// Lets every lookup come to its outcome, and hands the records of each to `found`.
    ///
    /// # Errors
    ///
    /// A table of the backend is full, or its wait failed. What servers do is in the outcomes.
    pub(super) fn run(
        &mut self,
        lookups: &mut [Option<Lookup<'_>>; MOST],
        found: &mut dyn FnMut(Records<'_>),
    ) -> Result<(), Error> {
        let mut sockets: [Option<Socket<B>>; MOST] = [const { None }; MOST];
        let mut room = [0; TCP_LENGTH];
        loop {
            let mut earliest = None;
            for (lookup, socket) in lookups.iter_mut().zip(&mut sockets) {
                let Some(lookup) = lookup else { continue };
                let until = self.advance(lookup, socket, &mut room, found)?;
                earliest = [earliest, until].into_iter().flatten().min();
            }
            let Some(until) = earliest else { return Ok(()) };
            self.wait(&sockets, until)?;
            for (lookup, socket) in lookups.iter_mut().zip(&sockets) {
                if let (Some(lookup), Some(socket)) = (lookup, socket) {
                    receive(lookup, socket, &mut room, found);
                }
            }
        }
    }

    /// Does what a lookup has to do now, and says until when it waits.
    fn advance(
        &mut self,
        lookup: &mut Lookup<'_>,
        socket: &mut Option<Socket<B>>,
        room: &mut [u8],
        found: &mut dyn FnMut(Records<'_>),
    ) -> Result<Option<Instant>, Error> {
        let Settings { servers, patience, .. } = *self.settings;
        loop {
            let now = self.net.backend().now();
            let (server, transport) = match lookup.step(servers.len(), patience, now, self.random) {
                Step::Send(server, transport) => (server, transport),
                Step::Wait(until) => return Ok(Some(until)),
                Step::End => {
                    *socket = None;
                    return Ok(None);
                }
            };
            *socket = None; // the next one has another port
            let Some(server) = servers.get(server) else { return Ok(None) };
            let until = now + patience.timeout;
            let sent = match transport {
                Transport::Udp => {
                    self.send(lookup, *server, until).map(|sent| *socket = Some(sent))
                }
                Transport::Tcp => self.ask_over_tcp(lookup, *server, until, room, found),
            };
            match sent {
                Ok(()) => {}
                Err(error) if matches!(error.kind(), ErrorKind::Exhausted(_)) => return Err(error),
                Err(_) => lookup.give_up(),
            }
        }
    }

    /// A socket that hears nobody but the server, which has been sent the question.
    fn send(
        &self,
        lookup: &Lookup<'_>,
        server: SocketAddr,
        until: Instant,
    ) -> Result<Socket<B>, Error> {
        let mut socket = self.net.datagram(family_of(server))?;
        socket.connect(Address::from(server))?;
        self.limit(&mut socket, until)?;
        socket.send(lookup.query(&mut [0; QUERY_LENGTH]))?;
        socket.setblocking(false)?;
        Ok(socket)
    }

    /// Asks over a connection, and waits for what comes.
    fn ask_over_tcp(
        &self,
        lookup: &mut Lookup<'_>,
        server: SocketAddr,
        until: Instant,
        room: &mut [u8],
        found: &mut dyn FnMut(Records<'_>),
    ) -> Result<(), Error> {
        let mut socket = self.net.stream(family_of(server))?;
        self.limit(&mut socket, until)?;
        socket.connect(Address::from(server))?;
        let mut query = [0; QUERY_LENGTH];
        let query = lookup.query(&mut query);
        let front = (query.len() as u16).to_be_bytes(); // far below 65536
        // In one piece (RFC 7766 section 8), where the answer will be.
        let length = front.len() + query.len();
        room.iter_mut().zip(front.iter().chain(query)).for_each(|(place, octet)| *place = *octet);
        self.limit(&mut socket, until)?;
        socket.sendall(room.get(..length).unwrap_or(&[]))?;
        let mut length = [0; 2];
        self.fill(&mut socket, &mut length, until)?;
        let length = usize::from(u16::from_be_bytes(length));
        let here = room.len().min(length);
        let message = room.get_mut(..here).unwrap_or(&mut []);
        self.fill(&mut socket, message, until)?;
        match lookup.arrived(message, here == length) {
            Some(records) => found(records),
            // There is nothing to wait for on a connection that has said something else.
            None if lookup.is_under_way() => lookup.give_up(),
            None => {}
        }
        Ok(())
    }

    /// Reads until the room is full.
    fn fill(&self, socket: &mut Socket<B>, room: &mut [u8], until: Instant) -> Result<(), Error> {
        let mut filled = 0;
        while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            self.limit(socket, until)?;
            match socket.recv(rest)? {
                0 => return Err(Error::TIMED_OUT), // it has broken off
                count => filled += count,
            }
        }
        Ok(())
    }

    /// Lets the next call of a socket take no longer than until then.
    fn limit(&self, socket: &mut Socket<B>, until: Instant) -> Result<(), Error> {
        let left = until.saturating_duration_since(self.net.backend().now());
        if left.is_zero() {
            return Err(Error::TIMED_OUT);
        }
        socket.settimeout(Timeout::After(left))
    }

    /// Waits until something may have come.
    fn wait(&self, sockets: &[Option<Socket<B>>; MOST], until: Instant) -> Result<(), Error> {
        let left = until.saturating_duration_since(self.net.backend().now());
        let entry = |handle| PollEntry::new(handle, Readiness::READABLE);
        let mut handles = sockets.iter().flatten().map(Socket::handle);
        match (handles.next(), handles.next()) {
            (Some(one), Some(two)) => self.net.poll(&mut [entry(one), entry(two)], left)?,
            (Some(one), None) => self.net.poll(&mut [entry(one)], left)?,
            (None, _) => self.net.poll(&mut [], left)?,
        };
        Ok(())
    }
}

/// Takes what has come, until the answer is there or there is nothing more; a flood is not taken at once.
fn receive<B: Backend + Clone>(
    lookup: &mut Lookup<'_>,
    socket: &Socket<B>,
    room: &mut [u8],
    found: &mut dyn FnMut(Records<'_>),
) {
    for _ in 0..MESSAGES_AT_ONCE {
        if !lookup.is_under_way() {
            return;
        }
        match socket.recv(room) {
            Ok(count) => {
                let message = room.get(..count).unwrap_or(&[]);
                if let Some(records) = lookup.arrived(message, true) {
                    found(records);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(_) => lookup.give_up(), // nobody is there
        }
    }
}

fn family_of(server: SocketAddr) -> AddressFamily {
    if server.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 }
}
