//! Seeds of `stack_pair`: good and bad links, and what programs do on both sides of them.

use super::Seed;
use super::calls::*;

/// The first six bytes: the kind of link and memory, the seed of what is random, and how often frames
/// are lost, doubled, overtaken and damaged (above 128).
const GOOD: &[u8] = &[0, 1, 0, 0, 0, 0];
const FIXED: &[u8] = &[1, 1, 0, 0, 0, 0];
const LOSSY: &[u8] = &[0, 2, 180, 0, 0, 0];
const DOUBLING: &[u8] = &[0, 3, 0, 255, 0, 0];
const DISORDERLY: &[u8] = &[8, 4, 0, 0, 255, 0];
const DAMAGING: &[u8] = &[0, 5, 0, 0, 0, 200];
const BAD: &[u8] = &[9, 6, 180, 180, 200, 160];
const TUNNEL: &[u8] = &[2 | 8, 7, 150, 150, 200, 0];
const SHORT: &[u8] = &[4 | 16, 8, 160, 0, 0, 0];

/// Places, by their numbers.
const OTHER: u8 = 0;
const OTHER6: u8 = 1;

/// The same call on the far side.
const fn far<const N: usize>(mut call: [u8; N]) -> [u8; N] {
    call[0] += 100;
    call
}

/// A listener of the far side, a socket of the near side that connects to it: 0 and 1, and 0.
const CONNECTED: &[u8] = &[100, 0, 101, 0, 6, 0, 102, 0, 3, 0, 0, 4, 0, 0, 0, 203, 4, 103, 0];
const CONNECTED6: &[u8] = &[100, 1, 101, 0, 7, 0, 102, 0, 3, 0, 1, 4, 0, 1, 0, 203, 4, 103, 0];

/// Both sides send on all streams; both read.
const TALK: &[u8] = &[202, 203, 3, 201, 202, 203, 4, 201];
/// The link breaks, or is whole again.
const BREAK: &[u8] = &[200];
/// Time passes: 50 ms, 1 s, 130 s.
const MOMENT: &[u8] = &[203, 2];
const SECOND: &[u8] = &[203, 4];
const MINUTES: &[u8] = &[203, 7];

/// The seeds.
pub(super) const SEEDS: &[Seed] = &[
    ("a-good-link", &[GOOD, CONNECTED, TALK, TALK, &shutdown(0, 1), TALK]),
    ("without-a-heap", &[FIXED, CONNECTED6, TALK, TALK, &far(shutdown(1, 1)), TALK]),
    ("frames-are-lost", &[LOSSY, CONNECTED, SECOND, TALK, TALK, TALK]),
    ("frames-are-doubled", &[DOUBLING, CONNECTED, TALK, TALK, TALK]),
    ("frames-are-overtaken", &[DISORDERLY, CONNECTED6, TALK, TALK, TALK]),
    ("frames-are-damaged", &[DAMAGING, CONNECTED, SECOND, TALK, TALK]),
    ("everything-at-once", &[BAD, CONNECTED, SECOND, SECOND, TALK, TALK, TALK, TALK]),
    ("a-bad-tunnel", &[TUNNEL, CONNECTED6, SECOND, TALK, TALK, TALK, TALK]),
    ("a-short-queue", &[SHORT, CONNECTED, TALK, TALK, TALK, TALK]),
    ("an-outage", &[GOOD, CONNECTED, TALK, BREAK, &send(0, 250), MINUTES, BREAK, MINUTES, TALK]),
    (
        "an-outage-for-good",
        &[
            GOOD,
            CONNECTED,
            BREAK,
            &send(0, 250),
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
        ],
    ),
    (
        "close-at-once",
        &[GOOD, CONNECTED, &send(0, 250), &close(0, false), SECOND, &far(receive(1, 127))],
    ),
    (
        "close-with-unread-data",
        &[GOOD, CONNECTED, &send(0, 250), MOMENT, &far(close(1, false)), TALK],
    ),
    (
        "close-with-linger-0",
        &[GOOD, CONNECTED, &linger(0, 0), &send(0, 250), &close(0, false), TALK],
    ),
    (
        "close-with-linger",
        &[LOSSY, CONNECTED, SECOND, &linger(0, 5), &send(0, 250), &close(0, true), TALK],
    ),
    ("both-close-at-once", &[DISORDERLY, CONNECTED, &shutdown(0, 1), &far(shutdown(1, 1)), TALK]),
    (
        "both-connect-at-once",
        &[
            GOOD,
            STREAM,
            &far([0, 0]),
            &bind(0, ANY - 1, PORT_7),
            &far(bind(0, ANY - 1, PORT_7)),
            &connect(0, OTHER, PORT_7),
            &far(connect(0, OTHER, PORT_7)),
            SECOND,
            TALK,
        ],
    ),
    (
        "a-listener-connects-to-whom-it-reset",
        &[
            GOOD,
            STREAM,
            &far([0, 0]),
            &bind(0, ANY - 1, PORT_7),
            &far(bind(0, ANY - 1, PORT_7)),
            &far(listen(0, 3)),
            &connect(0, OTHER, PORT_7),
            SECOND,
            &far(shutdown(0, 0)),
            MOMENT,
            BREAK,
            &far(connect(0, OTHER, PORT_7)),
            &receive(0, 9),
            BREAK,
            TALK,
        ],
    ),
    (
        "nobody-listens",
        &[
            GOOD,
            STREAM,
            &connect(0, OTHER, PORT_80),
            SECOND,
            STREAM6,
            &connect(1, OTHER6, PORT_80),
            SECOND,
            DATAGRAM,
            &connect(2, OTHER, PORT_7),
            &send(2, 3),
            SECOND,
            &send(2, 3),
        ],
    ),
    ("receiving-is-shut-down", &[GOOD, CONNECTED, &far(shutdown(1, 0)), TALK, TALK]),
    (
        "datagrams-in-fragments",
        &[
            GOOD,
            &far([0, 3]),
            &far(bind(0, 7, PORT_7)),
            DATAGRAM6,
            &send_to(0, OTHER6, PORT_7, 142, false),
            &send_to(0, OTHER, PORT_7 | MAPPED, 143, false),
            &send_to(0, OTHER6, PORT_7, 142, true),
            SECOND,
            &far(receive_parts(0, 100, 143)),
        ],
    ),
    (
        "keepalive-over-an-outage",
        &[GOOD, CONNECTED, &keepalive(0, 5), BREAK, MINUTES, MINUTES, &receive(0, 5), BREAK],
    ),
    (
        "a-listener-closes",
        &[
            LOSSY,
            CONNECTED,
            STREAM,
            &connect(1, OTHER, PORT_80),
            MOMENT,
            &far(close(0, false)),
            SECOND,
            TALK,
        ],
    ),
    (
        "two-closed-windows",
        &[
            BAD,
            CONNECTED,
            &[202],
            &[202],
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            TALK,
        ],
    ),
    (
        "end-after-a-long-pause",
        &[
            GOOD,
            CONNECTED,
            TALK,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            &far(shutdown(1, 1)),
            TALK,
        ],
    ),
    (
        "over-and-connected-to-itself",
        &[
            GOOD,
            STREAM,
            &bind(0, 4, PORT_80),
            &connect(0, 4, PORT_80),
            &[202],
            &[15, 0, 1, 18, 2, 0, 0],
            SECOND,
        ],
    ),
    (
        "end-after-an-exchange-and-a-long-pause",
        &[
            DISORDERLY,
            CONNECTED6,
            SECOND,
            &look(0),
            &far(look(1)),
            &look(0),
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            &far(shutdown(1, 1)),
            SECOND,
            &look(0),
        ],
    ),
    (
        "repetitions-beyond-the-window",
        &[
            &[0, 0, 0, 255, 255, 255],
            CONNECTED,
            &[202],
            &[202],
            MINUTES,
            MINUTES,
            &[202, 201, 202],
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            TALK,
        ],
    ),
    (
        "connect-tells-of-the-end",
        &[
            GOOD,
            CONNECTED,
            &keepalive(0, 5),
            BREAK,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            &connect(0, OTHER, PORT_80),
            BREAK,
            &far(send(1, 100)),
            SECOND,
            &far(receive(1, 100)),
        ],
    ),
    (
        "a-reset-before-the-error-is-told",
        &[
            GOOD,
            CONNECTED,
            BREAK,
            &send(0, 250),
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            MINUTES,
            BREAK,
            &far(send(1, 100)),
            SECOND,
            &far(receive(1, 100)),
        ],
    ),
    (
        "both-open-and-one-is-shut-down",
        &[
            GOOD,
            STREAM,
            &bind(0, 3, PORT_7),
            &connect(0, OTHER, PORT_7),
            &far([0, 0]),
            &far(bind(0, 3, PORT_7)),
            &far(connect(0, OTHER, PORT_7)),
            &far(shutdown(0, 1)),
            &[201],
        ],
    ),
    (
        "forgotten-before-the-end-is-read",
        &[
            &[8, 1, 0, 0, 0, 0], // 20 ms each way
            CONNECTED,
            &shutdown(0, 1),
            &[203, 1],
            &far(shutdown(1, 1)),
            BREAK, // the end of the near side is not acknowledged
            &[203, 1, 203, 0],
            BREAK, // that of the far side is, which is in TIME-WAIT then
            MOMENT,
            BREAK,
            MINUTES,
            BREAK,
            MINUTES,
            &receive(0, 5),
        ],
    ),
    (
        "both-open-and-one-hears-of-it",
        &[
            &[2 | 8, 1, 0, 0, 0, 0], // 20 ms each way
            STREAM,
            &bind(0, 3, PORT_7),
            BREAK,
            &connect(0, OTHER, PORT_7),
            BREAK,
            &far([0, 0]),
            &far(bind(0, 3, PORT_7)),
            &far(connect(0, OTHER, PORT_7)),
            &[203, 1],
            BREAK,
            &[203, 1, 203, 0],
        ],
    ),
    (
        "both-are-connected-to-themselves",
        &[
            GOOD,
            STREAM,
            &bind(0, 4, PORT_80),
            &connect(0, 4, PORT_80),
            &far([0, 0]),
            &far(bind(0, 4, PORT_80)),
            &far(connect(0, 4, PORT_80)),
            &send(0, 8),
            &receive(0, 8),
        ],
    ),
];
