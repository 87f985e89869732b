"""Send and receive on streams: bytes without boundaries, the end, and errors in their order."""

import select
import socket
from collections import namedtuple

from . import peer
from .answers import Difference, Raw, error_name, pending, ready
from .fixture import (
    CHUNK,
    LONG,
    READABLE,
    SHORT,
    WRITABLE,
    any_port,
    connection,
    expect_bytes,
    expect_end,
    far_deaf,
    fill,
    near_stream,
    pending_error,
    readiness,
    receive,
    reset,
    stays_quiet,
    wait_for,
    with_port,
)

Both = namedtuple("Both", "near far")


def a_part(variant, answers):
    near, far = connection(variant)
    far.sendall(b"0123456789")
    buffer = bytearray(b"-" * 8)
    answers.value(receive_into(near, memoryview(buffer)[:4]))
    answers.value(buffer)
    answers.value(near.recv_into(buffer, 2))
    answers.value(buffer)
    expect_bytes(near, b"6789")


def receive_into(made, buffer, flags=0):
    """Receives into a buffer; in non-blocking mode, once there is something."""
    if not made.getblocking():
        readiness(made, READABLE, LONG)
    return made.recv_into(buffer, 0, flags)


def no_boundaries(variant, _):
    near, far = connection(variant)
    near.sendall(b"one, ")
    near.sendall(b"two")
    expect_bytes(far, b"one, two")
    far.sendall(b"three, ")
    far.sendall(b"four")
    expect_bytes(near, b"three, four")


def peek(variant, answers):
    near, far = connection(variant)
    far.sendall(b"look")
    for most in (4, 2, 4):
        buffer = bytearray(most)
        answers.value(receive_into(near, buffer, socket.MSG_PEEK))
        answers.value(buffer)
    expect_bytes(near, b"look")


def nothing_received(variant, answers):
    answers.outcome(near_stream(variant).recv_into, bytearray())
    near, far = connection(variant)
    answers.outcome(near.recv_into, bytearray())
    far.sendall(b"data")
    wait_for(near, READABLE)
    answers.outcome(near.recv_into, bytearray())
    answers.outcome(near.recv_into, bytearray(), 0, socket.MSG_PEEK)
    expect_bytes(near, b"data")


def nothing_sent(variant, answers):
    near, far = connection(variant)
    answers.value(near.send(b""))
    near.sendall(b"")
    stays_quiet(far, READABLE)
    answers.error(near_stream(variant).sendall, b"")


def the_end(variant, _):
    near, far = connection(variant)
    far.sendall(b"last")
    far.shutdown(socket.SHUT_WR)
    expect_bytes(near, b"last")
    expect_end(near)
    expect_end(near)
    near.shutdown(socket.SHUT_WR)
    expect_end(far)
    expect_end(near)


def sent_to_nobody(variant, answers):
    near, far = connection(variant)
    far.close()
    expect_end(near)
    answers.value(near.send(b"hello?"))
    wait_for(near, 0)
    answers.error(near.send, b"hello?")
    answers.error(near.send, b"hello?")
    expect_end(near)


def reset_received(variant, answers):
    near, far = connection(variant)
    variant.later(SHORT, reset, far)
    answers.error(receive, near, 8)
    expect_end(near)
    expect_end(near)
    answers.error(near.send, b"x")


def reset_sent(variant, answers):
    near, far = connection(variant)
    reset(far)
    wait_for(near, 0)
    answers.error(near.send, b"x")
    answers.error(near.send, b"x")
    expect_end(near)


def reset_asked(variant, answers):
    near, far = connection(variant)
    answers.value(pending(pending_error(near)))
    reset(far)
    wait_for(near, 0)
    answers.value(pending(pending_error(near)))
    answers.value(pending(pending_error(near)))
    expect_end(near)
    answers.error(near.send, b"x")


def data_then_reset(variant, answers):
    near, far = connection(variant)
    far.sendall(b"before")
    wait_for(near, READABLE)
    reset(far)
    wait_for(near, 0)
    expect_bytes(near, b"before")
    answers.error(near.recv, 8)
    expect_end(near)


def never_connected(variant, answers):
    near = near_stream(variant)
    answers.error(near.send, b"x")
    answers.error(near.recv, 8)
    answers.error(near.sendto, b"x", with_port(any_port(variant), 9))
    answers.error(near.recvfrom, 8)


def address_ignored(variant, answers):
    near, far = connection(variant)
    elsewhere = far_deaf(variant)
    answers.value(near.sendto(b"to the peer", elsewhere.getsockname()))
    expect_bytes(far, b"to the peer")


def no_sender(variant, answers):
    near, far = connection(variant)
    far.sendall(b"from whom?")
    buffer = bytearray(16)
    answers.value(near.recvfrom_into(buffer, 5))
    answers.value(near.recvfrom_into(buffer))


def full(variant, answers):
    near, far = connection(variant)
    sent = fill(near)
    answers.value(sent > 0)
    answers.error(near.send, b"x")
    try:
        near.sendall(CHUNK)
    except BlockingIOError as error:
        failed = error_name(error)
    else:
        raise Difference("sendall was to fail")
    found = ready(readiness(near))
    # How much of it was sent, sendall does not tell: the peer does.
    near.shutdown(socket.SHUT_WR)
    received = 0
    while data := far.recv(1 << 16):
        received += len(data)
    answers.value(Raw(f"Some(({received - sent}, {failed}))"))
    answers.value(found)


def room_again(variant, answers):
    near, far = connection(variant)
    read_all(far, fill(near))
    wait_for(near, WRITABLE)
    answers.value(near.send(b"more") > 0)
    expect_bytes(far, b"more")


def read_all(sock, count):
    """Reads so many bytes, in pieces of any size."""
    received = 0
    while received < count:
        received += len(sock.recv(2048))


def more_than_fits(variant, answers):
    near, far = connection(variant)
    before = fill(near)
    near.setblocking(True)
    variant.accompany(peer.drain, far)
    answers.value(near.send(CHUNK))
    near.shutdown(socket.SHUT_WR)
    expected = peer.Receipt()
    expected.add(b"." * (before + len(CHUNK)))
    expect_bytes(near, expected.to_bytes())


def not_this_time(variant, answers):
    near, far = connection(variant)
    answers.error(near.recv_into, bytearray(8), 0, socket.MSG_DONTWAIT)
    far.sendall(b"now")
    wait_for(near, READABLE)
    answers.value(near.recv_into(bytearray(8), 0, socket.MSG_DONTWAIT))
    answers.value(near.getblocking())


def wait_for_all(variant, answers):
    near, far = connection(variant)
    buffer = bytearray(10)
    far.sendall(b"01234")
    variant.later(SHORT, variant.keep(far.dup()).sendall, b"56789")
    answers.value(near.recv_into(buffer, 0, socket.MSG_WAITALL))
    answers.value(buffer)

    far.sendall(b"short")
    wait_for(near, READABLE)
    near.settimeout(LONG)
    answers.value(near.recv_into(buffer, 0, socket.MSG_WAITALL))

    near.setblocking(True)
    far.sendall(b"end")
    far.shutdown(socket.SHUT_WR)
    answers.value(near.recv_into(buffer, 0, socket.MSG_WAITALL))
    expect_end(near)


def no_urgent_data(variant, answers):
    near, far = connection(variant)
    answers.error(near.recv_into, bytearray(8), 0, socket.MSG_OOB)
    far.sendall(b"data")
    wait_for(near, READABLE)
    answers.error(near.recv_into, bytearray(8), 0, socket.MSG_OOB)
    expect_bytes(near, b"data")


def unknown_flags(variant, answers):
    near, far = connection(variant)
    flags = 1 << 28
    far.sendall(b"data")
    wait_for(near, READABLE)
    answers.error(near.recv_into, bytearray(8), 0, flags)
    answers.error(near.recvmsg, 8, 0, flags)
    answers.error(near.send, b"x", flags)
    answers.error(near.sendmsg, [b"x"], [], flags)
    expect_bytes(near, b"data")
    stays_quiet(far, READABLE)


def too_many_bytes(variant, answers):
    near, far = connection(variant)
    far.sendall(b"data")
    wait_for(near, READABLE)
    answers.outcome(near.recv_into, bytearray(2), 3)
    answers.outcome(near.recvfrom_into, bytearray(2), 3)
    expect_bytes(near, b"data")


def transfer(variant, answers):
    near, far = connection(variant)
    variant.accompany(peer.drain, far)
    pattern, expected, left = peer.Pattern(peer.NEAR), peer.Receipt(), variant.size
    while left > 0:
        block = pattern.take(min(left, 4099))
        expected.add(block)
        near.sendall(block)
        left -= len(block)
    near.shutdown(socket.SHUT_WR)
    expect_bytes(near, expected.to_bytes())
    expect_end(near)

    near, far = connection(variant)
    variant.accompany(peer.source, far, variant.size)
    pattern, received, most = peer.Pattern(peer.FAR), 0, 1
    while data := near.recv(most):
        if data != pattern.take(len(data)):
            raise Difference(f"another byte behind {received}")
        received += len(data)
        most = most + 1 if most < 512 else 4099
    answers.value(received)


def both_at_once(variant, _):
    near, far = connection(variant)
    near.setblocking(False)
    size = 1 << 20
    variant.accompany(peer.exchange, far, size)
    patterns = Both(peer.Pattern(peer.NEAR), peer.Pattern(peer.FAR))
    expected = peer.Receipt()
    to_send, to_receive, block = size, size, b""
    while to_receive or to_send or block:
        interest = (READABLE if to_receive else 0) | (WRITABLE if to_send or block else 0)
        found = wait_for(near, interest) & interest
        if found & WRITABLE:
            if not block:
                block = patterns.near.take(min(to_send, 2048))
                expected.add(block)
                to_send -= len(block)
            block = block[near.send(block) :]
            if not to_send and not block:
                near.shutdown(socket.SHUT_WR)
        if found & READABLE:
            data = near.recv(min(to_receive, 2048))
            if not data or data != patterns.far.take(len(data)):
                raise Difference(f"{len(data)} other bytes")
            to_receive -= len(data)
    expect_bytes(near, expected.to_bytes())
    expect_end(near)


def closed_window(variant, answers):
    near, far = connection(variant)
    sent = fill(near)
    poll = select.poll()
    poll.register(near, WRITABLE)
    answers.value(len(poll.poll(3500)))
    read_all(far, sent)
    near.settimeout(LONG)
    near.sendall(b"more")
    expect_bytes(far, b"more")


def byte_by_byte(variant, answers):
    near, far = connection(variant)
    data = split_mix(0xFA7, 300)  # those of the case
    far.sendall(data)
    received = bytearray(300)
    for at in range(300):
        answers.value(receive_into(near, memoryview(received)[at : at + 1]))
    answers.value(received)


def split_mix(state, count):
    """The first bytes of the case's pattern: SplitMix64."""
    words, mask = b"", (1 << 64) - 1
    while len(words) < count:
        state = (state + 0x9E37_79B9_7F4A_7C15) & mask
        mixed = ((state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB) & mask
        words += (mixed ^ (mixed >> 31)).to_bytes(8, "big")
    return words[:count]


TWINS = {
    "stream-01": a_part,
    "stream-02": no_boundaries,
    "stream-03": peek,
    "stream-04": nothing_received,
    "stream-05": nothing_sent,
    "stream-06": the_end,
    "stream-07": sent_to_nobody,
    "stream-08": reset_received,
    "stream-09": reset_sent,
    "stream-10": reset_asked,
    "stream-11": data_then_reset,
    "stream-12": never_connected,
    "stream-13": address_ignored,
    "stream-14": no_sender,
    "stream-15": full,
    "stream-16": room_again,
    "stream-17": more_than_fits,
    "stream-18": not_this_time,
    "stream-19": wait_for_all,
    "stream-21": no_urgent_data,
    "stream-22": unknown_flags,
    "stream-24": too_many_bytes,
    "stream-26": transfer,
    "stream-27": both_at_once,
    "stream-29": closed_window,
    "stream-30": byte_by_byte,
}
