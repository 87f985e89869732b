//! The calls that a program makes.

use core::fmt;
use std::collections::BTreeMap;

use berkeley::options::int_of;
use berkeley::{
    AddressFamily, MessageFlags, OptionLevel, OptionName, Protocol, Shutdown, SocketType,
};

/// How many places for sockets there are. Of two hosts the second one has the latter half.
pub(crate) const PLACES: usize = 8;

/// A call on the socket at a place.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) place: usize,
    pub(crate) act: Act,
}

/// What is called. Sockets wait for nothing.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Socket(AddressFamily, SocketType, Protocol),
    /// Makes a socket and closes it, to see whether there are such.
    Try(AddressFamily, SocketType, Protocol),
    /// Two UNIX sockets, the other one into this place.
    Pair(SocketType, usize),
    Bind(Target),
    Listen(i32),
    /// Into this place.
    Accept(usize),
    Connect(Target),
    /// So many bytes.
    Send(usize, MessageFlags),
    SendTo(usize, MessageFlags, Target),
    /// In two parts, with control messages.
    SendMessage(usize, Vec<Control>, MessageFlags, Option<Target>),
    /// Into so many bytes.
    Receive(usize, MessageFlags),
    ReceiveFrom(usize, MessageFlags),
    /// Into so many bytes, with control messages into so many.
    ReceiveMessage(usize, usize, MessageFlags),
    Shutdown(Shutdown),
    Close,
    /// Closes with a reset.
    Reset,
    Name,
    PeerName,
    SetOption(&'static OptionRow, Vec<u8>),
    /// Into so many bytes.
    GetOption(&'static OptionRow, usize),
    Poll,
}

/// Where to bind or to send.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Ip(At, Port),
    Unix(Name),
    /// No address: what was connected is so no longer.
    Unspecified,
}

/// An address of IPv4 or IPv6.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At {
    Host(AddressFamily),
    Any(AddressFamily),
    /// The host's in the form of IPv6.
    Mapped,
    MappedAny,
    /// 127.0.0.2.
    Second,
    /// One that no host has.
    Foreign(AddressFamily),
}

/// A port.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Port {
    Number(u16),
    /// The one that the socket at this place had last.
    Of(usize),
}

/// A name of a UNIX socket.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name {
    Unnamed,
    Abstract(u8),
    /// The one that the socket at this place had last.
    Of(usize),
}

/// A control message.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    pub(crate) level: OptionLevel,
    pub(crate) kind: i32,
    pub(crate) data: Vec<u8>,
}

/// An option and its name.
pub(crate) struct OptionRow {
    pub(crate) text: &'static str,
    pub(crate) level: OptionLevel,
    pub(crate) name: OptionName,
}

impl fmt::Debug for OptionRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        match &self.act {
            Act::SetOption(option, value) if value.len() == 4 => {
                write!(f, "SetOption({option:?}, {})", int_of(value))
            }
            act => write!(f, "{act:?}"),
        }
    }
}

impl Call {
    /// Notes the name of a call that has succeeded as the state of its sockets. That receiving was shut
    /// down is never forgotten.
    pub(crate) fn note_states(&self, states: &mut BTreeMap<usize, String>) {
        if let Act::Accept(into) | Act::Pair(_, into) = self.act {
            states.insert(into, self.name());
        }
        let is_new = matches!(self.act, Act::Socket(..) | Act::Pair(..));
        let state = states.entry(self.place).or_default();
        if let Act::Shutdown(Shutdown::RD | Shutdown::RDWR) = self.act {
            *state = "SHUT_RD".into();
        } else if is_new || (state != "SHUT_RD" && !matches!(self.act, Act::Accept(_))) {
            *state = self.name();
        }
    }

    /// Whether the state of the socket may be another one afterwards.
    pub(crate) fn changes_state(&self) -> bool {
        !matches!(
            self.act,
            Act::Try(..)
                | Act::Receive(..)
                | Act::ReceiveFrom(..)
                | Act::ReceiveMessage(..)
                | Act::Name
                | Act::PeerName
                | Act::SetOption(..)
                | Act::GetOption(..)
                | Act::Poll
        )
    }

    /// The name of the call, without its arguments but an option's name.
    pub(crate) fn name(&self) -> String {
        let name = match &self.act {
            Act::Socket(..) | Act::Try(..) => "socket",
            Act::Pair(..) => "socketpair",
            Act::Bind(_) => "bind",
            Act::Listen(_) => "listen",
            Act::Accept(_) => "accept",
            Act::Connect(_) => "connect",
            Act::Send(..) => "send",
            Act::SendTo(..) => "sendto",
            Act::SendMessage(..) => "sendmsg",
            Act::Receive(..) => "recv",
            Act::ReceiveFrom(..) => "recvfrom",
            Act::ReceiveMessage(..) => "recvmsg",
            Act::Shutdown(_) => "shutdown",
            Act::Close | Act::Reset => "close",
            Act::Name => "getsockname",
            Act::PeerName => "getpeername",
            Act::SetOption(option, _) => return format!("setsockopt {}", option.text),
            Act::GetOption(option, _) => return format!("getsockopt {}", option.text),
            Act::Poll => "poll",
        };
        name.into()
    }
}
