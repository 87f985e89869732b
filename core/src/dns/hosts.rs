//! A table of hosts, as in `hosts(5)`: what it has is asked of nobody.

use core::net::IpAddr;

/// A host: one of its names and one of its addresses. A host with several of them has several entries, the
/// first of its names is the official one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Host<'a> {
    /// The name, in any case.
    pub name: &'a str,
    /// The address.
    pub address: IpAddr,
}

/// Without the dot at the end, which names in a table do not have.
pub(super) fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// The addresses of a host.
pub(super) fn addresses<'a>(
    hosts: &'a [Host<'a>],
    name: &'a str,
) -> impl Iterator<Item = IpAddr> + 'a {
    let name = without_dot(name);
    let is_it = move |host: &&Host<'a>| without_dot(host.name).eq_ignore_ascii_case(name);
    hosts.iter().filter(is_it).map(|host| host.address)
}

/// The official name of a host: the first one of its first address.
pub(super) fn official<'a>(hosts: &'a [Host<'a>], name: &'a str) -> Option<&'a str> {
    name_of(hosts, addresses(hosts, name).next()?)
}

/// The official name of an address.
pub(super) fn name_of<'a>(hosts: &'a [Host<'a>], address: IpAddr) -> Option<&'a str> {
    hosts.iter().find(|host| host.address == address).map(|host| host.name)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_table_is_read_both_ways() {
        let host = |name, address: &str| Host { name, address: address.parse().unwrap() };
        let hosts = [
            host("printer.example", "192.0.2.7"),
            host("printer", "192.0.2.7"),
            host("printer", "2001:db8::7"),
        ];
        // name, its addresses
        for (name, expected) in [
            ("printer", &["192.0.2.7", "2001:db8::7"][..]),
            ("Printer.Example.", &["192.0.2.7"]), // in any case, with a dot
            ("example", &[]),                     // a part of a name is another name
        ] {
            let found: Vec<_> = addresses(&hosts, name).collect();
            let expected: Vec<IpAddr> = expected.iter().map(|ip| ip.parse().unwrap()).collect();
            assert_eq!(found, expected, "{name}");
        }
        assert_eq!(official(&hosts, "PRINTER"), Some("printer.example"));
        assert_eq!(name_of(&hosts, "192.0.2.7".parse().unwrap()), Some("printer.example"));
        assert_eq!(name_of(&hosts, "192.0.2.8".parse().unwrap()), None);
    }
}
