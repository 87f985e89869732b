//! Passing descriptors and credentials over UNIX sockets: what comes, and that nothing stays open.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::vec::Vec;
use std::{process, vec};

use berkeley::constants::SCM_RIGHTS;
use berkeley::{CMSG_LEN, ControlBuffer, ControlMessages, ControlValue, Credentials, OptionLevel};
use berkeley_os::{PassDescriptors, SocketExt};

use super::prelude::*;

kernel_cases! {
    "passing-01" arrive, Vary::NOTHING, ["N04"],
        "Python manual: socket.send_fds, socket.recv_fds; Linux unix(7): SCM_RIGHTS",
        "Descriptors come in order, as many as were asked for; a message may have none.";
    "passing-02" same_file, Vary::NOTHING, ["N04"],
        "Linux unix(7): SCM_RIGHTS, MSG_CMSG_CLOEXEC",
        "A passed descriptor is of the same open file, and closed on exec.";
    "passing-03" too_many, Vary::NOTHING, ["N02", "N04"],
        "Linux unix(7): MSG_CTRUNC",
        "Descriptors without room are closed, and that they were there is told.";
    "passing-04" thrown_away, Vary::NOTHING, ["N02"],
        "Linux unix(7)",
        "Descriptors that nobody asks for are closed, and so are those that nobody receives.";
    "passing-05" most, Vary::NOTHING, ["N04"],
        "Linux unix(7): SCM_MAX_FD",
        "A message has up to 253 descriptors.";
    "passing-06" other_family, Vary::NOTHING, ["N04"],
        "decided: the kernel would lose them silently",
        "Another family passes no descriptors.";
    "passing-07" without_data, Vary::NOTHING, ["N04"],
        "Linux unix(7): at least one byte of real data; decided: EINVAL instead of losing them",
        "Over a stream descriptors need data to go with.";
    "passing-08" cut, Vary::NOTHING, ["N04"],
        "Linux unix(7)",
        "Receiving stops where descriptors are: they come with their own bytes.";
    "passing-09" credentials, Vary::NOTHING, ["N04"],
        "Linux unix(7): SO_PASSCRED, SCM_CREDENTIALS",
        "The sender's credentials come beside its message, asked for and checked by the kernel.";
    "passing-10" others_credentials, Vary::NOTHING, ["N04"],
        "Linux unix(7): CAP_SETUID, CAP_SYS_ADMIN",
        "With a privilege credentials can be others'; of no process they are refused.", NEEDS_ROOT;
    "passing-11" control_by_hand, Vary::NOTHING, ["N02", "N04"],
        "Python manual: the example of recvmsg",
        "Descriptors are a control message, and the descriptors of one that is cut are closed.";
}

const TYPES: [SocketType; 3] = [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET];
const NONE: MessageFlags = MessageFlags::NONE;

/// A pair of which each waits up to [`LONG`].
fn pair(lab: &Kernel, socket_type: SocketType) -> Result<(Socket<Os>, Socket<Os>), Error> {
    let (mut one, mut other) =
        lab.near().socketpair(AddressFamily::UNIX, socket_type, Protocol::DEFAULT)?;
    one.settimeout(LONG)?;
    other.settimeout(LONG)?;
    Ok((one, other))
}

/// Makes or reads a file, or says why not.
fn done<T>(outcome: io::Result<T>) -> Result<T, Failure> {
    outcome.map_err(|error| Failure::new("a file", format_args!("{error}")))
}

/// A pipe whose writing end is passed: while somebody has one, its reader does not see the end.
struct Pipe {
    reader: io::PipeReader,
    writer: Option<io::PipeWriter>,
}

impl Pipe {
    fn new() -> Result<Pipe, Failure> {
        let (reader, writer) = done(io::pipe())?;
        Ok(Pipe { reader, writer: Some(writer) })
    }

    /// The end to pass.
    fn writer(&self) -> Result<BorrowedFd<'_>, Failure> {
        let writer = self.writer.as_ref();
        writer.map(AsFd::as_fd).ok_or_else(|| Failure::new("the pipe", format_args!("is closed")))
    }

    /// Closes the own end, and says what was written into all the others. Ends when the last one is
    /// closed.
    fn written(mut self) -> Result<Vec<u8>, Failure> {
        self.writer = None;
        let mut bytes = Vec::new();
        done(self.reader.read_to_end(&mut bytes))?;
        Ok(bytes)
    }
}

fn arrive(lab: &Kernel, _variant: &Variant) -> Outcome {
    for socket_type in TYPES {
        let (from, to) = pair(lab, socket_type)?;
        // how many are sent, asked for, and come
        for (sent, most, come) in [(1, 1, 1), (3, 3, 3), (3, 5, 3), (0, 3, 0)] {
            let pipes: Vec<Pipe> = (0..sent).map(|_| Pipe::new()).collect::<Result<_, _>>()?;
            let ends = pipes.iter().map(Pipe::writer).collect::<Result<Vec<_>, _>>()?;
            expect_eq!(from.send_fds(&[b"da", b"ta"], &ends)?, 4);
            let mut buffer = [0; 16];
            let message = to.recv_fds(&mut buffer, most)?;
            expect_eq!(&buffer[..message.length], b"data");
            expect_eq!(message.descriptors.len(), come);
            expect_eq!(message.flags.without(MessageFlags::EOR), NONE);
            expect_eq!(message.address, None);
            for (number, descriptor) in (0_u8..).zip(message.descriptors) {
                done(File::from(descriptor).write_all(&[number]))?;
            }
            for (number, pipe) in (0_u8..).zip(pipes) {
                expect_eq!(pipe.written()?, [number]);
            }
        }
    }
    Ok(())
}

fn same_file(lab: &Kernel, _variant: &Variant) -> Outcome {
    let (from, to) = pair(lab, SocketType::STREAM)?;
    let (one, other) = pair(lab, SocketType::STREAM)?;
    expect_eq!(from.send_fds(&[b"x"], &[one.as_fd()?])?, 1);
    let mut descriptors = to.recv_fds(&mut [0; 4], 1)?.descriptors;
    expect_eq!(descriptors.len(), 1);
    let received = descriptors.remove(0);
    let socket = Socket::from_handle(
        Os,
        received.into(),
        AddressFamily::UNIX,
        SocketType::STREAM,
        Protocol::DEFAULT,
    )?;
    expect_true!(!socket.get_inheritable()?);
    expect_true!(socket.fileno() != one.fileno());
    one.close()?;
    expect_eq!(socket.send(b"the same")?, 8);
    expect_eq!(other.recv(&mut [0; 16])?, 8);
    socket.close()?;
    expect_eq!(other.recv(&mut [0; 16])?, 0);
    Ok(())
}

fn too_many(lab: &Kernel, _variant: &Variant) -> Outcome {
    for socket_type in TYPES {
        let (from, to) = pair(lab, socket_type)?;
        // sent, asked for
        for (sent, most) in [(2, 1), (3, 2), (3, 1), (253, 2), (3, 0)] {
            let pipe = Pipe::new()?;
            let ends = vec![pipe.writer()?; sent];
            expect_eq!(from.send_fds(&[b"x"], &ends)?, 1);
            let message = to.recv_fds(&mut [0; 4], most)?;
            expect_eq!(message.descriptors.len(), most);
            expect_eq!(message.flags.without(MessageFlags::EOR), MessageFlags::CTRUNC);
            drop(message);
            expect_eq!(pipe.written()?.len(), 0); // and so every other end is closed
        }
    }
    Ok(())
}

fn thrown_away(lab: &Kernel, _variant: &Variant) -> Outcome {
    let (from, to) = pair(lab, SocketType::STREAM)?;
    let pipe = Pipe::new()?;
    for _ in 0..3 {
        expect_eq!(from.send_fds(&[b"x"], &[pipe.writer()?])?, 1);
    }
    // As data alone, as a message without room beside it, and never.
    expect_eq!(to.recv(&mut [0; 4])?, 1);
    let message = to.recvmsg(&mut [0; 4], &mut [], NONE)?;
    expect_eq!((message.length, message.flags), (1, MessageFlags::CTRUNC));
    to.close()?;
    drop(from);
    expect_eq!(pipe.written()?.len(), 0);
    Ok(())
}

fn most(lab: &Kernel, _variant: &Variant) -> Outcome {
    let (from, to) = pair(lab, SocketType::DGRAM)?;
    let pipe = Pipe::new()?;
    let ends = vec![pipe.writer()?; 254];
    expect_error!(from.send_fds(&[b"x"], &ends), EINVAL);
    expect_eq!(from.send_fds(&[b"x"], &ends[..253])?, 1);
    let message = to.recv_fds(&mut [0; 4], 1000)?;
    expect_eq!(message.descriptors.len(), 253);
    drop(message);
    expect_eq!(pipe.written()?.len(), 0);
    Ok(())
}

fn other_family(lab: &Kernel, _variant: &Variant) -> Outcome {
    let (from, to) =
        (lab.near().datagram(AddressFamily::INET)?, lab.near().datagram(AddressFamily::INET)?);
    to.bind(("127.0.0.1", 0))?;
    from.connect(to.getsockname()?)?;
    let pipe = Pipe::new()?;
    let outcome = from.send_fds(&[b"x"], &[pipe.writer()?]);
    expect_eq!(outcome, Err(Error::from(Errno::EOPNOTSUPP)));
    Ok(())
}

fn without_data(lab: &Kernel, _variant: &Variant) -> Outcome {
    let (from, _to) = pair(lab, SocketType::STREAM)?;
    let pipe = Pipe::new()?;
    let outcome = from.send_fds(&[b"", b""], &[pipe.writer()?]);
    expect_eq!(outcome, Err(Error::from(Errno::EINVAL)));
    Ok(())
}

fn cut(lab: &Kernel, _variant: &Variant) -> Outcome {
    let (from, to) = pair(lab, SocketType::STREAM)?;
    let pipe = Pipe::new()?;
    from.sendall(b"before")?;
    expect_eq!(from.send_fds(&[b"with"], &[pipe.writer()?])?, 4);
    from.sendall(b"behind")?;
    // Unlike plain bytes those with descriptors are not joined with what comes after them.
    for (text, count) in [(&b"beforewith"[..], 1), (b"behind", 0)] {
        let mut buffer = [0; 64];
        let message = to.recv_fds(&mut buffer, 4)?;
        expect_eq!(&buffer[..message.length], text);
        expect_eq!(message.descriptors.len(), count);
    }
    expect_eq!(pipe.written()?.len(), 0);
    Ok(())
}

/// The credentials of this process.
fn own_credentials() -> Result<Credentials, Failure> {
    let process = done(fs::metadata("/proc/self"))?; // belongs to who runs it
    let pid = i32::try_from(process::id()).unwrap_or_default();
    Ok(Credentials { pid, uid: process.uid(), gid: process.gid() })
}

/// Sends a byte with these credentials beside it.
fn send_as(from: &Socket<Os>, credentials: Credentials) -> Result<usize, Error> {
    let mut room = [0; 64];
    let mut control = ControlBuffer::new(&mut room);
    control.push_value(&ControlValue::Credentials(credentials))?;
    from.sendmsg(&[b"x"], control.as_slice(), NONE)
}

/// Receives a byte, and the credentials beside it.
fn receive_credentials(to: &Socket<Os>) -> Result<Option<Credentials>, Error> {
    let mut control = [0; 64];
    let message = to.recvmsg(&mut [0; 4], &mut control, NONE)?;
    let mut messages = ControlMessages::new(&control[..message.control_length]);
    Ok(messages.next().and_then(|message| match message.value() {
        Some(ControlValue::Credentials(credentials)) => Some(credentials),
        _ => None,
    }))
}

fn credentials(lab: &Kernel, _variant: &Variant) -> Outcome {
    let own = own_credentials()?;
    for socket_type in TYPES {
        let (from, to) = pair(lab, socket_type)?;
        expect_eq!(from.send(b"x")?, 1);
        expect_eq!(receive_credentials(&to)?, None); // not asked for
        to.setsockopt(OptionLevel::SOCKET, SO_PASSCRED, 1)?;
        expect_eq!(from.send(b"x")?, 1);
        expect_true!(receive_credentials(&to)? == Some(own));
        expect_eq!(send_as(&from, own)?, 1);
        expect_true!(receive_credentials(&to)? == Some(own));
        // They are not in the way of descriptors.
        let pipe = Pipe::new()?;
        expect_eq!(from.send_fds(&[b"x"], &[pipe.writer()?; 3])?, 1);
        let message = to.recv_fds(&mut [0; 4], 3)?;
        expect_eq!(message.descriptors.len(), 3);
        expect_eq!(message.flags.without(MessageFlags::EOR), NONE);
        expect_true!(message.credentials == Some(own));
        drop(message);
        expect_eq!(pipe.written()?.len(), 0);
    }
    Ok(())
}

fn others_credentials(lab: &Kernel, _variant: &Variant) -> Outcome {
    let (from, to) = pair(lab, SocketType::DGRAM)?;
    to.setsockopt(OptionLevel::SOCKET, SO_PASSCRED, 1)?;
    let own = own_credentials()?;
    let nobody = Credentials { uid: 65_534, gid: 65_534, ..own };
    expect_eq!(send_as(&from, nobody)?, 1);
    expect_true!(receive_credentials(&to)? == Some(nobody));
    expect_error!(send_as(&from, Credentials { pid: i32::MAX, ..own }), ESRCH);
    expect_error!(send_as(&from, Credentials { uid: u32::MAX, ..own }), EINVAL);
    Ok(())
}

fn control_by_hand(lab: &Kernel, _variant: &Variant) -> Outcome {
    let (from, to) = pair(lab, SocketType::STREAM)?;
    let pipe = Pipe::new()?;
    let end = pipe.writer()?.as_raw_fd().to_ne_bytes();
    let mut room = [0; 64];
    let mut control = ControlBuffer::new(&mut room);
    control.push(OptionLevel::SOCKET, SCM_RIGHTS, &[end, end].concat())?;
    // Less room than for one, and none: what has no room is closed.
    for room in [CMSG_LEN(3)?, CMSG_LEN(0)?, 1, 0] {
        expect_eq!(from.sendmsg(&[b"x"], control.as_slice(), NONE)?, 1);
        let mut received = vec![0; room];
        let message = to.recvmsg(&mut [0; 4], &mut received, NONE)?;
        expect_eq!((message.length, message.flags), (1, MessageFlags::CTRUNC));
        expect_eq!(ControlMessages::new(&received[..message.control_length]).count(), 0);
    }
    // The same bytes as `send_fds` sends.
    expect_eq!(from.sendmsg(&[b"x"], control.as_slice(), NONE)?, 1);
    expect_eq!(to.recv_fds(&mut [0; 4], 4)?.descriptors.len(), 2);
    // A descriptor that is none is refused.
    control.clear();
    control.push(OptionLevel::SOCKET, SCM_RIGHTS, &(-1_i32).to_ne_bytes())?;
    expect_error!(from.sendmsg(&[b"x"], control.as_slice(), NONE), EBADF);
    expect_eq!(pipe.written()?.len(), 0);
    Ok(())
}
