"""Sockets of frames: what an interface carries, both ways, and frames as a program makes them."""

import ctypes
import os
import socket
import struct
import time

from .answers import Difference, Raw
from .fixture import LONG, SHORT, far_datagram, near_datagram, receive

DGRAM, RAW = socket.SOCK_DGRAM, socket.SOCK_RAW
ETH_P_ALL, EXPERIMENTAL, NOWHERE = 3, 0x88B5, 77
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP, PACKET_MR_PROMISC = 263, 1, 2, 1
SO_PROTOCOL, SO_DOMAIN = 38, 39


def made(kind):
    """A socket of frames that waits up to LONG, and sees nothing yet."""
    one = socket.socket(socket.AF_PACKET, kind)
    one.settimeout(LONG)
    return one


def far(kind):
    """One that sees the frames of experiments on all interfaces."""
    one = socket.socket(socket.AF_PACKET, kind, socket.htons(EXPERIMENTAL))
    one.settimeout(LONG)
    return one


def shown(address):
    """An address in the words of the suite: with the number of the interface."""
    name, protocol, packet_type, hardware_type, hardware = address
    number = socket.if_nametoindex(name) if name else 0
    return Raw(f"({number}, {protocol}, {packet_type}, {hardware_type}, {hardware!r})")


def both_ways(variant, answers):
    mine, theirs = near_datagram(variant), far_datagram(variant)
    sniffer = made(RAW)
    sniffer.bind(("lo", ETH_P_ALL))
    answers.value(mine.sendto(b"there", theirs.getsockname()))
    answers.value(len(theirs.recv(2048)))
    answers.value(theirs.sendto(b"and back", mine.getsockname()))
    answers.value(len(receive(mine, 2048)))
    for text, packet_type in ((b"there", socket.PACKET_OUTGOING), (b"and back", socket.PACKET_HOST)):
        while True:
            data, (name, protocol, kind, _, hardware) = sniffer.recvfrom(2048)
            if data.endswith(text) and kind == packet_type:
                break
        answers.value(len(data) > 34)
        answers.value(socket.if_nametoindex(name))
        answers.value(protocol)
        answers.value(len(hardware))


def bind_to_number(one, number, protocol):
    """Binds to an interface by its number, which CPython does by name alone."""
    address = struct.pack("=HHi12x", socket.AF_PACKET, socket.htons(protocol), number)
    library = ctypes.CDLL(None, use_errno=True)
    if library.bind(one.fileno(), address, len(address)) != 0:
        raise OSError(ctypes.get_errno(), "bind")


def bound(_, answers):
    one = made(RAW)
    answers.value(shown(one.getsockname()))
    answers.error(one.send, bytes(60))
    answers.error(bind_to_number, one, NOWHERE, ETH_P_ALL)
    one.bind(("lo", EXPERIMENTAL))
    name, protocol, packet_type, _, hardware = one.getsockname()
    answers.value(socket.if_nametoindex(name))
    answers.value((protocol, packet_type))
    answers.value(len(hardware))
    one.bind(("lo", 0))
    answers.value(one.getsockname()[1])
    one.setblocking(True)
    answers.error(one.connect, ("lo", ETH_P_ALL))
    answers.error(one.listen, 1)
    answers.error(one.accept)
    answers.error(one.shutdown, socket.SHUT_RDWR)
    answers.error(one.getpeername)
    answers.value(int(one.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)))
    answers.value(one.getsockopt(socket.SOL_SOCKET, SO_DOMAIN))
    answers.value(one.getsockopt(socket.SOL_SOCKET, SO_PROTOCOL))
    answers.error(one.getsockopt, socket.IPPROTO_IP, socket.IP_TTL)
    answers.error(one.setsockopt, socket.IPPROTO_IP, socket.IP_TTL, 5)
    wrong = struct.pack("=IHH8x", NOWHERE, PACKET_MR_PROMISC, 0)
    answers.error(one.setsockopt, SOL_PACKET, PACKET_ADD_MEMBERSHIP, wrong)
    answers.error(one.setsockopt, SOL_PACKET, PACKET_ADD_MEMBERSHIP, wrong[:12])
    answers.done(one.setsockopt, SOL_PACKET, PACKET_DROP_MEMBERSHIP, wrong)
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        answers.error(socket.socket, socket.AF_PACKET, kind)


def own_frames(_, answers):
    raw, cooked, payload = far(RAW), far(DGRAM), b"." * 60
    sender = made(DGRAM)
    answers.error(sender.send, payload)
    answers.value(sender.sendto(payload, ("lo", EXPERIMENTAL, 0, 0, b"\xff" * 6)))
    data, source = raw.recvfrom(256)
    answers.value(len(data))
    answers.value(data[:6])
    answers.value(data[12:14])
    answers.value(data[14:] == payload)
    answers.value(source[1])
    answers.value(source[2] in (socket.PACKET_BROADCAST, socket.PACKET_MULTICAST))
    data = cooked.recv(256)
    answers.value(len(data))
    answers.value(data == payload)
    sender = made(RAW)
    sender.bind(("lo", EXPERIMENTAL))
    frame = b"\xff" * 6 + bytes([2, 0, 0, 0, 0, 99]) + struct.pack("!H", EXPERIMENTAL) + b"-" * 60
    answers.value(sender.send(frame))
    data = raw.recv(256)
    answers.value(len(data))
    answers.value(data == frame)
    data, source = cooked.recvfrom(256)
    answers.value(len(data))
    answers.value(source[4])
    answers.error(sender.send, frame[:13])


def program(variant, answers):
    """The sniffer of a child, which prints a frame as CPython shows it."""
    sender, receiver = far_datagram(variant), near_datagram(variant)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            sniffer = made(RAW)
            sniffer.bind(("lo", ETH_P_ALL))
            everything = struct.pack("=IHH8x", socket.if_nametoindex("lo"), PACKET_MR_PROMISC, 0)
            sniffer.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, everything)
            os.write(writer, b".")
            os.write(writer, repr(sniffer.recvfrom(65565)).encode() + b"\n")
            sniffer.setsockopt(SOL_PACKET, PACKET_DROP_MEMBERSHIP, everything)
        finally:
            os._exit(0)
    os.close(writer)
    os.read(reader, 1)
    time.sleep(SHORT)
    sender.sendto(b"seen", receiver.getsockname())
    with os.fdopen(reader) as file:
        said = file.read()
    os.waitpid(child, 0)
    if not said:
        raise Difference("nothing was printed")
    answers.value(len(said.splitlines()))
    answers.value(said.startswith(("(b'", '(b"')) and said.endswith("))\n"))


TWINS = {
    "packet-01": both_ways,
    "packet-02": bound,
    "packet-03": own_frames,
    "packet-04": program,
}
