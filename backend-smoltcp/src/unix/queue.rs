//! The receive queue of a UNIX socket: a stream's bytes, or messages one behind the other, each with
//! its length and its sender's name.

use berkeley::UnixAddress;

use crate::ring::Ring;

/// Bytes in front of each message: its length, and that of the name behind.
const HEADER: usize = 5;

/// The queue.
pub(crate) struct UnixQueue<'a> {
    ring: Ring<'a>,
    messages: usize,
}

impl<'a> UnixQueue<'a> {
    pub(crate) const fn new(ring: Ring<'a>) -> UnixQueue<'a> {
        UnixQueue { ring, messages: 0 }
    }

    /// A queue without memory, which takes nothing.
    pub(crate) const fn empty() -> UnixQueue<'a> {
        UnixQueue::new(Ring::empty())
    }

    /// Makes the queue as new, for another socket.
    pub(crate) fn claim(&mut self) {
        self.ring.claim();
        self.messages = 0;
    }

    /// Gives the memory back to the heap, where it came from there.
    pub(crate) fn release(&mut self) {
        self.ring.release();
        self.messages = 0;
    }

    /// Throws away what is in it.
    pub(crate) fn clear(&mut self) {
        self.ring.clear();
        self.messages = 0;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ring.len() == 0
    }

    /// How many messages are in it.
    pub(crate) fn messages(&self) -> usize {
        self.messages
    }

    pub(crate) fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// How many bytes are in it.
    pub(crate) fn len(&self) -> usize {
        self.ring.len()
    }

    /// How many bytes more of a stream it takes.
    pub(crate) fn room(&self) -> usize {
        self.ring.capacity() - self.ring.len()
    }

    /// Whether it takes a message of so many bytes now.
    pub(crate) fn has_room_for(&self, sender: &UnixAddress, length: usize) -> bool {
        HEADER + sender.as_bytes().len() + length <= self.room()
    }

    /// The longest message that it takes when it is empty, whoever sends it.
    pub(crate) fn longest(&self) -> usize {
        self.capacity().saturating_sub(HEADER + UnixAddress::ROOM)
    }

    /// Adds up to `most` bytes of a stream, as far as there is room, and says how many.
    pub(crate) fn push_bytes(&mut self, parts: &[&[u8]], most: usize) -> usize {
        let mut left = most.min(self.room());
        let before = self.ring.len();
        for part in parts {
            let count = part.len().min(left);
            self.ring.write(&part[..count]);
            left -= count;
        }
        self.ring.len() - before
    }

    /// Adds a message. There is room for it.
    pub(crate) fn push_message(&mut self, sender: &UnixAddress, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let name = sender.as_bytes();
        let [l0, l1, l2, l3] = (length as u32).to_ne_bytes(); // no more than there is room for
        self.ring.write(&[l0, l1, l2, l3, name.len() as u8]);
        self.ring.write(name);
        for part in parts {
            self.ring.write(part);
        }
        self.messages += 1;
    }

    /// Takes bytes of a stream, or copies them with `peek`, and says how many.
    pub(crate) fn pop_bytes(&mut self, buffers: &mut [&mut [u8]], peek: bool) -> usize {
        let count = self.ring.scatter(0, self.ring.len(), buffers);
        if !peek {
            self.ring.skip(count);
        }
        count
    }

    /// The oldest message: copies as much as fits into the buffers, and says how much that is, how
    /// long the message was, and who sent it. It stays in the queue with `peek`.
    pub(crate) fn pop_message(
        &mut self,
        buffers: &mut [&mut [u8]],
        peek: bool,
    ) -> Option<(usize, usize, UnixAddress)> {
        if self.messages == 0 {
            return None;
        }
        let [l0, l1, l2, l3, name_length] = self.ring.read(0);
        let length = u32::from_ne_bytes([l0, l1, l2, l3]) as usize;
        let mut name = [0; UnixAddress::ROOM];
        let name = name.get_mut(..usize::from(name_length))?;
        self.ring.copy_out(HEADER, name);
        let sender = UnixAddress::from_sun_path(name);
        let prefix = HEADER + name.len();
        let copied = self.ring.scatter(prefix, length, buffers);
        if !peek {
            self.ring.skip(prefix + length);
            self.messages -= 1;
        }
        Some((copied, length, sender))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::collections::VecDeque;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The obvious twin is a queue of bytes.
        #[test]
        fn a_stream_is_a_queue_of_bytes(
            size in 0..50usize,
            operations in proptest::collection::vec((0..3u8, 0..40usize, 0..40usize), 1..200),
        ) {
            let mut memory = std::vec![0; size];
            let mut queue = UnixQueue::new(Ring::new((&mut memory[..]).into()));
            let mut twin = VecDeque::new();
            for (number, (operation, first, second)) in operations.into_iter().enumerate() {
                let [one, two] = [first, second].map(|length| std::vec![number as u8; length]);
                if operation == 0 {
                    let count = queue.push_bytes(&[&one, &two], first + second);
                    prop_assert_eq!(count, (first + second).min(size - twin.len()));
                    twin.extend(one.iter().chain(&two).take(count));
                } else {
                    let (mut one, mut two) = (one, two);
                    let count = queue.pop_bytes(&mut [&mut one, &mut two], operation == 1);
                    prop_assert_eq!(count, (first + second).min(twin.len()));
                    let expected: Vec<u8> = twin.iter().take(count).copied().collect();
                    let found: Vec<u8> = one.iter().chain(&two).take(count).copied().collect();
                    prop_assert_eq!(found, expected);
                    twin.drain(..if operation == 1 { 0 } else { count });
                }
                prop_assert_eq!(queue.is_empty(), twin.is_empty());
            }
        }

        /// The obvious twin is a queue of messages.
        #[test]
        fn messages_keep_their_boundaries(
            size in 0..300usize,
            operations in proptest::collection::vec((0..3u8, 0..60usize, 0..20usize), 1..200),
        ) {
            let mut memory = std::vec![0; size];
            let mut queue = UnixQueue::new(Ring::new((&mut memory[..]).into()));
            let mut twin: VecDeque<(Vec<u8>, UnixAddress)> = VecDeque::new();
            for (number, (operation, length, other)) in operations.into_iter().enumerate() {
                let message = std::vec![number as u8; length];
                if operation == 0 {
                    let sender = UnixAddress::from_sun_path(&std::vec![b'x'; other]);
                    let used: usize =
                        twin.iter().map(|(m, name)| 5 + m.len() + name.as_bytes().len()).sum();
                    let fits = used + 5 + other + length <= size;
                    prop_assert_eq!(queue.has_room_for(&sender, length), fits);
                    if fits {
                        let (front, back) = message.split_at(length / 3);
                        queue.push_message(&sender, &[front, back]);
                        twin.push_back((message, sender));
                    }
                } else {
                    let mut buffer = std::vec![0; other];
                    let found = queue.pop_message(&mut [&mut buffer], operation == 1);
                    let expected =
                        if operation == 1 { twin.front().cloned() } else { twin.pop_front() };
                    prop_assert_eq!(found.is_some(), expected.is_some());
                    if let (Some((copied, length, from)), Some((message, sender))) = (found, expected) {
                        prop_assert_eq!((length, from), (message.len(), sender));
                        prop_assert_eq!(&buffer[..copied], &message[..length.min(other)]);
                    }
                }
                prop_assert_eq!(queue.messages(), twin.len());
                prop_assert_eq!(queue.is_empty(), twin.is_empty());
            }
        }
    }
}
