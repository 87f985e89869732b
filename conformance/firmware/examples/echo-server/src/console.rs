//! What the program says goes to the host of the emulator or of a debugger.

pub(crate) use berkeley_board::Console;
