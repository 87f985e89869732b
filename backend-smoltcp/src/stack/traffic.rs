//! What an interface has carried, and what the protocols have done: the counts of `/proc/net/dev` and
//! `/proc/net/snmp`, as far as they cost nothing where packets are in a hurry.
//!
//! A frame costs two additions. The segments of TCP are not counted one by one: an interface counts
//! its packets, and what becomes of connections is counted where it happens.

use super::Stack;
use super::statistics::count;
use crate::lock::LockFamily;
use crate::platform::Platform;

/// What has gone one way over an interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Traffic {
    /// Frames, or packets where the link has no frames.
    pub packets: u64,
    /// Their bytes, with the headers of the link.
    pub bytes: u64,
    /// Received: frames that the stack did nothing with ([`Drops`](super::Drops) says why). Sent:
    /// how often the device had no room; most packets are then sent later. Wraps.
    pub dropped: u32,
}

/// What the protocols of a stack have done. The counts wrap.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ProtocolCounts {
    /// Connections that programs have begun (RFC 4022, `tcpActiveOpens`).
    pub active_opens: u32,
    /// Connections that others have opened, handshake and all (`tcpPassiveOpens`).
    pub passive_opens: u32,
    /// Attempts to connect that failed (`tcpAttemptFails`).
    pub attempt_failures: u32,
    /// Connections that stood and ended otherwise than by the ends of both sides
    /// (`tcpEstabResets`).
    pub established_resets: u32,
    /// Datagrams that reached a socket, once for each that got them (RFC 4113, `udpInDatagrams`).
    pub datagrams_in: u32,
    /// Datagrams that programs have sent (`udpOutDatagrams`).
    pub datagrams_out: u32,
    /// ICMP messages of either version of IP but for neighbour discovery (RFC 4293,
    /// `icmpStatsInMsgs`).
    pub icmp_in: u32,
}

impl ProtocolCounts {
    /// The counts with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u32)> {
        [
            ("active opens", self.active_opens),
            ("passive opens", self.passive_opens),
            ("attempt failures", self.attempt_failures),
            ("established resets", self.established_resets),
            ("datagrams in", self.datagrams_in),
            ("datagrams out", self.datagrams_out),
            ("icmp in", self.icmp_in),
        ]
        .into_iter()
    }
}

impl Traffic {
    pub(super) const NONE: Traffic = Traffic { packets: 0, bytes: 0, dropped: 0 };

    /// A frame of this length has gone.
    #[inline]
    pub(super) const fn note(&mut self, length: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(length as u64);
    }

    /// Nothing came of one.
    pub(super) const fn drop_one(&mut self) {
        count(&mut self.dropped);
    }
}

impl<P: Platform, L: LockFamily> Stack<'_, P, L> {
    /// What the protocols have done.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`](berkeley::Error::REENTERED) when called from inside the stack.
    pub fn protocol_counts(&self) -> Result<ProtocolCounts, berkeley::Error> {
        self.ask(|inner| inner.state.protocols)
    }
}
