//! The interrupts that the boards use, and their part of the vector table.

use cortex_m::interrupt::InterruptNumber;

use crate::chosen::{ethernet_interrupt, interrupts, timer_interrupt};

/// The interrupts that are used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interrupt {
    /// Of the timer that wakes the program.
    Timer = interrupts::TIMER,
    /// Of the network device.
    Ethernet = interrupts::ETHERNET,
    /// Of no device that is used. A program that pends it defines the handler `Software`.
    Software = interrupts::SOFTWARE,
}

// SAFETY: these are the numbers of the board's interrupts, which do not change.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self as u16
    }
}

unsafe extern "C" {
    fn DefaultHandler();
    fn Software();
}

#[unsafe(link_section = ".vector_table.interrupts")]
// SAFETY: the linker looks for this name, which nothing else has; each entry is a handler.
#[unsafe(no_mangle)]
static __INTERRUPTS: [unsafe extern "C" fn(); interrupts::COUNT] = {
    let mut handlers = [DefaultHandler as unsafe extern "C" fn(); interrupts::COUNT];
    handlers[Interrupt::Timer as usize] = timer_interrupt;
    handlers[Interrupt::Ethernet as usize] = ethernet_interrupt;
    handlers[Interrupt::Software as usize] = Software;
    handlers
};
