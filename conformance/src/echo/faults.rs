//! What is damaged, forged, late, too much: what the server makes of it.

use super::prelude::*;

echo_cases! {
    "echo-30" resets,
        "RFC 5961 3.2",
        "A reset ends the connection in the one right place, is challenged within the window, else dropped.";
    "echo-31" openings_within,
        "RFC 5961 4.2",
        "An opening segment within a connection is challenged, whatever its number.";
    "echo-32" outside_the_window,
        "RFC 9293 3.10.7.4: sequence number",
        "What lies outside of the window is told where the connection is, and not taken.";
    "echo-33" unsent,
        "RFC 5961 5.2",
        "What acknowledges that which was never sent is not taken.";
    "echo-34" out_of_order,
        "RFC 9293 3.4",
        "Segments in any order, that overlap and come twice, are one stream of bytes.";
    "echo-35" zero_window,
        "RFC 9293 3.8.6.1",
        "A window that is shut is probed for as long as it takes, and one whose opening is lost is found open.";
    "echo-36" shrinking_window,
        "RFC 9293 3.8.6: shrinking the window",
        "A client that takes back its window gets all the same when it opens it again.";
    "echo-37" repeats,
        "RFC 6298",
        "What is not acknowledged is repeated, each time later.";
    "echo-38" dead,
        "Linux: tcp_retries2",
        "A client that does not answer any more is given up after many minutes, and who waits is told.";
    "echo-39" checksums,
        "RFC 9293 3.1, RFC 791 3.1",
        "What has a wrong checksum is as good as lost.";
    "echo-40" malformed,
        "RFC 9293 3.1, RFC 791 3.1",
        "Headers that contradict themselves are dropped without a word.";
    "echo-41" truncated,
        "RFC 894",
        "Frames that are cut at any place are dropped without a word.";
    "echo-42" opening_options,
        "RFC 9293 3.7.1, RFC 7323, RFC 2018",
        "Options of an opening that are absurd or malformed are clamped or skipped, and all bytes arrive.";
    "echo-43" segment_sizes,
        "RFC 9293 3.7.1",
        "No segment is longer than the client says, and the server says what its link carries.";
    "echo-44" wrap,
        "RFC 9293 3.4",
        "Sequence numbers may wrap within a connection.";
    "echo-45" errors,
        "RFC 5927 4, RFC 1122 4.2.3.9",
        "ICMP errors end no connection that stands, whether they are about what was sent or not.";
    "echo-46" errors_half_open,
        "RFC 5927 4.1; Linux: tcp_req_err",
        "ICMP errors about another number do not end what is half open.";
    "echo-47" noise,
        "RFC 1122",
        "What is for nobody here, of no known kind or in fragments is dropped, and an echo is answered.";
    "echo-48" mutated,
        "RFC 1122 1.2.2: robustness",
        "Frames with a few bytes changed and right checksums, one after the other, end no server.";
}

fn resets(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    peer.echo(wire, b"before")?;
    let window = i32::from(window_of(wire, &mut peer)?);
    // distance from the right place, whether it is challenged
    for (distance, challenged) in [
        (1, true),
        (100, true),
        (window - 1, true),
        (window, false),
        (-1, false),
        (-100, false),
        (i32::MIN, false),
    ] {
        let sequence = peer.sequence.wrapping_add_signed(distance);
        let seen = wire.send(&Segment { sequence, ..peer.segment(RST) })?;
        expect_challenge(&peer, &seen, challenged, "a reset")?;
        peer.echo(wire, b"after")?;
        wire.pass(CHALLENGES)?;
    }
    expect_eq!(wire.send(&peer.segment(RST))?, []);
    let refused = wire.send(&peer.with(b"too late"))?;
    expect_true!(refused.len() == 1 && refused[0].is(RST));
    Ok(())
}

/// The longest pause between two challenges, which are limited, and a little more.
const CHALLENGES: Duration = Duration::from_millis(1100);

/// The window that the server tells.
fn window_of(wire: &mut Wire, peer: &mut Peer) -> Result<u16, Failure> {
    let seen = peer.send(wire, b"?")?;
    let window = seen.last().map_or(0, |segment| segment.window);
    expect_eq!(peer.read(wire, seen, 1)?, b"?");
    Ok(window)
}

/// Expects that the client is told where it is, or nothing.
fn expect_challenge(
    peer: &Peer,
    seen: &[Segment],
    challenged: bool,
    what: &'static str,
) -> Outcome {
    let is_challenge = |segment: &Segment| {
        segment.is(ACK)
            && segment.data.is_empty()
            && segment.sequence == peer.expects
            && segment.acknowledgement == peer.sequence
    };
    match seen {
        [segment] if challenged && is_challenge(segment) => Ok(()),
        [] if !challenged => Ok(()),
        _ => Err(Failure::new(what, format_args!("is answered {seen:?}"))),
    }
}

fn openings_within(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    // distance from where the client is, flags
    for (distance, flags) in [
        (0, SYN),
        (1, SYN),
        (1000, SYN),
        (-1, SYN),
        (100_000, SYN),
        (0, SYN | ACK),
        (-1, SYN | ACK),
    ] {
        let sequence = peer.sequence.wrapping_add_signed(distance);
        let acknowledgement = if flags & ACK != 0 { peer.expects } else { 0 };
        let seen = wire.send(&Segment { sequence, acknowledgement, ..peer.segment(flags) })?;
        expect_challenge(&peer, &seen, true, "an opening")?;
        peer.echo(wire, b"stands")?;
        wire.pass(CHALLENGES)?;
    }
    peer.finish(wire)
}

fn outside_the_window(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    peer.echo(wire, b"before")?;
    let window = i32::from(window_of(wire, &mut peer)?);
    // distance of the first byte from the right place
    for distance in [-4, -1000, window, window + 1000, i32::MAX, i32::MIN] {
        let sequence = peer.sequence.wrapping_add_signed(distance);
        let seen = wire.send(&Segment { sequence, ..peer.with(b"fake") })?;
        expect_challenge(&peer, &seen, true, "data outside of the window")?;
    }
    // A client that asks whether the server is still there: without data, and with an old byte.
    for data in [&b""[..], b"?"] {
        wire.pass(CHALLENGES)?;
        let sequence = peer.sequence.wrapping_sub(1);
        let seen = wire.send(&Segment { sequence, flags: ACK, ..peer.with(data) })?;
        expect_challenge(&peer, &seen, true, "a keep-alive")?;
    }
    // As much of it as lies within is taken.
    let overlapping = Segment { sequence: peer.sequence.wrapping_sub(4), ..peer.with(b"fakegood") };
    let seen = peer.say(wire, &overlapping)?;
    expect_eq!(peer.read(wire, seen, 4)?, b"good");
    peer.finish(wire)
}

fn unsent(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    peer.echo(wire, b"before")?;
    // How far beyond what was sent, and how long before: nothing comes back of it.
    for distance in [1_i32, 10_000, i32::MAX, i32::MIN] {
        let acknowledgement = peer.expects.wrapping_add_signed(distance);
        let seen = wire.send(&Segment { acknowledgement, ..peer.with(b"fake") })?;
        let is_bare = |segment: &Segment| segment.is(ACK) && segment.data.is_empty();
        expect_true!(seen.iter().all(is_bare));
        wire.pass(CHALLENGES)?;
    }
    peer.echo(wire, b"after")?;
    peer.finish(wire)
}

fn out_of_order(wire: &mut Wire, seed: u64) -> Outcome {
    const PIECE: usize = 100;
    let data = pattern(12 * PIECE);
    let mut peer = Peer::connect(wire)?;
    let mut random = Random::new(seed);
    let mut below = |limit: usize| random.next() as usize % limit;
    for _ in 0..4 {
        // Until all are there each piece is sent in any order, some with a part of the next one.
        let first = peer.sequence;
        let mut heard = vec![];
        while heard.len() < data.len() {
            let number = below(12);
            let begin = number * PIECE;
            let end = (begin + PIECE + below(PIECE)).min(data.len());
            let sequence = first.wrapping_add(begin as u32);
            let segment = Segment { sequence, ..peer.with(&data[begin..end]) };
            let seen = wire.send(&segment)?;
            let acknowledged = seen.iter().map(|seen| seen.acknowledgement.wrapping_sub(first));
            let taken = acknowledged.max().unwrap_or(0).max(peer.sequence.wrapping_sub(first));
            peer.sequence = first.wrapping_add(taken);
            heard.extend(peer.hear(wire, seen)?);
            if below(8) == 0 {
                let seen = wire.pass(Duration::from_millis(20))?;
                heard.extend(peer.hear(wire, seen)?);
            }
        }
        expect_eq!(heard == data, true);
        peer.sequence = first.wrapping_add(data.len() as u32);
    }
    peer.finish(wire)
}

fn zero_window(wire: &mut Wire, _seed: u64) -> Outcome {
    let data = pattern(1000);
    let mut peer = Peer::connect(wire)?;
    peer.window = 0;
    let seen = peer.send(wire, &data)?;
    expect_true!(seen.iter().all(|segment| segment.data.is_empty()));
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
        let (passed, probe) = wire.await_segments(Duration::from_secs(200))?;
        longest = longest.max(passed);
        // A probe asks for an answer: it is old, or a byte too much.
        let [probe] = &probe[..] else {
            return Err(Failure::new("a probe", format_args!("{probe:?}")));
        };
        expect_true!(probe.flags & ACK != 0 && probe.data.len() <= 1);
        expect_eq!(wire.send(&peer.bare())?, []);
    }
    expect_true!(longest > Duration::from_secs(10));
    // The window opens, and that is lost: the next probe finds it.
    peer.window = 8192;
    let (_, seen) = wire.await_segments(Duration::from_secs(200))?;
    let mut heard = peer.hear(wire, seen)?;
    let seen = wire.send(&peer.bare())?;
    heard.extend(peer.read(wire, seen, data.len() - heard.len())?);
    expect_true!(heard == data);
    peer.finish(wire)
}

fn shrinking_window(wire: &mut Wire, _seed: u64) -> Outcome {
    let data = pattern(1400);
    let mut peer = Peer::connect(wire)?;
    let seen = peer.send(wire, &data)?;
    // All is on its way, and what was promised is taken back: to nothing, to a little.
    for window in [0, 1, 100, 0] {
        let shrunk = Segment { window, ..peer.bare() };
        wire.send(&shrunk)?;
        wire.pass(Duration::from_secs(20))?;
    }
    expect_true!(peer.read(wire, seen, data.len())? == data);
    peer.echo(wire, b"open again")?;
    peer.finish(wire)
}

fn repeats(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    let seen = peer.send(wire, b"say it again")?;
    let mut waits = vec![];
    for _ in 0..6 {
        let (passed, again) = wire.await_segments(Duration::from_secs(100))?;
        let [again] = &again[..] else {
            return Err(Failure::new("what is repeated", format_args!("{again:?}")));
        };
        expect_eq!((again.sequence, &again.data[..]), (peer.expects, &b"say it again"[..]));
        waits.push(passed);
    }
    let doubles = |pair: &[Duration]| (pair[1] + TOLERANCE) >= 2 * pair[0];
    expect_true!(waits.windows(2).all(doubles));
    expect_eq!(peer.read(wire, seen, 12)?, b"say it again");
    expect_eq!(wire.pass(Duration::from_secs(100))?, []);
    peer.finish(wire)
}

/// By how much the clock of a board that sleeps for short times only may be late, twice.
const TOLERANCE: Duration = Duration::from_millis(400);

fn dead(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    peer.echo(wire, b"alive")?;
    peer.send(wire, b"and gone")?;
    let waits = Peer::connect(wire)?;
    // Linux's 15 repetitions take 924.6 seconds with the shortest timeout.
    let repeated = wire.pass(Duration::from_secs(600))?;
    expect_true!(repeated.iter().all(|segment| segment.data == b"and gone"));
    expect_true!(repeated.len() > 8);
    let last = wire.pass(Duration::from_secs(1000))?;
    // The program begins anew.
    let told: Vec<_> = last.iter().filter(|segment| segment.to == waits.here).collect();
    expect_true!(told.len() == 1 && told[0].flags & RST != 0);
    expect_eq!(wire.pass(Duration::from_secs(300))?, []);
    let refused = wire.send(&peer.bare())?;
    expect_true!(refused.len() == 1 && refused[0].is(RST));
    Ok(())
}

fn checksums(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    // Every bit of the headers but those of the hardware, and some of the data.
    let packet = peer.with(b"fake").packet();
    for bit in (0..packet.len() * 8).step_by(3) {
        let mut damaged = packet.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let seen = wire.send_packet(&damaged)?;
        if !seen.is_empty() {
            return Err(Failure::new("a damaged packet", format_args!("bit {bit}: {seen:?}")));
        }
    }
    peer.echo(wire, b"good")?;
    peer.finish(wire)
}

fn malformed(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    let segment = peer.with(b"fake");
    let (from, to) = (*segment.from.ip(), *segment.to.ip());
    // The header's length in words: too short, and longer than all.
    for words in [0, 1, 2, 3, 4, 7, 8, 15] {
        let mut bytes = segment.to_bytes();
        bytes[12] = words << 4;
        seal(from, to, &mut bytes);
        expect_eq!(wire.send_packet(&packet(from, to, 6, &bytes))?, []);
    }
    // Of the packet's header: version and length, total length.
    let whole = segment.packet();
    for (place, values) in [
        (0, [0x05, 0x40, 0x44, 0x55, 0x65, 0xf5, 0x4f, 0x46]),
        (3, [0, 1, 19, 20, 39, 45, 46, 255]),
    ] {
        for value in values {
            let mut bytes = whole.clone();
            bytes[place] = value;
            seal_header(&mut bytes);
            let seen = wire.send_packet(&bytes)?;
            if !seen.is_empty() {
                return Err(Failure::new("an answer", format_args!("byte {place} is {value:x}")));
            }
        }
    }
    peer.echo(wire, b"good")?;
    peer.finish(wire)
}

fn truncated(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    let whole = wire.framed(&peer.with(b"fake").packet());
    for length in 1..whole.len() {
        expect_eq!(wire.send_frame(&whole[..length])?, []);
    }
    peer.echo(wire, b"good")?;
    peer.finish(wire)
}

fn opening_options(wire: &mut Wire, _seed: u64) -> Outcome {
    let data = pattern(600);
    // as they stand in the header
    for options in [
        &[2, 4, 0, 0][..],                      // segments of no bytes
        &[2, 4, 0, 1],                          // of one
        &[2, 4, 0, 40],                         // fewer than a header
        &[2, 4, 0xff, 0xff],                    // more than fit
        &[2, 3, 5, 0],                          // of another length than the option has
        &[2, 0, 5, 0xb4],                       // without a length
        &[2, 40, 5, 0xb4],                      // longer than all
        &[1, 1, 1, 2],                          // cut behind its kind
        &[3, 3, 255, 0],                        // windows of 255 more bits
        &[3, 3, 14, 4, 2, 4, 2, 0],             // selective acknowledgements, twice
        &[8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1], // timestamps
        &[254, 2, 253, 4, 9, 9, 0, 0],          // experiments
        &[0, 2, 4, 0],                          // an end, and rubbish behind it
        &[1; 40],                               // as many as there may be
        &[255; 40],
        &[0; 40],
    ] {
        let opening = Segment { options: options.to_vec(), ..opening(wire.fresh()) };
        let mut peer = Peer::open(wire, &opening)?;
        peer.echo(wire, &data)?;
        peer.finish(wire)?;
    }
    // Within a connection the same, on a segment with data.
    let mut peer = Peer::connect(wire)?;
    for options in [
        &[8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1][..],
        &[1, 1, 1, 1],
        &[5, 10, 0, 0, 0, 9, 0, 0, 0, 1, 1, 1],
    ] {
        let segment = Segment { options: options.to_vec(), ..peer.with(b"good") };
        let seen = peer.say(wire, &segment)?;
        expect_eq!(peer.read(wire, seen, 4)?, b"good");
    }
    peer.finish(wire)
}

fn segment_sizes(wire: &mut Wire, _seed: u64) -> Outcome {
    let data = pattern(1400);
    for size in [64_u16, 536, 1460] {
        let [high, low] = size.to_be_bytes();
        let opening = Segment { options: vec![2, 4, high, low], ..opening(wire.fresh()) };
        let answers = wire.send(&opening)?;
        expect_true!(answers.len() == 1 && answers[0].options.starts_with(&[2, 4, 0x05, 0xb4]));
        let mut peer = Peer::opened(&opening, &answers)?;
        let (mut seen, mut heard) = (peer.send(wire, &data)?, vec![]);
        while heard.len() < data.len() {
            expect_true!(seen.iter().all(|segment| segment.data.len() <= usize::from(size)));
            let before = peer.expects;
            for segment in &seen {
                if segment.sequence == peer.expects {
                    heard.extend_from_slice(&segment.data);
                    peer.expects = peer.expects.wrapping_add(segment.length());
                }
            }
            seen = match peer.expects == before {
                true => wire.await_segments(Duration::from_secs(10))?.1,
                false => wire.send(&peer.bare())?,
            };
        }
        expect_true!(heard == data);
        peer.finish(wire)?;
    }
    Ok(())
}

fn wrap(wire: &mut Wire, _seed: u64) -> Outcome {
    let data = pattern(700);
    for first in [u32::MAX, u32::MAX - 1, u32::MAX - 350, u32::MAX - 1400, i32::MAX as u32 - 350] {
        let opening = Segment { sequence: first, ..opening(wire.fresh()) };
        let mut peer = Peer::open(wire, &opening)?;
        for _ in 0..4 {
            peer.echo(wire, &data)?;
        }
        peer.finish(wire)?;
    }
    Ok(())
}

/// Destination unreachable, with a code and what belongs to it, about a segment. Source: RFC 792.
fn unreachable(code: u8, mtu: u16, about: &Segment) -> Vec<u8> {
    let mut message = vec![3, code, 0, 0, 0, 0];
    message.extend_from_slice(&mtu.to_be_bytes());
    message.extend_from_slice(&about.packet()[..28]);
    let sum = internet_checksum(&message);
    message[2..4].copy_from_slice(&sum);
    packet(host(2), *SERVER.ip(), ICMP, &message)
}

fn errors(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    let seen = peer.send(wire, b"on its way")?;
    let [sent] = &seen[..] else {
        return Err(Failure::new("what is sent", format_args!("{seen:?}")));
    };
    // code, MTU: network, host, protocol, port, too large, prohibited
    for (code, mtu) in [(0, 0), (1, 0), (2, 0), (3, 0), (4, 576), (4, 0), (13, 0)] {
        // what is on its way, what was acknowledged, what was never sent
        for distance in [0, -1, -100_000, 5000] {
            let sequence = sent.sequence.wrapping_add_signed(distance);
            let about = Segment { sequence, ..sent.clone() };
            for segment in wire.send_packet(&unreachable(code, mtu, &about))? {
                expect_eq!(&segment.data[..], b"on its way"); // again, sooner
            }
        }
    }
    expect_eq!(peer.read(wire, seen, 10)?, b"on its way");
    peer.echo(wire, b"still there")?;
    peer.finish(wire)
}

fn errors_half_open(wire: &mut Wire, _seed: u64) -> Outcome {
    let opening = opening(wire.fresh());
    let answers = wire.send(&opening)?;
    let mut peer = Peer::opened(&opening, &answers)?;
    for distance in [1_u32, 1000, u32::MAX] {
        let sequence = answers[0].sequence.wrapping_add(distance);
        let about = Segment { sequence, ..answers[0].clone() };
        expect_eq!(wire.send_packet(&unreachable(3, 0, &about))?, []);
    }
    expect_eq!(wire.send(&peer.bare())?, []);
    peer.echo(wire, b"opened")?;
    peer.finish(wire)
}

fn noise(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    let data = peer.with(b"fake").packet();
    let (client, own) = (host(2), *SERVER.ip());
    // A first fragment, and a last one.
    for (high, low) in [(0x20, 0), (0, 1)] {
        let mut fragment = data.clone();
        fragment[6..8].copy_from_slice(&[high, low]);
        seal_header(&mut fragment);
        expect_eq!(wire.send_packet(&fragment)?, []);
    }
    for protocol in [0, 2, 17, 41, 47, 58, 132, 255] {
        expect_eq!(wire.send_packet(&packet(client, own, protocol, &[7; 40]))?, []);
    }
    for kind in [[0x86, 0xdd], [0x81, 0x00], [0x88, 0xcc], [0x08, 0x06], [0, 40], [0xff, 0xff]] {
        let mut frame = wire.framed(&data);
        frame[12..14].copy_from_slice(&kind);
        let seen = wire.send_frame(&frame)?;
        if !seen.is_empty() {
            return Err(Failure::new("an answer", format_args!("to type {kind:x?}: {seen:?}")));
        }
    }
    wire.others.clear();
    let mut echo = vec![8, 0, 0, 0, 0, 7, 0, 1, b'p', b'i', b'n', b'g'];
    let sum = internet_checksum(&echo);
    echo[2..4].copy_from_slice(&sum);
    expect_eq!(wire.send_packet(&packet(client, own, ICMP, &echo))?, []);
    let [answer] = &wire.others[..] else {
        return Err(Failure::new("the answer to an echo", format_args!("is missing")));
    };
    expect_eq!((answer[20], &answer[24..32]), (0, &echo[4..]));
    peer.echo(wire, b"good")?;
    peer.finish(wire)
}

/// A frame with a few bytes changed, and the checksums right again where there is still a place for them.
fn mutation(wire: &Wire, whole: &[u8], below: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut packet = whole.to_vec();
    for _ in 0..1 + below(3) {
        let place = below(packet.len());
        packet[place] = below(256) as u8;
    }
    packet.truncate(packet.len() - below(8) * below(2));
    if packet.len() >= 40 {
        let address = |at: usize| {
            Ipv4Addr::from_octets([packet[at], packet[at + 1], packet[at + 2], packet[at + 3]])
        };
        let (from, to) = (address(12), address(16));
        if below(8) > 0 {
            seal(from, to, &mut packet[20..]);
            seal_header(&mut packet);
        }
    }
    wire.framed(&packet)
}

fn mutated(wire: &mut Wire, seed: u64) -> Outcome {
    const FRAMES: usize = 400;
    let mut random = Random::new(seed);
    let mut below = |limit: usize| random.next() as usize % limit;
    let mut peer = Peer::connect(wire)?;
    peer.echo(wire, b"before")?;
    for _ in 0..FRAMES {
        let other = Segment {
            from: SocketAddrV4::new(host(2), 1024 + below(4) as u16),
            ..opening(peer.here)
        };
        let whole = match below(5) {
            0 => opening(peer.here).packet(),
            1 => other.packet(),
            2 => peer.segment(FIN | ACK).packet(),
            3 => peer.bare().packet(),
            _ => peer.with(b"mutated").packet(),
        };
        let frame = mutation(wire, &whole, &mut below);
        // What is answered is the server's affair.
        wire.send_frame(&frame)?;
    }
    // Wherever the connection is now, it says so, and is ended there.
    wire.pass(CHALLENGES)?;
    for told in wire.send(&opening(peer.here))? {
        peer.sequence = told.acknowledgement;
        wire.send(&peer.segment(RST))?;
    }
    // What else was opened is over after that.
    wire.pass(Duration::from_secs(70)).map(drop)
}
