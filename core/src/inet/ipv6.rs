//! The strict forms of an IPv6 address: RFC 4291's three, and a zone apart from them.
//!
//! Agrees with `inet_pton(3)` of glibc and with `core::net` on every text, and says where a refused
//! text goes wrong. Sources: RFC 4291 section 2.2, `spec/python-socket.md` 3.12.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::error::{AddressTextError, AddressTextErrorKind as Kind};
use super::ipv4::quad;
use super::scan::{byte, digit};
use super::swar;

/// The IPv6 address of a text: groups of hexadecimal digits, one `::`, a dotted quad at the end.
///
/// ```
/// use berkeley::parse_ipv6;
/// use core::net::Ipv6Addr;
///
/// assert_eq!(parse_ipv6("::1"), Ok(Ipv6Addr::LOCALHOST));
/// assert_eq!(parse_ipv6("::FFFF:1.2.3.4"), Ok(Ipv6Addr::new(0, 0, 0, 0, 0, 0xFFFF, 0x102, 0x304)));
/// assert!(parse_ipv6("fe80::1%2").is_err()); // see parse_scoped_ipv6
/// ```
///
/// # Errors
///
/// Every other text, also one with a zone, brackets or a prefix length: what was wrong and where.
pub fn parse_ipv6(text: impl AsRef<[u8]>) -> Result<Ipv6Addr, AddressTextError> {
    parse_ipv6_bytes(text.as_ref())
}

/// As [`parse_ipv6`], also in constants.
///
/// ```
/// use berkeley::parse_ipv6_bytes;
///
/// const IS_ADDRESS: bool = parse_ipv6_bytes(b"2001:db8::53").is_ok();
/// assert!(IS_ADDRESS);
/// ```
///
/// # Errors
///
/// As [`parse_ipv6`].
pub const fn parse_ipv6_bytes(text: &[u8]) -> Result<Ipv6Addr, AddressTextError> {
    // The only common form with a dotted quad: an IPv4-mapped address.
    if let [b':', b':', b'f' | b'F', b'f' | b'F', b'f' | b'F', b'f' | b'F', b':', quad @ ..] = text
        && let Some(octets) = swar::ipv4::quad(quad)
    {
        return Ok(Ipv4Addr::from_octets(octets).to_ipv6_mapped());
    }
    match swar::ipv6::bits(text) {
        Some(bits) => Ok(Ipv6Addr::from_bits(bits)),
        None => byte_by_byte(text),
    }
}

/// The IPv6 address of a text and its zone: what follows the first `%`, as it stands.
///
/// A zone is a number ([`parse_zone_number`]) or a name that only the operating system knows. It may
/// be empty, which is neither.
///
/// ```
/// use berkeley::parse_scoped_ipv6;
///
/// let address = "fe80::1".parse().unwrap();
/// assert_eq!(parse_scoped_ipv6("fe80::1%eth0"), Ok((address, Some(&b"eth0"[..]))));
/// assert_eq!(parse_scoped_ipv6("fe80::1"), Ok((address, None)));
/// ```
///
/// # Errors
///
/// What stands before the zone is not an address for [`parse_ipv6`]: what was wrong and where.
///
/// [`parse_zone_number`]: crate::parse_zone_number
pub fn parse_scoped_ipv6(
    text: &(impl AsRef<[u8]> + ?Sized),
) -> Result<(Ipv6Addr, Option<&[u8]>), AddressTextError> {
    let text = text.as_ref();
    let mut halves = text.splitn(2, |&byte| byte == b'%');
    let address = parse_ipv6_bytes(halves.next().unwrap_or_default())?;
    Ok((address, halves.next()))
}

/// The groups read so far.
struct Groups {
    values: [u16; 8],
    count: usize,
    /// How many groups stand before the `::`.
    before_run: Option<usize>,
}

impl Groups {
    /// How many groups there may be: a `::` stands for at least one.
    const fn room(&self) -> usize {
        if self.before_run.is_some() { 7 } else { 8 }
    }

    const fn push(&mut self, value: u16) {
        if self.count < 8 {
            self.values[self.count] = value;
            self.count += 1;
        }
    }

    /// Whether these are an address, once the last group is there.
    const fn is_complete(&self) -> bool {
        self.before_run.is_some() || self.count == 8
    }

    /// The address: what stands after the `::` goes to the end.
    const fn address(&self) -> Ipv6Addr {
        let run = match self.before_run {
            Some(before) => before,
            None => 8,
        };
        let mut segments = [0; 8];
        let mut index = 0;
        while index < self.count {
            let place = if index < run { index } else { 8 - self.count + index };
            segments[place & 7] = self.values[index & 7];
            index += 1;
        }
        Ipv6Addr::from_segments(segments)
    }
}

const fn byte_by_byte(text: &[u8]) -> Result<Ipv6Addr, AddressTextError> {
    let mut groups = Groups { values: [0; 8], count: 0, before_run: None };
    let mut at = match text {
        [] => return Err(Kind::Empty.at(0)),
        [b':'] => return Err(Kind::UnexpectedEnd.at(1)),
        [b':', b':', ..] => {
            groups.before_run = Some(0);
            2
        }
        [b':', ..] => return Err(Kind::UnexpectedByte.at(1)),
        _ => 0,
    };
    loop {
        // Before a group, the second colon of a `::`, or the end just after one.
        let start = at;
        match (byte(text, start), groups.before_run) {
            (None, Some(before)) if before == groups.count => return Ok(groups.address()),
            (None, _) => return Err(Kind::UnexpectedEnd.at(start)),
            (Some(b':'), Some(_)) => return Err(Kind::ZeroRunTwice.at(start)),
            (Some(b':'), None) if start > 0 => {
                groups.before_run = Some(groups.count);
                at += 1;
                continue;
            }
            (Some(byte), _) if !byte.is_ascii_hexdigit() => {
                return Err(Kind::UnexpectedByte.at(start));
            }
            (Some(_), _) if groups.count == groups.room() => {
                return Err(Kind::TooManyParts.at(start));
            }
            (Some(_), _) => {}
        }
        let mut value = 0;
        while let Some(digit) = digit(text, at, 16) {
            if at - start == 4 {
                return Err(Kind::TooLong.at(at));
            }
            value = value << 4 | digit as u16;
            at += 1;
        }
        if let Some(b'.') = byte(text, at) {
            return with_quad(groups, text, start, at);
        }
        groups.push(value);
        match byte(text, at) {
            None if groups.is_complete() => return Ok(groups.address()),
            None => return Err(Kind::TooFewParts.at(at)),
            Some(b':') if groups.count == groups.room() => return Err(Kind::TooManyParts.at(at)),
            Some(b':') => at += 1,
            Some(_) if groups.is_complete() => return Err(Kind::TrailingBytes.at(at)),
            Some(_) => return Err(Kind::UnexpectedByte.at(at)),
        }
    }
}

/// The address whose last two groups are the dotted quad from `start`, with its first dot at `dot`.
const fn with_quad(
    mut groups: Groups,
    text: &[u8],
    start: usize,
    dot: usize,
) -> Result<Ipv6Addr, AddressTextError> {
    if groups.count + 2 > groups.room() {
        return Err(Kind::TooManyParts.at(dot));
    }
    if groups.before_run.is_none() && groups.count + 2 < groups.room() {
        return Err(Kind::TooFewParts.at(dot));
    }
    match quad(text, start) {
        Ok([a, b, c, d]) => {
            groups.push(u16::from_be_bytes([a, b]));
            groups.push(u16::from_be_bytes([c, d]));
            Ok(groups.address())
        }
        // What stands before the dot could have been a group.
        Err(error) if error.at < dot => Err(error.kind.at(dot)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use Kind::*;

    use super::*;

    #[test]
    fn ipv6_is_groups_a_run_and_a_quad() {
        // text, address
        for (text, groups) in [
            ("::", [0; 8]),
            ("::1", [0, 0, 0, 0, 0, 0, 0, 1]),
            ("1::", [1, 0, 0, 0, 0, 0, 0, 0]),
            ("1:2:3:4:5:6:7:8", [1, 2, 3, 4, 5, 6, 7, 8]),
            ("1:2:3:4:5:6:7::", [1, 2, 3, 4, 5, 6, 7, 0]), // text-16: a run of one
            ("::2:3:4:5:6:7:8", [0, 2, 3, 4, 5, 6, 7, 8]),
            ("1:2:3::5:6:7:8", [1, 2, 3, 0, 5, 6, 7, 8]),
            ("1::7:8", [1, 0, 0, 0, 0, 0, 7, 8]),
            ("0001:0:00::", [1, 0, 0, 0, 0, 0, 0, 0]), // text-17: up to four digits
            ("::1.2.3.4", [0, 0, 0, 0, 0, 0, 0x102, 0x304]), // text-19
            ("::ffff:1.2.3.4", [0, 0, 0, 0, 0, 0xFFFF, 0x102, 0x304]),
            ("1:2:3:4:5:6:255.0.255.0", [1, 2, 3, 4, 5, 6, 0xFF00, 0xFF00]),
            ("1:2:3:4:5::1.2.3.4", [1, 2, 3, 4, 5, 0, 0x102, 0x304]),
            ("::2:3:4:5:6:1.2.3.4", [0, 2, 3, 4, 5, 6, 0x102, 0x304]),
            ("AbCd:eF01::", [0xABCD, 0xEF01, 0, 0, 0, 0, 0, 0]), // text-22: any case
        ] {
            assert_eq!(parse_ipv6(text), Ok(Ipv6Addr::from(groups)), "{text:?}");
        }
    }

    #[test]
    fn ipv6_says_where_a_text_goes_wrong() {
        // text, what is wrong, at which byte
        for (text, kind, at) in [
            ("", Empty, 0),
            ("1::2::3", ZeroRunTwice, 5), // text-16
            ("::1::", ZeroRunTwice, 4),
            ("1:2:3:4::5:6:7:8", TooManyParts, 14), // a run of none
            ("::1:2:3:4:5:6:7:8", TooManyParts, 15),
            ("1:2:3:4:5:6:7::8", TooManyParts, 15),
            ("1:2:3:4:5:6:7:8::", TooManyParts, 15),
            ("1:2:3:4:5:6:7:8:9", TooManyParts, 15),
            ("1:2:3:4:5:6:7", TooFewParts, 13),
            ("1", TooFewParts, 1),
            ("::00001", TooLong, 6), // text-17
            ("12345::", TooLong, 4),
            (":", UnexpectedEnd, 1), // text-18
            (":1", UnexpectedByte, 1),
            ("1:", UnexpectedEnd, 2),
            ("1:2:3:4:5:6:7:", UnexpectedEnd, 14),
            ("::1:", UnexpectedEnd, 4),
            (":::", ZeroRunTwice, 2),
            ("1:::2", ZeroRunTwice, 3),
            ("::1.2.3.04", LeadingZero, 9), // text-19: four strict numbers
            ("::01.2.3.4", LeadingZero, 4), // `::01` could have been a group
            ("::1.2.3", TooFewParts, 7),
            ("::1.2.3.4.5", TooManyParts, 9),
            ("::1.2.3.256", NumberTooLarge, 10),
            ("::256.2.3.4", NumberTooLarge, 5),
            ("::a.2.3.4", UnexpectedByte, 3),
            ("::1.2.3.0x4", TrailingBytes, 9),
            ("1.2.3.4", TooFewParts, 1),
            ("1:1.2.3.4", TooFewParts, 3),
            ("1.2.3.4::", TooFewParts, 1), // only at the end
            ("::1.2.3.4:5", TrailingBytes, 9),
            ("1:2:3:4:5:6:7:1.2.3.4", TooManyParts, 15),
            ("1:2:3:4:5:6::1.2.3.4", TooManyParts, 14),
            ("fe80::1%2", TrailingBytes, 7), // text-20
            ("fe80:%2", UnexpectedByte, 5),
            ("[::1]", UnexpectedByte, 0), // text-21
            ("::1]", TrailingBytes, 3),
            ("::/0", UnexpectedByte, 2), // a group could follow
            ("2001:db8::/32", UnexpectedByte, 10),
            (" ::1", UnexpectedByte, 0),
            ("::1 ", TrailingBytes, 3),
            ("::1\0", TrailingBytes, 3),       // text-12
            ("::\u{ff11}", UnexpectedByte, 2), // text-13
            ("::g", UnexpectedByte, 2),
            ("1:2:3:4:5:6:7:8g", TrailingBytes, 15),
            ("::-1", UnexpectedByte, 2),
        ] {
            assert_eq!(parse_ipv6(text), Err(kind.at(at)), "{text:?}");
        }
    }

    #[test]
    fn zones_are_split_off() {
        let link_local = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 1);
        // text, address and zone (text-20)
        for (text, expected) in [
            (&b"fe80::1"[..], Ok((link_local, None))),
            (b"fe80::1%2", Ok((link_local, Some(&b"2"[..])))),
            (b"fe80::1%eth0", Ok((link_local, Some(b"eth0")))),
            (b"fe80::1%", Ok((link_local, Some(b"")))),
            (b"fe80::1%a%b", Ok((link_local, Some(b"a%b")))), // the first counts
            (b"%2", Err(Empty.at(0))),
            (b"fe80:%2", Err(UnexpectedEnd.at(5))),
            (b"1.2.3.4%2", Err(TooFewParts.at(1))),
        ] {
            assert_eq!(parse_scoped_ipv6(text), expected);
        }
    }
}
