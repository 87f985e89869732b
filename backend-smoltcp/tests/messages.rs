//! Messages in several parts, and pairs, on the userspace stack.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, clippy::type_complexity, reason = "tables of a test")]

mod support;

use core::cell::RefCell;
use std::rc::Rc;

use berkeley::{AddressFamily, Errno, Error, MessageFlags, Protocol, SocketType};

use support::*;

const NONE: MessageFlags = MessageFlags::NONE;

/// Cuts `data` into parts of these lengths; the last one is the rest.
fn parts_of<'a>(mut data: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    for length in lengths {
        let (part, rest) = data.split_at(*length);
        parts.push(part);
        data = rest;
    }
    parts.push(data);
    parts
}

#[test]
fn the_parts_of_a_datagram_are_one() {
    // lengths of the parts but the last, length of all; the receiver verifies the checksum
    for (lengths, total) in [
        (&[][..], 0),
        (&[], 5),
        (&[0, 3, 0, 1], 5),    // odd places, empty parts
        (&[1, 1, 1, 1], 4),    // an empty rest
        (&[7, 1400, 1], 5001), // in fragments that end inside of parts
        (&[1472, 1472], 3000), // and where parts do
    ] {
        for (near, far) in [(NEAR[0], FAR[0]), (NEAR[1], FAR[1])] {
            let pair = Pair::new(1);
            let receiver = pair.far.datagram(family_of(far)).unwrap();
            receiver.bind((far, 7)).unwrap();
            let sender = pair.near.datagram(family_of(near)).unwrap();
            let data = pattern(total, 9);
            let sent = sender.sendmsg_to(&parts_of(&data, lengths), &[], NONE, (far, 7));
            assert_eq!(sent, Ok(total), "{lengths:?}");

            let (mut first, mut second, mut third) = ([0; 3], [0; 0], vec![0; 6000]);
            let message = receiver
                .recvmsg_into(&mut [&mut first, &mut second, &mut third], &mut [0; 64], NONE)
                .unwrap();
            assert_eq!((message.length, message.full_length), (total, total), "{lengths:?}");
            assert_eq!((message.control_length, message.flags), (0, NONE));
            assert_eq!(message.address.and_then(|address| address.ip()), Some(ip(near)));
            let received: Vec<u8> = first.into_iter().chain(third).take(total).collect();
            assert_eq!(received, data, "{lengths:?}");
        }
    }
}

#[test]
fn what_does_not_fit_is_told() {
    let (trunc, peek) = (MessageFlags::TRUNC, MessageFlags::PEEK);
    // room, asked with, length, real length as told, flags told
    for (room, flags, length, full_length, told) in [
        ([4, 6], NONE, 10, 10, NONE),
        ([4, 7], trunc, 10, 10, NONE),
        ([4, 5], NONE, 9, 9, trunc),
        ([4, 5], trunc, 9, 10, trunc),
        ([0, 0], trunc, 0, 10, trunc),
        ([4, 5], trunc | peek, 9, 10, trunc),
    ] {
        let pair = Pair::new(2);
        let mut receiver = pair.far.datagram(AddressFamily::INET).unwrap();
        receiver.bind((FAR[0], 7)).unwrap();
        let sender = pair.near.datagram(AddressFamily::INET).unwrap();
        sender.sendto(b"0123456789", (FAR[0], 7)).unwrap();
        let (mut first, mut second) = (vec![0; room[0]], vec![0; room[1]]);
        let message =
            receiver.recvmsg_into(&mut [&mut first, &mut second], &mut [], flags).unwrap();
        assert_eq!(
            (message.length, message.full_length, message.flags),
            (length, full_length, told)
        );
        first.extend(second);
        assert_eq!(first[..length], b"0123456789"[..length]);
        // The rest is lost, or still there after a look.
        receiver.setblocking(false).unwrap();
        let left = receiver.recv(&mut [0; 20]);
        assert_eq!(left.ok(), flags.contains(peek).then_some(10), "{flags:?}");
    }
}

#[test]
fn what_there_is_not_is_an_error() {
    let pair = Pair::new(3);
    let mut datagram = pair.near.datagram(AddressFamily::INET).unwrap();
    datagram.setblocking(false).unwrap();
    let (client, server) = pair.connected(0, 7);
    let long = [0; 40_000];
    let (invalid, unsupported) = (Err(Errno::EINVAL.into()), Err(Errno::EOPNOTSUPP.into()));
    // what it is about, outcome, expected
    let to = (FAR[0], 9);
    for (about, outcome, expected) in [
        ("control", datagram.sendmsg_to(&[b"x"], &[0; 24], NONE, to), invalid),
        ("control on a stream", client.sendmsg(&[b"x"], &[0; 24], NONE), invalid),
        ("a flag", datagram.sendmsg_to(&[b"x"], &[], MessageFlags::OOB, to), unsupported),
        ("no peer", datagram.sendmsg(&[b"x"], &[], NONE), Err(Errno::EDESTADDRREQ.into())),
        (
            "too long together",
            datagram.sendmsg_to(&[&long, &long], &[], NONE, to),
            Err(Errno::EMSGSIZE.into()),
        ),
        ("an address on a stream is ignored", client.sendmsg_to(&[b"x"], &[], NONE, to), Ok(1)),
    ] {
        assert_eq!(outcome, expected, "{about}");
    }
    let length = |outcome: Result<berkeley::ReceivedMessage, Error>| outcome.map(|one| one.length);
    // What a stream would be told with its real length is thrown away (tcp(7)).
    server.sendall(b"0123456789").unwrap();
    let mut buffer = [b'-'; 8];
    assert_eq!(length(client.recvmsg(&mut buffer[..4], &mut [], MessageFlags::TRUNC)), Ok(4));
    assert_eq!(client.recv(&mut buffer[4..]), Ok(4));
    assert_eq!(&buffer, b"----4567");
    let outcome = length(datagram.recvmsg(&mut [0; 4], &mut [], NONE));
    assert_eq!(outcome, Err(Errno::EAGAIN.into()));
}

/// The places of the two rings move by 1000 bytes in each round, so that parts begin and end
/// everywhere, also where a ring starts again.
#[test]
fn the_parts_of_a_stream_follow_each_other() {
    let pair = Pair::over(Default::default(), 4, small(), small());
    let (near, far) = pair.connected(0, 7);
    for round in 0..40 {
        let data = pattern(1000, round);
        let cut = 1 + usize::try_from(round).unwrap() * 24;
        assert_eq!(near.sendmsg(&parts_of(&data, &[cut, 0]), &[], NONE), Ok(1000));
        pair.pass(seconds(1));

        // A look into several buffers shows what is there from the beginning, at least one buffer.
        let (mut first, mut second) = (vec![0; cut], vec![0; 1200]);
        let looked = far
            .recvmsg_into(&mut [&mut [], &mut first, &mut second], &mut [], MessageFlags::PEEK)
            .unwrap();
        assert!(looked.length >= cut && looked.length <= 1000, "{}", looked.length);
        let seen = [&first[..], &second].concat();
        assert_eq!(seen[..looked.length], data[..looked.length], "round {round}");

        let (mut first, mut second) = (vec![0; cut], vec![0; 1200]);
        let message =
            far.recvmsg_into(&mut [&mut first, &mut [], &mut second], &mut [], NONE).unwrap();
        assert_eq!((message.length, message.address), (1000, None));
        assert_eq!([&first[..], &second].concat()[..1000], data, "round {round}");
    }
}

#[test]
fn a_stream_takes_the_parts_that_it_has_room_for() {
    let pair = Pair::over(Default::default(), 5, small(), small());
    let (mut near, mut far) = pair.connected(0, 7);
    near.setblocking(false).unwrap();
    let data = pattern(9000, 1);
    // The buffer has 4096 bytes: the second part is cut.
    let sent = near.sendmsg(&parts_of(&data, &[3000, 3000]), &[], NONE);
    assert_eq!(sent, Ok(4096));
    let mut received = vec![0; 4096];
    assert_eq!(far.recv_into(&mut received, 0, MessageFlags::WAITALL), Ok(4096));
    assert_eq!(received, data[..4096]);
    // In blocking mode all parts go, also over a stack that has no room for them at once.
    near.setblocking(true).unwrap();
    far.setblocking(false).unwrap();
    let read = Rc::new(RefCell::new(Vec::new()));
    let into = Rc::clone(&read);
    pair.simulation.accompany(move || {
        let mut buffer = [0; 700];
        let Ok(count) = far.recv(&mut buffer) else { return false };
        into.borrow_mut().extend_from_slice(&buffer[..count]);
        true
    });
    let data = pattern(20_000, 2);
    assert_eq!(near.sendmsg(&parts_of(&data, &[1, 9000, 0]), &[], NONE), Ok(20_000));
    pair.pass(seconds(5));
    pair.simulation.dismiss();
    assert_eq!(*read.borrow(), data);
}

#[test]
fn a_pair_is_a_connection_over_the_loopback() {
    let pair = Pair::new(6);
    let net = &pair.near;
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        net.setdefaulttimeout(seconds(4));
        let (one, other) = net.socketpair(family, SocketType::STREAM, Protocol::DEFAULT).unwrap();
        for (from, to) in [(&one, &other), (&other, &one)] {
            from.sendall(b"both ways").unwrap();
            let mut buffer = [0; 16];
            assert_eq!(to.recv(&mut buffer), Ok(9));
            assert_eq!(from.getsockname(), to.getpeername());
            assert_eq!((from.family(), from.type_()), (family, SocketType::STREAM));
            assert_eq!(from.gettimeout(), seconds(4).into());
        }
        drop(one);
        assert_eq!(other.recv(&mut [0; 16]), Ok(0));
    }
    // family, type, protocol, error
    for (family, socket_type, protocol, errno) in [
        (AddressFamily::NETLINK, SocketType::STREAM, Protocol::DEFAULT, Errno::EAFNOSUPPORT),
        (AddressFamily::INET, SocketType::DGRAM, Protocol::DEFAULT, Errno::EOPNOTSUPP),
        (AddressFamily::INET, SocketType::RDM, Protocol::DEFAULT, Errno::ESOCKTNOSUPPORT),
        (AddressFamily::INET, SocketType::STREAM, Protocol::UDP, Errno::EPROTONOSUPPORT),
    ] {
        let outcome = net.socketpair(family, socket_type, protocol);
        assert!(failed(&outcome, errno), "{family:?} {socket_type:?} {outcome:?}");
    }
}
