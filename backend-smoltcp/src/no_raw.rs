//! A stack without raw sockets, and without ping sockets.
#![cfg_attr(not(datagrams), allow(dead_code, reason = "what only datagram sockets ask"))]

use berkeley::{AddressFamily, Errno, Error, OutgoingMessage, Protocol, SocketType};

use crate::datagram::Transport;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Raw {}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ping {}

impl Raw {
    pub(crate) fn protocol(self) -> u8 {
        match self {}
    }

    pub(crate) fn takes_port(self, _port: u16) -> bool {
        match self {}
    }
}

impl Ping {
    pub(crate) fn protocol(self) -> u8 {
        match self {}
    }

    pub(crate) fn may_send(self, _message: &OutgoingMessage<'_>) -> Result<(), Error> {
        match self {}
    }
}

pub(crate) const fn transport(
    _family: AddressFamily,
    socket_type: SocketType,
    protocol: Protocol,
) -> Result<Transport, Error> {
    Err(Error::from_errno(match (socket_type, protocol) {
        // As Linux: raw sockets want a protocol first.
        (SocketType::RAW, Protocol::DEFAULT) | (SocketType::DGRAM, _) => Errno::EPROTONOSUPPORT,
        _ => Errno::ESOCKTNOSUPPORT,
    }))
}
