//! Rules that programs seldom meet, found by comparing random ones (`tests/differential`).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::{OptionLevel, OptionName, OtherAddress};

use super::prelude::*;
use crate::case::Family;

cases! {
    "detail-01" meaningless_flags, Vary::FAMILY, ["K09"],
        "measured on Linux",
        "A flag that means nothing to a call is not looked at.";
    "detail-02" thrown_away, Vary::FAMILY, ["K09"],
        "Linux tcp(7): MSG_TRUNC",
        "Bytes of a stream are thrown away instead of being copied.";
    "detail-03" to_no_port, Vary::FAMILY, ["S10", "S13"],
        "measured on Linux",
        "A stream that connects to port 0 is refused like any other.";
    "detail-04" port_given_back, Vary::FAMILY, ["S04", "S18"],
        "Linux: inet_put_port; measured",
        "A port that a refused stream did not choose is given back, though its name goes on saying it.";
    "detail-05" port_kept, Vary::FAMILY, ["S04", "S18"],
        "Linux: tcp_disconnect; measured",
        "Disconnecting a stream that was only bound leaves it bound.";
    "detail-06" port_of_a_failure, Vary::FAMILY, ["S18", "S37"],
        "Linux: inet_autobind; measured",
        "A datagram socket has a port also after sending or connecting has failed.",
        NEEDS_ROOT;
    "detail-07" address_before_error, Vary::FAMILY, ["S41"],
        "Linux: sock_alloc_send_pskb; measured",
        "Where a datagram goes is looked at before what stands in its way.";
    "detail-08" any_port, Vary::FAMILY, ["S10"],
        "measured on Linux",
        "A datagram socket that is connected to no port hears all of that host.";
    "detail-09" refused_in_pieces, Vary::FAMILY, ["S37"],
        "RFC 1122 3.2.2.1, 3.3.2",
        "A datagram of several packets to a port without a socket is refused.";
    "detail-10" listener_with_an_error, Vary::FAMILY, ["S15", "S32"],
        "Linux: inet_csk_listen_poll; measured",
        "A listener is not ready for an error that it has from before, and keeps it.";
    "detail-11" forms_of_options, Vary::FAMILY, ["S20", "S48"],
        "Linux: do_ip_getsockopt, do_ipv6_setsockopt; measured",
        "A small number fits into one byte; an option that is not there is told before a short value.";
    "detail-12" mapped_or_not, Vary::NOTHING, ["A09"],
        "Linux: __inet6_bind; measured",
        "A socket at an address of IPv6 is for IPv6 only, and one at an address of IPv4 for that.";
    "detail-13" numbers, Vary::NOTHING, ["G05", "K03"],
        "Linux: __sys_socket, __sock_create, inet_create; measured",
        "Numbers that nothing has are refused in this order: of types, families and protocols.";
}

fn unspecified() -> Result<OtherAddress, Error> {
    OtherAddress::new(AddressFamily::UNSPEC, &[0; 26])
}

/// A port of the far side where no datagram socket is.
fn nobody<L: Lab>(lab: &L, variant: &Variant) -> Result<Address, Failure> {
    Ok(far_datagram(lab, variant)?.getsockname()?)
}

/// A stream in non-blocking mode whose attempt to connect was refused, which nobody has asked for.
fn refused<L: Lab>(
    lab: &L,
    variant: &Variant,
    address: Address,
) -> Result<Socket<L::Near>, Failure> {
    let mut near = near_stream(lab, variant)?;
    near.setblocking(false)?;
    expect_error!(near.connect(address), EINPROGRESS);
    wait_for(lab.near(), &near, Readiness::WRITABLE)?;
    Ok(near)
}

fn meaningless_flags<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let (from, to) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    let sending = [
        MessageFlags::EOR,
        MessageFlags::WAITALL,
        MessageFlags::PEEK,
        MessageFlags::TRUNC,
        MessageFlags::CTRUNC,
        MessageFlags::ERRQUEUE,
    ];
    for flags in sending {
        expect_eq!(near.send_with(b"x", flags)?, 1);
        expect_eq!(from.sendto_with(b"x", flags, to.getsockname()?)?, 1);
        expect_bytes(lab.far(), &far, b"x")?;
        expect_eq!(to.recv(&mut [0; 8])?, 1);
    }
    for flags in [MessageFlags::EOR, MessageFlags::CTRUNC, MessageFlags::NOSIGNAL] {
        far.sendall(b"x")?;
        to.sendto(b"x", from.getsockname()?)?;
        wait_for(lab.near(), &near, Readiness::READABLE)?;
        wait_for(lab.near(), &from, Readiness::READABLE)?;
        expect_eq!(near.recv_into(&mut [0; 8], 0, flags)?, 1);
        expect_eq!(from.recv_into(&mut [0; 8], 0, flags)?, 1);
    }
    Ok(())
}

fn thrown_away<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    far.sendall(b"0123456789")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    let mut buffer = [b'-'; 4];
    for flags in [MessageFlags::TRUNC | MessageFlags::PEEK, MessageFlags::TRUNC] {
        expect_eq!(near.recv_into(&mut buffer, 0, flags)?, 4);
        expect_eq!(buffer, *b"----");
    }
    expect_bytes(lab.near(), &near, b"456789")
}

fn to_no_port<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = refused(lab, variant, far_any(lab, variant)?)?;
    expect_eq!(near.option(ERROR)?, Some(Error::from(Errno::ECONNREFUSED)));
    expect_error!(near.connect(far_any(lab, variant)?), ECONNABORTED);
    expect_error!(near_stream(lab, variant)?.getpeername(), ENOTCONN);
    Ok(())
}

fn port_given_back<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let deaf = far_deaf(lab, variant)?;
    let near = refused(lab, variant, deaf.getsockname()?)?;
    expect_true!(near.getsockname()?.port() != Some(0));
    near.bind(near_any(lab, variant)?)?;
    expect_error!(near.bind(near_any(lab, variant)?), EINVAL);
    expect_error!(near.listen(1), EINVAL); // connecting has still to say how it came out
    expect_error!(near.connect(deaf.getsockname()?), ECONNREFUSED);
    near.listen(1)?;
    Ok(())
}

fn port_kept<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_stream(lab, variant)?;
    near.bind(near_any(lab, variant)?)?;
    let name = near.getsockname()?;
    near.connect(unspecified()?)?;
    expect_eq!(near.getsockname()?, name);
    expect_error!(near.bind(near_any(lab, variant)?), EINVAL);
    Ok(())
}

fn port_of_a_failure<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let net = lab.near();
    let family = variant.family.number();
    let near = net.datagram(family)?;
    expect_error!(near.send(b"x"), EDESTADDRREQ);
    expect_true!(near.getsockname()?.port() != Some(0));
    let near = net.datagram(family)?;
    expect_error!(near.sendto(b"x", far_any(lab, variant)?), EINVAL);
    expect_true!(near.getsockname()?.port() != Some(0));
    // Addresses for documentation that are on no network of the lab.
    let nowhere = match variant.family {
        Family::Inet => IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)),
        Family::Inet6 => IpAddr::V6(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 9)),
    };
    let near = net.datagram(family)?;
    expect_error!(near.connect((nowhere, 9)), ENETUNREACH);
    expect_true!(near.getsockname()?.port() != Some(0));
    Ok(())
}

fn address_before_error<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_datagram(lab, variant)?;
    near.connect(nobody(lab, variant)?)?;
    expect_eq!(near.send(b"anybody?")?, 8);
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_error!(near.sendto(b"x", far_any(lab, variant)?), EINVAL);
    expect_error!(near.send(b"x"), ECONNREFUSED);
    near.shutdown(Shutdown::WR)?;
    expect_error!(near.sendto(b"x", far_any(lab, variant)?), EINVAL);
    expect_error!(near.send(b"x"), EPIPE);
    Ok(())
}

fn any_port<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_datagram(lab, variant)?;
    near.connect(far_any(lab, variant)?)?;
    for data in [b"one", b"two"] {
        let far = far_datagram(lab, variant)?; // each from another port
        far.sendto(data, near.getsockname()?)?;
        wait_for(lab.near(), &near, Readiness::READABLE)?;
        expect_eq!(near.recv(&mut [0; 8])?, 3);
    }
    Ok(())
}

fn refused_in_pieces<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    static LONG_DATAGRAM: [u8; 4000] = [b'#'; 4000];
    let near = near_datagram(lab, variant)?;
    near.connect(nobody(lab, variant)?)?;
    expect_eq!(near.send(&LONG_DATAGRAM)?, 4000);
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_eq!(near.option(ERROR)?, Some(Error::from(Errno::ECONNREFUSED)));
    Ok(())
}

fn listener_with_an_error<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = refused(lab, variant, far_deaf(lab, variant)?.getsockname()?)?;
    near.connect(unspecified()?)?;
    near.listen(1)?;
    expect_eq!(readiness(lab.near(), &near)?, Readiness::NONE);
    expect_error!(near.recv(&mut [0; 8]), ENOTCONN);
    expect_eq!(near.option(ERROR)?, Some(Error::from(Errno::ECONNREFUSED)));
    Ok(())
}

fn forms_of_options<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let stream = lab.near().stream(variant.family.number())?;
    let datagram = lab.near().datagram(variant.family.number())?;
    for (room, length) in [(1, 1), (2, 1), (3, 1), (4, 4), (5, 4)] {
        let mut value = [0xEE; 8];
        let found = datagram.getsockopt_bytes(OptionLevel::IP, IP_TTL, &mut value[..room])?;
        expect_eq!((found, value[0]), (length, 64));
    }
    let nothing = OptionName(9999);
    // A level that the socket does not have, and one that it has without this option.
    expect_error!(datagram.setsockopt_bytes(OptionLevel::TCP, TCP_NODELAY, &[1]), ENOPROTOOPT);
    expect_error!(datagram.setsockopt_bytes(OptionLevel::IP, nothing, &[]), ENOPROTOOPT);
    expect_error!(stream.setsockopt_bytes(OptionLevel::IPV6, nothing, &[1]), ENOPROTOOPT);
    // Here the value is looked at first.
    expect_error!(stream.setsockopt_bytes(OptionLevel::SOCKET, nothing, &[1]), EINVAL);
    expect_error!(stream.setsockopt_bytes(OptionLevel::TCP, nothing, &[1]), EINVAL);
    Ok(())
}

fn mapped_or_not<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let localhost = Ipv6Addr::LOCALHOST;
    let mapped = |address: Ipv4Addr| address.to_ipv6_mapped();
    let any = mapped(Ipv4Addr::UNSPECIFIED);
    for of_streams in [true, false] {
        let new = || match of_streams {
            true => lab.near().stream(AddressFamily::INET6),
            false => lab.near().datagram(AddressFamily::INET6),
        };
        // where it is bound, whether that is for IPv6 only
        for (address, only) in [(Ipv6Addr::UNSPECIFIED, 0), (localhost, 1), (any, 0)] {
            let near = new()?;
            near.bind((address, 0))?;
            expect_eq!(near.getsockopt(OptionLevel::IPV6, IPV6_V6ONLY)?, only);
        }
        let near = new()?;
        near.bind((any, 0))?;
        expect_error!(near.connect((localhost, 9)), EAFNOSUPPORT);
    }
    let near = lab.near().datagram(AddressFamily::INET6)?;
    near.connect((mapped(Ipv4Addr::LOCALHOST), 0))?;
    expect_error!(near.send(b"x"), EINVAL);
    Ok(())
}

fn numbers<L: Lab>(lab: &L, _: &Variant) -> Outcome {
    let socket = |family, socket_type, protocol| {
        lab.near().socket(AddressFamily(family), SocketType(socket_type), Protocol(protocol))
    };
    expect_error!(socket(9999, 77, 0), EINVAL); // a flag that there is not
    expect_error!(socket(9999, 11, 0), EAFNOSUPPORT);
    expect_error!(socket(0, 11, 0), EINVAL);
    expect_error!(socket(0, 1, 0), EAFNOSUPPORT);
    expect_error!(socket(2, 11, 0), EINVAL);
    expect_error!(socket(2, 0, 6), ESOCKTNOSUPPORT);
    expect_error!(socket(2, 4, -2), EINVAL); // no protocol, of a type that there is not
    expect_error!(socket(2, 4, 0), ESOCKTNOSUPPORT);
    expect_error!(socket(2, 1, 263), EINVAL);
    expect_error!(socket(2, 1, 17), EPROTONOSUPPORT);
    Ok(())
}
