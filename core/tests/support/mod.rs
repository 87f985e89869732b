//! A backend that follows a script: what each attempt and each wait answers, and what was called.
//!
//! It has no network and no clock of its own: a wait moves the clock as the script says. Whatever is
//! called that the script does not foresee fails the test.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::task::{Context, Poll};
use std::time::Duration;

use berkeley::names::{AddressInfo, AddressInfoQuery, NameInfo, numeric};
use berkeley::{
    Address, AddressFamily, AddressInfoCode, Backend, Errno, Error, Instant, MessageFlags,
    NameInfoFlags, OptionLevel, OptionName, OutgoingMessage, Patience, PollEntry, Protocol,
    Readiness, ReceivedMessage, Shutdown, SocketType, Timeout,
};

/// What happens next.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Event {
    /// An attempt succeeds with this count.
    Takes(usize),
    /// An attempt fails.
    Fails(Errno),
    /// A wait, this long after it began, finds the socket ready for this.
    Ready(u64, Readiness),
    /// A wait, this long after it began, says that the deadline has passed.
    Expires(u64),
    /// A wait fails.
    Breaks(Errno),
    /// A wait is interrupted this long after it began.
    Interrupts(u64),
}

/// A socket of the scripted backend: a number, 0 for none.
#[derive(PartialEq, Eq, Debug)]
pub struct Handle(pub u32);

/// The backend. Times are in milliseconds.
#[derive(Default)]
pub struct Scripted {
    events: RefCell<VecDeque<Event>>,
    calls: RefCell<Vec<String>>,
    questions: RefCell<Vec<&'static str>>,
    now: Cell<u64>,
    clock_reads: Cell<usize>,
    default_timeout: Cell<Timeout>,
    next_handle: Cell<u32>,
    socket_names: RefCell<VecDeque<Address>>,
    signal_answer: Cell<Option<Errno>>,
    signal_checks: Cell<usize>,
    without_resolver: Cell<bool>,
    hosts: RefCell<HashMap<&'static str, Result<Vec<Address>, AddressInfoCode>>>,
}

impl Scripted {
    /// A backend to which this will happen.
    pub fn new(events: &[Event]) -> Scripted {
        Scripted {
            events: RefCell::new(events.iter().copied().collect()),
            now: Cell::new(1000),
            ..Scripted::default()
        }
    }

    /// What `getsockname` and `getpeername` answer, in the order in which they are asked, whichever
    /// of them it is. When nothing is left, that is the unspecified address and `ENOTCONN`.
    pub fn answer_names(&self, names: &[Address]) {
        self.socket_names.borrow_mut().extend(names);
    }

    /// What was called since the last look, in order.
    pub fn calls(&self) -> String {
        self.calls.take().join(", ")
    }

    /// What was asked or copied since the last look, in order: that changes nothing, and most tests
    /// do not care.
    pub fn questions(&self) -> String {
        self.questions.take().join(", ")
    }

    /// What did not happen.
    pub fn left(&self) -> usize {
        self.events.borrow().len()
    }

    /// What the resolver answers about a host from now on; of others it knows only numbers.
    pub fn answer_host(&self, host: &'static str, answer: Result<Vec<Address>, AddressInfoCode>) {
        self.hosts.borrow_mut().insert(host, answer);
    }

    /// Nobody is asked about hosts from now on.
    pub fn take_resolver_away(&self) {
        self.without_resolver.set(true);
    }

    /// What the program says about signals from now on: an error ends what was interrupted.
    pub fn answer_signals(&self, answer: Option<Errno>) {
        self.signal_answer.set(answer);
    }

    /// How often the program was asked about signals since the last look.
    pub fn signal_checks(&self) -> usize {
        self.signal_checks.take()
    }

    /// How often the clock was read since the last look.
    pub fn clock_reads(&self) -> usize {
        self.clock_reads.take()
    }

    fn call(&self, call: String) {
        self.calls.borrow_mut().push(call);
    }

    fn attempt(&self, verb: &str, patience: Patience) -> Result<usize, Error> {
        let patience = if patience == Patience::Never { "never" } else { "forever" };
        self.call(format!("{verb} {patience}"));
        match self.events.borrow_mut().pop_front() {
            Some(Event::Takes(count)) => Ok(count),
            Some(Event::Fails(errno)) => Err(errno.into()),
            other => panic!("an attempt was not foreseen, but {other:?}"),
        }
    }
}

impl Backend for Scripted {
    type Handle = Handle;

    fn now(&self) -> Instant {
        self.clock_reads.set(self.clock_reads.get() + 1);
        Instant::from_millis(self.now.get())
    }

    fn default_timeout(&self) -> Timeout {
        self.default_timeout.get()
    }

    fn set_default_timeout(&self, timeout: Timeout) {
        self.default_timeout.set(timeout);
    }

    fn closed(&self) -> Handle {
        Handle(0)
    }

    fn fileno(&self, handle: &Handle) -> i32 {
        if handle.0 == 0 { -1 } else { handle.0.cast_signed() }
    }

    fn check_signals(&self) -> Result<(), Error> {
        self.signal_checks.set(self.signal_checks.get() + 1);
        self.signal_answer.get().map_or(Ok(()), |errno| Err(errno.into()))
    }

    fn socket(
        &self,
        _family: AddressFamily,
        socket_type: SocketType,
        _protocol: Protocol,
        nonblocking: bool,
    ) -> Result<Handle, Error> {
        self.call(format!("socket {socket_type:?} {nonblocking}"));
        self.next_handle.set(self.next_handle.get() + 1);
        Ok(Handle(self.next_handle.get()))
    }

    fn socketpair(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        _protocol: Protocol,
        nonblocking: bool,
    ) -> Result<(Handle, Handle), Error> {
        self.call(format!("socketpair {family:?} {socket_type:?} {nonblocking}"));
        Err(Errno::EOPNOTSUPP.into())
    }

    fn retain(&self, handle: &Handle) -> Result<Handle, Error> {
        self.questions.borrow_mut().push("retain");
        Ok(Handle(handle.0))
    }

    fn close(&self, handle: Handle, patience: Patience) -> Result<(), Error> {
        if handle.0 == 0 {
            return Err(Errno::EBADF.into());
        }
        self.call(format!("close {} {patience:?}", handle.0));
        Ok(())
    }

    fn set_nonblocking(&self, _handle: &Handle, nonblocking: bool) -> Result<(), Error> {
        self.call(format!("set_nonblocking {nonblocking}"));
        Ok(())
    }

    fn bind(&self, _handle: &Handle, address: &Address) -> Result<(), Error> {
        self.call(format!("bind {address}"));
        Ok(())
    }

    fn listen(&self, _handle: &Handle, backlog: i32) -> Result<(), Error> {
        self.call(format!("listen {backlog}"));
        Ok(())
    }

    fn accept(
        &self,
        _handle: &Handle,
        patience: Patience,
        nonblocking: bool,
    ) -> Result<(Handle, Address), Error> {
        self.attempt(&format!("accept {nonblocking}"), patience)?;
        self.next_handle.set(self.next_handle.get() + 1);
        Ok((Handle(self.next_handle.get()), Address::unspecified(AddressFamily::INET)?))
    }

    fn connect(
        &self,
        _handle: &Handle,
        address: &Address,
        patience: Patience,
    ) -> Result<(), Error> {
        self.attempt(&format!("connect {address}"), patience).map(|_| ())
    }

    fn connect_outcome(&self, _handle: &Handle) -> Result<(), Error> {
        self.attempt("connect_outcome", Patience::Never).map(|_| ())
    }

    fn recv(
        &self,
        _handle: &Handle,
        buffer: &mut [u8],
        _flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error> {
        let count = self.attempt(&format!("recv {}", buffer.len()), patience)?;
        assert!(count <= buffer.len(), "a script that breaks the contract");
        Ok(count)
    }

    fn recvfrom(
        &self,
        _handle: &Handle,
        buffer: &mut [u8],
        _flags: MessageFlags,
        patience: Patience,
    ) -> Result<(usize, Option<Address>), Error> {
        Ok((self.attempt(&format!("recvfrom {}", buffer.len()), patience)?, None))
    }

    fn send(
        &self,
        _handle: &Handle,
        data: &[u8],
        _flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error> {
        self.attempt(&format!("send {}", data.len()), patience)
    }

    fn sendto(
        &self,
        _handle: &Handle,
        data: &[u8],
        _flags: MessageFlags,
        address: &Address,
        patience: Patience,
    ) -> Result<usize, Error> {
        self.attempt(&format!("sendto {} {address}", data.len()), patience)
    }

    fn sendmsg(
        &self,
        _handle: &Handle,
        message: &OutgoingMessage<'_>,
        _flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error> {
        let lengths: Vec<usize> = message.parts.iter().map(|part| part.len()).collect();
        let to = message.address.map_or(String::new(), |address| format!(" {address}"));
        self.attempt(&format!("sendmsg {lengths:?}+{}{to}", message.control.len()), patience)
    }

    fn recvmsg(
        &self,
        _handle: &Handle,
        buffers: &mut [&mut [u8]],
        control: &mut [u8],
        _flags: MessageFlags,
        patience: Patience,
    ) -> Result<ReceivedMessage, Error> {
        let lengths: Vec<usize> = buffers.iter().map(|buffer| buffer.len()).collect();
        let length = self.attempt(&format!("recvmsg {lengths:?}+{}", control.len()), patience)?;
        assert!(length <= lengths.iter().sum(), "a script that breaks the contract");
        Ok(ReceivedMessage {
            length,
            full_length: length,
            control_length: 0,
            flags: MessageFlags::NONE,
            address: None,
        })
    }

    fn shutdown(&self, _handle: &Handle, how: Shutdown) -> Result<(), Error> {
        self.call(format!("shutdown {how:?}"));
        Ok(())
    }

    fn getsockname(&self, _handle: &Handle) -> Result<Address, Error> {
        self.questions.borrow_mut().push("getsockname");
        match self.socket_names.borrow_mut().pop_front() {
            Some(name) => Ok(name),
            None => Address::unspecified(AddressFamily::INET),
        }
    }

    fn getpeername(&self, _handle: &Handle) -> Result<Address, Error> {
        self.questions.borrow_mut().push("getpeername");
        self.socket_names.borrow_mut().pop_front().ok_or(Errno::ENOTCONN.into())
    }

    fn getsockopt(
        &self,
        _handle: &Handle,
        level: OptionLevel,
        name: OptionName,
        value: &mut [u8],
    ) -> Result<usize, Error> {
        self.call(format!("getsockopt {level:?} {} {}", name.0, value.len()));
        value.fill(0);
        Ok(value.len().min(4))
    }

    fn setsockopt(
        &self,
        _handle: &Handle,
        level: OptionLevel,
        name: OptionName,
        value: &[u8],
    ) -> Result<(), Error> {
        self.call(format!("setsockopt {level:?} {} {value:?}", name.0));
        Ok(())
    }

    fn has_resolver(&self) -> bool {
        !self.without_resolver.get()
    }

    fn getaddrinfo(
        &self,
        query: &AddressInfoQuery<'_>,
        found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        assert_eq!(query.checked(), Ok(*query), "no backend is asked for anything else");
        self.call(format!("getaddrinfo {:?} {:?}", query.host, query.service));
        match self.hosts.borrow().get(query.host.unwrap_or_default()) {
            None => numeric::getaddrinfo(query, found),
            Some(Err(code)) => Err(Error::address_info(*code)),
            Some(Ok(addresses)) => {
                for address in addresses {
                    let info = AddressInfo {
                        family: address.family(),
                        socket_type: SocketType::STREAM,
                        protocol: Protocol::TCP,
                        canonical_name: "",
                        address: *address,
                    };
                    if found(info).is_break() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    fn getnameinfo(
        &self,
        address: &Address,
        flags: NameInfoFlags,
        found: &mut dyn FnMut(NameInfo<'_>),
    ) -> Result<(), Error> {
        self.call(format!("getnameinfo {address} {flags:?}"));
        numeric::getnameinfo(address, flags, found)
    }

    fn wait(
        &self,
        entries: &mut [PollEntry<'_, Handle>],
        deadline: Option<Instant>,
    ) -> Result<usize, Error> {
        let until = deadline.map_or("ever".into(), |at| at.as_millis().to_string());
        self.call(format!("wait {:?} {until}", entries[0].interest));
        let (after, outcome) = match self.events.borrow_mut().pop_front() {
            Some(Event::Ready(after, ready)) => {
                entries[0].ready = ready;
                (after, Ok(1))
            }
            Some(Event::Expires(after)) => (after, Ok(0)),
            Some(Event::Interrupts(after)) => (after, Err(Errno::EINTR.into())),
            Some(Event::Breaks(errno)) => (0, Err(errno.into())),
            other => panic!("a wait was not foreseen, but {other:?}"),
        };
        self.now.set(self.now.get() + after);
        outcome
    }

    fn poll_wait(
        &self,
        _context: &mut Context<'_>,
        entries: &mut [PollEntry<'_, Handle>],
        deadline: Option<Instant>,
    ) -> Poll<Result<usize, Error>> {
        Poll::Ready(self.wait(entries, deadline))
    }
}

/// Half a second, the timeout of most tests.
pub const HALF_SECOND: Timeout = Timeout::After(Duration::from_millis(500));
