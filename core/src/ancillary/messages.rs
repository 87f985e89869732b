//! Reading control messages.

use core::iter::FusedIterator;

use super::{ALIGNMENT, ControlValue, HEADER, KIND, LEVEL};
use crate::{Errno, Error, OptionLevel};

/// One control message: a level, a kind, and data whose form both say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ControlMessage<'a> {
    /// The protocol level, as of an option.
    pub level: OptionLevel,
    /// What it is, at this level.
    pub kind: i32,
    /// The data in the host's form; cut when the buffer was too short for all of it.
    pub data: &'a [u8],
}

impl ControlMessage<'_> {
    /// What the message means, when it is of a kind that is known here and is not cut.
    pub fn value(&self) -> Option<ControlValue> {
        ControlValue::decode(self)
    }
}

/// The control messages in the bytes that `recvmsg` has filled in: the control buffer as far as
/// [`ReceivedMessage::control_length`](crate::ReceivedMessage::control_length) says.
///
/// Of a message that says it is longer than the bytes are, the data ends with them; one that says
/// it is shorter than its own header is none, and nor is anything behind it.
#[derive(Clone, Debug)]
pub struct ControlMessages<'a> {
    rest: &'a [u8],
}

impl<'a> ControlMessages<'a> {
    /// The messages in these bytes.
    pub const fn new(bytes: &'a [u8]) -> ControlMessages<'a> {
        ControlMessages { rest: bytes }
    }

    /// The next message of those that a program wants to send, where one that says it is longer
    /// than the bytes are, or shorter than its header, is a mistake (Linux's `CMSG_OK`). Bytes that
    /// are too few for a header are no message.
    ///
    /// # Errors
    ///
    /// `EINVAL` for such a message.
    pub fn next_to_send(&mut self) -> Result<Option<ControlMessage<'a>>, Error> {
        let there = self.rest.len();
        let length = field(self.rest, 0).map_or(0, usize::from_ne_bytes);
        if there >= HEADER && !(HEADER..=there).contains(&length) {
            return Err(Error::from_errno(Errno::EINVAL));
        }
        Ok(self.next())
    }
}

impl<'a> Iterator for ControlMessages<'a> {
    type Item = ControlMessage<'a>;

    fn next(&mut self) -> Option<ControlMessage<'a>> {
        let bytes = core::mem::take(&mut self.rest);
        let length = usize::from_ne_bytes(field(bytes, 0)?);
        let level = OptionLevel(i32::from_ne_bytes(field(bytes, LEVEL)?));
        let kind = i32::from_ne_bytes(field(bytes, KIND)?);
        if length < HEADER {
            return None;
        }
        let data = bytes.get(HEADER..length.min(bytes.len()))?;
        let next = length.checked_next_multiple_of(ALIGNMENT);
        self.rest = next.and_then(|next| bytes.get(next..)).unwrap_or_default();
        Some(ControlMessage { level, kind, data })
    }
}

impl FusedIterator for ControlMessages<'_> {}

/// The bytes of the field that starts there, or `None` when they are not all there.
pub(super) fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::ControlBuffer;

    /// A header that says this length, and data of these bytes, not filled up.
    fn lying(length: usize, data: &[u8]) -> Vec<u8> {
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend(1i32.to_ne_bytes());
        bytes.extend(2i32.to_ne_bytes());
        bytes.resize(HEADER, 0);
        bytes.extend(data);
        bytes
    }

    #[test]
    fn lengths_are_not_believed() {
        let mut two = lying(HEADER + 3, &[1, 2, 3]);
        two.resize(HEADER + ALIGNMENT, 0);
        let first = two.clone();
        two.extend(lying(HEADER + 1, &[9]));
        let mut hole = first.clone(); // the second message says that it has no length
        hole.extend(lying(0, &[9; 64]));
        // what it is about, bytes, data of the messages
        for (about, bytes, expected) in [
            ("nothing", vec![], vec![]),
            ("half a length", vec![0xFF; ALIGNMENT - 1], vec![]),
            ("half a header", lying(HEADER, &[])[..HEADER - 1].to_vec(), vec![]),
            ("no length", lying(0, &[1, 2]), vec![]),
            ("a length of less than a header", lying(HEADER - 1, &[1, 2]), vec![]),
            ("just a header", lying(HEADER, &[]), vec![vec![]]),
            ("one too long", lying(HEADER + 3, &[1, 2]), vec![vec![1, 2]]),
            ("half of all there is", lying(usize::MAX / 2, &[1, 2]), vec![vec![1, 2]]),
            ("all there is", lying(usize::MAX, &[1, 2]), vec![vec![1, 2]]),
            ("all but what fills it up", lying(usize::MAX - 7, &[1]), vec![vec![1]]),
            ("two", two.clone(), vec![vec![1, 2, 3], vec![9]]),
            ("two, the second cut", two[..two.len() - 1].to_vec(), vec![vec![1, 2, 3], vec![]]),
            ("the first, not filled up", two[..HEADER + 3].to_vec(), vec![vec![1, 2, 3]]),
            ("a hole behind the first", hole, vec![vec![1, 2, 3]]),
        ] {
            let found: Vec<Vec<u8>> =
                ControlMessages::new(&bytes).map(|message| message.data.to_vec()).collect();
            assert_eq!(found, expected, "{about}");
        }
    }

    #[test]
    fn lengths_of_what_is_sent_must_be_right() {
        let mut two = lying(HEADER + 3, &[1, 2, 3]);
        two.resize(HEADER + ALIGNMENT, 0);
        let filled = two.clone();
        two.extend(lying(HEADER + 1, &[9]));
        let mut second_too_long = filled.clone();
        second_too_long.extend(lying(HEADER + 2, &[9]));
        // what it is about, bytes, data of the messages if there is no mistake
        for (about, bytes, expected) in [
            ("nothing", vec![], Some(vec![])),
            ("too few bytes for a header", vec![0xFF; HEADER - 1], Some(vec![])),
            ("no length", lying(0, &[]), None),
            ("a length of less than a header", lying(HEADER - 1, &[1]), None),
            ("just a header", lying(HEADER, &[]), Some(vec![vec![]])),
            ("not filled up", lying(HEADER + 3, &[1, 2, 3]), Some(vec![vec![1, 2, 3]])),
            ("one too long", lying(HEADER + 3, &[1, 2]), None),
            ("all there is", lying(usize::MAX, &[1, 2]), None),
            ("two", two, Some(vec![vec![1, 2, 3], vec![9]])),
            ("the second too long", second_too_long, None),
        ] {
            let mut messages = ControlMessages::new(&bytes);
            let mut found = Some(Vec::new());
            loop {
                match messages.next_to_send() {
                    Ok(Some(message)) => found.as_mut().unwrap().push(message.data.to_vec()),
                    Ok(None) => break,
                    Err(error) => {
                        assert!(error.is(Errno::EINVAL), "{about}");
                        found = None;
                        break;
                    }
                }
            }
            assert_eq!(found, expected, "{about}");
        }
    }

    /// The obvious twin: a message after the other by plain arithmetic with numbers that are wide
    /// enough for everything.
    fn twin(bytes: &[u8]) -> Vec<(i32, i32, Vec<u8>)> {
        let (mut found, mut at) = (Vec::new(), 0u128);
        while at + HEADER as u128 <= bytes.len() as u128 {
            let start = at as usize;
            let number = |from: usize| {
                i32::from_ne_bytes([bytes[from], bytes[from + 1], bytes[from + 2], bytes[from + 3]])
            };
            let mut length = [0; size_of::<usize>()];
            length.copy_from_slice(&bytes[start..start + size_of::<usize>()]);
            let length = usize::from_ne_bytes(length) as u128;
            if length < HEADER as u128 {
                break;
            }
            let end = (at + length).min(bytes.len() as u128) as usize;
            let data = bytes[start + HEADER..end].to_vec();
            found.push((number(start + LEVEL), number(start + KIND), data));
            at += length.div_ceil(ALIGNMENT as u128) * ALIGNMENT as u128;
        }
        found
    }

    fn read(bytes: &[u8]) -> Vec<(i32, i32, Vec<u8>)> {
        ControlMessages::new(bytes)
            .map(|message| (message.level.0, message.kind, message.data.to_vec()))
            .collect()
    }

    proptest! {
        /// What is written is read again, all of it that there was room for.
        #[test]
        fn what_is_written_is_read(
            messages in proptest::collection::vec(
                (any::<i32>(), any::<i32>(), proptest::collection::vec(any::<u8>(), 0..40)),
                0..6,
            ),
            room in 0..400usize,
        ) {
            let mut bytes = vec![0xAA; room];
            let mut control = ControlBuffer::new(&mut bytes);
            let mut written = Vec::new();
            for (level, kind, data) in messages {
                if control.push(OptionLevel(level), kind, &data).is_ok() {
                    written.push((level, kind, data));
                }
            }
            prop_assert_eq!(read(control.as_slice()), written);
        }

        /// Any bytes give what the twin finds in them: headers with small lengths are likely here.
        #[test]
        fn any_bytes_are_read_as_the_twin_reads_them(
            words in proptest::collection::vec(
                prop_oneof![0..40usize, Just(usize::MAX), any::<usize>()],
                0..24,
            ),
            cut in 0..ALIGNMENT,
        ) {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
            let bytes = &bytes[..bytes.len().saturating_sub(cut)];
            prop_assert_eq!(read(bytes), twin(bytes));
        }
    }
}
