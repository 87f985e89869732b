//! Interfaces as a program configures them: devices, addresses, routes, neighbours, packet lengths.
//! What a network configures is in [`super::dhcp`] and [`super::slaac`]; what there is, is listed by
//! [`super::tables`].

use core::net;
use core::time::Duration;

use berkeley::{AddressFamily, Errno, Error, Pool};

use super::Stack;
use super::link::{DeviceOf, Link};
use super::state::Inner;
use crate::device::Medium;
use crate::ip::{self, IpAddr};
use crate::lock::{Lock, LockFamily};
use crate::network::route::{MOST_LINKS, Route};
use crate::network::{Cidr, HardwareAddress};
use crate::platform::Platform;

/// An interface of a stack. Its number is the scope of link-local addresses, from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct InterfaceIndex(pub(super) u8);

impl InterfaceIndex {
    /// The number, as in the scope of an address and as POSIX counts interfaces.
    pub const fn get(self) -> u32 {
        self.0 as u32 + 1
    }
}

/// The shortest MTU that IPv6, and the answers of the engine, can live with.
const SHORTEST_MTU: usize = 128;

impl Inner<'_> {
    /// Limits the length of an interface's packets.
    pub(super) fn set_mtu(&mut self, link: u8, mtu: usize) -> Result<(), Error> {
        match self.links.get_mut(usize::from(link)) {
            Some(Some(link)) if (SHORTEST_MTU..=link.device.mtu()).contains(&mtu) => {
                link.set_mtu(mtu);
                Ok(())
            }
            Some(Some(_)) => Err(Errno::EINVAL.into()),
            _ => Err(Errno::ENODEV.into()),
        }
    }
}

impl<'a, P: Platform, L: LockFamily> Stack<'a, P, L> {
    /// Adds a device. A loopback device gets the addresses `127.0.0.1/8` and `::1/128`, as far as
    /// the stack has these versions of IP, and carries everything that it sends to itself.
    ///
    /// ```
    /// # #[cfg(feature = "std")]
    /// # fn main() -> Result<(), berkeley::Error> {
    /// # use berkeley_smoltcp::simulation::{LinkOptions, Simulation};
    /// use berkeley_smoltcp::{Capacity, Cidr, HardwareAddress, Stack};
    ///
    /// # let simulation = Simulation::new(1);
    /// # let (device, _) = simulation.link(LinkOptions::default());
    /// let stack: Stack<_> = Stack::new(Capacity::default(), simulation);
    /// let interface = stack.add_interface(Box::new(device))?;
    ///
    /// let (address, router) = ("192.0.2.1".parse().unwrap(), "192.0.2.254".parse().unwrap());
    /// stack.add_address(interface, Cidr::new(address, 24)?)?;
    /// stack.add_route(Cidr::new("0.0.0.0".parse().unwrap(), 0)?, router, interface)?;
    /// stack.add_neighbour(interface, router, HardwareAddress([2, 0, 0, 0, 0, 9]))?;
    /// stack.set_mtu(interface, 1280)?;
    ///
    /// assert!(stack.addresses().any(|own| own.address.address() == address));
    /// assert!(stack.routes().any(|route| route.gateway == router));
    /// assert!(stack.interfaces().all(|interface| interface.mtu == 1280 && interface.up));
    /// println!("{stack}");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "std"))]
    /// # fn main() {}
    /// ```
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
            let index = u8::try_from(place).ok().filter(|index| *index < MOST_LINKS).ok_or(full)?;
            let link = Link::new(device, index);
            inner.state.routes.set_up(index, link.is_up());
            inner.links[place] = Some(link);
            inner.state.set_interfaces(inner.state.interfaces | 1 << index);
            if loopback {
                inner.state.loopback = Some(index);
            }
            Ok::<_, Error>(InterfaceIndex(index))
        })??;
        if loopback {
            if cfg!(feature = "ipv4") {
                self.add_address(index, Cidr::of(ip::localhost(true), 8)?)?;
            }
            if cfg!(feature = "ipv6") {
                self.add_address(index, Cidr::of(ip::localhost(false), 128)?)?;
            }
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
        self.change_ways(interface, |inner| inner.state.routes.add_address(interface.0, address))
    }

    /// Takes an address from an interface. What is connected or bound to it stays, and has no way
    /// out: datagrams and new connections are `ENETUNREACH`, established connections stand still and
    /// go on when the address is there again.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `EADDRNOTAVAIL` when it has no such address,
    /// `EAFNOSUPPORT` for a version of IP that the stack was built without.
    pub fn remove_address(
        &self,
        interface: InterfaceIndex,
        address: net::IpAddr,
    ) -> Result<(), Error> {
        let address = ip::ours(address)?;
        self.change_ways(interface, |inner| inner.state.routes.remove_address(interface.0, address))
    }

    /// Adds a route: packets to `destination` go to `gateway`, on `interface`. A prefix of 0 bits
    /// is the default route; an unspecified gateway means that the network is on the link itself.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `ENOBUFS` when the table is full, `EINVAL` for a gateway
    /// of another family, `EAFNOSUPPORT` for a version of IP that the stack was built without.
    pub fn add_route(
        &self,
        destination: Cidr,
        gateway: net::IpAddr,
        interface: InterfaceIndex,
    ) -> Result<(), Error> {
        let gateway = ip::ours(gateway)?;
        let route = Route { destination, gateway, link: interface.0 };
        self.change_ways(interface, |inner| inner.state.routes.add_route(route))
    }

    /// Removes a route that was added like this. Connections that have no other way stand still.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `ESRCH` when there is no such route, `EAFNOSUPPORT` for a
    /// version of IP that the stack was built without.
    pub fn remove_route(
        &self,
        destination: Cidr,
        gateway: net::IpAddr,
        interface: InterfaceIndex,
    ) -> Result<(), Error> {
        let gateway = ip::ours(gateway)?;
        let route = Route { destination, gateway, link: interface.0 };
        self.change_ways(interface, |inner| inner.state.routes.remove_route(route))
    }

    /// Says for good which hardware address a neighbour has: nobody is asked, and nobody is believed
    /// who says another one. It replaces what was known.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `EINVAL` for the hardware address of a group, `ENOBUFS`
    /// when the table is full of such neighbours, `EAFNOSUPPORT` for a version of IP that the stack was
    /// built without.
    pub fn add_neighbour(
        &self,
        interface: InterfaceIndex,
        address: net::IpAddr,
        hardware: HardwareAddress,
    ) -> Result<(), Error> {
        let address = ip::ours(address)?;
        self.act(|inner, now| {
            inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            inner.state.neighbours.add_permanent(interface.0, address, hardware, now)?;
            inner.neighbour_found(interface.0, address, now);
            Ok(())
        })
    }

    /// Forgets a neighbour, one that was added or one that was found; who is sent to is asked for again.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `ENOENT` when the neighbour is not known, `EAFNOSUPPORT`
    /// for a version of IP that the stack was built without.
    pub fn remove_neighbour(
        &self,
        interface: InterfaceIndex,
        address: net::IpAddr,
    ) -> Result<(), Error> {
        let address = ip::ours(address)?;
        self.act(|inner, now| {
            inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            if !inner.state.neighbours.remove(interface.0, address) {
                return Err(Errno::ENOENT.into());
            }
            inner.neighbour_lost(interface.0, address, now);
            Ok(())
        })
    }

    /// Limits how long the packets are that an interface sends, in bytes: at least 128, 1280 for IPv6
    /// to work (RFC 8200, section 5), and at most what its device carries. Connections that stand
    /// send shorter segments from now on, but not longer ones.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `EINVAL` for an MTU that it cannot have.
    pub fn set_mtu(&self, interface: InterfaceIndex, mtu: usize) -> Result<(), Error> {
        self.act(|inner, _| inner.set_mtu(interface.0, mtu))
    }

    /// Removes an interface with its addresses and routes, and gives its device back. Connections
    /// that have another way take it, others stand still. Its index may be given to another
    /// interface later.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none.
    pub fn remove_interface(&self, interface: InterfaceIndex) -> Result<DeviceOf<'a>, Error> {
        let InterfaceIndex(index) = interface;
        self.change_ways(interface, |inner| {
            let place = inner.links.get_mut(usize::from(index));
            let link = place.and_then(Option::take).ok_or(Errno::ENODEV)?;
            if inner.state.loopback == Some(index) {
                inner.state.loopback = None;
            }
            inner.state.set_interfaces(inner.state.interfaces & !(1 << index));
            inner.state.routes.remove_link(index);
            inner.state.forget_dhcp(index);
            inner.state.forget_slaac(index);
            inner.state.forget_half_open(index);
            inner.state.forget_groups(index);
            inner.state.forget_neighbours(index);
            inner.state.neighbours.remove_link(index);
            Ok(link.device)
        })
    }

    /// Waits until an interface has an address of this family that other hosts can use, link-local
    /// ones aside, and says which: from a server, from a router or from the program. Without
    /// `patience` it waits for ever. The stack is driven meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::TIMED_OUT`] when there is none by then, `ENODEV` for an interface that is none.
    pub fn wait_for_address(
        &self,
        interface: InterfaceIndex,
        family: AddressFamily,
        patience: Option<Duration>,
    ) -> Result<Cidr, Error> {
        self.ask(|inner| inner.facts(interface.0).map_err(|_| Errno::ENODEV))??;
        let deadline = patience.and_then(|patience| self.platform.now().checked_add(patience));
        let mut found = None;
        self.wait_until(deadline, &mut |state| {
            let is_it = |own: &Cidr| match own.ip() {
                IpAddr::V4(own) => family == AddressFamily::INET && !own.is_link_local(),
                IpAddr::V6(own) => family == AddressFamily::INET6 && !own.is_unicast_link_local(),
            };
            let mut own = state.routes.addresses().filter(|own| own.0 == interface.0);
            found = own.find(|(_, own)| is_it(own)).map(|(_, own)| own);
            found.is_some()
        })?;
        found.ok_or(Error::TIMED_OUT)
    }

    /// Asks the device of an interface whether its link is up: for whoever knows that this has
    /// changed, while the stack has so much to do that it does not look by itself.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none.
    pub fn link_changed(&self, interface: InterfaceIndex) -> Result<(), Error> {
        self.act(|inner, now| {
            inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            inner.look_at_links(now);
            Ok(())
        })
    }

    /// Whether the link of an interface was up when the stack last looked.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none.
    pub fn is_up(&self, interface: InterfaceIndex) -> Result<bool, Error> {
        self.ask(|inner| {
            inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            Ok(inner.state.routes.is_up(interface.0))
        })?
    }

    /// Changes what ways there are over an interface.
    fn change_ways<R>(
        &self,
        interface: InterfaceIndex,
        change: impl FnOnce(&mut Inner<'a>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.act(|inner, now| {
            inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            let outcome = change(inner)?;
            inner.state.ways_changed(now);
            inner.state.own_groups_changed(now);
            Ok(outcome)
        })
    }
}
