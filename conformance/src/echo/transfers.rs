//! Clients on a bad way, whose bytes come back all the same: what they send, and what the server sends, is
//! lost, doubled, late and damaged.

use super::far::Far;
use super::prelude::*;
use crate::faults::{Fault, Frames, Side};

echo_cases! {
    "echo-60" loss,
        "RFC 9293 3.8: reliable, in order",
        "Whatever part of the packets is lost, all bytes come back, and some day.";
    "echo-61" loss_of_small_pieces,
        "RFC 9293 3.7.4: Nagle's algorithm",
        "Small pieces come back over a link that loses one in eight.";
    "echo-62" reordering,
        "RFC 9293 3.4: sequence numbers",
        "Packets that others overtake cost no byte.";
    "echo-63" duplication,
        "RFC 9293 3.4: sequence numbers",
        "When every packet arrives twice there is one connection, and each byte comes back once.";
    "echo-64" corruption,
        "RFC 9293 3.1: checksum",
        "What was damaged is as good as lost.";
    "echo-65" each_lost,
        "RFC 9293 3.8.1: retransmission",
        "Whichever single packet of a connection is lost, it is opened, used and ended.";
    "echo-66" each_doubled,
        "RFC 9293 3.4: sequence numbers",
        "Whichever single packet of a connection arrives twice, it is opened, used and ended.";
    "echo-67" each_overtaken,
        "RFC 9293 3.4: sequence numbers",
        "Whichever single packet of a connection is late, it is opened, used and ended.";
    "echo-68" each_damaged,
        "RFC 9293 3.1: checksum",
        "Whichever single packet of a connection is damaged, it is opened, used and ended.";
}

/// How long a client waits, in the server's time. On the worst way here an hour is enough.
const PATIENCE: Duration = Duration::from_secs(3600);

/// More than the server has room for, and less than the client has.
const PIECE: usize = 8 << 10;

/// Connects, has this come back so many times, and ends.
fn conversation(far: &Far, data: &[u8], times: usize) -> Outcome {
    let mut client = far.net.stream(berkeley::AddressFamily::INET)?;
    client.settimeout(PATIENCE)?;
    client.connect(SERVER)?;
    let mut returned = vec![0; data.len()];
    for _ in 0..times {
        client.sendall(data)?;
        let mut count = 0;
        while count < data.len() {
            match client.recv(&mut returned[count..])? {
                0 => return Err(Failure::new("the echo", format_args!("ends after {count}"))),
                more => count += more,
            }
        }
        if returned != data {
            return Err(Failure::new("the echo", format_args!("other bytes")));
        }
    }
    client.shutdown(berkeley::Shutdown::WR)?;
    expect_eq!(client.recv(&mut returned)?, 0);
    Ok(())
}

/// Lets this happen to so many of a thousand frames while bytes come back.
fn transfer(wire: &mut Wire, seed: u64, fault: Fault, rate: u16) -> Outcome {
    let far = Far::new(wire, seed.wrapping_add(u64::from(rate)))?;
    far.judge(conversation(&far, b"all is well", 1))?;
    far.disturb(fault, Frames::PerThousand(rate));
    let outcome = conversation(&far, &pattern(PIECE), 2);
    let happened = far.calm();
    far.judge(outcome)?;
    expect_true!(happened > 0 || rate < 100); // of few it may be none
    Ok(())
}

fn loss(wire: &mut Wire, seed: u64) -> Outcome {
    [0, 10, 50, 100, 200, 300].into_iter().try_for_each(|rate| {
        transfer(wire, seed, Fault::Loss, rate)?;
        wire.pass(Duration::from_secs(200)).map(drop) // an end that was lost
    })
}

fn loss_of_small_pieces(wire: &mut Wire, seed: u64) -> Outcome {
    let far = Far::new(wire, seed)?;
    far.disturb(Fault::Loss, Frames::PerThousand(125));
    let outcome = conversation(&far, b"piece", 40);
    far.calm();
    far.judge(outcome)
}

fn reordering(wire: &mut Wire, seed: u64) -> Outcome {
    transfer(wire, seed, Fault::Reordering, 100)
}

fn duplication(wire: &mut Wire, seed: u64) -> Outcome {
    (0..3).try_for_each(|more| transfer(wire, seed + more, Fault::Duplication, 1000))
}

fn corruption(wire: &mut Wire, seed: u64) -> Outcome {
    transfer(wire, seed, Fault::Corruption, 100)
}

/// More frames than a side sends in a conversation.
const MOST_FRAMES: u32 = 64;

/// Lets this happen to each single frame of a conversation.
fn each(wire: &mut Wire, seed: u64, fault: Fault) -> Outcome {
    let far = Far::new(wire, seed)?;
    far.judge(conversation(&far, b"all is well", 1))?;
    for side in [Side::Near, Side::Far] {
        for number in 0..MOST_FRAMES {
            far.disturb(fault, Frames::Only(side, number));
            let outcome = conversation(&far, b"question", 2);
            let happened = far.calm();
            far.judge(outcome).map_err(|failure| {
                Failure::new("a frame", format_args!("{number} of {side:?}: {failure}"))
            })?;
            if happened == 0 {
                // There are no more; and one there was.
                expect_true!(number > 0);
                break;
            }
        }
    }
    Ok(())
}

fn each_lost(wire: &mut Wire, seed: u64) -> Outcome {
    each(wire, seed, Fault::Loss)
}

fn each_doubled(wire: &mut Wire, seed: u64) -> Outcome {
    each(wire, seed, Fault::Duplication)
}

fn each_overtaken(wire: &mut Wire, seed: u64) -> Outcome {
    each(wire, seed, Fault::Reordering)
}

fn each_damaged(wire: &mut Wire, seed: u64) -> Outcome {
    each(wire, seed, Fault::Corruption)
}
