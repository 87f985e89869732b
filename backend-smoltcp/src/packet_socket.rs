//! Sockets of frames: what they want to see of which interface. Source: Linux's packet(7).

use berkeley::constants::ETH_P_ALL;
use berkeley::{Error, Protocol, SocketType};

use crate::datagram::Transport;
use crate::network::LinkIndex;

/// A socket of frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Frames {
    /// It sees and sends frames without the header of the link (`SOCK_DGRAM`).
    pub(crate) cooked: bool,
    /// What it sees until it is bound.
    pub(crate) protocol: u16,
}

impl Frames {
    pub(crate) const fn socket_type(self) -> SocketType {
        if self.cooked { SocketType::DGRAM } else { SocketType::RAW }
    }
}

/// What a socket of frames of this type and protocol speaks.
pub(crate) fn transport(
    socket_type: SocketType,
    Protocol(protocol): Protocol,
) -> Result<Transport, Error> {
    // The number is in the order of the network (packet(7)).
    let frames = Frames {
        cooked: socket_type == SocketType::DGRAM,
        protocol: u16::from_be(protocol as u16),
    };
    Ok(Transport::Frames(frames))
}

/// Which frames go into a queue, kept beside it: a link that sends one knows the queues and no sockets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tap {
    /// The socket that is woken.
    pub(crate) owner: u16,
    /// An EtherType, all of them, or 0 for none.
    pub(crate) protocol: u16,
    /// The only interface, if it is bound to one.
    pub(crate) link: Option<LinkIndex>,
    pub(crate) cooked: bool,
    /// Frames since the program has last asked, and how many of them were lost.
    pub(crate) frames: u32,
    pub(crate) lost: u32,
    /// The socket is to be woken.
    pub(crate) has_news: bool,
}

impl Tap {
    /// Whether a frame of this protocol is for it. What the host sends only those see that see all (Linux's
    /// `dev_queue_xmit_nit`).
    pub(crate) fn takes(&self, link: LinkIndex, protocol: u16, is_sent: bool) -> bool {
        let is_protocol = self.protocol == protocol && !is_sent && protocol != 0;
        (is_protocol || self.protocol == ETH_P_ALL) && self.link.is_none_or(|own| own == link)
    }
}
