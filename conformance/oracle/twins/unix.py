"""UNIX sockets: pairs, abstract names, no name at all, and paths."""

import os
import re
import socket
import tempfile
import threading
from pathlib import Path

from .answers import Raw, ready
from .fixture import LONG, SHORT, expect_bytes, expect_end, pending_error, readiness

STREAM, DGRAM, SEQPACKET = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET
TYPES = (STREAM, DGRAM, SEQPACKET)


def unix(kind):
    """A socket that waits up to LONG."""
    made = socket.socket(socket.AF_UNIX, kind)
    made.settimeout(LONG)
    return made


class Names:
    """Abstract names that nobody else has, as long as this is kept."""

    def __init__(self):
        self.holder = unix(DGRAM)
        self.holder.bind("")
        self.chosen = self.holder.getsockname()

    def name(self, end):
        """The name with these bytes at its end."""
        return self.chosen + end


def text(address):
    """The text of an address: Python's own."""
    return Raw(repr(address))


def pair(kind):
    """A pair that waits up to LONG."""
    pair = socket.socketpair(type=kind)
    for one in pair:
        one.settimeout(LONG)
    return pair


def received(answers, made, most=16):
    """Records count and sender of a message; gives its bytes back."""
    data, sender = made.recvfrom(most)
    answers.value((len(data), sender))
    return data


def pairs(_, answers):
    for kind in TYPES:
        one, other = pair(kind)
        for end, to in ((one, other), (other, one)):
            answers.value(end.family)
            answers.value(end.type)
            answers.value(text(end.getsockname()))
            answers.value(text(end.getpeername()))
            answers.value(end.send(b"both ways"))
            answers.value(received(answers, to))
        one.close()
        if kind == DGRAM:
            answers.error(other.send, b"nobody")
            answers.error(other.send, b"nobody")
        else:
            answers.value(len(other.recv(16)))
            answers.error(other.send, b"nobody")


def senders(_, answers):
    names = Names()
    server_name, client_name = names.name(b"server"), names.name(b"client")
    for kind in TYPES:
        server, named, unnamed = unix(kind), unix(kind), unix(kind)
        server.bind(server_name)
        named.bind(client_name)
        if kind == DGRAM:
            answers.value(unnamed.sendto(b"one", server_name))
            received(answers, server)
            answers.value(named.sendto(b"two", server_name))
            answers.value(server.recvfrom(16) == (b"two", client_name))
        else:
            server.listen(2)
            for client, name in ((named, client_name), (unnamed, "")):
                client.connect(server_name)
                connection, peer = server.accept()
                connection.settimeout(LONG)
                answers.value(peer == name)
                answers.value(connection.getpeername() == name)
                answers.value(connection.getsockname() == server_name)
                answers.value(client.getsockname() == name)
                answers.value(client.getpeername() == server_name)
                connection.sendall(b"back")
                answers.value(client.recvfrom(16) == (b"back", server_name))
                client.sendall(b"there")
                answers.value(connection.recvfrom(16) == (b"there", name or None))
        server.close(), named.close(), unnamed.close()


def abstract_names(_, answers):
    names, sender, sockets = Names(), unix(DGRAM), []
    ends = (b"x", b"x\0", b"x\0y", b"x\0\0", b"x\xFF", b"X")
    for end in ends:
        made = unix(DGRAM)
        made.bind(names.name(end))
        answers.value(made.getsockname() == names.name(end))
        sockets.append(made)
    for end in ends:
        answers.value(sender.sendto(end, names.name(end)))
    for made in sockets:
        data = made.recv(16)
        answers.value(len(data))
        answers.value(data)
    first = names.name(b"x")
    answers.error(unix(DGRAM).bind, first)
    unix(STREAM).bind(first)
    for made in sockets:
        made.close()
    answers.error(sender.sendto, b"gone", first)
    unix(DGRAM).bind(first)


def limits(_, answers):
    names = Names()
    python = names.name(b"y" * 104)
    for length in (106, 107, 108):
        made = unix(DGRAM)
        made.bind(python[:length])
        answers.value(len(made.getsockname()))
        answers.value(made.getsockname() == python[:length])
        unix(DGRAM).connect(python[:length])
    made = unix(DGRAM)
    for length in (109, 110):
        answers.done(made.bind, python[:length])
        answers.done(made.connect, python[:length])
        answers.done(made.sendto, b"x", python[:length])
    answers.value(text(made.getsockname()))


def chosen(_, answers):
    for kind in TYPES:
        made, other = unix(kind), unix(kind)
        answers.error(made.connect, "")
        for one in (made, other):
            answers.done(one.bind, "")
            name = one.getsockname()
            answers.value(len(name) - 1)
            answers.value(re.fullmatch(rb"\0[0-9a-f]{5}", name) is not None)
        name = made.getsockname()
        answers.value(name != other.getsockname())
        answers.done(made.bind, "")
        answers.value(made.getsockname() == name)
        answers.error(made.bind, "\0another")


def nobody(_, answers):
    names = Names()
    name = names.name(b"server")
    for kind in TYPES:
        server, client = unix(kind), unix(kind)
        answers.error(client.connect, name)
        answers.error(server.listen, 1)
        server.bind(name)
        answers.error(unix(kind).bind, name)
        if kind != DGRAM:
            answers.error(client.connect, name)
            server.listen(0)
        client.connect(name)
        server.close()


def states(_, answers):
    names = Names()
    name = names.name(b"server")
    for kind in (STREAM, SEQPACKET):
        server, client = unix(kind), unix(kind)
        answers.error(client.getpeername)
        answers.error(client.send, b"x")
        answers.done(unix(kind).shutdown, socket.SHUT_WR)
        server.bind(name)
        answers.error(server.accept)
        server.listen(1)
        client.connect(name)
        answers.error(client.connect, name)
        answers.error(client.listen, 1)
        connection, _ = server.accept()
        client.shutdown(socket.SHUT_WR)
        answers.error(client.send, b"x")
        answers.value(len(connection.recv(4)))
        connection.sendall(b"still")
        answers.value(len(client.recv(8)))
        connection.sendall(b"unread")
        client.close()
        answers.error(connection.recv, 4)
        answers.value(len(connection.recv(4)))
        answers.error(connection.send, b"x")
        server.close()
    datagram = unix(DGRAM)
    datagram.setblocking(True)  # with a timeout accept would wait first
    answers.error(datagram.getpeername)
    answers.error(datagram.send, b"x")
    answers.error(datagram.accept)


def boundaries(_, answers):
    for kind in TYPES:
        sender, receiver = pair(kind)
        for message in (b"1234", b"", b"5678"):
            answers.value(sender.send(message))
        if kind == STREAM:
            answers.value(receiver.recv(8, socket.MSG_WAITALL))
        else:
            data, _, flags, _ = receiver.recvmsg(2)
            answers.value(len(data))
            cut = flags & ~socket.MSG_EOR == socket.MSG_TRUNC
            answers.value(Raw("MSG_TRUNC" if cut else hex(flags)))
            answers.value(len(receiver.recv(16)))
            data = receiver.recv(16)
            answers.value(len(data))
            answers.value(data)


def friends(_, answers):
    names = Names()
    mine, friend, stranger = unix(DGRAM), unix(DGRAM), unix(DGRAM)
    own, other = names.name(b"mine"), names.name(b"friend")
    mine.bind(own)
    friend.bind(other)
    mine.connect(other)
    answers.error(stranger.sendto, b"x", own)
    answers.error(stranger.connect, own)
    answers.value(friend.sendto(b"hello", own))
    answers.value(mine.recvfrom(16) == (b"hello", other))
    friend.close()
    answers.error(mine.send, b"x")
    answers.error(mine.send, b"x")
    answers.value(stranger.sendto(b"x", own))


def nul_in_a_path(_, answers):
    with tempfile.TemporaryDirectory() as folder:
        made, path = unix(DGRAM), folder + "/cut\0here"
        answers.done(made.bind, path)
        answers.done(made.connect, path)
        answers.done(made.sendto, b"x", path)
        answers.value(text(made.getsockname()))


def backlog(_, answers):
    names = Names()
    name = names.name(b"server")
    for kind in (STREAM, SEQPACKET):
        server = unix(kind)
        server.bind(name)
        server.listen(1)
        first, second, third = unix(kind), unix(kind), unix(kind)
        first.connect(name)
        second.connect(name)
        answers.error(third.connect, name)
        answers.error(first.connect, name)
        third.setblocking(False)
        answers.error(third.connect, name)
        answers.value(ready(readiness(third)))
        first.sendall(b"early")
        first.close()
        connection, _ = server.accept()
        expect_bytes(connection, b"early")
        expect_end(connection)
        third.connect(name)
        fourth = unix(kind)
        fourth.setblocking(True)
        threading.Timer(SHORT, server.close).start()
        answers.error(fourth.connect, name)
        answers.error(second.recv, 4)
        answers.error(second.send, b"x")
        answers.value(second.getpeername() == name)


def readiness_masks(_, answers):
    names = Names()

    def mask(made):
        answers.value(ready(readiness(made)))

    for kind in TYPES:
        mask(unix(kind))
        one, other = pair(kind)
        mask(one)
        other.send(b"data")
        mask(one)
        answers.value(len(one.recv(8)))
        mask(one)
        other.shutdown(socket.SHUT_RD)
        mask(other)
        mask(one)
        other.shutdown(socket.SHUT_WR)
        mask(other)
        mask(one)
        one, other = pair(kind)
        one.send(b"unread")
        other.close()
        mask(one)
        answers.value(pending_error(one) != 0)
        mask(one)
        if kind != DGRAM:
            server, client = unix(kind), unix(kind)
            server.bind(names.name(b"server"))
            server.listen(1)
            mask(server)
            client.connect(names.name(b"server"))
            mask(client)
            mask(server)
            server.accept()
            mask(server)
            server.close()


def options(_, answers):
    names = Names()
    for kind in TYPES:
        made = unix(kind)
        for name in ("SO_TYPE", "SO_DOMAIN", "SO_PROTOCOL", "SO_ACCEPTCONN", "SO_ERROR"):
            answers.value(made.getsockopt(socket.SOL_SOCKET, getattr(socket, name)))
        for name, value in ((socket.SO_REUSEADDR, 1), (socket.SO_SNDBUF, 10_000)):
            if name == socket.SO_REUSEADDR:
                answers.value(made.getsockopt(socket.SOL_SOCKET, name))
            made.setsockopt(socket.SOL_SOCKET, name, value)
            answers.value(made.getsockopt(socket.SOL_SOCKET, name))
        answers.error(made.getsockopt, socket.SOL_SOCKET, 9999)
        for level in (socket.SOL_IP, socket.SOL_TCP, 9999):
            answers.error(made.getsockopt, level, 1)
            answers.error(made.setsockopt, level, 1, 1)
        if kind != DGRAM:
            made.bind(names.name(b"server"))
            made.listen(1)
            answers.value(made.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
            made.close()


def full(_, answers):
    names, too_much, message = Names(), bytes(300_000), bytes(1000)
    for kind in TYPES:
        sender, receiver = pair(kind)
        sender.setblocking(False)
        sent = 0
        if kind == STREAM:
            sent = sender.send(too_much)
            answers.value(sent < len(too_much))
        else:
            answers.error(sender.send, too_much)
            try:
                while sent < 1 << 20:
                    sent += sender.send(message)
            except BlockingIOError:
                pass
        answers.error(sender.send, message)
        answers.value(ready(readiness(sender)))
        sender.settimeout(SHORT)
        answers.error(sender.send, message)
        received = 0
        while received < sent:
            received += len(receiver.recv(2048))
        answers.value(received - sent)
        answers.value(ready(readiness(sender)))
        answers.value(sender.send(message))
    server, client = unix(DGRAM), unix(DGRAM)
    name = names.name(b"server")
    server.bind(name)
    client.setblocking(False)
    for _ in range(11):
        answers.value(client.sendto(b"m", name))
    answers.error(client.sendto, b"m", name)
    client.connect(name)
    answers.value(ready(readiness(client)))
    answers.value(len(server.recv(8)))
    answers.value(ready(readiness(client)))
    answers.value(client.send(b"m"))
    answers.error(client.send, b"m")
    server.close()
    answers.error(client.send, b"m")


def shut_down(_, answers):
    for kind in TYPES:
        one, other = pair(kind)
        one.send(b"before")
        other.shutdown(socket.SHUT_RD)
        answers.error(one.send, b"x")
        expect_bytes(other, b"before")
        other.settimeout(None if kind == DGRAM else LONG)
        answers.value(len(other.recv(8)))
        answers.value(other.send(b"back"))
        answers.value(len(one.recv(8)))
        other.shutdown(socket.SHUT_WR)
        answers.error(other.send, b"x")
        if kind == DGRAM:
            one.setblocking(False)
            answers.error(one.recv, 8)
        else:
            answers.value(len(one.recv(8)))


def reconnected(_, answers):
    names = Names()
    own, old, new = names.name(b"own"), names.name(b"old"), names.name(b"new")

    def datagram(name):
        made = unix(DGRAM)
        made.bind(name)
        made.setblocking(False)
        return made

    made, before, after = datagram(own), datagram(old), datagram(new)
    before.connect(own)
    before.send(b"early")
    made.connect(old)
    before.send(b"late")
    answers.value(len(made.recv(8)))
    made.connect(new)
    answers.error(made.recv, 8)
    answers.value(made.getpeername() == new)
    answers.error(before.send, b"x")
    answers.error(before.send, b"x")
    answers.value(made.send(b"hello"))
    answers.value(len(after.recv(8)))
    after.connect(new)
    answers.value(after.send(b"self"))
    answers.value(len(after.recv(8)))
    answers.error(made.send, b"x")


def path_of(folder, length):
    """A path in the folder with just so many bytes."""
    return (folder + "/").ljust(length, "x")


def path_limits(_, answers):
    for kind in TYPES:
        with tempfile.TemporaryDirectory() as folder:
            for length in (106, 107):
                made, path = unix(kind), path_of(folder, length)
                made.bind(path)
                answers.value(made.getsockname() == path)
            for length in (108, 109, 200):
                made, path = unix(kind), path_of(folder, length)
                answers.done(made.bind, path)
                answers.done(made.connect, path)
                answers.value(text(made.getsockname()))
            answers.value(len(os.listdir(folder)))


def file_system(_, answers):
    for kind in TYPES:
        with tempfile.TemporaryDirectory() as folder:
            file, path = f"{folder}/file", f"{folder}/server"
            Path(file).write_text("no socket")
            made = unix(kind)
            answers.error(made.bind, f"{folder}/no/such")
            answers.error(made.bind, f"{file}/below")
            answers.error(made.bind, file)
            answers.error(made.bind, folder)
            answers.error(made.connect, f"{folder}/no/such")
            answers.error(made.connect, path)
            answers.error(made.connect, file)
            answers.error(made.connect, folder)
            made.bind(path)
            answers.error(made.bind, f"{folder}/second")
            answers.error(unix(kind).bind, path)
            client = unix(kind)
            for other in TYPES:
                if other != kind:
                    answers.error(unix(other).connect, path)
            if kind != DGRAM:
                answers.error(client.connect, path)
                made.listen(1)
            client.connect(path)
            answers.value(client.getpeername() == made.getsockname())
            answers.value(len(os.listdir(folder)))


def file_stays(_, answers):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/server"
        made, sender = unix(DGRAM), unix(DGRAM)
        made.bind(path)
        answers.value(sender.sendto(b"there", path))
        answers.value(len(made.recv(8)))
        made.close()
        answers.value(os.path.exists(path))
        answers.error(sender.sendto, b"gone", path)
        again = unix(DGRAM)
        answers.error(again.bind, path)
        os.remove(path)
        answers.error(sender.sendto, b"gone", path)
        answers.done(again.bind, path)
        os.remove(path)
        answers.value(again.getsockname() == path)
        answers.error(sender.connect, path)


def any_bytes(_, answers):
    with tempfile.TemporaryDirectory() as folder:
        for name in (b"\xFF\xFE", "grüße".encode(), b"two\nlines ", b"\xED\xB2\x80"):
            path = os.fsencode(folder) + b"/" + name
            made = unix(DGRAM)
            made.bind(path)
            found = os.fsencode(made.getsockname())
            answers.value(found == path)
            answers.value(found.rsplit(b"/", 1)[1])
            answers.value(os.path.exists(path))


TWINS = {
    "unix-01": pairs,
    "unix-02": senders,
    "unix-03": abstract_names,
    "unix-04": limits,
    "unix-05": chosen,
    "unix-06": nobody,
    "unix-07": states,
    "unix-08": boundaries,
    "unix-09": friends,
    "unix-10": nul_in_a_path,
    "unix-11": backlog,
    "unix-12": readiness_masks,
    "unix-13": options,
    "unix-14": full,
    "unix-15": shut_down,
    "unix-16": reconnected,
    "unix-21": path_limits,
    "unix-22": file_system,
    "unix-23": file_stays,
    "unix-24": any_bytes,
}
