//! The strict forms of an IPv6 address: RFC 4291's three, and a zone apart from them.
//!
//! Agrees with `inet_pton(3)` of glibc and with `core::net` on every text, and says where a refused
//! text goes wrong. Sources: RFC 4291 section 2.2, `inet_pton(3)`.

use core::net::Ipv6Addr;

use super::error::{AddressTextError, AddressTextErrorKind as Kind};
use super::ipv4::quad;
use super::scan::Scanner;
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
    match bits(text) {
        Ok(bits) => Ok(Ipv6Addr::from_bits(bits)),
        Err(error) => Err(error),
    }
}

/// The address as a number, which is moved in words where the octets would be in bytes.
#[inline(always)] // for the sake of the result, which then stays in registers
pub(super) const fn bits(text: &[u8]) -> Result<u128, AddressTextError> {
    // The only common form with a dotted quad: an IPv4-mapped address.
    if let [b':', b':', b'f' | b'F', b'f' | b'F', b'f' | b'F', b'f' | b'F', b':', quad @ ..] = text
        && let Some(octets) = swar::ipv4::quad(quad)
    {
        return Ok(0xFFFF << 32 | u32::from_be_bytes(octets) as u128);
    }
    match swar::ipv6::bits(text) {
        Some(bits) => Ok(bits),
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
    let (bits, zone) = scoped(text.as_ref())?;
    Ok((Ipv6Addr::from_bits(bits), zone))
}

/// The address as a number, and its zone.
pub(super) fn scoped(text: &[u8]) -> Result<(u128, Option<&[u8]>), AddressTextError> {
    let (address, zone) = match text.iter().position(|&byte| byte == b'%') {
        Some(end) => (text.get(..end).unwrap_or_default(), text.get(end + 1..)),
        None => (text, None),
    };
    Ok((bits(address)?, zone))
}

const fn byte_by_byte(text: &[u8]) -> Result<u128, AddressTextError> {
    let mut octets = [0; 16];
    match read(text, &mut octets) {
        Ok(()) => Ok(u128::from_be_bytes(octets)),
        Err(error) => Err(error),
    }
}

/// Writes the octets that the text stands for over those given, which are zeros.
const fn read(text: &[u8], octets: &mut [u8; 16]) -> Result<(), AddressTextError> {
    let mut end = 0; // of the octets read so far
    let mut run = NO_RUN; // where the octets begin that follow the `::`
    // A colon in front is the first of two.
    let mut rest = Scanner::new(text, matches!(text, [b':', ..]) as usize);
    loop {
        // Before a group, the second colon of a `::`, or the end just after one.
        let start = rest.at();
        let room = room(run);
        let kind = match rest.peek() {
            None if run == end => break,
            None if start == 0 => Kind::Empty,
            None => Kind::UnexpectedEnd,
            Some(b':') if run != NO_RUN => Kind::ZeroRunTwice,
            Some(b':') => {
                run = end;
                rest.advance();
                continue;
            }
            // There is nothing before it but the first of two colons.
            Some(_) if start == 1 && end == 0 => Kind::UnexpectedByte,
            Some(_) => {
                let mut group = 0;
                while let Some(digit) = rest.digit(16)
                    && rest.at() < start + 4
                {
                    group = group << 4 | digit as u16;
                    rest.advance();
                }
                if rest.at() == start {
                    return Err(Kind::UnexpectedByte.at(start));
                }
                if end == room {
                    return Err(Kind::TooManyParts.at(start));
                }
                if rest.at() == start + 4 && rest.is_digit(16) {
                    return Err(rest.error(Kind::TooLong));
                }
                if let Some(b'.') = rest.peek() {
                    if end + 4 > room {
                        Kind::TooManyParts
                    } else if run == NO_RUN && end + 4 < room {
                        Kind::TooFewParts
                    } else {
                        let quad = match quad(text, start) {
                            Ok(quad) => quad,
                            // What stands before the dot could have been a group.
                            Err(error) if error.at < rest.at() => {
                                return Err(rest.error(error.kind));
                            }
                            Err(error) => return Err(error),
                        };
                        put(octets, end, quad);
                        end += 4;
                        break;
                    }
                } else {
                    put(octets, end, group.to_be_bytes());
                    end += 2;
                    let is_complete = run != NO_RUN || end == room;
                    match rest.separator(b':', is_complete, end < room) {
                        Ok(true) => continue,
                        Ok(false) => break,
                        Err(error) => return Err(error),
                    }
                }
            }
        };
        return Err(rest.error(kind));
    }
    // What follows the `::` goes to the end.
    let mut place = 16;
    while run < end && end < place {
        place -= 1;
        end -= 1;
        octets[place] = octets[end];
        octets[end] = 0;
    }
    Ok(())
}

/// Behind all octets.
const NO_RUN: usize = 16;

/// How many octets there may be: a `::` stands for at least two.
const fn room(run: usize) -> usize {
    if run == NO_RUN { 16 } else { 14 }
}

const fn put<const LENGTH: usize>(octets: &mut [u8; 16], at: usize, part: [u8; LENGTH]) {
    if let Some((_, rest)) = octets.split_at_mut_checked(at)
        && let Some(room) = rest.first_chunk_mut()
    {
        *room = part;
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
