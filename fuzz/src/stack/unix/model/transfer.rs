//! Sending and receiving.

use berkeley::{Errno, SocketType, UnixAddress};

use super::{Message, Model, Number, Place, State};

/// Bytes that a message takes in a queue beside its own and its sender's name.
const HEADER: usize = 5;

/// How many datagrams wait, unless they are the peer's (`net.unix.max_dgram_qlen`, and one more).
const MOST_DATAGRAMS: usize = 11;

impl Model {
    /// `send` and `sendto`: how many bytes.
    ///
    /// # Errors
    ///
    /// `ENOTCONN`, `EISCONN`, `EOPNOTSUPP`, `EPIPE`, `EMSGSIZE`, `EPERM`, `EAGAIN`, `ECONNREFUSED`, a
    /// pending one and those of addresses.
    pub fn send(
        &mut self,
        number: Number,
        place: Option<Place>,
        data: &[u8],
    ) -> Result<usize, Errno> {
        if self.socket(number).is(SocketType::STREAM) {
            self.send_bytes(number, place, data)
        } else {
            self.send_message(number, place, data)
        }
    }

    fn send_bytes(
        &mut self,
        number: Number,
        place: Option<Place>,
        data: &[u8],
    ) -> Result<usize, Errno> {
        let socket = self.socket(number);
        let is_connected = matches!(socket.state, State::Connected);
        match (place, is_connected) {
            (Some(_), true) => return Err(Errno::EISCONN),
            (Some(_), false) => return Err(Errno::EOPNOTSUPP),
            (None, false) => return Err(Errno::ENOTCONN),
            (None, true) => {}
        }
        let peer = socket.peer.filter(|peer| self.has(*peer));
        let (false, Some(peer)) = (socket.write_shut, peer) else { return Err(Errno::EPIPE) };
        let count = data.len().min(self.room(number, peer));
        if count == 0 && !data.is_empty() {
            self.of(number).refused = Some((peer, 1));
            return Err(Errno::EAGAIN);
        }
        if count > 0 {
            self.of(peer).bytes.extend(&data[..count]);
            self.of(number).refused = None;
        }
        Ok(count)
    }

    fn send_message(
        &mut self,
        number: Number,
        place: Option<Place>,
        data: &[u8],
    ) -> Result<usize, Errno> {
        let is_datagram = self.socket(number).is(SocketType::DGRAM);
        let place = place.filter(|_| is_datagram); // a connection ignores it
        let longest = (self.queue - HEADER - UnixAddress::ROOM).min(self.socket(number).send_limit);
        if !is_datagram {
            self.take_error(number)?;
            self.socket(number).peer.ok_or(Errno::ENOTCONN)?;
        }
        if let Some(Place::Nowhere) = place {
            return Err(Errno::EINVAL);
        }
        if data.len() > longest {
            return Err(Errno::EMSGSIZE);
        }
        self.take_error(number)?;
        if self.socket(number).write_shut {
            return Err(Errno::EPIPE);
        }
        let peer = self.socket(number).peer;
        let to = match (place, peer.filter(|peer| self.has(*peer))) {
            (Some(place), _) => self.to(place, SocketType::DGRAM)?,
            (None, Some(peer)) => peer,
            (None, None) if peer.is_none() => return Err(Errno::ENOTCONN),
            (None, None) if is_datagram => {
                self.of(number).peer = None;
                self.has_left(number, None);
                return Err(Errno::ECONNREFUSED);
            }
            (None, None) => return Err(Errno::EPIPE),
        };
        if !self.hears(to, number) {
            return Err(Errno::EPERM);
        }
        if self.socket(to).read_shut {
            return Err(Errno::EPIPE);
        }
        if !self.has_room(number, to, data.len()) {
            self.of(number).refused = Some((to, data.len()));
            return Err(Errno::EAGAIN);
        }
        let name = self.socket(number).name;
        self.of(to).messages.push_back((data.to_vec(), name));
        self.of(number).refused = None;
        Ok(data.len())
    }

    /// Bytes that a stream may send more.
    fn room(&self, from: Number, to: Number) -> usize {
        let under_way = self.socket(to).bytes.len();
        self.queue.min(self.socket(from).send_limit).saturating_sub(under_way)
    }

    pub(super) fn has_room(&self, from: Number, to: Number, length: usize) -> bool {
        let (sender, receiver) = (self.socket(from), self.socket(to));
        if sender.is(SocketType::STREAM) {
            return self.room(from, to) >= length;
        }
        let taken = |(data, name): &Message| HEADER + name.as_bytes().len() + data.len();
        let used: usize = receiver.messages.iter().map(taken).sum();
        let may_wait = receiver.messages.len() < MOST_DATAGRAMS || receiver.peer == Some(from);
        may_wait && used + HEADER + sender.name.as_bytes().len() + length <= self.queue
    }

    /// `recvfrom`: what fits into so many bytes, and who has sent it.
    ///
    /// # Errors
    ///
    /// `EINVAL`, `ENOTCONN`, `EAGAIN`, and a pending one.
    pub fn receive(
        &mut self,
        number: Number,
        length: usize,
        peek: bool,
    ) -> Result<(Vec<u8>, Option<UnixAddress>), Errno> {
        let socket = self.of(number);
        match (&socket.state, socket.socket_type) {
            (_, SocketType::DGRAM) | (State::Connected, _) => {}
            (_, SocketType::STREAM) => return Err(Errno::EINVAL),
            _ => return Err(Errno::ENOTCONN),
        }
        let is_stream = socket.is(SocketType::STREAM);
        if !is_stream || socket.bytes.is_empty() {
            socket.error.take().map_or(Ok(()), Err)?;
        }
        if socket.bytes.is_empty() && socket.messages.is_empty() {
            // Linux has no end of datagrams for who does not wait: see `receive_unix`.
            return if socket.read_shut { Ok((Vec::new(), None)) } else { Err(Errno::EAGAIN) };
        }
        let (data, name) = if is_stream {
            let count = length.min(socket.bytes.len());
            let data = socket.bytes.iter().take(count).copied().collect();
            socket.bytes.drain(..if peek { 0 } else { count });
            (data, socket.peer_name)
        } else {
            let (mut data, name) = socket.messages[0].clone();
            data.truncate(length);
            if !peek {
                socket.messages.pop_front();
            }
            (data, name)
        };
        Ok((data, (!name.is_unnamed()).then_some(name)))
    }
}
