//! Groups of hosts: who hears what, and how one sends to them.

use core::net::{IpAddr, Ipv4Addr};

use berkeley::{Net, OptionLevel, OptionName};

use super::prelude::*;
use crate::case::Family;

cases! {
    "multicast-01" of_others, Vary::FAMILY, ["K14", "K15"],
        "Linux ip(7): IP_MULTICAST_ALL; measured",
        "What others of the host have joined is heard as well, unless chosen otherwise.";
    "multicast-02" closed, Vary::FAMILY, ["K14", "K15"],
        "RFC 3376 3.1; RFC 3493 5.2",
        "A group is left when its last member is closed.";
    "multicast-03" sources, Vary::NOTHING, ["N36"],
        "RFC 3678 4.1; Linux ip(7): IP_ADD_SOURCE_MEMBERSHIP; measured",
        "A source of a group is asked for, or not wanted.";
    "multicast-04" wrong_sources, Vary::NOTHING, ["N36"],
        "Linux ip(7): IP_BLOCK_SOURCE; measured",
        "What is said about sources must fit what was said before.";
    "multicast-05" interfaces, Vary::FAMILY, ["K14", "K15"],
        "Linux ip(7): IP_MULTICAST_IF; RFC 3493 5.2; measured",
        "The interface to send over is named by an address or a number, and must be one.";
    "multicast-06" nowhere, Vary::FAMILY, ["K14", "K15"],
        "Linux ip(7): IP_ADD_MEMBERSHIP; RFC 3493 5.2; measured",
        "A group is joined on an interface that there is, and by datagram sockets only.";
    "multicast-07" broadcast, Vary::NOTHING, ["K14"],
        "RFC 919 7; Linux udp(7)",
        "A broadcast is for all sockets at its port but those bound to another address.";
}

/// A group of each family.
pub(super) struct Groups([&'static str; 2]);

pub(super) const GROUP: Groups = Groups(["239.1.2.3", "ff05::7"]);

impl Groups {
    pub(super) fn of(&self, family: Family) -> &'static str {
        match family {
            Family::Inet => self.0[0],
            Family::Inet6 => self.0[1],
        }
    }
}

/// Joins a group on an interface, by its number.
fn join<B: Backend + Clone>(socket: &Socket<B>, group: &str, interface: u32) -> Result<(), Error> {
    match ip(group)? {
        IpAddr::V4(group) => {
            let membership = Ipv4Membership { group, address: Ipv4Addr::UNSPECIFIED, interface };
            socket.set_option(ADD_MEMBERSHIP, membership)
        }
        IpAddr::V6(group) => socket.set_option(JOIN_GROUP, Ipv6Membership { group, interface }),
    }
}

/// Leaves a group on an interface.
fn leave<B: Backend + Clone>(socket: &Socket<B>, group: &str, interface: u32) -> Result<(), Error> {
    match ip(group)? {
        IpAddr::V4(group) => {
            let membership = Ipv4Membership { group, address: Ipv4Addr::UNSPECIFIED, interface };
            socket.set_option(DROP_MEMBERSHIP, membership)
        }
        IpAddr::V6(group) => socket.set_option(LEAVE_GROUP, Ipv6Membership { group, interface }),
    }
}

fn ip(text: &str) -> Result<IpAddr, Error> {
    text.parse().map_err(|_| Errno::EINVAL.into())
}

/// An option that both families have.
fn option(variant: &Variant, ipv4: OptionName, ipv6: OptionName) -> (OptionLevel, OptionName) {
    match variant.family {
        Family::Inet => (OptionLevel::IP, ipv4),
        Family::Inet6 => (OptionLevel::IPV6, ipv6),
    }
}

/// A near datagram socket at a port of all addresses, beside others; port 0 is a free one.
fn at_port<L: Lab>(lab: &L, variant: &Variant, port: u16) -> Result<Socket<L::Near>, Failure> {
    let mut socket = lab.near().datagram(variant.family.number())?;
    socket.settimeout(variant.mode.patient())?;
    socket.set_option(REUSE_ADDRESS, true)?;
    socket.bind(Address::unspecified(variant.family.number())?.with_port(port))?;
    Ok(socket)
}

/// Such a socket that has joined a group.
pub(super) fn member<L: Lab>(
    lab: &L,
    variant: &Variant,
    port: u16,
    group: &str,
) -> Result<Socket<L::Near>, Failure> {
    let socket = at_port(lab, variant, port)?;
    join(&socket, group, lab.near_interface())?;
    Ok(socket)
}

/// A far datagram socket that sends to groups on the way to the near side.
pub(super) fn sender<L: Lab>(lab: &L, variant: &Variant) -> Result<Socket<L::Far>, Failure> {
    let socket = far_datagram(lab, variant)?;
    let interface = lab.far_interface();
    match variant.family {
        Family::Inet => {
            let chosen = by_number(interface);
            socket.setsockopt_bytes(OptionLevel::IP, IP_MULTICAST_IF, chosen.as_slice())?;
        }
        Family::Inet6 => {
            socket.setsockopt(OptionLevel::IPV6, IPV6_MULTICAST_IF, interface as i32)?;
        }
    }
    Ok(socket)
}

/// `struct ip_mreqn` with nothing but a number.
fn by_number(interface: u32) -> OptionBytes {
    let nothing = Ipv4Addr::UNSPECIFIED;
    let chosen = Ipv4Membership { group: nothing, address: nothing, interface };
    chosen.encode().unwrap_or(OptionBytes::of_int(0))
}

/// The port that a socket is bound to.
pub(super) fn port_of<B: Backend + Clone>(socket: &Socket<B>) -> Result<u16, Error> {
    Ok(socket.getsockname()?.port().unwrap_or_default())
}

/// Which of some sockets hear one datagram that was sent to all: at least the first one does, and what
/// the others do not have by then they will not get.
fn hear<B: Backend + Clone, const N: usize>(
    net: &Net<B>,
    sockets: [&Socket<B>; N],
) -> Result<[bool; N], Failure> {
    wait_for(net, sockets[0], Readiness::READABLE)?;
    let mut heard = [false; N];
    for (heard, socket) in heard.iter_mut().zip(sockets) {
        *heard = readiness(net, socket)? & Readiness::READABLE != Readiness::NONE;
        if *heard {
            socket.recv(&mut [0; 16])?;
        }
    }
    Ok(heard)
}

fn of_others<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let group = GROUP.of(variant.family);
    let (level, all) = option(variant, IP_MULTICAST_ALL, IPV6_MULTICAST_ALL);
    let first = member(lab, variant, 0, group)?;
    let port = port_of(&first)?;
    let (own_only, bystander) = (member(lab, variant, port, group)?, at_port(lab, variant, port)?);
    let aloof = at_port(lab, variant, port)?;
    expect_eq!(aloof.getsockopt(level, all)?, 1);
    for socket in [&own_only, &aloof] {
        socket.setsockopt(level, all, 0)?;
    }
    expect_eq!(aloof.getsockopt(level, all)?, 0);
    sender(lab, variant)?.sendto(b"to all", (group, port))?;
    let heard = hear(lab.near(), [&first, &own_only, &bystander, &aloof])?;
    expect_eq!(heard, [true, true, true, false]);
    Ok(())
}

fn closed<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let group = GROUP.of(variant.family);
    let first = member(lab, variant, 0, group)?;
    let port = port_of(&first)?;
    let (second, listener) = (member(lab, variant, port, group)?, at_port(lab, variant, port)?);
    let far = sender(lab, variant)?;
    let to_one = near_any(lab, variant)?.with_port(port);
    let mut buffer = [0; 16];
    for (closed, expected) in [(None, 1), (Some(first), 1), (Some(second), 0)] {
        drop(closed);
        far.sendto(b"group", (group, port))?;
        // Nothing overtakes anything: when this has come, so has the other, if it does.
        far.sendto(b"one", to_one)?;
        let mut heard = 0;
        loop {
            wait_for(lab.near(), &listener, Readiness::READABLE)?;
            match listener.recv(&mut buffer)? {
                3 => break,
                _ => heard += 1,
            }
        }
        expect_eq!(heard, expected);
    }
    Ok(())
}

/// Something about a source, on the near interface.
fn of_source<L: Lab>(
    lab: &L,
    variant: &Variant,
    source: IpAddr,
) -> Result<Ipv4SourceMembership, Failure> {
    match (ip(GROUP.of(Family::Inet))?, lab.near_address(variant.family), source) {
        (IpAddr::V4(group), Some(IpAddr::V4(address)), IpAddr::V4(source)) => {
            Ok(Ipv4SourceMembership { group, address, source })
        }
        _ => Err(Failure::new("the lab", format_args!("has no such address"))),
    }
}

/// A source that there is not (RFC 5737).
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

fn sources<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let group = GROUP.of(variant.family);
    let far = sender(lab, variant)?;
    let Some(from) = lab.far_address(variant.family) else { return Ok(()) };
    let (mine, other) = (of_source(lab, variant, from)?, of_source(lab, variant, ELSEWHERE)?);
    let first = member(lab, variant, 0, group)?;
    let port = port_of(&first)?;
    let (chosen, elsewhere) = (at_port(lab, variant, port)?, at_port(lab, variant, port)?);
    let blocked = member(lab, variant, port, group)?;
    chosen.set_option(ADD_SOURCE_MEMBERSHIP, mine)?;
    elsewhere.set_option(ADD_SOURCE_MEMBERSHIP, other)?;
    blocked.set_option(BLOCK_SOURCE, mine)?;
    far.sendto(b"x", (group, port))?;
    let all = [&first, &chosen, &elsewhere, &blocked];
    expect_eq!(hear(lab.near(), all)?, [true, true, false, false]);
    chosen.set_option(ADD_SOURCE_MEMBERSHIP, other)?;
    chosen.set_option(DROP_SOURCE_MEMBERSHIP, mine)?;
    elsewhere.set_option(ADD_SOURCE_MEMBERSHIP, mine)?;
    blocked.set_option(BLOCK_SOURCE, other)?;
    blocked.set_option(UNBLOCK_SOURCE, mine)?;
    far.sendto(b"x", (group, port))?;
    expect_eq!(hear(lab.near(), all)?, [true, false, true, true]);
    Ok(())
}

fn wrong_sources<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = at_port(lab, variant, 0)?;
    let of = of_source(lab, variant, ELSEWHERE)?;
    // Who has not joined has nothing to change.
    expect_error!(near.set_option(BLOCK_SOURCE, of), EINVAL);
    expect_error!(near.set_option(DROP_SOURCE_MEMBERSHIP, of), EINVAL);
    near.set_option(ADD_SOURCE_MEMBERSHIP, of)?;
    expect_error!(near.set_option(ADD_SOURCE_MEMBERSHIP, of), EADDRNOTAVAIL);
    // Who asks for some cannot refuse others.
    expect_error!(near.set_option(UNBLOCK_SOURCE, of), EINVAL);
    expect_error!(join(&near, GROUP.of(variant.family), lab.near_interface()), EADDRINUSE);
    near.set_option(DROP_SOURCE_MEMBERSHIP, of)?; // which is leaving
    expect_error!(near.set_option(DROP_SOURCE_MEMBERSHIP, of), EINVAL);
    join(&near, GROUP.of(variant.family), lab.near_interface())?;
    expect_error!(near.set_option(UNBLOCK_SOURCE, of), EADDRNOTAVAIL);
    near.set_option(BLOCK_SOURCE, of)?;
    expect_error!(near.set_option(BLOCK_SOURCE, of), EADDRNOTAVAIL);
    expect_error!(near.set_option(ADD_SOURCE_MEMBERSHIP, of), EINVAL);
    let one_host = Ipv4SourceMembership { group: of.source, ..of };
    let no_interface = Ipv4SourceMembership { address: of.source, ..of };
    expect_error!(near.set_option(ADD_SOURCE_MEMBERSHIP, one_host), EINVAL);
    expect_error!(near.set_option(ADD_SOURCE_MEMBERSHIP, no_interface), ENODEV);
    let short = &of.encode()?;
    let short = &short.as_slice()[..11];
    expect_error!(near.setsockopt_bytes(OptionLevel::IP, BLOCK_SOURCE.name, short), EINVAL);
    Ok(())
}

/// The number of an interface that there is not.
const NO_INTERFACE: u32 = 9999;

fn interfaces<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = at_port(lab, variant, 0)?;
    let there = lab.near_interface();
    match (variant.family, lab.near_address(variant.family)) {
        (Family::Inet, Some(IpAddr::V4(own))) => {
            let choose = |value: &[u8]| {
                near.setsockopt_bytes(OptionLevel::IP, IP_MULTICAST_IF, value)?;
                let mut told = [0; 16];
                let length = near.getsockopt_bytes(OptionLevel::IP, IP_MULTICAST_IF, &mut told)?;
                Ok::<_, Error>((length, told[..4] == value[..4.min(value.len())]))
            };
            expect_eq!(choose(&own.octets())?, (4, true));
            expect_error!(choose(&[203, 0, 113, 9]), EADDRNOTAVAIL);
            expect_error!(choose(&[127, 0, 0]), EINVAL);
            expect_error!(choose(by_number(NO_INTERFACE).as_slice()), EADDRNOTAVAIL);
            expect_eq!(choose(by_number(there).as_slice())?, (4, true)); // no address
            expect_eq!(choose(&[0; 4])?, (4, true));
            let stream = near_stream(lab, variant)?;
            let of_stream =
                stream.setsockopt_bytes(OptionLevel::IP, IP_MULTICAST_IF, &own.octets());
            expect_error!(of_stream, EINVAL);
        }
        _ => {
            let choose = |number: u32| {
                near.setsockopt(OptionLevel::IPV6, IPV6_MULTICAST_IF, number as i32)?;
                let told = near.getsockopt(OptionLevel::IPV6, IPV6_MULTICAST_IF)?;
                Ok::<_, Error>(told == number as i32)
            };
            expect_true!(choose(there)?);
            expect_error!(choose(NO_INTERFACE), ENODEV);
            expect_error!(choose(u32::MAX), ENODEV);
            expect_true!(choose(0)?);
            let stream = near_stream(lab, variant)?;
            let of_stream = stream.setsockopt(OptionLevel::IPV6, IPV6_MULTICAST_IF, there as i32);
            expect_error!(of_stream, ENOPROTOOPT);
        }
    }
    Ok(())
}

fn nowhere<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = at_port(lab, variant, 0)?;
    let (group, there) = (GROUP.of(variant.family), lab.near_interface());
    let one_host = ["203.0.113.9", "2001:db8::9"][usize::from(variant.family == Family::Inet6)];
    expect_error!(join(&near, group, NO_INTERFACE), ENODEV);
    expect_error!(join(&near, one_host, there), EINVAL);
    expect_error!(leave(&near, group, there), EADDRNOTAVAIL);
    join(&near, group, there)?;
    expect_error!(join(&near, group, there), EADDRINUSE);
    expect_error!(leave(&near, group, NO_INTERFACE), EADDRNOTAVAIL);
    leave(&near, group, there)?;
    expect_error!(leave(&near, group, there), EADDRNOTAVAIL);
    expect_error!(join(&near_stream(lab, variant)?, group, there), EPROTO);
    expect_error!(leave(&near_stream(lab, variant)?, group, there), EPROTO);
    Ok(())
}

fn broadcast<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Some(IpAddr::V4(own)) = lab.near_address(variant.family) else { return Ok(()) };
    let everybody = match own.octets() {
        [127, ..] => Ipv4Addr::new(127, 255, 255, 255),
        [a, b, c, _] => Ipv4Addr::new(a, b, c, 255),
    };
    let first = at_port(lab, variant, 0)?;
    let port = port_of(&first)?;
    let second = at_port(lab, variant, port)?;
    let bound = |address: Ipv4Addr| {
        let socket = lab.near().datagram(variant.family.number())?;
        socket.set_option(REUSE_ADDRESS, true)?;
        socket.bind((IpAddr::V4(address), port))?;
        Ok::<_, Error>(socket)
    };
    let (to_it, to_one) = (bound(everybody)?, bound(own)?);
    let far = far_datagram(lab, variant)?;
    far.set_option(BROADCAST, true)?;
    far.sendto(b"everybody", (IpAddr::V4(everybody), port))?;
    let heard = hear(lab.near(), [&first, &second, &to_it, &to_one])?;
    expect_eq!(heard, [true, true, true, false]);
    Ok(())
}
