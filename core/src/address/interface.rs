//! A network interface in an address: by number or by name.

use core::fmt;

use super::literal::TextLiteral;
use crate::{Errno, Error};

/// A network interface, as an address of the families PACKET and CAN names it.
///
/// A name is looked up by the backend when the address is used; what comes back from a host has
/// the number. (Python looks the name of every address up that it shows, at the price of a system
/// call for each packet.)
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interface {
    /// The number that the host has given it, from 1 on; 0 is none or any.
    Index(u32),
    /// Its name, such as `lo`.
    Name(InterfaceName),
}

impl Interface {
    /// No interface in particular.
    pub const ANY: Interface = Interface::Index(0);
}

impl From<u32> for Interface {
    fn from(index: u32) -> Interface {
        Interface::Index(index)
    }
}

impl TryFrom<&str> for Interface {
    type Error = Error;

    /// As [`InterfaceName::new`].
    fn try_from(name: &str) -> Result<Interface, Error> {
        InterfaceName::new(name).map(Interface::Name)
    }
}

/// The number, or the name in quotes.
impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Interface::Index(index) => fmt::Display::fmt(index, f),
            Interface::Name(name) => fmt::Debug::fmt(name, f),
        }
    }
}

impl fmt::Debug for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The name of a network interface: 1 to 15 bytes. Source: `IFNAMSIZ` in `netdevice(7)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct InterfaceName {
    // Ends with the first zero: there is always one.
    bytes: [u8; 16],
}

impl InterfaceName {
    /// The name.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an empty name and for more than 15 bytes: no interface has such a name. (Python
    /// cuts a long one, and may so find another interface.) [`Error::INVALID_VALUE`] for a NUL
    /// inside.
    pub fn new(name: impl AsRef<[u8]>) -> Result<InterfaceName, Error> {
        let name = name.as_ref();
        if name.contains(&0) {
            return Err(Error::INVALID_VALUE);
        }
        let mut bytes = [0; 16];
        match bytes.get_mut(..name.len()) {
            Some(room) if (1..16).contains(&name.len()) => room.copy_from_slice(name),
            _ => return Err(Error::from_errno(Errno::ENODEV)),
        }
        Ok(InterfaceName { bytes })
    }

    /// The name.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// The name with zeros after it, at least one: what a host's `ifr_name` holds.
    pub const fn as_padded(&self) -> &[u8; 16] {
        &self.bytes
    }
}

/// The name in quotes, as Python shows it.
impl fmt::Debug for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&TextLiteral(self.as_bytes()), f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use super::*;

    #[test]
    fn names_have_one_to_fifteen_bytes() {
        let no_device = Err(Error::from_errno(Errno::ENODEV));
        // name, outcome
        for (name, outcome) in [
            ("lo", Ok(())),
            ("fifteen-bytes-0", Ok(())),
            ("sixteen-bytes-00", no_device),
            ("", no_device),
            ("l\0", Err(Error::INVALID_VALUE)),
        ] {
            let interface = InterfaceName::new(name);
            assert_eq!(interface.map(|_| ()), outcome, "{name:?}");
            if let Ok(interface) = interface {
                assert_eq!(interface.as_bytes(), name.as_bytes());
                assert_eq!(format!("{}", Interface::Name(interface)), format!("'{name}'"));
            }
        }
        assert_eq!(format!("{}", Interface::from(7)), "7");
    }
}
