//! Sockets as unbuffered files: who keeps the socket open, and what a timeout leaves. No heap.

use berkeley::Refusal;
use berkeley::files::{Access, SocketIo};

use super::prelude::*;

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);

cases! {
    "file-01" last_close, BOTH_WAYS, ["S05", "S09", "S28"],
        "Python manual: makefile; measured, python-socket.md S28",
        "The connection ends with the last of the socket object and its files, whatever the order.";
    "file-02" outlives_the_block, BOTH_WAYS, ["F08", "S28"],
        "measured, python-socket.md F08",
        "The end of a block closes the socket object; a file that was made in it goes on.";
    "file-03" access, BOTH_WAYS, ["S26", "S27"],
        "Python: io.RawIOBase",
        "A file does what it was opened for and nothing else, and has no positions.";
    "file-04" bytes, BOTH_WAYS, ["S26"],
        "Python: io.RawIOBase.readinto, write",
        "One receive or send for each call; at the end nothing, again and again.";
    "file-05" after_a_timeout, BOTH_WAYS, ["S29"],
        "measured, python-socket.md S29",
        "After a timeout a file is read no more; writing, the socket and other files go on.";
    "file-06" nothing_now, BOTH_WAYS, ["S30"],
        "measured, python-socket.md S30",
        "On a non-blocking socket nothing there and no room are None, not an error.";
    "file-07" shut_down, BOTH_WAYS, ["S09", "S51"],
        "Python manual: close, note",
        "Shutting down the socket object ends its files as well.";
}

/// A file without a buffer, for both ways.
fn raw<B: Backend + Clone>(socket: &Socket<B>) -> Result<SocketIo<B>, Error> {
    SocketIo::new(socket, Access::ReadWrite)
}

fn last_close<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    // What is closed, in order: `s` the socket object, `1` and `2` the files.
    for order in ["s12", "s21", "1s2", "12s", "2s1"] {
        let Connection { near, far } = connection(lab, variant)?;
        let mut files = [Some(raw(&near)?), Some(raw(&near)?)];
        let mut object = Some(near);
        for which in order.bytes() {
            match which {
                b's' => object.take().map_or(Ok(()), Socket::close)?,
                file => files[usize::from(file - b'1')].take().map_or(Ok(()), SocketIo::close)?,
            }
            // What is left still speaks.
            match (&object, files.iter_mut().flatten().next()) {
                (Some(object), _) => object.sendall(b"open")?,
                (None, Some(file)) => expect_eq!(file.write(b"open")?, Some(4)),
                (None, None) => break,
            }
            expect_bytes(lab.far(), &far, b"open")?;
        }
        expect_end(lab.far(), &far)?;
    }
    Ok(())
}

fn outlives_the_block<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let mut file = {
        let near = near;
        raw(&near)?
    };
    far.sendall(b"alive?")?;
    let mut buffer = [0; 8];
    expect_eq!(file.readinto(&mut buffer)?, Some(6));
    expect_eq!(file.write(b"yes")?, Some(3));
    expect_bytes(lab.far(), &far, b"yes")?;
    drop(file);
    expect_end(lab.far(), &far)
}

fn access<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    // what it is opened for, readable, writable
    for (access, readable, writable) in
        [(Access::Read, true, false), (Access::Write, false, true), (Access::ReadWrite, true, true)]
    {
        let mut file = SocketIo::new(&near, access)?;
        expect_eq!(file.readable(), readable);
        expect_eq!(file.writable(), writable);
        expect_eq!(file.seekable(), false);
        if writable {
            expect_eq!(file.write(b"there")?, Some(5));
            expect_bytes(lab.far(), &far, b"there")?;
        } else {
            expect_error!(file.write(b"there"), EOPNOTSUPP);
        }
        if readable {
            far.sendall(b"back")?;
            expect_eq!(file.readinto(&mut [0; 8])?, Some(4));
        } else {
            expect_error!(file.readinto(&mut [0; 8]), EOPNOTSUPP);
        }
    }
    Ok(())
}

fn bytes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let (mut file, mut buffer) = (raw(&near)?, [0; 4]);
    expect_eq!(file.write(b"")?, Some(0));
    far.sendall(b"abcdef")?;
    far.shutdown(Shutdown::WR)?;
    // All of it may take a while to arrive.
    let mut six = [0; 6];
    while near.recv_into(&mut six, 0, MessageFlags::PEEK)? < six.len() {}
    expect_eq!(file.readinto(&mut [])?, Some(0));
    expect_eq!(file.readinto(&mut buffer)?, Some(4));
    expect_eq!(buffer, *b"abcd");
    expect_eq!(file.readinto(&mut buffer)?, Some(2));
    expect_eq!(buffer, *b"efcd");
    for _ in 0..2 {
        expect_eq!(file.readinto(&mut buffer)?, Some(0));
    }
    expect_eq!(file.write(b"answer")?, Some(6));
    expect_bytes(lab.far(), &far, b"answer")
}

fn after_a_timeout<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(SHORT)?;
    let (mut file, mut other) = (raw(&near)?, raw(&near)?);
    let watch = Stopwatch::start(lab.near());
    expect_timed_out!(file.readinto(&mut [0; 8]));
    watch.expect(lab.near(), SHORT)?;
    far.sendall(b"late")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    let refused = Error::refused(Refusal::TimedOutFile);
    for _ in 0..2 {
        expect_eq!(file.readinto(&mut [0; 8]), Err(refused));
    }
    expect_eq!(file.write(b"still")?, Some(5));
    expect_bytes(lab.far(), &far, b"still")?;
    expect_eq!(other.readinto(&mut [0; 2])?, Some(2));
    expect_eq!(near.recv(&mut [0; 8])?, 2);
    Ok(())
}

fn nothing_now<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.setblocking(false)?;
    let mut file = raw(&near)?;
    expect_eq!(file.readinto(&mut [0; 8])?, None);
    far.sendall(b"now")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(file.readinto(&mut [0; 8])?, Some(3));
    expect_eq!(file.readinto(&mut [0; 8])?, None);
    fill(lab.near(), &mut near)?;
    // There may be room for single bytes in what was begun.
    let mut bytes = 0;
    while file.write(b"x")?.is_some() && bytes < CHUNK.len() {
        bytes += 1;
    }
    expect_true!(bytes < CHUNK.len());
    expect_eq!(file.write(b"x")?, None);
    Ok(())
}

fn shut_down<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let mut file = raw(&near)?;
    near.shutdown(Shutdown::RDWR)?;
    expect_eq!(file.readinto(&mut [0; 8])?, Some(0));
    expect_error!(file.write(b"x"), EPIPE);
    expect_end(lab.far(), &far)
}
