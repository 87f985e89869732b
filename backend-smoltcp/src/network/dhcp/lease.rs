//! What a server has granted.

use core::net::Ipv4Addr;
use core::time::Duration;

use berkeley::Instant;

use super::message::{Answer, code};
use crate::ip::IpAddr;
use crate::network::Cidr;
use crate::network::few::Few;

/// How many of each a lease remembers; a server may name more, the best first.
const SERVERS: usize = 3;
const ROUTES: usize = 6;
/// The longest domain that is remembered.
const DOMAIN: usize = 64;

/// The longest prefix that several hosts can share.
const LONGEST_PREFIX: u8 = 32;

/// A route of a lease, in few bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct LeasedRoute {
    destination: Ipv4Addr,
    prefix: u8,
    gateway: Ipv4Addr,
}

/// What a DHCP server has granted an interface, and until when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lease {
    own: Ipv4Addr,
    prefix: u8,
    server: Ipv4Addr,
    routes: Few<LeasedRoute, ROUTES>,
    dns_servers: Few<Ipv4Addr, SERVERS>,
    domain: Few<u8, DOMAIN>,
    mtu: Option<u16>,
    /// When it was asked for: all times count from there (RFC 2131, section 4.4.1).
    since: Instant,
    renew_at: Option<Instant>,
    rebind_at: Option<Instant>,
    expires_at: Option<Instant>,
}

impl Lease {
    /// The address, with the network that is on the link with it.
    pub const fn address(&self) -> Cidr {
        network(self.own, self.prefix)
    }

    /// The server that has granted it.
    pub const fn server(&self) -> Ipv4Addr {
        self.server
    }

    /// The routes, with their gateways: the default route, or those of RFC 3442 in its place. An
    /// unspecified gateway means a network on the link itself.
    pub fn routes(&self) -> impl Iterator<Item = (Cidr, Ipv4Addr)> {
        self.routes
            .as_slice()
            .iter()
            .map(|route| (network(route.destination, route.prefix), route.gateway))
    }

    /// The name servers, the best first; at most three.
    pub fn dns_servers(&self) -> &[Ipv4Addr] {
        self.dns_servers.as_slice()
    }

    /// The domain in which names are looked up; none that is longer than 64 bytes.
    pub fn domain(&self) -> Option<&str> {
        core::str::from_utf8(self.domain.as_slice()).ok().filter(|domain| !domain.is_empty())
    }

    /// The longest packet that the network carries, if the server says so. The interface sends none
    /// that is longer.
    pub const fn mtu(&self) -> Option<u16> {
        self.mtu
    }

    /// When the server is asked to prolong it (T1); `None` for a lease that has no end.
    pub const fn renew_at(&self) -> Option<Instant> {
        self.renew_at
    }

    /// When any server is asked to prolong it (T2).
    pub const fn rebind_at(&self) -> Option<Instant> {
        self.rebind_at
    }

    /// When it ends unless it is prolonged.
    pub const fn expires_at(&self) -> Option<Instant> {
        self.expires_at
    }

    /// The address alone.
    pub(crate) const fn own(&self) -> Ipv4Addr {
        self.own
    }

    /// Whether the interface is configured alike by both.
    pub(crate) fn configures_like(&self, other: &Lease) -> bool {
        let parts = |lease: &Lease| (lease.own, lease.prefix, lease.routes, lease.mtu);
        parts(self) == parts(other)
    }

    /// What an answer to a question of this time offers or grants; `None` if it makes no sense.
    pub(crate) fn granted(answer: &Answer<'_>, since: Instant) -> Option<Lease> {
        let own = answer.address;
        let is_host = !(own.is_unspecified()
            || own.is_multicast()
            || own.is_broadcast()
            || own.is_loopback()
            || own.octets()[0] == 0);
        let server = answer.options.address(code::SERVER)?;
        let seconds = answer.options.number(code::LEASE_TIME)?;
        // A network that no host shares, or a mask with gaps, is as good as none: by the class then
        // would be guessing (RFC 2132, section 3.3, has no default).
        let prefix = match answer.options.address(code::SUBNET_MASK).map(Ipv4Addr::to_bits) {
            Some(mask) if mask.leading_ones() + mask.trailing_zeros() != u32::BITS => return None,
            Some(0) => return None,
            Some(mask) => mask.leading_ones() as u8,
            None => LONGEST_PREFIX,
        };
        if !is_host || seconds == 0 || network(own, prefix).is_directed_broadcast(IpAddr::V4(own)) {
            return None;
        }
        let [renew_at, rebind_at, expires_at] = times(answer, seconds)
            .map_or([None; 3], |times| times.map(|time| since.checked_add(time)));
        let mut dns_servers = Few::new(Ipv4Addr::UNSPECIFIED);
        answer.options.addresses(code::DNS_SERVERS).for_each(|server| {
            dns_servers.push(server);
        });
        let mut domain = Few::new(0);
        let name = answer.options.bytes(code::DOMAIN).take_while(|byte| *byte != 0);
        // A part of a name is another name; nor is a name one that no resolver could ask for.
        if !name.into_iter().all(|byte| byte.is_ascii_graphic() && domain.push(byte)) {
            domain = Few::new(0);
        }
        let mtu = answer.options.short(code::MTU).filter(|mtu| *mtu >= SHORTEST_MTU);
        let routes = routes(answer);
        let lease = Lease {
            own,
            prefix,
            server,
            routes,
            dns_servers,
            domain,
            mtu,
            since,
            renew_at,
            rebind_at,
            expires_at,
        };
        Some(lease)
    }

    pub(crate) fn has_expired(&self, now: Instant) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// The least that a network may say that it carries (RFC 2132, section 5.1: 68; below this nothing
/// useful is left).
const SHORTEST_MTU: u16 = 576;

/// T1, T2 and the end, in this order, for a lease of so many seconds; `None` for one that has no end.
/// A server's times out of order are not taken (RFC 2131, section 4.4.5 has the defaults).
fn times(answer: &Answer<'_>, seconds: u32) -> Option<[Duration; 3]> {
    if seconds == u32::MAX {
        return None;
    }
    let told = |option| answer.options.number(option).map(u64::from).map(Duration::from_secs);
    let end = Duration::from_secs(u64::from(seconds));
    let (renew, rebind) = (told(code::RENEWAL_TIME), told(code::REBINDING_TIME));
    let rebind = rebind.filter(|at| *at < end && !at.is_zero()).unwrap_or(end * 7 / 8);
    let renew = renew.filter(|at| *at < rebind && !at.is_zero()).unwrap_or((end / 2).min(rebind));
    Some([renew, rebind, end])
}

/// The routes that the answer names (RFC 3442: with classless ones, the router is not looked at).
fn routes(answer: &Answer<'_>) -> Few<LeasedRoute, ROUTES> {
    let nowhere = Ipv4Addr::UNSPECIFIED;
    let default = LeasedRoute { destination: nowhere, prefix: 0, gateway: nowhere };
    let mut routes = Few::new(default);
    let mut bytes = answer.options.bytes(code::CLASSLESS_ROUTES).peekable();
    if bytes.peek().is_none() {
        let gateway = answer.options.addresses(code::ROUTERS).find(|router| is_gateway(*router));
        gateway.map(|gateway| routes.push(LeasedRoute { gateway, ..default }));
        return routes;
    }
    while let Some(prefix) = bytes.next() {
        // What follows a length that cannot be is nonsense.
        if prefix > LONGEST_PREFIX {
            return routes;
        }
        let mut destination = [0; 4];
        for place in destination.iter_mut().take(usize::from(prefix.div_ceil(8))) {
            let Some(byte) = bytes.next() else { return routes };
            *place = byte;
        }
        let mut gateway = [0; 4];
        for place in &mut gateway {
            let Some(byte) = bytes.next() else { return routes };
            *place = byte;
        }
        let (destination, gateway) = (Ipv4Addr::from(destination), Ipv4Addr::from(gateway));
        if gateway.is_unspecified() || is_gateway(gateway) {
            routes.push(LeasedRoute { destination, prefix, gateway });
        }
    }
    routes
}

/// An address with its prefix, which is one of IPv4.
const fn network(address: Ipv4Addr, prefix: u8) -> Cidr {
    match Cidr::of(IpAddr::V4(address), prefix) {
        Ok(network) => network,
        Err(_) => Cidr::host(IpAddr::V4(address)),
    }
}

/// Whether a host with this address can pass packets on.
fn is_gateway(address: Ipv4Addr) -> bool {
    !(address.is_unspecified()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_loopback())
}
