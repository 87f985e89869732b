//! UDP: that a datagram socket speaks it.

use berkeley::Error;

use crate::datagram::Transport;

/// That a socket speaks UDP.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Udp;

/// What a datagram socket speaks that names no protocol, or UDP.
pub(crate) const fn transport() -> Result<Transport, Error> {
    Ok(Transport::Udp(Udp))
}
