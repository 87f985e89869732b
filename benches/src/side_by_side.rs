//! Competitors in turns, within one process.
//!
//! The frameworks for benchmarks, criterion among them, measure one function to its end and then the
//! next one. Whatever changes meanwhile - the clock of the processor, a neighbour on the machine -
//! ends up in the ratio of the two. Here each *round* runs every competitor for some milliseconds,
//! and the next round begins with another one; the ratio to the baseline is taken within a round, and
//! the median of these ratios is reported. That is all that this module does, which is why it is our
//! own.

use std::fmt;
use std::time::Instant;

use crate::Quartiles;

/// Functions that do the same work.
pub struct Group {
    /// What they do, as a single word.
    pub name: &'static str,
    /// The competitor that the others are compared with.
    pub baseline: &'static str,
    /// How often one pass does the work.
    pub operations: usize,
    competitors: Vec<Competitor>,
}

/// One way to do the work.
pub struct Competitor {
    /// Who it is, as a single word.
    pub name: &'static str,
    /// Whether it is this project's.
    pub ours: bool,
    check: Box<dyn FnMut()>,
    pass: Box<dyn FnMut()>,
}

/// How long each competitor of a group took.
#[derive(Debug)]
pub struct Comparison {
    /// The group's name.
    pub group: &'static str,
    /// The baseline's name.
    pub baseline: &'static str,
    /// In the group's order.
    pub rows: Vec<Row>,
}

/// How long one competitor took.
#[derive(Debug)]
pub struct Row {
    /// Who it is.
    pub competitor: &'static str,
    /// Nanoseconds per operation.
    pub nanoseconds: Quartiles,
    /// Its time divided by the baseline's time of the same round.
    pub ratio: Quartiles,
}

impl Group {
    /// A group without competitors yet.
    #[must_use]
    pub fn new(name: &'static str, baseline: &'static str, operations: usize) -> Group {
        Group { name, baseline, operations, competitors: Vec::new() }
    }

    /// The same group with one competitor more.
    #[must_use]
    pub fn with(mut self, competitor: Competitor) -> Group {
        self.competitors.push(competitor);
        self
    }

    /// Who takes part, in the order of the tables.
    pub fn competitors(&self) -> impl Iterator<Item = &Competitor> {
        self.competitors.iter()
    }

    /// The competitor of this name.
    pub fn competitor(&mut self, name: &str) -> Option<&mut Competitor> {
        self.competitors.iter_mut().find(|competitor| competitor.name == name)
    }

    /// Checks that all competitors do the same work.
    ///
    /// # Panics
    ///
    /// One of them gives another answer: the message says who, and for which input. A comparison of
    /// different work is worth nothing.
    pub fn check(&mut self) {
        for competitor in &mut self.competitors {
            competitor.check();
        }
    }

    /// Measures all competitors in turns: as many rounds, and as many passes by each in a round.
    ///
    /// A round is to be long enough for the clock, and short enough that little else happens in it:
    /// some milliseconds.
    #[must_use]
    pub fn compare(&mut self, rounds: usize, passes: usize) -> Comparison {
        let count = self.competitors.len();
        let mut times = vec![Vec::with_capacity(rounds); count];
        for competitor in &mut self.competitors {
            competitor.run(1); // into the caches
        }
        for round in 0..rounds {
            for turn in 0..count {
                let index = (round + turn) % count;
                let start = Instant::now();
                self.competitors[index].run(passes);
                let work = (passes * self.operations).max(1) as f64;
                times[index].push(start.elapsed().as_nanos() as f64 / work);
            }
        }
        self.comparison(times)
    }

    fn comparison(&self, times: Vec<Vec<f64>>) -> Comparison {
        let baseline = self.competitors.iter().position(|other| other.name == self.baseline);
        let baseline = baseline.map_or_else(Vec::new, |index| times[index].clone());
        let rows = self.competitors.iter().zip(times).map(|(competitor, times)| {
            let ratios = times.iter().zip(&baseline).map(|(time, baseline)| time / baseline);
            let ratio = Quartiles::of(ratios.collect());
            Row { competitor: competitor.name, nanoseconds: Quartiles::of(times), ratio }
        });
        Comparison { group: self.name, baseline: self.baseline, rows: rows.collect() }
    }
}

impl Competitor {
    /// Somebody else's way to do the work.
    ///
    /// `pass` does the group's work once, for each input; `check` panics unless its answers are the
    /// expected ones.
    pub fn new(
        name: &'static str,
        check: impl FnMut() + 'static,
        pass: impl FnMut() + 'static,
    ) -> Competitor {
        Competitor { name, ours: false, check: Box::new(check), pass: Box::new(pass) }
    }

    /// This project's way.
    #[must_use]
    pub fn ours(mut self) -> Competitor {
        self.ours = true;
        self
    }

    /// Checks the answers.
    ///
    /// # Panics
    ///
    /// One of them is wrong.
    pub fn check(&mut self) {
        (self.check)();
    }

    /// Does the work so many times, and nothing else.
    pub fn run(&mut self, passes: usize) {
        for _ in 0..passes {
            (self.pass)();
        }
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Competitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Competitor").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn every_round_begins_with_another_one() {
        let order = Rc::new(RefCell::new(String::new()));
        let competitor = |name: &'static str| {
            let order = Rc::clone(&order);
            Competitor::new(name, || {}, move || order.borrow_mut().push_str(name))
        };
        let mut group = Group::new("letters", "b", 1)
            .with(competitor("a"))
            .with(competitor("b"))
            .with(competitor("c"));
        let comparison = group.compare(3, 2);
        // once each beforehand, then two passes each in three rounds
        assert_eq!(*order.borrow(), ["abc", "aabbcc", "bbccaa", "ccaabb"].concat());
        assert_eq!(comparison.rows.len(), 3);
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let nobody = |name| Competitor::new(name, || {}, || {});
        let group = Group::new("numbers", "slow", 1).with(nobody("slow")).with(nobody("fast"));
        // The machine is ten times slower in the second round, and the ratio is the same.
        let comparison = group.comparison(vec![vec![4.0, 40.0, 4.0], vec![1.0, 10.0, 1.0]]);
        let [slow, fast] = comparison.rows.try_into().unwrap();
        assert_eq!((slow.ratio.lower, slow.ratio.upper), (1.0, 1.0));
        assert_eq!((fast.ratio.lower, fast.ratio.upper), (0.25, 0.25));
        assert_eq!((fast.nanoseconds.median, fast.nanoseconds.upper), (1.0, 5.5));
    }

    #[test]
    #[should_panic(expected = "two and two")]
    fn a_wrong_answer_ends_it() {
        let wrong = Competitor::new("wrong", || assert_eq!(2 + 2, 5, "two and two"), || {});
        Group::new("sums", "wrong", 1).with(wrong).check();
    }
}
