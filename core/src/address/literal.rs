//! Bytes and texts as Python writes them down: `b'\x00name'`, `'/tmp/it\'s'`.

use core::fmt::{self, Write};

/// Bytes as Python's `repr` shows them.
pub(super) struct BytesLiteral<'a>(pub(super) &'a [u8]);

impl fmt::Display for BytesLiteral<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = quote_for(self.0);
        write!(f, "b{quote}")?;
        for byte in self.0 {
            match *byte {
                byte @ 0x20..=0x7E => write_escaped(f, byte as char, quote)?,
                b'\t' | b'\n' | b'\r' => write_escaped(f, *byte as char, quote)?,
                byte => write!(f, "\\x{byte:02x}")?,
            }
        }
        f.write_char(quote)
    }
}

/// The text of a path as Python's `repr` shows it. A byte that is not UTF-8 is the lone surrogate
/// that `surrogateescape` makes of it (PEP 383).
#[cfg(any(feature = "unix", feature = "linux"))]
pub(super) struct TextLiteral<'a>(pub(super) &'a [u8]);

#[cfg(any(feature = "unix", feature = "linux"))]
impl fmt::Display for TextLiteral<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = quote_for(self.0);
        f.write_char(quote)?;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                write_escaped(f, character, quote)?;
            }
            for byte in chunk.invalid() {
                write!(f, "\\udc{byte:02x}")?;
            }
        }
        f.write_char(quote)
    }
}

/// The text of a path as it stands, with a question mark for what is not UTF-8.
#[cfg(any(feature = "unix", feature = "linux"))]
pub(super) struct Text<'a>(pub(super) &'a [u8]);

#[cfg(any(feature = "unix", feature = "linux"))]
impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            for _ in chunk.invalid() {
                f.write_char('?')?;
            }
        }
        Ok(())
    }
}

/// Single quotes, unless there are some inside and no double ones.
fn quote_for(bytes: &[u8]) -> char {
    if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' }
}

fn write_escaped(f: &mut fmt::Formatter<'_>, character: char, quote: char) -> fmt::Result {
    match character {
        '\t' => f.write_str("\\t"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\\' => f.write_str("\\\\"),
        character if character == quote => write!(f, "\\{quote}"),
        character if character.is_control() => write!(f, "\\x{:02x}", character as u32),
        character => f.write_char(character),
    }
}

#[cfg(all(test, any(feature = "unix", feature = "linux")))]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn bytes_and_texts_are_written_as_python_does() {
        // bytes, repr(bytes), repr(os.fsdecode(bytes)): from CPython 3.11
        for (bytes, literal, text) in [
            (&b""[..], r"b''", r"''"),
            (b"/tmp/a b~", r"b'/tmp/a b~'", r"'/tmp/a b~'"),
            (b"\0abs", r"b'\x00abs'", r"'\x00abs'"),
            (b"a\t\n\r\\\x7f", r"b'a\t\n\r\\\x7f'", r"'a\t\n\r\\\x7f'"),
            (b"it's", r#"b"it's""#, r#""it's""#),
            (b"'\"", r#"b'\'"'"#, r#"'\'"'"#),
            ("\u{e4}".as_bytes(), r"b'\xc3\xa4'", "'\u{e4}'"),
            (b"x\xff\xe2\x82", r"b'x\xff\xe2\x82'", r"'x\udcff\udce2\udc82'"), // not UTF-8
        ] {
            assert_eq!(BytesLiteral(bytes).to_string(), literal, "{bytes:?}");
            assert_eq!(TextLiteral(bytes).to_string(), text, "{bytes:?}");
        }
        assert_eq!(Text(b"x\xff's").to_string(), "x?'s");
    }
}
