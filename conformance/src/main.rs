//! The runner: `berkeley-conformance run`, `list`, `rows`, `answers`, or without arguments everything at once.

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use berkeley_conformance::runner::{self, Arguments, USAGE};
use serde_json::Value;

fn main() -> ExitCode {
    if let Some(ended) = runner::namespace::enter() {
        return ended;
    }
    match Arguments::read(std::env::args().skip(1)).map_err(|error| vec![error, USAGE.into()]) {
        Ok(arguments) => match perform(arguments) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(errors) => complain(&errors),
        },
        Err(errors) => complain(&errors),
    }
}

/// Does what was asked for, and says whether it went well.
fn perform(arguments: Arguments) -> Result<bool, Vec<String>> {
    match arguments {
        Arguments::Help => print!("{USAGE}"),
        Arguments::Main => return runner::main_job(),
        Arguments::List(file) => show(runner::list()?, file)?,
        Arguments::Rows(file) => show(runner::rows()?, file)?,
        Arguments::Answers(filter) => print!("{}", runner::answers(&filter)?),
        Arguments::Run(selection, file) => {
            let report = runner::run(&selection)?;
            print!("{}", report.table());
            if let Some(file) = file {
                write(&report.to_json(), &file)?;
            }
            if report.ran() == 0 {
                eprintln!("no case was run");
            }
            return Ok(report.is_success());
        }
    }
    Ok(true)
}

fn show((text, json): (String, Value), file: Option<String>) -> Result<(), Vec<String>> {
    match file {
        Some(file) => write(&json, &file),
        None => {
            print!("{text}");
            Ok(())
        }
    }
}

/// Writes JSON into a file; `-` is the standard output.
fn write(json: &Value, file: &str) -> Result<(), Vec<String>> {
    let text = format!("{json}\n");
    let written = match file {
        "-" => io::stdout().write_all(text.as_bytes()),
        _ => fs::write(file, text),
    };
    written.map_err(|error| vec![format!("{file}: {error}")])
}

fn complain(errors: &[String]) -> ExitCode {
    for error in errors {
        eprintln!("{error}");
    }
    ExitCode::FAILURE
}
