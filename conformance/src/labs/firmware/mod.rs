//! Labs on bare metal: QEMU starts the suite's image on a board for every variant of every case, and what
//! the image says is the outcome.
//!
//! The images are built beforehand (`firmware/build`): another target, and another workspace.
//! Without them, or without QEMU, the labs are not available.
//!
//! | module | what |
//! | --- | --- |
//! | `emulator` | starts an image, and judges what it says |
//! | `evidence` | what is kept of a case that fails |
//! | `loopback` | the board is alone: both sides of a case are on it |
//! | `remote` | the board is one side, and asks the host for the sockets of the other one |
//! | `peer` | the other side is a userspace stack of the host |
//! | `wire` | the host's end of the wire to that |
//! | `tap` | the other side is the kernel |
//! | `echo` | the image is that of an example, and only its wire is seen |
//! | `stepped` | lets it run from one sleep to the next |
//! | `debugger` | the debugger that does so |

mod debugger;
mod echo;
mod emulator;
mod evidence;
mod loopback;
mod peer;
mod remote;
mod stepped;
mod tap;
mod wire;

pub(super) use echo::{ECHO, SMALL_ECHO};
pub(super) use loopback::{LOOPBACK, SMALL_LOOPBACK};
pub(super) use peer::{PEER, SMALL_PEER};
pub(super) use tap::TAP;
