//! Socket calls, as [`Program`](crate::stack::program::Program) decodes them. Sockets are numbered in
//! the order in which they were opened; `close` puts the last one in the place of the one that goes.

/// A stream socket for IPv4, and for IPv6.
pub(super) const STREAM: &[u8] = &[0, 0];
pub(super) const STREAM6: &[u8] = &[0, 1];
/// A datagram socket for IPv4, and for IPv6.
pub(super) const DATAGRAM: &[u8] = &[0, 2];
pub(super) const DATAGRAM6: &[u8] = &[0, 3];

/// Places of `stack_frames`, by their numbers: see its list.
pub(super) const OWN: u8 = 0;
pub(super) const NEIGHBOUR: u8 = 2;
pub(super) const NEIGHBOUR6: u8 = 3;
pub(super) const LOCALHOST: u8 = 5;
pub(super) const ANY: u8 = 7;
pub(super) const ANY6: u8 = 8;
pub(super) const SILENT: u8 = 10;
pub(super) const GROUP: u8 = 15;

/// Forms of an address: port 80, port 7, port 0, and IPv4 as a mapped address.
pub(super) const PORT_80: u8 = 0;
pub(super) const PORT_7: u8 = 1;
pub(super) const PORT_0: u8 = 2;
pub(super) const MAPPED: u8 = 0x80;

pub(super) const fn bind(socket: u8, place: u8, form: u8) -> [u8; 4] {
    [1, socket, place, form]
}

pub(super) const fn listen(socket: u8, backlog: u8) -> [u8; 3] {
    [2, socket, backlog]
}

pub(super) const fn connect(socket: u8, place: u8, form: u8) -> [u8; 4] {
    [4, socket, place, form]
}

/// Receives up to so many bytes, below 128.
pub(super) const fn receive(socket: u8, length: u8) -> [u8; 4] {
    [6, socket, length, 0]
}

/// Receives into two buffers.
pub(super) const fn receive_parts(socket: u8, first: u8, second: u8) -> [u8; 5] {
    [7, socket, first, second, 0]
}

/// Sends so many bytes, below 128, or as [`Input::length`](crate::stack::input::Input::length) says.
pub(super) const fn send(socket: u8, length: u8) -> [u8; 4] {
    [8, socket, length, 0]
}

/// Sends a datagram, of eight times the length if `long`.
pub(super) const fn send_to(socket: u8, place: u8, form: u8, length: u8, long: bool) -> [u8; 6] {
    [9, socket, place, form, length, if long { 3 } else { 0 }]
}

/// Shuts down receiving (0), sending (1) or both (2).
pub(super) const fn shutdown(socket: u8, how: u8) -> [u8; 3] {
    [11, socket, how]
}

/// Closes, waiting as `SO_LINGER` says or not.
pub(super) const fn close(socket: u8, waits: bool) -> [u8; 3] {
    [12, socket, if waits { 255 } else { 0 }]
}

pub(super) const fn retain(socket: u8) -> [u8; 2] {
    [13, socket]
}

/// `SO_LINGER` with so many seconds.
pub(super) const fn linger(socket: u8, seconds: u8) -> [u8; 7] {
    [15, socket, 0, 13, 1, seconds * 8, 2]
}

/// `SO_KEEPALIVE` after so many seconds.
pub(super) const fn keepalive(socket: u8, seconds: u8) -> [u8; 14] {
    [15, socket, 0, 9, 1, 0, 0, 15, socket, 1, 4, seconds, 0, 0]
}

/// Waits for all kinds of things; the duration by its number.
pub(super) const fn wait(socket: u8, duration: u8) -> [u8; 5] {
    [16, socket, socket, 0x3F, duration]
}

/// Compares what it is ready for with what it does.
pub(super) const fn look(socket: u8) -> [u8; 2] {
    [18, socket]
}

/// Tries handles that are closed.
pub(super) const STALE: &[u8] = &[19];
