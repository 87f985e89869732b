//! Addresses with a port as text: `192.0.2.1:80`, `[2001:db8::1]:80`, `[fe80::1%3]:80`.
//!
//! What is read is what `core::net::SocketAddr` reads, byte for byte; what is written differs from it
//! only as [`AddressText`] does.

use core::fmt;
use core::net::{Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use core::ops::Deref;

use super::decimal::{decimal, port};
use super::error::{AddressTextError, AddressTextErrorKind as Kind};
use super::ipv4::parse_ipv4;
use super::ipv6::{parse_ipv6, parse_scoped_ipv6};
use super::text::AddressText;

/// The socket address of a text: an IP address and a port, IPv6 in brackets, its zone a number.
///
/// Agrees with `core::net::SocketAddr` on every text. For names, and for zones that are names, there
/// is [`parse_host_port`](crate::parse_host_port).
///
/// ```
/// use berkeley::{AddressTextErrorKind, parse_socket_address};
///
/// assert_eq!(parse_socket_address("192.0.2.1:80"), Ok(([192, 0, 2, 1], 80).into()));
/// assert_eq!(parse_socket_address("[fe80::1%3]:80").unwrap().port(), 80);
/// let error = parse_socket_address("::1:80").unwrap_err();
/// assert_eq!(error.kind, AddressTextErrorKind::MissingBrackets);
/// ```
///
/// # Errors
///
/// Every other text: what was wrong and where.
pub fn parse_socket_address(text: impl AsRef<[u8]>) -> Result<SocketAddr, AddressTextError> {
    socket_address(text.as_ref())
}

fn socket_address(text: &[u8]) -> Result<SocketAddr, AddressTextError> {
    if text.first() == Some(&b'[') {
        let (address, end) = bracketed_ipv6(text)?;
        let (scope_id, end) = match text.get(end) {
            Some(b'%') => scope_id(text, end + 1)?,
            _ => (0, end),
        };
        let port = port_after(text, after_bracket(text, end)?)?;
        return Ok(SocketAddrV6::new(address, port, 0, scope_id).into());
    }
    let end = position(text, 0, b":");
    match parse_ipv4(text.get(..end).unwrap_or_default()) {
        Ok(address) => Ok(SocketAddrV4::new(address, port_after(text, end)?).into()),
        Err(error) => Err(unless_brackets_miss(text, within(text, 0, error))),
    }
}

/// The number of a zone at `start`, and where it ends: at a bracket, or with the text.
fn scope_id(text: &[u8], start: usize) -> Result<(u32, usize), AddressTextError> {
    let end = position(text, start, b"]");
    match decimal(text.get(..end).unwrap_or_default(), start, u32::MAX) {
        Ok(number) => Ok((number, end)),
        Err(AddressTextError { kind: Kind::Empty, at }) => Err(nothing_at(text, at)),
        Err(error) => Err(error),
    }
}

/// The address that follows the bracket with which the text begins, and where it ends: at a `%`, at
/// a `]`, or with the text.
pub(super) fn bracketed_ipv6(text: &[u8]) -> Result<(Ipv6Addr, usize), AddressTextError> {
    let end = position(text, 1, b"%]");
    let address = text.get(1..end).unwrap_or_default();
    match parse_ipv6(address) {
        Ok(address) => Ok((address, end)),
        Err(error) => {
            let error = within(text, 1, error);
            let needless = parse_ipv4(address).is_ok();
            Err(if needless { Kind::UnexpectedBrackets.at(error.at) } else { error })
        }
    }
}

/// Where the text goes on after the closing bracket that has to stand at `at`.
pub(super) fn after_bracket(text: &[u8], at: usize) -> Result<usize, AddressTextError> {
    if text.get(at) == Some(&b']') { Ok(at + 1) } else { Err(nothing_at(text, at)) }
}

/// The port at the end of the text, whose colon has to stand at `at`.
pub(super) fn port_after(text: &[u8], at: usize) -> Result<u16, AddressTextError> {
    match text.get(at..).unwrap_or_default() {
        [] => Err(Kind::MissingPort.at(at)),
        [b':'] => Err(Kind::MissingPort.at(at + 1)),
        [b':', ..] => port(text, at + 1),
        _ => Err(Kind::UnexpectedByte.at(at)),
    }
}

/// The error of what could not be read without brackets, unless these are what is wrong.
#[cold]
pub(super) fn unless_brackets_miss(text: &[u8], error: AddressTextError) -> AddressTextError {
    let last_colon = text.iter().rposition(|&byte| byte == b':').unwrap_or_default();
    let before_port = text.get(..last_colon).unwrap_or_default();
    if parse_scoped_ipv6(text).is_ok() || parse_scoped_ipv6(before_port).is_ok() {
        return Kind::MissingBrackets.at(error.at);
    }
    error
}

/// The error of a part that begins at `start`, as one of the text.
pub(super) fn within(text: &[u8], start: usize, error: AddressTextError) -> AddressTextError {
    let at = start + error.at;
    match error.kind {
        // The part ends there, the text does not.
        Kind::UnexpectedEnd => nothing_at(text, at),
        kind => kind.at(at),
    }
}

/// Nothing that is allowed stands at `at`.
pub(super) fn nothing_at(text: &[u8], at: usize) -> AddressTextError {
    if at < text.len() { Kind::UnexpectedByte.at(at) } else { Kind::UnexpectedEnd.at(at) }
}

/// Where the first of `wanted` stands, at `from` or after it; the length of the text if nowhere.
fn position(text: &[u8], from: usize, wanted: &[u8]) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    match rest.iter().position(|byte| wanted.contains(byte)) {
        Some(place) => from + place,
        None => text.len(),
    }
}

/// `[`, 39 bytes, `%4294967295`, `]:65535`: no text is longer.
const LONGEST: usize = 58;

/// The text of a socket address, 59 bytes that need no heap.
///
/// The address is written as [`AddressText`] has it; the scope only where it is not 0; the flow
/// information never.
///
/// ```
/// use berkeley::{SocketAddressText, parse_socket_address};
///
/// let text = SocketAddressText::of(([127, 0, 0, 1], 80).into());
/// assert_eq!(text, "127.0.0.1:80");
/// let address = parse_socket_address("[FE80::1%3]:080").unwrap();
/// assert_eq!(SocketAddressText::of(address).as_str(), "[fe80::1%3]:80");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SocketAddressText {
    bytes: [u8; LONGEST],
    length: u8,
}

impl SocketAddressText {
    /// The text of this address.
    #[must_use]
    pub const fn of(address: SocketAddr) -> SocketAddressText {
        let mut text = SocketAddressText { bytes: [0; LONGEST], length: 0 };
        match address {
            SocketAddr::V4(address) => {
                text.push_all(AddressText::of_ipv4(*address.ip()).as_bytes());
            }
            SocketAddr::V6(address) => {
                text.push_all(b"[");
                text.push_all(AddressText::of_ipv6(*address.ip()).as_bytes());
                if address.scope_id() != 0 {
                    text.push_all(b"%");
                    text.push_decimal(address.scope_id());
                }
                text.push_all(b"]");
            }
        }
        text.push_all(b":");
        text.push_decimal(address.port() as u32);
        text
    }

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        // Only ASCII is ever pushed, so the other answer is never given.
        match core::str::from_utf8(self.as_bytes()) {
            Ok(text) => text,
            Err(_) => "",
        }
    }

    /// The bytes of the text, all of them ASCII.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self.bytes.split_at_checked(self.length as usize) {
            Some((text, _)) => text,
            None => &[],
        }
    }

    #[inline(never)] // six calls of it
    const fn push_all(&mut self, mut bytes: &[u8]) {
        let Some((_, mut room)) = self.bytes.split_at_mut_checked(self.length as usize) else {
            return;
        };
        // There is always room: the longest text fits.
        while let ([slot, after @ ..], [byte, rest @ ..]) = (room, bytes) {
            *slot = *byte;
            self.length += 1;
            (room, bytes) = (after, rest);
        }
    }

    const fn push_decimal(&mut self, mut value: u32) {
        let mut digits = [0; 10];
        let mut room: &mut [u8] = &mut digits;
        let mut before = room.len();
        while let [front @ .., last] = room {
            *last = b'0' + (value % 10) as u8;
            value /= 10;
            before = front.len();
            if value == 0 {
                break;
            }
            room = front;
        }
        if let Some((_, digits)) = digits.split_at_checked(before) {
            self.push_all(digits);
        }
    }
}

impl From<SocketAddr> for SocketAddressText {
    fn from(address: SocketAddr) -> SocketAddressText {
        SocketAddressText::of(address)
    }
}

impl Deref for SocketAddressText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for SocketAddressText {
    fn as_ref(&self) -> &str {
        self
    }
}

impl AsRef<[u8]> for SocketAddressText {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq<str> for SocketAddressText {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for SocketAddressText {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// The text, filled up to a width if one is asked for.
impl fmt::Display for SocketAddressText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for SocketAddressText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use Kind::*;

    use super::*;

    #[test]
    fn addresses_and_ports_are_read_and_written() {
        let v4 = |address: [u8; 4], port| SocketAddr::from((address, port));
        let v6 = |address: [u16; 8], scope_id, port| {
            SocketAddr::V6(SocketAddrV6::new(address.into(), port, 0, scope_id))
        };
        let link_local = [0xFE80, 0, 0, 0, 0, 0, 0, 1];
        // text, address, its text (text-30)
        for (text, address, canonical) in [
            ("1.2.3.4:80", v4([1, 2, 3, 4], 80), "1.2.3.4:80"),
            ("0.0.0.0:0", v4([0; 4], 0), "0.0.0.0:0"),
            ("255.255.255.255:65535", v4([255; 4], 65535), "255.255.255.255:65535"),
            ("1.2.3.4:00080", v4([1, 2, 3, 4], 80), "1.2.3.4:80"), // zeros before a port
            ("[::]:1", v6([0; 8], 0, 1), "[::]:1"),
            ("[FE80::1]:80", v6(link_local, 0, 80), "[fe80::1]:80"),
            ("[fe80::1%3]:80", v6(link_local, 3, 80), "[fe80::1%3]:80"),
            ("[fe80::1%1]:80", v6(link_local, 1, 80), "[fe80::1%1]:80"),
            ("[fe80::1%0]:80", v6(link_local, 0, 80), "[fe80::1]:80"), // no scope
            ("[fe80::1%0010]:80", v6(link_local, 10, 80), "[fe80::1%10]:80"),
            ("[::1.2.3.4]:1", v6([0, 0, 0, 0, 0, 0, 0x102, 0x304], 0, 1), "[::1.2.3.4]:1"),
            (
                "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535", // the longest
                v6([0xFFFF; 8], u32::MAX, 65535),
                "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535",
            ),
        ] {
            assert_eq!(parse_socket_address(text), Ok(address), "{text:?}");
            assert_eq!(SocketAddressText::of(address), canonical);
        }
    }

    #[test]
    fn it_says_where_a_text_goes_wrong() {
        // text, what is wrong, at which byte
        for (text, kind, at) in [
            ("", Empty, 0),
            (":80", Empty, 0),
            ("1.2.3.4", MissingPort, 7),
            ("1.2.3.4:", MissingPort, 8),
            ("[::1]", MissingPort, 5),
            ("[::1]:", MissingPort, 6),
            ("1.2.3.4:65536", NumberTooLarge, 12), // never wrapped
            ("1.2.3.4:+80", UnexpectedByte, 8),
            ("1.2.3.4: 80", UnexpectedByte, 8),
            ("1.2.3.4:80 ", UnexpectedByte, 10),
            ("1.2.3.4:80:80", UnexpectedByte, 10),
            ("1.2.3.4:http", UnexpectedByte, 8),
            ("1.2.3.4 :80", TrailingBytes, 7),
            (" 1.2.3.4:80", UnexpectedByte, 0),
            ("1.2.3:80", LegacyForm, 5),
            ("127.0.0.01:80", LegacyForm, 9),
            ("1.2.3.:80", UnexpectedByte, 6), // a number has to follow, and the text goes on
            ("1.2.3.", UnexpectedEnd, 6),
            ("1.2.3.256:80", NumberTooLarge, 8),
            ("localhost:80", UnexpectedByte, 0),
            ("::1:80", MissingBrackets, 0),
            ("::1", MissingBrackets, 0),
            ("2001:db8::1", MissingBrackets, 3), // 200 could have been the first of four
            ("1:2:3:4:5:6:7:8:80", MissingBrackets, 1),
            ("fe80::1%3:80", MissingBrackets, 0),
            ("1:2:3", LegacyForm, 1), // with brackets no better
            ("[1.2.3.4]:80", UnexpectedBrackets, 2),
            ("[", Empty, 1),
            ("[]:80", Empty, 1),
            ("[%3]:80", Empty, 1),
            ("[::1", UnexpectedEnd, 4),
            ("[::1:80", UnexpectedEnd, 7),
            ("[::1:]:80", UnexpectedByte, 5),
            ("[::1 ]:80", TrailingBytes, 4),
            ("[[::1]]:80", UnexpectedByte, 1),
            ("[::1]]:80", UnexpectedByte, 5),
            ("[::1]80", UnexpectedByte, 5),
            ("[::1]%3:80", UnexpectedByte, 5), // the zone stands inside
            ("[fe80::1%]:80", UnexpectedByte, 9),
            ("[fe80::1%", UnexpectedEnd, 9),
            ("[fe80::1%3", UnexpectedEnd, 10),
            ("[fe80::1%3:80", UnexpectedByte, 10),
            ("[fe80::1%eth0]:80", UnexpectedByte, 9), // for parse_host_port
            ("[fe80::1%4294967296]:80", NumberTooLarge, 18), // 33 bits
            ("[fe80::1%3%4]:80", UnexpectedByte, 10),
            ("[fe80::1%+3]:80", UnexpectedByte, 9),
            ("[::1]:80\0", UnexpectedByte, 8),
            ("[::1]:\u{ff18}", UnexpectedByte, 6),
        ] {
            assert_eq!(parse_socket_address(text), Err(kind.at(at)), "{text:?}");
        }
    }

    #[test]
    fn flow_information_is_never_written() {
        const ADDRESS: SocketAddrV6 = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, 0xF_FFFF, 0);
        const TEXT: SocketAddressText = SocketAddressText::of(SocketAddr::V6(ADDRESS));
        assert_eq!(TEXT, "[::1]:80");
    }

    #[test]
    fn it_is_a_string_in_every_way() {
        let text = SocketAddressText::from(SocketAddr::from(([127, 0, 0, 1], 80)));
        assert_eq!((text.len(), text.as_bytes()), (12, &b"127.0.0.1:80"[..]));
        assert_eq!(
            format!("{text} {text:?} {text:>13}"),
            "127.0.0.1:80 \"127.0.0.1:80\"  127.0.0.1:80"
        );
        assert_eq!(text, *"127.0.0.1:80");
        assert_ne!(text, "127.0.0.1:8");
        assert_eq!(parse_socket_address(text), Ok(([127, 0, 0, 1], 80).into()));
        assert_eq!(size_of::<SocketAddressText>(), 59);
    }
}
