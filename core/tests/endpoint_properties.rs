//! Texts of hosts with ports against slow and obvious twins, and against `core::net`, on generated
//! texts.

mod mutation;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use berkeley::{
    AddressTextError, AddressTextErrorKind as Kind, BluetoothAddress, BluetoothAddressText, Host,
    HostPort, SocketAddressText, inet_aton, inet_aton_exact, parse_bluetooth_address,
    parse_host_port, parse_ipv4, parse_socket_address,
};
use mutation::change;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

/// The same run every time, unless `PROPTEST_RNG_SEED` asks for another.
fn config() -> ProptestConfig {
    let mut config =
        ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(0x5EED);
    }
    println!("{:?}", config.rng_seed);
    config
}

// --- the twins

fn number_twin(text: &str, maximum: u32) -> Option<u32> {
    let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let significant = format!("0{}", text.trim_start_matches('0'));
    significant.parse().ok().filter(|&number| digits && number <= maximum)
}

fn zone_twin(zone: &str) -> bool {
    let forbidden = ['\0', '\t', '\n', '\x0b', '\x0c', '\r', ' ', '%', '/', ']'];
    let number = zone.chars().all(|c| c.is_ascii_digit());
    let short = if number { number_twin(zone, u32::MAX).is_some() } else { zone.len() <= 15 };
    !zone.is_empty() && !zone.contains(forbidden) && short
}

/// Whether this is written as a name is, be it an address or not.
fn name_twin(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    name.len() <= 253 && name.split('.').all(label)
}

fn ends_in_number_twin(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower.strip_suffix('.').unwrap_or(&lower).split('.').next_back().unwrap_or_default();
    match last.strip_prefix("0x") {
        Some(digits) => digits.chars().all(|c| c.is_ascii_hexdigit()),
        None => last.chars().all(|c| c.is_ascii_digit()),
    }
}

fn host_port_twin(text: &str) -> Option<HostPort<'_>> {
    let (host, port) = text.rsplit_once(':')?;
    let port = number_twin(port, 65535)? as u16;
    let host = match host.strip_prefix('[') {
        Some(rest) => {
            let inside = rest.strip_suffix(']')?;
            let (address, zone) = match inside.split_once('%') {
                Some((address, zone)) => (address, Some(zone)),
                None => (inside, None),
            };
            if !zone.is_none_or(zone_twin) {
                return None;
            }
            Host::Ipv6 { address: address.parse().ok()?, zone: zone.map(str::as_bytes) }
        }
        None if !name_twin(host) => return None,
        None if ends_in_number_twin(host) => Host::Ipv4(host.parse().ok()?),
        None => Host::Name(host),
    };
    Some(HostPort { host, port })
}

fn bluetooth_twin(text: &str) -> Option<BluetoothAddress> {
    let numbers: Option<Vec<u8>> = text
        .split(':')
        .map(|part| {
            let digits = !part.is_empty() && part.chars().all(|c| c.is_ascii_hexdigit());
            let significant = format!("0{}", part.trim_start_matches('0'));
            u8::from_str_radix(&significant, 16).ok().filter(|_| digits)
        })
        .rev()
        .collect();
    Some(BluetoothAddress(numbers?.try_into().ok()?))
}

/// Whether the text is an IPv6 address, with a port or without, and only the brackets miss.
fn lacks_brackets(text: &str) -> bool {
    let is_ipv6 = |text: &str| up_to('%', text).parse::<Ipv6Addr>().is_ok();
    is_ipv6(text) || text.rsplit_once(':').is_some_and(|(before, _)| is_ipv6(before))
}

fn up_to(end: char, text: &str) -> &str {
    text.split_once(end).map_or(text, |(before, _)| before)
}

/// `core::net`'s text, and glibc's where the two differ: the IPv4-compatible addresses.
fn socket_address_text_twin(address: SocketAddr) -> String {
    let SocketAddr::V6(v6) = address else { return address.to_string() };
    match v6.ip().segments() {
        [0, 0, 0, 0, 0, 0, high, low] if high > 0 => {
            let quad = Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
            let scope_id = v6.scope_id();
            let scope = if scope_id > 0 { format!("%{scope_id}") } else { String::new() };
            format!("[::{quad}{scope}]:{}", v6.port())
        }
        _ => SocketAddrV6::new(*v6.ip(), v6.port(), 0, v6.scope_id()).to_string(),
    }
}

// --- the texts

/// Addresses with many groups of zero.
fn ipv6() -> impl Strategy<Value = Ipv6Addr> {
    any::<([u16; 8], u8)>().prop_map(|(mut groups, zeros)| {
        for (index, group) in groups.iter_mut().enumerate() {
            *group *= u16::from(zeros >> index & 1);
        }
        Ipv6Addr::from(groups)
    })
}

fn socket_address() -> impl Strategy<Value = SocketAddr> {
    prop_oneof![
        any::<([u8; 4], u16)>().prop_map(SocketAddr::from),
        (ipv6(), any::<u16>(), 0..0x10_0000_u32, prop_oneof![Just(0), 0..20_u32, any::<u32>()])
            .prop_map(|(ip, port, flowinfo, scope_id)| {
                SocketAddrV6::new(ip, port, flowinfo, scope_id).into()
            }),
    ]
}

/// Pieces of which hosts, ports and their neighbours are made.
fn tokens() -> impl Strategy<Value = String> {
    const LONG: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; // 62
    #[rustfmt::skip]
    const TOKENS: [&str; 48] = [
        "0", "1", "01", "08", "80", "127", "255", "256", "65535", "65536", "4294967295",
        "4294967296", "0x", "0X7f", "00000000000000", "127.0.0.1", "a", "F", "g", "fe80", "eth0",
        "example", "xn--", LONG, LONG, "-", "_", "é", ".", ".", ".", ".", ":", ":", ":", "::", "[",
        "[", "]", "]:", "%", "[::1", "[fe80::1%", "]:80", ":80", " ", "/", "\0",
    ];
    vec(select(&TOKENS[..]), 0..12).prop_map(|tokens| tokens.concat())
}

/// Hosts and ports with a mistake or two.
fn mutated() -> impl Strategy<Value = String> {
    let port = prop_oneof![
        any::<u16>().prop_map(|port| port.to_string()),
        select(&["0", "080", "65534", "65535", "65536"][..]).prop_map(str::to_owned),
    ];
    let zone = "[0-9]{1,20}|[a-z0-9.:-]{0,17}|429496729[4-7]0{0,6}";
    let long = "(a{1,3}[.])?(a{60,64}[.]){3}a{57,63}([.]a{0,3})?";
    let host = prop_oneof![
        (ipv6(), zone).prop_map(|(ip, zone)| format!("[{ip}%{zone}]")),
        ipv6().prop_map(|ip| ip.to_string()),
        any::<[u8; 4]>().prop_map(|octets| format!("[{}]", Ipv4Addr::from(octets))),
        "([a-z0-9_-]{1,9}[.]){0,3}[a-z0-9]{1,3}[.]?",
        "((0|0x)?[0-7]{1,3}[.]){0,4}(0x[0-9a-f]{0,3}|[0-9]{1,10})[.]?",
        long,
    ];
    let sound = prop_oneof![
        1 => socket_address().prop_map(|address| address.to_string()),
        4 => (host, port).prop_map(|(host, port)| format!("{host}:{port}")),
    ];
    change(sound, "0123456789abcdefxX.:%[]/ \t\x0b\0-+_g²")
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![3 => tokens(), 5 => mutated(), 1 => any::<String>()]
}

fn bluetooth_texts() -> impl Strategy<Value = String> {
    let sound = vec("0{0,3}[0-9a-fA-F]{1,2}|100", 4..8).prop_map(|parts| parts.join(":"));
    change(sound, "0123456789abcdefxX.:-+ g\0²")
}

// --- where a text goes wrong

/// What can follow the beginning of a text so that the whole is accepted by one of the parsers.
fn endings() -> Vec<String> {
    let mut endings: Vec<String> =
        ["", "1", ":1", "a:1", ".a:1", "]:1", "1]:1", "a]:1", "%1]:1"].map(str::to_owned).to_vec();
    for first in ["", "1", ":", "::", "1::", ":1", "1:1"] {
        endings.push(format!("{first}]:1"));
        for count in 1..8 {
            let (groups, quad) = (":1".repeat(count), ".1".repeat(count));
            endings.push(format!("{first}{groups}"));
            endings.push(format!("{first}{groups}]:1"));
            endings.push(format!("{first}{quad}:1"));
            endings.push(format!("{first}{quad}]:1"));
        }
    }
    endings
}

/// The position of an error: all before it begins some accepted text, and with its byte no longer.
fn check_position(
    text: &str,
    error: AddressTextError,
    accepts: impl Fn(&[u8]) -> bool,
) -> Result<(), TestCaseError> {
    let text = text.as_bytes();
    let begins_one = |beginning: &[u8]| {
        endings().iter().any(|ending| accepts(&[beginning, ending.as_bytes()].concat()))
    };
    prop_assert!(error.at <= text.len());
    prop_assert!(begins_one(&text[..error.at]), "too late: {error}");
    if error.at < text.len() {
        prop_assert!(!begins_one(&text[..=error.at]), "too early: {error}");
    }
    Ok(())
}

/// When the kinds are given that speak of the text as a whole.
fn check_kind(
    text: &str,
    error: AddressTextError,
    accepts: impl Fn(&[u8]) -> bool,
) -> Result<(), TestCaseError> {
    let inside = text.strip_prefix('[').map(|rest| up_to('%', up_to(']', rest)));
    let legacy = inet_aton_exact(up_to(':', text)).is_ok() && parse_ipv4(up_to(':', text)).is_err();
    let lacks_port = [":1", "1"].iter().any(|end| accepts(format!("{text}{end}").as_bytes()));
    let expected = [
        (Kind::UnexpectedBrackets, inside.is_some_and(|inside| parse_ipv4(inside).is_ok())),
        (Kind::MissingBrackets, inside.is_none() && lacks_brackets(text)),
        (Kind::LegacyForm, inside.is_none() && legacy && !lacks_brackets(text)),
        (Kind::MissingPort, lacks_port),
    ];
    for (kind, expected) in expected {
        prop_assert_eq!(error.kind == kind, expected, "{:?}, not {:?}", error, kind);
    }
    let ended = matches!(error.kind, Kind::UnexpectedEnd | Kind::MissingPort);
    prop_assert!(!ended || error.at == text.len());
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn socket_addresses_are_those_of_core(text in texts()) {
        let found = parse_socket_address(&text);
        prop_assert_eq!(found.ok(), text.parse().ok());
        if let Err(error) = found {
            let accepts = |text: &[u8]| parse_socket_address(text).is_ok();
            check_kind(&text, error, accepts)?;
            check_position(&text, error, accepts)?;
        }
    }

    #[test]
    fn host_and_port_equal_their_twin(text in texts()) {
        let found = parse_host_port(&text);
        prop_assert_eq!(found.ok(), host_port_twin(&text));
        if let Err(error) = found {
            let accepts = |text: &[u8]| parse_host_port(text).is_ok();
            check_kind(&text, error, accepts)?;
            let host = up_to(':', &text);
            match parse_ipv4(host) {
                // A name could go on, but the address is wrong already.
                Err(strict) if name_twin(host) && ends_in_number_twin(host) => {
                    prop_assert_eq!(error.at, strict.at);
                }
                // A name of full length that ends in a number is none either; the length comes first.
                _ if error.kind == Kind::NameTooLong
                    && error.at == 253
                    && ends_in_number_twin(&text[..253]) => {}
                _ => check_position(&text, error, accepts)?,
            }
        }
    }

    #[test]
    fn host_and_port_survive_their_text(text in texts()) {
        if let Ok(found) = parse_host_port(&text) {
            let canonical = found.to_string();
            prop_assert_eq!(parse_host_port(&canonical), Ok(found));
        }
    }

    /// What CVE-2021-29921 and its family need: two parsers, two meanings.
    #[test]
    fn no_text_is_a_name_and_an_address(text in texts()) {
        let Ok(HostPort { host, port }) = parse_host_port(&text) else { return Ok(()) };
        let socket_address = parse_socket_address(&text);
        match host {
            Host::Name(name) => {
                for name in [name, name.trim_end_matches('.')] {
                    prop_assert!(inet_aton(name).is_err());
                    prop_assert!(name.parse::<IpAddr>().is_err());
                }
                prop_assert!(socket_address.is_err());
            }
            Host::Ipv4(address) => {
                prop_assert_eq!(inet_aton(up_to(':', &text)), Ok(address));
                prop_assert_eq!(socket_address, Ok((address, port).into()));
            }
            Host::Ipv6 { address, zone: None } => {
                prop_assert_eq!(socket_address, Ok((address, port).into()));
            }
            Host::Ipv6 { address, zone: Some(zone) } => {
                let scope_id = number_twin(core::str::from_utf8(zone).unwrap(), u32::MAX);
                let expected = scope_id.map(|id| SocketAddrV6::new(address, port, 0, id).into());
                prop_assert_eq!(socket_address.ok(), expected);
            }
        }
    }

    #[test]
    fn what_is_a_socket_address_is_a_host_and_a_port(address in socket_address()) {
        let text = SocketAddressText::of(address);
        let found = parse_host_port(&text).unwrap();
        prop_assert_eq!(found.port, address.port());
        match found.host {
            Host::Ipv4(ip) => prop_assert_eq!(IpAddr::V4(ip), address.ip()),
            Host::Ipv6 { address: ip, .. } => prop_assert_eq!(IpAddr::V6(ip), address.ip()),
            Host::Name(name) => prop_assert!(false, "{}", name),
        }
        prop_assert_eq!(found.to_string(), text.as_str());
    }

    #[test]
    fn socket_addresses_survive_their_text(mut address in socket_address()) {
        let text = SocketAddressText::of(address);
        prop_assert_eq!(text.as_str(), socket_address_text_twin(address));
        if let SocketAddr::V6(address) = &mut address {
            address.set_flowinfo(0); // which no text has
        }
        prop_assert_eq!(parse_socket_address(text), Ok(address));
    }

    #[test]
    fn any_bytes_are_only_refused(
        bytes in vec(prop_oneof![any::<u8>(), select(&b"[]:%.:1a"[..])], 0..60),
    ) {
        let text = core::str::from_utf8(&bytes).ok();
        let expected = text.and_then(|text| text.parse().ok());
        prop_assert_eq!(parse_socket_address(&bytes).ok(), expected);
        prop_assert_eq!(parse_bluetooth_address(&bytes).ok(), text.and_then(bluetooth_twin));
        match text {
            Some(text) => prop_assert_eq!(parse_host_port(&bytes).ok(), host_port_twin(text)),
            // Only zones are not made of letters.
            None => prop_assert!(parse_host_port(&bytes).is_err() || bytes.contains(&b'%')),
        }
    }

    #[test]
    fn bluetooth_addresses_equal_their_twin(text in bluetooth_texts()) {
        let found = parse_bluetooth_address(&text);
        prop_assert_eq!(found.ok(), bluetooth_twin(&text));
        if let Err(error) = found {
            check_position(&text, error, |text| parse_bluetooth_address(text).is_ok())?;
        }
    }

    #[test]
    fn bluetooth_addresses_survive_their_text(bytes in any::<[u8; 6]>()) {
        let text = BluetoothAddressText::of(BluetoothAddress(bytes));
        let twin: Vec<String> = bytes.iter().rev().map(|byte| format!("{byte:02X}")).collect();
        prop_assert_eq!(text.as_str(), twin.join(":"));
        prop_assert_eq!(parse_bluetooth_address(text), Ok(BluetoothAddress(bytes)));
    }
}
