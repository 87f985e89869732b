//! Messages: what is particular to the kernel's.

use super::prelude::*;

const NONE: MessageFlags = MessageFlags::NONE;

kernel_cases! {
    "message-15" many_parts, Vary::FAMILY, ["N01", "N02"],
        "Linux sendmsg(2): EMSGSIZE; measured, python-socket.md N01",
        "A message has at most 1024 parts, and one of more is refused as a whole.";
    "message-16" out_of_band, Vary::FAMILY.and(Vary::ROLE), ["K09"],
        "POSIX send, recv: MSG_OOB",
        "One byte goes out of band, and is not in the stream.";
    "message-17" other_flags, Vary::FAMILY, ["K09"],
        "Linux send(2), recv(2)",
        "Flags that ask for the path, the neighbour or the error queue are taken.";
    "message-18" records, Vary::NOTHING, ["K09", "N02"],
        "POSIX recvmsg: MSG_TRUNC; measured on Linux",
        "A sequenced packet that is cut says so; that one ends a record is not told.";
}

fn many_parts(lab: &Kernel, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    near.connect(far.getsockname()?)?;
    let parts = std::vec![&b"x"[..]; 1025];
    expect_error!(near.sendmsg(&parts, &[], NONE), EMSGSIZE);
    stays_quiet(lab.far(), &far, Readiness::READABLE)?;
    expect_eq!(near.sendmsg(&parts[..1024], &[], NONE)?, 1024);
    let mut places = std::vec![[0]; 1025];
    let mut buffers: std::vec::Vec<&mut [u8]> =
        places.iter_mut().map(|place| &mut place[..]).collect();
    expect_error!(far.recvmsg_into(&mut buffers, &mut [], NONE), EMSGSIZE);
    expect_eq!(far.recvmsg_into(&mut buffers[..1024], &mut [], NONE)?.length, 1024);
    expect_true!(places[..1024].iter().all(|place| *place == *b"x"));
    expect_eq!(places[1024], [0]);
    Ok(())
}

fn out_of_band(lab: &Kernel, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let oob = MessageFlags::OOB;
    let mut buffer = [b'-'; 8];
    expect_error!(near.recv_into(&mut buffer, 0, oob), EINVAL); // none is pending
    expect_eq!(far.send(b"ab")?, 2);
    expect_eq!(far.send_with(b"!", oob)?, 1);
    expect_eq!(far.send(b"cd")?, 2);
    let urgent = wait_for(lab.near(), &near, Readiness::PRIORITY)?;
    expect_true!(urgent.contains(Readiness::PRIORITY));
    expect_eq!(near.recv_into(&mut buffer, 0, oob | MessageFlags::PEEK)?, 1);
    expect_eq!(near.recv_into(&mut buffer, 0, oob)?, 1);
    expect_eq!(buffer, *b"!-------");
    expect_error!(near.recv_into(&mut buffer, 0, oob), EINVAL); // taken
    expect_bytes(lab.near(), &near, b"abcd")
}

fn other_flags(lab: &Kernel, variant: &Variant) -> Outcome {
    let (near, far) = (near_datagram(lab, variant)?, far_datagram(lab, variant)?);
    near.connect(far.getsockname()?)?;
    for flags in [MessageFlags::DONTROUTE, MessageFlags::CONFIRM, MessageFlags::NOSIGNAL] {
        expect_eq!(near.send_with(b"x", flags)?, 1);
        expect_eq!(far.recv(&mut [0; 8])?, 1);
    }
    expect_eq!(near.send_with(b"one ", MessageFlags::MORE)?, 4);
    stays_quiet(lab.far(), &far, Readiness::READABLE)?;
    expect_eq!(near.send(b"datagram")?, 8);
    expect_eq!(far.recv(&mut [0; 16])?, 12);
    // The error queue is empty, and nobody waits for it.
    expect_error!(near.recvmsg(&mut [0; 8], &mut [], MessageFlags::ERRQUEUE), EAGAIN);
    Ok(())
}

fn records(lab: &Kernel, _: &Variant) -> Outcome {
    let (unix, kind) = (AddressFamily::UNIX, SocketType::SEQPACKET);
    let (one, other) = lab.near().socketpair(unix, kind, Protocol::DEFAULT)?;
    expect_eq!(one.send(b"first")?, 5);
    expect_eq!(one.send_with(b"second", MessageFlags::EOR)?, 6);
    // room, length, flags told
    for (room, length, flags) in [(3, 3, MessageFlags::TRUNC), (8, 6, NONE)] {
        let mut buffer = [0; 8];
        let message = other.recvmsg(&mut buffer[..room], &mut [], NONE)?;
        expect_eq!((message.length, message.flags), (length, flags));
    }
    Ok(())
}
