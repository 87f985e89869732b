"""Creation: which families, types and protocols there are, and what a new socket is like."""

import socket

from . import raw
from .answers import Raw, timeout

TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP


def crossed_protocols(variant, answers):
    answers.error(socket.socket, variant.family, socket.SOCK_STREAM, UDP)
    answers.error(socket.socket, variant.family, socket.SOCK_DGRAM, TCP)
    socket.socket(variant.family, socket.SOCK_STREAM, TCP).close()
    socket.socket(variant.family, socket.SOCK_DGRAM, UDP).close()


def unknown_family(_, answers):
    for family in (9999, socket.AF_UNSPEC):
        answers.error(socket.socket, family, socket.SOCK_STREAM)
        answers.error(socket.socket, family, socket.SOCK_DGRAM)


def unknown_type(variant, answers):
    for number in (11, 75, 77):
        answers.error(socket.socket, variant.family, number)


def unsupported_type(variant, answers):
    for kind in (socket.SOCK_SEQPACKET, socket.SOCK_RDM):
        answers.error(socket.socket, variant.family, kind)


def raw_without_protocol(variant, answers):
    answers.error(socket.socket, variant.family, socket.SOCK_RAW)


def fresh_socket(variant, answers):
    answers.value(timeout(socket.getdefaulttimeout()))

    first = socket.socket(variant.family)
    answers.value(timeout(first.gettimeout()))
    answers.value(first.getblocking())
    answers.value(first.family)
    answers.value(first.type)
    answers.value(protocol(first))

    flagged = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    socket.setdefaulttimeout(3)
    try:
        default = socket.socket(variant.family, socket.SOCK_STREAM, TCP)
        nonblock = socket.socket(variant.family, flagged)
    finally:
        socket.setdefaulttimeout(None)

    answers.value(timeout(default.gettimeout()))
    answers.value(protocol(default))
    answers.value(timeout(nonblock.gettimeout()))
    answers.value(nonblock.type)
    answers.value(timeout(first.gettimeout()))
    answers.error(nonblock.recv, 1)


def protocol(made):
    """The name of the protocol, as given."""
    return Raw({0: "IPPROTO_IP", TCP: "IPPROTO_TCP", UDP: "IPPROTO_UDP"}[made.proto])


def many_times(variant, _):
    for _ in range(1000):
        stream = socket.socket(variant.family, socket.SOCK_STREAM)
        datagram = socket.socket(variant.family, socket.SOCK_DGRAM)
        del stream
        datagram.close()


TWINS = {
    "create-01": crossed_protocols,
    "create-02": unknown_family,
    "create-03": unknown_type,
    "create-04": unsupported_type,
    "create-05": raw_without_protocol,
    "create-06": raw.without_privilege,
    "create-07": raw.ping_group_range,
    "create-08": fresh_socket,
    "create-09": many_times,
}
