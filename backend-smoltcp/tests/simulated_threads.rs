//! Threads in simulated time: the seed decides who goes on, and the same seed decides the same.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use berkeley::{AddressFamily, Backend, Error, Net, Socket};
use berkeley_smoltcp::device::Loopback;
use berkeley_smoltcp::lock::Threads;
use berkeley_smoltcp::simulation::ThreadedSimulation;
use berkeley_smoltcp::{Capacity, Platform, Stack};

type Shared = Arc<Stack<'static, ThreadedSimulation, Threads>>;
type Action<'a, T> = Box<dyn FnOnce() -> T + Send + 'a>;

const HERE: (&str, u16) = ("127.0.0.1", 7);

fn net(simulation: &ThreadedSimulation) -> Net<Shared> {
    let stack = Arc::new(Stack::<_, Threads>::new(Capacity::default(), simulation.clone()));
    stack.add_interface(Box::new(Loopback::new(vec![0; 1 << 18], 65_535))).unwrap();
    simulation.join(&stack);
    Net::new(stack)
}

fn listener(net: &Net<Shared>) -> Socket<Shared> {
    let listener = net.stream(AddressFamily::INET).unwrap();
    listener.bind(HERE).unwrap();
    listener.listen(8).unwrap();
    listener
}

/// Four threads accept, four connect: which one got which client, and when all was over.
fn who_accepts_whom(seed: u64) -> (Vec<(usize, u16)>, u64) {
    let simulation = ThreadedSimulation::new(seed);
    let net = net(&simulation);
    let (listener, pairs) = (listener(&net), Mutex::new(Vec::new()));
    let accepts = |number: usize| {
        let (_socket, peer) = listener.accept().unwrap();
        pairs.lock().unwrap().push((number, peer.port().unwrap()));
    };
    let connects = || drop(net.create_connection(HERE, None, None).unwrap());
    let mut actions: Vec<Action<'_, ()>> = Vec::new();
    for number in 0..4 {
        let accepts = &accepts;
        actions.push(Box::new(move || accepts(number)));
        actions.push(Box::new(connects));
    }
    simulation.together(actions);
    (pairs.into_inner().unwrap(), simulation.now().as_nanos())
}

#[test]
fn the_same_seed_is_the_same_run() {
    let runs: Vec<_> = (0..20).map(who_accepts_whom).collect();
    assert_eq!(runs, (0..20).map(who_accepts_whom).collect::<Vec<_>>());
    let mut orders: Vec<Vec<usize>> =
        runs.iter().map(|(pairs, _)| pairs.iter().map(|(number, _)| *number).collect()).collect();
    orders.sort_unstable();
    orders.dedup();
    assert!(orders.len() > 5, "other seeds are other orders: {orders:?}");
}

#[test]
fn time_jumps_when_all_wait() {
    let simulation = ThreadedSimulation::new(1);
    let net = net(&simulation);
    let start = simulation.now();
    let waits = |seconds| {
        let mut socket = net.datagram(AddressFamily::INET).unwrap();
        socket.settimeout(Duration::from_secs(seconds)).unwrap();
        assert_eq!(socket.recv(&mut [0; 8]), Err(Error::TIMED_OUT));
        net.backend().now().saturating_duration_since(start).as_secs()
    };
    let actions: Vec<Action<'_, u64>> =
        vec![Box::new(|| waits(3600)), Box::new(|| waits(10)), Box::new(|| waits(60))];
    assert_eq!(simulation.together(actions), [3600, 10, 60]);
}

#[test]
fn one_is_told_when_the_others_wait() {
    for seed in 0..20 {
        let simulation = ThreadedSimulation::new(seed);
        let net = net(&simulation);
        let (listener, order) = (listener(&net), Mutex::new(Vec::new()));
        let note = |what| order.lock().unwrap().push(what);
        let actions: Vec<Action<'_, ()>> = vec![
            Box::new(|| {
                note("accept");
                listener.accept().unwrap();
                note("accepted");
            }),
            Box::new(|| {
                assert!(simulation.until_others_wait());
                note("connect");
                net.create_connection(HERE, None, None).unwrap();
            }),
        ];
        simulation.together(actions);
        assert_eq!(*order.lock().unwrap(), ["accept", "connect", "accepted"], "seed {seed}");
    }
}

#[test]
fn waiting_for_ever_is_a_panic_that_shows_the_tables() {
    let simulation = ThreadedSimulation::new(1);
    let net = net(&simulation);
    let listener = listener(&net);
    let actions: Vec<Action<'_, bool>> =
        vec![Box::new(|| listener.accept().is_ok()), Box::new(|| true)];
    let panic = catch_unwind(AssertUnwindSafe(|| simulation.together(actions))).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("everybody waits"), "{message}");
    assert!(message.contains("listen"), "{message}");
}
