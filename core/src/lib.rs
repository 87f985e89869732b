#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(not(feature = "simd"), forbid(unsafe_code))]
#![cfg_attr(feature = "simd", deny(unsafe_code))] // but for one module

#[cfg(feature = "alloc")]
extern crate alloc;

mod address;
pub mod backend;
mod bluetooth;
mod byte_order;
mod errno;
mod error;
mod host;
pub mod inet;
mod net;
mod numbers;
pub mod options;
mod socket;
mod time;
mod timeout;
pub mod wait;

pub use address::{Address, OtherAddress, ToAddress};
pub use backend::{Backend, Patience, PollEntry};
pub use bluetooth::{BluetoothAddress, BluetoothAddressText, parse_bluetooth_address};
pub use byte_order::*;
pub use errno::Errno;
pub use error::{AddressInfoCode, Error, ErrorKind, Pool, SendAllError};
pub use inet::*;
pub use net::Net;
pub use numbers::{
    AddressFamily, MessageFlags, OptionLevel, OptionName, Protocol, Readiness, SOMAXCONN, Shutdown,
    SocketType,
};
pub use socket::Socket;
pub use time::Instant;
pub use timeout::Timeout;
