extern crate std;
use std::vec::Vec;

use super::*;

const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(239, 1, 2, 3));
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(239, 1, 2, 4));

fn on_link(address: IpAddr) -> Group {
    Group { link: 0, address }
}

fn at(milliseconds: u64) -> Instant {
    Instant::from_millis(milliseconds)
}

fn query(version: Version, group: Option<IpAddr>, milliseconds: u64) -> Message {
    Message::Query(Query { version, group, patience: Duration::from_millis(milliseconds) })
}

/// What is said up to a time: when, about which group, and what. All groups are joined for all sources.
fn said(reports: &mut Reports<'_>, until: Instant) -> Vec<(Instant, IpAddr, Option<Notice>)> {
    let mut said = Vec::new();
    while let Some(now) = reports.next_event().filter(|event| *event <= until) {
        while let Some(due) = reports.next_due(now) {
            let filter = if due.joined { Filter::ALL } else { Filter::NOTHING };
            said.push((now, due.group.address, due.notice(filter)));
        }
    }
    said
}

fn record(record: RecordType) -> Option<Notice> {
    Some(Notice::Record(record))
}

#[test]
fn a_change_is_told_twice_within_a_second() {
    let (mut rows, mut queriers) = ([None; 4], [[Querier::NONE; 2]; 1]);
    let mut reports = Reports::new(&mut rows[..], &mut queriers[..], 7);
    for (joined, notice) in [(true, RecordType::ToExclude), (false, RecordType::ToInclude)] {
        let now = if joined { at(0) } else { at(5000) };
        reports.changed(on_link(GROUP), joined, now);
        let said = said(&mut reports, at(10_000));
        assert_eq!(said.len(), 2, "{said:?}");
        assert_eq!(said[0], (now, GROUP, record(notice)));
        assert_eq!((said[1].1, said[1].2), (GROUP, record(notice)));
        assert!((now..now + REPEAT_WITHIN).contains(&said[1].0), "{said:?}");
    }
    assert_eq!(reports.joined().count(), 0);
    assert!(reports.rows.iter().all(Option::is_none), "what was left is forgotten");
}

#[test]
fn queries_are_answered_in_time() {
    let (mut rows, mut queriers) = ([None; 4], [[Querier::NONE; 2]; 1]);
    let mut reports = Reports::new(&mut rows[..], &mut queriers[..], 7);
    reports.changed(on_link(GROUP), true, at(0));
    reports.changed(on_link(OTHER), true, at(0));
    said(&mut reports, at(2000));
    // who is asked about, in which link and family, who answers
    for (asked, link, is_ipv4, answers) in [
        (None, 0, true, 2),
        (Some(GROUP), 0, true, 1),
        (Some(IpAddr::V4(Ipv4Addr::new(239, 9, 9, 9))), 0, true, 0),
        (None, 1, true, 0), // somewhere else
        (None, 0, false, 0),
    ] {
        let now = at(10_000);
        reports.heard(link, is_ipv4, query(Version::Third, asked, 10_000), now);
        // Asking again does not put the answer off.
        reports.heard(link, is_ipv4, query(Version::Third, asked, 20_000), now);
        let said = said(&mut reports, at(100_000));
        assert_eq!(said.len(), answers, "{asked:?}");
        for (time, _, notice) in said {
            assert_eq!(notice, record(RecordType::IsExclude));
            assert!((now..now + Duration::from_secs(10)).contains(&time), "{asked:?}");
        }
    }
}

#[test]
fn older_queriers_are_spoken_to_in_their_version() {
    let (mut rows, mut queriers) = ([None; 4], [[Querier::NONE; 2]; 1]);
    let mut reports = Reports::new(&mut rows[..], &mut queriers[..], 7);
    // version of the query; what joining, answering and leaving are; for how long
    for (version, join, leave, present) in [
        (Version::First, Notice::Report(Version::First), None, 400_000),
        (Version::Second, Notice::Report(Version::Second), Some(Notice::Leave), 260_000),
    ] {
        let start = at(10_000_000 * version as u64);
        reports.heard(0, true, query(version, None, 10_000), start);
        reports.changed(on_link(GROUP), true, start);
        let told = said(&mut reports, start + Duration::from_secs(20));
        assert_eq!(told.iter().map(|said| said.2).collect::<Vec<_>>(), [Some(join); 2]);
        let now = start + Duration::from_secs(30);
        reports.heard(0, true, query(version, None, 10_000), now);
        assert_eq!(said(&mut reports, now + Duration::from_secs(10))[0].2, Some(join));
        // Another member has answered.
        reports.heard(0, true, query(version, None, 10_000), now);
        reports.heard(0, true, Message::Report(GROUP), now);
        assert_eq!(said(&mut reports, now + Duration::from_secs(10)), []);
        reports.changed(on_link(GROUP), false, now);
        let told = said(&mut reports, now + Duration::from_secs(20));
        assert_eq!(told.iter().map(|said| said.2).collect::<Vec<_>>(), [leave]);
        assert_eq!(reports.version(0, true, now + Duration::from_millis(present - 1)), version);
        assert_eq!(reports.version(0, true, now + Duration::from_millis(present)), Version::Third);
    }
}

#[test]
fn in_the_third_version_each_host_speaks_for_itself() {
    let (mut rows, mut queriers) = ([None; 4], [[Querier::NONE; 2]; 1]);
    let mut reports = Reports::new(&mut rows[..], &mut queriers[..], 7);
    reports.changed(on_link(GROUP), true, at(0));
    said(&mut reports, at(2000));
    reports.heard(0, true, query(Version::Third, None, 1000), at(3000));
    reports.heard(0, true, Message::Report(GROUP), at(3000));
    assert_eq!(said(&mut reports, at(9000)).len(), 1);
}

#[test]
fn what_was_left_makes_room() {
    let (mut rows, mut queriers) = ([None; 1], [[Querier::NONE; 2]; 1]);
    let mut reports = Reports::new(&mut rows[..], &mut queriers[..], 7);
    reports.changed(on_link(GROUP), true, at(0));
    reports.changed(on_link(GROUP), false, at(0));
    reports.changed(on_link(OTHER), true, at(0));
    assert!(said(&mut reports, at(2000)).iter().all(|said| said.1 == OTHER));
}

#[test]
fn groups_that_everybody_is_in_are_not_reported() {
    // group, whether routers want to know
    for (group, reported) in [
        ("224.0.0.1", false), // all hosts
        ("224.0.0.251", true),
        ("ff02::1", false),  // all hosts
        ("ff01::fb", false), // never leaves this one
        ("ff02::fb", true),
        ("ff02::1:ff00:1", true),
        ("ff0e::1", true),
    ] {
        assert_eq!(is_reported(group.parse().unwrap()), reported, "{group}");
    }
}
