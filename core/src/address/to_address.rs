//! What can be given where an address is wanted.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::{Address, OtherAddress};
use crate::{AddressFamily, Error, host};

/// What can be given where an address is wanted.
///
/// | form | means |
/// | --- | --- |
/// | `("127.0.0.1", 80)` | Python's pair: the host text is read for the socket's family; `""` is any address, `"<broadcast>"` the broadcast address |
/// | `("fe80::1", 80, 0, 2)` | Python's IPv6 tuple: host, port, flow information, scope |
/// | `(Ipv4Addr::LOCALHOST, 80)`, [`SocketAddr`] and its kin, [`Address`] | as it stands |
///
/// With the feature `unix`:
///
/// | form | means |
/// | --- | --- |
/// | `"/run/example"`, `b"\0name"` | Python's one string, see `UnixAddress` |
/// | `Path`, `PathBuf` | a path, with the feature `std` |
/// | `std::os::unix::net::SocketAddr` | as it stands, with the feature `std` |
///
/// With the feature `linux`:
///
/// | form | means |
/// | --- | --- |
/// | `(0, 1)` | `(pid, groups)` of NETLINK, `(cid, port)` of VSOCK, `(node, port)` of QIPCRTR |
/// | `("lo", 0x0800)` | `(interface, protocol)` of PACKET |
/// | `("can0",)`, `("can0", 1, 2)` | the interface, and two identifiers of ISOTP; `""` is any interface |
/// | `(2, 18888, 17, 0)` | `(addr_type, v1, v2, v3)` of TIPC |
/// | `NetlinkAddress`, `PacketAddress` and so on | as it stands |
///
/// A host that is a name is looked up when the tuple is given to a socket: see
/// [`Socket::bind`](crate::Socket::bind). `localhost` is known without asking anybody.
pub trait ToAddress {
    /// The address for a socket of this family, as far as it is known without asking anybody.
    ///
    /// # Errors
    ///
    /// A host text that is no address of the family: `EAI_NONAME`, `EAI_ADDRFAMILY` or
    /// [`Error::INVALID_ADDRESS`]; flow information of more than 20 bits: [`Error::OVERFLOW`];
    /// a path or a name of another family: those of its type; a form that the family does not have:
    /// `EAFNOSUPPORT`.
    fn to_address(&self, family: AddressFamily) -> Result<Address, Error>;

    /// [`ToAddress::to_address`], but for a host that is a name `look_up` is asked: it gets the
    /// name and says an address of the family, whose port does not matter. Numbers, the special
    /// hosts and `localhost` do not get there.
    ///
    /// This is what the sockets call. A type that wraps one with a host passes it on; all others
    /// leave it as it is.
    ///
    /// # Errors
    ///
    /// Those of [`ToAddress::to_address`] and of `look_up`.
    fn to_address_with(
        &self,
        family: AddressFamily,
        look_up: &mut dyn FnMut(&str) -> Result<Address, Error>,
    ) -> Result<Address, Error> {
        let _ = look_up;
        self.to_address(family)
    }
}

impl<T: ToAddress + ?Sized> ToAddress for &T {
    fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
        (**self).to_address(family)
    }

    fn to_address_with(
        &self,
        family: AddressFamily,
        look_up: &mut dyn FnMut(&str) -> Result<Address, Error>,
    ) -> Result<Address, Error> {
        (**self).to_address_with(family, look_up)
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

as_it_stands!(Address, OtherAddress, SocketAddr, SocketAddrV4, SocketAddrV6, (IpAddr, u16));

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
        self.to_address_with(family, &mut host::not_known)
    }

    fn to_address_with(
        &self,
        family: AddressFamily,
        look_up: &mut dyn FnMut(&str) -> Result<Address, Error>,
    ) -> Result<Address, Error> {
        #[cfg(feature = "linux")]
        if family == AddressFamily::PACKET {
            return Ok(super::PacketAddress::new(self.0.try_into()?, self.1).into());
        }
        host::address_of(self.0, self.1, family, look_up)
    }
}

impl ToAddress for (&str, u16, u32, u32) {
    fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
        self.to_address_with(family, &mut host::not_known)
    }

    fn to_address_with(
        &self,
        family: AddressFamily,
        look_up: &mut dyn FnMut(&str) -> Result<Address, Error>,
    ) -> Result<Address, Error> {
        let (host, port, flowinfo, scope_id) = *self;
        // The form is looked at before the host, and the flow information after it, as in Python.
        if family == AddressFamily::INET {
            return Err(Error::INVALID_VALUE);
        }
        match host::address_of(host, port, family, look_up)? {
            Address::Inet6(_) if flowinfo > 0xF_FFFF => Err(Error::OVERFLOW),
            Address::Inet6(address) => {
                // A zone in the text counts where the tuple names none.
                let scope_id = if scope_id == 0 { address.scope_id() } else { scope_id };
                Ok(SocketAddrV6::new(*address.ip(), port, flowinfo, scope_id).into())
            }
            // Asked for no family: the form says IPv6, the host IPv4.
            Address::Inet(_) if family == AddressFamily::UNSPEC => {
                Err(Error::refused(crate::Refusal::FamilyMismatch))
            }
            _ => Err(Error::INVALID_VALUE),
        }
    }
}

#[cfg(feature = "unix")]
mod unix {
    use super::{Address, AddressFamily, Error, ToAddress};
    use crate::{Errno, UnixAddress};

    as_it_stands!(UnixAddress);

    impl ToAddress for str {
        fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
            self.as_bytes().to_address(family)
        }
    }

    impl ToAddress for [u8] {
        fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
            match family {
                AddressFamily::UNIX => Ok(UnixAddress::from_python(self)?.into()),
                _ => Err(Errno::EAFNOSUPPORT.into()),
            }
        }
    }

    impl<const N: usize> ToAddress for [u8; N] {
        fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
            self[..].to_address(family)
        }
    }

    #[cfg(all(feature = "std", unix))]
    mod std_types {
        extern crate std;
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::net::SocketAddr;
        use std::path::{Path, PathBuf};

        use super::{Address, AddressFamily, Errno, Error, ToAddress, UnixAddress};

        impl ToAddress for Path {
            fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
                match family {
                    AddressFamily::UNIX => {
                        Ok(UnixAddress::pathname(self.as_os_str().as_bytes())?.into())
                    }
                    _ => Err(Errno::EAFNOSUPPORT.into()),
                }
            }
        }

        impl ToAddress for SocketAddr {
            fn to_address(&self, _family: AddressFamily) -> Result<Address, Error> {
                Ok(Address::from(self))
            }
        }

        impl ToAddress for PathBuf {
            fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
                self.as_path().to_address(family)
            }
        }
    }
}

#[cfg(feature = "linux")]
mod linux {
    use super::{Address, AddressFamily, Error, ToAddress};
    use crate::{
        AlgAddress, BluetoothSocketAddress, CanAddress, Errno, Interface, NetlinkAddress,
        PacketAddress, QipcrtrAddress, TipcAddress, VsockAddress,
    };

    as_it_stands!(
        NetlinkAddress,
        PacketAddress,
        TipcAddress,
        BluetoothSocketAddress,
        VsockAddress,
        CanAddress,
        AlgAddress,
        QipcrtrAddress
    );

    impl ToAddress for (u32, u32) {
        fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
            let (first, second) = *self;
            match family {
                AddressFamily::NETLINK => Ok(NetlinkAddress::new(first, second).into()),
                AddressFamily::VSOCK => Ok(VsockAddress::new(first, second).into()),
                AddressFamily::QIPCRTR => Ok(QipcrtrAddress::new(first, second).into()),
                _ => Err(Errno::EAFNOSUPPORT.into()),
            }
        }
    }

    impl ToAddress for (u8, u32, u32, u32) {
        fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
            match family {
                AddressFamily::TIPC => Ok(TipcAddress::from_python(*self)?.into()),
                _ => Err(Errno::EAFNOSUPPORT.into()),
            }
        }
    }

    impl ToAddress for (u8, u32, u32, u32, i8) {
        fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
            let (kind, first, second, third, scope) = *self;
            match (kind, first, second, third).to_address(family)? {
                Address::Tipc(address) => Ok(address.with_scope(scope).into()),
                other => Ok(other),
            }
        }
    }

    impl ToAddress for (&str,) {
        fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
            match family {
                AddressFamily::CAN => Ok(CanAddress::raw(interface_of(self.0)?).into()),
                _ => Err(Errno::EAFNOSUPPORT.into()),
            }
        }
    }

    impl ToAddress for (&str, u32, u32) {
        fn to_address(&self, family: AddressFamily) -> Result<Address, Error> {
            match family {
                AddressFamily::CAN => {
                    Ok(CanAddress::isotp(interface_of(self.0)?, self.1, self.2).into())
                }
                _ => Err(Errno::EAFNOSUPPORT.into()),
            }
        }
    }

    fn interface_of(name: &str) -> Result<Interface, Error> {
        if name.is_empty() { Ok(Interface::ANY) } else { name.try_into() }
    }
}

#[cfg(all(test, feature = "unix", feature = "linux"))]
mod tests {
    use super::*;
    use crate::{
        CanAddress, Errno, Interface, NetlinkAddress, PacketAddress, QipcrtrAddress, Refusal,
        TipcAddress, UnixAddress, VsockAddress,
    };

    #[test]
    fn a_form_means_what_the_family_says() {
        type Family = AddressFamily;
        let other_family = Err(Error::from_errno(Errno::EAFNOSUPPORT));
        let no_device = Err(Error::from_errno(Errno::ENODEV));
        let lo = Interface::try_from("lo").unwrap();
        let path = UnixAddress::pathname("/x").unwrap();
        let name = UnixAddress::abstract_name("x").unwrap();
        let (any, near) = (Interface::ANY, TipcAddress::name(1, 2).with_scope(3));
        let too_long = Err(Error::refused(Refusal::PathTooLong));
        // what is given, the socket's family, what it means
        for (given, family, expected) in [
            (&"/x" as &dyn ToAddress, Family::UNIX, Ok(path.into())),
            (&b"/x", Family::UNIX, Ok(path.into())),
            (&"\0x", Family::UNIX, Ok(name.into())),
            (&b"\0x", Family::UNIX, Ok(name.into())),
            (&"", Family::UNIX, Ok(UnixAddress::UNNAMED.into())),
            (&[b'x'; 108], Family::UNIX, too_long),
            (&"a\0b", Family::UNIX, Err(Error::INVALID_VALUE)),
            (&"/x", Family::INET, other_family),
            (&path, Family::INET, Ok(path.into())), // the socket looks at the family
            (&(1, 2), Family::NETLINK, Ok(NetlinkAddress::new(1, 2).into())),
            (&(1, 2), Family::VSOCK, Ok(VsockAddress::new(1, 2).into())),
            (&(1, 2), Family::QIPCRTR, Ok(QipcrtrAddress::new(1, 2).into())),
            (&(1, 2), Family::TIPC, other_family),
            (&("lo", 3), Family::PACKET, Ok(PacketAddress::new(lo, 3).into())),
            (&("", 3), Family::PACKET, no_device),
            (&("a-name-too-long-", 3), Family::PACKET, no_device),
            (&("l\0", 3), Family::PACKET, Err(Error::INVALID_VALUE)),
            (&("lo", 3), Family::CAN, other_family),
            (&("lo",), Family::CAN, Ok(CanAddress::raw(lo).into())),
            (&("",), Family::CAN, Ok(CanAddress::raw(any).into())),
            (&("lo",), Family::PACKET, other_family),
            (&("lo", 1, 2), Family::CAN, Ok(CanAddress::isotp(lo, 1, 2).into())),
            (&("lo", 1, 2), Family::INET6, other_family),
            (&(2, 1, 2, 9), Family::TIPC, Ok(TipcAddress::name(1, 2).into())),
            (&(2, 1, 2, 9, 3), Family::TIPC, Ok(near.into())),
            (&(4, 1, 2, 9), Family::TIPC, Err(Error::INVALID_VALUE)),
            (&(2, 1, 2, 9), Family::NETLINK, other_family),
        ] {
            assert_eq!(given.to_address(family), expected, "{family:?} {expected:?}");
        }
    }
}
