//! Interfaces: their names and their numbers, which an address shows as its scope.

use berkeley::Error;

use crate::sys;

/// Every interface of the network: its number, which is never 0, and its name.
///
/// # Errors
///
/// That of the operating system, such as `EMFILE`. Source: `if_nameindex(3)`.
pub fn if_nameindex() -> Result<Vec<(u32, String)>, Error> {
    sys::if_nameindex()
}

/// The number of the interface with this name.
///
/// # Errors
///
/// [`Refusal::InterfaceNotFound`](berkeley::Refusal::InterfaceNotFound) when there is none;
/// [`Error::INVALID_VALUE`] for a NUL in the name. Source: `if_nametoindex(3)`.
pub fn if_nametoindex(name: &str) -> Result<u32, Error> {
    sys::if_nametoindex(name)
}

/// The name of the interface with this number.
///
/// # Errors
///
/// `ENXIO` when there is none. Source: `if_indextoname(3)`.
pub fn if_indextoname(index: u32) -> Result<String, Error> {
    sys::if_indextoname(index)
}
