//! What a case was answered, call by call: kept for the thread that it runs on.
//!
//! The answers of lab `kernel` are recorded in a file, and the same calls made from CPython are held
//! against it (`oracle/run.py`). So each expectation of a case is one that an implementation had
//! before us.

use core::cell::RefCell;
use core::fmt;
use core::ops::RangeInclusive;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// From these the kernel chooses ports by itself. Source: `ip(7)`, ip_local_port_range.
const EPHEMERAL: RangeInclusive<u32> = 32_768..=60_999;

/// How many characters of an answer are kept.
const MOST: usize = 100;

std::thread_local! {
    static ANSWERS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Keeps an answer that was as expected.
pub(crate) fn record(answer: fmt::Arguments<'_>) {
    let answer = repeatable(&answer.to_string());
    ANSWERS.with_borrow_mut(|answers| answers.push(answer));
}

/// Takes the answers of this thread's case.
pub(crate) fn take() -> Vec<String> {
    ANSWERS.take()
}

/// The answer without what another run would answer otherwise, on one line, and not too long: ports
/// that the kernel chose are `port`.
fn repeatable(answer: &str) -> String {
    let mut text = String::new();
    let mut rest = answer;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let digits = rest[start..].bytes().take_while(u8::is_ascii_digit).count();
        let (number, end) = (&rest[start..start + digits], start + digits);
        text += &rest[..start];
        let chosen = number.parse().is_ok_and(|number| EPHEMERAL.contains(&number));
        text += if chosen { "port" } else { number };
        rest = &rest[end..];
    }
    text += rest;
    let text = text.replace('\n', "\\n");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}... ({} characters)", &text[..end], text.chars().count()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_the_same_in_every_run() {
        // answer, what is kept of it
        for (answer, kept) in [
            ("('127.0.0.1', 43121)", "('127.0.0.1', port)"),
            ("[32767, 32768, 60999, 61000]", "[32767, port, port, 61000]"),
            ("432681 4326", "432681 4326"), // longer and shorter numbers
            ("two\nlines", "two\\nlines"),
        ] {
            assert_eq!(repeatable(answer), kept);
        }
        assert_eq!(repeatable(&"x".repeat(MOST)), "x".repeat(MOST));
        let long = repeatable(&"é".repeat(MOST + 1));
        assert_eq!(long, format!("{}... (101 characters)", "é".repeat(MOST)));
    }
}
