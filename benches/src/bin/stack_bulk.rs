//! Bulk transfer in memory: a program sends as much as is taken, another one receives it, over a cable
//! of frames of 1514 bytes with checksums.
//!
//! Both ends are stacks of the same kind, on one thread, so that time is processor time. Both kinds
//! have buffers of 64 KiB, the same device, Reno as congestion control, and copy the data in and out.
//! An operation is 1460 bytes, as many as a frame carries.

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::rc::Rc;

use berkeley::{AddressFamily, Errno, Error, Net, Socket};
use berkeley_benches::command_line::{self, Entry};
use berkeley_benches::in_memory::{Clock, Port};
use berkeley_benches::side_by_side::{Competitor, Group};
use berkeley_benches::{must, stacks};
use berkeley_smoltcp::{HardwareAddress, Stack};
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp;

const GROUPS: &[Entry] = &[("stack-bulk", group)];

/// Bytes of data in a full frame.
const SEGMENT: usize = 1460;
/// Bytes of each buffer of a connection.
const BUFFER: usize = 65_536;
/// Bytes that the programs send and receive at a time.
const CHUNK: usize = 16_384;
/// Frames that the cable has room for: more than a window of data.
const ROOM: usize = 64;

/// The two ends.
const ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2)];
const HARDWARE: [HardwareAddress; 2] =
    [HardwareAddress([2, 0, 0, 0, 0, 1]), HardwareAddress([2, 0, 0, 0, 0, 2])];
const PORT: u16 = 7;

fn main() -> ExitCode {
    command_line::main(GROUPS)
}

fn group(count: usize) -> Group {
    Group::new("stack-bulk", "smoltcp", count)
        .with(competitor::<Smoltcp>("smoltcp", count))
        .with(competitor::<Ours>("berkeley", count).ours())
}

fn competitor<E: Ends + 'static>(name: &'static str, count: usize) -> Competitor {
    let transfer = Rc::new(RefCell::new(None));
    let checked = Rc::clone(&transfer);
    let run = move |transfer: &RefCell<Option<Transfer<E>>>, bytes, compare| {
        transfer.borrow_mut().get_or_insert_with(Transfer::new).run(bytes, compare);
    };
    Competitor::new(
        name,
        move || run(&checked, 100 * BUFFER, true),
        move || run(&transfer, count * SEGMENT, false),
    )
}

/// A connection between two stacks.
trait Ends {
    /// The stacks at the ends of this cable, and a connection between them.
    fn new(ports: (Port, Port), clock: Clock) -> Self;

    /// Sends from the first end: how much was taken.
    fn send(&mut self, data: &[u8]) -> usize;

    /// Receives at the second end: how much there was.
    fn recv(&mut self, buffer: &mut [u8]) -> usize;

    /// Works off all frames that there are.
    fn drive(&mut self);
}

struct Transfer<E> {
    ends: E,
    clock: Clock,
    data: Vec<u8>,
    buffer: Vec<u8>,
    /// How many bytes were sent and received ever.
    sent: usize,
    received: usize,
}

impl<E: Ends> Transfer<E> {
    fn new() -> Transfer<E> {
        let clock = Clock::default();
        let ends = E::new(Port::pair(HARDWARE, ROOM), clock.clone());
        // Its period is no power of two: what arrives in the wrong place differs.
        let data = (0..=250).cycle().take(251 * 500).collect();
        Transfer { ends, clock, data, buffer: vec![0; CHUNK], sent: 0, received: 0 }
    }

    /// Sends so many bytes more and receives them. What is received is compared, or is not, to be
    /// the program that copies only.
    fn run(&mut self, bytes: usize, compare: bool) {
        let end = self.sent + bytes;
        while self.received < end {
            let before = self.received;
            while self.sent < end {
                let chunk = &self.data[self.sent % 251..][..CHUNK.min(end - self.sent)];
                let count = self.ends.send(chunk);
                self.sent += count;
                if count == 0 {
                    break;
                }
            }
            self.ends.drive();
            loop {
                let count = self.ends.recv(&mut self.buffer);
                if count == 0 {
                    break;
                }
                if compare {
                    let expected = &self.data[self.received % 251..][..count];
                    assert!(self.buffer[..count] == *expected, "after {}", self.received);
                }
                self.received += count;
            }
            // A frame takes time; where nothing moves it is a timer that is waited for.
            self.clock.advance(if self.received > before { 10_000 } else { 1_000_000 });
        }
    }
}

/// What a call that does not wait has moved.
fn moved(outcome: Result<usize, Error>) -> usize {
    match outcome {
        Err(error) if error.is(Errno::EAGAIN) => 0,
        outcome => must(outcome),
    }
}

/// Two userspace stacks, with programs that use their sockets without blocking.
struct Ours {
    stacks: [Rc<Stack<'static, Clock>>; 2],
    sender: Socket<Rc<Stack<'static, Clock>>>,
    receiver: Socket<Rc<Stack<'static, Clock>>>,
}

impl Ends for Ours {
    fn new(ports: (Port, Port), clock: Clock) -> Ours {
        let [near, far] = ADDRESSES;
        let stacks = [
            stacks::ours(ports.0, &clock, near, 1, BUFFER),
            stacks::ours(ports.1, &clock, far, 1, BUFFER),
        ];
        let [mut sender, mut listener] = [0, 1].map(|side: usize| {
            must(Net::new(Rc::clone(&stacks[side])).stream(AddressFamily::INET))
        });
        must(listener.setblocking(false));
        must(listener.bind(("", PORT)));
        must(listener.listen(1));
        must(sender.setblocking(false));
        let begun = sender.connect((ADDRESSES[1], PORT));
        assert!(begun.is_err_and(|error| error.is(Errno::EINPROGRESS)), "a SYN is under way");
        for _ in 0..4 {
            stacks.iter().for_each(|stack| _ = must(stack.drive(usize::MAX)));
        }
        let (mut receiver, _) = must(listener.accept());
        must(receiver.setblocking(false));
        Ours { stacks, sender, receiver }
    }

    fn send(&mut self, data: &[u8]) -> usize {
        moved(self.sender.send(data))
    }

    fn recv(&mut self, buffer: &mut [u8]) -> usize {
        moved(self.receiver.recv(buffer))
    }

    fn drive(&mut self) {
        self.stacks.iter().for_each(|stack| _ = must(stack.drive(usize::MAX)));
    }
}

/// smoltcp without anything around it.
struct Smoltcp {
    clock: Clock,
    ends: [SmoltcpEnd; 2],
}

struct SmoltcpEnd {
    port: Port,
    interface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
}

impl SmoltcpEnd {
    fn new(mut port: Port, clock: &Clock, address: Ipv4Addr) -> SmoltcpEnd {
        let interface = stacks::smoltcp(&mut port, clock, address);
        let mut sockets = SocketSet::new(Vec::new());
        let handle = sockets.add(stacks::smoltcp_socket(BUFFER));
        SmoltcpEnd { port, interface, sockets, handle }
    }

    fn socket(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.handle)
    }

    fn poll(&mut self, clock: &Clock) {
        self.interface.poll(clock.smoltcp(), &mut self.port, &mut self.sockets);
    }
}

impl Ends for Smoltcp {
    fn new(ports: (Port, Port), clock: Clock) -> Smoltcp {
        let [near, far] = ADDRESSES;
        let ends = [SmoltcpEnd::new(ports.0, &clock, near), SmoltcpEnd::new(ports.1, &clock, far)];
        let mut both = Smoltcp { clock, ends };
        must(both.ends[1].socket().listen(PORT));
        let SmoltcpEnd { interface, sockets, handle, .. } = &mut both.ends[0];
        let socket = sockets.get_mut::<tcp::Socket<'_>>(*handle);
        must(socket.connect(interface.context(), (ADDRESSES[1], PORT), 49_152));
        for _ in 0..4 {
            both.drive();
        }
        assert_eq!(both.ends[1].socket().state(), tcp::State::Established);
        both
    }

    fn send(&mut self, data: &[u8]) -> usize {
        must(self.ends[0].socket().send_slice(data))
    }

    fn recv(&mut self, buffer: &mut [u8]) -> usize {
        must(self.ends[1].socket().recv_slice(buffer))
    }

    fn drive(&mut self) {
        self.ends.iter_mut().for_each(|end| end.poll(&self.clock));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every measurement checks for itself, at every test run.
    #[test]
    fn every_byte_arrives() {
        group(1).check();
    }
}
