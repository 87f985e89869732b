//! What happens when a program cannot go on: each way has an exit code of its own.

use core::panic::PanicInfo;

use cortex_m_rt::{ExceptionFrame, exception};

use crate::{exit, exit_code};

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    #[cfg(feature = "panic-message")]
    {
        let _ = core::fmt::write(&mut crate::Console, format_args!("{information}\n"));
    }
    let _ = information;
    exit(exit_code::PANIC)
}

/// Executes an instruction that does not exist: what a fault comes to, for tests.
pub fn fault() -> ! {
    cortex_m::asm::udf()
}

// SAFETY: the handler relies on nothing that was interrupted, and does not return.
#[exception]
unsafe fn HardFault(_frame: &ExceptionFrame) -> ! {
    crate::print("hard fault\n");
    exit(exit_code::HARD_FAULT)
}

// SAFETY: the handler relies on nothing that was interrupted, and does not return.
#[exception]
unsafe fn DefaultHandler(_number: i16) -> ! {
    crate::print("an interrupt that nobody handles\n");
    exit(exit_code::HARD_FAULT)
}
