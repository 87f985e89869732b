//! What a fast comparison found.

/// The end of a comparison of one input with its oracles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Everyone accepts it, and for the same.
    Accepted,
    /// Everyone refuses it.
    Refused,
    /// This oracle has another answer.
    Disagreement(&'static str),
}

/// A comparison that goes on until an oracle disagrees.
pub(crate) struct Comparison<T> {
    ours: Option<T>,
    disagreement: Option<&'static str>,
}

impl<T: PartialEq> Comparison<T> {
    /// Compares with our answer, `None` for a refusal.
    pub(crate) fn of(ours: Option<T>) -> Comparison<T> {
        Comparison { ours, disagreement: None }
    }

    /// An oracle's answer, if it has one.
    pub(crate) fn with(mut self, oracle: &'static str, theirs: Option<Option<T>>) -> Comparison<T> {
        if theirs.is_some_and(|theirs| theirs != self.ours) {
            self.disagreement = self.disagreement.or(Some(oracle));
        }
        self
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match (self.disagreement, &self.ours) {
            (Some(oracle), _) => Outcome::Disagreement(oracle),
            (None, Some(_)) => Outcome::Accepted,
            (None, None) => Outcome::Refused,
        }
    }
}
