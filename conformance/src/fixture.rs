//! What cases start from: sockets in the variant's mode, listeners, connections; and how they wait.

use core::net::IpAddr;
use core::time::Duration;

use berkeley::options::{ERROR, LINGER};
use berkeley::{
    Address, Backend, Errno, Error, Instant, MessageFlags, Net, PollEntry, Readiness, Socket,
    Timeout,
};

use crate::case::{Mode, Role, Variant};
use crate::failure::{Failure, Outcome, expect_eq};
use crate::lab::Lab;

/// A timeout that is meant to pass.
pub(crate) const SHORT: Duration = Duration::from_millis(30);
/// A timeout that is not meant to pass.
pub(crate) const LONG: Duration = Duration::from_secs(5);
/// Longer than an acknowledgement is delayed (RFC 9293 3.8.6.3; 40 ms on Linux when it is quick): what
/// has no room after that time will have none until the peer reads.
const ACKNOWLEDGED: Duration = Duration::from_millis(80);
/// How much longer than it should a wait may take on a busy host.
pub(crate) const SLACK: Duration = Duration::from_millis(1500);

/// Readable and writable: what a socket is asked for to learn all that it is ready for.
pub(crate) const BOTH: Readiness = Readiness(Readiness::READABLE.0 | Readiness::WRITABLE.0);

/// The near address, with port 0.
#[track_caller]
pub(crate) fn near_any<L: Lab>(lab: &L, variant: &Variant) -> Result<Address, Failure> {
    required(lab.near_address(variant.family))
}

/// The far address, with port 0.
#[track_caller]
pub(crate) fn far_any<L: Lab>(lab: &L, variant: &Variant) -> Result<Address, Failure> {
    required(lab.far_address(variant.family))
}

/// The near side's loopback address, with port 0.
#[track_caller]
pub(crate) fn loopback_any<L: Lab>(lab: &L, variant: &Variant) -> Result<Address, Failure> {
    required(lab.loopback(variant.family))
}

/// The near side's second address, with port 0.
#[track_caller]
pub(crate) fn second_any<L: Lab>(lab: &L, variant: &Variant) -> Result<Address, Failure> {
    required(lab.second_near_address(variant.family))
}

#[track_caller]
fn required(address: Option<IpAddr>) -> Result<Address, Failure> {
    address
        .map(|address| Address::from((address, 0)))
        .ok_or_else(|| Failure::new("the lab", format_args!("has no such address")))
}

/// A near stream socket in the variant's mode.
pub(crate) fn near_stream<L: Lab>(lab: &L, variant: &Variant) -> Result<Socket<L::Near>, Failure> {
    let mut socket = lab.near().stream(variant.family.number())?;
    socket.settimeout(variant.mode.patient())?;
    Ok(socket)
}

/// A far stream socket; its operations wait up to [`LONG`].
pub(crate) fn far_stream<L: Lab>(lab: &L, variant: &Variant) -> Result<Socket<L::Far>, Failure> {
    let mut socket = lab.far().stream(variant.family.number())?;
    socket.settimeout(LONG)?;
    Ok(socket)
}

/// A near datagram socket in the variant's mode, bound to the near address.
pub(crate) fn near_datagram<L: Lab>(
    lab: &L,
    variant: &Variant,
) -> Result<Socket<L::Near>, Failure> {
    let mut socket = lab.near().datagram(variant.family.number())?;
    socket.settimeout(variant.mode.patient())?;
    socket.bind(near_any(lab, variant)?)?;
    Ok(socket)
}

/// A far datagram socket, bound to the far address; its operations wait up to [`LONG`].
pub(crate) fn far_datagram<L: Lab>(lab: &L, variant: &Variant) -> Result<Socket<L::Far>, Failure> {
    let mut socket = lab.far().datagram(variant.family.number())?;
    socket.settimeout(LONG)?;
    socket.bind(far_any(lab, variant)?)?;
    Ok(socket)
}

/// A near socket that listens at the near address.
pub(crate) fn near_listener<L: Lab>(
    lab: &L,
    variant: &Variant,
    backlog: i32,
) -> Result<Socket<L::Near>, Failure> {
    let socket = near_stream(lab, variant)?;
    socket.bind(near_any(lab, variant)?)?;
    socket.listen(backlog)?;
    Ok(socket)
}

/// A far socket that listens at the far address.
pub(crate) fn far_listener<L: Lab>(
    lab: &L,
    variant: &Variant,
    backlog: i32,
) -> Result<Socket<L::Far>, Failure> {
    let socket = far_stream(lab, variant)?;
    socket.bind(far_any(lab, variant)?)?;
    socket.listen(backlog)?;
    Ok(socket)
}

/// A far socket that is bound and does not listen, so that nobody else will at its address.
pub(crate) fn far_deaf<L: Lab>(lab: &L, variant: &Variant) -> Result<Socket<L::Far>, Failure> {
    let socket = far_stream(lab, variant)?;
    socket.bind(far_any(lab, variant)?)?;
    Ok(socket)
}

/// Connects and waits until that is done, whatever the socket's mode.
pub(crate) fn connect<B: Backend + Clone>(
    net: &Net<B>,
    socket: &Socket<B>,
    address: Address,
) -> Result<(), Error> {
    match socket.connect(address) {
        Err(error) if error.is(Errno::EINPROGRESS) => {}
        outcome => return outcome,
    }
    let mut entries = [PollEntry::new(socket.handle(), Readiness::WRITABLE)];
    if net.poll(&mut entries, LONG)? == 0 {
        return Err(Error::TIMED_OUT);
    }
    socket.option(ERROR)?.map_or(Ok(()), Err)
}

/// Accepts, whatever the listener's mode.
pub(crate) fn accept<B: Backend + Clone>(
    net: &Net<B>,
    listener: &Socket<B>,
) -> Result<(Socket<B>, Address), Failure> {
    wait_for(net, listener, Readiness::READABLE)?;
    Ok(listener.accept()?)
}

/// Two connected sockets.
pub(crate) struct Connection<L: Lab> {
    /// The one under test, in the variant's mode.
    pub(crate) near: Socket<L::Near>,
    /// Its peer; its operations wait up to [`LONG`].
    pub(crate) far: Socket<L::Far>,
}

/// A connection, opened from the side that the variant's role says.
pub(crate) fn connection<L: Lab>(lab: &L, variant: &Variant) -> Result<Connection<L>, Failure> {
    connection_with(lab, variant, |_| Ok(()), |_| Ok(()))
}

/// A connection whose sockets, or the listener in their place, are prepared before they connect.
pub(crate) fn connection_with<L: Lab>(
    lab: &L,
    variant: &Variant,
    prepare_near: impl FnOnce(&Socket<L::Near>) -> Result<(), Error>,
    prepare_far: impl FnOnce(&Socket<L::Far>) -> Result<(), Error>,
) -> Result<Connection<L>, Failure> {
    let (near, mut far) = (near_stream(lab, variant)?, far_stream(lab, variant)?);
    prepare_near(&near)?;
    prepare_far(&far)?;
    match variant.role {
        Role::Connected => {
            far.bind(far_any(lab, variant)?)?;
            far.listen(1)?;
            connect(lab.near(), &near, far.getsockname()?)?;
            (far, _) = accept(lab.far(), &far)?;
            far.settimeout(LONG)?;
            Ok(Connection { near, far })
        }
        Role::Accepted => {
            near.bind(near_any(lab, variant)?)?;
            near.listen(1)?;
            connect(lab.far(), &far, near.getsockname()?)?;
            let (mut near, _) = accept(lab.near(), &near)?;
            near.settimeout(variant.mode.patient())?;
            Ok(Connection { near, far })
        }
    }
}

/// A far listener whose queue is full: a connect to it stays unanswered until it accepts.
pub(crate) struct Silent<L: Lab> {
    pub(crate) listener: Socket<L::Far>,
    pub(crate) address: Address,
    /// The connection that fills the queue.
    _filler: Socket<L::Near>,
}

/// See [`Silent`].
pub(crate) fn silent<L: Lab>(lab: &L, variant: &Variant) -> Result<Silent<L>, Failure> {
    let listener = far_listener(lab, variant, 0)?;
    let address = listener.getsockname()?;
    let mut filler = lab.near().stream(variant.family.number())?;
    filler.settimeout(LONG)?;
    filler.connect(address)?;
    wait_for(lab.far(), &listener, Readiness::READABLE)?;
    Ok(Silent { listener, address, _filler: filler })
}

/// A near socket, in non-blocking mode, that is connecting to a [`Silent`] listener.
pub(crate) fn connecting<L: Lab>(
    lab: &L,
    variant: &Variant,
) -> Result<(Socket<L::Near>, Silent<L>), Failure> {
    let silent = silent(lab, variant)?;
    let mut near = near_stream(lab, variant)?;
    near.setblocking(false)?;
    match near.connect(silent.address) {
        Err(error) if error.is(Errno::EINPROGRESS) => Ok((near, silent)),
        outcome => Err(Failure::new("connect", format_args!("not in progress: {outcome:?}"))),
    }
}

/// Another handle of the same socket, in the same mode.
pub(crate) fn second_handle<B: Backend + Clone>(socket: &Socket<B>) -> Result<Socket<B>, Error> {
    let handle = socket.backend().retain(socket.handle())?;
    let mut second = Socket::from_handle(
        socket.backend().clone(),
        handle,
        socket.family(),
        socket.type_(),
        socket.proto(),
    )?;
    // Some hosts keep one mode flag for both handles, and `from_handle` has set it.
    second.settimeout(socket.gettimeout())?;
    Ok(second)
}

/// Closes with a reset.
pub(crate) fn reset<B: Backend + Clone>(socket: Socket<B>) -> Result<(), Error> {
    socket.set_option(LINGER, Some(Duration::ZERO))?;
    socket.close()
}

/// Waits until the socket is ready for `interest`, or an error, and says for what it is.
#[track_caller]
pub(crate) fn wait_for<B: Backend + Clone>(
    net: &Net<B>,
    socket: &Socket<B>,
    interest: Readiness,
) -> Result<Readiness, Failure> {
    let mut entries = [PollEntry::new(socket.handle(), interest)];
    if net.poll(&mut entries, LONG)? == 0 {
        return Err(Failure::new("waiting", format_args!("never became {interest:?}")));
    }
    Ok(entries[0].ready)
}

/// Waits until the socket is in this state, and no other.
#[track_caller]
pub(crate) fn becomes<B: Backend + Clone>(
    net: &Net<B>,
    socket: &Socket<B>,
    expected: Readiness,
) -> Outcome {
    let deadline = net.backend().now() + LONG;
    let mut interest = BOTH;
    loop {
        let mut entries = [PollEntry::new(socket.handle(), interest)];
        net.poll(&mut entries, LONG)?;
        let found = readiness(net, socket)?;
        if found == expected {
            return Ok(());
        }
        if net.backend().now() >= deadline || found.without(expected) != Readiness::NONE {
            return Err(Failure::new(
                "readiness",
                format_args!("expected {expected:?}, found {found:?}"),
            ));
        }
        // Wait for what is missing, not for what is there already.
        interest = expected.without(found) & BOTH;
    }
}

/// What the socket is ready for now.
pub(crate) fn readiness<B: Backend + Clone>(
    net: &Net<B>,
    socket: &Socket<B>,
) -> Result<Readiness, Error> {
    let mut entries = [PollEntry::new(socket.handle(), BOTH)];
    net.poll(&mut entries, Timeout::NonBlocking)?;
    Ok(entries[0].ready)
}

/// Fails when the socket becomes ready for `interest` within [`SHORT`].
#[track_caller]
pub(crate) fn stays_quiet<B: Backend + Clone>(
    net: &Net<B>,
    socket: &Socket<B>,
    interest: Readiness,
) -> Outcome {
    let mut entries = [PollEntry::new(socket.handle(), interest)];
    match net.poll(&mut entries, SHORT)? {
        0 => Ok(()),
        _ => Err(Failure::new(
            "readiness",
            format_args!("expected none, found {:?}", entries[0].ready),
        )),
    }
}

/// Receives; in non-blocking mode, once there is something.
#[track_caller]
pub(crate) fn receive<B: Backend + Clone>(
    net: &Net<B>,
    socket: &Socket<B>,
    buffer: &mut [u8],
) -> Result<usize, Error> {
    receive_with(net, socket, buffer, MessageFlags::NONE)
}

/// [`receive`] with flags.
pub(crate) fn receive_with<B: Backend + Clone>(
    net: &Net<B>,
    socket: &Socket<B>,
    buffer: &mut [u8],
    flags: MessageFlags,
) -> Result<usize, Error> {
    if !socket.getblocking() {
        net.poll(&mut [PollEntry::new(socket.handle(), Readiness::READABLE)], LONG)?;
    }
    socket.recv_into(buffer, 0, flags)
}

/// Receives until there is as much as expected, in pieces of any size, and compares.
#[track_caller]
pub(crate) fn expect_bytes<B: Backend + Clone>(
    net: &Net<B>,
    socket: &Socket<B>,
    expected: &[u8],
) -> Outcome {
    let mut buffer = [0; 512];
    let mut seen = 0;
    while seen < expected.len() {
        let most = buffer.len().min(expected.len() - seen);
        let count = receive(net, socket, &mut buffer[..most])?;
        if count == 0 {
            return Err(Failure::new("received", format_args!("the end after {seen} bytes")));
        }
        if buffer[..count] != expected[seen..seen + count] {
            return Err(Failure::new("received", format_args!("other bytes after {seen}")));
        }
        seen += count;
    }
    Ok(())
}

/// Expects the end of the stream.
#[track_caller]
pub(crate) fn expect_end<B: Backend + Clone>(net: &Net<B>, socket: &Socket<B>) -> Outcome {
    match receive(net, socket, &mut [0; 64]) {
        Ok(0) => Ok(()),
        outcome => Err(Failure::new("recv", format_args!("expected the end, found {outcome:?}"))),
    }
}

/// Sends until nothing more is taken, neither by the own buffers nor by the peer's, and says how
/// much was. Leaves the socket in non-blocking mode.
pub(crate) fn fill<B: Backend + Clone>(
    net: &Net<B>,
    socket: &mut Socket<B>,
) -> Result<u64, Failure> {
    const MOST: u64 = 256 << 20;
    socket.setblocking(false)?;
    let (mut sent, mut waited) = (0, false);
    while sent < MOST {
        match socket.send(&CHUNK) {
            Ok(count) => (sent, waited) = (sent + count as u64, false),
            Err(error) if error.is(Errno::EAGAIN) && waited => return Ok(sent),
            Err(error) if error.is(Errno::EAGAIN) => {
                // Little room is taken by a send, but not enough for "writable": look both ways.
                let mut entries = [PollEntry::new(socket.handle(), Readiness::WRITABLE)];
                waited = net.poll(&mut entries, ACKNOWLEDGED)? == 0;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new("sending", format_args!("never filled up")))
}

/// Something to send a lot of.
pub(crate) static CHUNK: [u8; 32 * 1024] = [b'.'; 32 * 1024];

/// Measures on the clock of a backend.
pub(crate) struct Stopwatch {
    start: Instant,
}

impl Stopwatch {
    /// Starts now.
    pub(crate) fn start<B: Backend + Clone>(net: &Net<B>) -> Stopwatch {
        Stopwatch { start: net.backend().now() }
    }

    /// Fails unless the time since the start is at least this long, and not much longer.
    #[track_caller]
    pub(crate) fn expect<B: Backend + Clone>(&self, net: &Net<B>, least: Duration) -> Outcome {
        let elapsed = net.backend().now().saturating_duration_since(self.start);
        if elapsed < least || elapsed > least + SLACK {
            return Err(Failure::new("time", format_args!("expected {least:?}, took {elapsed:?}")));
        }
        Ok(())
    }

    /// Fails unless less time than this has passed since the start.
    #[track_caller]
    pub(crate) fn expect_less<B: Backend + Clone>(&self, net: &Net<B>, most: Duration) -> Outcome {
        let elapsed = net.backend().now().saturating_duration_since(self.start);
        if elapsed >= most {
            return Err(Failure::new("time", format_args!("took {elapsed:?}, not below {most:?}")));
        }
        Ok(())
    }
}

/// The error of an attempt that failed, as the mode tells it: it would block, or timed out.
#[track_caller]
pub(crate) fn expect_gives_up<T>(mode: Mode, outcome: Result<T, Error>) -> Outcome {
    let expected = match mode {
        Mode::NonBlocking => Error::from(Errno::EAGAIN),
        Mode::Blocking | Mode::Timeout => Error::TIMED_OUT,
    };
    expect_eq!(outcome.map(|_| ()), Err(expected));
    Ok(())
}
