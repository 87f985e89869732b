//! Labs on bare metal: QEMU starts the suite's image on a board for every variant of every case,
//! and what the image says is the outcome.
//!
//! The images are built beforehand (`firmware/build`): another target, and another workspace.
//! Without them, or without QEMU, the labs are not available.
//!
//! In `firmware-loopback` the board is alone with two stacks. Its time is then counted in
//! instructions (`-icount`, 16 ns each), and idle time is skipped (`sleep=off`): a case takes the
//! same time and the same frames in every run, and an hour costs what happens in it.

use core::time::Duration;
use std::format;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::string::String;
use std::sync::mpsc;
use std::thread;
use std::vec::Vec;

use super::{Entry, VirtualLink};
use crate::case::{About, Variant};
use crate::cases;
use crate::parts::{PARTS, part_of};

/// The emulator.
const QEMU: &str = "qemu-system-arm";

/// How long a case may take in real time. Most take less than a tenth of a second.
const LIMIT: Duration = Duration::from_secs(80);

/// The lab `firmware-loopback`.
pub(super) const LOOPBACK: Entry = Entry {
    name: "firmware-loopback",
    sentence: "two userspace stacks on a Cortex-M3, over the loopback of its network device",
    available: || are_available(&["mps2-an385".into()]),
    has_kernel: false,
    is_fast: false,
    has_family: |_| true,
    abouts,
    run: |id, variant, seed| run("mps2-an385", "mps2-an385", id, variant, seed),
    turn: None,
};

/// The lab `firmware-loopback-lm3s`.
pub(super) const SMALL_LOOPBACK: Entry = Entry {
    name: "firmware-loopback-lm3s",
    sentence: "one userspace stack on a Cortex-M3 with 64 KiB of memory, over its own loopback",
    available: || are_available(&Vec::from_iter((0..PARTS.len()).map(small_image))),
    abouts: || {
        abouts().into_iter().filter(|about| part_of::<VirtualLink>(about.id).is_some()).collect()
    },
    run: |id, variant, seed| {
        let image = small_image(part_of::<VirtualLink>(id).unwrap_or_default());
        run("lm3s6965evb", &image, id, variant, seed)
    },
    ..LOOPBACK
};

fn abouts() -> Vec<About> {
    cases::without_std::<VirtualLink>().map(|case| case.about).collect()
}

/// The name of the image with a part of the cases for the small board.
fn small_image(part: usize) -> String {
    format!("lm3s6965evb-{part}")
}

/// Where an image is.
fn path(image: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "firmware/target/images", image].iter().collect()
}

fn are_available(images: &[String]) -> Result<(), String> {
    let has_qemu = Command::new(QEMU).arg("--version").stdout(Stdio::null()).status();
    if !has_qemu.is_ok_and(|status| status.success()) {
        return Err(format!("{QEMU} cannot be started"));
    }
    match images.iter().find(|image| !path(image).exists()) {
        Some(image) => Err(format!("{image} is not there: conformance/firmware/build makes it")),
        None => Ok(()),
    }
}

fn run(board: &str, image: &str, id: &str, variant: &Variant, seed: u64) -> Result<(), String> {
    let mut command = Command::new(QEMU);
    command.args(["-M", board, "-display", "none", "-serial", "none", "-monitor", "none"]);
    command.args(["-nic", "none", "-icount", "shift=4,sleep=off"]);
    command.args(["-chardev", "stdio,id=console,signal=off", "-semihosting-config"]);
    // A comma within a value is two.
    let variant = format!("{variant}").replace(',', ",,");
    command.arg(format!(
        "enable=on,target=native,chardev=console,arg=suite,arg=case={id},arg=variant={variant},\
         arg=seed={seed}"
    ));
    command.arg("-kernel").arg(path(image));
    let (status, said) = output_within(command, LIMIT)?;
    let line = said.lines().last().unwrap_or_default();
    match status.code() {
        Some(0) if line.starts_with("ok ") => Ok(()),
        code => {
            let why = match code {
                Some(0) => "no outcome",
                Some(1) => "failed",
                Some(2) => "other data",
                Some(4) => "fault",
                Some(5) => "deadline",
                Some(101) => "panic",
                _ => "QEMU failed",
            };
            Err(format!("{why}: {line}"))
        }
    }
}

/// Runs a program to its end, or until the time is over: its status, and what it has said.
fn output_within(mut command: Command, limit: Duration) -> Result<(ExitStatus, String), String> {
    let failed = |error| format!("{QEMU}: {error}");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = Reaped(command.spawn().map_err(failed)?);
    let mut output = child.0.stdout.take();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut said = Vec::new();
        // What cannot be read was not said.
        let _ = output.as_mut().map(|output| output.read_to_end(&mut said));
        let _ = tell.send(said);
    });
    let Ok(said) = told.recv_timeout(limit) else {
        return Err(format!("hangs: no end after {limit:?}"));
    };
    let status = child.0.wait().map_err(failed)?;
    Ok((status, String::from_utf8_lossy(&said).into_owned()))
}

/// A process that does not outlive its owner.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
