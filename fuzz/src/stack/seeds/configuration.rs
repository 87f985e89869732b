//! Seeds of `stack_frames`: a server of DHCP and routers that configure the stack, and what has made
//! smoltcp's client panic.

use super::Seed;
use super::packets::*;

/// Everything on the heap, or nothing, in a network that configures.
const HEAP: &[u8] = &[8, 1];
const FIXED: &[u8] = &[9, 1];

/// A server offers, grants or refuses the address with this number, for an hour.
const OFFER: &[u8] = &[175, 0, 0, 0, 0, 0, 0, 0, 0];
const GRANT: &[u8] = &[175, 0, 1, 0, 0, 0, 0, 0, 0];
const REFUSE: &[u8] = &[175, 0, 2, 0, 0, 0, 0, 0, 0];
/// A router names a network: for an hour, of which a minute preferred.
const NAME: &[u8] = &[175, 4, 0, 128, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
/// Somebody has the address that is leased; that follows from the hardware address.
const HAS_LEASED: &[u8] = &[175, 7, 0, 0, 0];
const HAS_OURS: &[u8] = &[175, 7, 0, 1, 0];

/// The seeds.
pub(super) const SEEDS: &[Seed] = &[
    ("lease", &[HEAP, OFFER, GRANT, SECOND, LONG, GRANT, LONG]),
    ("lease-in-fixed-memory", &[FIXED, OFFER, GRANT, SECOND, LONG, GRANT]),
    ("lease-expires", &[HEAP, OFFER, GRANT, SECOND, LONG, LONG, LONG, LONG, OFFER, GRANT, SECOND]),
    ("lease-refused", &[HEAP, OFFER, REFUSE, OFFER, GRANT, SECOND, LONG, LONG, REFUSE]),
    ("lease-that-somebody-has", &[HEAP, OFFER, GRANT, HAS_LEASED, SECOND, TIME_WAIT, OFFER]),
    // smoltcp 0.11 panicked.
    ("lease-to-a-long-hardware-address", &[HEAP, &[175, 0, 0, 0, 0, 0, 176, 2, 16, 0, 0]]),
    // smoltcp 0.12 panicked: T1 behind T2, and both behind the end.
    (
        "lease-times-out-of-order",
        &[
            HEAP,
            OFFER,
            &[175, 0, 1, 0, 1, 133, 0, 134, 1, 0, 0, 0, 0],
            SECOND,
            &[175, 0, 1, 0, 0, 133, 4, 134, 0, 0, 0, 0, 0],
            LONG,
        ],
    ),
    // smoltcp 0.12 panicked: too many name servers, and a list that ends within one.
    (
        "lease-with-name-servers-cut-off",
        &[
            HEAP,
            OFFER,
            &[
                175, 0, 1, 0, 0, 140, 6, 23, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5,
                5, 5, 6, 6, 6, 0, 0, 0, 0,
            ],
            SECOND,
        ],
    ),
    ("lease-of-no-time", &[HEAP, &[175, 0, 0, 0, 3, 0, 0, 0, 0], OFFER]),
    ("lease-for-ever", &[HEAP, OFFER, &[175, 0, 1, 0, 4, 0, 0, 0, 0], SECOND, LONG]),
    ("lease-of-a-second", &[HEAP, OFFER, &[175, 0, 1, 0, 2, 0, 0, 0, 0], SECOND, LONG]),
    (
        "lease-of-what-nobody-can-have",
        &[
            HEAP,
            &[175, 0, 0, 4, 0, 128, 0, 0, 0, 0, 0],
            &[175, 0, 0, 5, 0, 0, 0, 0, 0],
            &[175, 0, 0, 6, 0, 0, 0, 0, 0],
            &[175, 0, 0, 7, 0, 0, 0, 0, 0],
        ],
    ),
    ("lease-of-an-own-address", &[HEAP, &[175, 0, 0, 2, 0, 0, 0, 0, 0], GRANT, SECOND]),
    ("lease-with-a-mask-with-gaps", &[HEAP, &[175, 0, 0, 0, 0, 128, 3, 0, 0, 0, 0]]),
    (
        "lease-with-everything",
        &[
            FIXED,
            OFFER,
            &[
                175, 0, 1, 0, 0, 128, 0, 129, 1, 130, 131, 132, 0, 133, 1, 134, 0, 135, 135, 136,
                3, 0, 0, 0, 0,
            ],
            SECOND,
            LONG,
        ],
    ),
    (
        "lease-with-routes-cut-off",
        &[
            HEAP,
            OFFER,
            &[175, 0, 1, 0, 0, 137, 6, 32, 1, 2, 3, 4, 5, 0, 0, 0, 0],
            SECOND,
            &[175, 0, 1, 0, 0, 137, 3, 255, 1, 2, 0, 0, 0, 0],
        ],
    ),
    (
        "lease-option-beyond-the-end",
        &[HEAP, &[175, 0, 0, 0, 0, 140, 6, 0, 0, 0, 192, 0, 254, 255, 0]],
    ),
    ("router", &[HEAP, SECONDS, NAME, SECONDS, LONG, LONG, NAME, LONG, LONG, LONG, LONG]),
    ("router-in-fixed-memory", &[FIXED, SECONDS, NAME, SECONDS, LONG]),
    ("router-before-there-is-an-address", &[HEAP, NAME, SECONDS]),
    ("address-that-somebody-has", &[HEAP, HAS_OURS, SECONDS, NAME, &[175, 7, 1, 1, 1], SECONDS]),
    (
        "router-that-ends",
        &[HEAP, SECONDS, NAME, SECONDS, &[175, 4, 1, 128, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0], LONG],
    ),
    (
        "router-with-prefixes-of-every-length",
        &[
            HEAP,
            SECONDS,
            &[
                175, 4, 0, 128, 2, 0, 0, 1, 0, 128, 3, 0, 0, 1, 1, 128, 4, 0, 0, 1, 4, 128, 5, 0,
                0, 1, 2, 0, 0, 0, 0, 0,
            ],
            SECONDS,
        ],
    ),
    (
        "router-with-more-than-there-is-room-for",
        &[
            FIXED,
            SECONDS,
            &[175, 4, 0, 128, 0, 0, 4, 4, 0, 128, 0, 0, 4, 4, 1, 128, 0, 0, 4, 4, 2, 0, 0, 0, 0, 0],
            &[175, 4, 0, 132, 3, 0, 132, 3, 4, 0, 0, 0, 1, 0],
            &[175, 4, 0, 131, 0, 131, 1, 131, 3, 0, 0, 0, 2, 0],
            SECONDS,
            OFFER,
            GRANT,
            SECOND,
        ],
    ),
    (
        "router-option-of-no-length",
        &[HEAP, SECONDS, &[175, 4, 0, 134, 2, 3, 0, 0, 0, 0, 0, 0], SECONDS],
    ),
    (
        "router-option-beyond-the-end",
        &[HEAP, SECONDS, &[175, 4, 0, 134, 8, 3, 4, 64, 192, 0, 0, 0, 0, 0, 0, 0, 0, 0], SECONDS],
    ),
    ("router-from-beyond-the-link", &[HEAP, SECONDS, &[175, 4, 0, 0, 0, 0, 0, 3], SECONDS]),
];
