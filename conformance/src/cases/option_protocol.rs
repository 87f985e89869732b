//! The options of TCP and IP: defaults and ranges.

use berkeley::{OptionLevel, OptionName};

use super::option::{datagram, hop_limit, stream, takes};
use super::prelude::*;
use crate::case::Family;

const TCP: OptionLevel = OptionLevel::TCP;
const IP: OptionLevel = OptionLevel::IP;
const IPV6: OptionLevel = OptionLevel::IPV6;

cases! {
    "option-05" nodelay, Vary::FAMILY, ["K19", "S47"],
        "POSIX: TCP_NODELAY; measured, python-socket.md K19",
        "Small segments wait by default, and only TCP has the option.";
    "option-06" keepidle, Vary::FAMILY, ["K19"],
        "Linux tcp(7): TCP_KEEPIDLE",
        "A connection is idle for two hours before it is probed; the range is 1 to 32767 seconds.";
    "option-07" maxseg, Vary::FAMILY, ["K19"],
        "Linux tcp(7): TCP_MAXSEG",
        "The largest segment of a new socket is 536; the range is 88 to 32767, and 0 resets.";
    "option-08" tcp_details, Vary::FAMILY, ["K19"],
        "Linux tcp(7)",
        "The details of TCP have Linux's defaults and ranges.";
    "option-09" hops, Vary::FAMILY, ["K14", "K15", "S47"],
        "Linux ip(7): IP_TTL; RFC 3493 5.1",
        "A packet passes 64 routers by default, 1 to 255 by choice, and -1 is the default again.";
    "option-10" traffic_class, Vary::FAMILY, ["K14", "K15"],
        "Linux ip(7): IP_TOS; RFC 3542 6.5",
        "The class of traffic is 0 at first; two bits of it are TCP's own.";
    "option-25" probes, Vary::FAMILY, ["K19"],
        "Linux tcp(7): TCP_KEEPINTVL, TCP_KEEPCNT",
        "Nine probes, 75 seconds apart, end a dead connection, unless chosen otherwise.";
    "option-26" user_timeout, Vary::FAMILY, ["N21"],
        "Linux tcp(7): TCP_USER_TIMEOUT, TCP_CONGESTION",
        "There is a time for what is unacknowledged, and the congestion control has a name.";
    "option-28" no_hops, Vary::FAMILY, ["K15"],
        "RFC 3493 5.1",
        "Hop limit 0 is a choice of IPv6, and of IPv4 it is none.";
    "option-29" one_byte, Vary::FAMILY, ["K14", "S48"],
        "Linux ip(7); measured",
        "IPv4's small numbers may be a single byte, IPv6's may not.";
    "option-32" received_beside, Vary::FAMILY, ["K14", "K15"],
        "Linux ip(7), ipv6(7); RFC 3542 4",
        "What comes beside a packet is off by default and can be asked for.";
    "option-40" headers_beside, Vary::FAMILY, ["K14", "K15"],
        "Linux ip(7): IP_RECVOPTS; RFC 3542 7 to 9",
        "The options and extensions of a packet's header can be asked for.";
    "option-33" header_options, Vary::FAMILY, ["K14"],
        "Linux ip(7): IP_OPTIONS",
        "The options of the header are none at first, and bytes when they are set.";
    "option-34" quickack, Vary::FAMILY, ["K19"],
        "Linux tcp(7): TCP_QUICKACK",
        "A new connection acknowledges at once, until it is told otherwise.";
}

fn nodelay<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let switch = [(1, Some(1)), (0, Some(0)), (7, Some(1))];
    takes(&stream(lab, variant)?, (TCP, TCP_NODELAY), 0, &switch)?;
    expect_error!(datagram(lab, variant)?.setsockopt(TCP, TCP_NODELAY, 1), ENOPROTOOPT);
    Ok(())
}

/// From 1 to the largest, and nothing else.
fn one_to(largest: i32) -> [(i32, Option<i32>); 5] {
    [(0, None), (1, Some(1)), (largest, Some(largest)), (largest + 1, None), (-1, None)]
}

fn keepidle<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    takes(&stream(lab, variant)?, (TCP, TCP_KEEPIDLE), 7200, &one_to(32767))
}

fn maxseg<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let range = [(87, None), (88, Some(88)), (32767, Some(32767)), (32768, None), (0, Some(536))];
    takes(&stream(lab, variant)?, (TCP, TCP_MAXSEG), 536, &range)
}

fn tcp_details<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let socket = stream(lab, variant)?;
    let switch = |on, off| [(off, Some(off)), (on, Some(on))];
    takes(&socket, (TCP, TCP_SYNCNT), 6, &one_to(127))?;
    takes(&socket, (TCP, TCP_LINGER2), 60, &[(30, Some(30)), (-1, Some(-1))])?;
    takes(&socket, (TCP, TCP_DEFER_ACCEPT), 0, &switch(0, 1))?;
    takes(&socket, (TCP, TCP_CORK), 0, &switch(0, 1))?;
    takes(&socket, (TCP, TCP_WINDOW_CLAMP), 0, &[(65535, Some(65535)), (0, Some(0))])
}

fn hops<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let range =
        [(1, Some(1)), (255, Some(255)), (256, None), (-2, None), (-1, Some(64)), (9, Some(9))];
    for socket in [stream(lab, variant)?, datagram(lab, variant)?] {
        takes(&socket, hop_limit(variant), 64, &range)?;
    }
    Ok(())
}

fn traffic_class<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    // Of TCP the two lowest bits are those of explicit congestion notification.
    for (socket, lowest) in [(stream(lab, variant)?, 0), (datagram(lab, variant)?, 3)] {
        let class = [(16, Some(16)), (0x13, Some(0x10 | lowest)), (255, Some(0xFC | lowest))];
        match variant.family {
            Family::Inet => takes(&socket, (IP, IP_TOS), 0, &class)?,
            Family::Inet6 => {
                takes(&socket, (IPV6, IPV6_TCLASS), 0, &class)?;
                let range = [(256, None), (-2, None), (-1, Some(0))];
                takes(&socket, (IPV6, IPV6_TCLASS), 0xFC | lowest, &range)?;
            }
        }
    }
    Ok(())
}

fn probes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let socket = stream(lab, variant)?;
    takes(&socket, (TCP, TCP_KEEPINTVL), 75, &one_to(32767))?;
    takes(&socket, (TCP, TCP_KEEPCNT), 9, &one_to(127))
}

fn user_timeout<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let socket = stream(lab, variant)?;
    let range = [(1234, Some(1234)), (-1, None), (0, Some(0))];
    takes(&socket, (TCP, TCP_USER_TIMEOUT), 0, &range)?;
    let mut name = [0xEE; 32];
    expect_eq!(socket.getsockopt_bytes(TCP, TCP_CONGESTION, &mut name)?, 16);
    socket.setsockopt_bytes(TCP, TCP_CONGESTION, b"reno")?; // which every kernel has
    expect_error!(socket.setsockopt_bytes(TCP, TCP_CONGESTION, b"no such"), ENOENT);
    expect_eq!(socket.getsockopt_bytes(TCP, TCP_CONGESTION, &mut name)?, 16);
    expect_true!(name[..16] == *b"reno\0\0\0\0\0\0\0\0\0\0\0\0");
    Ok(())
}

fn no_hops<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let zero = (variant.family == Family::Inet6).then_some(0);
    takes(&datagram(lab, variant)?, hop_limit(variant), 64, &[(0, zero)])
}

fn one_byte<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let socket = datagram(lab, variant)?;
    expect_error!(socket.setsockopt_bytes(IP, IP_TTL, &[]), EINVAL);
    for value in [&[9][..], &[10, 1, 1]] {
        socket.setsockopt_bytes(IP, IP_TTL, value)?;
        expect_eq!(socket.getsockopt(IP, IP_TTL)?, i32::from(value[0]));
    }
    expect_error!(socket.setsockopt_bytes(IP, IP_TTL, &[0]), EINVAL);
    if variant.family == Family::Inet6 {
        expect_error!(socket.setsockopt_bytes(IPV6, IPV6_UNICAST_HOPS, &[9]), EINVAL);
        expect_eq!(socket.getsockopt(IPV6, IPV6_UNICAST_HOPS)?, 64);
    }
    Ok(())
}

fn received_beside<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let of_inet = [IP_PKTINFO, IP_RECVTTL, IP_RECVTOS];
    let of_inet6 = [IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS];
    switches_of(lab, variant, &of_inet, &of_inet6)
}

fn headers_beside<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let of_inet = [IP_RECVOPTS, IP_RETOPTS];
    switches_of(lab, variant, &of_inet, &[IPV6_RECVRTHDR, IPV6_RECVDSTOPTS])
}

/// Switches of a datagram socket that are off at first.
fn switches_of<L: Lab>(
    lab: &L,
    variant: &Variant,
    of_inet: &[OptionName],
    of_inet6: &[OptionName],
) -> Outcome {
    let (level, names) = match variant.family {
        Family::Inet => (IP, of_inet),
        Family::Inet6 => (IPV6, of_inet6),
    };
    let socket = datagram(lab, variant)?;
    for name in names {
        takes(&socket, (level, *name), 0, &[(1, Some(1)), (0, Some(0))])?;
    }
    Ok(())
}

fn header_options<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (socket, mut value) = (datagram(lab, variant)?, [0; 40]);
    expect_eq!(socket.getsockopt_bytes(IP, IP_OPTIONS, &mut value)?, 0);
    let padded = [1, 1, 1, 0]; // three times nothing, and the end (RFC 791 3.1)
    socket.setsockopt_bytes(IP, IP_OPTIONS, &padded)?;
    expect_eq!(socket.getsockopt_bytes(IP, IP_OPTIONS, &mut value)?, 4);
    expect_eq!(value[..4], padded);
    expect_error!(socket.setsockopt_bytes(IP, IP_OPTIONS, &[1; 41]), EINVAL);
    Ok(())
}

fn quickack<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    takes(&stream(lab, variant)?, (TCP, TCP_QUICKACK), 1, &[(0, Some(0)), (1, Some(1))])
}
