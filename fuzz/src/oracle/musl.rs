//! Functions of musl under names of their own, linked statically by `build.rs`.

use super::CLibrary;

/// musl, the other C library: strict parsers, and an `inet_aton` that takes nothing after the
/// address.
#[cfg(musl)]
pub const MUSL: Option<CLibrary> = Some(linked::LIBRARY);

/// There was no musl when this was built.
#[cfg(not(musl))]
pub const MUSL: Option<CLibrary> = None;

#[cfg(musl)]
mod linked {
    use core::ffi::{c_char, c_int, c_void};

    use std::cell::UnsafeCell;

    use super::CLibrary;

    std::thread_local! {
        static ERRNO: UnsafeCell<c_int> = const { UnsafeCell::new(0) };
    }

    /// Where the functions below write `errno`, which nobody reads.
    // SAFETY: build.rs made up the name, so no other symbol has it.
    #[unsafe(no_mangle)]
    extern "C" fn musl_errno_location() -> *mut c_int {
        ERRNO.with(UnsafeCell::get)
    }

    // SAFETY: the declarations of <arpa/inet.h>, with `struct in_addr` as the bytes it consists of.
    unsafe extern "C" {
        fn musl_inet_aton(text: *const c_char, address: *mut c_void) -> c_int;
        fn musl_inet_pton(family: c_int, text: *const c_char, address: *mut c_void) -> c_int;
        fn musl_inet_ntop(
            family: c_int,
            packed: *const c_void,
            buffer: *mut c_char,
            size: u32,
        ) -> *const c_char;
    }

    pub(super) const LIBRARY: CLibrary = CLibrary {
        inet_aton: musl_inet_aton,
        inet_pton: musl_inet_pton,
        inet_ntop: musl_inet_ntop,
    };
}
