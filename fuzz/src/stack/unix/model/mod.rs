//! UNIX sockets as they are meant: the slow, obvious twin of the stack's.
//!
//! Numbers are never given twice, so whoever remembers a socket that is gone finds nothing; queues are
//! lists of what was sent. Source: Linux's `net/unix/af_unix.c`, under the same names.

mod transfer;

use std::collections::{BTreeMap, VecDeque};

use berkeley::{Errno, Readiness, Shutdown, SocketType, UnixAddress};

/// A socket, by a number that no other one ever has.
pub type Number = usize;

/// What an address is: a name, or of the family of nobody.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A path, an abstract name, or the unnamed address.
    Name(UnixAddress),
    /// `AF_UNSPEC`.
    Nowhere,
}

/// A message, and the name of who has sent it.
pub type Message = (Vec<u8>, UnixAddress);

#[derive(Debug)]
enum State {
    /// As it was made; datagram sockets stay so.
    Fresh,
    Listening {
        most: usize,
        waiting: VecDeque<Number>,
    },
    Connected,
}

/// A socket.
#[derive(Debug)]
pub struct Socket {
    /// `SO_TYPE`.
    pub socket_type: SocketType,
    /// What `getsockname` tells.
    pub name: UnixAddress,
    /// It is found by that name.
    is_bound: bool,
    state: State,
    peer: Option<Number>,
    /// The peer's name, which outlives it.
    peer_name: UnixAddress,
    /// What was received: the bytes of a stream, or messages.
    bytes: VecDeque<u8>,
    messages: VecDeque<Message>,
    read_shut: bool,
    write_shut: bool,
    error: Option<Errno>,
    /// Who had no room, and for how much.
    refused: Option<(Number, usize)>,
    send_limit: usize,
}

/// All sockets.
#[derive(Debug)]
pub struct Model {
    sockets: BTreeMap<Number, Socket>,
    made: Number,
    /// How many there may be, and how many bytes each takes.
    most: usize,
    queue: usize,
}

impl Model {
    /// No sockets, and room for so many with queues of this length.
    #[must_use]
    pub fn new(most: usize, queue: usize) -> Model {
        Model { sockets: BTreeMap::new(), made: 0, most, queue }
    }

    /// How many sockets there are, those that wait to be accepted among them.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sockets.len()
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(&self, number: Number) -> bool {
        self.sockets.contains_key(&number)
    }

    /// One of them.
    #[must_use]
    pub fn socket(&self, number: Number) -> &Socket {
        &self.sockets[&number]
    }

    fn of(&mut self, number: Number) -> &mut Socket {
        self.sockets.get_mut(&number).expect("a socket that is there")
    }

    /// `socket`.
    ///
    /// # Errors
    ///
    /// `ENOBUFS`.
    pub fn open(&mut self, socket_type: SocketType) -> Result<Number, Errno> {
        if self.sockets.len() == self.most {
            return Err(Errno::ENOBUFS);
        }
        self.made += 1;
        self.sockets.insert(self.made, Socket::new(socket_type));
        Ok(self.made)
    }

    /// The second half of `socketpair`, `connect` and `accept`.
    pub fn join(&mut self, one: Number, other: Number) {
        for (number, peer) in [(one, other), (other, one)] {
            let peer_name = self.socket(peer).name;
            let socket = self.of(number);
            (socket.peer, socket.peer_name) = (Some(peer), peer_name);
            if !socket.is(SocketType::DGRAM) {
                socket.state = State::Connected;
            }
        }
    }

    fn find(&self, name: UnixAddress, socket_type: SocketType) -> Option<Number> {
        let is_path = name.as_pathname().is_some();
        let is_it = |socket: &Socket| {
            socket.is_bound && socket.name == name && (is_path || socket.is(socket_type))
        };
        self.sockets.iter().find(|(_, socket)| is_it(socket)).map(|(number, _)| *number)
    }

    /// Who an address is for, asked by a socket of this type.
    fn to(&self, place: Place, socket_type: SocketType) -> Result<Number, Errno> {
        let Place::Name(name) = place else { return Err(Errno::EINVAL) };
        match self.find(name, socket_type) {
            _ if name.is_unnamed() => Err(Errno::EINVAL),
            Some(number) if self.socket(number).is(socket_type) => Ok(number),
            Some(_) => Err(Errno::EPROTOTYPE),
            None if name.as_pathname().is_some() => Err(Errno::ENOENT),
            None => Err(Errno::ECONNREFUSED),
        }
    }

    /// `bind`. The unnamed address is followed by [`Model::named`], if the socket has no name yet.
    ///
    /// # Errors
    ///
    /// `EADDRINUSE`, `EINVAL`.
    pub fn bind(&mut self, number: Number, place: Place) -> Result<(), Errno> {
        let Place::Name(name) = place else { return Err(Errno::EINVAL) };
        let socket = self.socket(number);
        let has_name = !socket.name.is_unnamed();
        if name.is_unnamed() {
            return Ok(());
        }
        let is_path = name.as_pathname().is_some();
        match self.find(name, socket.socket_type) {
            Some(_) if is_path || !has_name => Err(Errno::EADDRINUSE),
            _ if has_name => Err(Errno::EINVAL),
            _ => {
                self.named(number, name);
                Ok(())
            }
        }
    }

    /// A socket has this name now.
    ///
    /// # Panics
    ///
    /// Another one has it.
    pub fn named(&mut self, number: Number, name: UnixAddress) {
        assert_eq!(self.find(name, self.socket(number).socket_type), None, "{name:?} twice");
        let socket = self.of(number);
        (socket.name, socket.is_bound) = (name, true);
        for other in self.sockets.values_mut().filter(|other| other.peer == Some(number)) {
            other.peer_name = name;
        }
    }

    /// `listen`.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP`, `EINVAL`.
    pub fn listen(&mut self, number: Number, backlog: usize) -> Result<(), Errno> {
        let socket = self.of(number);
        match &mut socket.state {
            _ if socket.socket_type == SocketType::DGRAM => return Err(Errno::EOPNOTSUPP),
            _ if !socket.is_bound => return Err(Errno::EINVAL),
            State::Connected => return Err(Errno::EINVAL),
            State::Listening { most, .. } => *most = backlog,
            State::Fresh => {
                socket.state = State::Listening { most: backlog, waiting: VecDeque::new() };
            }
        }
        Ok(())
    }

    /// `connect`.
    ///
    /// # Errors
    ///
    /// `ECONNREFUSED`, `EAGAIN`, `EISCONN`, `EINVAL`, `ENOBUFS`, `EPERM` and those of addresses.
    pub fn connect(&mut self, number: Number, place: Place) -> Result<(), Errno> {
        let socket_type = self.socket(number).socket_type;
        if socket_type == SocketType::DGRAM {
            return self.connect_datagram(number, place);
        }
        let listener = self.to(place, socket_type)?;
        match &self.socket(listener).state {
            State::Listening { .. } if self.socket(listener).read_shut => {
                return Err(Errno::ECONNREFUSED);
            }
            State::Listening { most, waiting } if waiting.len() > *most => {
                return Err(Errno::EAGAIN);
            }
            State::Listening { .. } => {}
            _ => return Err(Errno::ECONNREFUSED),
        }
        match self.socket(number).state {
            State::Connected => return Err(Errno::EISCONN),
            State::Listening { .. } => return Err(Errno::EINVAL),
            State::Fresh => {}
        }
        let connection = self.open(socket_type)?;
        self.of(connection).name = self.socket(listener).name;
        self.join(number, connection);
        if let State::Listening { waiting, .. } = &mut self.of(listener).state {
            waiting.push_back(connection);
        }
        Ok(())
    }

    fn connect_datagram(&mut self, number: Number, place: Place) -> Result<(), Errno> {
        let before = self.socket(number).peer;
        let after = match place {
            Place::Nowhere => None,
            place => Some(self.to(place, SocketType::DGRAM)?),
        };
        if let Some(peer) = after {
            if !self.hears(peer, number) {
                return Err(Errno::EPERM);
            }
            self.of(number).peer_name = self.socket(peer).name;
        }
        self.of(number).peer = after;
        if before.is_some() && before != after {
            self.has_left(number, before);
        }
        Ok(())
    }

    /// `unix_dgram_disconnected`: what came from the peer goes, and the peer is told if it was the other
    /// way round as well.
    fn has_left(&mut self, number: Number, before: Option<Number>) {
        let lost = std::mem::take(&mut self.of(number).messages);
        let peer = before.and_then(|before| self.sockets.get_mut(&before));
        if let Some(peer) = peer.filter(|peer| !lost.is_empty() && peer.peer == Some(number)) {
            peer.error = Some(Errno::ECONNRESET);
        }
    }

    /// `accept`, as long as the program may hold one more.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP`, `EINVAL`, `EAGAIN`, `EMFILE`.
    pub fn accept(&mut self, number: Number, may_hold: bool) -> Result<Number, Errno> {
        let socket = self.of(number);
        let State::Listening { waiting, .. } = &mut socket.state else {
            let is_datagram = socket.socket_type == SocketType::DGRAM;
            return Err(if is_datagram { Errno::EOPNOTSUPP } else { Errno::EINVAL });
        };
        if waiting.is_empty() && !socket.read_shut {
            return Err(Errno::EAGAIN);
        }
        if !may_hold {
            return Err(Errno::EMFILE);
        }
        waiting.pop_front().ok_or(Errno::EINVAL)
    }

    /// Whether a socket takes messages of this one (`unix_may_send`).
    fn hears(&self, number: Number, sender: Number) -> bool {
        self.socket(number).peer.is_none_or(|peer| peer == sender)
    }

    /// `shutdown`.
    pub fn shutdown(&mut self, number: Number, how: Shutdown) {
        let (reading, writing) = (how != Shutdown::WR, how != Shutdown::RD);
        let socket = self.of(number);
        socket.read_shut |= reading;
        socket.write_shut |= writing;
        if let (State::Connected, Some(peer)) = (&socket.state, socket.peer)
            && let Some(peer) = self.sockets.get_mut(&peer)
        {
            peer.read_shut |= writing;
            peer.write_shut |= reading;
        }
    }

    /// `close`, of the last handle.
    pub fn close(&mut self, number: Number) {
        let socket = self.of(number);
        if let State::Listening { waiting, .. } = &mut socket.state {
            for connection in std::mem::take(waiting) {
                self.end(connection, true);
            }
        }
        let socket = self.socket(number);
        let unread = !socket.bytes.is_empty() || !socket.messages.is_empty();
        self.end(number, unread);
    }

    /// `unix_release_sock`.
    fn end(&mut self, number: Number, is_reset: bool) {
        let gone = self.sockets.remove(&number).expect("a socket that is there");
        if let (State::Connected, Some(peer)) = (gone.state, gone.peer)
            && let Some(peer) = self.sockets.get_mut(&peer)
        {
            (peer.read_shut, peer.write_shut) = (true, true);
            if is_reset {
                peer.error = Some(Errno::ECONNRESET);
            }
        }
    }

    /// `SO_ERROR`, which is consumed.
    ///
    /// # Errors
    ///
    /// The error itself.
    pub fn take_error(&mut self, number: Number) -> Result<(), Errno> {
        self.of(number).error.take().map_or(Ok(()), Err)
    }

    /// `SO_SNDBUF`.
    pub fn limit(&mut self, number: Number, bytes: usize) {
        self.of(number).send_limit = bytes;
    }

    /// What `getpeername` tells.
    ///
    /// # Errors
    ///
    /// `ENOTCONN`.
    pub fn peer_name(&self, number: Number) -> Result<UnixAddress, Errno> {
        let socket = self.socket(number);
        socket.peer.map(|_| socket.peer_name).ok_or(Errno::ENOTCONN)
    }

    /// What `poll` tells (`unix_poll`, `unix_dgram_poll`).
    #[must_use]
    pub fn readiness(&self, number: Number) -> Readiness {
        let socket = self.socket(number);
        let (is_listening, has_something) = match &socket.state {
            State::Listening { waiting, .. } => (true, !waiting.is_empty()),
            _ => (false, !socket.bytes.is_empty() || !socket.messages.is_empty()),
        };
        let least = usize::from(socket.is(SocketType::STREAM));
        let blocked = [socket.refused, socket.peer.map(|peer| (peer, least))]
            .into_iter()
            .flatten()
            .any(|(to, length)| {
                self.sockets.get(&to).is_some_and(|to| !to.read_shut)
                    && !socket.write_shut
                    && !self.has_room(number, to, length)
            });
        let is_fresh = matches!(socket.state, State::Fresh) && !socket.is(SocketType::DGRAM);
        let is_over = socket.read_shut && socket.write_shut;
        [
            (has_something || socket.read_shut, Readiness::READABLE),
            (!is_listening && !blocked, Readiness::WRITABLE),
            (is_fresh || is_over, Readiness::HANGUP),
            (socket.error.is_some(), Readiness::ERROR),
        ]
        .into_iter()
        .fold(Readiness::NONE, |all, (is_it, bit)| if is_it { all | bit } else { all })
    }
}

impl Socket {
    fn new(socket_type: SocketType) -> Socket {
        Socket {
            socket_type,
            name: UnixAddress::UNNAMED,
            is_bound: false,
            state: State::Fresh,
            peer: None,
            peer_name: UnixAddress::UNNAMED,
            bytes: VecDeque::new(),
            messages: VecDeque::new(),
            read_shut: false,
            write_shut: false,
            error: None,
            refused: None,
            send_limit: usize::MAX,
        }
    }

    fn is(&self, socket_type: SocketType) -> bool {
        self.socket_type == socket_type
    }
}
