//! Runs cases on this host, judges what came of them by the data files, and reports.

mod arguments;
mod execute;
mod expectations;
pub mod namespace;
mod report;
mod rows;
mod show;
mod suite;

pub use arguments::{Arguments, USAGE};
pub use execute::execute;
pub use expectations::{Expectations, Expected};
pub use report::{Report, Verdict, Why};
pub use rows::Rows;
pub use show::{list, main_job, rows};
pub use suite::{Selection, run};

use std::vec::Vec;

use crate::case::About;
use crate::cases;
use crate::labs::Kernel;

/// What every case proves, in order.
pub fn abouts() -> Vec<About> {
    cases::all::<Kernel>().map(|case| case.about).collect()
}
