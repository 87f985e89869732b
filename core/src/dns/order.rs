//! The addresses of a host, in the order in which they are answered: first what is likely to be reached.
//!
//! Of the rules of RFC 6724 section 6 these are followed, as far as a socket can tell: 1 (what cannot be
//! reached comes last), 2 (the source has the scope of the destination), 6 (precedence), 8 (the smaller scope)
//! and 10 (else as the server has it). The others are about tunnels, mobile and deprecated addresses and labels; and
//! rule 9 would undo an order that a server has chosen.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{Address, AddressFamily, AddressInfoFlags, Backend, Net};

/// How many addresses of a host are answered at most.
pub(super) const MOST_ADDRESSES: usize = 48;

/// What an address is worth: less is better. Whether it cannot be reached, whether the source has another scope,
/// by how much its precedence is less than the best, its scope.
type Worth = (bool, bool, u8, u8);

/// Addresses, in their order once they have been [sorted](Addresses::sort).
pub(super) struct Addresses {
    list: [(Worth, IpAddr); MOST_ADDRESSES],
    count: usize,
}

impl Addresses {
    pub(super) const fn new() -> Addresses {
        let nothing = ((false, false, 0, 0), IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Addresses { list: [nothing; MOST_ADDRESSES], count: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes as many as there is room for.
    pub(super) fn extend(&mut self, addresses: impl Iterator<Item = IpAddr>) {
        let room = self.list.get_mut(self.count..).unwrap_or(&mut []);
        for (place, address) in room.iter_mut().zip(addresses) {
            place.1 = address;
            self.count += 1;
        }
    }

    /// Leaves only those for IPv6 sockets, as `flags` want them: those of IPv4 stand in IPv6, where there are no
    /// others, or beside them. Source: RFC 3493 section 6.1.
    pub(super) fn map_to_ipv6(&mut self, flags: AddressInfoFlags) {
        let has_ipv6 = self.iter().any(|address| address.is_ipv6());
        let maps = flags.contains(AddressInfoFlags::V4MAPPED)
            && (!has_ipv6 || flags.contains(AddressInfoFlags::ALL));
        let mut left = 0;
        for at in 0..self.count {
            let address = match self.list.get(at) {
                Some((_, IpAddr::V4(ip))) if maps => IpAddr::V6(ip.to_ipv6_mapped()),
                Some((_, IpAddr::V6(ip))) => IpAddr::V6(*ip),
                _ => continue,
            };
            if let Some(place) = self.list.get_mut(left) {
                place.1 = address;
                left += 1;
            }
        }
        self.count = left;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = IpAddr> {
        self.list.iter().take(self.count).map(|(_, address)| *address)
    }

    /// Puts them in order, and takes away those that cannot be reached if `reachable` only are wanted.
    pub(super) fn sort<B: Backend + Clone>(&mut self, net: &Net<B>, reachable: bool) {
        let list = self.list.get_mut(..self.count).unwrap_or(&mut []);
        if list.len() == 1 && !reachable {
            return;
        }
        for (worth, address) in &mut *list {
            *worth = worth_of(*address, source_for(net, *address));
        }
        // There are few, and equals are to stay in their order.
        for end in 1..list.len() {
            for at in (1..=end).rev() {
                match list.get_mut(at - 1..=at) {
                    Some([before, after]) if after.0 < before.0 => core::mem::swap(before, after),
                    _ => break,
                }
            }
        }
        if reachable {
            self.count = list.iter().take_while(|(worth, _)| !worth.0).count();
        }
    }
}

fn worth_of(destination: IpAddr, source: Option<IpAddr>) -> Worth {
    let scope = scope_of(destination);
    let differs = source.is_some_and(|source| scope_of(source) != scope);
    (source.is_none(), differs, u8::MAX - precedence_of(destination), scope)
}

/// The address that this host would use towards another one; none where there is no way.
fn source_for<B: Backend + Clone>(net: &Net<B>, destination: IpAddr) -> Option<IpAddr> {
    let family = if destination.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = net.datagram(family).ok()?;
    // To connect a datagram socket sends nothing, and any port will do.
    socket.connect(Address::from(SocketAddr::new(destination, 9))).ok()?;
    socket.getsockname().ok()?.ip()
}

/// The scopes of RFC 4291 section 2.7, for IPv4 as RFC 6724 section 3.2 says.
fn scope_of(address: IpAddr) -> u8 {
    const LINK_LOCAL: u8 = 2;
    const GLOBAL: u8 = 14;
    let is_near = match address {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local(),
    };
    match address {
        IpAddr::V6(ip) if ip.is_multicast() => ip.octets()[1] & 0xf,
        _ if is_near => LINK_LOCAL,
        _ => GLOBAL,
    }
}

/// The table of RFC 6724 section 2.1.
fn precedence_of(address: IpAddr) -> u8 {
    let IpAddr::V6(ip) = address else { return 35 };
    match ip.segments() {
        _ if ip == Ipv6Addr::LOCALHOST => 50,
        [0, 0, 0, 0, 0, 0xffff, ..] => 35, // IPv4 in IPv6
        [0x2002, ..] => 30,                // 6to4
        [0x2001, 0, ..] => 5,              // Teredo
        [first, ..] if first & 0xfe00 == 0xfc00 => 3, // unique local
        [0, 0, 0, 0, 0, 0, ..] => 1,       // IPv4-compatible
        [first, ..] if first & 0xffc0 == 0xfec0 => 1, // site-local
        [0x3ffe, ..] => 1,                 // the 6bone
        _ => 40,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn the_better_address_comes_first() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        // the better destination and its source; the worse one and its source; "" is no source
        for (better, worse) in [
            (("192.0.2.1", "192.0.2.9"), ("2001:db8::1", "")), // rule 1
            (("192.0.2.1", "192.0.2.9"), ("2001:db8::1", "fe80::9")), // rule 2
            (("fe80::1", "fe80::9"), ("2001:db8::1", "fe80::9")), // rule 2
            (("2001:db8::1", "2001:db8::9"), ("192.0.2.1", "192.0.2.9")), // rule 6
            (("192.0.2.1", "192.0.2.9"), ("2002:c000:201::1", "2001:db8::9")), // rule 6, 6to4
            (("192.0.2.1", "192.0.2.9"), ("2001::1", "2001:db8::9")), // rule 6, Teredo
            (("192.0.2.1", "192.0.2.9"), ("fd00::1", "fd00::9")), // rule 6, unique local
            (("192.0.2.1", "192.0.2.9"), ("fec0::1", "2001:db8::9")), // rule 6, site-local
            (("2001:db8::1", "2001:db8::9"), ("::ffff:192.0.2.1", "::ffff:192.0.2.9")), // rule 6
            (("::1", "::1"), ("127.0.0.1", "127.0.0.1")),      // rule 6
            (("fe80::1", "fe80::9"), ("2001:db8::1", "2001:db8::9")), // rule 8
        ] {
            let [better, worse]: [Worth; 2] = [better, worse]
                .map(|(destination, source)| worth_of(ip(destination), source.parse().ok()));
            assert!(better < worse, "{better:?} {worse:?}");
        }
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let mut addresses = Addresses::new();
        let all: Vec<IpAddr> =
            (0..100u8).map(|host| Ipv4Addr::new(192, 0, 2, host).into()).collect();
        addresses.extend(all[..40].iter().copied());
        addresses.extend(all[40..].iter().copied());
        assert_eq!(addresses.iter().collect::<Vec<_>>(), all[..MOST_ADDRESSES]);
    }
}
