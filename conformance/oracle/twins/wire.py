"""On the wire: what a program sees of what keeps strangers out."""

from . import forged
from .fixture import READABLE, far_datagram, far_deaf, near_datagram, near_stream, wait_for


def in_no_order(variant, answers):
    sockets = [near_datagram(variant) for _ in range(16)]
    ports = [socket.getsockname()[1] for socket in sockets]
    answers.value(ports != sorted(ports) and ports != sorted(ports, reverse=True))
    answers.value(min(ports) >= 1024 and len(set(ports)) == len(ports))


def refused_each_time(variant, answers):
    deaf = far_deaf(variant)
    for _ in range(50):
        answers.error(near_stream(variant).connect, deaf.getsockname())


def nothing_behind(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    for length in range(20):
        far.sendto(bytes([length] * length), near.getsockname())
        wait_for(near, READABLE)
        buffer = bytearray(b"\xee" * 64)
        count, _ = near.recvfrom_into(buffer)
        answers.value(count)
        answers.value(buffer[:count] == bytes([length] * length))
        answers.value(buffer[count:] == b"\xee" * (64 - count))


TWINS = {
    "wire-02": in_no_order,
    "wire-04": forged.guessed,
    "wire-09": forged.errors_about_others,
    "wire-11": refused_each_time,
    "wire-12": nothing_behind,
}
