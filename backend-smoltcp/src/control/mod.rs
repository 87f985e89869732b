//! Control messages beside what a program sends and receives.

#[cfg_attr(not(datagrams), path = "no_datagram.rs")]
mod datagram;

use berkeley::constants::{SCM_CREDENTIALS, SCM_RIGHTS};
use berkeley::{ControlMessage, Errno, Error};
#[cfg(any(tcp, feature = "unix"))]
use berkeley::{ControlMessages, OptionLevel};

#[cfg(datagrams)]
pub(crate) use datagram::Choice;
pub(crate) use datagram::Wanted;

/// Checks the messages beside the bytes of a stream, which say nothing: those of the socket's own
/// level must be understood all the same.
#[cfg(tcp)]
#[inline]
pub(crate) fn check_stream(control: &[u8]) -> Result<(), Error> {
    if control.is_empty() { Ok(()) } else { check_all(control) }
}

#[cfg(tcp)]
fn check_all(control: &[u8]) -> Result<(), Error> {
    let mut messages = ControlMessages::new(control);
    while let Some(message) = messages.next_to_send()? {
        if message.level == OptionLevel::SOCKET {
            check_socket_level(&message)?;
        }
    }
    Ok(())
}

/// Checks the messages beside what a UNIX socket sends: nothing can be passed here, and those of other
/// levels say nothing.
#[cfg(feature = "unix")]
pub(crate) fn check_unix(control: &[u8]) -> Result<(), Error> {
    let mut messages = ControlMessages::new(control);
    while let Some(message) = messages.next_to_send()? {
        if message.level == OptionLevel::SOCKET {
            check_socket_level(&message)?;
            return Err(Errno::EOPNOTSUPP.into());
        }
    }
    Ok(())
}

/// What is for UNIX sockets is no mistake elsewhere; nothing else of this level is known.
fn check_socket_level(message: &ControlMessage<'_>) -> Result<(), Error> {
    match message.kind {
        SCM_RIGHTS | SCM_CREDENTIALS => Ok(()),
        _ => Err(Errno::EINVAL.into()),
    }
}
