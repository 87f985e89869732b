//! A table that begins as nothing but zeros.
//!
//! Most tables are full from the start: of places that are free. As the initial value of a `static`
//! all of these would stand in flash. So a [`Memory`](super::Memory) has only the room for them, and
//! they are made when a stack takes it.

use core::iter::repeat_with;
use core::mem::ManuallyDrop;

/// Room for `N` of something.
pub(super) struct Table<T, const N: usize> {
    /// Never dropped: a memory refers to itself, and without a heap there is nothing to give back.
    places: ManuallyDrop<heapless::Vec<T, N>>,
}

impl<T, const N: usize> Table<T, N> {
    pub(super) const fn new() -> Table<T, N> {
        Table { places: ManuallyDrop::new(heapless::Vec::new()) }
    }

    /// The whole table, each place as `make` makes it.
    pub(super) fn fill(&mut self, make: impl FnMut() -> T) -> &mut [T] {
        self.fill_from(repeat_with(make))
    }

    /// The table with a place for each of these, as far as there is room.
    pub(super) fn fill_from(&mut self, places: impl IntoIterator<Item = T>) -> &mut [T] {
        for place in places {
            if self.places.push(place).is_err() {
                break;
            }
        }
        &mut self.places
    }
}
