//! The manual's programs, written once for every backend (Python manual, "Example").

use core::fmt::Write;

use berkeley::{AddressFamily, Backend, Error, Net, Socket, ToAddress};

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

/// The part of the echo server behind `listen`.
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
            match connection.recv(&mut data)? {
                0 => break,
                count => connection.sendall(&data[..count])?,
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
    socket.sendall(GREETING)?;
    let mut data = [0; 1024];
    let count = socket.recv(&mut data)?;
    socket.close()?;
    let text = core::str::from_utf8(&data[..count]).unwrap_or("something else");
    say(out, format_args!("Received '{text}'"));
    Ok(())
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
