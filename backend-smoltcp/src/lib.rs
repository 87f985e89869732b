#![doc = include_str!("../README.md")]
//!
//! # The layers, from below
//!
//! - [`Device`]: where frames come from and go to.
//! - the network: Ethernet, neighbours, routes, fragments. Own code over smoltcp's wire formats.
//! - the engine: smoltcp's TCP state machine, one connection at a time.
//! - [`Stack`]: descriptors, connections, ports, errors, readiness; the verbs of
//!   [`Backend`](berkeley::Backend).
//!
//! Beside them stand [`Platform`], the machine (clock, sleep, entropy), the [`lock`] around a stack
//! and its [`Memory`].
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(not(sockets), allow(unused, reason = "without sockets nearly nothing has a use"))]

#[cfg(feature = "alloc")]
extern crate alloc;

mod alarm;
mod control;
#[cfg_attr(not(datagrams), path = "no_datagram.rs")]
mod datagram;
mod descriptor;
pub mod device;
#[cfg(feature = "std")]
pub mod host;
mod ip;
mod least;
pub mod lock;
#[cfg(multicast)]
mod memberships;
mod memory;
mod network;
mod options;
#[cfg_attr(not(packet), path = "no_packet_socket.rs")]
mod packet_socket;
mod platform;
mod port_index;
#[cfg_attr(not(raw), path = "no_raw.rs")]
mod raw;
#[cfg(any(datagrams, feature = "unix"))]
mod ring;
mod secret;
#[cfg(feature = "std")]
pub mod simulation;
mod stack;
#[cfg_attr(not(tcp), path = "no_tcp.rs")]
mod tcp;
#[cfg(tcp)]
mod timers;
mod tuple;
#[cfg_attr(not(udp), path = "no_udp.rs")]
mod udp;
#[cfg_attr(not(feature = "unix"), path = "no_unix.rs")]
mod unix;

pub use descriptor::Handle;
pub use device::Device;
#[cfg(feature = "alloc")]
pub use memory::Capacity;
#[cfg(tcp)]
pub use memory::ConnectionBuffers;
pub use memory::{Memory, Resources};
#[cfg(feature = "dhcp")]
pub use network::dhcp::lease::Lease;
pub use network::neighbour::NeighbourState;
#[cfg(feature = "slaac")]
pub use network::slaac::identifier::InterfaceIdentifiers;
pub use network::{Cidr, HardwareAddress, LinkIndex};
pub use platform::Platform;
pub use stack::{
    AsyncPlatform, DeviceOf, Drops, Interface, InterfaceAddress, InterfaceIndex, NeighbourEntry,
    PoolUsage, ProtocolCounts, RouteEntry, Stack, Traffic, Usage,
};
