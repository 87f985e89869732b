//! Pairs of UNIX sockets, which are those that a program gets unless it asks for others.

use berkeley_os::socketpair;

use super::prelude::*;

kernel_cases! {
    "pair-07" by_default, Vary::NOTHING, ["F32", "F33"],
        "Python manual: socketpair",
        "Without arguments a pair is of UNIX streams.";
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
