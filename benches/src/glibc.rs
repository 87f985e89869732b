//! The C library's functions, under safe signatures.
//!
//! They are called glibc's in the tables, for on Linux they usually are. The only `unsafe` code of
//! the benchmarks.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char, c_int, c_void};
use core::net::{Ipv4Addr, Ipv6Addr};
use core::ptr;

/// Room for the text of any address, the NUL counted.
pub const TEXT_LENGTH: usize = 46;

const AF_INET: c_int = 2;
#[cfg(target_os = "linux")]
const AF_INET6: c_int = 10;
#[cfg(not(target_os = "linux"))] // the BSDs' family, as macOS has it
const AF_INET6: c_int = 30;

// SAFETY: the declarations of <arpa/inet.h>, by POSIX and inet(3). `struct in_addr` is a 32-bit
// number in network byte order, with the alignment and layout of `u32`; `socklen_t` is `u32`.
unsafe extern "C" {
    fn inet_aton(text: *const c_char, address: *mut u32) -> c_int;
    fn inet_pton(family: c_int, text: *const c_char, address: *mut c_void) -> c_int;
    fn inet_ntop(
        family: c_int,
        address: *const c_void,
        text: *mut c_char,
        room: u32,
    ) -> *const c_char;
}

/// `inet_aton(3)`.
#[must_use]
pub fn aton(text: &CStr) -> Option<Ipv4Addr> {
    let mut address = 0_u32;
    // SAFETY: the text ends with a NUL, and one `in_addr` may be written to `address`.
    let outcome = unsafe { inet_aton(text.as_ptr(), &raw mut address) };
    (outcome != 0).then(|| Ipv4Addr::from_octets(address.to_ne_bytes()))
}

/// `inet_pton(3)` for IPv4.
#[must_use]
pub fn pton4(text: &CStr) -> Option<Ipv4Addr> {
    let mut octets = [0_u8; 4];
    // SAFETY: the text ends with a NUL, and the four bytes of an IPv4 address have room in `octets`.
    let outcome = unsafe { inet_pton(AF_INET, text.as_ptr(), octets.as_mut_ptr().cast()) };
    (outcome == 1).then(|| Ipv4Addr::from_octets(octets))
}

/// `inet_pton(3)` for IPv6.
#[must_use]
pub fn pton6(text: &CStr) -> Option<Ipv6Addr> {
    let mut octets = [0_u8; 16];
    // SAFETY: the text ends with a NUL, and the 16 bytes of an IPv6 address have room in `octets`.
    let outcome = unsafe { inet_pton(AF_INET6, text.as_ptr(), octets.as_mut_ptr().cast()) };
    (outcome == 1).then(|| Ipv6Addr::from_octets(octets))
}

/// `inet_ntop(3)` for IPv4: whether the text and its NUL stand at the beginning of the buffer now.
pub fn ntop4(address: Ipv4Addr, buffer: &mut [u8; TEXT_LENGTH]) -> bool {
    let octets = address.octets();
    // SAFETY: four bytes are read, and at most as many as the buffer has are written to it.
    let text = unsafe {
        inet_ntop(
            AF_INET,
            ptr::from_ref(&octets).cast(),
            buffer.as_mut_ptr().cast(),
            TEXT_LENGTH as u32,
        )
    };
    !text.is_null()
}

/// `inet_ntop(3)` for IPv6: whether the text and its NUL stand at the beginning of the buffer now.
pub fn ntop6(address: Ipv6Addr, buffer: &mut [u8; TEXT_LENGTH]) -> bool {
    let octets = address.octets();
    // SAFETY: 16 bytes are read, and at most as many as the buffer has are written to it.
    let text = unsafe {
        inet_ntop(
            AF_INET6,
            ptr::from_ref(&octets).cast(),
            buffer.as_mut_ptr().cast(),
            TEXT_LENGTH as u32,
        )
    };
    !text.is_null()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_do_what_their_manual_says() {
        assert_eq!(aton(c"127.1"), Some(Ipv4Addr::LOCALHOST));
        assert_eq!(aton(c"no"), None);
        assert_eq!(pton4(c"192.0.2.1"), Some(Ipv4Addr::new(192, 0, 2, 1)));
        assert_eq!(pton4(c"127.1"), None);
        assert_eq!(pton6(c"::1"), Some(Ipv6Addr::LOCALHOST));
        assert_eq!(pton6(c"1"), None);
        let mut buffer = [b'#'; TEXT_LENGTH];
        assert!(ntop4(Ipv4Addr::LOCALHOST, &mut buffer));
        assert!(buffer.starts_with(b"127.0.0.1\0#"));
        assert!(ntop6(Ipv6Addr::LOCALHOST, &mut buffer));
        assert!(buffer.starts_with(b"::1\0"));
    }
}
