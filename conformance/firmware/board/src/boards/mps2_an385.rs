//! ARM MPS2 with the FPGA image AN385: a Cortex-M3 at 25 MHz. Source: ARM DAI 0385, "Cortex-M3 SMM
//! on V2M-MPS2" (memory map, interrupts); ARM DDI 0479 for the timer.

use cortex_m::peripheral::NVIC;

use crate::board;
use crate::drivers::lan9118::Lan9118;
use crate::interrupts::Interrupt;
use crate::registers::Registers;
use crate::task;

/// QEMU's name of the board.
pub const NAME: &str = "mps2-an385";

/// The board's network device.
pub(crate) type Nic = Lan9118;

/// The free-running counter counts microseconds, and wraps after 71 minutes.
pub(crate) const COUNTER_MASK: u32 = u32::MAX;
pub(crate) const COUNTS_PER_MICROSECOND: u32 = 1;

/// The longest sleep in microseconds: the timer has 32 bits for the 25 MHz of the system.
pub(crate) const LONGEST_SLEEP: u32 = u32::MAX / TIMER_COUNTS_PER_MICROSECOND;
const TIMER_COUNTS_PER_MICROSECOND: u32 = 25;

// SAFETY: the LAN9118 is at this address (DAI 0385, table 3-1), and nothing else is.
const ETHERNET_REGISTERS: Registers<0x100> = unsafe { Registers::at(0x4020_0000) };
// SAFETY: the FPGA's system registers are at this address (DAI 0385, section 4.2).
const FPGAIO: Registers<0x80> = unsafe { Registers::at(0x4002_8000) };
// SAFETY: CMSDK APB timer 0 is at this address (DAI 0385, table 3-1).
const TIMER0: Registers<0x10> = unsafe { Registers::at(0x4000_0000) };

mod fpgaio {
    pub(super) const COUNTER: usize = 0x18;
    pub(super) const PRESCALE: usize = 0x1c;
}

mod timer {
    pub(super) const CTRL: usize = 0x0;
    pub(super) const VALUE: usize = 0x4;
    pub(super) const RELOAD: usize = 0x8;
    pub(super) const INTCLEAR: usize = 0xc;
    /// CTRL: counts, and interrupts at zero.
    pub(super) const ENABLE: u32 = 1 | 1 << 3;
}

/// The numbers of the board's interrupts (DAI 0385, section 3.9).
pub(crate) mod interrupts {
    /// Of timer 0.
    pub(crate) const TIMER: isize = 8;
    /// Of the LAN9118.
    pub(crate) const ETHERNET: isize = 13;
    /// Of a pin of GPIO 0, which nothing uses.
    pub(crate) const SOFTWARE: isize = 31;
    /// How many there are.
    pub(crate) const COUNT: usize = 32;
}

/// Starts the counter, and the network device.
pub(crate) fn start() -> Nic {
    FPGAIO.write(fpgaio::PRESCALE, 24); // 25 MHz / 25
    let nic = Lan9118::start(ETHERNET_REGISTERS);
    // SAFETY: no critical section relies on this interrupt being masked.
    unsafe { NVIC::unmask(Interrupt::Timer) };
    nic
}

pub(crate) fn count() -> u32 {
    FPGAIO.read(fpgaio::COUNTER)
}

/// Lets the timer interrupt after so many microseconds, once.
pub(crate) fn wake_after(microseconds: u32) {
    let counts = microseconds.saturating_mul(TIMER_COUNTS_PER_MICROSECOND);
    TIMER0.write(timer::CTRL, 0);
    TIMER0.write(timer::RELOAD, counts);
    TIMER0.write(timer::VALUE, counts);
    TIMER0.write(timer::CTRL, timer::ENABLE);
}

/// Lets the network device interrupt, from now until it does.
pub(crate) fn listen() {
    // SAFETY: no critical section relies on this interrupt being masked; its handler masks it.
    unsafe { NVIC::unmask(Interrupt::Ethernet) };
}

/// The timer has come to its end.
pub(crate) extern "C" fn timer_interrupt() {
    TIMER0.write(timer::CTRL, 0);
    TIMER0.write(timer::INTCLEAR, 1);
    task::wake();
}

/// The device has a frame. It says so until the frame was fetched: until then nobody listens.
pub(crate) extern "C" fn ethernet_interrupt() {
    NVIC::mask(Interrupt::Ethernet);
    board::kick();
}
