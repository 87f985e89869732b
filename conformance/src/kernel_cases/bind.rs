//! Bind with addresses that only a host knows how to read.

use berkeley::OtherAddress;

use super::prelude::*;
use crate::case::Family;

kernel_cases! {
    "bind-12" short_address, Vary::FAMILY, ["S03"],
        "POSIX bind: EINVAL; measured on Linux",
        "An address that is too short for its family cannot be bound.";
    "bind-14" no_family, Vary::FAMILY, ["S03"],
        "measured on Linux, which reads it as IPv4 where it can",
        "The wildcard without a family is that of IPv4; nothing else without one can be bound.";
}

/// A stream and a datagram socket.
fn both(lab: &Kernel, variant: &Variant) -> Result<[Socket<Os>; 2], Failure> {
    Ok([near_stream(lab, variant)?, lab.near().datagram(variant.family.number())?])
}

fn short_address(lab: &Kernel, variant: &Variant) -> Outcome {
    // One byte less than a port, an address, and what follows it.
    let length = match variant.family {
        Family::Inet => 13,
        Family::Inet6 => 21,
    };
    for socket in both(lab, variant)? {
        let address = OtherAddress::new(variant.family.number(), &[0; 25][..length])?;
        expect_error!(socket.bind(address), EINVAL);
        expect_error!(socket.connect(address), EINVAL);
    }
    Ok(())
}

fn no_family(lab: &Kernel, variant: &Variant) -> Outcome {
    let (wildcard, mut loopback) = ([0; 26], [0; 26]);
    loopback[2..6].copy_from_slice(&[127, 0, 0, 1]);
    for socket in both(lab, variant)? {
        let none = |bytes| OtherAddress::new(AddressFamily::UNSPEC, bytes);
        expect_error!(socket.bind(none(&loopback)?), EAFNOSUPPORT);
        match variant.family {
            Family::Inet => {
                socket.bind(none(&wildcard)?)?;
                let name = socket.getsockname()?;
                expect_true!(name.port() != Some(0));
                expect_eq!(name.with_port(0), Address::unspecified(AddressFamily::INET)?);
            }
            Family::Inet6 => expect_error!(socket.bind(none(&wildcard)?), EAFNOSUPPORT),
        }
    }
    Ok(())
}
