//! A stack without UDP: no socket speaks it.

use berkeley::{Errno, Error};

use crate::datagram::Transport;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Udp {}

pub(crate) const fn transport() -> Result<Transport, Error> {
    Err(Error::from_errno(Errno::ESOCKTNOSUPPORT))
}
