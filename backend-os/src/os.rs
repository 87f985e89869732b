//! The backend: each verb checks the handle and is one system call.

use std::ops::ControlFlow;
use std::os::fd::AsRawFd;
use std::task::{Context, Poll};

use berkeley::names::{AddressInfo, AddressInfoQuery, NameInfo};
use berkeley::options::{SO_ACCEPTCONN, int_of};
use berkeley::{
    Address, AddressFamily, Backend, Errno, Error, Instant, MessageFlags, NameInfoFlags,
    OptionLevel, OptionName, OutgoingMessage, Patience, PollEntry, Protocol, Readiness,
    ReceivedMessage, Shutdown, SocketType, Timeout,
};

use crate::{OsHandle, default_timeout, reactor, signal_check, sys, wait};

/// The operating system's own network: that of the calling process, on Linux that of the calling
/// thread's network namespace.
///
/// It holds nothing: every value of it is the same network. The default timeout belongs to the
/// process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Os;

impl Backend for Os {
    type Handle = OsHandle;

    /// The monotonic clock of the host, `CLOCK_MONOTONIC`. It does not count the time in which the
    /// machine is suspended. Source: `clock_gettime(2)`.
    fn now(&self) -> Instant {
        sys::now()
    }

    fn default_timeout(&self) -> Timeout {
        default_timeout::get()
    }

    fn set_default_timeout(&self, timeout: Timeout) {
        default_timeout::set(timeout);
    }

    fn closed(&self) -> OsHandle {
        OsHandle::CLOSED
    }

    fn fileno(&self, handle: &OsHandle) -> i32 {
        handle.as_raw_fd()
    }

    fn check_signals(&self) -> Result<(), Error> {
        signal_check::run()
    }

    fn socket(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
        nonblocking: bool,
    ) -> Result<OsHandle, Error> {
        sys::socket(family, socket_type, protocol, nonblocking).map(OsHandle::from)
    }

    /// Linux has pairs of the UNIX family, and of TIPC. Source: `socketpair(2)`.
    fn socketpair(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
        nonblocking: bool,
    ) -> Result<(OsHandle, OsHandle), Error> {
        let (one, other) = sys::socketpair(family, socket_type, protocol, nonblocking)?;
        Ok((OsHandle::from(one), OsHandle::from(other)))
    }

    /// Another descriptor of the same socket, above the standard streams' ones. Source:
    /// `F_DUPFD_CLOEXEC` in `fcntl(2)`.
    fn retain(&self, handle: &OsHandle) -> Result<OsHandle, Error> {
        sys::duplicate(handle.open()?).map(OsHandle::from)
    }

    /// Closes the descriptor. Interrupted counts as closed, for on Linux it is.
    ///
    /// `close(2)` waits for unsent data when `SO_LINGER` is on with a time, also on a non-blocking
    /// socket. With [`Patience::Never`] that option is therefore turned off first and the kernel
    /// delivers what was sent in the background, as it does by default. The option belongs to the
    /// socket: should it have other handles, it is off for them too.
    fn close(&self, handle: OsHandle, patience: Patience) -> Result<(), Error> {
        let descriptor = handle.into_owned_fd().ok_or(Error::from_errno(Errno::EBADF))?;
        if patience == Patience::Never {
            sys::close_without_waiting(descriptor)
        } else {
            sys::close(descriptor)
        }
    }

    fn set_nonblocking(&self, handle: &OsHandle, nonblocking: bool) -> Result<(), Error> {
        sys::set_nonblocking(handle.open()?, nonblocking)
    }

    fn bind(&self, handle: &OsHandle, address: &Address) -> Result<(), Error> {
        sys::bind(handle.open()?, address)
    }

    fn listen(&self, handle: &OsHandle, backlog: i32) -> Result<(), Error> {
        // Linux takes a negative backlog for a huge one.
        sys::listen(handle.open()?, backlog.max(0))
    }

    /// Whether the system call waits is decided by the mode flag, for it has none of its own. With
    /// [`Patience::Never`] the kernel is therefore asked first: the flag is that of all handles of
    /// the socket, and another one may have turned it off. Source: `accept4(2)`.
    fn accept(
        &self,
        handle: &OsHandle,
        patience: Patience,
        nonblocking: bool,
    ) -> Result<(OsHandle, Address), Error> {
        if patience == Patience::Never && wait::look(handle, Readiness::READABLE)?.is_empty() {
            let mut listens = [0; 4];
            self.getsockopt(handle, OptionLevel::SOCKET, SO_ACCEPTCONN, &mut listens)?;
            if int_of(&listens) != 0 {
                return Err(Errno::EAGAIN.into());
            }
            // What does not listen is an error, which the call itself tells.
        }
        let (descriptor, peer) = sys::accept(handle.open()?, nonblocking)?;
        Ok((OsHandle::from(descriptor), peer))
    }

    /// Whether this waits is decided by the mode flag, as for accepting. Source: `connect(2)`.
    fn connect(
        &self,
        handle: &OsHandle,
        address: &Address,
        _patience: Patience,
    ) -> Result<(), Error> {
        sys::connect(handle.open()?, address)
    }

    /// The pending error, else whether there is a peer now: a false alarm must not pass for a
    /// connection.
    ///
    /// An attempt that failed and whose error something else took, such as a receive in another
    /// thread, is `ECONNABORTED`: so says a second `connect(2)` too.
    fn connect_outcome(&self, handle: &OsHandle) -> Result<(), Error> {
        let socket = handle.open()?;
        match sys::take_error(socket)? {
            Some(error) if !error.is(Errno::EISCONN) => return Err(error),
            Some(_) => return Ok(()),
            None => {}
        }
        match sys::getpeername(socket) {
            Err(error) if error.is(Errno::ENOTCONN) => {}
            outcome => return outcome.map(|_| ()),
        }
        // Neither connected nor failed. While the attempt goes on nothing is to be reported; a
        // socket that no longer tries is hung up, and waiting for it would never end.
        if wait::look(handle, Readiness::WRITABLE)?.contains(Readiness::HANGUP) {
            // The attempt may have failed just now.
            return Err(sys::take_error(socket)?.unwrap_or(Errno::ECONNABORTED.into()));
        }
        Err(Errno::EINPROGRESS.into())
    }

    #[inline]
    fn recv(
        &self,
        handle: &OsHandle,
        buffer: &mut [u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error> {
        sys::recv(handle.open()?, buffer, known(flags, patience)?)
    }

    fn recvfrom(
        &self,
        handle: &OsHandle,
        buffer: &mut [u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<(usize, Option<Address>), Error> {
        sys::recvfrom(handle.open()?, buffer, known(flags, patience)?)
    }

    #[inline]
    fn send(
        &self,
        handle: &OsHandle,
        data: &[u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error> {
        sys::send(handle.open()?, data, known(flags, patience)?)
    }

    fn sendto(
        &self,
        handle: &OsHandle,
        data: &[u8],
        flags: MessageFlags,
        address: &Address,
        patience: Patience,
    ) -> Result<usize, Error> {
        sys::sendto(handle.open()?, data, known(flags, patience)?, address)
    }

    fn sendmsg(
        &self,
        handle: &OsHandle,
        message: &OutgoingMessage<'_>,
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<usize, Error> {
        sys::sendmsg(handle.open()?, message, known(flags, patience)?)
    }

    fn recvmsg(
        &self,
        handle: &OsHandle,
        buffers: &mut [&mut [u8]],
        control: &mut [u8],
        flags: MessageFlags,
        patience: Patience,
    ) -> Result<ReceivedMessage, Error> {
        sys::recvmsg(handle.open()?, buffers, control, known(flags, patience)?)
    }

    fn shutdown(&self, handle: &OsHandle, how: Shutdown) -> Result<(), Error> {
        sys::shutdown(handle.open()?, how)
    }

    fn getsockname(&self, handle: &OsHandle) -> Result<Address, Error> {
        sys::getsockname(handle.open()?)
    }

    fn getpeername(&self, handle: &OsHandle) -> Result<Address, Error> {
        sys::getpeername(handle.open()?)
    }

    fn getsockopt(
        &self,
        handle: &OsHandle,
        level: OptionLevel,
        name: OptionName,
        value: &mut [u8],
    ) -> Result<usize, Error> {
        sys::getsockopt(handle.open()?, level, name, value)
    }

    fn setsockopt(
        &self,
        handle: &OsHandle,
        level: OptionLevel,
        name: OptionName,
        value: &[u8],
    ) -> Result<(), Error> {
        sys::setsockopt(handle.open()?, level, name, value)
    }

    fn has_resolver(&self) -> bool {
        true
    }

    /// Asks the resolver of the C library, which follows `nsswitch.conf(5)`. It waits as long as
    /// `resolv.conf(5)` says, whatever timeouts sockets have. Source: `getaddrinfo(3)`.
    fn getaddrinfo(
        &self,
        query: &AddressInfoQuery<'_>,
        found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        sys::getaddrinfo(query, found)
    }

    /// As for [`Backend::getaddrinfo`]. Source: `getnameinfo(3)`.
    fn getnameinfo(
        &self,
        address: &Address,
        flags: NameInfoFlags,
        found: &mut dyn FnMut(NameInfo<'_>),
    ) -> Result<(), Error> {
        sys::getnameinfo(address, flags, found)
    }

    fn wait(
        &self,
        entries: &mut [PollEntry<'_, OsHandle>],
        deadline: Option<Instant>,
    ) -> Result<usize, Error> {
        wait::wait(entries, deadline)
    }

    /// The first call that has to leave a waker starts one thread for the process, which waits for
    /// all of them. It does not survive `fork(2)`.
    fn poll_wait(
        &self,
        context: &mut Context<'_>,
        entries: &mut [PollEntry<'_, OsHandle>],
        deadline: Option<Instant>,
    ) -> Poll<Result<usize, Error>> {
        reactor::poll_wait(context, entries, deadline)
    }
}

/// Every flag that has a name.
const KNOWN: MessageFlags = MessageFlags::OOB
    .union(MessageFlags::PEEK)
    .union(MessageFlags::DONTROUTE)
    .union(MessageFlags::CTRUNC)
    .union(MessageFlags::TRUNC)
    .union(MessageFlags::DONTWAIT)
    .union(MessageFlags::EOR)
    .union(MessageFlags::WAITALL)
    .union(MessageFlags::CONFIRM)
    .union(MessageFlags::ERRQUEUE)
    .union(MessageFlags::NOSIGNAL)
    .union(MessageFlags::MORE)
    .union(MessageFlags::FASTOPEN)
    .union(MessageFlags::CMSG_CLOEXEC);

/// The flags for one attempt: refused when one has no name, and not waiting when it must not.
#[inline]
fn known(flags: MessageFlags, patience: Patience) -> Result<MessageFlags, Error> {
    if !flags.without(KNOWN).is_empty() {
        return Err(Errno::EOPNOTSUPP.into());
    }
    Ok(match patience {
        Patience::Never => flags | MessageFlags::DONTWAIT,
        Patience::Forever => flags,
    })
}
