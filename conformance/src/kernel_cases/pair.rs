//! Pairs of UNIX sockets, which are those that a program gets unless it asks for others.

use berkeley_os::socketpair;

use super::prelude::*;

kernel_cases! {
    "pair-07" by_default, Vary::NOTHING, ["F32", "F33"],
        "Python manual: socketpair",
        "Without arguments a pair is of UNIX streams.";
    "pair-08" broken, Vary::NOTHING, ["F32"],
        "POSIX send: EPIPE; measured, python-socket.md F32",
        "A pair of UNIX sockets is broken at once when one end is closed.";
    "pair-09" default_timeout, Vary::NOTHING, ["F33", "F34"],
        "Python manual: socketpair, setdefaulttimeout",
        "Both ends have the default timeout.";
}

fn by_default(lab: &Kernel, _: &Variant) -> Outcome {
    let (one, other) = socketpair()?;
    for (from, to) in [(&one, &other), (&other, &one)] {
        expect_eq!(from.family(), AddressFamily::UNIX);
        expect_eq!(from.type_(), SocketType::STREAM);
        expect_eq!(from.proto(), Protocol::DEFAULT);
        expect_eq!(from.gettimeout(), Timeout::Blocking);
        expect_eq!(from.send(b"hello")?, 5);
        expect_bytes(lab.near(), to, b"hello")?;
    }
    Ok(())
}

fn broken(lab: &Kernel, _: &Variant) -> Outcome {
    let (one, other) = socketpair()?;
    one.sendall(b"last")?;
    one.close()?;
    expect_error!(other.send(b"hello?"), EPIPE);
    expect_bytes(lab.near(), &other, b"last")?;
    expect_end(lab.near(), &other)?;
    // What nobody has read is a reset for who sent it.
    let (one, other) = socketpair()?;
    one.sendall(b"unread")?;
    other.close()?;
    expect_error!(one.recv(&mut [0; 8]), ECONNRESET);
    expect_end(lab.near(), &one)
}

fn default_timeout(lab: &Kernel, _: &Variant) -> Outcome {
    let net = lab.near();
    let four = Duration::from_secs(4);
    net.setdefaulttimeout(four);
    let outcome = socketpair();
    net.setdefaulttimeout(Timeout::Blocking);
    let (one, other) = outcome?;
    for end in [one, other] {
        expect_eq!(end.gettimeout(), Timeout::After(four));
    }
    Ok(())
}
