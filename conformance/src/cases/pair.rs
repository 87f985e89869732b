//! Pairs: two sockets that are connected to each other.
//!
//! The variants are pairs of the IP families: where the host has none, the library makes one over
//! the loopback.

use super::prelude::*;
use crate::lab::Networks;

cases! {
    "pair-01" both_ways, Vary::FAMILY, ["F32", "N19"],
        "Python manual: socketpair",
        "What one end sends the other receives, and the ends know each other.";
    "pair-02" the_end, Vary::FAMILY, ["F32"],
        "POSIX socketpair; measured, python-socket.md F32",
        "When one end is closed the other sees the end, and its pipe is broken.";
    "pair-03" timeouts, Vary::FAMILY, ["F34"],
        "Python manual: socketpair, setdefaulttimeout",
        "Both ends have the default timeout, or none of their own when they are not to wait.";
    "pair-04" whole_api, Vary::FAMILY, ["F34"],
        "Python manual: socketpair, since 3.2 whole socket objects",
        "An end has everything that a socket has.";
    "pair-05" refused, Vary::FAMILY, ["F32"],
        "POSIX socketpair: EOPNOTSUPP, EAFNOSUPPORT, EPROTONOSUPPORT",
        "Datagrams, unknown types, families and other protocols have no pairs.";
    "pair-06" leaves_nothing, Vary::FAMILY, ["F32"],
        "POSIX close",
        "Pairs come and go a hundred times and leave nothing behind.";
}

/// Both ends of a pair, in the family of the variant.
type Pair<L> = (Socket<<L as Networks>::Near>, Socket<<L as Networks>::Near>);

fn pair<L: Lab>(lab: &L, variant: &Variant, flags: SocketType) -> Result<Pair<L>, Failure> {
    let family = variant.family.number();
    Ok(lab.near().socketpair(family, SocketType::STREAM | flags, Protocol::DEFAULT)?)
}

const WAITS: SocketType = SocketType(0);

fn both_ways<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (one, other) = pair(lab, variant, WAITS)?;
    for (from, to) in [(&one, &other), (&other, &one)] {
        expect_eq!(from.family(), variant.family.number());
        expect_eq!(from.type_(), SocketType::STREAM);
        expect_eq!(from.proto(), Protocol::DEFAULT);
        expect_eq!(from.send(b"hello")?, 5);
        expect_bytes(lab.near(), to, b"hello")?;
        expect_true!(from.getsockname()? == to.getpeername()?);
        expect_eq!(from.getsockname()?.with_port(0), loopback_any(lab, variant)?);
    }
    Ok(())
}

fn the_end<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (one, other) = pair(lab, variant, WAITS)?;
    one.sendall(b"last")?;
    one.shutdown(Shutdown::WR)?;
    expect_bytes(lab.near(), &other, b"last")?;
    expect_end(lab.near(), &other)?;
    other.sendall(b"answer")?;
    expect_bytes(lab.near(), &one, b"answer")?;
    one.close()?;
    expect_eq!(other.send(b"hello?")?, 6);
    wait_for(lab.near(), &other, Readiness::NONE)?; // until the answer, a reset
    expect_error!(other.send(b"hello?"), EPIPE);
    expect_end(lab.near(), &other)
}

fn timeouts<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (four, net) = (Duration::from_secs(4), lab.near());
    let before = pair(lab, variant, WAITS)?;
    net.setdefaulttimeout(four);
    let waits = pair(lab, variant, WAITS);
    let nonblocking = pair(lab, variant, SocketType::NONBLOCK);
    net.setdefaulttimeout(Timeout::NonBlocking);
    let by_default = pair(lab, variant, WAITS);
    net.setdefaulttimeout(Timeout::Blocking);
    // pair, timeout of both ends
    for ((one, other), timeout) in [
        (before, Timeout::Blocking),
        (waits?, Timeout::After(four)),
        (nonblocking?, Timeout::NonBlocking),
        (by_default?, Timeout::NonBlocking),
    ] {
        expect_eq!((one.gettimeout(), other.gettimeout()), (timeout, timeout));
        if timeout == Timeout::NonBlocking {
            expect_error!(one.recv(&mut [0]), EAGAIN);
            expect_error!(other.recv(&mut [0]), EAGAIN);
        }
    }
    Ok(())
}

fn whole_api<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (mut one, mut other) = pair(lab, variant, WAITS)?;
    one.settimeout(SHORT)?;
    other.settimeout(LONG)?;
    expect_timed_out!(one.recv(&mut [0; 8]));
    expect_eq!(one.sendmsg(&[b"mes", b"sage"], &[], MessageFlags::NONE)?, 7);
    wait_for(lab.near(), &other, Readiness::READABLE)?;
    let mut buffer = [0; 8];
    expect_eq!(other.recv_into(&mut buffer, 3, MessageFlags::PEEK)?, 3);
    expect_eq!(other.recvfrom(&mut buffer)?, (7, None));
    one.set_option(NODELAY, true)?;
    expect_true!(one.option(NODELAY)?);
    expect_true!(!other.option(NODELAY)?); // two sockets, not one
    let again = second_handle(&one)?;
    one.close()?;
    again.sendall(b"still here")?;
    expect_bytes(lab.near(), &other, b"still here")?;
    expect_error!(again.listen(1), EINVAL);
    other.setblocking(false)?;
    expect_error!(other.recv(&mut buffer), EAGAIN);
    Ok(())
}

fn refused<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let family = variant.family.number();
    let (stream, datagram) = (SocketType::STREAM, SocketType::DGRAM);
    // family, type, protocol, error
    for (family, socket_type, protocol, errno) in [
        (family, datagram, Protocol::DEFAULT, Errno::EOPNOTSUPP),
        (family, datagram, Protocol::UDP, Errno::EOPNOTSUPP),
        (family, stream, Protocol::UDP, Errno::EPROTONOSUPPORT),
        (family, SocketType::SEQPACKET, Protocol::DEFAULT, Errno::ESOCKTNOSUPPORT),
        (family, SocketType(75), Protocol::DEFAULT, Errno::EINVAL),
        (AddressFamily(9999), stream, Protocol::DEFAULT, Errno::EAFNOSUPPORT),
    ] {
        let outcome = lab.near().socketpair(family, socket_type, protocol);
        expect_eq!(outcome.map(|_| ()).map_err(Error::errno), Err(Some(errno)));
    }
    Ok(())
}

fn leaves_nothing<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for _ in 0..100 {
        let (one, other) = pair(lab, variant, WAITS)?;
        reset(one)?; // otherwise what is left is TIME-WAIT, which is another case's
        drop(other);
    }
    Ok(())
}
