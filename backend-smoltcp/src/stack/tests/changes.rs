//! The counter that says when sockets are looked at again, against the obvious twin that looks at
//! every socket after every step.

use berkeley::Readiness;
use proptest::prelude::*;

use super::*;

/// What every descriptor is ready for.
fn readiness(state: &State<'_>) -> Vec<Readiness> {
    state.descriptors.iter().map(|(index, _)| state.readiness(index)).collect()
}

/// Does one step of a stack; whatever became ready by it must have moved the counter.
fn step(stack: &Peer) -> bool {
    let now = stack.platform.now();
    let inner = stack.inner.with(|inner| {
        let (before, changes) = (readiness(&inner.state), inner.state.changes);
        let worked = inner.step(now);
        for (before, after) in before.iter().zip(readiness(&inner.state)) {
            let news = !after.without(*before).is_empty();
            assert!(!news || inner.state.changes != changes, "{before:?} to {after:?}");
        }
        worked
    });
    inner.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn nothing_becomes_ready_unnoticed(
        seed in any::<u64>(),
        acts in proptest::collection::vec((0..9u8, 0..4usize), 1..60),
    ) {
        let simulation = Simulation::new(seed);
        let options = LinkOptions { loss: 50, reordering: 50, queue: 4, ..LinkOptions::default() };
        let (one, two) = simulation.link(options);
        let capacity = Capacity { receive: 2048, send: 2048, connections: 8, ..Capacity::default() };
        let nets = [(one, US), (two, THEM)].map(|(device, address)| {
            let stack = Rc::new(Peer::new(capacity, simulation.clone()));
            let interface = stack.add_interface(Box::new(device)).unwrap();
            stack.add_address(interface, Cidr::new(address.into(), 24).unwrap()).unwrap();
            Net::new(stack)
        });
        let quiet = |mut socket: Socket<Rc<Peer>>| {
            socket.setblocking(false).unwrap();
            socket
        };
        let listener = quiet(nets[1].stream(AddressFamily::INET).unwrap());
        listener.bind(("", 7)).unwrap();
        listener.listen(2).unwrap();
        let datagrams = quiet(nets[1].datagram(AddressFamily::INET).unwrap());
        datagrams.bind(("", 7)).unwrap();
        let sender = quiet(nets[0].datagram(AddressFamily::INET).unwrap());
        let mut open = Vec::new();
        let mut buffer = [0; 1500];
        for (act, which) in acts {
            let chosen = open.get(which % open.len().max(1));
            match (act, chosen) {
                (0, _) => {
                    let client = quiet(nets[0].stream(AddressFamily::INET).unwrap());
                    let _ = client.connect((IpAddr::V4(THEM), 7));
                    open.push(client);
                }
                (1, _) => open.extend(listener.accept().ok().map(|(socket, _)| quiet(socket))),
                (2, Some(socket)) => drop(socket.send(&buffer)),
                (3, Some(socket)) => drop(socket.recv(&mut buffer)),
                (4, Some(socket)) => drop(socket.shutdown([Shutdown::RD, Shutdown::WR][which % 2])),
                (5, Some(_)) => drop(open.swap_remove(which % open.len())),
                (6, _) => drop(sender.sendto(&buffer[..1 + which], (IpAddr::V4(THEM), 7))),
                (7, _) => drop(datagrams.recv(&mut buffer)),
                _ => {
                    for _ in 0..1 + 5 * which {
                        while step(nets[0].backend()) | step(nets[1].backend()) {}
                        let soon = simulation.now() + Duration::from_millis(20);
                        simulation.park(simulation.seq(), Some(soon));
                    }
                }
            }
        }
    }
}

#[test]
fn frames_of_no_use_move_no_counter() {
    let bench = Bench::bare(1500);
    let before = bench.state(|state| state.changes);
    for _ in 0..100 {
        bench.wire.borrow_mut().send(&[0; 60]);
    }
    bench.sent();
    assert_eq!(bench.state(|state| state.changes), before);
}
