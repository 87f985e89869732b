//! What is kept of a case that fails on a board: its frames, and a text that says how to see it again.

use std::path::PathBuf;
use std::process::{self, Command};
use std::string::String;
use std::{env, format, fs};

use super::emulator::Start;

/// The frames of a case.
pub(super) struct Frames(PathBuf);

impl Frames {
    /// Has the emulator write down the frames of its network device `link`.
    pub(super) fn of(command: &mut Command, lab: &str, start: &Start<'_>) -> Frames {
        let kept = format!("berkeley-{lab}-{}-{}-{}", start.id, start.variant, process::id());
        let frames = env::temp_dir().join(kept.replace(',', "-")).with_extension("pcap");
        command.arg("-object");
        command.arg(format!("filter-dump,id=frames,netdev=link,file={}", frames.display()));
        Frames(frames)
    }

    /// The outcome, once the emulator has ended. Of a failure they are kept, with a text beside them: the
    /// outcome, how to run the case again, how the emulator was called, and what else there is to tell.
    pub(super) fn judge(
        self,
        lab: &str,
        start: &Start<'_>,
        outcome: Result<(), String>,
        told: &str,
    ) -> Result<(), String> {
        match outcome {
            Ok(()) => {
                // A file that stays does no harm.
                let _ = fs::remove_file(&self.0);
                Ok(())
            }
            Err(why) => {
                let text = self.0.with_extension("txt");
                // There may be no room; the outcome counts.
                let _ = fs::write(&text, format!("{why}\n\n{}\n\n{told}\n", again(lab, start)));
                Err(format!("{why} [see {} and its frames]", text.display()))
            }
        }
    }
}

/// How to run the case again.
fn again(lab: &str, start: &Start<'_>) -> String {
    let Start { id, variant, seed, .. } = start;
    let mut command = Command::new("cargo");
    command.args(["run", "-q", "--release", "-p", "berkeley-conformance", "--", "run"]);
    command.args(["--lab", lab, "--filter", &format!("{lab}::{id}::{variant}")]);
    command.args(["--seed", &format!("{seed}")]);
    format!("{command:?}")
}
