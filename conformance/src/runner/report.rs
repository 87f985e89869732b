//! What came of a run: verdicts, totals, the table, and JSON.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

use serde_json::{Value, json};

use super::Expected;
use crate::case::{About, Variant};

/// The judgement of one variant of one case on one lab.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The case.
    pub about: About,
    /// The variant.
    pub variant: Variant,
    /// The name of the lab.
    pub lab: &'static str,
    /// The judgement.
    pub why: Why,
    /// What was found, or the reason of the expectation.
    pub detail: String,
    /// How long it took, in real time.
    pub took: Duration,
}

/// A judgement.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// It passed, as it should.
    Pass,
    /// It failed.
    Fail,
    /// It failed, as the data file says it does.
    ExpectedFailure,
    /// It passed though the data file says that it fails.
    UnexpectedPass,
    /// It says nothing about this lab.
    NotApplicable,
}

impl Why {
    const ALL: [Why; 5] =
        [Why::Pass, Why::Fail, Why::ExpectedFailure, Why::UnexpectedPass, Why::NotApplicable];

    /// Whether the run has failed with it.
    pub fn is_failure(self) -> bool {
        matches!(self, Why::Fail | Why::UnexpectedPass)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Pass => "pass",
            Why::Fail => "fail",
            Why::ExpectedFailure => "expected-failure",
            Why::UnexpectedPass => "unexpected-pass",
            Why::NotApplicable => "not-applicable",
        })
    }
}

impl Verdict {
    /// Judges an outcome by what was expected.
    pub fn judge(expected: Expected, outcome: Result<(), String>) -> (Why, String) {
        match (expected, outcome) {
            (Expected::NotApplicable(reason), _) => (Why::NotApplicable, reason.to_string()),
            (Expected::Pass, Ok(())) => (Why::Pass, String::new()),
            (Expected::Pass, Err(detail)) => (Why::Fail, detail),
            (Expected::Failure(reason), Ok(())) => {
                (Why::UnexpectedPass, format!("passes, though expected to fail: {reason}"))
            }
            (Expected::Failure(reason), Err(detail)) => {
                (Why::ExpectedFailure, format!("{reason} [{detail}]"))
            }
        }
    }
}

/// `connect-01 inet6,timeout on kernel: fail: ...`
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { about, variant, lab, why, detail, .. } = self;
        write!(f, "{} {variant} on {lab}: {why}: {detail}", about.id)
    }
}

/// All verdicts of a run.
#[derive(Debug)]
pub struct Report {
    /// The seed of the run.
    pub seed: u64,
    /// The verdicts, in order.
    pub verdicts: Vec<Verdict>,
}

impl Report {
    /// How many verdicts are this one.
    pub fn count(&self, why: Why) -> usize {
        self.verdicts.iter().filter(|verdict| verdict.why == why).count()
    }

    /// How many cases were run.
    pub fn ran(&self) -> usize {
        self.verdicts.len() - self.count(Why::NotApplicable)
    }

    /// Whether something was run and nothing failed.
    pub fn is_success(&self) -> bool {
        self.ran() > 0 && !self.verdicts.iter().any(|verdict| verdict.why.is_failure())
    }

    /// For other programs.
    pub fn to_json(&self) -> Value {
        let results: Vec<Value> = self
            .verdicts
            .iter()
            .map(|verdict| {
                json!({
                    "case": verdict.about.id,
                    "variant": verdict.variant.to_string(),
                    "lab": verdict.lab,
                    "outcome": verdict.why.to_string(),
                    "detail": verdict.detail,
                    "milliseconds": verdict.took.as_millis() as u64,
                })
            })
            .collect();
        let totals: serde_json::Map<String, Value> =
            Why::ALL.iter().map(|why| (why.to_string(), json!(self.count(*why)))).collect();
        json!({ "seed": self.seed, "results": results, "totals": totals })
    }

    /// For people: groups and labs, and what came of them.
    pub fn table(&self) -> String {
        let mut labs: Vec<&str> = vec![];
        let mut groups: Vec<&str> = vec![];
        let mut cells: BTreeMap<(&str, &str), BTreeMap<Why, usize>> = BTreeMap::new();
        for verdict in &self.verdicts {
            let (group, lab) = (verdict.about.group(), verdict.lab);
            if !labs.contains(&lab) {
                labs.push(lab);
            }
            if !groups.contains(&group) {
                groups.push(group);
            }
            *cells.entry((group, lab)).or_default().entry(verdict.why).or_default() += 1;
        }
        let mut lines = vec![vec!["group".to_string()]];
        lines[0].extend(labs.iter().map(ToString::to_string));
        for group in groups {
            let cell = |lab: &&str| cells.get(&(group, *lab)).map_or("-".to_string(), describe);
            let mut line = vec![group.to_string()];
            line.extend(labs.iter().map(cell));
            lines.push(line);
        }
        let totals: BTreeMap<Why, usize> =
            Why::ALL.iter().map(|why| (*why, self.count(*why))).collect();
        aligned(&lines) + &format!("all: {}\n", describe(&totals))
    }
}

/// Lines of cells, each column as wide as its widest cell.
fn aligned(lines: &[Vec<String>]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let text = |line: &Vec<String>| {
        let cells = line.iter().enumerate();
        let cells = cells.map(|(column, cell)| format!("{cell:<width$}  ", width = width(column)));
        format!("{}\n", cells.collect::<String>().trim_end())
    };
    lines.iter().map(text).collect()
}

/// `12 pass, 1 expected-failure`
fn describe(counts: &BTreeMap<Why, usize>) -> String {
    let parts: Vec<String> = counts
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(why, count)| {
            if why.is_failure() {
                format!("{count} {why}").to_uppercase()
            } else {
                format!("{count} {why}")
            }
        })
        .collect();
    if parts.is_empty() { "nothing ran".to_string() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_expected_is_no_failure() {
        let found = || Err("found".to_string());
        // expected, outcome, judgement
        for (expected, outcome, why) in [
            (Expected::Pass, Ok(()), Why::Pass),
            (Expected::Pass, found(), Why::Fail),
            (Expected::Failure("known"), found(), Why::ExpectedFailure),
            (Expected::Failure("known"), Ok(()), Why::UnexpectedPass),
        ] {
            assert_eq!(Verdict::judge(expected, outcome).0, why);
        }
    }

    #[test]
    fn nothing_run_is_a_failure() {
        assert!(!Report { seed: 1, verdicts: vec![] }.is_success());
    }
}
