//! Ports and zones: digits, and not too many.

/// The port of a text: digits whose number is at most 65535, zeros before it not counted.
#[must_use]
pub fn port(text: &[u8]) -> Option<u16> {
    digits(text)?.parse().ok()
}

/// The number of a zone: digits whose number has at most 32 bits, zeros before it not counted.
#[must_use]
pub fn zone_number(text: &[u8]) -> Option<u32> {
    digits(text)?.parse().ok()
}

/// The text if it has digits and nothing else. Without this `parse` would take a sign.
fn digits(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    text.chars().all(|digit| digit.is_ascii_digit()).then_some(text)
}
