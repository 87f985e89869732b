//! What ends a line of text, and what becomes of it.

use crate::Error;

/// The rule for the ends of lines, with the meaning that `newline` has for Python's `open`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Newline {
    /// `None`: `\n`, `\r` and `\r\n` end a line and are read as `\n`. What is written stays as it is:
    /// `\n` is the end of a line here, on every host.
    #[default]
    Universal,
    /// `''`: the same three end a line, and nothing is changed.
    Untranslated,
    /// `'\n'`: only it ends a line, and nothing is changed.
    LineFeed,
    /// `'\r'`: only it ends a line; `\n` is written as it.
    CarriageReturn,
    /// `'\r\n'`: only both together end a line; `\n` is written as both.
    CarriageReturnLineFeed,
}

impl Newline {
    /// The rule that Python writes so.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for any other text.
    pub fn from_python(newline: Option<&str>) -> Result<Newline, Error> {
        match newline {
            None => Ok(Newline::Universal),
            Some("") => Ok(Newline::Untranslated),
            Some("\n") => Ok(Newline::LineFeed),
            Some("\r") => Ok(Newline::CarriageReturn),
            Some("\r\n") => Ok(Newline::CarriageReturnLineFeed),
            Some(_) => Err(Error::INVALID_VALUE),
        }
    }

    /// What is written for `\n`.
    pub const fn written(self) -> &'static str {
        match self {
            Newline::Universal | Newline::Untranslated | Newline::LineFeed => "\n",
            Newline::CarriageReturn => "\r",
            Newline::CarriageReturnLineFeed => "\r\n",
        }
    }
}
