//! Addresses where IPv4 is the only version of IP.

use core::fmt;
use core::net;
pub(crate) use core::net::Ipv4Addr;

/// An address of IPv4; the other variant has no values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(dead_code, reason = "nobody can construct the other variant")]
pub(crate) enum IpAddr {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

/// An address of IPv6: there are none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Ipv6Addr {}

impl IpAddr {
    pub(crate) const fn is_ipv4(&self) -> bool {
        true
    }

    pub(crate) const fn is_ipv6(&self) -> bool {
        false
    }

    pub(crate) const fn is_unspecified(&self) -> bool {
        ipv4(*self).is_unspecified()
    }

    pub(crate) const fn is_loopback(&self) -> bool {
        ipv4(*self).is_loopback()
    }

    pub(crate) const fn is_multicast(&self) -> bool {
        ipv4(*self).is_multicast()
    }
}

/// Methods of the language's type that nobody can call.
macro_rules! never {
    ($($name:ident -> $result:ty;)*) => {
        #[allow(dead_code, reason = "not every feature has a use for each")]
        impl Ipv6Addr {
            $(pub(crate) const fn $name(self) -> $result {
                match self {}
            })*
        }
    };
}

never! {
    is_unspecified -> bool;
    is_loopback -> bool;
    is_multicast -> bool;
    is_unicast_link_local -> bool;
    to_bits -> u128;
    octets -> [u8; 16];
    segments -> [u16; 8];
    to_ipv4_mapped -> Option<Ipv4Addr>;
}

/// The address of IPv4 that an address is.
const fn ipv4(address: IpAddr) -> Ipv4Addr {
    match address {
        IpAddr::V4(address) => address,
        IpAddr::V6(address) => match address {},
    }
}

impl From<Ipv4Addr> for IpAddr {
    fn from(address: Ipv4Addr) -> IpAddr {
        IpAddr::V4(address)
    }
}

impl fmt::Display for IpAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&ipv4(*self), f)
    }
}

impl fmt::Debug for IpAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An address of IPv6, if there is IPv6.
pub(crate) const fn from_ipv6(_: net::Ipv6Addr) -> Option<IpAddr> {
    None
}

/// An address as a program gets it.
pub(crate) const fn theirs(address: IpAddr) -> net::IpAddr {
    net::IpAddr::V4(ipv4(address))
}

/// The unspecified address, whatever is asked for.
pub(crate) const fn unspecified(_is_ipv4: bool) -> IpAddr {
    IpAddr::V4(Ipv4Addr::UNSPECIFIED)
}

/// The loopback address, whatever is asked for.
pub(crate) const fn localhost(_is_ipv4: bool) -> IpAddr {
    IpAddr::V4(Ipv4Addr::LOCALHOST)
}
