//! Echoes over the userspace stack, with one and with ten thousand open connections, and connections
//! that come and go among as many others.
//!
//! An echo is a frame in with 64 bytes of data, for a connection that is picked at random, the
//! program's receive and send, and a frame out. smoltcp is driven directly, with one connection, which
//! is what it is quickest with. Both have the same device, the same frames, checksums in both
//! directions, and copy the data to the program and back. `peer` is what making and checking the
//! frames costs, which is in every row.

use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;

use berkeley::options::SO_KEEPALIVE;
use berkeley::{AddressFamily, Net, OptionLevel, Socket};
use berkeley_benches::command_line::{self, Entry};
use berkeley_benches::in_memory::{Clock, Port};
use berkeley_benches::peer::{
    DATA, PEER_HARDWARE, Peer, SERVER, SERVER_HARDWARE, SERVER_PORT, turned_round,
};
use berkeley_benches::side_by_side::{Competitor, Group};
use berkeley_benches::{must, stacks};
use berkeley_smoltcp::Stack;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp;

const GROUPS: &[Entry] = &[("stack-echo", echoes), ("stack-connect", connections)];

/// Bytes of each buffer of a connection.
const BUFFER: usize = 1024;
/// Frames that a queue has room for.
const ROOM: usize = 4;
/// How much time passes with each echo. So little that no timer is due: it is the work for the frames
/// that is compared.
const NANOSECONDS: u64 = 100;

fn main() -> ExitCode {
    command_line::main(GROUPS)
}

fn echoes(count: usize) -> Group {
    Group::new("stack-echo", "smoltcp", count)
        .with(echo::<Smoltcp>("smoltcp", 1, count))
        .with(echo::<Ours<false>>("berkeley-1", 1, count).ours())
        .with(echo::<Ours<false>>("berkeley-10", 10, count).ours())
        .with(echo::<Ours<false>>("berkeley-100", 100, count).ours())
        .with(echo::<Ours<false>>("berkeley-1000", 1_000, count).ours())
        .with(echo::<Ours<false>>("berkeley-10000", 10_000, count).ours())
        .with(echo_among_idle::<Ours<true>>("berkeley-idle-10000", 10_000, count).ours())
        .with(echo::<Mirror>("peer", 1, count))
}

fn connections(count: usize) -> Group {
    Group::new("stack-connect", "berkeley-1000", count)
        .with(connect::<Ours<false>>("berkeley-1000", 1_000, count).ours())
        .with(connect::<Ours<false>>("berkeley-10000", 10_000, count).ours())
}

/// So many echoes, with so many open connections.
fn echo<S: Server + 'static>(name: &'static str, open: usize, count: usize) -> Competitor {
    competitor::<S>(name, open, count, Network::echo)
}

/// The same on one of the connections, while all others are idle.
fn echo_among_idle<S: Server + 'static>(
    name: &'static str,
    open: usize,
    count: usize,
) -> Competitor {
    competitor::<S>(name, open, count, |network| network.echo_on(0))
}

/// As often a connection is reset and another one established, with so many that stay.
fn connect<S: Server + 'static>(name: &'static str, open: usize, count: usize) -> Competitor {
    competitor::<S>(name, open, count, Network::replace)
}

fn competitor<S: Server + 'static>(
    name: &'static str,
    open: usize,
    count: usize,
    operation: fn(&mut Network<S>),
) -> Competitor {
    // Made when it is needed: one competitor's ten thousand connections are not in another one's way.
    let network = Rc::new(RefCell::new(None));
    let checked = Rc::clone(&network);
    let run = move |network: &RefCell<Option<Network<S>>>, count| {
        let mut network = network.borrow_mut();
        let network = network.get_or_insert_with(|| Network::new(open));
        for _ in 0..count {
            operation(network);
        }
    };
    // Each operation checks what it gets.
    Competitor::new(name, move || run(&checked, 1_000), move || run(&network, count))
}

/// A server, and the peer that it has connections with.
struct Network<S> {
    clock: Clock,
    peer: Peer,
    server: S,
}

/// A stack with a program that echoes.
trait Server {
    /// A server at this end of the cable, with room for so many connections.
    fn new(port: Port, clock: Clock, open: usize) -> Self;

    /// Works off one frame.
    fn drive(&mut self);

    /// Accepts a connection, in the place of number `number` or as a further one.
    fn accept(&mut self, number: usize);

    /// Works off one frame of this connection, and echoes its data.
    fn echo(&mut self, number: usize);
}

impl<S: Server> Network<S> {
    fn new(open: usize) -> Network<S> {
        let (port, far) = Port::pair([SERVER_HARDWARE, PEER_HARDWARE], ROOM);
        let clock = Clock::default();
        let server = S::new(port, clock.clone(), open);
        let mut network = Network { clock, peer: Peer::new(far), server };
        network.server.drive();
        network.peer.take_answer();
        for _ in 0..open {
            let number = network.peer.begin();
            network.establish(number);
        }
        network
    }

    /// The handshake of a connection that has begun.
    fn establish(&mut self, number: usize) {
        self.clock.advance(NANOSECONDS);
        self.server.drive();
        self.peer.establish(number);
        self.server.drive();
        self.server.accept(number);
    }

    fn echo(&mut self) {
        let number = self.peer.choose();
        self.echo_on(number);
    }

    fn echo_on(&mut self, number: usize) {
        self.clock.advance(NANOSECONDS);
        self.peer.request(number);
        self.server.echo(number);
        self.peer.take_echo(number);
    }

    fn replace(&mut self) {
        let number = self.peer.choose();
        self.peer.reset(number);
        self.server.drive();
        self.peer.begin_again(number);
        self.establish(number);
    }
}

/// The userspace stack, with a program that uses its sockets without blocking, and may want idle
/// connections to be probed.
struct Ours<const KEEPALIVE: bool> {
    stack: Rc<Stack<'static, Clock>>,
    listener: Socket<Rc<Stack<'static, Clock>>>,
    connections: Vec<Socket<Rc<Stack<'static, Clock>>>>,
}

impl<const KEEPALIVE: bool> Server for Ours<KEEPALIVE> {
    fn new(port: Port, clock: Clock, open: usize) -> Self {
        let stack = stacks::ours(port, &clock, SERVER.into(), open as u16, BUFFER);
        let mut listener = must(Net::new(Rc::clone(&stack)).stream(AddressFamily::INET));
        must(listener.setblocking(false));
        // Accepted connections inherit it.
        must(listener.setsockopt(OptionLevel::SOCKET, SO_KEEPALIVE, i32::from(KEEPALIVE)));
        must(listener.bind(("", SERVER_PORT)));
        must(listener.listen(1));
        Ours { stack, listener, connections: Vec::new() }
    }

    fn drive(&mut self) {
        must(self.stack.drive(1));
    }

    fn accept(&mut self, number: usize) {
        let (mut accepted, _) = must(self.listener.accept());
        must(accepted.setblocking(false));
        match self.connections.get_mut(number) {
            Some(old) => *old = accepted,
            None => self.connections.push(accepted),
        }
    }

    fn echo(&mut self, number: usize) {
        must(self.stack.drive(1));
        let mut buffer = [0; BUFFER];
        let socket = &self.connections[number];
        let count = must(socket.recv(&mut buffer));
        assert_eq!(socket.send(&buffer[..count]), Ok(DATA));
    }
}

/// smoltcp without anything around it.
struct Smoltcp {
    clock: Clock,
    port: Port,
    interface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
}

impl Server for Smoltcp {
    fn new(mut port: Port, clock: Clock, open: usize) -> Smoltcp {
        assert_eq!(open, 1, "smoltcp looks at all sockets for each frame: a different measurement");
        let interface = stacks::smoltcp(&mut port, &clock, SERVER.into());
        let mut socket = stacks::smoltcp_socket(BUFFER);
        must(socket.listen(SERVER_PORT));
        let mut sockets = SocketSet::new(Vec::new());
        let handle = sockets.add(socket);
        Smoltcp { clock, port, interface, sockets, handle }
    }

    fn drive(&mut self) {
        let now = self.clock.smoltcp();
        self.interface.poll_ingress_single(now, &mut self.port, &mut self.sockets);
        self.interface.poll_egress(now, &mut self.port, &mut self.sockets);
    }

    fn accept(&mut self, _: usize) {
        let socket = self.sockets.get::<tcp::Socket<'_>>(self.handle);
        assert_eq!(socket.state(), tcp::State::Established);
    }

    fn echo(&mut self, _: usize) {
        let now = self.clock.smoltcp();
        self.interface.poll_ingress_single(now, &mut self.port, &mut self.sockets);
        let mut buffer = [0; BUFFER];
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.handle);
        let count = must(socket.recv_slice(&mut buffer));
        assert_eq!(socket.send_slice(&buffer[..count]), Ok(DATA));
        self.interface.poll_egress(now, &mut self.port, &mut self.sockets);
    }
}

/// Nobody: turns the peer's frames round, so that what is left is the peer.
struct Mirror(Port);

impl Server for Mirror {
    fn new(port: Port, _: Clock, _: usize) -> Mirror {
        Mirror(port)
    }

    fn drive(&mut self) {
        self.0.receive(|frame| self.0.transmit(|room| turned_round(frame, room)));
    }

    fn accept(&mut self, _: usize) {}

    fn echo(&mut self, _: usize) {
        self.drive();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every measurement checks for itself, at every test run.
    #[test]
    fn echoes_come_back_and_connections_come_and_go() {
        fn echo<S: Server>(open: usize) {
            let mut network = Network::<S>::new(open);
            (0..1_000).for_each(|_| network.echo());
        }
        echo::<Ours<false>>(1);
        echo::<Ours<false>>(100);
        echo::<Smoltcp>(1);
        echo::<Mirror>(1);
        let mut network = Network::<Ours<false>>::new(100);
        for _ in 0..1_000 {
            network.replace();
            network.echo();
        }
    }
}
