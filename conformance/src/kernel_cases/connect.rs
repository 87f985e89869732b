//! Connect where there is no way.

use super::prelude::*;
use crate::case::Family;

kernel_cases! {
    "connect-11" no_route, Vary::FAMILY, ["S10"],
        "POSIX connect: ENETUNREACH",
        "Where no route leads nobody can be reached.", NEEDS_ROOT;
}

fn no_route(lab: &Kernel, variant: &Variant) -> Outcome {
    // Addresses for documentation: nobody's.
    let nobody = match variant.family {
        Family::Inet => ("192.0.2.77", 9),
        Family::Inet6 => ("2001:db8::77", 9),
    };
    expect_error!(near_stream(lab, variant)?.connect(nobody), ENETUNREACH);
    let datagram = lab.near().datagram(variant.family.number())?;
    expect_error!(datagram.connect(nobody), ENETUNREACH);
    expect_error!(datagram.sendto(b"x", nobody), ENETUNREACH);
    Ok(())
}
