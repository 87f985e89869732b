"""Readiness: what `poll` says in every state, and that it keeps saying so."""

import select
import socket

from .answers import ready
from .fixture import (
    BOTH,
    READABLE,
    SHORT,
    WRITABLE,
    Stopwatch,
    becomes,
    connecting,
    connection,
    expect_bytes,
    expect_end,
    far_datagram,
    far_deaf,
    far_stream,
    fill,
    near_datagram,
    near_listener,
    near_stream,
    readiness,
    reset,
    wait_for,
)


def nothing_to_do(variant, answers):
    listener = near_listener(variant, 1)
    listener.setblocking(False)
    answers.error(listener.accept)
    near, far = connection(variant)
    near.setblocking(False)
    buffer = bytearray(b"-" * 8)
    answers.error(near.recv_into, buffer)
    answers.error(near.recv_into, buffer, 0, socket.MSG_PEEK)
    answers.error(near.recvfrom_into, buffer)
    answers.value(buffer)
    sent = fill(near)
    answers.error(near.send, b"x")
    near.shutdown(socket.SHUT_WR)
    received = 0
    while data := far.recv(1 << 16):
        received += len(data)
    answers.value(received == sent)
    far.sendall(b"back")
    expect_bytes(near, b"back")


def received(variant, answers):
    near, far = connection(variant)
    becomes(near, WRITABLE)
    far.sendall(b"data")
    becomes(near, BOTH)
    far.shutdown(socket.SHUT_WR)
    expect_bytes(near, b"data")
    expect_end(near)
    answers.value(ready(readiness(near)))

    near, far = connection(variant)
    reset(far)
    wait_for(near, 0)
    answers.value(ready(readiness(near)))
    answers.error(near.recv, 8)
    answers.value(ready(readiness(near)))


def connects(variant, answers):
    answers.value(ready(readiness(near_stream(variant))))

    near, unanswered = connecting(variant)
    answers.value(ready(readiness(near)))
    unanswered.accept()
    becomes(near, WRITABLE)

    deaf = far_deaf(variant)
    refused = near_stream(variant)
    refused.setblocking(False)
    answers.error(refused.connect, deaf.getsockname())
    wait_for(refused, 0)
    answers.value(ready(readiness(refused)))


def listens(variant, answers):
    listener = near_listener(variant, 2)
    listener.setblocking(False)
    answers.value(ready(readiness(listener)))
    clients = [far_stream(variant), far_stream(variant)]
    for client in clients:
        client.connect(listener.getsockname())
    for _ in clients:
        becomes(listener, READABLE)
        listener.accept()
    answers.value(ready(readiness(listener)))
    answers.error(listener.accept)


def empty_datagram(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    answers.value(ready(readiness(near)))
    far.sendto(b"", near.getsockname())
    becomes(near, BOTH)
    answers.value(len(near.recv(8)))
    answers.value(ready(readiness(near)))


def no_room(variant, answers):
    near, far = connection(variant)
    sent, got = fill(near), 0
    answers.value(ready(readiness(near)))
    far.sendall(b"x")
    becomes(near, READABLE)
    while got < sent:
        got += len(far.recv(2048))
    becomes(near, BOTH)


def until_drained(variant, answers):
    near, far = connection(variant)
    far.sendall(b"123")
    for _ in range(3):
        becomes(near, BOTH)
        becomes(near, BOTH)
        answers.value(len(near.recv(1)))
    answers.value(ready(readiness(near)))


def poll_timeouts(variant, answers):
    quiet, busy = near_datagram(variant), near_datagram(variant)
    poll = select.poll()
    poll.register(quiet, READABLE)
    poll.register(busy, READABLE)
    watch = Stopwatch()
    answers.value(len(poll.poll(0)))
    watch.expect_less(SHORT)
    watch = Stopwatch()
    found = poll.poll(SHORT * 1000)
    answers.value(len(found))
    watch.expect(SHORT)
    answers.value(ready(sum(bits for _, bits in found)))

    variant.later(SHORT, far_datagram(variant).sendto, b"hello", busy.getsockname())
    found = dict(poll.poll())
    answers.value(len(found))
    answers.value(ready(found.get(quiet.fileno(), 0)))
    answers.value(ready(found.get(busy.fileno(), 0)))


TWINS = {
    "ready-01": nothing_to_do,
    "ready-02": received,
    "ready-03": connects,
    "ready-04": listens,
    "ready-05": empty_datagram,
    "ready-06": no_room,
    "ready-07": until_drained,
    "ready-08": poll_timeouts,
}
