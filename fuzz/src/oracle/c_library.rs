//! The address functions of a C library, safe to call.

use core::ffi::{CStr, c_char, c_int, c_void};
use std::net::{Ipv4Addr, Ipv6Addr};

const AF_INET: c_int = 2; // Linux; the oracles are there for no other system
const AF_INET6: c_int = 10;

/// Texts up to this length are copied to the stack, longer ones to the heap.
const SHORT: usize = 120;

/// The functions of one C library.
///
/// A C function sees a text up to its first NUL. The library has therefore no answer for a text
/// with a NUL in it, which the methods tell by an outer `None`.
#[derive(Clone, Copy, Debug)]
pub struct CLibrary {
    pub(super) inet_aton: unsafe extern "C" fn(*const c_char, *mut c_void) -> c_int,
    pub(super) inet_pton: unsafe extern "C" fn(c_int, *const c_char, *mut c_void) -> c_int,
    pub(super) inet_ntop:
        unsafe extern "C" fn(c_int, *const c_void, *mut c_char, u32) -> *const c_char,
}

impl CLibrary {
    /// `inet_aton(3)`: the address, or `None` for a text it refuses.
    #[must_use]
    pub fn aton(&self, text: &[u8]) -> Option<Option<Ipv4Addr>> {
        with_c_text(text, |text| {
            let mut octets = [0_u8; 4];
            // SAFETY: the text ends with a NUL, and there is room for a `struct in_addr`.
            let done = unsafe { (self.inet_aton)(text.as_ptr(), octets.as_mut_ptr().cast()) };
            (done != 0).then(|| octets.into())
        })
    }

    /// `inet_pton(3)` of `AF_INET`: the address, or `None` for a text it refuses.
    #[must_use]
    pub fn pton4(&self, text: &[u8]) -> Option<Option<Ipv4Addr>> {
        with_c_text(text, |text| {
            let mut octets = [0_u8; 4];
            let address = octets.as_mut_ptr().cast();
            // SAFETY: the text ends with a NUL, and there is room for a `struct in_addr`.
            let done = unsafe { (self.inet_pton)(AF_INET, text.as_ptr(), address) };
            (done == 1).then(|| octets.into())
        })
    }

    /// `inet_pton(3)` of `AF_INET6`: the address, or `None` for a text it refuses.
    #[must_use]
    pub fn pton6(&self, text: &[u8]) -> Option<Option<Ipv6Addr>> {
        with_c_text(text, |text| {
            let mut octets = [0_u8; 16];
            let address = octets.as_mut_ptr().cast();
            // SAFETY: the text ends with a NUL, and there is room for a `struct in6_addr`.
            let done = unsafe { (self.inet_pton)(AF_INET6, text.as_ptr(), address) };
            (done == 1).then(|| octets.into())
        })
    }

    /// `inet_ntop(3)` of `AF_INET`: the text, or `None` if it and its NUL do not fit the buffer.
    pub fn ntop4<'a>(&self, address: Ipv4Addr, buffer: &'a mut [u8]) -> Option<&'a str> {
        let octets = address.octets();
        // `inet_ntop` takes the room as 32 bits; a larger buffer is only partly its to use.
        let room = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let (packed, start) = (octets.as_ptr().cast(), buffer.as_mut_ptr().cast());
        // SAFETY: four bytes to read, and the buffer has the room it is said to have.
        let text = unsafe { (self.inet_ntop)(AF_INET, packed, start, room) };
        if text.is_null() { None } else { up_to_nul(buffer) }
    }

    /// `inet_ntop(3)` of `AF_INET6`: the text, or `None` if it and its NUL do not fit the buffer.
    pub fn ntop6<'a>(&self, address: Ipv6Addr, buffer: &'a mut [u8]) -> Option<&'a str> {
        let octets = address.octets();
        let room = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let (packed, start) = (octets.as_ptr().cast(), buffer.as_mut_ptr().cast());
        // SAFETY: sixteen bytes to read, and the buffer has the room it is said to have.
        let text = unsafe { (self.inet_ntop)(AF_INET6, packed, start, room) };
        if text.is_null() { None } else { up_to_nul(buffer) }
    }
}

/// Calls with the text and a NUL after it, unless there is one in it.
fn with_c_text<T>(text: &[u8], call: impl FnOnce(&CStr) -> T) -> Option<T> {
    let mut short = [0; SHORT + 1];
    let long;
    let bytes = match short.get_mut(..text.len()) {
        Some(room) if text.len() <= SHORT => {
            room.copy_from_slice(text);
            short.get(..=text.len())?
        }
        _ => {
            long = [text, b"\0"].concat();
            &long
        }
    };
    CStr::from_bytes_with_nul(bytes).ok().map(call)
}

fn up_to_nul(buffer: &[u8]) -> Option<&str> {
    CStr::from_bytes_until_nul(buffer).ok()?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::super::{GLIBC, MUSL};
    use super::*;

    #[test]
    fn a_nul_has_no_answer() {
        // text, whether a C library can be asked: at both ends, and longer than the stack buffer
        let long = "1".repeat(300);
        for (text, asked) in
            [("", true), ("1.2.3.4", true), ("1\0", false), ("\0", false), (&long, true)]
        {
            for library in [GLIBC, MUSL].into_iter().flatten() {
                assert_eq!(library.aton(text.as_bytes()).is_some(), asked, "{text:?}");
                assert_eq!(library.pton4(text.as_bytes()).is_some(), asked, "{text:?}");
                assert_eq!(library.pton6(text.as_bytes()).is_some(), asked, "{text:?}");
            }
        }
    }

    #[test]
    fn the_libraries_are_two() {
        let (Some(glibc), Some(musl)) = (GLIBC, MUSL) else { return };
        // Texts that they are known to disagree about: these are not the same functions twice.
        let text = b"1.2.3.4 x";
        assert_eq!(glibc.aton(text), Some(Some(Ipv4Addr::new(1, 2, 3, 4))));
        assert_eq!(musl.aton(text), Some(None));
        let (address, mut buffer) = ("::1.2.3.4".parse().unwrap(), [0; 46]);
        assert_eq!(glibc.ntop6(address, &mut buffer), Some("::1.2.3.4"));
        assert_eq!(musl.ntop6(address, &mut buffer), Some("::102:304"));
    }
}
