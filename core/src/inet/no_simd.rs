//! Without vector instructions: nothing is accepted here, and the portable parsers decide.

#[inline]
pub(super) const fn quad(_text: &[u8]) -> Option<[u8; 4]> {
    None
}
