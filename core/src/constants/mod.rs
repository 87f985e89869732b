//! Constants of the socket interfaces that are neither numbers of a type of their own nor options.
//!
//! They have the field's names and the generic Linux values, whatever the backend; a backend whose
//! host counts differently translates. Families, types, protocols, levels and message flags are
//! types of this crate ([`AddressFamily`](crate::AddressFamily) and so on), the names of options
//! are in [`options`](crate::options), Bluetooth's special addresses in
//! [`BluetoothAddress`](crate::BluetoothAddress).

mod algorithm;
mod can;
mod control;
mod internet;
mod j1939;
mod name_flags;
mod packet;
mod protocol_families;
mod tipc;
mod vsock;
mod windows;

pub use algorithm::*;
pub use can::*;
pub use control::*;
pub use internet::*;
pub use j1939::*;
pub use name_flags::*;
pub use packet::*;
pub use protocol_families::*;
pub use tipc::*;
pub use vsock::*;
pub use windows::*;
