//! Seeds of `stack_frames`: what has broken other small stacks.

use super::Seed;
use super::calls::*;
use super::packets::*;

/// The seeds.
pub(super) const SEEDS: &[Seed] = &[
    // Lengths, options and extension headers that lie (AMNESIA:33).
    ("total-length-below-the-header", &[HEAP, &[166, 0, 0, 80, 10, 0, 181, 2, 0, 3, 19, 0]]),
    (
        "udp-length-below-8",
        &[HEAP, DATAGRAM, &bind(0, ANY, PORT_80), &[166, 0, 0, 80, 10, 0, 181, 24, 0, 25, 7, 0]],
    ),
    (
        "udp-length-beyond-the-packet",
        &[HEAP, DATAGRAM, &bind(0, ANY, PORT_80), &[166, 0, 0, 80, 10, 0, 180, 24, 255, 0]],
    ),
    ("tcp-header-beyond-the-packet", &[HEAP, LISTEN, &[165, 0, 0, 80, 0, 0, 0, 180, 32, 0xF0, 0]]),
    ("tcp-header-below-20-bytes", &[HEAP, LISTEN, &[165, 0, 0, 80, 0, 0, 0, 180, 32, 0x40, 0]]),
    (
        "tcp-option-of-length-0",
        &[HEAP, LISTEN, &[165, 0, 0, 80, 0, 135, 4, 2, 0, 5, 180, 0, 0, 0], CONVERSE],
    ),
    (
        "tcp-option-beyond-the-header",
        &[HEAP, LISTEN, &[165, 0, 0, 80, 0, 135, 4, 8, 40, 0, 0, 0, 0, 0], CONVERSE],
    ),
    (
        "window-scale-of-255",
        &[
            HEAP,
            LISTEN,
            &[165, 0, 0, 80, 0, 129, 255, 0, 0, 0],
            CONVERSE,
            ACCEPTED,
            &send(1, 250),
            CONVERSE,
        ],
    ),
    (
        "extension-header-beyond-the-packet",
        &[HEAP, &[166, 1, 0, 80, 10, 220, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 180, 41, 255, 0]],
    ),
    (
        "routing-header",
        &[
            HEAP,
            &[
                166, 1, 0, 80, 10, 220, 1, 2, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0, 0, 0, 0, 0, 0, 0,
            ],
        ],
    ),
    (
        "neighbour-option-of-length-0",
        &[
            HEAP,
            &[168, 1, 0, 0, 0, 0, 0, 0, 0, 0, 129, 0, 0, 0, 0],
            &[168, 1, 0, 0, 1, 0x60, 0, 0, 0, 1, 130, 0, 0, 0, 0],
        ],
    ),
    (
        "neighbour-option-beyond-the-packet",
        &[HEAP, &[168, 1, 0, 0, 0, 0, 0, 0, 0, 0, 129, 3, 0, 0, 168, 40]],
    ),
    ("router-advertisement", &[HEAP, &[168, 2, 0, 0, 2, 64, 0, 7, 8, 0, 131, 1, 133, 1, 0, 0, 0]]),
    (
        "echo-of-every-size",
        &[
            HEAP,
            &[168, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0],
            &[168, 0, 0, 0, 0, 0, 1, 0, 1, 130, 0, 0],
            &[168, 0, 0, 0, 0, 0, 1, 0, 1, 138, 0, 0],
            &[168, 1, 0, 0, 4, 0, 1, 0, 1, 138, 0, 0],
        ],
    ),
    (
        "arp-for-and-from-everybody",
        &[
            HEAP,
            &[169, 0, 0, 1, 0, 1],
            &[169, 0, 1, 1, 0, 0],
            &[169, 1, 1, 0, 0, 0],
            &[169, 0, 5, 1, 0, 0],
            &[169, 0, 3, 1, 0, 0],
        ],
    ),
    // Work without end (SegmentSmack, SACK panic).
    (
        "one-byte-holes",
        &[
            FIXED,
            LISTEN,
            OPEN,
            CONVERSE,
            ACCEPTED,
            &segment(PUSH, 162, EXACT, WIDE, 1),
            &segment(PUSH, 164, EXACT, WIDE, 1),
            &segment(PUSH, 166, EXACT, WIDE, 1),
            &segment(PUSH, 168, EXACT, WIDE, 1),
            &segment(PUSH, 170, EXACT, WIDE, 1),
            &segment(PUSH, 172, EXACT, WIDE, 1),
            &data(20),
            &receive(1, 127),
        ],
    ),
    (
        "overlapping-data",
        &[
            HEAP,
            LISTEN,
            OPEN,
            CONVERSE,
            ACCEPTED,
            &segment(PUSH, 165, EXACT, WIDE, 20),
            &segment(PUSH, 163, EXACT, WIDE, 10),
            &data(40),
            &receive(1, 127),
        ],
    ),
    (
        "syn-flood",
        &[
            HEAP,
            LISTEN,
            OPEN,
            &[165, 0, 0, 84, 0, 0, 0, 0],
            &[165, 0, 0, 88, 0, 0, 0, 0],
            &[165, 0, 0, 92, 0, 0, 0, 0],
            &[165, 0, 0, 96, 0, 0, 0, 0],
            &[165, 0, 0, 100, 0, 0, 0, 0],
            LONG,
            OPEN,
            CONVERSE,
            ACCEPTED,
        ],
    ),
    // Fragments.
    (
        "fragments-in-order",
        &[
            HEAP,
            DATAGRAM,
            &bind(0, ANY, PORT_80),
            &[170, 0, 0, 80, 141, 3],
            &receive_parts(0, 100, 0xF0 + 13),
        ],
    ),
    (
        "fragments-backwards",
        &[
            FIXED,
            DATAGRAM6,
            &bind(0, ANY6, PORT_80),
            &[170, 1, 0, 80, 141, 11],
            &receive_parts(0, 100, 0xF0 + 13),
        ],
    ),
    (
        "fragments-twice-and-lost",
        &[
            HEAP,
            DATAGRAM,
            &bind(0, ANY, PORT_80),
            &[170, 0, 0, 80, 133, 18, 0, 99, 0, 0, 99, 0, 2, 99, 0, 1, 0, 0],
            LONG,
            &[170, 0, 0, 80, 133, 2],
        ],
    ),
    ("fragments-of-8-bytes", &[HEAP, DATAGRAM, &bind(0, ANY, PORT_80), &[170, 0, 0, 80, 40, 0]]),
    (
        "fragment-at-the-very-end",
        &[
            HEAP,
            &[166, 0, 0, 80, 20, 240, 0x1F, 0xFF, 0],
            &[166, 1, 0, 80, 20, 240, 0x1F, 0xFF, 0],
            &[166, 0, 0, 80, 20, 240, 0x3F, 0xFF, 0],
        ],
    ),
    (
        "datagrams-in-fragments-to-a-silent-neighbour",
        &[
            HEAP,
            DATAGRAM,
            &send_to(0, SILENT, PORT_80, 142, false),
            &send_to(0, SILENT, PORT_80, 143, true),
            &send_to(0, NEIGHBOUR, PORT_80, 143, false),
            LONG,
        ],
    ),
];
