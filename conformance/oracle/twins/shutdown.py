"""Shutdown: ending one half, both halves, and what is left."""

import socket

from .close import drain
from .fixture import (
    READABLE,
    SHORT,
    Stopwatch,
    connection,
    expect_bytes,
    expect_end,
    far_datagram,
    fill,
    near_datagram,
    near_stream,
    reset,
    stays_quiet,
    wait_for,
)


def sending(variant, answers):
    near, far = connection(variant)
    near.sendall(b"all of it")
    near.shutdown(socket.SHUT_WR)
    answers.error(near.send, b"more")
    expect_bytes(far, b"all of it")
    expect_end(far)
    far.sendall(b"answer")
    expect_bytes(near, b"answer")


def sending_twice(variant, _):
    near, far = connection(variant)
    near.shutdown(socket.SHUT_WR)
    near.shutdown(socket.SHUT_WR)
    far.sendall(b"still here")
    expect_bytes(near, b"still here")


def receiving(variant, _):
    near, far = connection(variant)
    far.sendall(b"queued")
    wait_for(near, READABLE)
    near.shutdown(socket.SHUT_RD)
    expect_bytes(near, b"queued")
    expect_end(near)
    expect_end(near)


def receiving_is_local(variant, answers):
    near, far = connection(variant)
    near.shutdown(socket.SHUT_RD)
    stays_quiet(far, READABLE)
    near.sendall(b"one way")
    expect_bytes(far, b"one way")
    answers.equal(near.getpeername(), far.getsockname())


def both(variant, answers):
    near, far = connection(variant)
    near.sendall(b"last words")
    near.shutdown(socket.SHUT_RDWR)
    expect_end(near)
    answers.error(near.send, b"x")
    expect_bytes(far, b"last words")
    expect_end(far)


def when_all_is_over(variant, answers):
    near, far = connection(variant)
    near.shutdown(socket.SHUT_WR)
    expect_end(far)
    far.shutdown(socket.SHUT_WR)
    expect_end(near)
    answers.error(near.shutdown, socket.SHUT_WR)
    answers.error(near.shutdown, socket.SHUT_RD)
    answers.error(near.getpeername)
    expect_end(near)


def unconnected(variant, answers):
    fresh = near_stream(variant)
    for how in (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR):
        answers.error(fresh.shutdown, how)


def unknown_half(variant, answers):
    near, far = connection(variant)
    for how in (3, -1, 99):
        answers.error(near.shutdown, how)
    near.sendall(b"unharmed")
    expect_bytes(far, b"unharmed")


def datagram(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    near.connect(far.getsockname())
    near.shutdown(socket.SHUT_WR)
    answers.error(near.send, b"x")
    far.sendto(b"in", near.getsockname())
    wait_for(near, READABLE)
    answers.value(len(near.recv(8)))
    near.shutdown(socket.SHUT_RD)
    answers.value(len(near.recv(8)))


def unconnected_datagram(variant, answers):
    for made in (socket.socket(variant.family, socket.SOCK_DGRAM), near_datagram(variant)):
        for how in (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR):
            answers.error(made.shutdown, how)


def after_reset(variant, answers):
    near, far = connection(variant)
    reset(far)
    wait_for(near, 0)
    answers.error(near.shutdown, socket.SHUT_RDWR)
    answers.error(near.recv, 8)


def unsent_data(variant, answers):
    near, far = connection(variant)
    sent = fill(near)
    near.shutdown(socket.SHUT_WR)
    answers.value(drain(far) == sent)


def wakes(variant, answers):
    near, far = connection(variant)
    watch = Stopwatch()
    variant.later(SHORT, near.dup().shutdown, socket.SHUT_RDWR)
    answers.value(len(near.recv(8)))
    watch.expect(SHORT)
    expect_end(far)


TWINS = {
    "shutdown-01": sending,
    "shutdown-02": sending_twice,
    "shutdown-03": receiving,
    "shutdown-05": receiving_is_local,
    "shutdown-06": both,
    "shutdown-07": when_all_is_over,
    "shutdown-08": unconnected,
    "shutdown-09": unknown_half,
    "shutdown-10": datagram,
    "shutdown-11": unconnected_datagram,
    "shutdown-12": after_reset,
    "shutdown-13": unsent_data,
    "shutdown-14": wakes,
}
