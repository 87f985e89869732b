//! The twin of `tuple_index.rs` without a heap: a fixed memory is for few connections, which are
//! searched one by one.

/// What would find connections by a hash of their ends.
pub(crate) struct TupleIndex;

impl TupleIndex {
    pub(crate) const ABSENT: TupleIndex = TupleIndex;

    /// Whether slots must be searched one by one instead.
    pub(crate) fn is_absent(&self) -> bool {
        true
    }

    pub(crate) fn find(&self, _hash: usize, _is_it: impl Fn(u16) -> bool) -> Option<u16> {
        None
    }

    pub(crate) fn insert(&mut self, _hash: usize, _slot: u16) {}

    pub(crate) fn remove(&mut self, _slot: u16, _hash_of: impl Fn(u16) -> usize) {}
}
