//! An idle stack sleeps, and idle connections cost nothing but their timers.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use berkeley::options::{SO_KEEPALIVE, TCP_KEEPIDLE};
use berkeley::{OptionLevel, Timeout};
use smoltcp::wire::TcpControl;

use support::*;

/// Has its connection probed after `idle` seconds of silence.
fn keep_alive<B: Backend + Clone>(socket: &Socket<B>, idle: i32) {
    socket.setsockopt(OptionLevel::SOCKET, SO_KEEPALIVE, 1).unwrap();
    socket.setsockopt(OptionLevel::TCP, TCP_KEEPIDLE, idle).unwrap();
}

#[test]
fn an_idle_hour_wakes_nobody_but_the_timers() {
    const CONNECTIONS: usize = 20;
    // seconds after which a silent connection is probed, the most that anybody wakes in an hour: for
    // each probe and its answer to be sent, to arrive, and to set the timers of both ends
    for (idle, most) in [(None, 2), (Some(600), 2 + 6 * 12 * CONNECTIONS)] {
        let simulation = Simulation::new(1);
        let platform = Watched::new(&simulation);
        let (one, two) = simulation.link(LinkOptions::default());
        let [near, far] = [(one, NEAR[0]), (two, FAR[0])].map(|(device, address)| {
            let stack = Rc::new(Stack::<_>::new(Capacity::default(), platform.clone()));
            let interface = stack.add_interface(Box::new(device)).unwrap();
            stack.add_address(interface, cidr(address)).unwrap();
            simulation.join(&stack);
            Net::new(stack)
        });
        let listener = far.stream(AddressFamily::INET).unwrap();
        listener.bind(("", 7)).unwrap();
        listener.listen(1).unwrap();
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = near.create_connection((FAR[0], 7), None, None).unwrap();
            idle.into_iter().for_each(|idle| keep_alive(&client, idle));
            held.push((client, listener.accept().unwrap()));
        }
        // What the handshakes have left to do is done.
        near.poll(&mut [], Timeout::After(seconds(120))).unwrap();

        platform.parks.set(0);
        near.poll(&mut [], Timeout::After(seconds(3600))).unwrap();
        let woken = platform.parks.get();
        assert!(woken <= most, "{woken} times with {idle:?}");
        assert!(idle.is_none() || woken > 4, "the probes are sent: {woken}");
    }
}

/// How many steps it takes to echo once among this many connections, all with keepalive; and that
/// nothing else is sent in an hour.
fn steps_of_an_echo(connections: u16) -> usize {
    let capacity = Capacity { connections, descriptors: connections + 1, ..small() };
    let bench = Bench::new(capacity);
    let listener = bench.listener(NEAR[0], 80, 1);
    let mut held = Vec::new();
    for number in 0..connections {
        let peer = Peer::connect(&bench, end(FAR[0], 1000 + number), end(NEAR[0], 80));
        let (mut socket, _) = listener.accept().unwrap();
        socket.setblocking(false).unwrap();
        keep_alive(&socket, 7200);
        held.push((socket, peer));
    }
    bench.pass(seconds(1));
    assert!(bench.advance(seconds(3600)).is_empty(), "nobody is probed before two hours");

    let (socket, peer) = held.last_mut().unwrap();
    bench.stage(&Segment { data: b"hello", control: TcpControl::Psh, ..peer.segment() }.packet());
    let mut steps = 0;
    let mut drive = || {
        while bench.stack().drive(1).unwrap() {
            steps += 1;
        }
    };
    drive();
    let mut buffer = [0; 8];
    assert_eq!(socket.recv(&mut buffer), Ok(5));
    assert_eq!(socket.send(&buffer[..5]), Ok(5));
    drive();
    assert_eq!(bench.segments().len(), 1, "an answer");
    steps
}

#[test]
fn ten_thousand_idle_connections_add_no_step() {
    assert_eq!(steps_of_an_echo(10_000), steps_of_an_echo(1));
}

#[test]
fn an_idle_connection_lives() {
    for (version, idle) in [(0, seconds(6)), (0, seconds(3600)), (1, seconds(30 * 24 * 3600))] {
        let pair = Pair::new(1);
        let (near, far) = pair.connected(version, 7);
        pair.pass(idle);
        for (from, to) in [(&near, &far), (&far, &near)] {
            from.sendall(b"still there").unwrap();
            let mut buffer = [0; 16];
            assert_eq!(to.recv(&mut buffer), Ok(11), "idle for {idle:?}");
        }
    }
}
