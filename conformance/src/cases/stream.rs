//! Send and receive on streams: bytes without boundaries, the end, and errors in their order.

use super::prelude::*;
use crate::case::Size;
use crate::peer::{FAR_SEED, NEAR_SEED, Pattern, Peer, Receipt, Script};

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);
const EVERY_WAY: Vary = Vary::FAMILY.and(Vary::MODE).and(Vary::ROLE);

cases! {
    "stream-01" a_part, EVERY_WAY, ["S32", "S36", "G03"],
        "POSIX recv",
        "A short buffer takes a part, and the rest stays.";
    "stream-02" no_boundaries, BOTH_WAYS, ["S32", "S39"],
        "RFC 9293 3.9.1: a stream of octets",
        "Two writes arrive as the same bytes, in pieces of any size.";
    "stream-03" peek, EVERY_WAY, ["K09"],
        "POSIX recv: MSG_PEEK",
        "Peeking shows the same bytes again and again, and leaves them.";
    "stream-04" nothing_received, EVERY_WAY, ["S32", "S36"],
        "measured, python-socket.md 3.9",
        "Receiving into nothing says 0 at once, in every state.";
    "stream-05" nothing_sent, BOTH_WAYS, ["S37", "S39"],
        "measured, python-socket.md 3.9",
        "Sending nothing says 0, and the peer sees nothing.";
    "stream-06" the_end, EVERY_WAY, ["S32", "S05"],
        "POSIX recv: 0",
        "After the end comes the end, also when the whole connection is gone.";
    "stream-07" sent_to_nobody, BOTH_WAYS, ["X07", "S37"],
        "measured, python-socket.md 3.8",
        "The first send after the peer closed is accepted, later ones break.";
    "stream-08" reset_received, EVERY_WAY, ["X07", "S32"],
        "POSIX recv: ECONNRESET; measured, python-socket.md 3.8",
        "A reset is told once by recv, then comes the end.";
    "stream-09" reset_sent, BOTH_WAYS, ["X07", "S37"],
        "POSIX send: ECONNRESET, EPIPE; measured, python-socket.md 3.8",
        "A reset is told once by send, then the pipe is broken.";
    "stream-10" reset_asked, BOTH_WAYS, ["S19"],
        "POSIX getsockopt: SO_ERROR; measured, python-socket.md 3.8",
        "A reset is told once by SO_ERROR.";
    "stream-11" data_then_reset, BOTH_WAYS, ["X07", "S32"],
        "measured, python-socket.md 3.8",
        "What came before a reset is delivered before it.";
    "stream-12" never_connected, Vary::FAMILY.and(Vary::MODE), ["S37", "S41"],
        "measured, python-socket.md S37",
        "A stream that was never connected neither sends nor receives.";
    "stream-13" address_ignored, BOTH_WAYS, ["S41"],
        "measured, python-socket.md S41",
        "A connected stream ignores the address of sendto.";
    "stream-14" no_sender, BOTH_WAYS, ["S34", "S35"],
        "measured, python-socket.md S34",
        "A stream tells no sender.";
    "stream-15" full, BOTH_WAYS, ["S38", "S40", "S44", "T04", "X07"],
        "POSIX send: O_NONBLOCK",
        "Without waiting, what fits is taken and the rest would block.";
    "stream-16" room_again, BOTH_WAYS, ["S38", "S15"],
        "POSIX poll",
        "When the peer has read there is room again.";
    "stream-17" more_than_fits, BOTH_WAYS, ["S37", "S45", "T03"],
        "POSIX send: blocks until there is room",
        "A blocking send of more than all buffers returns when all is taken.";
    "stream-18" not_this_time, BOTH_WAYS, ["K09"],
        "Linux recv(2): MSG_DONTWAIT",
        "MSG_DONTWAIT on a blocking socket does not wait.";
    "stream-19" wait_for_all, BOTH_WAYS, ["K09"],
        "POSIX recv: MSG_WAITALL; measured, python-socket.md 3.1",
        "MSG_WAITALL waits for all, the end, or with a timeout for what is there.";
    "stream-21" no_urgent_data, BOTH_WAYS, ["K09"],
        "Linux recv(2): MSG_OOB",
        "Receiving out-of-band data is invalid when there is none.";
    "stream-22" unknown_flags, BOTH_WAYS, ["K09"],
        "POSIX send, recv: EOPNOTSUPP",
        "A flag that does not exist is refused, and nothing is sent or received.";
    "stream-24" too_many_bytes, BOTH_WAYS, ["S36", "S35", "X08"],
        "Python manual: recv_into",
        "More bytes than the buffer has room for is a wrong value.";
    "stream-26" transfer, BOTH_WAYS.and(Vary::SIZE), ["S07", "S39", "S50"],
        "RFC 9293 3.8: reliable, in order",
        "Much is transferred without a difference, in pieces of odd sizes.";
    "stream-27" both_at_once, BOTH_WAYS, ["S38", "S15"],
        "RFC 9293 3.9.1: full duplex",
        "Both sides send much at once and neither waits for ever.";
    "stream-29" closed_window, Vary::FAMILY, [],
        "RFC 9293 3.8.6.1: zero-window probing",
        "A peer that reads nothing for long is asked for room, and gets the rest when it reads.";
    "stream-30" byte_by_byte, EVERY_WAY, ["S32"],
        "POSIX recv",
        "A buffer of one byte works.";
}

fn a_part<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    far.sendall(b"0123456789")?;
    let mut buffer = [b'-'; 8];
    expect_eq!(receive(lab.near(), &near, &mut buffer[..4])?, 4);
    expect_eq!(buffer, *b"0123----"); // not beyond what was asked for
    expect_eq!(near.recv_into(&mut buffer, 2, MessageFlags::NONE)?, 2);
    expect_eq!(buffer, *b"4523----");
    expect_bytes(lab.near(), &near, b"6789")
}

fn no_boundaries<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    near.sendall(b"one, ")?;
    near.sendall(b"two")?;
    expect_bytes(lab.far(), &far, b"one, two")?;
    far.sendall(b"three, ")?;
    far.sendall(b"four")?;
    expect_bytes(lab.near(), &near, b"three, four")
}

fn peek<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    far.sendall(b"look")?;
    for most in [4, 2, 4] {
        let mut buffer = [0; 4];
        let count = receive_with(lab.near(), &near, &mut buffer[..most], MessageFlags::PEEK)?;
        expect_eq!(count, most);
        expect_eq!(buffer[..most], b"look"[..most]);
    }
    expect_bytes(lab.near(), &near, b"look")
}

fn nothing_received<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    expect_eq!(near_stream(lab, variant)?.recv(&mut []), Ok(0)); // never connected
    let Connection { near, far } = connection(lab, variant)?;
    expect_eq!(near.recv(&mut []), Ok(0));
    far.sendall(b"data")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(near.recv(&mut []), Ok(0));
    expect_eq!(near.recv_into(&mut [], 0, MessageFlags::PEEK), Ok(0));
    expect_bytes(lab.near(), &near, b"data")
}

fn nothing_sent<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    expect_eq!(near.send(b"")?, 0);
    near.sendall(b"")?;
    stays_quiet(lab.far(), &far, Readiness::READABLE)?;
    // One attempt is made all the same.
    expect_error!(near_stream(lab, variant)?.sendall(b""), EPIPE);
    Ok(())
}

fn the_end<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    far.sendall(b"last")?;
    far.shutdown(Shutdown::WR)?;
    expect_bytes(lab.near(), &near, b"last")?;
    expect_end(lab.near(), &near)?;
    expect_end(lab.near(), &near)?;
    near.shutdown(Shutdown::WR)?;
    expect_end(lab.far(), &far)?;
    expect_end(lab.near(), &near)
}

fn sent_to_nobody<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    far.close()?;
    expect_end(lab.near(), &near)?;
    expect_eq!(near.send(b"hello?")?, 6);
    wait_for(lab.near(), &near, Readiness::NONE)?; // until the answer, a reset
    expect_error!(near.send(b"hello?"), EPIPE);
    expect_error!(near.send(b"hello?"), EPIPE);
    expect_end(lab.near(), &near)
}

fn reset_received<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    lab.later(SHORT, Step::far(far, Action::Reset));
    expect_error!(receive(lab.near(), &near, &mut [0; 8]), ECONNRESET);
    expect_end(lab.near(), &near)?;
    expect_end(lab.near(), &near)?;
    expect_error!(near.send(b"x"), EPIPE);
    Ok(())
}

fn reset_sent<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    reset(far)?;
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_error!(near.send(b"x"), ECONNRESET);
    expect_error!(near.send(b"x"), EPIPE);
    expect_end(lab.near(), &near)
}

fn reset_asked<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    expect_eq!(near.option(ERROR)?, None);
    reset(far)?;
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_eq!(near.option(ERROR)?, Some(Error::from(Errno::ECONNRESET)));
    expect_eq!(near.option(ERROR)?, None);
    expect_end(lab.near(), &near)?;
    expect_error!(near.send(b"x"), EPIPE);
    Ok(())
}

fn data_then_reset<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    far.sendall(b"before")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    reset(far)?;
    wait_for(lab.near(), &near, Readiness::NONE)?;
    expect_bytes(lab.near(), &near, b"before")?;
    expect_error!(near.recv(&mut [0; 8]), ECONNRESET);
    expect_end(lab.near(), &near)
}

fn never_connected<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let near = near_stream(lab, variant)?;
    expect_error!(near.send(b"x"), EPIPE);
    expect_error!(near.recv(&mut [0; 8]), ENOTCONN);
    expect_error!(near.sendto(b"x", far_any(lab, variant)?.with_port(9)), EPIPE);
    expect_error!(near.recvfrom(&mut [0; 8]), ENOTCONN);
    Ok(())
}

fn address_ignored<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let elsewhere = far_deaf(lab, variant)?;
    expect_eq!(near.sendto(b"to the peer", elsewhere.getsockname()?)?, 11);
    expect_bytes(lab.far(), &far, b"to the peer")
}

fn no_sender<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    far.sendall(b"from whom?")?;
    let mut buffer = [0; 16];
    expect_eq!(near.recvfrom_into(&mut buffer, 5, MessageFlags::NONE)?, (5, None));
    expect_eq!(near.recvfrom(&mut buffer)?, (5, None));
    Ok(())
}

fn full<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far: _far } = connection(lab, variant)?;
    expect_true!(fill(lab.near(), &mut near)? > 0);
    expect_error!(near.send(b"x"), EAGAIN);
    let failed = near.sendall(&CHUNK).err().map(|failed| (failed.sent, failed.error));
    expect_eq!(failed, Some((0, Error::from(Errno::EAGAIN))));
    expect_eq!(readiness(lab.near(), &near)?, Readiness::NONE);
    Ok(())
}

fn room_again<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let sent = fill(lab.near(), &mut near)?;
    read_all(&far, sent)?;
    wait_for(lab.near(), &near, Readiness::WRITABLE)?;
    expect_true!(near.send(b"more")? > 0);
    expect_bytes(lab.far(), &far, b"more")
}

/// Reads so many bytes, in pieces of any size.
fn read_all<B: Backend + Clone>(socket: &Socket<B>, count: u64) -> Outcome {
    let mut received = 0;
    let mut buffer = [0; 2048];
    while received < count {
        match socket.recv(&mut buffer)? {
            0 => return Err(Failure::new("recv", format_args!("the end after {received}"))),
            more => received += more as u64,
        }
    }
    Ok(())
}

fn more_than_fits<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let before = fill(lab.near(), &mut near)?;
    near.setblocking(true)?;
    lab.accompany(Peer::new(far, Script::Drain)?);
    expect_eq!(near.send(&CHUNK)?, CHUNK.len());
    near.shutdown(Shutdown::WR)?;
    let mut expected = Receipt::default();
    for _ in 0..(before + CHUNK.len() as u64) {
        expected.add(b".");
    }
    expect_bytes(lab.near(), &near, &expected.to_bytes())
}

fn not_this_time<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    expect_error!(near.recv_into(&mut [0; 8], 0, MessageFlags::DONTWAIT), EAGAIN);
    far.sendall(b"now")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(near.recv_into(&mut [0; 8], 0, MessageFlags::DONTWAIT)?, 3);
    expect_true!(near.getblocking());
    Ok(())
}

fn wait_for_all<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let mut buffer = [0; 10];
    far.sendall(b"01234")?;
    lab.later(SHORT, Step::far(second_handle(&far)?, Action::Send(b"56789")));
    expect_eq!(near.recv_into(&mut buffer, 0, MessageFlags::WAITALL)?, 10);
    expect_eq!(buffer, *b"0123456789");

    far.sendall(b"short")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    near.settimeout(LONG)?;
    expect_eq!(near.recv_into(&mut buffer, 0, MessageFlags::WAITALL)?, 5);

    near.setblocking(true)?;
    far.sendall(b"end")?;
    far.shutdown(Shutdown::WR)?;
    expect_eq!(near.recv_into(&mut buffer, 0, MessageFlags::WAITALL)?, 3);
    expect_end(lab.near(), &near)
}

fn no_urgent_data<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    expect_error!(near.recv_into(&mut [0; 8], 0, MessageFlags::OOB), EINVAL);
    far.sendall(b"data")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_error!(near.recv_into(&mut [0; 8], 0, MessageFlags::OOB), EINVAL);
    expect_bytes(lab.near(), &near, b"data")
}

fn unknown_flags<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let unknown = MessageFlags(1 << 28);
    far.sendall(b"data")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_error!(near.recv_into(&mut [0; 8], 0, unknown), EOPNOTSUPP);
    expect_error!(near.recvmsg(&mut [0; 8], &mut [], unknown), EOPNOTSUPP);
    expect_error!(near.send_with(b"x", unknown), EOPNOTSUPP);
    expect_error!(near.sendmsg(&[b"x"], &[], unknown), EOPNOTSUPP);
    expect_bytes(lab.near(), &near, b"data")?;
    stays_quiet(lab.far(), &far, Readiness::READABLE)
}

fn too_many_bytes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    far.sendall(b"data")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    let wrong = Err(Error::INVALID_VALUE);
    expect_eq!(near.recv_into(&mut [0; 2], 3, MessageFlags::NONE), wrong);
    expect_eq!(near.recvfrom_into(&mut [0; 2], 3, MessageFlags::NONE).map(|got| got.0), wrong);
    expect_bytes(lab.near(), &near, b"data") // before anything was received
}

fn transfer<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let connected = connection(lab, variant)?;
    send_much(lab, connected, variant.size.bytes())?;
    let connected = connection(lab, variant)?;
    receive_much(lab, connected, variant.size.bytes())
}

fn both_at_once<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.setblocking(false)?;
    let size = Size::Medium.bytes();
    lab.accompany(Peer::new(far, Script::Exchange(size))?);
    let (mut outgoing, mut incoming) = (Pattern::new(NEAR_SEED), Pattern::new(FAR_SEED));
    let mut expected = Receipt::default();
    let (mut to_send, mut to_receive) = (size, size);
    let (mut block, mut sent, mut filled) = ([0; 2048], 0, 0);
    let mut buffer = [0; 2048];
    while to_receive > 0 || to_send > 0 || sent < filled {
        let mut interest = Readiness::NONE;
        if to_receive > 0 {
            interest |= Readiness::READABLE;
        }
        if to_send > 0 || sent < filled {
            interest |= Readiness::WRITABLE;
        }
        let ready = wait_for(lab.near(), &near, interest)?;
        if ready.contains(Readiness::WRITABLE) && interest.contains(Readiness::WRITABLE) {
            if sent == filled {
                (sent, filled) = (0, block.len().min(usize::try_from(to_send).unwrap_or(2048)));
                outgoing.fill(&mut block[..filled]);
                expected.add(&block[..filled]);
                to_send -= filled as u64;
            }
            sent += near.send(&block[sent..filled])?;
            if to_send == 0 && sent == filled {
                near.shutdown(Shutdown::WR)?;
            }
        }
        if ready.contains(Readiness::READABLE) && to_receive > 0 {
            let most = buffer.len().min(usize::try_from(to_receive).unwrap_or(2048));
            let count = near.recv(&mut buffer[..most])?;
            let wrong = incoming.check(&buffer[..count]);
            if count == 0 || wrong.is_some() {
                let found = format_args!("{count} bytes, a difference at {wrong:?}");
                return Err(Failure::new("received", found));
            }
            to_receive -= count as u64;
        }
    }
    expect_bytes(lab.near(), &near, &expected.to_bytes())?;
    expect_end(lab.near(), &near)
}

fn closed_window<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    /// Long enough for two probes, of which the first comes after a second at the latest.
    const PROBED: Duration = Duration::from_millis(3500);
    let Connection { mut near, far } = connection(lab, variant)?;
    let sent = fill(lab.near(), &mut near)?;
    let mut entries = [PollEntry::new(near.handle(), Readiness::WRITABLE)];
    expect_eq!(lab.near().poll(&mut entries, PROBED)?, 0);
    read_all(&far, sent)?;
    near.settimeout(LONG)?;
    near.sendall(b"more")?;
    expect_bytes(lab.far(), &far, b"more")
}

fn byte_by_byte<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let (mut data, mut pattern) = ([0; 300], Pattern::new(FAR_SEED));
    pattern.fill(&mut data);
    far.sendall(&data)?;
    let mut received = [0; 300];
    for byte in received.chunks_mut(1) {
        expect_eq!(receive(lab.near(), &near, byte)?, 1);
    }
    expect_eq!(received, data);
    Ok(())
}
