//! Options that only a kernel has: of processes, of its packet filter, and what it knows of TCP.

use berkeley::OptionLevel;
use berkeley_os::socketpair;

use super::prelude::*;

const SOCKET: OptionLevel = OptionLevel::SOCKET;
const TCP: OptionLevel = OptionLevel::TCP;

kernel_cases! {
    "option-35" peers, Vary::NOTHING, ["K07", "N21"],
        "Linux unix(7), socket(7): SO_PASSCRED, SO_PEERCRED, SO_PASSSEC, SO_PEERSEC",
        "A UNIX socket says whose process its peer is, and each message does so for the asking.";
    "option-36" marks, Vary::FAMILY, ["K07"],
        "Linux socket(7): SO_PRIORITY, SO_MARK",
        "Packets can be given a priority and a mark.",
        NEEDS_ROOT;
    "option-37" tcp_info, Vary::FAMILY, ["K19"],
        "Linux tcp(7): TCP_INFO",
        "What the kernel knows of a connection begins with its state, cut to the buffer.";
}

fn peers(_: &Kernel, _: &Variant) -> Outcome {
    let (one, _other) = socketpair()?;
    for name in [SO_PASSCRED, SO_PASSSEC] {
        expect_eq!(one.getsockopt(SOCKET, name)?, 0);
        one.setsockopt(SOCKET, name, 1)?;
        expect_eq!(one.getsockopt(SOCKET, name)?, 1);
    }
    let mut credentials = [0; 16];
    expect_eq!(one.getsockopt_bytes(SOCKET, SO_PEERCRED, &mut credentials)?, 12);
    expect_true!(credentials[..4] == std::process::id().to_ne_bytes());
    expect_error!(one.setsockopt_bytes(SOCKET, SO_PEERCRED, &credentials[..12]), ENOPROTOOPT);
    // A label, or none without a security module: that is the host's, and not recorded.
    match one.getsockopt_bytes(SOCKET, SO_PEERSEC, &mut [0; 1024]) {
        Ok(1..) => Ok(()),
        Err(error) if error.is(Errno::ENOPROTOOPT) => Ok(()),
        outcome => Err(Failure::new("SO_PEERSEC", format_args!("found {outcome:?}"))),
    }
}

fn marks(lab: &Kernel, variant: &Variant) -> Outcome {
    let socket = lab.near().datagram(variant.family.number())?;
    for name in [SO_PRIORITY, SO_MARK] {
        expect_eq!(socket.getsockopt(SOCKET, name)?, 0);
        socket.setsockopt(SOCKET, name, 5)?;
        expect_eq!(socket.getsockopt(SOCKET, name)?, 5);
    }
    Ok(())
}

fn tcp_info(lab: &Kernel, variant: &Variant) -> Outcome {
    const ESTABLISHED: u8 = 1;
    const CLOSED: u8 = 7;
    let mut info = [0; 104]; // the first version of `struct tcp_info`
    let unconnected = near_stream(lab, variant)?;
    expect_eq!(unconnected.getsockopt_bytes(TCP, TCP_INFO, &mut info)?, 104);
    expect_eq!(info[0], CLOSED);
    let Connection { near, far: _far } = connection(lab, variant)?;
    expect_eq!(near.getsockopt_bytes(TCP, TCP_INFO, &mut info)?, 104);
    expect_eq!(info[0], ESTABLISHED);
    expect_eq!(near.getsockopt_bytes(TCP, TCP_INFO, &mut info[..1])?, 1);
    expect_eq!(info[0], ESTABLISHED);
    let datagram = near_datagram(lab, variant)?;
    expect_error!(datagram.setsockopt(TCP, TCP_INFO, 0), ENOPROTOOPT);
    Ok(())
}
