//! Requests and answers as bytes.
//!
//! A frame is a [`Prefix`], a head and data. The head says what is asked or answered and is short; the
//! data is what is sent, received, or the value of an option. So neither side needs a buffer for a
//! whole frame: data goes from the caller's memory and into it. Numbers have their high byte first.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use berkeley::{
    Address, AddressFamily, Errno, Error, ErrorKind, MessageFlags, OptionLevel, OptionName, Pool,
    Protocol, Readiness, Shutdown, SocketType,
};

use crate::faults::{Fault, Frames, Side};

/// How long a head may be.
pub const MOST_HEAD: usize = 64;
/// How much data a frame may have: no datagram is longer.
pub const MOST_DATA: usize = 1 << 16;

/// What a frame begins with: how long its head and its data are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prefix {
    /// How long the head is.
    pub head: usize,
    /// How long the data behind it is.
    pub data: usize,
}

impl Prefix {
    /// How long it is itself.
    pub const LENGTH: usize = 4;

    /// As bytes. What is too long for a frame is not a length; it is cut.
    pub fn encode(self) -> [u8; Prefix::LENGTH] {
        let head = self.head.min(MOST_HEAD) as u32;
        (head << 24 | self.data.min(MOST_DATA) as u32).to_be_bytes()
    }

    /// From bytes.
    ///
    /// # Errors
    ///
    /// Longer than a frame may be: `EMSGSIZE`. Where the next frame begins is not known then.
    pub fn decode(bytes: [u8; Prefix::LENGTH]) -> Result<Prefix, Error> {
        let [head, data @ ..] = bytes.map(usize::from);
        let data = data[0] << 16 | data[1] << 8 | data[2];
        if head > MOST_HEAD || data > MOST_DATA {
            return Err(Errno::EMSGSIZE.into());
        }
        Ok(Prefix { head, data })
    }
}

/// The head of a frame.
#[derive(Clone, Debug, Default)]
pub struct Head(heapless::Vec<u8, MOST_HEAD>);

impl Head {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    fn put(&mut self, bytes: &[u8]) {
        // A test holds that the longest head fits; a shorter one than was meant is not understood.
        let _ = self.0.extend_from_slice(bytes);
    }
}

/// A part of a head.
trait Field: Sized {
    fn put(&self, head: &mut Head);
    /// Takes it from the front; `None` when it is not there.
    fn take(rest: &mut &[u8]) -> Option<Self>;
}

/// The number by which the other side knows a socket; -1 for none.
pub type Number = i32;

/// Defines what is asked or answered: a byte that says which, and its fields.
macro_rules! heads {
    (
        $(#[$doc:meta])* $name:ident;
        $($(#[$item:meta])* $tag:literal $variant:ident $(($($field:ident: $type:ty),*))?;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name {
            $($(#[$item])* $variant $(($($type),*))?,)*
        }

        impl $name {
            /// As the head of a frame.
            pub fn encode(&self) -> Head {
                let mut head = Head::default();
                match self {
                    $($name::$variant $(($($field),*))? => {
                        head.put(&[$tag]);
                        $($($field.put(&mut head);)*)?
                    })*
                }
                head
            }

            /// From the head of a frame.
            ///
            /// # Errors
            ///
            /// Another number, or not exactly the fields that belong to it: `EPROTO`.
            pub fn decode(head: &[u8]) -> Result<$name, Error> {
                let mut rest = head;
                let decoded = $name::take(&mut rest).filter(|_| rest.is_empty());
                decoded.ok_or(Errno::EPROTO.into())
            }

            fn take(rest: &mut &[u8]) -> Option<$name> {
                Some(match u8::take(rest)? {
                    $($tag => $name::$variant $(($(<$type as Field>::take(rest)?),*))?,)*
                    _ => return None,
                })
            }
        }
    };
}

heads! {
    /// A verb of [`Backend`](berkeley::Backend), by its name. Sockets never wait.
    Request;
    /// `socket()`.
    0 Socket(family: AddressFamily, socket_type: SocketType, protocol: Protocol);
    /// `socketpair()`.
    1 SocketPair(family: AddressFamily, socket_type: SocketType, protocol: Protocol);
    /// Another number for a socket.
    2 Retain(socket: Number);
    /// `close()`.
    3 Close(socket: Number);
    /// `bind()`.
    4 Bind(socket: Number, address: Address);
    /// `listen()`, with a backlog.
    5 Listen(socket: Number, backlog: i32);
    /// `accept()`.
    6 Accept(socket: Number);
    /// `connect()`.
    7 Connect(socket: Number, address: Address);
    /// How a `connect()` came out.
    8 ConnectOutcome(socket: Number);
    /// `recvmsg()` and its kin, up to so many bytes.
    9 Receive(socket: Number, most: u32, flags: MessageFlags);
    /// `sendmsg()` and its kin: the data.
    10 Send(socket: Number, flags: MessageFlags, address: Option<Address>);
    /// `shutdown()`.
    11 Shutdown(socket: Number, how: Shutdown);
    /// `getsockname()`.
    12 SocketName(socket: Number);
    /// `getpeername()`.
    13 PeerName(socket: Number);
    /// `getsockopt()`, up to so many bytes.
    14 ReadOption(socket: Number, level: OptionLevel, name: OptionName, most: u32);
    /// `setsockopt()`: the data is the value.
    15 SetOption(socket: Number, level: OptionLevel, name: OptionName);
    /// What sockets are ready for now. The data is a [`Question`] for each.
    16 Poll;
    /// What happens on the way from now on. The answer says to how many frames something has.
    17 Disturb(fault: Option<Disturbance>);
}

heads! {
    /// What came of a request.
    Answer;
    /// An error.
    0 Failed(error: Error);
    /// It was done.
    1 Done;
    /// A socket.
    2 Socket(socket: Number);
    /// Two sockets.
    3 SocketPair(first: Number, second: Number);
    /// A socket, and who is at its other end.
    4 Accepted(socket: Number, peer: Address);
    /// So many bytes were sent.
    5 Sent(count: u32);
    /// The data was received: the full length of a datagram, what is said about it, and the sender.
    6 Received(full_length: u32, flags: MessageFlags, sender: Option<Address>);
    /// An address.
    7 Name(address: Address);
    /// The data is the value.
    8 Value;
    /// So many are ready. The data is a [`Readiness`] for each that was asked for.
    9 Ready(count: u32);
    /// Something happened to so many frames.
    10 Disturbed(count: u32);
}

/// What happens on the way, and to which frames.
pub type Disturbance = (Fault, Frames);

/// What is asked of one socket by [`Request::Poll`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Question {
    /// The socket.
    pub socket: Number,
    /// For what.
    pub interest: Readiness,
}

impl Question {
    /// How long it is as bytes.
    pub const LENGTH: usize = 6;

    /// As bytes.
    pub fn encode(self) -> [u8; Question::LENGTH] {
        let ([a, b, c, d], [e, f]) = (self.socket.to_be_bytes(), self.interest.0.to_be_bytes());
        [a, b, c, d, e, f]
    }

    /// From bytes.
    pub fn decode([a, b, c, d, e, f]: [u8; Question::LENGTH]) -> Question {
        let interest = Readiness(u16::from_be_bytes([e, f]));
        Question { socket: Number::from_be_bytes([a, b, c, d]), interest }
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {
        $(impl Field for $type {
            fn put(&self, head: &mut Head) {
                head.put(&self.to_be_bytes());
            }

            fn take(rest: &mut &[u8]) -> Option<$type> {
                let (first, others) = rest.split_first_chunk()?;
                *rest = others;
                Some(<$type>::from_be_bytes(*first))
            }
        })*
    };
}

numbers!(u8, u16, u32, i32, u128);

macro_rules! open_numbers {
    ($($type:ident),*) => {
        $(impl Field for $type {
            fn put(&self, head: &mut Head) {
                self.0.put(head);
            }

            fn take(rest: &mut &[u8]) -> Option<$type> {
                Field::take(rest).map($type)
            }
        })*
    };
}

open_numbers!(AddressFamily, SocketType, Protocol, MessageFlags, Shutdown, OptionLevel, OptionName);

impl<T: Field> Field for Option<T> {
    fn put(&self, head: &mut Head) {
        u8::from(self.is_some()).put(head);
        if let Some(field) = self {
            field.put(head);
        }
    }

    fn take(rest: &mut &[u8]) -> Option<Option<T>> {
        match u8::take(rest)? {
            0 => Some(None),
            1 => T::take(rest).map(Some),
            _ => None,
        }
    }
}

impl Field for Disturbance {
    fn put(&self, head: &mut Head) {
        (self.0 as u8).put(head);
        match self.1 {
            Frames::PerThousand(rate) => {
                0u8.put(head);
                u32::from(rate).put(head);
            }
            Frames::Only(side, number) => {
                (1 + side as u8).put(head);
                number.put(head);
            }
        }
    }

    fn take(rest: &mut &[u8]) -> Option<Disturbance> {
        let fault = *FAULTS.get(usize::from(u8::take(rest)?))?;
        let (which, number) = (u8::take(rest)?, u32::take(rest)?);
        let frames = match which {
            0 => Frames::PerThousand(u16::try_from(number).ok()?),
            1 => Frames::Only(Side::Near, number),
            2 => Frames::Only(Side::Far, number),
            _ => return None,
        };
        Some((fault, frames))
    }
}

/// Faults by their numbers on the wire.
const FAULTS: [Fault; 4] = [Fault::Loss, Fault::Duplication, Fault::Reordering, Fault::Corruption];

/// An address of IP. Any other is not understood: see [`is_passed`].
impl Field for Address {
    fn put(&self, head: &mut Head) {
        match self {
            Address::Inet(address) => {
                4u8.put(head);
                u32::from(*address.ip()).put(head);
                address.port().put(head);
            }
            Address::Inet6(address) => {
                6u8.put(head);
                u128::from(*address.ip()).put(head);
                address.port().put(head);
                address.flowinfo().put(head);
                address.scope_id().put(head);
            }
            _ => 0u8.put(head),
        }
    }

    fn take(rest: &mut &[u8]) -> Option<Address> {
        match u8::take(rest)? {
            4 => {
                let (ip, port) = (Ipv4Addr::from(u32::take(rest)?), u16::take(rest)?);
                Some(Address::Inet(SocketAddrV4::new(ip, port)))
            }
            6 => {
                let (ip, port) = (Ipv6Addr::from(u128::take(rest)?), u16::take(rest)?);
                let (flow, scope) = (u32::take(rest)?, u32::take(rest)?);
                Some(Address::Inet6(SocketAddrV6::new(ip, port, flow, scope)))
            }
            _ => None,
        }
    }
}

/// Whether an address can be passed.
pub fn is_passed(address: &Address) -> bool {
    matches!(address, Address::Inet(_) | Address::Inet6(_))
}

/// Pools by their numbers on the wire.
const POOLS: [Pool; 8] = [
    Pool::Descriptors,
    Pool::Connections,
    Pool::DatagramQueues,
    Pool::UnixSockets,
    Pool::Ports,
    Pool::Waiters,
    Pool::Routes,
    Pool::Memberships,
];

/// Errors that have no number, by their own numbers on the wire.
const OTHER_ERRORS: [Error; 5] = [
    Error::TIMED_OUT,
    Error::INVALID_VALUE,
    Error::OVERFLOW,
    Error::INVALID_ADDRESS,
    Error::REENTERED,
];

/// A full pool with the number of the error, a plain number, or one of those without. Of what names
/// are answered nothing is passed, for nobody asks for names: it arrives as `EPROTO`.
impl Field for Error {
    fn put(&self, head: &mut Head) {
        let pool = match self.kind() {
            ErrorKind::Exhausted(pool) => POOLS.iter().position(|known| *known == pool),
            _ => None,
        };
        let other = OTHER_ERRORS.iter().position(|error| error == self);
        let (kind, which) = match (pool, other) {
            (Some(pool), _) => (1, pool),
            (None, Some(other)) => (2, other),
            (None, None) => (0, 0),
        };
        head.put(&[kind, which as u8]);
        self.errno().unwrap_or(Errno::EPROTO).raw().put(head);
    }

    fn take(rest: &mut &[u8]) -> Option<Error> {
        let (kind, which) = (u8::take(rest)?, usize::from(u8::take(rest)?));
        let errno = Errno::from_raw(i32::take(rest)?)?;
        match kind {
            0 => Some(errno.into()),
            1 => POOLS.get(which).map(|pool| Error::exhausted(*pool, errno)),
            2 => OTHER_ERRORS.get(which).copied(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    const INET6: Address =
        Address::Inet6(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 0xfedc, 0x000f_edcb, 7));
    const INET: Address = Address::Inet(SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 80));

    #[test]
    fn requests_come_through() {
        let (level, name) = (OptionLevel::SOCKET, OptionName(-7));
        for request in [
            Request::Socket(AddressFamily::INET6, SocketType::STREAM, Protocol(-1)),
            Request::SocketPair(AddressFamily::INET, SocketType::DGRAM, Protocol(0)),
            Request::Retain(3),
            Request::Close(-1),
            Request::Bind(3, INET6),
            Request::Listen(3, -5),
            Request::Accept(i32::MAX),
            Request::Connect(3, INET),
            Request::ConnectOutcome(3),
            Request::Receive(3, 65_536, MessageFlags::PEEK),
            Request::Send(3, MessageFlags::NONE, None),
            Request::Send(i32::MIN, MessageFlags(u32::MAX), Some(INET6)), // the longest
            Request::Shutdown(3, Shutdown::RDWR),
            Request::SocketName(3),
            Request::PeerName(3),
            Request::ReadOption(3, level, name, 4),
            Request::SetOption(3, level, name),
            Request::Poll,
            Request::Disturb(None),
            Request::Disturb(Some((Fault::Corruption, Frames::PerThousand(1000)))),
            Request::Disturb(Some((Fault::Loss, Frames::Only(Side::Near, u32::MAX)))),
            Request::Disturb(Some((Fault::Reordering, Frames::Only(Side::Far, 0)))),
        ] {
            let head = request.encode();
            assert_eq!(Request::decode(head.as_slice()), Ok(request));
            // Neither a part of it nor more than it is the same, or anything.
            for length in 0..head.as_slice().len() {
                let cut = Request::decode(&head.as_slice()[..length]);
                assert_eq!(cut, Err(Errno::EPROTO.into()), "{request:?}, {length} bytes");
            }
            let longer = [head.as_slice(), &[0]].concat();
            assert_eq!(Request::decode(&longer), Err(Errno::EPROTO.into()), "{request:?}");
        }
    }

    #[test]
    fn answers_come_through() {
        let flags = MessageFlags::TRUNC;
        let errors = [Errno::ECONNREFUSED.into(), Error::exhausted(Pool::Ports, Errno::EADDRINUSE)];
        let failed = errors.into_iter().chain(OTHER_ERRORS).map(Answer::Failed);
        for answer in failed.chain([
            Answer::Done,
            Answer::Socket(5),
            Answer::SocketPair(5, 6),
            Answer::Accepted(5, INET6),
            Answer::Sent(0),
            Answer::Received(70_000, flags, None),
            Answer::Received(70_000, flags, Some(INET6)), // the longest
            Answer::Name(INET),
            Answer::Value,
            Answer::Ready(2),
            Answer::Disturbed(7),
        ]) {
            assert_eq!(Answer::decode(answer.encode().as_slice()), Ok(answer));
        }
        let lookup = Error::address_info(berkeley::AddressInfoCode::EAI_NONAME);
        let passed = Answer::decode(Answer::Failed(lookup).encode().as_slice());
        assert_eq!(passed, Ok(Answer::Failed(Errno::EPROTO.into())), "nobody asks for names");
    }

    #[test]
    fn what_is_no_head_is_an_error() {
        for bytes in [
            &[][..],
            &[18],                            // no such verb
            &[2, 0, 0, 0],                    // a number with three bytes
            &[4, 0, 0, 0, 3, 0],              // an address of no family
            &[4, 0, 0, 0, 3, 9, 1, 2, 3],     // of another one
            &[10, 0, 0, 0, 3, 0, 0, 0, 0, 2], // neither with nor without an address
        ] {
            assert_eq!(Request::decode(bytes), Err(Errno::EPROTO.into()), "{bytes:?}");
        }
        for bytes in [
            &[11][..],              // no such answer
            &[0, 0, 0, 0, 0, 0, 0], // an error with the number 0
            &[0, 1, 8, 0, 0, 0, 5], // no such pool
            &[0, 2, 5, 0, 0, 0, 5], // no such error
            &[0, 3, 0, 0, 0, 0, 5], // no such kind of error
        ] {
            assert_eq!(Answer::decode(bytes), Err(Errno::EPROTO.into()), "{bytes:?}");
        }
    }

    #[test]
    fn a_prefix_has_bounds() {
        // bytes, what they say
        for (bytes, expected) in [
            ([0, 0, 0, 0], Some((0, 0))),
            ([64, 1, 0, 0], Some((64, 65_536))),
            ([65, 0, 0, 0], None),
            ([64, 1, 0, 1], None),
            ([255; 4], None),
        ] {
            let expected = expected.map(|(head, data)| Prefix { head, data });
            assert_eq!(Prefix::decode(bytes), expected.ok_or(Errno::EMSGSIZE.into()));
            if let Some(prefix) = expected {
                assert_eq!(prefix.encode(), bytes);
            }
        }
    }
}
