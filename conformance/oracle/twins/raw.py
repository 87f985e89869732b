"""Raw sockets and ping sockets: the header or not, echoes, and who may have them."""

import contextlib
import os
import socket
import struct

from .answers import some
from .fixture import LONG, READABLE, readiness

EXPERIMENTAL = 253
DGRAM, RAW = socket.SOCK_DGRAM, socket.SOCK_RAW
PING_GROUP_RANGE = "/proc/sys/net/ipv4/ping_group_range"


def icmp(variant):
    """The family's protocol of echoes."""
    return socket.IPPROTO_ICMPV6 if variant.is_inet6 else socket.IPPROTO_ICMP


def echoes(variant):
    """The types of an echo request and of its answer."""
    return (128, 129) if variant.is_inet6 else (8, 0)


def request(variant, identifier, number=1):
    """An echo request with room for a checksum."""
    return struct.pack("!BBHHH4s", echoes(variant)[0], 0, 0, identifier, number, b"echo")


def own(variant):
    """The host itself, with a port that means nothing, as it is told."""
    return ("::1", 0, 0, 0) if variant.is_inet6 else ("127.0.0.1", 0)


def made(family, kind, protocol):
    """A socket that waits up to LONG."""
    made = socket.socket(family, kind, protocol)
    made.settimeout(LONG)
    return made


def raw(variant):
    """A raw socket of the experimental protocol."""
    return made(variant.family, RAW, EXPERIMENTAL)


@contextlib.contextmanager
def ping_for_all():
    """Lets everybody have ping sockets."""
    with open(PING_GROUP_RANGE, "w") as file:
        file.write("0 2147483647")
    try:
        yield
    finally:
        with open(PING_GROUP_RANGE, "w") as file:
            file.write("1 0")


def ping(variant):
    """A ping socket."""
    return made(variant.family, DGRAM, icmp(variant))


def opened(*arguments):
    """Opens a socket and says nothing about it."""
    socket.socket(*arguments).close()


def without_privilege(variant, answers):
    """Asks in a process of its own: in Python a user is the whole process's."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            os.setresuid(65534, 65534, 65534)
            answers.error(opened, variant.family, RAW, icmp(variant))
            answers.error(opened, variant.family, RAW, socket.IPPROTO_RAW)
            answers.error(opened, socket.AF_PACKET, RAW)
            answers.error(opened, socket.AF_PACKET, DGRAM)
            answers.error(opened, variant.family, RAW)
            answers.done(opened, socket.AF_NETLINK, RAW)
            answers.done(opened, variant.family, DGRAM)
            os.write(writer, "\n".join(answers.texts).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        answers.texts = file.read().splitlines()
    os.waitpid(child, 0)


def ping_group_range(variant, answers):
    answers.error(ping, variant)
    with ping_for_all():
        answers.done(ping, variant)
        other = socket.IPPROTO_ICMP if variant.is_inet6 else socket.IPPROTO_ICMPV6
        answers.error(opened, variant.family, DGRAM, other)


def permitted(twin):
    """A twin while everybody may have ping sockets."""

    def wrapped(variant, answers):
        with ping_for_all():
            twin(variant, answers)

    return wrapped


@permitted
def no_echo(variant, answers):
    one, right = ping(variant), request(variant, 0)
    answer = bytes([echoes(variant)[1]]) + right[1:]
    code = right[:1] + b"\1" + right[2:]
    answers.error(one.sendto, answer, own(variant))
    answers.error(one.sendto, code, own(variant))
    answers.error(one.sendto, right[:7], own(variant))
    answers.error(one.sendto, b"", own(variant))
    answers.error(one.send, right)
    answers.value(one.sendto(right[:8], own(variant)))
    answers.value(len(one.recv(64)))


@permitted
def echo(variant, answers):
    one, sent = ping(variant), request(variant, 0x1234)
    one.connect(own(variant))
    answers.value(one.send(sent))
    data, sender = one.recvfrom(64)
    answers.value(len(data))
    answers.value(some(sender))
    answers.value(data[0])
    answers.value(data[6:12])
    answers.value(data[4:6] == struct.pack("!H", one.getsockname()[1]))


@permitted
def identifier(variant, answers):
    first, second = ping(variant), ping(variant)
    answers.value(some(first.getsockname()[1]))
    first.bind(own(variant))
    second.bind(own(variant))
    answers.value(first.getsockname()[1] > 0)
    answers.value(first.getsockname()[1] != second.getsockname()[1])
    third = ping(variant)
    answers.value(bool(third.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)))
    third.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    answers.error(third.bind, first.getsockname())
    answers.done(third.bind, (variant.loopback, 77))
    answers.value(some(third.getsockname()[1]))
    sockets = (first, second, third)
    for number, one in enumerate(sockets, start=1):
        answers.value(one.sendto(request(variant, 0, number), own(variant)))
    for one in sockets:
        data = one.recv(64)
        answers.value(len(data))
        answers.value(data[7])


def headers(variant, answers):
    sender, receiver = raw(variant), raw(variant)
    receiver.bind(own(variant))
    answers.value(receiver.getsockname())
    answers.value(sender.sendto(b"data", own(variant)))
    data, source = receiver.recvfrom(64)
    answers.value(some(source))
    answers.value(len(data))
    if variant.is_inet6:
        answers.value(data)
        one = made(socket.AF_INET6, RAW, socket.IPPROTO_ICMPV6)
        answers.value(one.sendto(request(variant, 0x1234), own(variant)))
        types = []
        for _ in range(2):
            data = one.recv(64)
            answers.value(len(data))
            answers.value(data[2:4] != b"\0\0")
            types.append(data[0])
        answers.value(types)
    else:
        answers.value(data[0])
        answers.value(data[9])
        answers.value(data[12:20])
        answers.value(data[20:])


def no_connections(variant, answers):
    one = raw(variant)
    one.setblocking(True)  # with a timeout accept would wait first
    answers.error(one.listen, 1)
    answers.error(one.accept)
    answers.error(one.send, b"x")
    answers.error(one.getpeername)
    one.settimeout(LONG)
    one.connect(own(variant))
    answers.error(one.getpeername)
    answers.value(one.send(b"x"))
    one.connect((variant.loopback, 9))
    answers.value(one.getpeername())
    answers.value(one.send(b"x"))
    answers.value(len(one.recv(64)) > 0)


def copies(variant, answers):
    first, second, stranger = raw(variant), raw(variant), raw(variant)
    if not variant.is_inet6:
        stranger.connect(("127.0.0.2", 0))
    sender = raw(variant)
    answers.value(sender.sendto(b"copied", own(variant)))
    for one in (first, second, sender):
        answers.value(one.recv(64).endswith(b"copied"))
    answers.value(bool(readiness(stranger, READABLE)))


def own_header(variant, answers):
    sender, receiver = raw(variant), raw(variant)
    answers.value(sender.getsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL))
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
    answers.value(sender.getsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL))
    start = bytes([0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 77, 253, 0, 0])
    packet = start + bytes([127, 0, 0, 9, 127, 0, 0, 1]) + b"data"
    answers.value(sender.sendto(packet, ("127.0.0.1", 0)))
    data, source = receiver.recvfrom(64)
    answers.value(len(data))
    answers.value(some(source))
    answers.value(data[2:10])
    answers.value(data[10:12] != b"\0\0")
    answers.value(data[20:])
    answers.value(len(sender.recv(64)))
    answers.error(sender.sendto, packet[:19], ("127.0.0.1", 0))


TWINS = {
    "raw-01": no_echo,
    "raw-02": echo,
    "raw-03": identifier,
    "raw-04": headers,
    "raw-05": no_connections,
    "raw-06": copies,
    "raw-10": own_header,
}
