//! What `sendmsg` and `recvmsg` pass: parts, control messages, flags and an address.

use crate::{Address, MessageFlags};

/// What one `sendmsg` sends.
///
/// The parts are sent one behind the other, as if they were one: a datagram is all of them. No part
/// at all is an empty message.
#[derive(Clone, Copy, Debug, Default)]
pub struct OutgoingMessage<'a> {
    /// The data, in parts.
    pub parts: &'a [&'a [u8]],
    /// Control messages, as [`ControlBuffer`](crate::ControlBuffer) writes them; empty for none.
    pub control: &'a [u8],
    /// To whom; `None` for the peer. A connected stream ignores it.
    pub address: Option<&'a Address>,
}

impl OutgoingMessage<'_> {
    /// How many bytes of data there are; the largest number when there are more than that.
    pub fn length(&self) -> usize {
        self.parts.iter().fold(0, |sum: usize, part| sum.saturating_add(part.len()))
    }
}

/// What one `recvmsg` received, besides the bytes in the caller's buffers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReceivedMessage {
    /// How many bytes of data are in the buffers; the first ones are filled first.
    pub length: usize,
    /// How long the datagram was, when [`MessageFlags::TRUNC`] was asked for and the backend says;
    /// else the same as `length`.
    pub full_length: usize,
    /// How many bytes of the control buffer hold control messages, see
    /// [`ControlMessages`](crate::ControlMessages).
    pub control_length: usize,
    /// What the host says about the message: [`MessageFlags::TRUNC`] when the data did not fit,
    /// [`MessageFlags::CTRUNC`] when the control messages did not, [`MessageFlags::EOR`],
    /// [`MessageFlags::OOB`], [`MessageFlags::ERRQUEUE`].
    pub flags: MessageFlags,
    /// The sender, where there is one: a stream has none.
    pub address: Option<Address>,
}

impl ReceivedMessage {
    /// A message of nothing, from nobody.
    pub const fn nothing() -> ReceivedMessage {
        ReceivedMessage {
            length: 0,
            full_length: 0,
            control_length: 0,
            flags: MessageFlags::NONE,
            address: None,
        }
    }
}
