//! Labs with the image of the example `echo-server`, byte by byte the one that is weighed: it has neither a
//! console nor anything of the suite, and only its wire is seen.

use core::time::Duration;
use std::format;
use std::process::Command;
use std::string::{String, ToString};

use super::emulator::{Start, are_available, path};
use super::evidence::{Evidence, FRAMES};
use super::stepped::{Board, Stepped};
use crate::case::Variant;
use crate::echo;
use crate::labs::Entry;

/// The lab `firmware-echo`.
pub(in crate::labs) const ECHO: Entry = Entry {
    name: "firmware-echo",
    sentence: "the image of the echo server on a Cortex-M3, of which only the wire is seen",
    available: || are_available(&[image(&MPS2)]),
    has_kernel: false,
    is_fast: false,
    has_family: |_| true,
    abouts: echo::abouts,
    run: |id, variant, seed| run("firmware-echo", &MPS2, id, variant, seed),
    waits: false,
    turn: None,
};

/// The lab `firmware-echo-lm3s`.
pub(in crate::labs) const SMALL_ECHO: Entry = Entry {
    name: "firmware-echo-lm3s",
    sentence: "the image of the echo server on a Cortex-M3 with 64 KiB of memory, in the same way",
    available: || are_available(&[image(&LM3S)]),
    run: |id, variant, seed| run("firmware-echo-lm3s", &LM3S, id, variant, seed),
    ..ECHO
};

/// The alarm is CMSDK APB timer 0, RELOAD; the counter is the FPGA's, of which PRESCALE says how slow
/// it is.
static MPS2: Board = Board {
    name: "mps2-an385",
    alarm: (0x4000_0008, 25),
    stop_counter: (0x4002_801c, 0x7fff_ffff),
    longest_sleep: Duration::from_micros(u32::MAX as u64 / 25),
};
/// The alarm is general-purpose timer 0, TAILR; the counter is the system timer, with CTRL.
static LM3S: Board = Board {
    name: "lm3s6965evb",
    alarm: (0x4003_0028, 50),
    stop_counter: (0xe000_e010, 0),
    longest_sleep: Duration::from_millis(150),
};

/// The name of the board's image.
fn image(board: &Board) -> String {
    format!("{}-echo-server", board.name)
}

fn run(
    lab: &'static str,
    board: &'static Board,
    id: &str,
    variant: &Variant,
    seed: u64,
) -> Result<(), String> {
    let image = image(board);
    let start = Start { lab, board: board.name, image: &image, id, variant, seed };
    let evidence = Evidence::of(&start)?;
    let mut command = start.bare_command(&start.path());
    command.current_dir(evidence.folder()).args(["-net", "nic,netdev=link"]);
    command.args(["-object", &format!("filter-dump,id=frames,netdev=link,file={FRAMES}")]);
    let clock = clock_in(&image)?;
    let machine = Stepped::start(command, board, clock);
    let outcome = machine
        .and_then(|machine| echo::run(id, machine, seed).map_err(|failure| failure.to_string()));
    evidence.judge(outcome, &start, None, None)
}

/// Where an image keeps the time: the 64 bits of microseconds of the board's `clock::LAST`, which the compiler has
/// made a symbol of their own.
fn clock_in(image: &str) -> Result<u32, String> {
    let output = Command::new("readelf").args(["--wide", "--symbols"]).arg(path(image)).output();
    let output = output.map_err(|error| format!("readelf: {error}"))?;
    let symbols = String::from_utf8_lossy(&output.stdout);
    let clock = symbols.lines().find_map(|line| {
        // Number, address, size, and at the end the name.
        let mut fields = line.split_whitespace();
        let (address, size, name) = (fields.nth(1)?, fields.next()?, fields.last()?);
        let is_clock = size == "8" && name.contains("berkeley_board5clock4LAST");
        is_clock.then(|| u32::from_str_radix(address, 16).ok())?
    });
    clock.ok_or_else(|| format!("{image} has no clock where it is looked for"))
}
