//! What a slot learns from the segments of its peer, and which of them its engine may see.

use berkeley::Instant;
use smoltcp::socket::tcp;

use super::half_open::shift_of;
use super::received::Received;
use super::segment::{OpeningOptions, Segment};
use super::slot::Slot;

impl Slot<'_> {
    /// Whether a segment is what comes next on a connection that stands, and nothing but data and an
    /// acknowledgement: none of the questions of [`Slot::in_place_of`] and [`Slot::may_take`] arises.
    #[inline(always)]
    pub(crate) fn expects(&self, segment: &Segment) -> bool {
        segment.sequence_number == self.received.next
            && segment.acknowledgement.is_some()
            && !(segment.opens || segment.ends || segment.resets)
            && self.received.end.is_none()
    }

    /// Takes note of a segment of the peer, and of its numbers.
    ///
    /// False when the engine is not to see it, because it was overtaken by a later one.
    #[inline(always)]
    pub(crate) fn note_received(&mut self, segment: &Segment, now: Instant) -> bool {
        self.patience.heard(now);
        self.soft_error = None;
        if let Some(number) = segment.acknowledgement {
            let is_news = self.sent.peer_acknowledges(number);
            let bare = segment.sequence_length() == 0 && !segment.resets;
            if !self.note_room(segment, number, is_news) && bare {
                return false;
            }
        }
        if segment.opens && self.state() == tcp::State::SynSent {
            // The engine takes no data that comes with the opening.
            self.received.next = segment.sequence_number.wrapping_add(1);
        } else {
            self.received.arrives(segment, &self.sent, self.capacities());
        }
        true
    }

    /// Takes note of the peer's window in a segment that acknowledges everything before `number`.
    /// False when the segment was overtaken.
    #[cfg_attr(feature = "alloc", inline(always))]
    #[cfg_attr(not(feature = "alloc"), inline(never))]
    pub(crate) fn note_room(&mut self, segment: &Segment, number: u32, is_news: bool) -> bool {
        self.sent.peer_has_room_to(number.wrapping_add(self.window_in(segment)), is_news)
    }

    /// The peer's window in a segment, in bytes.
    #[inline(always)]
    fn window_in(&self, segment: &Segment) -> u32 {
        // An opening segment's window is never scaled (RFC 7323, section 2.2).
        let scale = self.their_options.window_scale.filter(|_| !segment.opens);
        u32::from(segment.window).wrapping_shl(scale.unwrap_or(0).into()) // at most 14
    }

    /// Whether a segment with this number may be on its way: not acknowledged, and sent.
    pub(crate) fn has_under_way(&self, number: u32) -> bool {
        let Some(socket) = self.socket() else { return false };
        if socket.state() == tcp::State::SynSent {
            return number == self.our_first;
        }
        let accepted = self.our_first.wrapping_add(1).wrapping_add(self.accepted);
        let oldest = accepted.wrapping_sub(socket.send_queue() as u32);
        let span = self.sent.next().map_or(0, |next| next.wrapping_sub(oldest));
        number.wrapping_sub(oldest) <= span
    }

    /// Whether the engine may see a segment. Data behind the peer's end it would take for more of the
    /// stream (RFC 9293, section 3.10.7.4: it is to be ignored). Of a segment that reaches beyond
    /// the window it would take the end, and not all of the data before it.
    #[inline(always)]
    pub(crate) fn may_take(&self, segment: &Segment) -> bool {
        if segment.length == 0 {
            return true;
        }
        let text_end = segment.sequence_number.wrapping_add(segment.length as u32);
        let is_before = |limit: u32| (limit.wrapping_sub(text_end) as i32) < 0;
        let behind_end = self.received.end.is_some_and(is_before);
        !(behind_end || segment.ends && self.window_end().is_some_and(is_before))
    }

    /// Whether a segment may be somebody else's, and says something that ends a connection that stands: a
    /// reset without the one number that only the peer knows, or an opening (RFC 5961).
    pub(crate) fn doubts(&self, segment: &Segment) -> bool {
        let is_exact = || segment.resets && self.received.is_exact(segment, &self.sent);
        (segment.resets || segment.opens) && self.is_synchronized() && !is_exact()
    }

    /// Whether a number lies in the window that the peer was told last.
    pub(crate) fn is_in_window(&self, number: u32) -> bool {
        let start = self.sent.acknowledged().map(|(number, _)| number);
        start
            .zip(self.window_end())
            .is_some_and(|(start, end)| number.wrapping_sub(start) < end.wrapping_sub(start))
    }

    /// The number that the engine sees in place of that of a bare acknowledgement, when that is exactly
    /// the end of the window. It takes only numbers within (RFC 9293, section 3.10.7.4); but a peer that has filled the
    /// window with data that was lost has no other number to say, and when both ends have, neither
    /// would hear any more of what has arrived. Linux's `tcp_sequence` takes it as well.
    #[inline(always)]
    pub(crate) fn in_place_of(&self, segment: &Segment) -> Option<u32> {
        if segment.sequence_length() != 0 || segment.resets {
            return None;
        }
        // When everything up to there has come, it is the number that comes next.
        let lost = (self.received.next.wrapping_sub(segment.sequence_number) as i32) < 0;
        let at_end = lost && self.window_end() == Some(segment.sequence_number);
        at_end.then_some(self.received.next)
    }

    /// Whether a segment has come before, or fills a gap, and what it acknowledges is new: then that counts
    /// by itself. The engine takes nothing from a segment that was all received (RFC 9293, section
    /// 3.10.7.4). But a peer may have no other way to say it: BSD's repeats its end with every
    /// acknowledgement while both ends close. Linux's `tcp_sequence` takes it when the segment ends no sooner
    /// than where the peer was last told that we are.
    pub(crate) fn acknowledges_again(&self, segment: &Segment) -> bool {
        let Some((told, _)) = self.sent.acknowledged() else { return false };
        let (end, next) = (segment.end(), self.received.next);
        segment.sequence_length() > 0
            && !(segment.opens || segment.resets)
            && end.wrapping_sub(told) <= next.wrapping_sub(told)
            && self.is_synchronized()
            && segment.acknowledgement.is_some_and(|number| {
                self.sent.is_news(number, number.wrapping_add(self.window_in(segment)))
            })
    }

    /// The engine has taken a segment: whether that was the peer's end.
    #[inline(always)]
    pub(crate) fn note_taken(&mut self, segment: &Segment) {
        if segment.ends && self.received.end.is_none() && self.has_peers_end() {
            self.received = Received { next: segment.end(), end: Some(segment.end()) };
        }
    }

    /// Whether the peer has sent its end.
    fn has_peers_end(&self) -> bool {
        matches!(
            self.state(),
            tcp::State::CloseWait
                | tcp::State::LastAck
                | tcp::State::Closing
                | tcp::State::TimeWait
        )
    }

    /// The number that follows the window that the peer was told last.
    fn window_end(&self) -> Option<u32> {
        let (acknowledged, field) = self.sent.acknowledged()?;
        Some(acknowledged.wrapping_add(u32::from(field) << self.packets.window_shift))
    }

    /// Takes note of what the peer has said when it opened.
    pub(crate) fn peer_opens(&mut self, options: OpeningOptions) {
        let scaled = options.window_scale.is_some();
        self.packets.window_shift = if scaled { shift_of(self.capacities().0) } else { 0 };
        self.their_options = options;
    }
}
