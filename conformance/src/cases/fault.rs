//! What goes wrong on the way: packets that are lost, doubled, late and damaged.
//!
//! Each fault meets many packets of a transfer, and each single one of a conversation: so whatever
//! it is that a connection loses, its opening, its end or a window, it is had again.
//!
//! The cases of other groups here are about a peer that does not answer, for which a bad way is needed.

use berkeley::OptionLevel;

use super::prelude::*;
use crate::faults::{Fault, FaultyLab, Frames, Side};
use crate::peer::{Peer, Script};

cases! {
    for FaultyLab;
    "fault-01" loss, Vary::FAMILY, [],
        "RFC 9293 3.8: reliable, in order",
        "Whatever part of the packets is lost, all bytes arrive, and some day.";
    "fault-02" loss_of_small_pieces, Vary::FAMILY, [],
        "RFC 9293 3.7.4: Nagle's algorithm",
        "Small pieces arrive over a link that loses one in eight, with and without Nagle's algorithm.";
    "fault-03" reordering, Vary::FAMILY, [],
        "RFC 9293 3.4: sequence numbers",
        "Packets that others overtake cost no byte.";
    "fault-04" duplication, Vary::FAMILY, [],
        "RFC 9293 3.4: sequence numbers",
        "When every packet arrives twice there is one connection, and each byte once.";
    "fault-05" corruption, Vary::FAMILY, [],
        "RFC 9293 3.1: checksum",
        "What was damaged is as good as lost.";
    "fault-06" each_lost, Vary::FAMILY, [],
        "RFC 9293 3.8.1: retransmission",
        "Whichever single packet of a connection is lost, it is opened, used and ended.";
    "fault-07" dead, Vary::FAMILY, [],
        "RFC 9293 3.8.3: connection failures; Linux tcp(7): tcp_retries2",
        "When nothing gets through any more the sender is told in the end, and then it is over.";
    "fault-08" receive_timeout, Vary::FAMILY, [],
        "Python manual: settimeout",
        "A receive times out in time, whether anything gets through or not.";
    "fault-10" lost_window, Vary::FAMILY, [],
        "RFC 9293 3.8.6.1: zero-window probing",
        "Whichever single packet that opens the window is lost, the sender goes on.";
    "fault-13" mtu, Vary::FAMILY, [],
        "RFC 791, RFC 8200: smallest MTU",
        "Links of every MTU that is allowed carry a transfer both ways.";
    "fault-14" each_doubled, Vary::FAMILY, [],
        "RFC 9293 3.4: sequence numbers",
        "Whichever single packet of a connection arrives twice, it is opened, used and ended.";
    "fault-15" each_overtaken, Vary::FAMILY, [],
        "RFC 9293 3.4: sequence numbers",
        "Whichever single packet of a connection is late, it is opened, used and ended.";
    "fault-16" each_damaged, Vary::FAMILY, [],
        "RFC 9293 3.1: checksum",
        "Whichever single packet of a connection is damaged, it is opened, used and ended.";
    "listen-18" listener_ends, Vary::FAMILY, [],
        "RFC 9293 3.10.7.1: CLOSED",
        "Who was half in when the listener was closed is refused.";
    "listen-25" one_for_each, Vary::FAMILY, [],
        "RFC 9293 3.10.7.4: SYN-RECEIVED",
        "A client whose opening comes again and again is accepted once.";
    "option-18" dead_and_idle, Vary::FAMILY, [],
        "RFC 9293 3.8.4: keep-alives; Linux tcp(7): TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT",
        "Who only waits for a peer that is gone is told, when keepalive is on.";
    "option-19" dead_and_awaited, Vary::FAMILY, [],
        "RFC 5482; Linux tcp(7): TCP_USER_TIMEOUT",
        "What is not acknowledged for as long as the program says ends the connection.";
    "option-20" small_pieces, Vary::FAMILY, [],
        "RFC 9293 3.7.4: Nagle's algorithm; Linux tcp(7): TCP_NODELAY",
        "Small pieces leave at once when the program says so, and else wait for an acknowledgement.";
}

/// A transfer there, and one back, while this happens.
fn transfers<L: FaultyLab>(lab: &L, variant: &Variant, fault: Fault, rate: u16) -> Outcome {
    for there in [true, false] {
        let connected = connection(lab, variant)?;
        lab.disturb(fault, Frames::PerThousand(rate));
        if there {
            send_much(lab, connected, L::LENGTH)?;
        } else {
            receive_much(lab, connected, L::LENGTH)?;
        }
        let happened = lab.calm();
        expect_true!(happened > 0 || rate < 100); // of few it may be none
    }
    Ok(())
}

fn loss<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    for rate in L::LOSSES {
        let watch = Stopwatch::start(lab.near());
        transfers(lab, variant, Fault::Loss, *rate)?;
        watch.expect_less(lab.near(), Duration::from_secs(1 + 120 * u64::from(*rate)))?;
    }
    Ok(())
}

fn loss_of_small_pieces<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    for nodelay in [false, true] {
        let prepare = |socket: &Socket<L::Near>| socket.set_option(NODELAY, nodelay);
        let Connection { near, far } = connection_with(lab, variant, prepare, |_| Ok(()))?;
        lab.disturb(Fault::Loss, Frames::PerThousand(125));
        lab.accompany(Peer::new(far, Script::Echo)?);
        for _ in 0..L::ROUNDS {
            for _ in 0..8 {
                near.sendall(b"piece")?;
            }
            for _ in 0..8 {
                expect_bytes(lab.near(), &near, b"piece")?;
            }
        }
        near.shutdown(Shutdown::WR)?;
        expect_end(lab.near(), &near)?;
        lab.calm();
    }
    Ok(())
}

fn reordering<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    transfers(lab, variant, Fault::Reordering, 100)
}

fn duplication<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    lab.disturb(Fault::Duplication, Frames::PerThousand(1000));
    let listener = far_listener(lab, variant, 5)?;
    for _ in 0..3 {
        let near = near_stream(lab, variant)?;
        connect(lab.near(), &near, listener.getsockname()?)?;
        let (far, _) = accept(lab.far(), &listener)?;
        send_much(lab, Connection { near, far }, L::LENGTH)?;
    }
    // Nobody else came.
    stays_quiet(lab.far(), &listener, Readiness::READABLE)?;
    expect_true!(lab.calm() > 0);
    Ok(())
}

fn corruption<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    transfers(lab, variant, Fault::Corruption, 50)
}

/// A connection that is opened, used and ended.
fn conversation<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = far_listener(lab, variant, 1)?;
    let name = listener.getsockname()?;
    lab.accompany(Peer::accepting(listener, Script::Echo)?);
    let near = near_stream(lab, variant)?;
    near.connect(name)?;
    near.sendall(b"question")?;
    expect_bytes(lab.near(), &near, b"question")?;
    near.shutdown(Shutdown::WR)?;
    expect_end(lab.near(), &near)
}

/// More frames than a side sends in the course of what `each` is given.
const MOST_FRAMES: u32 = 64;

/// Lets this happen to each single frame that a side sends in the course of something, which says from
/// when on.
fn each<L: FaultyLab>(
    lab: &L,
    fault: Fault,
    sides: &[Side],
    course: impl Fn(&dyn Fn()) -> Outcome,
) -> Outcome {
    for &side in sides {
        for number in 0..MOST_FRAMES {
            course(&|| lab.disturb(fault, Frames::Only(side, number))).map_err(|failure| {
                Failure::new("a frame", format_args!("{number} of {side:?}: {failure}"))
            })?;
            if lab.calm() == 0 {
                // There are no more; and one there was.
                expect_true!(number > 0);
                break;
            }
        }
    }
    Ok(())
}

/// Lets this happen to each single frame of a conversation.
fn each_of_both<L: FaultyLab>(lab: &L, variant: &Variant, fault: Fault) -> Outcome {
    each(lab, fault, &[Side::Near, Side::Far], |begin| {
        begin();
        conversation(lab, variant)
    })
}

fn each_lost<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    each_of_both(lab, variant, Fault::Loss)
}

fn each_doubled<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    each_of_both(lab, variant, Fault::Duplication)
}

fn each_overtaken<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    each_of_both(lab, variant, Fault::Reordering)
}

fn each_damaged<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    each_of_both(lab, variant, Fault::Corruption)
}

fn dead<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far: _far } = connection(lab, variant)?;
    lab.disturb(Fault::Loss, Frames::PerThousand(1000));
    let watch = Stopwatch::start(lab.near());
    let told = loop {
        if let Err(error) = near.sendall(&CHUNK) {
            break error.error;
        }
    };
    // Nor do the neighbour's answers get through, which is what is told (measured on Linux).
    expect_eq!(told, Error::from(Errno::EHOSTUNREACH));
    watch.expect_less(lab.near(), Duration::from_secs(1800))?;
    expect_error!(near.send(b"x"), EPIPE);
    expect_end(lab.near(), &near)
}

fn receive_timeout<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(SHORT)?;
    for rate in [0, 500, 1000] {
        lab.disturb(Fault::Loss, Frames::PerThousand(rate));
        // What cannot be acknowledged does not keep the receiver.
        near.sendall(b"lost")?;
        let watch = Stopwatch::start(lab.near());
        expect_timed_out!(near.recv(&mut [0; 8]));
        watch.expect(lab.near(), SHORT)?;
    }
    lab.calm();
    expect_bytes(lab.far(), &far, b"lostlostlost")
}

fn lost_window<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    each(lab, Fault::Loss, &[Side::Far], |begin| {
        let Connection { mut near, far } = connection(lab, variant)?;
        let filled = fill(lab.near(), &mut near)?;
        near.settimeout(LONG)?;
        begin();
        let mut left = filled;
        while left > 0 {
            let mut buffer = [0; 4096];
            match far.recv(&mut buffer)? {
                0 => break,
                count => left -= count as u64,
            }
        }
        expect_eq!(left, 0);
        near.sendall(b"goes on")?;
        expect_bytes(lab.far(), &far, b"goes on")
    })
}

fn mtu<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    let smallest = match variant.family.number() {
        AddressFamily::INET => 68,
        _ => 1280,
    };
    for mtu in L::MTUS.iter().filter(|mtu| **mtu >= smallest) {
        let lab = lab.with_mtu(*mtu)?;
        let outcome = transfers(&lab, variant, Fault::Loss, 0);
        lab.finish().and(outcome)?;
    }
    Ok(())
}

fn listener_ends<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    let _open = connection(lab, variant)?; // both know their neighbour
    let listener = near_listener(lab, variant, 5)?;
    let name = listener.getsockname()?;
    let mut far = far_stream(lab, variant)?;
    far.setblocking(false)?;
    lab.disturb(Fault::Loss, Frames::Only(Side::Near, 0)); // its answer to the opening
    expect_error!(far.connect(name), EINPROGRESS);
    stays_quiet(lab.near(), &listener, Readiness::READABLE)?;
    drop(listener);
    wait_for(lab.far(), &far, Readiness::WRITABLE)?;
    expect_eq!(far.take_error()?, Some(Error::from(Errno::ECONNREFUSED)));
    lab.calm();
    Ok(())
}

fn one_for_each<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    let _open = connection(lab, variant)?; // both know their neighbour
    let listener = near_listener(lab, variant, 5)?;
    let name = listener.getsockname()?;
    // Every frame twice; then the first answer lost, so that the opening is repeated.
    for (fault, frames) in [
        (Fault::Duplication, Frames::PerThousand(1000)),
        (Fault::Loss, Frames::Only(Side::Near, 0)),
    ] {
        lab.disturb(fault, frames);
        let far = far_stream(lab, variant)?;
        connect(lab.far(), &far, name)?;
        let (near, peer) = accept(lab.near(), &listener)?;
        expect_eq!(peer, far.getsockname()?);
        stays_quiet(lab.near(), &listener, Readiness::READABLE)?;
        near.sendall(b"once")?;
        expect_bytes(lab.far(), &far, b"once")?;
        expect_true!(lab.calm() > 0);
    }
    Ok(())
}

/// A connection on whose way nothing gets through any more.
fn silence<L: FaultyLab>(lab: &L, variant: &Variant) -> Result<Connection<L>, Failure> {
    let connected = connection(lab, variant)?;
    lab.disturb(Fault::Loss, Frames::PerThousand(1000));
    Ok(connected)
}

fn dead_and_idle<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far: _far } = silence(lab, variant)?;
    near.set_option(KEEPALIVE, true)?;
    for (name, seconds_or_probes) in [(TCP_KEEPIDLE, 1), (TCP_KEEPINTVL, 1), (TCP_KEEPCNT, 2)] {
        near.setsockopt(OptionLevel::TCP, name, seconds_or_probes)?;
    }
    near.settimeout(Duration::from_secs(60))?;
    let watch = Stopwatch::start(lab.near());
    expect_error!(near.recv(&mut [0; 8]), ETIMEDOUT);
    // One second of rest, and one behind each of two probes; a kernel's clock ticks.
    watch.expect_least(lab.near(), Duration::from_millis(2900))?;
    expect_end(lab.near(), &near)
}

fn dead_and_awaited<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far: _far } = silence(lab, variant)?;
    near.setsockopt(OptionLevel::TCP, TCP_USER_TIMEOUT, 1000)?;
    near.sendall(b"lost")?;
    near.settimeout(Duration::from_secs(60))?;
    let watch = Stopwatch::start(lab.near());
    expect_error!(near.recv(&mut [0; 8]), ETIMEDOUT);
    watch.expect_least(lab.near(), Duration::from_millis(900))?;
    expect_error!(near.send(b"x"), EPIPE);
    Ok(())
}

fn small_pieces<L: FaultyLab>(lab: &L, variant: &Variant) -> Outcome {
    const PIECES: u32 = 8;
    for nodelay in [false, true] {
        let prepare = |socket: &Socket<L::Near>| socket.set_option(NODELAY, nodelay);
        let Connection { near, far } = connection_with(lab, variant, prepare, |_| Ok(()))?;
        // Nothing is acknowledged, and what leaves is counted.
        lab.disturb(Fault::Loss, Frames::PerThousand(1000));
        for _ in 0..PIECES {
            near.sendall(b"piece")?;
        }
        let left = lab.calm();
        // Where time is real, the first one may have been repeated before the last one was sent.
        expect_true!(if nodelay { left > PIECES / 2 } else { left <= PIECES / 2 });
        for _ in 0..PIECES {
            expect_bytes(lab.far(), &far, b"piece")?;
        }
    }
    Ok(())
}
