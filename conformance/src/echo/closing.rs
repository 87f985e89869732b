//! How connections end.

use super::prelude::*;

echo_cases! {
    "echo-20" delivers,
        "RFC 9293 3.9.1: close",
        "What was sent before the server closes is delivered, then comes the end.";
    "echo-21" forgets,
        "RFC 9293 3.6: TIME-WAIT",
        "Who ends last remembers nothing: what comes later is refused, and a new connection opens.";
    "echo-22" repeats_the_end,
        "RFC 9293 3.8.1, 3.10.7.4: LAST-ACK",
        "The end is repeated until it is acknowledged, while others are served, and then nothing is.";
    "echo-23" gives_up,
        "Linux: tcp_orphan_retries",
        "An end that nobody acknowledges is given up after some time, and what comes then is refused.";
    "echo-24" half_closed,
        "RFC 9293 3.6",
        "Who has ended its half still gets all, however long its window was shut.";
    "echo-25" end_before_data,
        "RFC 9293 3.10.7.4: FIN",
        "An end that overtakes data waits for it.";
    "echo-26" both_at_once,
        "RFC 9293 3.5, figure 13",
        "A client that repeats its end while the server's is on its way is told where it is.";
    "echo-27" reset_while_sending,
        "RFC 9293 3.10.7.4: RST",
        "A client that resets while its data comes back is gone, and the next one is served.";
}

fn delivers(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    let data = pattern(1400);
    let seen = peer.send(wire, &data)?;
    // The answers are not acknowledged before the end.
    let mut all = seen;
    all.extend(peer.end(wire)?);
    expect_eq!(peer.read(wire, all, data.len() + 1)?, data);
    expect_true!(peer.ended);
    Ok(())
}

/// Connects and ends, without the last acknowledgement: the server's end is the last of these segments.
fn last_ack(wire: &mut Wire) -> Result<(Peer, Segment), Failure> {
    let mut peer = Peer::connect(wire)?;
    let mut seen = peer.end(wire)?;
    match seen.pop() {
        Some(end) if end.is(FIN | ACK) => Ok((peer, end)),
        other => Err(Failure::new("the server's end", format_args!("{other:?}"))),
    }
}

fn forgets(wire: &mut Wire, _seed: u64) -> Outcome {
    let (mut peer, end) = last_ack(wire)?;
    peer.hear(wire, vec![end])?;
    let acknowledgement = peer.bare();
    let refused = wire.send(&acknowledgement)?;
    expect_eq!(refused.len(), 1);
    expect_true!(refused[0].is(RST) && refused[0].sequence == acknowledgement.acknowledgement);
    // Also with a lower number than before.
    let again = Segment { sequence: 5, ..opening(peer.here) };
    let mut peer = Peer::open(wire, &again)?;
    peer.echo(wire, b"again")?;
    peer.finish(wire)
}

fn repeats_the_end(wire: &mut Wire, _seed: u64) -> Outcome {
    let (mut peer, end) = last_ack(wire)?;
    let mut before = Duration::ZERO;
    for _ in 0..4 {
        let (passed, again) = wire.await_segments(Duration::from_secs(60))?;
        expect_eq!(again, core::slice::from_ref(&end));
        // Each time it waits for longer.
        expect_true!(passed > before);
        before = passed;
        expect_service(wire)?;
    }
    peer.hear(wire, vec![end])?;
    expect_true!(peer.ended);
    expect_eq!(wire.pass(Duration::from_secs(60))?, []);
    Ok(())
}

fn gives_up(wire: &mut Wire, _seed: u64) -> Outcome {
    let (peer, _) = last_ack(wire)?;
    let repeated = wire.pass(Duration::from_secs(240))?;
    expect_true!(repeated.len() > 4 && repeated.len() < 10);
    expect_eq!(wire.pass(Duration::from_secs(240))?, []);
    let refused = wire.send(&peer.bare())?;
    expect_eq!(refused.len(), 1);
    expect_true!(refused[0].is(RST));
    Ok(())
}

fn half_closed(wire: &mut Wire, _seed: u64) -> Outcome {
    let data = pattern(1000);
    let mut peer = Peer::connect(wire)?;
    peer.window = 0;
    let mut seen = peer.send(wire, &data)?;
    seen.extend(peer.end(wire)?);
    // Probes at most.
    let early = wire.pass(Duration::from_secs(30))?;
    expect_true!(seen.iter().chain(&early).all(|segment| segment.data.len() <= 1));
    peer.window = 8192;
    let seen = wire.send(&peer.bare())?;
    expect_eq!(peer.read(wire, seen, data.len() + 1)?, data);
    expect_true!(peer.ended);
    Ok(())
}

fn end_before_data(wire: &mut Wire, _seed: u64) -> Outcome {
    let mut peer = Peer::connect(wire)?;
    let data = peer.with(b"before the end");
    let mut late = peer.clone();
    late.sequence = late.sequence.wrapping_add(data.length());
    let seen = wire.send(&late.segment(FIN | ACK))?;
    expect_true!(seen.iter().all(|segment| segment.is(ACK)));
    expect_eq!(peer.hear(wire, seen)?, b"");
    let mut seen = peer.say(wire, &data)?;
    peer.sequence = peer.sequence.wrapping_add(1);
    if seen.iter().all(|segment| segment.flags & FIN == 0) {
        // It need not be kept: then it is said again.
        seen.extend(wire.send(&late.segment(FIN | ACK))?);
    }
    expect_eq!(peer.read(wire, seen, data.data.len() + 1)?, data.data);
    expect_true!(peer.ended);
    Ok(())
}

fn both_at_once(wire: &mut Wire, _seed: u64) -> Outcome {
    let (mut peer, end) = last_ack(wire)?;
    let again = Segment { sequence: peer.sequence.wrapping_sub(1), ..peer.segment(FIN | ACK) };
    let told = wire.send(&again)?;
    expect_eq!(told.len(), 1);
    expect_true!(told[0].flags & ACK != 0 && told[0].acknowledgement == peer.sequence);
    peer.hear(wire, vec![end])?;
    expect_true!(peer.ended);
    Ok(())
}

fn reset_while_sending(wire: &mut Wire, _seed: u64) -> Outcome {
    for window in [0, 100, 8192] {
        let mut peer = Peer::connect(wire)?;
        peer.window = window;
        peer.send(wire, &pattern(1400))?;
        expect_eq!(wire.send(&peer.segment(RST))?, []);
        expect_eq!(wire.pass(Duration::from_secs(10))?, []);
        expect_service(wire)?;
    }
    Ok(())
}
