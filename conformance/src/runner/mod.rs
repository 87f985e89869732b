//! Runs cases on this host, judges what came of them by the data files, and reports.

mod answers;
mod arguments;
mod execute;
mod expectations;
pub mod namespace;
mod report;
mod rows;
mod show;
mod suite;

pub use answers::answers;
pub use arguments::{Arguments, USAGE};
pub use execute::execute;
pub use expectations::{Expectations, Expected};
pub use report::{Report, Verdict, Why};
pub use rows::Rows;
pub use show::{list, main_job, rows};
pub use suite::{Selection, run};

use std::vec::Vec;

use crate::case::About;
use crate::labs::LABS;

/// What every case proves, in order: those of the reference first, then what other labs have of
/// their own.
pub fn abouts() -> Vec<About> {
    let mut abouts: Vec<About> = Vec::new();
    for about in LABS.iter().flat_map(|lab| (lab.abouts)()) {
        if abouts.iter().all(|known| known.id != about.id) {
            abouts.push(about);
        }
    }
    abouts
}
