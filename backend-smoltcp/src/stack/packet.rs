//! Sockets of frames, which see what a link carries and send what they like.
//!
//! What they see is in [`seen`]; here is what else they do: bind, send, options. Sources: packet(7), Linux's
//! `packet_do_bind`, `packet_snd`.

mod seen;

use berkeley::options::{
    OptionBytes, PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP, PACKET_STATISTICS,
};
use berkeley::{
    Address, Errno, Error, Instant, Interface, OptionLevel, OptionName, OutgoingMessage,
    PacketAddress,
};

use self::seen::Hardware;
pub(super) use self::seen::{Way, sender_of};
use super::datagram_output::{behind, copy_part};
use super::state::{Inner, State};
use crate::datagram::Transport;
use crate::descriptor::{Datagram, Kind};
use crate::device::Medium;
use crate::network::HardwareAddress;
use crate::network::ethernet::{EtherType, EthernetHeader, HEADER_LENGTH};
use crate::packet_socket::{Frames, Tap};

/// Bytes of `struct packet_mreq`.
const MEMBERSHIP: usize = 16;

impl State<'_> {
    /// Lets a new socket see frames, if it is one for them.
    pub(super) fn packet_opened(&mut self, index: u16, datagram: Datagram) {
        if let Transport::Frames(Frames { cooked, protocol }) = datagram.transport
            && let Some(queue) = self.datagrams.queue_mut(datagram)
        {
            queue.tap = Some(Tap {
                owner: index,
                protocol,
                link: None,
                cooked,
                frames: 0,
                lost: 0,
                has_news: false,
            });
            self.datagrams.taps += 1;
            self.raw_sockets += 1;
        }
    }

    /// A socket is closed, which may have seen frames.
    pub(super) fn packet_closed(&mut self, datagram: Datagram) {
        let queue = self.datagrams.queue_mut(datagram);
        if queue.is_some_and(|queue| queue.tap.take().is_some()) {
            self.datagrams.taps -= 1;
            self.raw_sockets -= 1;
        }
    }

    /// Wakes who has been shown frames.
    #[inline]
    pub(super) fn wake_watchers(&mut self) {
        if self.datagrams.has_news {
            self.wake_all_watchers();
        }
    }

    #[cold]
    fn wake_all_watchers(&mut self) {
        self.datagrams.has_news = false;
        for number in 0..self.datagrams.queues.len() {
            if let Some(queue) = self.datagrams.queues.get_mut(number)
                && let Some(tap) = &mut queue.tap
                && core::mem::take(&mut tap.has_news)
            {
                let owner = tap.owner;
                self.wake(owner);
            }
        }
    }

    /// What a socket sees, if it is one of frames.
    fn tap(&mut self, index: u16) -> Option<&mut Tap> {
        let Kind::Datagram(datagram) = self.descriptors.entry(index).ok()?.kind else {
            return None;
        };
        self.datagrams.queue_mut(datagram)?.tap.as_mut()
    }

    /// The number of an interface in an address. Interfaces have no names here.
    fn link_in(&self, interface: Interface) -> Result<Option<u8>, Error> {
        match interface {
            Interface::Index(0) => Ok(None),
            Interface::Index(number) => self.link_of(number).map(Some),
            Interface::Name(_) => Err(Errno::ENODEV.into()),
        }
    }

    /// The value of an option, if the socket is one of frames: it has none of IP.
    pub(super) fn frames_option(
        &mut self,
        index: u16,
        level: OptionLevel,
        name: OptionName,
    ) -> Option<Result<OptionBytes, Error>> {
        let tap = self.tap(index)?;
        match (level, name) {
            (OptionLevel::SOCKET, _) => None,
            (OptionLevel::PACKET, PACKET_STATISTICS) => {
                let (frames, lost) = (tap.frames as i32, tap.lost as i32);
                (tap.frames, tap.lost) = (0, 0);
                Some(Ok(OptionBytes::of_ints(frames, lost)))
            }
            _ => Some(Err(Errno::ENOPROTOOPT.into())),
        }
    }

    /// Sets an option, if the socket is one of frames. Devices give all that they hear, so there is
    /// nothing to do for a membership.
    pub(super) fn set_frames_option(
        &mut self,
        index: u16,
        level: OptionLevel,
        name: OptionName,
        value: &[u8],
    ) -> Option<Result<(), Error>> {
        self.tap(index)?;
        let interface = value.first_chunk().map_or(0, |bytes| u32::from_ne_bytes(*bytes));
        let outcome = match (level, name) {
            (OptionLevel::SOCKET, _) => return None,
            (OptionLevel::PACKET, PACKET_ADD_MEMBERSHIP | PACKET_DROP_MEMBERSHIP)
                if value.len() < MEMBERSHIP =>
            {
                Err(Errno::EINVAL.into())
            }
            (OptionLevel::PACKET, PACKET_ADD_MEMBERSHIP) => self.link_of(interface).map(|_| ()),
            (OptionLevel::PACKET, PACKET_DROP_MEMBERSHIP) => Ok(()),
            _ => Err(Errno::ENOPROTOOPT.into()),
        };
        Some(outcome)
    }
}

impl Inner<'_> {
    /// Binds a socket, if it is one of frames: to an interface or all of them, and to a protocol, or the
    /// one that it has.
    pub(super) fn bind_frames(
        &mut self,
        index: u16,
        address: &Address,
    ) -> Option<Result<(), Error>> {
        self.state.tap(index)?;
        let Address::Packet(address) = address else { return Some(Err(Errno::EINVAL.into())) };
        let link = match self.state.link_in(address.interface) {
            Ok(link) => link,
            Err(error) => return Some(Err(error)),
        };
        let tap = self.state.tap(index)?;
        tap.link = link;
        if address.protocol != 0 {
            tap.protocol = address.protocol;
        }
        let is_up = link.is_none_or(|link| self.state.routes.is_up(link));
        if !is_up && let Ok(entry) = self.state.descriptors.entry_mut(index) {
            entry.error = Some(Errno::ENETDOWN); // as Linux: bound, and told at once
        }
        Some(Ok(()))
    }

    /// What a socket is bound to, if it is one of frames.
    pub(super) fn frames_name(&mut self, index: u16) -> Option<Address> {
        let Tap { link, protocol, .. } = *self.state.tap(index)?;
        let number = link.map_or(0, |link| u32::from(link) + 1);
        let address = PacketAddress::new(Interface::Index(number), protocol);
        let Some(Ok(facts)) = link.map(|link| self.facts(link)) else {
            return Some(address.into());
        };
        let own = facts.hardware().map_or([0; 6], |own| own.0);
        let (hardware_type, length) = Hardware::type_and_length(Hardware::of(facts.medium) as u8);
        let mut address = address.with_hardware_address_of_host(&own[..length]);
        address.hardware_type = hardware_type;
        Some(address.into())
    }

    /// Sends a frame as it is, or with a header of the link.
    pub(super) fn send_frame(
        &mut self,
        frames: Frames,
        index: u16,
        message: &OutgoingMessage<'_>,
        now: Instant,
    ) -> Result<usize, Error> {
        let Tap { link: bound, protocol: own, .. } = *self.state.tap(index).ok_or(Errno::EBADF)?;
        let (link, protocol, to) = match message.address {
            None => (bound, own, None),
            Some(Address::Packet(to)) => {
                (self.state.link_in(to.interface)?, to.protocol, Some(to.hardware_address()))
            }
            Some(_) => return Err(Errno::EINVAL.into()),
        };
        let number = link.ok_or(Errno::ENXIO)?;
        let facts = self.facts(number).map_err(|_| Errno::ENXIO)?;
        if !self.state.routes.is_up(number) {
            return Err(Errno::ENETDOWN.into());
        }
        // What a frame has in front of the packet, as far as the program writes it.
        let is_framed = facts.medium != Medium::Ip;
        let header = if is_framed && !frames.cooked { HEADER_LENGTH } else { 0 };
        let length = message.length();
        if length > facts.mtu + header {
            return Err(Errno::EMSGSIZE.into());
        }
        if length < header {
            return Err(Errno::EINVAL.into());
        }
        let mut written = [0; HEADER_LENGTH];
        copy_part(&mut written[..header], &[], message.parts.iter().copied(), 0);
        let ethernet = match facts.medium {
            Medium::Ethernet(own) if frames.cooked => Some(EthernetHeader {
                destination: to
                    .and_then(|to| to.first_chunk())
                    .map(|to| HardwareAddress(*to))
                    .ok_or(Errno::EINVAL)?,
                source: own,
                ether_type: EtherType(protocol),
            }),
            Medium::Ethernet(_) => Some(EthernetHeader::read(&written)),
            Medium::Ip | Medium::Loopback => None,
        };
        let Datagram { queue, .. } = match self.state.descriptors.entry(index)?.kind {
            Kind::Datagram(datagram) => datagram,
            _ => return Err(Errno::EBADF.into()),
        };
        let Inner { links, state, .. } = self;
        let Some(Some(link)) = links.get_mut(usize::from(number)) else {
            return Err(Errno::ENXIO.into());
        };
        let way = Way::Out(Some(queue));
        let sent = link.transmit_frame(ethernet, (&mut state.datagrams, way), &mut |room| {
            let payload = length - header;
            let parts = behind(message.parts.iter().copied(), header);
            let Some(room) = room.get_mut(..payload) else { return 0 };
            copy_part(room, &[], parts, 0);
            payload
        });
        if !sent {
            state.device_is_full(now);
            return Err(Errno::EAGAIN.into());
        }
        Ok(length)
    }
}
