//! Address families beside the internet's: which there are, and how addresses follow the family.
//!
//! What the kernel at hand lacks differs from machine to machine: those answers are looked at, and
//! not recorded. How the addresses of these families are written down is proved by the tests of
//! `berkeley-os`, field by field.

use berkeley::constants::{ETHERTYPE_IP, PACKET_HOST, PACKET_OUTGOING, TIPC_ADDR_NAME};
use berkeley::{
    AlgAddress, CanAddress, Interface, NetlinkAddress, OtherAddress, PacketAddress, ToAddress,
};
use berkeley_os::names::{if_indextoname, if_nametoindex};

use super::prelude::*;

kernel_cases! {
    "family-01" present, Vary::NOTHING, ["G05", "K02"],
        "POSIX socket: EAFNOSUPPORT; Linux socket(2)",
        "A family works or is not supported, whether it once existed, never did, or is no number.";
    "family-02" optional, Vary::NOTHING, ["G05", "K02"],
        "Linux socket(2): EAFNOSUPPORT, EPROTONOSUPPORT",
        "A family that a kernel may lack works or is not supported; with it its protocols.";
    "family-03" declared, Vary::NOTHING, ["G06"],
        "Python manual: the address format is that of the socket's family; measured",
        "An address is written as the declared family says, and read as the kernel's says.";
    "family-04" unknown, Vary::NOTHING, ["A27", "G06"],
        "decided: number and bytes go to the kernel as they are",
        "An address of a family that nobody knows is a number and bytes.";
    "family-05" netlink_names, Vary::NOTHING, ["A13"],
        "Linux netlink(7)",
        "The kernel chooses the port of a NETLINK socket that asks for none.";
    "family-06" netlink_question, Vary::NOTHING, ["A13"],
        "Linux rtnetlink(7): RTM_GETLINK",
        "A question to the kernel is answered by the kernel, as port 0.";
    "family-07" packet_names, Vary::NOTHING, ["A21"],
        "Linux packet(7)",
        "A PACKET socket is bound to an interface by name, and called by five parts.", NEEDS_ROOT;
    "family-08" frames, Vary::NOTHING, ["A21", "E05", "K03"],
        "Linux packet(7); Python manual: the network sniffer",
        "A sniffer sees each packet of an interface, with Ethernet's header or not.", NEEDS_ROOT;
    "family-09" to_everybody, Vary::NOTHING, ["A23"],
        "Python manual: Socket families, '<broadcast>'; measured on a network with loopback alone",
        "A stream does not connect to everybody.", NEEDS_ROOT;
}

/// Numbers of families that Linux never had or has no more, and some that are free.
const ABSENT: [AddressFamily; 11] = [
    AddressFamily::BRIDGE,
    AddressFamily::NETBEUI,
    AddressFamily::SECURITY,
    AddressFamily::ASH,
    AddressFamily::ECONET,
    AddressFamily::SNA,
    AddressFamily::IRDA,
    AddressFamily::WANPIPE,
    AddressFamily(250),
    AddressFamily(9999),
    AddressFamily(u16::MAX),
];

fn present(lab: &Kernel, _variant: &Variant) -> Outcome {
    for family in ABSENT {
        for socket_type in [SocketType::STREAM, SocketType::DGRAM, SocketType::RAW] {
            let outcome = lab.near().socket(family, socket_type, Protocol::DEFAULT);
            expect_error!(outcome, EAFNOSUPPORT);
        }
    }
    for family in [
        AddressFamily::UNIX,
        AddressFamily::INET,
        AddressFamily::INET6,
        AddressFamily::NETLINK,
        AddressFamily::ROUTE,
    ] {
        let socket = lab.near().socket(family, SocketType::DGRAM, Protocol::DEFAULT)?;
        expect_eq!(socket.family(), family);
        expect_true!(socket.getsockname()?.family() == family);
    }
    expect_eq!(AddressFamily::ROUTE, AddressFamily::NETLINK);
    Ok(())
}

fn optional(lab: &Kernel, _variant: &Variant) -> Outcome {
    let packets = SocketType::SEQPACKET;
    // family, type, protocol
    for (family, socket_type, protocol) in [
        (AddressFamily::CAN, SocketType::RAW, Protocol::CAN_RAW),
        (AddressFamily::CAN, SocketType::DGRAM, Protocol::CAN_BCM),
        (AddressFamily::CAN, SocketType::DGRAM, Protocol::CAN_ISOTP),
        (AddressFamily::TIPC, SocketType::RDM, Protocol::DEFAULT),
        (AddressFamily::ALG, packets, Protocol::DEFAULT),
        (AddressFamily::VSOCK, SocketType::STREAM, Protocol::DEFAULT),
        (AddressFamily::QIPCRTR, SocketType::DGRAM, Protocol::DEFAULT),
        (AddressFamily::BLUETOOTH, packets, Protocol::BTPROTO_L2CAP),
    ] {
        match lab.near().socket(family, socket_type, protocol) {
            Ok(socket) => {
                // Its address is read as one of its family, where an unbound socket has one.
                let is_known = socket.getsockname().map_or(true, |name| {
                    name.family() == family && !matches!(name, Address::Other(_))
                });
                expect_true!(is_known);
            }
            Err(error) => {
                // A kernel that has the family may lack the protocol.
                let is_refused = error.is(Errno::EAFNOSUPPORT) || error.is(Errno::EPROTONOSUPPORT);
                expect_true!(is_refused);
            }
        }
    }
    Ok(())
}

/// The socket, declared as one of another family.
fn declared_as(
    socket: &Socket<Os>,
    family: AddressFamily,
    protocol: Protocol,
) -> Result<Socket<Os>, Error> {
    let handle = socket.backend().retain(socket.handle())?;
    Socket::from_handle(Os, handle, family, SocketType::DGRAM, protocol)
}

fn declared(lab: &Kernel, _variant: &Variant) -> Outcome {
    type Family = AddressFamily;
    let inet = lab.near().datagram(Family::INET)?;
    let lo = Interface::try_from("lo")?;
    let default = Protocol::DEFAULT;
    // The kernel wants 16 bytes before it looks at the family: EINVAL, or EAFNOSUPPORT.
    // declared family, protocol, address, whether it is long enough
    for (family, protocol, address, is_long) in [
        (Family::UNIX, default, &"/twelve-char" as &dyn ToAddress, false), // and a NUL
        (Family::UNIX, default, &"/thirteen-cha", true),
        (Family::UNIX, default, &"\0thirteen-cha", false), // and none
        (Family::UNIX, default, &"\0fourteen-chars", true),
        (Family::NETLINK, default, &(1, 2), false),
        (Family::QIPCRTR, default, &(1, 2), false),
        (Family::VSOCK, default, &(1, 2), true),
        (Family::TIPC, default, &(TIPC_ADDR_NAME, 1, 2, 3), true),
        (Family::PACKET, default, &("lo", ETHERTYPE_IP), true),
        (Family::CAN, Protocol::CAN_RAW, &CanAddress::raw(lo), true),
        (Family::ALG, default, &AlgAddress::new("hash", "sha256")?, true),
        (Family::INET6, default, &("::1", 0), true),
    ] {
        let socket = declared_as(&inet, family, protocol)?;
        expect_eq!(socket.family(), family);
        if is_long {
            expect_error!(socket.bind(address), EAFNOSUPPORT);
        } else {
            expect_error!(socket.bind(address), EINVAL);
        }
        expect_eq!(socket.getsockname()?, Address::unspecified(Family::INET)?);
    }
    // What the kernel tells is an IPv4 address, whoever asks, and so is who has sent.
    inet.bind(("127.0.0.1", 0))?;
    let mut other = declared_as(&inet, Family::TIPC, default)?;
    expect_true!(other.getsockname()? == inet.getsockname()?);
    other.settimeout(LONG)?;
    inet.sendto(b"self", inet.getsockname()?)?;
    let (count, sender) = other.recvfrom(&mut [0; 8])?;
    expect_true!((count, sender) == (4, Some(inet.getsockname()?)));
    Ok(())
}

fn unknown(lab: &Kernel, _variant: &Variant) -> Outcome {
    let nobodys = AddressFamily(250);
    let inet = lab.near().datagram(AddressFamily::INET)?;
    let socket = declared_as(&inet, nobodys, Protocol::DEFAULT)?;
    expect_error!(socket.bind(OtherAddress::new(nobodys, &[0; 13])?), EINVAL);
    expect_error!(socket.bind(OtherAddress::new(nobodys, &[0; 14])?), EAFNOSUPPORT);
    expect_eq!(socket.getsockname()?, Address::unspecified(AddressFamily::INET)?);
    expect_error!(socket.sendto(b"x", OtherAddress::new(nobodys, &[0; 14])?), EAFNOSUPPORT);
    Ok(())
}

/// A NETLINK socket for routes, that waits up to [`LONG`].
fn route(lab: &Kernel) -> Result<Socket<Os>, Error> {
    let mut socket =
        lab.near().socket(AddressFamily::NETLINK, SocketType::RAW, Protocol::DEFAULT)?;
    socket.settimeout(LONG)?;
    Ok(socket)
}

fn netlink_names(lab: &Kernel, _variant: &Variant) -> Outcome {
    let (first, second) = (route(lab)?, route(lab)?);
    expect_eq!(first.getsockname()?, Address::from(NetlinkAddress::new(0, 0)));
    let mut ports = [0; 2];
    for (socket, port) in [&first, &second].into_iter().zip(&mut ports) {
        socket.bind((0, 0))?;
        let Address::Netlink(name) = socket.getsockname()? else {
            return Err(Failure::new("getsockname", format_args!("is of another family")));
        };
        expect_true!(name.pid > 0);
        expect_eq!(name.groups, 0);
        *port = name.pid;
    }
    expect_true!(ports[0] != ports[1]);
    // The port is settled, the groups are not.
    expect_error!(first.bind((ports[1], 0)), EINVAL);
    expect_eq!(first.bind((ports[0], 1)), Ok(()));
    expect_true!(first.getsockname()? == NetlinkAddress::new(ports[0], 1).into());
    expect_error!(route(lab)?.bind((ports[0], 0)), EADDRINUSE);
    expect_eq!(first.connect((0, 0)), Ok(()));
    expect_eq!(first.getpeername()?, Address::from(NetlinkAddress::new(0, 0)));
    Ok(())
}

fn netlink_question(lab: &Kernel, _variant: &Variant) -> Outcome {
    let socket = route(lab)?;
    // struct nlmsghdr: length, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence, port; then
    // struct rtgenmsg.
    let mut request = [0; 17];
    request[..4].copy_from_slice(&17_u32.to_ne_bytes());
    request[4..6].copy_from_slice(&18_u16.to_ne_bytes());
    request[6..8].copy_from_slice(&0x301_u16.to_ne_bytes());
    request[8..12].copy_from_slice(&7_u32.to_ne_bytes());
    expect_eq!(socket.sendto(&request, (0, 0))?, 17);
    let mut buffer = [0; 32 * 1024];
    let (count, sender) = socket.recvfrom(&mut buffer)?;
    expect_eq!(sender, Some(Address::from(NetlinkAddress::new(0, 0))));
    expect_true!(count > 32);
    expect_true!(buffer[4..6] == 16_u16.to_ne_bytes()); // RTM_NEWLINK
    expect_true!(buffer[8..12] == 7_u32.to_ne_bytes());
    Ok(())
}

fn to_everybody(lab: &Kernel, _variant: &Variant) -> Outcome {
    for host in ["<broadcast>", "255.255.255.255"] {
        let socket = lab.near().stream(AddressFamily::INET)?;
        expect_error!(socket.connect((host, 9)), ENETUNREACH);
        expect_eq!(socket.connect_ex((host, 9))?, Errno::ENETUNREACH.raw());
    }
    Ok(())
}

/// The EtherTypes for local experiments: nobody else's frames come. Source: IEEE 802.
const EXPERIMENTAL: u16 = 0x88B5;

/// A PACKET socket that waits up to [`LONG`].
fn packet(lab: &Kernel, socket_type: SocketType) -> Result<Socket<Os>, Error> {
    let mut socket = lab.near().socket(AddressFamily::PACKET, socket_type, Protocol::DEFAULT)?;
    socket.settimeout(LONG)?;
    Ok(socket)
}

/// The parts of an address of frames, the interface as Python names it.
#[track_caller]
fn parts_of(address: Address) -> Result<(std::string::String, PacketAddress), Failure> {
    let Address::Packet(address) = address else {
        return Err(Failure::new("an address", format_args!("is of another family")));
    };
    let Interface::Index(index) = address.interface else {
        return Err(Failure::new("an address", format_args!("has a name")));
    };
    let name = if index == 0 { "".into() } else { if_indextoname(index)? };
    Ok((name, address))
}

fn packet_names(lab: &Kernel, _variant: &Variant) -> Outcome {
    let socket = packet(lab, SocketType::DGRAM)?;
    let (interface, name) = parts_of(socket.getsockname()?)?;
    expect_eq!(interface, "");
    expect_eq!((name.protocol, name.packet_type), (0, 0));
    expect_error!(socket.bind(("no-such-device", 0)), ENODEV);
    expect_error!(socket.bind(("", 0)), ENODEV);
    expect_error!(socket.connect(("lo", 0)), EOPNOTSUPP);
    expect_error!(socket.listen(1), EOPNOTSUPP);
    // The interface by its name and by its number.
    for given in ["lo".try_into()?, Interface::Index(if_nametoindex("lo")?)] {
        let socket = packet(lab, SocketType::DGRAM)?;
        socket.bind(PacketAddress::new(given, EXPERIMENTAL))?;
        let (interface, name) = parts_of(socket.getsockname()?)?;
        expect_eq!(interface, "lo");
        expect_eq!(name.protocol, EXPERIMENTAL);
        expect_eq!(name.packet_type, PACKET_HOST);
        expect_eq!(name.hardware_type, 772);
        expect_eq!(name.hardware_address(), [0; 6]);

        let to = PacketAddress::new(given, EXPERIMENTAL).with_hardware_address(&[0; 6])?;
        expect_eq!(socket.sendto(b"frame", to)?, 5);
        let mut buffer = [0; 64];
        let (count, sender) = socket.recvfrom(&mut buffer)?;
        expect_eq!(&buffer[..count], b"frame");
        let (interface, sender) =
            parts_of(sender.ok_or_else(|| Failure::new("recvfrom", format_args!("no sender")))?)?;
        expect_eq!(interface, "lo");
        expect_eq!((sender.protocol, sender.packet_type), (EXPERIMENTAL, PACKET_HOST));
        expect_eq!(sender.hardware_address(), [0; 6]);
    }
    let long = PacketAddress::new("lo".try_into()?, 0).with_hardware_address(&[0; 9]);
    expect_eq!(long.map(|_| ()), Err(Error::INVALID_VALUE));
    Ok(())
}

fn frames(lab: &Kernel, _variant: &Variant) -> Outcome {
    let (sender, receiver) =
        (lab.near().datagram(AddressFamily::INET)?, lab.near().datagram(AddressFamily::INET)?);
    receiver.bind(("127.0.0.1", 0))?;
    sender.connect(receiver.getsockname()?)?;
    let port = receiver.getsockname()?.port().unwrap_or_default();
    // type, bytes of Ethernet header
    for (socket_type, header) in [(SocketType::RAW, 14), (SocketType::DGRAM, 0)] {
        let sniffer = packet(lab, socket_type)?;
        sniffer.bind(("lo", berkeley::constants::ETH_P_ALL))?;
        expect_eq!(sender.send(b"to be sniffed")?, 13);
        let mut seen = 0;
        while seen < 2 {
            let mut buffer = [0; 256];
            let (count, from) = sniffer.recvfrom(&mut buffer)?;
            // IPv4 and UDP have 20 and 8 bytes of header; who sent before is not meant.
            let start = header + 28;
            if count != start + 13 || buffer[start - 6..start - 4] != port.to_be_bytes() {
                continue;
            }
            expect_eq!(&buffer[start..count], b"to be sniffed");
            expect_true!(header == 0 || buffer[12..14] == ETHERTYPE_IP.to_be_bytes());
            let from = from.ok_or_else(|| Failure::new("recvfrom", format_args!("no sender")))?;
            let (interface, from) = parts_of(from)?;
            expect_eq!(interface, "lo");
            expect_eq!((from.protocol, from.hardware_type), (ETHERTYPE_IP, 772));
            // It goes out and comes in.
            expect_eq!(from.packet_type, [PACKET_OUTGOING, PACKET_HOST][seen]);
            seen += 1;
        }
        expect_eq!(receiver.recv(&mut [0; 32])?, 13);
    }
    Ok(())
}
