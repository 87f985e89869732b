//! Addresses of Bluetooth sockets. Source: the headers of BlueZ.
//!
//! One family has a form for each protocol; which one a host means, only the socket's protocol
//! tells.

use core::fmt;

use crate::{Address, BluetoothAddress};

/// The address of a Bluetooth socket.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum BluetoothSocketAddress {
    /// Logical links, `BTPROTO_L2CAP`: Python's `(bdaddr, psm)`.
    L2cap(L2capAddress),
    /// Serial lines, `BTPROTO_RFCOMM`: Python's `(bdaddr, channel)`.
    Rfcomm {
        /// The device.
        address: BluetoothAddress,
        /// The channel, from 1 to 30.
        channel: u8,
    },
    /// The adapter itself, `BTPROTO_HCI`: Python's `(device_id,)`.
    Hci {
        /// The number of the adapter.
        device: u16,
        /// The channel: 0 is raw, which is what Python says when nothing else is asked for.
        channel: u16,
    },
    /// Sound, `BTPROTO_SCO`: Python's `bdaddr` alone.
    Sco {
        /// The device.
        address: BluetoothAddress,
    },
}

/// The address of a logical link.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct L2capAddress {
    /// The device.
    pub address: BluetoothAddress,
    /// The protocol and service multiplexer: which service.
    pub psm: u16,
    /// The channel, for the fixed ones; 0 else.
    pub cid: u16,
    /// The type of the address: 0 is BR/EDR, 1 and 2 are the two of low energy.
    pub address_type: u8,
}

impl L2capAddress {
    /// Python's pair.
    #[must_use]
    pub const fn new(address: BluetoothAddress, psm: u16) -> L2capAddress {
        L2capAddress { address, psm, cid: 0, address_type: 0 }
    }
}

impl From<L2capAddress> for BluetoothSocketAddress {
    fn from(address: L2capAddress) -> BluetoothSocketAddress {
        BluetoothSocketAddress::L2cap(address)
    }
}

impl From<BluetoothSocketAddress> for Address {
    fn from(address: BluetoothSocketAddress) -> Address {
        Address::Bluetooth(address)
    }
}

/// As Python prints it: `('00:1A:7D:DA:71:13', 1)`, an adapter's number, a device's text in quotes.
/// What has its default value and no place in Python's pair is left out.
impl fmt::Display for BluetoothSocketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BluetoothSocketAddress::L2cap(L2capAddress { address, psm, cid, address_type }) => {
                write!(f, "('{address}', {psm}")?;
                if (*cid, *address_type) != (0, 0) {
                    write!(f, ", {cid}")?;
                }
                if *address_type != 0 {
                    write!(f, ", {address_type}")?;
                }
                f.write_str(")")
            }
            BluetoothSocketAddress::Rfcomm { address, channel } => {
                write!(f, "('{address}', {channel})")
            }
            BluetoothSocketAddress::Hci { device, channel: 0 } => write!(f, "{device}"),
            BluetoothSocketAddress::Hci { device, channel } => write!(f, "({device}, {channel})"),
            BluetoothSocketAddress::Sco { address } => write!(f, "'{address}'"),
        }
    }
}

impl fmt::Debug for BluetoothSocketAddress {
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
    fn addresses_print_as_python_prints_them() {
        let address: BluetoothAddress = "0:1:2:3:4:ab".parse().unwrap();
        let l2cap = |cid, address_type| L2capAddress { address, psm: 7, cid, address_type };
        // address, text (row A20)
        for (address, text) in [
            (L2capAddress::new(address, 7).into(), "('00:01:02:03:04:AB', 7)"),
            (l2cap(4, 0).into(), "('00:01:02:03:04:AB', 7, 4)"),
            (l2cap(0, 2).into(), "('00:01:02:03:04:AB', 7, 0, 2)"),
            (BluetoothSocketAddress::Rfcomm { address, channel: 3 }, "('00:01:02:03:04:AB', 3)"),
            (BluetoothSocketAddress::Hci { device: 0, channel: 0 }, "0"),
            (BluetoothSocketAddress::Hci { device: 1, channel: 3 }, "(1, 3)"),
            (BluetoothSocketAddress::Sco { address }, "'00:01:02:03:04:AB'"),
        ] {
            assert_eq!(address.to_string(), text);
        }
    }
}
