//! The target `unix_calls`: UNIX sockets of one stack, beside a model of them.
//!
//! Every call is made on both, and answers the same: the same bytes, names, addresses and errors. After
//! each, every socket has the same names on both and is ready for the same, the tables hold as many, and
//! whoever sleeps was woken if there is something to be found.

pub mod model;
mod waiting;

use std::fmt::Debug;
use std::mem::ManuallyDrop;

use berkeley::{
    Address, AddressFamily, Backend, Errno, Error, MessageFlags, OptionLevel, OtherAddress,
    Patience, PollEntry, Protocol, Readiness, Shutdown, SocketType, UnixAddress, options,
};
use berkeley_smoltcp::{Capacity, Handle, Memory, Stack};

use self::model::{Model, Number, Place};
use self::waiting::Sleeper;
use super::input::Input;
use super::machine::Machine;
use super::stale::Stale;
use super::{TRACE, all_is_given_back, nothing_overflows};

/// How many of everything there are, on the heap or not.
const DESCRIPTORS: u16 = 8;
const SOCKETS: u16 = 10;
/// More than the smallest `SO_SNDBUF`.
const QUEUE: usize = 6000;

/// On the heap.
const CAPACITY: Capacity = Capacity {
    descriptors: DESCRIPTORS,
    connections: 0,
    receive: 0,
    send: 0,
    half_open: 0,
    time_wait: 0,
    datagrams: 0,
    queue: 0,
    unix_sockets: SOCKETS,
    unix_queue: QUEUE,
    memberships: 0,
    interfaces: 0,
    addresses: 0,
    routes: 0,
    neighbours: 0,
    packets: 0,
    packet: 0,
    reassemblies: 0,
    waiters: 4,
};

/// The same without a heap.
type Fixed<'a> =
    Memory<'a, 0, 0, 0, { DESCRIPTORS as usize }, 0, 0, 0, 0, 0, 0, { SOCKETS as usize }, QUEUE>;

/// Runs an input.
///
/// # Panics
///
/// The stack and the model differ, or something else is not as it must be.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let is_fixed = input.byte() & 1 != 0;
    if !is_fixed {
        return run(&Stack::new(CAPACITY, Machine::new(0)), &mut input);
    }
    // The memory refers to itself: nothing in it may be dropped, and nothing needs to be.
    let mut memory = ManuallyDrop::new(Fixed::new());
    run(&Stack::new(&mut *memory, Machine::new(0)), &mut input);
}

fn run(stack: &Stack<'_, Machine>, input: &mut Input<'_>) {
    let mut program = Program {
        stack,
        model: Model::new(SOCKETS.into(), QUEUE),
        held: Vec::new(),
        sent: 0,
        sleeper: None,
        stale: Stale::new(DESCRIPTORS),
    };
    while !input.is_empty() {
        program.operate(input);
        program.compare();
    }
    while !program.held.is_empty() {
        program.close(0);
        program.compare();
    }
    all_is_given_back(stack);
}

/// A program on the stack and on the model.
struct Program<'s, 'm> {
    stack: &'s Stack<'m, Machine>,
    model: Model,
    held: Vec<(Handle, Number)>,
    /// How many bytes were sent.
    sent: usize,
    sleeper: Option<Sleeper>,
    stale: Stale,
}

impl Program<'_, '_> {
    /// Makes one call.
    fn operate(&mut self, input: &mut Input<'_>) {
        let (call, choice) = (input.byte(), input.byte());
        let socket_type =
            [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET][usize::from(choice % 3)];
        match call % 16 {
            0 => return self.open(socket_type),
            1 => return self.open_pair(socket_type),
            _ => {}
        }
        let Some(index) = usize::from(choice).checked_rem(self.held.len()) else { return };
        match call % 16 {
            2 => self.bind(index, place(input)),
            3 => self.listen(index, input.byte() % 4),
            4 => self.accept(index),
            5 => self.connect(index, place(input)),
            6 | 7 => self.send(index, None, input.length()),
            8 => self.send(index, Some(place(input)), input.length()),
            9 | 10 => self.receive(index, input.length(), input.byte() & 7 == 7),
            11 => self.shutdown(index, i32::from(input.byte() % 3)),
            12 => self.close(index),
            13 => self.option(index, input.byte()),
            14 => self.wait(index, Readiness(u16::from(input.byte() & 7)), input.byte()),
            _ => {
                let held: Vec<&Handle> = self.held.iter().map(|(handle, _)| handle).collect();
                self.stale.try_next(&self.stack, &held);
            }
        }
    }

    /// Whether the program may hold so many sockets more.
    fn may_hold(&self, more: usize) -> bool {
        self.held.len() + more <= usize::from(DESCRIPTORS)
    }

    fn open(&mut self, socket_type: SocketType) {
        let answer = self.stack.socket(AddressFamily::UNIX, socket_type, Protocol::DEFAULT, true);
        let expected =
            if self.may_hold(1) { self.model.open(socket_type) } else { Err(Errno::EMFILE) };
        tell("socket", &socket_type, &answer);
        assert_eq!(number_of(&answer), expected.map(drop));
        self.held.extend(answer.ok().zip(expected.ok()));
    }

    fn open_pair(&mut self, socket_type: SocketType) {
        let family = AddressFamily::UNIX;
        let answer = self.stack.socketpair(family, socket_type, Protocol::DEFAULT, true);
        tell("socketpair", &socket_type, &answer);
        // One after the other, as the first error says.
        let first =
            if self.may_hold(1) { self.model.open(socket_type) } else { Err(Errno::EMFILE) };
        let second =
            if self.may_hold(2) { self.model.open(socket_type) } else { Err(Errno::EMFILE) };
        let expected = first.and_then(|one| second.map(|other| (one, other)));
        assert_eq!(number_of(&answer), expected.map(drop));
        match (answer, expected) {
            (Ok((one, other)), Ok((first, second))) => {
                self.model.join(first, second);
                self.held.extend([(one, first), (other, second)]);
            }
            _ => [first, second].into_iter().flatten().for_each(|number| self.model.close(number)),
        }
    }

    fn bind(&mut self, index: usize, place: Place) {
        let (handle, number) = &self.held[index];
        let answer = self.stack.bind(handle, &address_of(place));
        tell("bind", &(number, place), &answer);
        assert_eq!(number_of(&answer), self.model.bind(*number, place));
        let chosen = matches!(place, Place::Name(UnixAddress::UNNAMED));
        if answer.is_ok() && chosen && self.model.socket(*number).name.is_unnamed() {
            let Ok(Address::Unix(name)) = self.stack.getsockname(handle) else { panic!("no name") };
            let is_number = |name: &[u8]| name.len() == 5 && name.iter().all(u8::is_ascii_hexdigit);
            assert!(name.as_abstract_name().is_some_and(is_number), "{name:?}");
            self.model.named(*number, name);
        }
    }

    fn listen(&mut self, index: usize, backlog: u8) {
        let (handle, number) = &self.held[index];
        let answer = self.stack.listen(handle, backlog.into());
        tell("listen", &(number, backlog), &answer);
        assert_eq!(number_of(&answer), self.model.listen(*number, backlog.into()));
    }

    fn accept(&mut self, index: usize) {
        let (handle, number) = &self.held[index];
        let answer = self.stack.accept(handle, Patience::Never, true);
        tell("accept", number, &answer);
        let expected = self.model.accept(*number, self.may_hold(1));
        assert_eq!(number_of(&answer), expected.map(drop));
        if let (Ok((handle, address)), Ok(number)) = (answer, expected) {
            let name = self.model.peer_name(number).expect("connected");
            assert_eq!(address, Address::Unix(name));
            self.held.push((handle, number));
        }
    }

    fn connect(&mut self, index: usize, place: Place) {
        let (handle, number) = &self.held[index];
        let answer = self.stack.connect(handle, &address_of(place), Patience::Never);
        tell("connect", &(number, place), &answer);
        assert_eq!(number_of(&answer), self.model.connect(*number, place));
    }

    fn send(&mut self, index: usize, place: Option<Place>, length: usize) {
        let (handle, number) = &self.held[index];
        // No two parts of what is sent are alike.
        let data: Vec<u8> =
            (self.sent..self.sent + length).map(|place| (place % 251) as u8).collect();
        let (flags, never) = (MessageFlags::NONE, Patience::Never);
        let answer = match place {
            Some(place) => self.stack.sendto(handle, &data, flags, &address_of(place), never),
            None => self.stack.send(handle, &data, flags, never),
        };
        tell("send", &(number, place, length), &answer);
        let expected = self.model.send(*number, place, &data);
        assert_eq!(answer.as_ref().ok(), expected.as_ref().ok());
        assert_eq!(number_of(&answer), expected.map(drop));
        self.sent += answer.unwrap_or(0);
    }

    fn receive(&mut self, index: usize, length: usize, peek: bool) {
        let (handle, number) = &self.held[index];
        let flags = if peek { MessageFlags::PEEK } else { MessageFlags::NONE };
        let mut buffer = vec![0; length];
        let answer = self.stack.recvfrom(handle, &mut buffer, flags, Patience::Never);
        tell("receive", &(number, length, peek), &answer);
        let expected = self.model.receive(*number, length, peek);
        let found = answer.as_ref().map(|(count, from)| (buffer[..*count].to_vec(), *from));
        let wanted = expected.as_ref().map(|(data, from)| (data.clone(), from.map(Address::Unix)));
        assert_eq!(found.ok(), wanted.ok());
        assert_eq!(number_of(&answer), expected.map(drop));
    }

    fn shutdown(&mut self, index: usize, how: i32) {
        let (handle, number) = &self.held[index];
        let answer = self.stack.shutdown(handle, Shutdown(how));
        tell("shutdown", &(number, how), &answer);
        assert_eq!(answer, Ok(()));
        self.model.shutdown(*number, Shutdown(how));
    }

    fn close(&mut self, index: usize) {
        let (handle, number) = self.held.swap_remove(index);
        let answer = self.stack.close(handle, Patience::Never);
        tell("close", &number, &answer);
        assert_eq!(answer, Ok(()));
        self.model.close(number);
    }

    /// Takes the pending error, or says how much may be sent.
    fn option(&mut self, index: usize, choice: u8) {
        let (handle, number) = &self.held[index];
        let level = OptionLevel::SOCKET;
        let ask = |name| {
            let mut bytes = [0; 4];
            let length = self.stack.getsockopt(handle, level, name, &mut bytes);
            assert_eq!(length, Ok(4));
            options::int_of(&bytes)
        };
        if choice < 128 {
            let error = ask(options::SO_ERROR);
            tell("SO_ERROR", number, &error);
            let expected = self.model.take_error(*number);
            assert_eq!(error, expected.map_or_else(Errno::raw, |()| 0));
        } else {
            let bytes = i32::from(choice) * 16;
            let answer =
                self.stack.setsockopt(handle, level, options::SO_SNDBUF, &bytes.to_ne_bytes());
            tell("SO_SNDBUF", &(number, bytes), &answer);
            assert_eq!(answer, Ok(()));
            self.model.limit(*number, ask(options::SO_SNDBUF) as usize);
        }
    }

    /// Compares everything that can be asked of both.
    fn compare(&mut self) {
        for (handle, number) in &self.held {
            let name = self.stack.getsockname(handle);
            assert_eq!(name, Ok(Address::Unix(self.model.socket(*number).name)), "{number}");
            let (found, expected) = (self.stack.getpeername(handle), self.model.peer_name(*number));
            assert_eq!(number_of(&found), expected.map(drop), "{number}");
            assert_eq!(found.ok(), expected.ok().map(Address::Unix), "{number}");
            let everything = Readiness::READABLE | Readiness::PRIORITY | Readiness::WRITABLE;
            let mut entries = [PollEntry::new(handle, everything)];
            self.stack.wait(&mut entries, Some(self.stack.now())).expect("no signals");
            assert_eq!(
                entries[0].ready,
                self.model.readiness(*number),
                "{number}:\n{}",
                self.stack
            );
        }
        let usage = self.stack.usage().expect("not from inside the stack");
        assert_eq!(usage.descriptors.in_use, self.held.len());
        assert_eq!(usage.unix_sockets.in_use, self.model.count());
        nothing_overflows(self.stack);
        self.look_at_sleeper();
    }
}

/// An address: two paths, two abstract names, none, and that of another family.
fn place(input: &mut Input<'_>) -> Place {
    let name = |text: &str| UnixAddress::from_python(text.as_bytes()).expect("short names");
    match input.byte() % 16 {
        0..4 => Place::Name(name("/a")),
        4..6 => Place::Name(name("/tmp/a longer one")),
        6..10 => Place::Name(name("\0a")),
        10..12 => Place::Name(name("\0\0another")),
        12..15 => Place::Name(UnixAddress::UNNAMED),
        _ => Place::Nowhere,
    }
}

fn address_of(place: Place) -> Address {
    match place {
        Place::Name(name) => name.into(),
        Place::Nowhere => OtherAddress::cut(AddressFamily::UNSPEC, &[]).into(),
    }
}

/// The outcome of a call without its value: the errors of the stack say more.
fn number_of<T>(answer: &Result<T, Error>) -> Result<(), Errno> {
    match answer {
        Ok(_) => Ok(()),
        Err(error) => Err(error.errno().expect("a number")),
    }
}

/// Tells a call and its answer, if somebody wants to know.
fn tell(call: &str, of: &dyn Debug, answer: &dyn Debug) {
    if *TRACE {
        eprintln!("{call} {of:?}: {answer:?}");
    }
}
