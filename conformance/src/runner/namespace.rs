//! A network namespace for the runner, so that nothing it does touches the host's network.
//!
//! A namespace belongs to a thread and is inherited by those that it starts; a process that has
//! threads already cannot move as a whole. So the program starts itself again, and the new process
//! moves before it does anything else.

use std::os::unix::fs::MetadataExt;
use std::process::{Command, ExitCode, Stdio};
use std::string::{String, ToString};
use std::sync::OnceLock;
use std::{env, fs};

use berkeley_os::device::namespace;

/// Tells the new process what it is.
const MARK: &str = "BERKELEY_CONFORMANCE_NAMESPACE";

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
    let again = env::current_exe().and_then(|program| {
        Command::new(program)
            .args(env::args_os().skip(1))
            .env(MARK, "1")
            .stdin(Stdio::inherit())
            .status()
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

/// Whether the process is root's: then its own entry in `/proc` is.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}
