//! How deep the stack has been: it is painted at the start, and what is still painted was not used.

use core::ptr;

use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    static _stack_end: u32;
    static _stack_start: u32;
}

/// The most bytes of stack that were used since the start.
pub fn stack_peak() -> usize {
    let (end, start) = bounds();
    let is_painted = |address: &usize| word_at(*address) == STACK_PAINT_VALUE;
    let unused = (end..start).step_by(size_of::<u32>()).take_while(is_painted).count();
    start - end - unused * size_of::<u32>()
}

/// Whether the lowest 512 bytes of the stack were never used. If they were, what lies below may
/// have been overwritten.
pub fn is_stack_intact() -> bool {
    let (end, _) = bounds();
    (end..end + 512).step_by(size_of::<u32>()).all(|address| word_at(address) == STACK_PAINT_VALUE)
}

/// How many bytes of stack there are at most.
pub fn stack_size() -> usize {
    let (end, start) = bounds();
    start - end
}

/// The lowest address of the stack, and the one behind its highest.
fn bounds() -> (usize, usize) {
    ((&raw const _stack_end).expose_provenance(), (&raw const _stack_start).expose_provenance())
}

/// A word of the stack.
fn word_at(address: usize) -> u32 {
    // SAFETY: every word between both ends of the stack is RAM, and has a value since the start. It
    // is read as volatile, because the words below the stack pointer are nobody's variable.
    unsafe { ptr::read_volatile(ptr::with_exposed_provenance(address)) }
}
