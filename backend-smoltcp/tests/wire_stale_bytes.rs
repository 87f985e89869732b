//! What was in a buffer before is never sent: not in padding, not in a header, not behind a short frame
//! ("Etherleak", CVE-2003-0001).
//!
//! The room that a device gives is filled with something else in each of two runs that are otherwise the
//! same; what is sent must be the same to the byte, and end where its packet ends.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use support::target::{PEER, arp, ethernet, icmp, udp};
use support::*;

/// A device whose room is not empty, and which keeps what was sent.
struct Dirty {
    filling: u8,
    incoming: Arc<Mutex<Vec<Vec<u8>>>>,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Device for Dirty {
    fn medium(&self) -> Medium {
        Medium::Ethernet(OWN)
    }

    fn mtu(&self) -> usize {
        600
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let mut incoming = self.incoming.lock().unwrap();
        if incoming.is_empty() {
            return false;
        }
        let mut frame = incoming.remove(0);
        drop(incoming);
        consume(&mut frame);
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let mut room = vec![self.filling; 614];
        let length = fill(&mut room);
        assert!(room[length..].iter().all(|byte| *byte == self.filling), "beyond the frame");
        if length == 0 {
            return true;
        }
        room.truncate(length);
        self.sent.lock().unwrap().push(room);
        true
    }
}

/// Everything that the stack sends in a day of its life, in a device with this in its room.
fn sent(filling: u8, version: usize) -> Vec<Vec<u8>> {
    let clock = Manual::new(1);
    let stack = Rc::new(Stack::<_>::new(small(), clock.clone()));
    let (incoming, sent) = <(Arc<Mutex<Vec<_>>>, Arc<Mutex<Vec<Vec<u8>>>>)>::default();
    let device = Dirty { filling, incoming: Arc::clone(&incoming), sent: Arc::clone(&sent) };
    let interface = stack.add_interface(Box::new(device)).unwrap();
    for address in NEAR {
        stack.add_address(interface, cidr(address)).unwrap();
    }
    let settle = || while stack.drive(1).unwrap() {};
    let give = |frame: Vec<u8>| {
        // Padded, as short frames are, with something that must not come back.
        let padded = [frame, vec![0xEE; 40]].concat();
        incoming.lock().unwrap().push(padded);
        settle();
    };
    let net = Net::new(Rc::clone(&stack));
    let (here, there) = (end(FAR[version], 1000), end(NEAR[version], 80));
    let framed = |packet: &[u8]| ethernet(PEER, OWN.0, packet);
    if version == 0 {
        // Who is asked is known.
        give(arp(1, "192.0.2.2".parse().unwrap(), "192.0.2.1".parse().unwrap()));
    }
    for data in [&b""[..], b"1", b"12", b"123", &[7; 500]] {
        give(framed(&icmp(version, [8, 128][version], 0, &[b"\0\x01\0\x01", data].concat())));
        give(framed(&udp(here, end(NEAR[version], 9), data)));
    }
    let mut listener = net.stream(family_of(NEAR[version])).unwrap();
    listener.setblocking(false).unwrap();
    listener.bind((NEAR[version], 80)).unwrap();
    listener.listen(1).unwrap();
    give(framed(&Segment::syn(here, there, 9).packet()));
    give(framed(&Segment::syn(here, end(NEAR[version], 81), 9).packet()));
    let answers: Vec<Seen> =
        sent.lock().unwrap().iter().filter_map(|frame| Seen::in_frame(frame)).collect();
    if let Some(answer) = answers.iter().find(|seen| seen.acknowledgement == Some(10)) {
        let expects = answer.sequence.wrapping_add(1);
        let peer = Peer { here, there, sequence: 10, expects };
        give(framed(&peer.segment().packet()));
        if let Ok((socket, _)) = listener.accept() {
            for length in [1, 2, 3, 700] {
                let _ = socket.send(&pattern(length, 1));
                settle();
            }
            drop(socket);
        }
        give(framed(&Segment { sequence: 15, data: b"late", ..peer.segment() }.packet()));
    }
    let mut datagrams = net.datagram(family_of(NEAR[version])).unwrap();
    datagrams.setblocking(false).unwrap();
    for length in [0, 1, 5, 1001] {
        let _ = datagrams.sendto(&pattern(length, 2), here);
        settle();
    }
    let mut connecting = net.stream(family_of(NEAR[version])).unwrap();
    connecting.setblocking(false).unwrap();
    let _ = connecting.connect(end(FAR[version], 9));
    for second in 1..20 {
        clock.set(Instant::from_millis(1000 + 1000 * second));
        settle();
    }
    sent.lock().unwrap().clone()
}

/// Where the packet in a frame ends, by its own words.
fn end_of(frame: &[u8]) -> usize {
    let number = |at: usize| usize::from(u16::from_be_bytes([frame[at], frame[at + 1]]));
    match number(12) {
        0x0800 => 14 + number(16),
        0x86DD => 14 + 40 + number(18),
        0x0806 => 14 + 28,
        other => panic!("{other:#x}"),
    }
}

#[test]
fn what_was_there_before_is_never_sent() {
    for version in 0..2 {
        let [one, other] = [0x00, 0xA5].map(|filling| sent(filling, version));
        assert!(one.len() > 10, "{}", one.len());
        assert_eq!(one.len(), other.len());
        for (one, other) in one.iter().zip(&other) {
            assert_eq!(one, other, "what was in the room");
            assert_eq!(end_of(one), one.len(), "{one:02x?}");
            assert!(!one.windows(3).any(|bytes| bytes == [0xEE; 3]), "padding: {one:02x?}");
        }
    }
}
