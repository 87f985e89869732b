//! Work is bounded and shared: a flood starves nobody, and many senders take turns.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::collections::BTreeMap;

use berkeley_smoltcp::simulation::LinkEnd;

use support::target::udp;
use support::*;

/// How many steps are allowed for what one step would do: one for each of the links, and as many for
/// what else is to be done.
const TURNS: usize = 8;

/// A stack with a flooded link, an ordinary one with its other end, and a loopback.
fn flooded() -> (Net<Rc<Stack<'static, Busy>>>, LinkEnd, Simulation) {
    let simulation = Simulation::new(1);
    let options =
        LinkOptions { ethernet: false, latency: Duration::ZERO, ..LinkOptions::default() };
    let (device, wire) = simulation.link(options);
    let stack = Rc::new(Stack::<_>::new(small(), Busy::new()));
    stack.add_interface(Box::new(Loopback::new(vec![0; 10_000], 1500))).unwrap();
    stack.add_interface(Box::new(Flood)).unwrap();
    let interface = stack.add_interface(Box::new(device)).unwrap();
    stack.add_address(interface, cidr(NEAR[0])).unwrap();
    (Net::new(stack), wire, simulation)
}

#[test]
fn a_flooded_link_starves_no_other_link() {
    let (net, mut wire, _simulation) = flooded();
    let mut socket = net.datagram(AddressFamily::INET).unwrap();
    socket.bind(("", 7)).unwrap();
    socket.setblocking(false).unwrap();
    for round in 0..100 {
        // In.
        wire.send(&udp(end(FAR[0], 9), end(NEAR[0], 7), &[round]));
        net.backend().drive(TURNS).unwrap();
        let mut buffer = [0; 4];
        let (length, from) = socket.recvfrom(&mut buffer).unwrap();
        assert_eq!((length, buffer[0], from), (1, round, Some(end(FAR[0], 9).into())));
        // Out.
        socket.sendto(&[round], (FAR[0], 9)).unwrap();
        let mut sent = None;
        assert!(wire.receive(&mut |frame| sent = frame.last().copied()));
        assert_eq!(sent, Some(round));
        // And over the loopback.
        socket.sendto(b"self", (NEAR[0], 7)).unwrap();
        net.backend().drive(TURNS).unwrap();
        assert_eq!(socket.recv(&mut buffer), Ok(4));
    }
}

#[test]
fn a_flood_starves_no_connection_no_timer_and_no_waiting_call() {
    let (net, mut wire, _simulation) = flooded();
    let stack = net.backend();
    // A connection that nobody answers: its SYN is repeated in time, as on an idle stack.
    let mut socket = net.stream(AddressFamily::INET).unwrap();
    socket.setblocking(false).unwrap();
    assert!(failed(&socket.connect((FAR[0], 7)), Errno::EINPROGRESS));
    let mut waiting = net.datagram(AddressFamily::INET).unwrap();
    let mut sent = Vec::new();
    let start = stack.platform().now();
    for tenth in 1..=40 {
        waiting.settimeout(millis(100)).unwrap();
        assert_eq!(waiting.recv(&mut [0]), Err(Error::TIMED_OUT));
        while wire.receive(&mut |_| sent.push(tenth)) {}
        let late = stack.platform().now().saturating_duration_since(start + millis(100) * tenth);
        assert!(late < millis(2) * tenth, "{late:?}");
    }
    // In which tenth of a second: at once, after one second, after two more.
    assert_eq!(sent, [1, 10, 30]);
}

#[test]
fn many_senders_take_turns() {
    const SENDERS: usize = 20;
    let capacity = Capacity { receive: 16_384, send: 16_384, ..Capacity::default() };
    // how many frames the device takes, the most that anybody may send for each byte of another
    for (queue, most) in [(4096, 2), (8, 10)] {
        let sent = bytes_of_senders(SENDERS, queue, capacity);
        let (least, largest) = (sent.values().min().unwrap(), sent.values().max().unwrap());
        assert_eq!(sent.len(), SENDERS);
        assert!(*least > 10_000 && *largest <= least * most, "{queue}: {sent:?}");
    }
}

/// How much each of many connections sends, by its port.
fn bytes_of_senders(senders: usize, queue: usize, capacity: Capacity) -> BTreeMap<u16, usize> {
    let options = LinkOptions { queue, ..LinkOptions::default() };
    let pair = Pair::over(options, 1, capacity, capacity);
    let listener = pair.listener(FAR[0], 7, 64);
    let mut ends = Vec::new();
    for _ in 0..senders {
        let mut near = pair.near.create_connection((FAR[0], 7), None, None).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        near.setblocking(false).unwrap();
        far.setblocking(false).unwrap();
        ends.push((near, far));
    }
    pair.log.take();
    // All send as much as they can, whenever they can; all is read at once.
    let data = [0; 4096];
    let mut buffer = [0; 65_536];
    for _ in 0..60 {
        for (near, far) in &ends {
            while near.send(&data).is_ok() {}
            while far.recv(&mut buffer).is_ok() {}
        }
        pair.pass(millis(1));
    }
    let mut sent = BTreeMap::<u16, usize>::new();
    for (way, segment) in pair.log.segments() {
        if way == Way::Out && !segment.data.is_empty() {
            *sent.entry(segment.from.port()).or_default() += segment.data.len();
        }
    }
    sent
}
