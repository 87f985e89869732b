"""`makefile`: files with buffers, and of text."""

import io
import socket

from .answers import Difference, some
from .file import raw, single_bytes, whole
from .fixture import (
    READABLE,
    SHORT,
    Stopwatch,
    connection,
    expect_bytes,
    expect_end,
    fill,
    stays_quiet,
    wait_for,
)

NEWLINES = (None, "", "\n", "\r", "\r\n")


def text(made, newline=None, mode="r"):
    """A file of text in UTF-8."""
    return made.makefile(mode, encoding="utf-8", newline=newline)


def ended_with(variant, data):
    """A connection whose far side has sent this and then ended."""
    near, far = connection(variant)
    far.sendall(data)
    far.shutdown(socket.SHUT_WR)
    return near, far


def kind(file):
    """What the suite calls this kind of file."""
    both = file.readable() and file.writable()
    if isinstance(file, socket.SocketIO):
        how = "read and written" if both else "read" if file.readable() else "written"
        return f"Raw, {how}"
    if isinstance(file, io.TextIOWrapper):
        return "TextPair" if both else "TextReader" if file.readable() else "TextWriter"
    names = {
        io.BufferedReader: "Reader",
        io.BufferedWriter: "Writer",
        io.BufferedRWPair: "Pair",
    }
    return names[type(file)]


def modes(variant, answers):
    near, _far = connection(variant)
    answers.value(io.DEFAULT_BUFFER_SIZE)
    for mode, buffering in (
        ("r", None),
        ("", None),
        ("rr", None),
        ("w", None),
        ("rw", None),
        ("wr", 2),
        ("b", None),
        ("rb", None),
        ("br", 1),
        ("wb", None),
        ("rwb", None),
        ("bwr", 100_000),
        ("b", 0),
        ("rb", 0),
        ("wb", 0),
        ("rwb", 0),
    ):
        answers.value(kind(near.makefile(mode, buffering)))


def wrong_modes(variant, answers):
    near, _far = connection(variant)
    for mode, buffering in (
        ("x", None),
        ("rt", None),
        ("a", None),
        ("rb+", None),
        ("U", None),
        ("r", 0),
        ("w", 0),
        ("rw", 0),
    ):
        answers.outcome(near.makefile, mode, buffering)
    answers.outcome(text, near, "\n\r")


def bytes_and_lines(variant, answers):
    for size in (1, 4, 5, io.DEFAULT_BUFFER_SIZE):
        near, far = ended_with(variant, b"abcdefgh\nij\n\nkl")
        file, two = near.makefile("rb", size), bytearray(2)
        answers.value(some(file.read(0)))
        answers.value(some(file.read(4)))
        answers.value(some(file.peek()[0]))
        answers.value(some(file.readinto(two)))
        answers.value(two)
        for limit in (1, 2, -1, 0):
            answers.value(file.readline(limit))
        answers.value(list(file))
        for _ in range(2):
            answers.value(some(file.read(1)))
            answers.value(some(file.readinto(two)))
            answers.value(file.readline())
        answers.value(some(file.read()))


def flushed(variant, _):
    near, far = connection(variant)
    file = near.makefile("wb", 4)
    file.write(b"abc")
    stays_quiet(far, READABLE)
    file.write(b"de")
    expect_bytes(far, b"abc")
    stays_quiet(far, READABLE)
    file.write(b"0123456789")
    file.flush()
    expect_bytes(far, b"de0123456789")
    file.write(b"last")
    file.close()
    expect_bytes(far, b"last")
    near.sendall(b"on")
    expect_bytes(far, b"on")


def lines_read(variant, answers):
    data = b"a\nb\rc\r\nd\r\r\n\n\re"
    for newline in NEWLINES:
        near, _far = ended_with(variant, data)
        answers.value(list(text(near, newline)))
        near, _far = ended_with(variant, data)
        file = text(near, newline)
        answers.value("".join(iter(lambda: file.read(1), "")))
    for newline in NEWLINES:
        near, _far = ended_with(variant, b"x\r")
        file = text(near, newline)
        answers.value(file.readline())
        answers.value(file.readline())


def lines_written(variant, answers):
    for newline in NEWLINES:
        near, far = connection(variant)
        with text(near, newline, "w") as file:
            file.write("a\nb\r\n\nc")
        near.close()
        received = b""
        while part := far.recv(64):
            received += part
        answers.value(received)


def characters(variant, answers):
    near, far = connection(variant)
    far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in "aß€𝄞\nz".encode():
        far.sendall(bytes([byte]))
    far.shutdown(socket.SHUT_WR)
    file = text(near)
    answers.value(file.read(3))
    answers.value(file.readline(1))
    answers.value(file.readline())
    answers.value(file.read())
    with text(near, mode="w") as file:
        file.write("€")
    expect_bytes(far, "€".encode())


def no_characters(variant, answers):
    for data in (b"\xff", b"\xe2\x82", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"):
        near, _far = ended_with(variant, data)
        answers.outcome(text(near).read)


def each_receive(variant, answers):
    near, far = connection(variant)
    pause, limit = 0.08, 0.2
    near.settimeout(limit)
    file = near.makefile("rb", 16)
    watch = Stopwatch()
    for byte in (1, 2, 3):
        variant.later(pause * byte, far.sendall, b".")
    answers.value(some(file.read(3)))
    watch.expect(pause * 3)


def after_a_timeout(variant, answers):
    near, far = connection(variant)
    near.settimeout(SHORT)
    file, lines = near.makefile("rb", 16), text(near)
    answers.outcome(file.read, 4)
    answers.outcome(lines.readline)
    far.sendall(b"late\n")
    wait_for(near, READABLE)
    answers.outcome(file.read, 4)
    answers.outcome(file.readline)
    answers.outcome(lines.readline)
    answers.value(near.makefile("rb", 16).readline())


def nothing_lost(variant, answers):
    near, far = connection(variant)
    near.settimeout(SHORT)
    file = near.makefile("rb", 16)
    far.sendall(b"ab")
    wait_for(near, READABLE)
    answers.outcome(file.read, 4)
    answers.value(some(file.read(2)))


def nothing_now(variant, answers):
    near, far = connection(variant)
    near.setblocking(False)
    file, lines = near.makefile("rb", 16), text(near)
    answers.value(file.read(4))
    answers.value(file.read())
    answers.value(file.readinto(bytearray(4)))
    answers.value(file.readline())
    answers.value(lines.readline())
    far.sendall(b"ab")
    wait_for(near, READABLE)
    answers.value(some(file.read(4)))
    far.sendall(b"cd")
    wait_for(near, READABLE)
    answers.value(lines.readline())
    far.sendall(b"e\n")
    wait_for(near, READABLE)
    answers.value(lines.readline())


def no_room(variant, answers):
    near, far = connection(variant)
    fill(near)
    single_bytes(raw(near, "wb"))
    file = near.makefile("wb", 4)
    file.write(b"abc")
    try:
        file.write(b"defg")
    except BlockingIOError as error:
        answers.value(error.characters_written)
    else:
        raise Difference("took more than fits")
    answers.error(file.write, b"g")
    answers.error(file.flush)
    # What it holds is what is sent once there is room.
    while True:
        try:
            file.flush()
            break
        except BlockingIOError:
            far.recv(1 << 20)
    far.settimeout(0)
    received = b""
    try:
        while True:
            received = received[-4:] + far.recv(1 << 20)
    except BlockingIOError:
        answers.value(received[-4:])


def two_ways(variant, answers):
    near, far = connection(variant)
    file = text(near, mode="rw")
    file.write("one and 2\n")
    file.flush()
    expect_bytes(far, b"one and 2\n")
    far.sendall(b"first\nsecond\n")
    whole(near, 13)
    answers.value(file.readline())
    far.shutdown(socket.SHUT_WR)
    expect_end(near)
    answers.value(file.readline())
    file.close()
    near.sendall(b"still open")
    expect_bytes(far, b"still open")


TWINS = {
    "makefile-01": modes,
    "makefile-02": wrong_modes,
    "makefile-03": bytes_and_lines,
    "makefile-04": flushed,
    "makefile-05": lines_read,
    "makefile-06": lines_written,
    "makefile-07": characters,
    "makefile-08": no_characters,
    "makefile-09": each_receive,
    "makefile-10": after_a_timeout,
    "makefile-11": nothing_lost,
    "makefile-12": nothing_now,
    "makefile-13": no_room,
    "makefile-14": two_ways,
}
