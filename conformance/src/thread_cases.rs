//! Threads: one waits in a call, another one does something about it.
//!
//! No case sleeps: what happens meanwhile happens when the thread is seen to sleep in its call.

use std::thread;
use std::vec::Vec;

use berkeley::SendAllError;

use super::host::while_blocked;
use super::prelude::*;

const WAITING: Vary = Vary::WAITING.and(Vary::ROLE);

kernel_cases! {
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

fn receives(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let (received, sent) = while_blocked(|| near.recv(&mut [0; 8]), || far.sendall(b"data"))?;
    sent?;
    expect_eq!(received, Ok(4));
    let (received, closed) = while_blocked(|| near.recv(&mut [0; 8]), || far.close())?;
    closed?;
    expect_eq!(received, Ok(0));
    let Connection { near, far } = connection(lab, variant)?;
    let (received, closed) = while_blocked(|| near.recv(&mut [0; 8]), || reset(far))?;
    closed?;
    expect_error!(received, ECONNRESET);
    Ok(())
}

fn reading_ends(lab: &Kernel, variant: &Variant) -> Outcome {
    for how in [Shutdown::RD, Shutdown::RDWR] {
        let Connection { near, far: _far } = connection(lab, variant)?;
        let (received, ended) = while_blocked(|| near.recv(&mut [0; 8]), || near.shutdown(how))?;
        ended?;
        expect_eq!(received, Ok(0));
    }
    Ok(())
}

fn copy_is_closed(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let copy = near.dup()?;
    let (received, others) = while_blocked(
        || near.recv(&mut [0; 8]),
        || copy.close().and_then(|()| Ok(far.sendall(b"on")?)),
    )?;
    others?;
    expect_eq!(received, Ok(2));
    Ok(())
}

fn listening_ends(lab: &Kernel, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let (accepted, ended) =
        while_blocked(|| listener.accept().map(|_| ()), || listener.shutdown(Shutdown::RDWR))?;
    ended?;
    expect_error!(accepted, EINVAL);
    Ok(())
}

fn copy_of_listener_is_closed(lab: &Kernel, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let (copy, client) = (listener.dup()?, far_stream(lab, variant)?);
    let name = listener.getsockname()?;
    let (accepted, others) =
        while_blocked(|| listener.accept(), || copy.close().and_then(|()| client.connect(name)))?;
    others?;
    expect_true!(accepted?.1 == client.getsockname()?);
    Ok(())
}

/// A near socket, in the variant's mode, that has no room to send, and its peer.
fn full(lab: &Kernel, variant: &Variant) -> Result<Connection<Kernel>, Failure> {
    let Connection { mut near, far } = connection(lab, variant)?;
    fill(lab.near(), &mut near)?;
    near.settimeout(variant.mode.patient())?;
    Ok(Connection { near, far })
}

fn sending_is_reset(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near, far } = full(lab, variant)?;
    let (sent, closed) = while_blocked(|| near.sendall(&CHUNK), || reset(far))?;
    closed?;
    expect_error!(sent, ECONNRESET);
    Ok(())
}

fn sending_ends(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near, far: _far } = full(lab, variant)?;
    let (sent, ended) = while_blocked(|| near.sendall(&CHUNK), || near.shutdown(Shutdown::WR))?;
    ended?;
    expect_error!(sent, EPIPE);
    Ok(())
}

fn connecting_ends(lab: &Kernel, variant: &Variant) -> Outcome {
    let silent = silent(lab, variant)?;
    let near = near_stream(lab, variant)?;
    let (connected, ended) =
        while_blocked(|| near.connect(silent.address), || near.shutdown(Shutdown::RDWR))?;
    ended?;
    expect_error!(connected, ECONNRESET);
    Ok(())
}

/// How much is sent where it is shared by threads, in pieces of this length.
const PIECES: usize = 200;
const PIECE: usize = 5000;

fn two_readers(lab: &Kernel, variant: &Variant) -> Outcome {
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
    let (one, other) = thread::scope(|scope| {
        let readers = [scope.spawn(counted), scope.spawn(counted)];
        let sent = (0..PIECES).try_for_each(|piece| far.sendall(&[piece as u8; PIECE]));
        let ended = far.shutdown(Shutdown::WR);
        let [one, other] = readers.map(|reader| reader.join().unwrap_or(Err(Error::OVERFLOW)));
        sent?;
        ended?;
        Ok::<_, Error>((one?, other?))
    })?;
    let received: Vec<usize> = one.iter().zip(other).map(|(one, other)| one + other).collect();
    expect_true!(received[..PIECES].iter().all(|&count| count == PIECE));
    expect_eq!(received.iter().sum::<usize>(), PIECES * PIECE);
    Ok(())
}

fn two_writers(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let sends = |byte: u8| {
        let near = &near;
        move || (0..PIECES).try_for_each(|_| near.sendall(&[byte; PIECE]))
    };
    let mut counts = [0usize; 3];
    thread::scope(|scope| {
        let writers = [scope.spawn(sends(1)), scope.spawn(sends(2))];
        let mut buffer = [0; 4096];
        let mut left = 2 * PIECES * PIECE;
        while left > 0 {
            let count = far.recv(&mut buffer)?;
            if count == 0 {
                break;
            }
            buffer[..count].iter().for_each(|&byte| counts[usize::from(byte.min(2))] += 1);
            left -= count;
        }
        for writer in writers {
            writer.join().unwrap_or(Err(SendAllError { sent: 0, error: Error::OVERFLOW }))?;
        }
        Ok::<_, Error>(())
    })?;
    expect_eq!(counts, [0, PIECES * PIECE, PIECES * PIECE]);
    Ok(())
}

fn both_ways(lab: &Kernel, variant: &Variant) -> Outcome {
    const TURNS: usize = 512;
    let Connection { near, far } = connection(lab, variant)?;
    let sends = |socket: &Socket<Os>| (0..TURNS).try_for_each(|_| socket.sendall(&CHUNK));
    let receives = |socket: &Socket<Os>| {
        let (mut total, mut buffer) = (0, std::vec![0; 1 << 16]);
        while total < TURNS * CHUNK.len() {
            match socket.recv(&mut buffer)? {
                0 => break,
                count => total += count,
            }
        }
        Ok::<_, Error>(total)
    };
    let totals = thread::scope(|scope| {
        let writers = [scope.spawn(|| sends(&near)), scope.spawn(|| sends(&far))];
        let readers = [scope.spawn(|| receives(&near)), scope.spawn(|| receives(&far))];
        for writer in writers {
            writer.join().unwrap_or(Err(SendAllError { sent: 0, error: Error::OVERFLOW }))?;
        }
        let [one, other] = readers.map(|reader| reader.join().unwrap_or(Err(Error::OVERFLOW)));
        Ok::<_, Error>((one?, other?))
    })?;
    expect_eq!(totals, (TURNS * CHUNK.len(), TURNS * CHUNK.len()));
    Ok(())
}

fn options_meanwhile(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let change = || {
        near.set_option(NODELAY, true)?;
        near.set_option(KEEPALIVE, true)?;
        near.set_option(RECEIVE_BUFFER, 20_000)?;
        let found = (near.option(NODELAY)?, near.option(KEEPALIVE)?, near.getpeername()?);
        far.sendall(b"go on")?;
        Ok::<_, Error>(found)
    };
    let (received, found) = while_blocked(|| near.recv(&mut [0; 8]), change)?;
    let (nodelay, keepalive, peer) = found?;
    expect_eq!((nodelay, keepalive), (true, true));
    expect_true!(peer == far.getsockname()?);
    expect_eq!(received, Ok(5));
    Ok(())
}

fn timeout_meanwhile(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    // A copy, for nobody can change an object that another thread is using.
    let mut copy = near.dup()?;
    let change = || {
        for timeout in [Timeout::NonBlocking, Timeout::After(SHORT), Timeout::Blocking] {
            copy.settimeout(timeout)?;
        }
        copy.settimeout(SHORT)?;
        // This takes as long as the timeout that must not have become the other one's.
        let timed_out = copy.getpeername().and_then(|_| {
            let entries = &mut [PollEntry::new(copy.handle(), Readiness::READABLE)];
            lab.near().poll(entries, SHORT)
        });
        far.sendall(b"after all")?;
        timed_out
    };
    let (received, ready) = while_blocked(|| near.recv(&mut [0; 16]), change)?;
    expect_eq!(ready, Ok(0));
    expect_eq!(received, Ok(9));
    expect_eq!(near.gettimeout(), variant.mode.patient());
    Ok(())
}
