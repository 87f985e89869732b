"""The socket object itself: what it says of itself, copies, handles that come and go, servers."""

import re
import socket

from .answers import some, timeout
from .create import protocol
from .file import raw
from .fixture import (
    LONG,
    READABLE,
    SHORT,
    Stopwatch,
    accept,
    any_port,
    closed,
    connection,
    expect_bytes,
    expect_end,
    far_datagram,
    far_stream,
    near_datagram,
    near_listener,
    near_stream,
    reset,
    stays_quiet,
    wait_for,
)

TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP


def attributes(variant, answers):
    near, _far = connection(variant)
    answers.value(near.family)
    answers.value(near.type)
    answers.value(protocol(near))
    named = socket.socket(variant.family, socket.SOCK_STREAM, TCP)
    answers.value(protocol(named))
    named.bind(any_port(variant))
    named.listen(1)
    client = far_stream(variant)
    client.connect(named.getsockname())
    accepted, _ = accept(named)
    answers.value(protocol(accepted))
    answers.value(accepted.type)
    flagged = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    datagram = socket.socket(variant.family, flagged, UDP)
    answers.value(datagram.type)
    answers.value(protocol(datagram))


def text(made):
    """The text of a socket behind the number of its descriptor, with families and types by name."""
    start = f"<socket.socket fd={made.fileno()}, "
    assert repr(made).startswith(start)
    rest = repr(made)[len(start) :]
    rest = re.sub(r"family=(\d+)", lambda n: f"family={socket.AddressFamily(int(n[1])).name}", rest)
    return re.sub(r"type=(\d+)", lambda n: f"type={socket.SocketKind(int(n[1])).name}", rest)


def shown(variant, answers):
    near, far = connection(variant)
    fresh = socket.socket(variant.family, socket.SOCK_DGRAM)
    own, peer = near.getsockname(), near.getpeername()
    name = variant.family.name
    expected = f"family={name}, type=SOCK_STREAM, proto=0, laddr={own}, raddr={peer}>"
    answers.value(len(expected) <= 240)
    answers.equal(text(near), expected)
    expected = f"family={name}, type=SOCK_DGRAM, proto=0, laddr={fresh.getsockname()}>"
    answers.value(len(expected) <= 240)
    answers.equal(text(fresh), expected)
    reset(far)
    wait_for(near, 0)
    answers.value("raddr" not in text(near))


def copied(variant, answers):
    near, far = connection(variant)
    near.settimeout(SHORT)
    copy = near.dup()
    answers.value(timeout(copy.gettimeout()))
    answers.equal(copy.family, near.family)
    answers.equal(copy.type, near.type)
    answers.value(protocol(copy))
    answers.value(copy.getsockname() == near.getsockname())
    copy.settimeout(None)
    answers.value(timeout(near.gettimeout()))
    watch = Stopwatch()
    answers.error(near.recv, 8)
    watch.expect(SHORT)
    copy.settimeout(0)
    answers.error(near.recv, 8)
    answers.error(copy.recv, 8)
    far.sendall(b"for one")
    wait_for(copy, READABLE)
    answers.value(len(copy.recv(3)))
    answers.value(len(near.recv(8)))


def copy_closed(variant, answers):
    near, far = connection(variant)
    copy, third = near.dup(), near.dup()
    near.close()
    stays_quiet(far, READABLE)
    copy.sendall(b"by the copy")
    expect_bytes(far, b"by the copy")
    copy.shutdown(socket.SHUT_WR)
    expect_end(far)
    answers.error(third.send, b"x")
    far.sendall(b"the other way")
    expect_bytes(third, b"the other way")


def adopted(variant, answers):
    near, far = connection(variant)
    name = near.getsockname()
    near = socket.socket(fileno=near.detach())
    answers.value(near.family)
    answers.value(near.type)
    answers.value(protocol(near))
    answers.value(timeout(near.gettimeout()))
    answers.value(near.getsockname() == name)
    near.sendall(b"again")
    expect_bytes(far, b"again")
    far.sendall(b"and again")
    expect_bytes(near, b"and again")
    near.close()
    expect_end(far)


def adopted_datagram(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    handle = near.detach()
    socket.setdefaulttimeout(SHORT)
    try:
        near = socket.socket(fileno=handle)
    finally:
        socket.setdefaulttimeout(None)
    answers.value(near.family)
    answers.value(near.type)
    answers.value(protocol(near))
    answers.value(timeout(near.gettimeout()))
    answers.error(near.recv, 8)
    far.sendto(b"found", near.getsockname())
    wait_for(near, READABLE)
    answers.value(len(near.recv(8)))


def unused_number():
    """A number that no descriptor has."""
    with socket.socket() as made:
        return made.fileno()


def adopted_nothing(variant, answers):
    answers.error(lambda: socket.socket(fileno=unused_number()))
    number = unused_number()
    answers.error(
        lambda: socket.socket(variant.family, socket.SOCK_STREAM, 0, fileno=number)
    )
    none = closed(variant)
    answers.value(none.fileno())
    answers.error(none.sendmsg, [b"x"])
    answers.error(none.recvmsg, 8)
    answers.value(near_stream(variant).fileno() >= 0)


def handle_closed(variant, answers):
    near, far = connection(variant)
    near.sendall(b"last")
    handle = near.detach()
    expect_bytes(far, b"last")
    socket.close(handle)
    expect_end(far)
    answers.error(socket.close, handle)


def file_of_a_detached(variant, answers):
    near, far = connection(variant)
    file = raw(near)
    near = socket.socket(fileno=near.detach())
    answers.value(some(file.write(b"both")))
    expect_bytes(far, b"both")
    far.sendall(b"for the file")
    answers.value(some(file.readinto(bytearray(16))))
    near.sendall(b"and the socket")
    expect_bytes(far, b"and the socket")


def switch(made, level, name):
    """Whether an option is on."""
    return made.getsockopt(level, name) != 0


def server(variant, answers):
    made = socket.create_server(any_port(variant), family=variant.family, backlog=2)
    name = made.getsockname()[:2]
    answers.value(timeout(made.gettimeout()))
    answers.value(made.family)
    answers.value(switch(made, socket.SOL_SOCKET, socket.SO_REUSEADDR))
    answers.error(lambda: socket.create_server(name, family=variant.family))
    client = far_stream(variant)
    client.connect(name)
    accepted, peer = made.accept()
    answers.value(peer == client.getsockname())
    accepted.close()
    expect_end(client)
    client.close()
    made.close()
    again = socket.create_server(name, family=variant.family)
    client = far_stream(variant)
    client.connect(name)
    again.accept()


def server_shared(variant, answers):
    def create(name, share):
        return socket.create_server(name, family=variant.family, reuse_port=share)

    made = create(any_port(variant), True)
    answers.value(switch(made, socket.SOL_SOCKET, socket.SO_REUSEPORT))
    name = made.getsockname()[:2]
    create(name, True).close()
    answers.error(create, name, False)
    alone = create(any_port(variant), False)
    answers.value(switch(alone, socket.SOL_SOCKET, socket.SO_REUSEPORT))
    answers.error(create, alone.getsockname()[:2], True)


def server_dual(_, answers):
    answers.value(socket.has_dualstack_ipv6())
    for both in (True, False):
        made = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=both)
        answers.value(switch(made, socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
        port = made.getsockname()[1]
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            client = socket.socket(family)
            client.settimeout(LONG)
            if both or family == socket.AF_INET6:
                client.connect((host, port))
                accepted, _ = made.accept()
                accepted.sendall(b"welcome")
                expect_bytes(client, b"welcome")
            else:
                answers.error(client.connect, (host, port))


def server_refused(_, answers):
    answers.outcome(lambda: socket.create_server(("", 0), dualstack_ipv6=True))
    answers.error(socket.create_server, ("198.51.100.7", 0))
    answers.error(lambda: socket.create_server(("", 0), family=9999))


def blocking_or_not(variant, answers):
    near, _far = connection(variant)
    for seconds in (None, 0, 1e-9, 0.0, LONG):
        near.settimeout(seconds)
        answers.value(near.getblocking())


def incoming(variant, answers):
    made = near_listener(variant, 8)
    clients = []
    for index in range(3):
        client = far_stream(variant)
        client.connect(made.getsockname())
        client.sendall(bytes([index]))
        clients.append(client)
    for index in range(3):
        byte = made.accept()[0].recv(1)
        answers.value(len(byte))
        answers.equal(byte[0], index)
    made.setblocking(False)
    for _ in range(2):
        answers.error(made.accept)


TWINS = {
    "object-01": attributes,
    "object-02": shown,
    "object-03": copied,
    "object-04": copy_closed,
    "object-05": adopted,
    "object-06": adopted_datagram,
    "object-07": adopted_nothing,
    "object-08": handle_closed,
    "object-09": file_of_a_detached,
    "object-10": server,
    "object-11": server_shared,
    "object-12": server_dual,
    "object-13": server_refused,
    "object-14": blocking_or_not,
    "object-15": incoming,
}
