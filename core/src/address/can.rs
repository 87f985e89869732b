//! Addresses on a controller area network. Sources: `linux/can.h`, the kernel's
//! `networking/can`, `networking/iso15765-2` and `networking/j1939`.

use core::fmt;

use super::interface::Interface;
use crate::Address;

/// The address of a CAN socket: an interface, and what the protocol adds.
///
/// ```
/// use berkeley::{CanAddress, Interface};
///
/// let address = CanAddress::isotp("can0".try_into()?, 0x7E8, 0x7E0);
/// assert_eq!(address.to_string(), "('can0', 2024, 2016)");
/// assert_eq!(CanAddress::raw(Interface::ANY).to_string(), "(0,)");
/// # Ok::<(), berkeley::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CanAddress {
    /// The interface; [`Interface::ANY`] is all of them.
    pub interface: Interface,
    /// What the protocol adds.
    pub target: CanTarget,
}

/// What the protocol of a CAN socket adds to the interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum CanTarget {
    /// Nothing: `CAN_RAW` and `CAN_BCM`.
    Raw,
    /// The two ends of a transport, `CAN_ISOTP`.
    Isotp {
        /// The identifier of what is received, with its flags.
        receive_id: u32,
        /// The identifier of what is sent, with its flags.
        transmit_id: u32,
    },
    /// A node of a vehicle, `CAN_J1939`.
    J1939 {
        /// The name, 0 for none.
        name: u64,
        /// The group of parameters, 0x40000 for none.
        pgn: u32,
        /// The address, 255 for none.
        address: u8,
    },
}

impl CanAddress {
    /// For frames as they are: Python's `(interface,)`.
    #[must_use]
    pub const fn raw(interface: Interface) -> CanAddress {
        CanAddress { interface, target: CanTarget::Raw }
    }

    /// For ISO 15765-2: Python's `(interface, rx_addr, tx_addr)`.
    #[must_use]
    pub const fn isotp(interface: Interface, receive_id: u32, transmit_id: u32) -> CanAddress {
        CanAddress { interface, target: CanTarget::Isotp { receive_id, transmit_id } }
    }

    /// For SAE J1939: Python's `(interface, name, pgn, addr)`.
    #[must_use]
    pub const fn j1939(interface: Interface, name: u64, pgn: u32, address: u8) -> CanAddress {
        CanAddress { interface, target: CanTarget::J1939 { name, pgn, address } }
    }
}

impl From<CanAddress> for Address {
    fn from(address: CanAddress) -> Address {
        Address::Can(address)
    }
}

/// As Python prints the tuple, but with the interface as it stands in the address: what comes from
/// a host has a number there.
impl fmt::Display for CanAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let interface = self.interface;
        match self.target {
            CanTarget::Raw => write!(f, "({interface},)"),
            CanTarget::Isotp { receive_id, transmit_id } => {
                write!(f, "({interface}, {receive_id}, {transmit_id})")
            }
            CanTarget::J1939 { name, pgn, address } => {
                write!(f, "({interface}, {name}, {pgn}, {address})")
            }
        }
    }
}

impl fmt::Debug for CanAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn addresses_print_as_python_prints_tuples() {
        let interface = Interface::from(3);
        // address, text
        for (address, text) in [
            (CanAddress::raw(interface), "(3,)"),
            (CanAddress::isotp(interface, 1, u32::MAX), "(3, 1, 4294967295)"),
            (CanAddress::j1939(interface, u64::MAX, 2, 255), "(3, 18446744073709551615, 2, 255)"),
        ] {
            assert_eq!(address.to_string(), text);
        }
    }
}
