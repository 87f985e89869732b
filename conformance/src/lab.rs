//! Where a case runs: two networks and the way between them.
//!
//! A case is *one* blocking actor. What must happen while it waits is a [`Step`], scheduled with
//! [`Lab::later`]: owned data, not a closure, so that it works without an allocator, and it never
//! waits, so that a userspace stack can run it from inside its own waiting, on one thread.

use core::net::IpAddr;
use core::time::Duration;

use berkeley::options::LINGER;
use berkeley::{Address, Backend, Errno, Error, MessageFlags, Net, Shutdown, Socket};

use crate::case::Family;
use crate::failure::{Failure, Outcome};
use crate::peer::Peer;

/// Two networks with a way between them.
///
/// The *near* side is under test; the *far* side is its peer. Both may be the same network.
///
/// While the actor waits on one side, both must go on: where the sides have separate drivers, the
/// other one is driven by the lab.
pub trait Networks: Sized + 'static {
    /// The network under test.
    type Near: Backend + Clone;
    /// The network of its peer.
    type Far: Backend + Clone;

    /// The network under test.
    fn near(&self) -> &Net<Self::Near>;

    /// The network of its peer.
    fn far(&self) -> &Net<Self::Far>;

    /// The address at which the far side reaches the near one; `None` without this family.
    fn near_address(&self, family: Family) -> Option<IpAddr>;

    /// The number of the interface that the near addresses are on.
    fn near_interface(&self) -> u32;

    /// The number of the interface that the far addresses are on.
    fn far_interface(&self) -> u32;

    /// Another address of the near side, where it has one.
    fn second_near_address(&self, family: Family) -> Option<IpAddr>;

    /// The address at which the near side reaches the far one; `None` without this family.
    fn far_address(&self, family: Family) -> Option<IpAddr>;

    /// The address at which the near side reaches itself; `None` without this family.
    fn loopback(&self, family: Family) -> Option<IpAddr>;

    /// Lets everybody have ping sockets on the near side, where that has to be permitted.
    fn permit_ping(&self) -> Outcome {
        Ok(())
    }
}

/// Two networks where something can be made to happen while the actor waits.
pub trait Lab: Networks {
    /// Runs a step this long after now. Its socket is kept until the lab is dropped, except by a
    /// step that closes it.
    fn later(&self, after: Duration, step: Step<Self>);

    /// Lets a peer go on by itself, from now until it is done or the lab is finished.
    fn accompany(&self, peer: Peer<Self::Far>);

    /// Ends the steps and peers, and says whether one of them failed. Called once, when the case
    /// has returned; what is not due yet is dropped.
    fn finish(&self) -> Outcome;
}

/// A socket of one of the two sides.
pub enum End<L: Lab> {
    /// Of the side under test.
    Near(Socket<L::Near>),
    /// Of its peer.
    Far(Socket<L::Far>),
}

/// What happens later, to which socket.
pub struct Step<L: Lab> {
    end: End<L>,
    action: Action,
}

impl<L: Lab> Step<L> {
    /// Something that happens on the near side.
    pub fn near(socket: Socket<L::Near>, action: Action) -> Step<L> {
        Step { end: End::Near(socket), action }
    }

    /// Something that happens on the far side.
    pub fn far(socket: Socket<L::Far>, action: Action) -> Step<L> {
        Step { end: End::Far(socket), action }
    }

    /// Does it, without waiting, and gives back the socket if it still exists.
    ///
    /// # Errors
    ///
    /// What the action says; a send that was not taken as a whole.
    pub fn run(self) -> Result<Option<End<L>>, Failure> {
        Ok(match self.end {
            End::Near(socket) => self.action.apply(socket)?.map(End::Near),
            End::Far(socket) => self.action.apply(socket)?.map(End::Far),
        })
    }
}

/// Something that can be done to a socket without waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Sends all of this.
    Send(&'static [u8]),
    /// Sends this datagram to this address.
    SendTo(&'static [u8], Address),
    /// Receives, and throws away, up to so many bytes that are there.
    Receive(usize),
    /// Ends one or both halves.
    Shutdown(Shutdown),
    /// Closes the socket.
    Close,
    /// Closes the socket with a reset.
    Reset,
    /// Starts connecting.
    Connect(Address),
}

impl Action {
    fn apply<B: Backend + Clone>(
        self,
        mut socket: Socket<B>,
    ) -> Result<Option<Socket<B>>, Failure> {
        socket.setblocking(false)?;
        match self {
            Action::Send(data) => socket.sendall(data)?,
            Action::SendTo(data, address) => {
                socket.sendto(data, address)?;
            }
            Action::Receive(most) => discard(&socket, most)?,
            Action::Shutdown(how) => socket.shutdown(how)?,
            Action::Close => {
                drop(socket);
                return Ok(None);
            }
            Action::Reset => {
                socket.set_option(LINGER, Some(Duration::ZERO))?;
                drop(socket);
                return Ok(None);
            }
            Action::Connect(address) => match socket.connect(address) {
                Err(error) if !error.is(Errno::EINPROGRESS) => return Err(error.into()),
                _ => {}
            },
        }
        Ok(Some(socket))
    }
}

/// Receives up to `most` bytes that are there.
fn discard<B: Backend + Clone>(socket: &Socket<B>, most: usize) -> Result<(), Error> {
    let mut buffer = [0; 256];
    let mut left = most;
    while left > 0 {
        match socket.recv_into(&mut buffer, left.min(256), MessageFlags::NONE) {
            Ok(0) => break,
            Ok(count) => left -= count,
            Err(error) if error.is(Errno::EAGAIN) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
