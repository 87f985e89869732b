//! The addresses of a lab whose two sides have a wire between them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::case::Family;

/// One of 256 networks for tests, of both families (RFC 2544, RFC 3849).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network(pub u8);

impl Network {
    /// Both families.
    pub const FAMILIES: [Family; 2] = [Family::Inet, Family::Inet6];

    /// The address of the far side.
    pub const fn far(self, family: Family) -> IpAddr {
        self.host(family, 1)
    }

    /// The address of the near side.
    pub const fn near(self, family: Family) -> IpAddr {
        self.host(family, 2)
    }

    /// Another one of the near side.
    pub const fn second_near(self, family: Family) -> IpAddr {
        self.host(family, 3)
    }

    /// All addresses of the near side.
    pub fn all_near(self) -> [IpAddr; 4] {
        let [inet, inet6] =
            Network::FAMILIES.map(|family| [self.near(family), self.second_near(family)]);
        [inet[0], inet[1], inet6[0], inet6[1]]
    }

    /// How many bits of an address are the network's.
    pub const fn prefix(family: Family) -> u8 {
        match family {
            Family::Inet => 24,
            Family::Inet6 => 64,
        }
    }

    const fn host(self, family: Family, number: u8) -> IpAddr {
        match family {
            Family::Inet => IpAddr::V4(Ipv4Addr::new(198, 18, self.0, number)),
            Family::Inet6 => {
                let network = self.0 as u16;
                IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, network, 0, 0, 0, 0, number as u16))
            }
        }
    }
}
