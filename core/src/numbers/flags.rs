//! The flags of messages and of readiness. Sources: `recv(2)`, `send(2)`, `poll(2)`.

use super::flag_set;

flag_set! {
    /// The flags of `send()` and `recv()`.
    MessageFlags(u32);
    /// Out-of-band data.
    OOB = 0x1, "MSG_OOB";
    /// Leave the data in the queue.
    PEEK = 0x2, "MSG_PEEK";
    /// Only to hosts on a connected network.
    DONTROUTE = 0x4, "MSG_DONTROUTE";
    /// Control data did not fit.
    CTRUNC = 0x8, "MSG_CTRUNC";
    /// Say the real length of a datagram.
    TRUNC = 0x20, "MSG_TRUNC";
    /// Do not wait, this once.
    DONTWAIT = 0x40, "MSG_DONTWAIT";
    /// End of a record.
    EOR = 0x80, "MSG_EOR";
    /// Wait until the buffer is full.
    WAITALL = 0x100, "MSG_WAITALL";
    /// Confirm that the neighbour answers.
    CONFIRM = 0x800, "MSG_CONFIRM";
    /// Read the error queue.
    ERRQUEUE = 0x2000, "MSG_ERRQUEUE";
    /// No signal on a broken pipe. This library never lets one be raised.
    NOSIGNAL = 0x4000, "MSG_NOSIGNAL";
    /// More data follows.
    MORE = 0x8000, "MSG_MORE";
    /// Send with the opening of the connection.
    FASTOPEN = 0x2000_0000, "MSG_FASTOPEN";
    /// Close received descriptors on `exec`.
    CMSG_CLOEXEC = 0x4000_0000, "MSG_CMSG_CLOEXEC";
}

flag_set! {
    /// What a socket is ready for, with the bits and the meaning of `poll(2)`.
    ///
    /// [`Readiness::ERROR`], [`Readiness::HANGUP`] and [`Readiness::INVALID`] are reported whether
    /// asked for or not.
    Readiness(u16);
    /// Receiving or accepting will not wait: data, the end, an error or a connection is there.
    READABLE = 0x1, "POLLIN";
    /// Out-of-band data is there.
    PRIORITY = 0x2, "POLLPRI";
    /// Sending will not wait: there is room, or an error.
    WRITABLE = 0x4, "POLLOUT";
    /// An error is pending.
    ERROR = 0x8, "POLLERR";
    /// Both halves of the connection are over, or there never was one.
    HANGUP = 0x10, "POLLHUP";
    /// The handle refers to nothing.
    INVALID = 0x20, "POLLNVAL";
}
