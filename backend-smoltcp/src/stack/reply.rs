//! The one packet that may answer a frame.
//!
//! While a device gives a frame to the stack it cannot also send; the answer is written here and
//! sent right after.

use crate::ip::IpAddr;
use crate::network::HardwareAddress;
use crate::network::ethernet::EtherType;
#[cfg(tcp)]
use crate::tcp::engine::REPLY_LENGTH;

/// Room for an answer: headers, or an echo of ordinary size, or an error with what it quotes.
const LENGTH: usize = 640;

/// The answer.
pub(super) struct Reply {
    bytes: [u8; LENGTH],
    length: usize,
    to: ReplyTo,
}

/// Where an answer goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ReplyTo {
    /// A packet to this address, by route; `source` is our address in it.
    Address { source: IpAddr, destination: IpAddr },
    /// The payload of a frame to this hardware address, with this Ethernet type.
    #[cfg_attr(not(feature = "ipv4"), allow(dead_code, reason = "only ARP is answered like this"))]
    Hardware { destination: HardwareAddress, ether_type: EtherType },
}

impl Reply {
    pub(super) const fn new() -> Reply {
        let nowhere = IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED);
        let to = ReplyTo::Address { source: nowhere, destination: nowhere };
        Reply { bytes: [0; LENGTH], length: 0, to }
    }

    /// Room for an answer; what it becomes is said with [`Reply::set`].
    pub(super) fn room(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Room for an answer of the engine.
    #[cfg(tcp)]
    pub(super) fn engine_room(&mut self) -> &mut [u8; REPLY_LENGTH] {
        const { assert!(LENGTH >= REPLY_LENGTH) };
        self.bytes.first_chunk_mut().expect("longer, as asserted")
    }

    /// The first `length` bytes of the room are an answer.
    pub(super) fn set(&mut self, length: usize, to: ReplyTo) {
        self.length = length.min(LENGTH);
        self.to = to;
    }

    /// Whether there is an answer.
    pub(super) fn is_set(&self) -> bool {
        self.length > 0
    }

    /// The answer, if there is one; it is gone afterwards.
    pub(super) fn take(&mut self) -> Option<(&[u8], ReplyTo)> {
        match core::mem::take(&mut self.length) {
            0 => None,
            length => Some((self.bytes.get(..length)?, self.to)),
        }
    }
}
