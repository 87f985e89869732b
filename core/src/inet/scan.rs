//! A text that is read from its front to its end, in constants too.
//!
//! All byte-wise parsers read through this one. That keeps them small, and their numbers alike: none
//! wraps, none carries a sign.

use super::error::{AddressTextError, AddressTextErrorKind as Kind};

/// A text, and how far it has been read.
pub(crate) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// The text from the byte `at` on.
    #[inline]
    pub(crate) const fn new(text: &'a [u8], at: usize) -> Scanner<'a> {
        Scanner { text, at }
    }

    /// Where the byte stands that comes next.
    #[inline]
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// The byte that comes next, if the text has not ended.
    #[inline]
    pub(crate) const fn peek(&self) -> Option<u8> {
        if self.at < self.text.len() { Some(self.text[self.at]) } else { None }
    }

    /// Goes on behind the byte that came next.
    #[inline]
    pub(crate) const fn advance(&mut self) {
        self.at += 1;
    }

    /// The value of the digit that comes next, if one does.
    #[inline]
    pub(crate) const fn digit(&self, base: u32) -> Option<u32> {
        let Some(byte) = self.peek() else { return None };
        let mut value = byte.wrapping_sub(b'0');
        if value > 9 {
            // The bit apart from which a small letter is a capital one.
            value = (byte | 0x20).wrapping_sub(b'a').saturating_add(10);
        }
        if (value as u32) < base { Some(value as u32) } else { None }
    }

    /// Whether a digit comes next.
    #[inline(never)] // it has many callers, and none is in a hurry
    pub(crate) const fn is_digit(&self, base: u32) -> bool {
        self.digit(base).is_some()
    }

    /// Reads all digits that come next, perhaps none; stops at one that makes the number too large.
    pub(crate) const fn number(
        &mut self,
        base: u32,
        maximum: u32,
    ) -> Result<u32, AddressTextError> {
        let mut value = 0;
        while let Some(digit) = self.digit(base) {
            let longer = value as u64 * base as u64 + digit as u64;
            if longer > maximum as u64 {
                return Err(self.error(Kind::NumberTooLarge));
            }
            value = longer as u32;
            self.advance();
        }
        Ok(value)
    }

    /// Reads one number for each of the octets, a separator between them, to the end of the text.
    /// Decimal ones have no zeros before them.
    pub(crate) const fn octets(
        &mut self,
        octets: &mut [u8],
        base: u32,
        separator: u8,
    ) -> Result<(), AddressTextError> {
        let mut index = 0;
        while index < octets.len() {
            let start = self.at;
            let zero = matches!(self.peek(), Some(b'0'));
            if zero && base == 10 {
                self.advance();
                if self.is_digit(base) {
                    return Err(self.error(Kind::LeadingZero));
                }
            }
            octets[index] = match self.number(base, 0xFF) {
                Ok(octet) => octet as u8,
                Err(error) => return Err(error),
            };
            if self.at == start {
                return Err(self.unexpected());
            }
            index += 1;
            let is_last = index == octets.len();
            if let Err(error) = self.separator(separator, is_last, !is_last) {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Reads the separator behind a number, and tells whether there was one: the text may have ended
    /// instead.
    pub(crate) const fn separator(
        &mut self,
        separator: u8,
        may_end: bool,
        may_go_on: bool,
    ) -> Result<bool, AddressTextError> {
        let kind = match self.peek() {
            None if may_end => return Ok(false),
            None => Kind::TooFewParts,
            Some(byte) if byte == separator => {
                if may_go_on {
                    self.advance();
                    return Ok(true);
                }
                Kind::TooManyParts
            }
            Some(_) if may_end => Kind::TrailingBytes,
            Some(_) => Kind::UnexpectedByte,
        };
        Err(self.error(kind))
    }

    /// The error of this kind at the byte that comes next.
    #[inline]
    pub(crate) const fn error(&self, kind: Kind) -> AddressTextError {
        kind.at(self.at)
    }

    /// The error of a byte, or of an end, with which nothing goes on here.
    pub(crate) const fn unexpected(&self) -> AddressTextError {
        self.error(if self.at < self.text.len() {
            Kind::UnexpectedByte
        } else {
            Kind::UnexpectedEnd
        })
    }
}
