//! Writes what the linker must know of the board: its memory and the names of its interrupts.

use std::env::{var, var_os};
use std::fs;
use std::path::PathBuf;

/// The boards: feature, what `memory.x` says of it. The stack lies at the end of RAM, below it is
/// what is `static`; where RAM is plenty `_stack_end` limits the stack, because it is painted at
/// each start.
///
/// The first page of the MPS2's RAM is left out. QEMU looks pages up by a few bits of their addresses, and
/// these are also those of the LAN9118's registers: copying between the two took half as long again.
const BOARDS: [(&str, &str); 2] = [
    (
        "MPS2_AN385",
        "MEMORY { FLASH : ORIGIN = 0, LENGTH = 4M  RAM : ORIGIN = 0x20000400, LENGTH = 4M - 1K }
         _stack_end = ORIGIN(RAM) + LENGTH(RAM) - 128K;",
    ),
    (
        "LM3S6965EVB",
        "MEMORY { FLASH : ORIGIN = 0, LENGTH = 256K  RAM : ORIGIN = 0x20000000, LENGTH = 64K }",
    ),
];

/// A handler that the program does not define is the default one.
const INTERRUPTS: &str = "PROVIDE(ETHERNET = DefaultHandler); PROVIDE(TIMER = DefaultHandler);
     PROVIDE(Software = DefaultHandler);";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is_on = |(feature, _): &&(&str, &str)| var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let mut chosen = BOARDS.iter().filter(is_on);
    let (Some((_, memory)), None) = (chosen.next(), chosen.next()) else {
        println!("cargo::error=choose one board by a feature: mps2-an385 or lm3s6965evb");
        return;
    };
    let directory = PathBuf::from(var("OUT_DIR").expect("cargo says where"));
    fs::write(directory.join("memory.x"), memory).expect("the directory can be written to");
    fs::write(directory.join("device.x"), INTERRUPTS).expect("the directory can be written to");
    println!("cargo::rustc-link-search={}", directory.display());
}
