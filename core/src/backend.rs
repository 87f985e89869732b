//! The seam: what a host or a stack must provide so that the core can be Berkeley sockets on it.
//!
//! **The core holds behaviour, a backend holds verbs.** A verb is one attempt: it moves bytes,
//! starts a connection, answers what it is asked. Timeouts, deadlines, interruptions, false
//! readiness, defaults and the order of checks are the core's, once, above every backend.
//!
//! # The contract
//!
//! *Patience.* A verb that could wait is told by [`Patience`] whether it may. With
//! [`Patience::Never`] it MUST return an error of kind [`ErrorKind::WouldBlock`] instead of
//! waiting; for [`Backend::accept`] and [`Backend::connect`] a host may count on the mode flag that
//! was set with [`Backend::set_nonblocking`] before. With [`Patience::Forever`] it MAY wait inside (a kernel does, at the price of one call)
//! or return that error all the same: then the core waits with [`Backend::wait`] and tries again.
//!
//! *Waiting.* [`Backend::wait`] returns when one of the entries may be ready, when the deadline has
//! passed, or when it was interrupted:
//! - "ready" means that the next attempt *may* do something other than wait: data, space, the end,
//!   an error or a connection. A false alarm is allowed, a missed event is not: what happens
//!   between a failed attempt and the wait MUST end the wait.
//! - It MUST NOT report an expired deadline before the deadline on its own clock.
//! - It MUST NOT hold a lock while it sleeps, and any number of threads may wait at once.
//!
//! *Handles.* A handle is owned. Closing consumes it. A backend MUST answer `EBADF` for a handle
//! that refers to nothing (see [`Backend::closed`]), never act on another socket, never panic.
//!
//! *Errors.* A verb that fails MUST leave the socket as it was and lose nothing, except where the
//! error itself is consumed by being reported (a pending error). What a backend does not have is
//! an error, never silence: families `EAFNOSUPPORT`, types `ESOCKTNOSUPPORT`, protocols
//! `EPROTONOSUPPORT`, options `ENOPROTOOPT`, operations and flags `EOPNOTSUPP`.
//!
//! All methods are required. A default would be lost silently wherever somebody forwards the trait
//! by hand.
//!
//! [`ErrorKind::WouldBlock`]: crate::ErrorKind::WouldBlock

use core::ops::{ControlFlow, Deref};
use core::task::{Context, Poll};

use crate::names::{AddressInfo, AddressInfoQuery, NameInfo};
use crate::{
    Address, AddressFamily, Error, Instant, MessageFlags, NameInfoFlags, OptionLevel, OptionName,
    OutgoingMessage, Protocol, Readiness, ReceivedMessage, Shutdown, SocketType, Timeout,
};

/// How long a verb may wait by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    /// Not at all: try, and say that it would block.
    Never,
    /// As long as it takes.
    Forever,
}

/// One socket in a [`Backend::wait`]: what to wait for, and what was found.
#[derive(Debug)]
pub struct PollEntry<'a, H> {
    /// The socket.
    pub handle: &'a H,
    /// What to wait for. Errors and hang-ups are reported whether asked for or not.
    pub interest: Readiness,
    /// What was found; set by the backend, empty when this socket is not ready.
    pub ready: Readiness,
}

impl<'a, H> PollEntry<'a, H> {
    /// Waits for `interest` on the socket of `handle`.
    pub const fn new(handle: &'a H, interest: Readiness) -> PollEntry<'a, H> {
        PollEntry { handle, interest, ready: Readiness::NONE }
    }
}

/// The verbs of one network: an operating system's, or a userspace stack's.
///
/// See the [module](self) for the contract that holds for all of them.
pub trait Backend {
    /// An owned socket. Whether dropping it closes is the backend's affair: the core always calls
    /// [`Backend::close`], and [`Socket::detach`](crate::Socket::detach) hands it to the caller.
    type Handle;

    /// The monotonic clock that deadlines are measured on.
    fn now(&self) -> Instant;

    /// The timeout that new sockets start with; [`Timeout::Blocking`] until it is set.
    fn default_timeout(&self) -> Timeout;

    /// Sets the timeout that new sockets start with. Existing sockets keep theirs.
    fn set_default_timeout(&self, timeout: Timeout);

    /// A handle that refers to nothing: every verb answers `EBADF` for it.
    fn closed(&self) -> Self::Handle;

    /// The number of a handle that people and logs see: a host's descriptor, a stack's index. -1 for
    /// a handle that refers to nothing.
    fn fileno(&self, handle: &Self::Handle) -> i32;

    /// Asks the program what is to become of an operation that a signal has interrupted: `Ok` goes on
    /// with it, an error ends it and is its outcome. The core asks before each repetition (PEP 475).
    /// Where there are no signals, or nobody has said what to do, the answer is `Ok`.
    fn check_signals(&self) -> Result<(), Error>;

    /// Creates a socket. `socket_type` carries no flags; `nonblocking` is what
    /// [`Backend::set_nonblocking`] would be told, so that a host can set it at once.
    fn socket(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
        nonblocking: bool,
    ) -> Result<Self::Handle, Error>;

    /// Creates two sockets that are connected to each other; the arguments are those of
    /// [`Backend::socket`]. `EOPNOTSUPP` where the backend has no pairs of this family: then
    /// [`Net::socketpair`](crate::Net::socketpair) makes one of the IP families over the loopback.
    fn socketpair(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
        nonblocking: bool,
    ) -> Result<(Self::Handle, Self::Handle), Error>;

    /// Another handle of the same socket: the socket lives until the last one is closed.
    fn retain(&self, handle: &Self::Handle) -> Result<Self::Handle, Error>;

    /// Gives the handle back. What was sent is still delivered; unread data resets the connection.
    ///
    /// With [`Patience::Never`] it MUST return at once; with [`Patience::Forever`] it waits as long
    /// as `SO_LINGER` says. The handle is gone even when an error is returned.
    fn close(&self, handle: Self::Handle, patience: Patience) -> Result<(), Error>;

    /// Sets the mode flag that the host keeps per socket, where it has one (`O_NONBLOCK`).
    ///
    /// The core calls it when a socket changes between blocking mode and the other two, and
    /// passes [`Patience::Never`] to every verb while the flag is on. A backend whose verbs never
    /// wait by themselves has nothing to do, but checks the handle.
    fn set_nonblocking(&self, handle: &Self::Handle, nonblocking: bool) -> Result<(), Error>;

    /// Gives the socket a local address; port 0 chooses one.
    fn bind(&self, handle: &Self::Handle, address: &Address) -> Result<(), Error>;

    /// Starts listening. `backlog + 1` finished connections wait to be accepted, as Linux counts; a
    /// negative backlog is 0.
    fn listen(&self, handle: &Self::Handle, backlog: i32) -> Result<(), Error>;

    /// Takes the oldest finished connection and says who is at its other end. `nonblocking` is the
    /// mode of the new socket, as for [`Backend::socket`].
    fn accept(
        &self,
        handle: &Self::Handle,
        patience: Patience,
        nonblocking: bool,
    ) -> Result<(Self::Handle, Address), Error>;

    /// Starts connecting. `Ok` when it is done already; `EINPROGRESS` when it has been started and
    /// goes on by itself: then the core waits until the socket is writable and asks
    /// [`Backend::connect_outcome`]. `EALREADY` while an earlier attempt goes on.
    fn connect(
        &self,
        handle: &Self::Handle,
        address: &Address,
        patience: Patience,
    ) -> Result<(), Error>;

    /// How a started connection came out: `Ok` when it stands, an error of kind
    /// [`ErrorKind::WouldBlock`](crate::ErrorKind::WouldBlock) while it goes on, else the cause,
    /// which is consumed by being reported; `ECONNABORTED` when somebody else has taken it.
    fn connect_outcome(&self, handle: &Self::Handle) -> Result<(), Error>;

    /// Receives into `buffer`; 0 is the end of a stream, or an empty datagram. Of a datagram that
    /// is too long the rest is lost. The count never exceeds the buffer.
    fn recv(
        &self,
        handle: &Self::Handle,
        buffer: &mut [u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error>;

    /// Like [`Backend::recv`], with the sender where there is one: a stream has none.
    fn recvfrom(
        &self,
        handle: &Self::Handle,
        buffer: &mut [u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<(usize, Option<Address>), Error>;

    /// Sends as much as is taken, and says how much. Never raises a signal. A host that waits by
    /// itself takes everything from a blocking stream; the core does the same over one that does
    /// not.
    fn send(
        &self,
        handle: &Self::Handle,
        data: &[u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error>;

    /// Sends to `address`; a connected stream ignores it.
    fn sendto(
        &self,
        handle: &Self::Handle,
        data: &[u8],
        flags: MessageFlags,
        address: &Address,
        patience: Patience,
    ) -> Result<usize, Error>;

    /// Sends a message of several parts as if they were one, with control messages. What was said
    /// about [`Backend::send`] and [`Backend::sendto`] holds; control messages go with the first
    /// byte.
    ///
    /// Control messages that are not understood are an error: `EINVAL`, or `EOPNOTSUPP` where there
    /// are none at all. More parts than the host can take are `EMSGSIZE`.
    fn sendmsg(
        &self,
        handle: &Self::Handle,
        message: &OutgoingMessage<'_>,
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error>;

    /// Receives one message into several buffers, the first ones first, and its control messages
    /// into `control`, in the layout of [`ControlMessages`](crate::ControlMessages). What was said
    /// about [`Backend::recvfrom`] holds.
    ///
    /// `length` and `control_length` never exceed the buffers. Received descriptors, where there are
    /// such, are closed on `exec`.
    fn recvmsg(
        &self,
        handle: &Self::Handle,
        buffers: &mut [&mut [u8]],
        control: &mut [u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<ReceivedMessage, Error>;

    /// Ends one or both halves of the connection, for all handles of the socket, and wakes every
    /// call that waits on them.
    fn shutdown(&self, handle: &Self::Handle, how: Shutdown) -> Result<(), Error>;

    /// The socket's own address.
    fn getsockname(&self, handle: &Self::Handle) -> Result<Address, Error>;

    /// The address at the other end.
    fn getpeername(&self, handle: &Self::Handle) -> Result<Address, Error>;

    /// Reads an option into `value`, as the host's bytes, and says how many there are.
    fn getsockopt(
        &self,
        handle: &Self::Handle,
        level: OptionLevel,
        name: OptionName,
        value: &mut [u8],
    ) -> Result<usize, Error>;

    /// Sets an option from the host's bytes.
    fn setsockopt(
        &self,
        handle: &Self::Handle,
        level: OptionLevel,
        name: OptionName,
        value: &[u8],
    ) -> Result<(), Error>;

    /// Whether [`Backend::getaddrinfo`] asks somebody, and so knows names that the core does not
    /// know by itself. Without a resolver the core answers for it, and a program that writes its
    /// addresses as text does not carry a lookup which could only fail. The answer is a constant.
    fn has_resolver(&self) -> bool;

    /// Translates a host and a service into addresses, and hands them to `found` one by one until it
    /// breaks off. The query is one that [`AddressInfoQuery::checked`] has let through.
    ///
    /// `found` may use the backend: no lock is held while it runs. Whatever the lookup has taken is
    /// given back, however it ends. A backend without a resolver forwards to
    /// [`numeric::getaddrinfo`](crate::names::numeric::getaddrinfo).
    fn getaddrinfo(
        &self,
        query: &AddressInfoQuery<'_>,
        found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
    ) -> Result<(), Error>;

    /// Translates an address into the names of its host and its service, and hands them to `found`
    /// once, unless it fails. What was said about [`Backend::getaddrinfo`] holds; the other function
    /// is [`numeric::getnameinfo`](crate::names::numeric::getnameinfo).
    fn getnameinfo(
        &self,
        address: &Address,
        flags: NameInfoFlags,
        found: &mut dyn FnMut(NameInfo<'_>),
    ) -> Result<(), Error>;

    /// Waits until one of the entries may be ready, and says how many are. 0 when the deadline has
    /// passed first; no deadline waits for ever. Interrupted by a signal: `EINTR`.
    ///
    /// An entry whose handle refers to nothing is ready at once, with [`Readiness::INVALID`].
    fn wait(
        &self,
        entries: &mut [PollEntry<'_, Self::Handle>],
        deadline: Option<Instant>,
    ) -> Result<usize, Error>;

    /// [`Backend::wait`] for a task: looks once, and when nothing is ready leaves the waker, which
    /// is woken when an entry may have become ready or the deadline has passed. `Ready(Ok(0))` when
    /// the deadline has passed.
    ///
    /// Only the waker of the last call for a given socket and interest need be kept, per task. There
    /// is no taking back: a task that no longer waits is woken once for nothing.
    fn poll_wait(
        &self,
        context: &mut Context<'_>,
        entries: &mut [PollEntry<'_, Self::Handle>],
        deadline: Option<Instant>,
    ) -> Poll<Result<usize, Error>>;
}

/// Whatever points to a backend is one: `&Stack`, `Arc<Stack>`.
impl<P> Backend for P
where
    P: Deref,
    P::Target: Backend,
{
    type Handle = <P::Target as Backend>::Handle;

    fn now(&self) -> Instant {
        (**self).now()
    }

    fn default_timeout(&self) -> Timeout {
        (**self).default_timeout()
    }

    fn set_default_timeout(&self, timeout: Timeout) {
        (**self).set_default_timeout(timeout);
    }

    fn closed(&self) -> Self::Handle {
        (**self).closed()
    }

    fn fileno(&self, handle: &Self::Handle) -> i32 {
        (**self).fileno(handle)
    }

    fn check_signals(&self) -> Result<(), Error> {
        (**self).check_signals()
    }

    fn socket(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
        nonblocking: bool,
    ) -> Result<Self::Handle, Error> {
        (**self).socket(family, socket_type, protocol, nonblocking)
    }

    fn socketpair(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
        nonblocking: bool,
    ) -> Result<(Self::Handle, Self::Handle), Error> {
        (**self).socketpair(family, socket_type, protocol, nonblocking)
    }

    fn retain(&self, handle: &Self::Handle) -> Result<Self::Handle, Error> {
        (**self).retain(handle)
    }

    fn close(&self, handle: Self::Handle, patience: Patience) -> Result<(), Error> {
        (**self).close(handle, patience)
    }

    fn set_nonblocking(&self, handle: &Self::Handle, nonblocking: bool) -> Result<(), Error> {
        (**self).set_nonblocking(handle, nonblocking)
    }

    fn bind(&self, handle: &Self::Handle, address: &Address) -> Result<(), Error> {
        (**self).bind(handle, address)
    }

    fn listen(&self, handle: &Self::Handle, backlog: i32) -> Result<(), Error> {
        (**self).listen(handle, backlog)
    }

    fn accept(
        &self,
        handle: &Self::Handle,
        patience: Patience,
        nonblocking: bool,
    ) -> Result<(Self::Handle, Address), Error> {
        (**self).accept(handle, patience, nonblocking)
    }

    fn connect(
        &self,
        handle: &Self::Handle,
        address: &Address,
        patience: Patience,
    ) -> Result<(), Error> {
        (**self).connect(handle, address, patience)
    }

    fn connect_outcome(&self, handle: &Self::Handle) -> Result<(), Error> {
        (**self).connect_outcome(handle)
    }

    fn recv(
        &self,
        handle: &Self::Handle,
        buffer: &mut [u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error> {
        (**self).recv(handle, buffer, flags, patience)
    }

    fn recvfrom(
        &self,
        handle: &Self::Handle,
        buffer: &mut [u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<(usize, Option<Address>), Error> {
        (**self).recvfrom(handle, buffer, flags, patience)
    }

    fn send(
        &self,
        handle: &Self::Handle,
        data: &[u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error> {
        (**self).send(handle, data, flags, patience)
    }

    fn sendto(
        &self,
        handle: &Self::Handle,
        data: &[u8],
        flags: MessageFlags,
        address: &Address,
        patience: Patience,
    ) -> Result<usize, Error> {
        (**self).sendto(handle, data, flags, address, patience)
    }

    fn sendmsg(
        &self,
        handle: &Self::Handle,
        message: &OutgoingMessage<'_>,
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error> {
        (**self).sendmsg(handle, message, flags, patience)
    }

    fn recvmsg(
        &self,
        handle: &Self::Handle,
        buffers: &mut [&mut [u8]],
        control: &mut [u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<ReceivedMessage, Error> {
        (**self).recvmsg(handle, buffers, control, flags, patience)
    }

    fn shutdown(&self, handle: &Self::Handle, how: Shutdown) -> Result<(), Error> {
        (**self).shutdown(handle, how)
    }

    fn getsockname(&self, handle: &Self::Handle) -> Result<Address, Error> {
        (**self).getsockname(handle)
    }

    fn getpeername(&self, handle: &Self::Handle) -> Result<Address, Error> {
        (**self).getpeername(handle)
    }

    fn getsockopt(
        &self,
        handle: &Self::Handle,
        level: OptionLevel,
        name: OptionName,
        value: &mut [u8],
    ) -> Result<usize, Error> {
        (**self).getsockopt(handle, level, name, value)
    }

    fn setsockopt(
        &self,
        handle: &Self::Handle,
        level: OptionLevel,
        name: OptionName,
        value: &[u8],
    ) -> Result<(), Error> {
        (**self).setsockopt(handle, level, name, value)
    }

    fn has_resolver(&self) -> bool {
        (**self).has_resolver()
    }

    fn getaddrinfo(
        &self,
        query: &AddressInfoQuery<'_>,
        found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        (**self).getaddrinfo(query, found)
    }

    fn getnameinfo(
        &self,
        address: &Address,
        flags: NameInfoFlags,
        found: &mut dyn FnMut(NameInfo<'_>),
    ) -> Result<(), Error> {
        (**self).getnameinfo(address, flags, found)
    }

    fn wait(
        &self,
        entries: &mut [PollEntry<'_, Self::Handle>],
        deadline: Option<Instant>,
    ) -> Result<usize, Error> {
        (**self).wait(entries, deadline)
    }

    fn poll_wait(
        &self,
        context: &mut Context<'_>,
        entries: &mut [PollEntry<'_, Self::Handle>],
        deadline: Option<Instant>,
    ) -> Poll<Result<usize, Error>> {
        (**self).poll_wait(context, entries, deadline)
    }
}
