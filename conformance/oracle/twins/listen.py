"""Listen and accept: who waits where, in which order, and what an accepted socket is like."""

import queue
import socket

from . import forged
from .answers import Raw, duration, some, timeout
from .fixture import (
    LONG,
    READABLE,
    SHORT,
    WRITABLE,
    Stopwatch,
    accept,
    any_port,
    becomes,
    connecting,
    connection,
    expect_bytes,
    expect_end,
    far_listener,
    far_stream,
    gives_up,
    linger,
    near_datagram,
    near_listener,
    near_stream,
    own,
    reset,
    set_linger,
    set_mode,
    stays_quiet,
    unspecified,
    wait_for,
    with_port,
)


def option(made, level, name):
    """Whether an option is on."""
    return made.getsockopt(level, name) != 0


def listening(made):
    """Whether the socket listens."""
    return option(made, socket.SOL_SOCKET, socket.SO_ACCEPTCONN)


def client_of(variant, listener):
    """A client that is connected to this listener."""
    client = far_stream(variant)
    client.connect(listener.getsockname())
    return client


def unbound(variant, answers):
    listener = near_stream(variant)
    listener.listen(1)
    name = listener.getsockname()
    answers.equal(with_port(name, 0), unspecified(variant))
    answers.value(name[1] != 0)
    answers.value(listening(listener))


def datagram(variant, answers):
    made = near_datagram(variant)
    answers.error(made.listen, 1)
    answers.error(made.accept)


def connected(variant, answers):
    near, _far = connection(variant)
    answers.error(near.listen, 1)
    near, _silent = connecting(variant)
    answers.error(near.listen, 1)


def again(variant, answers):
    listener = near_listener(variant, 3)
    client = client_of(variant, listener)
    wait_for(listener, READABLE)
    listener.listen(1)
    _, peer = listener.accept()
    answers.equal(peer, client.getsockname())


def negative_backlog(variant, _):
    listener = near_listener(variant, -1)
    _client = client_of(variant, listener)
    listener.accept()


def accept_without_listening(variant, answers):
    fresh = near_stream(variant)
    answers.error(fresh.accept)
    fresh.bind(any_port(variant))
    answers.error(fresh.accept)
    near, _far = connection(variant)
    answers.error(near.accept)


def nobody_comes(variant, answers):
    listener = near_listener(variant, 1)
    listener.settimeout(0 if variant.mode == "non-blocking" else SHORT)
    watch = Stopwatch()
    gives_up(variant, answers, listener.accept)
    if variant.mode == "non-blocking":
        watch.expect_less(SHORT)
    else:
        watch.expect(SHORT)


def backlog(variant, answers):
    for number in (0, 2):
        listener = near_listener(variant, number)
        _clients = [client_of(variant, listener) for _ in range(number + 1)]
        extra = far_stream(variant)
        extra.setblocking(False)
        answers.error(extra.connect, listener.getsockname())
        stays_quiet(extra, WRITABLE)
        listener.accept()
        becomes(extra, WRITABLE)


def order(variant, answers):
    listener = near_listener(variant, 4)
    clients = [client_of(variant, listener) for _ in range(4)]
    for client in clients:
        _, peer = accept(listener)
        answers.equal(peer, client.getsockname())


def peer_name(variant, answers):
    listener = near_listener(variant, 1)
    client = client_of(variant, listener)
    accepted, peer = accept(listener)
    answers.equal(peer, client.getsockname())
    answers.equal(accepted.getpeername(), client.getsockname())
    answers.equal(accepted.getsockname(), client.getpeername())
    answers.equal(accepted.family, listener.family)
    answers.equal(accepted.type, listener.type)


def local_name(variant, answers):
    listener = near_stream(variant)
    listener.bind(("", 0))
    listener.listen(1)
    dialled = own(variant, listener.getsockname()[1])
    client = far_stream(variant)
    client.connect(dialled)
    accepted, _ = listener.accept()
    answers.equal(accepted.getsockname(), dialled)


def mode_of_the_accepted(variant, answers):
    listener = near_listener(variant, 1)
    default = socket.getdefaulttimeout()
    for wanted in (None, 0, SHORT):
        client = client_of(variant, listener)
        socket.setdefaulttimeout(wanted)
        try:
            accepted, _ = accept(listener)
        finally:
            socket.setdefaulttimeout(default)
        answers.value(timeout(accepted.gettimeout()))
        if wanted is None:
            variant.later(SHORT, client.send, b"late")
            answers.value(len(accepted.recv(8)))
        else:
            answers.error(accepted.recv, 8)


def inherited_options(variant, answers):
    listener = near_listener(variant, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, True)
    set_linger(listener, 3)
    _client = client_of(variant, listener)
    accepted, _ = listener.accept()
    answers.value(option(accepted, socket.IPPROTO_TCP, socket.TCP_NODELAY))
    answers.value(option(accepted, socket.SOL_SOCKET, socket.SO_KEEPALIVE))
    answers.value(some(Raw(duration(linger(accepted)))))
    answers.value(not listening(accepted))


def reset_before_accept(variant, answers):
    listener = near_listener(variant, 1)
    client = client_of(variant, listener)
    wait_for(listener, READABLE)
    reset(client)
    accepted, _ = listener.accept()
    wait_for(accepted, 0)
    answers.error(accepted.recv, 8)
    answers.error(accepted.getpeername)


def end_before_accept(variant, answers):
    listener = near_listener(variant, 1)
    client = client_of(variant, listener)
    name = client.getsockname()
    client.sendall(b"and gone")
    client.close()
    accepted, peer = listener.accept()
    answers.equal(peer, name)
    expect_bytes(accepted, b"and gone")
    expect_end(accepted)
    answers.equal(accepted.getpeername(), name)


def data_before_accept(variant, _):
    listener = near_listener(variant, 1)
    client = client_of(variant, listener)
    client.sendall(b"early")
    accepted, _ = accept(listener)
    set_mode(variant, accepted)
    expect_bytes(accepted, b"early")
    accepted.sendall(b"reply")
    expect_bytes(client, b"reply")


def closed_with_pending(variant, answers):
    listener = near_listener(variant, 1)
    client = client_of(variant, listener)
    wait_for(listener, READABLE)
    listener.close()
    answers.error(client.recv, 8)


def shut_down(variant, answers):
    listener = near_listener(variant, 1)
    watch = Stopwatch()
    variant.later(SHORT, listener.dup().shutdown, socket.SHUT_RD)
    answers.error(listener.accept)
    watch.expect(SHORT)
    answers.error(far_stream(variant).connect, listener.getsockname())


def transfer(variant, answers):
    listener = near_listener(variant, 1)
    answers.error(listener.recv, 8)
    answers.error(listener.send, b"x")


def connect_of_a_listener(variant, answers):
    listener, other = near_listener(variant, 1), far_listener(variant, 1)
    answers.error(listener.connect, other.getsockname())


def from_many_threads(variant, answers):
    count = 8
    listener, accepted = near_listener(variant, 1), queue.SimpleQueue()
    for _ in range(count):
        variant.accompany(lambda: accepted.put(listener.accept()))
    for _ in range(count):
        client = client_of(variant, listener)
        _socket, peer = accepted.get(timeout=LONG)
        answers.equal(peer, client.getsockname())


def reset_of_one(variant, answers):
    listener = near_listener(variant, 3)
    first, second, third = (client_of(variant, listener) for _ in range(3))
    wait_for(listener, READABLE)
    reset(second)
    for client in (first, None, third):
        accepted, peer = listener.accept()
        if client is None:
            wait_for(accepted, 0)
            answers.error(accepted.recv, 8)
            continue
        answers.equal(peer, client.getsockname())
        client.sendall(b"unharmed")
        expect_bytes(accepted, b"unharmed")


TWINS = {
    "listen-01": unbound,
    "listen-02": datagram,
    "listen-03": connected,
    "listen-04": again,
    "listen-05": negative_backlog,
    "listen-06": accept_without_listening,
    "listen-07": nobody_comes,
    "listen-08": backlog,
    "listen-09": order,
    "listen-10": peer_name,
    "listen-11": local_name,
    "listen-12": mode_of_the_accepted,
    "listen-13": inherited_options,
    "listen-14": reset_before_accept,
    "listen-15": end_before_accept,
    "listen-16": data_before_accept,
    "listen-17": closed_with_pending,
    "listen-19": shut_down,
    "listen-20": transfer,
    "listen-21": connect_of_a_listener,
    "listen-22": from_many_threads,
    "listen-24": forged.flood,
    "listen-26": reset_of_one,
}
