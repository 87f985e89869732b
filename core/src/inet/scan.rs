//! One byte of a text, in constants too.

/// The byte at `at`, if the text is that long.
#[inline]
pub(super) const fn byte(text: &[u8], at: usize) -> Option<u8> {
    if at < text.len() { Some(text[at]) } else { None }
}

/// The value of the digit at `at`, if there is one.
#[inline]
pub(super) const fn digit(text: &[u8], at: usize, base: u32) -> Option<u32> {
    match byte(text, at) {
        Some(byte) => (byte as char).to_digit(base),
        None => None,
    }
}
