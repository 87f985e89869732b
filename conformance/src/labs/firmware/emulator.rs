//! Starts an image of the suite on a board in QEMU, and says what came of its case.

use core::time::Duration;
use std::format;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::string::String;
use std::sync::mpsc;
use std::thread;
use std::vec::Vec;

use crate::case::Variant;

/// The emulator.
const QEMU: &str = "qemu-system-arm";

/// How long a case may take in real time. Most take less than a tenth of a second.
const LIMIT: Duration = Duration::from_secs(80);

/// One start of a board.
pub(super) struct Start<'a> {
    /// QEMU's name of the board.
    pub(super) board: &'static str,
    /// The name of the image.
    pub(super) image: &'a str,
    /// The case.
    pub(super) id: &'a str,
    /// Its variant.
    pub(super) variant: &'a Variant,
    /// The seed of everything random.
    pub(super) seed: u64,
}

impl Start<'_> {
    /// The command, without a network. `words` are more of the image's command line.
    pub(super) fn command(&self, words: &[String]) -> Command {
        let mut command = self.bare_command();
        // A comma within a value is two.
        let variant = format!("{}", self.variant).replace(',', ",,");
        let mut semihosting = format!(
            "enable=on,target=native,arg=suite,arg=case={},arg=variant={variant},arg=seed={}",
            self.id, self.seed
        );
        for word in words {
            semihosting += ",arg=";
            semihosting += word;
        }
        command.arg("-semihosting-config").arg(semihosting);
        command
    }

    /// The same for an image that is told nothing.
    pub(super) fn bare_command(&self) -> Command {
        let mut command = Command::new(QEMU);
        command.args(["-M", self.board, "-display", "none", "-serial", "none", "-monitor", "none"]);
        command.arg("-kernel").arg(path(self.image));
        command
    }
}

/// Where an image is.
pub(super) fn path(image: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "firmware/target/images", image].iter().collect()
}

/// Whether there are the emulator and these images.
pub(super) fn are_available(images: &[String]) -> Result<(), String> {
    let has_qemu = Command::new(QEMU).arg("--version").stdout(Stdio::null()).status();
    if !has_qemu.is_ok_and(|status| status.success()) {
        return Err(format!("{QEMU} cannot be started"));
    }
    match images.iter().find(|image| !path(image).exists()) {
        Some(image) => Err(format!("{image} is not there: conformance/firmware/build makes it")),
        None => Ok(()),
    }
}

/// Runs a board to its end: what its exit code and its last words say.
///
/// # Errors
///
/// What the case has found wrong, or that it came to no end within the limit.
pub(super) fn outcome_of(command: Command) -> Result<(), String> {
    let (status, said) = output_within(command, LIMIT)?;
    let line = said.lines().last().unwrap_or_default();
    let why = match status.code() {
        Some(0) if line.starts_with("ok ") => return Ok(()),
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

/// Runs a program to its end, or until the time is over: its status, and what it has said. The board's
/// console is the program's standard error.
fn output_within(mut command: Command, limit: Duration) -> Result<(ExitStatus, String), String> {
    let failed = |error| format!("{QEMU}: {error}");
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    let mut child = Reaped(command.spawn().map_err(failed)?);
    drop(command); // with what the program was given of ours
    let mut output = child.0.stderr.take();
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
pub(super) struct Reaped(pub(super) Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
