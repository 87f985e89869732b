//! Interfaces: devices, addresses and routes of a stack.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::{Errno, Error, Pool};

use super::Stack;
use super::link::{DeviceOf, Link};
use crate::device::Medium;
use crate::lock::{Lock, LockFamily};
use crate::network::Cidr;
use crate::network::route::Route;
use crate::platform::Platform;

/// An interface of a stack. Its number is the scope of link-local addresses, from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct InterfaceIndex(u8);

impl InterfaceIndex {
    /// The number, as in the scope of an address and as POSIX counts interfaces.
    pub const fn get(self) -> u32 {
        self.0 as u32 + 1
    }
}

/// The shortest MTU that IPv6, and the answers of the engine, can live with.
const SHORTEST_MTU: usize = 128;

impl<'a, P: Platform, L: LockFamily> Stack<'a, P, L> {
    /// Adds a device. A loopback device gets the addresses `127.0.0.1/8` and `::1/128`, and carries
    /// everything that the stack sends to itself.
    ///
    /// # Errors
    ///
    /// `ENOBUFS` when there is no place for it, `EEXIST` for a second loopback device, `EINVAL` for
    /// a device whose packets are too short to be of use.
    pub fn add_interface(&self, device: impl Into<DeviceOf<'a>>) -> Result<InterfaceIndex, Error> {
        let device = device.into();
        let loopback = device.medium() == Medium::Loopback;
        if device.mtu() < SHORTEST_MTU {
            return Err(Errno::EINVAL.into());
        }
        let index = self.inner.with(|inner| {
            let full = Error::exhausted(Pool::Routes, Errno::ENOBUFS);
            if loopback && inner.state.loopback.is_some() {
                return Err(Errno::EEXIST.into());
            }
            let place = inner.links.iter().position(Option::is_none).ok_or(full)?;
            let index = u8::try_from(place).map_err(|_| full)?;
            inner.links[place] = Some(Link::new(device, index));
            inner.state.interfaces = index + 1; // the places are taken in turn
            if loopback {
                inner.state.loopback = Some(index);
            }
            Ok::<_, Error>(InterfaceIndex(index))
        })??;
        if loopback {
            self.add_address(index, Cidr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8)?)?;
            self.add_address(index, Cidr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 128)?)?;
        }
        Ok(index)
    }

    /// Gives an interface an address, with the network that it is in.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `EINVAL` for an address that no host can have,
    /// `EEXIST` when the interface has it already, `ENOBUFS` when the table is full.
    pub fn add_address(&self, interface: InterfaceIndex, address: Cidr) -> Result<(), Error> {
        self.inner.with(|inner| {
            inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            inner.state.routes.add_address(interface.0, address)
        })?
    }

    /// Adds a route: packets to `destination` go to `gateway`, on `interface`. A prefix of 0 bits
    /// is the default route; an unspecified gateway means that the network is on the link itself.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `ENOBUFS` when the table is full, and `EINVAL` for a
    /// gateway of another family.
    pub fn add_route(
        &self,
        destination: Cidr,
        gateway: IpAddr,
        interface: InterfaceIndex,
    ) -> Result<(), Error> {
        self.inner.with(|inner| {
            inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            inner.state.routes.add_route(Route { destination, gateway, link: interface.0 })
        })?
    }
}
