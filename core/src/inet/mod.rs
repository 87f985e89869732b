//! Address text: from text to address, from address to text.
//!
//! | wanted | function |
//! | --- | --- |
//! | what Python's and C's functions do, by their names | [`inet_aton`], [`inet_ntoa`], [`inet_pton`], [`inet_ntop`] |
//! | one strict form, and where a text goes wrong | [`parse_ipv4`], [`parse_ipv6`], [`parse_port`] |
//! | `fe80::1%eth0` | [`parse_scoped_ipv6`], [`parse_zone_number`] |
//! | the text of an address | [`AddressText`] |
//! | `192.0.2.1:80`, `[fe80::1%3]:80`, and back | [`parse_socket_address`], [`SocketAddressText`] |
//! | what a user types, `example.org:80` among it | [`parse_host_port`] |
//!
//! Texts are bytes or strings, of any length and content: each function is linear in it at worst.

mod decimal;
mod error;
mod host_port;
mod ipv4;
mod ipv6;
mod legacy;
mod scan;
#[cfg_attr(not(all(feature = "simd", target_arch = "x86_64")), path = "no_simd.rs")]
mod simd;
mod socket_address;
#[cfg_attr(not(target_pointer_width = "64"), path = "no_swar.rs")]
mod swar;
mod text;
mod text_traits;
mod writer;

use core::net::{IpAddr, Ipv6Addr};

pub use decimal::{parse_port, parse_port_bytes, parse_zone_number};
pub use error::{AddressTextError, AddressTextErrorKind};
pub use host_port::{Host, HostPort, parse_host_port};
pub use ipv4::{parse_ipv4, parse_ipv4_bytes};
pub use ipv6::{parse_ipv6, parse_ipv6_bytes, parse_scoped_ipv6};
pub use legacy::{inet_aton, inet_aton_bytes, inet_aton_exact, inet_aton_exact_bytes};
pub use socket_address::{SocketAddressText, parse_socket_address};
pub use text::AddressText;

pub(crate) use scan::Scanner;
pub(crate) use text_traits::text_traits;

use crate::{AddressFamily, Errno, Error};

/// As many bytes as C needs for the text of any IPv4 address: the NUL is counted.
pub const INET_ADDRSTRLEN: usize = 16;

/// As many bytes as C needs for the text of any IPv6 address: the NUL is counted.
pub const INET6_ADDRSTRLEN: usize = 46;

/// The dotted quad of the four bytes of an IPv4 address.
///
/// ```
/// use berkeley::{Error, inet_ntoa};
///
/// assert_eq!(inet_ntoa(&[127, 0, 0, 1]).unwrap(), "127.0.0.1");
/// assert_eq!(inet_ntoa(&[127, 0, 0]), Err(Error::INVALID_ADDRESS));
/// ```
///
/// # Errors
///
/// Not four bytes: [`Error::INVALID_ADDRESS`] (Python: `OSError`, not `ValueError`).
pub fn inet_ntoa(packed: &[u8]) -> Result<AddressText, Error> {
    match <[u8; 4]>::try_from(packed) {
        Ok(octets) => Ok(AddressText::of_ipv4(octets.into())),
        Err(_) => Err(Error::INVALID_ADDRESS),
    }
}

/// The address of a text in the family's strict form, as [`parse_ipv4`] and [`parse_ipv6`] have it.
///
/// ```
/// use berkeley::{AddressFamily, Error, inet_pton};
/// use core::net::Ipv6Addr;
///
/// assert_eq!(inet_pton(AddressFamily::INET6, "::1"), Ok(Ipv6Addr::LOCALHOST.into()));
/// assert_eq!(inet_pton(AddressFamily::INET, "127.1"), Err(Error::INVALID_ADDRESS));
/// ```
///
/// # Errors
///
/// A family other than `INET` and `INET6`: `EAFNOSUPPORT`, whatever the text. A text that is not an
/// address of the family: [`Error::INVALID_ADDRESS`].
pub fn inet_pton(family: AddressFamily, text: impl AsRef<[u8]>) -> Result<IpAddr, Error> {
    let text = text.as_ref();
    match family {
        AddressFamily::INET => Ok(parse_ipv4(text)?.into()),
        AddressFamily::INET6 => Ok(Ipv6Addr::from_bits(ipv6::bits(text)?).into()),
        _ => Err(Errno::EAFNOSUPPORT.into()),
    }
}

/// The text of the packed address, written to the beginning of `buffer`.
///
/// No NUL is written, so a buffer as long as the text is enough; [`INET_ADDRSTRLEN`] and
/// [`INET6_ADDRSTRLEN`] always are. [`AddressText`] is the same text without a buffer.
///
/// ```
/// use berkeley::{AddressFamily, INET6_ADDRSTRLEN, inet_ntop};
///
/// let mut buffer = [0; INET6_ADDRSTRLEN];
/// assert_eq!(inet_ntop(AddressFamily::INET, &[192, 0, 2, 1], &mut buffer), Ok("192.0.2.1"));
/// ```
///
/// # Errors
///
/// In this order, and with the buffer unchanged: a family other than `INET` and `INET6`:
/// `EAFNOSUPPORT`; not 4 or 16 bytes, as the family has them: [`Error::INVALID_VALUE`]; the buffer
/// is shorter than the text: `ENOSPC`.
pub fn inet_ntop<'a>(
    family: AddressFamily,
    packed: &[u8],
    buffer: &'a mut [u8],
) -> Result<&'a str, Error> {
    let length = match family {
        AddressFamily::INET => 4,
        AddressFamily::INET6 => 16,
        _ => return Err(Errno::EAFNOSUPPORT.into()),
    };
    if packed.len() != length {
        return Err(Error::INVALID_VALUE);
    }
    let length = writer::to_buffer(buffer, packed).ok_or(Errno::ENOSPC)?;
    // Never refused: the text is in the buffer, and ASCII.
    let text = buffer.get(..length).unwrap_or_default();
    core::str::from_utf8(text).map_err(|_| Error::INVALID_ADDRESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INET: AddressFamily = AddressFamily::INET;
    const INET6: AddressFamily = AddressFamily::INET6;

    #[test]
    fn packed_lengths_are_exact() {
        let packed = [1; 17];
        let mut buffer = [0; INET6_ADDRSTRLEN];
        // how many bytes, whether they are IPv4, whether they are IPv6 (text-27, rows F47 and F50)
        for (length, v4, v6) in [
            (0, false, false),
            (3, false, false),
            (4, true, false),
            (5, false, false),
            (15, false, false),
            (16, false, true),
            (17, false, false),
        ] {
            let packed = &packed[..length];
            let text = if v4 { Ok("1.1.1.1") } else { Err(Error::INVALID_VALUE) };
            assert_eq!(inet_ntop(INET, packed, &mut buffer), text);
            assert_eq!(inet_ntoa(packed).err(), (!v4).then_some(Error::INVALID_ADDRESS));
            let text =
                if v6 { Ok("101:101:101:101:101:101:101:101") } else { Err(Error::INVALID_VALUE) };
            assert_eq!(inet_ntop(INET6, packed, &mut buffer), text);
        }
    }

    #[test]
    fn unknown_families_come_first() {
        let unknown = Error::from(Errno::EAFNOSUPPORT);
        // family (text-26, row F48; the text and the length are wrong too)
        for family in [AddressFamily::UNSPEC, AddressFamily::UNIX, AddressFamily(77)] {
            assert_eq!(inet_pton(family, "?"), Err(unknown));
            assert_eq!(inet_ntop(family, &[1], &mut []), Err(unknown));
        }
    }

    #[test]
    fn small_buffers_stay_as_they_are() {
        let longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        // family, packed address, text (text-25)
        for (family, packed, text) in [
            (INET, &[255; 4][..], "255.255.255.255"),
            (INET, &[0; 4], "0.0.0.0"),
            (INET6, &[255; 16], longest),
            (INET6, &[0; 16], "::"),
        ] {
            for room in 0..=INET6_ADDRSTRLEN {
                let mut buffer = [b'#'; INET6_ADDRSTRLEN];
                let expected = if room < text.len() { Err(Errno::ENOSPC.into()) } else { Ok(text) };
                assert_eq!(inet_ntop(family, packed, &mut buffer[..room]), expected);
                let written = expected.map_or(0, str::len);
                assert!(buffer[written..].iter().all(|&byte| byte == b'#'), "{room}");
            }
        }
    }

    #[test]
    fn pton_is_strict() {
        let v4 = |octets: [u8; 4]| Ok(IpAddr::from(octets));
        let v6 = |groups: [u16; 8]| Ok(IpAddr::from(groups));
        let invalid = Err(Error::INVALID_ADDRESS);
        // family, text, address (section 3.12)
        for (family, text, expected) in [
            (INET, "192.0.2.1", v4([192, 0, 2, 1])), // text-01
            (INET, "255.255.255.255", v4([255; 4])), // text-29: never taken for an error
            (INET, "127.1", invalid),                // text-02
            (INET, "1.2.3.4 ", invalid),             // text-09
            (INET, "1.2.3.4\0", invalid),            // text-12
            (INET, "::1", invalid),                  // the other family
            (INET6, "::1", v6([0, 0, 0, 0, 0, 0, 0, 1])),
            (INET6, "1.2.3.4", invalid),
            (INET6, "fe80::1%1", invalid), // text-20
        ] {
            assert_eq!(inet_pton(family, text), expected, "{text:?}");
        }
    }
}
