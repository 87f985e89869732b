//! Starts an image of the suite on a board in QEMU, and says what came of its case.

use core::time::Duration;
use std::env;
use std::format;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::string::String;
use std::sync::mpsc;
use std::thread;
use std::vec::Vec;

use rustix::process::{Pid, Signal, kill_process};

use super::evidence::{FRAMES, IMAGE, RECORD, REPLAYED_FRAMES, line};
use crate::case::Variant;
use crate::labs::tap::NEAR_HARDWARE;

/// The emulator.
const QEMU: &str = "qemu-system-arm";

/// How long a case may take in real time. Most take less than a tenth of a second.
const LIMIT: Duration = Duration::from_secs(80);

/// How long QEMU may take to write its record when it is told to end.
const GRACE: Duration = Duration::from_secs(5);

/// The variable with more words for the images' command lines, to see a case fail: `fail=late`.
const MORE_WORDS: &str = "BOARD_WORDS";

/// One start of a board.
pub(super) struct Start<'a> {
    /// The name of the lab.
    pub(super) lab: &'static str,
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

/// What the board is told of the wire.
#[derive(Clone)]
pub(super) struct Wiring {
    /// More words of the image's command line.
    pub(super) words: Vec<String>,
    /// What QEMU is told of the host's end.
    pub(super) netdev: &'static str,
}

impl Start<'_> {
    /// The command that runs the case, and records the run.
    pub(super) fn record(&self, wiring: Option<&Wiring>) -> Command {
        self.command(&self.path(), wiring, FRAMES, "record")
    }

    /// The command that replays the run. The wire leads nowhere: what came over it was recorded. The frames
    /// are written once more, because QEMU reads a clock for that.
    pub(super) fn replay(&self, wiring: Option<&Wiring>) -> Command {
        let netdev = "hubport,id=link,hubid=0";
        let wiring = wiring.map(|wiring| Wiring { netdev, ..wiring.clone() });
        self.command(Path::new(IMAGE), wiring.as_ref(), REPLAYED_FRAMES, "replay")
    }

    fn command(
        &self,
        image: &Path,
        wiring: Option<&Wiring>,
        frames: &str,
        mode: &str, // of recording
    ) -> Command {
        let mut command = self.bare_command(image);
        // A comma within a value is two.
        let variant = format!("{}", self.variant).replace(',', ",,");
        let mut semihosting = format!(
            "enable=on,target=native,arg=suite,arg=case={},arg=variant={variant},arg=seed={}",
            self.id, self.seed
        );
        let more = env::var(MORE_WORDS).unwrap_or_default();
        let wired = wiring.iter().flat_map(|wiring| &wiring.words).map(String::as_str);
        for word in wired.chain(more.split_whitespace()) {
            semihosting += ",arg=";
            semihosting += word;
        }
        command.arg("-semihosting-config").arg(semihosting);
        // Alone a board sleeps in no time.
        let sleep = if wiring.is_some() { "on" } else { "off" };
        command.arg("-icount").arg(format!("shift=4,sleep={sleep},rr={mode},rrfile={RECORD}"));
        let Some(wiring) = wiring else {
            command.args(["-nic", "none"]);
            return command;
        };
        let [a, b, c, d, e, f] = NEAR_HARDWARE;
        let address = format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}");
        command.args(["-netdev", wiring.netdev]);
        command.arg("-net").arg(format!("nic,netdev=link,macaddr={address}"));
        command.args(["-object", "filter-replay,id=replay,netdev=link"]);
        command.args(["-object", &format!("filter-dump,id=frames,netdev=link,file={frames}")]);
        command
    }

    /// The command of a board without a network, whose image is told nothing.
    pub(super) fn bare_command(&self, image: &Path) -> Command {
        let mut command = Command::new(QEMU);
        command.args(["-M", self.board, "-display", "none", "-serial", "none", "-monitor", "none"]);
        command.arg("-kernel").arg(image);
        command
    }

    /// How to run the case once more.
    pub(super) fn again(&self) -> String {
        let Start { lab, id, variant, seed, .. } = self;
        let mut command = Command::new("cargo");
        command.args(["run", "-q", "--release", "-p", "berkeley-conformance", "--", "run"]);
        command.args(["--lab", lab, "--filter", &format!("{lab}::{id}::{variant}")]);
        command.args(["--seed", &format!("{seed}")]);
        line(&command)
    }

    /// Where the image is.
    pub(super) fn path(&self) -> PathBuf {
        path(self.image)
    }
}

/// Where an image is.
pub(super) fn path(image: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "firmware/target/images", image].iter().collect()
}

/// Whether there are the emulator and these images, made of the sources that are here.
pub(super) fn are_available(images: &[String]) -> Result<(), String> {
    let has_qemu = Command::new(QEMU).arg("--version").stdout(Stdio::null()).status();
    if !has_qemu.is_ok_and(|status| status.success()) {
        return Err(format!("{QEMU} cannot be started"));
    }
    if let Some(image) = images.iter().find(|image| !path(image).exists()) {
        return Err(format!("{image} is not there: conformance/firmware/build makes it"));
    }
    let digest = [env!("CARGO_MANIFEST_DIR"), "firmware/sources"].iter().collect::<PathBuf>();
    let digest = Command::new(digest).output().map_err(|error| format!("sources: {error}"))?;
    if fs::read(path("sources")).is_ok_and(|of_images| of_images == digest.stdout) {
        return Ok(());
    }
    Err("its images are of other sources: conformance/firmware/build makes new ones".into())
}

/// Runs a board in this folder, to its end: what its exit code and its last words say.
///
/// # Errors
///
/// What the case has found wrong, or that it came to no end within the limit.
pub(super) fn outcome_of(mut command: Command, folder: &Path) -> Result<(), String> {
    command.current_dir(folder);
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
        // What it has recorded is complete only when it ends by itself.
        let _ = kill_process(Pid::from_child(&child.0), Signal::TERM);
        let _ = told.recv_timeout(GRACE);
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
