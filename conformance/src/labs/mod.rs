//! The labs of this host: where cases can run here.

mod helpers;
mod kernel;
mod tap;
mod virtual_link;

use std::string::String;
use std::sync::Mutex;

use crate::case::{Family, Variant};
use crate::cases;
use crate::failure::Failure;
use crate::lab::Lab;

pub use kernel::Kernel;
pub use tap::{SharedStack, TapLink};
pub use virtual_link::{VirtualLink, VirtualStack};

/// Bytes of the queue of a userspace stack's loopback device, and its MTU, which is Linux's.
const LOOPBACK_QUEUE: usize = 1 << 18;
const LOOPBACK_MTU: usize = 65_535;

/// A lab that this host can set up.
pub trait HostLab: Lab {
    /// Its name on the command line and in reports.
    const NAME: &'static str;
    /// What it is, in one sentence.
    const SENTENCE: &'static str;

    /// Whether it can be set up here.
    ///
    /// # Errors
    ///
    /// Why not.
    fn available() -> Result<(), String>;

    /// Sets up a fresh one. The same seed gives the same one, where time is virtual.
    ///
    /// # Errors
    ///
    /// What was missing.
    fn open(seed: u64) -> Result<Self, Failure>;
}

/// A lab as the runner knows it: without its types.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub sentence: &'static str,
    /// Whether it can be set up here, and why not.
    pub available: fn() -> Result<(), String>,
    /// Whether it has this family, once it is available.
    pub has_family: fn(Family) -> bool,
    /// Runs the case of this identifier once, on a fresh lab.
    pub run: fn(&str, &Variant, u64) -> Result<(), Failure>,
    /// Held while a case runs, where cases would disturb each other.
    pub turn: Option<&'static Mutex<()>>,
}

/// The kernel's default timeout and its ports are the whole process's.
static KERNEL_TURN: Mutex<()> = Mutex::new(());

/// The addresses of the namespace are the kernel's as well.
static TAP_TURN: Mutex<()> = Mutex::new(());

/// Every lab, available or not.
pub static LABS: [Entry; 3] = [
    Entry { turn: Some(&KERNEL_TURN), ..Entry::of::<Kernel>() },
    Entry::of::<VirtualLink>(),
    Entry { turn: Some(&TAP_TURN), ..Entry::of::<TapLink>() },
];

impl Entry {
    const fn of<L: HostLab>() -> Entry {
        Entry {
            name: L::NAME,
            sentence: L::SENTENCE,
            available: L::available,
            has_family: has_family::<L>,
            run: run::<L>,
            turn: None,
        }
    }
}

fn has_family<L: HostLab>(family: Family) -> bool {
    L::open(0).is_ok_and(|lab| lab.near_address(family).is_some())
}

fn run<L: HostLab>(id: &str, variant: &Variant, seed: u64) -> Result<(), Failure> {
    let Some(case) = cases::all::<L>().find(|case| case.about.id == id) else {
        return Err(Failure::new("the case", format_args!("does not exist")));
    };
    let lab = L::open(seed)?;
    let outcome = (case.run)(&lab, variant);
    // A step that failed explains what the case then did not find.
    lab.finish().and(outcome)
}
