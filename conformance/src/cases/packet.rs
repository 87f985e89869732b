//! Sockets of frames: what an interface carries, both ways, and frames as a program makes them.
//!
//! A kernel wants a privilege for them.

use berkeley::constants::{
    ETH_P_ALL, PACKET_BROADCAST, PACKET_HOST, PACKET_MULTICAST, PACKET_OUTGOING,
};
use berkeley::{Interface, OptionLevel, PacketAddress};

use super::prelude::*;
use crate::sniffer::sniffer;

cases! {
    "packet-01" both_ways, Vary::FAMILY, ["K03", "E05"],
        "Linux packet(7): ETH_P_ALL, sll_pkttype",
        "A socket of frames sees what arrives and what leaves, and says which.", NEEDS_ROOT;
    "packet-02" bound, Vary::NOTHING, ["K03"],
        "Linux packet(7): bind, ENODEV, ENXIO, EOPNOTSUPP",
        "It is bound to an interface and a protocol, and has no peers.", NEEDS_ROOT;
    "packet-03" own_frames, Vary::NOTHING, ["K03"],
        "Linux packet(7): SOCK_RAW, SOCK_DGRAM",
        "It sends frames with a header of its own or the host's, and sees them with it or without.",
        NEEDS_ROOT;
    "packet-04" program, Vary::NOTHING, ["E05"],
        "Python manual: Example, sniffer",
        "The manual's sniffer prints frames.", NEEDS_ROOT;
}

/// For experiments. Source: IEEE 802, local experimental EtherType 1.
const EXPERIMENTAL: u16 = 0x88B5;

/// An interface that there is not.
const NOWHERE: u32 = 77;

fn address(interface: u32, protocol: u16) -> PacketAddress {
    PacketAddress::new(Interface::Index(interface), protocol)
}

/// A socket of frames of the near side that waits up to [`LONG`], and sees nothing yet.
fn near<L: Lab>(lab: &L, socket_type: SocketType) -> Result<Socket<L::Near>, Error> {
    let mut socket = lab.near().socket(AddressFamily::PACKET, socket_type, Protocol::DEFAULT)?;
    socket.settimeout(LONG)?;
    Ok(socket)
}

/// One of the far side that sees the frames of experiments on all interfaces.
fn far<L: Lab>(lab: &L, socket_type: SocketType) -> Result<Socket<L::Far>, Error> {
    let mut socket = lab.far().socket(AddressFamily::PACKET, socket_type, Protocol::DEFAULT)?;
    socket.settimeout(LONG)?;
    socket.bind(Address::from(address(0, EXPERIMENTAL)))?;
    Ok(socket)
}

/// The address of a socket of frames.
fn packet(address: Option<Address>) -> Result<PacketAddress, Failure> {
    match address {
        Some(Address::Packet(packet)) => Ok(packet),
        other => Err(Failure::new("address", format_args!("of a frame, not {other:?}"))),
    }
}

fn both_ways<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (mine, theirs) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    let sniffer = near(lab, SocketType::RAW)?;
    sniffer.bind(Address::from(address(lab.near_interface(), ETH_P_ALL)))?;
    expect_eq!(mine.sendto(b"there", theirs.getsockname()?)?, 5);
    let mut buffer = [0; 2048];
    expect_eq!(theirs.recv(&mut buffer)?, 5);
    expect_eq!(theirs.sendto(b"and back", mine.getsockname()?)?, 8);
    expect_eq!(receive(lab.near(), &mine, &mut buffer)?, 8);
    // There may be other frames: questions for neighbours, and on a loopback each both ways.
    for (text, packet_type) in [(&b"there"[..], PACKET_OUTGOING), (b"and back", PACKET_HOST)] {
        loop {
            let (count, from) = sniffer.recvfrom(&mut buffer)?;
            let from = packet(from)?;
            if buffer[..count].ends_with(text) && from.packet_type == packet_type {
                let has_header = count > 14 + 20;
                expect_true!(has_header);
                expect_eq!(from.interface, Interface::Index(lab.near_interface()));
                let expected =
                    if variant.family == crate::case::Family::Inet { 0x0800 } else { 0x86DD };
                expect_eq!(from.protocol, expected);
                expect_eq!(from.hardware_address().len(), 6);
                break;
            }
        }
    }
    Ok(())
}

fn bound<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let interface = lab.near_interface();
    let mut socket = near(lab, SocketType::RAW)?;
    expect_eq!(socket.getsockname()?, Address::from(address(0, 0)));
    expect_error!(socket.send(&[0; 60]), ENXIO);
    expect_error!(socket.bind(Address::from(address(NOWHERE, ETH_P_ALL))), ENODEV);
    socket.bind(Address::from(address(interface, EXPERIMENTAL)))?;
    let name = packet(Some(socket.getsockname()?))?;
    expect_eq!(name.interface, Interface::Index(interface));
    expect_eq!((name.protocol, name.packet_type), (EXPERIMENTAL, 0));
    expect_eq!(name.hardware_address().len(), 6);
    // The protocol stays when none is named.
    socket.bind(Address::from(address(interface, 0)))?;
    expect_eq!(packet(Some(socket.getsockname()?))?.protocol, EXPERIMENTAL);

    socket.setblocking(true)?;
    expect_error!(socket.connect(Address::from(address(interface, ETH_P_ALL))), EOPNOTSUPP);
    expect_error!(socket.listen(1), EOPNOTSUPP);
    expect_error!(socket.accept(), EOPNOTSUPP);
    expect_error!(socket.shutdown(Shutdown::RDWR), EOPNOTSUPP);
    expect_error!(socket.getpeername(), EOPNOTSUPP);

    expect_eq!(socket.getsockopt(OptionLevel::SOCKET, SO_TYPE)?, 3);
    expect_eq!(socket.getsockopt(OptionLevel::SOCKET, SO_DOMAIN)?, 17);
    expect_eq!(socket.getsockopt(OptionLevel::SOCKET, SO_PROTOCOL)?, 0);
    expect_error!(socket.getsockopt(OptionLevel::IP, IP_TTL), ENOPROTOOPT);
    expect_error!(socket.setsockopt(OptionLevel::IP, IP_TTL, 5), ENOPROTOOPT);
    let mut wrong = [0; 16];
    wrong[..4].copy_from_slice(&NOWHERE.to_ne_bytes());
    wrong[4] = 1; // everything
    let (level, add) = (OptionLevel::PACKET, PACKET_ADD_MEMBERSHIP);
    expect_error!(socket.setsockopt_bytes(level, add, &wrong), ENODEV);
    expect_error!(socket.setsockopt_bytes(level, add, &wrong[..12]), EINVAL);
    expect_eq!(socket.setsockopt_bytes(level, PACKET_DROP_MEMBERSHIP, &wrong), Ok(()));

    for socket_type in [SocketType::STREAM, SocketType::SEQPACKET] {
        let other = lab.near().socket(AddressFamily::PACKET, socket_type, Protocol::DEFAULT);
        expect_error!(other, ESOCKTNOSUPPORT);
    }
    Ok(())
}

fn own_frames<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let interface = lab.near_interface();
    let (raw, cooked) = (far(lab, SocketType::RAW)?, far(lab, SocketType::DGRAM)?);
    let everybody = address(interface, EXPERIMENTAL).with_hardware_address(&[0xFF; 6])?;
    let mut buffer = [0; 256];
    let payload = [b'.'; 60];

    let sender = near(lab, SocketType::DGRAM)?;
    expect_error!(sender.send(&payload), ENXIO);
    expect_eq!(sender.sendto(&payload, Address::from(everybody))?, 60);
    let (count, from) = raw.recvfrom(&mut buffer)?;
    expect_eq!(count, 74);
    expect_eq!(&buffer[..6], [0xFF; 6]);
    expect_eq!(&buffer[12..14], EXPERIMENTAL.to_be_bytes());
    expect_true!(buffer[14..74] == payload);
    let from = packet(from)?;
    expect_eq!(from.protocol, EXPERIMENTAL);
    // Linux's loopback knows no broadcast.
    expect_true!([PACKET_BROADCAST, PACKET_MULTICAST].contains(&from.packet_type));
    expect_eq!(cooked.recv(&mut buffer)?, 60);
    expect_true!(buffer[..60] == payload);

    let sender = near(lab, SocketType::RAW)?;
    sender.bind(Address::from(address(interface, EXPERIMENTAL)))?;
    let mut frame = [b'-'; 74];
    frame[..6].fill(0xFF);
    frame[6..12].copy_from_slice(&[2, 0, 0, 0, 0, 99]);
    frame[12..14].copy_from_slice(&EXPERIMENTAL.to_be_bytes());
    expect_eq!(sender.send(&frame)?, 74);
    expect_eq!(raw.recv(&mut buffer)?, 74);
    expect_true!(buffer[..74] == frame);
    let (count, from) = cooked.recvfrom(&mut buffer)?;
    expect_eq!(count, 60);
    expect_eq!(packet(from)?.hardware_address(), [2, 0, 0, 0, 0, 99]);
    expect_error!(sender.send(&frame[..13]), EINVAL);
    Ok(())
}

fn program<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (sender, receiver) = (far_datagram(lab, variant)?, near_datagram(lab, variant)?);
    let action = Action::SendTo(b"seen", receiver.getsockname()?);
    lab.later(SHORT, Step::far(sender, action));
    let mut said = heapless::String::<10_240>::new();
    let (mut frame, frames) = ([0; 2048], 1);
    sniffer(lab.near(), lab.near_interface(), frames, &mut frame, Interface::Index, &mut said)?;
    expect_eq!(said.lines().count(), frames);
    // Python chooses the quotes by what is between them.
    let is_printed = said.starts_with("(b") && said.ends_with("))\n");
    expect_true!(is_printed);
    Ok(())
}
