//! The address text vectors: every row of `conformance/vectors/` through the parsers and formatters.
//!
//! What the rows say is proved by `vectors/check.py` against other implementations. The files are
//! compiled in, so that the test runs wherever its binary does: in an emulator too.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::HashMap;
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::{
    AddressFamily, AddressText, AddressTextError, Error, INET6_ADDRSTRLEN, inet_aton,
    inet_aton_exact, inet_ntoa, inet_ntop, inet_pton, parse_ipv4, parse_ipv6, parse_port,
    parse_scoped_ipv6, parse_zone_number,
};

const IPV4: &str = include_str!("../vectors/ipv4.txt");
const IPV6: &str = include_str!("../vectors/ipv6.txt");
const FORMAT: &str = include_str!("../vectors/format.txt");
const PORT: &str = include_str!("../vectors/port.txt");
const ZONE: &str = include_str!("../vectors/zone.txt");

/// A row of any file but `format.txt`.
struct Row {
    /// Where it stands, and its line: the whole of what a failure has to show.
    line: String,
    input: Vec<u8>,
    columns: Vec<&'static str>,
}

impl Row {
    /// The value of a column, `None` for `-`.
    fn value(&self, column: usize) -> Option<&'static str> {
        Some(self.columns[column]).filter(|&value| value != "-")
    }
}

/// The rows of a file with so many columns; at least so many rows.
fn rows(file: &'static str, columns: usize, least: usize) -> Vec<Row> {
    let mut inputs = HashMap::new();
    let rows: Vec<Row> = lines(file, least)
        .map(|(line, data)| {
            let (input, rest) = unquote(data).unwrap_or_else(|| panic!("no input: {line}"));
            let row = Row { line, input, columns: rest.split_whitespace().collect() };
            assert_eq!(row.columns.len(), columns, "{}", row.line);
            row
        })
        .collect();
    for row in &rows {
        let twice = inputs.insert(&row.input, &row.line);
        assert_eq!(twice, None, "the same input as {}", row.line);
    }
    rows
}

/// The lines with data, each as what a failure shows and as what stands before its comment. There
/// are at least so many, and each has a comment of its own.
fn lines(file: &'static str, least: usize) -> impl Iterator<Item = (String, &'static str)> {
    let mut comments = HashMap::new();
    let mut found = vec![];
    for (number, line) in file.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let shown = format!("line {}: {line}", number + 1);
        // An input may have the sign of a comment, but not with two spaces before it.
        let (data, comment) = line.rsplit_once("  # ").unwrap_or_default();
        assert!(!comment.trim().is_empty(), "no comment in {shown}");
        let twice = comments.insert(comment, number);
        assert_eq!(twice, None, "the same comment in {shown}");
        found.push((shown, data));
    }
    assert!(found.len() >= least, "{} rows of at least {least}", found.len());
    found.into_iter()
}

/// The bytes of a quoted text at the beginning of a line, and the rest of the line.
fn unquote(line: &str) -> Option<(Vec<u8>, &str)> {
    let (quoted, rest) = line.strip_prefix('"')?.split_once('"')?;
    let mut bytes = vec![];
    let mut pieces = quoted.split("\\x");
    bytes.extend(pieces.next()?.bytes());
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend(piece[2..].bytes());
    }
    Some((bytes, rest))
}

/// The bytes of a text of hexadecimal digits.
fn unhex(digits: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// The dotted quad of a file, read as simply as can be: nothing under test has a part in it.
fn quad(text: &str) -> Ipv4Addr {
    let octets: Vec<u8> = text.split('.').map(|octet| octet.parse().unwrap()).collect();
    <[u8; 4]>::try_from(octets).unwrap().into()
}

fn groups(digits: &str) -> Ipv6Addr {
    <[u8; 16]>::try_from(unhex(digits)).unwrap().into()
}

/// An error as the files have it.
fn named(error: AddressTextError) -> String {
    format!("{:?}@{}", error.kind, error.at)
}

/// What the two columns of a value and an error say.
fn expected<T>(
    row: &Row,
    value: usize,
    error: usize,
    read: impl Fn(&str) -> T,
) -> Result<T, String> {
    match (row.value(value), row.value(error)) {
        (Some(value), None) => Ok(read(value)),
        (None, Some(error)) => Err(error.to_owned()),
        _ => panic!("a value or an error: {}", row.line),
    }
}

/// Holds a parser to what a row says: of the bytes, of the string if they are one, and of the bytes
/// at every alignment with neighbours that an address could go on with. A parser that looks outside
/// its slice, if only to load a whole word, gives itself away.
fn holds<T: Debug + PartialEq>(row: &Row, expected: &T, parse: impl Fn(Input<'_>) -> T) {
    let input = &row.input[..];
    assert_eq!(&parse(Input::Bytes(input)), expected, "as bytes: {}", row.line);
    if let Ok(text) = std::str::from_utf8(input) {
        assert_eq!(&parse(Input::Text(text)), expected, "as a string: {}", row.line);
    }
    for neighbours in [&b"1"[..], b":", b".", b"0", b"f", b"1.:", b"::", b" ", b"\0", b"\xff"] {
        for shift in 0..16 {
            let around = neighbours.iter().copied().cycle();
            let mut buffer: Vec<u8> = around.clone().take(shift).collect();
            buffer.extend_from_slice(input);
            buffer.extend(around.take(48));
            let found = parse(Input::Bytes(&buffer[shift..shift + input.len()]));
            assert_eq!(&found, expected, "{shift} times {neighbours:?} before: {}", row.line);
        }
    }
}

/// The same text as each of the two types that parsers take.
#[derive(Clone, Copy)]
enum Input<'a> {
    Bytes(&'a [u8]),
    Text(&'a str),
}

/// Calls a parser with the type that the input has.
macro_rules! parse {
    ($input:expr, $parser:path $(, $before:expr)*) => {
        match $input {
            Input::Bytes(bytes) => $parser($($before,)* bytes),
            Input::Text(text) => $parser($($before,)* text),
        }
    };
}

fn ipv4_rows() -> Vec<Row> {
    rows(IPV4, 4, 600)
}

fn ipv6_rows() -> Vec<Row> {
    rows(IPV6, 2, 900)
}

#[test]
fn the_strict_form_of_ipv4() {
    for row in ipv4_rows() {
        let expected = expected(&row, 0, 3, quad);
        holds(&row, &expected, |input| parse!(input, parse_ipv4).map_err(named));
        let plain = expected.map(IpAddr::V4).map_err(|_| Error::INVALID_ADDRESS);
        holds(&row, &plain, |input| parse!(input, inet_pton, AddressFamily::INET));
        if plain.is_ok() {
            let other = parse_ipv6(&row.input);
            assert!(other.is_err(), "an address of both families: {}", row.line);
        }
    }
}

#[test]
fn the_old_forms_of_ipv4() {
    for row in ipv4_rows() {
        let exact = row.value(1).map(quad);
        holds(&row, &exact, |input| parse!(input, inet_aton_exact).ok());
        let loose = row.value(2).map(quad);
        holds(&row, &loose, |input| parse!(input, inet_aton).ok());
    }
}

#[test]
fn the_forms_of_ipv4_include_each_other() {
    for row in ipv4_rows() {
        // Each column, and the one that must say the same if this one says anything.
        for (narrow, wide) in [(0, 1), (1, 2)] {
            let wider = row.value(narrow).is_none_or(|value| row.value(wide) == Some(value));
            assert!(wider, "refused by the wider form: {}", row.line);
        }
        let legacy = row.value(0).is_none() && row.value(1).is_some();
        let says_legacy = row.columns[3].starts_with("LegacyForm@");
        assert_eq!(legacy, says_legacy, "{}", row.line);
    }
}

#[test]
fn ipv6() {
    for row in ipv6_rows() {
        let expected = expected(&row, 0, 1, groups);
        holds(&row, &expected, |input| parse!(input, parse_ipv6).map_err(named));
        let plain = expected.map(IpAddr::V6).map_err(|_| Error::INVALID_ADDRESS);
        holds(&row, &plain, |input| parse!(input, inet_pton, AddressFamily::INET6));
        if plain.is_ok() {
            let other = parse_ipv4(&row.input);
            assert!(other.is_err(), "an address of both families: {}", row.line);
        }
    }
}

#[test]
fn ipv6_with_a_zone() {
    let mut zones = 0;
    for row in ipv6_rows() {
        let percent = row.input.iter().position(|&byte| byte == b'%');
        let (address, zone) = match percent {
            Some(at) => (&row.input[..at], Some(&row.input[at + 1..])),
            None => (&row.input[..], None),
        };
        let expected = parse_ipv6(address).map(|address| (address, zone));
        assert_eq!(parse_scoped_ipv6(&row.input), expected, "{}", row.line);
        zones += usize::from(zone.is_some() && expected.is_ok());
    }
    assert!(zones >= 5, "{zones} rows with a zone");
}

#[test]
fn text_of_addresses() {
    let mut seen = HashMap::new();
    for (line, data) in lines(FORMAT, 150) {
        let (packed, rest) = data.split_once(' ').unwrap();
        let packed = unhex(packed);
        let (text, nothing) = unquote(rest.trim_start()).unwrap();
        let text = std::str::from_utf8(&text).unwrap();
        assert!(nothing.trim().is_empty(), "{line}");

        let (family, address, short) = if let Ok(octets) = <[u8; 4]>::try_from(&packed[..]) {
            assert_eq!(inet_ntoa(&packed).unwrap(), text, "{line}");
            let address = Ipv4Addr::from(octets);
            assert_eq!(parse_ipv4(text), Ok(address), "{line}");
            (AddressFamily::INET, IpAddr::V4(address), AddressText::of_ipv4(address))
        } else {
            let address = Ipv6Addr::from(<[u8; 16]>::try_from(&packed[..]).unwrap());
            assert_eq!(parse_ipv6(text), Ok(address), "{line}");
            (AddressFamily::INET6, IpAddr::V6(address), AddressText::of_ipv6(address))
        };
        assert_eq!(short, text, "{line}");
        assert_eq!(AddressText::from(address), text, "{line}");
        assert_eq!(AddressText::from(address).to_string(), text, "{line}");

        let mut buffer = [b'#'; INET6_ADDRSTRLEN];
        assert_eq!(inet_ntop(family, &packed, &mut buffer), Ok(text), "{line}");
        assert!(buffer[text.len()..].iter().all(|&byte| byte == b'#'), "{line}");
        let mut tight = vec![0; text.len()];
        assert_eq!(inet_ntop(family, &packed, &mut tight), Ok(text), "{line}");
        let refused = inet_ntop(family, &packed, &mut tight[1..]);
        assert!(refused.is_err(), "too small a buffer: {line}");

        let twice = seen.insert(packed, line);
        assert_eq!(twice, None, "the same address twice");
    }
}

/// Whatever text an address had, its own text is read as the same address, and stays as it is.
#[test]
fn text_of_what_was_read() {
    let v4 = ipv4_rows().into_iter().filter_map(|row| Some(IpAddr::V4(quad(row.value(0)?))));
    let v6 = ipv6_rows().into_iter().filter_map(|row| Some(IpAddr::V6(groups(row.value(0)?))));
    for address in v4.chain(v6) {
        let text = AddressText::from(address);
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        assert_eq!(inet_pton(family, text.as_str()), Ok(address));
    }
}

#[test]
fn ports() {
    for row in rows(PORT, 2, 50) {
        let expected = expected(&row, 0, 1, |value| value.parse::<u16>().unwrap());
        holds(&row, &expected, |input| parse!(input, parse_port).map_err(named));
    }
}

#[test]
fn zones() {
    for row in rows(ZONE, 1, 50) {
        let expected = row.value(0).map(|value| value.parse::<u32>().unwrap());
        holds(&row, &expected, |input| match input {
            Input::Bytes(zone) => parse_zone_number(zone),
            Input::Text(zone) => parse_zone_number(zone.as_bytes()),
        });
    }
}
