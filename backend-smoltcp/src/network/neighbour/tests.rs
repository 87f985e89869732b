//! The neighbour table, told what happens second by second.

use super::*;

const ONE: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 1]);
const TWO: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 2]);
const GROUP: HardwareAddress = HardwareAddress([0x33, 0x33, 0, 0, 0, 1]);

fn ip(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

fn at(milliseconds: u64) -> Instant {
    Instant::from_millis(milliseconds)
}

/// A call or an expectation, in the words of the table.
enum Do {
    /// Resolve neighbour, expect.
    Resolve(u8, Resolution),
    /// The next request is for this neighbour, at this station; `None`: for nobody.
    Request(Option<(u8, Option<HardwareAddress>)>),
    /// The next failure is this neighbour's.
    Failed(Option<u8>),
    /// Neighbour said its hardware address to us; whether somebody waited.
    Learn(u8, HardwareAddress, bool),
    /// To everybody, and whether it overrides; whether somebody waited.
    Overheard(u8, HardwareAddress, bool, bool),
    /// Neighbour answered otherwise.
    Confirm(u8),
    /// When the next event is, in milliseconds.
    Event(Option<u64>),
    /// Whether something became due since this was last asked.
    Due(bool),
}

use Do::*;
use Resolution::{Failed as Gone, Found, Pending};

/// Runs rows of milliseconds and what happens then, on a table of `size` places.
fn run(size: usize, rows: &[(u64, Do)]) {
    let mut places = [Neighbour::FREE; 8];
    let mut table = NeighbourTable::new(&mut places[..size]);
    for (row, (time, action)) in rows.iter().enumerate() {
        let now = at(*time);
        match action {
            Resolve(who, expected) => {
                assert_eq!(table.resolve(0, ip(*who), now), *expected, "row {row}");
            }
            Request(expected) => {
                let expected = expected.map(|(who, station)| super::Request {
                    link: 0,
                    address: ip(who),
                    station,
                });
                assert_eq!(table.next_request(now), expected, "row {row}");
            }
            Failed(expected) => {
                assert_eq!(table.take_failed(now), expected.map(|who| (0, ip(who))), "row {row}");
            }
            Learn(who, hardware, awaited) => {
                assert_eq!(table.learn(0, ip(*who), *hardware, now), *awaited, "row {row}");
            }
            Overheard(who, hardware, overrides, awaited) => {
                let learned = table.learn_if_known(0, ip(*who), *hardware, *overrides, now);
                assert_eq!(learned, *awaited, "row {row}");
            }
            Confirm(who) => table.confirm(0, ip(*who), now),
            Event(expected) => assert_eq!(table.next_event(), expected.map(at), "row {row}"),
            Due(expected) => assert_eq!(table.take_due(), *expected, "row {row}"),
        }
    }
}

#[test]
fn nobody_answers() {
    run(
        4,
        &[
            (0, Event(None)),
            (0, Request(None)),
            (0, Resolve(1, Pending)),
            (0, Event(Some(0))),
            (0, Request(Some((1, None)))),
            (0, Request(None)), // each once
            (0, Event(Some(1000))),
            (999, Request(None)),
            (1000, Request(Some((1, None)))),
            (1500, Resolve(1, Pending)), // asking again does not ask more
            (1500, Request(None)),
            (2000, Request(Some((1, None)))),
            (2999, Failed(None)),
            (2999, Resolve(1, Pending)),
            (3000, Request(None)), // three in all
            (3000, Event(Some(0))),
            (3000, Failed(Some(1))),
            (3000, Failed(None)), // reported once
            (3000, Event(None)),
            (3999, Resolve(1, Gone)),
            (4000, Resolve(1, Pending)), // forgotten: it starts again
            (4000, Request(Some((1, None)))),
        ],
    );
}

#[test]
fn an_answer_completes_what_was_asked_for() {
    run(
        4,
        &[
            (0, Resolve(1, Pending)),
            (0, Request(Some((1, None)))),
            (10, Overheard(2, TWO, true, false)), // nobody asked
            (10, Resolve(2, Pending)),
            (20, Overheard(1, GROUP, true, false)), // no station
            (20, Resolve(1, Pending)),
            (30, Overheard(1, ONE, false, true)), // an answer need not override
            (30, Resolve(1, Found(ONE))),
            (40, Overheard(1, ONE, true, false)), // nobody waits any more
            (50, Overheard(1, TWO, false, false)),
            (50, Resolve(1, Found(ONE))), // must not replace
            (60, Overheard(1, TWO, true, false)),
            (60, Resolve(1, Found(TWO))), // hardware was exchanged
        ],
    );
}

#[test]
fn an_answer_just_too_late_still_counts() {
    run(
        4,
        &[
            (0, Resolve(1, Pending)),
            (0, Request(Some((1, None)))),
            (1000, Request(Some((1, None)))),
            (2000, Request(Some((1, None)))),
            (3000, Request(None)), // gives up, and was not reported
            (3001, Learn(1, ONE, true)),
            (3001, Failed(None)),
            (3001, Resolve(1, Found(ONE))),
        ],
    );
}

#[test]
fn a_dead_neighbour_delays_nobody() {
    run(
        4,
        &[
            (0, Resolve(1, Pending)),
            (0, Resolve(2, Pending)),
            (0, Resolve(3, Pending)),
            (0, Request(Some((1, None)))),
            (0, Request(Some((2, None)))),
            (0, Request(Some((3, None)))), // in the same instant
            (0, Request(None)),
            (500, Learn(3, TWO, true)),
            (500, Resolve(4, Pending)),
            (500, Request(Some((4, None)))), // at once, whatever the others do
            (500, Event(Some(1000))),
            (1000, Request(Some((1, None)))),
            (1000, Request(Some((2, None)))),
            (1000, Request(None)),
            (1500, Request(Some((4, None)))),
        ],
    );
}

#[test]
fn a_stale_neighbour_is_used_while_it_is_checked() {
    run(
        4,
        &[
            (0, Learn(1, ONE, false)),
            (0, Event(None)),
            (29_999, Resolve(1, Found(ONE))),
            (29_999, Request(None)),
            (90_000, Request(None)), // nobody uses it
            (90_000, Resolve(1, Found(ONE))),
            (90_000, Event(Some(90_000))),
            (90_000, Request(Some((1, Some(ONE))))), // the station itself
            (91_000, Request(Some((1, Some(ONE))))),
            (91_500, Resolve(1, Found(ONE))),
            (92_000, Request(Some((1, None)))), // then everybody
            (92_999, Resolve(1, Found(ONE))),
            (93_000, Request(None)),
            (93_000, Failed(None)), // dropped, not failed
            (93_000, Resolve(1, Pending)),
        ],
    );
}

#[test]
fn a_confirmation_ends_the_check() {
    run(
        4,
        &[
            (0, Learn(1, ONE, false)),
            (40_000, Resolve(1, Found(ONE))),
            (40_000, Request(Some((1, Some(ONE))))),
            (40_500, Confirm(1)),
            (41_000, Request(None)),
            (41_000, Event(None)),
            (70_499, Resolve(1, Found(ONE))),
            (70_499, Event(None)),
            (70_500, Resolve(1, Found(ONE))), // stale again
            (70_500, Event(Some(70_500))),
            (70_600, Overheard(1, ONE, false, false)),
            (70_600, Event(None)),
            (70_600, Confirm(9)), // nobody known
        ],
    );
}

#[test]
fn every_new_question_is_announced_once() {
    run(
        2,
        &[
            (0, Due(false)),
            (0, Resolve(1, Pending)),
            (0, Due(true)),
            (0, Due(false)),
            (0, Resolve(1, Pending)), // is being asked for already
            (0, Due(false)),
            (1, Learn(1, ONE, true)),
            (2, Resolve(1, Found(ONE))),
            (2, Due(false)),
            (30_001, Resolve(1, Found(ONE))), // a check begins
            (30_001, Due(true)),
            (30_002, Resolve(1, Found(ONE))),
            (30_002, Due(false)),
            (30_003, Resolve(2, Pending)),
            (30_003, Resolve(3, Pending)), // instead of 1
            (30_003, Due(true)),
            (30_003, Resolve(4, Pending)), // instead of 2, which is to be reported
            (30_003, Due(true)),
        ],
    );
}

#[test]
fn the_least_recently_used_makes_room() {
    run(
        2,
        &[
            (0, Learn(1, ONE, false)),
            (1, Learn(2, TWO, false)),
            (2, Resolve(1, Found(ONE))),
            (3, Learn(3, TWO, false)), // instead of 2
            (4, Resolve(1, Found(ONE))),
            (5, Resolve(3, Found(TWO))),
            (6, Resolve(2, Pending)),  // instead of 1
            (6, Failed(None)),         // nobody waited for it
            (7, Learn(4, ONE, false)), // instead of 3
            (8, Resolve(4, Found(ONE))),
            (8, Resolve(2, Pending)),
            (9, Resolve(5, Pending)), // instead of 4, not of 2 that is asked for
            (9, Learn(6, ONE, false)), // no room to learn
            (9, Failed(None)),
        ],
    );
}

#[test]
fn one_that_was_asked_for_and_makes_room_has_failed() {
    run(
        2,
        &[
            (0, Resolve(1, Pending)),
            (1, Resolve(2, Pending)),
            (2, Resolve(3, Pending)), // instead of 1, the oldest
            (2, Resolve(4, Gone)),    // not before the first is reported
            (2, Event(Some(0))),
            (2, Failed(Some(1))),
            (2, Failed(None)),
            (3, Resolve(4, Pending)), // instead of 2
            (3, Failed(Some(2))),
            (3, Request(Some((3, None)))),
            (3, Request(Some((4, None)))),
            (3, Request(None)),
        ],
    );
}

#[test]
fn a_reported_failure_is_the_first_to_make_room() {
    run(
        2,
        &[
            (0, Learn(1, ONE, false)),
            (0, Resolve(2, Pending)),
            (0, Request(Some((2, None)))),
            (1000, Request(Some((2, None)))),
            (2000, Request(Some((2, None)))),
            (3000, Failed(Some(2))),
            (3100, Resolve(3, Pending)), // instead of 2
            (3100, Failed(None)),
            (3100, Resolve(1, Found(ONE))),
        ],
    );
}

#[test]
fn without_places_everything_has_failed() {
    run(
        0,
        &[
            (0, Resolve(1, Gone)),
            (0, Learn(1, ONE, false)),
            (0, Request(None)),
            (0, Failed(None)),
            (0, Event(None)),
        ],
    );
}

#[test]
fn the_same_address_on_two_links_is_two_neighbours() {
    let mut places = [Neighbour::FREE; 4];
    let mut table = NeighbourTable::new(&mut places[..]);
    let shared: IpAddr = "fe80::1".parse().unwrap();
    table.learn(0, shared, ONE, at(0));
    assert_eq!(table.resolve(1, shared, at(0)), Pending);
    assert!(table.learn(1, shared, TWO, at(1)));
    assert_eq!(table.resolve(0, shared, at(2)), Found(ONE));
    assert_eq!(table.resolve(1, shared, at(2)), Found(TWO));
}
