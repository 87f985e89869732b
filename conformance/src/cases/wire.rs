//! On the wire: what a program sees of what keeps strangers out. The rest is seen on the wire alone, where
//! each backend tests it.

use super::prelude::*;
use crate::lab::Networks;

cases! {
    "wire-02" in_no_order, Vary::FAMILY, ["S18"],
        "RFC 6056, section 3.2",
        "Ports of the system's choice are all different, and come in no order.";
    "wire-11" refused_each_time, Vary::FAMILY, ["S10"],
        "RFC 9293, section 3.10.7.1",
        "A client is refused each time that it tries.";
    "wire-12" nothing_behind, Vary::FAMILY, ["S34"],
        "RFC 1122, section 2.3.3; CVE-2003-0001",
        "Of a short datagram nothing but its bytes arrives, and of its frame's padding none.";
}

fn in_no_order<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    const COUNT: usize = 16;
    let mut sockets: [Option<Socket<<L as Networks>::Near>>; COUNT] = [const { None }; COUNT];
    let mut ports = [0; COUNT];
    for (place, port) in sockets.iter_mut().zip(&mut ports) {
        let socket = lab.near().datagram(variant.family.number())?;
        socket.bind(near_any(lab, variant)?)?;
        *port = socket.getsockname()?.port().unwrap_or(0);
        *place = Some(socket); // so that nobody else gets it
    }
    let steps = |of: fn(u16, u16) -> bool| ports.windows(2).any(|pair| of(pair[0], pair[1]));
    expect_true!(steps(|one, next| one < next) && steps(|one, next| one > next));
    ports.sort_unstable();
    expect_true!(ports[0] >= 1024 && ports.windows(2).all(|pair| pair[0] < pair[1]));
    Ok(())
}

fn refused_each_time<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let deaf = far_deaf(lab, variant)?;
    for _ in 0..50 {
        expect_error!(near_stream(lab, variant)?.connect(deaf.getsockname()?), ECONNREFUSED);
    }
    Ok(())
}

fn nothing_behind<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    for length in 0..20 {
        far.sendto(&[length; 20][..usize::from(length)], near.getsockname()?)?;
        wait_for(lab.near(), &near, Readiness::READABLE)?;
        let mut buffer = [0xEE; 64];
        let (count, _) = near.recvfrom(&mut buffer)?;
        expect_eq!(count, usize::from(length));
        expect_true!(buffer[..count].iter().all(|byte| *byte == length));
        expect_true!(buffer[count..].iter().all(|byte| *byte == 0xEE));
    }
    Ok(())
}
