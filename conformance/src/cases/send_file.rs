//! Sending what can be read over a stream: what is sent, where it stands afterwards, what is refused.

use std::io::Cursor;
use std::vec::Vec;

use berkeley::SendFileError;

use super::prelude::*;

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);

cases! {
    "sendfile-03" in_memory, BOTH_WAYS, ["N18"],
        "Python manual: sendfile, fallback to send",
        "What is no file of the kernel is read and sent piece by piece.";
    "sendfile-04" refused, BOTH_WAYS, ["N18"],
        "measured, python-socket.md N18",
        "A count of nothing, a socket that does not wait, and one that is no stream are refused.";
    "sendfile-05" timed_out, BOTH_WAYS, ["N18"],
        "Python manual: sendfile; measured, python-socket.md N18",
        "When nothing more is taken it times out, and the file stands behind what was sent.";
}

/// Bytes that tell where they stand.
pub(crate) fn pattern(length: u32) -> Vec<u8> {
    (0..length).map(|number| (number % 251) as u8).collect()
}

/// What came of it, without how much was sent before.
pub(crate) fn failed(outcome: Result<u64, SendFileError>) -> Result<u64, Error> {
    outcome.map_err(Error::from)
}

fn in_memory<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let bytes = pattern(20_000);
    // offset, count, how many are sent, where it stands
    for (offset, count, sent, stands) in [
        (0, None, 20_000, 20_000),
        (5, Some(8195), 8195, 8200), // more than one piece
        (19_990, Some(100), 10, 20_000),
    ] {
        let mut file = Cursor::new(&bytes);
        expect_eq!(failed(near.sendfile_from(&mut file, offset, count))?, sent);
        expect_eq!(file.position(), stands);
        let from = offset as usize;
        expect_bytes(lab.far(), &far, &bytes[from..from + sent as usize])?;
    }
    stays_quiet(lab.far(), &far, Readiness::READABLE)
}

fn refused<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let mut file = Cursor::new(b"content");
    expect_eq!(failed(near.sendfile_from(&mut file, 0, Some(0))), Err(Error::INVALID_VALUE));
    near.setblocking(false)?;
    expect_eq!(failed(near.sendfile_from(&mut file, 0, None)), Err(Error::INVALID_VALUE));
    let datagram = near_datagram(lab, variant)?;
    datagram.connect(far.getsockname()?)?;
    expect_eq!(failed(datagram.sendfile_from(&mut file, 0, None)), Err(Error::INVALID_VALUE));
    let fresh = near_stream(lab, variant)?;
    expect_error!(failed(fresh.sendfile_from(&mut file, 0, None)), EPIPE);
    stays_quiet(lab.far(), &far, Readiness::READABLE)
}

fn timed_out<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(SHORT)?;
    let bytes = pattern(16 << 20);
    let mut file = Cursor::new(&bytes);
    let watch = Stopwatch::start(lab.near());
    let Err(SendFileError { sent, error }) = near.sendfile_from(&mut file, 0, None) else {
        return Err(Failure::new("sendfile", format_args!("sent more than was received")));
    };
    watch.expect(lab.near(), SHORT)?;
    expect_eq!(error, Error::TIMED_OUT);
    expect_true!(sent > 0 && sent < bytes.len() as u64);
    expect_true!(file.position() == sent); // how much the kernel takes differs
    near.shutdown(Shutdown::WR)?;
    expect_bytes(lab.far(), &far, &bytes[..sent as usize])?;
    expect_end(lab.far(), &far)
}
