//! The names and numbers of interfaces.

use std::ffi::CStr;

use berkeley::{Error, Refusal};

use super::error;
use super::names::{c_text, copied_text};

/// What `if_nameindex(3)` has allocated. Dropping it gives it back.
struct NameList(*mut libc::if_nameindex);

impl Drop for NameList {
    fn drop(&mut self) {
        // SAFETY: this is the list that `if_nameindex` made, and it is given back only here.
        unsafe { libc::if_freenameindex(self.0) }
    }
}

/// Every interface: number and name. Source: `if_nameindex(3)`.
pub(crate) fn if_nameindex() -> Result<Vec<(u32, String)>, Error> {
    // SAFETY: the call takes nothing.
    let first = unsafe { libc::if_nameindex() };
    if first.is_null() {
        return Err(error::last());
    }
    let list = NameList(first);
    let mut next = list.0.cast_const();
    let mut all = Vec::new();
    // SAFETY: the library's list is not over yet: its end is an entry with number 0 and no name.
    while let Some(entry) = unsafe { next.as_ref() } {
        if entry.if_index == 0 || entry.if_name.is_null() {
            break;
        }
        // SAFETY: the name is a text that the list keeps.
        let name = unsafe { copied_text(entry.if_name) };
        all.push((entry.if_index, name));
        next = next.wrapping_add(1);
    }
    Ok(all)
}

/// The number of the interface with a name. Source: `if_nametoindex(3)`.
pub(crate) fn if_nametoindex(name: &str) -> Result<u32, Error> {
    let name = c_text(name)?;
    // SAFETY: the text ends with a NUL and lives until after the call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(Error::refused(Refusal::InterfaceNotFound)),
        index => Ok(index),
    }
}

/// The name of the interface with a number. Source: `if_indextoname(3)`.
pub(crate) fn if_indextoname(index: u32) -> Result<String, Error> {
    let mut name = [0u8; libc::IF_NAMESIZE];
    // SAFETY: `name` has the room that the call may fill.
    let answer = unsafe { libc::if_indextoname(index, name.as_mut_ptr().cast()) };
    if answer.is_null() {
        return Err(error::last());
    }
    let name = CStr::from_bytes_until_nul(&name).map_err(|_| Error::INVALID_VALUE)?;
    Ok(name.to_string_lossy().into_owned())
}
