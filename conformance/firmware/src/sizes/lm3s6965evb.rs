//! The suite on the LM3S6965: 64 KiB of memory, and flash for a part of the cases: which, says the
//! variable `SUITE_PART` when the image is built.

use berkeley_conformance::case::Case;
use berkeley_conformance::parts;
use berkeley_smoltcp::{ConnectionBuffers, Memory};

use crate::lab::BoardLab;

/// The cases of this image.
pub(crate) const CASES: &[&[Case<BoardLab>]] = &parts::groups_of(PARTS[PART]);

/// Those about faults on the way, which a peer makes.
#[cfg(feature = "remote")]
pub(crate) const FAULTS: &[Case<BoardLab>] = parts::faults_of(PARTS[PART]);

const PARTS: &[&[&str]] =
    if cfg!(feature = "remote") { &parts::REMOTE_PARTS } else { &parts::PARTS };

/// The number of the part is a digit.
const PART: usize = match option_env!("SUITE_PART") {
    Some(number) => (number.as_bytes()[0] - b'0') as usize,
    None => 0,
};

/// How many peers a case may have at a time.
pub(crate) const PEERS: usize = 1;

/// What has happened is not told: that takes flash.
pub(crate) const PRINTS_TABLES: bool = false;

/// Transfers take 20 KB of stack, and 26 KB where a side of them is on the host; other cases take 12 KB and more
/// connections. They are in the parts of this number.
const TRANSFERS: bool = PART == 2;
const CONNECTIONS: usize = match (TRANSFERS, cfg!(feature = "remote")) {
    (false, _) => 8,
    (true, false) => 6,
    (true, true) => 4,
};
const DATAGRAMS: usize = if TRANSFERS { 3 } else { 4 };

/// So many connections, 16 sockets, so many datagram queues, and one waiting packet.
pub(crate) type LabMemory = Memory<'static, CONNECTIONS, 0, 0, 16, DATAGRAMS, 1400, 1, 1280, 0, 0>;
pub(crate) type LabBuffers = ConnectionBuffers<CONNECTIONS, 1024, 1024>;

/// The MTU of the loopback: the shortest with IPv6. It has room for three packets.
pub(crate) const LOOPBACK_MTU: usize = 1280;
pub(crate) const LOOPBACK_QUEUE: usize = 3 * (LOOPBACK_MTU + 2);
