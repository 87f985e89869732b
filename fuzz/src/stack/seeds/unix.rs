//! Seeds of `unix_calls`. Sockets are numbered in the order in which they were opened; `close` puts the
//! last one in the place of the one that goes.

use super::Seed;

/// The first byte: whether the memory is on the heap or fixed.
const HEAP: &[u8] = &[0];
const FIXED: &[u8] = &[1];

const STREAM: u8 = 0;
const DATAGRAM: u8 = 1;
const PACKETS: u8 = 2;

/// Addresses: a path, an abstract name, one that the stack chooses, and none of this family.
const PATH: u8 = 0;
const ABSTRACT: u8 = 6;
const ANY: u8 = 12;
const NOWHERE: u8 = 15;

/// Lengths beyond 127: see `Input::length`.
const KIB_2: u8 = 141;
const KIB_4: u8 = 142;
const KIB_8: u8 = 143;

const fn socket(socket_type: u8) -> [u8; 2] {
    [0, socket_type]
}

const fn pair(socket_type: u8) -> [u8; 2] {
    [1, socket_type]
}

const fn bind(socket: u8, place: u8) -> [u8; 3] {
    [2, socket, place]
}

const fn listen(socket: u8, backlog: u8) -> [u8; 3] {
    [3, socket, backlog]
}

const fn accept(socket: u8) -> [u8; 2] {
    [4, socket]
}

const fn connect(socket: u8, place: u8) -> [u8; 3] {
    [5, socket, place]
}

const fn send(socket: u8, length: u8) -> [u8; 3] {
    [6, socket, length]
}

const fn send_to(socket: u8, place: u8, length: u8) -> [u8; 4] {
    [8, socket, place, length]
}

const fn receive(socket: u8, length: u8) -> [u8; 4] {
    [9, socket, length, 0]
}

const fn peek(socket: u8, length: u8) -> [u8; 4] {
    [9, socket, length, 7]
}

/// Shuts down receiving (0), sending (1) or both (2).
const fn shutdown(socket: u8, how: u8) -> [u8; 3] {
    [11, socket, how]
}

const fn close(socket: u8) -> [u8; 2] {
    [12, socket]
}

/// Takes the pending error.
const fn error(socket: u8) -> [u8; 3] {
    [13, socket, 0]
}

/// Sets the smallest `SO_SNDBUF`.
const fn limit(socket: u8) -> [u8; 3] {
    [13, socket, 128]
}

/// Waits to receive (1), to send (4) or for both (5), for a while.
const fn wait(socket: u8, interest: u8) -> [u8; 4] {
    [14, socket, interest, 100]
}

/// Leaves a waker for that.
const fn sleep(socket: u8, interest: u8) -> [u8; 4] {
    [14, socket, interest, 255]
}

/// Tries handles that are closed.
const STALE: &[u8] = &[15, 0];

/// A listener at a path, and a client that is connected and accepted: 0, 1 and 2.
const CONNECTED: &[u8] = &[0, 0, 2, 0, PATH, 3, 0, 1, 0, 0, 5, 1, PATH, 4, 0];

/// The seeds.
pub(super) const SEEDS: &[Seed] = &[
    ("a-connection", &[HEAP, CONNECTED, &send(1, 20), &receive(2, 9), &send(2, 5), &receive(1, 9)]),
    ("without-a-heap", &[FIXED, CONNECTED, &send(2, 20), &peek(1, 30), &receive(1, 30), STALE]),
    (
        "a-full-stream",
        &[FIXED, &pair(STREAM), &send(0, KIB_4), &send(0, KIB_4), &sleep(0, 4), &receive(1, 1)],
    ),
    (
        "a-stream-that-may-send-less",
        &[
            HEAP,
            &pair(STREAM),
            &limit(0),
            &send(0, KIB_8),
            &send(0, 1),
            &wait(0, 5),
            &receive(1, 9),
        ],
    ),
    (
        "half-closed",
        &[HEAP, CONNECTED, &send(1, 9), &shutdown(1, 1), &receive(2, 9), &receive(2, 9)],
    ),
    (
        "closed-with-unread-data",
        &[HEAP, CONNECTED, &send(2, 9), &close(1), &error(1), &receive(1, 9)],
    ),
    (
        "a-full-backlog",
        &[
            HEAP,
            [socket(STREAM); 3].as_flattened(),
            &bind(0, ABSTRACT),
            &listen(0, 0),
            &connect(1, ABSTRACT),
            &connect(2, ABSTRACT),
            &send(1, 7),
            &accept(0),
            &connect(2, ABSTRACT),
            &receive(3, 9),
        ],
    ),
    (
        "a-listener-goes",
        &[
            HEAP,
            [socket(PACKETS); 2].as_flattened(),
            &bind(0, ABSTRACT),
            &listen(0, 3),
            &connect(1, ABSTRACT),
            &sleep(1, 1),
            &close(0),
            &receive(0, 9),
        ],
    ),
    (
        "nobody-has-accepted",
        &[
            HEAP,
            CONNECTED,
            &socket(STREAM),
            &connect(3, PATH),
            &sleep(3, 1),
            &close(0),
            &receive(0, 9),
        ],
    ),
    (
        "a-client-is-gone-before-it-is-accepted",
        &[HEAP, CONNECTED, &socket(STREAM), &connect(3, PATH), &send(3, 9), &close(3), &accept(0)],
    ),
    (
        "datagrams-by-name",
        &[
            FIXED,
            [socket(DATAGRAM); 2].as_flattened(),
            &bind(0, ABSTRACT),
            &bind(1, ANY),
            &send_to(1, ABSTRACT, 30),
            &send_to(1, ABSTRACT, 0),
            &receive(0, 9),
            &receive(0, 9),
        ],
    ),
    (
        "a-queue-of-datagrams-is-full",
        &[
            HEAP,
            [socket(DATAGRAM); 2].as_flattened(),
            &bind(0, PATH),
            &connect(1, PATH),
            &send(1, KIB_2),
            &send(1, KIB_2),
            &send(1, KIB_2),
            &sleep(1, 4),
            &receive(0, 9),
            &send(1, KIB_2),
        ],
    ),
    (
        "refused-by-one-and-taken-by-another",
        &[
            HEAP,
            [socket(DATAGRAM); 2].as_flattened(),
            &bind(0, ABSTRACT),
            &bind(1, PATH),
            &connect(1, PATH),
            &send(1, KIB_2),
            &send(1, KIB_2),
            &send(1, KIB_2),
            &sleep(1, 4),
            &send_to(1, ABSTRACT, 30),
        ],
    ),
    (
        "eleven-datagrams",
        &[
            HEAP,
            [socket(DATAGRAM); 2].as_flattened(),
            &bind(0, PATH),
            &connect(1, PATH),
            [send(1, 1); 12].as_flattened(),
            &receive(0, 9),
            &send(1, 1),
        ],
    ),
    (
        "more-datagrams-for-a-peer",
        &[
            HEAP,
            [socket(DATAGRAM); 2].as_flattened(),
            &bind(0, PATH),
            &bind(1, ABSTRACT),
            &connect(1, PATH),
            [send(1, 1); 12].as_flattened(),
            &sleep(1, 4),
            &connect(0, ABSTRACT),
            &send(1, 1),
        ],
    ),
    (
        "another-peer",
        &[
            HEAP,
            [socket(DATAGRAM); 3].as_flattened(),
            &bind(0, PATH),
            &bind(1, ABSTRACT),
            &connect(0, ABSTRACT),
            &connect(1, PATH),
            &send_to(2, PATH, 4),
            &send(1, 4),
            &connect(0, NOWHERE),
            &error(1),
            &receive(0, 9),
        ],
    ),
    ("a-peer-is-gone", &[HEAP, &pair(DATAGRAM), &send(1, 3), &close(1), &send(0, 1), &send(0, 1)]),
    (
        "connected-to-itself",
        &[
            HEAP,
            &socket(DATAGRAM),
            &bind(0, ANY),
            &bind(0, PATH),
            &close(0),
            &socket(DATAGRAM),
            &bind(0, PATH),
            &connect(0, PATH),
            &send(0, 3),
            &receive(0, 9),
            &connect(0, NOWHERE),
        ],
    ),
    (
        "packets-keep-their-boundaries",
        &[
            HEAP,
            &pair(PACKETS),
            &send(0, 8),
            &send(0, 0),
            &send(0, KIB_8),
            &receive(1, 3),
            &receive(1, 9),
        ],
    ),
    (
        "types-and-names-do-not-fit",
        &[
            HEAP,
            CONNECTED,
            &socket(DATAGRAM),
            &connect(3, PATH),
            &bind(3, PATH),
            &send_to(3, ABSTRACT, 1),
        ],
    ),
    (
        "no-more-sockets",
        &[HEAP, [pair(STREAM); 5].as_flattened(), &close(3), &pair(PACKETS), &socket(DATAGRAM)],
    ),
];
