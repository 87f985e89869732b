//! Everything a stack knows, behind its lock: tables, and the small steps that keep them right.
//!
//! The links stand beside the tables, not in them, because a device that is giving a frame to the
//! stack is borrowed while the stack looks at it.

use berkeley::{Instant, Timeout};
use managed::ManagedSlice;

#[cfg(tcp)]
use super::connections::Connections;
use super::datagrams::Datagrams;
#[cfg(feature = "dhcp")]
use super::dhcp::DhcpClients;
use super::link::Link;
#[cfg(multicast)]
use super::multicast::Multicast;
use super::refusals::Refusals;
use super::reply::Reply;
#[cfg(dns)]
use super::resolver::Resolver;
#[cfg(feature = "slaac")]
use super::slaac::Hosts;
use super::statistics::Drops;
use super::traffic::ProtocolCounts;
use super::waiters::Waiters;
use crate::alarm::Alarm;
use crate::descriptor::Descriptors;
use crate::ip::IpAddr;
use crate::memory::Resources;
use crate::network::neighbour::NeighbourTable;
use crate::network::pending::PendingPackets;
use crate::network::reassembly::Reassembly;
use crate::network::route::RouteTable;
use crate::secret::Secret;
#[cfg(feature = "unix")]
use crate::unix::UnixSockets;

/// The links and the tables.
pub(crate) struct Inner<'a> {
    pub(super) links: ManagedSlice<'a, Option<Link<'a>>>,
    pub(super) state: State<'a>,
    /// The answer to the frame that was looked at last.
    pub(super) reply: Reply,
    /// Which link is looked at first for a frame.
    pub(super) next_link: usize,
    /// How often a look at the links was put off.
    pub(super) looks_owed: u32,
}

/// The tables.
pub(crate) struct State<'a> {
    pub(super) descriptors: Descriptors<'a>,
    #[cfg(tcp)]
    pub(super) tcp: Connections<'a>,
    pub(super) datagrams: Datagrams<'a>,
    /// How many raw sockets and sockets of frames there are.
    #[cfg(raw)]
    pub(super) raw_sockets: u16,
    #[cfg(feature = "unix")]
    pub(super) unix: UnixSockets<'a>,
    #[cfg(multicast)]
    pub(super) multicast: Multicast<'a>,
    pub(super) neighbours: NeighbourTable<'a>,
    pub(super) pending: PendingPackets<'a>,
    pub(super) routes: RouteTable<'a>,
    #[cfg(feature = "slaac")]
    pub(super) slaac: Hosts<'a>,
    #[cfg(feature = "dhcp")]
    pub(super) dhcp: DhcpClients<'a>,
    pub(super) reassembly: Reassembly<'a>,
    #[cfg(dns)]
    pub(super) resolver: Resolver<'a>,
    pub(super) secret: Secret,
    pub(super) refusals: Refusals,
    pub(super) waiters: Waiters<'a>,
    pub(super) default_timeout: Timeout,
    /// A bit for each interface that there is.
    pub(super) interfaces: u32,
    /// The places of links, up to the last that is taken.
    pub(super) places: usize,
    /// The link of the stack's own addresses.
    pub(super) loopback: Option<u8>,
    /// Packets that went no further.
    pub(super) drops: Drops,
    /// What the protocols have done.
    pub(super) protocols: ProtocolCounts,
    /// Counts the binds, so that the last of several is known.
    pub(super) binds: u32,
    /// When the slow tables want attention: see [`Inner::keep_house`].
    pub(super) housekeeping: Alarm,
    /// A neighbour that somebody waited for has just been found.
    pub(super) found: Option<(u8, IpAddr)>,
    /// The device had no room for a datagram: it is asked again at this time.
    pub(super) datagrams_blocked_until: Option<Instant>,
    /// Something happened to a socket since the flag was last taken.
    pub(super) news: bool,
    /// How often something happened: who has looked at many sockets looks again when it moves.
    pub(super) changes: u32,
    /// The longest that a call sleeps at a time.
    pub(super) max_park: Option<core::time::Duration>,
    /// Calls asleep in the platform, and a time before which one of them wakes by itself.
    pub(super) parked: u32,
    /// Of these, how many were kicked, and will look by themselves.
    pub(super) kicked: u32,
    pub(super) parked_until: Option<Instant>,
}

impl<'a> Inner<'a> {
    /// Empty tables, and no links.
    pub(super) fn new(resources: Resources<'a>, secret: Secret) -> Inner<'a> {
        let state = State {
            descriptors: Descriptors::new(resources.descriptors, resources.descriptor_ports),
            #[cfg(tcp)]
            tcp: Connections::new(resources.connections),
            #[cfg(datagrams)]
            datagrams: Datagrams::new(resources.queues),
            #[cfg(not(datagrams))]
            datagrams: Datagrams::NONE,
            #[cfg(raw)]
            raw_sockets: 0,
            #[cfg(feature = "unix")]
            unix: UnixSockets::new(resources.unix),
            #[cfg(multicast)]
            multicast: Multicast::new(resources.multicast, &secret),
            neighbours: NeighbourTable::new(resources.neighbours),
            pending: PendingPackets::new(resources.packets),
            routes: RouteTable::new(resources.addresses, resources.routes),
            #[cfg(feature = "slaac")]
            slaac: resources.slaac,
            #[cfg(feature = "dhcp")]
            dhcp: resources.dhcp,
            reassembly: Reassembly::new(resources.reassembly),
            #[cfg(dns)]
            resolver: Resolver::new(),
            secret,
            refusals: Refusals::new(),
            waiters: Waiters::new(resources.waiters),
            default_timeout: Timeout::Blocking,
            interfaces: 0,
            places: 0,
            loopback: None,
            drops: Drops::default(),
            protocols: ProtocolCounts::default(),
            binds: 0,
            housekeeping: Alarm::NEVER,
            found: None,
            datagrams_blocked_until: None,
            news: false,
            changes: 0,
            max_park: None,
            parked: 0,
            kicked: 0,
            parked_until: None,
        };
        Inner { links: resources.links, state, reply: Reply::new(), next_link: 0, looks_owed: 0 }
    }
}

impl State<'_> {
    /// There are these interfaces now.
    pub(super) fn set_interfaces(&mut self, interfaces: u32) {
        self.interfaces = interfaces;
        self.places = (u32::BITS - interfaces.leading_zeros()) as usize;
    }

    /// Something has happened to a descriptor.
    #[inline]
    pub(super) fn wake(&mut self, descriptor: u16) {
        self.note_news();
        self.waiters.fire(descriptor);
    }

    /// Something has happened that somebody who sleeps may wait for: a socket may be ready that was
    /// not.
    pub(super) fn note_news(&mut self) {
        self.news = true;
        self.changes = self.changes.wrapping_add(1);
    }
}
