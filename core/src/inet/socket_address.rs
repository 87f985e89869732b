//! Addresses with a port as text: `192.0.2.1:80`, `[2001:db8::1]:80`, `[fe80::1%3]:80`.
//!
//! What is read is what `core::net::SocketAddr` reads, byte for byte; what is written differs from it
//! only as [`AddressText`](super::AddressText) does.

use core::net::{Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::decimal::port;
use super::error::{AddressTextError, AddressTextErrorKind as Kind};
use super::ipv4::parse_ipv4;
use super::ipv6::{bits, scoped};
use super::scan::Scanner;
use super::text_traits::text_traits;
use super::writer::{self, Pen};

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
        let (bits, mut end) = bracketed_ipv6(text)?;
        let mut scope_id = 0;
        if text.get(end) == Some(&b'%') {
            let mut zone = Scanner::new(text, end + 1);
            scope_id = zone.number(10, u32::MAX)?;
            if zone.at() == end + 1 {
                return Err(zone.unexpected());
            }
            end = zone.at();
        }
        let port = port_after_bracket(text, end)?;
        return Ok(SocketAddrV6::new(Ipv6Addr::from_bits(bits), port, 0, scope_id).into());
    }
    // The only colon of an IPv4 address is near the end.
    let end = text.iter().rposition(|&byte| byte == b':').unwrap_or(text.len());
    match parse_ipv4(text.get(..end).unwrap_or_default()) {
        Ok(address) => Ok(SocketAddrV4::new(address, port_after(text, end)?).into()),
        Err(_) => Err(without_brackets(text)),
    }
}

/// Why a text without brackets is no socket address.
#[cold]
fn without_brackets(text: &[u8]) -> AddressTextError {
    let end = position(text, 0, b":");
    match parse_ipv4(text.get(..end).unwrap_or_default()) {
        // A port has no colon in it, and here there is another one.
        Ok(_) => port_after(text, end).err().unwrap_or(Kind::UnexpectedByte.at(end)),
        Err(error) => unless_brackets_miss(text, error),
    }
}

/// The address, as a number, that follows the bracket with which the text begins, and where it ends:
/// at a `%`, at a `]`, or with the text.
pub(super) fn bracketed_ipv6(text: &[u8]) -> Result<(u128, usize), AddressTextError> {
    let end = position(text, 1, b"%]");
    let address = text.get(1..end).unwrap_or_default();
    match bits(address) {
        Ok(bits) => Ok((bits, end)),
        Err(error) => {
            let error = within(text, 1, error);
            let needless = parse_ipv4(address).is_ok();
            Err(if needless { Kind::UnexpectedBrackets.at(error.at) } else { error })
        }
    }
}

/// The port at the end of the text, with the closing bracket that has to stand at `at`.
pub(super) fn port_after_bracket(text: &[u8], at: usize) -> Result<u16, AddressTextError> {
    if text.get(at) == Some(&b']') { port_after(text, at + 1) } else { Err(nothing_at(text, at)) }
}

/// The port at the end of the text, whose colon has to stand at `at`.
pub(super) fn port_after(text: &[u8], at: usize) -> Result<u16, AddressTextError> {
    match text.get(at..).unwrap_or_default() {
        [] | [b':'] => Err(Kind::MissingPort.at(text.len())),
        [b':', ..] => port(text, at + 1),
        _ => Err(Kind::UnexpectedByte.at(at)),
    }
}

/// The error of what could not be read without brackets, unless these are what is wrong.
#[cold]
pub(super) fn unless_brackets_miss(text: &[u8], error: AddressTextError) -> AddressTextError {
    let error = within(text, 0, error);
    let last_colon = text.iter().rposition(|&byte| byte == b':').unwrap_or_default();
    let before_port = text.get(..last_colon).unwrap_or_default();
    if scoped(text).is_ok() || scoped(before_port).is_ok() {
        return Kind::MissingBrackets.at(error.at);
    }
    error
}

/// The error of a part that begins at `start`, as one of the text.
fn within(text: &[u8], start: usize, error: AddressTextError) -> AddressTextError {
    let at = start + error.at;
    match error.kind {
        // The part ends there, the text does not.
        Kind::UnexpectedEnd => nothing_at(text, at),
        kind => kind.at(at),
    }
}

/// Nothing that is allowed stands at `at`.
fn nothing_at(text: &[u8], at: usize) -> AddressTextError {
    Scanner::new(text, at).unexpected()
}

/// Where the first of `wanted` stands, at `from` or after it; the length of the text if nowhere.
fn position(text: &[u8], from: usize, wanted: &[u8]) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    match rest.iter().position(|byte| wanted.contains(byte)) {
        Some(place) => from + place,
        None => text.len(),
    }
}

/// The text of a socket address, 59 bytes that need no heap.
///
/// The address is written as [`AddressText`](crate::AddressText) has it; the scope only where it is not 0; the flow
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
#[derive(Clone, Copy)]
pub struct SocketAddressText {
    /// 58 bytes in pieces, as many as `[`, 39 bytes, `%4294967295`, `]:65535`: no text is longer.
    bytes: [[u8; 2]; 29],
    length: u8,
}

impl SocketAddressText {
    /// The text of this address.
    #[must_use]
    pub const fn of(address: SocketAddr) -> SocketAddressText {
        let mut text = SocketAddressText { bytes: [writer::BLANK_PAIR; 29], length: 0 };
        let mut pen = Pen::new(text.bytes.as_flattened_mut());
        match &address {
            SocketAddr::V4(address) => writer::packed(&mut pen, &address.ip().octets()),
            SocketAddr::V6(address) => {
                pen.put(b'[');
                writer::packed(&mut pen, &address.ip().octets());
                if address.scope_id() != 0 {
                    pen.put(b'%');
                    pen.number(address.scope_id(), 10);
                }
                pen.put(b']');
            }
        }
        pen.put(b':');
        pen.number(address.port() as u32, 10);
        text.length = pen.end() as u8;
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
        match self.bytes.as_flattened().split_at_checked(self.length as usize) {
            Some((text, _)) => text,
            None => &[],
        }
    }
}

impl From<SocketAddr> for SocketAddressText {
    fn from(address: SocketAddr) -> SocketAddressText {
        SocketAddressText::of(address)
    }
}

text_traits!(SocketAddressText);

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
