//! Raw sockets, which speak any protocol of IP, and ping sockets, which speak echoes of ICMP.
//!
//! Sources: Linux's raw(7), icmp(7), `inet_create` and `ping_supported`; RFC 792, RFC 4443.

use berkeley::{AddressFamily, Errno, Error, OutgoingMessage, Protocol, SocketType};

use crate::datagram::Transport;
use crate::network::packet::{ICMP, ICMPV6, LARGEST_LENGTH};

/// Bytes of an echo in front of its data.
pub(crate) const HEADER_LENGTH: usize = 8;

/// A raw socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Raw {
    protocol: u8,
}

/// A ping socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ping {
    protocol: u8,
}

impl Raw {
    /// The protocol whose packets it gets.
    pub(crate) const fn protocol(self) -> u8 {
        self.protocol
    }

    /// Whether an address of IPv6 with this port, which is a protocol, can be sent to. Who brings the
    /// header may say what he likes.
    pub(crate) fn takes_port(self, port: u16) -> bool {
        port == 0 || port == self.protocol.into() || (self.protocol == 255 && port < 256)
    }
}

impl Ping {
    /// That of echoes in the socket's version of IP.
    pub(crate) const fn protocol(self) -> u8 {
        self.protocol
    }

    /// Checks that a message is an echo request of at most 65535 bytes (Linux's `ping_common_sendmsg`).
    pub(crate) fn may_send(self, message: &OutgoingMessage<'_>) -> Result<(), Error> {
        if message.length() > LARGEST_LENGTH {
            return Err(Errno::EMSGSIZE.into());
        }
        let mut bytes = message.parts.iter().copied().flatten();
        let is_request = (bytes.next(), bytes.next()) == (Some(&self.echoes().0), Some(&0));
        if is_request && message.length() >= HEADER_LENGTH {
            Ok(())
        } else {
            Err(Errno::EINVAL.into())
        }
    }

    /// The types of an echo request and of its answer.
    pub(crate) const fn echoes(self) -> (u8, u8) {
        if self.protocol == ICMP { (8, 0) } else { (128, 129) }
    }
}

/// What a socket of this type and protocol speaks.
///
/// # Errors
///
/// Those of Linux: `EPROTONOSUPPORT` for a raw socket without a protocol, for datagrams of another one than
/// the family's echoes, and for numbers that IP has no byte for.
pub(crate) fn transport(
    family: AddressFamily,
    socket_type: SocketType,
    Protocol(number): Protocol,
) -> Result<Transport, Error> {
    let echo = if family == AddressFamily::INET { ICMP } else { ICMPV6 };
    match (socket_type, u8::try_from(number)) {
        (SocketType::RAW, Ok(protocol @ 1..)) => Ok(Transport::Raw(Raw { protocol })),
        (SocketType::DGRAM, Ok(protocol)) if protocol == echo => {
            Ok(Transport::Ping(Ping { protocol }))
        }
        _ => Err(Errno::EPROTONOSUPPORT.into()),
    }
}
