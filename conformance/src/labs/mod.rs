//! The labs of this host: where cases can run here.

mod afterwards;
pub(crate) mod disturbed;
mod firmware;
mod helpers;
mod host_threads;
mod kernel;
mod over_line;
mod tap;
mod two_stacks;
pub(crate) mod userspace;
mod virtual_echo;
mod virtual_link;
mod virtual_threads;

use std::string::{String, ToString};
use std::sync::Mutex;

use std::vec::Vec;

use crate::case::{About, Case, Family, Size, Variant};
use crate::cases;
use crate::failure::{Failure, Outcome};
use crate::lab::Lab;
use crate::runner::namespace;
use crate::team::SharedNetworks;
use crate::thread_cases;

pub use host_threads::HostThreads;
pub use kernel::Kernel;
pub use over_line::VirtualOverLine;
pub use tap::{SharedStack, TapLink};
pub use two_stacks::TwoStacks;
pub use virtual_link::{VirtualLink, VirtualStack};
pub use virtual_threads::{ThreadedStack, VirtualThreads};

/// More bytes than the buffers of a kernel hold.
const MUCH: usize = 16 << 20;

/// A lab that this host can set up.
pub trait HostLab: Lab {
    /// Its name on the command line and in reports.
    const NAME: &'static str;
    /// What it is, in one sentence.
    const SENTENCE: &'static str;

    /// Whether one of its sides is a kernel, which grants privileges.
    const HAS_KERNEL: bool = true;

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

    /// The same lab with networks that threads share.
    type Threads: SharedNetworks;

    /// Runs a case with threads: once, or with several seeds where a seed says in which order the
    /// threads go on.
    ///
    /// # Errors
    ///
    /// Those of the case, and of setting up the networks.
    fn with_threads(&self, case: impl Fn(&Self::Threads) -> Outcome) -> Outcome;

    /// The cases that only this lab has, group by group: they ask for more than a
    /// [`Backend`](berkeley::Backend) has.
    fn own_cases() -> &'static [&'static [Case<Self>]] {
        &[]
    }
}

/// Every case of a lab, those that all labs have first.
fn cases_of<L: HostLab>() -> impl Iterator<Item = &'static Case<L>> {
    let threads = thread_cases::cases::<L>();
    cases::all::<L>().chain(threads).chain(L::own_cases().iter().copied().flatten())
}

/// A lab as the runner knows it: without its types.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub sentence: &'static str,
    /// Whether it can be set up here, and why not.
    pub available: fn() -> Result<(), String>,
    /// Whether one of its sides is a kernel.
    pub has_kernel: bool,
    /// Whether it transfers 64 MiB in reasonable time.
    pub is_fast: bool,
    /// Whether it has this family, once it is available.
    pub has_family: fn(Family) -> bool,
    /// What its cases prove, in order.
    pub abouts: fn() -> Vec<About>,
    /// Runs the case of this identifier once, on a fresh lab.
    pub run: fn(&str, &Variant, u64) -> Result<(), String>,
    /// Whether its cases mostly wait, in real time: then there is room for more of them at a time.
    pub waits: bool,
    /// Held while a case runs, where cases would disturb each other.
    pub turn: Option<&'static Mutex<()>>,
}

/// The kernel's default timeout and its ports are the whole process's.
static KERNEL_TURN: Mutex<()> = Mutex::new(());

/// The addresses of the namespace are the kernel's as well.
static TAP_TURN: Mutex<()> = Mutex::new(());

/// Every lab, available or not.
pub static LABS: [Entry; 11] = [
    Entry { turn: Some(&KERNEL_TURN), ..Entry::of::<Kernel>() },
    Entry::of::<VirtualLink>(),
    virtual_echo::ECHO,
    Entry { turn: Some(&TAP_TURN), ..Entry::of::<TapLink>() },
    firmware::LOOPBACK,
    firmware::SMALL_LOOPBACK,
    firmware::PEER,
    firmware::SMALL_PEER,
    firmware::ECHO,
    firmware::SMALL_ECHO,
    Entry { turn: Some(&TAP_TURN), ..firmware::TAP },
];

/// The lab `virtual`, its far side being reached through the backend for firmware: that is to change
/// nothing.
pub static OVER_A_LINE: [Entry; 1] =
    [Entry { abouts: abouts_over_a_line, ..Entry::of::<VirtualOverLine>() }];

impl Entry {
    const fn of<L: HostLab>() -> Entry {
        Entry {
            name: L::NAME,
            sentence: L::SENTENCE,
            available: L::available,
            has_kernel: L::HAS_KERNEL,
            is_fast: true,
            has_family: has_family::<L>,
            abouts: abouts::<L>,
            run: run::<L>,
            waits: false,
            turn: None,
        }
    }

    /// Why this variant of a case cannot run here, once the lab is available.
    pub fn lacks(&self, about: &About, variant: &Variant) -> Option<&'static str> {
        if !(self.has_family)(variant.family) {
            return Some("this host lacks the address family");
        }
        if variant.size == Size::Large && !self.is_fast {
            return Some("it takes minutes of an emulated processor");
        }
        let root = !(about.needs_root && self.has_kernel) || namespace::entered().is_ok();
        (!root).then_some("it takes root, in a network namespace of its own")
    }

    /// Whether it has the case of this identifier.
    pub fn has(&self, id: &str) -> bool {
        (self.abouts)().iter().any(|about| about.id == id)
    }
}

fn has_family<L: HostLab>(family: Family) -> bool {
    L::open(0).is_ok_and(|lab| lab.near_address(family).is_some())
}

fn abouts<L: HostLab>() -> Vec<About> {
    cases_of::<L>().map(|case| case.about).collect()
}

/// What can be asked over a line: not the cases with threads, which have networks of their own, nor
/// control messages, nor addresses of frames.
fn abouts_over_a_line() -> Vec<About> {
    let is_passed = |about: &About| !["message-10", "packet-03"].contains(&about.id);
    cases::all::<VirtualOverLine>().map(|case| case.about).filter(is_passed).collect()
}

fn run<L: HostLab>(id: &str, variant: &Variant, seed: u64) -> Result<(), String> {
    let Some(case) = cases_of::<L>().find(|case| case.about.id == id) else {
        return Err("there is no such case".to_string());
    };
    let outcome = L::open(seed).and_then(|lab| {
        let outcome = (case.run)(&lab, variant);
        // A step that failed explains what the case then did not find.
        lab.finish().and(outcome)
    });
    outcome.map_err(|failure| failure.to_string())
}
