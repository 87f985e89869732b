//! The C library of this process, where it is glibc.

use super::CLibrary;

/// glibc, the reference of `inet_aton` and of the text of addresses.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub const GLIBC: Option<CLibrary> = Some(linked::LIBRARY);

/// glibc is not this system's C library.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub const GLIBC: Option<CLibrary> = None;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod linked {
    use core::ffi::{c_char, c_int, c_void};

    use super::CLibrary;

    // SAFETY: the declarations of <arpa/inet.h>, with `struct in_addr` as the bytes it consists of.
    unsafe extern "C" {
        fn inet_aton(text: *const c_char, address: *mut c_void) -> c_int;
        fn inet_pton(family: c_int, text: *const c_char, address: *mut c_void) -> c_int;
        fn inet_ntop(
            family: c_int,
            packed: *const c_void,
            buffer: *mut c_char,
            size: u32,
        ) -> *const c_char;
    }

    pub(super) const LIBRARY: CLibrary = CLibrary { inet_aton, inet_pton, inet_ntop };
}
