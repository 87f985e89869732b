//! DHCP on an interface: its messages in and out, and the lease as the interface's address and routes.
//!
//! A client works whenever the stack is driven. Its messages never meet the sockets: an answer comes to
//! an address that the stack does not have yet, and is taken before anybody asks whose it is.

use berkeley::{Errno, Error, Instant};
use managed::ManagedSlice;

use super::arrival::Arrival;
use super::link::Link;
use super::neighbours::transmit;
use super::state::{Inner, State};
use super::statistics::count;
use super::{InterfaceIndex, Stack};
use crate::ip::{IpAddr, Ipv4Addr};
use crate::lock::LockFamily;
use crate::network::HardwareAddress;
use crate::network::arp::Arp;
use crate::network::dhcp::client::{Client, Step};
use crate::network::dhcp::lease::Lease;
use crate::network::dhcp::message::{Answer, Question};
use crate::network::dhcp::{CLIENT_PORT, SERVER_PORT};
use crate::network::emit::{IpEmit, write_front};
use crate::network::ethernet::EtherType;
use crate::network::packet::{self, IPV4_HEADER_LENGTH, IpHeader};
use crate::network::route::Route;
use crate::platform::Platform;

/// The length of a UDP header.
const UDP_HEADER_LENGTH: usize = 8;
/// Room for a message of the client, with its headers.
const LONGEST: usize = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + 300;

/// The client of an interface, and what of its lease the interface has.
pub(crate) struct DhcpClient {
    client: Client,
    /// The lease that is configured.
    configured: Option<Lease>,
    /// Which of its parts are: the program may have had the same before, which stays then.
    has_address: bool,
    /// A bit for each route.
    has_routes: u8,
}

/// The clients of the interfaces.
pub(crate) type DhcpClients<'a> = ManagedSlice<'a, Option<DhcpClient>>;

impl<P: Platform, L: LockFamily> Stack<'_, P, L> {
    /// Lets a DHCP server configure an interface: its IPv4 address, its routes and its MTU, for as
    /// long as the lease is prolonged. It works while the stack is driven, by any call that waits,
    /// [`pump`](Stack::pump) or [`drive`](Stack::drive); [`wait_for_address`](Stack::wait_for_address)
    /// waits for the first lease.
    ///
    /// The server knows the interface by its hardware address. When the link has been down, the old
    /// address is asked about before it is used again. When the lease ends, the address is taken away
    /// as by [`remove_address`](Stack::remove_address), and the client looks for another one.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `EOPNOTSUPP` where there is no Ethernet or packets are
    /// shorter than 576 bytes, `EALREADY` when the interface has a client.
    pub fn start_dhcp(&self, interface: InterfaceIndex) -> Result<(), Error> {
        self.act(|inner, now| {
            let facts = inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            let hardware = facts.hardware().filter(|_| facts.mtu >= 576);
            let hardware = hardware.ok_or(Errno::EOPNOTSUPP)?;
            let state = &mut inner.state;
            let up = state.routes.is_up(interface.0);
            let place = state.dhcp.get_mut(usize::from(interface.0)).ok_or(Errno::ENOBUFS)?;
            if place.is_some() {
                return Err(Errno::EALREADY.into());
            }
            let client = Client::new(hardware, up, now);
            *place =
                Some(DhcpClient { client, configured: None, has_address: false, has_routes: 0 });
            state.plan_housekeeping();
            Ok(())
        })
    }

    /// Gives the address of an interface back to its server, and ends the client. The address goes
    /// after a second, in which the server hears of it if the stack is driven ([`Stack::finish`]
    /// waits for that); without a lease or a link at once.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `ESRCH` when it has no client.
    pub fn stop_dhcp(&self, interface: InterfaceIndex) -> Result<(), Error> {
        self.act(|inner, now| {
            inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            let client = inner.state.dhcp_client(interface.0).ok_or(Errno::ESRCH)?;
            client.client.stop(now);
            inner.state.plan_housekeeping();
            Ok(())
        })
    }

    /// The lease that an interface has now, with the name servers and what else the server has said.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an interface that is none, `ESRCH` when it has no client.
    pub fn lease(&self, interface: InterfaceIndex) -> Result<Option<Lease>, Error> {
        self.ask(|inner| {
            inner.facts(interface.0).map_err(|_| Errno::ENODEV)?;
            let client = inner.state.dhcp_client(interface.0).ok_or(Errno::ESRCH)?;
            Ok(client.client.held().copied())
        })?
    }
}

impl State<'_> {
    fn dhcp_client(&mut self, link: u8) -> Option<&mut DhcpClient> {
        self.dhcp.get_mut(usize::from(link))?.as_mut()
    }

    /// Takes a datagram if it is for the client of its link.
    pub(super) fn dhcp_arrived(
        &mut self,
        arrival: &mut Arrival<'_>,
        header: &IpHeader,
        payload: &[u8],
    ) -> bool {
        let Some(client) = self.dhcp_client(arrival.facts.index) else { return false };
        let Some(head) = payload.first_chunk::<UDP_HEADER_LENGTH>() else { return false };
        let [s0, s1, d0, d1, l0, l1, ..] = *head;
        let ports = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
        let is_ours = header.protocol == packet::UDP
            && header.destination.is_ipv4()
            && header.fragment.is_none()
            && ports == (SERVER_PORT, CLIENT_PORT);
        if !is_ours {
            return false;
        }
        let verified =
            arrival.facts.offloads.receive_checksums || packet::verify_transport(header, payload);
        let message = payload.get(UDP_HEADER_LENGTH..usize::from(u16::from_be_bytes([l0, l1])));
        match message.filter(|_| verified).and_then(Answer::parse) {
            Some(answer) => client.client.take(&answer, arrival.now),
            None => arrival.drop(&mut self.drops.malformed),
        }
        self.plan_housekeeping();
        true
    }

    /// Whoever speaks ARP may have an address that a client is about to take (RFC 5227, section
    /// 2.1.1): it says so, or asks for it in the same moment.
    pub(super) fn dhcp_hears(&mut self, link: u8, arp: &Arp, now: Instant) {
        let Some(client) = self.dhcp_client(link) else { return };
        let claimed = if arp.sender.is_unspecified() { arp.target } else { arp.sender };
        client.client.hears_of(claimed, arp.sender_hardware, now);
        self.plan_housekeeping();
    }

    pub(super) fn dhcp_link_changed(&mut self, link: u8, up: bool, now: Instant) {
        if let Some(client) = self.dhcp_client(link) {
            client.client.link_changed(up, now);
        }
    }

    /// The interface is no more, and nobody is told.
    pub(super) fn forget_dhcp(&mut self, link: u8) {
        if let Some(place) = self.dhcp.get_mut(usize::from(link)) {
            *place = None;
        }
    }

    /// The name servers of the lease of a link.
    pub(super) fn leased_dns_servers(&self, link: usize) -> &[Ipv4Addr] {
        let client = self.dhcp.get(link).and_then(Option::as_ref);
        client.and_then(|client| client.client.held()).map_or(&[], Lease::dns_servers)
    }

    /// Whether a client is giving its address back.
    pub(super) fn dhcp_releases(&self) -> bool {
        self.dhcp.iter().flatten().any(|client| client.client.is_ending())
    }

    /// When a client has something to do.
    pub(super) fn next_event_of_dhcp(&self) -> Option<Instant> {
        self.dhcp.iter().flatten().filter_map(|client| client.client.next_event()).min()
    }
}

impl Inner<'_> {
    /// Lets the clients do what is due.
    pub(super) fn keep_dhcp(&mut self, now: Instant) {
        for link in 0..self.state.dhcp.len() as u8 {
            if self.state.dhcp_client(link).is_some() {
                self.keep_dhcp_of(link, now);
            }
        }
    }

    fn keep_dhcp_of(&mut self, link: u8, now: Instant) {
        loop {
            let State { dhcp, secret, .. } = &mut self.state;
            let Some(Some(client)) = dhcp.get_mut(usize::from(link)) else { return };
            let step = client.client.next_step(now, || secret.number());
            self.configure_by_dhcp(link, now);
            match step {
                None => return,
                Some(Step::Broadcast(question)) => {
                    self.dhcp_to_all(link, Ipv4Addr::UNSPECIFIED, &question);
                }
                Some(Step::BroadcastFrom(own, question)) => self.dhcp_to_all(link, own, &question),
                Some(Step::Unicast(own, server, question)) => {
                    self.dhcp_to_server(link, (own, server), &question, now);
                }
                Some(Step::Probe(address)) => {
                    self.tell_by_arp(link, Ipv4Addr::UNSPECIFIED, address);
                }
                Some(Step::End) => return self.state.forget_dhcp(link),
            }
        }
    }

    /// Gives the interface what its lease says, in the place of what another one said.
    fn configure_by_dhcp(&mut self, link: u8, now: Instant) {
        let Some(client) = self.state.dhcp_client(link) else { return };
        let (held, configured) = (client.client.held().copied(), client.configured);
        match (&held, &configured) {
            (None, None) => return,
            // What there was no room for is tried again with each renewal.
            (Some(held), Some(configured))
                if held.configures_like(configured)
                    && (client.has_address || held == configured) =>
            {
                client.configured = Some(*held);
                return;
            }
            _ => {}
        }
        let (had_address, had_routes) = (client.has_address, client.has_routes);
        let routes = &mut self.state.routes;
        if let Some(old) = configured {
            if had_address {
                let _ = routes.remove_address(link, old.address().ip());
            }
            for (number, (destination, gateway)) in old.routes().enumerate() {
                if had_routes & (1 << number) != 0 {
                    let gateway = IpAddr::V4(gateway);
                    let _ = routes.remove_route(Route { destination, gateway, link });
                }
            }
        }
        let (mut has_address, mut has_routes) = (false, 0);
        if let Some(new) = held {
            has_address = routes.add_address(link, new.address()).is_ok();
            for (number, (destination, gateway)) in new.routes().enumerate() {
                let gateway = IpAddr::V4(gateway);
                let added = routes.add_route(Route { destination, gateway, link });
                has_routes |= u8::from(added.is_ok()) << number;
            }
            if let (Some(mtu), Some(Some(link))) =
                (new.mtu(), self.links.get_mut(usize::from(link)))
            {
                link.set_mtu(usize::from(mtu)); // no longer than the device's
            }
            self.tell_by_arp(link, new.own(), new.own());
        }
        if let Some(client) = self.state.dhcp_client(link) {
            client.configured = held;
            (client.has_address, client.has_routes) = (has_address, has_routes);
        }
        self.state.ways_changed(now);
        self.state.note_news();
    }

    /// Asks the link who has an address, or tells it that we have (RFC 5227, sections 2.1.1 and 2.3).
    fn tell_by_arp(&mut self, link: u8, own: Ipv4Addr, address: Ipv4Addr) {
        let Some(Some(link)) = self.links.get_mut(usize::from(link)) else { return };
        let Some(hardware) = link.facts.hardware() else { return };
        link.transmit(
            Some(HardwareAddress::BROADCAST),
            EtherType::ARP,
            &mut self.state.datagrams,
            &mut |room| Arp::request(hardware, own, address).emit(room).unwrap_or(0),
        );
    }

    /// Sends a message to all servers of a link. Without room it is lost, as any packet may be.
    fn dhcp_to_all(&mut self, link: u8, source: Ipv4Addr, question: &Question) {
        let Some(Some(link)) = self.links.get_mut(usize::from(link)) else { return };
        let longest = link.facts.mtu;
        link.transmit(
            Some(HardwareAddress::BROADCAST),
            EtherType::IPV4,
            &mut self.state.datagrams,
            &mut |room| emit(question, (source, Ipv4Addr::BROADCAST), longest, room).unwrap_or(0),
        );
    }

    /// Sends a message to the server that has granted the lease.
    fn dhcp_to_server(
        &mut self,
        link: u8,
        ends: (Ipv4Addr, Ipv4Addr),
        question: &Question,
        now: Instant,
    ) {
        let Inner { links, state, .. } = self;
        let (own, server) = (IpAddr::V4(ends.0), IpAddr::V4(ends.1));
        let Some(hop) = state.routes.lookup(server, Some(own), Some(link)) else { return };
        let mut message = [0; LONGEST];
        let Some(Some(Link { facts, .. })) = links.get(usize::from(link)) else { return };
        let length = emit(question, ends, facts.mtu, &mut message);
        let Some(message) = length.and_then(|length| message.get(..length)) else { return };
        let mut fill = |room: &mut [u8]| _ = write_front(room, message);
        let hop = (hop.link, hop.address);
        if transmit(links, state, hop, message.len(), now, &mut fill).is_err() {
            count(&mut state.drops.no_neighbour);
        }
    }
}

/// Writes a message into a datagram, and returns its length.
fn emit(
    question: &Question,
    (source, destination): (Ipv4Addr, Ipv4Addr),
    longest: usize,
    room: &mut [u8],
) -> Option<usize> {
    let (source, destination) = (IpAddr::V4(source), IpAddr::V4(destination));
    let behind = room.get_mut(IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH..)?;
    let longest = u16::try_from(longest).unwrap_or(u16::MAX);
    let length = question.emit(behind, longest)?;
    let whole = UDP_HEADER_LENGTH + length;
    let ([s0, s1], [d0, d1]) = (CLIENT_PORT.to_be_bytes(), SERVER_PORT.to_be_bytes());
    let [l0, l1] = u16::try_from(whole).ok()?.to_be_bytes();
    let mut header = [s0, s1, d0, d1, l0, l1, 0, 0];
    let data = behind.get(..length)?;
    let sum = packet::transport_checksum(source, destination, packet::UDP, &[&header, data]);
    header[6..].copy_from_slice(&sum.to_be_bytes());
    let protocol = packet::UDP;
    let ip = IpEmit { source, destination, protocol, hop_limit: 64, traffic_class: 0 };
    let start = ip.emit(room, whole)?;
    room.get_mut(start..start + UDP_HEADER_LENGTH)?.copy_from_slice(&header);
    Some(start + whole)
}
