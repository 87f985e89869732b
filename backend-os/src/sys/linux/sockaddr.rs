//! Socket addresses, written and read field by field.
//!
//! The bytes are the host's `struct sockaddr` of each family; where a field stands comes from the
//! C library's definition. No type of Rust's is reinterpreted, and of what the kernel returns
//! nothing is believed that its length does not cover.

use std::mem::offset_of;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use berkeley::{Address, AddressFamily, Error, OtherAddress};
use libc::{sa_family_t, sockaddr_in, sockaddr_in6, sockaddr_storage, socklen_t};

/// An address as the host's bytes, with room for the longest.
#[repr(C, align(8))]
pub(crate) struct HostAddress {
    bytes: [u8; size_of::<sockaddr_storage>()],
    length: socklen_t,
}

const _: () = assert!(align_of::<HostAddress>() >= align_of::<sockaddr_storage>());
const _: () = assert!(offset_of!(HostAddress, bytes) == 0);

/// Where the family ends and what it says begins, in every `sockaddr`.
const DATA: usize = size_of::<sa_family_t>();

impl HostAddress {
    /// Room for an address that the kernel is to fill in.
    pub(crate) const fn room() -> HostAddress {
        let bytes = [0; size_of::<sockaddr_storage>()];
        HostAddress { bytes, length: size_of::<sockaddr_storage>() as socklen_t }
    }

    /// The host's bytes of `address`.
    ///
    /// The flow information goes in network order, as Python passes it. Sources: `ip(7)`, `ipv6(7)`.
    ///
    /// # Errors
    ///
    /// `EAFNOSUPPORT` for a form of address that this crate does not know.
    pub(crate) fn encode(address: &Address) -> Result<HostAddress, Error> {
        let mut host = HostAddress::room();
        host.put(0, &address.family().0.to_ne_bytes());
        let length = match address {
            Address::Inet(address) => {
                host.put(offset_of!(sockaddr_in, sin_port), &address.port().to_be_bytes());
                host.put(offset_of!(sockaddr_in, sin_addr), &address.ip().octets());
                size_of::<sockaddr_in>()
            }
            Address::Inet6(address) => {
                let flowinfo = address.flowinfo().to_be_bytes();
                let scope_id = address.scope_id().to_ne_bytes();
                host.put(offset_of!(sockaddr_in6, sin6_port), &address.port().to_be_bytes());
                host.put(offset_of!(sockaddr_in6, sin6_flowinfo), &flowinfo);
                host.put(offset_of!(sockaddr_in6, sin6_addr), &address.ip().octets());
                host.put(offset_of!(sockaddr_in6, sin6_scope_id), &scope_id);
                size_of::<sockaddr_in6>()
            }
            Address::Other(other) => {
                host.put(DATA, &other.data);
                DATA + other.data.len()
            }
            _ => return Err(berkeley::Errno::EAFNOSUPPORT.into()),
        };
        host.length = length as socklen_t;
        Ok(host)
    }

    /// The address that the kernel filled in, or `None` when it filled in none, not even a family.
    ///
    /// One that is shorter than its family's, or of a family that is not decoded, comes as number
    /// and bytes.
    pub(crate) fn decode(&self) -> Option<Address> {
        // The kernel says how long the address is, also when it had to cut it.
        let length = self.bytes.len().min(self.length as usize);
        let bytes = &self.bytes[..length];
        let family = AddressFamily(u16::from_ne_bytes(field(bytes, 0)?));
        Some(match family {
            AddressFamily::INET if length >= size_of::<sockaddr_in>() => inet(bytes)?,
            AddressFamily::INET6 if length >= size_of::<sockaddr_in6>() => inet6(bytes)?,
            _ => Address::Other(other(family, &bytes[DATA..])),
        })
    }

    /// [`HostAddress::decode`], with no address at all as one without a family.
    pub(crate) fn decode_or_unnamed(&self) -> Address {
        self.decode().unwrap_or(Address::Other(other(AddressFamily::UNSPEC, &[])))
    }

    /// What the kernel is to read: `length` bytes from the pointer on.
    pub(crate) fn as_parts(&self) -> (*const libc::sockaddr, socklen_t) {
        ((&raw const self.bytes).cast(), self.length)
    }

    /// What the kernel is to write: at most as many bytes from the first pointer on as the second
    /// one says, and there how many they are.
    pub(crate) fn as_mut_parts(&mut self) -> (*mut libc::sockaddr, *mut socklen_t) {
        self.length = self.bytes.len() as socklen_t;
        ((&raw mut self.bytes).cast(), &raw mut self.length)
    }

    fn put(&mut self, at: usize, value: &[u8]) {
        self.bytes[at..at + value.len()].copy_from_slice(value);
    }
}

fn inet(bytes: &[u8]) -> Option<Address> {
    let port = u16::from_be_bytes(field(bytes, offset_of!(sockaddr_in, sin_port))?);
    let octets: [u8; 4] = field(bytes, offset_of!(sockaddr_in, sin_addr))?;
    Some(SocketAddrV4::new(Ipv4Addr::from(octets), port).into())
}

fn inet6(bytes: &[u8]) -> Option<Address> {
    let port = u16::from_be_bytes(field(bytes, offset_of!(sockaddr_in6, sin6_port))?);
    let flowinfo = u32::from_be_bytes(field(bytes, offset_of!(sockaddr_in6, sin6_flowinfo))?);
    let octets: [u8; 16] = field(bytes, offset_of!(sockaddr_in6, sin6_addr))?;
    let scope_id = u32::from_ne_bytes(field(bytes, offset_of!(sockaddr_in6, sin6_scope_id))?);
    Some(SocketAddrV6::new(Ipv6Addr::from(octets), port, flowinfo, scope_id).into())
}

/// An address that is not decoded: cut, or filled up with zeros.
fn other(family: AddressFamily, bytes: &[u8]) -> OtherAddress {
    let mut data = [0; 14];
    for (to, from) in data.iter_mut().zip(bytes) {
        *to = *from;
    }
    OtherAddress { family, data }
}

/// The bytes of the field that starts there, or `None` when they are not all there.
fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inet(octets: [u8; 4], port: u16) -> Address {
        SocketAddrV4::new(Ipv4Addr::from(octets), port).into()
    }

    fn inet6(text: &str, port: u16, flowinfo: u32, scope_id: u32) -> Address {
        SocketAddrV6::new(text.parse().unwrap(), port, flowinfo, scope_id).into()
    }

    fn other(family: u16, first: &[u8]) -> Address {
        Address::Other(super::other(AddressFamily(family), first))
    }

    /// What the kernel would have filled in: these bytes, and a length that may lie.
    fn filled(bytes: &[u8], length: usize) -> HostAddress {
        let mut host = HostAddress::room();
        host.put(0, bytes);
        host.length = length as socklen_t;
        host
    }

    #[test]
    fn addresses_survive_the_round_trip() {
        // address, length for the kernel
        for (address, length) in [
            (inet([127, 0, 0, 1], 80), 16),
            (inet([255, 255, 255, 255], 65535), 16),
            (inet([0; 4], 0), 16),
            (inet6("::1", 443, 0, 0), 28),
            (inet6("fe80::1:2", 65535, 0xF_FFFF, u32::MAX), 28),
            (other(1, b"/tmp/a socket"), 16),
            (other(9999, &[7; 14]), 16),
        ] {
            let host = HostAddress::encode(&address).unwrap();
            assert_eq!(host.length, length, "{address}");
            assert_eq!(host.decode(), Some(address));
        }
    }

    #[test]
    fn fields_stand_where_the_kernel_reads_them() {
        let host = HostAddress::encode(&inet([1, 2, 3, 4], 0x1234)).unwrap();
        assert_eq!(host.bytes[..2], 2u16.to_ne_bytes());
        assert_eq!(host.bytes[2..8], [0x12, 0x34, 1, 2, 3, 4]);
        let host = HostAddress::encode(&inet6("::5", 0x1234, 0xABCDE, 7)).unwrap();
        assert_eq!(host.bytes[..2], 10u16.to_ne_bytes());
        assert_eq!(host.bytes[2..8], [0x12, 0x34, 0, 0x0A, 0xBC, 0xDE]);
        assert_eq!(host.bytes[23], 5);
        assert_eq!(host.bytes[24..28], 7u32.to_ne_bytes());
    }

    #[test]
    fn nothing_is_believed_beyond_length_and_family() {
        let four = HostAddress::encode(&inet([1, 2, 3, 4], 5)).unwrap().bytes;
        let six = HostAddress::encode(&inet6("1::2", 5, 6, 7)).unwrap().bytes;
        let lying = {
            let mut bytes = four; // an IPv4 address that says it is IPv6
            bytes[..2].copy_from_slice(&10u16.to_ne_bytes());
            bytes
        };
        // bytes, length that the kernel says, address
        for (bytes, length, address) in [
            (&four, 16, Some(inet([1, 2, 3, 4], 5))),
            (&four, 128, Some(inet([1, 2, 3, 4], 5))),
            (&four, usize::from(u16::MAX), Some(inet([1, 2, 3, 4], 5))), // longer than the room
            (&four, 15, Some(other(2, &[0, 5, 1, 2, 3, 4]))),
            (&four, 4, Some(other(2, &[0, 5]))),
            (&four, 2, Some(other(2, &[]))),
            (&four, 1, None), // half a family
            (&four, 0, None), // what a stream says
            (&six, 28, Some(inet6("1::2", 5, 6, 7))),
            (&six, 27, Some(other(10, &six[2..16]))),
            (&lying, 16, Some(other(10, &[0, 5, 1, 2, 3, 4]))),
        ] {
            assert_eq!(filled(bytes, length).decode(), address, "length {length}");
        }
        assert_eq!(filled(&four, 0).decode_or_unnamed(), other(0, &[]));
    }
}
