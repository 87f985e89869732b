//! The registers of a peripheral: the only place that reads and writes addresses.

use core::ptr;

/// The registers of one peripheral: `BYTES` of the address space, a power of two. A copy is the
/// same registers: who may use them is a matter of the driver.
#[derive(Clone, Copy)]
pub(crate) struct Registers<const BYTES: usize> {
    base: usize,
}

impl<const BYTES: usize> Registers<BYTES> {
    /// The registers from this address on.
    ///
    /// # Safety
    ///
    /// Every word of the `BYTES` bytes from `base` on is a register of a peripheral, or no memory
    /// of the program at least: reading it returns and writing it changes nothing that the compiler
    /// knows of.
    pub(crate) const unsafe fn at(base: usize) -> Registers<BYTES> {
        const { assert!(BYTES.is_power_of_two() && BYTES >= 4) };
        Registers { base }
    }

    /// The value of the register at this offset.
    #[inline(always)]
    pub(crate) fn read(self, offset: usize) -> u32 {
        // SAFETY: the address is aligned and one of those that `at` was promised about.
        unsafe { ptr::read_volatile(self.address(offset)) }
    }

    /// Writes the register at this offset.
    #[inline(always)]
    pub(crate) fn write(self, offset: usize, value: u32) {
        // SAFETY: the address is aligned and one of those that `at` was promised about.
        unsafe { ptr::write_volatile(self.address(offset), value) }
    }

    /// An offset outside of the peripheral becomes one within: no offset leads anywhere else.
    #[inline(always)]
    fn address(self, offset: usize) -> *mut u32 {
        ptr::with_exposed_provenance_mut(self.base + (offset & (BYTES - 4)))
    }
}
