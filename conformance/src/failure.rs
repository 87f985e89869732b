//! How a case says what it expected and what it found, without an allocator.

use core::fmt::{self, Debug, Write};
use core::panic::Location;

use berkeley::{Errno, Error, SendAllError};

use crate::answers::record;

/// How much text a failure keeps; what does not fit is cut.
const DETAIL: usize = 80;

/// What a failure is about when other bytes arrived than were sent.
const RECEIVED: &str = "received";

/// What a case returns.
pub type Outcome = Result<(), Failure>;

/// Why a case failed, and where.
#[derive(Clone, Debug)]
pub struct Failure {
    at: &'static Location<'static>,
    what: &'static str,
    detail: heapless::String<DETAIL>,
}

impl Failure {
    /// A failure at the caller: what was looked at, and what was wrong with it.
    #[track_caller]
    pub fn new(what: &'static str, detail: fmt::Arguments<'_>) -> Failure {
        let mut text = Cut(heapless::String::new());
        // Writing into `Cut` cannot fail.
        let _ = text.write_fmt(detail);
        Failure { at: Location::caller(), what, detail: text.0 }
    }

    /// A failure at the caller: other bytes arrived than were sent.
    #[track_caller]
    pub(crate) fn of_data(detail: fmt::Arguments<'_>) -> Failure {
        Failure::new(RECEIVED, detail)
    }

    /// Whether other bytes arrived than were sent.
    pub fn is_about_data(&self) -> bool {
        self.what == RECEIVED
    }

    /// The line of the case that failed.
    pub fn line(&self) -> u32 {
        self.at.line()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.at.file().rsplit(['/', '\\']).next().unwrap_or_default();
        write!(f, "{}: {} ({file}:{})", self.what, self.detail, self.at.line())
    }
}

/// An error that a case did not expect, from the `?` behind a call.
impl From<Error> for Failure {
    #[track_caller]
    fn from(error: Error) -> Failure {
        Failure::new("unexpected error", format_args!("{error:?}"))
    }
}

impl From<SendAllError> for Failure {
    #[track_caller]
    fn from(SendAllError { sent, error }: SendAllError) -> Failure {
        Failure::new("unexpected error", format_args!("{error:?} after {sent} bytes"))
    }
}

/// Keeps the beginning of what is written.
struct Cut(heapless::String<DETAIL>);

impl Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.0.push(character).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// Fails unless both are equal.
#[track_caller]
pub(crate) fn equal<T, U>(what: &'static str, found: &T, expected: &U) -> Outcome
where
    T: PartialEq<U> + Debug + ?Sized,
    U: Debug + ?Sized,
{
    if found == expected {
        record(format_args!("{found:?}"));
        return Ok(());
    }
    Err(Failure::new(what, format_args!("expected {expected:?}, found {found:?}")))
}

/// Fails unless the outcome is the error with this number.
#[track_caller]
pub(crate) fn fails_with<T, E: Into<Error>>(
    what: &'static str,
    outcome: Result<T, E>,
    expected: Errno,
) -> Outcome {
    match outcome.map_err(Into::into) {
        Err(error) if error.is(expected) => {
            record(format_args!("{expected:?}"));
            Ok(())
        }
        Err(error) => {
            Err(Failure::new(what, format_args!("expected {expected:?}, found {error:?}")))
        }
        Ok(_) => Err(Failure::new(what, format_args!("expected {expected:?}, found success"))),
    }
}

/// Fails unless the outcome is this error, kind and number.
#[track_caller]
pub(crate) fn is_error<T, E: Into<Error>>(
    what: &'static str,
    outcome: Result<T, E>,
    expected: Error,
) -> Outcome {
    match outcome.map_err(Into::into) {
        Err(error) if error == expected => {
            record(format_args!("{expected:?}"));
            Ok(())
        }
        Err(error) => {
            Err(Failure::new(what, format_args!("expected {expected:?}, found {error:?}")))
        }
        Ok(_) => Err(Failure::new(what, format_args!("expected {expected:?}, found success"))),
    }
}

/// `expect_eq!(found, expected)`: returns a [`Failure`] unless both are equal.
macro_rules! expect_eq {
    ($found:expr, $expected:expr $(,)?) => {
        $crate::failure::equal(stringify!($found), &$found, &$expected)?
    };
}

/// `expect_true!(condition)`: returns a [`Failure`] unless it holds.
macro_rules! expect_true {
    ($condition:expr $(,)?) => {
        $crate::failure::equal(stringify!($condition), &$condition, &true)?
    };
}

/// `expect_error!(outcome, EINVAL)`: returns a [`Failure`] unless it is the error of this number.
macro_rules! expect_error {
    ($outcome:expr, $errno:ident $(,)?) => {
        $crate::failure::fails_with(stringify!($outcome), $outcome, berkeley::Errno::$errno)?
    };
}

/// `expect_timed_out!(outcome)`: returns a [`Failure`] unless the socket's own timeout passed.
macro_rules! expect_timed_out {
    ($outcome:expr $(,)?) => {
        $crate::failure::is_error(stringify!($outcome), $outcome, berkeley::Error::TIMED_OUT)?
    };
}

pub(crate) use {expect_eq, expect_error, expect_timed_out, expect_true};

#[cfg(test)]
mod tests {
    use core::fmt::Write;

    use super::*;

    #[test]
    fn a_failure_names_expectation_finding_and_place() {
        let failure = equal("socket.recv()", &3, &4).unwrap_err();
        let mut text = heapless::String::<200>::new();
        write!(text, "{failure}").unwrap();
        assert!(text.starts_with("socket.recv(): expected 4, found 3 (failure.rs:"), "{text}");
    }

    #[test]
    fn too_long_a_text_is_cut() {
        let failure = Failure::new("text", format_args!("{:>100}", 1));
        assert_eq!(failure.detail.len(), DETAIL);
    }

    #[test]
    fn the_question_mark_knows_its_line() {
        fn fails() -> Outcome {
            Err(Error::TIMED_OUT)?
        }
        assert_eq!(fails().unwrap_err().line(), line!() - 2);
    }
}
