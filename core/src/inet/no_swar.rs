//! Where registers are smaller than 64 bits: nothing is accepted here, and the byte-wise parsers
//! decide.

pub(super) mod ipv4 {
    #[inline]
    pub(in crate::inet) const fn quad(_text: &[u8]) -> Option<[u8; 4]> {
        None
    }
}

pub(super) mod ipv6 {
    #[inline]
    pub(in crate::inet) const fn bits(_text: &[u8]) -> Option<u128> {
        None
    }
}
