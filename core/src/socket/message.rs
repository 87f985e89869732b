//! `sendmsg`, `recvmsg` and `recvmsg_into`: data in parts, with control messages.

use crate::{
    Backend, Error, MessageFlags, OutgoingMessage, Readiness, ReceivedMessage, Socket, SocketType,
    Timeout, ToAddress,
};

impl<B: Backend + Clone> Socket<B> {
    /// Sends several parts as if they were one, with control messages: a datagram is all parts
    /// together, and no part at all is an empty one.
    ///
    /// `control` is what a [`ControlBuffer`](crate::ControlBuffer) has written, or empty. A stream
    /// takes as much as there is room for, and the control messages with the first byte of it; in
    /// blocking mode that is everything, as for [`Socket::send`].
    ///
    /// # Errors
    ///
    /// Those of [`Socket::send`]; `EMSGSIZE` for more parts than the host takes (1024 on Linux),
    /// `EINVAL` for control messages that it does not understand, `EOPNOTSUPP` from a backend
    /// without any. Source: `sendmsg(2)`.
    pub fn sendmsg(
        &self,
        parts: &[&[u8]],
        control: &[u8],
        flags: MessageFlags,
    ) -> Result<usize, Error> {
        self.sendmsg_parts(&OutgoingMessage { parts, control, address: None }, flags)
    }

    /// [`Socket::sendmsg`] to an address, which a connected stream ignores.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::sendmsg`] and of [`Socket::sendto`].
    pub fn sendmsg_to(
        &self,
        parts: &[&[u8]],
        control: &[u8],
        flags: MessageFlags,
        address: impl ToAddress,
    ) -> Result<usize, Error> {
        let address = self.address(address)?;
        self.sendmsg_parts(&OutgoingMessage { parts, control, address: Some(&address) }, flags)
    }

    /// Receives into `buffer`, and control messages into `control`, which may be empty.
    ///
    /// Unlike [`Socket::recv`] this asks the backend for an empty buffer too: a datagram is taken
    /// from the queue all the same. With [`MessageFlags::ERRQUEUE`] it never waits.
    ///
    /// ```
    /// # use berkeley::{Backend, ControlMessages, Error, MessageFlags, Socket};
    /// # fn example<B: Backend + Clone>(socket: &Socket<B>) -> Result<(), Error> {
    /// let (mut buffer, mut control) = ([0; 2048], [0; 256]);
    /// let message = socket.recvmsg(&mut buffer, &mut control, MessageFlags::NONE)?;
    /// let data = &buffer[..message.length];
    /// if message.flags.contains(MessageFlags::TRUNC) {
    ///     // The datagram was longer than `data`.
    /// }
    /// for message in ControlMessages::new(&control[..message.control_length]) {
    ///     let (level, kind, value) = (message.level, message.kind, message.value());
    /// }
    /// # let _ = data;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Socket::recvfrom`]. Source: `recvmsg(2)`.
    pub fn recvmsg(
        &self,
        buffer: &mut [u8],
        control: &mut [u8],
        flags: MessageFlags,
    ) -> Result<ReceivedMessage, Error> {
        self.recvmsg_into(&mut [buffer], control, flags)
    }

    /// [`Socket::recvmsg`] into several buffers: each is filled before the next one.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::recvmsg`]; `EMSGSIZE` for more buffers than the host takes (1024 on
    /// Linux).
    pub fn recvmsg_into(
        &self,
        buffers: &mut [&mut [u8]],
        control: &mut [u8],
        flags: MessageFlags,
    ) -> Result<ReceivedMessage, Error> {
        let mut message = self.recvmsg_once(buffers, control, flags)?;
        if flags.contains(MessageFlags::WAITALL) && self.may_wait_for_all(flags) {
            self.recvmsg_rest(buffers, control, flags, &mut message);
        }
        Ok(message)
    }

    fn sendmsg_parts(
        &self,
        message: &OutgoingMessage<'_>,
        flags: MessageFlags,
    ) -> Result<usize, Error> {
        let mut sent = self.wait_unless(flags, Readiness::WRITABLE, |patience| {
            self.backend.sendmsg(&self.handle, message, flags, patience)
        })?;
        if self.socket_type != SocketType::STREAM || self.patience_of(flags) != Timeout::Blocking {
            return Ok(sent);
        }
        // The rest of a blocking stream goes part by part; the control messages are through.
        let mut before: usize = 0;
        for part in message.parts {
            let from = sent.saturating_sub(before).min(part.len());
            let count = self.send_rest(&part[from..], flags);
            sent += count;
            if from + count < part.len() {
                break;
            }
            before = before.saturating_add(part.len());
        }
        Ok(sent)
    }

    fn recvmsg_once(
        &self,
        buffers: &mut [&mut [u8]],
        control: &mut [u8],
        flags: MessageFlags,
    ) -> Result<ReceivedMessage, Error> {
        self.wait_unless(flags, Readiness::READABLE, |patience| {
            self.backend.recvmsg(&self.handle, buffers, control, flags, patience)
        })
    }

    /// `MSG_WAITALL` over a backend that gives what it has: receives until the buffers are full,
    /// the stream ends or fails, or something comes that belongs to one place in the stream:
    /// control messages.
    fn recvmsg_rest(
        &self,
        buffers: &mut [&mut [u8]],
        control: &mut [u8],
        flags: MessageFlags,
        message: &mut ReceivedMessage,
    ) {
        let mut before: usize = 0;
        for buffer in buffers {
            while let Some(rest @ [_, ..]) = buffer.get_mut(message.length - before..) {
                let beside = message.control_length > 0 || message.flags != MessageFlags::NONE;
                if message.length == 0 || beside || !self.goes_on(Readiness::READABLE) {
                    return;
                }
                match self.recvmsg_once(&mut [rest], control, flags) {
                    Err(_) | Ok(ReceivedMessage { length: 0, .. }) => return,
                    Ok(more) => {
                        let length = message.length + more.length;
                        let address = more.address.or(message.address.take());
                        *message = ReceivedMessage { length, full_length: length, address, ..more };
                    }
                }
            }
            before += buffer.len();
        }
    }
}
