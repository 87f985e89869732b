//! What these cases ask the host itself: its errors, and what its threads are doing.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::format;
use std::path::Path;
use std::string::String;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use berkeley::{Errno, Error};

use crate::failure::Failure;

/// An error of the standard library as one of ours.
pub(super) fn host(error: io::Error) -> Error {
    let number = error.raw_os_error().and_then(Errno::from_raw);
    number.map_or(Error::INVALID_VALUE, Error::from_errno)
}

/// How long a thread may take to come to its call.
const PATIENTLY: Duration = Duration::from_secs(10);

/// Makes a call on a thread of its own, and another one here as soon as that thread sleeps in the
/// first; gives the outcomes of both.
///
/// # Errors
///
/// When the thread came to its end, or to none, without having slept.
#[track_caller]
pub(super) fn while_blocked<T: Send, U>(
    blocked: impl FnOnce() -> T + Send,
    meanwhile: impl FnOnce() -> U,
) -> Result<(T, U), Failure> {
    let (number, ended) = (AtomicU32::new(0), AtomicBool::new(false));
    let (number, ended) = (&number, &ended);
    thread::scope(|scope| {
        let running = scope.spawn(move || {
            number.store(own_number().unwrap_or(u32::MAX), Ordering::Release);
            let outcome = blocked();
            ended.store(true, Ordering::Release);
            outcome
        });
        let deadline = Instant::now() + PATIENTLY;
        let slept = loop {
            match number.load(Ordering::Acquire) {
                0 => {}
                number if sleeps(number) => break true,
                _ if ended.load(Ordering::Acquire) || Instant::now() >= deadline => break false,
                _ => {}
            }
            thread::yield_now();
        };
        // Also a thread that has not slept has to be woken, or it would never end.
        let other = meanwhile();
        let outcome = running.join();
        match outcome {
            Ok(outcome) if slept => Ok((outcome, other)),
            Ok(_) => Err(Failure::new("a thread", format_args!("did not wait in its call"))),
            Err(_) => Err(Failure::new("a thread", format_args!("panicked"))),
        }
    })
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
