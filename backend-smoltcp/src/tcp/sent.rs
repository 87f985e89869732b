//! The highest sequence number that a connection has sent, and acknowledgements that bear it.
//!
//! When the engine's retransmission timer runs out it goes back to the oldest unacknowledged byte,
//! and the acknowledgements that it sends meanwhile bear the number it has gone back to. The peer
//! has had those bytes: to it the segment is old, and it does not look at the acknowledgement in it.
//! If both ends do so at once, neither ever hears the other again. An acknowledgement is to bear the
//! number that follows everything sent, SND.NXT (RFC 9293, section 3.10.7.4): it is set right here, on
//! the way out. What lies beyond the peer's window is not counted, a probe when it is empty, or the rest
//! of a segment that is sent again, for which the engine does not look at it: to the peer the number
//! behind that lies outside of the window, and so does the acknowledgement.

use super::segment::{ACK, FIN, FLAGS, HEADER_LENGTH, RST, SYN};
use crate::network::checksum::{ipv4_header_checksum, segment_checksum};
use crate::network::packet::{IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH};

/// Where things are in a TCP header (RFC 9293, section 3.1).
const SEQUENCE_NUMBER: usize = 4;
const ACKNOWLEDGEMENT: usize = 8;
const DATA_OFFSET: usize = 12;
const WINDOW: usize = 14;
const CHECKSUM: usize = 16;

/// What a connection has sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Sent {
    /// The number that follows everything sent, once something was.
    next: Option<u32>,
    /// What was acknowledged last, and the window field beside it.
    acknowledged: Option<(u32, u16)>,
    /// The oldest number that the peer has not acknowledged.
    unacknowledged: u32,
    /// The number up to which the peer has let us send.
    room_to: Option<u32>,
    /// The number that follows what was sent all the same, beyond that: the peer may have taken it.
    latest: u32,
    /// The peer's last segment has acknowledged something new.
    advances: bool,
    /// Something was sent again since the peer had acknowledged everything.
    repeats: bool,
}

impl Sent {
    /// Nothing sent.
    pub(crate) const NOTHING: Sent = Sent {
        next: None,
        acknowledged: None,
        unacknowledged: 0,
        room_to: None,
        latest: 0,
        advances: false,
        repeats: false,
    };

    /// Everything up to this number, which comes next, with this number acknowledged and this window
    /// field beside it.
    pub(crate) const fn up_to(next: u32, acknowledged: (u32, u16)) -> Sent {
        let acknowledged = Some(acknowledged);
        Sent { next: Some(next), acknowledged, unacknowledged: next, latest: next, ..Sent::NOTHING }
    }

    /// The number that follows everything sent.
    pub(crate) const fn next(&self) -> Option<u32> {
        self.next
    }

    /// What was acknowledged last, and the window field beside it.
    pub(crate) const fn acknowledged(&self) -> Option<(u32, u16)> {
        self.acknowledged
    }

    /// The window field beside the last acknowledgement is another one now.
    pub(crate) fn tells_window(&mut self, window: u16) {
        self.acknowledged = self.acknowledged.map(|(number, _)| (number, window));
    }

    /// Looks at a packet of the engine before it leaves: notes what it sends, sets a bare
    /// acknowledgement right, and fills the checksums in, that of the segment where somebody looks at
    /// it. A packet that is not a whole TCP segment is left alone.
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn leaves(&mut self, packet: &mut [u8], checksum: bool) {
        let _ = self.look_at(packet, checksum);
    }

    #[cfg_attr(feature = "alloc", inline(always))]
    fn look_at(&mut self, packet: &mut [u8], checksum: bool) -> Option<()> {
        // The engine sends no options of IPv4 and no extensions of IPv6.
        let ipv4 = packet.first()? >> 4 == 4;
        let length = if ipv4 { IPV4_HEADER_LENGTH } else { IPV6_HEADER_LENGTH };
        let (header, segment) = packet.split_at_mut_checked(length)?;
        self.note(segment)?;
        if let Some(header) = header.first_chunk_mut::<IPV4_HEADER_LENGTH>().filter(|_| ipv4) {
            header[10..12].fill(0);
            let sum = ipv4_header_checksum(header);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        if checksum {
            // Both addresses stand at the end of the header.
            let addresses = if ipv4 { header.get(12..)? } else { header.get(8..)? };
            segment[CHECKSUM..CHECKSUM + 2].fill(0);
            let sum = segment_checksum(addresses, segment);
            segment[CHECKSUM..CHECKSUM + 2].copy_from_slice(&sum.to_be_bytes());
        }
        Some(())
    }

    /// Notes what a segment sends, and sets the number of a bare acknowledgement right.
    #[cfg_attr(feature = "alloc", inline(always))]
    fn note(&mut self, segment: &mut [u8]) -> Option<()> {
        let length = segment.len();
        let head = segment.first_chunk_mut::<HEADER_LENGTH>()?;
        let number = u32::from_be_bytes(*head[SEQUENCE_NUMBER..].first_chunk()?);
        let flags = head[FLAGS];
        if flags & ACK != 0 {
            let number = u32::from_be_bytes(*head[ACKNOWLEDGEMENT..].first_chunk()?);
            self.acknowledged = Some((number, u16::from_be_bytes(*head[WINDOW..].first_chunk()?)));
        }
        let data = length.checked_sub(usize::from(head[DATA_OFFSET] >> 4) * 4)?;
        let taken = data as u32 + u32::from(flags & SYN != 0) + u32::from(flags & FIN != 0);
        let end = number.wrapping_add(taken);
        let text_end = number.wrapping_add(data as u32);
        match self.next {
            Some(next) if flags & RST == 0 && taken == 0 && number != next => {
                // Keepalives are one byte long, and resets say where the engine is.
                head[SEQUENCE_NUMBER..SEQUENCE_NUMBER + 4].copy_from_slice(&next.to_be_bytes());
            }
            Some(next) if !is_before(next, end) => self.repeats |= taken > 0,
            _ if flags & RST != 0 => {}
            Some(next) => {
                self.repeats |= is_before(number, next);
                self.latest = later(self.latest, end);
                let is_beyond = self.room_to.filter(|room_to| is_before(*room_to, text_end));
                self.next = Some(is_beyond.map_or(end, |room_to| later(next, room_to)));
            }
            None => (self.next, self.latest, self.unacknowledged) = (Some(end), end, number),
        }
        Some(())
    }

    /// The peer has acknowledged everything before this number, or so it says. False when that is no
    /// news.
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn peer_acknowledges(&mut self, number: u32) -> bool {
        let Some(next) = self.next else { return false };
        let is_news = is_before(self.unacknowledged, number) && !is_before(self.latest, number);
        if is_news {
            self.unacknowledged = number;
            self.repeats &= is_before(number, next);
            self.next = Some(later(next, number)); // what was beyond was taken
        }
        self.advances = is_news;
        is_news
    }

    /// Whether the peer says something new when it acknowledges everything before `number` and has room for
    /// everything before `room_to`.
    pub(crate) fn is_news(&self, number: u32, room_to: u32) -> bool {
        is_before(self.unacknowledged, number)
            || self.room_to.is_none_or(|known| is_before(known, room_to))
    }

    /// The peer has room for everything before `number`, it says in a segment that acknowledges
    /// nothing else (`is_news` is false then). False when it was overtaken: the peer has let us send
    /// more already.
    ///
    /// The engine would take the smaller window. If that is empty and something is under way, it
    /// neither repeats that nor asks for room, and when the segments that had opened the window are the
    /// ones that came first, nothing is ever sent again. Windows are not to be taken back (RFC 9293,
    /// section 3.8.6); of a peer that does, what is repeated asks for room.
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn peer_has_room_to(&mut self, number: u32, is_news: bool) -> bool {
        let less = self.room_to.is_some_and(|room_to| is_before(number, room_to));
        if less && !is_news && self.under_way() > 0 {
            return false;
        }
        self.room_to = Some(number);
        true
    }

    /// Whether the peer's last segment has acknowledged something new, and nothing of what is under
    /// way was sent more than once: then all goes its ordinary course.
    pub(crate) fn advances(&self) -> bool {
        self.advances && !self.repeats
    }

    /// How much is under way: sent, and not acknowledged.
    pub(crate) fn under_way(&self) -> usize {
        self.next.map_or(0, |next| next.wrapping_sub(self.unacknowledged) as usize)
    }
}

/// The later one of two sequence numbers.
fn later(number: u32, other: u32) -> u32 {
    if is_before(number, other) { other } else { number }
}

/// Whether a sequence number comes before another (RFC 9293, section 3.4).
fn is_before(number: u32, other: u32) -> bool {
    (number.wrapping_sub(other) as i32) < 0
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::ip::{IpAddr, Ipv4Addr};
    use crate::network::packet::{self, IpEmit};

    /// A packet with this sequence number, these flags and so much data.
    fn segment(number: u32, flags: u8, data: usize) -> ([u8; 64], usize) {
        let ip = |last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        let description = IpEmit {
            source: ip(1),
            destination: ip(2),
            protocol: packet::TCP,
            hop_limit: 64,
            traffic_class: 0,
        };
        let mut bytes = [7; 64];
        description.emit(&mut bytes, 20 + data);
        let mut head = [0, 80, 0, 81, 0, 0, 0, 0, 0, 0, 0, 9, 0x50, flags, 1, 0, 0, 0, 0, 0];
        head[4..8].copy_from_slice(&number.to_be_bytes());
        bytes[20..40].copy_from_slice(&head);
        let sum = packet::transport_checksum(ip(1), ip(2), packet::TCP, &[&bytes[20..40 + data]]);
        bytes[36..38].copy_from_slice(&sum.to_be_bytes());
        (bytes, 40 + data)
    }

    #[test]
    fn a_bare_acknowledgement_bears_the_highest_number() {
        const HIGH: u32 = u32::MAX - 3; // the numbers wrap in between
        // number, flags, data, the number that leaves, in this order on one connection
        let mut sent = Sent::NOTHING;
        for (number, flags, data, leaves) in [
            (HIGH, SYN, 0, HIGH),
            (HIGH.wrapping_add(1), ACK, 10, HIGH.wrapping_add(1)),
            (HIGH.wrapping_add(11), ACK, 0, HIGH.wrapping_add(11)),
            (HIGH.wrapping_add(1), ACK, 0, HIGH.wrapping_add(11)), // gone back
            (HIGH.wrapping_add(1), ACK, 10, HIGH.wrapping_add(1)), // sent again
            (HIGH.wrapping_add(10), ACK, 1, HIGH.wrapping_add(10)), // keepalive
            (HIGH.wrapping_add(1), ACK | RST, 0, HIGH.wrapping_add(1)),
            (HIGH.wrapping_add(11), ACK | FIN, 0, HIGH.wrapping_add(11)),
            (HIGH.wrapping_add(11), ACK, 0, HIGH.wrapping_add(12)),
        ] {
            let (mut bytes, length) = segment(number, flags, data);
            sent.leaves(&mut bytes[..length], true);
            let expected = segment(leaves, flags, data).0;
            assert_eq!(bytes[..length], expected[..length], "{number:#x} {flags:#x} {data}");
        }
    }

    #[test]
    fn what_was_repeated_is_no_ordinary_course() {
        enum Step {
            Sends(u32),
            Hears(u32),
        }
        use Step::{Hears, Sends};
        let mut sent = Sent::up_to(100, (0, 0));
        // ten bytes sent from there or an acknowledgement up to there, whether it advances
        for (number, (step, advances)) in (0..).zip([
            (Sends(100), false),
            (Sends(110), false),
            (Hears(110), true),
            (Hears(110), false), // a duplicate
            (Sends(120), false),
            (Sends(110), false), // again
            (Hears(120), false), // some of it
            (Hears(131), false), // never sent
            (Hears(130), true),  // all of it
            (Sends(130), true),
            (Hears(140), true),
        ]) {
            match step {
                Sends(from) => {
                    let (mut bytes, length) = segment(from, ACK, 10);
                    sent.leaves(&mut bytes[..length], true);
                }
                Hears(number) => _ = sent.peer_acknowledges(number),
            }
            assert_eq!(sent.advances(), advances, "{number}");
        }
    }

    #[test]
    fn what_is_no_segment_is_left_alone() {
        let mut sent = Sent::up_to(5, (0, 0));
        for length in 0..40 {
            let (mut bytes, _) = segment(1, 0x10, 0);
            let before = bytes;
            sent.leaves(&mut bytes[..length], true);
            assert_eq!(bytes, before, "{length}");
        }
    }
}
