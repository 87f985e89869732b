//! The addresses of this host, and the way to all others.
//!
//! The host model is the weak one, as on Linux: a packet for any of our addresses is ours on
//! whatever link it comes, and the address that a socket is bound to does not keep a packet from
//! the best way. Between ways that are equally good, and where there is no way to compare, the
//! link of that address decides.
//!
//! Sources: RFC 1122 section 3.3.1 (routes) and 3.3.4 (several links), RFC 4007 (scopes), RFC 6724
//! section 5 (source addresses).

use core::cmp::Reverse;

use berkeley::{Errno, Error, Pool};
use managed::ManagedSlice;

use super::{Cidr, LinkIndex, common_prefix};
use crate::ip::{IpAddr, Ipv4Addr, Ipv6Addr};
use crate::least::least_by_key;
use crate::stack::{Gauge, PoolUsage};

/// A way to other networks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Route {
    /// The network it leads to; a prefix of 0 bits is the default route.
    pub(crate) destination: Cidr,
    /// Who passes packets on. Unspecified: nobody has to, the network is on the link itself.
    pub(crate) gateway: IpAddr,
    /// The link that the gateway is on.
    pub(crate) link: LinkIndex,
}

/// An address of this host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OwnAddress {
    pub(crate) link: LinkIndex,
    /// The address, and the network that is on the link with it.
    pub(crate) network: Cidr,
    /// What is begun is to come from another one, where there is one that does as well (RFC 4862
    /// section 5.5.4).
    pub(crate) deprecated: bool,
}

/// Where to hand a packet to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NextHop {
    /// The link to put it on.
    pub(crate) link: LinkIndex,
    /// Whose hardware address it goes to: the destination's, or the gateway's.
    pub(crate) address: IpAddr,
}

/// The addresses of this host and its routes.
pub(crate) struct RouteTable<'a> {
    addresses: ManagedSlice<'a, Option<OwnAddress>>,
    routes: ManagedSlice<'a, Option<Route>>,
    /// A bit for each link that is down.
    down: u32,
    /// An address was removed: a socket may be bound to one that this host does not have.
    lost_addresses: bool,
    address_gauge: Gauge,
    route_gauge: Gauge,
}

/// How many links there can be.
pub(crate) const MOST_LINKS: LinkIndex = u32::BITS as LinkIndex;

/// Every link, as a set with a bit for each.
const ALL_LINKS: u32 = u32::MAX;

/// Whether a link is in a set.
fn includes(links: u32, link: LinkIndex) -> bool {
    links & 1 << (link % MOST_LINKS) != 0
}

impl<'a> RouteTable<'a> {
    /// No address and no route, and these places, whatever they held.
    pub(crate) fn new(
        addresses: impl Into<ManagedSlice<'a, Option<OwnAddress>>>,
        routes: impl Into<ManagedSlice<'a, Option<Route>>>,
    ) -> RouteTable<'a> {
        let (mut addresses, mut routes) = (addresses.into(), routes.into());
        addresses.fill(None);
        routes.fill(None);
        RouteTable {
            addresses,
            routes,
            down: 0,
            lost_addresses: false,
            address_gauge: Gauge::EMPTY,
            route_gauge: Gauge::EMPTY,
        }
    }

    /// Gives a link an address, and its network with it.
    ///
    /// `EINVAL` for an address that no host can have, `EEXIST` when the link has it already,
    /// `ENOBUFS` without a place left.
    pub(crate) fn add_address(&mut self, link: LinkIndex, cidr: Cidr) -> Result<(), Error> {
        let address = cidr.ip();
        let limited_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
        if address.is_unspecified()
            || address.is_multicast()
            || limited_broadcast
            || cidr.is_directed_broadcast(address)
        {
            return Err(Errno::EINVAL.into());
        }
        if self.has(link, address) {
            return Err(Errno::EEXIST.into());
        }
        let own = OwnAddress { link, network: cidr, deprecated: false };
        fill_place(&mut self.addresses, own, &mut self.address_gauge)
    }

    /// Adds a way to a network.
    ///
    /// `EINVAL` for a gateway of the other family or one that is no single host, `EEXIST` for a
    /// route that is there already, `ENOBUFS` without a place left.
    pub(crate) fn add_route(&mut self, route: Route) -> Result<(), Error> {
        let same_family = route.gateway.is_ipv4() == route.destination.ip().is_ipv4();
        if !same_family || route.gateway.is_multicast() || self.is_broadcast(route.gateway) {
            return Err(Errno::EINVAL.into());
        }
        if self.routes.contains(&Some(route)) {
            return Err(Errno::EEXIST.into());
        }
        fill_place(&mut self.routes, route, &mut self.route_gauge)
    }

    /// How the places of addresses and of routes are used.
    pub(crate) fn usage(&self) -> (PoolUsage, PoolUsage) {
        let RouteTable { addresses, routes, .. } = self;
        let of = |gauge: &Gauge, in_use, capacity| PoolUsage { in_use, ..gauge.usage(capacity) };
        (
            of(&self.address_gauge, addresses.iter().flatten().count(), addresses.len()),
            of(&self.route_gauge, routes.iter().flatten().count(), routes.len()),
        )
    }

    /// Takes an address from a link; `EADDRNOTAVAIL` when it has it not.
    pub(crate) fn remove_address(&mut self, link: LinkIndex, address: IpAddr) -> Result<(), Error> {
        *self.place_of(link, address).ok_or(Errno::EADDRNOTAVAIL)? = None;
        self.lost_addresses = true;
        Ok(())
    }

    /// Removes a way to a network; `ESRCH` when there is no such.
    pub(crate) fn remove_route(&mut self, route: Route) -> Result<(), Error> {
        let mut places = self.routes.iter_mut();
        *places.find(|place| **place == Some(route)).ok_or(Errno::ESRCH)? = None;
        Ok(())
    }

    /// Says whether an address of a link is to be left alone where another one will do.
    #[cfg(feature = "slaac")]
    pub(crate) fn set_deprecated(&mut self, link: LinkIndex, address: IpAddr, deprecated: bool) {
        if let Some(Some(own)) = self.place_of(link, address) {
            own.deprecated = deprecated;
        }
    }

    fn place_of(&mut self, link: LinkIndex, address: IpAddr) -> Option<&mut Option<OwnAddress>> {
        let is_it = |own: OwnAddress| own.link == link && own.network.ip() == address;
        self.addresses.iter_mut().find(|place| place.is_some_and(is_it))
    }

    /// Forgets a link with its addresses and routes.
    pub(crate) fn remove_link(&mut self, link: LinkIndex) {
        for place in self.addresses.iter_mut() {
            *place = place.filter(|own| own.link != link);
        }
        for place in self.routes.iter_mut() {
            *place = place.filter(|route| route.link != link);
        }
        self.lost_addresses = true;
        self.set_up(link, true);
    }

    /// Notes whether a link is up: no way leads over one that is not.
    pub(crate) fn set_up(&mut self, link: LinkIndex, up: bool) {
        let bit = 1 << (link % MOST_LINKS);
        self.down = if up { self.down & !bit } else { self.down | bit };
    }

    /// Whether a link is up.
    pub(crate) fn is_up(&self, link: LinkIndex) -> bool {
        !includes(self.down, link)
    }

    /// Whether addresses of sockets have to be looked at, since some were removed.
    pub(crate) fn has_lost_addresses(&self) -> bool {
        self.lost_addresses
    }

    /// The place of an address with this number.
    pub(crate) fn address_at(&self, place: usize) -> Option<&Option<OwnAddress>> {
        self.addresses.get(place)
    }

    /// The place of a route with this number.
    pub(crate) fn route_at(&self, place: usize) -> Option<&Option<Route>> {
        self.routes.get(place)
    }

    /// The addresses of this host with their links, in the order of their places.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = (LinkIndex, Cidr)> {
        self.addresses.iter().flatten().map(|own| (own.link, own.network))
    }

    /// The routes, in the order of their places.
    pub(crate) fn routes(&self) -> impl Iterator<Item = Route> {
        self.routes.iter().copied().flatten()
    }

    /// The link that has this address, if this host does: the first one, for link-local addresses
    /// that several have.
    pub(crate) fn is_own(&self, address: IpAddr) -> Option<LinkIndex> {
        self.addresses().find(|(_, own)| own.ip() == address).map(|(link, _)| link)
    }

    /// Whether this link has this address of ours.
    pub(crate) fn has(&self, link: LinkIndex, address: IpAddr) -> bool {
        self.addresses().any(|(other, own)| other == link && own.ip() == address)
    }

    /// Whether packets to this address are for every host of a link: the limited broadcast
    /// address, or the directed one of a network of ours. Multicast is not.
    pub(crate) fn is_broadcast(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(limited) if limited.is_broadcast() => true,
            IpAddr::V4(_) => self.addresses().any(|(_, own)| own.is_directed_broadcast(address)),
            IpAddr::V6(_) => false,
        }
    }

    /// Where to hand a packet for `destination` to, which is not one of our own addresses (see
    /// [`is_own`](RouteTable::is_own)). `None`: there is no way, and
    /// [`why_not`](RouteTable::why_not) says why. No way leads over a link that is down.
    ///
    /// `source` is the address that the socket is bound to, `scope` the link that the program
    /// named: then only that one counts. The longest prefix wins; of equal ones, a network on the
    /// link before a gateway, then the link that has `source`, then what was added first.
    ///
    /// Multicast and the limited broadcast are on every link: without a scope they go to the link
    /// that has `source`, then where a route to them leads, then to the first link with an address
    /// of their family. Link-local addresses of single hosts need a scope or a source, unless one link
    /// only has addresses of IPv6 (RFC 4007 section 6).
    pub(crate) fn lookup(
        &self,
        destination: IpAddr,
        source: Option<IpAddr>,
        scope: Option<LinkIndex>,
    ) -> Option<NextHop> {
        self.way(destination, source, scope, !self.down)
    }

    /// Why there is no way: the links that could be used are down, or none could.
    pub(crate) fn why_not(
        &self,
        destination: IpAddr,
        source: Option<IpAddr>,
        scope: Option<LinkIndex>,
    ) -> Errno {
        match self.way(destination, source, scope, ALL_LINKS) {
            Some(_) => Errno::ENETDOWN,
            None => Errno::ENETUNREACH,
        }
    }

    /// The way over the links whose bits are set in `usable`.
    fn way(
        &self,
        destination: IpAddr,
        source: Option<IpAddr>,
        scope: Option<LinkIndex>,
        usable: u32,
    ) -> Option<NextHop> {
        let source_link = source.and_then(|source| self.is_own(source));
        let source_link = source_link.filter(|link| includes(usable, *link));
        let here = |link| NextHop { link, address: destination };
        if destination.is_unspecified() {
            return None;
        }
        if needs_scope(destination) {
            let link = scope.or(source_link).or_else(|| self.only_scoped_link());
            // A group is on every link, so any will do, as on Linux.
            let any =
                || self.first_link(destination, usable).filter(|_| destination.is_multicast());
            let link = link.or_else(any);
            return link.filter(|link| includes(usable, *link)).map(here);
        }
        let every_link = destination.is_multicast()
            || matches!(destination, IpAddr::V4(destination) if destination.is_broadcast());
        if every_link {
            return scope
                .or(source_link)
                .or_else(|| self.best_way(destination, None, None, usable).map(|way| way.link))
                .or_else(|| self.first_link(destination, usable))
                .filter(|link| includes(usable, *link))
                .map(here);
        }
        self.best_way(destination, source_link, scope, usable)
    }

    /// The best of the networks on our links and the routes.
    fn best_way(
        &self,
        destination: IpAddr,
        source_link: Option<LinkIndex>,
        scope: Option<LinkIndex>,
        usable: u32,
    ) -> Option<NextHop> {
        let mut best = None;
        let mut consider = |network: Cidr, link, address| {
            if network.holds(destination)
                && scope.is_none_or(|scope| scope == link)
                && includes(usable, link)
            {
                let direct = address == destination;
                let merit = (network.prefix(), direct, source_link == Some(link));
                // Of equal ones, the first.
                if best.is_none_or(|(most, _)| merit > most) {
                    best = Some((merit, NextHop { link, address }));
                }
            }
        };
        for (link, network) in self.addresses() {
            consider(network, link, destination);
        }
        for Route { destination: network, gateway, link } in self.routes() {
            consider(network, link, if gateway.is_unspecified() { destination } else { gateway });
        }
        best.map(|(_, way)| way)
    }

    /// The first link with an address of the same family that other hosts can use.
    fn first_link(&self, like: IpAddr, usable: u32) -> Option<LinkIndex> {
        self.addresses()
            .find(|(link, own)| {
                own.ip().is_ipv4() == like.is_ipv4()
                    && !own.ip().is_loopback()
                    && includes(usable, *link)
            })
            .map(|(link, _)| link)
    }

    /// The link that has addresses of IPv6, when only one has any that other hosts can use.
    fn only_scoped_link(&self) -> Option<LinkIndex> {
        let mut links = self
            .addresses()
            .filter(|(_, own)| own.ip().is_ipv6() && !own.ip().is_loopback())
            .map(|(link, _)| link);
        let first = links.next()?;
        links.all(|link| link == first).then_some(first)
    }

    /// The address to send from to `destination` on this link. `None`: the link has none of that
    /// family, `EADDRNOTAVAIL`.
    ///
    /// Rules 1, 2, 3 and 8 of RFC 6724 section 5: the destination itself, the right scope, none that
    /// is deprecated, the longest common prefix. For IPv4 through a gateway, an address of the gateway's network comes before
    /// others, since the gateway may know no other. Of equal ones, what was added first.
    pub(crate) fn source_for(&self, destination: IpAddr, link: LinkIndex) -> Option<IpAddr> {
        let gateway = self.best_way(destination, None, Some(link), ALL_LINKS);
        let gateway = gateway.map(|way| way.address);
        let fits = |own: &&OwnAddress| {
            own.link == link && own.network.ip().is_ipv4() == destination.is_ipv4()
        };
        least_by_key(
            self.addresses.iter().flatten().filter(fits),
            |OwnAddress { network: own, deprecated, .. }| {
                let address = own.ip();
                let with_gateway = address.is_ipv4() && gateway.is_some_and(|g| own.holds(g));
                let common = common_prefix(address, destination).unwrap_or(0).min(own.prefix());
                (
                    address != destination,
                    scope_rank(scope_of(address), scope_of(destination)),
                    *deprecated,
                    !with_gateway,
                    Reverse(common),
                )
            },
        )
        .map(|own| own.network.ip())
    }
}

/// Puts a value into the first free place.
fn fill_place<T>(places: &mut [Option<T>], value: T, gauge: &mut Gauge) -> Result<(), Error> {
    let Some(place) = places.iter_mut().find(|place| place.is_none()) else {
        gauge.refuse();
        return Err(Error::exhausted(Pool::Routes, Errno::ENOBUFS));
    };
    *place = Some(value);
    gauge.note(places.iter().flatten().count());
    Ok(())
}

/// Whether this is the group that all hosts are in (RFC 1112 section 4, RFC 4291 section 2.7.1).
pub(crate) fn is_everybody(group: IpAddr) -> bool {
    match group {
        IpAddr::V4(group) => group == Ipv4Addr::new(224, 0, 0, 1),
        IpAddr::V6(group) => matches!(group.segments(), [0xFF01 | 0xFF02, 0, 0, 0, 0, 0, 0, 1]),
    }
}

/// Whether the same address can mean another host on every link (RFC 4007 section 4).
pub(crate) const fn needs_scope(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || (address.is_multicast() && multicast_scope(address) <= LINK_LOCAL)
        }
    }
}

/// The scopes of RFC 4291 section 2.7 that unicast addresses have, smaller to larger.
const LINK_LOCAL: u8 = 0x2;
const SITE_LOCAL: u8 = 0x5;
const GLOBAL: u8 = 0xE;

const fn multicast_scope(address: Ipv6Addr) -> u8 {
    address.octets()[1] & 0x0F
}

/// How far an address reaches (RFC 6724 section 3.1 and 3.2).
fn scope_of(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(address) if address.is_link_local() || address.is_loopback() => LINK_LOCAL,
        IpAddr::V4(_) => GLOBAL,
        IpAddr::V6(address) if address.is_multicast() => multicast_scope(address),
        IpAddr::V6(address) if address.is_unicast_link_local() || address.is_loopback() => {
            LINK_LOCAL
        }
        // fec0::/10 is deprecated, and still has its scope (RFC 6724 section 3.1).
        IpAddr::V6(address) if address.segments()[0] & 0xFFC0 == 0xFEC0 => SITE_LOCAL,
        IpAddr::V6(_) => GLOBAL,
    }
}

/// How well a source's scope suits a destination's, best first (RFC 6724 section 5 rule 2): the
/// smallest that reaches it, then the largest that does not.
const fn scope_rank(source: u8, destination: u8) -> (bool, u8) {
    if source >= destination { (false, source) } else { (true, u8::MAX - source) }
}

#[cfg(test)]
mod tests;
