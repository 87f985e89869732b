//! Two networks with places for sockets, on which calls are made.

use core::net::IpAddr;
use core::time::Duration;

use berkeley::options::{ERROR, LINGER};
use berkeley::{Address, Backend, Error, MessageFlags, Net, PollEntry, Readiness, Socket, Timeout};
use berkeley_conformance::case::Family;
use berkeley_conformance::lab::Lab;

use crate::call::{Act, Call, PLACES, Place};

/// The two sides of a lab.
pub(crate) struct Machine<L: Lab> {
    near: Side<L::Near>,
    far: Side<L::Far>,
    pause: Duration,
    _lab: L,
}

impl<L: Lab> Machine<L> {
    pub(crate) fn new(lab: L, family: Family, pause: Duration) -> Machine<L> {
        let near = Side::new(lab.near().clone(), lab.near_address(family).unwrap(), family);
        let far = Side::new(lab.far().clone(), lab.far_address(family).unwrap(), family);
        Machine { near, far, pause, _lab: lab }
    }

    pub(crate) fn is_taken(&self, place: Place) -> bool {
        let number = place.number;
        if place.far {
            self.far.sockets[number].is_some()
        } else {
            self.near.sockets[number].is_some()
        }
    }

    /// Makes a call, and says what came of it, when everything has come to rest.
    pub(crate) fn apply(&mut self, call: Call) -> String {
        let Place { far, number } = call.place;
        let names = (self.near.names(), self.far.names());
        let outcome = if far {
            self.far.apply(number, call.act, &names.0, self.near.nobody())
        } else {
            self.near.apply(number, call.act, &names.1, self.far.nobody())
        };
        self.near.net.poll(&mut [], self.pause).unwrap();
        outcome
    }
}

/// A side: its network, and the sockets at its places.
struct Side<B: Backend + Clone> {
    net: Net<B>,
    address: IpAddr,
    family: Family,
    sockets: [Option<Socket<B>>; PLACES],
    /// Bound, and does not listen.
    deaf: Socket<B>,
}

impl<B: Backend + Clone> Side<B> {
    fn new(net: Net<B>, address: IpAddr, family: Family) -> Side<B> {
        let deaf = net.stream(family.number()).unwrap();
        deaf.bind((address, 0)).unwrap();
        Side { net, address, family, sockets: [const { None }; PLACES], deaf }
    }

    fn nobody(&self) -> Address {
        self.deaf.getsockname().unwrap()
    }

    /// The address at which each place is reached, where there is one.
    fn names(&self) -> [Option<Address>; PLACES] {
        [0, 1, 2, 3].map(|number| {
            let name = self.sockets[number].as_ref()?.getsockname().ok()?;
            let port = name.port().filter(|port| *port != 0)?;
            Some(Address::from((self.address, port)))
        })
    }

    /// Makes a call. `targets` are the names of the other side, `nobody` where none of it listens.
    fn apply(
        &mut self,
        number: usize,
        act: Act,
        targets: &[Option<Address>; PLACES],
        nobody: Address,
    ) -> String {
        match act {
            Act::NewStream => return self.place(number, self.net.stream(self.family.number())),
            Act::NewDatagram => return self.place(number, self.net.datagram(self.family.number())),
            Act::Accept(into) => {
                let Some(socket) = &self.sockets[number] else { return "nothing".into() };
                let accepted = socket.accept();
                let told = accepted.as_ref().map(|(_, peer)| which(peer, targets)).ok();
                let outcome = self.place(into, accepted.map(|(socket, _)| socket));
                return format!("{outcome} {}", told.unwrap_or_default());
            }
            Act::Close => {
                return text(self.sockets[number].take().map(Socket::close));
            }
            Act::Reset => {
                return text(self.sockets[number].take().map(|socket| {
                    socket.set_option(LINGER, Some(Duration::ZERO))?;
                    socket.close()
                }));
            }
            _ => {}
        }
        let Some(socket) = &self.sockets[number] else { return "nothing".into() };
        let target = |number: usize| targets[number].unwrap_or(nobody);
        let mut buffer = [0; 64];
        match act {
            Act::Bind => text(Some(socket.bind((self.address, 0)))),
            Act::BindWildcard => text(Some(socket.bind(("", 0)))),
            Act::Listen(backlog) => text(Some(socket.listen(backlog))),
            Act::Connect(number) => text(Some(socket.connect(target(number)))),
            Act::ConnectToNobody => text(Some(socket.connect(nobody))),
            Act::Send(length) => text(Some(socket.send(&DATA[..length]))),
            Act::SendTo(number) => text(Some(socket.sendto(&DATA[..5], target(number)))),
            Act::Receive(length) => {
                let received = socket.recv(&mut buffer[..length]);
                text(Some(received.map(|count| buffer[..count].to_vec())))
            }
            Act::Peek => {
                let received = socket.recv_into(&mut buffer, 8, MessageFlags::PEEK);
                text(Some(received.map(|count| buffer[..count].to_vec())))
            }
            Act::Shutdown(how) => text(Some(socket.shutdown(how))),
            Act::Name => text(Some(socket.getsockname().map(|name| {
                (name.ip().is_some_and(|ip| ip.is_unspecified()), name.port() == Some(0))
            }))),
            Act::PeerName => text(Some(socket.getpeername().map(|name| which(&name, targets)))),
            Act::PendingError => text(Some(socket.option(ERROR))),
            Act::Poll => {
                let both = Readiness::READABLE | Readiness::WRITABLE;
                let mut entries = [PollEntry::new(socket.handle(), both)];
                let ready = self.net.poll(&mut entries, Timeout::NonBlocking);
                text(Some(ready.map(|_| entries[0].ready)))
            }
            _ => unreachable!("done above"),
        }
    }

    /// Puts a new socket into a place.
    fn place(&mut self, number: usize, socket: Result<Socket<B>, Error>) -> String {
        text(Some(socket.map(|mut socket| {
            socket.setblocking(false).unwrap();
            self.sockets[number] = Some(socket);
        })))
    }
}

/// What is sent.
const DATA: &[u8; 24] = b"abcdefghijklmnopqrstuvwx";

/// The place that has this name.
fn which(name: &Address, targets: &[Option<Address>; PLACES]) -> String {
    let found = targets.iter().position(|target| target.as_ref() == Some(name));
    found.map_or("nobody".into(), |number| format!("place {number}"))
}

/// An outcome without what may differ.
fn text<T: core::fmt::Debug>(outcome: Option<Result<T, Error>>) -> String {
    match outcome {
        None => "nothing".into(),
        Some(Ok(value)) => format!("{value:?}"),
        Some(Err(error)) => match error.errno() {
            Some(errno) => format!("{errno:?}"),
            None => format!("{error:?}"),
        },
    }
}
