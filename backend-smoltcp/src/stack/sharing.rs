//! Several sockets at one port: who of them gets what comes in.
//!
//! The socket that fits best does: one bound to the very address before one bound to all, a
//! connected one before one that hears everybody, one of the packet's own interface before one of
//! any, and one of its family before one for both. Among equals it is the one bound last, unless
//! they share the port (`SO_REUSEPORT`): then a hash of both ends decides, so that each peer always
//! meets the same one, and nobody outside knows which. Sources: Linux's `udp4_lib_lookup2` and
//! `inet_lhash2_lookup`, `socket(7)`.
#![cfg_attr(not(any(tcp, udp)), allow(dead_code, reason = "raw sockets do not share"))]

#[cfg(tcp)]
use super::arrival::Arrival;
use super::state::State;
use crate::descriptor::Descriptor;
#[cfg(udp)]
use crate::descriptor::{Datagram, Kind, Transport};
use crate::ip::IpAddr;
use crate::network::LinkIndex;
use crate::tuple::{Endpoint, Tuple};

/// How well a socket fits; the greatest is the best.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit(u8);

impl Fit {
    /// What counts, the least first.
    const OWN_FAMILY: u8 = 1;
    const OWN_INTERFACE: u8 = 2;
    const CONNECTED: u8 = 4;
    const SPECIFIC: u8 = 8;
}

impl State<'_> {
    /// The interface that a packet counts as arrived at: of one that was looped back the one that
    /// has its address (Linux's `inet_iif`, and `ip6_rcv_core` about scopes).
    pub(super) fn reached_link(&self, destination: IpAddr, link: u8) -> u8 {
        let owner = || self.routes.is_own(destination).unwrap_or(link);
        if self.loopback == Some(link) { owner() } else { link }
    }

    /// The listener for an opening segment.
    #[cfg(tcp)]
    pub(super) fn find_listener(&self, arrival: &Arrival<'_>, tuple: &Tuple) -> Option<u16> {
        let link = self.reached_link(tuple.local.ip, arrival.facts.index);
        self.best(tuple, &|entry| {
            entry.kind.listens().then(|| fit(entry, tuple.local, link)).flatten()
        })
    }

    /// The datagram socket for a datagram to one host.
    #[cfg(udp)]
    pub(super) fn find_datagram_socket(&self, tuple: &Tuple, link: LinkIndex) -> Option<u16> {
        self.best(tuple, &|entry| fit_of_datagram(entry, tuple, link))
    }

    /// Whether a datagram socket is for datagrams between these ends.
    #[cfg(udp)]
    pub(super) fn hears(&self, index: u16, tuple: &Tuple, link: LinkIndex) -> bool {
        let entry = self.descriptors.entry(index);
        entry.is_ok_and(|entry| fit_of_datagram(entry, tuple, link).is_some())
    }

    fn best(&self, tuple: &Tuple, fit: &dyn Fn(&Descriptor) -> Option<Fit>) -> Option<u16> {
        let mut best = None;
        for (index, entry) in self.descriptors.at_port(tuple.local.port) {
            if let Some(fit) = fit(entry) {
                best = best.max(Some((fit, entry.bound_order, index)));
            }
        }
        let (best, _, last) = best?;
        if best.0 & Fit::CONNECTED != 0 || !self.descriptors.entry(last).ok()?.options.reuse.port {
            return Some(last);
        }
        let is_equal = |entry: &Descriptor| entry.options.reuse.port && fit(entry) == Some(best);
        let count = self.nth_of(tuple.local.port, &is_equal, usize::MAX).err()?;
        let place = (u64::from(self.secret.share(tuple)) * count as u64) >> 32;
        self.nth_of(tuple.local.port, &is_equal, place as usize).ok()
    }

    /// The socket at this place among those at a port that meet a condition; or else how many do.
    fn nth_of(
        &self,
        port: u16,
        condition: &dyn Fn(&Descriptor) -> bool,
        place: usize,
    ) -> Result<u16, usize> {
        let mut count = 0;
        for (index, entry) in self.descriptors.at_port(port) {
            if condition(entry) {
                if count == place {
                    return Ok(index);
                }
                count += 1;
            }
        }
        Err(count)
    }
}

/// How well a socket fits a destination. `None`: not at all.
#[inline(never)] // it is asked for in several places
fn fit(entry: &Descriptor, to: Endpoint, link: LinkIndex) -> Option<Fit> {
    let bound = entry.bound.filter(|bound| bound.port == to.port)?;
    let interface = entry.options.interface;
    if ![0, u32::from(link) + 1].contains(&interface) {
        return None;
    }
    let specific = bound.ip == to.ip;
    if !specific && !entry.takes(to.ip) {
        return None;
    }
    let mut fit = if specific { Fit::SPECIFIC } else { 0 };
    if interface != 0 {
        fit |= Fit::OWN_INTERFACE;
    }
    if bound.ip.is_ipv4() == to.ip.is_ipv4() {
        fit |= Fit::OWN_FAMILY;
    }
    Some(Fit(fit))
}

#[cfg(udp)]
fn fit_of_datagram(entry: &Descriptor, tuple: &Tuple, link: LinkIndex) -> Option<Fit> {
    let Kind::Datagram(Datagram { peer, transport: Transport::Udp(_), .. }) = entry.kind else {
        return None;
    };
    let fit = fit(entry, tuple.local, link)?;
    match peer {
        Some(peer) if !peer.hears(&tuple.remote) => None,
        Some(_) => Some(Fit(fit.0 | Fit::CONNECTED)),
        None => Some(fit),
    }
}
