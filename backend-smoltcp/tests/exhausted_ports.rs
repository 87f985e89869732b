//! All ports of the stack's choice are taken: what is refused, what goes on, and that they come back.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use berkeley::{AddressFamily, Errno, Error, Pool};
use berkeley_smoltcp::Capacity;
use smoltcp::wire::TcpControl;

use support::*;

/// The ports for those who do not care (RFC 6335, section 6).
const PORTS: u16 = 16_384;

fn roomy() -> Capacity {
    let room = PORTS + 8;
    Capacity {
        descriptors: room,
        connections: room,
        receive: 64,
        send: 64,
        datagrams: room,
        queue: 64,
        ..small()
    }
}

fn port(socket: &BenchSocket) -> u16 {
    socket.getsockname().unwrap().port().unwrap()
}

/// Whether these are all the ports that there are to choose from.
fn are_all_ports(sockets: &[BenchSocket]) -> bool {
    let mut ports: Vec<_> = sockets.iter().map(port).collect();
    ports.sort_unstable();
    ports.iter().copied().eq(u16::MAX - PORTS + 1..=u16::MAX)
}

fn no_port(errno: Errno) -> Result<(), Error> {
    Err(Error::exhausted(Pool::Ports, errno))
}

#[test]
fn datagram_ports_run_out_and_come_back() {
    let bench = Bench::new(roomy());
    let bound = || {
        let socket = bench.datagram(AddressFamily::INET);
        socket.bind((NEAR[0], 0)).map(|()| socket)
    };
    let mut held: Vec<_> = (0..PORTS).map(|_| bound().unwrap()).collect();
    assert!(are_all_ports(&held));
    for _ in 0..2 {
        assert_eq!(bound().map(drop), no_port(Errno::EADDRINUSE));
        let other = bench.datagram(AddressFamily::INET);
        let sent = other.sendto(b"x", (FAR[0], 7)).map(drop);
        assert_eq!(sent, no_port(Errno::EADDRNOTAVAIL));
        assert_eq!(other.connect((FAR[0], 7)), no_port(Errno::EADDRNOTAVAIL));
        // A port of one's own choice, another address and the other protocol are free.
        assert_eq!(bench.datagram(AddressFamily::INET).bind((NEAR[0], 7)), Ok(()));
        assert_eq!(bench.datagram(AddressFamily::INET).bind(("127.0.0.1", 0)), Ok(()));
        assert_eq!(bench.stream(AddressFamily::INET).bind((NEAR[0], 0)), Ok(()));

        let freed = held.pop().map(|socket| port(&socket));
        assert_eq!(other.sendto(b"x", (FAR[0], 7)), Ok(1));
        assert_eq!(Some(port(&other)), freed);
        held.push(other);
    }
}

#[test]
fn stream_ports_run_out_and_come_back() {
    let bench = Bench::new(roomy());
    let listening = || {
        let socket = bench.stream(AddressFamily::INET);
        socket.listen(1).map(|()| socket)
    };
    let mut held: Vec<_> = (0..PORTS).map(|_| listening().unwrap()).collect();
    assert!(are_all_ports(&held));
    for _ in 0..2 {
        assert_eq!(listening().map(drop), no_port(Errno::EADDRINUSE));
        let other = bench.stream(AddressFamily::INET);
        assert_eq!(other.bind((NEAR[0], 0)), no_port(Errno::EADDRINUSE));
        assert_eq!(other.connect((FAR[0], 7)), no_port(Errno::EADDRNOTAVAIL));
        assert_eq!(bench.datagram(AddressFamily::INET).bind((NEAR[0], 0)), Ok(()));

        let freed = held.pop().map(|socket| port(&socket));
        assert!(failed(&other.connect((FAR[0], 7)), Errno::EINPROGRESS));
        assert_eq!(Some(port(&other)), freed);
        held.push(other);
    }
}

#[test]
fn each_destination_has_all_ports() {
    let bench = Bench::new(roomy());
    let connecting = |port| {
        let socket = bench.stream(AddressFamily::INET);
        let outcome = socket.connect((FAR[0], port));
        if !failed(&outcome, Errno::EINPROGRESS) {
            return outcome.map(|()| panic!("connected to nobody"));
        }
        Ok((socket, bench.segments().pop().expect("a SYN")))
    };
    let mut held: Vec<_> = (0..PORTS).map(|_| connecting(80).unwrap().0).collect();
    assert!(are_all_ports(&held));
    for _ in 0..2 {
        assert_eq!(connecting(80).map(drop), no_port(Errno::EADDRNOTAVAIL));
        let unbound = bench.stream(AddressFamily::INET);
        assert_eq!(unbound.bind((NEAR[0], 0)), no_port(Errno::EADDRINUSE));

        // To another port of the same host, from a port that is in use.
        let (other, syn) = connecting(81).unwrap();
        let shared = held.iter().find(|socket| port(socket) == port(&other)).unwrap();
        // The answer is for one of the two.
        let acknowledgement = Some(syn.sequence.wrapping_add(1));
        let refusal = Segment { acknowledgement, ..Segment::new(syn.to, syn.from, 0) };
        bench.give(&Segment { control: TcpControl::Rst, ..refusal });
        assert!(failed(&bench.outcome(&other), Errno::ECONNREFUSED));
        assert!(failed(&bench.outcome(shared), Errno::EALREADY));

        held.pop();
        held.push(connecting(80).unwrap().0);
        assert!(are_all_ports(&held));
    }
    // Every SYN is to be repeated at once. However much there is to do, calls are answered.
    bench.clock.set(bench.now() + seconds(1));
    for _ in 0..300 {
        assert!(failed(&bench.outcome(&held[0]), Errno::EALREADY));
    }
}
