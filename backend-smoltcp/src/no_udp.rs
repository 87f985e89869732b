//! A stack without UDP: there are no datagram sockets.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Datagram {}
