//! The four addresses of Bluetooth, which the C library does not have. Source: the headers of
//! BlueZ.
//!
//! | at | `sockaddr_l2` | `sockaddr_rc` | `sockaddr_hci` | `sockaddr_sco` |
//! | --- | --- | --- | --- | --- |
//! | 0 | family | family | family | family |
//! | 2 | PSM, little endian | device, 6 bytes | adapter | device, 6 bytes |
//! | 4 | device, 6 bytes | | channel | |
//! | 8 | | channel, 1 byte | | |
//! | 10 | CID, little endian | | | |
//! | 12 | type of the device's address, 1 byte | | | |
//! | size | 14 | 10 | 6 | 8 |

use berkeley::{Address, BluetoothAddress, BluetoothSocketAddress, L2capAddress, Protocol};

use super::{HostAddress, field};

mod l2cap {
    pub(super) const PSM: usize = 2;
    pub(super) const DEVICE: usize = 4;
    pub(super) const CID: usize = 10;
    pub(super) const ADDRESS_TYPE: usize = 12;
    pub(super) const SIZE: usize = 14;
}

mod rfcomm {
    pub(super) const DEVICE: usize = 2;
    pub(super) const CHANNEL: usize = 8;
    pub(super) const SIZE: usize = 10;
}

mod hci {
    pub(super) const ADAPTER: usize = 2;
    pub(super) const CHANNEL: usize = 4;
    pub(super) const SIZE: usize = 6;
}

mod sco {
    pub(super) const DEVICE: usize = 2;
    pub(super) const SIZE: usize = 8;
}

pub(super) fn encode(address: &BluetoothSocketAddress, host: &mut HostAddress) -> usize {
    match address {
        BluetoothSocketAddress::L2cap(L2capAddress { address, psm, cid, address_type }) => {
            host.put(l2cap::PSM, &psm.to_le_bytes());
            host.put(l2cap::DEVICE, &address.0);
            host.put(l2cap::CID, &cid.to_le_bytes());
            host.put(l2cap::ADDRESS_TYPE, &[*address_type]);
            l2cap::SIZE
        }
        BluetoothSocketAddress::Rfcomm { address, channel } => {
            host.put(rfcomm::DEVICE, &address.0);
            host.put(rfcomm::CHANNEL, &[*channel]);
            rfcomm::SIZE
        }
        BluetoothSocketAddress::Hci { device, channel } => {
            host.put(hci::ADAPTER, &device.to_ne_bytes());
            host.put(hci::CHANNEL, &channel.to_ne_bytes());
            hci::SIZE
        }
        BluetoothSocketAddress::Sco { address } => {
            host.put(sco::DEVICE, &address.0);
            sco::SIZE
        }
    }
}

/// The address of a socket with this protocol; when that is not known, the one of this size.
pub(super) fn decode(bytes: &[u8], protocol: Option<Protocol>) -> Option<Address> {
    let address = match (protocol, bytes.len()) {
        (Some(Protocol::BTPROTO_L2CAP), _) | (None, l2cap::SIZE) => decode_l2cap(bytes)?,
        (Some(Protocol::BTPROTO_RFCOMM), _) | (None, rfcomm::SIZE) => {
            let [channel] = field(bytes, rfcomm::CHANNEL)?;
            BluetoothSocketAddress::Rfcomm { address: device(bytes, rfcomm::DEVICE)?, channel }
        }
        (Some(Protocol::BTPROTO_HCI), _) | (None, hci::SIZE) => BluetoothSocketAddress::Hci {
            device: u16::from_ne_bytes(field(bytes, hci::ADAPTER)?),
            // Old kernels have none.
            channel: field(bytes, hci::CHANNEL).map_or(0, u16::from_ne_bytes),
        },
        (Some(Protocol::BTPROTO_SCO), _) | (None, sco::SIZE) => {
            BluetoothSocketAddress::Sco { address: device(bytes, sco::DEVICE)? }
        }
        _ => return None,
    };
    Some(address.into())
}

fn decode_l2cap(bytes: &[u8]) -> Option<BluetoothSocketAddress> {
    let address = L2capAddress {
        address: device(bytes, l2cap::DEVICE)?,
        psm: u16::from_le_bytes(field(bytes, l2cap::PSM)?),
        // Old kernels have neither.
        cid: field(bytes, l2cap::CID).map_or(0, u16::from_le_bytes),
        address_type: field(bytes, l2cap::ADDRESS_TYPE).map_or(0, |[kind]: [u8; 1]| kind),
    };
    Some(address.into())
}

fn device(bytes: &[u8], at: usize) -> Option<BluetoothAddress> {
    field(bytes, at).map(BluetoothAddress)
}
