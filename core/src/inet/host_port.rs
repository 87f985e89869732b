//! What a user types: a host and a port. The host is an address or a name, and never both.
//!
//! Two parsers that disagree about what is an address are how filters are passed by (CVE-2021-29921
//! and its family: `010.0.0.1`, `0x7f.1`, `127.1`). Therefore a text that any parser could take for
//! an IPv4 address is none of the names here: where the last label is a number, by the rule of the
//! URL standard ("ends in a number"), the whole has to be a dotted quad in the strict form.

use core::fmt::{self, Write};
use core::net::{Ipv4Addr, Ipv6Addr};

use super::error::{AddressTextError, AddressTextErrorKind as Kind};
use super::ipv4::parse_ipv4;
use super::scan::Scanner;
use super::socket_address::{bracketed_ipv6, port_after, port_after_bracket, unless_brackets_miss};
use super::text::AddressText;

/// The longest name in bytes, without a dot at its end.
const LONGEST_NAME: usize = 253;

/// The longest label of a name.
const LONGEST_LABEL: usize = 63;

/// The longest name of an interface: C's `IFNAMSIZ` without the NUL.
const LONGEST_ZONE: usize = 15;

/// A host and a port, as [`parse_host_port`] has read them.
///
/// Printed, it is the canonical text, which reads back as the same value. (A value put together by
/// hand is printed as it is, and a zone that is not UTF-8 with U+FFFD for what is none.)
///
/// ```
/// use berkeley::{Host, HostPort};
/// use core::net::Ipv6Addr;
///
/// let host = Host::Ipv6 { address: Ipv6Addr::LOCALHOST, zone: None };
/// assert_eq!(HostPort { host, port: 80 }.to_string(), "[::1]:80");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct HostPort<'a> {
    /// The host.
    pub host: Host<'a>,
    /// The port.
    pub port: u16,
}

/// The host of a [`HostPort`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Host<'a> {
    /// A dotted quad in the strict form.
    Ipv4(Ipv4Addr),
    /// An IPv6 address, in brackets where it is text.
    Ipv6 {
        /// The address.
        address: Ipv6Addr,
        /// What stands after the `%`: a number for [`parse_zone_number`], or the name of an
        /// interface.
        ///
        /// [`parse_zone_number`]: crate::parse_zone_number
        zone: Option<&'a [u8]>,
    },
    /// A name to be resolved: no parser of addresses takes it.
    Name(&'a str),
}

/// The host and the port of a text, as users type it: `192.0.2.1:80`, `[fe80::1%eth0]:80`,
/// `example.org:80`.
///
/// - An IPv4 address is a dotted quad in the strict form, without brackets.
/// - An IPv6 address stands in brackets. Its zone is a number of up to 32 bits, or a name of up to
///   15 bytes without white space, NUL, `%`, `/` and `]`.
/// - A name has up to 253 bytes and perhaps a dot at its end, labels of 1 to 63 bytes, ASCII letters,
///   digits, `-` and `_`. Names in other scripts come in their ASCII form (`xn--...`).
/// - A name does not end in a number: its last label is neither all digits nor `0x` with nothing but
///   hexadecimal digits. So no text is an address for one parser and a name for another.
/// - The port is read as [`parse_port`](crate::parse_port) reads it, 0 included.
///
/// ```
/// use berkeley::{AddressTextErrorKind, Host, HostPort, parse_host_port};
///
/// let name = Host::Name("example.org");
/// assert_eq!(parse_host_port("example.org:80"), Ok(HostPort { host: name, port: 80 }));
/// // Which address this is, parsers disagree about.
/// let error = parse_host_port("127.0.0.010:80").unwrap_err();
/// assert_eq!((error.kind, error.at), (AddressTextErrorKind::LegacyForm, 9));
/// ```
///
/// # Errors
///
/// Every other text: what was wrong and where. Where a host ends in a number these are the kind and
/// the place that [`parse_ipv4`] gives for it, although some name could go on there.
pub fn parse_host_port(
    text: &(impl AsRef<[u8]> + ?Sized),
) -> Result<HostPort<'_>, AddressTextError> {
    host_port(text.as_ref())
}

fn host_port(text: &[u8]) -> Result<HostPort<'_>, AddressTextError> {
    if text.first() == Some(&b'[') {
        let (bits, end) = bracketed_ipv6(text)?;
        let (zone, end) = match text.get(end) {
            Some(b'%') => zone(text, end + 1)?,
            _ => (None, end),
        };
        let port = port_after_bracket(text, end)?;
        let address = Ipv6Addr::from_bits(bits);
        return Ok(HostPort { host: Host::Ipv6 { address, zone }, port });
    }
    match without_brackets(text) {
        Ok(found) => Ok(found),
        Err(error) => Err(unless_brackets_miss(text, error)),
    }
}

fn without_brackets(text: &[u8]) -> Result<HostPort<'_>, AddressTextError> {
    let (end, last_label) = name_end(text)?;
    let name = text.get(..end).unwrap_or_default();
    let host = if is_number(name, last_label) {
        Host::Ipv4(parse_ipv4(name)?)
    } else {
        // Only ASCII is part of a name, so the default is not taken.
        Host::Name(core::str::from_utf8(name).unwrap_or_default())
    };
    Ok(HostPort { host, port: port_after(text, end)? })
}

/// Where the name ends with which the text begins, at a colon or with the text, and where its last
/// label begins.
fn name_end(text: &[u8]) -> Result<(usize, usize), AddressTextError> {
    let mut label = 0; // where it begins, or where one could
    let mut last_label = 0;
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b':' if at > 0 => return Ok((at, last_label)),
            b':' => return Err(Kind::Empty.at(0)),
            b'.' if at > label => label = at + 1,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' => {
                last_label = label;
                if at - label == LONGEST_LABEL || at >= LONGEST_NAME {
                    return Err(Kind::NameTooLong.at(at));
                }
            }
            _ => return Err(Kind::UnexpectedByte.at(at)),
        }
    }
    if text.is_empty() { Err(Kind::Empty.at(0)) } else { Ok((text.len(), last_label)) }
}

/// Whether the last label is a number, in any base that some parser of addresses knows.
fn is_number(name: &[u8], label: usize) -> bool {
    let (base, digits) = match name.get(label..) {
        Some([b'0', b'x' | b'X', ..]) => (16, label + 2),
        _ => (10, label),
    };
    let mut rest = Scanner::new(name, digits);
    while rest.is_digit(base) {
        rest.advance();
    }
    matches!(rest.peek(), None | Some(b'.')) // a dot at the end of the name
}

/// The zone at `start`, and where it ends: at a bracket.
fn zone(text: &[u8], start: usize) -> Result<(Option<&[u8]>, usize), AddressTextError> {
    let mut rest = Scanner::new(text, start);
    // Whether this is a number, and one too large, unless a letter follows.
    let mut too_large = rest.number(10, u32::MAX).is_err();
    loop {
        let at = rest.at();
        let kind = match rest.peek() {
            None | Some(0 | b'\t'..=b'\r' | b' ' | b'%' | b'/') => return Err(rest.unexpected()),
            Some(b']') if at == start => Kind::UnexpectedByte,
            Some(b']') if too_large => Kind::NumberTooLarge,
            Some(b']') => return Ok((text.get(start..at), at)),
            Some(byte) => {
                too_large &= byte.is_ascii_digit();
                // Numbers may be longer, by zeros before them. One too large would need a letter more.
                if at - start + usize::from(too_large) < LONGEST_ZONE {
                    rest.advance();
                    continue;
                }
                if too_large { Kind::NumberTooLarge } else { Kind::NameTooLong }
            }
        };
        return Err(rest.error(kind));
    }
}

impl<'a> TryFrom<&'a str> for HostPort<'a> {
    type Error = AddressTextError;

    /// As [`parse_host_port`].
    fn try_from(text: &'a str) -> Result<HostPort<'a>, AddressTextError> {
        host_port(text.as_bytes())
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Host::Ipv4(address) => f.write_str(&AddressText::of_ipv4(address)),
            Host::Ipv6 { address, zone } => {
                f.write_char('[')?;
                f.write_str(&AddressText::of_ipv6(address))?;
                if let Some(zone) = zone {
                    f.write_char('%')?;
                    for chunk in zone.utf8_chunks() {
                        f.write_str(chunk.valid())?;
                        if !chunk.invalid().is_empty() {
                            f.write_char(char::REPLACEMENT_CHARACTER)?;
                        }
                    }
                }
                f.write_char(']')
            }
            Host::Name(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for HostPort<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;
    use std::string::{String, ToString};

    use Kind::*;

    use super::*;

    fn v6(address: [u16; 8], zone: Option<&[u8]>) -> Host<'_> {
        Host::Ipv6 { address: address.into(), zone }
    }

    #[test]
    fn hosts_and_ports_are_read_and_written() {
        let v4 = |octets: [u8; 4]| Host::Ipv4(octets.into());
        let link_local = [0xFE80, 0, 0, 0, 0, 0, 0, 1];
        // text, host, port, canonical text
        for (text, host, port, canonical) in [
            ("192.0.2.1:80", v4([192, 0, 2, 1]), 80, "192.0.2.1:80"),
            ("0.0.0.0:0", v4([0; 4]), 0, "0.0.0.0:0"), // port 0 is one
            ("[::1]:65535", v6([0, 0, 0, 0, 0, 0, 0, 1], None), 65535, "[::1]:65535"),
            ("[FE80::1%eth0]:080", v6(link_local, Some(b"eth0")), 80, "[fe80::1%eth0]:80"),
            ("[fe80::1%3]:80", v6(link_local, Some(b"3")), 80, "[fe80::1%3]:80"), // as it stands
            ("[fe80::1%003]:80", v6(link_local, Some(b"003")), 80, "[fe80::1%003]:80"),
            ("localhost:80", Host::Name("localhost"), 80, "localhost:80"),
            ("Example.ORG.:80", Host::Name("Example.ORG."), 80, "Example.ORG.:80"), // as typed
            ("a:1", Host::Name("a"), 1, "a:1"),
            ("cafe:80", Host::Name("cafe"), 80, "cafe:80"), // one colon makes no IPv6
            ("_sip._udp.a-b:1", Host::Name("_sip._udp.a-b"), 1, "_sip._udp.a-b:1"),
            ("xn--nxasmq6b:1", Host::Name("xn--nxasmq6b"), 1, "xn--nxasmq6b:1"),
            ("1.2.3.4.example:1", Host::Name("1.2.3.4.example"), 1, "1.2.3.4.example:1"),
            ("3com.com:1", Host::Name("3com.com"), 1, "3com.com:1"),
            ("1.2.3.4a:1", Host::Name("1.2.3.4a"), 1, "1.2.3.4a:1"), // not a number
            ("0xg:1", Host::Name("0xg"), 1, "0xg:1"),
            ("0x7f.a:1", Host::Name("0x7f.a"), 1, "0x7f.a:1"), // not the last label
            ("1e3:1", Host::Name("1e3"), 1, "1e3:1"),
        ] {
            let expected = HostPort { host, port };
            assert_eq!(parse_host_port(text), Ok(expected), "{text:?}");
            assert_eq!(HostPort::try_from(text), Ok(expected), "{text:?}");
            assert_eq!(expected.to_string(), canonical);
        }
    }

    #[test]
    fn zones_are_numbers_or_names() {
        // zone (names-04)
        for zone in [
            "4294967295",
            "4294967296a",            // a name, at its beginning a number too large
            "0000000000000000000009", // a number may be longer than a name
            "abcdefghijklmno",
            "\u{e9}t\u{e9}",
            "a:b[c.d",
        ] {
            let text = format!("[::%{zone}]:1");
            let expected = HostPort { host: v6([0; 8], Some(zone.as_bytes())), port: 1 };
            assert_eq!(parse_host_port(&text), Ok(expected));
            assert_eq!(expected.to_string(), text);
        }
    }

    #[test]
    fn what_ends_in_a_number_is_an_address_or_nothing() {
        // text, what is wrong, at which byte
        for (text, kind, at) in [
            ("127.1:80", LegacyForm, 5), // each an address for inet_aton
            ("1:80", LegacyForm, 1),
            ("127.0.0.01:80", LegacyForm, 9),
            ("0177.0.0.1:80", LegacyForm, 1),
            ("0x7f.0.0.1:80", LegacyForm, 1),
            ("0x7f000001:80", LegacyForm, 1),
            ("2130706433:80", LegacyForm, 3),
            ("1.2.3.256:80", NumberTooLarge, 8), // for nobody an address
            ("1.2.3.4.5:80", TooManyParts, 7),
            ("1.2.3.4.:80", TooManyParts, 7), // with a dot at the end, browsers' only
            ("1.2.3.:80", UnexpectedByte, 6),
            ("08.0.0.1:80", LeadingZero, 1),
            ("4294967296:80", NumberTooLarge, 2),
            ("foo.1:80", UnexpectedByte, 0),
            ("foo.0x1F:80", UnexpectedByte, 0),
            ("foo.0x:80", UnexpectedByte, 0), // 0 for browsers
            ("foo.0X.:80", UnexpectedByte, 0),
            ("127.1", LegacyForm, 5), // before the missing port
        ] {
            assert_eq!(parse_host_port(text), Err(kind.at(at)), "{text:?}");
        }
    }

    #[test]
    fn it_says_where_a_text_goes_wrong() {
        // text, what is wrong, at which byte
        for (text, kind, at) in [
            ("", Empty, 0),
            (":80", Empty, 0),
            ("example.org", MissingPort, 11),
            ("example.org:", MissingPort, 12),
            ("1.2.3.4", MissingPort, 7),
            ("[::1]", MissingPort, 5),
            ("example.org:http", UnexpectedByte, 12),
            ("example.org:65536", NumberTooLarge, 16),
            ("example.org:80/", UnexpectedByte, 14),
            ("http://example.org:80", UnexpectedByte, 5),
            ("user@example.org:80", UnexpectedByte, 4),
            ("example..org:80", UnexpectedByte, 8),
            (".example.org:80", UnexpectedByte, 0),
            (".:80", UnexpectedByte, 0),
            ("a.:", MissingPort, 3),
            ("exa mple:80", UnexpectedByte, 3),
            ("example\0:80", UnexpectedByte, 7),
            ("b\u{fc}cher.example:80", UnexpectedByte, 1), // xn--bcher-kva
            ("\u{ff11}.2.3.4:80", UnexpectedByte, 0),      // 1 after a mapping: a browser's address
            ("1\u{3002}2.3.4:80", UnexpectedByte, 1),      // an ideographic full stop
            ("127.0.0.1%eth0:80", UnexpectedByte, 9),
            ("::1", MissingBrackets, 0),
            ("::1:80", MissingBrackets, 0),
            ("fe80::1%eth0", MissingBrackets, 5),
            ("fe80::1%eth0:80", MissingBrackets, 5),
            ("a:b:80", UnexpectedByte, 2), // not IPv6 with brackets either
            ("[1.2.3.4]:80", UnexpectedBrackets, 2),
            ("[example.org]:80", UnexpectedByte, 2),
            ("[]:80", Empty, 1),
            ("[::1", UnexpectedEnd, 4),
            ("[::1]x:80", UnexpectedByte, 5),
            ("[fe80::1%]:80", UnexpectedByte, 9), // names-04
            ("[fe80::1%", UnexpectedEnd, 9),
            ("[fe80::1%eth0", UnexpectedEnd, 13),
            ("[fe80::1%eth0:80", UnexpectedEnd, 16),
            ("[fe80::1%e h]:80", UnexpectedByte, 10),
            ("[fe80::1%e\x0b]:80", UnexpectedByte, 10),
            ("[fe80::1%e\0]:80", UnexpectedByte, 10),
            ("[fe80::1%25eth0%]:80", UnexpectedByte, 15), // no escapes of URLs
            ("[fe80::1%../x]:80", UnexpectedByte, 11),    // a way through /sys
            ("[fe80::1%abcdefghijklmnop]:1", NameTooLong, 24),
            ("[fe80::1%000000000000000a]:1", NameTooLong, 24),
            ("[fe80::1%4294967296]:1", NumberTooLarge, 19), // a name could go on
            ("[fe80::1%4294967296000000]:1", NumberTooLarge, 23), // too long for a name
            ("[fe80::1%00000000004294967296]:1", NumberTooLarge, 28),
        ] {
            assert_eq!(parse_host_port(text), Err(kind.at(at)), "{text:?}");
        }
    }

    #[test]
    fn names_and_labels_have_their_length() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(longest.len(), 253);
        let long = |text: String| parse_host_port(&text).map(|found| found.host.to_string());
        // name, how it comes out
        for (name, expected) in [
            (label.clone(), Ok(())),
            (format!("{label}a"), Err(NameTooLong.at(63))),
            (format!("b.{label}a.b"), Err(NameTooLong.at(65))),
            (longest.clone(), Ok(())),
            (format!("{longest}."), Ok(())), // the dot at the end does not count
            (format!("{longest}a"), Err(NameTooLong.at(253))),
            (format!("{longest}.a"), Err(NameTooLong.at(254))),
            (format!("{longest}.."), Err(UnexpectedByte.at(254))),
            (format!("a{}.a", ".a".repeat(126)), Err(NameTooLong.at(254))), // no long label
        ] {
            let expected = expected.map(|()| name.clone());
            assert_eq!(long(format!("{name}:80")), expected, "{name}");
        }
    }

    #[test]
    fn zones_of_other_bytes_are_printed_as_well_as_can_be() {
        let found = parse_host_port(b"[::%a\xFFb]:1").unwrap();
        assert_eq!(found.host, v6([0; 8], Some(b"a\xFFb")));
        assert_eq!(found.to_string(), "[::%a\u{fffd}b]:1");
    }
}
