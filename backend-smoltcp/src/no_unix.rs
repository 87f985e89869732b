//! A stack without UNIX sockets.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum UnixSocket {}
