//! The machine below the stack: time, sleep and kicks.
//!
//! An interrupt handler does no more than to kick. Sleep has no race: interrupts are masked while
//! the count of kicks is compared, and `WFI` ends also for an interrupt that is masked (ARMv7-M
//! Architecture Reference Manual, B1.5.19). So one that comes between the comparison and the sleep
//! ends the sleep at once, and its handler runs when interrupts are unmasked again.

use core::sync::atomic::{AtomicU32, Ordering};

use berkeley::Instant;
use berkeley_smoltcp::Platform;
use core::cell::Cell;
use cortex_m::asm;
use critical_section::Mutex;

use crate::{chosen, clock, task};

/// The board's network device.
pub type Nic = chosen::Nic;

/// The board as the platform of a stack. A copy is the same board.
#[derive(Clone, Copy, Debug)]
pub struct Board {
    seed: u64,
}

/// How many kicks there have been.
static KICKS: AtomicU32 = AtomicU32::new(0);

static TAKEN: Mutex<Cell<bool>> = Mutex::new(Cell::new(false));

/// The board and its network device, once. Starts the clock and the device.
///
/// All of the stack's secrets follow from `seed`. Neither board has a generator of entropy: a
/// product takes a stored seed that it replaces at each start, and more than 64 bits
/// ([`Platform::entropy`]). The same seed gives the same run, which is what tests want.
pub fn take(seed: u64) -> Option<(Board, Nic)> {
    if critical_section::with(|section| TAKEN.borrow(section).replace(true)) {
        return None;
    }
    let nic = chosen::start();
    clock::start();
    Some((Board { seed }, nic))
}

/// Counts one up: what the handlers of interrupts call.
pub(crate) fn kick() {
    KICKS.fetch_add(1, Ordering::Release);
    task::wake();
}

/// For how many microseconds to sleep until then, at most as long as the board can; `None` when the
/// time has come.
pub(crate) fn sleep_length(now: Instant, until: Option<Instant>) -> Option<u32> {
    let longest = u64::from(chosen::LONGEST_SLEEP);
    let left = match until {
        Some(until) => until.as_micros().saturating_sub(now.as_micros()).min(longest),
        None => longest,
    };
    (left > 0).then_some(left as u32)
}

impl Platform for Board {
    fn now(&self) -> Instant {
        clock::now()
    }

    fn seq(&self) -> u32 {
        KICKS.load(Ordering::Acquire)
    }

    fn park(&self, seen: u32, until: Option<Instant>) {
        let Some(length) = sleep_length(self.now(), until) else { return };
        critical_section::with(|_| {
            if self.seq() == seen {
                chosen::wake_after(length);
                chosen::listen();
                asm::dsb(); // what was written has arrived before the sleep begins
                asm::wfi();
            }
        });
    }

    fn kick(&self) {
        kick();
    }

    fn entropy(&self, bytes: &mut [u8]) {
        // SplitMix64.
        let mut state = self.seed;
        for part in bytes.chunks_mut(8) {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let word = (mixed ^ (mixed >> 31)).to_le_bytes();
            part.iter_mut().zip(word).for_each(|(to, from)| *to = from);
        }
    }
}
