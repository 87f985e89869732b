"""Sockets as unbuffered files: who keeps the socket open, and what a timeout leaves."""

import socket

from .answers import some
from .fixture import (
    READABLE,
    SHORT,
    CHUNK,
    Stopwatch,
    connection,
    expect_bytes,
    expect_end,
    fill,
    wait_for,
)


def raw(made, mode="rwb"):
    """A file without a buffer."""
    return made.makefile(mode, buffering=0)


def last_close(variant, answers):
    for order in ("s12", "s21", "1s2", "12s", "2s1"):
        near, far = connection(variant)
        open_ones = {"s": near, "1": raw(near), "2": raw(near)}
        for which in order:
            open_ones.pop(which).close()
            if "s" in open_ones:
                near.sendall(b"open")
            elif open_ones:
                answers.value(some(next(iter(open_ones.values())).write(b"open")))
            else:
                break
            expect_bytes(far, b"open")
        expect_end(far)


def outlives_the_block(variant, answers):
    near, far = connection(variant)
    with near:
        file = raw(near)
    far.sendall(b"alive?")
    answers.value(some(file.readinto(bytearray(8))))
    answers.value(some(file.write(b"yes")))
    expect_bytes(far, b"yes")
    file.close()
    expect_end(far)


def access(variant, answers):
    near, far = connection(variant)
    for mode in ("rb", "wb", "rwb"):
        file = raw(near, mode)
        readable = answers.value(file.readable())
        writable = answers.value(file.writable())
        answers.value(file.seekable())
        if writable:
            answers.value(some(file.write(b"there")))
            expect_bytes(far, b"there")
        else:
            answers.error(file.write, b"there")
        if readable:
            far.sendall(b"back")
            answers.value(some(file.readinto(bytearray(8))))
        else:
            answers.error(file.readinto, bytearray(8))


def whole(made, count):
    """Waits until so much has arrived."""
    while len(made.recv(count, socket.MSG_PEEK)) < count:
        pass


def bytes_(variant, answers):
    near, far = connection(variant)
    file, buffer = raw(near), bytearray(4)
    answers.value(some(file.write(b"")))
    far.sendall(b"abcdef")
    far.shutdown(socket.SHUT_WR)
    whole(near, 6)
    answers.value(some(file.readinto(bytearray())))
    for _ in range(2):
        answers.value(some(file.readinto(buffer)))
        answers.value(buffer)
    for _ in range(2):
        answers.value(some(file.readinto(buffer)))
    answers.value(some(file.write(b"answer")))
    expect_bytes(far, b"answer")


def after_a_timeout(variant, answers):
    near, far = connection(variant)
    near.settimeout(SHORT)
    file, other = raw(near), raw(near)
    watch = Stopwatch()
    answers.error(file.readinto, bytearray(8))
    watch.expect(SHORT)
    far.sendall(b"late")
    wait_for(near, READABLE)
    for _ in range(2):
        answers.outcome(file.readinto, bytearray(8))
    answers.value(some(file.write(b"still")))
    expect_bytes(far, b"still")
    answers.value(some(other.readinto(bytearray(2))))
    answers.value(len(near.recv(8)))


def nothing_now(variant, answers):
    near, far = connection(variant)
    near.setblocking(False)
    file = raw(near)
    answers.value(file.readinto(bytearray(8)))
    far.sendall(b"now")
    wait_for(near, READABLE)
    answers.value(some(file.readinto(bytearray(8))))
    answers.value(file.readinto(bytearray(8)))
    fill(near)
    answers.value(single_bytes(file))
    answers.value(file.write(b"x"))


def single_bytes(file):
    """Writes single bytes until there is no room for one, and says whether that came."""
    return any(file.write(b"x") is None for _ in CHUNK)


def shut_down(variant, answers):
    near, far = connection(variant)
    file = raw(near)
    near.shutdown(socket.SHUT_RDWR)
    answers.value(some(file.readinto(bytearray(8))))
    answers.error(file.write, b"x")
    expect_end(far)


TWINS = {
    "file-01": last_close,
    "file-02": outlives_the_block,
    "file-03": access,
    "file-04": bytes_,
    "file-05": after_a_timeout,
    "file-06": nothing_now,
    "file-07": shut_down,
}
