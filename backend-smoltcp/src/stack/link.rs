//! A link: a device with what the stack keeps beside it.

use core::ops::{Deref, DerefMut};

use berkeley::Instant;

use super::arrival::Arrival;
use super::datagrams::Datagrams;
use super::packet::Way;
use super::reply::Reply;
use super::state::State;
use super::traffic::Traffic;
use crate::device::{Device, Medium, Offloads};
use crate::network::HardwareAddress;
use crate::network::ethernet::{EtherType, EthernetHeader, HEADER_LENGTH};
use crate::tcp::engine::Engine;

/// A device without room is asked again after this long.
pub(super) const DEVICE_PAUSE: core::time::Duration = core::time::Duration::from_millis(1);

/// A device of a stack: borrowed, or on the heap.
pub enum DeviceOf<'a> {
    /// A driver in a `static`, or one that outlives the stack.
    Borrowed(&'a mut (dyn Device + Send + 'a)),
    /// A driver that the stack keeps.
    #[cfg(feature = "alloc")]
    Owned(alloc::boxed::Box<dyn Device + Send + 'a>),
}

impl<'a, D: Device + Send + 'a> From<&'a mut D> for DeviceOf<'a> {
    fn from(device: &'a mut D) -> DeviceOf<'a> {
        DeviceOf::Borrowed(device)
    }
}

#[cfg(feature = "alloc")]
impl<'a, D: Device + Send + 'a> From<alloc::boxed::Box<D>> for DeviceOf<'a> {
    fn from(device: alloc::boxed::Box<D>) -> DeviceOf<'a> {
        DeviceOf::Owned(device)
    }
}

impl<'a> Deref for DeviceOf<'a> {
    type Target = dyn Device + Send + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            DeviceOf::Borrowed(device) => &**device,
            #[cfg(feature = "alloc")]
            DeviceOf::Owned(device) => &**device,
        }
    }
}

impl DerefMut for DeviceOf<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            DeviceOf::Borrowed(device) => &mut **device,
            #[cfg(feature = "alloc")]
            DeviceOf::Owned(device) => &mut **device,
        }
    }
}

/// A device and its engine.
pub(crate) struct Link<'a> {
    pub(super) device: DeviceOf<'a>,
    pub(super) engine: Engine,
    pub(super) facts: LinkFacts,
    /// Something was sent that comes back: no interrupt tells of it.
    pub(super) looped: bool,
    /// Whether the link was up when the device was last asked.
    up: bool,
    pub(super) received: Traffic,
    pub(super) sent: Traffic,
}

/// Writes a frame around a packet, with the header that `header` gives, if it has any, and says how long
/// it is; 0 for none. Who watches is shown it.
#[inline]
pub(super) fn frame(
    (facts, sent): (&LinkFacts, &mut Traffic),
    (watchers, way): (&mut Datagrams<'_>, Way),
    (has_header, header): (bool, impl FnOnce() -> Option<EthernetHeader>),
    room: &mut [u8],
    fill: impl FnOnce(&mut [u8]) -> usize,
) -> usize {
    let offset = if has_header { HEADER_LENGTH } else { 0 };
    let Some(packet) = room.get_mut(offset..).filter(|packet| packet.len() >= facts.mtu) else {
        return 0; // a device whose frames are shorter than it said carries nothing
    };
    let length = fill(packet);
    if length == 0 {
        return 0;
    }
    if let Some(header) = header() {
        header.emit(room);
    }
    sent.note(offset + length);
    if watchers.watch()
        && let Some(frame) = room.get(..offset + length)
    {
        watchers.show(facts, frame, way);
    }
    offset + length
}

/// What does not change about a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkFacts {
    pub(super) index: u8,
    pub(super) medium: Medium,
    pub(super) mtu: usize,
    /// Full frames that a peer may send at a time.
    #[cfg_attr(not(tcp), allow(dead_code, reason = "what only TCP asks for"))]
    pub(super) burst: usize,
    pub(super) offloads: Offloads,
}

impl LinkFacts {
    /// The longest packet, and how many of them a peer may send at a time.
    #[cfg(tcp)]
    pub(super) fn limits(&self) -> (usize, usize) {
        (self.mtu, self.burst)
    }

    /// The link's own hardware address, where it has one.
    pub(super) fn hardware(&self) -> Option<HardwareAddress> {
        match self.medium {
            Medium::Ethernet(address) => Some(address),
            Medium::Ip | Medium::Loopback => None,
        }
    }

    /// The header of a frame to a station, on a link that has any.
    #[inline]
    pub(super) fn header(
        &self,
        to: Option<HardwareAddress>,
        ether_type: EtherType,
    ) -> Option<EthernetHeader> {
        let (source, destination) = self.hardware().zip(to)?;
        Some(EthernetHeader { destination, source, ether_type })
    }
}

impl<'a> Link<'a> {
    pub(super) fn new(device: DeviceOf<'a>, index: u8) -> Link<'a> {
        let (medium, mtu) = (device.medium(), device.mtu());
        // Whose window never opens never hears anything.
        let burst = device.burst().map_or(usize::MAX, |frames| frames.max(1));
        let facts = LinkFacts { index, medium, mtu, burst, offloads: device.offloads() };
        let (engine, up) = (Engine::new(mtu, medium != Medium::Loopback), device.link_up());
        let (received, sent) = (Traffic::NONE, Traffic::NONE);
        Link { device, engine, facts, looped: false, up, received, sent }
    }

    /// Sends one packet, to this hardware address where the link has them. `fill` writes the packet
    /// into at least the MTU and says how long it is; 0 sends nothing. False when the device has no
    /// room now.
    pub(super) fn transmit(
        &mut self,
        to: Option<HardwareAddress>,
        ether_type: EtherType,
        watchers: &mut Datagrams<'_>,
        fill: &mut dyn FnMut(&mut [u8]) -> usize,
    ) -> bool {
        let header = self.facts.header(to, ether_type);
        self.transmit_frame(header, (watchers, Way::Out(None)), fill)
    }

    /// [`Link::transmit`] of a packet with this header in front, if any, shown to those who watch.
    pub(super) fn transmit_frame(
        &mut self,
        header: Option<EthernetHeader>,
        (watchers, way): (&mut Datagrams<'_>, Way),
        fill: &mut dyn FnMut(&mut [u8]) -> usize,
    ) -> bool {
        let Link { device, facts, looped, sent, .. } = self;
        *looped |= facts.medium == Medium::Loopback;
        let header = (header.is_some(), || header);
        let had_room = device
            .transmit(&mut |room| frame((facts, sent), (watchers, way), header, room, &mut *fill));
        if !had_room {
            self.sent.drop_one();
        }
        had_room
    }

    /// Sends packets of up to this length from now on, as far as the device carries them.
    pub(super) fn set_mtu(&mut self, mtu: usize) {
        self.facts.mtu = mtu.min(self.device.mtu());
        self.engine = Engine::new(self.facts.mtu, self.facts.medium != Medium::Loopback);
    }

    /// Whether the link was up when the device was last asked.
    pub(super) fn is_up(&self) -> bool {
        self.up
    }

    /// Asks the device whether the link is up; says so when that has changed.
    pub(super) fn look(&mut self) -> Option<bool> {
        let was_up = core::mem::replace(&mut self.up, self.device.link_up());
        (was_up != self.up).then_some(self.up)
    }

    /// When the device wants to be looked at.
    pub(super) fn next_event(&self) -> Option<Instant> {
        self.device.next_event()
    }

    /// Acts on the oldest frame; false when there is none.
    #[inline]
    pub(super) fn receive(
        &mut self,
        state: &mut State<'_>,
        reply: &mut Reply,
        now: Instant,
    ) -> bool {
        let Link { device, engine, facts, looped, received: traffic, .. } = self;
        let mut arrival = Arrival { engine, facts, traffic, reply, now };
        let received = device.receive(&mut |frame| {
            arrival.traffic.note(frame.len());
            state.frame_arrived(&mut arrival, frame);
        });
        *looped &= received;
        received
    }
}
