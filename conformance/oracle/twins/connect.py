"""Connect: how it starts, how it ends, and what holds in between."""

import socket

from . import create_connection
from .answers import Raw, host, pending, ready
from .fixture import (
    SHORT,
    WRITABLE,
    Stopwatch,
    accept,
    any_port,
    closed as closed_socket,
    connect,
    connecting,
    connection,
    expect_bytes,
    expect_end,
    far_deaf,
    far_listener,
    give,
    near_stream,
    of_the_other_family,
    own,
    pending_error,
    readiness,
    silent,
    sockaddr,
    unspecified,
    wait_for,
    with_port,
)


def refused(variant, answers):
    deaf, near = far_deaf(variant), near_stream(variant)
    try:
        near.connect(deaf.getsockname())
    except OSError as error:
        answers.value(Raw(f'Err("{type(error).__name__}")'))
    answers.error(near_stream(variant).connect, deaf.getsockname())
    answers.error(near.getpeername)


def refused_socket(variant, answers):
    """A socket whose connect was refused while nobody waited."""
    deaf, near = far_deaf(variant), near_stream(variant)
    near.setblocking(False)
    answers.error(near.connect, deaf.getsockname())
    wait_for(near, WRITABLE)
    return near


def refused_later(variant, answers):
    near = refused_socket(variant, answers)
    answers.value(ready(readiness(near)))
    answers.value(pending(pending_error(near)))
    answers.value(pending(pending_error(near)))
    answers.value(pending_error(near))
    answers.value(ready(readiness(near)))


def refused_then_received(variant, answers):
    near = refused_socket(variant, answers)
    answers.error(near.recv, 8)
    answers.value(len(near.recv(8)))
    answers.error(near.send, b"x")


def again_after_refusal(variant, answers):
    near, listener = refused_socket(variant, answers), far_listener(variant, 1)
    answers.value(pending(pending_error(near)))
    answers.error(near.connect, listener.getsockname())
    connect(near, listener.getsockname())
    _, peer = listener.accept()
    answers.equal(peer, near.getsockname())


def elsewhere_after_refusal(variant, answers):
    deaf, listener, near = far_deaf(variant), far_listener(variant, 1), near_stream(variant)
    answers.error(near.connect, deaf.getsockname())
    near.connect(listener.getsockname())
    far, _ = listener.accept()
    near.sendall(b"after all")
    expect_bytes(far, b"after all")


def twice(variant, answers):
    listener, near = far_listener(variant, 2), near_stream(variant)
    near.connect(listener.getsockname())
    peer = near.getpeername()
    if variant.mode == "timeout":
        near.connect_ex(listener.getsockname())  # Linux says once more that it is done
    answers.error(near.connect, listener.getsockname())
    answers.equal(near.getpeername(), peer)


def in_progress(variant, answers):
    near, listener = connecting(variant)
    address = listener.getsockname()
    answers.error(near.connect, address)
    answers.error(near.connect, address)
    listener.accept()
    wait_for(near, WRITABLE)
    near.connect(address)
    answers.error(near.connect, address)


def own_timeout(variant, answers):
    listener, near = silent(variant), near_stream(variant)
    address = listener.getsockname()
    near.settimeout(SHORT)
    watch = Stopwatch()
    answers.error(near.connect, address)
    watch.expect(SHORT)
    answers.error(near.connect, address)
    answers.error(near.send, b"x")
    listener.accept()
    wait_for(near, WRITABLE)
    answers.equal(near.getpeername(), address)


def port_zero(variant, answers):
    answers.error(near_stream(variant).connect, any_port(variant))


def wildcard(variant, answers):
    listener = near_stream(variant)
    listener.bind(("", 0))
    listener.listen(2)
    port = listener.getsockname()[1]
    expected = own(variant, port)
    for text in ("", unspecified(variant)[0]):
        client = near_stream(variant)
        connect(client, (text, port))
        answers.equal(client.getpeername(), expected)
        _, peer = accept(listener)
        answers.equal(peer, client.getsockname())
        answers.equal(host(peer), host(expected))


def everybody(variant, answers):
    v4, v6 = ("<broadcast>", "224.0.0.251"), ("ff02::fb", "ff05::fb")
    for name in v6 if variant.is_inet6 else v4:
        answers.error(near_stream(variant).connect, (name, 9))


def no_route(variant, answers):
    nobody = ("2001:db8:77::77" if variant.is_inet6 else "198.51.100.77", 9)
    answers.error(near_stream(variant).connect, nobody)
    made = socket.socket(variant.family, socket.SOCK_DGRAM)
    answers.error(made.connect, nobody)
    answers.error(made.sendto, b"x", nobody)


def itself(variant, answers):
    near = near_stream(variant)
    near.bind(any_port(variant))
    near.connect(near.getsockname())
    answers.equal(near.getpeername(), near.getsockname())
    near.sendall(b"to myself")
    expect_bytes(near, b"to myself")
    near.shutdown(socket.SHUT_WR)
    expect_end(near)


def meanwhile(variant, answers):
    near, listener = connecting(variant)
    answers.error(near.send, b"x")
    answers.error(near.recv, 8)
    answers.error(near.getpeername)
    answers.value(pending(pending_error(near)))
    name = near.getsockname()
    answers.value(name[0] != unspecified(variant)[0])
    answers.value(name[1] != 0)
    answers.error(near.connect, listener.getsockname())


def shut_down_meanwhile(variant, answers):
    near, _silent = connecting(variant)
    near.shutdown(socket.SHUT_RDWR)
    answers.value(pending(pending_error(near)))
    answers.error(near.getpeername)


def disconnected(variant, answers):
    near, far = connection(variant)
    give("connect", near, sockaddr(socket.AF_UNSPEC, bytes(14)))
    answers.error(near.getpeername)
    wait_for(far, 0)
    answers.error(far.recv, 8)
    listener = far_listener(variant, 1)
    connect(near, listener.getsockname())
    _, peer = listener.accept()
    answers.equal(peer, near.getsockname())


def other_family(variant, answers):
    near = near_stream(variant)
    other = "127.0.0.1" if variant.is_inet6 else "::1"
    answers.error(of_the_other_family(near).connect, (other, 9))
    answers.outcome(near.connect, (other, 9))


def local_name(variant, answers):
    listener, near = far_listener(variant, 1), near_stream(variant)
    answers.equal(near.getsockname(), unspecified(variant))
    connect(near, listener.getsockname())
    name = near.getsockname()
    answers.equal(with_port(name, 0), own(variant))
    answers.value(name[1] >= 1024)
    answers.equal(near.getpeername(), listener.getsockname())
    far, peer = listener.accept()
    answers.equal(peer, name)
    answers.equal(far.getpeername(), name)


def closed(variant, answers):
    for limit in (0, None):
        answers.error(closed_socket(variant, limit).connect, (variant.loopback, 9))
    answers.error(pending_error, closed_socket(variant))


def numbers(variant, answers):
    deaf, listener = far_deaf(variant), far_listener(variant, 2)
    answers.outcome(near_stream(variant).connect_ex, deaf.getsockname())
    connected = near_stream(variant)
    answers.outcome(connected.connect_ex, listener.getsockname())
    answers.outcome(connected.connect_ex, listener.getsockname())

    quiet = silent(variant)
    limited, without = near_stream(variant), near_stream(variant)
    limited.settimeout(SHORT)
    answers.outcome(limited.connect_ex, quiet.getsockname())
    answers.outcome(limited.connect_ex, quiet.getsockname())
    without.setblocking(False)
    answers.outcome(without.connect_ex, quiet.getsockname())
    answers.outcome(near_stream(variant).connect_ex, ("no such host", 9))


TWINS = {
    "connect-01": refused,
    "connect-02": refused_later,
    "connect-03": refused_then_received,
    "connect-04": again_after_refusal,
    "connect-05": elsewhere_after_refusal,
    "connect-06": twice,
    "connect-07": in_progress,
    "connect-09": own_timeout,
    "connect-11": no_route,
    "connect-14": port_zero,
    "connect-15": wildcard,
    "connect-16": everybody,
    "connect-17": itself,
    "connect-18": meanwhile,
    "connect-19": shut_down_meanwhile,
    "connect-20": disconnected,
    "connect-21": other_family,
    "connect-22": local_name,
    "connect-25": closed,
    "connect-26": numbers,
    **create_connection.TWINS,
}
