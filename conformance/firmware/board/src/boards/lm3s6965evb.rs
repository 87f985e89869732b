//! TI Stellaris LM3S6965 evaluation board: a Cortex-M3 at 50 MHz with Ethernet on the chip. Source:
//! the LM3S6965 data sheet (DS-LM3S6965-12746.2515).

use cortex_m::peripheral::NVIC;

use crate::board;
use crate::drivers::stellaris::StellarisEthernet;
use crate::interrupts::Interrupt;
use crate::registers::Registers;
use crate::task;

/// QEMU's name of the board.
pub const NAME: &str = "lm3s6965evb";

/// The board's network device.
pub(crate) type Nic = StellarisEthernet;

/// The free-running counter is the system timer with its 24 bits, at the processor's 50 MHz: it
/// wraps after 0.335 seconds.
pub(crate) const COUNTER_MASK: u32 = 0x00ff_ffff;
pub(crate) const COUNTS_PER_MICROSECOND: u32 = 50;

/// The longest sleep in microseconds: less than half of the time in which the counter wraps around.
pub(crate) const LONGEST_SLEEP: u32 = 150_000;

// SAFETY: the Ethernet controller is at this address (data sheet, table 2-4).
const ETHERNET_REGISTERS: Registers<0x40> = unsafe { Registers::at(0x4004_8000) };
// SAFETY: the general-purpose timer 0 is at this address (data sheet, table 2-4).
const TIMER0: Registers<0x80> = unsafe { Registers::at(0x4003_0000) };
// SAFETY: system control is at this address (data sheet, table 2-4).
const SYSTEM: Registers<0x1000> = unsafe { Registers::at(0x400f_e000) };
// SAFETY: the system timer of every Cortex-M is at this address (ARMv7-M ARM, B3.3).
const SYSTICK: Registers<0x10> = unsafe { Registers::at(0xe000_e010) };

mod system {
    pub(super) const RIS: usize = 0x50;
    pub(super) const RCC: usize = 0x60;
    pub(super) const RCGC1: usize = 0x104;
    pub(super) const RCGC2: usize = 0x108;
    /// RIS: the PLL is locked.
    pub(super) const PLL_LOCKED: u32 = 1 << 6;
    /// RCC: the PLL's 200 MHz divided by four, from a crystal of 8 MHz.
    pub(super) const SYSTEM_50_MHZ: u32 = 3 << 23 | 1 << 22 | 0xe << 6;
    /// RCC: the clock does not come from the PLL.
    pub(super) const BYPASS: u32 = 1 << 11;
    /// RCC: the PLL is off.
    pub(super) const POWER_DOWN: u32 = 1 << 13;
    /// RCGC1: timer 0.
    pub(super) const TIMER0: u32 = 1 << 16;
    /// RCGC2: the controller and the PHY.
    pub(super) const ETHERNET: u32 = 1 << 28 | 1 << 30;
}

mod systick {
    pub(super) const CTRL: usize = 0x0;
    pub(super) const LOAD: usize = 0x4;
    pub(super) const VAL: usize = 0x8;
    /// CTRL: counts the processor's clock.
    pub(super) const ENABLE: u32 = 1 | 1 << 2;
}

mod timer {
    pub(super) const CFG: usize = 0x00;
    pub(super) const TAMR: usize = 0x04;
    pub(super) const CTL: usize = 0x0c;
    pub(super) const IMR: usize = 0x18;
    pub(super) const ICR: usize = 0x24;
    pub(super) const TAILR: usize = 0x28;
    /// TAMR: once.
    pub(super) const ONE_SHOT: u32 = 1;
    /// IMR, ICR: the end was reached.
    pub(super) const TIME_OUT: u32 = 1;
}

/// The numbers of the chip's interrupts (data sheet, table 2-9).
pub(crate) mod interrupts {
    /// Of timer 0, half A.
    pub(crate) const TIMER: isize = 19;
    /// Of the Ethernet controller.
    pub(crate) const ETHERNET: isize = 42;
    /// Of hibernation, which nothing uses.
    pub(crate) const SOFTWARE: isize = 43;
    /// How many there are.
    pub(crate) const COUNT: usize = 44;
}

/// Starts the clocks, and the network device.
pub(crate) fn start() -> Nic {
    SYSTEM.write(system::RCC, system::SYSTEM_50_MHZ | system::BYPASS | system::POWER_DOWN);
    SYSTEM.write(system::RCC, system::SYSTEM_50_MHZ | system::BYPASS);
    while SYSTEM.read(system::RIS) & system::PLL_LOCKED == 0 {}
    SYSTEM.write(system::RCC, system::SYSTEM_50_MHZ);
    SYSTEM.write(system::RCGC1, system::TIMER0);
    SYSTEM.write(system::RCGC2, system::ETHERNET);

    SYSTICK.write(systick::LOAD, COUNTER_MASK);
    SYSTICK.write(systick::VAL, 0);
    SYSTICK.write(systick::CTRL, systick::ENABLE);
    // After it was cleared the counter stands at 0, as at its end, until it has begun.
    while SYSTICK.read(systick::VAL) == 0 {}

    TIMER0.write(timer::CTL, 0);
    TIMER0.write(timer::CFG, 0); // one timer of 32 bits
    TIMER0.write(timer::TAMR, timer::ONE_SHOT);
    TIMER0.write(timer::IMR, timer::TIME_OUT);
    // SAFETY: no critical section relies on this interrupt being masked.
    unsafe { NVIC::unmask(Interrupt::Timer) };
    StellarisEthernet::start(ETHERNET_REGISTERS)
}

/// The system timer counts down.
pub(crate) fn count() -> u32 {
    COUNTER_MASK - (SYSTICK.read(systick::VAL) & COUNTER_MASK)
}

/// Lets the timer interrupt after so many microseconds, once.
pub(crate) fn wake_after(microseconds: u32) {
    TIMER0.write(timer::CTL, 0);
    TIMER0.write(timer::TAILR, microseconds.saturating_mul(COUNTS_PER_MICROSECOND));
    TIMER0.write(timer::CTL, 1);
}

/// Lets the network device interrupt, from now until it does.
pub(crate) fn listen() {
    // SAFETY: no critical section relies on this interrupt being masked; its handler masks it.
    unsafe { NVIC::unmask(Interrupt::Ethernet) };
}

/// The timer has come to its end.
pub(crate) extern "C" fn timer_interrupt() {
    TIMER0.write(timer::ICR, timer::TIME_OUT);
    task::wake();
}

/// The device has a frame. It says so until the frame was fetched: until then nobody listens.
pub(crate) extern "C" fn ethernet_interrupt() {
    NVIC::mask(Interrupt::Ethernet);
    board::kick();
}
