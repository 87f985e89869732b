"""Passing descriptors and credentials over UNIX sockets: what comes, and nothing stays open."""

import array
import os
import socket
import struct

from .answers import Raw
from .fixture import LONG

STREAM, DGRAM, SEQPACKET = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET
TYPES = (STREAM, DGRAM, SEQPACKET)
UCRED = struct.Struct("iII")


def pair(kind):
    """A pair of which each waits up to LONG."""
    pair = socket.socketpair(type=kind)
    for one in pair:
        one.settimeout(LONG)
    return pair


def flags_text(flags):
    """The text of what a message was flagged with, its end aside."""
    flags &= ~socket.MSG_EOR & ~socket.MSG_CMSG_CLOEXEC
    return Raw({0: "0x0", socket.MSG_CTRUNC: "MSG_CTRUNC"}[flags])


class Pipe:
    """A pipe whose writing end is passed: its reader sees the end when nobody has one."""

    def __init__(self):
        self.reader, self.writer = os.pipe()

    def written(self):
        """Closes the own end, and says what was written into all the others."""
        os.close(self.writer)
        with os.fdopen(self.reader, "rb") as file:
            return file.read()


def close_all(descriptors):
    for descriptor in descriptors:
        os.close(descriptor)


def arrive(_, answers):
    for kind in TYPES:
        sender, receiver = pair(kind)
        for sent, most in ((1, 1), (3, 3), (3, 5), (0, 3)):
            pipes = [Pipe() for _ in range(sent)]
            ends = [pipe.writer for pipe in pipes]
            answers.value(socket.send_fds(sender, [b"da", b"ta"], ends))
            data, descriptors, flags, address = socket.recv_fds(receiver, 16, most)
            answers.value(data)
            answers.value(len(descriptors))
            answers.value(flags_text(flags))
            answers.value(address)
            for number, descriptor in enumerate(descriptors):
                os.write(descriptor, bytes([number]))
                os.close(descriptor)
            for pipe in pipes:
                answers.value(pipe.written())


def same_file(_, answers):
    sender, receiver = pair(STREAM)
    one, other = pair(STREAM)
    answers.value(socket.send_fds(sender, [b"x"], [one.fileno()]))
    # `recv_fds` takes flags and forgets them.
    _, control, _, _ = receiver.recvmsg(4, socket.CMSG_SPACE(4), socket.MSG_CMSG_CLOEXEC)
    answers.value(len(control))
    received = socket.socket(fileno=struct.unpack("i", control[0][2])[0])
    answers.value(not received.get_inheritable())
    answers.value(received.fileno() != one.fileno())
    one.close()
    answers.value(received.send(b"the same"))
    answers.value(len(other.recv(16)))
    received.close()
    answers.value(len(other.recv(16)))


def too_many(_, answers):
    for kind in TYPES:
        sender, receiver = pair(kind)
        for sent, most in ((2, 1), (3, 2), (3, 1), (253, 2), (3, 0)):
            pipe = Pipe()
            answers.value(socket.send_fds(sender, [b"x"], [pipe.writer] * sent))
            _, descriptors, flags, _ = socket.recv_fds(receiver, 4, most)
            answers.value(len(descriptors))
            answers.value(flags_text(flags))
            close_all(descriptors)
            answers.value(len(pipe.written()))


def thrown_away(_, answers):
    sender, receiver = pair(STREAM)
    pipe = Pipe()
    for _ in range(3):
        answers.value(socket.send_fds(sender, [b"x"], [pipe.writer]))
    answers.value(len(receiver.recv(4)))
    data, _, flags, _ = receiver.recvmsg(4)
    answers.value(Raw(f"({len(data)}, {flags_text(flags)})"))
    receiver.close()
    sender.close()
    answers.value(len(pipe.written()))


def most(_, answers):
    sender, receiver = pair(DGRAM)
    pipe = Pipe()
    answers.error(socket.send_fds, sender, [b"x"], [pipe.writer] * 254)
    answers.value(socket.send_fds(sender, [b"x"], [pipe.writer] * 253))
    _, descriptors, _, _ = socket.recv_fds(receiver, 4, 1000)
    answers.value(len(descriptors))
    close_all(descriptors)
    answers.value(len(pipe.written()))


def other_family(_, answers):
    sender, receiver = socket.socket(type=DGRAM), socket.socket(type=DGRAM)
    receiver.bind(("127.0.0.1", 0))
    sender.connect(receiver.getsockname())
    answers.outcome(socket.send_fds, sender, [b"x"], [sender.fileno()])


def without_data(_, answers):
    sender, _receiver = pair(STREAM)
    answers.outcome(socket.send_fds, sender, [b"", b""], [sender.fileno()])


def cut(_, answers):
    sender, receiver = pair(STREAM)
    pipe = Pipe()
    sender.sendall(b"before")
    answers.value(socket.send_fds(sender, [b"with"], [pipe.writer]))
    sender.sendall(b"behind")
    for _ in range(2):
        data, descriptors, _, _ = socket.recv_fds(receiver, 64, 4)
        answers.value(data)
        answers.value(len(descriptors))
        close_all(descriptors)
    answers.value(len(pipe.written()))


def send_as(sender, pid, uid, gid):
    """Sends a byte with these credentials beside it."""
    control = [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, UCRED.pack(pid, uid, gid))]
    return sender.sendmsg([b"x"], control)


def credentials_in(control):
    """The credentials among control messages."""
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            return UCRED.unpack(data)
    return None


def credentials(_, answers):
    own = (os.getpid(), os.getuid(), os.getgid())
    for kind in TYPES:
        sender, receiver = pair(kind)
        answers.value(sender.send(b"x"))
        answers.value(credentials_in(receiver.recvmsg(4, 64)[1]))
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        answers.value(sender.send(b"x"))
        answers.value(credentials_in(receiver.recvmsg(4, 64)[1]) == own)
        answers.value(send_as(sender, *own))
        answers.value(credentials_in(receiver.recvmsg(4, 64)[1]) == own)
        # `recv_fds` has no room for both.
        pipe, descriptors = Pipe(), array.array("i")
        answers.value(socket.send_fds(sender, [b"x"], [pipe.writer] * 3))
        _, control, flags, _ = receiver.recvmsg(4, 128)
        for level, kind_of_control, data in control:
            if (level, kind_of_control) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors.frombytes(data)
        answers.value(len(descriptors))
        answers.value(flags_text(flags))
        answers.value(credentials_in(control) == own)
        close_all(descriptors)
        answers.value(len(pipe.written()))


def others_credentials(_, answers):
    sender, receiver = pair(DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    pid, uid, gid = os.getpid(), os.getuid(), os.getgid()
    answers.value(send_as(sender, pid, 65534, 65534))
    answers.value(credentials_in(receiver.recvmsg(4, 64)[1]) == (pid, 65534, 65534))
    answers.error(send_as, sender, 2**31 - 1, uid, gid)
    answers.error(send_as, sender, pid, 2**32 - 1, gid)


def control_by_hand(_, answers):
    sender, receiver = pair(STREAM)
    pipe = Pipe()
    ends = array.array("i", [pipe.writer] * 2)
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, ends)]
    for room in (socket.CMSG_LEN(3), socket.CMSG_LEN(0), 1, 0):
        answers.value(sender.sendmsg([b"x"], control))
        data, found, flags, _ = receiver.recvmsg(4, room)
        answers.value(Raw(f"({len(data)}, {flags_text(flags)})"))
        answers.value(len(found))
    answers.value(sender.sendmsg([b"x"], control))
    descriptors = socket.recv_fds(receiver, 4, 4)[1]
    answers.value(len(descriptors))
    close_all(descriptors)
    none = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [-1]))]
    answers.error(sender.sendmsg, [b"x"], none)
    answers.value(len(pipe.written()))


TWINS = {
    "passing-01": arrive,
    "passing-02": same_file,
    "passing-03": too_many,
    "passing-04": thrown_away,
    "passing-05": most,
    "passing-06": other_family,
    "passing-07": without_data,
    "passing-08": cut,
    "passing-09": credentials,
    "passing-10": others_credentials,
    "passing-11": control_by_hand,
}
