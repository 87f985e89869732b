//! Every byte arrives, in order and once, over links that lose, double, reorder and damage frames.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(
    clippy::needless_range_loop,
    clippy::type_complexity,
    reason = "tables of versions and acts"
)]

mod support;

use core::cell::RefCell;
use std::rc::Rc;

use berkeley::{Errno, Shutdown};
use berkeley_smoltcp::Capacity;
use berkeley_smoltcp::simulation::LinkOptions;

use support::*;

/// A bad link. Without Ethernet where lookups must not fail.
fn bad(ethernet: bool) -> LinkOptions {
    LinkOptions {
        ethernet,
        loss: 50,
        duplication: 20,
        reordering: 50,
        corruption: 10,
        ..LinkOptions::default()
    }
}

/// What one side still has to send and has received.
struct Side {
    socket: SimSocket,
    data: Vec<u8>,
    sent: usize,
    finished: bool,
    received: Vec<u8>,
    ended: bool,
    /// Bytes of the buffer that it receives into.
    step: usize,
}

impl Side {
    fn new(mut socket: SimSocket, data: Vec<u8>, step: usize) -> Side {
        socket.setblocking(false).unwrap();
        Side { socket, data, sent: 0, finished: false, received: Vec::new(), ended: false, step }
    }

    /// Sends and receives what can be: whether it did anything.
    fn work(&mut self, context: &str) -> bool {
        let mut worked = false;
        while self.sent < self.data.len() {
            match self.socket.send(&self.data[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.is(Errno::EAGAIN) => break,
                Err(error) => panic!("{context}: send: {error:?} after {} bytes", self.sent),
            }
            worked = true;
        }
        if self.sent == self.data.len() && !self.finished {
            self.socket.shutdown(Shutdown::WR).unwrap();
            self.finished = true;
            worked = true;
        }
        let mut buffer = vec![0; self.step];
        for _ in 0..65_536 {
            if self.ended {
                break;
            }
            match self.socket.recv(&mut buffer) {
                Ok(0) => self.ended = true,
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if error.is(Errno::EAGAIN) => break,
                Err(error) => {
                    panic!("{context}: recv: {error:?} after {} bytes", self.received.len())
                }
            }
            worked = true;
        }
        worked
    }

    fn is_done(&self) -> bool {
        self.finished && self.ended
    }
}

/// Sends so much each way at the same time, and compares.
fn exchange(
    options: LinkOptions,
    capacity: Capacity,
    version: usize,
    seed: u64,
    sizes: [usize; 2],
    step: usize,
) {
    let context = format!("seed {seed}, {}, {sizes:?}, reading {step} at a time", FAR[version]);
    let pair = Pair::over(options, seed, capacity, capacity);
    let ends = pair.connected(version, 7);
    exchange_between(&pair, ends, seed, sizes, step, &context);
}

/// The same between these ends.
fn exchange_between(
    pair: &Pair,
    (near, far): (SimSocket, SimSocket),
    seed: u64,
    sizes: [usize; 2],
    step: usize,
    context: &str,
) {
    let data = [pattern(sizes[0], seed), pattern(sizes[1], seed + 1000)];
    let mut near = Side::new(near, data[0].clone(), step);
    let far = Rc::new(RefCell::new(Side::new(far, data[1].clone(), step)));
    {
        let (far, context) = (Rc::clone(&far), context.to_owned());
        pair.simulation.accompany(move || far.borrow_mut().work(&context));
    }
    let start = pair.now();
    while !(near.is_done() && far.borrow().is_done()) {
        if !near.work(context) {
            let passed = pair.now().saturating_duration_since(start);
            assert!(
                passed < seconds(3600),
                "{context}: after an hour {} and {} bytes\n{}\n{}",
                near.received.len(),
                far.borrow().received.len(),
                pair.near.backend(),
                pair.far.backend(),
            );
            let _ = pair.log.take(); // not looked at
            pair.pass(millis(1));
        }
    }
    pair.simulation.dismiss();
    assert!(near.received == data[1], "{context}: near, {} bytes", near.received.len());
    assert!(
        far.borrow().received == data[0],
        "{context}: far, {} bytes",
        far.borrow().received.len()
    );
}

const MIB: usize = 1 << 20;

#[test]
fn four_mebibytes_one_way_over_a_bad_link() {
    for (version, seed) in [(0, 1), (0, 2), (1, 3), (1, 4)] {
        exchange(bad(true), Capacity::default(), version, seed, [4 * MIB, 0], 65_536);
        exchange(bad(false), Capacity::default(), version, seed, [0, 4 * MIB], 65_536);
    }
}

#[test]
fn four_mebibytes_both_ways_over_a_bad_link() {
    for (version, seed) in [(0, 1), (0, 2), (1, 3), (1, 4)] {
        exchange(bad(version == 0), Capacity::default(), version, seed, [4 * MIB; 2], 65_536);
    }
}

#[test]
fn four_mebibytes_both_ways_over_a_good_link() {
    for version in 0..2 {
        exchange(LinkOptions::default(), Capacity::default(), version, 1, [4 * MIB; 2], 65_536);
    }
}

#[test]
fn a_byte_at_a_time() {
    for (version, seed) in [(0, 1), (1, 2)] {
        exchange(bad(true), Capacity::default(), version, seed, [100_000, 70_000], 1);
        exchange(LinkOptions::default(), Capacity::default(), version, seed, [300_000; 2], 1);
    }
}

#[test]
fn buffers_and_packets_of_every_size() {
    // receive and send buffer, MTU
    for (number, (receive, send, mtu)) in (0..).zip([
        (1, 1, 1500),
        (1, 4096, 1500),
        (4096, 1, 576),
        (100, 100, 128),
        (536, 65_536, 1280),
        (65_535, 65_535, 1500),
        (65_536, 65_536, 9000),
        (1 << 20, 1 << 20, 1500),
    ]) {
        let capacity = Capacity { receive, send, packet: 9000, ..Capacity::default() };
        let version = usize::from(mtu >= 1280 && number % 2 == 1);
        let size = if receive.min(send) < 100 { 500 } else { 200_000 };
        let options = LinkOptions { mtu, ..LinkOptions::default() };
        exchange(options, capacity, version, number, [size; 2], 5000);
    }
}

/// A connection for which the initial number of the side whose SYN goes this way is so much
/// below 2^32, or less: an initial number follows the clock (RFC 6528), so the moment decides.
fn connected_below_the_wrap(
    pair: &Pair,
    version: usize,
    way: Way,
    distance: u32,
) -> (SimSocket, SimSocket) {
    let listener = pair.listener(FAR[version], 7, 1);
    let connect = || {
        let near = pair.near.stream(family_of(NEAR[version])).unwrap();
        near.bind((NEAR[version], 4000)).unwrap();
        let _ = pair.log.take();
        let began = pair.now();
        near.connect((FAR[version], 7)).unwrap();
        let syns = pair.log.segments().into_iter().filter(|(_, seen)| seen.mss.is_some());
        let number = syns.filter(|(its, _)| *its == way).map(|(_, seen)| seen.sequence).next();
        (began, number.expect("a SYN"), near, listener.accept().unwrap().0)
    };
    let (began, number, near, far) = connect();
    near.close().unwrap();
    far.close().unwrap();
    pair.pass(seconds(200)); // TIME-WAIT is over
    let ticks = number.wrapping_neg().wrapping_sub(distance);
    let mut due = began + Duration::from_micros(4 * u64::from(ticks));
    while due <= pair.now() {
        due = due + Duration::from_micros(4 << 32);
    }
    pair.pass(due.saturating_duration_since(pair.now()));
    let (_, number, near, far) = connect();
    // What is lost on the way costs a second or more, which is 250,000 numbers.
    let found = number.wrapping_neg();
    assert!((1..distance + 1000).contains(&found), "{found} below instead of {distance}");
    (near, far)
}

#[test]
fn numbers_wrap_inside_a_transfer() {
    // The lookups of Ethernet, and frames that are not what was sent, have tests of their own.
    let bad = LinkOptions { corruption: 0, ..bad(false) };
    for (number, (version, way, options)) in (0..).zip([
        (0, Way::Out, LinkOptions::default()),
        (0, Way::In, LinkOptions::default()),
        (1, Way::Out, LinkOptions::default()),
        (1, Way::In, LinkOptions::default()),
        (0, Way::Out, bad),
        (0, Way::In, bad),
        (1, Way::Out, bad),
        (1, Way::In, bad),
    ]) {
        let context = format!("row {number}");
        let pair = Pair::over(options, number, Capacity::default(), Capacity::default());
        let ends = connected_below_the_wrap(&pair, version, way, 1 << 19);
        exchange_between(&pair, ends, number, [MIB; 2], 65_536, &context);
    }
}

#[test]
fn an_acknowledgement_bears_the_highest_number_sent() {
    // RFC 9293, section 3.10.7.4: an acknowledgement is <SEQ=SND.NXT>. The engine goes back to the
    // first unacknowledged byte when it repeats; two stacks that do so drop each other's
    // acknowledgements as old, and stay so for ever.
    for version in 0..2 {
        let bench = Bench::new(Capacity { send: 65_536, ..small() });
        let listener = bench.listener(NEAR[version], 80, 1);
        let peer = Peer::connect(&bench, end(FAR[version], 1000), end(NEAR[version], 80));
        let (socket, _) = listener.accept().unwrap();
        socket.set_option(berkeley::options::NODELAY, true).unwrap();
        assert_eq!(socket.send(&pattern(2000, 1)), Ok(2000));
        let sent = bench.segments();
        assert_eq!(sent.iter().map(|seen| seen.data.len()).sum::<usize>(), 2000);
        let next = peer.expects.wrapping_add(2000);
        // Nothing is acknowledged: the first segment is repeated, and only that.
        let repeated = bench.pass(seconds(2));
        assert!(repeated.iter().any(|(_, seen)| seen.sequence == peer.expects), "{repeated:?}");
        // A repetition of the peer's last byte asks for an acknowledgement.
        let old = Segment { sequence: peer.sequence.wrapping_sub(1), ..peer.segment() };
        let answers = bench.give(&old);
        let answer = answers.iter().find(|seen| seen.data.is_empty()).expect("an acknowledgement");
        assert_eq!(answer.sequence, next, "{}", FAR[version]);
    }
}
