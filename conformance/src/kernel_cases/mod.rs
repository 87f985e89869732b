//! The cases of lab `kernel` alone: what the manual describes and only an operating system has, such
//! as a resolver, processes, files, and families that no userspace stack knows.
//!
//! Each file begins with its table, like those of [`cases`](crate::cases).

mod bind;
mod connect;
mod databases;
mod descriptor;
mod family;
mod host;
mod link_local;
mod message;
mod no_such_name;
mod option;
mod pair;
mod passing;
mod raw;
mod resolver;
mod scratch;
mod sendfile;
mod unix_path;

use crate::case::Case;
use crate::labs::Kernel;

/// Every case, group by group.
pub(crate) const ALL: &[&[Case<Kernel>]] = &[
    bind::CASES,
    connect::CASES,
    message::CASES,
    option::CASES,
    pair::CASES,
    resolver::CASES,
    databases::CASES,
    descriptor::CASES,
    sendfile::CASES,
    unix_path::CASES,
    link_local::CASES,
    family::CASES,
    raw::CASES,
    passing::CASES,
];

/// Defines `CASES`, the table of a group. A case that takes root says so behind its sentence.
macro_rules! kernel_cases {
    ($(
        $id:literal $run:ident, $vary:expr, [$($row:literal),* $(,)?],
        $source:literal,
        $sentence:literal $(, $needs_root:ident)?;
    )*) => {
        /// The cases of this group, in order.
        pub(super) const CASES: &[Case<Kernel>] = &[$(Case {
            about: About {
                needs_root: false $(|| $needs_root)?,
                ..About::new($id, $vary, &[$($row),*], $source, $sentence)
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
        Address, AddressFamily, Backend, Errno, Error, MessageFlags, Protocol, Readiness, Shutdown,
        Socket, SocketType, Timeout,
    };
    pub(super) use berkeley_os::Os;
    pub(super) use core::time::Duration;

    pub(super) use super::kernel_cases;
    pub(super) use crate::case::{About, Case, Variant, Vary};
    pub(super) use crate::cases::NEEDS_ROOT;
    pub(super) use crate::failure::{Failure, Outcome, expect_eq, expect_error, expect_true};
    pub(super) use crate::fixture::*;
    pub(super) use crate::lab::Networks;
    pub(super) use crate::labs::Kernel;
}
