//! Messages, control messages, pairs, passed descriptors and files, on the kernel.

#![allow(clippy::unwrap_used, clippy::type_complexity, reason = "tables of a test")]

mod common;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use berkeley::options::{
    IP_PKTINFO, IP_RECVTOS, IP_RECVTTL, IPV6_RECVHOPLIMIT, IPV6_RECVPKTINFO, IPV6_RECVTCLASS,
    SO_PASSCRED, SO_TIMESTAMP, SO_TIMESTAMPNS,
};
use berkeley::{
    AddressFamily, CMSG_LEN, ControlBuffer, ControlMessages, ControlValue, Credentials, Errno,
    Error, Ipv4PacketInfo, Ipv6PacketInfo, MessageFlags, OptionLevel, Protocol, Socket, SocketType,
    Timeout,
};
use berkeley_os::{Os, PassDescriptors, socketpair};

use common::{NET, PATIENTLY, datagrams, streams};

const NONE: MessageFlags = MessageFlags::NONE;
const INET: AddressFamily = AddressFamily::INET;
const INET6: AddressFamily = AddressFamily::INET6;
/// The number of the loopback interface, which is the first one of every network.
const LOOPBACK: u32 = 1;

/// A pair of UNIX sockets in timeout mode.
fn unix(socket_type: SocketType) -> (Socket<Os>, Socket<Os>) {
    let (mut one, mut other) =
        NET.socketpair(AddressFamily::UNIX, socket_type, Protocol::DEFAULT).unwrap();
    one.settimeout(PATIENTLY).unwrap();
    other.settimeout(PATIENTLY).unwrap();
    (one, other)
}

/// Receives one message and says what came beside it.
fn values(socket: &Socket<Os>) -> Vec<ControlValue> {
    let (mut buffer, mut control) = ([0; 64], [0; 512]);
    let message = socket.recvmsg(&mut buffer, &mut control, NONE).unwrap();
    assert_eq!(message.flags, NONE);
    ControlMessages::new(&control[..message.control_length])
        .map(|message| message.value().unwrap_or_else(|| panic!("{message:?}")))
        .collect()
}

#[test]
fn parts_are_gathered_and_scattered() {
    let pairs = [
        ("UDP", datagrams(INET)),
        ("UDP over IPv6", datagrams(INET6)),
        ("TCP", streams(INET)),
        ("UNIX stream", unix(SocketType::STREAM)),
        ("UNIX datagram", unix(SocketType::DGRAM)),
        ("UNIX seqpacket", unix(SocketType::SEQPACKET)),
    ];
    // Few parts are on the stack, many on the heap.
    for count in [3, 8, 9, 1024] {
        for (about, (from, to)) in &pairs {
            let data: Vec<u8> = (0..count).map(|number: usize| number.to_le_bytes()[0]).collect();
            let mut parts: Vec<&[u8]> = data.chunks(1).collect();
            parts[1] = &[]; // all bytes but one, and an empty part
            assert_eq!(from.sendmsg(&parts, &[], NONE), Ok(count - 1), "{about}");
            let mut places = vec![[0xEE]; count];
            let mut buffers: Vec<&mut [u8]> =
                places.iter_mut().map(|place| &mut place[..]).collect();
            let flags = if *about == "TCP" { MessageFlags::WAITALL } else { NONE };
            let message = to.recvmsg_into(&mut buffers, &mut [], flags).unwrap();
            assert_eq!(
                (message.length, message.full_length, message.flags.without(MessageFlags::EOR)),
                (count - 1, count - 1, NONE),
                "{about}"
            );
            assert_eq!(message.control_length, 0, "{about}");
            let received: Vec<u8> = places[..count - 1].iter().flatten().copied().collect();
            let skipped: Vec<u8> = data[..1].iter().chain(&data[2..]).copied().collect();
            assert_eq!(received, skipped, "{about}");
            assert_eq!(places[count - 1], [0xEE], "{about}: nothing behind the last byte");
        }
    }
}

#[test]
fn an_empty_message_is_one() {
    // N01: no part at all, and empty ones
    let (from, to) = datagrams(INET);
    for parts in [&[][..], &[&b""[..]], &[b"", b""]] {
        assert_eq!(from.sendmsg(parts, &[], NONE), Ok(0));
        let message = to.recvmsg_into(&mut [], &mut [], NONE).unwrap();
        assert_eq!((message.length, message.flags), (0, NONE));
        assert_eq!(message.address, from.getsockname().ok());
    }
    // No room takes a datagram from the queue all the same.
    from.send(b"lost").unwrap();
    let message = to.recvmsg(&mut [], &mut [], NONE).unwrap();
    assert_eq!((message.length, message.flags), (0, MessageFlags::TRUNC));
}

#[test]
fn refused_messages_are_not_sent() {
    let (from, mut to) = datagrams(INET);
    let alone = NET.datagram(INET).unwrap();
    let (stream, _other) = streams(INET);
    let unconnected = NET.stream(INET).unwrap();
    let too_many = vec![&b""[..]; 1025];
    let long = vec![0; 65_508];
    let to_name = to.getsockname().unwrap();
    let bad_length = [0xFF; 24];
    let mut shorter = CMSG_LEN(4).unwrap().to_ne_bytes().to_vec();
    shorter.extend([0; 8]);
    // what it is about, outcome, error
    for (about, outcome, errno) in [
        ("too many parts", from.sendmsg(&too_many, &[], NONE), Errno::EMSGSIZE),
        ("too long", from.sendmsg(&[&long], &[], NONE), Errno::EMSGSIZE),
        ("too long together", from.sendmsg(&[&long[1..], b"x"], &[], NONE), Errno::EMSGSIZE),
        ("a length that lies", from.sendmsg(&[b"x"], &bad_length, NONE), Errno::EINVAL),
        ("data that is not there", from.sendmsg(&[b"x"], &shorter, NONE), Errno::EINVAL),
        ("no peer", alone.sendmsg(&[b"x"], &[], NONE), Errno::EDESTADDRREQ),
        ("no connection", unconnected.sendmsg(&[b"x"], &[], NONE), Errno::EPIPE),
        (
            "an unknown flag",
            from.sendmsg(&[b"x"], &[], MessageFlags(1 << 30 | 1 << 28)),
            Errno::EOPNOTSUPP,
        ),
        (
            "another family",
            alone.sendmsg_to(&[b"x"], &[], NONE, (Ipv6Addr::LOCALHOST, 9)),
            Errno::EAFNOSUPPORT,
        ),
        ("port 0", alone.sendmsg_to(&[b"x"], &[], NONE, to_name.with_port(0)), Errno::EINVAL),
    ] {
        assert_eq!(outcome, Err(errno.into()), "{about}");
    }
    assert_eq!(stream.sendmsg_to(&[b"x"], &[], NONE, to_name), Ok(1), "ignored by a stream");
    to.setblocking(false).unwrap();
    assert_eq!(to.recv(&mut [0; 9]), Err(Errno::EAGAIN.into()));
    let mut many: Vec<&mut [u8]> = (0..1025).map(|_| &mut [][..]).collect();
    let outcome = to.recvmsg_into(&mut many, &mut [], NONE).map(|_| ());
    assert_eq!(outcome, Err(Errno::EMSGSIZE.into()));
}

#[test]
fn a_message_waits_as_long_as_its_socket() {
    let (_from, mut to) = datagrams(INET);
    let (again, timed_out) = (Errno::EAGAIN.into(), Error::TIMED_OUT);
    let short = Timeout::After(Duration::from_millis(30));
    // mode, flags, error
    for (timeout, flags, error) in [
        (Timeout::NonBlocking, NONE, again),
        (Timeout::Blocking, MessageFlags::DONTWAIT, again),
        (short, NONE, timed_out),
        (short, MessageFlags::DONTWAIT, timed_out), // as CPython: the timeout decides
        (Timeout::Blocking, MessageFlags::ERRQUEUE, again),
        (short, MessageFlags::ERRQUEUE, again),
    ] {
        to.settimeout(timeout).unwrap();
        let outcome = to.recvmsg(&mut [0; 9], &mut [0; 99], flags).map(|_| ());
        assert_eq!(outcome, Err(error), "{timeout:?} {flags:?}");
    }
}

#[test]
fn what_does_not_fit_is_told() {
    let (trunc, peek) = (MessageFlags::TRUNC, MessageFlags::PEEK);
    // room, asked with, length, real length, flags told
    for (room, flags, length, full_length, told) in [
        ([4, 6], NONE, 10, 10, NONE),
        ([4, 5], NONE, 9, 9, trunc),
        ([4, 5], trunc, 9, 10, trunc),
        ([0, 0], trunc, 0, 10, trunc),
        ([4, 5], trunc | peek, 9, 10, trunc),
    ] {
        for (from, to) in [datagrams(INET), unix(SocketType::DGRAM)] {
            from.send(b"0123456789").unwrap();
            let (mut first, mut second) = (vec![0; room[0]], vec![0; room[1]]);
            let message = to.recvmsg_into(&mut [&mut first, &mut second], &mut [], flags).unwrap();
            let found = (message.length, message.full_length, message.flags);
            assert_eq!(found, (length, full_length, told), "{room:?} {flags:?}");
            first.extend(second);
            assert_eq!(first[..length], b"0123456789"[..length]);
        }
    }
}

#[test]
fn options_ask_for_control_messages() {
    use OptionLevel as Level;
    let info = Ipv4PacketInfo {
        interface: LOOPBACK,
        local: Ipv4Addr::LOCALHOST,
        destination: Ipv4Addr::LOCALHOST,
    };
    let info6 = Ipv6PacketInfo { interface: LOOPBACK, address: Ipv6Addr::LOCALHOST };
    // family, option, what is sent along, what comes
    for (family, (level, option), sent, received) in [
        (INET, (Level::IP, IP_PKTINFO), None, ControlValue::Ipv4PacketInfo(info)),
        (INET, (Level::IP, IP_RECVTTL), None, ControlValue::TimeToLive(64)),
        (
            INET,
            (Level::IP, IP_RECVTTL),
            Some(ControlValue::TimeToLive(9)),
            ControlValue::TimeToLive(9),
        ),
        (INET, (Level::IP, IP_RECVTOS), None, ControlValue::TypeOfService(0)),
        (
            INET,
            (Level::IP, IP_RECVTOS),
            Some(ControlValue::TypeOfService(0x10)),
            ControlValue::TypeOfService(0x10),
        ),
        (INET6, (Level::IPV6, IPV6_RECVPKTINFO), None, ControlValue::Ipv6PacketInfo(info6)),
        (
            INET6,
            (Level::IPV6, IPV6_RECVPKTINFO),
            Some(ControlValue::Ipv6PacketInfo(info6)),
            ControlValue::Ipv6PacketInfo(info6),
        ),
        (
            INET6,
            (Level::IPV6, IPV6_RECVHOPLIMIT),
            Some(ControlValue::HopLimit(9)),
            ControlValue::HopLimit(9),
        ),
        (
            INET6,
            (Level::IPV6, IPV6_RECVTCLASS),
            Some(ControlValue::TrafficClass(0x20)),
            ControlValue::TrafficClass(0x20),
        ),
    ] {
        let (from, to) = datagrams(family);
        to.setsockopt(level, option, 1).unwrap();
        let mut room = [0; 128];
        let mut control = ControlBuffer::new(&mut room);
        if let Some(value) = &sent {
            control.push_value(value).unwrap();
        }
        assert_eq!(from.sendmsg(&[b"x"], control.as_slice(), NONE), Ok(1), "{sent:?}");
        assert_eq!(values(&to), [received], "{sent:?}");
    }
}

#[test]
fn the_way_of_a_datagram_can_be_chosen() {
    // All of 127/8 is the host's own: the source address is that of the control message.
    let (from, to) = (NET.datagram(INET).unwrap(), datagrams(INET).1);
    let info = Ipv4PacketInfo {
        interface: 0,
        local: Ipv4Addr::new(127, 0, 0, 7),
        destination: Ipv4Addr::UNSPECIFIED,
    };
    let mut room = [0; 64];
    let mut control = ControlBuffer::new(&mut room);
    control.push_value(&ControlValue::Ipv4PacketInfo(info)).unwrap();
    let name = to.getsockname().unwrap();
    assert_eq!(from.sendmsg_to(&[b"x"], control.as_slice(), NONE, name), Ok(1));
    let message = to.recvmsg(&mut [0; 9], &mut [], NONE).unwrap();
    assert_eq!(message.address.and_then(|sender| sender.ip()), Some(info.local.into()));
}

#[test]
fn times_are_those_of_the_clock() {
    for option in [SO_TIMESTAMP, SO_TIMESTAMPNS] {
        let (from, to) = datagrams(INET);
        to.setsockopt(OptionLevel::SOCKET, option, 1).unwrap();
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        // Microseconds are cut.
        let before = now() - Duration::from_micros(1);
        from.send(b"x").unwrap();
        let values = values(&to);
        let [ControlValue::Timestamp(time)] = values[..] else { panic!("{values:?}") };
        // The kernel begins to mark packets a moment after it was asked first.
        assert!(before <= time && time <= now(), "{before:?} {time:?}");
    }
}

#[test]
fn control_messages_that_do_not_fit_are_told() {
    let (from, to) = datagrams(INET);
    to.setsockopt(OptionLevel::IP, IP_RECVTTL, 1).unwrap();
    let header = CMSG_LEN(0).unwrap();
    // room, flags, bytes of data in the message, if there is one
    for (room, flags, data) in [
        (0, MessageFlags::CTRUNC, None),
        (header - 1, MessageFlags::CTRUNC, None),
        (header + 3, MessageFlags::CTRUNC, Some(3)),
        (header + 4, NONE, Some(4)),
        (header + 99, NONE, Some(4)),
    ] {
        from.send(b"x").unwrap();
        let mut control = vec![0; room];
        let message = to.recvmsg(&mut [0; 9], &mut control, NONE).unwrap();
        assert_eq!(message.flags, flags, "{room}");
        let found: Vec<usize> = ControlMessages::new(&control[..message.control_length])
            .map(|message| message.data.len())
            .collect();
        assert_eq!(found, Vec::from_iter(data), "{room}");
    }
}

#[test]
fn the_sender_has_credentials() {
    for socket_type in [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET] {
        let (from, to) = unix(socket_type);
        to.setsockopt(OptionLevel::SOCKET, SO_PASSCRED, 1).unwrap();
        let pid = i32::try_from(std::process::id()).unwrap();
        let process = std::fs::metadata("/proc/self").unwrap(); // belongs to who runs it
        let (uid, gid) = (process.uid(), process.gid());
        let own = ControlValue::Credentials(Credentials { pid, uid, gid });
        let mut room = [0; 64];
        let mut control = ControlBuffer::new(&mut room);
        for named in [false, true] {
            if named {
                control.push_value(&own).unwrap();
            }
            assert_eq!(from.sendmsg(&[b"x"], control.as_slice(), NONE), Ok(1));
            assert_eq!(values(&to), [own], "{socket_type:?} {named}");
        }
        // They are not in the way of descriptors.
        let file = std::fs::File::open("/dev/null").unwrap();
        from.send_fds(&[b"x"], &[file.as_fd(); 3]).unwrap();
        let received = to.recv_fds(&mut [0; 9], 3).unwrap();
        assert_eq!(
            (received.descriptors.len(), received.flags.without(MessageFlags::EOR)),
            (3, NONE)
        );
        assert_eq!(received.credentials.map(ControlValue::Credentials), Some(own));
    }
}

#[test]
fn pairs_are_connected_both_ways() {
    let unix = AddressFamily::UNIX;
    // family, type
    for (family, socket_type) in [
        (unix, SocketType::STREAM),
        (unix, SocketType::DGRAM),
        (unix, SocketType::SEQPACKET),
        (unix, SocketType::STREAM | SocketType::NONBLOCK | SocketType::CLOEXEC),
        (INET, SocketType::STREAM), // over the loopback, as on hosts without pairs
        (INET6, SocketType::STREAM),
        (INET, SocketType::STREAM | SocketType::NONBLOCK),
    ] {
        let (one, other) = NET.socketpair(family, socket_type, Protocol::DEFAULT).unwrap();
        let is_nonblock = socket_type.is_nonblock();
        for (from, to) in [(&one, &other), (&other, &one)] {
            assert_eq!(from.gettimeout() == Timeout::NonBlocking, is_nonblock);
            assert_eq!((from.family(), from.type_()), (family, socket_type.without_flags()));
            assert_eq!(from.send(b"both ways"), Ok(9));
            let mut entries =
                [berkeley::PollEntry::new(to.handle(), berkeley::Readiness::READABLE)];
            assert_eq!(NET.poll(&mut entries, PATIENTLY), Ok(1));
            assert_eq!(to.recv(&mut [0; 16]), Ok(9));
        }
        if socket_type.without_flags() != SocketType::DGRAM {
            drop(one);
            let mut entries =
                [berkeley::PollEntry::new(other.handle(), berkeley::Readiness::READABLE)];
            assert_eq!(NET.poll(&mut entries, PATIENTLY), Ok(1));
            assert_eq!(other.recv(&mut [0; 16]), Ok(0), "the end");
        }
    }
    let (one, other) = socketpair().unwrap();
    assert_eq!(
        (one.family(), one.type_(), other.proto()),
        (unix, SocketType::STREAM, Protocol::DEFAULT)
    );
    // family, type, error
    for (family, socket_type, errno) in [
        (INET, SocketType::DGRAM, Errno::EOPNOTSUPP),
        (unix, SocketType(0), Errno::ESOCKTNOSUPPORT),
        (unix, SocketType(99), Errno::EINVAL),
        (AddressFamily(999), SocketType::STREAM, Errno::EAFNOSUPPORT),
    ] {
        let outcome = NET.socketpair(family, socket_type, Protocol::DEFAULT).map(|_| ());
        assert_eq!(outcome, Err(errno.into()), "{family:?} {socket_type:?}");
    }
}
