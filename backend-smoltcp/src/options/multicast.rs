//! The options of multicast, with the defaults and rules of Linux's ip(7) and ipv6(7).
//!
//! Those that depend on the interfaces, and those that join and leave groups, are in
//! `stack/multicast.rs`.

#[cfg(datagrams)]
use crate::ip::IpAddr;
use crate::ip::Ipv4Addr;

use berkeley::options as names;
use berkeley::options::OptionBytes;
use berkeley::{Errno, Error, OptionLevel, OptionName};

use super::{Facts, limit, number, truth};

/// What a program has said about groups of one version of IP.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OfVersion {
    /// The number of the interface to send over; 0 lets the routes decide.
    pub(crate) interface: u32,
    pub(crate) hop_limit: u8,
    /// What is sent is heard by this host as well, if it has joined the group.
    pub(crate) comes_back: bool,
    /// What other sockets of the host have joined is heard as well.
    pub(crate) hears_all: bool,
}

impl OfVersion {
    const DEFAULT: OfVersion =
        OfVersion { interface: 0, hop_limit: 1, comes_back: true, hears_all: true };
}

/// What a program has said about groups.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct MulticastOptions {
    pub(crate) ipv4: OfVersion,
    pub(crate) ipv6: OfVersion,
    /// The address to send from, and to tell; unspecified: one of the interface.
    pub(crate) ipv4_source: Ipv4Addr,
}

impl MulticastOptions {
    pub(crate) const DEFAULT: MulticastOptions = MulticastOptions {
        ipv4: OfVersion::DEFAULT,
        ipv6: OfVersion::DEFAULT,
        ipv4_source: Ipv4Addr::UNSPECIFIED,
    };

    /// Those of a new socket. One of IPv6 hears no groups of IPv4 that others have joined (Linux's
    /// `inet6_create` leaves `IP_MULTICAST_ALL` off).
    pub(crate) const fn new(is_ipv6: bool) -> MulticastOptions {
        let ipv4 = OfVersion { hears_all: !is_ipv6, ..OfVersion::DEFAULT };
        MulticastOptions { ipv4, ..MulticastOptions::DEFAULT }
    }

    /// What holds for a group.
    #[cfg(datagrams)]
    pub(crate) fn of(&self, group: IpAddr) -> &OfVersion {
        if group.is_ipv4() { &self.ipv4 } else { &self.ipv6 }
    }

    /// The hop limit of packets to a group.
    #[cfg(datagrams)]
    pub(crate) fn hop_limit(&self, group: IpAddr) -> u8 {
        self.of(group).hop_limit
    }

    /// Whether what is sent to a group is heard by this host as well.
    #[cfg(datagrams)]
    pub(crate) fn comes_back(&self, group: IpAddr) -> bool {
        self.of(group).comes_back
    }

    /// The value of an option, if it is one of these.
    pub(super) fn get(&self, level: OptionLevel, name: OptionName) -> Option<OptionBytes> {
        let value = match (level, name) {
            (OptionLevel::IP, names::IP_MULTICAST_IF) => {
                number(i32::from_ne_bytes(self.ipv4_source.octets()))
            }
            (OptionLevel::IP, names::IP_MULTICAST_TTL) => number(self.ipv4.hop_limit),
            (OptionLevel::IP, names::IP_MULTICAST_LOOP) => truth(self.ipv4.comes_back),
            (OptionLevel::IP, names::IP_MULTICAST_ALL) => truth(self.ipv4.hears_all),
            (OptionLevel::IPV6, names::IPV6_MULTICAST_IF) => number(self.ipv6.interface),
            (OptionLevel::IPV6, names::IPV6_MULTICAST_HOPS) => number(self.ipv6.hop_limit),
            (OptionLevel::IPV6, names::IPV6_MULTICAST_LOOP) => truth(self.ipv6.comes_back),
            (OptionLevel::IPV6, names::IPV6_MULTICAST_ALL) => truth(self.ipv6.hears_all),
            _ => return None,
        };
        value.ok()
    }

    /// Sets an option, if it is one of these.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a value out of range, or none; for the hop limit of a stream it is `EINVAL` on
    /// IPv4 and `ENOPROTOOPT` on IPv6.
    pub(super) fn set(
        &mut self,
        level: OptionLevel,
        name: OptionName,
        value: &[u8],
        integer: i32,
        facts: &Facts,
    ) -> Option<Result<(), Error>> {
        let MulticastOptions { ipv4, ipv6, .. } = self;
        let limit = limit(integer, 0, 1).filter(|_| !facts.is_stream);
        let bit = [0, 1].contains(&integer).then_some(integer != 0);
        let switch = Some(integer != 0);
        let is_set = match (level, name) {
            (OptionLevel::IP, _) if value.is_empty() && is_one_of_ipv4(name) => None,
            (OptionLevel::IP, names::IP_MULTICAST_TTL) => put(&mut ipv4.hop_limit, limit),
            (OptionLevel::IP, names::IP_MULTICAST_LOOP) => put(&mut ipv4.comes_back, switch),
            (OptionLevel::IP, names::IP_MULTICAST_ALL) => put(&mut ipv4.hears_all, bit),
            (OptionLevel::IPV6, names::IPV6_MULTICAST_HOPS) if facts.is_stream => {
                return Some(Err(Errno::ENOPROTOOPT.into()));
            }
            (OptionLevel::IPV6, names::IPV6_MULTICAST_HOPS) => put(&mut ipv6.hop_limit, limit),
            (OptionLevel::IPV6, names::IPV6_MULTICAST_LOOP) => put(&mut ipv6.comes_back, bit),
            (OptionLevel::IPV6, names::IPV6_MULTICAST_ALL) => put(&mut ipv6.hears_all, switch),
            _ => return None,
        };
        Some(is_set.ok_or(Errno::EINVAL.into()))
    }
}

/// Those that other options of IPv4 are not like: they want at least a byte.
fn is_one_of_ipv4(name: OptionName) -> bool {
    matches!(name, names::IP_MULTICAST_TTL | names::IP_MULTICAST_LOOP | names::IP_MULTICAST_ALL)
}

/// Puts a value, where it is one, into its place.
fn put<T>(place: &mut T, value: Option<T>) -> Option<()> {
    *place = value?;
    Some(())
}

#[cfg(test)]
mod tests {
    use berkeley::options::int_of;

    use super::super::Options;
    use super::super::tests::STREAM;
    use super::*;

    #[test]
    fn ranges_and_read_back_follow_linux() {
        let einval = Err(Error::from(Errno::EINVAL));
        let absent = Err(Error::from(Errno::ENOPROTOOPT));
        let datagram = Facts { is_stream: false, is_ipv6: true, ..STREAM };
        let stream = Facts { is_stream: true, ..datagram };
        let (ip, ipv6) = (OptionLevel::IP, OptionLevel::IPV6);
        let int = |value: i32| value.to_ne_bytes();
        // facts, level, name, value, outcome, read back; measured on Linux 6.18
        for (facts, level, name, value, outcome, read) in [
            (&datagram, ip, names::IP_MULTICAST_TTL, &int(255)[..], Ok(()), 255),
            (&datagram, ip, names::IP_MULTICAST_TTL, &int(256), einval, 1),
            (&datagram, ip, names::IP_MULTICAST_TTL, &int(-1), Ok(()), 1),
            (&datagram, ip, names::IP_MULTICAST_TTL, &[5, 0, 0], Ok(()), 5),
            (&datagram, ip, names::IP_MULTICAST_TTL, &[], einval, 1),
            (&stream, ip, names::IP_MULTICAST_TTL, &int(1), einval, 1),
            (&datagram, ip, names::IP_MULTICAST_LOOP, &int(0), Ok(()), 0),
            (&datagram, ip, names::IP_MULTICAST_LOOP, &int(-2), Ok(()), 1),
            (&datagram, ip, names::IP_MULTICAST_LOOP, &[], einval, 1),
            (&stream, ip, names::IP_MULTICAST_LOOP, &int(0), Ok(()), 0),
            (&datagram, ip, names::IP_MULTICAST_ALL, &int(0), Ok(()), 0),
            (&datagram, ip, names::IP_MULTICAST_ALL, &int(2), einval, 1),
            (&datagram, ipv6, names::IPV6_MULTICAST_HOPS, &int(0), Ok(()), 0),
            (&datagram, ipv6, names::IPV6_MULTICAST_HOPS, &int(-2), einval, 1),
            (&datagram, ipv6, names::IPV6_MULTICAST_HOPS, &[5, 0, 0], einval, 1),
            (&stream, ipv6, names::IPV6_MULTICAST_HOPS, &int(1), absent, 1),
            (&datagram, ipv6, names::IPV6_MULTICAST_LOOP, &int(0), Ok(()), 0),
            (&datagram, ipv6, names::IPV6_MULTICAST_LOOP, &int(2), einval, 1),
            (&datagram, ipv6, names::IPV6_MULTICAST_ALL, &int(0), Ok(()), 0),
            (&datagram, ipv6, names::IPV6_MULTICAST_ALL, &int(2), Ok(()), 1),
        ] {
            let mut options = Options::DEFAULT;
            assert_eq!(options.set(level, name, value, facts), outcome, "{name:?} {value:?}");
            let bytes = options.get(level, name, facts).unwrap();
            assert_eq!(int_of(bytes.as_slice()), read, "{name:?} {value:?}");
        }
    }
}
