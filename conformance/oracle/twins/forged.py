"""Packets that no honest peer sends, made by hand and sent from raw sockets of the far side."""

import ipaddress
import socket
import struct

from .answers import pending, ready
from .fixture import (
    BOTH,
    LONG,
    READABLE,
    WRITABLE,
    accept,
    connecting,
    connection,
    expect_bytes,
    far_stream,
    near_datagram,
    near_listener,
    pending_error,
    readiness,
    stays_quiet,
    wait_for,
)
from .raw import icmp_of

TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP
OWN_PORT = 9
FIN, SYN, RST, ACK = 1, 2, 4, 16


def internet_checksum(data):
    """The sum of RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def summed(source, destination, protocol, payload, offset, spoil=0):
    """The payload with its checksum in it."""
    ends = b"".join(ipaddress.ip_address(ip).packed for ip in (source, destination))
    found = internet_checksum(ends + struct.pack("!HH", protocol, len(payload)) + payload)
    return payload[:offset] + struct.pack("!H", found ^ spoil) + payload[offset + 2 :]


def datagram(port, data):
    """A datagram without a checksum."""
    return struct.pack("!HHHH", OWN_PORT, port, 8 + len(data), 0) + data


def segment(ports, numbers, flags):
    """A segment without data and without a checksum."""
    return struct.pack("!HHIIBBHHH", *ports, *numbers, 0x50, flags, 0x1000, 0, 0)


def far_raw(family, protocol):
    """A raw socket of the far side."""
    made = socket.socket(family, socket.SOCK_RAW, protocol)
    made.settimeout(LONG)
    return made


def payload(variant, packet):
    """What a raw socket has received, without the header that those of IPv4 have."""
    return packet if variant.is_inet6 else packet[20:]


def checksums(variant, answers):
    near, raw = near_datagram(variant), far_raw(variant.family, UDP)
    ip, port = near.getsockname()[:2]
    raw.bind((ip, 0))
    for data in (b"none", b"fake", b"good"):
        packet = datagram(port, data)
        if data != b"none":
            packet = summed(ip, ip, UDP, packet, 6, spoil=0x100 if data == b"fake" else 0)
        answers.value(raw.sendto(packet, (ip, 0)))
    if not variant.is_inet6:
        answers.value(near.recv(16))
    answers.value(near.recv(16))


def unknown_headers(variant, answers):
    near = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    near.settimeout(LONG)
    near.bind(("::1", 0))
    port = near.getsockname()[1]
    raw = far_raw(socket.AF_INET6, socket.IPPROTO_DSTOPTS)
    raw.bind(("::1", 0))
    errors = far_raw(socket.AF_INET6, socket.IPPROTO_ICMPV6)
    for following, option, data in (
        (UDP, 0x1E, b"skip"),
        (UDP, 0x5E, b"drop"),
        (UDP, 0x9E, b"tell"),
        (UDP, 0xDE, b"host"),
        (253, 1, b"...."),
        (UDP, 1, b"good"),
    ):
        header = struct.pack("!BBBB4x", following, 0, option, 4)
        packet = header + summed("::1", "::1", UDP, datagram(port, data), 6)
        answers.value(raw.sendto(packet, ("::1", 0)))
    for _ in (b"skip", b"good"):
        answers.value(near.recv(16))
    told = 0
    while told < 3:
        error = errors.recv(512)
        if error[0] == 4:
            answers.value((error[1], error[7]))
            told += 1


def flood(variant, answers):
    raw, listener = far_raw(socket.AF_INET, socket.IPPROTO_RAW), near_listener(variant, 2)
    ip, port = listener.getsockname()
    for number in range(20):
        source = f"127.0.0.{100 + number}"
        opening = summed(source, ip, TCP, segment((1024 + number, port), (7, 0), SYN), 16)
        ends = socket.inet_aton(source) + socket.inet_aton(ip)
        raw.sendto(struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0, 64, TCP, 0) + ends + opening, (ip, 0))
    client = far_stream(variant)
    client.connect((ip, port))
    near, peer = accept(listener)
    answers.value(peer == client.getsockname())
    stays_quiet(listener, READABLE)
    near.sendall(b"served")
    expect_bytes(client, b"served")


def sniff(variant, raw, ports):
    """The next segment between these ports that a raw socket sees: its numbers, and whether it has data."""
    while True:
        seen = payload(variant, raw.recv(128))
        if struct.unpack_from("!HH", seen) == ports:
            return struct.unpack_from("!II", seen, 4), len(seen) > (seen[12] >> 4) * 4


def guessed(variant, answers):
    near, far = connection(variant)
    ip, port, *_ = near.getsockname()
    far_port = far.getsockname()[1]
    raw = far_raw(variant.family, TCP)
    raw.bind((ip, 0))
    near.sendall(b"x")
    expect_bytes(far, b"x")
    has_data = False
    while not has_data:
        (number, expected), has_data = sniff(variant, raw, (port, far_port))
    following = (number + 1) & 0xFFFFFFFF

    def send(ahead, acknowledgement, flags):
        numbers = ((expected + ahead) & 0xFFFFFFFF, acknowledgement & 0xFFFFFFFF)
        forged = summed(ip, ip, TCP, segment((far_port, port), numbers, flags), 16)
        answers.value(raw.sendto(forged, (ip, 0)))

    send(1, following, RST)
    answers.value(sniff(variant, raw, (port, far_port)) == ((following, expected), False))
    for ahead, acknowledgement, flags in (
        (100, following, RST | ACK),
        (0x40000000, following, RST),
        (-1, following, RST),
        (0, following, SYN),
        (100, following, SYN),
        (0, following + 0x40000000, ACK),
        (0, following + 0x40000000, FIN | ACK),
    ):
        send(ahead, acknowledgement, flags)
        near.sendall(b"still there")
        expect_bytes(far, b"still there")
    answers.value(ready(readiness(near)))
    send(0, 0, RST)
    answers.error(near.recv, 8)


def errors_about_others(variant, answers):
    raw, icmp = far_raw(variant.family, TCP), far_raw(variant.family, icmp_of(variant))
    near, listener = connecting(variant)
    ip, port, *_ = near.getsockname()
    far_port = listener.getsockname()[1]
    (first, _), _ = sniff(variant, raw, (port, far_port))

    def refuse(ports, number):
        quoted = segment(ports, (number & 0xFFFFFFFF, 0), SYN)
        ends = socket.inet_pton(variant.family, ip) * 2
        if variant.is_inet6:
            error = struct.pack("!BBHIIHBB", 1, 4, 0, 0, 0x60000000, 20, TCP, 64) + ends + quoted
        else:
            header = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, TCP, 0)
            error = struct.pack("!BBHI", 3, 3, 0, 0) + header + ends + quoted
            error = error[:2] + struct.pack("!H", internet_checksum(error)) + error[4:]
        icmp.sendto(error, (ip, 0))

    refuse((port, far_port), first + 1000)
    refuse((port, far_port), first - 1)
    refuse((port ^ 1, far_port), first)
    refuse((port, far_port ^ 1), first)
    stays_quiet(near, BOTH)
    refuse((port, far_port), first)
    wait_for(near, WRITABLE)
    answers.value(pending(pending_error(near)))

