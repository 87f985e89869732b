//! Addresses as text, on the stack and without `core::fmt`.
//!
//! The text is glibc's: RFC 5952, except that the IPv4-compatible addresses `::a.b.c.d` show a
//! dotted quad, where `core::net` shows hexadecimal. Source: `inet_ntop(3)`.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::text_traits::text_traits;
use super::writer::{self, Pen};

/// The text of an IP address, 40 bytes that need no heap.
///
/// ```
/// use berkeley::AddressText;
/// use core::net::{Ipv4Addr, Ipv6Addr};
///
/// assert_eq!(AddressText::of_ipv4(Ipv4Addr::LOCALHOST), "127.0.0.1");
/// assert_eq!(AddressText::of_ipv6(Ipv6Addr::LOCALHOST).as_str(), "::1");
/// ```
#[derive(Clone, Copy)]
#[repr(align(4))] // so that small machines move it in words
pub struct AddressText {
    /// 39 bytes in pieces. What stands behind the text is undefined.
    bytes: [[u8; 3]; 13],
    length: u8,
}

impl AddressText {
    /// The dotted quad of an IPv4 address.
    #[inline]
    #[must_use]
    pub const fn of_ipv4(address: Ipv4Addr) -> AddressText {
        AddressText::of_packed(&address.octets())
    }

    /// The text of an IPv6 address: lower case, the longest run of two or more zero groups (the
    /// first of equals) as `::`, and a dotted quad in IPv4-mapped (`::ffff:192.0.2.1`) and
    /// IPv4-compatible (`::192.0.2.1`) addresses.
    #[inline]
    #[must_use]
    pub const fn of_ipv6(address: Ipv6Addr) -> AddressText {
        AddressText::of_packed(&address.octets())
    }

    /// The text of an address of 4 or 16 octets.
    #[inline]
    const fn of_packed(packed: &[u8]) -> AddressText {
        let mut text = AddressText { bytes: [writer::BLANK; 13], length: 0 };
        let mut pen = Pen::new(text.bytes.as_flattened_mut());
        writer::packed(&mut pen, packed);
        text.length = pen.end() as u8;
        text
    }

    /// The text.
    #[inline]
    #[must_use]
    pub const fn as_str(&self) -> &str {
        // Only ASCII is ever written, so the other answer is never given.
        match core::str::from_utf8(self.as_bytes()) {
            Ok(text) => text,
            Err(_) => "",
        }
    }

    /// The bytes of the text, all of them ASCII. Faster than [`as_str`](AddressText::as_str), which
    /// has to look at each of them.
    #[inline]
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self.bytes.as_flattened().split_at_checked(self.length as usize) {
            Some((text, _)) => text,
            None => &[],
        }
    }
}

impl From<Ipv4Addr> for AddressText {
    fn from(address: Ipv4Addr) -> AddressText {
        AddressText::of_ipv4(address)
    }
}

impl From<Ipv6Addr> for AddressText {
    fn from(address: Ipv6Addr) -> AddressText {
        AddressText::of_ipv6(address)
    }
}

impl From<IpAddr> for AddressText {
    fn from(address: IpAddr) -> AddressText {
        match address {
            IpAddr::V4(address) => AddressText::of_ipv4(address),
            IpAddr::V6(address) => AddressText::of_ipv6(address),
        }
    }
}

text_traits!(AddressText);

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use super::*;

    #[test]
    fn ipv4_is_a_dotted_quad() {
        // octets, text
        for (octets, text) in [
            ([0; 4], "0.0.0.0"),
            ([255; 4], "255.255.255.255"),
            ([1, 10, 100, 109], "1.10.100.109"), // zeros inside a number stay
        ] {
            assert_eq!(AddressText::of_ipv4(octets.into()), text);
        }
    }

    #[test]
    fn ipv6_is_as_glibc_prints_it() {
        // groups, text
        for (groups, text) in [
            ([0; 8], "::"),
            ([0, 0, 0, 0, 0, 0, 0, 1], "::1"),
            ([0xABCD, 0xEF, 0, 0, 0, 0, 0, 0], "abcd:ef::"), // text-22: lower case
            ([0x1000, 0x200, 0x30, 4, 0x5060, 6, 7, 8], "1000:200:30:4:5060:6:7:8"),
            ([0xFFFF; 8], "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), // the longest
            ([1, 0, 0, 2, 0, 0, 0, 3], "1:0:0:2::3"),                 // text-23: the longest run
            ([1, 0, 0, 2, 3, 0, 0, 4], "1::2:3:0:0:4"),               // the first of equals
            ([1, 0, 2, 3, 4, 5, 6, 7], "1:0:2:3:4:5:6:7"),            // never a single group
            ([0, 1, 2, 3, 4, 5, 6, 0], "0:1:2:3:4:5:6:0"),
            ([0, 0, 1, 2, 3, 4, 5, 6], "::1:2:3:4:5:6"),
            ([1, 2, 3, 4, 5, 6, 0, 0], "1:2:3:4:5:6::"),
            ([0, 0, 0, 0, 0, 0xFFFF, 0xC000, 0x201], "::ffff:192.0.2.1"), // text-24: mapped
            ([0, 0, 0, 0, 0, 0xFFFF, 0, 0], "::ffff:0.0.0.0"),
            ([0, 0, 0, 0, 0, 0, 0x102, 0x304], "::1.2.3.4"), // compatible
            ([0, 0, 0, 0, 0, 0, 1, 0], "::0.1.0.0"),
            ([0, 0, 0, 0, 0, 0, 0xFFFF, 0xFFFF], "::255.255.255.255"),
            ([0, 0, 0, 0, 0, 0, 0, 0x304], "::304"), // not compatible
            ([0, 0, 0, 0, 0, 0, 0, 0xFFFF], "::ffff"),
            ([0x64, 0xFF9B, 0, 0, 0, 0, 0x102, 0x304], "64:ff9b::102:304"), // NAT64: not mapped
            ([0, 0, 0, 0, 0xFFFF, 0, 0x102, 0x304], "::ffff:0:102:304"),
        ] {
            assert_eq!(AddressText::of_ipv6(groups.into()), text);
        }
    }

    #[test]
    fn it_is_a_string_in_every_way() {
        let text = AddressText::from(IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert_eq!((text.len(), text.as_bytes()), (9, &b"127.0.0.1"[..]));
        assert_eq!(format!("{text} {text:?} {text:>11}"), "127.0.0.1 \"127.0.0.1\"   127.0.0.1");
        assert_eq!(text, *"127.0.0.1");
        assert_eq!(crate::parse_ipv4(text), Ok(Ipv4Addr::LOCALHOST));
        assert_eq!(size_of::<AddressText>(), 40);
    }
}
