"""Close: what is still delivered, what is reset, and what is left of a closed socket."""

import errno
import os
import select
import socket
import struct

from .answers import Raw, duration, ready, some, timeout
from .fixture import (
    LONG,
    READABLE,
    Stopwatch,
    closed as closed_socket,
    connection,
    expect_bytes,
    expect_end,
    far_deaf,
    far_stream,
    fill,
    linger,
    near_datagram,
    near_listener,
    near_stream,
    set_linger,
    stays_quiet,
    wait_for,
)


def delivers(variant, answers):
    near, far = connection(variant)
    sent = fill(near)
    near.close()
    answers.value(drain(far) == sent)
    expect_end(far)


def drain(made):
    """Receives up to the end and says how much it was."""
    received = 0
    while part := made.recv(2048):
        received += len(part)
    return received


def unread(variant, answers):
    near, far = connection(variant)
    far.sendall(b"never read")
    wait_for(near, READABLE)
    near.close()
    answers.error(far.recv, 8)


def without_lingering(variant, answers):
    near, far = connection(variant)
    near.sendall(b"arrived")
    wait_for(far, READABLE)
    one = struct.pack("i", 1)
    answers.error(near.setsockopt, socket.SOL_SOCKET, socket.SO_LINGER, one)
    answers.value(near.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER))
    set_linger(near, 0)
    answers.value(some(Raw(duration(linger(near)))))
    answers.value(near.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER))
    near.close()
    wait_for(far, 0)
    expect_bytes(far, b"arrived")
    answers.error(far.recv, 8)


def lingers_in_vain(variant, answers):
    near, far = connection(variant)
    sent = fill(near)
    set_linger(near, 1)
    watch = Stopwatch()
    near.close()
    watch.expect(1)
    answers.value(drain(far) == sent)


def lingers_briefly(variant, _):
    near, far = connection(variant)
    set_linger(near, int(LONG))
    near.sendall(b"bye")
    watch = Stopwatch()
    near.close()
    watch.expect_less(LONG)
    expect_bytes(far, b"bye")
    expect_end(far)


def closed(variant, answers):
    address = (variant.loopback, 9)
    made = closed_socket(variant)
    answers.error(made.dup)
    answers.error(made.setblocking, False)
    answers.error(made.bind, address)
    answers.error(made.listen, 1)
    answers.error(made.shutdown, socket.SHUT_RDWR)
    answers.error(made.getsockname)
    answers.error(made.getpeername)
    answers.error(made.getsockopt, socket.SOL_SOCKET, socket.SO_TYPE)
    answers.error(made.setsockopt, socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    for limit in (0, None):
        made = closed_socket(variant, limit)
        answers.error(made.accept)
        answers.error(made.connect, address)
        answers.error(made.recv, 8)
        answers.error(made.recvfrom, 8)
        answers.error(made.send, b"x")
        answers.error(made.sendto, b"x", address)
        answers.error(socket.close, made.fileno())
    # To wait, a number is wanted that was one.
    number = os.dup(0)
    poll = select.poll()
    poll.register(number, READABLE)
    os.close(number)
    for limit, text in ((None, "Ok({})"), (0, "Ready(Ok({}))")):
        found = poll.poll(limit)
        answers.value(Raw(text.format(len(found))))
        answers.value(ready(found[0][1]))


def drops(variant, _):
    near, far = connection(variant)
    near.sendall(b"bye")
    del near
    expect_bytes(far, b"bye")
    expect_end(far)


def who_remembers(variant, answers):
    listener, client = near_listener(variant, 1), far_deaf(variant)
    client.connect(listener.getsockname())
    first, second = client.getsockname(), listener.getsockname()
    accepted, _ = listener.accept()
    client.shutdown(socket.SHUT_WR)
    expect_end(accepted)
    accepted.close()
    expect_end(client)
    client.close()
    listener.close()
    answers.error(far_stream(variant).bind, first)
    # The last acknowledgement may be on its way still.
    successor, idle, watch = near_stream(variant), near_datagram(variant), Stopwatch()
    while bind_ex(successor, second) == errno.EADDRINUSE:
        watch.expect_less(LONG)
        stays_quiet(idle, READABLE)
    answers.equal(successor.getsockname(), second)


def bind_ex(made, address):
    """Binds and says the error number, or 0."""
    try:
        made.bind(address)
    except OSError as error:
        return error.errno
    return 0


def one_of_two(variant, _):
    near, far = connection(variant)
    second = near.dup()
    near.close()
    stays_quiet(far, READABLE)
    second.sendall(b"alive")
    expect_bytes(far, b"alive")
    far.sendall(b"and well")
    expect_bytes(second, b"and well")
    second.close()
    expect_end(far)


def detached(variant, answers):
    near, far = connection(variant)
    name = near.getsockname()
    parts = (near.family, near.type, near.proto)
    number = near.detach()
    stays_quiet(far, READABLE)
    near = socket.socket(*parts, fileno=number)
    answers.value(timeout(near.gettimeout()))
    answers.equal(near.getsockname(), name)
    near.sendall(b"again")
    expect_bytes(far, b"again")


TWINS = {
    "close-01": delivers,
    "close-02": unread,
    "close-03": without_lingering,
    "close-04": lingers_in_vain,
    "close-05": lingers_briefly,
    "close-06": closed,
    "close-07": drops,
    "close-09": who_remembers,
    "close-11": one_of_two,
    "close-12": detached,
}
