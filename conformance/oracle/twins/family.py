"""Address families beside the internet's: which there are, and how addresses follow the family."""

import errno
import os
import socket
import struct

from .answers import Raw
from .fixture import LONG

STREAM, DGRAM, RAW = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW
ABSENT = (7, 13, 14, 18, 19, 22, 23, 25, 250, 9999, 65535)
EXPERIMENTAL, ETHERTYPE_IP, ETH_P_ALL = 0x88B5, 0x0800, 3
AF_BLUETOOTH = 31


def present(_, answers):
    for family in ABSENT:
        for kind in (STREAM, DGRAM, RAW):
            answers.error(socket.socket, family, kind)
    for family, name in (
        (socket.AF_UNIX, ""),
        (socket.AF_INET, ("0.0.0.0", 0)),
        (socket.AF_INET6, ("::", 0, 0, 0)),
        (socket.AF_NETLINK, (0, 0)),
        (socket.AF_ROUTE, (0, 0)),
    ):
        made = socket.socket(family, DGRAM)
        answers.value(Raw(name_of(made.family)))
        answers.value(made.getsockname() == name)
    answers.value(Raw(name_of(socket.AF_ROUTE)))


def name_of(family):
    """The suite's name of a family: ROUTE is another name of NETLINK."""
    return "AF_NETLINK" if family == socket.AF_NETLINK else family.name


def optional(_, answers):
    for family, kind, protocol in (
        (socket.AF_CAN, RAW, socket.CAN_RAW),
        (socket.AF_CAN, DGRAM, socket.CAN_BCM),
        (socket.AF_CAN, DGRAM, socket.CAN_ISOTP),
        (socket.AF_TIPC, socket.SOCK_RDM, 0),
        (socket.AF_ALG, socket.SOCK_SEQPACKET, 0),
        (socket.AF_VSOCK, STREAM, 0),
        (socket.AF_QIPCRTR, DGRAM, 0),
        (AF_BLUETOOTH, socket.SOCK_SEQPACKET, 0),
    ):
        try:
            socket.socket(family, kind, protocol)
        except OSError as error:
            answers.value(error.errno in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT))
        else:
            answers.value(True)


def declared_as(made, family, protocol=0):
    """An object of the same socket that takes addresses of another family."""
    return socket.socket(family, DGRAM, protocol, fileno=os.dup(made.fileno()))


def declared(_, answers):
    inet = socket.socket(socket.AF_INET, DGRAM)
    for family, protocol, address in (
        (socket.AF_UNIX, 0, "/twelve-char"),
        (socket.AF_UNIX, 0, "/thirteen-cha"),
        (socket.AF_UNIX, 0, "\0thirteen-cha"),
        (socket.AF_UNIX, 0, "\0fourteen-chars"),
        (socket.AF_NETLINK, 0, (1, 2)),
        (socket.AF_QIPCRTR, 0, (1, 2)),
        (socket.AF_VSOCK, 0, (1, 2)),
        (socket.AF_TIPC, 0, (socket.TIPC_ADDR_NAME, 1, 2, 3)),
        (socket.AF_PACKET, 0, ("lo", ETHERTYPE_IP)),
        (socket.AF_CAN, socket.CAN_RAW, ("lo",)),
        (socket.AF_ALG, 0, ("hash", "sha256")),
        (socket.AF_INET6, 0, ("::1", 0)),
    ):
        made = declared_as(inet, family, protocol)
        answers.value(made.family)
        answers.error(made.bind, address)
        answers.value(made.getsockname())
    inet.bind(("127.0.0.1", 0))
    other = declared_as(inet, socket.AF_TIPC)
    answers.value(other.getsockname() == inet.getsockname())
    other.settimeout(LONG)
    inet.sendto(b"self", inet.getsockname())
    answers.value(other.recvfrom(8) == (b"self", inet.getsockname()))


def unknown(_, answers):
    made = declared_as(socket.socket(socket.AF_INET, DGRAM), 250)
    answers.error(made.bind, (250, bytes(13)))
    answers.error(made.bind, (250, bytes(14)))
    answers.value(made.getsockname())
    answers.error(made.sendto, b"x", (250, bytes(14)))


def route():
    """A NETLINK socket for routes, that waits up to LONG."""
    made = socket.socket(socket.AF_NETLINK, RAW)
    made.settimeout(LONG)
    return made


def netlink_names(_, answers):
    first, second = route(), route()
    answers.value(first.getsockname())
    ports = []
    for made in (first, second):
        made.bind((0, 0))
        pid, groups = made.getsockname()
        answers.value(pid > 0)
        answers.value(groups)
        ports.append(pid)
    answers.value(ports[0] != ports[1])
    answers.error(first.bind, (ports[1], 0))
    answers.done(first.bind, (ports[0], 1))
    answers.value(first.getsockname() == (ports[0], 1))
    answers.error(route().bind, (ports[0], 0))
    answers.done(first.connect, (0, 0))
    answers.value(first.getpeername())


def netlink_question(_, answers):
    made = route()
    answers.value(made.sendto(struct.pack("=IHHIIB", 17, 18, 0x301, 7, 0, 0), (0, 0)))
    data, sender = made.recvfrom(32 * 1024)
    answers.value(Raw(f"Some({sender})"))
    answers.value(len(data) > 32)
    answers.value(struct.unpack_from("=H", data, 4)[0] == 16)
    answers.value(struct.unpack_from("=I", data, 8)[0] == 7)


def packet(kind):
    """A PACKET socket that waits up to LONG."""
    made = socket.socket(socket.AF_PACKET, kind)
    made.settimeout(LONG)
    return made


def packet_names(_, answers):
    made = packet(DGRAM)
    interface, protocol, packet_type, *_ = made.getsockname()
    answers.value(interface)
    answers.value((protocol, packet_type))
    answers.error(made.bind, ("no-such-device", 0))
    answers.error(made.bind, ("", 0))
    answers.error(made.connect, ("lo", 0))
    answers.error(made.listen, 1)
    for _ in range(2):  # Python has names only
        made = packet(DGRAM)
        made.bind(("lo", EXPERIMENTAL))
        for part in made.getsockname():
            answers.value(part)
        answers.value(made.sendto(b"frame", ("lo", EXPERIMENTAL, 0, 0, bytes(6))))
        data, sender = made.recvfrom(64)
        answers.value(data)
        answers.value(sender[0])
        answers.value(sender[1:3])
        answers.value(sender[4])
    answers.done(made.sendto, b"x", ("lo", 0, 0, 0, bytes(9)))


def frames(_, answers):
    sender, receiver = socket.socket(type=DGRAM), socket.socket(type=DGRAM)
    receiver.bind(("127.0.0.1", 0))
    sender.connect(receiver.getsockname())
    port = struct.pack("!H", receiver.getsockname()[1])
    for kind, header in ((RAW, 14), (DGRAM, 0)):
        sniffer = packet(kind)
        sniffer.bind(("lo", ETH_P_ALL))
        answers.value(sender.send(b"to be sniffed"))
        seen = 0
        while seen < 2:
            data, source = sniffer.recvfrom(256)
            start = header + 28
            if len(data) != start + 13 or data[start - 6 : start - 4] != port:
                continue
            answers.value(data[start:])
            answers.value(header == 0 or data[12:14] == struct.pack("!H", ETHERTYPE_IP))
            answers.value(source[0])
            answers.value((source[1], source[3]))
            answers.value(source[2])
            seen += 1
        answers.value(len(receiver.recv(32)))


def to_everybody(_, answers):
    for host in ("<broadcast>", "255.255.255.255"):
        made = socket.socket()
        answers.error(made.connect, (host, 9))
        answers.value(made.connect_ex((host, 9)))


TWINS = {
    "family-01": present,
    "family-02": optional,
    "family-03": declared,
    "family-04": unknown,
    "family-05": netlink_names,
    "family-06": netlink_question,
    "family-07": packet_names,
    "family-08": frames,
    "family-09": to_everybody,
}
