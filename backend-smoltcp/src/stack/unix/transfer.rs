//! Sending and receiving on UNIX sockets.

use berkeley::{Errno, Error, MessageFlags, OutgoingMessage, ReceivedMessage};

use super::super::state::State;
use super::super::verbs::RECEIVE_FLAGS;
use crate::control;
use crate::unix::{Refused, UnixSocket, UnixState};

impl State<'_> {
    /// Sends what there is room for, or a message as a whole.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` for a control message with what could be passed: here is neither a process nor a
    /// descriptor.
    pub(in crate::stack) fn send_unix(
        &mut self,
        socket: UnixSocket,
        message: &OutgoingMessage<'_>,
    ) -> Result<usize, Error> {
        if self.unix.entry(socket)?.is_stream() {
            self.send_unix_stream(socket, message)
        } else {
            self.send_unix_message(socket, message)
        }
    }

    /// As Linux's `unix_stream_sendmsg`: a pending error is for who receives.
    fn send_unix_stream(
        &mut self,
        socket: UnixSocket,
        message: &OutgoingMessage<'_>,
    ) -> Result<usize, Error> {
        control::check_unix(message.control)?;
        let slot = self.unix.entry(socket)?;
        let is_connected = slot.state == UnixState::Connected;
        if message.address.is_some() {
            let errno = if is_connected { Errno::EISCONN } else { Errno::EOPNOTSUPP };
            return Err(errno.into());
        }
        if !is_connected {
            return Err(Errno::ENOTCONN.into());
        }
        if slot.write_shut {
            return Err(Errno::EPIPE.into());
        }
        if message.length() == 0 {
            return Ok(0);
        }
        let peer = self.unix.peer(socket).ok_or(Errno::EPIPE)?;
        let most = slot.room_at(self.unix.entry(peer)?);
        let count = self.unix.entry_mut(peer)?.queue.push_bytes(message.parts, most);
        if count == 0 {
            return Err(self.refused(socket, peer, 1));
        }
        self.has_sent(socket, peer);
        Ok(count)
    }

    /// As Linux's `unix_dgram_sendmsg`, which is also that of sequenced packets.
    fn send_unix_message(
        &mut self,
        socket: UnixSocket,
        message: &OutgoingMessage<'_>,
    ) -> Result<usize, Error> {
        let slot = self.unix.entry_mut(socket)?;
        let is_datagram = slot.is_datagram();
        // A connection has its peer; an address is ignored.
        let address = message.address.filter(|_| is_datagram);
        if !is_datagram {
            slot.take_error()?;
            slot.peer.ok_or(Errno::ENOTCONN)?;
        }
        control::check_unix(message.control)?;
        if let Some(address) = address
            && super::name_of(address)?.is_unnamed()
        {
            return Err(Errno::EINVAL.into());
        }
        let length = message.length();
        if length > slot.queue.longest().min(slot.send_limit) {
            return Err(Errno::EMSGSIZE.into());
        }
        slot.take_error()?;
        if slot.write_shut {
            return Err(Errno::EPIPE.into());
        }
        let socket_type = slot.socket_type;
        let to = match address {
            Some(address) => self.unix_named(address, socket_type)?,
            None if slot.peer.is_none() => return Err(Errno::ENOTCONN.into()),
            None => match self.unix.peer(socket) {
                Some(peer) => peer,
                None => return Err(self.unix_peer_is_gone(socket)),
            },
        };
        if !self.unix.hears(to, socket) {
            return Err(Errno::EPERM.into());
        }
        if self.unix.entry(to)?.read_shut {
            return Err(Errno::EPIPE.into());
        }
        if !self.unix.has_room(socket, to, length) {
            return Err(self.refused(socket, to, length));
        }
        let sender = self.unix.entry(socket)?.name;
        self.unix.entry_mut(to)?.queue.push_message(&sender, message.parts);
        self.has_sent(socket, to);
        Ok(length)
    }

    /// A send has succeeded: a refusal before, perhaps by somebody else, is over.
    fn has_sent(&mut self, socket: UnixSocket, to: UnixSocket) {
        if let Ok(slot) = self.unix.entry_mut(socket)
            && slot.refused.take().is_some()
        {
            self.wake_unix(socket);
        }
        self.wake_unix(to);
    }

    /// Notes that a send was refused: the socket is not writable before there is room for as much.
    fn refused(&mut self, socket: UnixSocket, by: UnixSocket, length: usize) -> Error {
        let by = self.unix.reference(by);
        if let Ok(slot) = self.unix.entry_mut(socket) {
            slot.refused = Some(Refused { by, length });
        }
        Errno::EAGAIN.into()
    }

    /// The peer of a datagram socket was closed: it is told once.
    fn unix_peer_is_gone(&mut self, socket: UnixSocket) -> Error {
        let Ok(slot) = self.unix.entry_mut(socket) else { return Errno::EBADF.into() };
        if !slot.is_datagram() {
            return Errno::EPIPE.into();
        }
        slot.peer = None;
        self.leave_unix_peer(socket, None);
        Errno::ECONNREFUSED.into()
    }

    /// Takes bytes of a stream, or a message, with the name of who has sent it.
    pub(in crate::stack) fn receive_unix(
        &mut self,
        socket: UnixSocket,
        buffers: &mut [&mut [u8]],
        flags: MessageFlags,
    ) -> Result<ReceivedMessage, Error> {
        let slot = self.unix.entry_mut(socket)?;
        if flags.contains(MessageFlags::OOB) && slot.is_stream() {
            return Err(Errno::EINVAL.into()); // none is ever pending
        }
        // There are no queues of errors: nobody looks at that flag.
        if !flags.without(RECEIVE_FLAGS.union(MessageFlags::ERRQUEUE)).is_empty() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        if !slot.is_datagram() && slot.state != UnixState::Connected {
            let errno = if slot.is_stream() { Errno::EINVAL } else { Errno::ENOTCONN };
            return Err(errno.into());
        }
        // The error stands before messages, but behind the bytes of a stream.
        if !slot.is_stream() || slot.queue.is_empty() {
            slot.take_error()?;
        }
        if slot.queue.is_empty() {
            // Linux tells datagrams' end only to who waits: with a timeout its programs go round until
            // that is over, for the socket is readable.
            let end = Ok(ReceivedMessage::nothing());
            return if slot.read_shut { end } else { Err(Errno::EAGAIN.into()) };
        }
        let (is_peek, is_stream) = (flags.contains(MessageFlags::PEEK), slot.is_stream());
        let (length, full_length, sender) = if is_stream {
            let count = slot.queue.pop_bytes(buffers, is_peek);
            (count, count, slot.peer_name)
        } else {
            slot.queue.pop_message(buffers, is_peek).ok_or(Errno::EAGAIN)?
        };
        if !is_peek {
            self.wake_unix(socket);
        }
        let is_cut = full_length > length && !is_stream;
        Ok(ReceivedMessage {
            length,
            full_length,
            flags: if is_cut { MessageFlags::TRUNC } else { MessageFlags::NONE },
            address: (!sender.is_unnamed()).then_some(sender.into()),
            ..ReceivedMessage::nothing()
        })
    }
}
