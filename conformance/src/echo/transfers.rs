//! Clients on a bad way, whose bytes come back all the same: what they send, and what the server sends, is
//! lost, doubled, late and damaged.

use std::rc::Rc;

use berkeley::{AddressFamily, Shutdown, Socket};
use berkeley_smoltcp::Stack;

use super::far::{Far, Time};
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

/// A client.
struct Client(Socket<Rc<Stack<'static, Time>>>);

impl Client {
    fn connect(far: &Far) -> Result<Client, Failure> {
        let mut socket = far.net.stream(AddressFamily::INET)?;
        socket.settimeout(PATIENCE)?;
        socket.connect(SERVER)?;
        Ok(Client(socket))
    }

    /// Has this come back so many times.
    fn echo(&self, data: &[u8], times: usize) -> Outcome {
        let mut returned = vec![0; data.len()];
        for _ in 0..times {
            self.0.sendall(data)?;
            let mut count = 0;
            while count < data.len() {
                match self.0.recv(&mut returned[count..])? {
                    0 => return Err(Failure::new("the echo", format_args!("ends at {count}"))),
                    more => count += more,
                }
            }
            if returned != data {
                return Err(Failure::of_data(format_args!("other bytes than were sent")));
            }
        }
        Ok(())
    }

    fn end(self) -> Outcome {
        self.0.shutdown(Shutdown::WR)?;
        expect_eq!(self.0.recv(&mut [0; 8])?, 0);
        Ok(())
    }
}

/// A connection that is opened, used and ended.
fn conversation(far: &Far, data: &[u8]) -> Outcome {
    let client = Client::connect(far)?;
    client.echo(data, 2)?;
    client.end()
}

/// A stack whose neighbour the server is already: questions for hardware addresses are few, and it is
/// unreachable for whom they are lost.
fn acquainted(wire: &Wire, seed: u64) -> Result<Far, Failure> {
    let far = Far::new(wire, seed)?;
    far.judge(conversation(&far, b"all is well"))?;
    Ok(far)
}

/// Lets this happen to so many of a thousand frames while this is opened and comes back so many times. Not
/// while it ends: a server that has closed has less patience, which a bad way uses up
/// (`tcp_orphan_retries`).
fn transfer(
    wire: &mut Wire,
    seed: u64,
    (fault, rate): (Fault, u16),
    (data, times): (&[u8], usize),
) -> Outcome {
    let far = acquainted(wire, seed.wrapping_add(u64::from(rate)))?;
    far.disturb(fault, Frames::PerThousand(rate));
    let client = Client::connect(&far);
    let outcome = client.and_then(|client| client.echo(data, times).map(|()| client));
    let happened = far.calm();
    far.judge(outcome.and_then(Client::end))?;
    expect_true!(happened > 0 || rate < 200); // of few it may be none
    Ok(())
}

fn loss(wire: &mut Wire, seed: u64) -> Outcome {
    let data = pattern(PIECE);
    [0, 10, 50, 100, 200, 300]
        .into_iter()
        .try_for_each(|rate| transfer(wire, seed, (Fault::Loss, rate), (&data, 2)))
}

fn loss_of_small_pieces(wire: &mut Wire, seed: u64) -> Outcome {
    transfer(wire, seed, (Fault::Loss, 125), (b"piece", 40))
}

fn reordering(wire: &mut Wire, seed: u64) -> Outcome {
    transfer(wire, seed, (Fault::Reordering, 200), (&pattern(PIECE), 2))
}

fn duplication(wire: &mut Wire, seed: u64) -> Outcome {
    let data = pattern(PIECE);
    (0..3).try_for_each(|more| {
        transfer(wire, seed.wrapping_add(more), (Fault::Duplication, 1000), (&data, 2))
    })
}

fn corruption(wire: &mut Wire, seed: u64) -> Outcome {
    let data = pattern(PIECE);
    (0..3).try_for_each(|more| {
        transfer(wire, seed.wrapping_add(more), (Fault::Corruption, 200), (&data, 2))
    })
}

/// More frames than a side sends in a conversation.
const MOST_FRAMES: u32 = 64;

/// Lets this happen to each single frame of a conversation.
fn each(wire: &mut Wire, seed: u64, fault: Fault) -> Outcome {
    let far = acquainted(wire, seed)?;
    for side in [Side::Near, Side::Far] {
        for number in 0..MOST_FRAMES {
            far.disturb(fault, Frames::Only(side, number));
            let outcome = conversation(&far, b"question");
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
