//! The suite on the MPS2: plenty of memory, and all cases.

use berkeley_conformance::case::Case;
use berkeley_conformance::cases;
use berkeley_smoltcp::{ConnectionBuffers, Memory};

use crate::lab::BoardLab;

/// The cases of this image: all of them.
pub(crate) const CASES: &[&[Case<BoardLab>]] = cases::groups();

/// Those about faults on the way, which a peer makes.
#[cfg(feature = "remote")]
pub(crate) const FAULTS: &[Case<BoardLab>] = cases::faults();

/// There is memory for two stacks with few datagram queues, or for one with many.
const DATAGRAMS: usize = if cfg!(feature = "remote") { 20 } else { 8 };

/// The tables of a stack: 24 connections, 48 sockets, so many datagram queues and 128 waiting packets
/// that hold the longest datagram, 2 fragmented datagrams, 16 UNIX sockets.
pub(crate) type LabMemory =
    Memory<'static, 24, 0, 0, 48, DATAGRAMS, 70_000, 128, 1500, 2, 65_535, 16, 8192>;
/// The buffers of its connections.
pub(crate) type LabBuffers = ConnectionBuffers<24, 16_384, 16_384>;

/// Bytes of the queue of a loopback device, and its MTU, which is Linux's.
pub(crate) const LOOPBACK_QUEUE: usize = 1 << 17;
pub(crate) const LOOPBACK_MTU: usize = 65_535;

/// What has happened is told when a case fails.
pub(crate) const PRINTS_TABLES: bool = true;

/// How many peers a case may have at a time.
pub(crate) const PEERS: usize = 4;
