//! What is expected of each case on each lab: pass, unless `expectations.txt` says otherwise.
//!
//! A line is `lab | case | variant | fails or not-applicable | reason`; an empty variant means all,
//! a word means those that have it.

use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

use crate::case::{About, Variant};

/// The file of this suite.
const FILE: &str = include_str!("../../expectations.txt");

/// What is expected of a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// It passes.
    Pass,
    /// It fails, for this reason.
    Failure(&'static str),
    /// It says nothing about this lab, for this reason.
    NotApplicable(&'static str),
}

/// The exceptions from passing.
pub struct Expectations {
    entries: Vec<Entry>,
}

struct Entry {
    lab: &'static str,
    case: &'static str,
    word: &'static str,
    expected: Expected,
}

impl Expectations {
    /// Reads the file of this suite.
    ///
    /// # Errors
    ///
    /// Every line that is not understood, or that speaks of no case, variant or lab there is.
    pub fn load(abouts: &[About], labs: &[&str]) -> Result<Expectations, Vec<String>> {
        Expectations::read(FILE, abouts, labs)
    }

    fn read(
        text: &'static str,
        abouts: &[About],
        labs: &[&str],
    ) -> Result<Expectations, Vec<String>> {
        let (mut entries, mut errors) = (vec![], vec![]);
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            match Entry::read(line).and_then(|entry| entry.check(abouts, labs)) {
                Ok(entry) => entries.push(entry),
                Err(error) => errors.push(format!("expectations.txt:{number}: {error}")),
            }
        }
        if errors.is_empty() { Ok(Expectations { entries }) } else { Err(errors) }
    }

    /// What is expected of this variant of a case on this lab. The first line that fits counts.
    pub fn of(&self, lab: &str, about: &About, variant: &Variant) -> Expected {
        self.entries
            .iter()
            .find(|entry| entry.lab == lab && entry.case == about.id && entry.fits(variant))
            .map_or(Expected::Pass, |entry| entry.expected)
    }
}

impl Entry {
    fn read(line: &'static str) -> Result<Entry, String> {
        let mut fields = line.splitn(5, '|').map(str::trim);
        let (Some(lab), Some(case), Some(word), Some(kind), Some(reason)) =
            (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err("five fields are wanted".to_string());
        };
        let expected = match kind {
            "fails" => Expected::Failure(reason),
            "not-applicable" => Expected::NotApplicable(reason),
            _ => return Err(format!("{kind:?} is neither fails nor not-applicable")),
        };
        if reason.is_empty() {
            return Err("a reason is wanted".to_string());
        }
        Ok(Entry { lab, case, word, expected })
    }

    fn check(self, abouts: &[About], labs: &[&str]) -> Result<Entry, String> {
        if !labs.contains(&self.lab) {
            return Err(format!("there is no lab {:?}", self.lab));
        }
        let Some(about) = abouts.iter().find(|about| about.id == self.case) else {
            return Err(format!("there is no case {:?}", self.case));
        };
        if !about.variants().any(|variant| self.fits(&variant)) {
            return Err(format!("{} has no variant {:?}", self.case, self.word));
        }
        Ok(self)
    }

    fn fits(&self, variant: &Variant) -> bool {
        self.word.is_empty() || self.word.split(',').all(|word| variant.has(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Vary;

    const ABOUT: About = About {
        id: "bind-09",
        sentence: "",
        source: "",
        rows: &[],
        vary: Vary::FAMILY,
        needs_root: false,
    };

    #[test]
    fn dead_and_broken_lines_are_errors() {
        // line, part of the error
        for (line, error) in [
            ("kernel | bind-09 | inet6 | fails", "five fields"),
            ("kernel | bind-09 | inet6 | skip | why", "neither"),
            ("kernel | bind-09 | inet6 | fails | ", "a reason"),
            ("cellar | bind-09 | inet6 | fails | why", "no lab"),
            ("kernel | bind-99 | inet6 | fails | why", "no case"),
            ("kernel | bind-09 | timeout | fails | why", "no variant"),
        ] {
            let errors = Expectations::read(line, &[ABOUT], &["kernel"]).err().unwrap();
            assert!(errors[0].contains(error), "{line}: {errors:?}");
        }
    }

    #[test]
    fn a_line_holds_for_the_variants_with_its_words() {
        let line = "kernel | bind-09 | inet6 | not-applicable | one address";
        let expectations = Expectations::read(line, &[ABOUT], &["kernel", "tap"]).unwrap();
        let expected = |lab, variant: &Variant| expectations.of(lab, &ABOUT, variant);
        let [inet, inet6] = ABOUT.variants().collect::<Vec<_>>()[..] else { panic!("two") };
        assert_eq!(expected("kernel", &inet), Expected::Pass);
        assert_eq!(expected("kernel", &inet6), Expected::NotApplicable("one address"));
        assert_eq!(expected("tap", &inet6), Expected::Pass);
    }
}
