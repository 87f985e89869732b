//! Writes down what the cases are answered on lab `kernel`.
//!
//! `oracle/answers.txt` has for each case its variants, those with the same answers together, and
//! below them the answers in order, `N times` before one that came again and again:
//!
//! ```text
//! connect-01
//!   inet,blocking inet,timeout inet6,blocking inet6,timeout
//!     Err("ConnectionRefusedError")
//!     ECONNREFUSED
//! ```

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::{Expectations, Expected, execute, namespace};
use crate::labs::{Entry, LABS};

/// The lab whose answers are recorded.
const LAB: &str = "kernel";

/// How a variant without words is written.
const ONLY: &str = "-";

/// Runs all cases whose identifier has this text and writes their answers down.
///
/// # Errors
///
/// Cases that did not pass; when the program is not in a namespace of its own, where root is what
/// it is and the network is always the same.
pub fn answers(filter: &str) -> Result<String, Vec<String>> {
    namespace::entered().map_err(|reason| Vec::from([reason]))?;
    let lab: &'static Entry =
        LABS.iter().find(|lab| lab.name == LAB).ok_or_else(Vec::<String>::new)?;
    let abouts = (lab.abouts)();
    let expectations = Expectations::load(&super::abouts(), &LABS.each_ref().map(|lab| lab.name))?;
    let (mut text, mut errors) = (HEAD.to_string(), Vec::new());
    for about in abouts.iter().filter(|about| about.id.contains(filter)) {
        // Variants with the same answers, in the order of the first.
        let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
        for variant in about.variants() {
            if expectations.of(LAB, about, &variant) != Expected::Pass {
                continue;
            }
            let (outcome, answers) = execute(lab, about, variant, 1);
            if let Err(error) = outcome {
                errors.push(format!("{} {variant}: {error}", about.id));
                continue;
            }
            let words = Some(variant.to_string()).filter(|words| !words.is_empty());
            let words = words.unwrap_or_else(|| ONLY.to_string());
            let answers = counted(&answers);
            match groups.iter_mut().find(|(_, known)| *known == answers) {
                Some((variants, _)) => variants.push(words),
                None => groups.push((Vec::from([words]), answers)),
            }
        }
        text += &format!("\n{}\n", about.id);
        for (variants, answers) in groups {
            text += &format!("  {}\n", variants.join(" "));
            for answer in answers {
                text += &format!("    {answer}\n");
            }
        }
    }
    if errors.is_empty() { Ok(text) } else { Err(errors) }
}

/// The beginning of the file.
const HEAD: &str = "\
# What each case was answered on lab `kernel`, in a network namespace, as root. Written by
#
#     cargo run -q --release -p berkeley-conformance -- answers > conformance/oracle/answers.txt
#
# Compared with what CPython is answered by run.py. A port that the kernel chose reads `port`.
";

/// Equal answers in a row as one line.
fn counted(answers: &[String]) -> Vec<String> {
    answers
        .chunk_by(|one, next| one == next)
        .map(|run| match run {
            [one] => one.clone(),
            [one, ..] => format!("{} times {one}", run.len()),
            [] => String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_come_again_are_counted() {
        let answers = ["a", "b", "b", "b", "a"].map(String::from);
        assert_eq!(counted(&answers), ["a", "3 times b", "a"]);
        assert!(counted(&[]).is_empty());
    }
}
