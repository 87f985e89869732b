//! From text to address.

use core::fmt::Debug;
use core::hint::black_box;
use core::net::{Ipv4Addr, Ipv6Addr};

use berkeley_benches::glibc;
use berkeley_benches::inputs::{self, Texts};
use berkeley_benches::side_by_side::{Competitor, Group};
use smoltcp::wire::IpAddress;

pub(crate) fn ipv4(count: usize) -> Group {
    let addresses = inputs::ipv4_mix(count);
    let Texts { plain, terminated } = Texts::of(addresses);
    Group::new("ipv4-parse", "core", count)
        .with(parser("berkeley", plain, addresses, berkeley::parse_ipv4, Result::ok).ours())
        .with(parser("berkeley-aton", plain, addresses, berkeley::inet_aton, Result::ok).ours())
        .with(parser("core", plain, addresses, str::parse::<Ipv4Addr>, Result::ok))
        .with(parser("smoltcp", plain, addresses, str::parse::<IpAddress>, of_smoltcp4))
        .with(parser("glibc-pton", terminated, addresses, glibc::pton4, |answer| answer))
        .with(parser("glibc-aton", terminated, addresses, glibc::aton, |answer| answer))
        .with(parser("valip", plain, addresses, valip4, |answer| {
            Some(answer.ok()?.as_octets().into())
        }))
}

/// `inet_aton` on dotted quads, against the function that it takes the place of.
pub(crate) fn aton(count: usize) -> Group {
    let addresses = inputs::ipv4_mix(count);
    let Texts { plain, terminated } = Texts::of(addresses);
    Group::new("ipv4-aton", "glibc", count)
        .with(parser("berkeley", plain, addresses, berkeley::inet_aton, Result::ok).ours())
        .with(parser("glibc", terminated, addresses, glibc::aton, |answer| answer))
}

pub(crate) fn ipv6_mix(count: usize) -> Group {
    let addresses = inputs::ipv6_mix(count);
    let texts = Texts::of(addresses);
    ipv6("ipv6-parse-mix", addresses, texts).with(valip6_competitor(addresses, texts))
}

pub(crate) fn ipv6_full(count: usize) -> Group {
    let addresses = inputs::ipv6_full(count);
    let texts = Texts::of(addresses);
    ipv6("ipv6-parse-full", addresses, texts).with(valip6_competitor(addresses, texts))
}

pub(crate) fn ipv6_short(count: usize) -> Group {
    let addresses = inputs::ipv6_short(count);
    let texts = Texts::of(addresses);
    ipv6("ipv6-parse-short", addresses, texts).with(valip6_competitor(addresses, texts))
}

/// Without valip, which refuses a dotted quad at the end.
pub(crate) fn ipv6_mapped(count: usize) -> Group {
    let addresses = inputs::ipv6_mapped(count);
    ipv6("ipv6-parse-mapped", addresses, Texts::of(addresses))
}

fn ipv6(name: &'static str, addresses: &'static [Ipv6Addr], texts: Texts) -> Group {
    let Texts { plain, terminated } = texts;
    Group::new(name, "core", addresses.len())
        .with(parser("berkeley", plain, addresses, berkeley::parse_ipv6, Result::ok).ours())
        .with(parser("core", plain, addresses, str::parse::<Ipv6Addr>, Result::ok))
        .with(parser("smoltcp", plain, addresses, str::parse::<IpAddress>, of_smoltcp6))
        .with(parser("glibc", terminated, addresses, glibc::pton6, |answer| answer))
}

fn valip6_competitor(addresses: &'static [Ipv6Addr], texts: Texts) -> Competitor {
    let address = |answer: Result<valip::ip6::Ip, _>| Some(answer.ok()?.as_octets().into());
    parser("valip", texts.plain, addresses, valip6, address)
}

fn valip4(text: &str) -> Result<valip::ip4::Ip, valip::errors::Error> {
    valip::ip4::Ip::parse(text.as_bytes())
}

fn valip6(text: &str) -> Result<valip::ip6::Ip, valip::errors::Error> {
    valip::ip6::Ip::parse(text.as_bytes())
}

fn of_smoltcp4(answer: Result<IpAddress, ()>) -> Option<Ipv4Addr> {
    match answer {
        Ok(IpAddress::Ipv4(address)) => Some(address),
        _ => None,
    }
}

fn of_smoltcp6(answer: Result<IpAddress, ()>) -> Option<Ipv6Addr> {
    match answer {
        Ok(IpAddress::Ipv6(address)) => Some(address),
        _ => None,
    }
}

/// Who parses each text by `parse`, whose answer stands for what `address` makes of it.
pub(crate) fn parser<Text, Answer, Value>(
    name: &'static str,
    texts: &'static [Text],
    values: &'static [Value],
    parse: impl Fn(Text) -> Answer + Copy + 'static,
    value: impl Fn(Answer) -> Option<Value> + 'static,
) -> Competitor
where
    Text: Copy + Debug,
    Value: Copy + PartialEq + Debug,
{
    let check = move || {
        assert_eq!(texts.len(), values.len());
        for (&text, &expected) in texts.iter().zip(values) {
            assert_eq!(value(parse(text)), Some(expected), "{name}: {text:?}");
        }
    };
    let pass = move || {
        for &text in texts {
            black_box(parse(black_box(text)));
        }
    };
    Competitor::new(name, check, pass)
}
