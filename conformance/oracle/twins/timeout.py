"""Timeouts: which operations have one, when it begins, and what it leaves behind."""

import errno
import socket
import threading

from .answers import Difference, Raw, duration, some, timeout
from .fixture import (
    CHUNK,
    LONG,
    READABLE,
    SHORT,
    Stopwatch,
    connection,
    expect_bytes,
    far_stream,
    fill,
    near_datagram,
    near_listener,
    near_stream,
    silent,
    wait_for,
)


def three_modes(variant, answers):
    made = socket.socket(variant.family)
    for seconds in (None, 0, 0.0, 1):
        made.settimeout(seconds)
        found = made.gettimeout()
        answers.value(timeout(found))
        answers.value(some(None if found is None else Raw(duration(found))))
        answers.value(made.getblocking())
    made.setblocking(False)
    answers.value(timeout(made.gettimeout()))
    made.setblocking(True)
    answers.value(timeout(made.gettimeout()))


def takes_short(answers, call, *arguments):
    """Records the error of a call that takes SHORT."""
    watch = Stopwatch()
    answers.error(call, *arguments)
    watch.expect(SHORT)


def every_operation(variant, answers):
    unanswered = silent(variant)
    listener = near_listener(variant, 1)
    listener.settimeout(SHORT)
    takes_short(answers, listener.accept)
    fresh = near_stream(variant)
    fresh.settimeout(SHORT)
    takes_short(answers, fresh.connect, unanswered.getsockname())

    near, far = connection(variant)
    near.settimeout(SHORT)
    takes_short(answers, near.recv, 8)
    takes_short(answers, near.recv_into, bytearray(8), 4, socket.MSG_PEEK)
    takes_short(answers, near.recvfrom, 8)
    takes_short(answers, near.recvfrom_into, bytearray(8), 4)

    for call in (
        lambda: near.send(b"x"),
        lambda: near.sendall(b"x"),
        lambda: near.sendto(b"x", far.getsockname()),
    ):
        fill(near)
        near.settimeout(SHORT)
        takes_short(answers, call)

    datagram = near_datagram(variant)
    datagram.settimeout(SHORT)
    takes_short(answers, datagram.recv, 8)
    takes_short(answers, datagram.recvfrom, 8)


def would_block(variant, answers):
    listener = near_listener(variant, 1)
    listener.setblocking(False)
    try:
        listener.accept()
    except OSError as error:
        number, kind = errno.errorcode[error.errno], type(error).__name__
        answers.value(Raw(f'Err((Some({number}), "{kind}"))'))
    else:
        raise Difference("accept was to fail")

    near, far = connection(variant)
    fill(near)
    watch = Stopwatch()
    answers.error(near.recv, 8)
    answers.error(near.recvfrom, 8)
    answers.error(near.send, b"x")
    answers.error(near.sendall, b"x")
    answers.error(near.sendto, b"x", far.getsockname())
    watch.expect_less(SHORT)


def whole_sendall(variant, answers):
    near, far = connection(
        variant,
        lambda near: near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096),
        lambda far: far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),
    )
    before = fill(near)
    near.settimeout(0.1)
    received, lock = [], threading.Lock()

    def drip(most):
        with lock:  # what is received is counted before anybody else receives
            received.append(len(far.recv(most)))
            return received[-1]

    for number in range(1, 13):
        variant.later(0.025 * number, drip, 2048)
    watch = Stopwatch()
    answers.error(near.sendall, CHUNK)
    watch.expect(0.1)
    watch.expect_less(0.025 * 12)
    # How much of it was sent, sendall does not tell: the peer does.
    near.shutdown(socket.SHUT_WR)
    while drip(1 << 16):
        pass
    answers.value(sum(received) - before < len(CHUNK))


def each_receive(variant, answers):
    near, far = connection(variant)
    near.settimeout(0.2)
    watch = Stopwatch()
    for byte in range(1, 4):
        variant.later(0.08 * byte, far.sendall, b".")
    for _ in range(3):
        answers.value(len(near.recv(8)))
    watch.expect(0.08 * 3)


def in_time(variant, _):
    near, far = connection(variant)
    near.settimeout(LONG)
    watch = Stopwatch()
    variant.later(SHORT, far.sendall, b"in time")
    expect_bytes(near, b"in time")
    watch.expect(SHORT)


def afterwards(variant, answers):
    near, far = connection(variant)
    near.settimeout(SHORT)
    answers.error(near.recv, 8)
    answers.error(near.recv, 8)
    far.sendall(b"later")
    near.settimeout(LONG)
    expect_bytes(near, b"later")
    near.sendall(b"thanks")
    expect_bytes(far, b"thanks")


def never_early(variant, answers):
    near = near_datagram(variant)
    for limit in (1e-9, 0.0011, 0.02, 0.05):
        near.settimeout(limit)
        watch = Stopwatch()
        answers.error(near.recv, 8)
        watch.expect(limit)
    near.sendto(b"there", near.getsockname())
    wait_for(near, READABLE)
    near.settimeout(1e-9)
    answers.value(len(near.recv(8)))


def default_timeout(variant, answers):
    listener = near_listener(variant, 1)
    client = far_stream(variant)
    client.connect(listener.getsockname())
    socket.setdefaulttimeout(SHORT)
    try:
        during, (accepted, _) = socket.getdefaulttimeout(), listener.accept()
        new = socket.socket(variant.family, socket.SOCK_DGRAM)
    finally:
        socket.setdefaulttimeout(None)
    answers.value(timeout(during))
    answers.value(timeout(socket.getdefaulttimeout()))
    answers.value(timeout(accepted.gettimeout()))
    answers.value(timeout(new.gettimeout()))
    answers.value(timeout(listener.gettimeout()))
    takes_short(answers, accepted.recv, 8)
    takes_short(answers, new.recv, 8)


TWINS = {
    "timeout-01": three_modes,
    "timeout-06": every_operation,
    "timeout-07": would_block,
    "timeout-08": whole_sendall,
    "timeout-09": each_receive,
    "timeout-10": in_time,
    "timeout-11": afterwards,
    "timeout-13": never_early,
    "timeout-16": default_timeout,
}
