//! Tasks with wakers: no lost wake-up, deadlines, many tasks on one socket; and virtual time itself.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(
    clippy::needless_range_loop,
    clippy::type_complexity,
    reason = "tables of versions and acts"
)]

mod support;

use core::task::{Context, Poll, Waker};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use berkeley::{AddressFamily, Backend, Error, Instant, PollEntry, Readiness, Shutdown};
use berkeley_smoltcp::Capacity;
use berkeley_smoltcp::simulation::LinkOptions;

use support::*;

/// Counts how often it is woken.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

struct Task {
    counter: Arc<Counter>,
    waker: Waker,
}

impl Task {
    fn new() -> Task {
        let counter = Arc::<Counter>::default();
        Task { waker: Waker::from(Arc::clone(&counter)), counter }
    }

    fn woken(&self) -> usize {
        self.counter.0.load(Ordering::SeqCst)
    }

    fn poll(
        &self,
        bench: &Bench,
        socket: &BenchSocket,
        interest: Readiness,
        deadline: Option<Instant>,
    ) -> Poll<Result<usize, Error>> {
        let mut entries = [PollEntry::new(socket.handle(), interest)];
        bench.stack().poll_wait(&mut Context::from_waker(&self.waker), &mut entries, deadline)
    }
}

#[test]
fn every_event_wakes() {
    let bench = Bench::new(small());
    let listener = bench.listener(NEAR[0], 80, 1);
    let task = Task::new();
    let readable = Readiness::READABLE;

    // A connection.
    assert!(task.poll(&bench, &listener, readable, None).is_pending());
    let mut peer = Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
    assert_eq!(task.woken(), 1, "a connection");
    assert_eq!(task.poll(&bench, &listener, readable, None), Poll::Ready(Ok(1)));
    let (mut socket, _) = listener.accept().unwrap();
    socket.setblocking(false).unwrap();

    // Data, again and again.
    for round in 0..10 {
        let before = task.woken();
        assert!(task.poll(&bench, &socket, readable, None).is_pending(), "round {round}");
        peer.send(&bench, b"x");
        assert_eq!(task.woken(), before + 1, "round {round}");
        assert_eq!(task.poll(&bench, &socket, readable, None), Poll::Ready(Ok(1)));
        assert_eq!(socket.recv(&mut [0; 4]), Ok(1));
    }

    // Room to send.
    while socket.send(&[0; 1000]).is_ok() {
        bench.take();
    }
    let before = task.woken();
    assert!(task.poll(&bench, &socket, Readiness::WRITABLE, None).is_pending());
    peer.expects = peer.expects.wrapping_add(4096);
    bench.give(&peer.segment());
    assert!(task.woken() > before, "room");
    assert_eq!(task.poll(&bench, &socket, Readiness::WRITABLE, None), Poll::Ready(Ok(1)));

    // The end.
    let before = task.woken();
    assert!(task.poll(&bench, &socket, readable, None).is_pending());
    peer.finish(&bench);
    assert!(task.woken() > before, "the end");
    assert_eq!(task.poll(&bench, &socket, readable, None), Poll::Ready(Ok(1)));

    // A shutdown of the listener.
    let before = task.woken();
    assert!(task.poll(&bench, &listener, readable, None).is_pending());
    listener.shutdown(Shutdown::RD).unwrap();
    assert!(task.woken() > before, "shutdown");
}

#[test]
fn data_between_the_look_and_the_waker_is_not_lost() {
    // The frame lies in the device when the task asks: it is either ready or woken.
    let bench = Bench::new(small());
    let listener = bench.listener(NEAR[0], 80, 1);
    let peer = Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
    let (mut socket, _) = listener.accept().unwrap();
    socket.setblocking(false).unwrap();
    let task = Task::new();
    bench.stage(&Segment { data: b"x", ..peer.segment() }.packet());
    let polled = task.poll(&bench, &socket, Readiness::READABLE, None);
    assert!(polled.is_ready() || task.woken() == 1, "{polled:?}, woken {}", task.woken());
    assert_eq!(socket.recv(&mut [0]), Ok(1));
}

#[test]
fn deadlines_wake_and_are_never_early() {
    let bench = Bench::new(small());
    let socket = bench.datagram(AddressFamily::INET);
    socket.bind(("", 7)).unwrap();
    let task = Task::new();
    let readable = Readiness::READABLE;
    for wait in [millis(1), seconds(1), seconds(3600)] {
        let before = task.woken();
        let deadline = bench.now() + wait;
        assert!(task.poll(&bench, &socket, readable, Some(deadline)).is_pending());
        bench.advance(wait - millis(1) / 2);
        assert_eq!(task.woken(), before, "early, {wait:?}");
        assert!(task.poll(&bench, &socket, readable, Some(deadline)).is_pending());
        bench.advance(millis(1) / 2);
        assert_eq!(task.woken(), before + 1, "{wait:?}");
        let polled = task.poll(&bench, &socket, readable, Some(deadline));
        assert_eq!(polled, Poll::Ready(Ok(0)), "{wait:?}");
    }
    // One in the past is over at once.
    assert_eq!(task.poll(&bench, &socket, readable, Some(Instant::ZERO)), Poll::Ready(Ok(0)));
    assert!(bench.stack().next_event().unwrap().is_none(), "nothing is left behind");
}

#[test]
fn two_tasks_on_one_socket_are_both_woken() {
    let bench = Bench::new(small());
    let socket = bench.datagram(AddressFamily::INET);
    socket.bind((NEAR[0], 7)).unwrap();
    let tasks = [Task::new(), Task::new()];
    for round in 1..5 {
        for task in &tasks {
            assert!(task.poll(&bench, &socket, Readiness::READABLE, None).is_pending());
        }
        socket.sendto(b"x", (NEAR[0], 7)).unwrap();
        bench.settle();
        for task in &tasks {
            assert_eq!(task.woken(), round);
        }
        assert_eq!(socket.recv(&mut [0]), Ok(1));
        // Nothing more: nobody is woken for nothing.
        bench.advance(seconds(60));
        assert!(tasks.iter().all(|task| task.woken() == round));
    }
}

#[test]
fn closing_wakes_whoever_waits() {
    let bench = Bench::new(small());
    let socket = bench.datagram(AddressFamily::INET);
    socket.bind(("", 7)).unwrap();
    let task = Task::new();
    assert!(task.poll(&bench, &socket, Readiness::READABLE, None).is_pending());
    drop(socket);
    assert_eq!(task.woken(), 1);
}

#[test]
fn an_hour_costs_nothing() {
    let started = std::time::Instant::now();
    let pair = Pair::new(1);
    let (mut near, _far) = pair.connected(0, 7);
    near.settimeout(seconds(3600)).unwrap();
    let before = pair.now();
    assert_eq!(near.recv(&mut [0]), Err(Error::TIMED_OUT));
    let passed = pair.now().saturating_duration_since(before);
    assert!((seconds(3600)..seconds(3601)).contains(&passed), "{passed:?}");
    let cost = started.elapsed();
    assert!(cost < millis(100), "{cost:?}");
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run = |seed| {
        let options = LinkOptions {
            loss: 50,
            duplication: 30,
            reordering: 100,
            corruption: 20,
            ..LinkOptions::default()
        };
        let pair = Pair::over(options, seed, Capacity::default(), Capacity::default());
        let (near, far) = pair.connected((seed % 2) as usize, 7);
        let mut times = vec![pair.now()];
        for (from, to) in [(&near, &far), (&far, &near)] {
            from.sendall(&pattern(30_000, seed)).unwrap();
            let mut buffer = [0; 4000];
            let mut received = 0;
            while received < 30_000 {
                received += to.recv(&mut buffer).unwrap();
                times.push(pair.now());
            }
        }
        (times, pair.log.take())
    };
    for seed in [1, 2, 3] {
        let (first, second) = (run(seed), run(seed));
        assert!(first == second, "seed {seed}");
    }
    assert!(run(1) != run(3), "another seed is another run");
}
