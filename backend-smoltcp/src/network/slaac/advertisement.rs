//! What routers say, and the question for it (RFC 4861, sections 4.1 and 4.2).

use crate::ip::{IpAddr, Ipv6Addr};
use crate::network::HardwareAddress;
use crate::network::checksum::transport_checksum;
use crate::network::emit::IpEmit;
use crate::network::packet::{ICMPV6, IPV6_HEADER_LENGTH, IpHeader};

const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
/// A router on the way would have lowered it.
const HOP_LIMIT: u8 = 255;
/// The length of an advertisement without options.
const FIXED_LENGTH: usize = 16;
/// All routers of a link.
pub(crate) const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 2);

const SOURCE_HARDWARE: u8 = 1;
const PREFIX_INFORMATION: u8 = 3;
const MTU: u8 = 5;
const DNS_SERVERS: u8 = 25;
/// Of a prefix: its hosts are on the link; hosts make addresses with it.
const ON_LINK: u8 = 0x80;
const AUTONOMOUS: u8 = 0x40;

/// A message of a router.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RouterAdvertisement<'m> {
    pub(crate) router: Ipv6Addr,
    /// For how many seconds it passes packets on; 0 if it does not.
    pub(crate) lifetime: u16,
    options: &'m [u8],
}

/// What a router says beside that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Told<'m> {
    Prefix(PrefixInformation),
    Mtu(u32),
    /// The name servers, and for how many seconds they are some (RFC 8106).
    DnsServers(&'m [[u8; 16]], u32),
}

/// A network of the link (RFC 4861, section 4.6.2). The times are in seconds, the largest is for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PrefixInformation {
    pub(crate) prefix: Ipv6Addr,
    pub(crate) length: u8,
    pub(crate) on_link: bool,
    pub(crate) autonomous: bool,
    pub(crate) valid: u32,
    pub(crate) preferred: u32,
}

impl<'m> RouterAdvertisement<'m> {
    /// Reads an ICMPv6 message. `None` for another one, and for one that RFC 4861 section 6.1.2 says to
    /// drop: from beyond the link, or with an option of no length or beyond the end. The message's
    /// checksum was looked at before. In fragments it does not count (RFC 6980).
    pub(crate) fn parse(header: &IpHeader, payload: &'m [u8]) -> Option<RouterAdvertisement<'m>> {
        let IpAddr::V6(router) = header.source else { return None };
        let plain = header.payload.start == IPV6_HEADER_LENGTH && header.fragment.is_none();
        let (fixed, options) = payload.split_first_chunk::<FIXED_LENGTH>()?;
        let &[kind, code, _, _, _, _, l0, l1, ..] = fixed;
        let valid = (kind, code) == (ROUTER_ADVERTISEMENT, 0)
            && header.hop_limit == HOP_LIMIT
            && router.is_unicast_link_local()
            && plain;
        let mut rest = options;
        while !rest.is_empty() {
            rest = Self::split_option(rest)?.1;
        }
        let lifetime = u16::from_be_bytes([l0, l1]);
        valid.then_some(RouterAdvertisement { router, lifetime, options })
    }

    /// The options that are known, in their order; one that is too short for what it says is none.
    pub(crate) fn told(&self) -> impl Iterator<Item = Told<'m>> {
        let mut rest = self.options;
        core::iter::from_fn(move || {
            let (option, behind) = Self::split_option(rest)?;
            rest = behind;
            Some(option)
        })
        .filter_map(read_option)
    }

    /// The first of these options, and the others.
    fn split_option(options: &[u8]) -> Option<(&[u8], &[u8])> {
        let length = usize::from(*options.get(1)?) * 8;
        options.split_at_checked(length).filter(|_| length > 0)
    }
}

fn read_option(option: &[u8]) -> Option<Told<'_>> {
    let word = |at: usize| Some(u32::from_be_bytes(*option.get(at..)?.first_chunk()?));
    match *option.first()? {
        PREFIX_INFORMATION => {
            let prefix = Ipv6Addr::from(*option.get(16..)?.first_chunk::<16>()?);
            let &[_, _, length, flags, ..] = option else { return None };
            let (valid, preferred) = (word(4)?, word(8)?);
            let (on_link, autonomous) = (flags & ON_LINK != 0, flags & AUTONOMOUS != 0);
            Some(Told::Prefix(PrefixInformation {
                prefix,
                length,
                on_link,
                autonomous,
                valid,
                preferred,
            }))
        }
        MTU => Some(Told::Mtu(word(4)?)),
        DNS_SERVERS => Some(Told::DnsServers(option.get(8..)?.as_chunks().0, word(4)?)),
        _ => None,
    }
}

/// Writes the question for routers, a whole IPv6 packet from this address of ours, if there is one yet,
/// and returns its length; `None` without room, of which 56 bytes are enough.
pub(crate) fn router_solicitation(
    buffer: &mut [u8],
    source: Option<Ipv6Addr>,
    hardware: HardwareAddress,
) -> Option<usize> {
    let mut message = [0; 16];
    message[0] = ROUTER_SOLICITATION;
    // Whoever has no address yet must not be learned.
    let length = if source.is_some() {
        (message[8], message[9]) = (SOURCE_HARDWARE, 1);
        message[10..].copy_from_slice(&hardware.0);
        16
    } else {
        8
    };
    let source = IpAddr::V6(source.unwrap_or(Ipv6Addr::UNSPECIFIED));
    let destination = IpAddr::V6(ALL_ROUTERS);
    let sum = transport_checksum(source, destination, ICMPV6, &[&message[..length]]);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    let ip =
        IpEmit { source, destination, protocol: ICMPV6, hop_limit: HOP_LIMIT, traffic_class: 0 };
    let start = ip.emit(buffer, length)?;
    buffer.get_mut(start..start + length)?.copy_from_slice(&message[..length]);
    Some(start + length)
}
