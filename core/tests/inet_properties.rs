//! Address text against slow and obvious twins, and against `core::net`, on generated texts.

mod mutation;

use core::net::{Ipv4Addr, Ipv6Addr};

use berkeley::{
    AddressFamily, AddressText, AddressTextError, AddressTextErrorKind, INET6_ADDRSTRLEN,
    inet_aton, inet_aton_exact, inet_ntop, inet_pton, parse_ipv4, parse_ipv6, parse_port,
    parse_scoped_ipv6, parse_zone_number,
};
use mutation::change;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// `inet_aton_exact` as its manual page says it, on whole numbers of any size.
fn legacy_twin(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = text.split('.').collect();
    let (last, before) = parts.split_last()?;
    if before.len() > 3 {
        return None;
    }
    let number = |part: &str| {
        let lower = part.to_ascii_lowercase();
        let (digits, base) = match (lower.strip_prefix("0x"), lower.strip_prefix('0')) {
            (Some(digits), _) => (digits, 16),
            (None, Some(_)) => (lower.as_str(), 8),
            (None, None) => (lower.as_str(), 10),
        };
        let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(base));
        let significant = digits.trim_start_matches('0');
        match significant.len() {
            _ if !valid => None,
            0 => Some(0),
            1..=40 => u64::from_str_radix(significant, base).ok(),
            _ => None,
        }
    };
    let mut value = 0;
    for part in before {
        value = value * 256 + number(part).filter(|&number| number <= 255)?;
    }
    let room = 8 * (4 - before.len() as u32);
    value = (value << room) + number(last).filter(|&number| number < 1 << room)?;
    Some(Ipv4Addr::from_bits(u32::try_from(value).ok()?))
}

/// `inet_aton` in terms of the other: cut at white space, which no NUL may follow.
fn legacy_up_to_space_twin(text: &str) -> Option<Ipv4Addr> {
    let space = [' ', '\t', '\n', '\x0b', '\x0c', '\r'];
    if text.contains('\0') { None } else { legacy_twin(text.split(space).next()?) }
}

/// Four numbers, each of which prints as it is written.
fn ipv4_twin(text: &str) -> Option<Ipv4Addr> {
    let octets: Option<Vec<u8>> = text
        .split('.')
        .map(|part| part.parse().ok().filter(|octet: &u8| octet.to_string() == part))
        .collect();
    Some(<[u8; 4]>::try_from(octets?).ok()?.into())
}

/// The groups of one side of the `::`, or of a text without one.
fn groups_twin(text: &str, quad_allowed: bool) -> Option<Vec<u16>> {
    let mut groups = Vec::new();
    if text.is_empty() {
        return Some(groups);
    }
    let parts: Vec<&str> = text.split(':').collect();
    for (index, part) in parts.iter().enumerate() {
        if quad_allowed && index + 1 == parts.len() && part.contains('.') {
            let bits = ipv4_twin(part)?.to_bits();
            groups.extend([(bits >> 16) as u16, bits as u16]);
        } else if (1..=4).contains(&part.len()) && part.chars().all(|c| c.is_ascii_hexdigit()) {
            groups.push(u16::from_str_radix(part, 16).ok()?);
        } else {
            return None;
        }
    }
    Some(groups)
}

fn ipv6_twin(text: &str) -> Option<Ipv6Addr> {
    let mut groups = match text.split_once("::") {
        None => groups_twin(text, true)?,
        Some((before, after)) => {
            let (before, after) = (groups_twin(before, false)?, groups_twin(after, true)?);
            let zeros = 8_usize.checked_sub(before.len() + after.len()).filter(|&n| n > 0)?;
            [before, vec![0; zeros], after].concat()
        }
    };
    let last = groups.split_off(groups.len().min(8));
    if !last.is_empty() {
        return None;
    }
    Some(<[u16; 8]>::try_from(groups).ok()?.into())
}

/// `core::net`'s text, and glibc's where the two differ: the IPv4-compatible addresses.
fn ipv6_text_twin(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, low] if high > 0 => {
            format!("::{}", Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        _ => address.to_string(),
    }
}

fn digits_twin(text: &str) -> Option<u128> {
    let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Pieces of which addresses and their neighbours are made.
fn tokens() -> impl Strategy<Value = String> {
    #[rustfmt::skip]
    const TOKENS: [&str; 37] = [
        "0", "1", "7", "8", "9", "00", "01", "08", "0x", "0X", "10", "127", "255", "256", "65535",
        "65536", "16777216", "4294967295", "4294967296", "a", "F", "ffff", "00001", ".", ".", ".",
        ".", ":", ":", ":", ":", "::", "%", " ", "\n", "\0", "\u{ff11}",
    ];
    vec(select(&TOKENS[..]), 0..18).prop_map(|tokens| tokens.concat())
}

/// Addresses with a mistake or two.
fn mutated() -> impl Strategy<Value = String> {
    let sound = prop_oneof![
        any::<[u8; 4]>().prop_map(|octets| Ipv4Addr::from(octets).to_string()),
        (any::<u32>(), select(&["{}", "0x", "0"][..])).prop_map(|(bits, form)| match form {
            "0x" => format!("{bits:#x}"),
            "0" => format!("0{bits:o}"),
            _ => format!("{}.{}", bits >> 24, bits & 0xFF_FFFF),
        }),
        sparse_ipv6().prop_map(|address| address.to_string()),
        sparse_ipv6().prop_map(|address| address.segments().map(|g| format!("{g:x}")).join(":")),
        (sparse_ipv6(), any::<[u8; 4]>()).prop_map(|(address, octets)| {
            let [a, b, c, d, e, f, ..] = address.segments();
            format!("{a:X}:{b:x}:{c:x}:{d:x}:{e:x}:{f:x}:{}", Ipv4Addr::from(octets))
        }),
    ];
    change(sound, "0123456789abcdefxX.:%[/ \t\0-+_g²")
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![tokens(), mutated(), any::<String>()]
}

/// Addresses with many groups of zero, and some of one digit.
fn sparse_ipv6() -> impl Strategy<Value = Ipv6Addr> {
    any::<([u16; 8], u8, u8)>().prop_map(|(mut groups, zeros, short)| {
        for (index, group) in groups.iter_mut().enumerate() {
            match (zeros >> index & 1, short >> index & 1) {
                (1, _) => *group = 0,
                (_, 1) => *group %= 16,
                _ => {}
            }
        }
        Ipv6Addr::from(groups)
    })
}

/// What can follow the beginning of an address so that the whole is one.
fn endings() -> Vec<String> {
    let mut endings = Vec::new();
    for first in ["", "1", ":", "::", "1::", ":1", "1:1"] {
        endings.push(first.to_owned());
        for count in 1..8 {
            endings.push(format!("{first}{}", ":1".repeat(count)));
            endings.push(format!("{first}{}", ".1".repeat(count)));
        }
    }
    endings
}

/// The position of an error: all before it begins some address, and with its byte no longer.
fn check_position<T>(
    text: &[u8],
    error: AddressTextError,
    parse: impl Fn(&[u8]) -> Result<T, AddressTextError>,
) -> Result<(), TestCaseError> {
    let begins_one = |beginning: &[u8]| {
        endings().iter().any(|ending| parse(&[beginning, ending.as_bytes()].concat()).is_ok())
    };
    prop_assert!(error.at <= text.len());
    prop_assert!(begins_one(&text[..error.at]), "too late: {error}");
    if error.at < text.len() {
        prop_assert!(!begins_one(&text[..=error.at]), "too early: {error}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4096,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn legacy_forms_equal_their_twin(text in texts()) {
        prop_assert_eq!(inet_aton(&text).ok(), legacy_up_to_space_twin(&text));
        prop_assert_eq!(inet_aton_exact(&text).ok(), legacy_twin(&text));
        if let Err(error) = inet_aton_exact(&text) {
            check_position(text.as_bytes(), error, |text| inet_aton_exact(text))?;
        }
    }

    #[test]
    fn strict_ipv4_equals_its_twins(text in texts()) {
        let found = parse_ipv4(&text);
        prop_assert_eq!(found.ok(), ipv4_twin(&text));
        prop_assert_eq!(found.ok(), text.parse().ok());
        prop_assert_eq!(found.ok().map(Into::into), inet_pton(AddressFamily::INET, &text).ok());
        match found {
            // What the strict form takes, the legacy forms take for the same.
            Ok(address) => prop_assert_eq!(inet_aton_exact(&text), Ok(address)),
            Err(error) => {
                let legacy = error.kind == AddressTextErrorKind::LegacyForm;
                prop_assert_eq!(legacy, inet_aton_exact(&text).is_ok());
                check_position(text.as_bytes(), error, |text| parse_ipv4(text))?;
            }
        }
    }

    #[test]
    fn ipv6_equals_its_twins(text in texts()) {
        let found = parse_ipv6(&text);
        prop_assert_eq!(found.ok(), ipv6_twin(&text));
        prop_assert_eq!(found.ok(), text.parse().ok());
        prop_assert_eq!(found.ok().map(Into::into), inet_pton(AddressFamily::INET6, &text).ok());
        match found {
            // The text of what was read is a fixed point.
            Ok(address) => {
                let text = AddressText::of_ipv6(address);
                prop_assert_eq!(parse_ipv6(text).map(AddressText::of_ipv6), Ok(text));
            }
            Err(error) => check_position(text.as_bytes(), error, |text| parse_ipv6(text))?,
        }
    }

    #[test]
    fn any_bytes_are_only_refused(bytes in vec(any::<u8>(), 0..60)) {
        let text = core::str::from_utf8(&bytes).ok();
        prop_assert_eq!(parse_ipv4(&bytes).ok(), text.and_then(|text| text.parse().ok()));
        prop_assert_eq!(parse_ipv6(&bytes).ok(), text.and_then(|text| text.parse().ok()));
        prop_assert_eq!(inet_aton_exact(&bytes).ok(), text.and_then(legacy_twin));
    }

    #[test]
    fn zones_are_what_follows_the_percent(text in texts(), zone in texts()) {
        let scoped = format!("{text}%{zone}");
        let (before, after) = scoped.split_once('%').unwrap();
        let expected = parse_ipv6(before).map(|address| (address, Some(after.as_bytes())));
        prop_assert_eq!(parse_scoped_ipv6(&scoped), expected);
        if !text.contains('%') {
            let expected = parse_ipv6(&text).map(|address| (address, None));
            prop_assert_eq!(parse_scoped_ipv6(&text), expected);
        }
    }

    #[test]
    fn numbers_never_wrap(text in prop_oneof!["[0-9]{0,25}", "[0-9+x -]{0,5}"]) {
        let number = digits_twin(&text);
        let port = number.and_then(|number| u16::try_from(number).ok());
        prop_assert_eq!(parse_port(&text).ok(), port);
        let zone = number.and_then(|number| u32::try_from(number).ok());
        prop_assert_eq!(parse_zone_number(text.as_bytes()), zone);
    }

    #[test]
    fn ipv4_survives_its_text(octets in any::<[u8; 4]>()) {
        let address = Ipv4Addr::from(octets);
        let text = AddressText::of_ipv4(address);
        prop_assert_eq!(text.as_str(), address.to_string());
        prop_assert_eq!(parse_ipv4(text), Ok(address));
        prop_assert_eq!(inet_aton(text), Ok(address));
        let mut buffer = [0; INET6_ADDRSTRLEN];
        prop_assert_eq!(inet_ntop(AddressFamily::INET, &octets, &mut buffer), Ok(text.as_str()));
    }

    #[test]
    fn ipv6_survives_its_text(address in prop_oneof![sparse_ipv6(), any::<Ipv6Addr>()]) {
        let text = AddressText::of_ipv6(address);
        prop_assert_eq!(text.as_str(), ipv6_text_twin(address));
        prop_assert_eq!(parse_ipv6(text), Ok(address));
        let mut buffer = [0; INET6_ADDRSTRLEN];
        let packed = address.octets();
        prop_assert_eq!(inet_ntop(AddressFamily::INET6, &packed, &mut buffer), Ok(text.as_str()));
    }
}
