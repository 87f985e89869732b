//! Threads: one waits in a call, another one does something about it.
//!
//! No case sleeps: what happens meanwhile happens when the thread is seen to wait in its call.

use std::boxed::Box;
use std::vec;
use std::vec::Vec;

use berkeley::options::{KEEPALIVE, NODELAY};
use berkeley::{Address, Backend, Error, PollEntry, Readiness, Shutdown, Socket, Timeout};

use crate::case::{About, Case, Variant, Vary};
use crate::failure::{Failure, Outcome, expect_eq, expect_error, expect_true};
use crate::fixture::*;
use crate::labs::HostLab;
use crate::team::{SharedNetworks, Task, Team, at_once, while_blocked};

/// Defines `cases()`, the table of this group.
macro_rules! thread_cases {
    ($(
        $id:literal $run:ident, $vary:expr, [$($row:literal),* $(,)?],
        $source:literal,
        $sentence:literal;
    )*) => {
        /// The cases of this group, in order.
        pub(crate) const fn cases<L: HostLab>() -> &'static [Case<L>] {
            const {
                &[$(Case {
                    about: About::new($id, $vary, &[$($row),*], $source, $sentence),
                    run: |lab: &L, variant| lab.with_threads(|threads| $run(threads, variant)),
                }),*]
            }
        }
    };
}

const WAITING: Vary = Vary::WAITING.and(Vary::ROLE);

thread_cases! {
    "listen-22" one_client_for_each, Vary::FAMILY.and(Vary::WAITING), ["S01", "T05"],
        "POSIX threads; accept(2)",
        "As many threads as clients accept from one listener: each client is for one of them.";
    "threads-01" receives, WAITING, ["S32", "S02"],
        "POSIX recv",
        "What the peer does wakes a receive: data, the end, a reset.";
    "threads-02" reading_ends, WAITING, ["S51", "S49"],
        "measured, cases.md threads-02",
        "Ending the reading half in another thread ends a receive that waits.";
    "threads-03" copy_is_closed, WAITING, ["S05", "S09"],
        "Linux: close(2), Multithreaded processes",
        "Closing a copy disturbs nobody: a receive goes on and gets what comes.";
    "threads-04" listening_ends, Vary::FAMILY.and(Vary::WAITING), ["S51"],
        "measured, python-socket.md S51",
        "Shutting a listener down ends an accept that waits.";
    "threads-05" copy_of_listener_is_closed, Vary::FAMILY.and(Vary::WAITING), ["S05", "S09"],
        "Linux: close(2), Multithreaded processes",
        "Closing a copy of a listener disturbs nobody: the next client is accepted.";
    "threads-06" sending_is_reset, WAITING, ["S39"],
        "POSIX send",
        "A reset by the peer ends a sendall that waits for room.";
    "threads-07" sending_ends, WAITING, ["S39", "S50"],
        "measured, cases.md threads-07",
        "Ending the writing half in another thread breaks a sendall that waits.";
    "threads-08" connecting_ends, Vary::FAMILY.and(Vary::WAITING), ["S10", "S51"],
        "measured, cases.md threads-08",
        "Shutting a socket down ends a connect that waits.";
    "threads-09" two_readers, WAITING, ["S32"],
        "POSIX recv: each byte once",
        "Two threads that receive from one socket get each byte once.";
    "threads-10" two_writers, WAITING, ["S37", "S39"],
        "POSIX send",
        "What two threads send over one socket arrives as a whole, whatever the order.";
    "threads-11" both_ways, WAITING, ["S32", "S39"],
        "POSIX send, recv",
        "One thread sends and another receives over one socket, more than all buffers hold.";
    "threads-12" options_meanwhile, WAITING, ["S19"],
        "POSIX setsockopt",
        "Options can be set and asked while another thread waits, which then goes on.";
    "threads-13" timeout_meanwhile, Vary::WAITING.and(Vary::ROLE), ["S43", "T07"],
        "measured, cases.md timeout-15",
        "A timeout that is set on a copy meanwhile is for later calls, not for the one that waits.";
}

fn one_client_for_each<L: SharedNetworks>(lab: &L, variant: &Variant) -> Outcome {
    const COUNT: usize = 8;
    let listener = near_listener(lab, variant, 1)?;
    let name = listener.getsockname()?;
    let clients = (0..COUNT).map(|_| far_stream(lab, variant)).collect::<Result<Vec<_>, _>>()?;
    let accepts = || listener.accept().map(|(_, peer)| Some(peer));
    // One client after the other: each wakes all threads, and one of them gets it.
    let team = lab.team();
    let connects = || {
        team.until_others_wait();
        clients.iter().try_for_each(|client| client.connect(name))?;
        Ok(None)
    };
    let mut tasks: Vec<Task<'_, Result<Option<Address>, Error>>> = vec![Box::new(connects)];
    tasks.extend((0..COUNT).map(|_| Box::new(accepts) as Task<'_, _>));
    let peers = at_once(team, tasks).into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut peers: Vec<Address> = peers.into_iter().flatten().collect();
    for client in &clients {
        let name = client.getsockname()?;
        let place = peers.iter().position(|peer| *peer == name);
        let peer = peers.swap_remove(place.unwrap_or(0));
        expect_eq!(peer, name);
    }
    Ok(())
}

fn receives(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let (received, sent) =
        while_blocked(lab.team(), || near.recv(&mut [0; 8]), || far.sendall(b"data"))?;
    sent?;
    expect_eq!(received, Ok(4));
    let (received, closed) = while_blocked(lab.team(), || near.recv(&mut [0; 8]), || far.close())?;
    closed?;
    expect_eq!(received, Ok(0));
    let Connection { near, far } = connection(lab, variant)?;
    let (received, closed) = while_blocked(lab.team(), || near.recv(&mut [0; 8]), || reset(far))?;
    closed?;
    expect_error!(received, ECONNRESET);
    Ok(())
}

fn reading_ends(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    for how in [Shutdown::RD, Shutdown::RDWR] {
        let Connection { near, far: _far } = connection(lab, variant)?;
        let (received, ended) =
            while_blocked(lab.team(), || near.recv(&mut [0; 8]), || near.shutdown(how))?;
        ended?;
        expect_eq!(received, Ok(0));
    }
    Ok(())
}

fn copy_is_closed(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let copy = near.dup()?;
    let (received, others) = while_blocked(
        lab.team(),
        || near.recv(&mut [0; 8]),
        || copy.close().and_then(|()| Ok(far.sendall(b"on")?)),
    )?;
    others?;
    expect_eq!(received, Ok(2));
    Ok(())
}

fn listening_ends(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let (accepted, ended) = while_blocked(
        lab.team(),
        || listener.accept().map(|_| ()),
        || listener.shutdown(Shutdown::RDWR),
    )?;
    ended?;
    expect_error!(accepted, EINVAL);
    Ok(())
}

fn copy_of_listener_is_closed(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let (copy, client) = (listener.dup()?, far_stream(lab, variant)?);
    let name = listener.getsockname()?;
    let (accepted, others) = while_blocked(
        lab.team(),
        || listener.accept(),
        || copy.close().and_then(|()| client.connect(name)),
    )?;
    others?;
    expect_true!(accepted?.1 == client.getsockname()?);
    Ok(())
}

/// A near socket, in the variant's mode, that has no room to send, and its peer.
fn full<L: SharedNetworks>(lab: &L, variant: &Variant) -> Result<Connection<L>, Failure> {
    let Connection { mut near, far } = connection(lab, variant)?;
    fill(lab.near(), &mut near)?;
    near.settimeout(variant.mode.patient())?;
    Ok(Connection { near, far })
}

fn sending_is_reset(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    let Connection { near, far } = full(lab, variant)?;
    let (sent, closed) = while_blocked(lab.team(), || near.sendall(&CHUNK), || reset(far))?;
    closed?;
    expect_error!(sent, ECONNRESET);
    Ok(())
}

fn sending_ends(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    let Connection { near, far: _far } = full(lab, variant)?;
    let (sent, ended) =
        while_blocked(lab.team(), || near.sendall(&CHUNK), || near.shutdown(Shutdown::WR))?;
    ended?;
    expect_error!(sent, EPIPE);
    Ok(())
}

fn connecting_ends(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    let silent = silent(lab, variant)?;
    let near = near_stream(lab, variant)?;
    let (connected, ended) = while_blocked(
        lab.team(),
        || near.connect(silent.address),
        || near.shutdown(Shutdown::RDWR),
    )?;
    ended?;
    expect_error!(connected, ECONNRESET);
    Ok(())
}

/// How much is sent where it is shared by threads, in pieces of this length.
const PIECES: usize = 200;
const PIECE: usize = 5000;

fn two_readers(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    // Of each byte value as many arrive as were sent.
    let counted = || {
        let (mut counts, mut buffer) = ([0usize; 256], [0; 4096]);
        loop {
            match near.recv(&mut buffer)? {
                0 => return Ok::<_, Error>(counts),
                count => buffer[..count].iter().for_each(|&byte| counts[usize::from(byte)] += 1),
            }
        }
    };
    let sends = || {
        (0..PIECES).try_for_each(|piece| far.sendall(&[piece as u8; PIECE]))?;
        far.shutdown(Shutdown::WR).map(|()| [0; 256])
    };
    let tasks: Vec<Task<'_, _>> = vec![Box::new(counted), Box::new(counted), Box::new(sends)];
    let counts = at_once(lab.team(), tasks).into_iter().collect::<Result<Vec<_>, _>>()?;
    let sum = |byte: usize| counts.iter().map(|counts| counts[byte]).sum::<usize>();
    let received: Vec<usize> = (0..256).map(sum).collect();
    expect_true!(received[..PIECES].iter().all(|&count| count == PIECE));
    expect_eq!(received.iter().sum::<usize>(), PIECES * PIECE);
    Ok(())
}

fn two_writers(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let sends = |byte: u8| (0..PIECES).try_for_each(|_| near.sendall(&[byte; PIECE]));
    let counted = || {
        let (mut counts, mut buffer, mut left) = ([0; 3], [0; 4096], 2 * PIECES * PIECE);
        while left > 0 {
            let count = far.recv(&mut buffer)?;
            if count == 0 {
                break;
            }
            buffer[..count].iter().for_each(|&byte| counts[usize::from(byte.min(2))] += 1);
            left -= count;
        }
        Ok(counts)
    };
    let nothing = |()| [0; 3];
    let tasks: Vec<Task<'_, Result<[usize; 3], Error>>> = vec![
        Box::new(counted),
        Box::new(|| Ok(sends(1).map(nothing)?)),
        Box::new(|| Ok(sends(2).map(nothing)?)),
    ];
    let outcomes = at_once(lab.team(), tasks).into_iter().collect::<Result<Vec<_>, _>>()?;
    let counts = outcomes[0];
    expect_eq!(counts, [0, PIECES * PIECE, PIECES * PIECE]);
    Ok(())
}

fn both_ways<L: SharedNetworks>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let tasks: Vec<Task<'_, Result<usize, Error>>> = vec![
        Box::new(|| sends(&near, L::MUCH)),
        Box::new(|| sends(&far, L::MUCH)),
        Box::new(|| receives_all(&near, L::MUCH)),
        Box::new(|| receives_all(&far, L::MUCH)),
    ];
    let totals = at_once(lab.team(), tasks).into_iter().collect::<Result<Vec<_>, _>>()?;
    expect_eq!((totals[2], totals[3]), (L::MUCH, L::MUCH));
    Ok(())
}

/// Sends so many bytes, and says how many.
fn sends<B: Backend + Clone>(socket: &Socket<B>, length: usize) -> Result<usize, Error> {
    for _ in 0..length / CHUNK.len() {
        socket.sendall(&CHUNK)?;
    }
    Ok(length)
}

/// Receives so many bytes, or fewer until the end, and says how many.
fn receives_all<B: Backend + Clone>(socket: &Socket<B>, length: usize) -> Result<usize, Error> {
    let (mut total, mut buffer) = (0, vec![0; 1 << 16]);
    while total < length {
        match socket.recv(&mut buffer)? {
            0 => break,
            count => total += count,
        }
    }
    Ok(total)
}

fn options_meanwhile(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let change = || {
        near.set_option(NODELAY, true)?;
        near.set_option(KEEPALIVE, true)?;
        let found = (near.option(NODELAY)?, near.option(KEEPALIVE)?, near.getpeername()?);
        far.sendall(b"go on")?;
        Ok::<_, Error>(found)
    };
    let (received, found) = while_blocked(lab.team(), || near.recv(&mut [0; 8]), change)?;
    let (nodelay, keepalive, peer) = found?;
    expect_eq!((nodelay, keepalive), (true, true));
    expect_true!(peer == far.getsockname()?);
    expect_eq!(received, Ok(5));
    Ok(())
}

fn timeout_meanwhile(lab: &impl SharedNetworks, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    // A copy, for nobody can change an object that another thread is using.
    let (mut copy, net) = (near.dup()?, lab.near());
    let change = || {
        for timeout in [Timeout::NonBlocking, Timeout::After(SHORT), Timeout::Blocking] {
            copy.settimeout(timeout)?;
        }
        copy.settimeout(SHORT)?;
        // This takes as long as the timeout that must not have become the other one's.
        let timed_out = copy.getpeername().and_then(|_| {
            let entries = &mut [PollEntry::new(copy.handle(), Readiness::READABLE)];
            net.poll(entries, SHORT)
        });
        far.sendall(b"after all")?;
        timed_out
    };
    let (received, ready) = while_blocked(lab.team(), || near.recv(&mut [0; 16]), change)?;
    expect_eq!(ready, Ok(0));
    expect_eq!(received, Ok(9));
    expect_eq!(near.gettimeout(), variant.mode.patient());
    Ok(())
}
