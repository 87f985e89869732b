//! Connect where there is no way.

use super::prelude::*;
use crate::case::Family;

kernel_cases! {
    "connect-11" no_route, Vary::FAMILY, ["S10"],
        "POSIX connect: ENETUNREACH",
        "Where no route leads nobody can be reached.", NEEDS_ROOT;
}

fn no_route(lab: &Kernel, variant: &Variant) -> Outcome {
    // Addresses for documentation, of networks that no lab has a way to.
    let nobody = match variant.family {
        Family::Inet => ("198.51.100.77", 9),
        Family::Inet6 => ("2001:db8:77::77", 9),
    };
    expect_error!(near_stream(lab, variant)?.connect(nobody), ENETUNREACH);
    let datagram = lab.near().datagram(variant.family.number())?;
    expect_error!(datagram.connect(nobody), ENETUNREACH);
    expect_error!(datagram.sendto(b"x", nobody), ENETUNREACH);
    Ok(())
}
