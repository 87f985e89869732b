//! Neighbour discovery of IPv6 on Ethernet (RFC 4861): solicitations and advertisements.
//!
//! # What to learn from a message
//!
//! As for ARP, as little as works:
//!
//! - A solicitation for an address of ours: answer ([`advertisement`]), and
//!   [`learn`](super::neighbour::NeighbourTable::learn) its source, when it says its hardware
//!   address. Other solicitations teach nothing.
//! - An advertisement: [`learn_if_known`](super::neighbour::NeighbourTable::learn_if_known) for its
//!   target with its `overrides` flag; without a hardware address and solicited, it is a
//!   [`confirm`](super::neighbour::NeighbourTable::confirm).
//!
//! The messages are read and written here byte by byte: they have one shape each, and the wire
//! module's length of a hardware address depends on features that other crates may set.

use super::HardwareAddress;
use super::checksum::{transport_checksum, verify_transport};
use super::emit::{IpEmit, write_front};
use super::packet::{ICMPV6, IPV6_HEADER_LENGTH, IpHeader};
use crate::ip::{IpAddr, Ipv6Addr};

/// The hop limit of every message: a router would have lowered it, so the sender is on the link
/// (RFC 4861 section 7.1).
const HOP_LIMIT: u8 = 255;
/// The length of a message without options.
const FIXED_LENGTH: usize = 24;
/// The length of the option that says a hardware address.
const OPTION_LENGTH: usize = 8;

const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
const SOURCE_HARDWARE: u8 = 1;
const TARGET_HARDWARE: u8 = 2;
const FLAG_ROUTER: u8 = 0x80;
const FLAG_SOLICITED: u8 = 0x40;
const FLAG_OVERRIDE: u8 = 0x20;

/// A message about a neighbour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ndp {
    /// Who has this address? (RFC 4861 section 4.3)
    Solicitation {
        /// The address asked for.
        target: Ipv6Addr,
        /// Who asks; unspecified when it wants to take the address itself.
        source: Ipv6Addr,
        /// The hardware address of who asks.
        hardware: Option<HardwareAddress>,
    },
    /// Somebody has this address (RFC 4861 section 4.4).
    Advertisement {
        /// The address.
        target: Ipv6Addr,
        /// The hardware address of who has it; not needed in an answer to who knows it.
        hardware: Option<HardwareAddress>,
        /// Whether it is a router.
        router: bool,
        /// Whether this answers a solicitation.
        solicited: bool,
        /// Whether it is to replace a hardware address that is known already.
        overrides: bool,
    },
}

impl Ndp {
    /// Reads an ICMPv6 message, the payload of the packet with this header. `None` for other
    /// messages, and for those that RFC 4861 section 7.1 says to drop.
    ///
    /// The message must directly follow the IPv6 header of its packet: in a fragmented one, atomic
    /// fragments and datagrams put together included, it is ignored (RFC 6980 section 5).
    pub(crate) fn parse(header: &IpHeader, payload: &[u8]) -> Option<Ndp> {
        let (IpAddr::V6(source), IpAddr::V6(destination)) = (header.source, header.destination)
        else {
            return None;
        };
        let plain = header.payload.start == IPV6_HEADER_LENGTH && header.fragment.is_none();
        if header.protocol != ICMPV6 || header.hop_limit != HOP_LIMIT || !plain {
            return None;
        }
        let (fixed, options) = payload.split_first_chunk::<FIXED_LENGTH>()?;
        let &[kind, code, _, _, flags, ..] = fixed;
        let &[.., a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = fixed;
        let target = Ipv6Addr::from_octets([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]);
        if code != 0 || target.is_multicast() || !verify_transport(header, payload) {
            return None;
        }
        match kind {
            NEIGHBOUR_SOLICITATION => {
                let hardware = hardware_option(options, SOURCE_HARDWARE)?;
                let probe = source.is_unspecified();
                if probe && (hardware.is_some() || destination != solicited_node(target)) {
                    return None;
                }
                Some(Ndp::Solicitation { target, source, hardware })
            }
            NEIGHBOUR_ADVERTISEMENT => {
                let hardware = hardware_option(options, TARGET_HARDWARE)?;
                let solicited = flags & FLAG_SOLICITED != 0;
                if source.is_unspecified() || (destination.is_multicast() && solicited) {
                    return None;
                }
                let (router, overrides) = (flags & FLAG_ROUTER != 0, flags & FLAG_OVERRIDE != 0);
                Some(Ndp::Advertisement { target, hardware, router, solicited, overrides })
            }
            _ => None,
        }
    }
}

/// The hardware address in the options, if there is one of this kind. `None` for options that make
/// the whole message void: of no length, beyond the end, or naming no single station.
fn hardware_option(mut options: &[u8], wanted: u8) -> Option<Option<HardwareAddress>> {
    let mut hardware = None;
    while let Some(&kind) = options.first() {
        let length = usize::from(*options.get(1)?) * 8;
        let option = options.get(..length).filter(|_| length > 0)?;
        if kind == wanted {
            let &[_, _, a, b, c, d, e, f] = option.first_chunk()?;
            let address = HardwareAddress([a, b, c, d, e, f]);
            if !address.is_station() || length != OPTION_LENGTH {
                return None;
            }
            hardware = Some(address);
        }
        options = options.get(length..)?;
    }
    Some(hardware)
}

/// The multicast group of the hosts whose addresses end like this one (RFC 4291 section 2.7.1).
pub(crate) const fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., b, c, d] = address.octets();
    Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 1, 0xFF00 | b as u16, (c as u16) << 8 | d as u16)
}

/// Writes the question who has `target` to all who may have it, a whole IPv6 packet, and returns
/// its length; `None` without room, of which 72 bytes are always enough.
///
/// An unspecified source asks whether an address is free (RFC 4862 section 5.4.2).
pub(crate) fn solicitation(
    buffer: &mut [u8],
    source: Ipv6Addr,
    hardware: HardwareAddress,
    target: Ipv6Addr,
) -> Option<usize> {
    solicit(buffer, source, hardware, target, solicited_node(target))
}

/// Writes the question whether `target` is still where it was, sent to itself (RFC 4861 section
/// 7.3.3). Otherwise as [`solicitation`].
pub(crate) fn probe(
    buffer: &mut [u8],
    source: Ipv6Addr,
    hardware: HardwareAddress,
    target: Ipv6Addr,
) -> Option<usize> {
    solicit(buffer, source, hardware, target, target)
}

fn solicit(
    buffer: &mut [u8],
    source: Ipv6Addr,
    hardware: HardwareAddress,
    target: Ipv6Addr,
    destination: Ipv6Addr,
) -> Option<usize> {
    // Whoever has no address yet must not be learned (RFC 4861 section 4.3).
    let option = (!source.is_unspecified()).then_some((SOURCE_HARDWARE, hardware));
    emit(buffer, source, destination, NEIGHBOUR_SOLICITATION, 0, target, option)
}

/// Writes the answer to a solicitation for `target`, an address of ours, that came from `asked_by`,
/// a whole IPv6 packet, and returns its length; `None` without room, of which 72 bytes are always
/// enough.
///
/// Who asked without an address is answered by telling everybody (RFC 4861 section 7.2.4): the
/// packet's destination is then a multicast group, `ff02::1`.
pub(crate) fn advertisement(
    buffer: &mut [u8],
    hardware: HardwareAddress,
    target: Ipv6Addr,
    asked_by: Ipv6Addr,
) -> Option<usize> {
    let (destination, flags) = if asked_by.is_unspecified() {
        (ALL_NODES, FLAG_OVERRIDE)
    } else {
        (asked_by, FLAG_SOLICITED | FLAG_OVERRIDE)
    };
    let option = Some((TARGET_HARDWARE, hardware));
    emit(buffer, target, destination, NEIGHBOUR_ADVERTISEMENT, flags, target, option)
}

/// Every host of a link.
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 1);

fn emit(
    buffer: &mut [u8],
    source: Ipv6Addr,
    destination: Ipv6Addr,
    kind: u8,
    flags: u8,
    target: Ipv6Addr,
    option: Option<(u8, HardwareAddress)>,
) -> Option<usize> {
    let mut message = [0; FIXED_LENGTH + OPTION_LENGTH];
    message[0] = kind;
    message[4] = flags;
    message[8..FIXED_LENGTH].copy_from_slice(&target.octets());
    let mut length = FIXED_LENGTH;
    if let Some((option, hardware)) = option {
        message[24] = option;
        message[25] = 1; // in units of 8 bytes
        message[26..].copy_from_slice(&hardware.0);
        length += OPTION_LENGTH;
    }
    let (source, destination) = (IpAddr::V6(source), IpAddr::V6(destination));
    let sum = transport_checksum(source, destination, ICMPV6, &[message.get(..length)?]);
    message[2..4].copy_from_slice(&sum.to_be_bytes());

    let packet = buffer.get_mut(..IPV6_HEADER_LENGTH + length)?;
    let description =
        IpEmit { source, destination, protocol: ICMPV6, hop_limit: HOP_LIMIT, traffic_class: 0 };
    let header_length = description.emit(packet, length)?;
    let written = write_front(packet.get_mut(header_length..)?, message.get(..length)?)?;
    Some(header_length + written)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::packet::{parse, unspecified_header};
    use super::*;

    /// The longest packet that is written here, with its IPv6 header.
    const LONGEST: usize = IPV6_HEADER_LENGTH + FIXED_LENGTH + OPTION_LENGTH;
    const OURS: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 1]);
    const THEIRS: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 2]);
    const US: Ipv6Addr = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0x12, 0x3456);
    const THEM: Ipv6Addr = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 2);

    fn read(packet: &[u8]) -> Option<(IpAddr, Ndp)> {
        let header = parse(packet)?;
        let message = Ndp::parse(&header, packet.get(header.payload.clone())?)?;
        Some((header.destination, message))
    }

    /// Makes the checksum right again after a change.
    fn sum_up(packet: &mut [u8]) {
        packet[42..44].fill(0);
        let (header, payload) = (parse(packet).unwrap(), 40..packet.len());
        let sum =
            transport_checksum(header.source, header.destination, ICMPV6, &[&packet[payload]]);
        packet[42..44].copy_from_slice(&sum.to_be_bytes());
    }

    #[test]
    fn messages_survive_the_wire() {
        let solicitation_of = |source, hardware| Ndp::Solicitation { target: US, source, hardware };
        let advertised = |solicited| Ndp::Advertisement {
            target: US,
            hardware: Some(OURS),
            router: false,
            solicited,
            overrides: true,
        };
        let group: Ipv6Addr = "ff02::1:ff12:3456".parse().unwrap();
        let nobody = Ipv6Addr::UNSPECIFIED;
        let mut buffer = [0; LONGEST];
        // what is written, its length, destination, what is read
        let written = solicitation(&mut buffer, THEM, THEIRS, US);
        assert_eq!(written, Some(72));
        assert_eq!(read(&buffer), Some((group.into(), solicitation_of(THEM, Some(THEIRS)))));

        assert_eq!(probe(&mut buffer, THEM, THEIRS, US), Some(72));
        assert_eq!(read(&buffer), Some((US.into(), solicitation_of(THEM, Some(THEIRS)))));

        // Is this address free? Without the asker's hardware address.
        assert_eq!(solicitation(&mut buffer, nobody, THEIRS, US), Some(64));
        assert_eq!(read(&buffer[..64]), Some((group.into(), solicitation_of(nobody, None))));

        assert_eq!(advertisement(&mut buffer, OURS, US, THEM), Some(72));
        assert_eq!(read(&buffer), Some((THEM.into(), advertised(true))));

        assert_eq!(advertisement(&mut buffer, OURS, US, nobody), Some(72));
        assert_eq!(read(&buffer), Some((ALL_NODES.into(), advertised(false))));

        for room in 0..LONGEST {
            assert_eq!(advertisement(&mut buffer[..room], OURS, US, THEM), None);
        }
    }

    #[test]
    fn messages_that_the_standard_says_to_drop_are_dropped() {
        // offset in the packet, byte to put there, checksum made right again, accepted
        for (offset, byte, summed, accepted) in [
            (7, 255, true, true),    // nothing changed
            (7, 254, true, false),   // from beyond a router
            (41, 1, true, false),    // a code
            (42, 0, false, false),   // a wrong checksum
            (40, 137, true, false),  // a redirect
            (48, 0xFF, true, false), // for a group
            (65, 0, true, false),    // an option without a length
            (65, 2, true, false),    // an option beyond the end
            (66, 0x33, true, false), // the hardware address of a group
            (64, 14, true, true),    // an unknown option
        ] {
            let mut packet = [0; LONGEST];
            assert_eq!(solicitation(&mut packet, THEM, THEIRS, US), Some(LONGEST));
            packet[offset] = byte;
            if summed {
                sum_up(&mut packet);
            }
            assert_eq!(read(&packet).is_some(), accepted, "{offset} {byte:#x}");
        }
    }

    #[test]
    fn who_has_no_address_asks_the_group_and_says_no_more() {
        let (mut packet, nobody) = ([0; LONGEST], Ipv6Addr::UNSPECIFIED);
        // To the target itself.
        assert_eq!(probe(&mut packet, nobody, THEIRS, US), Some(64));
        assert_eq!(read(&packet[..64]), None);
        // With a hardware address.
        assert_eq!(solicitation(&mut packet, THEM, THEIRS, US), Some(72));
        packet[8..24].fill(0);
        sum_up(&mut packet);
        assert_eq!(read(&packet), None);
    }

    #[test]
    fn an_answer_to_everybody_answers_nobody() {
        let mut packet = [0; LONGEST];
        assert_eq!(advertisement(&mut packet, OURS, US, Ipv6Addr::UNSPECIFIED), Some(72));
        packet[44] |= FLAG_SOLICITED;
        sum_up(&mut packet);
        assert_eq!(read(&packet), None);
    }

    #[test]
    fn messages_in_fragments_are_ignored() {
        let mut plain = [0; LONGEST];
        assert_eq!(solicitation(&mut plain, THEM, THEIRS, US), Some(LONGEST));
        // The same with an atomic fragment header between.
        let mut packet = [0; LONGEST + 8];
        packet[..40].copy_from_slice(&plain[..40]);
        packet[40] = ICMPV6;
        packet[48..].copy_from_slice(&plain[40..]);
        (packet[5], packet[6]) = (40, 44);
        let header = parse(&packet).unwrap();
        assert_eq!((header.protocol, header.payload.clone()), (ICMPV6, 48..80));
        assert_eq!(Ndp::parse(&header, &packet[48..]), None);
        assert!(verify_transport(&header, &packet[48..]));
    }

    proptest! {
        #[test]
        fn any_options_are_judged(
            kind in 135..137_u8,
            flags: u8,
            options in prop::collection::vec(0..4_u8, 0..40),
        ) {
            let mut payload = [0; FIXED_LENGTH + 40];
            (payload[0], payload[4]) = (kind, flags);
            payload[FIXED_LENGTH..FIXED_LENGTH + options.len()].copy_from_slice(&options);
            let payload = &mut payload[..FIXED_LENGTH + options.len()];
            let sum = transport_checksum(THEM.into(), US.into(), ICMPV6, &[payload]);
            payload[2..4].copy_from_slice(&sum.to_be_bytes());
            let mut header = unspecified_header(THEM.into(), US.into(), ICMPV6);
            (header.hop_limit, header.payload) = (255, 40..40 + payload.len());
            Ndp::parse(&header, payload);
        }
    }
}
