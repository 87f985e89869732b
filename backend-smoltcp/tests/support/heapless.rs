//! Two stacks without a heap, the wire between them, and an echo over it. It knows nothing but the
//! language: a test runs it under an allocator that counts, and a program for a microcontroller links
//! it (`benches/size`), where an allocation would not link.

use core::cell::Cell;
use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use berkeley::{AddressFamily, Backend, Errno, Error, Instant, Net, Socket};
use berkeley_smoltcp::device::{Device, Medium};
use berkeley_smoltcp::{Cidr, HardwareAddress, Memory, Platform, Stack};

/// Two connections of 1 KiB each way, and fragments of up to 2 KiB.
pub type BoardMemory<'a> = Memory<'a, 2, 1024, 1024, 8, 2, 2048, 2, 1500, 1, 2048>;

/// How many bytes are echoed over the connection.
const LENGTH: usize = 20_000;

const NAMES: [[&str; 2]; 2] = [["192.0.2.1", "2001:db8::1"], ["192.0.2.2", "2001:db8::2"]];

/// A machine whose clock moves when it is told to.
#[derive(Default)]
pub struct Machine {
    milliseconds: Cell<u64>,
    kicks: Cell<u32>,
}

impl Machine {
    pub fn tick(&self) {
        self.milliseconds.set(self.milliseconds.get() + 1);
    }
}

impl Platform for Machine {
    fn now(&self) -> Instant {
        Instant::from_millis(self.milliseconds.get())
    }

    fn seq(&self) -> u32 {
        self.kicks.get()
    }

    fn park(&self, _seen: u32, _until: Option<Instant>) {
        self.tick();
    }

    fn kick(&self) {
        self.kicks.set(self.kicks.get().wrapping_add(1));
    }

    fn entropy(&self, bytes: &mut [u8]) {
        bytes.fill(5);
    }
}

const FRAMES: usize = 4;
const FRAME: usize = 1514;

/// Frames on their way in one direction: one end writes, the other reads.
pub struct Queue {
    frames: [[AtomicU8; FRAME]; FRAMES],
    lengths: [AtomicUsize; FRAMES],
    written: AtomicUsize,
    read: AtomicUsize,
}

impl Queue {
    pub const fn new() -> Queue {
        Queue {
            frames: [const { [const { AtomicU8::new(0) }; FRAME] }; FRAMES],
            lengths: [const { AtomicUsize::new(0) }; FRAMES],
            written: AtomicUsize::new(0),
            read: AtomicUsize::new(0),
        }
    }
}

/// One end of the wire.
pub struct End<'q> {
    incoming: &'q Queue,
    outgoing: &'q Queue,
    number: u8,
    frame: [u8; FRAME],
}

impl<'q> End<'q> {
    pub fn new(incoming: &'q Queue, outgoing: &'q Queue, number: u8) -> End<'q> {
        End { incoming, outgoing, number, frame: [0; FRAME] }
    }
}

impl Device for End<'_> {
    fn medium(&self) -> Medium {
        Medium::Ethernet(HardwareAddress([2, 0, 0, 0, 0, self.number]))
    }

    fn mtu(&self) -> usize {
        FRAME - 14
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let queue = self.incoming;
        let read = queue.read.load(Ordering::Relaxed);
        if read == queue.written.load(Ordering::Acquire) {
            return false;
        }
        let length = queue.lengths[read % FRAMES].load(Ordering::Relaxed);
        for (to, from) in self.frame.iter_mut().zip(&queue.frames[read % FRAMES]) {
            *to = from.load(Ordering::Relaxed);
        }
        queue.read.store(read.wrapping_add(1), Ordering::Release);
        consume(&mut self.frame[..length]);
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let queue = self.outgoing;
        let written = queue.written.load(Ordering::Relaxed);
        if written.wrapping_sub(queue.read.load(Ordering::Acquire)) == FRAMES {
            return false;
        }
        let length = fill(&mut self.frame).min(FRAME);
        if length > 0 {
            for (to, from) in queue.frames[written % FRAMES].iter().zip(&self.frame) {
                to.store(*from, Ordering::Relaxed);
            }
            queue.lengths[written % FRAMES].store(length, Ordering::Relaxed);
            queue.written.store(written.wrapping_add(1), Ordering::Release);
        }
        true
    }
}

/// A stack over this memory, at one end of the wire.
pub fn stack<'a>(
    memory: &'a mut BoardMemory<'a>,
    machine: &'a Machine,
    end: &'a mut End<'a>,
) -> Result<Stack<'a, &'a Machine>, Error> {
    let names = NAMES[usize::from(end.number)];
    let stack = Stack::new(memory, machine);
    let interface = stack.add_interface(end)?;
    for (name, prefix) in names.into_iter().zip([24, 64]) {
        let address = name.parse().map_err(|_| Error::INVALID_VALUE)?;
        stack.add_address(interface, Cidr::new(address, prefix)?)?;
    }
    Ok(stack)
}

/// A verb of a non-blocking socket: `None` when it would have to wait.
fn now<T>(outcome: Result<T, Error>) -> Result<Option<T>, Error> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is(Errno::EAGAIN) => Ok(None),
        Err(error) => Err(error),
    }
}

fn quiet<B: Backend + Clone>(socket: Socket<B>) -> Result<Socket<B>, Error> {
    let mut socket = socket;
    socket.setblocking(false)?;
    Ok(socket)
}

/// Echoes over TCP and, in fragments, over UDP, closes everything, and waits until nothing is left.
/// Says how many bytes came back.
pub fn echo(near: &Stack<'_, &Machine>, far: &Stack<'_, &Machine>) -> Result<usize, Error> {
    let machine = near.platform();
    let (here, there) = (Net::new(near), Net::new(far));
    let listener = quiet(there.stream(AddressFamily::INET)?)?;
    listener.bind(("", 7))?;
    listener.listen(1)?;
    let receiver = quiet(there.datagram(AddressFamily::INET6)?)?;
    receiver.bind(("", 7))?;
    let client = quiet(here.stream(AddressFamily::INET)?)?;
    let sender = quiet(here.datagram(AddressFamily::INET6)?)?;
    match client.connect((NAMES[1][0], 7)) {
        Err(error) if error.is(Errno::EINPROGRESS) => {}
        outcome => return outcome.map(|()| 0),
    }
    let pattern = |at: usize| (at % 251) as u8;
    let (mut server, mut sent, mut received, mut datagrams) = (None, 0, 0, 0);
    let mut buffer = [0; 1800];
    for _ in 0..10_000 {
        near.drive(16)?;
        far.drive(16)?;
        if server.is_none() {
            server = now(listener.accept())?.map(|(socket, _)| quiet(socket)).transpose()?;
        }
        if sent < LENGTH && sent < received + 500 {
            let part = &mut buffer[..(LENGTH - sent).min(500)];
            part.iter_mut().zip(sent..).for_each(|(byte, at)| *byte = pattern(at));
            sent += now(client.send(part))?.unwrap_or(0);
        }
        if let Some(server) = &server
            && let Some(length @ 1..) = now(server.recv(&mut buffer))?
        {
            // What was read leaves room for as much.
            let _ = now(server.send(&buffer[..length]))?;
        }
        if let Some(length) = now(client.recv(&mut buffer))? {
            let right = buffer[..length].iter().zip(received..).all(|(b, at)| *b == pattern(at));
            if !right {
                return Err(Error::INVALID_VALUE);
            }
            received += length;
        }
        if datagrams == received / 5000 {
            now(sender.sendto(&[1; 1800], (NAMES[1][1], 7)))?;
            datagrams += 1;
        }
        if let Some((length, Some(from))) = now(receiver.recvfrom(&mut buffer))? {
            now(receiver.sendto(&buffer[..length], from))?;
        }
        let _ = now(sender.recv(&mut buffer))?;
        if received == LENGTH {
            break;
        }
        machine.tick();
    }
    drop((client, server, sender, receiver, listener));
    for _ in 0..70_000 {
        near.drive(16)?;
        far.drive(16)?;
        machine.tick();
    }
    Ok(received)
}
