//! A list of a few things, without a heap.

use core::fmt;

/// At most `MOST` things.
#[derive(Clone, Copy)]
pub(crate) struct Few<T, const MOST: usize> {
    places: [T; MOST],
    count: u8,
}

impl<T: Copy, const MOST: usize> Few<T, MOST> {
    /// None of them; what fills the places that are not used does not matter.
    pub(crate) const fn new(filler: T) -> Few<T, MOST> {
        const { assert!(MOST <= u8::MAX as usize) };
        Few { places: [filler; MOST], count: 0 }
    }

    /// Adds one; false, and not added, without a place left.
    pub(crate) fn push(&mut self, thing: T) -> bool {
        let Some(place) = self.places.get_mut(usize::from(self.count)) else { return false };
        *place = thing;
        self.count += 1;
        true
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        self.places.get(..usize::from(self.count)).unwrap_or_default()
    }
}

impl<T: Copy + PartialEq, const MOST: usize> PartialEq for Few<T, MOST> {
    fn eq(&self, other: &Few<T, MOST>) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Copy + Eq, const MOST: usize> Eq for Few<T, MOST> {}

impl<T: Copy + fmt::Debug, const MOST: usize> fmt::Debug for Few<T, MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}
