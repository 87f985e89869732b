//! Datagrams cut and put together again.

extern crate std;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::super::emit::IpEmit;
use super::super::fragment;
use super::super::packet::parse;
use super::*;

const V4: (&str, &str) = ("192.0.2.1", "192.0.2.2");
const V6: (&str, &str) = ("2001:db8::1", "2001:db8::2");

fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1000)
}

/// A fragment as it came: its header and its payload.
type Piece = (IpHeader, Vec<u8>);

fn description((source, destination): (&str, &str), protocol: u8) -> IpEmit {
    IpEmit {
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
        protocol,
        hop_limit: 64,
        traffic_class: 0b10,
    }
}

/// Cuts a payload into packets of `mtu` bytes, and reads those.
fn cut(addresses: (&str, &str), protocol: u8, id: u32, payload: &[u8], mtu: usize) -> Vec<Piece> {
    let description = description(addresses, protocol);
    let pieces = fragment::split(payload.len(), fragment::header_len(&description), mtu).unwrap();
    pieces
        .map(|piece| {
            let mut packet = vec![0; mtu];
            let length = fragment::emit(&mut packet, &description, id, piece).unwrap();
            let bytes = &payload[piece.offset..piece.offset + piece.length];
            packet[length..length + bytes.len()].copy_from_slice(bytes);
            packet.truncate(length + bytes.len());
            let header = parse(&packet).unwrap();
            let payload = packet[header.payload.clone()].to_vec();
            (header, payload)
        })
        .collect()
}

/// A table with `count` places of `size` bytes.
fn with_table<T>(count: usize, size: usize, test: impl FnOnce(&mut Reassembly<'_>) -> T) -> T {
    let mut data = vec![0; count * size];
    let mut buffers: Vec<_> = data
        .chunks_mut(size.max(1))
        .map(|buffer| ReassemblyBuffer::new(ManagedSlice::Borrowed(buffer)))
        .collect();
    test(&mut Reassembly::new(&mut buffers[..]))
}

/// Adds a fragment; the whole payload and its protocol when that completes it.
fn add(table: &mut Reassembly<'_>, piece: &Piece, now: Instant) -> Option<(u8, Vec<u8>)> {
    let (slot, found) = {
        let whole = table.add(&piece.0, &piece.1, now)?;
        assert_eq!(whole.header.payload, 0..whole.payload.len());
        assert_eq!((whole.header.source, whole.header.hop_limit), (piece.0.source, 64));
        assert_eq!(whole.header.fragment, None);
        (whole.slot, (whole.header.protocol, whole.payload.to_vec()))
    };
    assert_eq!(table.get(slot).map(|again| again.payload.to_vec()), Some(found.1.clone()));
    table.release(slot);
    assert_eq!(table.get(slot), None);
    Some(found)
}

fn payload(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place * 7 % 251) as u8).collect()
}

#[test]
fn several_datagrams_are_collected_at_once() {
    with_table(4, 64, |table| {
        let bytes = payload(40);
        // The same, but for one part of the key each.
        let datagrams = [
            cut(V4, 17, 1, &bytes, 44),
            cut(V4, 17, 2, &bytes, 44),
            cut(V4, 99, 1, &bytes, 44),
            cut((V4.1, V4.0), 17, 1, &bytes, 44),
        ];
        for datagram in &datagrams {
            assert_eq!(datagram.len(), 2);
            assert_eq!(add(table, &datagram[1], at(0)), None);
        }
        for (datagram, protocol) in datagrams.iter().zip([17, 17, 99, 17]) {
            let expected = Some((protocol, bytes.clone()));
            assert_eq!(add(table, &datagram[0], at(1)), expected);
        }
    });
}

#[test]
fn bad_fragments_void_the_datagram() {
    let bytes = payload(40);
    let good = cut(V6, 17, 1, &bytes, 48 + 16); // 0..16, 16..32, 32..40
    let edit = |index: usize, change: &dyn Fn(&mut Piece, &mut Fragment)| {
        let mut piece = good[index].clone();
        let mut fragment = piece.0.fragment.unwrap();
        change(&mut piece, &mut fragment);
        piece.0.fragment = Some(fragment);
        piece
    };
    // what comes between the first fragment and the others, whether the datagram completes
    for (between, completes) in [
        (good[0].clone(), true),                                // the same again
        (edit(0, &|piece, _| piece.1.truncate(8)), true),       // a part of it
        (edit(0, &|piece, _| piece.1[3] ^= 1), false),          // other bytes
        (edit(0, &|_, fragment| fragment.offset = 8), false),   // over the edge
        (edit(0, &|_, fragment| fragment.more = false), false), // an end before the end
        (edit(0, &|_, fragment| fragment.offset = 64), false),  // beyond the buffer
        (edit(0, &|_, fragment| fragment.offset = usize::MAX), false),
        (edit(2, &|_, fragment| fragment.offset = 8), false), // two ends
        (edit(1, &|_, fragment| fragment.identification = 2), true), // another datagram
    ] {
        with_table(2, 64, |table| {
            assert_eq!(add(table, &good[0], at(0)), None);
            assert_eq!(add(table, &between, at(0)), None);
            assert_eq!(add(table, &good[1], at(0)), None);
            let expected = completes.then(|| (17, bytes.clone()));
            assert_eq!(add(table, &good[2], at(0)), expected, "{between:?}");
        });
    }
}

#[test]
fn what_comes_of_a_void_datagram_is_dropped_until_it_is_forgotten() {
    let bytes = payload(24);
    let good = cut(V4, 17, 1, &bytes, 20 + 16);
    let mut bad = good[0].clone();
    bad.1[0] ^= 1;
    with_table(2, 64, |table| {
        for piece in [&good[0], &bad, &good[0], &good[1]] {
            assert_eq!(add(table, piece, at(0)), None);
        }
        assert_eq!(add(table, &good[0], at(29)), None);
        assert_eq!(add(table, &good[0], at(30)), None); // starts again
        assert_eq!(add(table, &good[1], at(30)), Some((17, bytes.clone())));
    });
}

#[test]
fn old_datagrams_are_forgotten() {
    let bytes = payload(24);
    let pieces = cut(V4, 17, 1, &bytes, 20 + 16);
    // seconds between the fragments, whether they complete
    for (seconds, completes) in [(0, true), (29, true), (30, false), (600, false)] {
        with_table(1, 64, |table| {
            assert_eq!(add(table, &pieces[0], at(5)), None);
            let whole = add(table, &pieces[1], at(5 + seconds));
            assert_eq!(whole.is_some(), completes, "{seconds}");
        });
    }
}

#[test]
fn the_oldest_makes_room_and_void_ones_before() {
    let bytes = payload(24);
    let datagrams: Vec<_> = (0..4).map(|id| cut(V4, 17, id, &bytes, 20 + 16)).collect();
    with_table(2, 64, |table| {
        for (second, datagram) in datagrams[..3].iter().enumerate() {
            assert_eq!(add(table, &datagram[0], at(second as u64)), None);
        }
        assert_eq!(add(table, &datagrams[1][1], at(3)), Some((17, bytes.clone())));
        assert_eq!(add(table, &datagrams[2][1], at(3)), Some((17, bytes.clone())));
        assert_eq!(add(table, &datagrams[0][1], at(3)), None); // the first was replaced
    });
    with_table(2, 64, |table| {
        let mut bad = datagrams[1][0].clone();
        bad.1[0] ^= 1;
        assert_eq!(add(table, &datagrams[0][0], at(0)), None);
        assert_eq!(add(table, &datagrams[1][0], at(1)), None);
        assert_eq!(add(table, &bad, at(1)), None);
        assert_eq!(add(table, &datagrams[2][0], at(2)), None); // instead of the void one
        assert_eq!(add(table, &datagrams[0][1], at(3)), Some((17, bytes.clone())));
        assert_eq!(add(table, &datagrams[2][1], at(3)), Some((17, bytes)));
    });
}

#[test]
fn datagrams_that_do_not_fit_are_dropped() {
    // size of the buffer, whether 40 bytes complete
    for (size, completes) in [(64, true), (40, true), (39, false), (16, false)] {
        let pieces = cut(V4, 17, 1, &payload(40), 20 + 16);
        with_table(1, size, |table| {
            let whole = pieces.iter().filter_map(|piece| add(table, piece, at(0))).count();
            assert_eq!(whole == 1, completes, "{size}");
        });
    }
    let pieces = cut(V4, 17, 1, &payload(40), 20 + 16);
    with_table(0, 0, |table| assert_eq!(add(table, &pieces[0], at(0)), None));
    // IPv4's header counts for the longest: 65,515 bytes and no more.
    for (length, completes) in [(65_515, true), (65_516, false)] {
        let mut header = pieces[0].0.clone();
        let bytes = vec![0; length];
        with_table(1, 65_536, |table| {
            let mut whole = None;
            for (offset, more) in [(0, true), (32_768, false)] {
                header.fragment = Some(Fragment { identification: 1, offset, more });
                let end = if more { 32_768 } else { length };
                whole = add(table, &(header.clone(), bytes[offset..end].to_vec()), at(0));
            }
            assert_eq!(whole.is_some(), completes, "{length}");
        });
    }
}

#[test]
fn extension_headers_that_were_cut_along_are_stepped_over() {
    // protocol of the first fragment, start of the payload, protocol and bytes found
    for (protocol, start, found) in [
        (60, &[17, 0, 1, 4, 0, 0, 0, 0][..], Some((17, 8))),
        (60, &[44, 0, 1, 4, 0, 0, 0, 0], None), // fragments in fragments
        (0, &[17, 0, 1, 4, 0, 0, 0, 0], None),  // hop-by-hop options do not belong here
        (60, &[17, 200, 1, 4, 0, 0, 0, 0], None), // beyond the end
    ] {
        let bytes = [start, &payload(24)].concat();
        let mut pieces = cut(V6, protocol, 1, &bytes, 48 + 16);
        // Only the first fragment says what is in the datagram.
        pieces[1].0.protocol = 99;
        with_table(1, 64, |table| {
            let whole = pieces.iter().filter_map(|piece| add(table, piece, at(0))).next();
            let expected = found.map(|(protocol, start)| (protocol, bytes[start..].to_vec()));
            assert_eq!(whole, expected, "{protocol} {start:?}");
        });
    }
}

#[test]
fn congestion_of_one_fragment_is_that_of_the_datagram() {
    let mut pieces = cut(V4, 17, 1, &payload(24), 20 + 16);
    pieces[1].0.traffic_class = 0b11;
    with_table(1, 64, |table| {
        assert_eq!(table.add(&pieces[1].0, &pieces[1].1, at(0)), None);
        let whole = table.add(&pieces[0].0, &pieces[0].1, at(0)).unwrap();
        assert_eq!(whole.header.traffic_class, 0b11);
    });
}

#[test]
fn a_whole_packet_is_none_of_its_business() {
    let (mut header, bytes) = cut(V4, 17, 1, &payload(24), 20 + 16).remove(0);
    header.fragment = None;
    with_table(1, 64, |table| assert_eq!(table.add(&header, &bytes, at(0)), None));
}

/// An order to send `count` fragments in, some of them twice.
fn order(count: usize) -> impl Strategy<Value = Vec<usize>> {
    let again = prop::collection::vec(0..count, 0..8);
    again.prop_flat_map(move |again| {
        let all: Vec<usize> = (0..count).chain(again).collect();
        Just(all).prop_shuffle()
    })
}

/// A payload, the bytes of it in each fragment in units of 8, and an order to send those in.
///
/// There are at least two fragments, and never so many that they can leave too many holes.
fn datagram() -> impl Strategy<Value = (Vec<u8>, usize, Vec<usize>)> {
    (1..9_usize, 2..60_usize, 1..9_usize).prop_flat_map(|(units, count, last)| {
        let length = (count - 1) * units * 8 + last.min(units * 8);
        (prop::collection::vec(any::<u8>(), length), Just(units), order(count))
    })
}

proptest! {
    #[test]
    fn any_order_with_repetitions_gives_the_same_bytes(
        (bytes, units, order) in datagram(),
        v6: bool,
    ) {
        let (addresses, headers) = if v6 { (V6, 48) } else { (V4, 20) };
        let pieces = cut(addresses, 17, 77, &bytes, headers + units * 8);
        let whole = with_table(2, 4096, |table| {
            order.iter().filter_map(|&index| add(table, &pieces[index], at(0))).next()
        });
        prop_assert_eq!(whole, Some((17, bytes)));
    }

    #[test]
    fn any_fragments_are_survived(
        fragments in prop::collection::vec((0..12_usize, 0..40_usize, any::<bool>(), 0..3_u32), 0..60),
    ) {
        with_table(2, 128, |table| {
            let (mut header, _) = cut(V4, 17, 1, &payload(24), 20 + 16).remove(0);
            for (units, length, more, identification) in fragments {
                header.fragment = Some(Fragment { identification, offset: units * 8, more });
                let whole = table.add(&header, &payload(length), at(0));
                // All are of one datagram's bytes only when they start at the same place; whatever
                // comes out has the length that the last fragment said.
                if let Some(whole) = whole {
                    assert!(whole.payload.len() <= 128);
                    let slot = whole.slot;
                    table.release(slot);
                }
            }
        });
    }
}
