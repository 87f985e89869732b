//! What a stack is configured like, entry by entry: interfaces, addresses, routes and neighbours, as
//! `ip address`, `ip route` and `ip neighbour` list them.
//!
//! Each is an iterator that looks at one place of a table at a time, so that listing needs no heap and
//! holds the lock for one entry only. What changes meanwhile may be seen or not. Inside the stack
//! ([`Error::REENTERED`](berkeley::Error::REENTERED)) there is nothing to be seen.

use core::{fmt, net};

use super::state::Inner;
#[cfg(name_servers)]
use super::state::State;
use super::traffic::Traffic;
use super::{InterfaceIndex, Stack};
use crate::device::Medium;
use crate::ip;
use crate::lock::LockFamily;
use crate::network::neighbour::{Known, NeighbourState};
use crate::network::{Cidr, HardwareAddress};
use crate::platform::Platform;

/// An interface of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Interface {
    /// Which one it is.
    pub index: InterfaceIndex,
    /// What its device carries, with its hardware address.
    pub medium: Medium,
    /// The longest IP packet that it sends, in bytes.
    pub mtu: usize,
    /// Whether its link was up when the stack last looked.
    pub up: bool,
    /// What has come.
    pub received: Traffic,
    /// What has gone.
    pub sent: Traffic,
}

/// An address of an interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct InterfaceAddress {
    /// Which interface has it.
    pub interface: InterfaceIndex,
    /// The address, and the network that is on the link with it.
    pub address: Cidr,
    /// It is not the source of what is begun, as long as another one will do (RFC 4862, section
    /// 5.5.4).
    pub deprecated: bool,
}

/// A route of a stack. The networks of its addresses are ways as well, and are none of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct RouteEntry {
    /// Where it leads; a prefix of 0 bits is the default route.
    pub destination: Cidr,
    /// Who passes packets on; unspecified for a network on the link itself.
    pub gateway: net::IpAddr,
    /// The interface that the gateway is on.
    pub interface: InterfaceIndex,
}

/// A neighbour that somebody has asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct NeighbourEntry {
    /// Whose neighbour it is.
    pub interface: InterfaceIndex,
    /// Its address.
    pub address: net::IpAddr,
    /// Its hardware address, if that is known.
    pub hardware: Option<HardwareAddress>,
    /// How good that knowledge is.
    pub state: NeighbourState,
}

/// Looks at the place with this number: `None` behind the last one, an empty place is `Some(None)`.
type Look<E> = fn(&Inner<'_>, usize) -> Option<Option<E>>;

impl<P: Platform, L: LockFamily> Stack<'_, P, L> {
    /// The interfaces.
    pub fn interfaces(&self) -> impl Iterator<Item = Interface> {
        self.entries(|inner, place| {
            let link = inner.links.get(place)?.as_ref();
            Some(link.map(|link| Interface {
                index: InterfaceIndex(link.facts.index),
                medium: link.facts.medium,
                mtu: link.facts.mtu,
                up: link.is_up(),
                received: link.received,
                sent: link.sent,
            }))
        })
    }

    /// The addresses of all interfaces.
    pub fn addresses(&self) -> impl Iterator<Item = InterfaceAddress> {
        self.entries(|inner, place| {
            let own = inner.state.routes.address_at(place)?;
            Some(own.map(|own| InterfaceAddress {
                interface: InterfaceIndex(own.link),
                address: own.network,
                deprecated: own.deprecated,
            }))
        })
    }

    /// The routes that were added, by the program or for it.
    pub fn routes(&self) -> impl Iterator<Item = RouteEntry> {
        self.entries(|inner, place| {
            let route = inner.state.routes.route_at(place)?;
            Some(route.map(|route| RouteEntry {
                destination: route.destination,
                gateway: ip::theirs(route.gateway),
                interface: InterfaceIndex(route.link),
            }))
        })
    }

    /// The neighbours that are known or asked for.
    pub fn neighbours(&self) -> impl Iterator<Item = NeighbourEntry> {
        let now = self.platform.now();
        (0..)
            .map_while(move |place| {
                self.ask(|inner| inner.state.neighbours.known_at(place, now)).ok()?
            })
            .flatten()
            .map(|Known { link, address, hardware, state }| NeighbourEntry {
                interface: InterfaceIndex(link),
                address: ip::theirs(address),
                hardware,
                state,
            })
    }

    /// The name servers that the network has told, those of leases before those of routers; those of an
    /// interface in the order of their worth.
    #[cfg(name_servers)]
    pub fn dns_servers(&self) -> impl Iterator<Item = net::IpAddr> {
        self.told_dns_servers().map(|(_, server)| server)
    }

    /// The same, each with the link on which it was told.
    #[cfg(name_servers)]
    pub(super) fn told_dns_servers(&self) -> impl Iterator<Item = (usize, net::IpAddr)> {
        let links = (0..).map_while(move |link| {
            let count = self.ask(|inner| inner.links.len()).ok()?;
            (link < count).then_some(link)
        });
        links.flat_map(move |link| {
            (0..).map_while(move |number| {
                let server = self.ask(|inner| inner.state.dns_server(link, number)).ok()?;
                server.map(|server| (link, server))
            })
        })
    }

    fn entries<E>(&self, look: Look<E>) -> impl Iterator<Item = E> {
        (0..).map_while(move |place| self.ask(|inner| look(inner, place)).ok()?).flatten()
    }
}

#[cfg(name_servers)]
impl State<'_> {
    /// The name server with this number among those that were told on a link.
    fn dns_server(&self, link: usize, number: usize) -> Option<net::IpAddr> {
        let leased = self.leased_dns_servers(link);
        match leased.get(number) {
            Some(server) => Some(net::IpAddr::V4(*server)),
            None => self.advertised_dns_server(link, number - leased.len()).map(ip::theirs),
        }
    }
}

impl Inner<'_> {
    /// Prints the interfaces with what they have carried, as `ip -s link` and `ip address` do.
    pub(super) fn print_interfaces(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for link in self.links.iter().flatten() {
            let facts = &link.facts;
            let state = if link.is_up() { "up" } else { "down" };
            write!(f, "interface {}: {:?}, mtu {}, ", facts.index + 1, facts.medium, facts.mtu)?;
            writeln!(f, "{state}, in {}, out {}", link.received, link.sent)?;
            for (_, own) in self.state.routes.addresses().filter(|own| own.0 == facts.index) {
                writeln!(f, "  address {own}")?;
            }
        }
        for route in self.state.routes.routes() {
            let (to, by, link) = (route.destination, route.gateway, route.link + 1);
            writeln!(f, "route to {to} by {by}, interface {link}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Traffic { packets, bytes, dropped } = self;
        write!(f, "{packets} packets {bytes} bytes {dropped} dropped")
    }
}
