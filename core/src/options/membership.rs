//! Memberships in multicast groups, as the options name them that join and leave.
//!
//! Sources: `ip(7)`, RFC 3493 section 5.2, RFC 3678 section 4.1.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::value::{OptionBytes, OptionValue, bytes_at};
use crate::Error;

/// A group of IPv4, and on which interface: Linux's `struct ip_mreqn`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ipv4Membership {
    /// The group.
    pub group: Ipv4Addr,
    /// An address of the interface, where its number is 0. Unspecified: the one that a route leads to.
    pub address: Ipv4Addr,
    /// The number of the interface.
    pub interface: u32,
}

/// What is heard, or not, of one source of a group of IPv4: `struct ip_mreq_source`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ipv4SourceMembership {
    /// The group.
    pub group: Ipv4Addr,
    /// An address of the interface. Unspecified: the one that a route leads to.
    pub address: Ipv4Addr,
    /// Who sends to the group.
    pub source: Ipv4Addr,
}

/// A group of IPv6, and on which interface: `struct ipv6_mreq`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ipv6Membership {
    /// The group.
    pub group: Ipv6Addr,
    /// The number of the interface; 0: the one that a route leads to.
    pub interface: u32,
}

impl OptionValue for Ipv4Membership {
    fn encode(self) -> Result<OptionBytes, Error> {
        let Ipv4Membership { group, address, interface } = self;
        Ok(OptionBytes::joined([&group.octets(), &address.octets(), &interface.to_ne_bytes()]))
    }

    /// Without the number, `struct ip_mreq`, it is 0.
    fn decode(bytes: &[u8]) -> Ipv4Membership {
        Ipv4Membership {
            group: bytes_at(bytes, 0).into(),
            address: bytes_at(bytes, 4).into(),
            interface: u32::from_ne_bytes(bytes_at(bytes, 8)),
        }
    }
}

impl OptionValue for Ipv4SourceMembership {
    fn encode(self) -> Result<OptionBytes, Error> {
        let Ipv4SourceMembership { group, address, source } = self;
        Ok(OptionBytes::joined([&group.octets(), &address.octets(), &source.octets()]))
    }

    fn decode(bytes: &[u8]) -> Ipv4SourceMembership {
        Ipv4SourceMembership {
            group: bytes_at(bytes, 0).into(),
            address: bytes_at(bytes, 4).into(),
            source: bytes_at(bytes, 8).into(),
        }
    }
}

impl OptionValue for Ipv6Membership {
    fn encode(self) -> Result<OptionBytes, Error> {
        Ok(OptionBytes::joined([&self.group.octets(), &self.interface.to_ne_bytes()]))
    }

    fn decode(bytes: &[u8]) -> Ipv6Membership {
        Ipv6Membership {
            group: bytes_at::<16>(bytes, 0).into(),
            interface: u32::from_ne_bytes(bytes_at(bytes, 16)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memberships_look_as_in_c() {
        let group = Ipv4Addr::new(239, 1, 2, 3);
        let address = Ipv4Addr::new(192, 0, 2, 1);
        let by_number = Ipv4Membership { group, address, interface: 7 };
        let bytes = by_number.encode().unwrap();
        assert_eq!(bytes.as_slice()[..8], [239, 1, 2, 3, 192, 0, 2, 1]);
        assert_eq!(bytes.as_slice()[8..], 7_u32.to_ne_bytes());
        assert_eq!(Ipv4Membership::decode(bytes.as_slice()), by_number);
        let by_address = Ipv4Membership { interface: 0, ..by_number };
        assert_eq!(Ipv4Membership::decode(&bytes.as_slice()[..8]), by_address);

        let of_source =
            Ipv4SourceMembership { group, address, source: Ipv4Addr::new(192, 0, 2, 9) };
        let bytes = of_source.encode().unwrap();
        assert_eq!(bytes.as_slice()[4..], [192, 0, 2, 1, 192, 0, 2, 9]);
        assert_eq!(Ipv4SourceMembership::decode(bytes.as_slice()), of_source);

        let group = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 0xFB);
        let ipv6 = Ipv6Membership { group, interface: 2 };
        let bytes = ipv6.encode().unwrap();
        assert_eq!(bytes.as_slice().len(), 20);
        assert_eq!(bytes.as_slice()[12..16], [0, 0, 0, 0xFB]);
        assert_eq!(Ipv6Membership::decode(bytes.as_slice()), ipv6);
    }
}
