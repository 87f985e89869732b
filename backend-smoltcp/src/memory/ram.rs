//! How much RAM a [`Memory`] takes.
//!
//! It is a sum over what its parameters count, so that a board's budget can be worked out on paper;
//! [`Memory::RAM`] is the same sum, and a test compares it with what the compiler says.

use core::mem::size_of;

use super::*;

#[cfg(tcp)]
use super::connections::ram as connections_ram;
#[cfg(datagrams)]
use super::datagrams::ram as datagrams_ram;
#[cfg(multicast)]
use super::multicast::RAM as MULTICAST;
#[cfg(feature = "unix")]
use super::unix::ram as unix_ram;

#[cfg(not(tcp))]
const fn connections_ram(_connections: usize, _receive: usize, _send: usize) -> usize {
    0
}

#[cfg(not(datagrams))]
const fn datagrams_ram(_datagrams: usize, _queue: usize) -> usize {
    0
}

#[cfg(not(feature = "unix"))]
const fn unix_ram(_sockets: usize, _queue: usize) -> usize {
    0
}

#[cfg(not(multicast))]
const MULTICAST: usize = 0;

/// What each of a kind takes, its buffers aside.
const DESCRIPTOR: usize = size_of::<Descriptor>() + size_of::<PortEntry>();
const PENDING: usize = size_of::<PendingPacket<'_>>();
const REASSEMBLY_BUFFER: usize = size_of::<ReassemblyBuffer<'_>>();

#[cfg(feature = "dhcp")]
const DHCP_CLIENT: usize = size_of::<Option<crate::stack::DhcpClient>>();
#[cfg(not(feature = "dhcp"))]
const DHCP_CLIENT: usize = 0;

#[cfg(feature = "slaac")]
const SLAAC_HOST: usize = size_of::<Option<Host>>();
#[cfg(not(feature = "slaac"))]
const SLAAC_HOST: usize = 0;

/// The tables whose sizes are no parameters.
const FIXED: usize = NEIGHBOURS * size_of::<Neighbour>()
    + ADDRESSES * size_of::<Option<OwnAddress>>()
    + ROUTES * size_of::<Option<Route>>()
    + WAITERS * size_of::<Option<Waiter>>()
    + INTERFACES * size_of::<Option<Link<'_>>>()
    + INTERFACES * (DHCP_CLIENT + SLAAC_HOST)
    + MULTICAST;

impl<
    const CONNECTIONS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const DESCRIPTORS: usize,
    const DATAGRAMS: usize,
    const QUEUE: usize,
    const PACKETS: usize,
    const PACKET: usize,
    const REASSEMBLIES: usize,
    const REASSEMBLY: usize,
    const UNIX_SOCKETS: usize,
    const UNIX_QUEUE: usize,
>
    Memory<
        '_,
        CONNECTIONS,
        RECEIVE,
        SEND,
        DESCRIPTORS,
        DATAGRAMS,
        QUEUE,
        PACKETS,
        PACKET,
        REASSEMBLIES,
        REASSEMBLY,
        UNIX_SOCKETS,
        UNIX_QUEUE,
    >
{
    /// Bytes of RAM that this memory takes, but for a few that align its parts or count them. On a 32-bit machine,
    /// with IPv4, IPv6, TCP and UDP but without a heap, the numbers of this version rounded up:
    ///
    /// | for each of | bytes |
    /// | --- | ---: |
    /// | `CONNECTIONS` | 750 + `RECEIVE` + `SEND` |
    /// | `DESCRIPTORS` | 180, with `multicast` 190 |
    /// | `DATAGRAMS` | 30 + `QUEUE` |
    /// | `PACKETS` | 40 + `PACKET` |
    /// | `REASSEMBLIES` | 220 + `REASSEMBLY` |
    /// | `UNIX_SOCKETS`, with that feature | 320 + `UNIX_QUEUE` |
    /// | once, with `multicast` | 1330 |
    /// | once, for all other tables | 7000 |
    ///
    /// With `dhcp` there are about 2 KiB more for the clients of its interfaces, with `slaac` about 4.
    /// The stack itself takes 1310 more, 640 of them for an answer.
    pub const RAM: usize = FIXED
        + connections_ram(CONNECTIONS, RECEIVE, SEND)
        + DESCRIPTORS * DESCRIPTOR
        + datagrams_ram(DATAGRAMS, QUEUE)
        + PACKETS * (PENDING + PACKET)
        + REASSEMBLIES * (REASSEMBLY_BUFFER + REASSEMBLY)
        + unix_ram(UNIX_SOCKETS, UNIX_QUEUE);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Between the arrays some bytes align what comes behind.
    const ALIGNMENT: usize = 25 * 16;

    #[test]
    fn the_sum_is_what_the_compiler_says() {
        macro_rules! rows {
            ($($memory:ty),* $(,)?) => {
                [$((stringify!($memory), size_of::<$memory>(), <$memory>::RAM)),*]
            };
        }
        for (memory, size, sum) in rows![
            Memory<'_, 0, 0, 0, 0, 0, 0, 0, 0>,
            Memory<'_, 1, 1024, 1024>,
            Memory<'_, 4, 2048, 2048>,
            Memory<'_, 7, 1001, 333, 9, 3, 777, 5, 1501, 2, 3001>,
            Memory<'_, 64, 4096, 2048, 128, 16, 8192, 8, 1500, 4, 9000>,
            Memory<'_, 1, 1024, 1024, 8, 2, 2048, 2, 1500, 0, 0, 7, 1001>,
        ] {
            assert!((sum..sum + ALIGNMENT).contains(&size), "{memory}: {size}, {sum}");
        }
    }
}
