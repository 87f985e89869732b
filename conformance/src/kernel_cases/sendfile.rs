//! Sending files of the kernel over a stream: what is sent, where the file stands, what is refused.

use std::fs::File;
use std::io::{Seek, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, format, fs, process};

use berkeley_os::{SendFile, SendFileError};

use super::host::host;
use super::prelude::*;
use crate::cases::send_file::{failed, pattern};

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);

kernel_cases! {
    "sendfile-01" whole, BOTH_WAYS, ["N18"],
        "Python manual: sendfile",
        "A file is sent to its end, and then stands there.";
    "sendfile-02" parts, BOTH_WAYS, ["N18"],
        "Python manual: sendfile, offset and count",
        "From an offset, up to a count, and no further than to the end of the file.";
    "sendfile-06" refused, BOTH_WAYS, ["N18"],
        "measured, python-socket.md N18",
        "A count of nothing, a socket that does not wait, and one that is no stream are refused.";
    "sendfile-07" timed_out, BOTH_WAYS, ["N18"],
        "Python manual: sendfile; measured, python-socket.md N18",
        "When nothing more is taken it times out, and the file stands behind what was sent.";
}

/// A file of its own for one case, without a name any more.
fn file_with(bytes: &[u8]) -> Result<File, Error> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = env::temp_dir().join(format!("berkeley-sendfile-{}-{number}", process::id()));
    let made = File::create_new(&path).and_then(|mut file| {
        fs::remove_file(&path)?;
        file.write_all(bytes)?;
        file.rewind()?;
        Ok(file)
    });
    made.map_err(host)
}

fn position(file: &mut impl Seek) -> Result<u64, Error> {
    file.stream_position().map_err(host)
}

fn whole(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let bytes = pattern(100_000);
    let mut file = file_with(&bytes)?;
    expect_eq!(failed(near.sendfile(&file, 0, None))?, 100_000);
    expect_eq!(position(&mut file)?, 100_000);
    expect_bytes(lab.far(), &far, &bytes)?;
    // An empty one is nothing to send.
    let mut empty = file_with(b"")?;
    expect_eq!(failed(near.sendfile(&empty, 0, None))?, 0);
    expect_eq!(position(&mut empty)?, 0);
    stays_quiet(lab.far(), &far, Readiness::READABLE)
}

fn parts(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let bytes = pattern(20_000);
    // offset, count, how many are sent, where the file stands
    for (offset, count, sent, stands) in [
        (0, Some(10), 10, 10),
        (5, None, 19_995, 20_000),
        (19_990, Some(100), 10, 20_000),
        (8192, Some(8193), 8193, 16_385),
        (20_000, None, 0, 0),
        (30_000, Some(1), 0, 0),
    ] {
        let mut file = file_with(&bytes)?;
        expect_eq!(failed(near.sendfile(&file, offset, count))?, sent);
        expect_eq!(position(&mut file)?, stands);
        let from = bytes.len().min(offset as usize);
        expect_bytes(lab.far(), &far, &bytes[from..from + sent as usize])?;
    }
    stays_quiet(lab.far(), &far, Readiness::READABLE)
}

fn refused(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let file = file_with(b"content")?;
    expect_eq!(failed(near.sendfile(&file, 0, Some(0))), Err(Error::INVALID_VALUE));
    near.setblocking(false)?;
    expect_eq!(failed(near.sendfile(&file, 0, None)), Err(Error::INVALID_VALUE));
    let datagram = near_datagram(lab, variant)?;
    datagram.connect(far.getsockname()?)?;
    expect_eq!(failed(datagram.sendfile(&file, 0, None)), Err(Error::INVALID_VALUE));
    let fresh = near_stream(lab, variant)?;
    expect_error!(failed(fresh.sendfile(&file, 0, None)), EPIPE);
    stays_quiet(lab.far(), &far, Readiness::READABLE)
}

fn timed_out(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(SHORT)?;
    let bytes = pattern(16 << 20);
    let mut file = file_with(&bytes)?;
    let watch = Stopwatch::start(lab.near());
    let Err(SendFileError { sent, error }) = near.sendfile(&file, 0, None) else {
        return Err(Failure::new("sendfile", format_args!("sent more than was received")));
    };
    watch.expect(lab.near(), SHORT)?;
    expect_eq!(error, Error::TIMED_OUT);
    expect_true!(sent > 0 && sent < bytes.len() as u64);
    expect_true!(position(&mut file)? == sent);
    near.shutdown(Shutdown::WR)?;
    expect_bytes(lab.far(), &far, &bytes[..sent as usize])?;
    expect_end(lab.far(), &far)
}
