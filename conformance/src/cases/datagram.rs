//! UDP: boundaries, sizes, filters, and the errors that come back.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::{OptionLevel, OtherAddress};

use super::multicast::{GROUP, member, port_of, sender};
use super::option::takes;
use super::prelude::*;
use crate::case::Family;

cases! {
    "datagram-01" without_destination, Vary::FAMILY, ["S37"],
        "POSIX send: EDESTADDRREQ",
        "Sending without a destination is refused.";
    "datagram-02" names_itself, Vary::FAMILY, ["S18", "S41"],
        "measured, python-socket.md S18",
        "The first sendto takes a free port at the wildcard.";
    "datagram-03" nothing_there, Vary::FAMILY.and(Vary::LIMITED), ["S34", "S44"],
        "POSIX recv: EAGAIN",
        "Receiving on an unbound socket finds nothing.";
    "datagram-04" connected, Vary::FAMILY.and(Vary::MODE), ["S10", "S17", "S18", "S41"],
        "POSIX connect: datagram sockets",
        "Connecting fixes the own address and the sender, and sendto still goes elsewhere.";
    "datagram-05" queued_before, Vary::FAMILY, ["S10"],
        "measured on Linux",
        "What came before connecting is still delivered.";
    "datagram-06" reconnected, Vary::FAMILY, ["S10", "S17"],
        "POSIX connect: datagram sockets",
        "A datagram socket may connect again, to another peer.";
    "datagram-07" truncated, Vary::FAMILY.and(Vary::MODE), ["S34", "S35"],
        "POSIX recv: message-based sockets",
        "A short buffer takes the beginning, and the rest of the datagram is lost.";
    "datagram-08" empty, Vary::FAMILY.and(Vary::MODE), ["S32", "S34", "S39"],
        "measured, python-socket.md 3.9",
        "An empty datagram is delivered, with its sender.";
    "datagram-09" into_nothing, Vary::FAMILY, ["S34", "S35"],
        "measured, python-socket.md 3.9",
        "Receiving into nothing, with the sender, takes a datagram.";
    "datagram-10" peek, Vary::FAMILY, ["K09", "S35"],
        "POSIX recv: MSG_PEEK",
        "Peeking leaves the datagram.";
    "datagram-11" boundaries, Vary::FAMILY.and(Vary::MODE), ["S34", "S39"],
        "RFC 768",
        "Datagrams are neither merged nor split.";
    "datagram-12" longest, Vary::FAMILY, ["S37"],
        "RFC 768; measured, python-socket.md S37 and here",
        "The longest datagram arrives whole, and one byte more is refused.";
    "datagram-13" port_zero, Vary::FAMILY, ["S41"],
        "measured, python-socket.md S41",
        "Port 0 is no destination.";
    "datagram-14" refused, Vary::FAMILY, ["S10", "X07"],
        "RFC 1122 4.1.3.3; measured, python-socket.md 3.8",
        "A connected socket learns once that nobody is there, and goes on.";
    "datagram-15" refused_unconnected, Vary::FAMILY, ["S41"],
        "measured, python-socket.md 3.8",
        "An unconnected socket never learns that nobody is there.";
    "datagram-16" broadcast, Vary::NOTHING, ["A23", "X07"],
        "POSIX SO_BROADCAST: EACCES",
        "Broadcasting needs permission.";
    "datagram-17" overflow, Vary::FAMILY, ["S37"],
        "measured, python-socket.md 3.9",
        "When the queue is full the newest are lost, and sending goes on.";
    "datagram-19" no_way, Vary::FAMILY, ["S41"],
        "POSIX sendto, connect: ENETUNREACH",
        "Where no route leads nothing can be sent, and the socket stays as it was.", NEEDS_ROOT;
    "datagram-20" membership, Vary::NOTHING, ["K14"],
        "Linux ip(7): IP_ADD_MEMBERSHIP; measured",
        "A group is joined once and left once, and must be one.";
    "datagram-21" multicast, Vary::FAMILY, ["K14", "K15"],
        "RFC 3493 5.2; Linux ip(7): IP_MULTICAST_TTL; measured",
        "Multicast packets pass no router and come back, unless chosen otherwise.";
    "datagram-22" two_members, Vary::FAMILY, ["K14", "K15"],
        "RFC 1112 7.2; POSIX SO_REUSEADDR",
        "Two members at one port both receive what is sent to the group.";
    "datagram-23" answered, Vary::FAMILY, ["N01", "N02"],
        "Linux ip(7): IP_PKTINFO; RFC 3542 6",
        "Who was asked at one of several addresses can answer from it.";
    "datagram-26" in_pieces, Vary::FAMILY, ["S37"],
        "RFC 791 3.2; RFC 8200 4.5",
        "Datagrams of more than a packet arrive whole, several in a row and from several senders.";
    "datagram-27" shut_down, Vary::FAMILY, ["S51"],
        "POSIX shutdown; measured on Linux",
        "Shutting a connected socket down wakes who waits to receive, and ends sending.";
    "datagram-29" disconnected, Vary::FAMILY, ["S10", "S17", "S18"],
        "POSIX connect: AF_UNSPEC; measured on Linux",
        "Disconnecting leaves of the own address what the program has chosen.";
    "datagram-30" connected_to_no_port, Vary::FAMILY, ["S10", "S17"],
        "measured on Linux",
        "Connecting to port 0 is taken, and is no connection.";
}

/// A datagram's bytes and its sender, in any mode.
fn next<L: Lab>(
    lab: &L,
    socket: &Socket<L::Near>,
    buffer: &mut [u8],
) -> Result<(usize, Option<Address>), Failure> {
    wait_for(lab.near(), socket, Readiness::READABLE)?;
    Ok(socket.recvfrom(buffer)?)
}

/// An unbound near datagram socket in the variant's mode.
fn unbound<L: Lab>(lab: &L, variant: &Variant) -> Result<Socket<L::Near>, Failure> {
    let mut socket = lab.near().datagram(variant.family.number())?;
    socket.settimeout(variant.mode.patient())?;
    Ok(socket)
}

fn without_destination<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = unbound(lab, variant)?;
    expect_error!(near.send(b"x"), EDESTADDRREQ);
    expect_error!(near.sendall(b""), EDESTADDRREQ);
    expect_error!(near.getpeername(), ENOTCONN);
    Ok(())
}

fn names_itself<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (unbound(lab, variant)?, far_datagram(lab, variant)?);
    expect_eq!(near.sendto(b"hello", far.getsockname()?)?, 5);
    let name = near.getsockname()?;
    expect_eq!(name.with_port(0), Address::unspecified(variant.family.number())?);
    expect_true!(name.port() >= Some(1024));
    let (count, sender) = far.recvfrom(&mut [0; 8])?;
    expect_eq!(count, 5);
    expect_eq!(sender, Some(near_any(lab, variant)?.with_port(name.port().unwrap_or(0))));
    Ok(())
}

fn nothing_there<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let mut near = unbound(lab, variant)?;
    near.settimeout(variant.mode.limited(SHORT))?;
    expect_gives_up(variant.mode, near.recv(&mut [0; 8]))?;
    expect_gives_up(variant.mode, near.recvfrom(&mut [0; 8]))?;
    Ok(())
}

fn connected<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = unbound(lab, variant)?;
    let (peer, other) = (far_datagram(lab, variant)?, far_datagram(lab, variant)?);
    near.connect(peer.getsockname()?)?;
    let name = near.getsockname()?;
    expect_eq!(name.with_port(0), near_any(lab, variant)?);
    expect_eq!(near.getpeername()?, peer.getsockname()?);

    near.send(b"to the peer")?;
    expect_eq!(peer.recvfrom(&mut [0; 16])?, (11, Some(name)));
    near.sendto(b"elsewhere", other.getsockname()?)?;
    expect_eq!(other.recvfrom(&mut [0; 16])?, (9, Some(name)));

    other.sendto(b"not for you", name)?;
    peer.sendto(b"for you", name)?;
    let mut buffer = [0; 16];
    expect_eq!(next(lab, &near, &mut buffer)?, (7, Some(peer.getsockname()?)));
    expect_eq!(buffer[..7], *b"for you");
    stays_quiet(lab.near(), &near, Readiness::READABLE)
}

fn queued_before<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_datagram(lab, variant)?;
    let (early, peer) = (far_datagram(lab, variant)?, far_datagram(lab, variant)?);
    early.sendto(b"early", near.getsockname()?)?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    near.connect(peer.getsockname()?)?;
    expect_eq!(next(lab, &near, &mut [0; 8])?, (5, Some(early.getsockname()?)));
    Ok(())
}

fn reconnected<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_datagram(lab, variant)?;
    for peer in [far_datagram(lab, variant)?, far_datagram(lab, variant)?] {
        near.connect(peer.getsockname()?)?;
        expect_eq!(near.getpeername()?, peer.getsockname()?);
        near.send(b"hello")?;
        expect_eq!(peer.recvfrom(&mut [0; 8])?, (5, Some(near.getsockname()?)));
        peer.sendto(b"you", near.getsockname()?)?;
        expect_eq!(next(lab, &near, &mut [0; 8])?.0, 3);
    }
    Ok(())
}

/// What connecting to it means to disconnect.
fn nothing() -> Result<OtherAddress, Error> {
    OtherAddress::new(AddressFamily::UNSPEC, &[0; 26])
}

fn disconnected<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let peer = far_datagram(lab, variant)?;
    let (own, any) = (near_any(lab, variant)?, Address::unspecified(variant.family.number())?);
    // A port that nobody has.
    let port = near_datagram(lab, variant)?.getsockname()?.port().unwrap_or(0);
    // bound to, the name afterwards
    for (bound, afterwards) in [
        (None, any),
        (Some(any), any),
        (Some(own), own),
        (Some(any.with_port(port)), any.with_port(port)),
        (Some(own.with_port(port)), own.with_port(port)),
    ] {
        let near = unbound(lab, variant)?;
        if let Some(bound) = bound {
            near.bind(bound)?;
        }
        near.connect(peer.getsockname()?)?;
        for _ in 0..2 {
            near.connect(nothing()?)?; // also when it is not connected
            expect_error!(near.getpeername(), ENOTCONN);
        }
        let name = near.getsockname()?;
        expect_eq!(name.with_port(0), afterwards.with_port(0));
        expect_true!(name.port() == afterwards.port());
        expect_error!(near.send(b"x"), EDESTADDRREQ);
        // It hears everybody again, at a port of its own.
        near.sendto(b"hello", peer.getsockname()?)?;
        let (count, sender) = peer.recvfrom(&mut [0; 8])?;
        expect_eq!(count, 5);
        let other = far_datagram(lab, variant)?;
        let Some(sender) = sender else {
            return Err(Failure::new("recvfrom", format_args!("knows no sender")));
        };
        other.sendto(b"you", sender)?;
        expect_eq!(next(lab, &near, &mut [0; 8])?, (3, Some(other.getsockname()?)));
    }
    Ok(())
}

fn connected_to_no_port<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_datagram(lab, variant)?;
    near.connect(far_any(lab, variant)?)?;
    expect_error!(near.getpeername(), ENOTCONN);
    expect_eq!(near.send(b"to nobody")?, 9);
    Ok(())
}

fn no_way<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    // Addresses for documentation that are on no network of the lab.
    let nowhere: IpAddr = match variant.family {
        Family::Inet => IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)),
        Family::Inet6 => IpAddr::V6(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 9)),
    };
    let near = near_datagram(lab, variant)?;
    expect_error!(near.sendto(b"x", (nowhere, 9)), ENETUNREACH);
    expect_error!(near.connect((nowhere, 9)), ENETUNREACH);
    expect_error!(near.getpeername(), ENOTCONN);
    let far = far_datagram(lab, variant)?;
    expect_eq!(near.sendto(b"there", far.getsockname()?)?, 5);
    expect_eq!(far.recv(&mut [0; 8])?, 5);
    Ok(())
}

fn answered<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let server = unbound(lab, variant)?;
    server.bind(Address::unspecified(variant.family.number())?)?;
    let (level, option) = match variant.family {
        Family::Inet => (OptionLevel::IP, IP_PKTINFO),
        Family::Inet6 => (OptionLevel::IPV6, IPV6_RECVPKTINFO),
    };
    server.setsockopt(level, option, 1)?;
    let port = server.getsockname()?.port().unwrap_or(0);
    let mut addresses = [Some(near_any(lab, variant)?), second_any(lab, variant).ok()];
    if variant.family == Family::Inet6 && addresses[1].is_none() {
        addresses[1] = addresses[0]; // a host with one address
    }
    for address in addresses.into_iter().flatten() {
        let client = far_datagram(lab, variant)?;
        client.connect(address.with_port(port))?;
        expect_eq!(client.send(b"who?")?, 4);
        wait_for(lab.near(), &server, Readiness::READABLE)?;
        let mut control = [0; 128];
        let asked = server.recvmsg(&mut [0; 8], &mut control, MessageFlags::NONE)?;
        let Some(sender) = asked.address else {
            return Err(Failure::new("recvmsg", format_args!("knows no sender")));
        };
        // What came with the question goes with the answer.
        let control = &control[..asked.control_length];
        expect_eq!(server.sendmsg_to(&[b"I am"], control, MessageFlags::NONE, sender)?, 4);
        expect_eq!(client.recv(&mut [0; 8])?, 4); // from the address that was asked
    }
    Ok(())
}

fn in_pieces<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    static DATA: [[u8; 6000]; 3] = [[b'1'; 6000], [b'2'; 6000], [b'3'; 6000]];
    let near = near_datagram(lab, variant)?;
    let senders = [far_datagram(lab, variant)?, far_datagram(lab, variant)?];
    for sender in &senders {
        sender.connect(near.getsockname()?)?;
    }
    for data in &DATA {
        for sender in &senders {
            expect_eq!(sender.send(data)?, 6000);
        }
    }
    let mut seen = [0; 2];
    for _ in 0..6 {
        let mut buffer = [0; 6001];
        let (count, sender) = next(lab, &near, &mut buffer)?;
        let number = usize::from(sender != Some(senders[0].getsockname()?));
        expect_eq!(count, 6000);
        expect_true!(buffer[..6000] == DATA[seen[number]]); // in the order of each sender
        seen[number] += 1;
    }
    expect_eq!(seen, [3, 3]);
    // And the other way, with the last byte of a long one in a packet of its own or not.
    let mut buffer = [0; 6001];
    for length in [6000, 1472, 1473, 1452, 1453, 2952, 2953] {
        expect_eq!(near.sendto(&DATA[0][..length], senders[0].getsockname()?)?, length);
        senders[0].connect(near.getsockname()?)?;
        expect_eq!(senders[0].recv(&mut buffer)?, length);
    }
    Ok(())
}

fn shut_down<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    expect_error!(far.shutdown(Shutdown::RDWR), ENOTCONN);
    let far = far_datagram(lab, variant)?; // that may have happened all the same
    near.connect(far.getsockname()?)?;
    let second = second_handle(&near)?;
    lab.later(SHORT, Step::near(second, Action::Shutdown(Shutdown::RD)));
    expect_eq!(near.recv(&mut [0; 8])?, 0);
    // What comes nevertheless differs between hosts; sending goes on until it is ended as well.
    expect_eq!(near.send(b"x")?, 1);
    expect_eq!(far.recv(&mut [0; 8])?, 1);
    near.shutdown(Shutdown::WR)?;
    expect_error!(near.send(b"x"), EPIPE);
    expect_error!(near.sendto(b"x", far.getsockname()?), EPIPE);
    Ok(())
}

fn truncated<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    for _ in 0..3 {
        far.sendto(b"too long", near.getsockname()?)?;
    }
    far.sendto(b"next", near.getsockname()?)?;
    let mut buffer = [b'-'; 8];
    expect_eq!(next(lab, &near, &mut buffer[..3])?, (3, Some(far.getsockname()?)));
    expect_eq!(buffer, *b"too-----");
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(near.recv(&mut buffer[..2])?, 2);
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(near.recvfrom_into(&mut buffer, 5, MessageFlags::NONE)?.0, 5);
    expect_eq!(next(lab, &near, &mut buffer)?.0, 4);
    expect_eq!(buffer[..4], *b"next");
    Ok(())
}

fn empty<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    far.sendto(b"", near.getsockname()?)?;
    far.connect(near.getsockname()?)?;
    far.sendall(b"")?; // one attempt is made: a datagram
    far.send(b"end")?;
    expect_eq!(next(lab, &near, &mut [0; 8])?, (0, Some(far.getsockname()?)));
    expect_eq!(receive(lab.near(), &near, &mut [0; 8])?, 0);
    expect_eq!(receive(lab.near(), &near, &mut [0; 8])?, 3);
    Ok(())
}

fn into_nothing<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    far.sendto(b"swallowed", near.getsockname()?)?;
    far.sendto(b"kept", near.getsockname()?)?;
    expect_eq!(next(lab, &near, &mut [])?, (0, Some(far.getsockname()?)));
    expect_eq!(near.recv(&mut [])?, 0); // this one asks nobody
    expect_eq!(next(lab, &near, &mut [0; 8])?.0, 4);
    Ok(())
}

fn peek<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    far.sendto(b"look", near.getsockname()?)?;
    let mut buffer = [0; 8];
    for most in [8, 2, 8] {
        let (count, sender) = near.recvfrom_into(&mut buffer, most, MessageFlags::PEEK)?;
        expect_eq!(count, most.min(4));
        expect_eq!(sender, Some(far.getsockname()?));
    }
    expect_eq!(near.recv(&mut buffer)?, 4);
    expect_eq!(readiness(lab.near(), &near)?, Readiness::WRITABLE);
    Ok(())
}

fn boundaries<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    let datagrams: [&[u8]; 4] = [b"a", b"bb", b"", b"dddd"];
    for datagram in datagrams {
        far.sendto(datagram, near.getsockname()?)?;
    }
    for datagram in datagrams {
        let mut buffer = [0; 16];
        let (count, _) = next(lab, &near, &mut buffer)?;
        expect_eq!(buffer[..count], *datagram);
    }
    Ok(())
}

fn longest<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    static LONG_DATAGRAM: [u8; 65_528] = [b'#'; 65_528];
    // 65535 less the headers that the length field counts: IPv4's and UDP's, or UDP's alone.
    let longest = match variant.family {
        Family::Inet => 65_507,
        Family::Inet6 => 65_527,
    };
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    near.connect(far.getsockname()?)?;
    expect_error!(near.send(&LONG_DATAGRAM[..=longest]), EMSGSIZE);
    expect_error!(near.sendto(&LONG_DATAGRAM[..=longest], far.getsockname()?), EMSGSIZE);
    expect_eq!(near.send(&LONG_DATAGRAM[..longest])?, longest);
    // How much has come is seen without a buffer for it all: the last byte is one of many peeked.
    let mut buffer = [0; 1024];
    expect_eq!(far.recvfrom(&mut buffer)?, (1024, Some(near.getsockname()?)));
    expect_true!(buffer.iter().all(|byte| *byte == b'#'));
    Ok(())
}

fn port_zero<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_datagram(lab, variant)?;
    expect_error!(near.sendto(b"x", far_any(lab, variant)?), EINVAL);
    Ok(())
}

/// A far address where no datagram socket is.
fn nobody<L: Lab>(lab: &L, variant: &Variant) -> Result<Address, Failure> {
    Ok(far_datagram(lab, variant)?.getsockname()?)
}

fn refused<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_datagram(lab, variant)?;
    near.connect(nobody(lab, variant)?)?;
    // Told once by receiving...
    expect_eq!(near.send(b"anybody?")?, 8);
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_error!(near.recv(&mut [0; 8]), ECONNREFUSED);
    stays_quiet(lab.near(), &near, Readiness::READABLE)?;
    // ... or by sending, and that was not sent...
    expect_eq!(near.send(b"anybody?")?, 8);
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_error!(near.send(b"anybody?"), ECONNREFUSED);
    // ... or by asking.
    expect_eq!(near.send(b"anybody?")?, 8);
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_eq!(near.option(ERROR)?, Some(Error::from(Errno::ECONNREFUSED)));
    expect_eq!(near.option(ERROR)?, None);
    // Then it goes on.
    let peer = far_datagram(lab, variant)?;
    near.connect(peer.getsockname()?)?;
    near.send(b"you")?;
    expect_eq!(peer.recv(&mut [0; 8])?, 3);
    Ok(())
}

fn refused_unconnected<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, nobody) = (near_datagram(lab, variant)?, nobody(lab, variant)?);
    for _ in 0..3 {
        expect_eq!(near.sendto(b"anybody?", nobody)?, 8);
        stays_quiet(lab.near(), &near, Readiness::READABLE)?;
    }
    expect_eq!(near.option(ERROR)?, None);
    Ok(())
}

fn broadcast<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = unbound(lab, variant)?;
    expect_true!(!near.option(BROADCAST)?);
    // Of a network, which a host without other networks has as well; then of all.
    expect_error!(near.sendto(b"everybody", ("127.255.255.255", 9)), EACCES);
    match near.sendto(b"everybody", ("<broadcast>", 9)).map_err(Error::errno) {
        Err(Some(Errno::ENETUNREACH)) => {} // a host without other networks
        outcome => expect_eq!(outcome, Err(Some(Errno::EACCES))),
    }
    near.set_option(BROADCAST, true)?;
    expect_true!(near.option(BROADCAST)?);
    Ok(())
}

fn overflow<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    near.set_option(RECEIVE_BUFFER, 2048)?;
    // The way is known then: what waits for a neighbour is not what is looked at here.
    far.sendto(b"first", near.getsockname()?)?;
    expect_eq!(next(lab, &near, &mut [0; 8])?.0, 5);
    let mut datagram = [b'.'; 512];
    for number in 0..200 {
        datagram[0] = number;
        expect_eq!(far.sendto(&datagram, near.getsockname()?)?, datagram.len());
    }
    // When all have come or gone, what is left are the first ones, in order and whole.
    stays_quiet(lab.near(), &near_datagram(lab, variant)?, Readiness::READABLE)?;
    let mut expected = 0;
    while readiness(lab.near(), &near)?.contains(Readiness::READABLE) {
        let count = near.recv(&mut datagram)?;
        if (count, datagram[0]) != (512, expected) {
            let found = format_args!("{count} bytes of {}, not of {expected}", datagram[0]);
            return Err(Failure::new("received", found)); // how many come depends on the host
        }
        expected += 1;
    }
    expect_true!(expected > 0);
    expect_true!(expected < 200);
    Ok(())
}

fn membership<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = unbound(lab, variant)?;
    let Some(IpAddr::V4(interface)) = lab.near_address(variant.family) else {
        return Err(Failure::new("the lab", format_args!("has no such address")));
    };
    // `struct ip_mreq`: the group, and the address of an interface.
    let request = |group: [u8; 4]| {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&group);
        bytes[4..].copy_from_slice(&interface.octets());
        bytes
    };
    let (group, no_group) = (request([239, 1, 2, 3]), request([192, 0, 2, 9]));
    let change = |name, request: &[u8]| near.setsockopt_bytes(OptionLevel::IP, name, request);
    expect_error!(change(IP_ADD_MEMBERSHIP, &no_group), EINVAL);
    expect_error!(change(IP_ADD_MEMBERSHIP, &group[..7]), EINVAL);
    change(IP_ADD_MEMBERSHIP, &group)?;
    expect_error!(change(IP_ADD_MEMBERSHIP, &group), EADDRINUSE);
    change(IP_DROP_MEMBERSHIP, &group)?;
    expect_error!(change(IP_DROP_MEMBERSHIP, &group), EADDRNOTAVAIL);
    Ok(())
}

fn multicast<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (level, limit, comes_back) = match variant.family {
        Family::Inet => (OptionLevel::IP, IP_MULTICAST_TTL, IP_MULTICAST_LOOP),
        Family::Inet6 => (OptionLevel::IPV6, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_LOOP),
    };
    let near = unbound(lab, variant)?;
    let range = [(0, Some(0)), (255, Some(255)), (256, None), (-1, Some(1)), (-2, None)];
    takes(&near, (level, limit), 1, &range)?;
    takes(&near, (level, comes_back), 1, &[(0, Some(0)), (1, Some(1))])
}

fn two_members<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let group = GROUP.of(variant.family);
    let first = member(lab, variant, 0, group)?;
    let second = member(lab, variant, port_of(&first)?, group)?;
    let far = sender(lab, variant)?;
    for data in [b"one", b"two"] {
        far.sendto(data, (group, port_of(&first)?))?;
        for member in [&first, &second] {
            let mut buffer = [0; 8];
            let found = next(lab, member, &mut buffer)?;
            expect_eq!(found, (data.len(), Some(far.getsockname()?)));
            expect_eq!(buffer[..3], data[..]);
        }
    }
    Ok(())
}
