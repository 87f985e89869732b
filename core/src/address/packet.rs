//! Addresses of the frames of an interface. Source: `packet(7)`.

use core::fmt;

use super::interface::Interface;
use super::literal::BytesLiteral;
use crate::{Address, Error};

/// The address of a PACKET socket, Python's `(ifname, proto, pkttype, hatype, addr)`.
///
/// ```
/// use berkeley::PacketAddress;
///
/// // Frames of IPv4 on the loopback interface.
/// let address = PacketAddress::new("lo".try_into()?, 0x0800);
/// assert_eq!(address.to_string(), "('lo', 2048, 0, 0, b'')");
/// # Ok::<(), berkeley::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PacketAddress {
    /// The interface; [`Interface::ANY`] is all of them.
    pub interface: Interface,
    /// The protocol of the frame, an EtherType, as a number of this machine: 0x0800 for IPv4, 3 for
    /// all. (C has it in network order.)
    pub protocol: u16,
    /// Whose the frame is: the `PACKET_*` constants. The host fills it in.
    pub packet_type: u8,
    /// What kind of hardware the interface is, an ARP hardware type: 1 for Ethernet, 772 for the
    /// loopback. The host fills it in.
    pub hardware_type: u16,
    /// How many bytes of the hardware address there are.
    hardware_length: u8,
    /// The hardware address, with zeros after it.
    hardware: [u8; PacketAddress::LONGEST_HARDWARE_ADDRESS],
}

impl PacketAddress {
    /// The longest hardware address that a host tells of, InfiniBand's. Source: `MAX_ADDR_LEN` of
    /// Linux.
    pub const LONGEST_HARDWARE_ADDRESS: usize = 32;
    /// The longest hardware address that can be sent to: what `sockaddr_ll` has room for.
    const LONGEST_GIVEN: usize = 8;

    /// The address of this interface and protocol: Python's pair.
    #[must_use]
    pub const fn new(interface: Interface, protocol: u16) -> PacketAddress {
        PacketAddress {
            interface,
            protocol,
            packet_type: 0,
            hardware_type: 0,
            hardware_length: 0,
            hardware: [0; PacketAddress::LONGEST_HARDWARE_ADDRESS],
        }
    }

    /// The same with a hardware address: of the receiver of a frame.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for more than 8 bytes.
    pub fn with_hardware_address(self, address: &[u8]) -> Result<PacketAddress, Error> {
        if address.len() > PacketAddress::LONGEST_GIVEN {
            return Err(Error::INVALID_VALUE);
        }
        Ok(self.with_hardware_address_of_host(address))
    }

    /// The same with a hardware address that a host told, which may be longer than what can be
    /// given; beyond [`PacketAddress::LONGEST_HARDWARE_ADDRESS`] it is cut.
    #[must_use]
    pub fn with_hardware_address_of_host(mut self, address: &[u8]) -> PacketAddress {
        self.hardware_length = 0;
        self.hardware = [0; PacketAddress::LONGEST_HARDWARE_ADDRESS];
        for (to, from) in self.hardware.iter_mut().zip(address) {
            *to = *from;
            self.hardware_length += 1;
        }
        self
    }

    /// The hardware address.
    pub fn hardware_address(&self) -> &[u8] {
        self.hardware.get(..usize::from(self.hardware_length)).unwrap_or_default()
    }
}

impl From<PacketAddress> for Address {
    fn from(address: PacketAddress) -> Address {
        Address::Packet(address)
    }
}

/// As Python prints the tuple, but with the interface as it stands in the address: what comes from
/// a host has a number there. `(1, 2048, 4, 772, b'\x00\x00\x00\x00\x00\x00')`.
impl fmt::Display for PacketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "({}, {}, {}, {}, {})",
            self.interface,
            self.protocol,
            self.packet_type,
            self.hardware_type,
            BytesLiteral(self.hardware_address()),
        )
    }
}

impl fmt::Debug for PacketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn hardware_addresses_have_a_length() {
        let address = PacketAddress::new(Interface::ANY, 3);
        // hardware address, whether it can be given, how many bytes of a host's are kept
        for (hardware, given, kept) in
            [(&[][..], true, 0), (&[1; 6], true, 6), (&[2; 8], true, 8), (&[3; 9], false, 9)]
        {
            assert_eq!(address.with_hardware_address(hardware).is_ok(), given);
            let told = address.with_hardware_address_of_host(hardware);
            assert_eq!((told.hardware_address(), told.hardware_address().len()), (hardware, kept));
        }
        let told = address.with_hardware_address_of_host(&[4; 40]);
        assert_eq!(told.hardware_address(), [4; 32]);
        // A shorter one leaves nothing of a longer one behind.
        let shorter = told.with_hardware_address(&[5]).unwrap();
        assert_eq!(shorter, address.with_hardware_address(&[5]).unwrap());
        assert_eq!(shorter.to_string(), r"(0, 3, 0, 0, b'\x05')");
    }
}
