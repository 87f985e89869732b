//! What is kept of a case that fails on a board: all that it takes to see the same run again.
//!
//! QEMU counts instructions as time, and records what comes from outside (`rr=record`; its manual,
//! "Record/replay"): each frame and each look at the host's clock, with the instruction before which it
//! came. What a board reads from the host's files is not among that, so what it was answered about the
//! sockets of its peer is kept besides, as the file that it reads the next time. A replay needs neither peer
//! nor wire.
//!
//! An image that runs under a debugger ([`stepped`](super::stepped)) is not recorded: each run is the same.
//!
//! | file | what |
//! | --- | --- |
//! | `reason` | what the case has found, and how to run it once more |
//! | `replay` | the command that replays the run; `-s -S` behind it lets a debugger watch |
//! | `image` | what the board runs |
//! | `record` | what QEMU has recorded |
//! | `frames.pcap` | the frames, where there is a wire |
//! | `answers` | what the board was answered, where its peer is the host |

use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::string::String;
use std::{env, format, fs};

use super::emulator::Start;

/// What QEMU has recorded.
pub(super) const RECORD: &str = "record";
/// What the board runs.
pub(super) const IMAGE: &str = "image";
/// The frames.
pub(super) const FRAMES: &str = "frames.pcap";
/// The same frames, which a replay writes.
pub(super) const REPLAYED_FRAMES: &str = "replayed.pcap";
/// What the board was answered; while it runs, a pipe.
pub(super) const ANSWERS: &str = "answers";
/// What it has asked. Nobody needs that again, but the board writes it.
pub(super) const REQUESTS: &str = "requests";

/// The folder in which a board runs. It stays when the case fails.
pub(super) struct Evidence {
    folder: PathBuf,
}

impl Evidence {
    /// A new folder among the temporary files.
    ///
    /// # Errors
    ///
    /// That it cannot be made.
    pub(super) fn of(start: &Start<'_>) -> Result<Evidence, String> {
        let Start { lab, id, variant, .. } = start;
        let name = format!("berkeley-{lab}-{id}-{variant}-{}", process::id()).replace(',', "-");
        let folder = env::temp_dir().join(name);
        // There is one when the case has failed here before.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Evidence { folder })
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Lets the board open this descriptor of ours as a file of this name.
    ///
    /// # Errors
    ///
    /// Those of making a symbolic link.
    pub(super) fn lend(&self, name: &str, descriptor: i32) -> io::Result<()> {
        symlink(format!("/proc/{}/fd/{descriptor}", process::id()), self.folder.join(name))
    }

    /// Keeps the folder of a case that has failed, and says where it is beside the reason; that of one that
    /// has passed is removed. `replay` is the command for a run that was recorded, `answers` what the board
    /// was answered.
    ///
    /// # Errors
    ///
    /// The outcome's.
    pub(super) fn judge(
        self,
        outcome: Result<(), String>,
        start: &Start<'_>,
        replay: Option<&Command>,
        answers: Option<&[u8]>,
    ) -> Result<(), String> {
        let Err(why) = outcome else {
            // What stays does no harm.
            let _ = fs::remove_dir_all(&self.folder);
            return Ok(());
        };
        let folder = self.folder.display();
        Err(match self.keep(&why, start, replay, answers) {
            Ok(()) if replay.is_some() => format!("{why} [{folder}/replay replays it]"),
            Ok(()) => format!("{why} [see {folder}]"),
            // There may be no room; the outcome counts.
            Err(error) => format!("{why} [{folder} is not complete: {error}]"),
        })
    }

    fn keep(
        &self,
        why: &str,
        start: &Start<'_>,
        replay: Option<&Command>,
        answers: Option<&[u8]>,
    ) -> io::Result<()> {
        let file = |name| self.folder.join(name);
        fs::write(file("reason"), format!("{why}\n\n{}\n", start.again()))?;
        fs::copy(start.path(), file(IMAGE))?;
        if let Some(answers) = answers {
            fs::remove_file(file(REQUESTS))?;
            fs::remove_file(file(ANSWERS))?;
            fs::write(file(ANSWERS), answers)?;
        }
        let Some(replay) = replay else { return Ok(()) };
        let command = line(replay);
        let script = format!("#!/bin/sh\ncd \"$(dirname \"$0\")\" && exec {command} \"$@\"\n");
        fs::write(file("replay"), script)?;
        fs::set_permissions(file("replay"), fs::Permissions::from_mode(0o755))
    }
}

/// A command as a shell reads it.
pub(super) fn line(command: &Command) -> String {
    let mut line = String::new();
    for word in [command.get_program()].into_iter().chain(command.get_args()) {
        let separator = if line.is_empty() { "" } else { " " };
        let word = word.to_string_lossy().replace('\'', r"'\''");
        line += &format!("{separator}'{word}'");
    }
    line
}
