//! What holds for every parser, whatever its texts mean.
//!
//! Each law panics with the text that broke it.

use std::fmt::Debug;
use std::sync::LazyLock;

use berkeley::{
    AddressFamily, AddressTextError, AddressTextErrorKind as Kind, Errno, Error, INET6_ADDRSTRLEN,
    inet_ntop,
};

use crate::Text;

/// What can follow the beginning of an address, port or zone so that the whole is one.
pub static ADDRESS_ENDINGS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut endings = Vec::new();
    for first in ["", "1", ":", "::", "1::", ":1", "1:1"] {
        for count in 0..8 {
            endings.push([first, &":1".repeat(count)].concat().into());
            endings.push([first, &".1".repeat(count)].concat().into());
        }
    }
    endings
});

/// What can follow the beginning of a host with a port so that the whole is one.
pub static ENDPOINT_ENDINGS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let beginnings = ["", "1", ":1", "a:1", ".a:1", "]:1", "1]:1", "a]:1", "%1]:1"];
    let mut endings: Vec<Vec<u8>> = beginnings.map(Vec::from).into();
    for ending in ADDRESS_ENDINGS.iter() {
        endings.push([ending, &b":1"[..]].concat());
        endings.push([ending, &b"]:1"[..]].concat());
    }
    endings
});

/// What may stand around a text in memory: bytes that would go on with an address, or end one.
const AROUND: [&[u8; 2]; 8] = [b"11", b"..", b"::", b"ff", b"0x", b"  ", b"%1", b"\0\0"];

/// How many of them: more than a machine word, so that a parser that reads by words meets them.
const REACH: usize = 32;

/// An answer, if the oracle has one, must be ours too.
///
/// # Panics
///
/// They differ.
#[track_caller]
pub fn agree<T: PartialEq + Debug>(oracle: &str, input: &[u8], theirs: Option<T>, ours: &T) {
    if let Some(theirs) = theirs {
        assert!(theirs == *ours, "{}: {oracle} says {theirs:?}, we {ours:?}", Text(input));
    }
}

/// An error stands at the first byte with which no accepted text goes on: all before it begins one,
/// with one of these endings.
///
/// # Panics
///
/// It stands too early, too late or outside the text.
#[track_caller]
pub fn position<T>(
    endings: &[Vec<u8>],
    text: &[u8],
    error: AddressTextError,
    parse: impl Fn(&[u8]) -> Result<T, AddressTextError>,
) {
    assert!(error.at <= text.len(), "{}: outside the text: {error}", Text(text));
    let (before, rest) = text.split_at(error.at);
    assert!(begins_one(endings, before, &parse), "{}: too late: {error}", Text(text));
    if let Some(&byte) = rest.first() {
        let with_it = [before, &[byte]].concat();
        assert!(!begins_one(endings, &with_it, &parse), "{}: too early: {error}", Text(text));
    }
}

fn begins_one<T>(
    endings: &[Vec<u8>],
    beginning: &[u8],
    parse: impl Fn(&[u8]) -> Result<T, AddressTextError>,
) -> bool {
    let mut whole = beginning.to_vec();
    endings.iter().any(|ending| {
        whole.truncate(beginning.len());
        whole.extend_from_slice(ending);
        parse(&whole).is_ok()
    })
}

/// The kind of an error says no more than is true of its place.
///
/// # Panics
///
/// The kind is another place's.
#[track_caller]
pub fn kind<T>(
    text: &[u8],
    error: AddressTextError,
    parse: impl Fn(&[u8]) -> Result<T, AddressTextError>,
) {
    let at_end = error.at == text.len();
    let sound = match error.kind {
        Kind::Empty => text.is_empty(),
        Kind::UnexpectedEnd => at_end && !text.is_empty(),
        Kind::TooFewParts | Kind::LegacyForm => !text.is_empty(),
        Kind::TrailingBytes => !at_end && parse(&text[..error.at]).is_ok(),
        Kind::NumberTooLarge | Kind::LeadingZero | Kind::TooLong => {
            text.get(error.at).is_some_and(|byte| byte.is_ascii_hexdigit() || *byte == b'.')
        }
        Kind::ZeroRunTwice => text.get(error.at) == Some(&b':'),
        _ => !at_end,
    };
    assert!(sound, "{}: {error}", Text(text));
}

/// No byte around a text in memory has an influence on what is made of it.
///
/// # Panics
///
/// One has.
#[track_caller]
pub fn isolation<T: PartialEq + Debug>(text: &[u8], parse: impl Fn(&[u8]) -> T) {
    let alone = parse(text);
    let mut buffer = Vec::with_capacity(text.len() + 2 * REACH);
    for around in AROUND {
        buffer.clear();
        buffer.extend(around.iter().copied().cycle().take(REACH));
        buffer.extend_from_slice(text);
        buffer.extend(around.iter().copied().cycle().take(REACH));
        let among = parse(&buffer[REACH..REACH + text.len()]);
        assert!(among == alone, "{} among {}: {among:?}, {alone:?}", Text(text), Text(around));
    }
}

/// A string is the bytes it consists of.
///
/// # Panics
///
/// The two answers differ.
#[track_caller]
pub fn string<T: PartialEq + Debug>(
    text: &[u8],
    of_bytes: impl Fn(&[u8]) -> T,
    of_string: impl Fn(&str) -> T,
) {
    if let Ok(string) = std::str::from_utf8(text) {
        let (bytes, string) = (of_bytes(text), of_string(string));
        assert!(bytes == string, "{}: bytes {bytes:?}, string {string:?}", Text(text));
    }
}

/// `inet_ntop` takes packed addresses of one length.
///
/// # Panics
///
/// It takes others, or another one than it should.
#[track_caller]
pub fn packed_length(family: AddressFamily, data: &[u8], length: usize) {
    let mut buffer = [0; INET6_ADDRSTRLEN];
    let found = inet_ntop(family, data, &mut buffer);
    let expected = if data.len() == length { None } else { Some(Error::INVALID_VALUE) };
    assert_eq!(found.err(), expected, "{}", Text(data));
}

/// `inet_ntop` needs as much room as the text and touches no more than that, nothing if it fails.
///
/// # Panics
///
/// It needs or touches more, or says something else than the text.
#[track_caller]
pub fn room(family: AddressFamily, packed: &[u8], text: &str) {
    for room in 0..=INET6_ADDRSTRLEN {
        let mut buffer = [b'#'; INET6_ADDRSTRLEN];
        let found = inet_ntop(family, packed, &mut buffer[..room]);
        let expected = if room < text.len() { Err(Errno::ENOSPC.into()) } else { Ok(text) };
        assert_eq!(found, expected, "{} in {room}", Text(packed));
        let untouched = &buffer[expected.map_or(0, str::len)..];
        assert!(untouched.iter().all(|&byte| byte == b'#'), "{} in {room}", Text(packed));
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{UnwindSafe, catch_unwind};

    use berkeley::{parse_ipv4, parse_port};

    use super::*;

    fn is_broken(law: impl FnOnce() + UnwindSafe) -> bool {
        catch_unwind(law).is_err()
    }

    #[test]
    fn a_position_is_the_first_of_no_return() {
        // where `1.2.3.256` is said to go wrong, whether that is right
        for (at, sound) in [(0, false), (7, false), (8, true), (9, false), (10, false)] {
            let error = AddressTextError { kind: Kind::NumberTooLarge, at };
            let law = || position(&ADDRESS_ENDINGS, b"1.2.3.256", error, |text| parse_ipv4(text));
            assert_eq!(is_broken(law), !sound, "{at}");
        }
    }

    #[test]
    fn a_kind_is_true_of_its_place() {
        // text, kind, place, whether that can be
        for (text, of, at, sound) in [
            ("", Kind::Empty, 0, true),
            ("1", Kind::Empty, 1, false),
            ("1.2.3.", Kind::UnexpectedEnd, 6, true),
            ("1.2.3.", Kind::UnexpectedEnd, 5, false),
            ("1.2.3.4x", Kind::TrailingBytes, 7, true),
            ("1.2.3x", Kind::TrailingBytes, 5, false), // not yet an address
            ("1.2.3.4", Kind::TrailingBytes, 7, false),
            ("1.2.3.256", Kind::NumberTooLarge, 8, true),
            ("1.2.3x", Kind::NumberTooLarge, 5, false),
            ("1.2.3x", Kind::UnexpectedByte, 5, true),
            ("1.2.3", Kind::UnexpectedByte, 5, false),
        ] {
            let error = AddressTextError { kind: of, at };
            let law = || kind(text.as_bytes(), error, |text| parse_ipv4(text));
            assert_eq!(is_broken(law), !sound, "{text:?}: {error}");
        }
    }

    #[test]
    fn a_look_outside_is_seen() {
        let text = b"80";
        assert!(!is_broken(|| isolation(text, |text| parse_port(text))));
        // Parsers that depend on where a text lies, as one does that reads whole words.
        assert!(is_broken(|| isolation(text, <[u8]>::as_ptr)));
        assert!(is_broken(|| string(text, <[u8]>::len, |text| text.len() + 1)));
        assert!(is_broken(|| agree("an oracle", text, Some(8), &80)));
        assert!(!is_broken(|| agree("no oracle", text, None, &80)));
    }
}
