//! Bind: which addresses may be taken, and by how many.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::{OtherAddress, ToAddress};

use super::prelude::*;
use crate::case::Family;

cases! {
    "bind-01" foreign_address, Vary::FAMILY, ["S03"],
        "POSIX bind: EADDRNOTAVAIL",
        "An address that is not the host's own cannot be bound.";
    "bind-02" twice, Vary::FAMILY, ["S04"],
        "POSIX bind: EINVAL",
        "A bound socket cannot be bound again.";
    "bind-03" after_connect, Vary::FAMILY, ["S04"],
        "POSIX bind: EINVAL",
        "A connected socket cannot be bound.";
    "bind-04" while_connecting, Vary::FAMILY, ["S04"],
        "measured, python-socket.md 3.3",
        "A connecting socket cannot be bound.";
    "bind-05" held_by_a_listener, Vary::FAMILY, ["S03"],
        "POSIX bind: EADDRINUSE",
        "The address of a listener is taken.";
    "bind-06" reuse_against_a_listener, Vary::FAMILY, ["E07"],
        "measured, python-socket.md 3.7",
        "SO_REUSEADDR takes no address from a live listener.";
    "bind-07" reuse_without_listener, Vary::FAMILY, ["E07"],
        "measured, python-socket.md 3.7",
        "Two sockets with SO_REUSEADDR share an address until the second listens.";
    "bind-08" wildcard_against_specific, Vary::FAMILY, ["S03"],
        "measured, python-socket.md 3.7",
        "The wildcard and a specific address with the same port exclude each other.";
    "bind-09" other_specific_address, Vary::FAMILY, ["S03"],
        "measured on Linux",
        "The same port at another address of the host is free.";
    "bind-10" other_protocol, Vary::FAMILY, ["S03"],
        "measured, python-socket.md 3.7",
        "TCP and UDP have ports of their own.";
    "bind-11" shared_datagram_address, Vary::FAMILY, ["S03"],
        "measured, python-socket.md 3.7",
        "A UDP address is taken unless both have SO_REUSEADDR; then the last one receives.";
    "bind-13" other_family, Vary::FAMILY, ["G06"],
        "POSIX bind: EAFNOSUPPORT",
        "An address of the other family is refused.";
    "bind-15" ephemeral_port, Vary::FAMILY, ["S03"],
        "POSIX bind: port 0",
        "Port 0 chooses a free port, which getsockname tells.";
    "bind-17" broadcast_and_multicast, Vary::NOTHING, ["A23"],
        "measured on Linux",
        "A UDP socket may be bound to the broadcast address or to a multicast one.";
    "bind-18" everybody, Vary::NOTHING, ["A23"],
        "measured on Linux",
        "A TCP socket may be bound to a group of IPv4, and not to one of IPv6; nobody gets through.";
    "bind-19" after_the_connection, Vary::FAMILY, ["E06", "E07"],
        "measured, python-socket.md 3.7; Python manual: Errno 98",
        "The port of a server that closed first is taken for a while, unless both reuse it.";
    "bind-20" closed, Vary::FAMILY, ["S06"],
        "POSIX bind: EBADF",
        "A handle that refers to nothing cannot be bound.";
    "bind-22" empty_host, Vary::FAMILY, ["A22", "A24"],
        "Python manual: socket families",
        "The empty host is the wildcard address.";
    "bind-23" who_shares, Vary::FAMILY, ["S03", "E07"],
        "Linux socket(7): SO_REUSEADDR, SO_REUSEPORT; measured, python-socket.md 3.7",
        "An address is shared by sockets that both reuse it, or both share the port.";
    "bind-24" listeners_share, Vary::FAMILY, ["S24"],
        "Linux socket(7): SO_REUSEPORT",
        "Listeners that share a port share the connections too.";
    "bind-25" receivers_share, Vary::FAMILY, ["S41"],
        "Linux socket(7): SO_REUSEPORT",
        "Datagram sockets that share a port share the senders, each of whom has one of them.";
    "bind-26" best_receiver, Vary::FAMILY, ["S03", "S10"],
        "measured on Linux",
        "Of several sockets at a port the one that fits best receives: connected, specific, any.";
    "bind-27" both_families, Vary::NOTHING, ["S03", "A09"],
        "measured, python-socket.md 3.7",
        "A port is taken in the families that a socket is for, mapped addresses being of IPv4.";
    "bind-28" unknown_family, Vary::NOTHING, ["A27", "G06"],
        "Linux ip(7): EAFNOSUPPORT; decided: number and bytes go to the backend as they are",
        "An address of a family that nobody knows is a number and bytes, and is refused.";
}

fn foreign_address<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    // Addresses for documentation: nobody's.
    let foreign = match variant.family {
        Family::Inet => IpAddr::V4(Ipv4Addr::new(192, 0, 2, 77)),
        Family::Inet6 => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 77)),
    };
    expect_error!(near_stream(lab, variant)?.bind((foreign, 0)), EADDRNOTAVAIL);
    let datagram = lab.near().datagram(variant.family.number())?;
    expect_error!(datagram.bind((foreign, 0)), EADDRNOTAVAIL);
    // The failure left it as it was.
    datagram.bind(near_any(lab, variant)?)?;
    Ok(())
}

fn twice<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let address = near_any(lab, variant)?;
    let (stream, datagram) = (near_stream(lab, variant)?, near_datagram(lab, variant)?);
    stream.bind(address)?;
    let name = stream.getsockname()?;
    expect_error!(stream.bind(address), EINVAL);
    expect_error!(datagram.bind(address), EINVAL);
    expect_eq!(stream.getsockname()?, name);
    Ok(())
}

fn after_connect<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let connection = connection(lab, variant)?;
    expect_error!(connection.near.bind(near_any(lab, variant)?), EINVAL);
    Ok(())
}

fn while_connecting<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, _silent) = connecting(lab, variant)?;
    expect_error!(near.bind(near_any(lab, variant)?), EINVAL);
    Ok(())
}

fn held_by_a_listener<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    expect_error!(near_stream(lab, variant)?.bind(listener.getsockname()?), EADDRINUSE);
    Ok(())
}

fn reuse_against_a_listener<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for listener_reuses in [false, true] {
        let listener = near_stream(lab, variant)?;
        listener.set_option(REUSE_ADDRESS, listener_reuses)?;
        listener.bind(near_any(lab, variant)?)?;
        listener.listen(1)?;
        let second = near_stream(lab, variant)?;
        second.set_option(REUSE_ADDRESS, true)?;
        expect_true!(second.option(REUSE_ADDRESS)?);
        expect_error!(second.bind(listener.getsockname()?), EADDRINUSE);
    }
    Ok(())
}

fn reuse_without_listener<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (first, second) = (near_stream(lab, variant)?, near_stream(lab, variant)?);
    first.set_option(REUSE_ADDRESS, true)?;
    second.set_option(REUSE_ADDRESS, true)?;
    first.bind(near_any(lab, variant)?)?;
    second.bind(first.getsockname()?)?;
    first.listen(1)?;
    expect_error!(second.listen(1), EADDRINUSE);
    Ok(())
}

fn wildcard_against_specific<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let wildcard = Address::unspecified(variant.family.number())?;
    let specific = near_any(lab, variant)?;
    for (first, second) in [(specific, wildcard), (wildcard, specific)] {
        let holder = near_stream(lab, variant)?;
        holder.bind(first)?;
        let port = holder.getsockname()?.port().unwrap_or(0);
        expect_error!(near_stream(lab, variant)?.bind(second.with_port(port)), EADDRINUSE);
    }
    Ok(())
}

fn other_specific_address<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let other = second_any(lab, variant)?;
    let holder = near_listener(lab, variant, 1)?;
    let port = holder.getsockname()?.port().unwrap_or(0);
    let second = near_stream(lab, variant)?;
    second.bind(other.with_port(port))?;
    second.listen(1)?;
    expect_eq!(second.getsockname()?, other.with_port(port));
    Ok(())
}

fn other_protocol<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let datagram = lab.near().datagram(variant.family.number())?;
    datagram.bind(listener.getsockname()?)?;
    expect_eq!(datagram.getsockname()?, listener.getsockname()?);
    Ok(())
}

fn shared_datagram_address<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let taken = near_datagram(lab, variant)?;
    let new = || lab.near().datagram(variant.family.number());
    expect_error!(new()?.bind(taken.getsockname()?), EADDRINUSE);

    let (first, last) = (new()?, new()?);
    first.set_option(REUSE_ADDRESS, true)?;
    last.set_option(REUSE_ADDRESS, true)?;
    first.bind(near_any(lab, variant)?)?;
    last.bind(first.getsockname()?)?;
    far_datagram(lab, variant)?.sendto(b"for the last", first.getsockname()?)?;
    wait_for(lab.near(), &last, Readiness::READABLE)?;
    expect_eq!(readiness(lab.near(), &first)?, Readiness::WRITABLE);
    Ok(())
}

fn other_family<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let address = Address::unspecified(variant.family.other().number())?;
    expect_error!(near_stream(lab, variant)?.bind(address), EAFNOSUPPORT);
    let datagram = lab.near().datagram(variant.family.number())?;
    expect_error!(datagram.bind(address), EAFNOSUPPORT);
    Ok(())
}

fn ephemeral_port<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let any = near_any(lab, variant)?;
    let (first, second) = (near_stream(lab, variant)?, near_stream(lab, variant)?);
    first.bind(any)?;
    second.bind(any)?;
    let (first, second) = (first.getsockname()?, second.getsockname()?);
    expect_eq!(first.ip(), any.ip());
    expect_true!(first.port() >= Some(1024));
    expect_true!(second.port() >= Some(1024));
    expect_true!(first.port() != second.port());
    Ok(())
}

fn broadcast_and_multicast<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for host in ["<broadcast>", "224.0.0.251"] {
        let socket = lab.near().datagram(variant.family.number())?;
        socket.bind((host, 0))?;
        expect_true!(socket.getsockname()?.port() != Some(0));
    }
    Ok(())
}

fn after_the_connection<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    // the old one reuses, the new one reuses, the outcome
    for (old, new, free) in
        [(false, false, false), (false, true, false), (true, false, false), (true, true, true)]
    {
        let listener = near_stream(lab, variant)?;
        listener.set_option(REUSE_ADDRESS, old)?;
        listener.bind(near_any(lab, variant)?)?;
        listener.listen(1)?;
        let name = listener.getsockname()?;
        let client = far_stream(lab, variant)?;
        client.connect(name)?;
        // The server closes first and keeps the memory of it.
        let (accepted, _) = listener.accept()?;
        accepted.shutdown(Shutdown::WR)?;
        expect_end(lab.far(), &client)?;
        client.close()?;
        expect_end(lab.near(), &accepted)?;
        accepted.close()?;
        listener.close()?;

        let successor = near_stream(lab, variant)?;
        successor.set_option(REUSE_ADDRESS, new)?;
        if free {
            successor.bind(name)?;
            successor.listen(1)?;
        } else {
            expect_error!(successor.bind(name), EADDRINUSE);
        }
    }
    Ok(())
}

fn closed<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (backend, address) = (lab.near().backend(), near_any(lab, variant)?);
    expect_error!(backend.bind(&backend.closed(), &address), EBADF);
    Ok(())
}

fn empty_host<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let wildcard = Address::unspecified(variant.family.number())?;
    let stream = near_stream(lab, variant)?;
    stream.bind(("", 0))?;
    let name = stream.getsockname()?;
    expect_true!(name.port() != Some(0));
    expect_eq!(name.with_port(0), wildcard);
    Ok(())
}

fn everybody<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    for host in ["<broadcast>", "224.0.0.251"] {
        let socket = lab.near().stream(AddressFamily::INET)?;
        socket.bind((host, 0))?;
        expect_true!(socket.getsockname()?.port() != Some(0));
        expect_error!(socket.connect((host, 9)), ENETUNREACH);
    }
    expect_error!(lab.near().stream(AddressFamily::INET6)?.bind(("ff0e::1", 0)), EINVAL);
    Ok(())
}

/// A near socket with these two options.
fn sharing<L: Lab>(
    lab: &L,
    variant: &Variant,
    socket_type: SocketType,
    (address, port): (bool, bool),
) -> Result<Socket<L::Near>, Failure> {
    let socket = lab.near().socket(variant.family.number(), socket_type, Protocol::DEFAULT)?;
    socket.set_option(REUSE_ADDRESS, address)?;
    socket.set_option(REUSE_PORT, port)?;
    Ok(socket)
}

fn who_shares<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    const OPTIONS: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];
    for socket_type in [SocketType::DGRAM, SocketType::STREAM] {
        for old in OPTIONS {
            for new in OPTIONS {
                let (by_address, by_port) = (old.0 && new.0, old.1 && new.1);
                let first = sharing(lab, variant, socket_type, old)?;
                first.bind(near_any(lab, variant)?)?;
                let second = sharing(lab, variant, socket_type, new)?;
                let outcome = second.bind(first.getsockname()?);
                if !by_address && !by_port {
                    expect_error!(outcome, EADDRINUSE);
                    continue;
                }
                expect_eq!(outcome, Ok(()));
                if socket_type == SocketType::DGRAM {
                    continue;
                }
                // One of them may listen, and both when they share the port.
                first.listen(1)?;
                let third = sharing(lab, variant, socket_type, new)?;
                if by_port {
                    expect_eq!(second.listen(1), Ok(()));
                    expect_eq!(third.bind(first.getsockname()?), Ok(()));
                } else {
                    expect_error!(second.listen(1), EADDRINUSE);
                    expect_error!(third.bind(first.getsockname()?), EADDRINUSE);
                }
            }
        }
    }
    Ok(())
}

/// Two near sockets that share a port.
fn at_one_port<L: Lab>(
    lab: &L,
    variant: &Variant,
    socket_type: SocketType,
) -> Result<[Socket<L::Near>; 2], Failure> {
    let new = || sharing(lab, variant, socket_type, (false, true));
    let (first, second) = (new()?, new()?);
    first.bind(near_any(lab, variant)?)?;
    second.bind(first.getsockname()?)?;
    Ok([first, second])
}

fn listeners_share<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    const CLIENTS: usize = 20;
    let listeners = at_one_port(lab, variant, SocketType::STREAM)?;
    for listener in &listeners {
        listener.listen(32)?;
    }
    let mut accepted = [0; 2];
    for _ in 0..CLIENTS {
        let client = far_stream(lab, variant)?;
        client.connect(listeners[0].getsockname()?)?;
        let mut entries = [
            PollEntry::new(listeners[0].handle(), Readiness::READABLE),
            PollEntry::new(listeners[1].handle(), Readiness::READABLE),
        ];
        expect_eq!(lab.near().poll(&mut entries, LONG)?, 1); // one of them, not both
        let which = usize::from(entries[0].ready.is_empty());
        let (connection, peer) = listeners[which].accept()?;
        expect_true!(peer == client.getsockname()?);
        reset(connection)?;
        accepted[which] += 1;
    }
    expect_true!(accepted[0] > 0); // once in a million runs it is not
    expect_true!(accepted[1] > 0);
    expect_eq!(accepted[0] + accepted[1], CLIENTS);
    Ok(())
}

fn receivers_share<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    const SENDERS: usize = 20;
    let mut receivers = at_one_port(lab, variant, SocketType::DGRAM)?;
    for receiver in &mut receivers {
        receiver.settimeout(LONG)?;
    }
    let mut received = [0; 2];
    for _ in 0..SENDERS {
        let sender = far_datagram(lab, variant)?;
        let mut by = None;
        for _ in 0..2 {
            sender.sendto(b"x", receivers[0].getsockname()?)?;
            let mut entries = [
                PollEntry::new(receivers[0].handle(), Readiness::READABLE),
                PollEntry::new(receivers[1].handle(), Readiness::READABLE),
            ];
            expect_eq!(lab.near().poll(&mut entries, LONG)?, 1);
            let which = usize::from(entries[0].ready.is_empty());
            let (_, peer) = receivers[which].recvfrom(&mut [0; 8])?;
            expect_true!(peer == Some(sender.getsockname()?));
            expect_true!(by.is_none_or(|by| by == which)); // always the same
            by = Some(which);
            received[which] += 1;
        }
    }
    expect_true!(received[0] > 0);
    expect_true!(received[1] > 0);
    expect_eq!(received[0] + received[1], 2 * SENDERS);
    Ok(())
}

fn best_receiver<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let far = far_datagram(lab, variant)?;
    let new = || sharing(lab, variant, SocketType::DGRAM, (true, false));
    let (specific, connected, any) = (new()?, new()?, new()?);
    specific.bind(near_any(lab, variant)?)?;
    let name = specific.getsockname()?;
    connected.bind(name)?;
    connected.connect(far.getsockname()?)?;
    any.bind(Address::unspecified(variant.family.number())?.with_port(name.port().unwrap_or(0)))?;
    // Each is the best one when those before it are gone.
    for socket in [connected, specific, any] {
        far.sendto(b"for the best", name)?;
        wait_for(lab.near(), &socket, Readiness::READABLE)?;
        expect_eq!(socket.recv(&mut [0; 16])?, 12);
    }
    Ok(())
}

fn both_families<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    const INET: AddressFamily = AddressFamily::INET;
    const INET6: AddressFamily = AddressFamily::INET6;
    let (any4, own4, any6) = ((INET, "0.0.0.0"), (INET, "127.0.0.1"), (INET6, "::"));
    let (own6, mapped) = ((INET6, "::1"), (INET6, "::ffff:127.0.0.1"));
    let any_mapped = (INET6, "::ffff:0.0.0.0");
    // first, for IPv6 alone; who is refused then, who is not
    let rows: [(_, _, &[_], &[_]); 6] = [
        (any6, false, &[any4, own4, any6, own6, mapped, any_mapped], &[]),
        (any6, true, &[any6, own6], &[any4, own4, mapped, any_mapped]),
        (own6, false, &[any6, own6], &[any4, own4, mapped]),
        (mapped, false, &[any4, own4, any6, mapped, any_mapped], &[own6]),
        (any_mapped, false, &[any4, own4, any6, mapped, any_mapped], &[own6]),
        (own4, false, &[any4, own4, any6, mapped, any_mapped], &[own6]),
    ];
    for socket_type in [SocketType::DGRAM, SocketType::STREAM] {
        for ((family, host), only, refused, taken) in rows {
            let first = lab.near().socket(family, socket_type, Protocol::DEFAULT)?;
            if only {
                first.set_option(V6ONLY, true)?;
            }
            first.bind((host, 0))?;
            let name = first.getsockname()?;
            expect_eq!(name.with_port(0), (host, 0).to_address(family)?);
            for (others, is_taken) in [(refused, false), (taken, true)] {
                for (family, host) in others {
                    let second = lab.near().socket(*family, socket_type, Protocol::DEFAULT)?;
                    let outcome = second.bind((*host, name.port().unwrap_or(0)));
                    if is_taken {
                        expect_eq!(outcome, Ok(()));
                    } else {
                        expect_error!(outcome, EADDRINUSE);
                    }
                }
            }
        }
    }
    Ok(())
}

fn unknown_family<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    let nobodys = AddressFamily(250);
    let address = OtherAddress::new(nobodys, &[0; 14])?;
    for socket_type in [SocketType::DGRAM, SocketType::STREAM] {
        let inet = lab.near().socket(AddressFamily::INET, socket_type, Protocol::DEFAULT)?;
        let (backend, handle) = (inet.backend().clone(), inet.backend().retain(inet.handle())?);
        let socket = Socket::from_handle(backend, handle, nobodys, socket_type, Protocol::DEFAULT)?;
        expect_error!(socket.bind(address), EAFNOSUPPORT);
        expect_eq!(socket.getsockname()?, Address::unspecified(AddressFamily::INET)?);
        expect_error!(socket.connect(address), EAFNOSUPPORT);
        if socket_type == SocketType::DGRAM {
            expect_error!(socket.sendto(b"x", address), EAFNOSUPPORT);
        }
    }
    Ok(())
}
