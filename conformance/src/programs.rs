//! The manual's programs, written once for every backend (Python manual, "Example").

use core::fmt::Write;
use core::ops::ControlFlow;
use core::time::Duration;

use berkeley::names::{AddressInfoQuery, Service};
use berkeley::{
    Address, AddressFamily, AddressInfoFlags, Backend, Error, Net, Refusal, Socket, SocketType,
    ToAddress,
};

/// What the client says.
pub const GREETING: &[u8] = b"Hello, world";

/// The echo server: listens at `address`, serves so many clients one after the other, and writes
/// who was connected.
///
/// # Errors
///
/// Any error of the sockets.
pub fn echo_server<B: Backend + Clone>(
    net: &Net<B>,
    family: AddressFamily,
    address: impl ToAddress,
    clients: usize,
    out: &mut impl Write,
) -> Result<(), Error> {
    let listener = net.stream(family)?;
    listener.bind(address)?;
    listener.listen(1)?;
    serve(&listener, clients, out)
}

/// How long [`echo_server_for_ever`] pauses before it begins anew.
const PAUSE: Duration = Duration::from_secs(1);

/// The echo server on a machine that does nothing else: at this port of all addresses of IPv4, for ever. A
/// client that breaks its connection ends the manual's server; here it begins anew, after a pause, for a
/// connection that is ending may have the port still.
///
/// # Errors
///
/// When it cannot pause.
pub fn echo_server_for_ever<B: Backend + Clone>(
    net: &Net<B>,
    port: u16,
    out: &mut impl Write,
) -> Result<(), Error> {
    loop {
        let _ = echo_server(net, AddressFamily::INET, ("", port), usize::MAX, out);
        net.poll(&mut [], PAUSE)?;
    }
}

/// The echo server for either family: listens at the first address of `host` where it can, without a
/// host at that of all interfaces, and goes on as [`echo_server`].
///
/// That is one family and not both, as the manual says: of glibc's two addresses of all interfaces the
/// one of IPv4 comes first. (`has_dualstack_ipv6` and `create_server` serve both.)
///
/// # Errors
///
/// When it cannot listen anywhere, the error of the last address, and it says so. Any other error of
/// the lookup and the sockets.
pub fn dual_server<B: Backend + Clone>(
    net: &Net<B>,
    host: Option<&str>,
    port: u16,
    clients: usize,
    out: &mut impl Write,
) -> Result<(), Error> {
    let query = AddressInfoQuery { flags: AddressInfoFlags::PASSIVE, ..streams(host, port) };
    let listener = told(listening(net, &query), out)?;
    serve(&listener, clients, out)
}

/// A socket that listens at the first of these addresses where that is possible.
///
/// # Errors
///
/// Those of the lookup, else the error of the last address.
pub fn listening<B: Backend + Clone>(
    net: &Net<B>,
    query: &AddressInfoQuery<'_>,
) -> Result<Socket<B>, Error> {
    first(net, query, |socket, address| {
        socket.bind(address)?;
        socket.listen(1)
    })
}

/// The part of the echo servers behind `listen`.
///
/// # Errors
///
/// Any error of the sockets.
pub fn serve<B: Backend + Clone>(
    listener: &Socket<B>,
    clients: usize,
    out: &mut impl Write,
) -> Result<(), Error> {
    for _ in 0..clients {
        let (connection, peer) = listener.accept()?;
        say(out, format_args!("Connected by {peer}"));
        let mut data = [0; 1024];
        loop {
            let count = connection.recv(&mut data)?;
            match data.get(..count) {
                None | Some([]) => break,
                Some(received) => connection.sendall(received)?,
            }
        }
        connection.close()?;
    }
    Ok(())
}

/// The echo client: connects, says [`GREETING`], and writes what came back.
///
/// # Errors
///
/// Any error of the socket.
pub fn echo_client<B: Backend + Clone>(
    net: &Net<B>,
    family: AddressFamily,
    address: impl ToAddress,
    out: &mut impl Write,
) -> Result<(), Error> {
    let socket = net.stream(family)?;
    socket.connect(address)?;
    greet(socket, out)
}

/// The echo client for either family: connects to the first address of `host` that takes the
/// connection, and goes on as [`echo_client`].
///
/// # Errors
///
/// When it cannot connect anywhere, the error of the last address, and it says so. Any other error of
/// the lookup and the socket.
pub fn dual_client<B: Backend + Clone>(
    net: &Net<B>,
    host: &str,
    port: u16,
    out: &mut impl Write,
) -> Result<(), Error> {
    let socket = told(connected(net, &streams(Some(host), port)), out)?;
    greet(socket, out)
}

/// A socket that is connected to the first of these addresses that takes the connection.
///
/// # Errors
///
/// Those of the lookup, else the error of the last address.
pub fn connected<B: Backend + Clone>(
    net: &Net<B>,
    query: &AddressInfoQuery<'_>,
) -> Result<Socket<B>, Error> {
    first(net, query, |socket, address| socket.connect(address))
}

/// The part of the echo clients behind `connect`.
///
/// # Errors
///
/// Any error of the socket.
pub fn greet<B: Backend + Clone>(socket: Socket<B>, out: &mut impl Write) -> Result<(), Error> {
    socket.sendall(GREETING)?;
    let mut data = [0; 1024];
    let count = socket.recv(&mut data)?;
    socket.close()?;
    let text = core::str::from_utf8(&data[..count]).unwrap_or("something else");
    say(out, format_args!("Received '{text}'"));
    Ok(())
}

/// The question for the addresses of streams: all families, no protocol in particular.
pub fn streams(host: Option<&str>, port: u16) -> AddressInfoQuery<'_> {
    AddressInfoQuery {
        host,
        service: Some(Service::Port(port)),
        socket_type: SocketType::STREAM,
        ..AddressInfoQuery::default()
    }
}

/// The first socket that could be made and opened for one of these addresses. The others are closed.
fn first<B: Backend + Clone>(
    net: &Net<B>,
    query: &AddressInfoQuery<'_>,
    open: impl Fn(&Socket<B>, Address) -> Result<(), Error>,
) -> Result<Socket<B>, Error> {
    let mut outcome = Err(Error::refused(Refusal::EmptyAddressList));
    net.getaddrinfo_each(query, &mut |info| {
        outcome = net
            .socket(info.family, info.socket_type, info.protocol)
            .and_then(|socket| open(&socket, info.address).map(|()| socket));
        if outcome.is_ok() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    outcome
}

/// The same outcome; a failure is told as the manual's programs tell it.
fn told<T>(outcome: Result<T, Error>, out: &mut impl Write) -> Result<T, Error> {
    outcome.inspect_err(|_| say(out, format_args!("could not open socket")))
}

/// Writes a line. A program whose output is gone goes on.
fn say(out: &mut impl Write, line: core::fmt::Arguments<'_>) {
    let _ = out.write_fmt(line).and_then(|()| out.write_char('\n'));
}

/// The standard output, as somewhere to write to.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug)]
pub struct Console;

#[cfg(feature = "std")]
impl Write for Console {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        std::print!("{text}");
        Ok(())
    }
}

/// How a program ends: an error goes to the standard error output.
#[cfg(feature = "std")]
pub fn exit(outcome: Result<(), Error>) -> std::process::ExitCode {
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            std::eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
