//! The checksum of what IP carries, over the addresses and over bytes that lie in several places.
//!
//! Sources: RFC 1071 (how to sum), RFC 768 (UDP), RFC 8200 section 8.1 (IPv6's pseudo-header).

#[cfg(any(feature = "ipv4", tcp))]
use super::packet::IPV4_HEADER_LENGTH;
use super::packet::{ICMP, ICMPV6, IpHeader, TCP, UDP};
use crate::ip::IpAddr;

/// The sum of something with its right checksum in it.
const RIGHT: u16 = 0xFFFF;

/// The checksum of a TCP segment, a UDP datagram or an ICMPv6 message that lies in several slices,
/// with the pseudo-header of its addresses (RFC 9293 section 3.1, RFC 768, RFC 8200 section 8.1).
///
/// The checksum's own field must be zero in the slices. UDP's "no checksum" is never the result
/// (RFC 768). Addresses of two families, which no packet has, add nothing to the sum.
pub(crate) fn transport_checksum(
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    parts: &[&[u8]],
) -> u16 {
    transport_checksum_of(source, destination, protocol, parts.iter().copied())
}

/// [`transport_checksum`] of slices that an iterator gives.
pub(crate) fn transport_checksum_of<'a>(
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    parts: impl Iterator<Item = &'a [u8]>,
) -> u16 {
    let (sum, length) = sum_of(parts);
    match !fold(add(sum.into(), pseudo_sum(source, destination, protocol, length))) {
        0 if protocol == UDP => 0xFFFF,
        checksum => u16::from_be(checksum),
    }
}

/// The checksum of a TCP segment in one piece. `addresses` are those of its packet as they stand in the
/// header, one behind the other.
#[cfg(tcp)]
pub(crate) fn segment_checksum(addresses: &[u8], segment: &[u8]) -> u16 {
    u16::from_be(!segment_sum(addresses, segment))
}

/// Whether the checksum of a TCP segment is right, which is between these addresses.
#[cfg(tcp)]
#[cfg_attr(feature = "alloc", inline(always))]
pub(crate) fn verify_segment(addresses: &[u8], segment: &[u8]) -> bool {
    segment_sum(addresses, segment) == RIGHT
}

/// Whether the checksum of an IPv4 header without options is right.
#[cfg(tcp)]
#[cfg_attr(feature = "alloc", inline(always))]
pub(crate) fn verify_ipv4_header(header: Option<&[u8; IPV4_HEADER_LENGTH]>) -> bool {
    header.is_some_and(|header| fold(words_of_few(header)) == RIGHT)
}

/// The checksum of an IPv4 header, whose field for it must be zero (RFC 791 section 3.1).
#[cfg(any(feature = "ipv4", tcp))]
pub(crate) fn ipv4_header_checksum(header: &[u8; IPV4_HEADER_LENGTH]) -> u16 {
    u16::from_be(!fold(words_of_few(header)))
}

/// Whether the checksum of a TCP segment, a UDP datagram, or an ICMP message of either version is
/// right. Other protocols have none that is known here, and are right.
///
/// `payload` is that of `header`: the same range of the packet, or the reassembled datagram.
pub(crate) fn verify_transport(header: &IpHeader, payload: &[u8]) -> bool {
    let is_right =
        |message| message_sum(header.source, header.destination, header.protocol, message) == RIGHT;
    match header.protocol {
        ICMP => fold(words(payload)) == RIGHT,
        TCP | ICMPV6 => is_right(payload),
        UDP => {
            let Some(&[.., high, low, sum_high, sum_low]) = payload.first_chunk::<8>() else {
                return false;
            };
            // The datagram's own length counts, and may be less than what IP carries.
            let length = usize::from(u16::from_be_bytes([high, low]));
            let Some(datagram) = payload.get(..length).filter(|_| length >= 8) else {
                return false;
            };
            match (header.source, [sum_high, sum_low]) {
                (IpAddr::V4(_), [0, 0]) => true,  // the sender made none (RFC 768)
                (IpAddr::V6(_), [0, 0]) => false, // which IPv6 forbids (RFC 8200 section 8.1)
                _ => is_right(datagram),
            }
        }
        _ => true,
    }
}

/// The checksum of ICMP for IPv4, which covers no addresses, over bytes that lie in several slices
/// (RFC 792). The checksum's own field must be zero in them.
pub(crate) fn internet_checksum(parts: &[&[u8]]) -> u16 {
    u16::from_be(!sum_of(parts.iter().copied()).0)
}

/// [`internet_checksum`] of slices that an iterator gives.
#[cfg(raw)]
pub(crate) fn internet_checksum_of<'a>(parts: impl Iterator<Item = &'a [u8]>) -> u16 {
    u16::from_be(!sum_of(parts).0)
}

// Sums below are in the order of bytes of the machine, which makes no difference until the end (RFC
// 1071 section 2 (B)), and not complemented.

/// The sum of the slices one behind the other, and their length in bytes.
fn sum_of<'a>(parts: impl Iterator<Item = &'a [u8]>) -> (u16, usize) {
    parts.fold((0, 0), |(sum, length), part| {
        let part_sum = fold(words(part));
        // A slice that starts at an odd place has its bytes in the other halves of the 16-bit
        // words; its sum is the same one with the halves exchanged (RFC 1071 section 2 (B)).
        let part_sum = if length % 2 == 0 { part_sum } else { part_sum.swap_bytes() };
        (fold(u64::from(sum) + u64::from(part_sum)), length + part.len())
    })
}

/// The sum of the pseudo-header and a message in one piece.
fn message_sum(source: IpAddr, destination: IpAddr, protocol: u8, message: &[u8]) -> u16 {
    fold(add(words(message), pseudo_sum(source, destination, protocol, message.len())))
}

/// The sum of the pseudo-header and a TCP segment in one piece.
#[cfg(tcp)]
#[cfg_attr(feature = "alloc", inline(always))]
fn segment_sum(addresses: &[u8], segment: &[u8]) -> u16 {
    let addresses = match addresses.first_chunk::<8>() {
        Some(of_ipv4) if addresses.len() == 8 => words_of_few(of_ipv4),
        _ => words(addresses),
    };
    let head = add(addresses, length_and_protocol(segment.len(), TCP));
    fold(add(head, words(segment)))
}

/// The sum of the words of some bytes: of words of 64 bits, which are sums of shorter ones (RFC 1071
/// section 2 (C)).
fn words(bytes: &[u8]) -> u64 {
    /// One instruction for each word, where the machine adds with carry.
    fn add_words<const N: usize>(sum: u64, bytes: &[u8; N]) -> u64 {
        let words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_ne_bytes(*word));
        let (sum, carry) =
            words.fold((sum, false), |(sum, carry), word| sum.carrying_add(word, carry));
        add(sum, carry.into())
    }
    /// The same for the first `N` bytes of the rest, if there are so many.
    fn front<const N: usize>(sum: u64, rest: &mut &[u8]) -> u64 {
        let Some((front, behind)) = rest.split_first_chunk::<N>() else { return sum };
        *rest = behind;
        add_words(sum, front)
    }
    let (long, rest) = bytes.as_chunks::<256>();
    let (blocks, mut rest) = rest.as_chunks::<64>();
    let mut sum = if long.is_empty() { 0 } else { words_of_many(long.as_flattened()) };
    sum = blocks.iter().fold(sum, add_words);
    sum = front::<32>(sum, &mut rest);
    sum = front::<16>(sum, &mut rest);
    sum = front::<8>(sum, &mut rest);
    // The rest is shorter than a word, and so is its sum.
    let mut last = 0;
    if let Some((four, behind)) = rest.split_first_chunk::<4>() {
        (last, rest) = (u64::from(u32::from_ne_bytes(*four)), behind);
    }
    if let Some((pair, behind)) = rest.split_first_chunk::<2>() {
        (last, rest) = (last + u64::from(u16::from_ne_bytes(*pair)), behind);
    }
    if let [byte] = rest {
        last += u64::from(u16::from_ne_bytes([*byte, 0]));
    }
    add(sum, last)
}

/// [`words`] of a multiple of four bytes, that is known.
#[cfg(any(feature = "ipv4", tcp))]
#[cfg_attr(feature = "alloc", inline(always))]
fn words_of_few<const N: usize>(bytes: &[u8; N]) -> u64 {
    const { assert!(N.is_multiple_of(4)) };
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(0, |sum, word| add(sum, u64::from_ne_bytes(*word)));
    let halves = rest.as_chunks::<4>().0.iter();
    halves.fold(sum, |sum, half| add(sum, u32::from_ne_bytes(*half).into()))
}

/// The sum of many words. Each carry waits for the one before; here nothing waits, so that vector
/// instructions can be used.
fn words_of_many(bytes: &[u8]) -> u64 {
    let words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_ne_bytes(*word));
    // What the upper halves come to has to be taken out of the sum of all, where it is cut off. There
    // are far less than 2^32 of them.
    let (all, upper) =
        words.fold((0_u64, 0), |(all, upper), word| (all.wrapping_add(word), upper + (word >> 32)));
    upper + all.wrapping_sub(upper << 32)
}

/// The sum of the pseudo-header.
fn pseudo_sum(source: IpAddr, destination: IpAddr, protocol: u8, length: usize) -> u64 {
    let addresses = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            add(words(&source.octets()), words(&destination.octets()))
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            add(words(&source.octets()), words(&destination.octets()))
        }
        _ => return 0,
    };
    add(addresses, length_and_protocol(length, protocol))
}

/// The sum of the pseudo-header without its addresses.
fn length_and_protocol(length: usize, protocol: u8) -> u64 {
    // No message is longer than 64 KiB and its headers.
    let length = (length as u32).to_be();
    u64::from(length) + u64::from(u16::from(protocol).to_be())
}

/// The sum of two sums: a carry is added in at the other end (RFC 1071 section 1).
fn add(sum: u64, other: u64) -> u64 {
    let (sum, carry) = sum.overflowing_add(other);
    sum + u64::from(carry)
}

/// A sum in 16 bits: that of its halves, and again of theirs, with the carries added in (RFC 1071
/// section 1).
fn fold(sum: u64) -> u16 {
    // Added to itself with the halves exchanged, the upper one is the sum of both and of the carry.
    let sum = (sum.wrapping_add(sum.rotate_left(32)) >> 32) as u32;
    (sum.wrapping_add(sum.rotate_left(16)) >> 16) as u16
}

#[cfg(test)]
mod tests {

    use proptest::prelude::*;
    use smoltcp::wire::checksum;

    use super::super::packet::unspecified_header;
    use super::*;
    use crate::ip::{Ipv4Addr, Ipv6Addr};

    const V4: (IpAddr, IpAddr) =
        (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)));
    const V6: (IpAddr, IpAddr) = (
        IpAddr::V6(Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, 1)),
        IpAddr::V6(Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, 2)),
    );

    #[test]
    fn sums_are_those_of_the_definition() {
        // addresses, protocol, bytes, checksum worked out by hand
        for (addresses, protocol, bytes, sum) in [
            // c000+0201 + c000+0202 + 0011+0004 + 1234+5678 = 1_ECC4, carried ECC5
            (V4, UDP, &[0x12, 0x34, 0x56, 0x78][..], 0x133A),
            // the same with TCP's number, 11 less
            (V4, TCP, &[0x12, 0x34, 0x56, 0x78], 0x1345),
            // an odd byte is the upper half of a word: 1_8403 + 0011+0003 + 1234+5600, carried EC4C
            (V4, UDP, &[0x12, 0x34, 0x56], 0x13B3),
            // 2*(2001+0db8) + 0001+0002 + 003a+0004 + 1234+5678 = C45F
            (V6, ICMPV6, &[0x12, 0x34, 0x56, 0x78], 0x3BA0),
        ] {
            let found = transport_checksum(addresses.0, addresses.1, protocol, &[bytes]);
            assert_eq!(found, sum, "{protocol} {bytes:x?}: {found:#06x}");
        }
    }

    #[test]
    fn udp_never_says_that_it_has_no_checksum() {
        // The two bytes that make the sum all ones, for each protocol.
        for (protocol, checksum) in [(UDP, 0xFFFF), (TCP, 0)] {
            let rest = transport_checksum(V4.0, V4.1, protocol, &[&[0, 0]]).to_be_bytes();
            assert_eq!(transport_checksum(V4.0, V4.1, protocol, &[&rest]), checksum);
        }
    }

    #[test]
    fn only_right_checksums_pass() {
        let udp = |addresses: (IpAddr, IpAddr), bytes: &mut [u8; 12]| {
            let sum = transport_checksum(addresses.0, addresses.1, UDP, &[&bytes[..11]]);
            bytes[6..8].copy_from_slice(&sum.to_be_bytes());
        };
        // addresses, checksum removed, length field, byte changed, right
        for (addresses, removed, length, changed, right) in [
            (V4, false, 11, None, true), // the twelfth byte is not of the datagram
            (V4, false, 11, Some(11), true),
            (V4, false, 11, Some(10), false),
            (V4, true, 11, Some(10), true), // IPv4 allows none
            (V6, false, 11, None, true),
            (V6, true, 11, None, false), // IPv6 does not
            (V4, true, 13, None, false), // more than there is
            (V4, true, 7, None, false),  // less than a header
        ] {
            let mut bytes = [0, 1, 0, 2, 0, length, 0, 0, 0xAA, 0xBB, 0xCC, 0xDD];
            udp(addresses, &mut bytes);
            if removed {
                bytes[6..8].fill(0);
            }
            if let Some(changed) = changed {
                bytes[changed] ^= 1;
            }
            let header = unspecified_header(addresses.0, addresses.1, UDP);
            assert_eq!(verify_transport(&header, &bytes), right, "{length} {changed:?}");
        }
        // protocol, whether a wrong sum is noticed
        for (protocol, noticed) in
            [(TCP, true), (ICMPV6, true), (ICMP, true), (UDP, true), (132, false)]
        {
            let header = unspecified_header(V4.0, V4.1, protocol);
            assert_eq!(verify_transport(&header, &[1; 20]), !noticed, "{protocol}");
        }
    }

    proptest! {
        #[test]
        fn slices_sum_as_the_whole(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            mut cuts in prop::collection::vec(0..200_usize, 0..5),
        ) {
            cuts.retain(|&cut| cut <= bytes.len());
            cuts.sort_unstable();
            let (mut parts, mut start) = (std::vec::Vec::new(), 0);
            for cut in cuts {
                parts.push(&bytes[start..cut]);
                start = cut;
            }
            parts.push(&bytes[start..]);
            prop_assert_eq!(
                transport_checksum(V6.0, V6.1, TCP, &parts),
                transport_checksum(V6.0, V6.1, TCP, &[&bytes])
            );
            prop_assert_eq!(internet_checksum(&parts), internet_checksum(&[&bytes]));
        }

        /// The obvious twin takes two bytes at a time.
        #[test]
        fn words_sum_as_their_halves(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            prop_assert_eq!(u16::from_be(fold(words(&bytes))), checksum::data(&bytes));
        }

        #[test]
        fn any_payload_is_judged(bytes in prop::collection::vec(any::<u8>(), 0..40), protocol: u8) {
            verify_transport(&unspecified_header(V4.0, V4.1, protocol), &bytes);
        }
    }

    extern crate std;
}
