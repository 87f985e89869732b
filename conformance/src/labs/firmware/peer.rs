//! The lab `firmware-peer`: a board against a userspace stack of the host.
//!
//! A frame is a datagram of a pair of UNIX sockets. The peer's end loses, doubles, delays and damages
//! frames when the case asks for it.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::string::{String, ToString};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::vec::Vec;
use std::{format, thread};

use berkeley_smoltcp::host::Host;
use berkeley_smoltcp::{Platform, Stack};

use super::emulator::{Start, are_available};
use super::remote::{self, Link};
use super::wire::Wire;
use crate::case::About;
use crate::cases;
use crate::faults::{Frames, Side};
use crate::labs::disturbed::{Disturbance, Disturbed};
use crate::labs::userspace::userspace;
use crate::labs::{Entry, SharedStack, TapLink};
use crate::network::Network;
use crate::parts::{REMOTE_PARTS, part_of};
use crate::remote::Server;

/// The lab `firmware-peer`.
pub(in crate::labs) const PEER: Entry = Entry {
    name: "firmware-peer",
    sentence: "a Cortex-M3 in QEMU against a userspace stack of this host, over a pair of sockets",
    available: || are_available(&["mps2-an385-remote".into()]),
    has_kernel: false,
    is_fast: false,
    has_family: |_| true,
    abouts,
    run: |id, variant, seed| {
        let (lab, board, image) = ("firmware-peer", "mps2-an385", "mps2-an385-remote");
        run(&Start { lab, board, image, id, variant, seed })
    },
    waits: true,
    turn: None,
};

/// The lab `firmware-peer-lm3s`.
pub(in crate::labs) const SMALL_PEER: Entry = Entry {
    name: "firmware-peer-lm3s",
    sentence: "a Cortex-M3 with 64 KiB of memory against a userspace stack of this host, in the same way",
    available: || are_available(&Vec::from_iter((0..REMOTE_PARTS.len()).map(small_image))),
    abouts: || abouts().into_iter().filter(|about| small_part(about.id).is_some()).collect(),
    run: |id, variant, seed| {
        let (lab, board) = ("firmware-peer-lm3s", "lm3s6965evb");
        let image = &small_image(small_part(id).unwrap_or_default());
        run(&Start { lab, board, image, id, variant, seed })
    },
    ..PEER
};

/// The part of the cases that is in one image for the small board with this one.
fn small_part(id: &str) -> Option<usize> {
    part_of::<TapLink>(&REMOTE_PARTS, id)
}

/// The name of the image with a part of the cases for the small board.
fn small_image(part: usize) -> String {
    format!("lm3s6965evb-remote-{part}")
}

fn abouts() -> Vec<About> {
    let faults = cases::faults::<TapLink>().iter().map(|case| case.about);
    remote::abouts().into_iter().chain(faults).collect()
}

/// The network, on a wire of its own.
const NETWORK: Network = Network(0);

/// The number of the peer's interface: that of its loopback is 1.
const FAR_INTERFACE: u32 = 2;

fn run(start: &Start<'_>) -> Result<(), String> {
    let failed = |error: io::Error| format!("the wire: {error}");
    let (wire, board) = UnixDatagram::pair().map_err(failed)?;
    let disturbance = Disturbance::new(start.seed);
    let host = Host::new([wire.as_fd().try_clone_to_owned().map_err(failed)?]).map_err(failed)?;
    let device = Wire::new(wire).map_err(failed)?;
    let device = Disturbed { device, disturbance: disturbance.clone() };
    let far = Network::FAMILIES.map(|family| NETWORK.far(family));
    let stack: SharedStack =
        userspace(|capacity| Arc::new(Stack::new(capacity, host)), device, &far)
            .map_err(|error| error.to_string())?;
    let mut server = Server::new(Arc::clone(&stack));
    server.set_faults(move |fault| {
        // The device is the far side's, and it calls itself near.
        let turned = |side| if side == Side::Near { Side::Far } else { Side::Near };
        disturbance.disturb(fault.map(|(fault, frames)| match frames {
            Frames::Only(side, number) => (fault, Frames::Only(turned(side), number)),
            rate => (fault, rate),
        }))
    });
    let link = Link {
        network: NETWORK,
        far_interface: FAR_INTERFACE,
        netdev: "dgram,id=link,local.type=fd,local.str=1",
        wire: board.into(),
    };
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let pump = scope.spawn(|| stack.pump(|| stop.load(Ordering::SeqCst)));
        let outcome = remote::run(start, link, server);
        stop.store(true, Ordering::SeqCst);
        stack.platform().kick();
        let panicked = |_| "the thread that drives the peer has panicked".to_string();
        pump.join().map_err(panicked)?.map_err(|error| error.to_string())?;
        outcome
    })
}
