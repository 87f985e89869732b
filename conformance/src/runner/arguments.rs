//! The command line.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::Selection;

/// What can be asked for.
pub const USAGE: &str = "\
usage: berkeley-conformance [COMMAND]

commands:
  run [--lab NAME]... [--require NAME]... [--filter TEXT] [--seed N] [--json FILE]
        runs the cases whose `lab::case::variant` contains TEXT
  list [--json [FILE]]
        every case: identifier, sentence, source, rows, labs
  rows [--json [FILE]]
        every row of the specification, and what proves it
  answers [TEXT]
        what the cases whose identifier contains TEXT are answered on lab `kernel`

Without a command: the manual's echo server and client on each backend, then all cases.
";

/// A command with its options.
#[derive(Debug)]
pub enum Arguments {
    /// The programs of the manual, then all cases.
    Main,
    /// Cases.
    Run(Selection, Option<String>),
    /// The list of cases; as JSON into this file.
    List(Option<String>),
    /// The rows; as JSON into this file.
    Rows(Option<String>),
    /// What cases with this text are answered.
    Answers(String),
    /// What can be asked for.
    Help,
}

/// Where JSON goes when no file is named.
const STANDARD_OUTPUT: &str = "-";

impl Arguments {
    /// Reads the words behind the program's name.
    ///
    /// # Errors
    ///
    /// A sentence about the word that is not understood.
    pub fn read(words: impl IntoIterator<Item = String>) -> Result<Arguments, String> {
        let words: Vec<String> = words.into_iter().collect();
        let Some((command, options)) = words.split_first() else { return Ok(Arguments::Main) };
        match command.as_str() {
            "run" => read_run(options),
            "list" => Ok(Arguments::List(read_json(options)?)),
            "rows" => Ok(Arguments::Rows(read_json(options)?)),
            "answers" => match options {
                [] => Ok(Arguments::Answers(String::new())),
                [filter] => Ok(Arguments::Answers(filter.clone())),
                [_, other, ..] => Err(format!("{other:?} is one word too many")),
            },
            "help" | "--help" | "-h" => Ok(Arguments::Help),
            _ => Err(format!("{command:?} is no command")),
        }
    }
}

fn read_run(options: &[String]) -> Result<Arguments, String> {
    let mut selection = Selection { seed: 1, ..Selection::default() };
    let mut json = None;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let value = options.next().ok_or_else(|| format!("{option} wants a value"))?.clone();
        match option.as_str() {
            "--lab" => selection.labs.push(value),
            "--require" => selection.require.push(value),
            "--filter" => selection.filter = value,
            "--seed" => {
                selection.seed =
                    value.parse().map_err(|_| format!("--seed wants a number, not {value:?}"))?;
            }
            "--json" => json = Some(value),
            _ => return Err(format!("{option:?} is no option of run")),
        }
    }
    Ok(Arguments::Run(selection, json))
}

fn read_json(options: &[String]) -> Result<Option<String>, String> {
    match options {
        [] => Ok(None),
        [json] if json == "--json" => Ok(Some(STANDARD_OUTPUT.to_string())),
        [json, file] if json == "--json" => Ok(Some(file.clone())),
        [other, ..] => Err(format!("{other:?} is no option here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments, String> {
        Arguments::read(line.split_whitespace().map(String::from))
    }

    #[test]
    fn lines_are_understood() {
        let line = "run --lab kernel --lab tap --require tap --filter bind --seed 7 --json out";
        let Ok(Arguments::Run(selection, json)) = read(line) else { panic!("not run") };
        assert_eq!(selection.labs, ["kernel", "tap"]);
        assert_eq!(selection.require, ["tap"]);
        assert_eq!((selection.filter.as_str(), selection.seed), ("bind", 7));
        assert_eq!(json.as_deref(), Some("out"));
        assert!(matches!(read(""), Ok(Arguments::Main)));
        assert!(matches!(read("rows --json"), Ok(Arguments::Rows(Some(file))) if file == "-"));
        assert!(matches!(read("list"), Ok(Arguments::List(None))));
        assert!(matches!(read("answers"), Ok(Arguments::Answers(all)) if all.is_empty()));
    }

    #[test]
    fn other_lines_are_refused() {
        for line in [
            "jump",
            "run --lab",
            "run --seed x",
            "run --fast yes",
            "list --lab kernel",
            "answers a b",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
