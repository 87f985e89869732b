//! What a socket is as a descriptor of the operating system: its mode flag, inheritance, foreign ones.

use std::format;
use std::fs::{self, File};
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::{Command, Stdio};

use berkeley_os::{NetExt, SocketExt, socketpair};

use super::host::host;
use super::prelude::*;
use crate::team::{SharedNetworks, while_blocked};

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);

kernel_cases! {
    "descriptor-01" mode_flag, BOTH_WAYS, ["T06", "S42", "S43", "S44", "S45"],
        "Python manual: Notes on socket timeouts",
        "The mode flag is on with any timeout and off without one.";
    "descriptor-02" accepted_flag, Vary::FAMILY, ["S01", "T12", "T13", "T14"],
        "measured, python-socket.md 3.6",
        "An accepted socket's flag follows the default timeout, whatever the listener has.";
    "descriptor-03" shared_flag, BOTH_WAYS, ["T07"],
        "Python manual: Notes on socket timeouts",
        "The flag is that of all copies; the timeout is each object's own.";
    "descriptor-04" read_directly, BOTH_WAYS, ["T08", "S15"],
        "Python manual: Notes on socket timeouts",
        "Who reads the descriptor of a socket with a timeout would block.";
    "descriptor-05" foreign_change, BOTH_WAYS, ["S23"],
        "Python manual: ioctl, note; fcntl(2)",
        "What the host's own calls do to the descriptor shows, and the object does not notice.";
    "descriptor-06" inheritance, Vary::FAMILY, ["N12", "S01", "K04"],
        "PEP 446",
        "No descriptor is inherited, however it was made, until it is told to be.";
    "descriptor-07" executed, Vary::FAMILY, ["K04", "N12"],
        "PEP 446; open(2), O_CLOEXEC",
        "A program that is executed has the descriptors that are to be inherited and no others.";
    "descriptor-08" from_foreign, Vary::FAMILY, ["F35", "F37", "N12"],
        "Python manual: fromfd",
        "A copy of a foreign descriptor leaves it as it is and goes on without it.";
    "descriptor-09" no_socket, Vary::NOTHING, ["F36", "N24"],
        "measured, python-socket.md F36",
        "What is no socket is refused at once.";
    "descriptor-10" wrong_family, Vary::FAMILY, ["F36", "G06"],
        "measured, python-socket.md G06",
        "A wrong family is not looked at; addresses are read by the family that is in them.";
    "descriptor-11" what_it_is, Vary::NOTHING, ["N24", "S53", "S54", "S55"],
        "Python manual: socket(fileno=), since 3.7",
        "The kernel says of which family, type and protocol a descriptor is.";
    "descriptor-12" waits_all_the_same, Vary::NOTHING, ["F37", "T03"],
        "ours: blocking means blocking",
        "A blocking object waits, also when its descriptor came with the flag on.";
}

/// Whether the mode flag is on. Source: `proc(5)`.
fn is_nonblocking(socket: &Socket<Os>) -> Result<bool, Failure> {
    let failed = || Failure::new("the descriptor", format_args!("has no flags"));
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{}", socket.fileno()));
    let text = text.map_err(|_| failed())?;
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:")).ok_or_else(failed)?;
    let flags = u32::from_str_radix(flags.trim(), 8).map_err(|_| failed())?;
    Ok(flags & 0o4000 != 0)
}

/// Another descriptor of the socket.
fn another(socket: &Socket<Os>) -> Result<OwnedFd, Error> {
    socket.as_fd()?.try_clone_to_owned().map_err(host)
}

fn mode_flag(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { mut near, far: _far } = connection(lab, variant)?;
    // timeout, whether the flag is on
    for (timeout, flag) in [
        (Timeout::NonBlocking, true),
        (Timeout::Blocking, false),
        (Timeout::After(LONG), true),
        (Timeout::Blocking, false),
        (Timeout::After(Duration::ZERO), true),
    ] {
        near.settimeout(timeout)?;
        expect_eq!(is_nonblocking(&near)?, flag);
    }
    near.setblocking(true)?;
    expect_eq!(is_nonblocking(&near)?, false);
    near.setblocking(false)?;
    expect_eq!(is_nonblocking(&near)?, true);
    Ok(())
}

fn accepted_flag(lab: &Kernel, variant: &Variant) -> Outcome {
    let net = lab.near();
    let mut listener = near_listener(lab, variant, 9)?;
    let name = listener.getsockname()?;
    let limit = Timeout::After(LONG);
    for default in [Timeout::Blocking, Timeout::NonBlocking, Timeout::After(SHORT)] {
        for own in [Timeout::Blocking, Timeout::NonBlocking, limit] {
            let client = far_stream(lab, variant)?;
            client.connect(name)?;
            wait_for(net, &listener, Readiness::READABLE)?;
            listener.settimeout(own)?;
            net.setdefaulttimeout(default);
            let accepted = listener.accept();
            net.setdefaulttimeout(Timeout::Blocking);
            let (accepted, _) = accepted?;
            expect_eq!(accepted.gettimeout(), default);
            expect_eq!(is_nonblocking(&accepted)?, default != Timeout::Blocking);
            expect_eq!(accepted.get_inheritable()?, false);
        }
    }
    Ok(())
}

fn shared_flag(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near: mut a, far: _far } = connection(lab, variant)?;
    a.settimeout(LONG)?;
    let mut b = a.dup()?;
    expect_true!(a.fileno() != b.fileno());
    b.settimeout(Timeout::Blocking)?;
    expect_eq!(a.gettimeout(), Timeout::After(LONG));
    expect_eq!((is_nonblocking(&a)?, is_nonblocking(&b)?), (false, false));
    a.setblocking(false)?;
    expect_eq!(b.gettimeout(), Timeout::Blocking);
    expect_eq!((is_nonblocking(&a)?, is_nonblocking(&b)?), (true, true));
    Ok(())
}

fn read_directly(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(LONG)?;
    let mut file = File::from(another(&near)?);
    let mut buffer = [0; 8];
    expect_error!(file.read(&mut buffer).map_err(host), EAGAIN);
    far.sendall(b"direct")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(file.read(&mut buffer).map_err(host)?, 6);
    Ok(())
}

fn foreign_change(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near, far: _far } = connection(lab, variant)?;
    expect_eq!(is_nonblocking(&near)?, false);
    let theirs = TcpStream::from(another(&near)?);
    theirs.set_nonblocking(true).map_err(host)?;
    expect_eq!(is_nonblocking(&near)?, true);
    expect_eq!(near.gettimeout(), Timeout::Blocking);
    theirs.set_nodelay(true).map_err(host)?;
    expect_eq!(near.option(NODELAY)?, true);
    near.set_option(NODELAY, false)?;
    expect_eq!(theirs.nodelay().map_err(host)?, false);
    Ok(())
}

fn inheritance(lab: &Kernel, variant: &Variant) -> Outcome {
    let (net, family) = (lab.near(), variant.family.number());
    let listener = near_listener(lab, variant, 1)?;
    let client = far_stream(lab, variant)?;
    client.connect(listener.getsockname()?)?;
    let (accepted, _) = listener.accept()?;
    let copy = client.dup()?;
    let (one, other) = socketpair()?;
    let foreign = net.fromfd(client.as_fd()?, family, SocketType::STREAM, Protocol::DEFAULT)?;
    let flagged = SocketType::STREAM | SocketType::CLOEXEC;
    let flagged = net.socket(family, flagged, Protocol::DEFAULT)?;
    for made in [&listener, &client, &accepted, &copy, &one, &other, &foreign, &flagged] {
        expect_eq!(made.get_inheritable()?, false);
    }
    client.set_inheritable(true)?;
    expect_eq!(client.get_inheritable()?, true);
    // It belongs to the descriptor, and a copy is not born with it.
    expect_eq!(copy.get_inheritable()?, false);
    expect_eq!(client.dup()?.get_inheritable()?, false);
    client.set_inheritable(false)?;
    expect_eq!(client.get_inheritable()?, false);
    Ok(())
}

/// Whether a program that is executed now has a descriptor of this number.
fn is_inherited(socket: &Socket<Os>) -> Result<bool, Failure> {
    Command::new("/bin/sh")
        .args(["-c", "test -e /proc/self/fd/$0", &format!("{}", socket.fileno())])
        .stdin(Stdio::null())
        .status()
        .map(|status| status.success())
        .map_err(|_| Failure::new("a program", format_args!("could not be executed")))
}

fn executed(lab: &Kernel, variant: &Variant) -> Outcome {
    let listener = near_listener(lab, variant, 1)?;
    expect_eq!(is_inherited(&listener)?, false);
    listener.set_inheritable(true)?;
    expect_eq!(is_inherited(&listener)?, true);
    listener.set_inheritable(false)?;
    expect_eq!(is_inherited(&listener)?, false);
    Ok(())
}

fn from_foreign(lab: &Kernel, variant: &Variant) -> Outcome {
    let theirs = UdpSocket::bind((variant.family.loopback(), 0)).map_err(host)?;
    theirs.set_nonblocking(true).map_err(host)?;
    let (family, datagram) = (variant.family.number(), SocketType::DGRAM);
    let ours = lab.near().fromfd(&theirs, family, datagram, Protocol::DEFAULT)?;
    expect_eq!(ours.gettimeout(), Timeout::Blocking);
    expect_eq!(is_nonblocking(&ours)?, true); // as it was
    expect_eq!(ours.get_inheritable()?, false);
    expect_eq!(ours.proto(), Protocol::DEFAULT); // as it was given
    let name = ours.getsockname()?;
    drop(theirs);
    expect_eq!(ours.sendto(b"to myself", name)?, 9);
    wait_for(lab.near(), &ours, Readiness::READABLE)?;
    expect_eq!(ours.recv(&mut [0; 16])?, 9);
    // With a default timeout the flag is set as that wants it.
    lab.near().setdefaulttimeout(LONG);
    let timed = lab.near().fromfd(ours.as_fd()?, family, datagram, Protocol::UDP);
    lab.near().setdefaulttimeout(Timeout::Blocking);
    let timed = timed?;
    expect_eq!(timed.gettimeout(), Timeout::After(LONG));
    expect_eq!(is_nonblocking(&timed)?, true);
    expect_eq!(timed.proto(), Protocol::UDP);
    Ok(())
}

fn no_socket(lab: &Kernel, _variant: &Variant) -> Outcome {
    let (net, inet) = (lab.near(), AddressFamily::INET);
    let file = File::open("/dev/null").map_err(host)?;
    let made = net.fromfd(&file, inet, SocketType::STREAM, Protocol::DEFAULT);
    expect_error!(made, ENOTSOCK);
    expect_error!(net.adopt_fd(file), ENOTSOCK);
    let (end, _other) = io::pipe().map_err(host)?;
    expect_error!(net.adopt_fd(end), ENOTSOCK);
    Ok(())
}

fn wrong_family(lab: &Kernel, variant: &Variant) -> Outcome {
    let socket = near_datagram(lab, variant)?;
    let other = variant.family.other().number();
    let wrong = lab.near().fromfd(socket.as_fd()?, other, SocketType::STREAM, Protocol::TCP)?;
    expect_eq!(wrong.family(), other);
    expect_eq!(wrong.type_(), SocketType::STREAM);
    expect_eq!(wrong.proto(), Protocol::TCP);
    expect_eq!(wrong.getsockname()?, socket.getsockname()?);
    expect_eq!(wrong.getsockopt(berkeley::OptionLevel::SOCKET, SO_TYPE)?, 2);
    Ok(())
}

fn what_it_is(lab: &Kernel, variant: &Variant) -> Outcome {
    let name = (variant.family.loopback(), 0);
    let listener = TcpListener::bind(name).map_err(host)?;
    let address = listener.local_addr().map_err(host)?;
    let connected = TcpStream::connect(address).map_err(host)?;
    let udp = UdpSocket::bind(name).map_err(host)?;
    let (stream, _other) = UnixStream::pair().map_err(host)?;
    let (datagram, _other) = UnixDatagram::pair().map_err(host)?;
    let (inet, unix) = (variant.family.number(), AddressFamily::UNIX);
    // descriptor, family, type, protocol
    for (descriptor, family, socket_type, protocol) in [
        (OwnedFd::from(listener), inet, SocketType::STREAM, Protocol::TCP),
        (OwnedFd::from(connected), inet, SocketType::STREAM, Protocol::TCP),
        (OwnedFd::from(udp), inet, SocketType::DGRAM, Protocol::UDP),
        (OwnedFd::from(stream), unix, SocketType::STREAM, Protocol::DEFAULT),
        (OwnedFd::from(datagram), unix, SocketType::DGRAM, Protocol::DEFAULT),
    ] {
        let copy = descriptor.as_fd().try_clone_to_owned().map_err(host)?;
        let socket = lab.near().adopt_fd(copy)?;
        expect_eq!(socket.family(), family);
        expect_eq!(socket.type_(), socket_type);
        expect_eq!(socket.proto(), protocol);
        // Asking is not needed where it is said.
        let told = lab.near().fromfd(&descriptor, family, socket_type, Protocol::DEFAULT)?;
        expect_eq!(told.proto(), Protocol::DEFAULT);
    }
    Ok(())
}

fn waits_all_the_same(lab: &Kernel, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    let mut owner = near.dup()?;
    owner.setblocking(false)?;
    let (family, datagram) = (variant.family.number(), SocketType::DGRAM);
    let near = lab.near().fromfd(owner.as_fd()?, family, datagram, Protocol::DEFAULT)?;
    expect_eq!(near.gettimeout(), Timeout::Blocking);
    let name = near.getsockname()?;
    let (received, sent) =
        while_blocked(lab.team(), || near.recv(&mut [0; 8]), || far.sendto(b"late", name))?;
    expect_eq!(sent?, 4);
    expect_eq!(received, Ok(4));
    Ok(())
}
