//! Who comes, who waits, who is refused.

use super::prelude::*;

echo_cases! {
    "echo-01" backlog,
        "Linux: sk_acceptq_is_full",
        "Beside the client that is served two wait; the next is left without an answer until one leaves.";
    "echo-02" order,
        "POSIX accept",
        "Who waits is served in the order of coming, with what it has said and ended meanwhile.";
    "echo-03" one_for_each,
        "RFC 9293 3.10.7.4, RFC 5961 4.2",
        "A client whose opening comes again and again gets one answer, and one connection.";
    "echo-04" half_open,
        "Linux: tcp_synack_retries",
        "A client that does not go on is reminded five times, and forgotten after 63 seconds.";
    "echo-05" flood,
        "RFC 4987",
        "Openings that nobody goes on with keep no client out.";
    "echo-06" refused,
        "RFC 9293 3.10.7.1",
        "Where nobody listens everything but a reset is answered with a reset.";
    "echo-07" strays,
        "RFC 9293 3.10.7.2",
        "What belongs to no connection is no client of the listener: refused, or dropped.";
    "echo-08" reset_of_one,
        "RFC 9293 3.5.3",
        "A reset ends the connection that it belongs to, not its neighbours.";
    "echo-09" reset_before_accept,
        "measured on Linux",
        "Who was reset in the queue is accepted; the program fails, and who waits behind is reset.";
    "echo-10" half_in,
        "RFC 9293 3.10.7.1",
        "Who was half in when the program began anew is refused, and can come again.";
    "echo-11" half_open_reset,
        "RFC 9293 3.10.7.4",
        "What is half open ends with a reset in place; another number ends nothing and opens nothing.";
    "echo-12" silent_clients,
        "Linux: sk_acceptq_is_full",
        "Three clients that are gone without a word keep others out; when the first is reset all are served.";
    "echo-13" one_after_the_other,
        "POSIX accept",
        "Clients that come and go leave nothing behind.";
    "echo-14" no_hosts,
        "RFC 1122 3.2.1.3, 4.2.3.10",
        "An opening from or to what is no single host is dropped.";
    "echo-15" data_early,
        "RFC 9293 3.10.7.4",
        "Data and the end may come with the acknowledgement that opens a connection.";
    "echo-16" much_early,
        "RFC 9293 3.8.6",
        "Who waits can say as much as there is room for; the rest is taken when it is served.";
}

/// Clients that are all connected: the first is served, the others wait.
fn connected<const COUNT: usize>(wire: &mut Wire) -> Result<[Peer; COUNT], Failure> {
    let mut peers = vec![];
    for _ in 0..COUNT {
        peers.push(Peer::connect(wire)?);
    }
    peers.try_into().map_err(|_| Failure::new("peers", format_args!("too few")))
}

fn backlog(wire: &mut Wire, _seed: u64) -> Outcome {
    let [mut first, mut second, mut third] = connected(wire)?;
    first.echo(wire, b"served")?;
    let fourth = opening(wire.fresh());
    for _ in 0..5 {
        expect_eq!(wire.send(&fourth)?, []);
        expect_eq!(wire.pass(Duration::from_secs(2))?, []);
    }
    first.finish(wire)?;
    // The second one is accepted, and that makes room in the queue.
    let mut fourth = Peer::open(wire, &fourth)?;
    for peer in [&mut second, &mut third, &mut fourth] {
        peer.echo(wire, b"served")?;
        peer.finish(wire)?;
    }
    Ok(())
}

/// Expects acknowledgements, or nothing: no data and no end.
fn expect_silence(seen: &[Segment]) -> Outcome {
    let is_bare = |segment: &Segment| segment.is(ACK) && segment.data.is_empty();
    let others: Vec<_> = seen.iter().filter(|segment| !is_bare(segment)).collect();
    expect_eq!(others, [] as [&Segment; 0]);
    Ok(())
}

fn order(wire: &mut Wire, _seed: u64) -> Outcome {
    let [mut first, mut second, mut third] = connected(wire)?;
    expect_silence(&second.send(wire, b"second")?)?;
    expect_silence(&third.send(wire, b"third")?)?;
    expect_silence(&third.end(wire)?)?;
    first.echo(wire, b"first")?;
    expect_silence(&wire.pass(Duration::from_secs(1))?)?;
    let seen = first.end(wire)?;
    first.hear(wire, seen.clone())?;
    expect_true!(first.ended);
    expect_eq!(second.read(wire, seen, 6)?, b"second");
    let seen = second.end(wire)?;
    second.hear(wire, seen.clone())?;
    expect_eq!(third.read(wire, seen, 6)?, b"third"); // and the end
    expect_true!(third.ended);
    Ok(())
}

fn one_for_each(wire: &mut Wire, _seed: u64) -> Outcome {
    let opening = opening(wire.fresh());
    let answers = wire.send(&opening)?;
    let mut peer = Peer::opened(&opening, &answers)?;
    for _ in 0..3 {
        wire.pass(Duration::from_millis(700))?;
        // The same answer, or none: they are limited.
        expect_true!(wire.send(&opening)?.iter().all(|again| *again == answers[0]));
    }
    expect_eq!(wire.send(&peer.bare())?, []);
    // Now it is one within a connection.
    let [challenge] = &wire.send(&opening)?[..] else {
        return Err(Failure::new("the answer to a SYN", format_args!("no challenge")));
    };
    expect_true!(challenge.is(ACK));
    expect_eq!(challenge.acknowledgement, peer.sequence);
    peer.echo(wire, b"one")?;
    peer.finish(wire)
}

fn half_open(wire: &mut Wire, _seed: u64) -> Outcome {
    let opening = opening(wire.fresh());
    let answers = wire.send(&opening)?;
    let peer = Peer::opened(&opening, &answers)?;
    let mut after = Duration::ZERO;
    for expected in [1, 3, 7, 15, 31] {
        let (passed, again) = wire.await_segments(Duration::from_secs(20))?;
        after += passed;
        expect_eq!(again, answers);
        expect_eq!((after + TOLERANCE).as_secs(), expected);
    }
    expect_eq!(wire.pass(Duration::from_secs(33))?, []);
    expect_refused(&wire.send(&peer.bare())?)
}

/// By how much the clock of a board that sleeps for short times only may be late.
const TOLERANCE: Duration = Duration::from_millis(200);

/// Expects a reset and nothing else.
fn expect_refused(seen: &[Segment]) -> Outcome {
    let flags: Vec<_> = seen.iter().map(|segment| segment.flags & RST).collect();
    expect_eq!(flags, [RST]);
    Ok(())
}

fn flood(wire: &mut Wire, _seed: u64) -> Outcome {
    for round in 0..2 {
        for number in 0..64 {
            let from = SocketAddrV4::new(host(100 + number % 20), 1024 + u16::from(number));
            // Whether it is answered is the server's affair.
            wire.send(&opening(from))?;
            if number % 16 == 15 {
                expect_service(wire)?;
            }
        }
        // Once while all are half open, once when they are forgotten.
        wire.pass(Duration::from_secs(65 * round))?;
    }
    Ok(())
}

fn refused(wire: &mut Wire, _seed: u64) -> Outcome {
    let closed = SocketAddrV4::new(*SERVER.ip(), 50_008);
    // flags, bytes of data, flags of the answer if there is one, whose numbers are 7 and 9
    for (flags, length, answer) in [
        (SYN, 0, Some((RST | ACK, 0, 8))),
        (SYN | ECE | CWR, 0, Some((RST | ACK, 0, 8))),
        (SYN, 5, Some((RST | ACK, 0, 13))),
        (FIN, 0, Some((RST | ACK, 0, 8))),
        (0, 3, Some((RST | ACK, 0, 10))),
        (ACK, 0, Some((RST, 9, 0))),
        (ACK | PSH, 5, Some((RST, 9, 0))),
        (FIN | ACK, 0, Some((RST, 9, 0))),
        (SYN | ACK, 0, Some((RST, 9, 0))),
        (RST, 0, None),
        (RST | ACK, 0, None),
        (RST | SYN, 0, None),
    ] {
        expect_answer(wire, closed, (flags, length), answer)?;
    }
    Ok(())
}

fn strays(wire: &mut Wire, _seed: u64) -> Outcome {
    // as above
    for (flags, length, answer) in [
        (ACK, 0, Some((RST, 9, 0))),
        (ACK | PSH, 5, Some((RST, 9, 0))),
        (FIN | ACK, 0, Some((RST, 9, 0))),
        (SYN | ACK, 0, Some((RST, 9, 0))),
        (RST, 0, None),
        (RST | ACK, 0, None),
        (RST | SYN, 0, None),
        // It acknowledges nothing and opens nothing: "you are unlikely to get here".
        (0, 3, None),
        (FIN, 0, None),
        (FIN | PSH | URG, 0, None),
        // "Christmas trees" open nothing either, on Linux.
        (SYN | FIN, 0, None),
    ] {
        expect_answer(wire, SERVER, (flags, length), answer)?;
    }
    Ok(())
}

/// Expects this answer to a segment from an end that has no connection, with numbers 7 and 9.
fn expect_answer(
    wire: &mut Wire,
    to: SocketAddrV4,
    (flags, length): (u8, usize),
    answer: Option<(u8, u32, u32)>,
) -> Outcome {
    let from = wire.fresh();
    let acknowledgement = if flags & ACK != 0 { 9 } else { 0 };
    let segment = Segment {
        sequence: 7,
        acknowledgement,
        data: vec![b'x'; length],
        ..Segment::new(from, to, flags)
    };
    let seen = wire.send(&segment)?;
    let seen: Vec<_> = seen
        .iter()
        .map(|seen| (seen.from, seen.to, seen.flags, seen.sequence, seen.acknowledgement))
        .collect();
    let expected: Vec<_> =
        answer.iter().map(|(flags, ours, theirs)| (to, from, *flags, *ours, *theirs)).collect();
    // Refusals are limited.
    wire.pass(Duration::from_secs(1))?;
    if seen == expected {
        return Ok(());
    }
    Err(Failure::new("the answer", format_args!("flags {flags:x}, {length} bytes: {seen:?}")))
}

fn reset_of_one(wire: &mut Wire, _seed: u64) -> Outcome {
    let [mut first, second] = connected(wire)?;
    // another client's, and one of nobody
    for from in [second.here, wire.fresh()] {
        let reset = Segment { sequence: second.sequence, ..Segment::new(from, SERVER, RST) };
        expect_eq!(wire.send(&reset)?, []);
        first.echo(wire, b"first")?;
    }
    first.finish(wire)
}

fn reset_before_accept(wire: &mut Wire, _seed: u64) -> Outcome {
    let [mut first, second, mut third] = connected(wire)?;
    expect_eq!(wire.send(&second.segment(RST))?, []);
    expect_silence(&third.send(wire, b"unread")?)?;
    first.echo(wire, b"first")?;
    // The first one leaves, the second one is accepted and fails, and with its listener goes the third.
    let mut seen = first.end(wire)?;
    seen.extend(wire.pass(Duration::from_secs(1))?);
    let to_third: Vec<_> =
        seen.iter().filter(|segment| segment.to == third.here && !segment.is(ACK)).collect();
    let [reset] = to_third[..] else {
        return Err(Failure::new("what the third is told", format_args!("{to_third:?}")));
    };
    expect_true!(reset.flags & RST != 0);
    expect_eq!(reset.sequence, third.expects);
    first.hear(wire, seen)?;
    expect_true!(first.ended);
    Ok(())
}

fn half_in(wire: &mut Wire, _seed: u64) -> Outcome {
    let first = Peer::connect(wire)?;
    let opening = opening(wire.fresh());
    let half_in = Peer::opened(&opening, &wire.send(&opening)?)?;
    expect_eq!(wire.send(&first.segment(RST))?, []);
    expect_refused(&wire.send(&half_in.bare())?)?;
    wire.pass(Duration::from_secs(2))?;
    let mut again = Peer::open(wire, &opening)?;
    again.echo(wire, b"again")?;
    again.finish(wire)
}

fn half_open_reset(wire: &mut Wire, _seed: u64) -> Outcome {
    let opening = opening(wire.fresh());
    let peer = Peer::opened(&opening, &wire.send(&opening)?)?;
    // Neither a wrong acknowledgement nor a reset from elsewhere ends it.
    let wrong = Segment { acknowledgement: peer.expects.wrapping_add(1), ..peer.bare() };
    let [reset] = &wire.send(&wrong)?[..] else {
        return Err(Failure::new("a wrong acknowledgement", format_args!("is not refused")));
    };
    expect_true!(reset.is(RST) && reset.sequence == wrong.acknowledgement);
    for distance in [-1_i32, 100_000] {
        let sequence = peer.sequence.wrapping_add_signed(distance);
        expect_eq!(wire.send(&Segment { sequence, ..peer.segment(RST) })?, []);
    }
    let mut peer = peer;
    expect_eq!(wire.send(&peer.bare())?, []);
    peer.echo(wire, b"stands")?;
    peer.finish(wire)?;
    // The right one does.
    let opening = super::peer::opening(wire.fresh());
    let peer = Peer::opened(&opening, &wire.send(&opening)?)?;
    expect_eq!(wire.send(&peer.segment(RST))?, []);
    expect_refused(&wire.send(&peer.bare())?)?;
    expect_eq!(wire.pass(Duration::from_secs(4))?, []);
    Ok(())
}

fn silent_clients(wire: &mut Wire, _seed: u64) -> Outcome {
    let [first, second, third] = connected(wire)?;
    let late = opening(wire.fresh());
    for _ in 0..6 {
        expect_eq!(wire.send(&late)?, []);
        expect_eq!(wire.pass(Duration::from_secs(10))?, []);
    }
    // The program begins anew, and resets who has waited.
    let mut told: Vec<_> = wire.send(&first.segment(RST))?;
    told.extend(wire.pass(Duration::from_secs(2))?);
    let told: Vec<_> = told.iter().map(|segment| (segment.to, segment.flags & RST)).collect();
    expect_eq!(told, [(second.here, RST), (third.here, RST)]);
    let mut peer = Peer::open(wire, &late)?;
    peer.echo(wire, b"at last")?;
    peer.finish(wire)
}

fn one_after_the_other(wire: &mut Wire, _seed: u64) -> Outcome {
    for _ in 0..20 {
        expect_service(wire)?;
    }
    // From one end as well: the server remembers nobody who has ended first.
    let here = wire.fresh();
    for _ in 0..10 {
        let mut peer = Peer::open(wire, &opening(here))?;
        peer.echo(wire, b"again")?;
        peer.finish(wire)?;
    }
    Ok(())
}

fn no_hosts(wire: &mut Wire, _seed: u64) -> Outcome {
    let own = *SERVER.ip();
    let client = host(2);
    let [all, group, none] =
        [Ipv4Addr::BROADCAST, Ipv4Addr::new(224, 0, 0, 1), Ipv4Addr::UNSPECIFIED];
    // from, to
    for (from, to) in [
        (all, own),
        (group, own),
        (none, own),
        (own, own),
        (Ipv4Addr::LOCALHOST, own),
        (Ipv4Addr::new(240, 0, 0, 1), own),
        (host(255), own),
        (client, all),
        (client, group),
        (client, host(255)),
        (client, Ipv4Addr::LOCALHOST),
        (client, host(99)), // somebody else
    ] {
        let (from, to) = (SocketAddrV4::new(from, 4000), SocketAddrV4::new(to, SERVER.port()));
        let seen = wire.send(&Segment::new(from, to, SYN))?;
        if !seen.is_empty() {
            return Err(Failure::new("an answer", format_args!("from {from} to {to}: {seen:?}")));
        }
    }
    Ok(())
}

fn data_early(wire: &mut Wire, _seed: u64) -> Outcome {
    // With the final acknowledgement, with the end, and with the opening, where Linux takes none.
    let first = opening(wire.fresh());
    let mut peer = Peer::opened(&first, &wire.send(&first)?)?;
    peer.echo(wire, b"early")?;
    peer.finish(wire)?;

    let second = opening(wire.fresh());
    let mut peer = Peer::opened(&second, &wire.send(&second)?)?;
    let all = Segment { flags: FIN | ACK, ..peer.with(b"all at once") };
    let seen = peer.say(wire, &all)?;
    expect_eq!(peer.read(wire, seen, 12)?, b"all at once");
    expect_true!(peer.ended);

    let third = Segment { data: b"data".to_vec(), ..opening(wire.fresh()) };
    let mut peer = Peer::open(wire, &third)?;
    peer.echo(wire, b"data")?;
    peer.finish(wire)
}

fn much_early(wire: &mut Wire, _seed: u64) -> Outcome {
    const PIECE: usize = 512;
    let data = pattern(8 * PIECE);
    let [mut first, mut second] = connected(wire)?;
    // All of it is sent, as if the window were large enough; what is acknowledged has been taken.
    let begin = second.sequence;
    let mut told = vec![];
    for piece in data.chunks(PIECE) {
        told.extend(second.send(wire, piece)?);
    }
    told.extend(wire.pass(Duration::from_secs(1))?);
    expect_silence(&told)?;
    let last = told.last().map(|last| (last.acknowledgement.wrapping_sub(begin), last.window));
    let Some((taken @ 1..=2048, 0)) = last else {
        return Err(Failure::new("what is taken", format_args!("{last:?}")));
    };
    let seen = first.end(wire)?;
    first.hear(wire, seen.clone())?;
    expect_true!(first.ended);
    second.sequence = begin.wrapping_add(taken);
    let (here, rest) = data.split_at(taken as usize);
    expect_true!(second.read(wire, seen, here.len())? == here);
    for piece in rest.chunks(PIECE) {
        second.echo(wire, piece)?;
    }
    second.finish(wire)
}
