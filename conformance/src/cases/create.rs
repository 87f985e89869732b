//! Creation: which families, types and protocols there are, and what a new socket is like.

use super::prelude::*;

cases! {
    "create-01" crossed_protocols, Vary::FAMILY, ["K03", "F31"],
        "POSIX socket: EPROTONOSUPPORT",
        "A stream with UDP's protocol, or datagrams with TCP's, is refused.";
    "create-02" unknown_family, Vary::NOTHING, ["G05", "K02"],
        "POSIX socket: EAFNOSUPPORT",
        "A family that does not exist, or none, is refused.";
    "create-03" unknown_type, Vary::FAMILY, ["K03"],
        "Linux socket(2): EINVAL",
        "A type above the known ones is invalid.";
    "create-04" unsupported_type, Vary::FAMILY, ["K03"],
        "Linux socket(2): ESOCKTNOSUPPORT",
        "The IP families have no sequenced packets and no reliably delivered messages.";
    "create-05" raw_without_protocol, Vary::FAMILY, ["K03"],
        "Linux raw(7): EPROTONOSUPPORT",
        "A raw socket needs a protocol.";
    "create-08" fresh_socket, Vary::FAMILY, ["F31", "F52", "F53", "K04", "K05", "S53", "S54", "S55", "T02", "N25"],
        "Python manual: socket, setdefaulttimeout",
        "A new socket has the default timeout, no flags in its type and the protocol it was given.";
    "create-09" many_times, Vary::FAMILY, ["S05", "S08"],
        "POSIX close: the descriptor can be used again",
        "Creating and dropping a socket a thousand times leaves nothing behind.";
}

fn crossed_protocols<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let family = variant.family.number();
    expect_error!(lab.near().socket(family, SocketType::STREAM, Protocol::UDP), EPROTONOSUPPORT);
    expect_error!(lab.near().socket(family, SocketType::DGRAM, Protocol::TCP), EPROTONOSUPPORT);
    // The right ones are fine.
    lab.near().socket(family, SocketType::STREAM, Protocol::TCP)?;
    lab.near().socket(family, SocketType::DGRAM, Protocol::UDP)?;
    Ok(())
}

fn unknown_family<L: Lab>(lab: &L, _variant: &Variant) -> Outcome {
    for family in [AddressFamily(9999), AddressFamily::UNSPEC] {
        expect_error!(lab.near().stream(family), EAFNOSUPPORT);
        expect_error!(lab.near().datagram(family), EAFNOSUPPORT);
    }
    Ok(())
}

fn unknown_type<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for number in [11, 75, 77] {
        let outcome =
            lab.near().socket(variant.family.number(), SocketType(number), Protocol::DEFAULT);
        expect_error!(outcome, EINVAL);
    }
    Ok(())
}

fn unsupported_type<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for socket_type in [SocketType::SEQPACKET, SocketType::RDM] {
        let outcome = lab.near().socket(variant.family.number(), socket_type, Protocol::DEFAULT);
        expect_error!(outcome, ESOCKTNOSUPPORT);
    }
    Ok(())
}

fn raw_without_protocol<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let outcome = lab.near().socket(variant.family.number(), SocketType::RAW, Protocol::DEFAULT);
    expect_error!(outcome, EPROTONOSUPPORT);
    Ok(())
}

fn fresh_socket<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (net, family) = (lab.near(), variant.family.number());
    expect_eq!(net.getdefaulttimeout(), Timeout::Blocking);

    let first = net.stream(family)?;
    expect_eq!(first.gettimeout(), Timeout::Blocking);
    expect_true!(first.getblocking());
    expect_eq!(first.family(), family);
    expect_eq!(first.type_(), SocketType::STREAM);
    expect_eq!(first.proto(), Protocol::DEFAULT);

    let flagged = SocketType::DGRAM | SocketType::NONBLOCK | SocketType::CLOEXEC;
    net.setdefaulttimeout(Duration::from_secs(3));
    let default = net.socket(family, SocketType::STREAM, Protocol::TCP);
    let nonblock = net.socket(family, flagged, Protocol::DEFAULT);
    net.setdefaulttimeout(Timeout::Blocking);
    let (default, nonblock) = (default?, nonblock?);

    expect_eq!(default.gettimeout(), Timeout::After(Duration::from_secs(3)));
    expect_eq!(default.proto(), Protocol::TCP);
    expect_eq!(nonblock.gettimeout(), Timeout::NonBlocking); // wins over the default
    expect_eq!(nonblock.type_(), SocketType::DGRAM);
    expect_eq!(first.gettimeout(), Timeout::Blocking); // those that exist keep theirs
    expect_error!(nonblock.recv(&mut [0]), EAGAIN);
    Ok(())
}

fn many_times<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for _ in 0..1000 {
        let stream = lab.near().stream(variant.family.number())?;
        let datagram = lab.near().datagram(variant.family.number())?;
        drop(stream);
        datagram.close()?;
    }
    Ok(())
}
