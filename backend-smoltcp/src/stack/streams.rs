//! What a program does with a stream socket besides connecting it: listen, accept, send, receive, shut
//! down, let go. The answers are the kernel's, in the kernel's order.

use berkeley::{
    Address, AddressFamily, Errno, Error, Instant, MessageFlags, OutgoingMessage, Shutdown,
};
use smoltcp::socket::tcp;

use super::connections::Cause;
use super::state::{Inner, State};
use crate::control;
use crate::descriptor::{Bound, Descriptor, Handle, Kind, Stream};
use crate::network::route::needs_scope;
use crate::tcp::slot::Owner;
use crate::tcp::stream::Listening;
use crate::tuple::Tuple;

/// The largest backlog: Linux's `somaxconn`.
const LARGEST_BACKLOG: u16 = 4096;

impl Inner<'_> {
    /// Sends as much of the parts, one behind the other, as there is room for.
    #[inline]
    pub(super) fn send_stream(
        &mut self,
        index: u16,
        message: &OutgoingMessage<'_>,
        now: Instant,
    ) -> Result<usize, Error> {
        let (taken, number) = self.state.take_for_stream(index, message)?;
        self.send_now(number, now);
        Ok(taken)
    }
}

impl State<'_> {
    /// A new stream socket.
    pub(super) fn open_stream(&mut self, family: AddressFamily) -> Result<u16, Error> {
        self.descriptors.allocate(family, Kind::Stream(Stream::Unconnected))
    }

    /// Options have changed: those that concern a connection do so at once.
    pub(super) fn apply_options(&mut self, index: u16, stream: Stream, now: Instant) {
        if let Stream::Open { slot: number } = stream
            && let Ok(&Descriptor { options, .. }) = self.descriptors.entry(index)
            && let Some(slot) = self.slot_mut(number)
        {
            slot.apply(&options, now);
            self.queue(number);
        }
    }

    pub(super) fn listen(&mut self, index: u16, backlog: i32) -> Result<(), Error> {
        let Kind::Stream(stream) = self.descriptors.entry(index)?.kind else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        let backlog = u16::try_from(backlog.max(0)).unwrap_or(u16::MAX).min(LARGEST_BACKLOG);
        match stream {
            Stream::Listening(queue) => {
                self.set_stream(index, Stream::Listening(Listening { backlog, ..queue }));
                Ok(())
            }
            Stream::Unconnected => {
                let entry = self.descriptors.entry(index)?;
                if !entry.has_port() {
                    let any = Bound { ip: entry.wildcard(), port: 0, scope_id: 0 };
                    self.bind_to(index, Bound { port: 0, ..entry.bound.unwrap_or(any) })?;
                }
                if self.is_listened_on(index) {
                    return Err(Errno::EADDRINUSE.into());
                }
                let queue = Listening { backlog, waiting: 0, first: None, last: None };
                self.set_stream(index, Stream::Listening(queue));
                Ok(())
            }
            Stream::Open { .. } | Stream::Over(_) => Err(Errno::EINVAL.into()),
        }
    }

    /// Takes the oldest connection of a listener.
    pub(super) fn accept(&mut self, index: u16, now: Instant) -> Result<(Handle, Address), Error> {
        let Kind::Stream(stream) = self.descriptors.entry(index)?.kind else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        let Stream::Listening(mut queue) = stream else { return Err(Errno::EINVAL.into()) };
        let Some(number) = queue.first else { return Err(Errno::EAGAIN.into()) };
        let tuple = *self.tuple_of(number).ok_or(Errno::EAGAIN)?;
        let kind = Kind::Stream(Stream::Open { slot: number });
        let listener = self.descriptors.entry(index)?;
        let (family, options, chosen) = (listener.family, listener.options, listener.chosen);
        // Without a descriptor the connection stays where it is.
        let accepted = self.descriptors.allocate(family, kind)?;

        let slot = self.slot_mut(number).ok_or(Errno::EAGAIN)?;
        queue.first = slot.next_accepted.take();
        queue.waiting -= 1;
        if queue.first.is_none() {
            queue.last = None;
        }
        slot.owner = Owner::Descriptor(accepted);
        let (error, link) = (slot.error.take(), slot.link);
        let link = self.reached_link(tuple.local.ip, link);
        self.set_stream(index, Stream::Listening(queue));
        let scope_id = if needs_scope(tuple.remote.ip) { u32::from(link) + 1 } else { 0 };
        let entry = self.descriptors.entry_mut(accepted)?;
        entry.options = options;
        entry.error = error;
        entry.connect_reported = true;
        entry.chosen = (chosen.0, false); // (Linux's `sk_clone`)
        entry.bound = Some(Bound { ip: tuple.local.ip, port: tuple.local.port, scope_id });
        if scope_id != 0 {
            entry.options.interface = scope_id;
        }
        let peer = entry.address_of(tuple.remote.ip, tuple.remote.port, scope_id);
        let handle = entry.handle(accepted);
        self.release_if_over(number, now);
        Ok((handle, peer))
    }

    /// Takes as much of the parts, one behind the other, as there is room for, and says how much that
    /// is, and which slot has something to send now.
    #[inline]
    fn take_for_stream(
        &mut self,
        index: u16,
        message: &OutgoingMessage<'_>,
    ) -> Result<(usize, u16), Error> {
        let data = message.parts;
        let entry = self.descriptors.entry_mut(index)?;
        let Kind::Stream(stream) = entry.kind else { return Err(Errno::EOPNOTSUPP.into()) };
        entry.take_error()?;
        let Stream::Open { slot: number } = stream else { return Err(Errno::EPIPE.into()) };
        if entry.write_shut {
            return Err(Errno::EPIPE.into());
        }
        let slot = self.slot_mut(number).ok_or(Errno::EPIPE)?;
        let limit = slot.send_limit;
        let Some(socket) = slot.hot_socket_mut() else { return Err(Errno::EPIPE.into()) };
        control::check_stream(message.control)?;
        match socket.state() {
            tcp::State::SynSent | tcp::State::SynReceived => Err(Errno::EAGAIN.into()),
            tcp::State::Established | tcp::State::CloseWait => {
                let room = limit.saturating_sub(socket.send_queue());
                let mut taken = 0;
                for part in data {
                    let part_of_it = part.get(..room - taken).unwrap_or(part);
                    let count = socket.send_slice(part_of_it).map_err(|_| Errno::EPIPE)?;
                    taken += count;
                    if count < part.len() {
                        break;
                    }
                }
                if taken == 0 && data.iter().any(|part| !part.is_empty()) {
                    return Err(Errno::EAGAIN.into());
                }
                slot.accepted = slot.accepted.wrapping_add(taken as u32);
                Ok((taken, number))
            }
            _ => Err(Errno::EPIPE.into()),
        }
    }

    /// Receives into the buffers, the first ones first.
    #[inline]
    pub(super) fn receive_stream(
        &mut self,
        index: u16,
        buffers: &mut [&mut [u8]],
        flags: MessageFlags,
        now: Instant,
    ) -> Result<usize, Error> {
        let entry = self.descriptors.entry_mut(index)?;
        let Kind::Stream(stream) = entry.kind else { return Err(Errno::EOPNOTSUPP.into()) };
        let number = match stream {
            Stream::Open { slot } => slot,
            Stream::Over(_) => {
                entry.take_error()?;
                return Ok(0);
            }
            Stream::Unconnected => {
                entry.take_error()?;
                return Err(Errno::ENOTCONN.into());
            }
            Stream::Listening(_) => return Err(Errno::ENOTCONN.into()),
        };
        let slot = self.tcp.slots.get_mut(usize::from(number)).ok_or(Errno::ENOTCONN)?;
        let socket = slot.hot_socket_mut().ok_or(Errno::ENOTCONN)?;
        let room = buffers.iter().fold(0, |sum: usize, buffer| sum.saturating_add(buffer.len()));
        let unread = socket.recv_queue();
        let length = unread.min(entry.read_limit.unwrap_or(usize::MAX)).min(room);
        if length > 0 && flags.contains(MessageFlags::PEEK) {
            let is_to_count = flags.contains(MessageFlags::TRUNC);
            return if is_to_count { Ok(length) } else { look(socket, buffers, length) };
        }
        if length > 0 {
            let count = match flags.contains(MessageFlags::TRUNC) {
                true => throw_away(socket, length)?,
                false => read(socket, buffers, length)?,
            };
            if let Some(limit) = &mut entry.read_limit {
                *limit -= count;
            }
            if slot.window_has_opened() {
                self.queue(number);
                self.release_if_over(number, now);
            }
            return Ok(count);
        }
        entry.take_error()?;
        if entry.read_limit.is_some() {
            return Ok(0);
        }
        match socket.state() {
            // An empty buffer that meets data is satisfied.
            _ if room == 0 && unread > 0 => Ok(0),
            tcp::State::SynSent
            | tcp::State::SynReceived
            | tcp::State::Established
            | tcp::State::FinWait1
            | tcp::State::FinWait2 => Err(Errno::EAGAIN.into()),
            _ => Ok(0),
        }
    }

    pub(super) fn shutdown_stream(
        &mut self,
        index: u16,
        how: Shutdown,
        now: Instant,
    ) -> Result<(), Error> {
        let not_connected = Error::from(Errno::ENOTCONN);
        match stream_of(self, index)? {
            Stream::Listening(_) => {
                if how.is_read() {
                    self.stop_listening(index, now);
                    self.set_stream(index, Stream::Unconnected);
                    self.wake(index);
                }
                Ok(())
            }
            Stream::Unconnected | Stream::Over(_) => Err(not_connected),
            Stream::Open { slot: number } => {
                let slot = self.slot_mut(number).ok_or(not_connected)?;
                slot.forget_answered(now);
                let unread = slot.unread();
                let socket = slot.socket_mut().ok_or(not_connected)?;
                match socket.state() {
                    tcp::State::SynSent => {
                        // The attempt is over; the socket is as new, with an error to tell.
                        socket.close();
                        self.release_slot(number);
                        self.descriptors.give_port_back(index);
                        self.start_anew(index);
                        self.descriptors.entry_mut(index)?.error = Some(Errno::ECONNRESET);
                        self.wake(index);
                        return Ok(());
                    }
                    tcp::State::Closed | tcp::State::Listen | tcp::State::TimeWait => {
                        return Err(not_connected);
                    }
                    // The engine sends no end in SYN-RECEIVED: it will as soon as it can.
                    tcp::State::SynReceived => {}
                    _ if how.is_write() => socket.close(),
                    _ => {}
                }
                let entry = self.descriptors.entry_mut(index)?;
                entry.connect_reported = true; // as good as (Linux's `inet_shutdown`)
                entry.write_shut |= how.is_write();
                if how.is_read() && entry.read_limit.is_none() {
                    entry.read_limit = Some(unread);
                }
                self.queue(number);
                self.wake(index);
                Ok(())
            }
        }
    }

    /// Lets go of a stream socket. What was sent is still delivered; unread data, or `reset`, ends
    /// the connection at once (RFC 2525, section 2.17). Says which connection goes on alone.
    pub(super) fn let_go_of_stream(&mut self, index: u16, now: Instant) -> Option<(u16, Tuple)> {
        let stream = stream_of(self, index).ok()?;
        match stream {
            Stream::Listening(_) => {
                self.stop_listening(index, now);
                None
            }
            Stream::Unconnected | Stream::Over(_) => None,
            Stream::Open { slot: number } => {
                let linger = self.descriptors.entry(index).ok()?.options.linger;
                let reset = linger == Some(core::time::Duration::ZERO);
                self.abandon(number, reset, now);
                Some((number, *self.tuple_of(number)?))
            }
        }
    }

    /// Whether the end of a connection that goes on alone is not acknowledged yet.
    pub(super) fn still_delivers(&self, (number, tuple): (u16, Tuple)) -> bool {
        let unacknowledged = matches!(
            self.engine_state(number),
            tcp::State::FinWait1 | tcp::State::LastAck | tcp::State::Closing
        );
        self.tuple_of(number) == Some(&tuple) && unacknowledged
    }

    /// Leaves a connection to itself.
    pub(super) fn abandon(&mut self, number: u16, reset: bool, now: Instant) {
        self.orphan(number, now);
        let Some(slot) = self.slot_mut(number) else { return };
        slot.forget_answered(now);
        let unread = slot.unread() > 0;
        let unsent = slot.socket().is_some_and(|socket| socket.send_queue() > 0);
        match slot.state() {
            // Nothing was promised to the peer.
            tcp::State::SynSent => slot.forget_connection(),
            // Both ends are said, and a reset would add nothing (Linux's `tcp_disconnect`).
            tcp::State::Closing | tcp::State::LastAck if reset && !unread && !unsent => {
                slot.forget_connection();
            }
            _ => {}
        }
        let Some(socket) = slot.socket_mut() else { return };
        match socket.state() {
            tcp::State::TimeWait | tcp::State::Closed => {}
            _ if reset || unread => socket.abort(),
            // The engine sends no end yet: it is told when the handshake is done.
            tcp::State::SynReceived => {}
            _ => socket.close(),
        }
        self.settle(number, Cause::Program, now);
        if self.slot(number).is_some_and(|slot| slot.owner != Owner::Free) {
            self.queue(number);
        }
    }

    /// Ends a listener: connections that wait to be accepted are reset.
    pub(super) fn stop_listening(&mut self, index: u16, now: Instant) {
        self.tcp.half_open.remove_listener(index);
        self.descriptors.give_port_back(index);
        let Ok(Stream::Listening(queue)) = stream_of(self, index) else { return };
        let mut next = queue.first;
        // The queue ends: a slot that waits to be accepted is released by nobody else.
        while let Some(number) = next {
            next = self.slot_mut(number).and_then(|slot| slot.next_accepted.take());
            self.abandon(number, true, now);
        }
    }

    pub(super) fn set_stream(&mut self, index: u16, stream: Stream) {
        if let Ok(entry) = self.descriptors.entry_mut(index) {
            entry.kind = Kind::Stream(stream);
        }
    }
}

/// The state of a stream socket.
pub(super) fn stream_of(state: &State<'_>, index: u16) -> Result<Stream, Error> {
    match state.descriptors.entry(index)?.kind {
        Kind::Stream(stream) => Ok(stream),
        _ => Err(Errno::EOPNOTSUPP.into()),
    }
}

/// Copies `length` received bytes, which are there and for which there is room.
#[inline]
fn read(
    socket: &mut tcp::Socket<'_>,
    buffers: &mut [&mut [u8]],
    length: usize,
) -> Result<usize, Error> {
    let mut read = 0;
    for buffer in buffers {
        let part = buffer.len().min(length - read);
        read += socket.recv_slice(&mut buffer[..part]).map_err(|_| Errno::ENOTCONN)?;
        if read == length {
            break; // behind the last byte the engine may say that the stream has ended
        }
    }
    Ok(read)
}

/// The same without a copy (tcp(7): `MSG_TRUNC`).
#[cold]
fn throw_away(socket: &mut tcp::Socket<'_>, length: usize) -> Result<usize, Error> {
    let mut rest = length;
    while rest > 0 {
        // The ring may hold them in two parts.
        rest -= socket
            .recv(|part| {
                let count = part.len().min(rest);
                (count, count)
            })
            .map_err(|_| Errno::ENOTCONN)?;
    }
    Ok(length)
}

/// Copies them, and leaves them where they are.
///
/// The ring may hold them in two parts. A look at them into several buffers ends with the first
/// part, unless the first buffer alone needs both.
fn look(
    socket: &mut tcp::Socket<'_>,
    buffers: &mut [&mut [u8]],
    length: usize,
) -> Result<usize, Error> {
    let gone = Error::from(Errno::ENOTCONN);
    let mut filled = buffers.iter_mut().filter(|buffer| !buffer.is_empty());
    let first = filled.next().ok_or(gone)?;
    let part = first.len().min(length);
    let mut read = socket.peek_slice(&mut first[..part]).map_err(|_| gone)?;
    let seen = socket.peek(length).map_err(|_| gone)?;
    for buffer in filled {
        let rest = seen.get(read..).unwrap_or_default();
        let part = buffer.len().min(rest.len());
        buffer[..part].copy_from_slice(&rest[..part]);
        read += part;
    }
    Ok(read)
}
