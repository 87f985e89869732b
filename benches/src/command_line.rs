//! The commands that every benchmark program has.

use std::fmt::Display;
use std::process::ExitCode;
use std::{env, fs};

use crate::instructions::Instructions;
use crate::side_by_side::Group;
use crate::table::Table;

const USAGE: &str = "\
usage:
    time [--rounds N] [--passes N] [--inputs N] [--group GROUP]... [--instructions FILE]
        checks the answers, measures, and prints tables in Markdown
    count GROUP COMPETITOR PASSES
        runs one competitor and nothing else, for a tool that counts instructions
    list
        prints group, competitor, and `ours` or `theirs`";

/// As many inputs as a branch predictor cannot learn by heart.
pub const INPUTS: usize = 10_000;

/// A group's name, and how it is made for a number of inputs.
pub type Entry = (&'static str, fn(usize) -> Group);

/// Does what the command line says with these groups.
#[must_use]
pub fn main(groups: &[Entry]) -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(groups, &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run(groups: &[Entry], arguments: &[&str]) -> Result<(), String> {
    match arguments {
        ["time", options @ ..] => time(groups, &Options::read(options)?),
        ["count", group, competitor, passes] => {
            count(groups, group, competitor, number("PASSES", passes)?)
        }
        ["list"] => {
            list(groups);
            Ok(())
        }
        _ => Err("not a command".to_owned()),
    }
}

struct Options<'a> {
    rounds: usize,
    passes: usize,
    inputs: usize,
    groups: Vec<&'a str>,
    instructions: Option<&'a str>,
}

impl<'a> Options<'a> {
    fn read(options: &[&'a str]) -> Result<Options<'a>, String> {
        let mut read = Options {
            rounds: 61,
            passes: 20,
            inputs: INPUTS,
            groups: Vec::new(),
            instructions: None,
        };
        let mut options = options.iter();
        while let Some(&option) = options.next() {
            let value = *options.next().ok_or_else(|| format!("{option}: no value"))?;
            match option {
                "--rounds" => read.rounds = number(option, value)?,
                "--passes" => read.passes = number(option, value)?,
                "--inputs" => read.inputs = number(option, value)?,
                "--group" => read.groups.push(value),
                "--instructions" => read.instructions = Some(value),
                _ => return Err(format!("{option}: not an option")),
            }
        }
        Ok(read)
    }
}

/// A number that is not 0.
fn number(name: &str, value: &str) -> Result<usize, String> {
    match value.parse() {
        Ok(0) | Err(_) => Err(format!("{name}: {value:?} is not a positive number")),
        Ok(number) => Ok(number),
    }
}

fn find(groups: &[Entry], name: &str) -> Result<Entry, String> {
    groups.iter().find(|entry| entry.0 == name).copied().ok_or_else(|| unknown("group", name))
}

fn unknown(what: &str, name: impl Display) -> String {
    format!("{name}: no such {what}")
}

fn time(groups: &[Entry], options: &Options<'_>) -> Result<(), String> {
    let instructions = match options.instructions {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            Instructions::read(&text)?
        }
        None => Instructions::default(),
    };
    let chosen = match &options.groups[..] {
        [] => groups.to_vec(),
        names => names.iter().map(|name| find(groups, name)).collect::<Result<_, _>>()?,
    };
    for (_, make) in chosen {
        let mut group = make(options.inputs);
        group.check();
        let comparison = group.compare(options.rounds, options.passes);
        println!("{}", Table { comparison: &comparison, instructions: &instructions });
    }
    Ok(())
}

fn count(groups: &[Entry], group: &str, competitor: &str, passes: usize) -> Result<(), String> {
    let (_, make) = find(groups, group)?;
    let mut group = make(INPUTS);
    let competitor =
        group.competitor(competitor).ok_or_else(|| unknown("competitor", competitor))?;
    competitor.run(passes);
    Ok(())
}

fn list(groups: &[Entry]) {
    for (name, make) in groups {
        for competitor in make(1).competitors() {
            let whose = if competitor.ours { "ours" } else { "theirs" };
            println!("{name}\t{}\t{whose}", competitor.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::side_by_side::Competitor;

    fn nothing(inputs: usize) -> Group {
        Group::new("nothing", "nobody", inputs).with(Competitor::new("nobody", || {}, || {}))
    }

    #[test]
    fn commands_are_understood_or_refused() {
        // command line, whether it is one
        for (line, good) in [
            ("list", true),
            ("time", true),
            ("time --rounds 1 --passes 1 --inputs 5 --group nothing", true),
            ("count nothing nobody 3", true),
            ("", false),
            ("list all", false),
            ("time --rounds", false),   // no value
            ("time --rounds 0", false), // no round, no median
            ("time --rounds -1", false),
            ("time --round 1", false),
            ("time --group other", false),
            ("time --instructions /nonexistent", false),
            ("count nothing nobody", false),
            ("count nothing somebody 1", false),
            ("count other nobody 1", false),
        ] {
            let words: Vec<_> = line.split_whitespace().collect();
            assert_eq!(run(&[("nothing", nothing)], &words).is_ok(), good, "{line}");
        }
    }
}
