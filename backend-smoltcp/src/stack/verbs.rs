//! The verbs of the seam, on a stack.

use core::ops::ControlFlow;
use core::task::{Context, Poll};

use berkeley::names::{AddressInfo, AddressInfoQuery, NameInfo};
use berkeley::{
    Address, AddressFamily, Backend, Errno, Error, Instant, MessageFlags, NameInfoFlags,
    OptionLevel, OptionName, OutgoingMessage, Patience, PollEntry, Protocol, ReceivedMessage,
    Shutdown, SocketType, Timeout, options,
};

use super::waiters::NOBODY;
use super::{STEPS_PER_VERB, Stack};
use crate::descriptor::{Handle, Kind, check_numbers, kind_of};
use crate::lock::{Lock, LockFamily};
use crate::platform::Platform;

/// Flags that mean something when receiving, and those that nobody looks at then, as on Linux. Waiting
/// for all is the core's affair.
pub(super) const RECEIVE_FLAGS: MessageFlags = MessageFlags::PEEK
    .union(MessageFlags::DONTWAIT)
    .union(MessageFlags::WAITALL)
    .union(MessageFlags::TRUNC)
    .union(MessageFlags::NOSIGNAL)
    .union(MessageFlags::CTRUNC)
    .union(MessageFlags::EOR)
    .union(MessageFlags::CONFIRM)
    .union(MessageFlags::DONTROUTE)
    .union(MessageFlags::MORE)
    .union(MessageFlags::FASTOPEN)
    .union(MessageFlags::CMSG_CLOEXEC);

/// The same for sending.
const SEND_FLAGS: MessageFlags = MessageFlags::DONTWAIT
    .union(MessageFlags::NOSIGNAL)
    .union(MessageFlags::CONFIRM)
    .union(MessageFlags::EOR)
    .union(MessageFlags::PEEK)
    .union(MessageFlags::WAITALL)
    .union(MessageFlags::TRUNC)
    .union(MessageFlags::CTRUNC)
    .union(MessageFlags::ERRQUEUE)
    .union(MessageFlags::CMSG_CLOEXEC);

impl<P: Platform, L: LockFamily> Backend for Stack<'_, P, L> {
    type Handle = Handle;

    fn now(&self) -> Instant {
        self.platform.now()
    }

    fn default_timeout(&self) -> Timeout {
        self.ask(|inner| inner.state.default_timeout).unwrap_or_default()
    }

    fn set_default_timeout(&self, timeout: Timeout) {
        // From inside the stack nobody sets defaults.
        let _ = self.ask(|inner| inner.state.default_timeout = timeout);
    }

    fn closed(&self) -> Handle {
        Handle::CLOSED
    }

    /// The index of the descriptor.
    fn fileno(&self, handle: &Handle) -> i32 {
        if *handle == Handle::CLOSED { -1 } else { i32::from(handle.index) }
    }

    /// There are no signals here.
    fn check_signals(&self) -> Result<(), Error> {
        Ok(())
    }

    fn socket(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
        _nonblocking: bool,
    ) -> Result<Handle, Error> {
        check_numbers(family, socket_type)?;
        if family == AddressFamily::UNIX {
            return self.ask(|inner| {
                let index = inner.state.open_unix(socket_type, protocol)?;
                Ok(inner.state.descriptors.entry(index)?.handle(index))
            })?;
        }
        let transport = kind_of(family, socket_type, protocol)?;
        self.inner.with(|inner| {
            let state = &mut inner.state;
            let index = match transport {
                None => state.open_stream(family),
                Some(transport) => state.open_datagram(family, transport),
            }?;
            Ok(state.descriptors.entry(index)?.handle(index))
        })?
    }

    /// Those of UNIX sockets; the core makes the others over the loopback.
    fn socketpair(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
        _nonblocking: bool,
    ) -> Result<(Handle, Handle), Error> {
        check_numbers(family, socket_type)?;
        if family == AddressFamily::UNIX {
            return self.ask(|inner| {
                let (one, other) = inner.state.open_unix_pair(socket_type, protocol)?;
                let descriptors = &inner.state.descriptors;
                Ok((descriptors.entry(one)?.handle(one), descriptors.entry(other)?.handle(other)))
            })?;
        }
        kind_of(family, socket_type, protocol)?;
        Err(Errno::EOPNOTSUPP.into())
    }

    fn retain(&self, handle: &Handle) -> Result<Handle, Error> {
        self.inner.with(|inner| {
            let index = inner.state.descriptors.resolve(handle)?;
            let entry = inner.state.descriptors.entry_mut(index)?;
            entry.references = entry.references.checked_add(1).ok_or(Errno::EMFILE)?;
            Ok(entry.handle(index))
        })?
    }

    fn close(&self, handle: Handle, patience: Patience) -> Result<(), Error> {
        let lingering = self.act(|inner, now| {
            let state = &mut inner.state;
            let index = state.descriptors.resolve(&handle)?;
            let entry = state.descriptors.entry_mut(index)?;
            // Each handle is one reference, and gives it back here only.
            entry.references -= 1;
            if entry.references > 0 {
                return Ok(None);
            }
            let (kind, linger) = (entry.kind, entry.options.linger);
            state.leave_groups(index, now);
            let left = match kind {
                Kind::Datagram(datagram) => {
                    state.let_go_of_datagram(datagram);
                    None
                }
                Kind::Unix(socket) => {
                    state.let_go_of_unix(socket);
                    None
                }
                _ => state.let_go_of_stream(index, now),
            };
            state.wake(index);
            state.descriptors.free(index);
            Ok(linger.zip(left).map(|(linger, connection)| (now + linger, connection)))
        })?;
        if let (Patience::Forever, Some((deadline, connection))) = (patience, lingering) {
            self.wait_until(Some(deadline), &mut |state| !state.still_delivers(connection))?;
        }
        Ok(())
    }

    fn set_nonblocking(&self, handle: &Handle, _nonblocking: bool) -> Result<(), Error> {
        self.ask(|inner| inner.state.descriptors.resolve(handle).map(|_| ()))?
    }

    fn bind(&self, handle: &Handle, address: &Address) -> Result<(), Error> {
        self.ask(|inner| {
            let index = inner.state.descriptors.resolve(handle)?;
            if let Some(outcome) = inner.bind_frames(index, address) {
                return outcome;
            }
            let state = &mut inner.state;
            let entry = state.descriptors.entry(index)?;
            let fixed_port = entry.kind.fixed_port();
            let fresh = match entry.kind {
                Kind::Unix(socket) => return state.bind_unix(socket, address),
                Kind::Stream(stream) => state.is_closed(stream),
                // A raw socket may be bound again, until it is connected.
                Kind::Datagram(datagram) if fixed_port.is_some() => !datagram.is_connected(),
                _ => true,
            };
            let mut wanted = entry.internal(address).map_err(|error| {
                // Binding an address that only IPv4 has is a contradiction, not a route.
                match entry.kind.maps_ipv4() {
                    _ if !error.is(Errno::ENETUNREACH) => error,
                    true => Errno::EINVAL.into(),
                    false => Errno::EADDRNOTAVAIL.into(),
                }
            })?;
            let is_bound = (entry.has_port() && fixed_port.is_none()) || !fresh;
            let already_bound = Error::from(Errno::EINVAL);
            if cfg!(feature = "ipv6") && is_bound && entry.family == AddressFamily::INET6 {
                return Err(already_bound);
            }
            // IPv4 is asked for the address first, as on Linux.
            wanted = state.own(index, wanted)?;
            if is_bound {
                return Err(already_bound);
            }
            wanted.port = fixed_port.unwrap_or(wanted.port);
            let outcome = state.bind_to(index, wanted);
            let entry = state.descriptors.entry_mut(index)?;
            if cfg!(tcp) && outcome.is_err() {
                entry.forget_address(); // which a connection may have left
            }
            outcome?;
            // Whoever is at an address of IPv6 has none of IPv4 (Linux's `__inet6_bind`).
            entry.options.v6only |=
                wanted.ip.is_ipv6() && !wanted.ip.is_unspecified() && entry.kind.maps_ipv4();
            entry.chosen = (wanted.ip != entry.wildcard(), wanted.port != 0);
            Ok(())
        })?
    }

    fn listen(&self, handle: &Handle, backlog: i32) -> Result<(), Error> {
        self.ask(|inner| {
            let index = inner.state.descriptors.resolve(handle)?;
            match inner.state.descriptors.entry(index)?.kind {
                Kind::Unix(socket) => inner.state.listen_unix(socket, backlog),
                _ => inner.state.listen(index, backlog),
            }
        })?
    }

    fn accept(
        &self,
        handle: &Handle,
        _patience: Patience,
        _nonblocking: bool,
    ) -> Result<(Handle, Address), Error> {
        self.attempt(|inner, now| {
            let index = inner.state.descriptors.resolve(handle)?;
            match inner.state.descriptors.entry(index)?.kind {
                Kind::Unix(socket) => inner.state.accept_unix(socket),
                _ => inner.state.accept(index, now),
            }
        })
    }

    fn connect(&self, handle: &Handle, address: &Address, patience: Patience) -> Result<(), Error> {
        loop {
            let outcome = self.act(|inner, now| {
                let state = &mut inner.state;
                let index = state.descriptors.resolve(handle)?;
                match state.descriptors.entry(index)?.kind {
                    Kind::Datagram(datagram) => state.connect_datagram(index, datagram, address),
                    Kind::Unix(socket) => state.connect_unix(socket, address),
                    _ => inner.connect_stream(index, address, now),
                }
            });
            match outcome {
                // A UNIX listener's backlog is full, which only a blocking call waits for.
                Err(error) if error.is(Errno::EAGAIN) && patience == Patience::Forever => {
                    self.wait_until(None, &mut |state| {
                        let index = state.descriptors.resolve(handle);
                        let entry = index.and_then(|index| state.descriptors.entry(index));
                        let full = entry.is_ok_and(|entry| {
                            matches!(entry.kind, Kind::Unix(socket)
                                if state.unix_backlog_is_full(socket, address))
                        });
                        !full
                    })?;
                }
                outcome => return outcome,
            }
        }
    }

    fn connect_outcome(&self, handle: &Handle) -> Result<(), Error> {
        self.attempt(|inner, now| {
            let index = inner.state.descriptors.resolve(handle)?;
            match inner.state.descriptors.entry(index)?.kind {
                Kind::Unix(socket) => inner.state.unix_connect_outcome(socket),
                _ => inner.state.connect_outcome(index, now),
            }
        })
    }

    fn recv(
        &self,
        handle: &Handle,
        buffer: &mut [u8],
        flags: MessageFlags,
        _patience: Patience,
    ) -> Result<usize, Error> {
        self.receive(handle, &mut [buffer], &mut [], flags, &mut None)
    }

    fn recvfrom(
        &self,
        handle: &Handle,
        buffer: &mut [u8],
        flags: MessageFlags,
        _patience: Patience,
    ) -> Result<(usize, Option<Address>), Error> {
        let mut datagram = None;
        let length = self.receive(handle, &mut [buffer], &mut [], flags, &mut datagram)?;
        Ok((length, datagram.and_then(|message| message.address)))
    }

    fn send(
        &self,
        handle: &Handle,
        data: &[u8],
        flags: MessageFlags,
        _patience: Patience,
    ) -> Result<usize, Error> {
        let parts = &[data];
        self.send_message(handle, &OutgoingMessage { parts, control: &[], address: None }, flags)
    }

    fn sendto(
        &self,
        handle: &Handle,
        data: &[u8],
        flags: MessageFlags,
        address: &Address,
        _patience: Patience,
    ) -> Result<usize, Error> {
        let (parts, address) = (&[data], Some(address));
        self.send_message(handle, &OutgoingMessage { parts, control: &[], address }, flags)
    }

    fn sendmsg(
        &self,
        handle: &Handle,
        message: &OutgoingMessage<'_>,
        flags: MessageFlags,
        _patience: Patience,
    ) -> Result<usize, Error> {
        self.send_message(handle, message, flags)
    }

    fn recvmsg(
        &self,
        handle: &Handle,
        buffers: &mut [&mut [u8]],
        control: &mut [u8],
        flags: MessageFlags,
        _patience: Patience,
    ) -> Result<ReceivedMessage, Error> {
        let is_full_length = flags.contains(MessageFlags::TRUNC);
        let mut datagram = None;
        let length = self.receive(handle, buffers, control, flags, &mut datagram)?;
        let of_stream =
            ReceivedMessage { length, full_length: length, ..ReceivedMessage::nothing() };
        let message = datagram.unwrap_or(of_stream);
        let full_length = if is_full_length { message.full_length } else { length };
        Ok(ReceivedMessage { full_length, ..message })
    }

    fn shutdown(&self, handle: &Handle, how: Shutdown) -> Result<(), Error> {
        self.act(|inner, now| {
            let state = &mut inner.state;
            let index = state.descriptors.resolve(handle)?;
            if how.name().is_none() {
                return Err(Errno::EINVAL.into());
            }
            match state.descriptors.entry(index)?.kind {
                Kind::Datagram(datagram) => state.shutdown_datagram(index, datagram, how),
                Kind::Unix(socket) => {
                    state.shutdown_unix(socket, how);
                    Ok(())
                }
                _ => state.shutdown_stream(index, how, now),
            }
        })
    }

    fn getsockname(&self, handle: &Handle) -> Result<Address, Error> {
        self.ask(|inner| {
            let index = inner.state.descriptors.resolve(handle)?;
            match inner.frames_name(index) {
                Some(name) => Ok(name),
                None => inner.state.own_address(index),
            }
        })?
    }

    fn getpeername(&self, handle: &Handle) -> Result<Address, Error> {
        self.ask(|inner| {
            let index = inner.state.descriptors.resolve(handle)?;
            inner.state.peer_address(index)
        })?
    }

    fn getsockopt(
        &self,
        handle: &Handle,
        level: OptionLevel,
        name: OptionName,
        value: &mut [u8],
    ) -> Result<usize, Error> {
        self.ask(|inner| {
            let state = &mut inner.state;
            let index = state.descriptors.resolve(handle)?;
            let kind = state.descriptors.entry(index)?.kind;
            let bytes = if (level, name) == (OptionLevel::SOCKET, options::SO_ERROR) {
                let error = match kind {
                    Kind::Unix(socket) => state.take_unix_error(socket),
                    _ => state.descriptors.entry_mut(index)?.error.take(),
                };
                options::OptionBytes::of_int(error.map_or(0, Errno::raw))
            } else if let Kind::Unix(socket) = kind {
                state.unix_option(index, socket, level, name)?
            } else if let Some(bytes) = state.frames_option(index, level, name) {
                bytes?
            } else {
                let entry = state.descriptors.entry(index)?;
                entry.options.get(level, name, &state.option_facts(entry))?
            };
            let bytes = bytes.as_slice();
            for (place, byte) in value.iter_mut().zip(bytes) {
                *place = *byte;
            }
            // A small number of IPv4 fits into one byte (Linux's `do_ip_getsockopt`).
            let is_number = level == OptionLevel::IP && name != options::IP_MULTICAST_IF;
            if is_number && value.len() < bytes.len() && options::int_of(bytes) < 256 {
                return Ok(value.len().min(1));
            }
            Ok(bytes.len().min(value.len()))
        })?
    }

    fn setsockopt(
        &self,
        handle: &Handle,
        level: OptionLevel,
        name: OptionName,
        value: &[u8],
    ) -> Result<(), Error> {
        self.act(|inner, now| {
            let state = &mut inner.state;
            let index = state.descriptors.resolve(handle)?;
            if let Kind::Unix(socket) = state.descriptors.entry(index)?.kind {
                return state.set_unix_option(index, socket, (level, name), value);
            }
            if let Some(outcome) = state.set_frames_option(index, level, name, value) {
                return outcome;
            }
            if let Some(outcome) = state.set_multicast_option(index, level, name, value, now) {
                return outcome;
            }
            let facts = state.option_facts(state.descriptors.entry(index)?);
            state.descriptors.entry_mut(index)?.options.set(level, name, value, &facts)?;
            let receive_buffer = (level, name) == (OptionLevel::SOCKET, options::SO_RCVBUF);
            match state.descriptors.entry(index)?.kind {
                Kind::Datagram(datagram) if receive_buffer => {
                    let wanted = options::int_of(value) as u32 as usize; // negative is huge, as on Linux
                    state.set_receive_limit(datagram, wanted);
                }
                Kind::Stream(stream) => state.apply_options(index, stream, now),
                _ => {}
            }
            Ok(())
        })
    }

    fn has_resolver(&self) -> bool {
        Self::HAS_RESOLVER
    }

    fn getaddrinfo(
        &self,
        query: &AddressInfoQuery<'_>,
        found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.look_up_host(query, found)
    }

    fn getnameinfo(
        &self,
        address: &Address,
        flags: NameInfoFlags,
        found: &mut dyn FnMut(NameInfo<'_>),
    ) -> Result<(), Error> {
        self.look_up_address(address, flags, found)
    }

    fn wait(
        &self,
        entries: &mut [PollEntry<'_, Handle>],
        deadline: Option<Instant>,
    ) -> Result<usize, Error> {
        // There may be thousands of entries: they are looked at again only after news.
        let (mut looked, mut ready) = (None, 0);
        self.wait_until(deadline, &mut |state| {
            if looked.replace(state.changes) != Some(state.changes) {
                ready = state.look_at(entries);
            }
            ready > 0
        })?;
        Ok(ready)
    }

    fn poll_wait(
        &self,
        context: &mut Context<'_>,
        entries: &mut [PollEntry<'_, Handle>],
        deadline: Option<Instant>,
    ) -> Poll<Result<usize, Error>> {
        let now = self.platform.now();
        let looked = self.act(|inner, _| {
            let count = inner.state.look_at(entries);
            if count > 0 || deadline.is_some_and(|deadline| deadline <= now) {
                return Ok(Some(count));
            }
            if entries.is_empty() {
                inner.state.waiters.register(NOBODY, context.waker(), deadline)?;
            }
            for entry in &*entries {
                let index = inner.state.descriptors.resolve(entry.handle)?;
                inner.state.waiters.register(index, context.waker(), deadline)?;
            }
            if let Some(deadline) = deadline {
                inner.state.housekeeping.bring_forward(deadline);
            }
            Ok(None)
        });
        match looked {
            Ok(Some(count)) => Poll::Ready(Ok(count)),
            // What has arrived before the waker was there wakes it now.
            Ok(None) => match self.drive(STEPS_PER_VERB) {
                Ok(_) => Poll::Pending,
                Err(error) => Poll::Ready(Err(error)),
            },
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl<P: Platform, L: LockFamily> Stack<'_, P, L> {
    /// Receives into the buffers, the first ones first, and says how much; `datagram` is what there is
    /// to know about it, if it is one.
    fn receive(
        &self,
        handle: &Handle,
        buffers: &mut [&mut [u8]],
        control: &mut [u8],
        flags: MessageFlags,
        datagram: &mut Option<ReceivedMessage>,
    ) -> Result<usize, Error> {
        self.attempt(|inner, now| {
            let state = &mut inner.state;
            let index = state.descriptors.resolve(handle)?;
            let kind = state.descriptors.entry(index)?.kind;
            if let Kind::Unix(socket) = kind {
                let message = state.receive_unix(socket, buffers, flags)?;
                return Ok(datagram.insert(message).length);
            }
            let is_stream = kind.is_stream();
            if flags.contains(MessageFlags::OOB) && is_stream {
                return Err(Errno::EINVAL.into()); // none is ever pending
            }
            if !flags.without(RECEIVE_FLAGS).is_empty() {
                return Err(Errno::EOPNOTSUPP.into());
            }
            if is_stream {
                return state.receive_stream(index, buffers, flags, now);
            }
            let message = state.receive_datagram(index, buffers, control, flags)?;
            Ok(datagram.insert(message).length)
        })
    }

    fn send_message(
        &self,
        handle: &Handle,
        message: &OutgoingMessage<'_>,
        flags: MessageFlags,
    ) -> Result<usize, Error> {
        self.attempt(|inner, now| {
            let index = inner.state.descriptors.resolve(handle)?;
            if !flags.without(SEND_FLAGS).is_empty() {
                return Err(Errno::EOPNOTSUPP.into());
            }
            match inner.state.descriptors.entry(index)?.kind {
                Kind::Datagram(_) => inner.send_datagram(index, message, now),
                Kind::Unix(socket) => inner.state.send_unix(socket, message),
                // A connection has its peer; an address is ignored, as by Linux.
                _ => inner.send_stream(index, message, now),
            }
        })
    }
}
