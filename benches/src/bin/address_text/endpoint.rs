//! Addresses with ports, and with zones.

use core::net::{SocketAddr, SocketAddrV4, SocketAddrV6};

use berkeley::SocketAddressText;
use berkeley_benches::inputs::{self, Texts};
use berkeley_benches::side_by_side::Group;
use smoltcp::wire::{IpAddress, IpEndpoint};

use crate::format::{Core, Formatter, formatter};
use crate::parse::parser;

/// `192.0.2.1:80`.
pub(crate) fn parse_ipv4(count: usize) -> Group {
    let endpoints = inputs::ipv4_ports(count);
    let Texts { plain, .. } = Texts::of(endpoints);
    let ours = parser("berkeley", plain, endpoints, berkeley::parse_socket_address, Result::ok);
    let v4 = |answer: Result<SocketAddrV4, _>| answer.ok().map(SocketAddr::from);
    Group::new("endpoint-parse-ipv4", "core", count)
        .with(ours.ours())
        .with(parser("core", plain, endpoints, str::parse::<SocketAddr>, Result::ok))
        .with(parser("core-v4", plain, endpoints, str::parse::<SocketAddrV4>, v4))
        .with(parser("smoltcp", plain, endpoints, str::parse::<IpEndpoint>, of_smoltcp))
}

/// `[fe80::x%3]:443`. Without smoltcp, which has no zones.
pub(crate) fn parse_scoped(count: usize) -> Group {
    let endpoints = inputs::ipv6_scoped(count);
    let Texts { plain, .. } = Texts::of(endpoints);
    let ours = parser("berkeley", plain, endpoints, berkeley::parse_socket_address, Result::ok);
    let v6 = |answer: Result<SocketAddrV6, _>| answer.ok().map(SocketAddr::from);
    Group::new("endpoint-parse-scoped", "core", count)
        .with(ours.ours())
        .with(parser("core", plain, endpoints, str::parse::<SocketAddr>, Result::ok))
        .with(parser("core-v6", plain, endpoints, str::parse::<SocketAddrV6>, v6))
}

fn of_smoltcp(answer: Result<IpEndpoint, ()>) -> Option<SocketAddr> {
    let endpoint = answer.ok()?;
    match endpoint.addr {
        IpAddress::Ipv4(address) => Some((address, endpoint.port).into()),
        IpAddress::Ipv6(address) => Some((address, endpoint.port).into()),
    }
}

pub(crate) fn format_ipv4(count: usize) -> Group {
    format("endpoint-format-ipv4", inputs::ipv4_ports(count))
}

pub(crate) fn format_scoped(count: usize) -> Group {
    format("endpoint-format-scoped", inputs::ipv6_scoped(count))
}

fn format(name: &'static str, endpoints: &'static [SocketAddr]) -> Group {
    Group::new(name, "core", endpoints.len())
        .with(formatter("berkeley", endpoints, Text).ours())
        .with(formatter("core", endpoints, Core::default()))
}

#[derive(Clone, Copy)]
struct Text;

impl Formatter<SocketAddr> for Text {
    fn format(&mut self, address: SocketAddr, reader: impl FnOnce(&[u8])) {
        reader(SocketAddressText::of(address).as_bytes());
    }
}
