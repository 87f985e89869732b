//! Which bytes of a datagram are missing, as a small list of holes (RFC 815).

/// With more holes than this, a datagram is dropped: fragments come in order, nearly.
const MOST_HOLES: usize = 32;

/// Bytes that are missing, from the first to the last, both included (RFC 815 section 3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Hole {
    first: u16,
    last: u16,
}

/// The `last` of the hole at the end, while the end is not known. No datagram has such a byte.
const UNKNOWN_END: u16 = u16::MAX;

/// What a fragment does to the holes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fit {
    /// It fills a hole, or a part of one.
    New,
    /// It is within what is there.
    Repeated,
    /// It cannot be.
    Contradiction,
}

/// What is missing of a datagram.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holes {
    holes: [Hole; MOST_HOLES],
    count: usize,
    /// The length of the payload in bytes, once the last fragment has come.
    total: Option<usize>,
}

impl Holes {
    /// Everything is missing.
    pub(super) const ALL: Holes =
        Holes { holes: [Hole { first: 0, last: UNKNOWN_END }; MOST_HOLES], count: 1, total: None };

    /// Takes the bytes from `first` to before `end` off what is missing; `more` says whether the
    /// datagram goes on behind them.
    pub(super) fn fill(&mut self, first: usize, end: usize, more: bool) -> Fit {
        let ends_right = match self.total {
            Some(total) => {
                if more {
                    end < total
                } else {
                    end == total
                }
            }
            None => true,
        };
        let (Ok(first), Ok(last)) = (u16::try_from(first), u16::try_from(end.saturating_sub(1)))
        else {
            return Fit::Contradiction;
        };
        if !ends_right || end <= usize::from(first) || last == UNKNOWN_END {
            return Fit::Contradiction;
        }
        let holes = self.holes.get(..self.count).unwrap_or_default();
        let touched = |hole: &Hole| first <= hole.last && hole.first <= last;
        let Some(index) = holes.iter().position(touched) else {
            // A last fragment within what is there would end before what is there does.
            let known = more || self.total.is_some();
            return if known { Fit::Repeated } else { Fit::Contradiction };
        };
        let Some(&hole) = holes.get(index) else {
            return Fit::Contradiction;
        };
        let within = hole.first <= first && last <= hole.last;
        // The last one leaves no room behind it, so nothing may be there already.
        let at_end = more || self.total.is_some() || hole.last == UNKNOWN_END;
        if !within || !at_end {
            return Fit::Contradiction;
        }
        if !more {
            self.total = Some(end);
        }
        self.remove(index);
        let left = hole.first < first;
        let right = last < hole.last && more;
        if left && !self.insert(Hole { first: hole.first, last: first - 1 }) {
            return Fit::Contradiction;
        }
        if right && !self.insert(Hole { first: last + 1, last: hole.last }) {
            return Fit::Contradiction;
        }
        Fit::New
    }

    /// Whether nothing is missing any more.
    pub(super) const fn is_closed(&self) -> bool {
        self.count == 0
    }

    /// The length of the payload in bytes, once the last fragment has come.
    pub(super) const fn total(&self) -> Option<usize> {
        self.total
    }

    fn remove(&mut self, index: usize) {
        self.count = self.count.saturating_sub(1);
        let last = self.holes.get(self.count).copied();
        if let (Some(hole), Some(last)) = (self.holes.get_mut(index), last) {
            *hole = last;
        }
    }

    /// False when there are too many.
    fn insert(&mut self, hole: Hole) -> bool {
        match self.holes.get_mut(self.count) {
            Some(place) => *place = hole,
            None => return false,
        }
        self.count += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Fit::*;
    use super::*;

    /// Fragments (first, end, more, what each does), the total length then.
    type Row<'a> = (&'a [(usize, usize, bool, Fit)], Option<usize>);

    #[test]
    fn fragments_fill_repeat_or_contradict() {
        let rows: &[Row<'_>] = &[
            (&[(0, 8, true, New), (8, 16, true, New), (16, 20, false, New)], Some(20)),
            (&[(16, 20, false, New), (8, 16, true, New), (0, 8, true, New)], Some(20)),
            (&[(8, 16, true, New), (0, 8, true, New), (16, 20, false, New)], Some(20)),
            // again, as one, or within others
            (&[(0, 8, true, New), (0, 8, true, Repeated)], None),
            (&[(0, 8, true, New), (8, 16, true, New), (0, 16, true, Repeated)], None),
            (&[(16, 20, false, New), (16, 20, false, Repeated)], Some(20)),
            // over an edge of what is there
            (&[(0, 16, true, New), (8, 24, true, Contradiction)], None),
            (&[(8, 16, true, New), (0, 16, true, Contradiction)], None),
            (&[(8, 16, true, New), (0, 24, true, Contradiction)], None),
            (&[(16, 24, false, New), (8, 24, false, Contradiction)], Some(24)),
            // the end: not twice, not before what is there, not after it
            (&[(16, 20, false, New), (24, 28, false, Contradiction)], Some(20)),
            (&[(16, 20, false, New), (8, 12, false, Contradiction)], Some(20)),
            (&[(16, 24, true, New), (8, 12, false, Contradiction)], None),
            (&[(16, 24, true, New), (16, 24, false, Contradiction)], None),
            (&[(16, 24, false, New), (16, 24, true, Contradiction)], Some(24)),
            (&[(16, 24, false, New), (24, 32, true, Contradiction)], Some(24)),
            // not a byte too many
            (&[(65_528, 65_535, false, New)], Some(65_535)),
            (&[(65_528, 65_536, false, Contradiction)], None),
            (&[(8, 8, true, Contradiction)], None), // nothing in it
            (&[(0, 0, false, Contradiction)], None),
        ];
        for (fragments, total) in rows {
            let mut holes = Holes::ALL;
            for &(first, end, more, fit) in *fragments {
                assert_eq!(holes.fill(first, end, more), fit, "{first}..{end} of {fragments:?}");
            }
            assert_eq!(holes.total(), *total, "{fragments:?}");
            let closed = total.is_some() && fragments.len() == 3;
            assert_eq!(holes.is_closed(), closed, "{fragments:?}");
        }
    }

    #[test]
    fn too_many_holes_are_a_contradiction() {
        let mut holes = Holes::ALL;
        // Every second unit: each makes one more hole, the first of them is there from the start.
        for number in 0..MOST_HOLES {
            let first = 8 + 16 * number;
            let fit = if number + 1 < MOST_HOLES { New } else { Contradiction };
            assert_eq!(holes.fill(first, first + 8, true), fit, "{number}");
        }
    }
}
