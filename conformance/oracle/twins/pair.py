"""Pairs: two sockets that are connected to each other.

On Linux CPython has no pairs of the IP families. What a pair does once it is there is asked of the
two ends of a connection over the loopback; that there is none is a difference with its reason.
"""

import socket

from .answers import Raw, error_name, some, timeout
from .fixture import (
    LONG,
    READABLE,
    SHORT,
    expect_bytes,
    expect_end,
    reset,
    wait_for,
    with_port,
)

STREAM, UNIX = socket.SOCK_STREAM, socket.AF_UNIX


def connected(variant):
    """The two ends of a connection over the loopback."""
    with socket.socket(variant.family) as listener:
        listener.bind((variant.loopback, 0))
        listener.listen()
        one = socket.socket(variant.family)
        one.connect(listener.getsockname())
        return one, listener.accept()[0]


def both_ways(variant, answers):
    one, other = socket.socketpair(variant.family)
    for near, far in ((one, other), (other, one)):
        answers.value(near.family)
        answers.value(near.type)
        answers.value(Raw("IPPROTO_IP"))
        answers.value(near.send(b"hello"))
        expect_bytes(far, b"hello")
        answers.value(near.getsockname() == far.getpeername())
        answers.value(with_port(near.getsockname(), 0))


def the_end(variant, answers):
    one, other = connected(variant)
    one.sendall(b"last")
    one.shutdown(socket.SHUT_WR)
    expect_bytes(other, b"last")
    expect_end(other)
    other.sendall(b"answer")
    expect_bytes(one, b"answer")
    one.close()
    answers.value(other.send(b"hello?"))
    wait_for(other, 0)
    answers.error(other.send, b"hello?")
    expect_end(other)


def timeouts(_, answers):
    pairs = [socket.socketpair()]
    socket.setdefaulttimeout(4)
    try:
        pairs.append(socket.socketpair())
        pairs.append(socket.socketpair(UNIX, STREAM | socket.SOCK_NONBLOCK))
        socket.setdefaulttimeout(0)
        pairs.append(socket.socketpair())
    finally:
        socket.setdefaulttimeout(None)
    for one, other in pairs:
        answers.value((timeout(one.gettimeout()), timeout(other.gettimeout())))
        if one.gettimeout() == 0:
            answers.error(one.recv, 1)
            answers.error(other.recv, 1)


def whole_api(variant, answers):
    one, other = connected(variant)
    one.settimeout(SHORT)
    other.settimeout(LONG)
    answers.error(one.recv, 8)
    answers.value(one.sendmsg([b"mes", b"sage"]))
    wait_for(other, READABLE)
    answers.value(other.recv_into(bytearray(8), 3, socket.MSG_PEEK))
    count, sender = other.recvfrom_into(bytearray(8))
    answers.value((count, some(sender)))
    one.setsockopt(socket.SOL_TCP, socket.TCP_NODELAY, True)
    answers.value(one.getsockopt(socket.SOL_TCP, socket.TCP_NODELAY) == 1)
    answers.value(other.getsockopt(socket.SOL_TCP, socket.TCP_NODELAY) == 0)
    again = one.dup()
    one.close()
    again.sendall(b"still here")
    expect_bytes(other, b"still here")
    answers.error(again.listen, 1)
    other.setblocking(False)
    answers.error(other.recv, 8)


def refused(variant, answers):
    for family, kind, protocol in (
        (variant.family, socket.SOCK_DGRAM, 0),
        (variant.family, socket.SOCK_DGRAM, socket.IPPROTO_UDP),
        (variant.family, STREAM, socket.IPPROTO_UDP),
        (variant.family, socket.SOCK_SEQPACKET, 0),
        (variant.family, 75, 0),
        (9999, STREAM, 0),
    ):
        try:
            socket.socketpair(family, kind, protocol)
        except OSError as error:
            answers.value(Raw(f"Err(Some({error_name(error)}))"))
        else:
            answers.value(Raw("Ok(())"))


def leaves_nothing(variant, _):
    for _ in range(100):
        one, other = connected(variant)
        reset(one)
        other.close()


def by_default(_, answers):
    one, other = socket.socketpair()
    for near, far in ((one, other), (other, one)):
        answers.value(near.family)
        answers.value(near.type)
        answers.value(Raw({0: "IPPROTO_IP"}[near.proto]))
        answers.value(timeout(near.gettimeout()))
        answers.value(near.send(b"hello"))
        expect_bytes(far, b"hello")


def broken(_, answers):
    one, other = socket.socketpair()
    one.sendall(b"last")
    one.close()
    answers.error(other.send, b"hello?")
    expect_bytes(other, b"last")
    expect_end(other)
    one, other = socket.socketpair()
    one.sendall(b"unread")
    other.close()
    answers.error(one.recv, 8)
    expect_end(one)


def default_timeout(_, answers):
    socket.setdefaulttimeout(4)
    try:
        ends = socket.socketpair()
    finally:
        socket.setdefaulttimeout(None)
    for end in ends:
        answers.value(timeout(end.gettimeout()))


TWINS = {
    "pair-01": both_ways,
    "pair-02": the_end,
    "pair-03": timeouts,
    "pair-04": whole_api,
    "pair-05": refused,
    "pair-06": leaves_nothing,
    "pair-07": by_default,
    "pair-08": broken,
    "pair-09": default_timeout,
}
