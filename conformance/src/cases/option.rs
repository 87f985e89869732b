//! Options of the socket itself, and of all: defaults, what is read only, and the forms of a value.

use berkeley::{OptionLevel, OptionName};

use super::prelude::*;
use crate::case::Family;

const SOCKET: OptionLevel = OptionLevel::SOCKET;
const TCP: OptionLevel = OptionLevel::TCP;
const IP: OptionLevel = OptionLevel::IP;
const IPV6: OptionLevel = OptionLevel::IPV6;

cases! {
    "option-01" kinds, Vary::FAMILY, ["K07", "S19", "N21"],
        "POSIX: SO_TYPE; Linux socket(7): SO_DOMAIN, SO_PROTOCOL",
        "A socket says its family, its type and its protocol.";
    "option-02" switched_off, Vary::FAMILY, ["K07", "S19"],
        "POSIX, Linux socket(7)",
        "The switches of a new socket are off.";
    "option-03" switched, Vary::FAMILY, ["K07", "S47"],
        "measured, python-socket.md K07",
        "A switch takes any number and reads 0 or 1.";
    "option-04" linger, Vary::FAMILY, ["K07", "S19", "S20", "S48"],
        "POSIX: SO_LINGER; Linux socket(7)",
        "Lingering is off at first, and its value is two numbers, not one.";
    "option-11" any_buffer, Vary::FAMILY, ["K07"],
        "Linux socket(7): SO_RCVBUF, SO_SNDBUF",
        "No size of a buffer is refused, and there is always some.";
    "option-12" low_water, Vary::FAMILY, ["K07"],
        "POSIX: SO_RCVLOWAT, SO_SNDLOWAT",
        "One byte makes ready.";
    "option-13" pending_error, Vary::FAMILY, ["K07", "S19"],
        "POSIX: SO_ERROR",
        "Reading the pending error clears it.";
    "option-14" accepts, Vary::FAMILY, ["K07", "N17"],
        "POSIX: SO_ACCEPTCONN; Python manual: listen, since 3.5",
        "A listener says that it is one, also without a number of waiting connections.";
    "option-15" read_only, Vary::FAMILY, ["K07"],
        "Linux socket(7)",
        "What can only be read is not set.";
    "option-16" unknown, Vary::FAMILY, ["K10", "S19"],
        "POSIX getsockopt: ENOPROTOOPT; measured, python-socket.md K10 and here",
        "An unknown option is told, and so is a level that the socket does not have.";
    "option-17" too_short, Vary::FAMILY, ["S48"],
        "POSIX setsockopt: EINVAL; measured, python-socket.md S48",
        "A value of too few bytes is refused, and one of more is taken.";
    "option-21" kept, Vary::FAMILY, ["K07", "K14", "K15", "K19"],
        "POSIX setsockopt",
        "What is set before connecting holds afterwards.";
    "option-22" all_or_nothing, Vary::FAMILY, ["K07", "K14", "K15", "K19", "N21"],
        "POSIX setsockopt: ENOPROTOOPT",
        "An option that can be set reads as it was set; one that is not there is told.";
    "option-23" other_switches, Vary::FAMILY, ["K07"],
        "POSIX: SO_OOBINLINE, SO_DONTROUTE",
        "Urgent data is apart and routes are followed, unless switched.";
    "option-24" host_timeouts, Vary::FAMILY, ["K07", "S48"],
        "POSIX: SO_RCVTIMEO, SO_SNDTIMEO",
        "The host's own timeouts are off; a second has less than a million microseconds.";
    "option-27" doubled, Vary::FAMILY, ["K07"],
        "Linux socket(7): SO_RCVBUF, SO_SNDBUF",
        "The kernel gives twice the buffer, for its own bookkeeping.";
    "option-41" one_interface, Vary::FAMILY, ["K07"],
        "Linux socket(7): SO_BINDTOIFINDEX; measured",
        "A socket can be told its only interface; whether there is one is seen when it sends.",
        NEEDS_ROOT;
    "option-30" bytes, Vary::FAMILY, ["S20"],
        "POSIX getsockopt; measured, python-socket.md S20",
        "The byte form is cut to the buffer, and is not longer than the value.";
    "option-31" no_bytes, Vary::FAMILY, ["S20"],
        "Python manual: getsockopt",
        "The byte form has 1 to 1024 bytes.";
}

pub(super) fn stream<L: Lab>(lab: &L, variant: &Variant) -> Result<Socket<L::Near>, Failure> {
    Ok(lab.near().stream(variant.family.number())?)
}

pub(super) fn datagram<L: Lab>(lab: &L, variant: &Variant) -> Result<Socket<L::Near>, Failure> {
    Ok(lab.near().datagram(variant.family.number())?)
}

/// Level and name of the hop limit.
pub(super) fn hop_limit(variant: &Variant) -> (OptionLevel, OptionName) {
    match variant.family {
        Family::Inet => (IP, IP_TTL),
        Family::Inet6 => (IPV6, IPV6_UNICAST_HOPS),
    }
}

/// Reads the default, then sets each value: it reads back as this, or is refused with `EINVAL` and
/// changes nothing.
pub(super) fn takes<B: Backend + Clone>(
    socket: &Socket<B>,
    (level, name): (OptionLevel, OptionName),
    default: i32,
    values: &[(i32, Option<i32>)],
) -> Outcome {
    let mut expected = default;
    expect_eq!(socket.getsockopt(level, name)?, expected);
    for (value, reads) in values {
        match reads {
            Some(reads) => {
                socket.setsockopt(level, name, *value)?;
                expected = *reads;
            }
            None => expect_error!(socket.setsockopt(level, name, *value), EINVAL),
        }
        expect_eq!(socket.getsockopt(level, name)?, expected);
    }
    Ok(())
}

fn kinds<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let family: i32 = variant.family.number().0.into();
    // socket, type, protocol
    for (socket, kind, protocol) in
        [(stream(lab, variant)?, 1, 6), (datagram(lab, variant)?, 2, 17)]
    {
        expect_eq!(socket.getsockopt(SOCKET, SO_DOMAIN)?, family);
        expect_eq!(socket.getsockopt(SOCKET, SO_TYPE)?, kind);
        expect_eq!(socket.getsockopt(SOCKET, SO_PROTOCOL)?, protocol);
    }
    Ok(())
}

const SWITCHES: [OptionName; 4] = [SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_BROADCAST];

fn switched_off<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for socket in [stream(lab, variant)?, datagram(lab, variant)?] {
        for name in SWITCHES {
            expect_eq!(socket.getsockopt(SOCKET, name)?, 0);
        }
    }
    Ok(())
}

fn switched<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let any = [(5, Some(1)), (0, Some(0)), (-1, Some(1)), (0, Some(0)), (i32::MIN, Some(1))];
    for socket in [stream(lab, variant)?, datagram(lab, variant)?] {
        for name in SWITCHES {
            takes(&socket, (SOCKET, name), 0, &any)?;
        }
    }
    let typed = stream(lab, variant)?;
    for on in [true, false] {
        typed.set_option(KEEPALIVE, on)?;
        expect_eq!(typed.option(KEEPALIVE)?, on);
    }
    Ok(())
}

fn linger<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let socket = stream(lab, variant)?;
    let ints = |first, second| OptionBytes::of_ints(first, second);
    let mut value = [0xEE; 16];
    expect_eq!(socket.getsockopt_bytes(SOCKET, SO_LINGER, &mut value)?, 8);
    expect_true!(value[..8] == *ints(0, 0).as_slice());
    expect_error!(socket.setsockopt(SOCKET, SO_LINGER, 1), EINVAL);
    expect_error!(socket.setsockopt_bytes(SOCKET, SO_LINGER, &ints(1, 7).as_slice()[..7]), EINVAL);
    expect_eq!(socket.option(LINGER)?, None);
    socket.setsockopt_bytes(SOCKET, SO_LINGER, ints(1, 7).as_slice())?;
    expect_eq!(socket.option(LINGER)?, Some(Duration::from_secs(7)));
    expect_eq!(socket.getsockopt(SOCKET, SO_LINGER)?, 1); // the first of the two
    expect_eq!(socket.getsockopt_bytes(SOCKET, SO_LINGER, &mut value)?, 8);
    expect_true!(value[..8] == *ints(1, 7).as_slice());
    socket.set_option(LINGER, None)?;
    expect_eq!(socket.option(LINGER)?, None);
    Ok(())
}

fn any_buffer<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for socket in [stream(lab, variant)?, datagram(lab, variant)?] {
        for name in [SO_RCVBUF, SO_SNDBUF] {
            expect_true!(socket.getsockopt(SOCKET, name)? > 0);
            for size in [0, 1, 8192, i32::MAX, -1] {
                socket.setsockopt(SOCKET, name, size)?;
                expect_true!(socket.getsockopt(SOCKET, name)? > 0);
            }
        }
    }
    Ok(())
}

fn low_water<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for socket in [stream(lab, variant)?, datagram(lab, variant)?] {
        expect_eq!(socket.getsockopt(SOCKET, SO_RCVLOWAT)?, 1);
        expect_eq!(socket.getsockopt(SOCKET, SO_SNDLOWAT)?, 1);
    }
    Ok(())
}

fn pending_error<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let deaf = far_deaf(lab, variant)?;
    let mut near = stream(lab, variant)?;
    expect_eq!(near.getsockopt(SOCKET, SO_ERROR)?, 0);
    for typed in [false, true] {
        near.setblocking(false)?;
        expect_error!(near.connect(deaf.getsockname()?), EINPROGRESS);
        wait_for(lab.near(), &near, Readiness::NONE)?;
        if typed {
            expect_eq!(near.option(ERROR)?, Some(Error::from(Errno::ECONNREFUSED)));
        } else {
            expect_eq!(near.getsockopt(SOCKET, SO_ERROR)?, Errno::ECONNREFUSED.raw());
        }
        expect_eq!(near.getsockopt(SOCKET, SO_ERROR)?, 0);
        near = stream(lab, variant)?;
    }
    Ok(())
}

fn accepts<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let socket = stream(lab, variant)?;
    expect_eq!(socket.getsockopt(SOCKET, SO_ACCEPTCONN)?, 0);
    socket.bind(near_any(lab, variant)?)?;
    expect_eq!(socket.getsockopt(SOCKET, SO_ACCEPTCONN)?, 0);
    socket.listen(None)?;
    expect_eq!(socket.getsockopt(SOCKET, SO_ACCEPTCONN)?, 1);
    let client = far_stream(lab, variant)?;
    client.connect(socket.getsockname()?)?;
    expect_eq!(socket.accept()?.0.getsockopt(SOCKET, SO_ACCEPTCONN)?, 0);
    expect_eq!(datagram(lab, variant)?.getsockopt(SOCKET, SO_ACCEPTCONN)?, 0);
    Ok(())
}

fn read_only<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for socket in [stream(lab, variant)?, datagram(lab, variant)?] {
        for name in [SO_TYPE, SO_ERROR, SO_ACCEPTCONN, SO_DOMAIN, SO_PROTOCOL, SO_SNDLOWAT] {
            let before = socket.getsockopt(SOCKET, name)?;
            expect_error!(socket.setsockopt(SOCKET, name, 7), ENOPROTOOPT);
            expect_eq!(socket.getsockopt(SOCKET, name)?, before);
        }
    }
    Ok(())
}

fn unknown<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let nothing = OptionName(9999);
    let (own, of_another_level) = match variant.family {
        Family::Inet => (IP, Errno::EOPNOTSUPP),
        Family::Inet6 => (IPV6, Errno::ENOPROTOOPT),
    };
    let (stream, datagram) = (stream(lab, variant)?, datagram(lab, variant)?);
    // A level that the socket has, and one that it does not have.
    for (socket, known, other) in
        [(&stream, TCP, OptionLevel::UDP), (&datagram, OptionLevel::UDP, TCP)]
    {
        for level in [SOCKET, own, known] {
            expect_error!(socket.getsockopt(level, nothing), ENOPROTOOPT);
            expect_error!(socket.setsockopt(level, nothing, 1), ENOPROTOOPT);
        }
        for level in [other, OptionLevel(9999)] {
            let outcome = socket.getsockopt(level, OptionName(1)).map_err(Error::errno);
            expect_eq!(outcome, Err(Some(of_another_level)));
            expect_error!(socket.setsockopt(level, OptionName(1), 1), ENOPROTOOPT);
        }
    }
    // IPv6 sockets have IPv4's options too, but not the other way round.
    let outcome = stream.getsockopt(IPV6, IPV6_V6ONLY).map_err(Error::errno);
    let expected = if own == IP { Err(Some(Errno::EOPNOTSUPP)) } else { Ok(0) };
    expect_eq!(outcome, expected);
    expect_eq!(stream.getsockopt(IP, IP_TTL)?, 64);
    Ok(())
}

fn too_short<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let socket = stream(lab, variant)?;
    for (level, name) in [(SOCKET, SO_KEEPALIVE), (TCP, TCP_NODELAY)] {
        for value in [&[][..], &[1], &[1; 3]] {
            expect_error!(socket.setsockopt_bytes(level, name, value), EINVAL);
            expect_eq!(socket.getsockopt(level, name)?, 0);
        }
        socket.setsockopt_bytes(level, name, &[1; 5])?;
        expect_eq!(socket.getsockopt(level, name)?, 1);
    }
    Ok(())
}

fn kept<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (level, name) = hop_limit(variant);
    let prepare = |near: &Socket<L::Near>| {
        near.set_option(NODELAY, true)?;
        near.set_option(KEEPALIVE, true)?;
        near.set_option(LINGER, Some(Duration::from_secs(7)))?;
        near.setsockopt(TCP, TCP_KEEPIDLE, 60)?;
        near.setsockopt(level, name, 9)
    };
    let Connection { near, far: _far } = connection_with(lab, variant, prepare, |_| Ok(()))?;
    expect_true!(near.option(NODELAY)?);
    expect_true!(near.option(KEEPALIVE)?);
    expect_eq!(near.option(LINGER)?, Some(Duration::from_secs(7)));
    expect_eq!(near.getsockopt(TCP, TCP_KEEPIDLE)?, 60);
    expect_eq!(near.getsockopt(level, name)?, 9);
    Ok(())
}

fn all_or_nothing<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let common = [
        (SOCKET, SO_REUSEADDR, 1),
        (SOCKET, SO_DONTROUTE, 1),
        (SOCKET, SO_BROADCAST, 1),
        (SOCKET, SO_KEEPALIVE, 1),
        (SOCKET, SO_OOBINLINE, 1),
        (SOCKET, SO_PRIORITY, 3),
        (SOCKET, SO_REUSEPORT, 1),
        (SOCKET, SO_TIMESTAMP, 1),
        (SOCKET, SO_TIMESTAMPNS, 1),
        (TCP, TCP_NODELAY, 1),
        (TCP, TCP_MAXSEG, 1000),
        (TCP, TCP_CORK, 1),
        (TCP, TCP_KEEPIDLE, 60),
        (TCP, TCP_KEEPINTVL, 60),
        (TCP, TCP_KEEPCNT, 3),
        (TCP, TCP_SYNCNT, 3),
        (TCP, TCP_LINGER2, 30),
        (TCP, TCP_DEFER_ACCEPT, 1),
        (TCP, TCP_WINDOW_CLAMP, 65535),
        (TCP, TCP_QUICKACK, 0),
        (TCP, TCP_USER_TIMEOUT, 1000),
        (TCP, TCP_NOTSENT_LOWAT, 1000),
    ];
    let of_inet = [
        (IP, IP_TTL, 9),
        (IP, IP_TOS, 16),
        (IP, IP_MTU_DISCOVER, 2),
        (IP, IP_RECVTTL, 1),
        (IP, IP_FREEBIND, 1),
        (IP, IP_MULTICAST_LOOP, 0),
    ];
    let of_inet6 = [
        (IPV6, IPV6_UNICAST_HOPS, 9),
        (IPV6, IPV6_TCLASS, 16),
        (IPV6, IPV6_MTU_DISCOVER, 2),
        (IPV6, IPV6_RECVHOPLIMIT, 1),
        (IPV6, IPV6_V6ONLY, 1),
        (IPV6, IPV6_MULTICAST_LOOP, 0),
    ];
    let own = if variant.family == Family::Inet { of_inet } else { of_inet6 };
    let socket = stream(lab, variant)?;
    for (level, name, value) in common.into_iter().chain(own) {
        match socket.setsockopt(level, name, value) {
            Ok(()) => expect_eq!(socket.getsockopt(level, name)?, value),
            Err(error) => {
                expect_eq!(error, Error::from(Errno::ENOPROTOOPT));
                expect_error!(socket.getsockopt(level, name), ENOPROTOOPT);
            }
        }
    }
    Ok(())
}

fn other_switches<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for socket in [stream(lab, variant)?, datagram(lab, variant)?] {
        for name in [SO_OOBINLINE, SO_DONTROUTE] {
            takes(&socket, (SOCKET, name), 0, &[(5, Some(1)), (0, Some(0))])?;
        }
    }
    Ok(())
}

fn host_timeouts<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    const WORD: usize = size_of::<usize>();
    let socket = stream(lab, variant)?;
    for name in [SO_RCVTIMEO, SO_SNDTIMEO] {
        let mut value = [0xEE; 32];
        expect_eq!(socket.getsockopt_bytes(SOCKET, name, &mut value)?, 2 * WORD);
        expect_true!(value[..2 * WORD].iter().all(|byte| *byte == 0));
        value[..WORD].copy_from_slice(&1usize.to_ne_bytes()); // seconds
        value[WORD..2 * WORD].copy_from_slice(&1_000_000usize.to_ne_bytes());
        expect_error!(socket.setsockopt_bytes(SOCKET, name, &value[..2 * WORD]), EDOM);
        expect_error!(socket.setsockopt(SOCKET, name, 1), EINVAL);
    }
    Ok(())
}

fn doubled<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for socket in [stream(lab, variant)?, datagram(lab, variant)?] {
        for name in [SO_RCVBUF, SO_SNDBUF] {
            socket.setsockopt(SOCKET, name, 8192)?;
            expect_eq!(socket.getsockopt(SOCKET, name)?, 16384);
        }
    }
    Ok(())
}

fn bytes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let socket = stream(lab, variant)?;
    let family = i32::from(variant.family.number().0).to_ne_bytes();
    // room, bytes
    for (room, length) in [(1, 1), (3, 3), (4, 4), (5, 4), (1024, 4)] {
        let mut value = [0xEE; 1024];
        let found = socket.getsockopt_bytes(SOCKET, SO_DOMAIN, &mut value[..room])?;
        expect_eq!(found, length);
        let behind = value[length..].iter().all(|byte| *byte == 0xEE);
        expect_true!(value[..length] == family[..length] && behind);
    }
    let mut value = [0xEE; 8];
    expect_eq!(socket.getsockopt_bytes(SOCKET, SO_LINGER, &mut value[..4])?, 4);
    expect_true!(value == [0, 0, 0, 0, 0xEE, 0xEE, 0xEE, 0xEE]);
    Ok(())
}

fn no_bytes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let socket = stream(lab, variant)?;
    let mut value = [0; 1025];
    let outcome = socket.getsockopt_bytes(SOCKET, SO_TYPE, &mut value);
    expect_eq!(outcome, Err(Error::INVALID_VALUE));
    expect_eq!(socket.getsockopt_bytes(SOCKET, SO_TYPE, &mut []), Err(Error::INVALID_VALUE));
    Ok(())
}

fn one_interface<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    const NO_INTERFACE: i32 = 424_242;
    let near = datagram(lab, variant)?;
    let there = lab.near_interface() as i32;
    let range =
        [(-1, None), (NO_INTERFACE, Some(NO_INTERFACE)), (0, Some(0)), (there, Some(there))];
    takes(&near, (SOCKET, SO_BINDTOIFINDEX), 0, &range)?;
    let far = far_datagram(lab, variant)?;
    expect_eq!(near.sendto(b"x", far.getsockname()?)?, 1);
    expect_eq!(far.recv(&mut [0; 8])?, 1);
    near.setsockopt(SOCKET, SO_BINDTOIFINDEX, NO_INTERFACE)?;
    match variant.family {
        Family::Inet => expect_error!(near.sendto(b"x", far.getsockname()?), ENODEV),
        Family::Inet6 => expect_error!(near.sendto(b"x", far.getsockname()?), ENETUNREACH),
    }
    Ok(())
}
