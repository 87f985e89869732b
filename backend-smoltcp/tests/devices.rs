//! Devices of one program: the cable, the fault injector, the capture, the adapter for smoltcp's.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use berkeley::Shutdown;
use berkeley_smoltcp::device::{Cable, Capture, FaultInjector, FaultRates, Faults};
use berkeley_smoltcp::lock::Threads;

use support::*;

type Lone = Rc<Stack<'static, Simulation>>;

/// A stack with this device, at one of the usual addresses.
fn stack(simulation: &Simulation, device: impl Device + Send + 'static, names: [&str; 2]) -> Lone {
    stack_of(small(), simulation, device, names)
}

/// The same with more of everything.
fn stack_of(
    capacity: Capacity,
    simulation: &Simulation,
    device: impl Device + Send + 'static,
    names: [&str; 2],
) -> Lone {
    let stack = Rc::new(Stack::new(capacity, simulation.clone()));
    let interface = stack.add_interface(Box::new(device)).unwrap();
    for name in names {
        stack.add_address(interface, cidr(name)).unwrap();
    }
    simulation.join(&stack);
    stack
}

/// Both ends of a cable. In a simulation nobody has to be woken.
fn cable(is_ethernet: bool) -> (impl Device + Send + use<>, impl Device + Send + use<>) {
    let memory = [vec![0; 1 << 16], vec![0; 1 << 16]];
    let cable = Arc::new(Cable::<Threads>::with_lock(memory, 1500, is_ethernet));
    Cable::ends(cable, || (), || ())
}

/// Sends this many bytes to the other stack, waits until it says that all have come, and tells how
/// long that took.
fn transfer(simulation: &Simulation, near: &Lone, far: &Lone, to: &str, length: usize) -> Duration {
    let (here, there) = (Net::new(Rc::clone(near)), Net::new(Rc::clone(far)));
    let listener = there.stream(family_of(to)).unwrap();
    listener.bind(("", 0)).unwrap();
    listener.listen(1).unwrap();
    let (start, server) = (simulation.now(), listener.getsockname().unwrap());
    let client = here.create_connection((to, server.port().unwrap()), None, None).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    server.setblocking(false).unwrap();
    let received = Rc::new(RefCell::new(Vec::new()));
    let (into, mut ended) = (Rc::clone(&received), false);
    simulation.accompany(move || {
        let mut buffer = [0; 4096];
        match server.recv(&mut buffer) {
            Ok(0) => !core::mem::replace(&mut ended, true) && server.shutdown(Shutdown::WR).is_ok(),
            Ok(count) => {
                into.borrow_mut().extend_from_slice(&buffer[..count]);
                true
            }
            Err(_) => false,
        }
    });
    let data = pattern(length, 1);
    client.sendall(&data).unwrap();
    client.shutdown(Shutdown::WR).unwrap();
    assert_eq!(client.recv(&mut [0; 1]), Ok(0), "{near}\n{far}");
    assert!(*received.borrow() == data);
    simulation.dismiss();
    simulation.now().saturating_duration_since(start)
}

#[test]
fn a_cable_connects_two_stacks() {
    for is_ethernet in [true, false] {
        let simulation = Simulation::new(1);
        let (one, other) = cable(is_ethernet);
        assert_eq!((one.mtu(), matches!(one.medium(), Medium::Ethernet(_))), (1500, is_ethernet));
        let (near, far) = (stack(&simulation, one, NEAR), stack(&simulation, other, FAR));
        for name in FAR {
            transfer(&simulation, &near, &far, name, 100_000);
        }
        // A datagram of many fragments.
        let (here, there) = (Net::new(near), Net::new(far));
        let (sender, receiver) = (
            here.datagram(AddressFamily::INET).unwrap(),
            there.datagram(AddressFamily::INET).unwrap(),
        );
        receiver.bind(("", 7)).unwrap();
        sender.sendto(&[3; 6000], (FAR[0], 7)).unwrap();
        assert_eq!(receiver.recv(&mut [0; 8000]), Ok(6000));
    }
}

/// A device with room for six frames, which loses what comes beyond.
struct Fifo<D> {
    device: D,
    burst: Option<usize>,
    frames: VecDeque<Vec<u8>>,
    lost: Arc<AtomicUsize>,
}

impl<D: Device> Device for Fifo<D> {
    fn medium(&self) -> Medium {
        self.device.medium()
    }

    fn mtu(&self) -> usize {
        self.device.mtu()
    }

    fn burst(&self) -> Option<usize> {
        self.burst
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let Fifo { device, frames, lost, .. } = self;
        while device.receive(&mut |frame| match frames.len() {
            6 => _ = lost.fetch_add(1, Ordering::Relaxed),
            _ => frames.push_back(frame.to_vec()),
        }) {}
        frames.pop_front().map(|mut frame| consume(&mut frame)).is_some()
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        self.device.transmit(fill)
    }
}

#[test]
fn a_peer_sends_no_more_at_a_time_than_there_is_room_for() {
    // how many frames the device says to have room for, bytes of receive buffer, whether some are lost
    for (burst, receive, loses) in [
        (None, 16_384, true),
        (Some(5), 16_384, false), // and an end
        (Some(4), 16_384, false),
        (Some(1), 16_384, false),
        (Some(0), 16_384, false),  // is 1: something is to come in
        (Some(4), 1 << 20, false), // windows are scaled
        (Some(4), 4096, false),
    ] {
        for to in FAR {
            let simulation = Simulation::new(1);
            let lost = Arc::<AtomicUsize>::default();
            let latency = LinkOptions { latency: millis(1), ..LinkOptions::default() };
            let (near, far) = simulation.link(latency); // what is sent at a time comes at a time
            let fifo = Fifo { device: far, burst, frames: VecDeque::new(), lost: lost.clone() };
            let capacity = Capacity { receive, send: 1 << 16, ..small() };
            let near = stack_of(capacity, &simulation, near, NEAR);
            let far = stack_of(capacity, &simulation, fifo, FAR);
            transfer(&simulation, &near, &far, to, 500_000);
            let lost = lost.load(Ordering::Relaxed);
            assert_eq!(lost > 0, loses, "{lost} lost: {burst:?} {receive} {to}");
        }
    }
}

#[test]
fn a_cable_wakes_who_sleeps_at_its_ends() {
    let wakes = [Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0))];
    let wake = |which: usize| {
        let count = Arc::clone(&wakes[which]);
        move || *count.lock().unwrap() += 1
    };
    let (mut there, mut back) = ([0; 4096], [0; 4096]);
    let cable = Cable::ip([&mut there[..], &mut back[..]], 1500);
    let (mut one, mut other) = Cable::ends(&cable, wake(0), wake(1));
    let send = |end: &mut dyn Device, length: usize| end.transmit(&mut |_| length);
    assert!(send(&mut one, 20) && send(&mut one, 0));
    assert_eq!([*wakes[0].lock().unwrap(), *wakes[1].lock().unwrap()], [0, 1]);
    assert!(send(&mut other, 20));
    assert_eq!([*wakes[0].lock().unwrap(), *wakes[1].lock().unwrap()], [1, 1]);
    assert!(one.receive(&mut |frame| assert_eq!(frame.len(), 20)));
    assert!(!one.receive(&mut |_| ()));
    while send(&mut one, 1500) {}
    assert!(other.receive(&mut |_| ()), "it is full, and goes on");
}

/// Two stacks over a cable with faults in both directions.
fn over_faults(seed: u64, faults: Faults) -> (Simulation, Lone, Lone) {
    let simulation = Simulation::new(seed);
    let (one, other) = cable(true);
    let (places, bytes) = (vec![None; 64], vec![0; 64 * 1514]);
    let one = FaultInjector::new(one, simulation.clock(), seed, places, bytes)
        .outgoing(faults)
        .incoming(faults);
    let (near, far) = (stack(&simulation, one, NEAR), stack(&simulation, other, FAR));
    (simulation, near, far)
}

#[test]
fn frames_take_their_time() {
    let delay = Faults { delay: millis(40), ..Faults::NONE };
    let (simulation, near, far) = over_faults(1, delay);
    for name in FAR {
        // A handshake, the data, and the end: three times there and back.
        let time = transfer(&simulation, &near, &far, name, 100);
        assert!(time >= millis(160) && time < millis(600), "{time:?}");
    }
    // 20,000 bytes a second; the acknowledgements have a way of their own.
    let narrow = Faults { bytes_per_second: Some(20_000), ..Faults::NONE };
    let (simulation, near, far) = over_faults(1, narrow);
    let time = transfer(&simulation, &near, &far, FAR[0], 100_000);
    assert!(time >= seconds(5) && time < seconds(7), "{time:?}");
}

#[test]
fn what_goes_wrong_is_put_right_above() {
    let rates = FaultRates { loss: 30, duplication: 30, reordering: 30, corruption: 30 };
    for rates in [
        FaultRates { loss: 100, ..FaultRates::NONE },
        FaultRates { duplication: 200, ..FaultRates::NONE },
        FaultRates { reordering: 200, ..FaultRates::NONE },
        FaultRates { corruption: 100, ..FaultRates::NONE },
        rates,
    ] {
        let faults = Faults { rates, delay: millis(5), jitter: millis(3), bytes_per_second: None };
        let run = |seed| {
            let (simulation, near, far) = over_faults(seed, faults);
            transfer(&simulation, &near, &far, FAR[1], 100_000)
        };
        let (time, again, other) = (run(1), run(1), run(2));
        assert_eq!(time, again, "the same seed, the same run");
        assert_ne!(time, other, "{rates:?}");
    }
}

#[test]
fn late_frames_have_bounded_memory() {
    let time = Arc::new(Mutex::new(Instant::ZERO));
    let now = || *time.lock().unwrap();
    let mut ring = [0; 8192];
    let (mut places, mut bytes) = ([None; 2], [0; 200]);
    let delay = Faults { delay: millis(10), ..Faults::NONE };
    let mut device = FaultInjector::new(
        Loopback::new(&mut ring[..], 1500),
        now,
        1,
        &mut places[..],
        &mut bytes[..],
    )
    .outgoing(delay);
    let send = |device: &mut dyn Device, byte: u8, length: usize| {
        assert!(device.transmit(&mut |room| {
            room[..length].fill(byte);
            length
        }));
    };
    assert_eq!(device.next_event(), None);
    send(&mut device, 1, 100);
    send(&mut device, 2, 101); // longer than a place
    send(&mut device, 3, 50);
    send(&mut device, 4, 50); // there are two places
    assert_eq!(device.dropped(), 2);
    assert_eq!(device.next_event(), Some(Instant::from_millis(10)));
    assert!(!device.receive(&mut |_| ()), "nothing is there before its time");
    *time.lock().unwrap() = Instant::from_millis(10);
    let mut found = Vec::new();
    while device.receive(&mut |frame| found.push((frame[0], frame.len()))) {}
    assert_eq!(found, [(1, 100), (3, 50)]);
    assert_eq!(device.next_event(), None);
    send(&mut device, 5, 100);
    assert_eq!(device.dropped(), 2, "there is room again");
}

/// A record of a pcap file: its time in nanoseconds, how long the frame was, and what is there of it.
type Record<'a> = (u64, usize, &'a [u8]);

/// The link type of a pcap file, and its records.
fn read_pcap(file: &[u8]) -> (u32, Vec<Record<'_>>) {
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!((number(0), number(4)), (0xA1B2_3C4D, 0x0004_0002));
    let (mut at, mut records) = (24, Vec::new());
    while at < file.len() {
        let time = u64::from(number(at)) * 1_000_000_000 + u64::from(number(at + 4));
        let (kept, length) = (number(at + 8) as usize, number(at + 12) as usize);
        records.push((time, length, &file[at + 16..at + 16 + kept]));
        at += 16 + kept;
    }
    assert_eq!(at, file.len());
    (number(20), records)
}

#[test]
fn a_capture_can_be_read() {
    // whether Ethernet, link type
    for (is_ethernet, link_type) in [(true, 1), (false, 101)] {
        let simulation = Simulation::new(1);
        let (one, other) = cable(is_ethernet);
        let file = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&file);
        let one = Capture::new(one, simulation.clock(), move |bytes: &[u8]| {
            into.lock().unwrap().extend_from_slice(bytes);
        });
        let (near, far) = (stack(&simulation, one, NEAR), stack(&simulation, other, FAR));
        simulation.at(Instant::from_millis(1500), || ());
        let (here, there) = (Net::new(near), Net::new(far));
        let (sender, receiver) = (
            here.datagram(AddressFamily::INET).unwrap(),
            there.datagram(AddressFamily::INET).unwrap(),
        );
        receiver.bind(("", 7)).unwrap();
        sender.sendto(b"in the file", (FAR[0], 7)).unwrap();
        let (count, from) = receiver.recvfrom(&mut [0; 16]).unwrap();
        receiver.sendto(b"as well", from.unwrap()).unwrap();
        assert_eq!((count, sender.recv(&mut [0; 16])), (11, Ok(7)));

        let file = file.lock().unwrap();
        let (found, records) = read_pcap(&file);
        assert_eq!(found, link_type);
        let position = |text: &[u8]| records.iter().position(|(_, _, frame)| frame.ends_with(text));
        assert!(position(b"in the file").unwrap() < position(b"as well").unwrap());
        assert!(records.is_sorted_by_key(|(time, _, _)| *time));
        assert!(records.iter().all(|(_, length, frame)| *length == frame.len()));
        tcpdump_agrees(&file, records.len());
    }
}

/// Lets tcpdump count the frames, where there is one.
fn tcpdump_agrees(file: &[u8], count: usize) {
    let started = Command::new("tcpdump")
        .args(["-n", "-r", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut tcpdump) = started else {
        println!("tcpdump is not available");
        return;
    };
    tcpdump.stdin.take().unwrap().write_all(file).unwrap();
    let output = tcpdump.wait_with_output().unwrap();
    assert_eq!(output.stdout.split(|byte| *byte == b'\n').count() - 1, count);
}

#[test]
fn a_capture_may_be_cut() {
    let mut file = Vec::new();
    let mut ring = [0; 8192];
    let loopback = Loopback::new(&mut ring[..], 1500);
    let time = || Instant::from_millis(2001);
    let mut device = Capture::cut(loopback, time, |bytes: &[u8]| file.extend_from_slice(bytes), 20);
    for length in [10, 0, 500] {
        assert!(device.transmit(&mut |room| {
            room[..length].fill(length as u8);
            length
        }));
    }
    assert!(device.receive(&mut |frame| frame.fill(0)), "what is done to it later is not seen");
    drop(device);
    let (link_type, records) = read_pcap(&file);
    let seen = [(10, &[10; 10][..]), (500, &[500_u16 as u8; 20]), (10, &[10; 10])];
    assert_eq!(link_type, 101);
    assert_eq!(records, seen.map(|(length, bytes)| (2_001_000_000, length, bytes)));
}
