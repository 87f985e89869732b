#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(not(feature = "simd"), forbid(unsafe_code))]
#![cfg_attr(feature = "simd", deny(unsafe_code))] // but for one module

#[cfg(feature = "alloc")]
extern crate alloc;

mod address;
mod ancillary;
pub mod backend;
mod bluetooth;
mod byte_order;
pub mod constants;
pub mod dns;
mod errno;
mod error;
pub mod files;
mod host;
pub mod inet;
#[cfg(any(feature = "std", feature = "embedded-io"))]
pub mod io;
mod lookup_error;
mod message;
pub mod names;
mod net;
mod numbers;
pub mod options;
mod refusal;
mod server;
mod socket;
mod socketpair;
mod time;
mod timeout;
pub mod wait;

#[cfg(feature = "unix")]
pub use address::UnixAddress;
pub use address::{Address, OtherAddress, ToAddress};
#[cfg(feature = "linux")]
pub use address::{
    AlgAddress, BluetoothSocketAddress, CanAddress, CanTarget, Interface, InterfaceName,
    L2capAddress, NetlinkAddress, PacketAddress, QipcrtrAddress, TipcAddress, TipcTarget,
    VsockAddress,
};
pub use ancillary::{
    CMSG_LEN, CMSG_SPACE, ControlBuffer, ControlMessage, ControlMessages, ControlValue,
    Credentials, Ipv4PacketInfo, Ipv6PacketInfo,
};
pub use backend::{Backend, Patience, PollEntry};
pub use bluetooth::{BluetoothAddress, BluetoothAddressText, parse_bluetooth_address};
pub use byte_order::*;
pub use constants::{AddressInfoFlags, NameInfoFlags};
pub use errno::Errno;
pub use error::{Error, ErrorKind, Pool, SendAllError};
pub use inet::*;
pub use lookup_error::{AddressInfoCode, HostErrorCode};
pub use message::{OutgoingMessage, ReceivedMessage};
pub use net::Net;
pub use numbers::{
    AddressFamily, MessageFlags, OptionLevel, OptionName, Protocol, Readiness, SOMAXCONN, Shutdown,
    SocketType,
};
pub use refusal::Refusal;
pub use server::ServerOptions;
#[cfg(feature = "std")]
pub use socket::SendFileError;
pub use socket::{DEFAULT_BACKLOG, Incoming, Socket};
pub use time::Instant;
pub use timeout::Timeout;
