//! The device without a wire: a queue of packets in one piece of memory.

use managed::ManagedSlice;

use super::{Device, Medium, Offloads};

/// Packets begin at words: small machines copy words three times as fast as bytes.
const WORD: usize = 4;

/// Bytes in front of each packet in the ring: its length, and what fills a word.
const PREFIX: usize = WORD;

/// A loopback device: what is sent is received, in order.
///
/// Packets stand one behind the other in the memory given; a packet never wraps around the end, so
/// the memory wants to be several packets long. Checksums are neither needed nor looked at.
pub struct Loopback<'a> {
    ring: ManagedSlice<'a, u8>,
    mtu: usize,
    /// Where the first word of the memory is.
    start: usize,
    /// Where the oldest packet starts.
    head: usize,
    /// Where the next packet will start.
    tail: usize,
    /// Where the packets at the high end stop, while the newest ones stand at the low end.
    wrapped_at: Option<usize>,
}

impl<'a> Loopback<'a> {
    /// A loopback device over this memory, for packets of up to `mtu` bytes (at most 65535, and
    /// at most what fits the memory).
    pub fn new(ring: impl Into<ManagedSlice<'a, u8>>, mtu: usize) -> Loopback<'a> {
        let ring = ring.into();
        let start = ring.as_ptr().align_offset(WORD).min(ring.len());
        let mtu = mtu.min(usize::from(u16::MAX)).min((ring.len() - start).saturating_sub(PREFIX));
        Loopback { ring, mtu, start, head: start, tail: start, wrapped_at: None }
    }

    fn is_empty(&self) -> bool {
        self.head == self.tail && self.wrapped_at.is_none()
    }

    /// The oldest packet.
    fn oldest(&mut self) -> Option<&mut [u8]> {
        let ([high, low, ..], behind) = parts(&mut self.ring, self.head)?;
        let length = u16::from_be_bytes([*high, *low]);
        behind.get_mut(..usize::from(length))
    }

    /// Finds room for the longest packet: where it starts.
    fn reserve(&mut self) -> Option<usize> {
        let needed = PREFIX + self.mtu;
        if self.is_empty() {
            (self.head, self.tail) = (self.start, self.start);
        }
        match self.wrapped_at {
            // The free room lies between the newest and the oldest.
            Some(_) => (self.tail + needed < self.head).then_some(self.tail),
            None if self.tail + needed <= self.ring.len() => Some(self.tail),
            None if self.start + needed < self.head => {
                self.wrapped_at = Some(self.tail);
                self.tail = self.start;
                Some(self.start)
            }
            None => None,
        }
    }
}

/// What stands in front of the packet that starts there, and what lies behind that.
fn parts(ring: &mut [u8], start: usize) -> Option<(&mut [u8; PREFIX], &mut [u8])> {
    ring.get_mut(start..)?.split_first_chunk_mut()
}

impl Device for Loopback<'_> {
    fn medium(&self) -> Medium {
        Medium::Loopback
    }

    fn mtu(&self) -> usize {
        self.mtu
    }

    fn offloads(&self) -> Offloads {
        Offloads { receive_checksums: true }
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        if self.wrapped_at == Some(self.head) {
            self.wrapped_at = None;
            self.head = self.start;
        }
        if self.is_empty() {
            return false;
        }
        let Some(packet) = self.oldest() else { return false };
        let length = packet.len();
        consume(packet);
        self.head += PREFIX + length.next_multiple_of(WORD);
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let Some(start) = self.reserve() else { return false };
        let Some(([high, low, ..], room)) = parts(&mut self.ring, start) else { return false };
        let Some(room) = room.get_mut(..self.mtu) else { return false };
        let length = fill(room).min(self.mtu);
        if length > 0 {
            [*high, *low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
            self.tail = start + PREFIX + length.next_multiple_of(WORD);
        } else if self.wrapped_at.is_some() && self.tail == self.start {
            // Nothing was written at the low end after all.
            self.tail = self.wrapped_at.take().unwrap_or(self.start);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::collections::VecDeque;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn send(device: &mut Loopback<'_>, packet: &[u8]) -> bool {
        device.transmit(&mut |room| {
            room[..packet.len()].copy_from_slice(packet);
            packet.len()
        })
    }

    fn receive(device: &mut Loopback<'_>) -> Option<Vec<u8>> {
        let mut packet = None;
        let found = device.receive(&mut |bytes| packet = Some(bytes.to_vec()));
        assert_eq!(found, packet.is_some());
        packet
    }

    #[test]
    fn memory_too_small_for_a_packet_takes_none() {
        let mut memory = [0; 1];
        let mut device = Loopback::new(&mut memory[..], 1500);
        assert_eq!(device.mtu(), 0);
        assert_eq!(receive(&mut device), None);
    }

    #[test]
    fn packets_begin_at_words() {
        let mut memory = [0; 100];
        for first in 0..2 * WORD {
            let mut device = Loopback::new(&mut memory[first..], 30);
            for length in 1..30 {
                assert!(send(&mut device, &[1; 30][..length]));
                let mut begins = None;
                device.receive(&mut |bytes| begins = Some(bytes.as_ptr().addr() % WORD));
                assert_eq!(begins, Some(0), "{length} bytes, {first} into the memory");
            }
        }
    }

    proptest! {
        /// The obvious twin is a queue; what the ring refuses, the twin does not get.
        #[test]
        fn is_a_queue(
            size in 40..200usize,
            operations in proptest::collection::vec((any::<bool>(), 0..30usize), 1..200),
        ) {
            let mut memory = std::vec![0; size];
            let mut device = Loopback::new(&mut memory[..], 30);
            let mut twin = VecDeque::new();
            for (number, (sends, length)) in operations.into_iter().enumerate() {
                if sends {
                    let packet = std::vec![number as u8; length];
                    if send(&mut device, &packet) && length > 0 {
                        twin.push_back(packet);
                    }
                } else {
                    prop_assert_eq!(receive(&mut device), twin.pop_front());
                }
            }
            while let Some(packet) = twin.pop_front() {
                prop_assert_eq!(receive(&mut device), Some(packet));
            }
            prop_assert_eq!(receive(&mut device), None);
            prop_assert!(send(&mut device, &[1; 30]), "an empty ring takes the longest packet");
        }
    }
}
