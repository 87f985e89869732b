//! A stack without sockets of frames.

use berkeley::{Errno, Error, Protocol, SocketType};

use crate::datagram::Transport;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Frames {}

impl Frames {
    #[cfg_attr(not(datagrams), allow(dead_code, reason = "what only datagram sockets ask"))]
    pub(crate) const fn socket_type(self) -> SocketType {
        match self {}
    }
}

pub(crate) const fn transport(
    _socket_type: SocketType,
    _protocol: Protocol,
) -> Result<Transport, Error> {
    Err(Error::from_errno(Errno::EAFNOSUPPORT))
}
