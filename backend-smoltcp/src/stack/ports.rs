//! Who has which port: conflicts, and free ports.

use berkeley::{Errno, Error, Pool};

use super::state::State;
use crate::descriptor::{Bound, Descriptor};
use crate::ip;
use crate::network::route::needs_scope;
use crate::options::Reuse;
use crate::secret::PORT_BITS;
use crate::tuple::Endpoint;

/// The first port for those who do not care (RFC 6335, section 6); the last is 65535.
const FIRST_EPHEMERAL: u16 = 49152;

/// How many there are.
pub(super) const EPHEMERAL: u16 = 1 << PORT_BITS;
const _: () = assert!(FIRST_EPHEMERAL + (EPHEMERAL - 1) == u16::MAX);

impl State<'_> {
    /// An address that a descriptor can be bound to, with its scope if it needs one.
    ///
    /// # Errors
    ///
    /// `EADDRNOTAVAIL`; `EINVAL` for a stream at a group of IPv6, and for a link-local address without
    /// scope; `ENODEV` for a scope that is no interface.
    pub(super) fn own(&self, index: u16, mut wanted: Bound) -> Result<Bound, Error> {
        let is_stream = self.descriptors.entry(index)?.kind.is_stream();
        let group = wanted.ip.is_multicast() || self.routes.is_broadcast(wanted.ip);
        let scope = if needs_scope(wanted.ip) {
            if wanted.scope_id == 0 {
                wanted.scope_id = self.descriptors.entry(index)?.options.interface;
            }
            if wanted.scope_id == 0 {
                return Err(Errno::EINVAL.into());
            }
            Some(self.link_of(wanted.scope_id)?)
        } else {
            // An address of IPv6 has to be that of the only interface.
            let only = self.descriptors.entry(index)?.options.interface;
            let is_of_one = only != 0 && wanted.ip.is_ipv6() && !wanted.ip.is_unspecified();
            is_of_one.then(|| self.link_of(only)).transpose()?
        };
        if is_stream && wanted.ip.is_ipv6() && wanted.ip.is_multicast() {
            return Err(Errno::EINVAL.into());
        }
        let ours = wanted.ip.is_unspecified() || self.is_local_on(wanted.ip, scope);
        if !ours && !group {
            return Err(Errno::EADDRNOTAVAIL.into());
        }
        Ok(wanted)
    }

    /// Binds a descriptor to an address of the host; port 0 finds a free one.
    ///
    /// # Errors
    ///
    /// `EADDRINUSE`.
    pub(super) fn bind_to(&mut self, index: u16, wanted: Bound) -> Result<(), Error> {
        if wanted.port == 0 {
            return self.bind_to_free_port(index, wanted);
        }
        if self.conflicts(index, &wanted) {
            return Err(Errno::EADDRINUSE.into());
        }
        self.set_bound(index, wanted);
        Ok(())
    }

    /// Binds to a free port, and to the wildcard where the program has not chosen an address.
    ///
    /// # Errors
    ///
    /// `EADDRNOTAVAIL` when all are taken. Linux's `inet_autobind` says `EAGAIN`, which is for what
    /// waiting helps with.
    #[cfg(datagrams)]
    pub(super) fn bind_to_some_port(&mut self, index: u16) -> Result<(), Error> {
        let entry = self.descriptors.entry(index)?;
        let any = Bound { ip: entry.wildcard(), port: 0, scope_id: 0 };
        let bound = entry.bound.unwrap_or(any);
        self.bind_to_free_port(index, bound)
            .map_err(|_| Error::exhausted(Pool::Ports, Errno::EADDRNOTAVAIL))
    }

    fn bind_to_free_port(&mut self, index: u16, wanted: Bound) -> Result<(), Error> {
        let start = self.secret.port_offset(wanted.ip, wanted.ip);
        for step in 0..EPHEMERAL {
            let bound = Bound { port: ephemeral(start, step), ..wanted };
            // Whoever does not care about the port does not want to share it either.
            if !self.port_is_used(index, &bound) {
                self.set_bound(index, bound);
                return Ok(());
            }
        }
        Err(Error::exhausted(Pool::Ports, Errno::EADDRINUSE))
    }

    fn set_bound(&mut self, index: u16, bound: Bound) {
        self.binds = self.binds.wrapping_add(1);
        self.descriptors.bind(index, bound);
        if let Ok(entry) = self.descriptors.entry_mut(index) {
            entry.bound_order = self.binds;
        }
    }

    /// Whether another socket has the address and does not share it.
    fn conflicts(&self, index: u16, wanted: &Bound) -> bool {
        let Ok(new) = self.descriptors.entry(index) else { return false };
        let in_the_way = |(other, entry): (u16, &Descriptor)| {
            other != index
                && same_protocol(entry, new)
                && overlap(entry, new, wanted)
                && !share(entry, new)
        };
        if self.descriptors.at_port(wanted.port).any(in_the_way) {
            return true;
        }
        let local = Endpoint { ip: wanted.ip, port: wanted.port };
        is_stream(new) && self.port_has_connection(&local, new.options.reuse)
    }

    /// Whether anybody has the address.
    fn port_is_used(&self, index: u16, wanted: &Bound) -> bool {
        let Ok(new) = self.descriptors.entry(index) else { return false };
        let taken = self.descriptors.at_port(wanted.port).any(|(other, entry)| {
            other != index && same_protocol(entry, new) && overlap(entry, new, wanted)
        });
        let local = Endpoint { ip: wanted.ip, port: wanted.port };
        taken || (is_stream(new) && self.port_has_connection(&local, Reuse::NOTHING))
    }
}

pub(super) fn ephemeral(start: u16, step: u16) -> u16 {
    // `start` and `step` are both below `EPHEMERAL`, which is a power of two.
    FIRST_EPHEMERAL + start.wrapping_add(step) % EPHEMERAL
}

fn is_stream(entry: &Descriptor) -> bool {
    entry.kind.is_stream()
}

/// Whether two sockets choose from the same ports. That of a raw socket is its protocol, and no choice.
fn same_protocol(first: &Descriptor, second: &Descriptor) -> bool {
    first.kind.socket() == second.kind.socket() && first.kind.fixed_port().is_none()
}

/// Whether a bound socket has a part of what another one wants.
pub(super) fn overlap(entry: &Descriptor, new: &Descriptor, wanted: &Bound) -> bool {
    let Some(bound) = entry.bound else { return false };
    if bound.port != wanted.port {
        return false;
    }
    let mut wanted_by = *new;
    wanted_by.bound = Some(*wanted);
    let chosen = if wanted.scope_id == 0 { new.options.interface } else { wanted.scope_id };
    let interfaces = [entry.options.interface, chosen];
    if interfaces[0] != interfaces[1] && !interfaces.contains(&0) {
        return false;
    }
    match (bound.ip.is_unspecified(), wanted.ip.is_unspecified()) {
        (false, false) => bound.ip == wanted.ip,
        (true, false) => entry.takes(wanted.ip),
        // An address of IPv6 that connecting chose does not keep one off IPv4 (Linux's
        // `ipv6_rcv_saddr_equal`).
        (false, true) => {
            let has_both = bound.ip.is_ipv6() && !entry.options.v6only && entry.kind.maps_ipv4();
            wanted_by.takes(bound.ip) || has_both
        }
        (true, true) => {
            let takes_both = |ip| entry.takes(ip) && wanted_by.takes(ip);
            takes_both(ip::localhost(true)) || takes_both(ip::localhost(false))
        }
    }
}

/// Whether two sockets may have the same address: both allow reuse and, for streams, the older does
/// not listen; or both share the port.
fn share(entry: &Descriptor, new: &Descriptor) -> bool {
    let listens = entry.kind.listens();
    let old = entry.options.reuse;
    Reuse { address: old.address && !listens, ..old }.with(new.options.reuse)
}
