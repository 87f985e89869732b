//! How far the groups that have one side under test can be seen on a wire: `echo.txt` says it for each of
//! their cases.

use std::collections::BTreeSet;
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

/// The groups.
const GROUPS: [&str; 3] = ["listen", "close", "fault"];

/// The file of this suite.
const FILE: &str = include_str!("../../echo.txt");

/// What is wrong with the file, for these cases of the suite and of the group `echo`.
pub(super) fn errors(file: &str, suite: &[&str], echo: &[&str]) -> Vec<String> {
    let mut errors = vec![];
    let (mut told, mut used) = (BTreeSet::new(), BTreeSet::new());
    for (number, line) in (1..).zip(file.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mut fields = line.splitn(3, '|').map(str::trim);
        let (Some(id), Some(by), Some(reason)) = (fields.next(), fields.next(), fields.next())
        else {
            errors.push(format!("echo.txt:{number}: three fields are wanted"));
            continue;
        };
        if !told.insert(id) {
            errors.push(format!("echo.txt:{number}: {id} is there twice"));
        }
        if by.is_empty() && reason.is_empty() {
            errors.push(format!("echo.txt:{number}: a case or a reason is wanted"));
        }
        for by in by.split_whitespace() {
            if !echo.contains(&by) {
                errors.push(format!("echo.txt:{number}: there is no case {by:?}"));
            }
            used.insert(by);
        }
    }
    let is_of = |id: &&&str| GROUPS.iter().any(|group| id.split('-').next() == Some(group));
    for id in suite.iter().filter(is_of).filter(|id| !told.contains(**id)) {
        errors.push(format!("echo.txt says nothing about {id}"));
    }
    for id in echo.iter().filter(|id| !used.contains(**id)) {
        errors.push(format!("echo.txt does not say what {id} is about"));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner;

    #[test]
    fn every_case_is_told_about() {
        let suite: Vec<_> = runner::abouts().iter().map(|about| about.id).collect();
        let echo: Vec<_> = super::super::abouts().iter().map(|about| about.id).collect();
        assert_eq!(errors(FILE, &suite, &echo), [] as [String; 0]);
    }

    #[test]
    fn what_is_wrong_is_found() {
        // the file, part of the error
        for (file, error) in [
            ("listen-01 | echo-01", "three fields"),
            ("listen-01 | echo-01 |\nlisten-01 | | why", "twice"),
            ("listen-01 | |", "a reason"),
            ("listen-01 | echo-99 |", "no case"),
            ("close-01 | echo-01 |", "nothing about listen-01"),
            ("listen-01 | | why", "what echo-01 is about"),
        ] {
            let errors = errors(file, &["listen-01", "bind-01"], &["echo-01"]);
            assert!(errors.iter().any(|it| it.contains(error)), "{file}: {errors:?}");
        }
    }
}
