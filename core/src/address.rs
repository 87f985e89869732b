//! Where a socket is, or is to go: one value for every family.
//!
//! Python writes addresses as tuples whose form follows the family; here the tuple is whatever
//! implements [`ToAddress`], and [`Address`] is what comes back.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::inet::AddressText;
use crate::{AddressFamily, Error, host};

/// The address of a socket.
///
/// At most 32 bytes while only the IP families are compiled in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// IPv4: address and port.
    Inet(SocketAddrV4),
    /// IPv6: address, port, flow information and scope.
    Inet6(SocketAddrV6),
    /// An address of a family that this crate does not decode: the number and the first bytes.
    Other(OtherAddress),
}

const _: () = assert!(size_of::<Address>() <= 32);

/// The address of a family that is not decoded: as much as a generic `struct sockaddr` holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct OtherAddress {
    /// The family.
    pub family: AddressFamily,
    /// What follows the family, cut or filled up with zeros.
    pub data: [u8; 14],
}

impl Address {
    /// The family.
    pub const fn family(&self) -> AddressFamily {
        match self {
            Address::Inet(_) => AddressFamily::INET,
            Address::Inet6(_) => AddressFamily::INET6,
            Address::Other(other) => other.family,
        }
    }

    /// The IP address, where there is one.
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Address::Inet(address) => Some(IpAddr::V4(*address.ip())),
            Address::Inet6(address) => Some(IpAddr::V6(*address.ip())),
            Address::Other(_) => None,
        }
    }

    /// The port, where there is one.
    pub const fn port(&self) -> Option<u16> {
        match self {
            Address::Inet(address) => Some(address.port()),
            Address::Inet6(address) => Some(address.port()),
            Address::Other(_) => None,
        }
    }

    /// The wildcard address of an IP family, port 0: what an unbound socket is called.
    ///
    /// # Errors
    ///
    /// Not an IP family: `EAFNOSUPPORT`.
    pub const fn unspecified(family: AddressFamily) -> Result<Address, Error> {
        match family {
            AddressFamily::INET => Ok(Address::Inet(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0))),
            AddressFamily::INET6 => {
                Ok(Address::Inet6(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0)))
            }
            _ => Err(Error::from_errno(crate::Errno::EAFNOSUPPORT)),
        }
    }

    /// The same address with another port; unchanged where there is none.
    #[must_use]
    pub const fn with_port(self, port: u16) -> Address {
        match self {
            Address::Inet(address) => Address::Inet(SocketAddrV4::new(*address.ip(), port)),
            Address::Inet6(address) => Address::Inet6(SocketAddrV6::new(
                *address.ip(),
                port,
                address.flowinfo(),
                address.scope_id(),
            )),
            other @ Address::Other(_) => other,
        }
    }

    /// As the standard library's type, where it has one.
    pub const fn to_socket_addr(self) -> Option<SocketAddr> {
        match self {
            Address::Inet(address) => Some(SocketAddr::V4(address)),
            Address::Inet6(address) => Some(SocketAddr::V6(address)),
            Address::Other(_) => None,
        }
    }
}

impl From<SocketAddrV4> for Address {
    fn from(address: SocketAddrV4) -> Address {
        Address::Inet(address)
    }
}

impl From<SocketAddrV6> for Address {
    fn from(address: SocketAddrV6) -> Address {
        Address::Inet6(address)
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Address {
        match address {
            SocketAddr::V4(address) => Address::Inet(address),
            SocketAddr::V6(address) => Address::Inet6(address),
        }
    }
}

impl From<(IpAddr, u16)> for Address {
    fn from((ip, port): (IpAddr, u16)) -> Address {
        SocketAddr::new(ip, port).into()
    }
}

/// As Python prints the tuple: `('127.0.0.1', 80)`, `('fe80::1', 80, 0, 2)`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Inet(address) => {
                write!(f, "('{}', {})", AddressText::of_ipv4(*address.ip()), address.port())
            }
            Address::Inet6(address) => write!(
                f,
                "('{}', {}, {}, {})",
                AddressText::of_ipv6(*address.ip()),
                address.port(),
                address.flowinfo(),
                address.scope_id(),
            ),
            Address::Other(other) => write!(f, "({}, {:?})", other.family.0, other.data),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What can be given where an address is wanted.
///
/// | form | means |
/// | --- | --- |
/// | `("127.0.0.1", 80)` | Python's pair: the host text is read for the socket's family; `""` is any address, `"<broadcast>"` the broadcast address |
/// | `("fe80::1", 80, 0, 2)` | Python's IPv6 tuple: host, port, flow information, scope |
/// | `(Ipv4Addr::LOCALHOST, 80)`, [`SocketAddr`] and its kin, [`Address`] | as it stands |
///
/// A name that is not a number is looked up only as far as no resolver is needed: `localhost`.
pub trait ToAddress {
    /// The address for a socket of this family.
    ///
    /// # Errors
    ///
    /// A host text that is no address of the family: `EAI_NONAME`, `EAI_ADDRFAMILY` or
    /// [`Error::INVALID_ADDRESS`]; flow information of more than 20 bits: [`Error::OVERFLOW`].
    fn to_address(&self, family: AddressFamily) -> Result<Address, Error>;
}

impl<T: ToAddress + ?Sized> ToAddress for &T {
    fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
        (**self).to_address(family)
    }
}

macro_rules! as_it_stands {
    ($($form:ty),*) => {
        $(impl ToAddress for $form {
            fn to_address(&self, _family: AddressFamily) -> Result<Address, Error> {
                Ok(Address::from(*self))
            }
        })*
    };
}

as_it_stands!(Address, SocketAddr, SocketAddrV4, SocketAddrV6, (IpAddr, u16));

impl ToAddress for (Ipv4Addr, u16) {
    fn to_address(&self, _family: AddressFamily) -> Result<Address, Error> {
        Ok(Address::from((IpAddr::V4(self.0), self.1)))
    }
}

impl ToAddress for (Ipv6Addr, u16) {
    fn to_address(&self, _family: AddressFamily) -> Result<Address, Error> {
        Ok(Address::from((IpAddr::V6(self.0), self.1)))
    }
}

impl ToAddress for (&str, u16) {
    fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
        host::address_of(self.0.as_bytes(), self.1, family)
    }
}

impl ToAddress for (&str, u16, u32, u32) {
    fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
        let (host, port, flowinfo, scope_id) = *self;
        match host::address_of(host.as_bytes(), port, family)? {
            Address::Inet6(_) if flowinfo > 0xF_FFFF => Err(Error::OVERFLOW),
            Address::Inet6(address) => {
                // A zone in the text counts where the tuple names none.
                let scope_id = if scope_id == 0 { address.scope_id() } else { scope_id };
                Ok(SocketAddrV6::new(*address.ip(), port, flowinfo, scope_id).into())
            }
            _ => Err(Error::INVALID_VALUE),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn addresses_print_as_python_prints_tuples() {
        let v6 = |text: &str, port, flowinfo, scope_id| {
            Address::from(SocketAddrV6::new(text.parse().unwrap(), port, flowinfo, scope_id))
        };
        // address, text
        for (address, text) in [
            (Address::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80)), "('127.0.0.1', 80)"),
            (v6("fe80::1", 80, 0, 2), "('fe80::1', 80, 0, 2)"),
            (v6("::102:304", 1, 0, 0), "('::1.2.3.4', 1, 0, 0)"), // as glibc, not as core::net
        ] {
            assert_eq!(address.to_string(), text);
        }
    }
}
