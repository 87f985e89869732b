//! The cases, one file per group of the catalogue.
//!
//! Each file begins with its table: identifier, function, variants, rows, source and sentence.

mod bind;
mod close;
mod connect;
mod create;
mod create_connection;
mod datagram;
mod detail;
#[cfg(feature = "std")]
mod every_error;
mod fault;
mod file;
mod forged;
pub(crate) mod host_names;
mod inet6;
mod listen;
#[cfg(feature = "std")]
mod makefile;
mod message;
mod multicast;
pub(crate) mod names;
mod object;
mod option;
mod option_protocol;
#[cfg(feature = "linux")]
mod packet;
mod pair;
mod program;
pub(crate) mod raw;
mod ready;
#[cfg(feature = "std")]
pub(crate) mod send_file;
mod shutdown;
mod state;
mod stream;
mod timeout;
#[cfg(feature = "unix")]
mod unix;
#[cfg(feature = "unix")]
mod unix_state;
mod wire;

use crate::case::Case;
use crate::faults::FaultyLab;
use crate::lab::Lab;

/// Every group of cases, in the order of the catalogue.
pub const fn groups<L: Lab>() -> &'static [&'static [Case<L>]] {
    const {
        &[
            create::cases(),
            bind::cases(),
            listen::cases(),
            connect::cases(),
            create_connection::cases(),
            #[cfg(feature = "std")]
            every_error::cases(),
            stream::cases(),
            shutdown::cases(),
            close::cases(),
            timeout::cases(),
            ready::cases(),
            datagram::cases(),
            detail::cases(),
            state::cases(),
            names::cases(),
            host_names::cases(),
            program::cases(),
            object::cases(),
            file::cases(),
            #[cfg(feature = "unix")]
            unix::cases(),
            #[cfg(feature = "unix")]
            unix_state::cases(),
            inet6::cases(),
            message::cases(),
            multicast::cases(),
            option::cases(),
            option_protocol::cases(),
            pair::cases(),
            raw::cases(),
            wire::cases(),
            forged::cases(),
            #[cfg(feature = "linux")]
            packet::cases(),
            #[cfg(feature = "std")]
            send_file::cases(),
            #[cfg(feature = "std")]
            makefile::cases(),
        ]
    }
}

/// Every case, group by group.
pub fn all<L: Lab>() -> impl Iterator<Item = &'static Case<L>> {
    groups().iter().copied().flatten()
}

/// Those of [`all`] that need no `std`: what firmware has.
#[cfg(feature = "std")]
pub(crate) fn without_std<L: Lab>() -> impl Iterator<Item = &'static Case<L>> {
    let with_std = [every_error::cases::<L>(), send_file::cases(), makefile::cases()];
    let has_std = move |id| with_std.into_iter().flatten().any(|case| case.about.id == id);
    all().filter(move |case| !has_std(case.about.id))
}

/// The cases of labs that can make faults.
pub const fn faults<L: FaultyLab>() -> &'static [Case<L>] {
    fault::cases()
}

/// Defines `cases()`, the table of a group. It begins with the kind of lab, when not any will do. A case
/// that takes root on a kernel says so behind its sentence.
macro_rules! cases {
    ($id:literal $($rest:tt)*) => { cases! { for Lab; $id $($rest)* } };
    (for $lab:ident; $(
        $id:literal $run:ident, $vary:expr, [$($row:literal),* $(,)?],
        $source:literal,
        $sentence:literal $(, $needs_root:ident)?;
    )*) => {
        /// The cases of this group, in order.
        pub(super) const fn cases<L: $lab>() -> &'static [Case<L>] {
            const {
                &[$(Case {
                    about: About {
                        needs_root: false $(|| $needs_root)?,
                        ..About::new($id, $vary, &[$($row),*], $source, $sentence)
                    },
                    run: $run::<L>,
                }),*]
            }
        }
    };
}

use cases;

/// What a case says that takes root on a kernel, in a network namespace of its own.
pub(crate) const NEEDS_ROOT: bool = true;

/// What every group needs.
mod prelude {
    pub(super) use berkeley::options::*;
    pub(super) use berkeley::{
        Address, AddressFamily, Backend, Errno, Error, MessageFlags, PollEntry, Protocol,
        Readiness, Shutdown, Socket, SocketType, Timeout,
    };
    pub(super) use core::time::Duration;

    pub(super) use super::{NEEDS_ROOT, cases};
    pub(super) use crate::case::{About, Case, Mode, Variant, Vary};
    pub(super) use crate::failure::{
        Failure, Outcome, expect_eq, expect_error, expect_timed_out, expect_true,
    };
    pub(super) use crate::fixture::*;
    pub(super) use crate::lab::{Action, Lab, Step};
}
