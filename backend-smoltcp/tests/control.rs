//! Control messages beside datagrams, on hosts with several interfaces and addresses.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "tables of a test")]

mod support;

use core::net::IpAddr;

use berkeley::options::*;
use berkeley::{
    AddressFamily, Backend, ControlBuffer, ControlMessages, ControlValue, Errno, Error,
    Ipv4PacketInfo, Ipv6PacketInfo, MessageFlags, OptionLevel, Socket,
};

use support::*;

const NONE: MessageFlags = MessageFlags::NONE;
const IP: OptionLevel = OptionLevel::IP;
const IPV6: OptionLevel = OptionLevel::IPV6;
/// The interface behind the loopback.
const LINK: u32 = 2;

/// What comes beside the next datagram.
fn beside<B: Backend + Clone>(socket: &Socket<B>) -> Vec<ControlValue> {
    let mut control = [0; 256];
    let message = socket.recvmsg(&mut [0; 64], &mut control, NONE).unwrap();
    assert_eq!(message.flags, NONE);
    let messages = ControlMessages::new(&control[..message.control_length]);
    messages.map(|message| message.value().unwrap()).collect()
}

/// Sends a byte with one thing chosen.
fn send_with<B: Backend + Clone>(
    socket: &Socket<B>,
    value: ControlValue,
    to: (&str, u16),
) -> Result<usize, Error> {
    let mut room = [0; 64];
    let mut control = ControlBuffer::new(&mut room);
    control.push_value(&value).unwrap();
    socket.sendmsg_to(&[b"x"], control.as_slice(), NONE, to)
}

fn info4(interface: u32, local: &str, destination: &str) -> ControlValue {
    let (IpAddr::V4(local), IpAddr::V4(destination)) = (ip(local), ip(destination)) else {
        panic!("{local} {destination}")
    };
    ControlValue::Ipv4PacketInfo(Ipv4PacketInfo { interface, local, destination })
}

fn info6(interface: u32, address: &str) -> ControlValue {
    let IpAddr::V6(address) = ip(address) else { panic!("{address}") };
    ControlValue::Ipv6PacketInfo(Ipv6PacketInfo { interface, address })
}

/// Order and contents are what Linux 6.18 tells.
#[test]
fn a_socket_for_both_families_is_told_in_linux_order() {
    let pair = Pair::new(1);
    let receiver = pair.far.datagram(AddressFamily::INET6).unwrap();
    receiver.bind(("::", 7)).unwrap();
    for (level, name) in [
        (IPV6, IPV6_RECVPKTINFO),
        (IPV6, IPV6_RECVHOPLIMIT),
        (IPV6, IPV6_RECVTCLASS),
        (IP, IP_PKTINFO),
        (IP, IP_RECVTTL),
        (IP, IP_RECVTOS),
    ] {
        receiver.setsockopt(level, name, 1).unwrap();
    }
    let of_ipv4 = |local, destination: &str| {
        vec![
            info6(LINK, &format!("::ffff:{destination}")),
            info4(LINK, local, destination),
            ControlValue::TimeToLive(9),
            ControlValue::TypeOfService(0x13),
        ]
    };
    let of_ipv6 =
        vec![info6(LINK, FAR[1]), ControlValue::HopLimit(0), ControlValue::TrafficClass(0x20)];
    // to, what is told
    for (to, expected) in [
        (FAR[0], of_ipv4(FAR[0], FAR[0])),
        // Whoever answers a broadcast answers from an address of his own.
        ("192.0.2.255", of_ipv4(FAR[0], "192.0.2.255")),
        (FAR[1], of_ipv6),
    ] {
        let sender = pair.near.datagram(family_of(to)).unwrap();
        sender.set_option(BROADCAST, true).unwrap();
        sender.setsockopt(IP, IP_TTL, 9).unwrap();
        sender.setsockopt(IP, IP_TOS, 0x13).unwrap();
        if family_of(to) == AddressFamily::INET6 {
            sender.setsockopt(IPV6, IPV6_UNICAST_HOPS, 0).unwrap();
            sender.setsockopt(IPV6, IPV6_TCLASS, 0x20).unwrap();
        }
        sender.sendto(b"x", (to, 7)).unwrap();
        assert_eq!(beside(&receiver), expected, "{to}");
    }
}

#[test]
fn the_way_of_a_datagram_is_chosen_among_what_there_is() {
    let pair = Pair::new(2);
    let receiver = pair.far.datagram(AddressFamily::INET6).unwrap();
    receiver.bind(("::", 7)).unwrap();
    let failed = |errno: Errno| Err(Error::from(errno));
    // what is chosen, to, outcome; measured on Linux 6.18
    for (value, to, outcome) in [
        (info4(LINK, "0.0.0.0", "0.0.0.0"), FAR[0], Ok(1)),
        (info4(0, NEAR[0], "0.0.0.0"), FAR[0], Ok(1)),
        (info4(0, "198.51.100.9", "0.0.0.0"), FAR[0], failed(Errno::ENETUNREACH)),
        (info4(0, "224.0.0.1", "0.0.0.0"), FAR[0], failed(Errno::EINVAL)),
        (info4(4242, "0.0.0.0", "0.0.0.0"), FAR[0], failed(Errno::ENODEV)),
        (info4(u32::MAX, "0.0.0.0", "0.0.0.0"), FAR[0], failed(Errno::ENODEV)),
        (info6(LINK, "::"), FAR[1], Ok(1)),
        (info6(0, NEAR[1]), FAR[1], Ok(1)),
        (info6(0, "2001:db8::77"), FAR[1], failed(Errno::EINVAL)),
        (info6(0, "fe80::1"), FAR[1], failed(Errno::EINVAL)),
        (info6(4242, "::"), FAR[1], failed(Errno::ENODEV)),
    ] {
        let sender = pair.near.datagram(family_of(to)).unwrap();
        assert_eq!(send_with(&sender, value, (to, 7)), outcome, "{value:?}");
        if outcome.is_ok() {
            assert_eq!(receiver.recv(&mut [0; 8]), Ok(1), "{value:?}");
        }
    }
    // A socket for both families names the source as it does elsewhere.
    let sender = pair.near.datagram(AddressFamily::INET6).unwrap();
    let to = "::ffff:192.0.2.2";
    assert_eq!(send_with(&sender, info6(0, "::ffff:192.0.2.1"), (to, 7)), Ok(1));
    assert_eq!(send_with(&sender, info6(0, "::"), (to, 7)), failed(Errno::EINVAL));
    assert_eq!(receiver.recv(&mut [0; 8]), Ok(1));
}
