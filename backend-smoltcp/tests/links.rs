//! Links that go down and come up, addresses and interfaces that come and go, and what sockets see
//! of it; the three kinds of link in one stack.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use berkeley::{Shutdown, Timeout};

use support::*;

/// A network on the far side that both links lead to.
const BEYOND: &str = "203.0.113.1";

/// The ends of the point-to-point link.
const POINTS: [&str; 2] = ["198.51.100.1", "198.51.100.2"];

/// Two stacks with an Ethernet link, a point-to-point link of IP packets, and a loopback each.
struct Network {
    simulation: Simulation,
    near: Net<SimStack>,
    far: Net<SimStack>,
    /// The interfaces of the near stack: Ethernet, point to point.
    ethernet: InterfaceIndex,
    point: InterfaceIndex,
    cable: Switch,
    line: Switch,
    /// What the near stack sends and receives on Ethernet.
    log: Log,
}

impl Network {
    fn new() -> Network {
        let simulation = Simulation::new(1);
        let (cable, line, log) = (Switch::default(), Switch::default(), Log::default());
        let (near_plug, far_plug) = simulation.link(LinkOptions::default());
        let plain = LinkOptions { ethernet: false, mtu: 576, ..LinkOptions::default() };
        let (near_end, far_end) = simulation.link(plain);
        let recorder = Recorder { device: near_plug, log: log.clone(), gate: Gate::default() };
        let capacity = Capacity { connections: 8, ..Capacity::default() };
        let (near, ethernet) =
            sim_stack(&simulation, Switched(recorder, cable.clone()), &NEAR, capacity);
        let (far, far_ethernet) =
            sim_stack(&simulation, Switched(far_plug, cable.clone()), &FAR, capacity);
        let point = near.add_interface(Box::new(Switched(near_end, line.clone()))).unwrap();
        let far_point = far.add_interface(Box::new(Switched(far_end, line.clone()))).unwrap();
        near.add_address(point, cidr(POINTS[0])).unwrap();
        far.add_address(far_point, cidr(POINTS[1])).unwrap();
        far.add_address(far_ethernet, Cidr::new(ip(BEYOND), 32).unwrap()).unwrap();
        // The far network is reached over Ethernet first, then over the line, and so back.
        let beyond = Cidr::new(ip(BEYOND), 32).unwrap();
        near.add_route(beyond, ip(FAR[0]), ethernet).unwrap();
        near.add_route(Cidr::new(ip("0.0.0.0"), 0).unwrap(), ip("0.0.0.0"), point).unwrap();
        far.add_route(Cidr::new(ip("0.0.0.0"), 0).unwrap(), ip("0.0.0.0"), far_point).unwrap();
        let (near, far) = (Net::new(near), Net::new(far));
        Network { simulation, near, far, ethernet, point, cable, line, log }
    }

    fn stack(&self) -> &SimStack {
        self.near.backend()
    }

    /// Sets both links, and lets both stacks notice.
    fn links(&self, cable: bool, line: bool) {
        self.cable.set(cable);
        self.line.set(line);
        self.pass(millis(1));
    }

    fn pass(&self, time: Duration) {
        self.near.poll(&mut [], Timeout::After(time)).unwrap();
    }

    /// A listener of the far stack, and a connection to it.
    fn connected(&self, address: &str, port: u16) -> (SimSocket, SimSocket) {
        let listener = self.far.stream(family_of(address)).unwrap();
        listener.bind(("", port)).unwrap();
        listener.listen(1).unwrap();
        let near = self.near.create_connection((address, port), None, None).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        far.settimeout(seconds(2000)).unwrap();
        (near, far)
    }

    fn datagram(&self, family: AddressFamily) -> SimSocket {
        self.near.datagram(family).unwrap()
    }

    /// A socket bound to the near Ethernet address of the IP version.
    fn bound(&self, version: usize) -> SimSocket {
        let socket = self.datagram(family_of(NEAR[version]));
        socket.bind((NEAR[version], 0)).unwrap();
        socket
    }

    /// What a fresh attempt to connect is answered at once.
    fn connect(&self, to: &str) -> Option<Errno> {
        let mut socket = self.near.stream(family_of(to)).unwrap();
        socket.setblocking(false).unwrap();
        socket.connect((to, 9)).unwrap_err().errno()
    }
}

fn errno<T>(outcome: Result<T, Error>) -> Option<Errno> {
    outcome.err().and_then(|error| error.errno())
}

#[test]
fn what_calls_are_answered_while_a_link_is_down() {
    let net = Network::new();
    let down = Some(Errno::ENETDOWN);
    // The line of this network has no IPv6, and is no way to the Ethernet's without its route.
    let everywhere = Cidr::new(ip("0.0.0.0"), 0).unwrap();
    net.stack().remove_route(everywhere, ip("0.0.0.0"), net.point).unwrap();
    for version in [0, 1] {
        let (bound, fresh) = (net.bound(version), net.datagram(family_of(FAR[version])));
        let connected = net.datagram(family_of(FAR[version]));
        connected.connect((FAR[version], 9)).unwrap();
        let to = (FAR[version], 9);
        assert_eq!(bound.sendto(b"x", to), Ok(1));
        assert_eq!(net.stack().is_up(net.ethernet), Ok(true));

        net.links(false, true);
        assert_eq!(net.stack().is_up(net.ethernet), Ok(false));
        // call, answer
        for (call, answer) in [
            ("send unbound", errno(fresh.sendto(b"x", to))),
            ("send bound", errno(bound.sendto(b"x", to))),
            ("send connected", errno(connected.send(b"x"))),
            ("connect UDP", errno(net.datagram(family_of(FAR[version])).connect(to))),
            ("connect TCP", net.connect(FAR[version])),
        ] {
            assert_eq!(answer, down, "{call}, version {version}");
        }
        // Its address is still the host's own.
        let port = bound.getsockname().unwrap().port().unwrap();
        assert_eq!(bound.sendto(b"self", (NEAR[version], port)), Ok(4));
        let mut buffer = [0; 8];
        assert_eq!(bound.recv(&mut buffer), Ok(4));
        net.bound(version);
        // Another link goes on.
        assert_eq!(net.datagram(AddressFamily::INET).sendto(b"x", (POINTS[1], 9)), Ok(1));
        // Where there would be no way anyhow.
        let nowhere = net.datagram(AddressFamily::INET).sendto(b"x", ("8.8.8.8", 9));
        assert_eq!(errno(nowhere), Some(Errno::ENETUNREACH));

        net.links(true, true);
        for socket in [&fresh, &bound] {
            assert_eq!(socket.sendto(b"x", to), Ok(1));
        }
        assert_eq!(connected.send(b"x"), Ok(1));
    }
}

#[test]
fn connections_survive_a_short_loss() {
    for (version, loss) in [(0, seconds(1)), (1, seconds(1)), (0, seconds(600))] {
        let net = Network::new();
        let (near, mut far) = net.connected(FAR[version], 7);
        near.sendall(b"before").unwrap();
        let mut buffer = [0; 64];
        assert_eq!(far.recv(&mut buffer), Ok(6));

        net.links(false, false);
        // What is sent meanwhile collects.
        assert_eq!(near.send(b"during"), Ok(6));
        assert_eq!(far.send(b"back"), Ok(4));
        net.pass(loss);
        far.settimeout(Timeout::NonBlocking).unwrap();
        assert!(failed(&far.recv(&mut buffer), Errno::EAGAIN));

        net.log.take();
        net.links(true, true);
        far.settimeout(seconds(1)).unwrap(); // at once, not when a timer has run out
        assert_eq!(far.recv(&mut buffer), Ok(6), "{loss:?}\n{}", net.stack());
        assert_eq!(near.recv(&mut buffer), Ok(4));
        // The neighbour was asked for anew: another station may have been plugged in.
        let frames = net.log.take();
        let kind = |frame: &[u8]| u16::from_be_bytes([frame[12], frame[13]]);
        let (_, first) = frames.iter().find(|(way, _)| *way == Way::Out).unwrap();
        let question = if version == 0 { kind(first) == 0x0806 } else { first[14 + 40] == 135 };
        assert!(question, "{first:02x?}");
        // And all goes on.
        near.shutdown(Shutdown::WR).unwrap();
        assert_eq!(far.recv(&mut buffer), Ok(0));
    }
}

#[test]
fn patience_without_a_way_ends() {
    let net = Network::new();
    let (established, _far) = net.connected(FAR[0], 7);
    let (closed, _far2) = net.connected(FAR[0], 8);
    let (idle, far_idle) = net.connected(FAR[0], 9);
    let mut connecting = net.near.stream(AddressFamily::INET).unwrap();
    connecting.setblocking(false).unwrap();
    let connect = connecting.connect(("192.0.2.77", 1)); // nobody's: it waits for a neighbour
    assert!(failed(&connect, Errno::EINPROGRESS));
    net.links(false, false);
    established.send(b"unheard").unwrap();
    drop(closed);

    let start = net.simulation.now();
    let elapsed = || net.simulation.now().saturating_duration_since(start);
    connecting.settimeout(seconds(3600)).unwrap();
    let mut entries =
        [berkeley::PollEntry::new(connecting.handle(), berkeley::Readiness::WRITABLE)];
    assert_eq!(net.near.poll(&mut entries, Timeout::Blocking), Ok(1));
    assert!((120..130).contains(&elapsed().as_secs()), "{:?}", elapsed());
    let outcome = net.stack().connect_outcome(connecting.handle());
    assert_eq!(errno(outcome), Some(Errno::ETIMEDOUT));

    assert_eq!(errno(established.recv(&mut [0])), Some(Errno::ETIMEDOUT));
    assert!((900..1000).contains(&elapsed().as_secs()), "{:?}", elapsed());
    // Nobody holds the closed one: its place is free. The idle one has nothing to lose.
    net.pass(seconds(100));
    let table = net.stack().to_string();
    assert_eq!(table.matches("\nconnection ").count(), 1, "{table}");
    net.links(true, true);
    idle.send(b"still there").unwrap();
    assert_eq!(far_idle.recv(&mut [0; 32]), Ok(11));
}

#[test]
fn an_address_is_removed() {
    for version in [0, 1] {
        let net = Network::new();
        let (near, far) = net.connected(FAR[version], 7);
        let (bound, fresh) = (net.bound(version), net.datagram(family_of(FAR[version])));
        let connected = net.datagram(family_of(FAR[version]));
        connected.connect((FAR[version], 9)).unwrap();
        let waiting = net.near.stream(family_of(FAR[version])).unwrap();
        waiting.bind((NEAR[version], 0)).unwrap();
        let (own, to) = (ip(NEAR[version]), (FAR[version], 9));
        let name = bound.getsockname();
        // Another address of the same network stays.
        let other = ["192.0.2.5", "2001:db8::5"][version];
        net.stack().add_address(net.ethernet, cidr(other)).unwrap();
        net.stack().remove_address(net.ethernet, own).unwrap();
        let again = net.stack().remove_address(net.ethernet, own);
        assert_eq!(errno(again), Some(Errno::EADDRNOTAVAIL));

        net.log.take();
        let unreachable = Some(Errno::ENETUNREACH);
        let port = name.unwrap().port().unwrap();
        // call, answer, expected
        for (call, answer, expected) in [
            ("send bound", errno(bound.sendto(b"x", to)), unreachable),
            ("send connected", errno(connected.send(b"x")), unreachable),
            ("send to itself", errno(bound.sendto(b"x", (NEAR[version], port))), unreachable),
            ("connect bound", errno(waiting.connect(to)), unreachable),
            ("send unbound", errno(fresh.sendto(b"x", to)), None),
            ("name", errno(bound.getsockname()), None),
            (
                "bind",
                errno(net.datagram(family_of(FAR[version])).bind((NEAR[version], 0))),
                Some(Errno::EADDRNOTAVAIL),
            ),
        ] {
            assert_eq!(answer, expected, "{call}, version {version}");
        }
        assert_eq!(bound.getsockname(), name);

        // The connection is kept: neither end is told anything, and it goes on later.
        assert_eq!(near.send(b"during"), Ok(6));
        far.send(b"back").unwrap();
        net.pass(seconds(20));
        let sent = net.log.segments();
        assert!(sent.iter().all(|(way, _)| *way == Way::In), "{sent:?}");
        net.stack().add_address(net.ethernet, cidr(NEAR[version])).unwrap();
        let mut buffer = [0; 16];
        assert_eq!(far.recv(&mut buffer), Ok(6));
        assert_eq!(near.recv(&mut buffer), Ok(4));
        assert_eq!(bound.sendto(b"x", to), Ok(1));
    }
}

#[test]
fn a_connection_moves_to_the_way_that_is_left() {
    let net = Network::new();
    let (near, far) = net.connected(BEYOND, 7);
    let data = pattern(200_000, 1);
    let mut received = Vec::new();
    let mut buffer = vec![0; 10_000];
    let mut sent = 0;
    // Ethernet, the line with its smaller packets, nothing at all, and back.
    for (cable, line) in [(true, true), (false, true), (false, false), (true, false), (true, true)]
    {
        net.links(cable, line);
        net.log.take();
        let part = &data[sent..sent + 40_000];
        near.sendall(part).unwrap();
        sent += part.len();
        if cable || line {
            while received.len() < sent {
                let count = far.recv(&mut buffer).unwrap();
                received.extend_from_slice(&buffer[..count]);
            }
        } else {
            net.pass(seconds(5));
        }
        let over_cable = net.log.segments().iter().filter(|(way, _)| *way == Way::Out).count();
        assert_eq!(over_cable > 0, cable, "cable {cable}, line {line}");
    }
    assert!(received == data);
}

#[test]
fn an_interface_goes_and_comes_back() {
    let net = Network::new();
    let (near, far) = net.connected(FAR[0], 7);
    let bound = net.bound(0);
    let device = net.stack().remove_interface(net.ethernet).unwrap();
    assert_eq!(errno(net.stack().remove_interface(net.ethernet)), Some(Errno::ENODEV));
    assert_eq!(errno(net.stack().add_address(net.ethernet, cidr(NEAR[0]))), Some(Errno::ENODEV));
    assert_eq!(errno(net.stack().is_up(net.ethernet)), Some(Errno::ENODEV));
    let unreachable = Some(Errno::ENETUNREACH);
    assert_eq!(errno(bound.sendto(b"x", (FAR[0], 9))), unreachable);
    assert_eq!(net.connect(FAR[1]), unreachable);
    assert_eq!(near.send(b"during"), Ok(6));
    far.send(b"back").unwrap();
    net.pass(seconds(20));

    let again = net.stack().add_interface(device).unwrap();
    for address in NEAR {
        net.stack().add_address(again, cidr(address)).unwrap();
    }
    let mut buffer = [0; 16];
    assert_eq!(far.recv(&mut buffer), Ok(6));
    assert_eq!(near.recv(&mut buffer), Ok(4));
    assert_eq!(bound.sendto(b"x", (FAR[0], 9)), Ok(1));
}

#[test]
fn three_kinds_of_link_in_one_stack() {
    let net = Network::new();
    // destination, whose address the peer sees
    for (number, (to, from)) in
        (0..).zip([(FAR[0], NEAR[0]), (FAR[1], NEAR[1]), (POINTS[1], POINTS[0])])
    {
        let (near, far) = net.connected(to, 100 + number);
        assert_eq!(far.getpeername().unwrap().ip(), Some(ip(from)));
        let data = pattern(50_000, 1);
        near.sendall(&data).unwrap();
        let (mut received, mut buffer) = (Vec::new(), vec![0; 10_000]);
        while received.len() < data.len() {
            let count = far.recv(&mut buffer).unwrap();
            received.extend_from_slice(&buffer[..count]);
        }
        assert!(received == data, "{to}");
    }
    for own in [NEAR[0], NEAR[1], POINTS[0], "127.0.0.1", "::1"] {
        let socket = net.datagram(family_of(own));
        socket.bind((own, 0)).unwrap();
        let port = socket.getsockname().unwrap().port().unwrap();
        let sender = net.datagram(family_of(own));
        sender.sendto(b"self", (own, port)).unwrap();
        let (length, from) = socket.recvfrom(&mut [0; 8]).unwrap();
        assert_eq!((length, from.and_then(|from| from.ip())), (4, Some(ip(own))));
    }
}

#[test]
fn who_waits_learns_of_a_link_that_comes_up() {
    let net = Network::new();
    let (near, far) = net.connected(FAR[0], 7);
    net.links(false, false);
    far.send(b"late").unwrap();
    let (cable, simulation) = (net.cable.clone(), net.simulation.clone());
    let at = net.simulation.now() + seconds(30);
    net.simulation.at(at, move || {
        cable.set(true);
        simulation.kick(); // as the driver's interrupt handler
    });
    assert_eq!(near.recv(&mut [0; 8]), Ok(4));
    let late = net.simulation.now().saturating_duration_since(at);
    assert!(late < seconds(1), "{late:?}");
}
