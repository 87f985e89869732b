//! What the programs have in common: how they begin, and how they end.
#![no_std]

pub use core::hint::black_box;
use core::panic::PanicInfo;

/// The linker keeps what `_start` reaches, so this is all of the program. The programs are weighed
/// and never run: there is no stack, no vector table, no memory map.
#[macro_export]
macro_rules! program {
    ($body:block) => {
        // SAFETY: no other function has this name, which the linker looks for.
        #[unsafe(no_mangle)]
        extern "C" fn _start() -> ! {
            $body
            loop {
                core::hint::spin_loop();
            }
        }
    };
}

/// Uses a value in a way that the compiler cannot look through.
#[inline(always)]
pub fn used<T>(value: &T) {
    black_box(value);
}

#[panic_handler]
fn panic(_information: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
