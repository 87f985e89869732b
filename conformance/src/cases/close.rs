//! Close: what is still delivered, what is reset, and what is left of a closed socket.

use core::task::{Context, Poll, Waker};

use super::prelude::*;
use berkeley::{OptionLevel, Patience};

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);

cases! {
    "close-01" delivers, BOTH_WAYS, ["S05", "S07"],
        "RFC 9293 3.9.1: close; Python manual: close",
        "What was sent before closing is delivered, then comes the end.";
    "close-02" unread, BOTH_WAYS, ["S07"],
        "RFC 2525 2.17; RFC 9293 3.6",
        "Closing with unread data resets the connection.";
    "close-03" without_lingering, BOTH_WAYS, ["S19", "S48"],
        "POSIX SO_LINGER; Linux: 0 seconds reset",
        "Lingering for 0 seconds resets; what had arrived stays readable before.";
    "close-04" lingers_in_vain, Vary::NOTHING, ["S19", "S48"],
        "POSIX SO_LINGER; measured on Linux",
        "Closing waits for a peer that does not read as long as it lingers, in every mode.";
    "close-05" lingers_briefly, BOTH_WAYS, ["S07", "S48"],
        "POSIX SO_LINGER",
        "Closing does not wait longer than for the acknowledgement of what was sent.";
    "close-06" closed, Vary::FAMILY, ["S06"],
        "POSIX: EBADF",
        "Every verb on a handle that refers to nothing says EBADF.";
    "close-07" drops, BOTH_WAYS, ["S08", "F08"],
        "Python manual: close; Rust: Drop",
        "Dropping a socket closes it.";
    "close-09" who_remembers, Vary::FAMILY, ["E07"],
        "RFC 9293 3.6: TIME-WAIT; measured on Linux",
        "Only the side that closes first keeps its port for a while.";
    "close-11" one_of_two, BOTH_WAYS, ["S09"],
        "POSIX close: the last descriptor",
        "Closing one of two handles leaves the connection alone.";
    "close-12" detached, BOTH_WAYS, ["S14", "F35", "F37"],
        "Python manual: detach, fromfd",
        "A detached handle stays open and makes a socket again.";
}

fn delivers<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let sent = fill(lab.near(), &mut near)?;
    near.close()?;
    let (mut received, mut buffer) = (0, [0; 2048]);
    loop {
        match far.recv(&mut buffer)? {
            0 => break,
            count => received += count as u64,
        }
    }
    expect_true!(received == sent); // how much that is depends on the host
    expect_end(lab.far(), &far)
}

fn unread<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    far.sendall(b"never read")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    near.close()?;
    expect_error!(far.recv(&mut [0; 8]), ECONNRESET);
    Ok(())
}

fn without_lingering<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    near.sendall(b"arrived")?;
    wait_for(lab.far(), &far, Readiness::READABLE)?;
    // Two numbers: one alone is too short.
    let one = 1i32.to_ne_bytes();
    expect_error!(near.setsockopt_bytes(OptionLevel::SOCKET, SO_LINGER, &one), EINVAL);
    expect_eq!(near.getsockopt(OptionLevel::SOCKET, SO_LINGER)?, 0);
    near.set_option(LINGER, Some(Duration::ZERO))?;
    expect_eq!(near.option(LINGER)?, Some(Duration::ZERO));
    expect_eq!(near.getsockopt(OptionLevel::SOCKET, SO_LINGER)?, 1);
    near.close()?;
    wait_for(lab.far(), &far, Readiness::NONE)?;
    expect_bytes(lab.far(), &far, b"arrived")?;
    expect_error!(far.recv(&mut [0; 8]), ECONNRESET);
    Ok(())
}

fn lingers_in_vain<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let sent = fill(lab.near(), &mut near)?; // in non-blocking mode from here on
    let second = Duration::from_secs(1); // the least that can be said
    near.set_option(LINGER, Some(second))?;
    let watch = Stopwatch::start(lab.near());
    near.close()?;
    watch.expect(lab.near(), second)?;
    // What is left goes on its way.
    let (mut received, mut buffer) = (0, [0; 2048]);
    loop {
        match far.recv(&mut buffer)? {
            0 => break,
            count => received += count as u64,
        }
    }
    expect_true!(received == sent);
    Ok(())
}

fn lingers_briefly<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    near.set_option(LINGER, Some(LONG))?;
    near.sendall(b"bye")?;
    let watch = Stopwatch::start(lab.near());
    near.close()?;
    watch.expect_less(lab.near(), LONG)?;
    expect_bytes(lab.far(), &far, b"bye")?;
    expect_end(lab.far(), &far)
}

fn closed<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let (backend, address) = (lab.near().backend(), far_any(lab, variant)?.with_port(9));
    let (handle, none) = (backend.closed(), MessageFlags::NONE);
    let (level, name) = (OptionLevel::SOCKET, SO_TYPE);
    expect_error!(backend.retain(&handle), EBADF);
    expect_error!(backend.set_nonblocking(&handle, true), EBADF);
    expect_error!(backend.bind(&handle, &address), EBADF);
    expect_error!(backend.listen(&handle, 1), EBADF);
    expect_error!(backend.shutdown(&handle, Shutdown::RDWR), EBADF);
    expect_error!(backend.getsockname(&handle), EBADF);
    expect_error!(backend.getpeername(&handle), EBADF);
    expect_error!(backend.getsockopt(&handle, level, name, &mut [0; 4]), EBADF);
    expect_error!(backend.setsockopt(&handle, level, SO_REUSEADDR, &[0; 4]), EBADF);
    for patience in [Patience::Never, Patience::Forever] {
        expect_error!(backend.accept(&handle, patience, false), EBADF);
        expect_error!(backend.connect(&handle, &address, patience), EBADF);
        expect_error!(backend.recv(&handle, &mut [0; 8], none, patience), EBADF);
        expect_error!(backend.recvfrom(&handle, &mut [0; 8], none, patience), EBADF);
        expect_error!(backend.send(&handle, b"x", none, patience), EBADF);
        expect_error!(backend.sendto(&handle, b"x", none, &address, patience), EBADF);
        expect_error!(backend.close(backend.closed(), patience), EBADF);
    }
    // Waiting for it ends at once and says why.
    let mut entries = [PollEntry::new(&handle, Readiness::READABLE)];
    expect_eq!(backend.wait(&mut entries, None), Ok(1));
    expect_eq!(entries[0].ready, Readiness::INVALID);
    let mut context = Context::from_waker(Waker::noop());
    expect_eq!(backend.poll_wait(&mut context, &mut entries, None), Poll::Ready(Ok(1)));
    expect_eq!(entries[0].ready, Readiness::INVALID);
    Ok(())
}

fn drops<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    near.sendall(b"bye")?;
    drop(near);
    expect_bytes(lab.far(), &far, b"bye")?;
    expect_end(lab.far(), &far)
}

fn who_remembers<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    let client = far_deaf(lab, variant)?;
    client.connect(listener.getsockname()?)?;
    let (first, second) = (client.getsockname()?, listener.getsockname()?);
    let (accepted, _) = listener.accept()?;
    client.shutdown(Shutdown::WR)?;
    expect_end(lab.near(), &accepted)?;
    accepted.close()?;
    expect_end(lab.far(), &client)?;
    client.close()?;
    listener.close()?;
    expect_error!(far_stream(lab, variant)?.bind(first), EADDRINUSE);
    // The last acknowledgement may be on its way still.
    let (successor, idle) = (near_stream(lab, variant)?, near_datagram(lab, variant)?);
    let watch = Stopwatch::start(lab.near());
    while let Err(error) = successor.bind(second) {
        if !error.is(Errno::EADDRINUSE) {
            return Err(error.into());
        }
        watch.expect_less(lab.near(), LONG)?;
        stays_quiet(lab.near(), &idle, Readiness::READABLE)?;
    }
    expect_eq!(successor.getsockname()?, second);
    Ok(())
}

fn one_of_two<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let second = second_handle(&near)?;
    near.close()?;
    stays_quiet(lab.far(), &far, Readiness::READABLE)?;
    second.sendall(b"alive")?;
    expect_bytes(lab.far(), &far, b"alive")?;
    far.sendall(b"and well")?;
    expect_bytes(lab.near(), &second, b"and well")?;
    second.close()?;
    expect_end(lab.far(), &far)
}

fn detached<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let (backend, name) = (near.backend().clone(), near.getsockname()?);
    let (family, socket_type, protocol) = (near.family(), near.type_(), near.proto());
    let handle = near.detach();
    stays_quiet(lab.far(), &far, Readiness::READABLE)?;
    let near = Socket::from_handle(backend, handle, family, socket_type, protocol)?;
    expect_eq!(near.gettimeout(), lab.near().getdefaulttimeout());
    expect_eq!(near.getsockname()?, name);
    near.sendall(b"again")?;
    expect_bytes(lab.far(), &far, b"again")
}
