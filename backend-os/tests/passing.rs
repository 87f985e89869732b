//! Descriptors that travel in messages: each of them is somebody's, or closed.

#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use berkeley::{AddressFamily, Errno, Error, MessageFlags, Protocol, Socket, SocketType, Timeout};
use berkeley_os::{Os, PassDescriptors};

use common::{NET, PATIENTLY, datagrams};

/// The tests count the descriptors of the process, and must not do so at the same time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many descriptors the process has, with the one that looks.
fn open() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn pair(socket_type: SocketType) -> (Socket<Os>, Socket<Os>) {
    let (mut one, mut other) =
        NET.socketpair(AddressFamily::UNIX, socket_type, Protocol::DEFAULT).unwrap();
    one.settimeout(PATIENTLY).unwrap();
    other.settimeout(PATIENTLY).unwrap();
    (one, other)
}

#[test]
fn no_descriptor_is_lost() {
    let _alone = alone();
    let ctrunc = MessageFlags::CTRUNC;
    // sent, asked for, received, flags
    for (sent, most, received, flags) in [
        (1, 1, 1, MessageFlags::NONE),
        (3, 3, 3, MessageFlags::NONE),
        (3, 5, 3, MessageFlags::NONE),
        (3, 2, 2, ctrunc),   // one is closed by us
        (253, 2, 2, ctrunc), // some by us, most by the kernel
        (3, 0, 0, ctrunc),
        (0, 3, 0, MessageFlags::NONE),
        (253, 253, 253, MessageFlags::NONE),
        (253, 10_000, 253, MessageFlags::NONE),
    ] {
        for socket_type in [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET] {
            let (from, to) = pair(socket_type);
            let file = File::open("/dev/null").unwrap();
            let before = open();
            let descriptors = vec![file.as_fd(); sent];
            assert_eq!(from.send_fds(&[b"da", b"ta"], &descriptors), Ok(4));
            let mut buffer = [0; 9];
            let message = to.recv_fds(&mut buffer, most).unwrap();
            let context = format!("{sent} {most} {socket_type:?}");
            assert_eq!(&buffer[..message.length], b"data", "{context}");
            assert_eq!(message.descriptors.len(), received, "{context}");
            assert_eq!(message.flags.without(MessageFlags::EOR), flags, "{context}");
            assert_eq!(open(), before + received, "{context}: none but those that were given");
            drop(message);
            assert_eq!(open(), before, "{context}");
        }
    }
}

#[test]
fn descriptors_without_a_receiver_are_closed() {
    let _alone = alone();
    let before = open();
    let (from, to) = pair(SocketType::STREAM);
    let file = File::open("/dev/null").unwrap();
    // Received as plain data, and as a message without room beside it.
    from.send_fds(&[b"x"], &[file.as_fd()]).unwrap();
    assert_eq!(to.recv(&mut [0; 9]), Ok(1));
    from.send_fds(&[b"x"], &[file.as_fd()]).unwrap();
    let message = to.recvmsg(&mut [0; 9], &mut [], MessageFlags::NONE).unwrap();
    assert_eq!(message.flags, MessageFlags::CTRUNC);
    // Never received.
    from.send_fds(&[b"x"], &[file.as_fd()]).unwrap();
    drop((from, to, file));
    assert_eq!(open(), before);
}

#[test]
fn a_descriptor_is_the_same_open_file() {
    let _alone = alone();
    let (from, to) = pair(SocketType::STREAM);
    let (mut reader, writer) = std::io::pipe().unwrap();
    from.send_fds(&[b"x"], &[writer.as_fd()]).unwrap();
    drop(writer);
    let [received] = <[_; 1]>::try_from(to.recv_fds(&mut [0; 9], 1).unwrap().descriptors).unwrap();
    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", number(received.as_fd())));
    let flags =
        info.unwrap().lines().find_map(|line| Some(line.strip_prefix("flags:")?.to_owned()));
    let flags = u32::from_str_radix(flags.unwrap().trim(), 8).unwrap();
    assert_ne!(flags & 0o2_000_000, 0, "it is closed on exec");
    File::from(received).write_all(b"through the pipe").unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "through the pipe");
}

fn number(descriptor: BorrowedFd<'_>) -> i32 {
    std::os::fd::AsRawFd::as_raw_fd(&descriptor)
}

/// A stream is cut where descriptors stand, so that they come with their own bytes.
#[test]
fn waiting_for_all_stops_at_descriptors() {
    let _alone = alone();
    let (from, mut to) = pair(SocketType::STREAM);
    to.setblocking(true).unwrap();
    let file = File::open("/dev/null").unwrap();
    from.sendall(b"before").unwrap();
    from.send_fds(&[b"with"], &[file.as_fd()]).unwrap();
    from.sendall(b"behind").unwrap();
    let mut got = Vec::new();
    for _ in 0..3 {
        let mut buffer = [0; 4];
        let message = to.recv_fds_with(&mut [&mut buffer], 3, MessageFlags::WAITALL).unwrap();
        got.push((buffer[..message.length].to_vec(), message.descriptors.len()));
    }
    let all: Vec<u8> = got.iter().flat_map(|(data, _)| data.clone()).collect();
    assert_eq!(&all[..10], b"beforewith");
    assert_eq!(got.iter().map(|(_, count)| count).sum::<usize>(), 1, "{got:?}");
}

#[test]
fn what_cannot_be_passed_is_refused() {
    let _alone = alone();
    let (from, mut to) = pair(SocketType::STREAM);
    let file = File::open("/dev/null").unwrap();
    let before = open();
    let too_many = vec![file.as_fd(); 254];
    assert_eq!(from.send_fds(&[b"x"], &too_many), Err(Errno::EINVAL.into()));
    assert_eq!(from.send_fds(&[b"", b""], &[file.as_fd()]), Err(Errno::EINVAL.into()));
    // Another family has no descriptors to pass.
    let (inet, _receiver) = datagrams(AddressFamily::INET);
    assert_eq!(inet.send_fds(&[b"x"], &[file.as_fd()]), Err(Errno::EOPNOTSUPP.into()));
    // Rows too long for any control message; before anything is received.
    let outcome = to.recv_fds(&mut [0; 9], usize::MAX).map(|_| ());
    assert_eq!(outcome, Err(Error::OVERFLOW));
    let outcome = to.recv_fds(&mut [0; 9], usize::MAX / 4).map(|_| ());
    assert_eq!(outcome, Err(Error::OVERFLOW));
    to.settimeout(Timeout::NonBlocking).unwrap();
    let outcome = to.recv_fds(&mut [0; 9], 1).map(|_| ());
    assert_eq!(outcome, Err(Errno::EAGAIN.into()));
    drop((inet, _receiver));
    assert_eq!(open(), before);
}
