//! Messages: data in parts, and the control messages that travel beside it.

use core::net::IpAddr;

use berkeley::{
    CMSG_LEN, CMSG_SPACE, ControlBuffer, ControlMessages, ControlValue, Ipv4PacketInfo,
    Ipv6PacketInfo, Net, OptionLevel, OptionName,
};

use super::prelude::*;
use crate::case::Family;
use crate::peer::{Peer, Receipt, Script};

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);
const NONE: MessageFlags = MessageFlags::NONE;

cases! {
    "message-01" gathered, Vary::FAMILY.and(Vary::MODE), ["N01"],
        "POSIX sendmsg; Python manual: sendmsg",
        "The parts of a message are one datagram, to an address or to the peer.";
    "message-02" empty, Vary::FAMILY, ["N01", "N02"],
        "measured, python-socket.md N01",
        "A message of no parts, or of empty ones, is an empty datagram.";
    "message-03" scattered, Vary::FAMILY.and(Vary::MODE), ["N02"],
        "POSIX recvmsg; Python manual: recvmsg_into",
        "A datagram fills the first buffer, then the next ones, and has its sender.";
    "message-04" cut, Vary::FAMILY, ["N02", "K09"],
        "POSIX recvmsg: MSG_TRUNC; Linux recv(2)",
        "A datagram that does not fit is told to be cut, and its length for the asking.";
    "message-05" over_streams, BOTH_WAYS, ["N01", "N02", "K09"],
        "POSIX sendmsg, recvmsg",
        "Over a stream parts are bytes in a row, without boundaries and without a sender.";
    "message-06" gives_up, Vary::FAMILY.and(Vary::LIMITED), ["N01", "N02"],
        "Python manual: settimeout",
        "Messages wait as long as the socket's timeout says.";
    "message-07" more_than_fits, BOTH_WAYS, ["N01"],
        "POSIX send: blocks until there is room",
        "A blocking message of more than all buffers is sent as a whole.";
    "message-08" lengths, Vary::NOTHING, ["N03"],
        "RFC 3542 20.2; Python manual: CMSG_LEN, CMSG_SPACE",
        "The length of a control message, and the room that it takes, are arithmetic.";
    "message-09" packet_info, Vary::FAMILY, ["N02", "K14", "K15", "N36"],
        "Linux ip(7): IP_PKTINFO; RFC 3542 6.2",
        "On request a datagram says at which address and interface it came.";
    "message-10" hops_and_class, Vary::FAMILY, ["N01", "N02", "K14", "K15"],
        "Linux ip(7): IP_RECVTTL, IP_RECVTOS; RFC 3542 6.3, 6.5",
        "Hop limit and traffic class are chosen for one datagram and received on request.";
    "message-11" source, Vary::NOTHING, ["N01", "K14"],
        "Linux ip(7): IP_PKTINFO",
        "The source address of one datagram can be chosen.";
    "message-12" control_cut, Vary::FAMILY, ["N02", "K09"],
        "POSIX recvmsg: MSG_CTRUNC; Python manual: recvmsg",
        "Control messages that do not fit are told to be cut.";
    "message-13" control_refused, Vary::FAMILY, ["N01"],
        "Linux ip(7), ipv6(7): EINVAL",
        "A control message that is not understood is refused, and nothing is sent.";
}

fn gathered<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    let (name, peer, mut buffer) = (near.getsockname()?, far.getsockname()?, [b'-'; 8]);
    expect_error!(near.sendmsg(&[b"to ", b"whom?"], &[], NONE), EDESTADDRREQ);
    expect_eq!(near.sendmsg_to(&[b"one", b"", b"two"], &[], NONE, peer)?, 6);
    expect_eq!(far.recvfrom(&mut buffer)?, (6, Some(name)));
    expect_eq!(buffer, *b"onetwo--");
    near.connect(peer)?;
    expect_eq!(near.sendmsg(&[b"peer"], &[], NONE)?, 4);
    expect_eq!(far.recv(&mut buffer)?, 4);
    let other = far_datagram(lab, variant)?;
    expect_eq!(near.sendmsg_to(&[b"else", b"where"], &[], NONE, other.getsockname()?)?, 9);
    expect_eq!(other.recv(&mut [0; 16])?, 9);
    Ok(())
}

fn empty<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    let parts: [&[&[u8]]; 3] = [&[], &[b""], &[b"", b""]];
    for parts in parts {
        expect_eq!(far.sendmsg_to(parts, &[], NONE, near.getsockname()?)?, 0);
        let message = near.recvmsg(&mut [0; 8], &mut [], NONE)?;
        expect_eq!((message.length, message.flags), (0, NONE));
        expect_eq!(message.address, Some(far.getsockname()?));
    }
    // No room takes a datagram all the same.
    far.sendto(b"swallowed", near.getsockname()?)?;
    let message = near.recvmsg_into(&mut [], &mut [], NONE)?;
    expect_eq!((message.length, message.flags), (0, MessageFlags::TRUNC));
    stays_quiet(lab.near(), &near, Readiness::READABLE)
}

fn scattered<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    far.sendto(b"0123456789", near.getsockname()?)?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    let (mut first, mut second) = ([b'-'; 4], [b'-'; 8]);
    let message = near.recvmsg_into(&mut [&mut first, &mut [], &mut second], &mut [0; 64], NONE)?;
    expect_eq!((message.length, message.control_length, message.flags), (10, 0, NONE));
    expect_eq!(message.address, Some(far.getsockname()?));
    expect_eq!((first, second), (*b"0123", *b"456789--"));
    Ok(())
}

fn cut<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    let (trunc, peek) = (MessageFlags::TRUNC, MessageFlags::PEEK);
    // room of the two buffers, asked with, length, length of the datagram as told, flags told
    for (room, flags, length, full_length, told) in [
        ((4, 6), NONE, 10, 10, NONE),
        ((4, 6), trunc, 10, 10, NONE),
        ((4, 5), NONE, 9, 9, trunc),
        ((0, 0), NONE, 0, 0, trunc),
        ((4, 5), trunc, 9, 10, trunc),
        ((4, 5), trunc | peek, 9, 10, trunc),
    ] {
        far.sendto(b"0123456789", near.getsockname()?)?;
        let (mut first, mut second) = ([b'-'; 6], [b'-'; 6]);
        let mut buffers = [&mut first[..room.0], &mut second[..room.1]];
        let message = near.recvmsg_into(&mut buffers, &mut [], flags)?;
        expect_eq!((message.length, message.flags), (length, told));
        expect_eq!(message.full_length, full_length);
        expect_true!(
            first[..room.0] == b"0123"[..room.0] && first[room.0..] == b"------"[room.0..]
        );
        expect_true!(second[..room.1] == b"456789"[..room.1]);
    }
    expect_eq!(near.recv(&mut [0; 16])?, 10); // the last one was peeked
    expect_eq!(readiness(lab.near(), &near)?, Readiness::WRITABLE);
    Ok(())
}

fn over_streams<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let elsewhere = far_deaf(lab, variant)?.getsockname()?;
    expect_eq!(near.sendmsg(&[b"one, ", b"", b"two"], &[], NONE)?, 8);
    expect_bytes(lab.far(), &far, b"one, two")?;
    expect_eq!(near.sendmsg(&[], &[], NONE)?, 0);
    stays_quiet(lab.far(), &far, Readiness::READABLE)?;
    expect_eq!(near.sendmsg_to(&[b"to the ", b"peer"], &[], NONE, elsewhere)?, 11);
    expect_bytes(lab.far(), &far, b"to the peer")?;

    let (mut first, mut second) = ([b'-'; 3], [b'-'; 5]);
    far.sendall(b"0123456789")?;
    for flags in [MessageFlags::WAITALL | MessageFlags::PEEK, MessageFlags::WAITALL] {
        // Peeking does not wait for the rest: all of it must be there.
        wait_for(lab.near(), &near, Readiness::READABLE)?;
        let message = near.recvmsg_into(&mut [&mut first, &mut second], &mut [], flags)?;
        expect_eq!((message.length, message.flags, message.address), (8, NONE, None));
        expect_eq!((first, second), (*b"012", *b"34567"));
    }
    expect_bytes(lab.near(), &near, b"89")?;
    far.shutdown(Shutdown::WR)?;
    let message = near.recvmsg(&mut [0; 8], &mut [], NONE)?;
    expect_eq!((message.length, message.flags, message.address), (0, NONE, None));

    let unconnected = near_stream(lab, variant)?;
    expect_error!(unconnected.sendmsg(&[b"x"], &[], NONE), EPIPE);
    expect_error!(unconnected.recvmsg(&mut [0; 8], &mut [], NONE), ENOTCONN);
    Ok(())
}

fn gives_up<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let mut near = near_datagram(lab, variant)?;
    near.settimeout(variant.mode.limited(SHORT))?;
    expect_gives_up(variant.mode, near.recvmsg(&mut [0; 8], &mut [], NONE))?;
    let Connection { mut near, far: _far } = connection(lab, variant)?;
    fill(lab.near(), &mut near)?;
    near.settimeout(variant.mode.limited(SHORT))?;
    expect_gives_up(variant.mode, near.recvmsg(&mut [0; 8], &mut [], NONE))?;
    expect_gives_up(variant.mode, near.sendmsg(&[b"x"], &[], NONE))?;
    Ok(())
}

fn more_than_fits<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let before = fill(lab.near(), &mut near)?;
    near.setblocking(true)?;
    lab.accompany(Peer::new(far, Script::Drain)?);
    expect_eq!(near.sendmsg(&[b"..", &CHUNK, b"", b".."], &[], NONE)?, CHUNK.len() + 4);
    near.shutdown(Shutdown::WR)?;
    let mut expected = Receipt::default();
    for _ in 0..(before + CHUNK.len() as u64 + 4) {
        expected.add(b".");
    }
    expect_bytes(lab.near(), &near, &expected.to_bytes())
}

fn lengths<L: Lab>(_: &L, _: &Variant) -> Outcome {
    const WORD: usize = size_of::<usize>();
    /// The largest `socklen_t` that every host has.
    const LARGEST: usize = 0x7FFF_FFFF;
    let overflow = Err(Error::OVERFLOW);
    let header = WORD + 8; // a length, a level and a kind
    // data, how many words it takes
    for (length, words) in [(0, 0), (1, 1), (WORD, 1), (WORD + 1, 2), (4096, 4096 / WORD)] {
        expect_eq!(CMSG_LEN(length), Ok(header + length));
        expect_eq!(CMSG_SPACE(length), Ok(header + words * WORD));
    }
    expect_eq!(CMSG_LEN(LARGEST - header), Ok(LARGEST));
    expect_eq!(CMSG_LEN(LARGEST - header + 1), overflow);
    expect_eq!(CMSG_SPACE(LARGEST - header - WORD + 1), overflow);
    expect_eq!(CMSG_LEN(usize::MAX), overflow);
    expect_eq!(CMSG_SPACE(usize::MAX), overflow);
    Ok(())
}

/// The only control message beside the next datagram.
fn control_value<B: Backend + Clone>(
    net: &Net<B>,
    socket: &Socket<B>,
) -> Result<Option<ControlValue>, Failure> {
    wait_for(net, socket, Readiness::READABLE)?;
    let mut control = [0; 128];
    let message = socket.recvmsg(&mut [0; 8], &mut control, NONE)?;
    let mut messages = ControlMessages::new(&control[..message.control_length]);
    let value = messages.next().and_then(|message| message.value());
    if !message.flags.is_empty() || messages.next().is_some() {
        return Err(Failure::new("recvmsg", format_args!("more came beside: {message:?}")));
    }
    Ok(value)
}

fn packet_info<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    let (level, option) = match variant.family {
        Family::Inet => (OptionLevel::IP, IP_PKTINFO),
        Family::Inet6 => (OptionLevel::IPV6, IPV6_RECVPKTINFO),
    };
    far.sendto(b"before", near.getsockname()?)?;
    expect_eq!(control_value(lab.near(), &near)?, None);
    near.setsockopt(level, option, 1)?;
    far.sendto(b"after", near.getsockname()?)?;
    let interface = lab.near_interface();
    let expected = match lab.near_address(variant.family) {
        Some(IpAddr::V4(local)) => {
            ControlValue::Ipv4PacketInfo(Ipv4PacketInfo { interface, local, destination: local })
        }
        Some(IpAddr::V6(address)) => {
            ControlValue::Ipv6PacketInfo(Ipv6PacketInfo { interface, address })
        }
        None => return Err(Failure::new("the lab", format_args!("has no such address"))),
    };
    expect_eq!(control_value(lab.near(), &near)?, Some(expected));
    Ok(())
}

fn hops_and_class<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_datagram(lab, variant)?;
    let (ip, ipv6) = (OptionLevel::IP, OptionLevel::IPV6);
    // level, option to receive it, what comes by default, what is sent and comes then
    let rows = match variant.family {
        Family::Inet => [
            (ip, IP_RECVTTL, ControlValue::TimeToLive(64), ControlValue::TimeToLive(9)),
            (ip, IP_RECVTOS, ControlValue::TypeOfService(0), ControlValue::TypeOfService(0x10)),
        ],
        Family::Inet6 => [
            (ipv6, IPV6_RECVHOPLIMIT, ControlValue::HopLimit(64), ControlValue::HopLimit(9)),
            (ipv6, IPV6_RECVTCLASS, ControlValue::TrafficClass(0), ControlValue::TrafficClass(32)),
        ],
    };
    for (level, option, default, chosen) in rows {
        let far = far_datagram(lab, variant)?;
        far.setsockopt(level, option, 1)?;
        expect_eq!(near.sendto(b"x", far.getsockname()?)?, 1);
        expect_eq!(control_value(lab.far(), &far)?, Some(default));
        let mut room = [0; 64];
        let mut control = ControlBuffer::new(&mut room);
        control.push_value(&chosen)?;
        expect_eq!(near.sendmsg_to(&[b"x"], control.as_slice(), NONE, far.getsockname()?)?, 1);
        expect_eq!(control_value(lab.far(), &far)?, Some(chosen));
        // Of that one alone.
        expect_eq!(near.sendto(b"x", far.getsockname()?)?, 1);
        expect_eq!(control_value(lab.far(), &far)?, Some(default));
    }
    Ok(())
}

fn source<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (lab.near().datagram(variant.family.number())?, far_datagram(lab, variant)?);
    let second = second_any(lab, variant)?;
    let (Some(IpAddr::V4(local)), Some(IpAddr::V4(destination))) =
        (second.ip(), far.getsockname()?.ip())
    else {
        return Err(Failure::new("the lab", format_args!("has no such address")));
    };
    let info = Ipv4PacketInfo { interface: 0, local, destination };
    let mut room = [0; 64];
    let mut control = ControlBuffer::new(&mut room);
    control.push_value(&ControlValue::Ipv4PacketInfo(info))?;
    expect_eq!(near.sendmsg_to(&[b"x"], control.as_slice(), NONE, far.getsockname()?)?, 1);
    let (_, sender) = far.recvfrom(&mut [0; 8])?;
    expect_eq!(sender.map(|sender| sender.with_port(0)), Some(second));
    Ok(())
}

/// The option to receive the hop limit.
fn receive_hops(variant: &Variant) -> (OptionLevel, OptionName) {
    match variant.family {
        Family::Inet => (OptionLevel::IP, IP_RECVTTL),
        Family::Inet6 => (OptionLevel::IPV6, IPV6_RECVHOPLIMIT),
    }
}

fn control_cut<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    let (level, option) = receive_hops(variant);
    near.setsockopt(level, option, 1)?;
    let header = CMSG_LEN(0)?;
    // room, bytes of data in the control message if there is one, flags
    for (room, length, flags) in [
        (0, None, MessageFlags::CTRUNC),
        (header - 1, None, MessageFlags::CTRUNC),
        (header + 3, Some(3), MessageFlags::CTRUNC),
        (header + 4, Some(4), NONE),
        (header + 48, Some(4), NONE),
    ] {
        far.sendto(b"data", near.getsockname()?)?;
        let mut control = [0; 64];
        let message = near.recvmsg(&mut [0; 8], &mut control[..room], NONE)?;
        expect_eq!((message.length, message.flags), (4, flags)); // the data is whole
        let mut messages = ControlMessages::new(&control[..message.control_length]);
        expect_eq!(messages.next().map(|message| message.data.len()), length);
        expect_eq!(messages.next(), None);
    }
    Ok(())
}

fn control_refused<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    near.connect(far.getsockname()?)?;
    let (level, hops) = match variant.family {
        Family::Inet => (OptionLevel::IP, IP_TTL.0),
        Family::Inet6 => (OptionLevel::IPV6, IPV6_HOPLIMIT.0),
    };
    let (int, too_many) = (9i32.to_ne_bytes(), 256i32.to_ne_bytes());
    // level, kind, data
    let rows: [(OptionLevel, i32, &[u8]); 5] = [
        (OptionLevel::SOCKET, 9999, &int), // an unknown kind
        (level, 9999, &int),
        (level, hops, b"12"), // too short
        (level, hops, b""),
        (level, hops, &too_many), // out of range
    ];
    for (level, kind, data) in rows {
        let mut room = [0; 64];
        let mut control = ControlBuffer::new(&mut room);
        control.push(level, kind, data)?;
        expect_error!(near.sendmsg(&[b"x"], control.as_slice(), NONE), EINVAL);
    }
    stays_quiet(lab.far(), &far, Readiness::READABLE)
}
