//! The side that asks.

use core::cell::{Cell, RefCell};
use core::ops::ControlFlow;
use core::task::{Context, Poll};
use core::time::Duration;

use berkeley::names::{AddressInfo, AddressInfoQuery, NameInfo, numeric};
use berkeley::{
    Address, AddressFamily, Backend, Errno, Error, Instant, MessageFlags, NameInfoFlags,
    OptionLevel, OptionName, OutgoingMessage, Patience, PollEntry, Protocol, Readiness,
    ReceivedMessage, Shutdown, SocketType, Timeout,
};

use super::Wire;
use super::codec::{
    Answer, Disturbance, MOST_DATA, MOST_HEAD, Number, Prefix, Question, Request, is_passed,
};

/// How long the near side goes on between two looks at the far one.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// For how many sockets one request asks.
const QUESTIONS: usize = 16;

/// What an answer is to which there was no such question.
const OUT_OF_STEP: Error = Error::from_errno(Errno::EPROTO);

/// Sockets that are at the other end of a line, for one thread.
///
/// The backend beside it gives the clock, and goes on while somebody waits here.
#[derive(Debug)]
pub struct Remote<N, W> {
    beside: N,
    wire: RefCell<W>,
    default_timeout: Cell<Timeout>,
}

/// The number of a socket at the other end; it is given back by [`Backend::close`] alone.
#[derive(Debug)]
pub struct RemoteHandle(Number);

/// The number of no socket.
const NONE: Number = -1;

impl<N: Backend, W: Wire> Remote<N, W> {
    /// The sockets at the other end of this wire.
    pub const fn new(beside: N, wire: W) -> Remote<N, W> {
        let default_timeout = Cell::new(Timeout::Blocking);
        Remote { beside, wire: RefCell::new(wire), default_timeout }
    }

    /// Has this happen on the way from now on, where the server can make it; `None` has nothing happen.
    /// Says to how many frames something has since it was asked the last time.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` where the server cannot.
    pub fn disturb(&self, fault: Option<Disturbance>) -> Result<u32, Error> {
        let Answer::Disturbed(count) = self.ask(Request::Disturb(fault))? else {
            return Err(OUT_OF_STEP);
        };
        Ok(count)
    }

    /// Asks, and gives the answer.
    fn ask(&self, request: Request) -> Result<Answer, Error> {
        self.exchange(request, &[], &mut []).map(|(answer, _)| answer)
    }

    /// Asks for something that has no answer but that it was done.
    fn done(&self, request: Request) -> Result<(), Error> {
        let Answer::Done = self.ask(request)? else { return Err(OUT_OF_STEP) };
        Ok(())
    }

    fn name(&self, request: Request) -> Result<Address, Error> {
        let Answer::Name(address) = self.ask(request)? else { return Err(OUT_OF_STEP) };
        Ok(address)
    }

    /// Sends a request with these parts of data, and fills the buffers with the data of the answer,
    /// the first ones first. Says how much that was.
    fn exchange(
        &self,
        request: Request,
        parts: &[&[u8]],
        buffers: &mut [&mut [u8]],
    ) -> Result<(Answer, usize), Error> {
        // A step that runs while the near side goes on is outside of any exchange.
        let mut wire = self.wire.try_borrow_mut().map_err(|_| Error::REENTERED)?;
        write_frame(&mut *wire, request, parts)?;
        let outcome = read_frame(&mut *wire, buffers)?;
        match outcome {
            (Answer::Failed(error), _) => Err(error),
            outcome => Ok(outcome),
        }
    }

    fn receive(
        &self,
        handle: &RemoteHandle,
        buffers: &mut [&mut [u8]],
        flags: MessageFlags,
    ) -> Result<ReceivedMessage, Error> {
        let room = buffers.iter().fold(0, |sum: usize, buffer| sum.saturating_add(buffer.len()));
        let request = Request::Receive(handle.0, room.min(MOST_DATA) as u32, flags);
        let (Answer::Received(full_length, flags, address), length) =
            self.exchange(request, &[], buffers)?
        else {
            return Err(OUT_OF_STEP);
        };
        let full_length = full_length as usize;
        Ok(ReceivedMessage { length, full_length, control_length: 0, flags, address })
    }

    fn send_parts(
        &self,
        handle: &RemoteHandle,
        parts: &[&[u8]],
        flags: MessageFlags,
        address: Option<&Address>,
    ) -> Result<usize, Error> {
        passed(address)?;
        let request = Request::Send(handle.0, flags, address.copied());
        let (Answer::Sent(count), _) = self.exchange(request, parts, &mut [])? else {
            return Err(OUT_OF_STEP);
        };
        Ok(count as usize)
    }

    /// What these sockets are ready for now, and how many of them are.
    fn look(&self, entries: &mut [PollEntry<'_, RemoteHandle>]) -> Result<usize, Error> {
        let mut ready = 0;
        for entries in entries.chunks_mut(QUESTIONS) {
            let mut questions = [[0; Question::LENGTH]; QUESTIONS];
            for (question, entry) in questions.iter_mut().zip(&*entries) {
                *question = Question { socket: entry.handle.0, interest: entry.interest }.encode();
            }
            let mut found = [0; 2 * QUESTIONS];
            let found = &mut found[..2 * entries.len()];
            let asked = questions[..entries.len()].as_flattened();
            let answer = self.exchange(Request::Poll, &[asked], &mut [&mut *found])?;
            let (Answer::Ready(count), length) = answer else { return Err(OUT_OF_STEP) };
            if length != found.len() {
                return Err(OUT_OF_STEP);
            }
            for (entry, found) in entries.iter_mut().zip(found.as_chunks::<2>().0) {
                entry.ready = Readiness(u16::from_be_bytes(*found));
            }
            ready += count as usize;
        }
        Ok(ready)
    }

    /// Whether the deadline has passed on the clock beside.
    fn is_over(&self, deadline: Option<Instant>) -> bool {
        deadline.is_some_and(|deadline| self.beside.now() >= deadline)
    }
}

fn write_frame(wire: &mut impl Wire, request: Request, parts: &[&[u8]]) -> Result<(), Error> {
    let head = request.encode();
    let length = parts.iter().fold(0, |sum: usize, part| sum.saturating_add(part.len()));
    // A stream takes the rest the next time; no datagram is so long.
    let mut left = length.min(MOST_DATA);
    // In one piece: each may be a call of the host.
    let prefix = Prefix { head: head.as_slice().len(), data: left }.encode();
    let mut front = [0; Prefix::LENGTH + MOST_HEAD];
    let front = &mut front[..Prefix::LENGTH + head.as_slice().len()];
    front[..Prefix::LENGTH].copy_from_slice(&prefix);
    front[Prefix::LENGTH..].copy_from_slice(head.as_slice());
    wire.write(front)?;
    for part in parts {
        let part = &part[..part.len().min(left)];
        wire.write(part)?;
        left -= part.len();
    }
    Ok(())
}

fn read_frame(wire: &mut impl Wire, buffers: &mut [&mut [u8]]) -> Result<(Answer, usize), Error> {
    let mut prefix = [0; Prefix::LENGTH];
    wire.read(&mut prefix)?;
    let prefix = Prefix::decode(prefix)?;
    let mut head = [0; MOST_HEAD];
    wire.read(&mut head[..prefix.head])?;
    let mut left = prefix.data;
    for buffer in buffers {
        let most = buffer.len().min(left);
        wire.read(&mut buffer[..most])?;
        left -= most;
    }
    if left > 0 {
        // More than was asked for: the next answer is behind it.
        while left > 0 {
            let mut lost = [0; 64];
            let most = lost.len().min(left);
            wire.read(&mut lost[..most])?;
            left -= most;
        }
        return Err(OUT_OF_STEP);
    }
    Ok((Answer::decode(&head[..prefix.head])?, prefix.data))
}

/// Addresses of other families than IP's are not passed.
fn passed(address: Option<&Address>) -> Result<(), Error> {
    match address {
        Some(address) if !is_passed(address) => Err(Errno::EAFNOSUPPORT.into()),
        _ => Ok(()),
    }
}

impl<N: Backend, W: Wire> Backend for Remote<N, W> {
    type Handle = RemoteHandle;

    fn now(&self) -> Instant {
        self.beside.now()
    }

    fn default_timeout(&self) -> Timeout {
        self.default_timeout.get()
    }

    fn set_default_timeout(&self, timeout: Timeout) {
        self.default_timeout.set(timeout);
    }

    fn closed(&self) -> RemoteHandle {
        RemoteHandle(NONE)
    }

    fn fileno(&self, handle: &RemoteHandle) -> i32 {
        handle.0
    }

    fn check_signals(&self) -> Result<(), Error> {
        self.beside.check_signals()
    }

    fn socket(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
        _nonblocking: bool,
    ) -> Result<RemoteHandle, Error> {
        match self.ask(Request::Socket(family, socket_type, protocol))? {
            Answer::Socket(number) => Ok(RemoteHandle(number)),
            _ => Err(OUT_OF_STEP),
        }
    }

    fn socketpair(
        &self,
        family: AddressFamily,
        socket_type: SocketType,
        protocol: Protocol,
        _nonblocking: bool,
    ) -> Result<(RemoteHandle, RemoteHandle), Error> {
        match self.ask(Request::SocketPair(family, socket_type, protocol))? {
            Answer::SocketPair(first, second) => Ok((RemoteHandle(first), RemoteHandle(second))),
            _ => Err(OUT_OF_STEP),
        }
    }

    fn retain(&self, handle: &RemoteHandle) -> Result<RemoteHandle, Error> {
        match self.ask(Request::Retain(handle.0))? {
            Answer::Socket(number) => Ok(RemoteHandle(number)),
            _ => Err(OUT_OF_STEP),
        }
    }

    /// Nobody waits as `SO_LINGER` says: the near side would not go on meanwhile.
    fn close(&self, handle: RemoteHandle, _patience: Patience) -> Result<(), Error> {
        self.done(Request::Close(handle.0))
    }

    /// The sockets of the server never wait, whatever the mode.
    fn set_nonblocking(&self, handle: &RemoteHandle, _nonblocking: bool) -> Result<(), Error> {
        if handle.0 == NONE { Err(Errno::EBADF.into()) } else { Ok(()) }
    }

    fn bind(&self, handle: &RemoteHandle, address: &Address) -> Result<(), Error> {
        passed(Some(address))?;
        self.done(Request::Bind(handle.0, *address))
    }

    fn listen(&self, handle: &RemoteHandle, backlog: i32) -> Result<(), Error> {
        self.done(Request::Listen(handle.0, backlog))
    }

    fn accept(
        &self,
        handle: &RemoteHandle,
        _patience: Patience,
        _nonblocking: bool,
    ) -> Result<(RemoteHandle, Address), Error> {
        match self.ask(Request::Accept(handle.0))? {
            Answer::Accepted(number, peer) => Ok((RemoteHandle(number), peer)),
            _ => Err(OUT_OF_STEP),
        }
    }

    fn connect(
        &self,
        handle: &RemoteHandle,
        address: &Address,
        _patience: Patience,
    ) -> Result<(), Error> {
        passed(Some(address))?;
        self.done(Request::Connect(handle.0, *address))
    }

    fn connect_outcome(&self, handle: &RemoteHandle) -> Result<(), Error> {
        self.done(Request::ConnectOutcome(handle.0))
    }

    fn recv(
        &self,
        handle: &RemoteHandle,
        buffer: &mut [u8],
        flags: MessageFlags,
        _patience: Patience,
    ) -> Result<usize, Error> {
        self.receive(handle, &mut [buffer], flags).map(|message| message.length)
    }

    fn recvfrom(
        &self,
        handle: &RemoteHandle,
        buffer: &mut [u8],
        flags: MessageFlags,
        _patience: Patience,
    ) -> Result<(usize, Option<Address>), Error> {
        let message = self.receive(handle, &mut [buffer], flags)?;
        Ok((message.length, message.address))
    }

    fn send(
        &self,
        handle: &RemoteHandle,
        data: &[u8],
        flags: MessageFlags,
        _patience: Patience,
    ) -> Result<usize, Error> {
        self.send_parts(handle, &[data], flags, None)
    }

    fn sendto(
        &self,
        handle: &RemoteHandle,
        data: &[u8],
        flags: MessageFlags,
        address: &Address,
        _patience: Patience,
    ) -> Result<usize, Error> {
        self.send_parts(handle, &[data], flags, Some(address))
    }

    fn sendmsg(
        &self,
        handle: &RemoteHandle,
        message: &OutgoingMessage<'_>,
        flags: MessageFlags,
        _patience: Patience,
    ) -> Result<usize, Error> {
        if !message.control.is_empty() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        self.send_parts(handle, message.parts, flags, message.address)
    }

    fn recvmsg(
        &self,
        handle: &RemoteHandle,
        buffers: &mut [&mut [u8]],
        _control: &mut [u8],
        flags: MessageFlags,
        _patience: Patience,
    ) -> Result<ReceivedMessage, Error> {
        self.receive(handle, buffers, flags)
    }

    fn shutdown(&self, handle: &RemoteHandle, how: Shutdown) -> Result<(), Error> {
        self.done(Request::Shutdown(handle.0, how))
    }

    fn getsockname(&self, handle: &RemoteHandle) -> Result<Address, Error> {
        self.name(Request::SocketName(handle.0))
    }

    fn getpeername(&self, handle: &RemoteHandle) -> Result<Address, Error> {
        self.name(Request::PeerName(handle.0))
    }

    fn getsockopt(
        &self,
        handle: &RemoteHandle,
        level: OptionLevel,
        name: OptionName,
        value: &mut [u8],
    ) -> Result<usize, Error> {
        let most = value.len().min(MOST_DATA) as u32;
        match self.exchange(Request::ReadOption(handle.0, level, name, most), &[], &mut [value])? {
            (Answer::Value, length) => Ok(length),
            _ => Err(OUT_OF_STEP),
        }
    }

    fn setsockopt(
        &self,
        handle: &RemoteHandle,
        level: OptionLevel,
        name: OptionName,
        value: &[u8],
    ) -> Result<(), Error> {
        match self.exchange(Request::SetOption(handle.0, level, name), &[value], &mut [])? {
            (Answer::Done, _) => Ok(()),
            _ => Err(OUT_OF_STEP),
        }
    }

    fn has_resolver(&self) -> bool {
        false
    }

    fn getaddrinfo(
        &self,
        query: &AddressInfoQuery<'_>,
        found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        numeric::getaddrinfo(query, found)
    }

    fn getnameinfo(
        &self,
        address: &Address,
        flags: NameInfoFlags,
        found: &mut dyn FnMut(NameInfo<'_>),
    ) -> Result<(), Error> {
        numeric::getnameinfo(address, flags, found)
    }

    /// Looks, lets the side beside go on for a moment, and looks again.
    fn wait(
        &self,
        entries: &mut [PollEntry<'_, RemoteHandle>],
        deadline: Option<Instant>,
    ) -> Result<usize, Error> {
        loop {
            let ready = self.look(entries)?;
            if ready > 0 || self.is_over(deadline) {
                return Ok(ready);
            }
            let next = self.beside.now().checked_add(BETWEEN_LOOKS);
            let until = deadline.map_or(next, |deadline| next.map(|next| next.min(deadline)));
            self.beside.wait(&mut [], until)?;
        }
    }

    /// A task looks whenever it is asked: nobody tells it when it is worth it.
    fn poll_wait(
        &self,
        context: &mut Context<'_>,
        entries: &mut [PollEntry<'_, RemoteHandle>],
        deadline: Option<Instant>,
    ) -> Poll<Result<usize, Error>> {
        match self.look(entries) {
            Ok(0) if !self.is_over(deadline) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            outcome => Poll::Ready(outcome),
        }
    }
}
