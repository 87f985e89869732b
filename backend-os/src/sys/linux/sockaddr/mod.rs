//! Socket addresses, written and read field by field.
//!
//! The bytes are the host's `struct sockaddr` of each family; where a field stands comes from the
//! C library's definition, or from the kernel's header where the C library has none. No type of
//! Rust's is reinterpreted, and of what the kernel returns nothing is believed that its length does
//! not cover.
//!
//! What is read follows the family in the bytes, not the socket's. The families BLUETOOTH and CAN
//! have a form for each protocol; there the socket is asked which one it is, and without a socket
//! the length decides.

mod alg;
mod bluetooth;
mod can;
mod inet;
mod interface;
mod netlink;
mod packet;
mod qipcrtr;
#[cfg(test)]
mod tests;
mod tipc;
mod unix;
mod vsock;

use std::mem::offset_of;
use std::os::fd::BorrowedFd;

use berkeley::options::{SO_PROTOCOL, int_of};
use berkeley::{Address, AddressFamily, Errno, Error, OptionLevel, OtherAddress, Protocol};
use libc::{sa_family_t, sockaddr_storage, socklen_t};

use super::options;

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

    /// The host's bytes of `address`, to be used with `socket`: an interface that has a name there
    /// is looked up in the socket's network.
    ///
    /// # Errors
    ///
    /// `ENODEV` for a name that no interface has, `EAFNOSUPPORT` for a form of address that this
    /// crate does not know.
    pub(crate) fn encode_for(
        socket: BorrowedFd<'_>,
        address: &Address,
    ) -> Result<HostAddress, Error> {
        match interface::resolved(socket, address)? {
            Some(resolved) => HostAddress::encode(&resolved),
            None => HostAddress::encode(address),
        }
    }

    /// The host's bytes of `address`, in which interfaces have numbers.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface with a name, `EAFNOSUPPORT` for a form of address that this crate
    /// does not know.
    pub(crate) fn encode(address: &Address) -> Result<HostAddress, Error> {
        let mut host = HostAddress::room();
        host.put(0, &address.family().0.to_ne_bytes());
        let length = match address {
            Address::Inet(address) => inet::encode(address, &mut host),
            Address::Inet6(address) => inet::encode6(address, &mut host),
            Address::Unix(address) => unix::encode(address, &mut host),
            Address::Netlink(address) => netlink::encode(address, &mut host),
            Address::Packet(address) => packet::encode(address, &mut host)?,
            Address::Tipc(address) => tipc::encode(address, &mut host),
            Address::Bluetooth(address) => bluetooth::encode(address, &mut host),
            Address::Vsock(address) => vsock::encode(address, &mut host),
            Address::Can(address) => can::encode(address, &mut host)?,
            Address::Alg(address) => alg::encode(address, &mut host),
            Address::Qipcrtr(address) => qipcrtr::encode(address, &mut host),
            Address::Other(other) => {
                host.put(DATA, other.as_bytes());
                DATA + other.as_bytes().len()
            }
            _ => return Err(Errno::EAFNOSUPPORT.into()),
        };
        host.length = length as socklen_t;
        Ok(host)
    }

    /// The address that the kernel filled in for `socket`, or `None` when it filled in none, not
    /// even a family.
    ///
    /// One that is shorter than its family's, or of a family that is not decoded, comes as number
    /// and bytes.
    pub(crate) fn decode_for(&self, socket: BorrowedFd<'_>) -> Option<Address> {
        let protocol = match self.family()? {
            AddressFamily::BLUETOOTH | AddressFamily::CAN => protocol_of(socket),
            _ => None,
        };
        self.decode_as(protocol)
    }

    /// [`HostAddress::decode_for`], with no address at all as one without a family.
    pub(crate) fn decode_or_unnamed(&self, socket: BorrowedFd<'_>) -> Address {
        self.decode_for(socket)
            .unwrap_or_else(|| OtherAddress::cut(AddressFamily::UNSPEC, &[]).into())
    }

    /// The address that the host filled in, with no socket to ask: see [`HostAddress::decode_for`].
    pub(crate) fn decode(&self) -> Option<Address> {
        self.decode_as(None)
    }

    /// The address of a socket with this protocol, where the family asks for it.
    fn decode_as(&self, protocol: Option<Protocol>) -> Option<Address> {
        let (family, bytes) = (self.family()?, self.filled());
        let address = match family {
            AddressFamily::INET => inet::decode(bytes),
            AddressFamily::INET6 => inet::decode6(bytes),
            AddressFamily::UNIX => Some(unix::decode(bytes)),
            AddressFamily::NETLINK => netlink::decode(bytes),
            AddressFamily::PACKET => packet::decode(bytes),
            AddressFamily::TIPC => tipc::decode(bytes),
            AddressFamily::BLUETOOTH => bluetooth::decode(bytes, protocol),
            AddressFamily::VSOCK => vsock::decode(bytes),
            AddressFamily::CAN => can::decode(bytes, protocol),
            AddressFamily::ALG => alg::decode(bytes),
            AddressFamily::QIPCRTR => qipcrtr::decode(bytes),
            _ => None,
        };
        Some(address.unwrap_or_else(|| OtherAddress::cut(family, &bytes[DATA..]).into()))
    }

    /// The family that was filled in, if any was.
    fn family(&self) -> Option<AddressFamily> {
        field(self.filled(), 0).map(|family| AddressFamily(u16::from_ne_bytes(family)))
    }

    /// The bytes that were filled in. The kernel says how long the address is, also when it had to
    /// cut it.
    fn filled(&self) -> &[u8] {
        &self.bytes[..self.bytes.len().min(self.length as usize)]
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

    /// Writes a field.
    fn put(&mut self, at: usize, value: &[u8]) {
        self.bytes[at..at + value.len()].copy_from_slice(value);
    }
}

/// The protocol of the socket, if it has one. Source: `SO_PROTOCOL` in `socket(7)`.
fn protocol_of(socket: BorrowedFd<'_>) -> Option<Protocol> {
    let mut value = [0; 4];
    let length = options::getsockopt(socket, OptionLevel::SOCKET, SO_PROTOCOL, &mut value).ok()?;
    Some(Protocol(int_of(&value[..length])))
}

/// The bytes of the field that starts there, or `None` when they are not all there.
fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// The number of 32 bits that starts there, in the order of this machine.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    field(bytes, at).map(u32::from_ne_bytes)
}
