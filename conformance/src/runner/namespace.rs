//! Namespaces for the runner, so that nothing it does touches the host's network, and that names
//! mean the same wherever it runs.
//!
//! A namespace belongs to a thread and is inherited by those that it starts; a process that has
//! threads already cannot move as a whole. So the program starts itself again, and the new process
//! moves into its network before it does anything else.
//!
//! The files by which a host knows names, and the name of the host, are the process's own as well
//! where that can be had: `unshare` starts it with them in place. `oracle/run.py` does the same,
//! with the same files.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitCode, Stdio};
use std::string::{String, ToString};
use std::sync::OnceLock;
use std::{env, format, fs, io};

use berkeley_os::device::namespace;

/// Tells the new process what it is.
const MARK: &str = "BERKELEY_CONFORMANCE_NAMESPACE";

/// The files of `/etc` that the suite has its own ones for.
const FILES: [(&str, &str); 5] = [
    ("hosts", include_str!("../../oracle/host/hosts")),
    ("nsswitch.conf", include_str!("../../oracle/host/nsswitch.conf")),
    ("resolv.conf", include_str!("../../oracle/host/resolv.conf")),
    ("services", include_str!("../../oracle/host/services")),
    ("protocols", include_str!("../../oracle/host/protocols")),
];

/// Puts the files of a folder in place and becomes the rest of the command line.
const PUT_IN_PLACE: &str = "folder=$1; shift
    for file in \"$folder\"/*; do mount --bind \"$file\" \"/etc/${file##*/}\"; done
    exec \"$@\"";

/// Whether this process is in a namespace of its own, and why not.
static ENTERED: OnceLock<Result<(), String>> = OnceLock::new();

/// Moves the program into a network namespace of its own, where that is allowed: to be called first
/// in `main`. In the original process it returns how the new one ended, for `main` to return; in the
/// new one, and where it is not allowed, `None`.
pub fn enter() -> Option<ExitCode> {
    if env::var_os(MARK).is_some() {
        let entered = namespace::enter_new().map_err(|error| error.to_string());
        let _ = ENTERED.set(entered);
        return None;
    }
    if !is_root() {
        let _ = ENTERED.set(Err("it takes root to make a network namespace".into()));
        return None;
    }
    let folder = Folder::with_files();
    let again = env::current_exe().and_then(|program| {
        // Without own files everything is as the host has it; a case that needs them says so.
        let mut command = match &folder {
            Ok(Folder(folder)) if can_put_in_place(folder) => with_files(folder, &program),
            _ => Command::new(program),
        };
        command.args(env::args_os().skip(1)).env(MARK, "1").stdin(Stdio::inherit()).status()
    });
    match again {
        Ok(status) => {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            Some(code.map_or(ExitCode::FAILURE, ExitCode::from))
        }
        Err(error) => {
            let _ = ENTERED.set(Err(error.to_string()));
            None
        }
    }
}

/// Whether the program is in a namespace of its own.
///
/// # Errors
///
/// Why not.
pub fn entered() -> Result<(), String> {
    ENTERED.get().cloned().unwrap_or_else(|| Err("the program did not ask for a namespace".into()))
}

/// Whether names mean what the suite's own files say.
///
/// # Errors
///
/// Which file is another one.
pub fn has_own_files() -> Result<(), String> {
    entered()?;
    let is_own = |(name, text): &(&str, &str)| {
        fs::read_to_string(Path::new("/etc").join(name)).is_ok_and(|found| found == *text)
    };
    match FILES.iter().find(|file| !is_own(file)) {
        None => Ok(()),
        Some((name, _)) => Err(format!("/etc/{name} could not be replaced for this process")),
    }
}

/// Starts a program with the files of a folder in place, in a mount namespace of its own, as a host
/// whose name may be changed.
fn with_files(folder: &Path, program: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--uts", "sh", "-ec", PUT_IN_PLACE, "sh"]).args([folder, program]);
    command
}

fn can_put_in_place(folder: &Path) -> bool {
    let tried = with_files(folder, Path::new("true")).output();
    tried.is_ok_and(|output| output.status.success())
}

/// A folder with the files, as long as it is needed.
struct Folder(PathBuf);

impl Folder {
    fn with_files() -> io::Result<Folder> {
        let path = env::temp_dir().join(format!("berkeley-conformance-{}", process::id()));
        // Fails when it is there already: nobody else's.
        fs::create_dir(&path)?;
        let folder = Folder(path);
        for (name, text) in FILES {
            fs::write(folder.0.join(name), text)?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whether the process is root's: then its own entry in `/proc` is.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}
