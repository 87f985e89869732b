//! Seeds of `stack_frames`: what has made smoltcp panic or hang, as its changelog tells from 0.7.4 to
//! 0.13.1.

use super::Seed;
use super::calls::*;
use super::packets::*;

/// The seeds.
pub(super) const SEEDS: &[Seed] = &[
    (
        "window-shrinks",
        &[
            HEAP,
            LISTEN,
            OPEN,
            CONVERSE,
            ACCEPTED,
            &send(1, 250),
            &segment(PUSH, EXACT, EXACT, NARROW, 0),
            &segment(PUSH, EXACT, EXACT, CLOSED, 0),
            LONG,
        ],
    ),
    (
        "syn-ack-acknowledges-the-syn-itself",
        &[
            HEAP,
            STREAM,
            &connect(0, NEIGHBOUR, PORT_80),
            &segment(SYN_ACK, EXACT, BEFORE, WIDE, 0),
            SECONDS,
            CONVERSE,
        ],
    ),
    (
        "mss-of-0",
        &[
            HEAP,
            LISTEN,
            &[165, 0, 0, 80, 0, 128, 0, 0, 0, 0, 0],
            CONVERSE,
            ACCEPTED,
            &send(1, 127),
            CONVERSE,
        ],
    ),
    (
        "mss-of-1",
        &[
            HEAP,
            LISTEN,
            &[165, 0, 0, 80, 0, 128, 0, 1, 0, 0, 0],
            CONVERSE,
            ACCEPTED,
            &send(1, 127),
            CONVERSE,
        ],
    ),
    (
        "zero-window",
        &[
            HEAP,
            STREAM,
            &connect(0, NEIGHBOUR, PORT_80),
            CONVERSE,
            &send(0, 250),
            &segment(PUSH, EXACT, EXACT, CLOSED, 0),
            LONG,
            &segment(PUSH, EXACT, EXACT, WIDE, 0),
        ],
    ),
    (
        "zero-window-and-close",
        &[
            FIXED,
            LISTEN,
            OPEN,
            CONVERSE,
            ACCEPTED,
            &segment(PUSH, EXACT, EXACT, CLOSED, 0),
            &send(1, 250),
            &close(1, false),
            LONG,
        ],
    ),
    (
        "challenge-acknowledgements",
        &[
            HEAP,
            LISTEN,
            OPEN,
            CONVERSE,
            ACCEPTED,
            &segment(SYN, EXACT, EXACT, WIDE, 0),
            &segment(RST, BEHIND, EXACT, WIDE, 0),
            &segment(PUSH, EXACT, BEHIND, WIDE, 0),
            &segment(SYN, BEHIND, EXACT, WIDE, 0),
        ],
    ),
    (
        "fin-in-syn-sent",
        &[
            HEAP,
            STREAM,
            &connect(0, NEIGHBOUR, PORT_80),
            &segment(FIN, EXACT, EXACT, WIDE, 0),
            SECONDS,
        ],
    ),
    (
        "wrong-acknowledgement-in-syn-received",
        &[
            HEAP,
            LISTEN,
            OPEN,
            &segment(PUSH, EXACT, BEHIND, WIDE, 0),
            &segment(PUSH, EXACT, BEFORE, WIDE, 0),
            LONG,
        ],
    ),
    (
        "numbers-at-the-edge",
        &[
            HEAP,
            LISTEN,
            OPEN,
            CONVERSE,
            ACCEPTED,
            &data(0xF0 + 13),
            &data(0xF0 + 13),
            &data(0xF0 + 13),
            &receive(1, 0xF0 + 14),
            &receive(1, 0xF0 + 14),
        ],
    ),
    ("empty-packet", &[TUNNEL, &[171, 0, 0], &[171, 3, 0]]),
    ("one-byte-packets", &[TUNNEL, &[171, 0, 1, 0x45], &[171, 0, 1, 0x60], &[171, 3, 1, 0]]),
    ("listen-twice", &[HEAP, LISTEN, &listen(0, 1), STREAM, &bind(1, OWN, PORT_80), &listen(1, 1)]),
    (
        "hop-by-hop-to-a-group",
        &[
            HEAP,
            DATAGRAM6,
            &bind(0, ANY6, PORT_80),
            &[168, 1, 195, 0, 0, 0, 0, 0, 0, 0, 0, 220, 0, 0, 0, 5, 2, 0, 0, 1, 0, 0, 0, 0],
        ],
    ),
    (
        "no-source-address",
        &[HEAP, DATAGRAM6, &send_to(0, 16, PORT_80, 10, false), &send_to(0, 16, 0x60, 10, false)],
    ),
    (
        "group-query-without-delay",
        &[
            HEAP,
            &[168, 1, 195, 0, 250, 130, 0, 0, 0, 0, 0, 0, 0, 0],
            &[168, 0, 194, 0, 250, 17, 0, 0, 0, 0, 8, 0, 0],
        ],
    ),
    (
        "bytes-outside-of-the-window",
        &[
            HEAP,
            LISTEN,
            OPEN,
            CONVERSE,
            ACCEPTED,
            &[160, 0, 0, 192, 0x08, 0x00, 0, 0, 100, 0, 0, 0],
            &[160, 0, 0, 192, 0x07, 0xFF, 0, 0, 100, 0, 0, 0],
            &segment(PUSH, BEFORE, EXACT, WIDE, 2),
        ],
    ),
    ("syn-from-the-unspecified-address", &[HEAP, LISTEN, &[165, 10, 0, 80, 0, 0, 0, 0]]),
    ("syn-from-the-unspecified-address-v6", &[HEAP, LISTEN6, &[165, 11, 0, 80, 0, 0, 0, 0]]),
    (
        "syn-from-an-own-address",
        &[HEAP, LISTEN, &[165, 8, 0, 80, 0, 0, 0, 0], &[165, 8, 0, 4, 0, 0, 0, 0]],
    ),
    (
        "syn-to-everybody",
        &[
            HEAP,
            LISTEN,
            &[165, 0, 192, 80, 0, 0, 0, 0],
            &[165, 0, 193, 80, 0, 0, 0, 0],
            &[165, 0, 194, 80, 0, 0, 0, 0],
        ],
    ),
    (
        "sack-ranges-that-overflow",
        &[
            HEAP,
            LISTEN,
            &[165, 0, 0, 80, 0, 130, 0, 0, 0],
            CONVERSE,
            ACCEPTED,
            &send(1, 250),
            &[
                160, 0, 0, 0, 0, 0, 0, 131, 1, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 5, 127,
                255, 255, 255, 0, 0, 0,
            ],
            SECONDS,
        ],
    ),
    (
        "ipv4-header-below-20-bytes",
        &[
            TUNNEL,
            DATAGRAM,
            &bind(0, ANY, PORT_80),
            &[166, 0, 0, 80, 10, 0, 180, 0, 0x44, 0],
            &[166, 0, 0, 80, 10, 0, 180, 0, 0x40, 0],
        ],
    ),
];
