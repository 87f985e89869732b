//! Files over streams: by the kernel, and piece by piece.

#![allow(clippy::unwrap_used, clippy::type_complexity, reason = "tables of a test")]

mod common;

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use berkeley::{
    AddressFamily, Backend, Errno, Error, ErrorKind, Protocol, Socket, SocketType, Timeout,
};
use berkeley_os::{Os, SendFile, SendFileError, socketpair};

use common::{NET, PATIENTLY, datagrams, streams};

/// A file without a name that holds these bytes, at position 1.
fn file(data: &[u8]) -> File {
    let path = std::env::temp_dir().join(format!(
        "berkeley-sendfile-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    let mut file =
        File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    file.write_all(data).unwrap();
    file.seek(SeekFrom::Start(1)).unwrap();
    file
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|number| (number * 7 % 251).to_le_bytes()[0]).collect()
}

/// What a socket receives until the end.
fn all_of(socket: Socket<Os>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let (mut all, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
        loop {
            match socket.recv(&mut buffer).unwrap() {
                0 => return all,
                count => all.extend_from_slice(&buffer[..count]),
            }
        }
    })
}

#[test]
fn the_wanted_part_arrives() {
    const SIZE: u64 = 3_000_000;
    let data = bytes(SIZE as usize);
    // offset, count, how many bytes are sent, position afterwards (N18)
    for (offset, count, sent, position) in [
        (0, None, SIZE, SIZE),
        (0, Some(1), 1, 1),
        (5, None, SIZE - 5, SIZE),
        (5, Some(10_000), 10_000, 10_005),
        (SIZE - 2, Some(7), 2, SIZE),
        (SIZE, None, 0, 1), // nothing is sent, the position stays
        (SIZE + 9, Some(3), 0, 1),
    ] {
        for timeout in [Timeout::Blocking, Timeout::After(PATIENTLY)] {
            for by_kernel in [true, false] {
                for (mut from, to) in [streams(AddressFamily::INET), socketpair().unwrap()] {
                    from.settimeout(timeout).unwrap();
                    let mut file = file(&data);
                    let receiver = all_of(to);
                    let outcome = if by_kernel {
                        from.sendfile(&file, offset, count)
                    } else {
                        from.sendfile_from(&mut file, offset, count)
                    };
                    let context = format!("{offset} {count:?} {timeout:?} {by_kernel}");
                    assert_eq!(outcome, Ok(sent), "{context}");
                    drop(from);
                    let start = usize::try_from(offset.min(SIZE)).unwrap();
                    let wanted = &data[start..start + usize::try_from(sent).unwrap()];
                    assert!(receiver.join().unwrap() == wanted, "{context}: other bytes");
                    // Reading moves a file also when nothing is sent of it.
                    let position = if sent == 0 && !by_kernel { offset } else { position };
                    assert_eq!(file.stream_position().unwrap(), position, "{context}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_regular_file_is_read() {
    let (from, to) = socketpair().unwrap();
    let receiver = all_of(to);
    assert_eq!(from.sendfile_from(&mut Cursor::new(b"in memory"), 3, None), Ok(6));
    // A file of the kernel's, which has no size.
    let version = std::fs::read("/proc/version").unwrap();
    let file = File::open("/proc/version").unwrap();
    assert_eq!(from.sendfile(&file, 0, None), Ok(version.len() as u64));
    let empty = self::file(b"");
    assert_eq!(from.sendfile(&empty, 0, None), Ok(0));
    drop(from);
    assert_eq!(receiver.join().unwrap(), [&b"memory"[..], &version].concat());
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let file = file(b"some data");
    let (stream, _other) = socketpair().unwrap();
    let (datagram, _receiver) = datagrams(AddressFamily::INET);
    let unix = AddressFamily::UNIX;
    let (packets, _receiver2) =
        NET.socketpair(unix, SocketType::SEQPACKET, Protocol::DEFAULT).unwrap();
    let (mut nonblocking, _other2) = socketpair().unwrap();
    nonblocking.setblocking(false).unwrap();
    // what it is about, socket, count
    for (about, socket, count) in [
        ("datagrams", &datagram, None),
        ("packets", &packets, None),
        ("non-blocking", &nonblocking, None),
        ("nothing", &stream, Some(0)),
    ] {
        let refused = Err(SendFileError { sent: 0, error: Error::INVALID_VALUE });
        assert_eq!(socket.sendfile(&file, 0, count), refused, "{about}");
        assert_eq!(socket.sendfile_from(&mut &file, 0, count), refused, "{about}");
    }
    assert_eq!((&file).stream_position().unwrap(), 1);
    let unconnected = NET.stream(AddressFamily::INET).unwrap();
    let outcome = unconnected.sendfile(&file, 0, None).map_err(Error::from);
    assert_eq!(outcome, Err(Errno::EPIPE.into()));
}

#[test]
fn the_timeout_is_for_each_wait() {
    const TIMEOUT: Duration = Duration::from_millis(600);
    let data = bytes(6_000_000);
    for by_kernel in [true, false] {
        let (mut from, mut to) = socketpair().unwrap();
        from.settimeout(TIMEOUT).unwrap();
        to.setblocking(false).unwrap();
        let start = Os.now();
        let length = data.len();
        // The other end waits before each look, which shows a tenth of the data at most: longer in
        // all than the timeout.
        let receiver = std::thread::spawn(move || {
            let mut idle = NET.datagram(AddressFamily::INET).unwrap();
            idle.settimeout(TIMEOUT / 8).unwrap();
            let (mut received, mut buffer) = (0, vec![0; 1 << 16]);
            while received < length {
                assert_eq!(idle.recv(&mut [0]), Err(Error::TIMED_OUT));
                let enough = received + length / 10;
                while received < enough {
                    let Ok(count @ 1..) = to.recv(&mut buffer) else { break };
                    received += count;
                }
            }
            received
        });
        let mut file = file(&data);
        let outcome = if by_kernel {
            from.sendfile(&file, 0, None)
        } else {
            from.sendfile_from(&mut file, 0, None)
        };
        assert_eq!(outcome, Ok(length as u64));
        assert_eq!(receiver.join().unwrap(), length);
        assert!(Os.now().saturating_duration_since(start) > TIMEOUT);
    }
}

#[test]
fn an_error_on_the_way_says_how_far_it_got() {
    let data = bytes(20_000_000);
    for by_kernel in [true, false] {
        let (mut from, mut to) = streams(AddressFamily::INET);
        from.settimeout(Duration::from_millis(100)).unwrap();
        to.setblocking(true).unwrap();
        let mut file = file(&data);
        // Nobody receives: all buffers are full at last.
        let outcome = if by_kernel {
            from.sendfile(&file, 10, None)
        } else {
            from.sendfile_from(&mut file, 10, None)
        };
        let Err(SendFileError { sent, error }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(error, Error::TIMED_OUT);
        assert!(sent > 0);
        assert_eq!(file.stream_position().unwrap(), 10 + sent);
        drop(from);
        let received = all_of(to).join().unwrap();
        let sent = usize::try_from(sent).unwrap();
        assert!(received == data[10..10 + sent], "{} of {sent} bytes", received.len());
    }
}

/// A program that has asked for the signal must not get it from here.
#[test]
fn a_broken_connection_raises_no_signal() {
    // SAFETY: what a signal does is a matter of the process; both are values for it, and no other
    // test of this file raises this one.
    let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    let file = file(&bytes(100));
    let (from, to) = socketpair().unwrap();
    drop(to);
    let outcome = from.sendfile(&file, 0, None);
    assert_eq!(outcome.map_err(Error::from), Err(Errno::EPIPE.into()));
    // SAFETY: as above.
    unsafe { libc::signal(libc::SIGPIPE, before) };
}

/// A file of which nothing can be read.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::from_raw_os_error(libc::EISDIR))
    }
}

impl Seek for Broken {
    fn seek(&mut self, _position: SeekFrom) -> io::Result<u64> {
        Err(io::Error::from_raw_os_error(libc::ESPIPE))
    }
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let (from, _to) = socketpair().unwrap();
    // offset, error
    for (offset, errno) in [(0, Errno::EISDIR), (1, Errno::ESPIPE)] {
        let outcome = from.sendfile_from(&mut Broken, offset, None);
        assert_eq!(outcome, Err(SendFileError { sent: 0, error: errno.into() }));
    }
    let directory = File::open("/").unwrap();
    let outcome = from.sendfile(&directory, 0, None).map_err(|error| error.error.kind());
    assert!(matches!(outcome, Err(kind) if kind != ErrorKind::TimedOut), "{outcome:?}");
}
