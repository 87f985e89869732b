//! Stateless autoconfiguration on an interface: its messages in and out, and what routers say as the
//! interface's addresses and routes.

use berkeley::{Errno, Error, Instant};
use managed::ManagedSlice;

use super::arrival::{Arrival, Packet};
use super::state::{Inner, State};
use super::{InterfaceIndex, Stack};
use crate::ip::{IpAddr, Ipv6Addr};
use crate::lock::LockFamily;
use crate::network::ethernet::{self, EtherType};
use crate::network::ndp::{self, Ndp};
use crate::network::route::Route;
use crate::network::slaac::advertisement::{self, RouterAdvertisement};
use crate::network::slaac::host::{Host, Step};
use crate::network::slaac::identifier::{Identifiers, InterfaceIdentifiers};
use crate::network::{Cidr, HardwareAddress, LinkIndex};
use crate::platform::Platform;

/// What every link of IPv6 carries (RFC 8200, section 5).
const SHORTEST_MTU: usize = 1280;

/// The autoconfigurations of the interfaces.
pub(crate) type Hosts<'a> = ManagedSlice<'a, Option<Host>>;

impl<P: Platform, L: LockFamily> Stack<'_, P, L> {
    /// Lets the routers of an interface's link configure it: a link-local address first, then an
    /// address in each network that a router names, the way out through one of the routers, and the
    /// MTU, for as long as they say. It works while the stack is driven, by any call that waits,
    /// [`pump`](Stack::pump) or [`drive`](Stack::drive);
    /// [`wait_for_address`](Stack::wait_for_address) waits for the first address beyond the link.
    ///
    /// No address is used before it was asked whether somebody has it, which takes one to two seconds.
    /// When the link has been down all is asked for anew. An address whose time is over goes as by
    /// [`remove_address`](Stack::remove_address).
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `EOPNOTSUPP` where there is no Ethernet or packets are
    /// shorter than 1280 bytes, `EALREADY` when the interface is configured like this already.
    pub fn start_slaac(
        &self,
        interface: InterfaceIndex,
        identifiers: InterfaceIdentifiers,
    ) -> Result<(), Error> {
        self.act(|inner, now| {
            let facts = inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            let hardware = facts.hardware().filter(|_| facts.mtu >= SHORTEST_MTU);
            let hardware = hardware.ok_or(Errno::EOPNOTSUPP)?;
            let state = &mut inner.state;
            let identifiers = match identifiers {
                InterfaceIdentifiers::Opaque => Identifiers::Keyed(state.secret.identifier_key()),
                InterfaceIdentifiers::Stable(key) => Identifiers::Keyed(key),
                InterfaceIdentifiers::HardwareAddress => Identifiers::Hardware,
            };
            let up = state.routes.is_up(interface.0);
            let place = state.slaac.get_mut(usize::from(interface.0)).ok_or(Errno::ENOBUFS)?;
            if place.is_some() {
                return Err(Errno::EALREADY.into());
            }
            let mut host = Host::new(hardware, identifiers);
            host.link_changed(up, now, state.secret.number());
            *place = Some(host);
            state.housekeeping.bring_forward(now);
            Ok(())
        })
    }

    /// Takes away from an interface what its routers have configured, and does not listen to them any
    /// more.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `ESRCH` when it is not configured like this.
    pub fn stop_slaac(&self, interface: InterfaceIndex) -> Result<(), Error> {
        self.act(|inner, now| {
            inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            inner.state.slaac_host(interface.0).ok_or(Errno::ESRCH)?.stop(now);
            inner.keep_slaac(now);
            Ok(())
        })
    }
}

impl State<'_> {
    fn slaac_host(&mut self, link: u8) -> Option<&mut Host> {
        self.slaac.get_mut(usize::from(link))?.as_mut()
    }

    /// Takes a message of a router if the interface is configured by such.
    pub(super) fn router_advertised(
        &mut self,
        arrival: &mut Arrival<'_>,
        packet: &Packet<'_>,
    ) -> bool {
        let random = self.secret.number();
        let Some(host) = self.slaac_host(arrival.facts.index) else { return false };
        let Some(told) = RouterAdvertisement::parse(packet.header, packet.payload) else {
            return false;
        };
        host.take(&told, arrival.now, random);
        self.housekeeping.bring_forward(arrival.now);
        true
    }

    /// Whoever speaks of an address may have it, or want it in the same moment (RFC 4862, sections
    /// 5.4.3 and 5.4.4).
    pub(super) fn slaac_hears(&mut self, link: u8, message: &Ndp, now: Instant) {
        let Some(host) = self.slaac_host(link) else { return };
        let claimed = match *message {
            Ndp::Solicitation { target, source, .. } if source.is_unspecified() => target,
            Ndp::Advertisement { target, .. } => target,
            Ndp::Solicitation { .. } => return,
        };
        if host.hears_of(claimed, now) {
            self.housekeeping.bring_forward(now);
        }
    }

    pub(super) fn slaac_link_changed(&mut self, link: u8, up: bool, now: Instant) {
        let random = self.secret.number();
        if let Some(host) = self.slaac_host(link) {
            host.link_changed(up, now, random);
        }
    }

    /// A neighbour does not answer, which may be a router.
    pub(super) fn slaac_lost(&mut self, link: u8, address: IpAddr) {
        if let (Some(host), IpAddr::V6(address)) = (self.slaac_host(link), address) {
            host.lost(address);
        }
    }

    /// The interface is no more.
    pub(super) fn forget_slaac(&mut self, link: u8) {
        if let Some(place) = self.slaac.get_mut(usize::from(link)) {
            *place = None;
        }
    }

    /// When a host has something to do.
    pub(super) fn next_event_of_slaac(&self) -> Option<Instant> {
        self.slaac.iter().flatten().filter_map(|host| host.next_event()).min()
    }

    /// The addresses that the host will have if nobody else has them.
    pub(super) fn wanted_addresses(&self) -> impl Iterator<Item = (LinkIndex, IpAddr)> {
        let hosts = self.slaac.iter().zip(0..);
        hosts.flat_map(|(host, link)| {
            host.iter().flat_map(Host::wanted).map(move |address| (link, IpAddr::V6(address)))
        })
    }

    /// The name server with this number among those of the routers of a link.
    pub(super) fn advertised_dns_server(&self, link: usize, number: usize) -> Option<IpAddr> {
        let host = self.slaac.get(link)?.as_ref()?;
        host.dns_servers().nth(number).map(IpAddr::V6)
    }
}

impl Inner<'_> {
    /// Lets the hosts do what is due.
    pub(super) fn keep_slaac(&mut self, now: Instant) {
        for link in 0..self.state.slaac.len() as u8 {
            let (mut changed, mut stepped) = (false, false);
            while let Some(step) = self.state.slaac_host(link).and_then(|host| host.next_step(now))
            {
                changed |= self.do_step(link, step);
                stepped = true;
            }
            if changed {
                self.state.ways_changed(now);
                self.state.note_news();
            }
            if stepped {
                self.state.own_groups_changed(now); // an address that is wanted has one, too
            }
            if self.state.slaac_host(link).is_some_and(|host| host.has_ended()) {
                self.state.forget_slaac(link);
            }
        }
    }

    /// Does a step; says whether it changes the ways out.
    fn do_step(&mut self, link: u8, step: Step) -> bool {
        let routes = &mut self.state.routes;
        let network = |address, length| Cidr::of(IpAddr::V6(address), length);
        // Nobody has to pass packets on to a network on the link.
        let (here, everywhere) =
            (IpAddr::V6(Ipv6Addr::UNSPECIFIED), network(Ipv6Addr::UNSPECIFIED, 0));
        let route = |destination: Result<Cidr, Error>, gateway| {
            destination.map(|destination| Route { destination, gateway, link })
        };
        let outcome =
            match step {
                Step::Probe(address) => {
                    self.send_slaac(link, ndp::solicited_node(address), &|room, hardware| {
                        ndp::solicitation(room, Ipv6Addr::UNSPECIFIED, hardware, address)
                    });
                    return false;
                }
                Step::Solicit(source) => {
                    self.send_slaac(link, advertisement::ALL_ROUTERS, &|room, hardware| {
                        advertisement::router_solicitation(room, source, hardware)
                    });
                    return false;
                }
                Step::SetMtu(mtu) => {
                    let mtu = usize::try_from(mtu).unwrap_or(usize::MAX);
                    if let Some(Some(link)) = self.links.get_mut(usize::from(link))
                        && mtu >= SHORTEST_MTU
                    {
                        link.set_mtu(mtu); // no longer than the device's
                    }
                    return false;
                }
                // Networks on the link are said by themselves.
                Step::Add(address) => {
                    let length = if address.is_unicast_link_local() { 64 } else { 128 };
                    network(address, length).and_then(|own| routes.add_address(link, own))
                }
                Step::Remove(address) => routes.remove_address(link, IpAddr::V6(address)),
                Step::Deprecate(address, deprecated) => {
                    routes.set_deprecated(link, IpAddr::V6(address), deprecated);
                    Ok(())
                }
                Step::AddNetwork(prefix, length) => {
                    route(network(prefix, length), here).and_then(|route| routes.add_route(route))
                }
                Step::RemoveNetwork(prefix, length) => route(network(prefix, length), here)
                    .and_then(|route| routes.remove_route(route)),
                Step::AddRouter(router) => {
                    route(everywhere, IpAddr::V6(router)).and_then(|route| routes.add_route(route))
                }
                Step::RemoveRouter(router) => route(everywhere, IpAddr::V6(router))
                    .and_then(|route| routes.remove_route(route)),
            };
        if outcome.is_err()
            && let Some(host) = self.state.slaac_host(link)
        {
            host.refused(step);
        }
        true
    }

    /// Sends a message of neighbour discovery to a group of a link. Without room it is lost, as any
    /// packet may be.
    fn send_slaac(
        &mut self,
        link: u8,
        group: Ipv6Addr,
        write: &dyn Fn(&mut [u8], HardwareAddress) -> Option<usize>,
    ) {
        let Some(Some(link)) = self.links.get_mut(usize::from(link)) else { return };
        let Some(hardware) = link.facts.hardware() else { return };
        let to = ethernet::group_address(IpAddr::V6(group));
        link.transmit(to, EtherType::IPV6, &mut self.state.datagrams, &mut |room| {
            write(room, hardware).unwrap_or(0)
        });
    }
}
