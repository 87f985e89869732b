//! Writing control messages.

use super::{ALIGNMENT, CMSG_LEN, CMSG_SPACE, HEADER, KIND, LEVEL};
use crate::{ControlValue, Errno, Error, OptionLevel};

/// Writes control messages, one behind the other, into a buffer of the caller's.
///
/// ```
/// use berkeley::{CMSG_SPACE, ControlBuffer, ControlMessages, ControlValue};
///
/// # fn main() -> Result<(), berkeley::Error> {
/// const ROOM: usize = match CMSG_SPACE(4) {
///     Ok(room) => room,
///     Err(_) => panic!(),
/// };
/// let mut bytes = [0; ROOM];
/// let mut control = ControlBuffer::new(&mut bytes);
/// control.push_value(&ControlValue::TimeToLive(7))?;
/// assert!(control.push_value(&ControlValue::TimeToLive(8)).is_err()); // no room for two
///
/// let message = ControlMessages::new(control.as_slice()).next().expect("there is one");
/// assert_eq!(message.value(), Some(ControlValue::TimeToLive(7)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ControlBuffer<'a> {
    bytes: &'a mut [u8],
    length: usize,
}

impl<'a> ControlBuffer<'a> {
    /// An empty list of messages that can grow as far as this buffer does. What is in the buffer
    /// does not matter.
    pub fn new(bytes: &'a mut [u8]) -> ControlBuffer<'a> {
        ControlBuffer { bytes, length: 0 }
    }

    /// Adds a message. What a kind means follows from its level, as for options: the kinds of
    /// [`OptionLevel::SOCKET`] are in [`constants`](crate::constants) (`SCM_RIGHTS`), those of
    /// other levels are mostly the names of options.
    ///
    /// # Errors
    ///
    /// `ENOBUFS` when there is no room for it and what fills it up, see
    /// [`CMSG_SPACE`](crate::CMSG_SPACE); [`Error::OVERFLOW`] for more data than a message can
    /// have.
    pub fn push(&mut self, level: OptionLevel, kind: i32, data: &[u8]) -> Result<(), Error> {
        let (length, space) = (CMSG_LEN(data.len())?, CMSG_SPACE(data.len())?);
        let room = self.bytes.get_mut(self.length..).and_then(|room| room.get_mut(..space));
        let room = room.ok_or(Error::from_errno(Errno::ENOBUFS))?;
        write(room, length, level, kind, data);
        self.length += space;
        Ok(())
    }

    /// Adds a message of a kind that is known here.
    ///
    /// # Errors
    ///
    /// Those of [`ControlBuffer::push`]; `EOPNOTSUPP` for a value that is only received, such as
    /// [`ControlValue::Timestamp`].
    pub fn push_value(&mut self, value: &ControlValue) -> Result<(), Error> {
        let (level, kind, data) = value.encode()?;
        self.push(level, kind, data.as_slice())
    }

    /// Adds as much of a message as there is room for, and says whether that is all of it: what a
    /// host does with what it has received (Linux's `put_cmsg`). The header of a message that is cut
    /// says how much of it there is; without room for the header nothing is added.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` for a value that has no form here, see [`ControlBuffer::push_value`].
    pub fn push_value_cut(&mut self, value: &ControlValue) -> Result<bool, Error> {
        let (level, kind, data) = value.encode()?;
        let data = data.as_slice();
        let left = self.bytes.len() - self.length;
        let Some(room) = left.checked_sub(HEADER) else { return Ok(false) };
        if CMSG_SPACE(data.len())? <= left {
            return self.push(level, kind, data).map(|()| true);
        }
        let part = data.get(..room).unwrap_or(data);
        let room = self.bytes.get_mut(self.length..).unwrap_or_default();
        write(room, HEADER + part.len(), level, kind, part);
        self.length = self.bytes.len();
        Ok(part.len() == data.len())
    }

    /// The messages, as the bytes that `sendmsg` takes.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Takes all messages out again.
    pub fn clear(&mut self) {
        self.length = 0;
    }
}

/// Fills the room of a message of this length: the header with what fills it up, the data, zeros.
fn write(room: &mut [u8], length: usize, level: OptionLevel, kind: i32, data: &[u8]) {
    let mut header = [0; HEADER];
    header[..ALIGNMENT].copy_from_slice(&length.to_ne_bytes());
    header[LEVEL..KIND].copy_from_slice(&level.0.to_ne_bytes());
    header[KIND..KIND + 4].copy_from_slice(&kind.to_ne_bytes());
    let message = header.iter().chain(data).chain(core::iter::repeat(&0));
    for (place, byte) in room.iter_mut().zip(message) {
        *place = *byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ControlMessages;

    #[test]
    fn a_message_without_room_changes_nothing() {
        const ONE: usize = HEADER + ALIGNMENT;
        let mut bytes = [0xAA; ONE * 2 - 1];
        let mut control = ControlBuffer::new(&mut bytes);
        // data, outcome, bytes in use afterwards
        for (data, outcome, used) in [
            (&[1, 2, 3][..], Ok(()), ONE),
            (&[4], Err(Errno::ENOBUFS.into()), ONE), // one byte too few for what fills it up
            (&[], Ok(()), ONE + HEADER),
            (&[], Err(Errno::ENOBUFS.into()), ONE + HEADER),
        ] {
            assert_eq!(control.push(OptionLevel::SOCKET, 1, data), outcome, "{data:?}");
            assert_eq!(control.as_slice().len(), used, "{data:?}");
        }
        let filled = &control.as_slice()[HEADER..ONE];
        assert_eq!(filled[..4], [1, 2, 3, 0], "no bytes of before between two messages");
        control.clear();
        assert!(control.as_slice().is_empty());
    }

    #[test]
    fn what_is_received_is_cut_to_the_room() {
        let value = ControlValue::TimeToLive(0x0102_0304);
        // room; whether all of it is there; bytes in use; bytes of data
        for (room, whole, used, length) in [
            (0, false, 0, None),
            (HEADER - 1, false, 0, None),
            (HEADER, false, HEADER, Some(0)),
            (HEADER + 3, false, HEADER + 3, Some(3)),
            (HEADER + 4, true, HEADER + 4, Some(4)), // without what fills it up
            (HEADER + ALIGNMENT, true, HEADER + ALIGNMENT, Some(4)),
            (HEADER + ALIGNMENT + 1, true, HEADER + ALIGNMENT, Some(4)),
        ] {
            let mut bytes = [0xAA; HEADER + ALIGNMENT + 1];
            let mut control = ControlBuffer::new(&mut bytes[..room]);
            assert_eq!(control.push_value_cut(&value), Ok(whole), "{room}");
            assert_eq!(control.as_slice().len(), used, "{room}");
            let message = ControlMessages::new(control.as_slice()).next();
            assert_eq!(message.map(|message| message.data.len()), length, "{room}");
            // There is no room for another one.
            assert_eq!(control.push_value_cut(&value), Ok(false), "{room}");
        }
    }
}
