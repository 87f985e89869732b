//! Sockets that move one byte, in everybody's way: what a call costs beside the kernel's work.
//!
//! [`Exchange`] is what the benchmarks do with a socket; it is implemented for ours, for the standard
//! library's, and for the C library's calls ([`Raw`]).

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use berkeley::{Backend, Net, Socket, Timeout};
use berkeley_os::{NetExt, Os};

use crate::must;
pub use crate::raw_sockets::{Raw, RawTimed};

/// Moves single bytes. (Inlined, as if the calls stood where it is used.)
pub trait Exchange {
    /// Sends one byte, and says whether it was taken.
    fn send(&self, byte: &[u8; 1]) -> bool;

    /// Receives one byte, and says whether one came.
    fn recv(&self, byte: &mut [u8; 1]) -> bool;
}

impl<B: Backend + Clone> Exchange for Socket<B> {
    #[inline]
    fn send(&self, byte: &[u8; 1]) -> bool {
        Socket::send(self, byte) == Ok(1)
    }

    #[inline]
    fn recv(&self, byte: &mut [u8; 1]) -> bool {
        Socket::recv(self, byte) == Ok(1)
    }
}

impl Exchange for TcpStream {
    #[inline]
    fn send(&self, byte: &[u8; 1]) -> bool {
        matches!((&*self).write(byte), Ok(1))
    }

    #[inline]
    fn recv(&self, byte: &mut [u8; 1]) -> bool {
        matches!((&*self).read(byte), Ok(1))
    }
}

impl Exchange for UdpSocket {
    #[inline]
    fn send(&self, byte: &[u8; 1]) -> bool {
        matches!(UdpSocket::send(self, byte), Ok(1))
    }

    #[inline]
    fn recv(&self, byte: &mut [u8; 1]) -> bool {
        matches!(UdpSocket::recv(self, byte), Ok(1))
    }
}

impl Exchange for UnixStream {
    #[inline]
    fn send(&self, byte: &[u8; 1]) -> bool {
        matches!((&*self).write(byte), Ok(1))
    }

    #[inline]
    fn recv(&self, byte: &mut [u8; 1]) -> bool {
        matches!((&*self).read(byte), Ok(1))
    }
}

/// Two connected sockets.
#[derive(Debug)]
pub struct Pair<S>(pub S, pub S);

impl<S> Pair<S> {
    /// The same pair, each socket as something else.
    pub fn map<T>(self, mut change: impl FnMut(S) -> T) -> Pair<T> {
        Pair(change(self.0), change(self.1))
    }
}

impl<S: AsFd> Pair<S> {
    /// Other descriptors of the same two sockets.
    ///
    /// # Errors
    ///
    /// Those of the kernel.
    pub fn copied(&self) -> io::Result<Pair<OwnedFd>> {
        Ok(Pair(self.0.as_fd().try_clone_to_owned()?, self.1.as_fd().try_clone_to_owned()?))
    }
}

impl<S: Into<OwnedFd>> Pair<S> {
    /// By the C library's calls.
    pub fn raw(self) -> Pair<Raw> {
        self.map(|socket| Raw(socket.into()))
    }

    /// Ours, with this timeout.
    ///
    /// # Panics
    ///
    /// The kernel does not let it: without one there is nothing to measure.
    pub fn ours(self, timeout: impl Into<Timeout>) -> Pair<Socket<Os>> {
        let timeout = timeout.into();
        self.map(|socket| {
            let adopted = Net::new(Os).adopt_fd(socket).and_then(|mut socket| {
                socket.settimeout(timeout)?;
                Ok(socket)
            });
            must(adopted)
        })
    }
}

/// A connection over the loopback, whose bytes are sent at once.
///
/// # Errors
///
/// Those of the kernel.
pub fn tcp() -> io::Result<Pair<TcpStream>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let one = TcpStream::connect(listener.local_addr()?)?;
    let (other, _) = listener.accept()?;
    one.set_nodelay(true)?;
    other.set_nodelay(true)?;
    Ok(Pair(one, other))
}

/// Datagrams over the loopback.
///
/// # Errors
///
/// Those of the kernel.
pub fn udp() -> io::Result<Pair<UdpSocket>> {
    let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    one.connect(other.local_addr()?)?;
    other.connect(one.local_addr()?)?;
    Ok(Pair(one, other))
}

/// A pair of local streams.
///
/// # Errors
///
/// Those of the kernel.
pub fn unix() -> io::Result<Pair<UnixStream>> {
    let (one, other) = UnixStream::pair()?;
    Ok(Pair(one, other))
}
