//! The manual's sniffer in its Linux form, written once for every backend that has sockets of frames.
//!
//! The manual's own one is for Windows. There a raw socket of IP hears everything once an `ioctl` has
//! turned that on; here a PACKET socket does, with the headers of the link, and a membership makes the
//! interface hear what is not for this host. Source: `packet(7)`.

use core::fmt::Write;

use berkeley::constants::ETH_P_ALL;
use berkeley::options::{PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP};
use berkeley::{
    Address, AddressFamily, Backend, Error, Interface, Net, OptionLevel, PacketAddress, Protocol,
    SocketType,
};

const PACKET_MR_PROMISC: u16 = 1;

/// Writes so many frames of an interface and where they were seen, as Python prints what `recvfrom`
/// gives. `frame` is room for one; `named` gives the interface in an address the name that it is shown by.
///
/// # Errors
///
/// Any error of the socket.
pub fn sniffer<B: Backend + Clone>(
    net: &Net<B>,
    interface: u32,
    frames: usize,
    frame: &mut [u8],
    named: impl Fn(u32) -> Interface,
    out: &mut impl Write,
) -> Result<(), Error> {
    // Without a protocol nothing is received until it is bound: no frame of another interface is.
    let socket = net.socket(AddressFamily::PACKET, SocketType::RAW, Protocol::DEFAULT)?;
    socket.bind(Address::from(PacketAddress::new(Interface::Index(interface), ETH_P_ALL)))?;

    let everything = membership(interface);
    socket.setsockopt_bytes(OptionLevel::PACKET, PACKET_ADD_MEMBERSHIP, &everything)?;
    for _ in 0..frames {
        let (count, address) = socket.recvfrom(frame)?;
        // A program whose output is gone goes on.
        let _ = write!(out, "(b'{}', ", frame[..count].escape_ascii());
        let _ = match address {
            Some(Address::Packet(mut packet)) => {
                if let Interface::Index(index) = packet.interface {
                    packet.interface = named(index);
                }
                writeln!(out, "{packet})")
            }
            _ => writeln!(out, "None)"),
        };
    }
    socket.setsockopt_bytes(OptionLevel::PACKET, PACKET_DROP_MEMBERSHIP, &everything)
}

/// `struct packet_mreq`: the number of an interface, what is wanted of it, and no address.
fn membership(interface: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&interface.to_ne_bytes());
    bytes[4..6].copy_from_slice(&PACKET_MR_PROMISC.to_ne_bytes());
    bytes
}
