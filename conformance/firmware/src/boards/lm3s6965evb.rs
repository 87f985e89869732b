//! The lab on the LM3S6965: 64 KiB for two stacks and the case. Its controller has no loopback: the
//! link is a cable in memory.

use berkeley_board::{Board, Nic, Uninterrupted};
use berkeley_smoltcp::device::{Cable, CableEnd};
use berkeley_smoltcp::{ConnectionBuffers, Memory};
use static_cell::{ConstStaticCell, StaticCell};

/// The tables of a stack: 4 connections, 8 sockets, 2 datagram queues.
pub(crate) type LabMemory = Memory<'static, 4, 0, 0, 8, 2, 1600, 2, 1280, 0, 0>;
/// The buffers of its connections.
pub(crate) type LabBuffers = ConnectionBuffers<4, 1024, 1024>;

/// Bytes of the queue of a loopback device, and its MTU.
pub(crate) const LOOPBACK_QUEUE: usize = 2 * 1284;
pub(crate) const LOOPBACK_MTU: usize = 1280;

/// How many peers a case may have at a time.
pub(crate) const PEERS: usize = 1;

/// The shortest MTU with IPv6, and two frames each way.
const MTU: usize = 1280;
const QUEUE: usize = 2 * (MTU + 14 + 2);

type End = CableEnd<'static, Uninterrupted, &'static Cable<'static, Uninterrupted>, fn()>;

/// The two ends of a cable.
pub(crate) fn link(_nic: Nic, _board: Board) -> (&'static mut End, &'static mut End) {
    static QUEUES: [ConstStaticCell<[u8; QUEUE]>; 2] =
        [const { ConstStaticCell::new([0; QUEUE]) }; 2];
    static CABLE: StaticCell<Cable<'static, Uninterrupted>> = StaticCell::new();
    static ENDS: [StaticCell<End>; 2] = [const { StaticCell::new() }; 2];
    let queues = [&mut QUEUES[0].take()[..], &mut QUEUES[1].take()[..]];
    let cable: &'static _ = CABLE.init(Cable::with_lock(queues, MTU, true));
    // Whoever waits lets both stacks go on: nobody has to be woken.
    let (near, far) = Cable::ends(cable, (|| ()) as fn(), (|| ()) as fn());
    (ENDS[0].init(near), ENDS[1].init(far))
}
