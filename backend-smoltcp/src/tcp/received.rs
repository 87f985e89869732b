//! Which sequence numbers of the peer can be true: what the engine does not say, read off the
//! segments, for the checks of RFC 5961 and for TIME-WAIT.

use super::segment::Segment;
use super::sent::Sent;

/// What the peer has sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Received {
    /// The number that follows all of it.
    pub(crate) next: u32,
    /// The number that follows its end, once that was taken.
    pub(crate) end: Option<u32>,
}

impl Received {
    /// Takes note of a segment, as far as it can be true: with data within the window, and an
    /// acknowledgement of what may be under way. Resets teach nothing.
    #[inline(always)]
    pub(crate) fn arrives(
        &mut self,
        segment: &Segment,
        sent: &Sent,
        (window, send): (usize, usize),
    ) {
        if self.end.is_some() {
            return; // there is no more
        }
        let ahead = segment.end().wrapping_sub(self.next) as usize;
        let acknowledges = sent
            .next()
            .zip(segment.acknowledgement)
            .is_some_and(|(next, number)| next.wrapping_sub(number) as usize <= send + 1);
        if acknowledges && !segment.resets && (1..=window + 1).contains(&ahead) {
            self.next = segment.end();
        }
    }

    /// Whether a reset has the one number that only the peer knows. Any other within the window is
    /// to be challenged (RFC 5961, section 3.2).
    pub(crate) fn is_exact(&self, reset: &Segment, sent: &Sent) -> bool {
        // The first is what the peer sends by itself, the second its answer to a challenge.
        let acknowledged = sent.acknowledged().map(|(number, _)| number);
        reset.sequence_number == self.next || Some(reset.sequence_number) == acknowledged
    }
}

#[cfg(test)]
mod tests {

    use super::super::{Endpoint, Tuple};
    use super::*;
    use crate::ip::{IpAddr, Ipv4Addr};

    fn segment(sequence_number: u32, acknowledgement: Option<u32>, length: usize) -> Segment {
        let end = Endpoint { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 1 };
        Segment {
            tuple: Tuple { local: end, remote: end },
            sequence_number,
            acknowledgement,
            opens: false,
            ends: false,
            resets: false,
            window: 0,
            length,
        }
    }

    #[test]
    fn strangers_cannot_choose_the_number_of_a_reset() {
        let fresh = Received { next: u32::MAX, end: None };
        let sent = Sent::up_to(500, (u32::MAX, 0));
        // sequence number, acknowledgement, data, what follows then
        for (sequence_number, acknowledgement, length, next) in [
            (u32::MAX, Some(500), 10, 9), // across zero
            (20, Some(500), 10, 30),      // something is missing, and under way
            (u32::MAX - 5, Some(500), 5, u32::MAX),
            (u32::MAX, Some(399), 10, 9), // all that we sent is under way, and our opening
            (u32::MAX, Some(398), 10, u32::MAX), // acknowledged long ago
            (u32::MAX, Some(501), 10, u32::MAX), // never sent
            (u32::MAX, None, 10, u32::MAX),
            (995, Some(500), 10, u32::MAX), // beyond the window
        ] {
            let mut received = fresh;
            let segment = segment(sequence_number, acknowledgement, length);
            received.arrives(&segment, &sent, (1000, 100));
            assert_eq!(received.next, next, "{sequence_number} {acknowledgement:?}");
        }
        let mut received = fresh;
        let reset = Segment { resets: true, ..segment(20, Some(500), 0) };
        received.arrives(&reset, &sent, (1000, 100));
        assert_eq!(received, fresh);
        for (number, exact) in [(u32::MAX, true), (0, false), (20, false)] {
            assert_eq!(received.is_exact(&segment(number, None, 0), &sent), exact, "{number}");
        }
    }
}
