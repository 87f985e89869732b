//! The manual's sniffer on Linux: prints frames of an interface and where they were seen, as Python
//! prints what `recvfrom` gives. Needs root.
//!
//! `cargo build -p berkeley-os --example sniffer`, then `sniffer [INTERFACE] [FRAMES]`.
//!
//! The manual's own one is for Windows. There a raw socket of IP hears everything once an `ioctl` has
//! turned that on; here a PACKET socket does, with the headers of the link, and a membership makes the
//! interface hear what is not for this host. Source: `packet(7)`.

use std::env::args;
use std::process::ExitCode;

use berkeley::constants::ETH_P_ALL;
use berkeley::{
    Address, AddressFamily, Errno, Error, Interface, Net, OptionLevel, OptionName, PacketAddress,
    Protocol, SocketType,
};
use berkeley_os::Os;
use berkeley_os::names::{if_indextoname, if_nametoindex};

const PACKET_ADD_MEMBERSHIP: OptionName = OptionName(1);
const PACKET_DROP_MEMBERSHIP: OptionName = OptionName(2);
const PACKET_MR_PROMISC: u16 = 1;

fn main() -> ExitCode {
    let interface = args().nth(1).unwrap_or("lo".into());
    let frames = args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(1);
    match sniff(&interface, frames) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is(Errno::EPERM) => {
            eprintln!("{error}: frames are for root only (CAP_NET_RAW)");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{interface}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints so many frames of an interface.
fn sniff(interface: &str, frames: usize) -> Result<(), Error> {
    let net = Net::new(Os);
    // Without a protocol nothing is received until it is bound: no frame of another interface is.
    let socket = net.socket(AddressFamily::PACKET, SocketType::RAW, Protocol::DEFAULT)?;
    socket.bind(Address::from(PacketAddress::new(interface.try_into()?, ETH_P_ALL)))?;

    let everything = membership(if_nametoindex(interface)?);
    socket.setsockopt_bytes(OptionLevel::PACKET, PACKET_ADD_MEMBERSHIP, &everything)?;
    let mut frame = vec![0; 65565];
    for _ in 0..frames {
        let (count, address) = socket.recvfrom(&mut frame)?;
        let address = address.map_or("None".into(), |address| named(address).to_string());
        println!("(b'{}', {address})", frame[..count].escape_ascii());
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

/// The same address with the interface by its name, as Python shows it.
fn named(address: Address) -> Address {
    let Address::Packet(mut packet) = address else { return address };
    if let Interface::Index(index) = packet.interface {
        let name = if_indextoname(index).and_then(|name| Interface::try_from(&*name));
        // An interface that is gone has no name any more.
        packet.interface = name.unwrap_or(packet.interface);
    }
    packet.into()
}
