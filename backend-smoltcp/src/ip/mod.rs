//! Addresses of IP, as the stack has them.
//!
//! They are the language's, but where IPv4 is the only version: there an address has no room for one of
//! IPv6, and what the code does about IPv6 is not linked, because its addresses are a type without
//! values. On a Cortex-M that saves an eighth of the flash. What a program gives and gets are always the
//! language's addresses; [`ours`] and [`theirs`] stand between.

#[cfg_attr(only_ipv4, path = "only_ipv4.rs")]
mod every_version;

use core::net;

use berkeley::{Errno, Error};

pub(crate) use every_version::{
    IpAddr, Ipv4Addr, Ipv6Addr, from_ipv6, localhost, theirs, unspecified,
};

/// An address that a program gives.
///
/// # Errors
///
/// `EAFNOSUPPORT` for a version of IP that the stack was built without.
pub(crate) const fn ours(address: net::IpAddr) -> Result<IpAddr, Error> {
    let ours = match address {
        net::IpAddr::V4(address) if cfg!(feature = "ipv4") => Some(IpAddr::V4(address)),
        net::IpAddr::V4(_) => None,
        net::IpAddr::V6(address) => from_ipv6(address),
    };
    match ours {
        Some(address) => Ok(address),
        None => Err(Error::from_errno(Errno::EAFNOSUPPORT)),
    }
}
