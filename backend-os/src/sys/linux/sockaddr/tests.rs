//! The bytes of every family: what goes to the kernel, and what is believed of its answers.

use std::net::{Ipv4Addr, SocketAddrV4, SocketAddrV6};

use berkeley::constants::TIPC_NODE_SCOPE;
use berkeley::{
    AlgAddress, BluetoothAddress, BluetoothSocketAddress, CanAddress, Interface, L2capAddress,
    NetlinkAddress, PacketAddress, QipcrtrAddress, TipcAddress, TipcTarget, UnixAddress,
    VsockAddress,
};

use super::*;

const DEVICE: BluetoothAddress = BluetoothAddress([0xAB, 5, 4, 3, 2, 1]);

fn inet(octets: [u8; 4], port: u16) -> Address {
    SocketAddrV4::new(Ipv4Addr::from(octets), port).into()
}

fn inet6(text: &str, port: u16, flowinfo: u32, scope_id: u32) -> Address {
    SocketAddrV6::new(text.parse().unwrap(), port, flowinfo, scope_id).into()
}

fn unix(text: &[u8]) -> Address {
    UnixAddress::from_sun_path(text).into()
}

fn packet(index: u32, packet_type: u8, hardware_type: u16, hardware: &[u8]) -> Address {
    let mut address = PacketAddress::new(Interface::Index(index), 0x0800);
    (address.packet_type, address.hardware_type) = (packet_type, hardware_type);
    address.with_hardware_address_of_host(hardware).into()
}

fn l2cap(psm: u16, cid: u16, address_type: u8) -> Address {
    let address = L2capAddress { address: DEVICE, psm, cid, address_type };
    BluetoothSocketAddress::from(address).into()
}

fn alg(features: u32, mask: u32) -> Address {
    let mut address = AlgAddress::new("hash", "sha256").unwrap();
    (address.features, address.mask) = (features, mask);
    address.into()
}

fn other(family: u16, bytes: &[u8]) -> Address {
    OtherAddress::new(AddressFamily(family), bytes).unwrap().into()
}

/// What the kernel would have filled in: these bytes, and a length that may lie.
fn filled(bytes: &[u8], length: usize) -> HostAddress {
    let mut host = HostAddress::room();
    host.put(0, bytes);
    host.length = length as socklen_t;
    host
}

/// Native numbers one after the other, and bytes between them.
macro_rules! bytes_of {
    ($($part:expr),* $(,)?) => {{
        let mut bytes = Vec::new();
        $(bytes.extend_from_slice(&$part);)*
        bytes
    }};
}

fn n16(value: u16) -> [u8; 2] {
    value.to_ne_bytes()
}

fn n32(value: u32) -> [u8; 4] {
    value.to_ne_bytes()
}

#[test]
fn fields_stand_where_the_kernel_reads_them() {
    let device = DEVICE.0;
    let rfcomm = BluetoothSocketAddress::Rfcomm { address: DEVICE, channel: 9 };
    let hci = BluetoothSocketAddress::Hci { device: 0x1234, channel: 3 };
    let sco = BluetoothSocketAddress::Sco { address: DEVICE };
    let name = TipcTarget::Name { service: 7, instance: 8, domain: 9 };
    let near = TIPC_NODE_SCOPE;
    let can = Interface::Index(5);
    let full = [b'x'; 108];
    // address, protocol that is needed to read it, the kernel's bytes
    for (address, protocol, bytes) in [
        (inet([1, 2, 3, 4], 0x1234), None, bytes_of!(n16(2), [0x12, 0x34, 1, 2, 3, 4], [0; 8])),
        (
            inet6("::5", 0x1234, 0xABCDE, 7),
            None,
            bytes_of!(n16(10), [0x12, 0x34, 0, 0x0A, 0xBC, 0xDE], [0; 15], [5], n32(7)),
        ),
        (unix(b""), None, bytes_of!(n16(1))),
        (unix(b"/x"), None, bytes_of!(n16(1), *b"/x\0")),
        (unix(b"\0x\0"), None, bytes_of!(n16(1), *b"\0x\0")),
        (unix(&full[..107]), None, bytes_of!(n16(1), full[..107], [0])),
        (unix(&full), None, bytes_of!(n16(1), full)), // no room for a NUL
        (
            NetlinkAddress::new(7, 0x1234_5678).into(),
            None,
            bytes_of!(n16(16), [0; 2], n32(7), n32(0x1234_5678)),
        ),
        (
            packet(3, 4, 772, &[1, 2, 3, 4, 5, 6]),
            None,
            bytes_of!(n16(17), [8, 0], n32(3), n16(772), [4, 6], [1, 2, 3, 4, 5, 6], [0; 2]),
        ),
        (
            packet(3, 0, 32, &[9; 20]), // InfiniBand: longer than the C type
            None,
            bytes_of!(n16(17), [8, 0], n32(3), n16(32), [0, 20], [9; 20]),
        ),
        (
            TipcAddress::name_seq(7, 8, 9).with_scope(near).into(),
            None,
            bytes_of!(n16(30), [1, 3], n32(7), n32(8), n32(9)),
        ),
        (
            TipcAddress { target: name, scope: -1 }.into(),
            None,
            bytes_of!(n16(30), [2, 0xFF], n32(7), n32(8), n32(9)),
        ),
        (
            TipcAddress::id(7, 8).into(), // node and reference change places
            None,
            bytes_of!(n16(30), [3, 2], n32(8), n32(7), n32(0)),
        ),
        (
            l2cap(0x1234, 0x5678, 2),
            None,
            bytes_of!(n16(31), [0x34, 0x12], device, [0x78, 0x56], [2, 0]),
        ),
        (rfcomm.into(), None, bytes_of!(n16(31), device, [9, 0])),
        (hci.into(), None, bytes_of!(n16(31), n16(0x1234), n16(3))),
        (sco.into(), None, bytes_of!(n16(31), device)),
        (
            VsockAddress::new(3, 0x1234_5678).into(),
            None,
            bytes_of!(n16(40), [0; 2], n32(0x1234_5678), n32(3), [0; 4]),
        ),
        (
            CanAddress::raw(can).into(),
            Some(Protocol::CAN_RAW),
            bytes_of!(n16(29), [0; 2], n32(5), [0; 16]),
        ),
        (
            CanAddress::isotp(can, 0x7E8, 0x7E0).into(),
            Some(Protocol::CAN_ISOTP),
            bytes_of!(n16(29), [0; 2], n32(5), n32(0x7E8), n32(0x7E0), [0; 8]),
        ),
        (
            CanAddress::j1939(can, 0x0102_0304_0506_0708, 0x4_0000, 255).into(),
            Some(Protocol::CAN_J1939),
            bytes_of!(
                n16(29),
                [0; 2],
                n32(5),
                0x0102_0304_0506_0708_u64.to_ne_bytes(),
                n32(0x4_0000),
                [255],
                [0; 3],
            ),
        ),
        (
            alg(1, 2),
            None,
            bytes_of!(n16(38), *b"hash", [0; 10], n32(1), n32(2), *b"sha256", [0; 58]),
        ),
        (QipcrtrAddress::new(7, 8).into(), None, bytes_of!(n16(42), [0; 2], n32(7), n32(8))),
        (other(9999, &[7; 5]), None, bytes_of!(n16(9999), [7; 5])),
        (other(0, &[]), None, bytes_of!(n16(0))),
    ] {
        let host = HostAddress::encode(&address).unwrap();
        assert_eq!(host.filled(), bytes, "{address:?}");
        assert_eq!(host.decode_as(protocol), Some(address));
    }
}

#[test]
fn an_interface_with_a_name_needs_a_socket() {
    let lo = Interface::try_from("lo").unwrap();
    for address in [PacketAddress::new(lo, 3).into(), CanAddress::raw(lo).into()] {
        let encoded = HostAddress::encode(&address).map(|_| ());
        assert_eq!(encoded, Err(Errno::ENODEV.into()), "{address}");
    }
}

#[test]
fn nothing_is_believed_beyond_length_and_family() {
    let four = HostAddress::encode(&inet([1, 2, 3, 4], 5)).unwrap().bytes;
    let six = HostAddress::encode(&inet6("1::2", 5, 6, 7)).unwrap().bytes;
    let link = HostAddress::encode(&packet(3, 4, 772, &[1, 2, 3, 4, 5, 6])).unwrap().bytes;
    let mut lying = four; // an IPv4 address that says it is IPv6
    lying[..2].copy_from_slice(&n16(10));
    let mut long_hardware = link; // says that it has 255 bytes
    long_hardware[11] = 255;
    let all: Vec<u8> = (0..).take(128).collect();
    let stranger = bytes_of!(n16(250), all[2..]);
    let four_of = inet([1, 2, 3, 4], 5);
    // bytes, length that the kernel says, address
    for (bytes, length, address) in [
        (&four[..], 16, Some(four_of)),
        (&four, 128, Some(four_of)),
        (&four, usize::from(u16::MAX), Some(four_of)), // longer than the room
        (&four, u32::MAX as usize, Some(four_of)),
        (&four, 15, Some(other(2, &[0, 5, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0]))),
        (&four, 4, Some(other(2, &[0, 5]))),
        (&four, 2, Some(other(2, &[]))),
        (&four, 1, None), // half a family
        (&four, 0, None), // what a stream says
        (&six, 28, Some(inet6("1::2", 5, 6, 7))),
        (&six, 27, Some(other(10, &six[2..27]))),
        (&lying, 16, Some(other(10, &lying[2..16]))),
        (&link, 18, Some(packet(3, 4, 772, &[1, 2, 3, 4, 5, 6]))), // as Linux says it
        (&link, 14, Some(packet(3, 4, 772, &[1, 2]))),
        (&link, 12, Some(packet(3, 4, 772, &[]))),
        (&link, 11, Some(other(17, &link[2..11]))),
        (&long_hardware, 20, Some(packet(3, 4, 772, &[1, 2, 3, 4, 5, 6, 0, 0]))),
        (&long_hardware, 128, Some(packet(3, 4, 772, &long_hardware[12..44]))), // cut
        (&stranger, 20, Some(other(250, &all[2..20]))),
        (&stranger, 128, Some(other(250, &all[2..110]))), // cut
    ] {
        let decoded = filled(bytes, length).decode();
        assert_eq!(decoded, address, "length {length}");
    }
}

#[test]
fn a_unix_name_ends_where_the_length_says_or_at_a_nul() {
    let x = bytes_of!(n16(1), [b'x'; 126]);
    let nul = bytes_of!(n16(1), [0; 126]);
    // bytes, length that the kernel says, Python's string
    for (bytes, length, name) in [
        (&x[..2], 2, &b""[..]),                  // unnamed
        (b"\x01\x00/tmp/x\0", 9, b"/tmp/x"),     // with the NUL, as Linux says
        (b"\x01\x00/tmp/x\0", 8, b"/tmp/x"),     // and without
        (b"\x01\x00/tmp/x\0old", 12, b"/tmp/x"), // what is behind the NUL is nothing
        (b"\x01\x00/tmp/x\0", 5, b"/tm"),        // shorter than it is
        (&x, 109, &x[2..109]),
        (&x, 110, &x[2..110]), // a path that fills the room
        (&x, 111, &x[2..110]), // what Linux says of it
        (&x, 4096, &x[2..110]),
        (b"\x01\x00\0abs\0x", 6, b"\0abs"), // an abstract name is as long as is said
        (b"\x01\x00\0abs\0x", 8, b"\0abs\0x"),
        (&nul, 3, b"\0"),
        (&nul, 110, &nul[2..110]),
        (&nul, 128, &nul[2..110]),
    ] {
        // The family is in the order of this machine.
        let bytes = bytes_of!(n16(1), bytes[2..]);
        let decoded = filled(&bytes, length).decode();
        assert_eq!(decoded, Some(unix(name)), "length {length}");
        let Some(Address::Unix(decoded)) = decoded else { panic!() };
        assert_eq!(decoded.as_bytes(), name, "length {length}");
    }
}

/// Every family's bytes, cut everywhere: a whole address, or number and bytes, and never a panic.
#[test]
fn short_addresses_are_number_and_bytes() {
    let can = Interface::Index(5);
    // address, protocol, from how many bytes on it is whole
    for (address, protocol, whole) in [
        (inet([1; 4], 1), None, 16),
        (inet6("1::1", 1, 1, 1), None, 28),
        (NetlinkAddress::new(1, 1).into(), None, 12),
        (TipcAddress::name_seq(1, 1, 1).into(), None, 16),
        (VsockAddress::new(1, 1).into(), None, 16),
        (QipcrtrAddress::new(1, 1).into(), None, 12),
        (alg(1, 1), None, 88),
        (l2cap(1, 0, 0), Some(Protocol::BTPROTO_L2CAP), 10), // the rest is younger
        (
            BluetoothSocketAddress::Rfcomm { address: DEVICE, channel: 1 }.into(),
            Some(Protocol::BTPROTO_RFCOMM),
            9, // the rest is padding
        ),
        (
            BluetoothSocketAddress::Hci { device: 1, channel: 0 }.into(),
            Some(Protocol::BTPROTO_HCI),
            4,
        ),
        (BluetoothSocketAddress::Sco { address: DEVICE }.into(), Some(Protocol::BTPROTO_SCO), 8),
        (CanAddress::raw(can).into(), Some(Protocol::CAN_BCM), 8),
        (CanAddress::isotp(can, 1, 1).into(), Some(Protocol::CAN_ISOTP), 16),
        (CanAddress::j1939(can, 1, 1, 1).into(), Some(Protocol::CAN_J1939), 21),
    ] {
        let mut host = HostAddress::encode(&address).unwrap();
        for length in 2..=host.filled().len() {
            host.length = length as socklen_t;
            let cut = other(address.family().0, &host.bytes[2..length]);
            let expected = if length < whole { cut } else { address };
            assert_eq!(host.decode_as(protocol), Some(expected), "{address}, length {length}");
        }
    }
}

#[test]
fn the_protocol_says_which_address_of_a_family_it_is_or_else_the_length() {
    let sco = BluetoothSocketAddress::Sco { address: DEVICE };
    let rfcomm = BluetoothSocketAddress::Rfcomm { address: DEVICE, channel: 9 };
    let ten = bytes_of!(n16(31), DEVICE.0, [9, 0]);
    let can = bytes_of!(n16(29), [0; 2], n32(5), n32(1), n32(2), n32(3), [4, 0, 0, 0]);
    let name = u64::from_ne_bytes(field(&can, 8).unwrap());
    let five = Interface::Index(5);
    // bytes, protocol, address
    for (bytes, protocol, address) in [
        (&ten[..], None, rfcomm.into()),
        (&ten, Some(Protocol::BTPROTO_RFCOMM), rfcomm.into()),
        (&ten, Some(Protocol::BTPROTO_SCO), sco.into()),
        (&ten, Some(Protocol(8)), other(31, &ten[2..])), // a protocol that is not known
        (&ten[..9], None, other(31, &ten[2..9])),        // a length that nothing has
        (&can, None, CanAddress::j1939(five, name, 3, 4).into()),
        (&can[..16], None, CanAddress::isotp(five, 1, 2).into()),
        (&can[..8], None, CanAddress::raw(five).into()),
        (&can, Some(Protocol::CAN_ISOTP), CanAddress::isotp(five, 1, 2).into()),
        (&can, Some(Protocol::CAN_RAW), CanAddress::raw(five).into()),
        (&can[..8], Some(Protocol::CAN_J1939), other(29, &can[2..8])),
    ] {
        let decoded = filled(bytes, bytes.len()).decode_as(protocol);
        assert_eq!(decoded, Some(address), "{protocol:?}, {} bytes", bytes.len());
    }
}

#[test]
fn contents_that_cannot_be_are_number_and_bytes() {
    let mut tipc = HostAddress::encode(&TipcAddress::id(1, 2).into()).unwrap();
    tipc.bytes[2] = 4; // names nothing
    assert_eq!(tipc.decode(), Some(other(30, &tipc.bytes[2..16])));
    // where, with what: a type and a name without an end, and a name that is not UTF-8
    for (at, what) in [(2, &[b'x'; 14][..]), (24, &[b'x'; 64]), (24, &[0xFF])] {
        let mut host = HostAddress::encode(&alg(1, 2)).unwrap();
        host.put(at, what);
        assert_eq!(host.decode(), Some(other(38, &host.bytes[2..88])), "at {at}");
    }
}

/// Bytes that nobody chose, for every family and length: no panic, and what was understood is
/// understood the same way again.
#[test]
fn any_bytes_are_an_address_or_number_and_bytes() {
    let mut random: u64 = 0x1234_5678_9ABC_DEF1;
    let mut draw = move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 56) as u8
    };
    let protocols = [None, Some(0), Some(1), Some(2), Some(3), Some(6), Some(7), Some(8)];
    let step = if cfg!(miri) { 65 } else { 1 }; // which takes its time
    for family in 0..=50_u16 {
        for length in (0..=130).step_by(step) {
            let mut bytes: Vec<u8> = (0..128).map(|_| draw()).collect();
            bytes[..2].copy_from_slice(&n16(family));
            bytes[2] &= draw(); // what a TIPC address names, more often one of the three
            for protocol in protocols.map(|number| number.map(Protocol)) {
                let address = filled(&bytes, length).decode_as(protocol);
                assert_eq!(address.is_none(), length < 2, "{family}, {length} bytes");
                let Some(address) = address else { continue };
                assert_eq!(address.family(), AddressFamily(family));
                if (address.family(), protocol) == (AddressFamily::CAN, None) {
                    continue; // all are sent with one length, which then says nothing
                }
                let again = HostAddress::encode(&address).unwrap().decode_as(protocol);
                assert_eq!(again, Some(address), "{family}, {length} bytes, {protocol:?}");
            }
        }
    }
}
