//! A folder for what a case leaves in the file system.

use std::format;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::vec::Vec;
use std::{env, fs, process};

use crate::failure::Failure;

/// A folder of its own, which vanishes with what is in it.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// A new, empty one.
    pub(super) fn new() -> Result<Scratch, Failure> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("berkeley-case-{}-{number}", process::id()));
        fs::create_dir(&path)
            .map_err(|error| Failure::new("a folder", format_args!("cannot be made: {error}")))?;
        Ok(Scratch(path))
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// A path in it with just so many bytes.
    pub(super) fn path_of(&self, length: usize) -> Result<Vec<u8>, Failure> {
        let mut path = self.0.join("x").into_os_string().into_encoded_bytes();
        if path.len() > length {
            return Err(Failure::new("the folder", format_args!("has too long a path")));
        }
        path.resize(length, b'x');
        Ok(path)
    }

    /// How many files there are in it.
    pub(super) fn count(&self) -> Result<usize, Failure> {
        let entries = fs::read_dir(&self.0)
            .map_err(|error| Failure::new("a folder", format_args!("cannot be read: {error}")))?;
        Ok(entries.count())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left is the system's to tidy up.
        let _ = fs::remove_dir_all(&self.0);
    }
}
