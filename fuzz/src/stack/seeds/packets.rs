//! What the network does, as `stack_frames` decodes it.

/// The first two bytes: everything on the heap, or nothing; Ethernet, or plain IP; the entropy.
pub(super) const HEAP: &[u8] = &[0, 1];
pub(super) const FIXED: &[u8] = &[1, 1];
pub(super) const TUNNEL: &[u8] = &[2, 1];
pub(super) const GATEWAY: &[u8] = &[4, 1];

/// A neighbour asks for a connection to port 80; the same over IPv6.
pub(super) const OPEN: &[u8] = &[165, 0, 0, 80, 0, 0, 0, 0];
pub(super) const OPEN6: &[u8] = &[165, 1, 0, 80, 0, 0, 0, 0];

/// Peers acknowledge what they have heard: the handshake is done.
pub(super) const CONVERSE: &[u8] = &[164, 0];

/// A listener on port 80, and a connection to it: sockets 0 and 1.
pub(super) const LISTEN: &[u8] = &[0, 0, 1, 0, 7, 0, 2, 0, 4];
pub(super) const LISTEN6: &[u8] = &[0, 1, 1, 0, 8, 0, 2, 0, 4];
pub(super) const ACCEPTED: &[u8] = &[3, 0];

/// The latest peer sends so many bytes.
pub(super) const fn data(length: u8) -> [u8; 3] {
    [163, 0, length]
}

/// A segment of the latest peer: flags by their choice, differences of the numbers, window, length.
pub(super) const fn segment(
    flags: u8,
    sequence: u8,
    acknowledgement: u8,
    window: u8,
    length: u8,
) -> [u8; 10] {
    [160, 0, flags, sequence, acknowledgement, window, length, 0, 0, 0]
}

/// The flags of a segment.
pub(super) const PUSH: u8 = 0;
pub(super) const FIN: u8 = 96;
pub(super) const RST: u8 = 128;
pub(super) const SYN: u8 = 160;
pub(super) const SYN_ACK: u8 = 176;
/// Differences: none, one before, one behind.
pub(super) const EXACT: u8 = 0;
pub(super) const BEFORE: u8 = 159;
pub(super) const BEHIND: u8 = 161;
/// Windows: an ordinary one, none at all, three bytes.
pub(super) const WIDE: u8 = 0;
pub(super) const CLOSED: u8 = 132;
pub(super) const NARROW: u8 = 128;

/// Time passes: 200 ms, 1 s, 3 s, 11 s, 1000 s.
pub(super) const SOON: &[u8] = &[174, 2];
pub(super) const SECOND: &[u8] = &[174, 3];
pub(super) const SECONDS: &[u8] = &[174, 4];
pub(super) const TIME_WAIT: &[u8] = &[174, 5];
pub(super) const LONG: &[u8] = &[174, 7];

/// A switch: neighbours stop or start to answer; packets pile up, or no longer.
pub(super) const LOOKUPS: &[u8] = &[173, 0];
pub(super) const PILE: &[u8] = &[173, 2];
/// The device has no room for so many frames.
pub(super) const fn refuse(count: u8) -> [u8; 3] {
    [173, 1, count]
}
