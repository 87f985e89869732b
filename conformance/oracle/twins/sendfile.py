"""Sending files over a stream: what is sent, where the file stands afterwards, what is refused."""

import io
import socket
import tempfile

from .answers import Difference
from .fixture import (
    READABLE,
    SHORT,
    Stopwatch,
    connection,
    expect_bytes,
    expect_end,
    near_datagram,
    near_stream,
    stays_quiet,
)


def file_with(data):
    """A file of the host with these bytes, from its beginning."""
    file = tempfile.TemporaryFile()
    file.write(data)
    file.seek(0)
    return file


def pattern(length):
    """Bytes that tell where they stand."""
    return bytes(number % 251 for number in range(length))


def whole(variant, answers):
    near, far = connection(variant)
    data = pattern(100_000)
    file = file_with(data)
    answers.value(near.sendfile(file))
    answers.value(file.tell())
    expect_bytes(far, data)
    empty = file_with(b"")
    answers.value(near.sendfile(empty))
    answers.value(empty.tell())
    stays_quiet(far, READABLE)


def send(near, far, answers, data, file, offset, count):
    """Sends a part of a file and expects it."""
    sent = answers.value(near.sendfile(file, offset, count))
    answers.value(file.tell())
    expect_bytes(far, data[offset : offset + sent])


def parts(variant, answers):
    near, far = connection(variant)
    data = pattern(20_000)
    for offset, count in ((0, 10), (5, None), (19_990, 100), (8192, 8193), (20_000, None), (30_000, 1)):
        send(near, far, answers, data, file_with(data), offset, count)
    stays_quiet(far, READABLE)


def in_memory(variant, answers):
    near, far = connection(variant)
    data = pattern(20_000)
    for offset, count in ((0, None), (5, 8195), (19_990, 100)):
        send(near, far, answers, data, io.BytesIO(data), offset, count)
    stays_quiet(far, READABLE)


def refused(variant, answers, file):
    near, far = connection(variant)
    answers.outcome(near.sendfile, file, 0, 0)
    near.setblocking(False)
    answers.outcome(near.sendfile, file)
    datagram = near_datagram(variant)
    datagram.connect(far.getsockname())
    answers.outcome(datagram.sendfile, file)
    answers.error(near_stream(variant).sendfile, file)
    stays_quiet(far, READABLE)


def timed_out(variant, answers, file_with):
    near, far = connection(variant)
    near.settimeout(SHORT)
    data = pattern(16 << 20)
    file = file_with(data)
    watch = Stopwatch()
    answers.error(near.sendfile, file)
    watch.expect(SHORT)
    sent = file.tell()
    answers.value(0 < sent < len(data))
    near.shutdown(socket.SHUT_WR)
    received = bytearray()
    while len(received) < sent:
        part = far.recv(1 << 20)
        if not part:
            raise Difference(f"the end after {len(received)} of {sent} bytes")
        received += part
    answers.value(received == data[:sent])
    expect_end(far)


TWINS = {
    "sendfile-01": whole,
    "sendfile-02": parts,
    "sendfile-03": in_memory,
    "sendfile-04": lambda variant, answers: refused(variant, answers, io.BytesIO(b"content")),
    "sendfile-05": lambda variant, answers: timed_out(variant, answers, io.BytesIO),
    "sendfile-06": lambda variant, answers: refused(variant, answers, file_with(b"content")),
    "sendfile-07": lambda variant, answers: timed_out(variant, answers, file_with),
}
