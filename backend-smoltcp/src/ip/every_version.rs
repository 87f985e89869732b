//! The language's addresses: there is IPv6, or no version at all.

pub(crate) use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address of IPv6, if there is IPv6.
pub(crate) const fn from_ipv6(address: Ipv6Addr) -> Option<IpAddr> {
    if cfg!(feature = "ipv6") { Some(IpAddr::V6(address)) } else { None }
}

/// An address as a program gets it.
pub(crate) const fn theirs(address: IpAddr) -> IpAddr {
    address
}

/// The unspecified address of this version, if there is IPv6; else that of IPv4.
pub(crate) const fn unspecified(is_ipv4: bool) -> IpAddr {
    if is_ipv4 { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) }
}

/// The loopback address of this version, if there is IPv6; else that of IPv4.
pub(crate) const fn localhost(is_ipv4: bool) -> IpAddr {
    if is_ipv4 { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) }
}
