//! Bytes in a ring: what comes in first goes out first. The memory is fixed, or comes from the heap
//! while the ring is in use.

use managed::ManagedSlice;

use crate::network::emit::write_front;

/// The ring.
pub(crate) struct Ring<'a> {
    bytes: ManagedSlice<'a, u8>,
    /// Where the oldest byte is.
    head: usize,
    used: usize,
    /// How many bytes are taken from the heap while it is in use, where they come from there.
    #[cfg(feature = "alloc")]
    on_demand: Option<usize>,
}

impl<'a> Ring<'a> {
    /// A ring over this memory.
    pub(crate) const fn new(bytes: ManagedSlice<'a, u8>) -> Ring<'a> {
        Ring {
            bytes,
            head: 0,
            used: 0,
            #[cfg(feature = "alloc")]
            on_demand: None,
        }
    }

    /// A ring without memory, which takes nothing.
    pub(crate) const fn empty() -> Ring<'a> {
        Ring::new(ManagedSlice::Borrowed(&mut []))
    }

    /// A ring that takes so many bytes from the heap while it is in use.
    #[cfg(feature = "alloc")]
    pub(crate) fn on_demand(length: usize) -> Ring<'a> {
        Ring { on_demand: Some(length), ..Ring::empty() }
    }

    /// Makes the ring as new.
    pub(crate) fn claim(&mut self) {
        #[cfg(feature = "alloc")]
        if let Some(length) = self.on_demand {
            self.bytes = ManagedSlice::Owned(alloc::vec![0; length]);
        }
        self.clear();
    }

    /// Gives the memory back to the heap, where it came from there, and what is in it with it.
    pub(crate) fn release(&mut self) {
        #[cfg(feature = "alloc")]
        if self.on_demand.is_some() {
            self.bytes = ManagedSlice::Owned(alloc::vec::Vec::new());
        }
        self.clear();
    }

    /// Throws away what is in it.
    pub(crate) fn clear(&mut self) {
        (self.head, self.used) = (0, 0);
    }

    /// How many bytes there is room for, with those that are in use.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes are in it.
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    /// Adds bytes at the end. The caller has seen that there is room.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let size = self.bytes.len();
        let end = self.head + self.used;
        let start = if end < size { end } else { end - size };
        let Some((front, back)) = self.bytes.split_at_mut_checked(start) else { return };
        let (first, rest) = bytes.split_at(back.len().min(bytes.len()));
        write_front(back, first);
        write_front(front, rest);
        self.used += bytes.len();
    }

    /// The bytes from `offset` behind the oldest one.
    pub(crate) fn read<const N: usize>(&self, offset: usize) -> [u8; N] {
        let mut bytes = [0; N];
        self.copy_out(offset, &mut bytes);
        bytes
    }

    /// Copies the bytes from `offset` behind the oldest one. The caller knows that they are there.
    pub(crate) fn copy_out(&self, offset: usize, to: &mut [u8]) {
        let size = self.bytes.len();
        let begin = self.head + offset;
        let start = if begin < size { begin } else { begin - size };
        let Some((front, back)) = self.bytes.split_at_checked(start) else { return };
        let (first, rest) = to.split_at_mut(back.len().min(to.len()));
        fill(first, back);
        fill(rest, front);
    }

    /// Copies up to `most` bytes from `offset` behind the oldest one into the buffers, the first ones
    /// first, and says how many.
    pub(crate) fn scatter(&self, offset: usize, most: usize, buffers: &mut [&mut [u8]]) -> usize {
        let mut copied = 0;
        for buffer in buffers {
            let part = buffer.len().min(most - copied);
            self.copy_out(offset + copied, &mut buffer[..part]);
            copied += part;
        }
        copied
    }

    /// Lets go of the oldest bytes.
    pub(crate) fn skip(&mut self, count: usize) {
        let (size, next) = (self.bytes.len(), self.head + count);
        self.head = if next < size { next } else { next - size };
        self.used -= count;
    }
}

/// Fills `to` with the first bytes of `from`, which has as many.
fn fill(to: &mut [u8], from: &[u8]) {
    if let Some(from) = from.get(..to.len()) {
        to.copy_from_slice(from);
    }
}
