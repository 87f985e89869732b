//! Addresses of UNIX sockets: a path, an abstract name, or nothing. Source: `unix(7)`.

use core::fmt;

use super::literal::{BytesLiteral, Text, TextLiteral};
use crate::{Address, Error, Refusal};

/// The address of a UNIX socket.
///
/// One of three:
///
/// - a *pathname* in the file system, up to 107 bytes, as Python takes it;
/// - an *abstract name*, which Linux keeps in a namespace of its own: any bytes, NUL among them, up
///   to 107. Python writes a NUL before it;
/// - *unnamed*: a socket that was never bound. To bind to it lets Linux choose an abstract name of
///   five hexadecimal digits.
///
/// ```
/// use berkeley::UnixAddress;
///
/// let address = UnixAddress::pathname("/run/example")?;
/// assert_eq!(address.as_pathname(), Some(&b"/run/example"[..]));
/// assert_eq!(format!("{address} {address:?}"), "/run/example '/run/example'");
///
/// let address = UnixAddress::abstract_name("example")?;
/// assert_eq!(address.as_bytes(), b"\0example");
/// # Ok::<(), berkeley::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnixAddress {
    length: u8,
    // Zeros from the length on.
    path: [u8; UnixAddress::ROOM],
}

impl UnixAddress {
    /// How many bytes a host has for it, the NUL at the end of a pathname or at the beginning of
    /// an abstract name among them.
    pub const ROOM: usize = 108;

    /// The address of a socket without one.
    pub const UNNAMED: UnixAddress = UnixAddress { length: 0, path: [0; UnixAddress::ROOM] };

    /// A path in the file system. An empty one is [`UnixAddress::UNNAMED`].
    ///
    /// # Errors
    ///
    /// [`Refusal::PathTooLong`] for more than 107 bytes, [`Error::INVALID_VALUE`] for a NUL inside,
    /// where a host would silently end the path.
    pub fn pathname(path: impl AsRef<[u8]>) -> Result<UnixAddress, Error> {
        let path = path.as_ref();
        if path.contains(&0) {
            return Err(Error::INVALID_VALUE);
        }
        if path.len() >= UnixAddress::ROOM {
            return Err(Error::refused(Refusal::PathTooLong));
        }
        Ok(UnixAddress::from_sun_path(path))
    }

    /// A name in Linux's abstract namespace, without the NUL that Python writes before it. All of
    /// its bytes count. An empty one is a name too.
    ///
    /// # Errors
    ///
    /// [`Refusal::PathTooLong`] for more than 107 bytes.
    pub fn abstract_name(name: impl AsRef<[u8]>) -> Result<UnixAddress, Error> {
        let name = name.as_ref();
        let mut address = UnixAddress::UNNAMED;
        // The first byte stays NUL.
        let Some(room) = address.path.get_mut(1..=name.len()) else {
            return Err(Error::refused(Refusal::PathTooLong));
        };
        room.copy_from_slice(name);
        address.length = 1 + name.len() as u8;
        Ok(address)
    }

    /// The address of a socket without one: [`UnixAddress::UNNAMED`].
    #[must_use]
    pub const fn unnamed() -> UnixAddress {
        UnixAddress::UNNAMED
    }

    /// Python's one string: with a NUL first an abstract name, empty the unnamed address, else a
    /// path.
    ///
    /// # Errors
    ///
    /// Those of [`UnixAddress::pathname`] and [`UnixAddress::abstract_name`].
    pub fn from_python(text: &[u8]) -> Result<UnixAddress, Error> {
        match text {
            [0, name @ ..] => UnixAddress::abstract_name(name),
            path => UnixAddress::pathname(path),
        }
    }

    /// What a host left in `sun_path`: nothing, an abstract name as long as the bytes, or a path
    /// up to the first NUL. A path may fill the room without a NUL; what is beyond it is cut.
    #[must_use]
    pub fn from_sun_path(bytes: &[u8]) -> UnixAddress {
        let is_abstract = bytes.first() == Some(&0);
        let mut address = UnixAddress::UNNAMED;
        for (to, from) in address.path.iter_mut().zip(bytes) {
            if *from == 0 && !is_abstract {
                break;
            }
            *to = *from;
            address.length += 1;
        }
        address
    }

    /// The bytes that Python shows: the path without a NUL at its end, or the abstract name with
    /// the NUL before it.
    pub fn as_bytes(&self) -> &[u8] {
        self.path.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// The path, if it is one.
    pub fn as_pathname(&self) -> Option<&[u8]> {
        match self.as_bytes() {
            [] | [0, ..] => None,
            path => Some(path),
        }
    }

    /// The name without the NUL before it, if it is abstract.
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        match self.as_bytes() {
            [0, name @ ..] => Some(name),
            _ => None,
        }
    }

    /// Whether there is no address.
    pub const fn is_unnamed(&self) -> bool {
        self.length == 0
    }
}

impl From<UnixAddress> for Address {
    fn from(address: UnixAddress) -> Address {
        Address::Unix(address)
    }
}

/// As Python's `str` of the address: the path, or `b'\x00name'`, or nothing.
impl fmt::Display for UnixAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_bytes() {
            name @ [0, ..] => fmt::Display::fmt(&BytesLiteral(name), f),
            path => fmt::Display::fmt(&Text(path), f),
        }
    }
}

/// As Python's `repr` of the address: `'/path'`, `b'\x00name'` or `''`.
impl fmt::Debug for UnixAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_bytes() {
            name @ [0, ..] => fmt::Display::fmt(&BytesLiteral(name), f),
            path => fmt::Display::fmt(&TextLiteral(path), f),
        }
    }
}

/// The standard library's addresses of UNIX sockets.
#[cfg(all(feature = "std", unix))]
mod std_types {
    extern crate std;
    use std::ffi::OsStr;
    use std::io;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::SocketAddr;
    use std::path::Path;

    use super::UnixAddress;
    use crate::Address;

    impl UnixAddress {
        /// The path, if it is one, as the standard library writes it.
        pub fn as_path(&self) -> Option<&Path> {
            self.as_pathname().map(|path| Path::new(OsStr::from_bytes(path)))
        }
    }

    impl From<&SocketAddr> for UnixAddress {
        fn from(address: &SocketAddr) -> UnixAddress {
            if let Some(path) = address.as_pathname() {
                return UnixAddress::from_sun_path(path.as_os_str().as_bytes());
            }
            #[cfg(any(target_os = "linux", target_os = "android"))]
            if let Some(name) = address.as_abstract_name() {
                // The standard library has no longer ones.
                return UnixAddress::abstract_name(name).unwrap_or(UnixAddress::UNNAMED);
            }
            UnixAddress::UNNAMED
        }
    }

    impl From<&SocketAddr> for Address {
        fn from(address: &SocketAddr) -> Address {
            UnixAddress::from(address).into()
        }
    }

    impl TryFrom<&UnixAddress> for SocketAddr {
        type Error = io::Error;

        /// Fails for a path of 108 bytes, which Linux can give a socket and the standard library
        /// cannot hold, and for an abstract name where the host has none.
        fn try_from(address: &UnixAddress) -> io::Result<SocketAddr> {
            match address.as_abstract_name() {
                None => SocketAddr::from_pathname(OsStr::from_bytes(address.as_bytes())),
                #[cfg(any(target_os = "linux", target_os = "android"))]
                Some(name) => SocketAddr::from_abstract_name(name),
                #[cfg(not(any(target_os = "linux", target_os = "android")))]
                Some(_) => Err(io::ErrorKind::Unsupported.into()),
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_standard_library_has_the_same_addresses() {
            // as Python writes it
            for text in [&b""[..], b"/tmp/x", b"/tmp/\xff", b"relative", b"\0", b"\0a\0b"] {
                let address = UnixAddress::from_python(text).unwrap();
                let theirs = SocketAddr::try_from(&address).unwrap();
                assert_eq!(UnixAddress::from(&theirs), address);
                assert_eq!(address.as_path(), theirs.as_pathname());
            }
            let full = UnixAddress::from_sun_path(&[b'x'; 108]);
            assert!(SocketAddr::try_from(&full).is_err());
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use super::*;

    const TOO_LONG: Error = Error::refused(Refusal::PathTooLong);

    #[test]
    fn pythons_string_is_one_of_three() {
        let (x, name) = ([b'x'; 109], {
            let mut name = [b'y'; 109];
            name[0] = 0;
            name
        });
        // Python's string, whether it is taken (rows A01-A04, measured on Linux)
        for (text, outcome) in [
            (&b""[..], Ok(())),
            (b"relative", Ok(())),
            (b"/tmp/\xff\xfe", Ok(())), // need not be UTF-8
            (&x[..107], Ok(())),
            (&x[..108], Err(TOO_LONG)),
            (&x, Err(TOO_LONG)),
            (b"/tmp/a\0b", Err(Error::INVALID_VALUE)), // the kernel would cut it
            (b"/tmp/a\0", Err(Error::INVALID_VALUE)),
            (b"\0", Ok(())), // an abstract name without a byte
            (b"\0a\0b\0", Ok(())),
            (&name[..108], Ok(())),
            (&name, Err(TOO_LONG)),
        ] {
            let address = UnixAddress::from_python(text);
            assert_eq!(address.map(|_| ()), outcome, "{text:?}");
            if let Ok(address) = address {
                assert_eq!(address.as_bytes(), text);
                assert_eq!(address.is_unnamed(), text.is_empty());
                assert_eq!(address.as_abstract_name(), text.strip_prefix(b"\0"));
                let is_path = !text.is_empty() && text[0] != 0;
                assert_eq!(address.as_pathname(), is_path.then_some(text));
            }
        }
        assert_eq!(UnixAddress::pathname("\0x"), Err(Error::INVALID_VALUE));
        assert_eq!(UnixAddress::pathname(""), Ok(UnixAddress::unnamed()));
        assert_ne!(UnixAddress::abstract_name(""), Ok(UnixAddress::unnamed()));
    }

    #[test]
    fn what_a_host_left_ends_at_the_nul_of_a_path_only() {
        let x = [b'x'; 130];
        // bytes of the host, bytes of the address
        for (bytes, expected) in [
            (&b""[..], &b""[..]),
            (b"/tmp/x\0", b"/tmp/x"), // with the NUL, as Linux says
            (b"/tmp/x", b"/tmp/x"),   // and without
            (b"/tmp/x\0rest\0", b"/tmp/x"),
            (b"\0a\0b\0", b"\0a\0b\0"),
            (b"\0", b"\0"),
            (&x[..108], &x[..108]), // Linux lets a path fill the room
            (&x, &x[..108]),
        ] {
            assert_eq!(UnixAddress::from_sun_path(bytes).as_bytes(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn addresses_are_printed_as_str_and_repr_of_python() {
        // Python's string, str, repr
        for (text, display, debug) in [
            (&b""[..], "", "''"),
            (b"/tmp/it's", "/tmp/it's", "\"/tmp/it's\""),
            (b"\0abs\0", r"b'\x00abs\x00'", r"b'\x00abs\x00'"),
        ] {
            let address = UnixAddress::from_python(text).unwrap();
            assert_eq!(format!("{address}"), display);
            assert_eq!(format!("{address:?}"), debug);
        }
    }
}
