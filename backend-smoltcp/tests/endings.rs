//! Waits that must end: in time under a flood, and with a readable failure when nothing can happen.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};

use berkeley::{AddressFamily, Errno, Error, Instant, Net, Timeout};
use berkeley_smoltcp::simulation::{LinkOptions, Simulation};
use berkeley_smoltcp::{Capacity, Platform, Stack};

use support::*;

#[test]
fn a_flood_holds_up_no_deadline_and_no_verb() {
    let stack = Stack::<_>::new(small(), Busy::new());
    stack.add_interface(Box::new(Flood)).unwrap();
    let net = Net::new(&stack);
    let mut socket = net.datagram(AddressFamily::INET).unwrap();
    let (after, would_block) = (Duration::from_millis(5), Errno::EAGAIN.into());
    // mode, outcome
    for (timeout, outcome) in
        [(Timeout::NonBlocking, Err(would_block)), (Timeout::After(after), Err(Error::TIMED_OUT))]
    {
        let start = stack.platform().now();
        socket.settimeout(timeout).unwrap();
        assert_eq!(socket.recv(&mut [0; 8]), outcome);
        let took = stack.platform().now().saturating_duration_since(start);
        // Every step reads the clock once or twice.
        let allowed = timeout.duration().unwrap_or_default() + Duration::from_millis(1);
        assert!(took <= allowed, "{timeout:?} took {took:?}");
    }
    let mut entries = [berkeley::PollEntry::new(socket.handle(), berkeley::Readiness::READABLE)];
    assert_eq!(net.poll(&mut entries, Timeout::NonBlocking), Ok(0));
}

#[test]
fn a_wait_without_end_is_reported_with_the_tables() {
    let simulation = Simulation::new(1);
    let (one, _two) = simulation.link(LinkOptions::default());
    let (near, _) = sim_stack(&simulation, one, &NEAR, Capacity::default());
    let net = Net::new(near);
    let listener = net.stream(AddressFamily::INET).unwrap();
    listener.bind(("", 4321)).unwrap();
    listener.listen(3).unwrap();
    let outcome = catch_unwind(AssertUnwindSafe(|| listener.accept().map(drop)));
    let panic = outcome.expect_err("nobody will ever connect");
    let text = panic.downcast_ref::<String>().expect("a text");
    for part in ["everybody waits", "tcp listening, 0 waiting of 3", "port 4321"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn a_step_that_waits_is_reported() {
    let simulation = Simulation::new(1);
    let (one, _two) = simulation.link(LinkOptions::default());
    let (near, _) = sim_stack(&simulation, one, &NEAR, Capacity::default());
    let net = Net::new(near);
    let waiting = net.datagram(AddressFamily::INET).unwrap();
    let steps = net.datagram(AddressFamily::INET).unwrap();
    simulation.at(Instant::from_millis(1), move || {
        let _ = steps.recv(&mut [0; 8]);
    });
    let outcome = catch_unwind(AssertUnwindSafe(|| waiting.recv(&mut [0; 8])));
    let panic = outcome.expect_err("the step waits for ever");
    let text = panic.downcast_ref::<String>().expect("a text");
    assert!(text.contains("a step of the simulation waits"), "{text}");
}
