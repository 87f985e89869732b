//! Threads of the operating system, for labs whose networks any thread may use at any time.

use std::format;
use std::path::Path;
use std::string::String;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::vec::Vec;
use std::{fs, thread};

use crate::team::{Task, Team};

/// How long a thread may take to come to its call.
const PATIENTLY: Duration = Duration::from_secs(10);

/// The threads of a case.
#[derive(Default)]
pub struct HostThreads {
    states: Mutex<Vec<State>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Starts,
    /// With this number.
    Runs(u32),
    Ended,
}

impl HostThreads {
    fn states(&self) -> MutexGuard<'_, Vec<State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Team for HostThreads {
    fn together(&self, tasks: Vec<Task<'_>>) {
        *self.states() = tasks.iter().map(|_| State::Starts).collect();
        thread::scope(|scope| {
            for (place, task) in tasks.into_iter().enumerate() {
                scope.spawn(move || {
                    self.states()[place] = State::Runs(own_number().unwrap_or(u32::MAX));
                    task();
                    self.states()[place] = State::Ended;
                });
            }
        });
    }

    fn until_others_wait(&self) -> bool {
        let own = own_number().map(State::Runs);
        let deadline = Instant::now() + PATIENTLY;
        while Instant::now() < deadline {
            let others = self.states().clone();
            let mut others = others.into_iter().filter(|state| Some(*state) != own);
            let mut one_waits = false;
            let all_wait = others.all(|state| match state {
                State::Starts => false,
                State::Runs(number) => {
                    one_waits = true;
                    sleeps(number)
                }
                State::Ended => true,
            });
            if all_wait {
                return one_waits;
            }
            thread::yield_now();
        }
        false
    }
}

/// The number of this thread. Source: `/proc/thread-self` in `proc(5)`.
fn own_number() -> Option<u32> {
    let link = fs::read_link("/proc/thread-self").ok()?;
    Path::new(&link).file_name()?.to_str()?.parse().ok()
}

/// Whether the thread with this number sleeps inside the kernel. Source: `proc(5)`.
fn sleeps(number: u32) -> bool {
    let stat: String =
        fs::read_to_string(format!("/proc/self/task/{number}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|state| state.trim_start().starts_with('S'))
}
