//! Where a socket is, or is to go: one value for every family.
//!
//! Python writes addresses as tuples whose form follows the family; here the tuple is whatever
//! implements [`ToAddress`], and [`Address`] is what comes back.
//!
//! The IP families are always there. The others are features, so that firmware does not carry a
//! path in every address: `unix`, and `linux` for what only that kernel has.

#[cfg(feature = "linux")]
mod alg;
#[cfg(feature = "linux")]
mod bluetooth;
#[cfg(feature = "linux")]
mod can;
#[cfg(feature = "linux")]
mod interface;
mod literal;
#[cfg(feature = "linux")]
mod netlink;
mod other;
#[cfg(feature = "linux")]
mod packet;
#[cfg(feature = "linux")]
mod qipcrtr;
#[cfg(feature = "linux")]
mod tipc;
mod to_address;
#[cfg(feature = "unix")]
mod unix;
#[cfg(feature = "linux")]
mod vsock;

#[cfg(feature = "linux")]
pub use alg::AlgAddress;
#[cfg(feature = "linux")]
pub use bluetooth::{BluetoothSocketAddress, L2capAddress};
#[cfg(feature = "linux")]
pub use can::{CanAddress, CanTarget};
#[cfg(feature = "linux")]
pub use interface::{Interface, InterfaceName};
#[cfg(feature = "linux")]
pub use netlink::NetlinkAddress;
pub use other::OtherAddress;
#[cfg(feature = "linux")]
pub use packet::PacketAddress;
#[cfg(feature = "linux")]
pub use qipcrtr::QipcrtrAddress;
#[cfg(feature = "linux")]
pub use tipc::{TipcAddress, TipcTarget};
pub use to_address::ToAddress;
#[cfg(feature = "unix")]
pub use unix::UnixAddress;
#[cfg(feature = "linux")]
pub use vsock::VsockAddress;

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::inet::AddressText;
use crate::{AddressFamily, Error};

/// The address of a socket.
///
/// At most 32 bytes while only the IP families are compiled in, and 120 with all of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// IPv4: address and port.
    Inet(SocketAddrV4),
    /// IPv6: address, port, flow information and scope.
    Inet6(SocketAddrV6),
    /// UNIX: a path, an abstract name, or nothing.
    #[cfg(feature = "unix")]
    Unix(UnixAddress),
    /// Linux's kernel messages.
    #[cfg(feature = "linux")]
    Netlink(NetlinkAddress),
    /// The frames of an interface.
    #[cfg(feature = "linux")]
    Packet(PacketAddress),
    /// Transparent inter-process communication.
    #[cfg(feature = "linux")]
    Tipc(TipcAddress),
    /// Bluetooth.
    #[cfg(feature = "linux")]
    Bluetooth(BluetoothSocketAddress),
    /// A virtual machine and its host.
    #[cfg(feature = "linux")]
    Vsock(VsockAddress),
    /// A controller area network.
    #[cfg(feature = "linux")]
    Can(CanAddress),
    /// The kernel's cryptography.
    #[cfg(feature = "linux")]
    Alg(AlgAddress),
    /// Qualcomm's router between processors.
    #[cfg(feature = "linux")]
    Qipcrtr(QipcrtrAddress),
    /// An address of a family that this crate does not decode: the number and the bytes.
    Other(OtherAddress),
}

const LARGEST: usize = if cfg!(any(feature = "unix", feature = "linux")) { 120 } else { 32 };
const _: () = assert!(size_of::<Address>() <= LARGEST);

impl Address {
    /// The family.
    pub const fn family(&self) -> AddressFamily {
        match self {
            Address::Inet(_) => AddressFamily::INET,
            Address::Inet6(_) => AddressFamily::INET6,
            #[cfg(feature = "unix")]
            Address::Unix(_) => AddressFamily::UNIX,
            #[cfg(feature = "linux")]
            Address::Netlink(_) => AddressFamily::NETLINK,
            #[cfg(feature = "linux")]
            Address::Packet(_) => AddressFamily::PACKET,
            #[cfg(feature = "linux")]
            Address::Tipc(_) => AddressFamily::TIPC,
            #[cfg(feature = "linux")]
            Address::Bluetooth(_) => AddressFamily::BLUETOOTH,
            #[cfg(feature = "linux")]
            Address::Vsock(_) => AddressFamily::VSOCK,
            #[cfg(feature = "linux")]
            Address::Can(_) => AddressFamily::CAN,
            #[cfg(feature = "linux")]
            Address::Alg(_) => AddressFamily::ALG,
            #[cfg(feature = "linux")]
            Address::Qipcrtr(_) => AddressFamily::QIPCRTR,
            Address::Other(other) => other.family(),
        }
    }

    /// The IP address, where there is one.
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Address::Inet(address) => Some(IpAddr::V4(*address.ip())),
            Address::Inet6(address) => Some(IpAddr::V6(*address.ip())),
            _ => None,
        }
    }

    /// The port of an IP address, where it is one.
    pub const fn port(&self) -> Option<u16> {
        match self {
            Address::Inet(address) => Some(address.port()),
            Address::Inet6(address) => Some(address.port()),
            _ => None,
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

    /// The same address with another port; unchanged where it is not one of the IP families.
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
            other => other,
        }
    }

    /// As the standard library's type of IP addresses, where it is one.
    pub const fn to_socket_addr(self) -> Option<SocketAddr> {
        match self {
            Address::Inet(address) => Some(SocketAddr::V4(address)),
            Address::Inet6(address) => Some(SocketAddr::V6(address)),
            _ => None,
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

/// As Python's `str` prints it: `('127.0.0.1', 80)`, `('fe80::1', 80, 0, 2)`, `/run/example`.
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
            #[cfg(feature = "unix")]
            Address::Unix(address) => fmt::Display::fmt(address, f),
            #[cfg(feature = "linux")]
            Address::Netlink(address) => fmt::Display::fmt(address, f),
            #[cfg(feature = "linux")]
            Address::Packet(address) => fmt::Display::fmt(address, f),
            #[cfg(feature = "linux")]
            Address::Tipc(address) => fmt::Display::fmt(address, f),
            #[cfg(feature = "linux")]
            Address::Bluetooth(address) => fmt::Display::fmt(address, f),
            #[cfg(feature = "linux")]
            Address::Vsock(address) => fmt::Display::fmt(address, f),
            #[cfg(feature = "linux")]
            Address::Can(address) => fmt::Display::fmt(address, f),
            #[cfg(feature = "linux")]
            Address::Alg(address) => fmt::Display::fmt(address, f),
            #[cfg(feature = "linux")]
            Address::Qipcrtr(address) => fmt::Display::fmt(address, f),
            Address::Other(other) => fmt::Display::fmt(other, f),
        }
    }
}

/// As Python's `repr` prints it: the same, but with quotes around a path.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "unix")]
            Address::Unix(address) => fmt::Debug::fmt(address, f),
            address => fmt::Display::fmt(address, f),
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
        let other = OtherAddress::new(AddressFamily(250), &[0, 1]).unwrap();
        // address, text
        for (address, text) in [
            (Address::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80)), "('127.0.0.1', 80)"),
            (v6("fe80::1", 80, 0, 2), "('fe80::1', 80, 0, 2)"),
            (v6("::102:304", 1, 0, 0), "('::1.2.3.4', 1, 0, 0)"), // as glibc, not as core::net
            (other.into(), r"(250, b'\x00\x01')"),
        ] {
            assert_eq!(address.to_string(), text);
        }
    }
}
