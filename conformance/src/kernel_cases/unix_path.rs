//! UNIX sockets with paths: what the file system has to say.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use berkeley::{Refusal, UnixAddress};

use super::prelude::*;
use super::scratch::Scratch;

kernel_cases! {
    "unix-21" limits, Vary::NOTHING, ["A01"],
        "Linux unix(7): sun_path; Python: AF_UNIX path too long",
        "A path has at most 107 bytes; a longer one is refused, and nothing is made.";
    "unix-22" file_system, Vary::NOTHING, ["A01"],
        "POSIX bind, connect: ENOENT, ENOTDIR, EADDRINUSE, EPROTOTYPE",
        "What the file system, or what is there, has against a path.";
    "unix-23" file_stays, Vary::NOTHING, ["A01"],
        "Linux unix(7)",
        "The file of a closed socket stays and keeps its path taken until it is removed.";
    "unix-24" any_bytes, Vary::NOTHING, ["N11"],
        "Python manual: AF_UNIX addresses use the file system encoding, changed in 3.3",
        "A path is bytes, whether they are text or not.";
}

const TYPES: [SocketType; 3] = [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET];

/// A socket that waits up to [`LONG`].
fn unix(lab: &Kernel, socket_type: SocketType) -> Result<Socket<Os>, Error> {
    let mut socket = lab.near().socket(AddressFamily::UNIX, socket_type, Protocol::DEFAULT)?;
    socket.settimeout(LONG)?;
    Ok(socket)
}

/// Makes a file, or says why not.
fn made<T>(outcome: std::io::Result<T>) -> Result<T, Failure> {
    outcome.map_err(|error| Failure::new("the file system", format_args!("{error}")))
}

fn limits(lab: &Kernel, _variant: &Variant) -> Outcome {
    let unnamed = Address::from(UnixAddress::UNNAMED);
    for socket_type in TYPES {
        let scratch = Scratch::new()?;
        for length in [106, 107] {
            let (socket, path) = (unix(lab, socket_type)?, scratch.path_of(length)?);
            socket.bind(&path[..])?;
            expect_true!(socket.getsockname()? == UnixAddress::pathname(&path)?.into());
        }
        for length in [108, 109, 200] {
            let (socket, path) = (unix(lab, socket_type)?, scratch.path_of(length)?);
            let too_long = Error::refused(Refusal::PathTooLong);
            expect_eq!(socket.bind(&path[..]), Err(too_long));
            expect_eq!(socket.connect(&path[..]), Err(too_long));
            expect_eq!(socket.getsockname()?, unnamed);
        }
        expect_eq!(scratch.count()?, 2);
    }
    Ok(())
}

fn file_system(lab: &Kernel, _variant: &Variant) -> Outcome {
    for socket_type in TYPES {
        let scratch = Scratch::new()?;
        let (file, path) = (scratch.path().join("file"), scratch.path().join("server"));
        made(fs::write(&file, "no socket"))?;
        let socket = unix(lab, socket_type)?;
        expect_error!(socket.bind(scratch.path().join("no/such")), ENOENT);
        expect_error!(socket.bind(file.join("below")), ENOTDIR);
        expect_error!(socket.bind(&file), EADDRINUSE);
        expect_error!(socket.bind(scratch.path()), EADDRINUSE);
        expect_error!(socket.connect(scratch.path().join("no/such")), ENOENT);
        expect_error!(socket.connect(&path), ENOENT);
        expect_error!(socket.connect(&file), ECONNREFUSED);
        expect_error!(socket.connect(scratch.path()), ECONNREFUSED);
        socket.bind(&path)?; // no failure has taken the chance
        expect_error!(socket.bind(scratch.path().join("second")), EINVAL);
        expect_error!(unix(lab, socket_type)?.bind(&path), EADDRINUSE);

        let client = unix(lab, socket_type)?;
        for other in TYPES.into_iter().filter(|other| *other != socket_type) {
            expect_error!(unix(lab, other)?.connect(&path), EPROTOTYPE);
        }
        if socket_type != SocketType::DGRAM {
            expect_error!(client.connect(&path), ECONNREFUSED); // it does not listen
            socket.listen(1)?;
        }
        client.connect(&path)?;
        expect_true!(client.getpeername()? == socket.getsockname()?);
        expect_eq!(scratch.count()?, 2);
    }
    Ok(())
}

fn file_stays(lab: &Kernel, _variant: &Variant) -> Outcome {
    let scratch = Scratch::new()?;
    let path = scratch.path().join("server");
    let socket = unix(lab, SocketType::DGRAM)?;
    socket.bind(&path)?;
    let sender = unix(lab, SocketType::DGRAM)?;
    expect_eq!(sender.sendto(b"there", &path)?, 5);
    expect_eq!(socket.recv(&mut [0; 8])?, 5);
    socket.close()?;
    expect_true!(path.exists());
    expect_error!(sender.sendto(b"gone", &path), ECONNREFUSED);
    let again = unix(lab, SocketType::DGRAM)?;
    expect_error!(again.bind(&path), EADDRINUSE);
    made(fs::remove_file(&path))?;
    expect_error!(sender.sendto(b"gone", &path), ENOENT);
    expect_eq!(again.bind(&path), Ok(()));
    // Without its file a socket goes on, but nobody finds it.
    made(fs::remove_file(&path))?;
    expect_true!(
        again.getsockname()? == UnixAddress::pathname(path.as_os_str().as_bytes())?.into()
    );
    expect_error!(sender.connect(&path), ENOENT);
    Ok(())
}

fn any_bytes(lab: &Kernel, _variant: &Variant) -> Outcome {
    let scratch = Scratch::new()?;
    let names: [&[u8]; 4] = [b"\xFF\xFE", "grüße".as_bytes(), b"two\nlines ", b"\xED\xB2\x80"];
    for name in names {
        let path: PathBuf = scratch.path().join(OsStr::from_bytes(name));
        let socket = unix(lab, SocketType::DGRAM)?;
        socket.bind(path.as_os_str().as_bytes())?;
        let Address::Unix(found) = socket.getsockname()? else {
            return Err(Failure::new("getsockname", format_args!("is of another family")));
        };
        expect_true!(found.as_bytes() == path.as_os_str().as_bytes());
        let last = found.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        expect_eq!(last, name);
        expect_true!(path.exists());
    }
    Ok(())
}
