//! The calls, and how a seed chooses one.

use berkeley::Shutdown;

/// How many places for sockets each side has.
pub(crate) const PLACES: usize = 4;

/// A place for a socket: of the near side or the far one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place {
    pub(crate) far: bool,
    pub(crate) number: usize,
}

/// A call on the socket at a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) place: Place,
    pub(crate) act: Act,
}

/// What is called. Sockets wait for nothing; a target is a place of the other side.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    NewStream,
    NewDatagram,
    Bind,
    BindWildcard,
    Listen(i32),
    /// Into this place.
    Accept(usize),
    Connect(usize),
    /// To a port where nobody listens.
    ConnectToNobody,
    Send(usize),
    SendTo(usize),
    Receive(usize),
    Peek,
    Shutdown(Shutdown),
    Close,
    /// Closes with a reset.
    Reset,
    Name,
    PeerName,
    PendingError,
    Poll,
}

impl Call {
    /// The next call. Places where nothing is are mostly filled.
    pub(crate) fn choose(random: &mut Random, is_taken: impl Fn(Place) -> bool) -> Call {
        let place = Place { far: random.below(2) == 1, number: random.below(PLACES) };
        let free = (0..PLACES).find(|&number| !is_taken(Place { number, ..place }));
        let act = if !is_taken(place) {
            if random.below(4) == 0 { Act::NewDatagram } else { Act::NewStream }
        } else {
            let number = random.below(PLACES);
            match random.below(24) {
                0 | 1 => Act::Bind,
                2 => Act::BindWildcard,
                3 | 4 => Act::Listen(random.below(3) as i32),
                5..=7 => free.map_or(Act::Poll, Act::Accept),
                8..=10 => Act::Connect(number),
                11 => Act::ConnectToNobody,
                12 | 13 => Act::Send(1 + random.below(20)),
                14 => Act::SendTo(number),
                15 | 16 => Act::Receive(1 + random.below(20)),
                17 => Act::Peek,
                18 => Act::Shutdown([Shutdown::RD, Shutdown::WR, Shutdown::RDWR][number % 3]),
                19 => [Act::Close, Act::Reset][number % 2],
                20 => Act::Name,
                21 => Act::PeerName,
                22 => Act::PendingError,
                _ => Act::Poll,
            }
        };
        Call { place, act }
    }

    /// Whether the state of the socket may be another one afterwards.
    pub(crate) fn changes_state(&self) -> bool {
        !matches!(
            self.act,
            Act::Accept(_)
                | Act::Receive(_)
                | Act::Peek
                | Act::Name
                | Act::PeerName
                | Act::PendingError
                | Act::Poll
        )
    }

    /// The name of the call, without its arguments.
    pub(crate) fn name(&self) -> &'static str {
        match self.act {
            Act::NewStream | Act::NewDatagram => "socket",
            Act::Bind | Act::BindWildcard => "bind",
            Act::Listen(_) => "listen",
            Act::Accept(_) => "accept",
            Act::Connect(_) | Act::ConnectToNobody => "connect",
            Act::Send(_) => "send",
            Act::SendTo(_) => "sendto",
            Act::Receive(_) | Act::Peek => "recv",
            Act::Shutdown(_) => "shutdown",
            Act::Close | Act::Reset => "close",
            Act::Name => "getsockname",
            Act::PeerName => "getpeername",
            Act::PendingError => "SO_ERROR",
            Act::Poll => "poll",
        }
    }
}

/// SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % limit as u64) as usize
    }
}
