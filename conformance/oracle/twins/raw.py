"""Raw sockets and ping sockets: the header or not, echoes, and who may have them."""

import contextlib
import os
import socket
import struct

from .answers import host, some
from .fixture import LONG, READABLE, far_datagram, readiness

EXPERIMENTAL, LARGEST = 253, 65_535
DGRAM, RAW = socket.SOCK_DGRAM, socket.SOCK_RAW
PING_GROUP_RANGE = "/proc/sys/net/ipv4/ping_group_range"


def icmp_of(variant):
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
    return made(variant.family, DGRAM, icmp_of(variant))


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
            answers.error(opened, variant.family, RAW, icmp_of(variant))
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
    other = socket.IPPROTO_ICMP if variant.is_inet6 else socket.IPPROTO_ICMPV6
    answers.error(made, variant.family, DGRAM, other)


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
    sender.bind(own(variant))
    answers.value(sender.sendto(b"data", own(variant)))
    data, source = receiver.recvfrom(64)
    answers.value(some(source))
    answers.value(len(data))
    if variant.is_inet6:
        answers.value(data)
    else:
        answers.value(data[0])
        answers.value(data[9])
        answers.value(data[12:16])
        answers.value(data[16:20])
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
    answers.error(one.bind, own(variant))
    other = raw(variant)
    answers.done(other.bind, own(variant))
    answers.done(other.bind, own(variant))


def copies(variant, answers):
    first, second, strangers = raw(variant), raw(variant), (raw(variant), raw(variant))
    if not variant.is_inet6:
        strangers[0].connect(("127.0.0.2", 0))
        strangers[1].bind(("127.0.0.2", 0))
    sender = raw(variant)
    answers.value(sender.sendto(b"copied", own(variant)))
    for one in (first, second, sender):
        answers.value(one.recv(64).endswith(b"copied"))
    for stranger in strangers:
        answers.value(bool(readiness(stranger, READABLE)) == variant.is_inet6)


def checksum(_, answers):
    level, option = socket.IPPROTO_IPV6, socket.IPV6_CHECKSUM
    message = struct.pack("!BBHHH4s", 128, 0, 0, 0x1234, 1, b"echo")
    icmp = made(socket.AF_INET6, RAW, socket.IPPROTO_ICMPV6)
    answers.value(icmp.sendto(message, ("::1", 0)))
    data = b"\0"
    while data[0] != 129:
        data = icmp.recv(512)
    answers.value(data[2:4] != b"\0\0")
    answers.value(data[4:12])
    answers.value(icmp.getsockopt(level, option))
    answers.error(icmp.setsockopt, level, option, -1)
    one = made(socket.AF_INET6, RAW, EXPERIMENTAL)
    answers.value(one.getsockopt(level, option))
    answers.error(one.setsockopt, level, option, 3)
    one.setsockopt(level, option, 4)
    answers.value(one.getsockopt(level, option))
    answers.error(one.sendto, b"short", ("::1", 0))
    to = made(socket.AF_INET6, RAW, EXPERIMENTAL)
    to.setsockopt(level, option, 4)
    answers.value(one.sendto(b"some..data", ("::1", 0)))
    data = to.recv(512)
    answers.value(len(data))
    answers.value(data[:4] == b"some" and data[6:] == b"data")
    answers.value(data[4:6] != b"..")
    careless = made(socket.AF_INET6, RAW, EXPERIMENTAL)
    answers.value(careless.sendto(b"some..data", ("::1", 0)))
    answers.value(one.sendto(b"right.data", ("::1", 0)))
    while data[:4] != b"righ":
        data = one.recv(512)
        answers.value(len(data))
        answers.value(data[4:6] != b"..")


def internet_checksum(message):
    """The checksum of a message whose field for it is zero."""
    padded = message + b"\0" * (len(message) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


def summed(message):
    """The same message with its checksum."""
    return message[:2] + internet_checksum(message) + message[4:]


def no_answer_to_groups(variant, answers):
    everybody = "127.255.255.255"
    icmp = made(socket.AF_INET, RAW, socket.IPPROTO_ICMP)
    icmp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    icmp.bind(own(variant))
    nobody = far_datagram(variant)
    nobody.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    answers.value(icmp.sendto(summed(request(variant, 0x1234)), (everybody, 0)))
    answers.value(nobody.sendto(b"anybody?", (everybody, 9)))
    answers.value(nobody.sendto(b"anybody?", (variant.loopback, 9)))
    answers.value(icmp.sendto(summed(request(variant, 0x1234, 2)), own(variant)))
    found = []
    for _ in range(2):
        kind = 8
        while kind == 8:
            data = icmp.recv(512)[20:]
            kind = data[0]
        answers.value(kind == 3 or data[7] == 2)
        found.append(kind)
    answers.value(found)
    answers.value(host(icmp.getsockname()))


def sizes_of_echoes(variant, answers):
    header = 0 if variant.is_inet6 else 20
    icmp = made(variant.family, RAW, icmp_of(variant))
    for length in (8, LARGEST - header, 12):
        message = request(variant, 0x1234)[:8] + bytes(length - 8)
        message = message if variant.is_inet6 else summed(message)
        answers.value(icmp.sendto(message, own(variant)))
    while True:
        data = icmp.recv(64)[header:]
        if len(data) == 12 and data[0] == echoes(variant)[1]:
            break


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
    answers.value(host(source))
    answers.value(data[2:10])
    answers.value(data[10:12] != b"\0\0")
    answers.value(data[20:])
    answers.value(len(sender.recv(64)))
    answers.error(sender.sendto, packet[:19], ("127.0.0.1", 0))
    packet = packet[:12] + bytes(4) + packet[16:]
    answers.value(sender.sendto(packet, ("127.0.0.1", 0)))
    answers.value(some(receiver.recvfrom(64)[1]))
    everything = made(socket.AF_INET, RAW, socket.IPPROTO_RAW)
    answers.value(everything.getsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL))
    answers.value(everything.sendto(packet, ("127.0.0.1", 0)))
    answers.value(len(receiver.recv(64)))
    answers.value(not readiness(everything, READABLE))


def most_at_a_time(variant, answers):
    header = 0 if variant.is_inet6 else 20
    one, most, data = raw(variant), LARGEST - header, b"\7" * (LARGEST + 1)
    answers.error(one.sendto, data, own(variant))
    answers.error(one.sendto, data[: most + 1], own(variant))
    receiver, length = raw(variant), 4000
    answers.value(one.sendto(data[:length], own(variant)))
    answers.value(len(receiver.recv(5000)[header:]))
    one = raw(variant)
    answers.value(receiver.sendto(data[:length], own(variant)))
    received = one.recv(5000)
    answers.value(len(received))
    if not variant.is_inet6:
        answers.value(received[2:4])
        answers.value(received[6] & 0x3F == 0 and received[7] == 0)
    answers.value(received[header:] == data[:length])


def own_options(variant, answers):
    one = raw(variant)
    answers.value(one.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE))
    answers.value(one.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL))
    answers.value(bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)))
    answers.value(some(one.getsockname()[1]))
    ttl = socket.IPPROTO_IP, socket.IP_TTL
    if variant.is_inet6:
        answers.error(one.getsockopt, *ttl)
    else:
        answers.value(one.getsockopt(*ttl))
    plain = socket.socket(variant.family, DGRAM)
    answers.error(plain.setsockopt, socket.IPPROTO_IP, socket.IP_HDRINCL, 1)


TWINS = {
    "raw-01": no_echo,
    "raw-02": echo,
    "raw-03": identifier,
    "raw-04": headers,
    "raw-05": no_connections,
    "raw-06": copies,
    "raw-07": checksum,
    "raw-08": no_answer_to_groups,
    "raw-09": sizes_of_echoes,
    "raw-10": own_header,
    "raw-11": most_at_a_time,
    "raw-12": own_options,
}
