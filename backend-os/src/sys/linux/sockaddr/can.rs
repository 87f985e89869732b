//! `struct sockaddr_can`: an interface, and a union for what the protocol adds. Source:
//! `linux/can.h`.

use std::mem::offset_of;

use berkeley::{Address, CanAddress, CanTarget, Error, Protocol};
use libc::sockaddr_can;

use super::{HostAddress, field, interface, number};

const INDEX: usize = offset_of!(sockaddr_can, can_ifindex);
const UNION: usize = offset_of!(sockaddr_can, can_addr);
const RECEIVE_ID: usize = UNION;
const TRANSMIT_ID: usize = UNION + 4;
const ISOTP_END: usize = TRANSMIT_ID + 4;
const NAME: usize = UNION;
const PGN: usize = UNION + 8;
const J1939_ADDRESS: usize = UNION + 12;

const _: () = assert!(UNION == 8 && size_of::<sockaddr_can>() == 24);

/// As long as the C type, whatever the protocol: so Python passes it.
pub(super) fn encode(address: &CanAddress, host: &mut HostAddress) -> Result<usize, Error> {
    host.put(INDEX, &interface::index_of(address.interface)?.to_ne_bytes());
    match address.target {
        CanTarget::Raw => {}
        CanTarget::Isotp { receive_id, transmit_id } => {
            host.put(RECEIVE_ID, &receive_id.to_ne_bytes());
            host.put(TRANSMIT_ID, &transmit_id.to_ne_bytes());
        }
        CanTarget::J1939 { name, pgn, address } => {
            host.put(NAME, &name.to_ne_bytes());
            host.put(PGN, &pgn.to_ne_bytes());
            host.put(J1939_ADDRESS, &[address]);
        }
    }
    Ok(size_of::<sockaddr_can>())
}

/// The address of a socket with this protocol. When that is not known, the length decides: Linux
/// says one that ends with the protocol's part.
pub(super) fn decode(bytes: &[u8], protocol: Option<Protocol>) -> Option<Address> {
    let protocol = protocol.unwrap_or(match bytes.len() {
        ..ISOTP_END => Protocol::CAN_RAW,
        ISOTP_END..=J1939_ADDRESS => Protocol::CAN_ISOTP,
        _ => Protocol::CAN_J1939,
    });
    let target = match protocol {
        Protocol::CAN_ISOTP => CanTarget::Isotp {
            receive_id: number(bytes, RECEIVE_ID)?,
            transmit_id: number(bytes, TRANSMIT_ID)?,
        },
        Protocol::CAN_J1939 => CanTarget::J1939 {
            name: u64::from_ne_bytes(field(bytes, NAME)?),
            pgn: number(bytes, PGN)?,
            address: field(bytes, J1939_ADDRESS).map(|[address]: [u8; 1]| address)?,
        },
        _ => CanTarget::Raw,
    };
    Some(CanAddress { interface: number(bytes, INDEX)?.into(), target }.into())
}
