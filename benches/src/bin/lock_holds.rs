//! How long the userspace stack holds its lock: on a microcontroller interrupts may be masked as long.
//!
//! One of two stacks has a lock whose holds `lock_holds.sh` counts one by one with callgrind, while a
//! program connects, sends and receives in frames of 1514 bytes with checksums, over Ethernet.

use std::cell::{Cell, RefCell};
use std::process::ExitCode;
use std::rc::Rc;

use berkeley::{AddressFamily, Errno, Error, Net, Socket};
use berkeley_benches::in_memory::{Clock, Port};
use berkeley_benches::must;
use berkeley_smoltcp::lock::{Lock, LockFamily, SingleThread};
use berkeley_smoltcp::{Cidr, HardwareAddress, Memory, Stack};

const ADDRESSES: [&str; 2] = ["192.0.2.1", "192.0.2.2"];
const PORT: u16 = 7;
/// Bytes that a full frame carries.
const SEGMENT: usize = 1460;
const DATAGRAM: usize = 1472;

/// As on a board: nothing is allocated.
type BoardMemory = Memory<'static, 4, 4096, 4096>;

const EMPTY: BoardMemory = Memory::new();

thread_local! {
    /// Holds are counted from now on.
    static COUNTING: Cell<bool> = const { Cell::new(false) };
}

/// A hold that is counted. Callgrind knows these two by their names: it collects inside of `held`, and
/// writes down what it has collected when `counted_hold` returns.
#[inline(never)]
fn counted_hold<T, R>(value: &mut T, action: impl FnOnce(&mut T) -> R) -> R {
    let result = held(value, action);
    std::hint::black_box(());
    result
}

#[inline(never)]
fn held<T, R>(value: &mut T, action: impl FnOnce(&mut T) -> R) -> R {
    action(value)
}

struct Counted;

struct CountedLock<T>(RefCell<T>);

impl LockFamily for Counted {
    type Lock<T> = CountedLock<T>;
}

impl<T> Lock<T> for CountedLock<T> {
    fn new(value: T) -> CountedLock<T> {
        CountedLock(RefCell::new(value))
    }

    fn with<R>(&self, action: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
        let mut value = self.0.try_borrow_mut().map_err(|_| Error::REENTERED)?;
        Ok(match COUNTING.get() {
            true => counted_hold(&mut *value, action),
            false => action(&mut value),
        })
    }
}

type Near = Rc<Stack<'static, Clock, Counted>>;
type Far = Rc<Stack<'static, Clock, SingleThread>>;

/// The stack whose holds are counted, and its peer.
struct Ends {
    clock: Clock,
    near: Near,
    far: Far,
}

impl Ends {
    fn new() -> Ends {
        let hardware = [1, 2].map(|last| HardwareAddress([2, 0, 0, 0, 0, last]));
        let (one, other) = Port::pair(hardware, 64);
        let clock = Clock::default();
        let near = stack(&clock, one, ADDRESSES[0]);
        let far = stack(&clock, other, ADDRESSES[1]);
        Ends { clock, near, far }
    }

    /// Lets both ends go on for longer than an acknowledgement is delayed.
    fn go_on(&self) {
        for _ in 0..20 {
            while must(self.near.drive(1)) | must(self.far.drive(1)) {}
            self.clock.advance(1_000_000);
        }
    }

    /// A connection: the near end, the far end.
    fn connected(&self) -> (Socket<Near>, Socket<Far>) {
        let (here, there) = (Net::new(Rc::clone(&self.near)), Net::new(Rc::clone(&self.far)));
        let listener = must(there.stream(AddressFamily::INET));
        must(listener.bind(("", PORT)));
        must(listener.listen(1));
        let mut near = must(here.stream(AddressFamily::INET));
        must(near.setblocking(false));
        if let Err(error) = near.connect((ADDRESSES[1], PORT)) {
            assert!(error.is(Errno::EINPROGRESS), "{error:?}");
        }
        self.go_on();
        let (mut far, _) = must(listener.accept());
        must(far.setblocking(false));
        (near, far)
    }
}

fn stack<L: LockFamily>(clock: &Clock, port: Port, address: &str) -> Rc<Stack<'static, Clock, L>> {
    let stack = Rc::new(Stack::new(Box::leak(Box::new(EMPTY)), clock.clone()));
    let interface = must(stack.add_interface(Box::new(port)));
    must(stack.add_address(interface, must(Cidr::new(must(address.parse()), 24))));
    stack
}

fn connect() {
    let ends = Ends::new();
    COUNTING.set(true);
    drop(ends.connected());
    ends.go_on();
}

fn send() {
    let ends = Ends::new();
    let (near, far) = ends.connected();
    COUNTING.set(true);
    let mut buffer = [0; 4096];
    for _ in 0..20 {
        must(near.send(&[7; SEGMENT]));
        ends.go_on();
        must(far.recv(&mut buffer));
    }
}

fn receive() {
    let ends = Ends::new();
    let (near, far) = ends.connected();
    COUNTING.set(true);
    let mut buffer = [0; SEGMENT];
    for _ in 0..20 {
        must(far.send(&[7; SEGMENT]));
        ends.go_on();
        must(near.recv(&mut buffer));
    }
}

fn datagrams() {
    let ends = Ends::new();
    let near = must(Net::new(Rc::clone(&ends.near)).datagram(AddressFamily::INET));
    let far = must(Net::new(Rc::clone(&ends.far)).datagram(AddressFamily::INET));
    must(near.bind(("", PORT)));
    must(far.bind(("", PORT)));
    COUNTING.set(true);
    let mut buffer = [0; DATAGRAM];
    for _ in 0..20 {
        must(near.sendto(&[7; DATAGRAM], (ADDRESSES[1], PORT)));
        must(far.sendto(&[7; DATAGRAM], (ADDRESSES[0], PORT)));
        ends.go_on();
        must(near.recv(&mut buffer));
        must(far.recv(&mut buffer));
    }
}

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("connect") => connect(),
        Some("send") => send(),
        Some("receive") => receive(),
        Some("datagrams") => datagrams(),
        _ => {
            eprintln!("usage: lock_holds connect|send|receive|datagrams");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
