//! Who may have raw sockets and ping sockets.
//!
//! Who may have ping sockets is a setting of the network: a range of groups, in which nobody is at
//! first.

use rustix::thread::{Uid, set_thread_res_uid};

use super::prelude::*;
use crate::cases::raw::echo_protocol;

kernel_cases! {
    "create-06" without_privilege, Vary::FAMILY, ["F31", "K03"],
        "Linux raw(7), packet(7): EPERM",
        "Raw sockets need a privilege; other types do not.", NEEDS_ROOT;
    "create-07" ping_group_range, Vary::FAMILY, ["F31", "K03"],
        "Linux icmp(7): ping_group_range, EACCES",
        "A ping socket is for groups in a range, which is empty at first.", NEEDS_ROOT;
}

fn without_privilege(lab: &Kernel, variant: &Variant) -> Outcome {
    // The kernel keeps users per thread, and this thread ends with the case.
    let nobody = Uid::from_raw(65_534);
    set_thread_res_uid(nobody, nobody, nobody)
        .map_err(|error| Failure::new("another user", format_args!("{error}")))?;
    let family = variant.family.number();
    let raw = |family, protocol| lab.near().socket(family, SocketType::RAW, protocol);
    expect_error!(raw(family, echo_protocol(variant.family)), EPERM);
    expect_error!(raw(family, Protocol::RAW), EPERM);
    expect_error!(raw(AddressFamily::PACKET, Protocol::DEFAULT), EPERM);
    let frames = lab.near().socket(AddressFamily::PACKET, SocketType::DGRAM, Protocol::DEFAULT);
    expect_error!(frames, EPERM);
    // What is wrong with the arguments is told first.
    expect_error!(raw(family, Protocol::DEFAULT), EPROTONOSUPPORT);
    expect_eq!(raw(AddressFamily::NETLINK, Protocol::DEFAULT).map(|_| ()), Ok(()));
    expect_eq!(lab.near().datagram(family).map(|_| ()), Ok(()));
    Ok(())
}

fn ping_group_range(lab: &Kernel, variant: &Variant) -> Outcome {
    let (family, protocol) = (variant.family.number(), echo_protocol(variant.family));
    let ping = || lab.near().socket(family, SocketType::DGRAM, protocol);
    expect_error!(ping(), EACCES);
    lab.permit_ping()?;
    expect_eq!(ping().map(|_| ()), Ok(()));
    Ok(())
}
