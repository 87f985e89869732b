//! The cases of lab `kernel` alone: what the manual describes and only an operating system has, such
//! as a resolver, processes, files, and families that no userspace stack knows.
//!
//! Each file begins with its table, like those of [`cases`](crate::cases).

use crate::case::Case;
use crate::labs::Kernel;

/// Every case, group by group.
pub(crate) const ALL: &[&[Case<Kernel>]] = &[];

/// Defines `CASES`, the table of a group.
macro_rules! kernel_cases {
    ($(
        $id:literal $run:ident, $vary:expr, [$($row:literal),* $(,)?],
        $source:literal,
        $sentence:literal;
    )*) => {
        /// The cases of this group, in order.
        pub(super) const CASES: &[Case<Kernel>] = &[$(Case {
            about: About {
                id: $id,
                sentence: $sentence,
                source: $source,
                rows: &[$($row),*],
                vary: $vary,
            },
            run: $run,
        }),*];
    };
}

use kernel_cases;

/// What every group needs.
mod prelude {
    pub(super) use berkeley::options::*;
    pub(super) use berkeley::{
        Address, AddressFamily, Backend, Errno, Error, MessageFlags, Net, PollEntry, Protocol,
        Readiness, Shutdown, Socket, SocketType, Timeout,
    };
    pub(super) use berkeley_os::Os;
    pub(super) use core::time::Duration;

    pub(super) use super::kernel_cases;
    pub(super) use crate::case::{About, Case, Mode, Variant, Vary};
    pub(super) use crate::failure::{
        Failure, Outcome, expect_eq, expect_error, expect_timed_out, expect_true,
    };
    pub(super) use crate::fixture::*;
    pub(super) use crate::lab::{Action, Lab, Step};
    pub(super) use crate::labs::Kernel;
}
