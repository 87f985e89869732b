//! Descriptors: what programs hold, apart from the connections behind them.
//!
//! A descriptor costs a few dozen bytes, so a program can have listeners and unconnected sockets
//! without tying up the buffers of connections. Its handle carries a generation: after the
//! descriptor is closed, an old handle is answered with `EBADF`, never with another socket.

use core::net::{SocketAddrV4, SocketAddrV6};

use berkeley::{Address, AddressFamily, Errno, Error, Pool, Protocol, SocketType};
use managed::ManagedSlice;

pub(crate) use crate::datagram::{Datagram, Transport};
use crate::ip::{self, IpAddr};
use crate::network::packet;
use crate::network::route::needs_scope;
use crate::options::Options;
use crate::options::multicast::MulticastOptions;
use crate::port_index::{PortEntry, PortIndex};
use crate::stack::{Gauge, PoolUsage};
pub(crate) use crate::tcp::stream::Stream;
#[cfg(datagrams)]
use crate::tuple::Endpoint;
pub(crate) use crate::unix::UnixSocket;
use crate::{packet_socket, raw, udp};

/// The first numbers that Linux has no families, types and protocols of IP for (`AF_MAX`, `SOCK_MAX`,
/// `IPPROTO_MAX`).
const FAMILIES: u16 = 46;
const TYPES: u32 = 11;
const PROTOCOLS: i32 = 263;

/// The least of the flags that stand beside a type (`SOCK_TYPE_MASK`).
const TYPE_FLAGS: u32 = 16;

/// An owned socket of a stack.
///
/// It does not close when it is dropped, because it does not know its stack: the core's
/// [`Socket`](berkeley::Socket) does that.
#[derive(PartialEq, Eq, Debug)]
pub struct Handle {
    pub(crate) index: u16,
    pub(crate) generation: u32,
}

impl Handle {
    /// Refers to nothing: descriptors start at generation 1.
    pub(crate) const CLOSED: Handle = Handle { index: 0, generation: 0 };
}

/// A socket's own address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bound {
    /// The wildcard address is unspecified.
    pub(crate) ip: IpAddr,
    pub(crate) port: u16,
    pub(crate) scope_id: u32,
}

impl Bound {
    /// Whether somebody at this end is meant, as the peer of a datagram socket. Who is connected to no
    /// port hears them all, as on Linux.
    #[cfg(datagrams)]
    pub(crate) fn hears(&self, end: &Endpoint) -> bool {
        self.ip == end.ip && [0, end.port].contains(&self.port)
    }
}

/// What a descriptor is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Free,
    #[cfg_attr(not(tcp), allow(dead_code, reason = "there are none without TCP"))]
    Stream(Stream),
    #[cfg_attr(not(datagrams), allow(dead_code, reason = "there are none"))]
    Datagram(Datagram),
    #[cfg_attr(not(feature = "unix"), allow(dead_code, reason = "there are none without UNIX"))]
    Unix(UnixSocket),
}

impl Kind {
    pub(crate) fn is_stream(self) -> bool {
        matches!(self, Kind::Stream(_))
    }

    pub(crate) fn listens(self) -> bool {
        matches!(self, Kind::Stream(stream) if stream.listens())
    }

    /// Its type and its protocol, if it is a socket of IP.
    pub(crate) fn socket(self) -> (SocketType, u8) {
        match self {
            Kind::Free | Kind::Unix(_) => (SocketType(0), 0),
            Kind::Stream(_) => (SocketType::STREAM, packet::TCP),
            Kind::Datagram(datagram) => datagram.socket(),
        }
    }

    /// Whether one of IPv6 speaks IPv4 too: streams and UDP do.
    pub(crate) fn maps_ipv4(self) -> bool {
        matches!(self.socket(), (SocketType::STREAM, _) | (SocketType::DGRAM, packet::UDP))
    }

    /// The port that it has whatever it is bound to: a raw socket's is its protocol (Linux's
    /// `inet_create`).
    pub(crate) fn fixed_port(self) -> Option<u16> {
        let (socket_type, protocol) = self.socket();
        (socket_type == SocketType::RAW).then_some(protocol.into())
    }
}

/// Numbers that no family and no type has (Linux's `__sys_socket`, `__sock_create`).
///
/// # Errors
///
/// `EAFNOSUPPORT`, `EINVAL`.
pub(crate) fn check_numbers(family: AddressFamily, socket_type: SocketType) -> Result<(), Error> {
    match (family.0, socket_type.0) {
        (..FAMILIES, ..TYPES) => Ok(()),
        (FAMILIES.., ..TYPE_FLAGS) => Err(Errno::EAFNOSUPPORT.into()),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// What a socket of the stack speaks if it is none of streams.
pub(crate) fn kind_of(
    family: AddressFamily,
    socket_type: SocketType,
    protocol: Protocol,
) -> Result<Option<Transport>, Error> {
    if family == AddressFamily::PACKET && cfg!(packet) {
        return match socket_type {
            SocketType::RAW | SocketType::DGRAM => {
                packet_socket::transport(socket_type, protocol).map(Some)
            }
            _ => Err(Errno::ESOCKTNOSUPPORT.into()),
        };
    }
    let has_ipv4 = family == AddressFamily::INET && cfg!(feature = "ipv4");
    let has_ipv6 = family == AddressFamily::INET6 && cfg!(feature = "ipv6");
    if !has_ipv4 && !has_ipv6 {
        return Err(Errno::EAFNOSUPPORT.into());
    }
    match (socket_type, protocol) {
        (SocketType::STREAM, _) if !cfg!(tcp) => Err(Errno::ESOCKTNOSUPPORT.into()),
        (SocketType::DGRAM, _) if !cfg!(datagrams) => Err(Errno::ESOCKTNOSUPPORT.into()),
        (_, Protocol(number)) if !(0..PROTOCOLS).contains(&number) => Err(Errno::EINVAL.into()),
        (SocketType::STREAM, Protocol::DEFAULT | Protocol::TCP) => Ok(None),
        (SocketType::STREAM, _) => Err(Errno::EPROTONOSUPPORT.into()),
        (SocketType::DGRAM, Protocol::DEFAULT | Protocol::UDP) => udp::transport().map(Some),
        (SocketType::DGRAM | SocketType::RAW, _) => {
            raw::transport(family, socket_type, protocol).map(Some)
        }
        _ => Err(Errno::ESOCKTNOSUPPORT.into()),
    }
}

/// A descriptor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Descriptor {
    generation: u32,
    pub(crate) references: u32,
    pub(crate) family: AddressFamily,
    pub(crate) kind: Kind,
    /// Set with [`Descriptors::bind`], or directly where the port is that of a connection.
    /// Its own address; port 0 when all that is left of it is what the program has chosen.
    pub(crate) bound: Option<Bound>,
    /// The port in it is no longer its own: a stream's address goes on saying it (Linux's
    /// `inet_put_port`).
    port_given_back: bool,
    /// Whether the program has chosen the address, and the port: disconnecting leaves both.
    pub(crate) chosen: (bool, bool),
    pub(crate) options: Options,
    /// The one pending error, consumed by whoever asks first.
    pub(crate) error: Option<Errno>,
    /// Receiving was shut down: how many bytes may still be read.
    pub(crate) read_limit: Option<usize>,
    pub(crate) write_shut: bool,
    /// The program knows that its connection stands, or stood.
    #[cfg(tcp)]
    pub(crate) connect_reported: bool,
    /// Distinguishes sockets bound later from those bound earlier.
    pub(crate) bound_order: u32,
    /// Whether it stands in the index of ports.
    indexed: bool,
    /// The next free descriptor, while this one is.
    next_free: Option<u16>,
}

impl Descriptor {
    /// A free descriptor.
    pub(crate) const EMPTY: Descriptor = Descriptor {
        generation: 0,
        references: 0,
        family: AddressFamily::UNSPEC,
        kind: Kind::Free,
        bound: None,
        port_given_back: false,
        chosen: (false, false),
        options: Options::DEFAULT,
        error: None,
        read_limit: None,
        write_shut: false,
        #[cfg(tcp)]
        connect_reported: false,
        bound_order: 0,
        indexed: false,
        next_free: None,
    };

    /// The pending error, which is consumed.
    pub(crate) fn take_error(&mut self) -> Result<(), Error> {
        match self.error.take() {
            Some(errno) => Err(errno.into()),
            None => Ok(()),
        }
    }

    /// An internal address as this socket's family says it: IPv4 on an IPv6 socket is mapped.
    pub(crate) fn address_of(&self, ip: IpAddr, port: u16, scope_id: u32) -> Address {
        match (self.family, ip) {
            (AddressFamily::INET6, IpAddr::V4(ip)) => {
                SocketAddrV6::new(ip.to_ipv6_mapped(), port, 0, 0).into()
            }
            (_, IpAddr::V4(ip)) => SocketAddrV4::new(ip, port).into(),
            (_, IpAddr::V6(v6)) => {
                let scope_id = if needs_scope(ip) { scope_id } else { 0 };
                SocketAddrV6::new(v6.octets().into(), port, 0, scope_id).into()
            }
        }
    }

    /// An address given by the program, as it is inside: a mapped one is IPv4, and a scope is kept
    /// where it means something.
    pub(crate) fn internal(&self, address: &Address) -> Result<Bound, Error> {
        if address.family() != self.family {
            return Err(Errno::EAFNOSUPPORT.into());
        }
        match address {
            Address::Inet(address) => {
                Ok(Bound { ip: IpAddr::V4(*address.ip()), port: address.port(), scope_id: 0 })
            }
            Address::Inet6(address) => {
                let (ip, scope_id) = match address.ip().to_ipv4_mapped() {
                    Some(_) if self.options.v6only || !self.kind.maps_ipv4() => {
                        return Err(Errno::ENETUNREACH.into());
                    }
                    Some(ip) => (IpAddr::V4(ip), 0),
                    None => {
                        let ip = ip::ours((*address.ip()).into())?;
                        (ip, if needs_scope(ip) { address.scope_id() } else { 0 })
                    }
                };
                Ok(Bound { ip, port: address.port(), scope_id })
            }
            _ => Err(Errno::EAFNOSUPPORT.into()),
        }
    }

    /// The wildcard address of the family.
    pub(crate) fn wildcard(&self) -> IpAddr {
        ip::unspecified(self.family == AddressFamily::INET)
    }

    /// Whether it has a port, be it the program's choice or not.
    pub(crate) fn has_port(&self) -> bool {
        self.bound.is_some_and(|bound| bound.port != 0) && !self.port_given_back
    }

    /// Of its own address what the program has chosen (Linux's `SOCK_BINDADDR_LOCK` and
    /// `SOCK_BINDPORT_LOCK`).
    #[cfg(datagrams)]
    fn chosen_address(&self) -> Option<Bound> {
        let bound = self.bound?;
        let (address, port) = self.chosen;
        let wildcard = Bound { ip: self.wildcard(), port: bound.port, scope_id: 0 };
        let kept = if address { bound } else { wildcard };
        (address || port).then_some(Bound { port: if port { bound.port } else { 0 }, ..kept })
    }

    /// Takes its address for any, unless the program has chosen it (Linux's `inet_reset_saddr`).
    pub(crate) fn forget_address(&mut self) {
        let any = self.wildcard();
        if let (Some(bound), (false, _)) = (&mut self.bound, self.chosen) {
            *bound = Bound { ip: any, port: bound.port, scope_id: 0 };
        }
    }

    /// Whether a packet to `ip` is for a socket bound like this one.
    pub(crate) fn takes(&self, ip: IpAddr) -> bool {
        let Some(bound) = self.bound else { return false };
        if !bound.ip.is_unspecified() {
            return bound.ip == ip;
        }
        match (bound.ip, ip) {
            (IpAddr::V6(_), IpAddr::V4(_)) => !self.options.v6only && self.kind.maps_ipv4(),
            (bound, ip) => bound.is_ipv4() == ip.is_ipv4(),
        }
    }

    pub(crate) fn handle(&self, index: u16) -> Handle {
        Handle { index, generation: self.generation }
    }
}

/// All descriptors.
pub(crate) struct Descriptors<'a> {
    entries: ManagedSlice<'a, Descriptor>,
    first_free: Option<u16>,
    gauge: Gauge,
    /// Those that were bound; a connection that was accepted is in the way of others by its slot.
    ports: PortIndex<'a>,
}

impl<'a> Descriptors<'a> {
    /// Free ones, all of them. `ports` has as many entries.
    pub(crate) fn new(
        mut entries: ManagedSlice<'a, Descriptor>,
        ports: ManagedSlice<'a, PortEntry>,
    ) -> Descriptors<'a> {
        let mut first_free = None;
        let numbered = entries.iter_mut().take(usize::from(u16::MAX)).enumerate();
        for (index, entry) in numbered.rev() {
            entry.next_free = first_free;
            first_free = u16::try_from(index).ok();
        }
        Descriptors { entries, first_free, gauge: Gauge::EMPTY, ports: PortIndex::new(ports) }
    }

    /// Takes a free descriptor.
    ///
    /// # Errors
    ///
    /// `EMFILE` when there is none.
    pub(crate) fn allocate(&mut self, family: AddressFamily, kind: Kind) -> Result<u16, Error> {
        let index = self.require_free()?;
        let entry = self.entry_mut(index)?;
        let next_free = entry.next_free;
        let generation = entry.generation.wrapping_add(1).max(1);
        *entry = Descriptor { generation, references: 1, family, kind, ..Descriptor::EMPTY };
        entry.options.multicast = MulticastOptions::new(family == AddressFamily::INET6);
        self.first_free = next_free;
        self.gauge.take();
        Ok(index)
    }

    /// The descriptor that [`Descriptors::allocate`] would take.
    ///
    /// # Errors
    ///
    /// `EMFILE` when there is none.
    pub(crate) fn require_free(&mut self) -> Result<u16, Error> {
        if self.first_free.is_none() {
            self.gauge.refuse();
        }
        self.first_free.ok_or(Error::exhausted(Pool::Descriptors, Errno::EMFILE))
    }

    /// How many are in use.
    pub(crate) fn usage(&self) -> PoolUsage {
        self.gauge.usage(self.entries.len())
    }

    /// The number behind a handle.
    ///
    /// # Errors
    ///
    /// `EBADF` for a handle that refers to nothing.
    pub(crate) fn resolve(&self, handle: &Handle) -> Result<u16, Error> {
        match self.entries.get(usize::from(handle.index)) {
            Some(entry) if entry.generation == handle.generation && entry.kind != Kind::Free => {
                Ok(handle.index)
            }
            _ => Err(Errno::EBADF.into()),
        }
    }

    /// The descriptor with a number that [`Descriptors::resolve`] or [`Descriptors::iter`] gave.
    ///
    /// # Errors
    ///
    /// `EBADF` for another number.
    pub(crate) fn entry(&self, index: u16) -> Result<&Descriptor, Error> {
        self.entries.get(usize::from(index)).ok_or(Errno::EBADF.into())
    }

    /// The same, to be changed.
    pub(crate) fn entry_mut(&mut self, index: u16) -> Result<&mut Descriptor, Error> {
        self.entries.get_mut(usize::from(index)).ok_or(Errno::EBADF.into())
    }

    /// Whether it receives: that has not been shut down.
    #[cfg(tcp)]
    pub(crate) fn receives(&self, index: u16) -> bool {
        self.entry(index).is_ok_and(|entry| entry.read_limit.is_none())
    }

    /// Makes a descriptor free.
    pub(crate) fn free(&mut self, index: u16) {
        self.unbind(index);
        let next_free = self.first_free;
        let Ok(entry) = self.entry_mut(index) else { return };
        let generation = entry.generation;
        *entry = Descriptor { generation, next_free, ..Descriptor::EMPTY };
        self.first_free = Some(index);
        self.gauge.give_back();
    }

    /// Gives a descriptor this address of its own, instead of the one it has.
    pub(crate) fn bind(&mut self, index: u16, bound: Bound) {
        self.unbind(index);
        let Ok(entry) = self.entry_mut(index) else { return };
        entry.bound = Some(bound);
        (entry.indexed, entry.port_given_back) = (true, false);
        if bound.scope_id != 0 {
            entry.options.interface = bound.scope_id; // as Linux: there is no other for it
        }
        self.ports.insert(bound.port, index);
    }

    /// Takes a descriptor's address away.
    pub(crate) fn unbind(&mut self, index: u16) {
        let Ok(entry) = self.entry_mut(index) else { return };
        let bound = entry.bound.take();
        if let (Some(bound), true) = (bound, core::mem::take(&mut entry.indexed)) {
            self.ports.remove(bound.port, index);
        }
    }

    /// Gives a port back that the program has not chosen: the connection is over, or the socket no
    /// longer listens.
    #[cfg(tcp)]
    pub(crate) fn give_port_back(&mut self, index: u16) {
        let Ok(entry) = self.entry_mut(index) else { return };
        let Some(bound) = entry.bound.filter(|_| !entry.chosen.1) else { return };
        entry.port_given_back = true;
        if core::mem::take(&mut entry.indexed) {
            self.ports.remove(bound.port, index);
        }
    }

    /// Leaves of a descriptor's address what the program has chosen: a port that it did not choose
    /// is given back.
    #[cfg(datagrams)]
    pub(crate) fn keep_chosen_address(&mut self, index: u16) {
        let Ok(entry) = self.entry(index) else { return };
        let chosen = entry.chosen_address();
        if chosen.is_none_or(|chosen| chosen.port == 0) {
            self.unbind(index);
        }
        if let Ok(entry) = self.entry_mut(index) {
            entry.bound = chosen;
        }
    }

    /// Those that were bound to a port, and perhaps to some others, with their numbers.
    pub(crate) fn at_port(&self, port: u16) -> impl Iterator<Item = (u16, &Descriptor)> {
        self.ports.members(port).filter_map(|index| Some((index, self.entry(index).ok()?)))
    }

    /// The first of [`Descriptors::at_port`], for a walk that changes descriptors on its way.
    #[cfg(datagrams)]
    pub(crate) fn first_at_port(&self, port: u16) -> Option<u16> {
        self.ports.first(port)
    }

    /// Who comes behind in [`Descriptors::at_port`].
    #[cfg(datagrams)]
    pub(crate) fn next_at_port(&self, index: u16) -> Option<u16> {
        self.ports.next(index)
    }

    /// Those in use, with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, &Descriptor)> {
        let entries = self.entries.iter().zip(0..).map(|(entry, index)| (index, entry));
        entries.filter(|(_, entry)| entry.kind != Kind::Free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_nothing_is_ebadf_and_changes_nothing() {
        let bound = Bound { ip: ip::localhost(true), port: 80, scope_id: 0 };
        // places
        for places in [0, 1, 2] {
            let (mut memory, mut ports) = ([Descriptor::EMPTY; 2], [PortEntry::EMPTY; 2]);
            let mut descriptors =
                Descriptors::new((&mut memory[..places]).into(), (&mut ports[..places]).into());
            for number in 0..places as u16 {
                let allocated = descriptors.allocate(AddressFamily::INET, Kind::Free);
                assert_eq!(allocated, Ok(number));
                descriptors.bind(number, bound);
            }
            assert!(descriptors.allocate(AddressFamily::INET, Kind::Free).is_err());
            for number in [2, u16::MAX] {
                assert_eq!(descriptors.entry(number).err(), Some(Errno::EBADF.into()));
                assert_eq!(descriptors.entry_mut(number).err(), Some(Errno::EBADF.into()));
                descriptors.bind(number, bound);
                #[cfg(datagrams)]
                descriptors.keep_chosen_address(number);
                descriptors.free(number);
            }
            assert_eq!(descriptors.at_port(80).count(), places);
            assert!(descriptors.require_free().is_err());
            assert_eq!(descriptors.usage().in_use, places);
        }
    }
}
