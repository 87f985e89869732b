//! The lab `firmware-tap`: a board against the Linux kernel.
//!
//! The wire is an interface of the network namespace that the runner is in, as in lab `tap`.

use std::format;
use std::io;
use std::os::fd::AsFd;
use std::string::String;
use std::sync::atomic::{AtomicU64, Ordering};

use berkeley_os::Os;

use super::emulator::{Start, are_available};
use super::remote::{self, Link};
use crate::labs::tap::Interface;
use crate::labs::{Entry, HostLab, TapLink};
use crate::remote::Server;

const NAME: &str = "firmware-tap";

/// The lab `firmware-tap`.
pub(in crate::labs) const TAP: Entry = Entry {
    name: NAME,
    sentence: "a Cortex-M3 in QEMU against the Linux kernel, over a TAP device in a network namespace",
    available: || TapLink::available().and_then(|()| are_available(&["mps2-an385-remote".into()])),
    has_kernel: true,
    is_fast: false,
    has_family: |_| true,
    abouts: remote::abouts,
    run: |id, variant, seed| {
        let (lab, board, image) = (NAME, "mps2-an385", "mps2-an385-remote");
        // The kernel remembers connections of the board before: this one is to have other ports.
        let seed = seed.wrapping_add(STARTED.fetch_add(1, Ordering::Relaxed));
        run(&Start { lab, board, image, id, variant, seed })
    },
    waits: true,
    turn: None,
};

/// How many boards there have been.
static STARTED: AtomicU64 = AtomicU64::new(0);

fn run(start: &Start<'_>) -> Result<(), String> {
    let failed = |error: io::Error| format!("the TAP device: {error}");
    let interface = Interface::open().map_err(failed)?;
    let link = Link {
        network: interface.network,
        far_interface: interface.number,
        netdev: "tap,id=link,fd=1",
        wire: interface.tap.as_fd().try_clone_to_owned().map_err(failed)?,
    };
    remote::run(start, link, Server::new(Os))?;
    interface.spare();
    Ok(())
}
