//! Destinations: over which link and neighbour they are reached, from which source address.
//!
//! A program names an address, perhaps with a scope; its socket may be bound to an address or to an
//! interface; and each datagram may choose both for itself. The errors are those of Linux's
//! `ip_route_output_key` and `ip6_dst_lookup`, measured on Linux 6.18.

use berkeley::{AddressFamily, Errno, Error};

use super::state::State;
#[cfg(datagrams)]
use crate::control::Choice;
use crate::descriptor::Bound;
use crate::ip::{self, IpAddr};
use crate::network::route::{MOST_LINKS, NextHop, needs_scope};

impl State<'_> {
    /// A destination as this socket can reach it: unspecified is the host itself, and the scope is
    /// the only interface that the socket uses, whatever the address.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a link-local address on another interface.
    pub(super) fn reachable(&self, index: u16, to: Bound) -> Result<Bound, Error> {
        let entry = self.descriptors.entry(index)?;
        let ip = match (to.ip, entry.bound) {
            (ip, _) if !ip.is_unspecified() => ip,
            // That is where a socket of IPv4 is bound, if it is anywhere (Linux's
            // `ip_route_output_key_hash_rcu`).
            (IpAddr::V4(_), Some(bound))
                if entry.family == AddressFamily::INET && !bound.ip.is_unspecified() =>
            {
                bound.ip
            }
            (ip, bound) => {
                ip::localhost(ip.is_ipv4() || bound.is_some_and(|bound| bound.ip.is_ipv4()))
            }
        };
        let scope_id = match (to.scope_id, entry.options.interface) {
            (scope_id, 0) => scope_id,
            (0, interface) => interface,
            (scope_id, interface) if scope_id == interface => interface,
            _ => return Err(Errno::EINVAL.into()),
        };
        Ok(Bound { ip, scope_id, ..to })
    }

    /// Where packets to a destination go, and the source address they have.
    ///
    /// # Errors
    ///
    /// `ENETUNREACH` without a route, `EINVAL` for a link-local address without scope.
    pub(super) fn way_to(
        &self,
        destination: &Bound,
        bound: Option<Bound>,
    ) -> Result<((u8, IpAddr), IpAddr), Error> {
        let source = bound.map(|bound| bound.ip);
        let ip = destination.ip;
        let is_of_ipv4 = ip.is_ipv6() && source.is_some_and(|source| source.is_ipv4());
        // One that got its address of IPv6 by connecting speaks IPv4 all the same.
        let source =
            source.filter(|source| !source.is_unspecified() && source.is_ipv4() == ip.is_ipv4());
        // A socket bound to a group sends from an address of the host.
        let source = source.filter(|ip| !ip.is_multicast() && !self.routes.is_broadcast(*ip));
        if self.routes.has_lost_addresses() && source.is_some_and(|source| !self.is_local(source)) {
            return Err(Errno::ENETUNREACH.into()); // bound to an address that was removed
        }
        let scope = match destination.scope_id {
            0 if needs_scope(ip) && !ip.is_multicast() => return Err(Errno::EINVAL.into()),
            0 => None,
            scope_id if ip.is_ipv4() => Some(self.link_of(scope_id)?),
            scope_id => Some(self.link_of(scope_id).map_err(|_| Errno::ENETUNREACH)?),
        };
        let local = match scope {
            Some(link) if self.loopback != Some(link) => self.routes.has(link, ip),
            _ => self.is_local(ip),
        };
        if !local && ip.is_loopback() {
            return Err(Errno::ENETUNREACH.into());
        }
        if is_of_ipv4 && (local || self.routes.lookup(ip, None, scope).is_some()) {
            return Err(Errno::EAFNOSUPPORT.into());
        }
        if local {
            let loopback = self.loopback.ok_or(Errno::ENETUNREACH)?;
            // Of 127.0.0.0/8 the host speaks from the first, whichever it speaks to.
            let own = if ip.is_loopback() { ip::localhost(ip.is_ipv4()) } else { ip };
            return Ok(((loopback, ip), source.unwrap_or(own)));
        }
        let hop = self.routes.lookup(ip, source, scope);
        // With an interface but no route, IPv4 takes the destination to be on its link, as on Linux.
        let link = scope.filter(|link| ip.is_ipv4() && self.routes.is_up(*link));
        let hop = hop.or(link.map(|link| NextHop { link, address: ip }));
        let hop = hop.ok_or_else(|| self.routes.why_not(ip, source, scope))?;
        let leaves = self.loopback != Some(hop.link);
        if leaves && source.is_some_and(|source| source.is_loopback()) {
            return Err(Errno::EINVAL.into()); // as Linux: the host's own address does not leave it
        }
        let source = match source {
            Some(source) => source,
            None => self.routes.source_for(ip, hop.link).ok_or(Errno::ENETUNREACH)?,
        };
        Ok(((hop.link, hop.address), source))
    }

    /// [`State::way_to`], with what a program chooses for one datagram.
    ///
    /// # Errors
    ///
    /// Those of `way_to`; `ENODEV` for an interface that there is not. For a source that is not an
    /// address of this host it is `ENETUNREACH` of IPv4 and `EINVAL` of IPv6, as on Linux.
    #[cfg(datagrams)]
    pub(super) fn way_for(
        &self,
        destination: &Bound,
        bound: Option<Bound>,
        choice: &Choice,
    ) -> Result<((u8, IpAddr), IpAddr), Error> {
        let mut destination = *destination;
        if choice.interface != 0 {
            self.link_of(choice.interface)?;
            if ![0, choice.interface].contains(&destination.scope_id) {
                return Err(Errno::EINVAL.into());
            }
            destination.scope_id = choice.interface;
        }
        let Some(source) = choice.source else { return self.way_to(&destination, bound) };
        if source.is_multicast() || (needs_scope(source) && destination.scope_id == 0) {
            return Err(Errno::EINVAL.into());
        }
        let scope = self.link_of(destination.scope_id).ok();
        if !self.is_local_on(source, scope) {
            let errno = if source.is_ipv4() { Errno::ENETUNREACH } else { Errno::EINVAL };
            return Err(errno.into());
        }
        let (port, scope_id) = bound.map_or((0, 0), |bound| (bound.port, bound.scope_id));
        self.way_to(&destination, Some(Bound { ip: source, port, scope_id }))
    }

    /// The link of an interface by its number.
    ///
    /// # Errors
    ///
    /// `ENODEV` when there is none.
    pub(super) fn link_of(&self, interface: u32) -> Result<u8, Error> {
        let link = interface.checked_sub(1).and_then(|link| u8::try_from(link).ok());
        let there = |link: &u8| *link < MOST_LINKS && self.interfaces & 1 << *link != 0;
        link.filter(there).ok_or(Errno::ENODEV.into())
    }

    /// Where an answer to a packet that came in over `link` goes.
    pub(super) fn way_back_to(
        &self,
        source: IpAddr,
        destination: IpAddr,
        link: u8,
    ) -> Option<(u8, IpAddr)> {
        if self.loopback == Some(link) {
            return Some((link, destination));
        }
        let scope = needs_scope(destination).then_some(link);
        let hop = self.routes.lookup(destination, Some(source), scope)?;
        Some((hop.link, hop.address))
    }
}
