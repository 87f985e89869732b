//! A stack without datagram sockets.

use berkeley::{Error, SocketType};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Datagram {}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Transport {}

impl Datagram {
    pub(crate) fn require_peers(self) -> Result<(), Error> {
        match self {}
    }

    pub(crate) fn is_connected(self) -> bool {
        match self {}
    }

    pub(crate) fn socket(self) -> (SocketType, u8) {
        match self {}
    }
}
