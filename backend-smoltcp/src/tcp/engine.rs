//! The one place where smoltcp runs: one connection at a time, one packet at a time.
//!
//! Its `Interface` is made for a device and a set of sockets; here the device is a single packet,
//! and the set a single connection that the caller has found already. So the engine never searches,
//! never sees a packet that is not for that connection, and needs no addresses, routes or
//! neighbours: it accepts every local address ("any IP") and speaks plain IP packets.
//!
//! # Initial sequence numbers
//!
//! The engine draws them from a small generator that can be predicted from three outputs. It draws
//! from the `Interface` that handles the opening segment, so that segment goes through a throw-away
//! one whose seed is chosen such that exactly the wanted number comes out: the generator's step can
//! be inverted. A test reads the numbers off the wire.

use berkeley::{Error, Instant};
use smoltcp::iface::{Config, Interface, PollIngressSingleResult, SocketSet};
use smoltcp::phy::{self, ChecksumCapabilities, DeviceCapabilities};
use smoltcp::socket::{Socket, tcp};
use smoltcp::time::Instant as EngineInstant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpEndpoint, IpListenEndpoint};

use super::Tuple;
use super::packet_options::PacketOptions;
use super::sent::Sent;
use crate::ip::IpAddr;

/// Room for the longest packet that the engine sends in direct answer to another: headers with all
/// options, no data.
pub(crate) const REPLY_LENGTH: usize = 128;

/// A connection, as the engine needs it.
pub(crate) struct Connection<'s, 'a> {
    /// It alone.
    pub(crate) set: &'s mut SocketSet<'a>,
    pub(crate) sent: &'s mut Sent,
    pub(crate) options: &'s PacketOptions,
}

/// smoltcp for the connections of one link.
pub(crate) struct Engine {
    interface: Interface,
    mtu: usize,
    /// Whether anybody looks at checksums.
    checksums: bool,
}

impl Engine {
    /// For packets of up to `mtu` bytes; without checksums where nobody looks at them.
    pub(crate) fn new(mtu: usize, checksums: bool) -> Engine {
        Engine { interface: interface(0, mtu, Instant::ZERO), mtu, checksums }
    }

    /// Gives the connection a packet that is for it, and says how many bytes of answer it has
    /// written to `reply`.
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn receive(
        &mut self,
        connection: Connection<'_, '_>,
        packet: &[u8],
        now: Instant,
        reply: &mut [u8; REPLY_LENGTH],
    ) -> usize {
        let (mut own, mtu) = (None, self.mtu.min(connection.options.mtu));
        let interface = self.interface_of(&mut own, mtu, now);
        let length = receive(interface, mtu, connection.set, packet, now, reply);
        if let Some(answer @ [_, ..]) = reply.get_mut(..length) {
            self.answers(connection, answer);
        }
        length
    }

    #[cold]
    #[inline(never)]
    fn answers(&self, connection: Connection<'_, '_>, packet: &mut [u8]) {
        self.leaves(connection, packet);
    }

    /// Lets the connection write one packet into `room`, which holds at least the MTU, and says
    /// how long it is; 0 when it has nothing to send now.
    #[inline(never)] // it is asked in few places, and there is much of it
    pub(crate) fn send(
        &mut self,
        connection: Connection<'_, '_>,
        now: Instant,
        room: &mut [u8],
    ) -> usize {
        let (mut own, mtu) = (None, self.mtu.min(connection.options.mtu));
        let interface = self.interface_of(&mut own, mtu, now);
        let length = send(interface, mtu, connection.set, now, room);
        if let Some(packet) = room.get_mut(..length) {
            self.leaves(connection, packet);
        }
        length
    }

    /// When the connection, with packets of up to `mtu` bytes, wants to be asked again; in the past
    /// for "now".
    pub(crate) fn poll_at(
        &mut self,
        set: &SocketSet<'_>,
        mtu: usize,
        now: Instant,
    ) -> Option<Instant> {
        let mut own = None;
        let interface = self.interface_of(&mut own, mtu.min(self.mtu), now);
        let at = interface.poll_at(engine_instant(now), set)?;
        Some(Instant::from_micros(u64::try_from(at.total_micros()).unwrap_or(0)))
    }

    /// The link's interface, or a throw-away one for a connection with shorter packets.
    fn interface_of<'i>(
        &'i mut self,
        own: &'i mut Option<Interface>,
        mtu: usize,
        now: Instant,
    ) -> &'i mut Interface {
        if mtu < self.mtu { own.insert(interface(0, mtu, now)) } else { &mut self.interface }
    }

    /// A packet of the connection leaves.
    #[cfg_attr(feature = "alloc", inline(always))] // there is one ordinary caller
    fn leaves(&self, connection: Connection<'_, '_>, packet: &mut [u8]) {
        let Connection { set, sent, options } = connection;
        if !options.change_nothing() {
            let unread = socket(set).map_or(0, tcp::Socket::recv_queue);
            options.write(packet, unread);
        }
        sent.leaves(packet, self.checksums);
    }

    /// Opens a connection with this initial sequence number; the opening segment goes out with the
    /// next [`Engine::send`].
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] when the addresses are none of a connection, or the socket is in
    /// use: the caller has looked at both.
    pub(crate) fn connect(
        &self,
        socket: &mut tcp::Socket<'_>,
        tuple: &Tuple,
        sequence_number: u32,
        now: Instant,
    ) -> Result<(), Error> {
        let mut interface = self.drawing(sequence_number, now);
        socket
            .connect(interface.context(), remote_of(tuple), local_of(tuple))
            .map_err(|_| Error::INVALID_VALUE)
    }

    /// Replays a handshake that the table of half-open connections has led: opens the connection
    /// of `tuple` in a closed socket with the opening segment `syn` and the sequence number that was
    /// answered to it, then gives it `acknowledgement`. The answers were sent before and are thrown
    /// away. Says how many bytes of answer to the acknowledgement are in `reply`, or `None` when
    /// the socket was not closed.
    pub(crate) fn replay(
        &mut self,
        connection: Connection<'_, '_>,
        (tuple, sequence_number): (&Tuple, u32),
        (syn, acknowledgement): (&[u8], &[u8]),
        now: Instant,
        reply: &mut [u8; REPLY_LENGTH],
    ) -> Option<usize> {
        socket_mut(connection.set)?.listen(local_of(tuple)).ok()?;
        let mut interface = self.drawing(sequence_number, now);
        receive(&mut interface, self.mtu, connection.set, syn, now, reply);
        let mut synack = [0; REPLY_LENGTH];
        let (set, mut unsent) = (&mut *connection.set, Sent::NOTHING);
        self.send(Connection { set, sent: &mut unsent, ..connection }, now, &mut synack);
        Some(self.receive(connection, acknowledgement, now, reply))
    }

    /// A throw-away interface whose next random number is `wanted`.
    fn drawing(&self, wanted: u32, now: Instant) -> Interface {
        interface(seed_that_draws(wanted), self.mtu, now)
    }
}

/// The only socket of a set.
pub(crate) fn socket<'s, 'a>(set: &'s SocketSet<'a>) -> Option<&'s tcp::Socket<'a>> {
    match set.iter().next() {
        Some((_, Socket::Tcp(socket))) => Some(socket),
        _ => None,
    }
}

/// The only socket of a set.
pub(crate) fn socket_mut<'s, 'a>(set: &'s mut SocketSet<'a>) -> Option<&'s mut tcp::Socket<'a>> {
    match set.iter_mut().next() {
        Some((_, Socket::Tcp(socket))) => Some(socket),
        _ => None,
    }
}

fn receive(
    interface: &mut Interface,
    mtu: usize,
    set: &mut SocketSet<'_>,
    packet: &[u8],
    now: Instant,
    reply: &mut [u8; REPLY_LENGTH],
) -> usize {
    let mut written = 0;
    let mut wire = OnePacket { received: Some(packet), room: reply, written: &mut written, mtu };
    let result = interface.poll_ingress_single(engine_instant(now), &mut wire, set);
    debug_assert_ne!(result, PollIngressSingleResult::None);
    written
}

fn send(
    interface: &mut Interface,
    mtu: usize,
    set: &mut SocketSet<'_>,
    now: Instant,
    room: &mut [u8],
) -> usize {
    let mut written = 0;
    let mut wire = OnePacket { received: None, room, written: &mut written, mtu };
    interface.poll_egress(engine_instant(now), &mut wire, set);
    written
}

#[inline(never)] // it is asked for in several places
fn interface(seed: u64, mtu: usize, now: Instant) -> Interface {
    let mut config = Config::new(HardwareAddress::Ip);
    config.random_seed = seed;
    let mut shape = Shape { mtu };
    let mut interface = Interface::new(config, &mut shape, engine_instant(now));
    interface.set_any_ip(true);
    interface
}

fn engine_instant(now: Instant) -> EngineInstant {
    EngineInstant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
}

/// An address as the engine has it: of the versions of IP that this stack was built with. Nothing of
/// another version ever gets here.
pub(crate) fn engine_address(ip: IpAddr) -> IpAddress {
    match ip {
        #[cfg(feature = "ipv4")]
        IpAddr::V4(ip) => ip.into(),
        #[cfg(feature = "ipv6")]
        IpAddr::V6(ip) => ip.into(),
        #[cfg(not(feature = "ipv4"))]
        IpAddr::V4(ip) => ip.to_ipv6_mapped().into(),
        #[cfg(not(feature = "ipv6"))]
        IpAddr::V6(_) => core::net::Ipv4Addr::UNSPECIFIED.into(),
    }
}

fn remote_of(tuple: &Tuple) -> IpEndpoint {
    IpEndpoint::new(engine_address(tuple.remote.ip), tuple.remote.port)
}

fn local_of(tuple: &Tuple) -> IpListenEndpoint {
    IpListenEndpoint { addr: Some(engine_address(tuple.local.ip)), port: tuple.local.port }
}

/// Whether the engine was built with IPv4: whoever else uses it in a program may have turned that on.
/// With IPv6 alone its addresses are nothing but those of IPv6.
const ENGINE_HAS_IPV4: bool = size_of::<IpAddress>() != size_of::<core::net::Ipv6Addr>();

/// The seed with which an interface draws `wanted` for its first connection.
///
/// smoltcp steps its state with `state * MULTIPLIER + INCREMENT` and puts out 32 bits from a place
/// that the top three bits choose. With IPv4, making an interface draws once, for an identification
/// that must not be 0, and the connection draws second.
fn seed_that_draws(wanted: u32) -> u64 {
    const MULTIPLIER: u64 = 0xbb2e_fcec_3c39_611d;
    const INCREMENT: u64 = 0x7590_ef39;
    const INVERSE: u64 = inverse(MULTIPLIER);
    let before = |state: u64| state.wrapping_sub(INCREMENT).wrapping_mul(INVERSE);
    let output = |state: u64| (state >> (29 - (state >> 61))) as u32;

    // With the top three bits clear the output is what stands above the lowest 29.
    let drawn = u64::from(wanted) << 29;
    if !ENGINE_HAS_IPV4 {
        return before(drawn);
    }
    let mut filling = 0;
    loop {
        let first = before(drawn | filling);
        let identification = output(first) ^ (output(first) >> 16);
        if identification as u16 != 0 || filling == 0xffff {
            return before(first);
        }
        filling += 1;
    }
}

/// The number that undoes a multiplication by an odd `number` modulo 2⁶⁴ (Newton's iteration).
const fn inverse(number: u64) -> u64 {
    let mut inverse = number;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(number.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

/// What the engine reads of a device once.
struct Shape {
    mtu: usize,
}

impl phy::Device for Shape {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, _now: EngineInstant) -> Option<(Received<'_>, Room<'_>)> {
        None
    }

    fn transmit(&mut self, _now: EngineInstant) -> Option<Room<'_>> {
        None
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = phy::Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        // What arrives has been verified by the classifier; what leaves is not finished yet.
        capabilities.checksum = ChecksumCapabilities::ignored();
        capabilities
    }
}

/// A device that holds one received packet, or none, and has room for one to send.
struct OnePacket<'p> {
    received: Option<&'p [u8]>,
    room: &'p mut [u8],
    written: &'p mut usize,
    mtu: usize,
}

struct Received<'a>(&'a [u8]);

struct Room<'a> {
    room: &'a mut [u8],
    written: &'a mut usize,
}

impl phy::Device for OnePacket<'_> {
    type RxToken<'a>
        = Received<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Room<'a>
    where
        Self: 'a;

    fn receive(&mut self, now: EngineInstant) -> Option<(Received<'_>, Room<'_>)> {
        let received = self.received.take()?;
        Some((Received(received), self.transmit(now)?))
    }

    fn transmit(&mut self, _now: EngineInstant) -> Option<Room<'_>> {
        (*self.written == 0).then_some(Room { room: self.room, written: self.written })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        Shape { mtu: self.mtu }.capabilities()
    }
}

impl phy::RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

impl phy::TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        // The engine never writes more than the MTU, nor more than headers in a direct answer.
        let room = self.room.get_mut(..length).unwrap_or_default();
        *self.written = room.len();
        write(room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_multiplier_has_an_inverse() {
        for number in [1, 3, 0xbb2e_fcec_3c39_611d, u64::MAX] {
            assert_eq!(number.wrapping_mul(inverse(number)), 1, "{number:#x}");
        }
    }
}
