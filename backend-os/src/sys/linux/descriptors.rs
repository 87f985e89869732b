//! Receiving descriptors.

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use berkeley::constants::SCM_RIGHTS;
use berkeley::{
    CMSG_LEN, CMSG_SPACE, ControlMessages, ControlValue, Credentials, Error, MessageFlags,
    OptionLevel, ReceivedMessage, Socket,
};

use crate::Os;

/// The most descriptors that one message carries (`SCM_MAX_FD`). Source: `unix(7)`.
const MOST_DESCRIPTORS: usize = 253;

/// The control message with a descriptor of the sender's process, which `SO_PASSPIDFD` asks for.
/// Source: Linux's `socket.h`.
const SCM_PIDFD: i32 = 4;

/// What came with a message.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) message: ReceivedMessage,
    pub(crate) descriptors: Vec<OwnedFd>,
    pub(crate) credentials: Option<Credentials>,
}

/// Receives a message with at most so many descriptors. Those that are more are closed, and the
/// message has [`MessageFlags::CTRUNC`].
///
/// There is room for credentials besides, which come first when they are asked for: they must not
/// be in the way of descriptors.
pub(crate) fn receive_descriptors(
    socket: &Socket<Os>,
    buffers: &mut [&mut [u8]],
    most: usize,
    flags: MessageFlags,
) -> Result<Passed, Error> {
    let wanted = CMSG_LEN(most.checked_mul(size_of::<RawFd>()).ok_or(Error::OVERFLOW)?)?;
    let room = wanted.min(CMSG_LEN(MOST_DESCRIPTORS * size_of::<RawFd>())?)
        + CMSG_SPACE(size_of::<libc::ucred>())?
        + CMSG_SPACE(size_of::<RawFd>())?;
    let mut control = vec![0; room];
    let mut message = socket.recvmsg_into(buffers, &mut control, flags)?;
    let (mut descriptors, mut credentials) = (Vec::new(), None);
    for control in ControlMessages::new(&control[..message.control_length]) {
        if control.level != OptionLevel::SOCKET {
            continue;
        }
        for number in control.data.as_chunks().0.iter().copied().map(RawFd::from_ne_bytes) {
            if !matches!(control.kind, SCM_RIGHTS | SCM_PIDFD) || number < 0 {
                continue;
            }
            // SAFETY: these bytes are from the kernel, which has just made this descriptor for us;
            // each message is read once, and nobody else knows the number.
            let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
            if control.kind != SCM_RIGHTS {
                continue; // not asked for here: it is closed
            }
            if descriptors.len() < most {
                descriptors.push(descriptor);
            } else {
                message.flags |= MessageFlags::CTRUNC;
            }
        }
        if let Some(ControlValue::Credentials(sender)) = control.value() {
            credentials = Some(sender);
        }
    }
    Ok(Passed { message, descriptors, credentials })
}
