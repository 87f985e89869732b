//! Networks with places for sockets, on which calls are made.

use core::fmt::Debug;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use berkeley::options::LINGER;
use berkeley::{
    Address, AddressFamily, Backend, ControlBuffer, ControlMessages, Error, Net, OtherAddress,
    PollEntry, Protocol, Readiness, Socket, Timeout, UnixAddress,
};

use crate::call::{Act, At, Call, Control, Name, PLACES, Port, Target};
use crate::outcome::{address_text, bytes_text};

/// A host: its network, and its address of each version of IP.
pub(crate) struct Host<B: Backend + Clone> {
    pub(crate) net: Net<B>,
    pub(crate) inet: IpAddr,
    pub(crate) inet6: IpAddr,
}

/// One host or two, and their sockets.
pub(crate) struct Machine<B: Backend + Clone> {
    hosts: Vec<Host<B>>,
    sockets: [Option<Socket<B>>; PLACES],
    /// The last name of the socket at each place.
    names: [Option<Address>; PLACES],
    pause: Duration,
    sent: usize,
}

impl<B: Backend + Clone> Machine<B> {
    /// `pause` is what it is given after each call to come to rest.
    pub(crate) fn new(hosts: Vec<Host<B>>, pause: Duration) -> Machine<B> {
        let sockets = [const { None }; PLACES];
        Machine { hosts, sockets, names: [None; PLACES], pause, sent: 0 }
    }

    pub(crate) fn is_taken(&self, place: usize) -> bool {
        self.sockets[place].is_some()
    }

    /// Makes a call, and says what came of it, when everything has come to rest.
    pub(crate) fn apply(&mut self, call: &Call) -> String {
        let outcome = self.make(call.place, &call.act);
        self.host(call.place).net.poll(&mut [], self.pause).unwrap();
        for (socket, name) in self.sockets.iter().zip(&mut self.names) {
            let now = socket.as_ref().and_then(|socket| socket.getsockname().ok());
            *name = now.or(*name);
        }
        outcome
    }

    /// Closes the socket at a place, if there is one.
    pub(crate) fn forget(&mut self, place: usize) {
        self.apply(&Call { place, act: Act::Reset });
        self.names[place] = None;
    }

    fn host(&self, place: usize) -> &Host<B> {
        &self.hosts[place * self.hosts.len() / PLACES]
    }

    fn make(&mut self, place: usize, act: &Act) -> String {
        match act {
            Act::Socket(family, socket_type, protocol) => {
                let made = self.host(place).net.socket(*family, *socket_type, *protocol);
                return text(made.map(|socket| self.put(place, socket)));
            }
            Act::Try(family, socket_type, protocol) => {
                let made = self.host(place).net.socket(*family, *socket_type, *protocol);
                return text(made.map(|_| ()));
            }
            Act::Pair(socket_type, other) => {
                let net = &self.host(place).net;
                let made = net.socketpair(AddressFamily::UNIX, *socket_type, Protocol::DEFAULT);
                return text(made.map(|(one, two)| {
                    self.put(place, one);
                    self.put(*other, two);
                }));
            }
            Act::Close => return self.close(place, Socket::close),
            Act::Reset => {
                return self.close(place, |socket| {
                    socket.set_option(LINGER, Some(Duration::ZERO))?;
                    socket.close()
                });
            }
            _ => {}
        }
        let Some(socket) = &self.sockets[place] else { return "nothing".into() };
        match act {
            Act::Bind(to) => text(self.address(place, *to, false).and_then(|to| socket.bind(to))),
            Act::Listen(backlog) => text(socket.listen(*backlog)),
            Act::Accept(into) => match socket.accept() {
                Ok((accepted, peer)) => {
                    self.put(*into, accepted);
                    self.text_of(&peer)
                }
                Err(error) => text::<()>(Err(error)),
            },
            Act::Connect(to) => {
                text(self.address(place, *to, true).and_then(|to| socket.connect(to)))
            }
            Act::Send(length, flags) => {
                let data = data(&mut self.sent, *length);
                text(socket.send_with(&data, *flags))
            }
            Act::SendTo(length, flags, to) => {
                let to = self.address(place, *to, true);
                let data = data(&mut self.sent, *length);
                text(to.and_then(|to| socket.sendto_with(&data, *flags, to)))
            }
            Act::SendMessage(length, control, flags, to) => {
                let to = to.map(|to| self.address(place, to, true)).transpose();
                let data = data(&mut self.sent, *length);
                let (one, two) = data.split_at(length / 2);
                let control = control_bytes(control);
                text(to.and_then(|to| match to {
                    Some(to) => socket.sendmsg_to(&[one, two], &control, *flags, to),
                    None => socket.sendmsg(&[one, two], &control, *flags),
                }))
            }
            Act::Receive(room, flags) => {
                let mut buffer = vec![0; *room];
                let received = socket.recv_into(&mut buffer, 0, *flags);
                text(received.map(|count| bytes_text(&buffer[..count])))
            }
            Act::ReceiveFrom(room, flags) => {
                let mut buffer = vec![0; *room];
                match socket.recvfrom_into(&mut buffer, 0, *flags) {
                    Ok((count, sender)) => {
                        let sender = sender.map(|sender| self.text_of(&sender));
                        format!("{} {sender:?}", bytes_text(&buffer[..count]))
                    }
                    Err(error) => text::<()>(Err(error)),
                }
            }
            Act::ReceiveMessage(room, control_room, flags) => {
                let (mut buffer, mut control) = (vec![0; *room], vec![0; *control_room]);
                let (one, two) = buffer.split_at_mut(room / 3);
                match socket.recvmsg_into(&mut [one, two], &mut control, *flags) {
                    Ok(message) => {
                        let sender = message.address.map(|sender| self.text_of(&sender));
                        format!(
                            "{} of {} {:?} {sender:?} {:?}",
                            bytes_text(&buffer[..message.length]),
                            message.full_length,
                            message.flags,
                            ControlMessages::new(&control[..message.control_length])
                                .collect::<Vec<_>>(),
                        )
                    }
                    Err(error) => text::<()>(Err(error)),
                }
            }
            Act::Shutdown(how) => text(socket.shutdown(*how)),
            Act::Name => match socket.getsockname() {
                Ok(name) => self.text_of(&name),
                Err(error) => text::<()>(Err(error)),
            },
            Act::PeerName => match socket.getpeername() {
                Ok(name) => self.text_of(&name),
                Err(error) => text::<()>(Err(error)),
            },
            Act::SetOption(option, value) => {
                text(socket.setsockopt_bytes(option.level, option.name, value))
            }
            Act::GetOption(option, room) => {
                let mut value = vec![0; *room];
                let got = socket.getsockopt_bytes(option.level, option.name, &mut value);
                text(got.map(|length| value[..length].to_vec()))
            }
            Act::Poll => {
                let both = Readiness::READABLE | Readiness::WRITABLE | Readiness::PRIORITY;
                let mut entries = [PollEntry::new(socket.handle(), both)];
                let ready = self.host(place).net.poll(&mut entries, Timeout::NonBlocking);
                text(ready.map(|_| entries[0].ready))
            }
            Act::Socket(..) | Act::Try(..) | Act::Pair(..) | Act::Close | Act::Reset => {
                unreachable!("done above")
            }
        }
    }

    fn text_of(&self, address: &Address) -> String {
        let own = self.hosts.iter().flat_map(|host| [host.inet, host.inet6]);
        let hosts: Vec<_> = own.filter(|_| self.hosts.len() > 1).collect();
        address_text(address, &hosts, &self.names)
    }

    fn put(&mut self, place: usize, mut socket: Socket<B>) {
        socket.setblocking(false).unwrap();
        self.sockets[place] = Some(socket);
    }

    fn close(
        &mut self,
        place: usize,
        close: impl FnOnce(Socket<B>) -> Result<(), Error>,
    ) -> String {
        self.sockets[place].take().map_or("nothing".into(), |socket| text(close(socket)))
    }

    /// The address to bind the socket at a place to, or for it to send to.
    fn address(&self, place: usize, target: Target, is_elsewhere: bool) -> Result<Address, Error> {
        let there = if is_elsewhere { PLACES - 1 - place } else { place };
        let host = self.host(there);
        match target {
            Target::Ip(at, port) => {
                let ip = match at {
                    At::Host(AddressFamily::INET) => host.inet,
                    At::Host(_) => host.inet6,
                    At::Any(AddressFamily::INET) => Ipv4Addr::UNSPECIFIED.into(),
                    At::Any(_) => Ipv6Addr::UNSPECIFIED.into(),
                    At::Mapped => IpAddr::V6(mapped(host.inet)),
                    At::MappedAny => Ipv4Addr::UNSPECIFIED.to_ipv6_mapped().into(),
                    At::Second => Ipv4Addr::new(127, 0, 0, 2).into(),
                    At::Foreign(AddressFamily::INET) => Ipv4Addr::new(203, 0, 113, 1).into(),
                    At::Foreign(_) => Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 1).into(),
                };
                let port = match port {
                    Port::Number(number) => number,
                    Port::Of(place) => self.names[place].and_then(|name| name.port()).unwrap_or(0),
                };
                Ok(Address::from((ip, port)))
            }
            Target::Unix(name) => Ok(Address::Unix(match name {
                Name::Unnamed => UnixAddress::UNNAMED,
                Name::Abstract(byte) => UnixAddress::abstract_name([byte])?,
                Name::Of(place) => match self.names[place] {
                    Some(Address::Unix(name)) => name,
                    _ => UnixAddress::UNNAMED,
                },
            })),
            Target::Unspecified => {
                OtherAddress::new(AddressFamily::UNSPEC, &[0; 26]).map(Into::into)
            }
        }
    }
}

fn mapped(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

/// What is sent: each time another letter.
fn data(sent: &mut usize, length: usize) -> Vec<u8> {
    *sent += 1;
    vec![b'a' + (*sent % 26) as u8; length]
}

fn control_bytes(messages: &[Control]) -> Vec<u8> {
    let mut room = [0; 256];
    let mut control = ControlBuffer::new(&mut room);
    for message in messages {
        control.push(message.level, message.kind, &message.data).unwrap();
    }
    control.as_slice().to_vec()
}

/// An outcome as text.
fn text<T: Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.errno().map_or(format!("{error:?}"), |errno| format!("{errno:?}")),
    }
}
