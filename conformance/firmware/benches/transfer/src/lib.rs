//! What the two programs that move 1 MiB have in common: how much, through which buffers, and a platform
//! that never sleeps.
#![no_std]

use core::cell::Cell;
use core::fmt::Write;

use berkeley::Instant;
use berkeley_board::{Board, Console};
use berkeley_smoltcp::Platform;

/// Bytes that are moved, each way.
pub const AMOUNT: usize = 1 << 20;

/// Bytes that are moved before, and compared.
pub const COMPARED: usize = 16 * CHUNK;

/// Bytes of each buffer of a connection: more than the network device holds.
pub const BUFFER: usize = 16 * 1024;

/// Bytes that a program sends and receives at a time.
pub const CHUNK: usize = 4096;

/// The server's port.
pub const PORT: u16 = 7;

/// The longest packet on the loopback.
pub const MTU: usize = 1500;

/// How many packets the loopback has room for.
pub const PACKETS: usize = 12;

/// What is sent: its period is no power of two, so that what arrives in the wrong place differs.
static DATA: [u8; PERIOD + CHUNK] = {
    let mut data = [0; PERIOD + CHUNK];
    let mut place = 0;
    while place < data.len() {
        data[place] = (place % PERIOD) as u8;
        place += 1;
    }
    data
};
const PERIOD: usize = 251;

/// The chunk that is sent from this place on.
#[must_use]
pub fn data(place: usize) -> &'static [u8] {
    &DATA[place % PERIOD..][..CHUNK]
}

/// The board without sleep: where a program would sleep, its clock is set forward. So all the time on the
/// board's own clock is work, and with `-icount shift=0`, where a nanosecond is an instruction, it counts
/// instructions.
pub struct Sleepless {
    board: Board,
    /// Microseconds by which the clock was set forward.
    skipped: Cell<u64>,
}

impl Sleepless {
    /// This board.
    #[must_use]
    pub fn new(board: Board) -> Sleepless {
        Sleepless { board, skipped: Cell::new(0) }
    }
}

impl Platform for Sleepless {
    fn now(&self) -> Instant {
        Instant::from_micros(self.board.now().as_micros() + self.skipped.get())
    }

    fn seq(&self) -> u32 {
        self.board.seq()
    }

    fn park(&self, seen: u32, until: Option<Instant>) {
        if let Some(until) = until.filter(|_| self.seq() == seen) {
            let left = until.saturating_duration_since(self.now());
            self.skipped.set(self.skipped.get() + left.as_micros() as u64);
        }
    }

    fn kick(&self) {
        self.board.kick();
    }

    fn entropy(&self, bytes: &mut [u8]) {
        self.board.entropy(bytes);
    }
}

/// Says how many microseconds have passed on the board's clock.
pub fn report(board: &Board, since: Instant) {
    let passed = board.now().saturating_duration_since(since).as_micros();
    let _ = writeln!(Console, "{passed}");
}
