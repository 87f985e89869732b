"""Options: defaults, ranges, what is read only, and the forms of a value."""

import os
import socket
import struct

from .answers import Raw, duration, error_name, pending, some
from .fixture import (
    any_port,
    connection,
    far_datagram,
    far_deaf,
    far_stream,
    wait_for,
)

SOCKET, TCP, UDP = socket.SOL_SOCKET, socket.SOL_TCP, socket.SOL_UDP
IP, IPV6 = socket.IPPROTO_IP, socket.IPPROTO_IPV6
# Constants that this CPython may lack; the numbers are Linux's.
SO_RCVTIMEO, SO_SNDTIMEO, SO_BINDTOIFINDEX = 20, 21, 62
SO_TIMESTAMP, SO_TIMESTAMPNS = 29, 35
IP_PKTINFO, IP_MTU_DISCOVER, IP_RECVTTL, IP_RECVTOS, IP_FREEBIND = 8, 10, 12, 13, 15
IPV6_MTU_DISCOVER = 23
LOWEST = -(1 << 31)


def stream(variant):
    return socket.socket(variant.family, socket.SOCK_STREAM)


def datagram(variant):
    return socket.socket(variant.family, socket.SOCK_DGRAM)


def hop_limit(variant):
    """Level and name of the hop limit."""
    return (IPV6, socket.IPV6_UNICAST_HOPS) if variant.is_inet6 else (IP, socket.IP_TTL)


def takes(answers, made, option, *values):
    """Records the default; then for each value its error, if it has one, and what is read."""
    answers.value(made.getsockopt(*option))
    for value in values:
        try:
            made.setsockopt(*option, value)
        except OSError as error:
            answers.value(Raw(error_name(error)))
        answers.value(made.getsockopt(*option))


def kinds(variant, answers):
    for made in (stream(variant), datagram(variant)):
        for name in (socket.SO_DOMAIN, socket.SO_TYPE, socket.SO_PROTOCOL):
            answers.value(made.getsockopt(SOCKET, name))


SWITCHES = (socket.SO_REUSEADDR, socket.SO_REUSEPORT, socket.SO_KEEPALIVE, socket.SO_BROADCAST)


def switched_off(variant, answers):
    for made in (stream(variant), datagram(variant)):
        for name in SWITCHES:
            answers.value(made.getsockopt(SOCKET, name))


def switched(variant, answers):
    for made in (stream(variant), datagram(variant)):
        for name in SWITCHES:
            takes(answers, made, (SOCKET, name), 5, 0, -1, 0, LOWEST)
    typed = stream(variant)
    for on in (True, False):
        typed.setsockopt(SOCKET, socket.SO_KEEPALIVE, on)
        answers.value(bool(typed.getsockopt(SOCKET, socket.SO_KEEPALIVE)))


def lingers(made):
    """How long closing may take, as text."""
    on, seconds = struct.unpack("ii", made.getsockopt(SOCKET, socket.SO_LINGER, 8))
    return some(Raw(duration(seconds))) if on else None


def linger(variant, answers):
    made, off, seven = stream(variant), struct.pack("ii", 0, 0), struct.pack("ii", 1, 7)
    found = made.getsockopt(SOCKET, socket.SO_LINGER, 16)
    answers.value(len(found))
    answers.value(found == off)
    answers.error(made.setsockopt, SOCKET, socket.SO_LINGER, 1)
    answers.error(made.setsockopt, SOCKET, socket.SO_LINGER, seven[:7])
    answers.value(lingers(made))
    made.setsockopt(SOCKET, socket.SO_LINGER, seven)
    answers.value(lingers(made))
    answers.value(made.getsockopt(SOCKET, socket.SO_LINGER))
    found = made.getsockopt(SOCKET, socket.SO_LINGER, 16)
    answers.value(len(found))
    answers.value(found == seven)
    made.setsockopt(SOCKET, socket.SO_LINGER, off)
    answers.value(lingers(made))


def nodelay(variant, answers):
    takes(answers, stream(variant), (TCP, socket.TCP_NODELAY), 1, 0, 7)
    answers.error(datagram(variant).setsockopt, TCP, socket.TCP_NODELAY, 1)


def one_to(largest):
    """From 1 to the largest, and what is beside."""
    return 0, 1, largest, largest + 1, -1


def keepidle(variant, answers):
    takes(answers, stream(variant), (TCP, socket.TCP_KEEPIDLE), *one_to(32767))


def maxseg(variant, answers):
    takes(answers, stream(variant), (TCP, socket.TCP_MAXSEG), 87, 88, 32767, 32768, 0)


def tcp_details(variant, answers):
    made = stream(variant)
    takes(answers, made, (TCP, socket.TCP_SYNCNT), *one_to(127))
    takes(answers, made, (TCP, socket.TCP_LINGER2), 30, -1)
    takes(answers, made, (TCP, socket.TCP_DEFER_ACCEPT), 1, 0)
    takes(answers, made, (TCP, socket.TCP_CORK), 1, 0)
    takes(answers, made, (TCP, socket.TCP_WINDOW_CLAMP), 65535, 0)


def hops(variant, answers):
    for made in (stream(variant), datagram(variant)):
        takes(answers, made, hop_limit(variant), 1, 255, 256, -2, -1, 9)


def traffic_class(variant, answers):
    for made in (stream(variant), datagram(variant)):
        if variant.is_inet6:
            takes(answers, made, (IPV6, socket.IPV6_TCLASS), 16, 0x13, 255)
            takes(answers, made, (IPV6, socket.IPV6_TCLASS), 256, -2, -1)
        else:
            takes(answers, made, (IP, socket.IP_TOS), 16, 0x13, 255)


def any_buffer(variant, answers):
    for made in (stream(variant), datagram(variant)):
        for name in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            answers.value(made.getsockopt(SOCKET, name) > 0)
            for size in (0, 1, 8192, (1 << 31) - 1, -1):
                made.setsockopt(SOCKET, name, size)
                answers.value(made.getsockopt(SOCKET, name) > 0)


def low_water(variant, answers):
    for made in (stream(variant), datagram(variant)):
        answers.value(made.getsockopt(SOCKET, socket.SO_RCVLOWAT))
        answers.value(made.getsockopt(SOCKET, socket.SO_SNDLOWAT))


def pending_error(variant, answers):
    deaf, near = far_deaf(variant), stream(variant)
    answers.value(near.getsockopt(SOCKET, socket.SO_ERROR))
    for typed in (False, True):
        near.setblocking(False)
        answers.error(near.connect, deaf.getsockname())
        wait_for(near, 0)
        found = near.getsockopt(SOCKET, socket.SO_ERROR)
        answers.value(pending(found) if typed else found)
        answers.value(near.getsockopt(SOCKET, socket.SO_ERROR))
        near = stream(variant)


def accepts(variant, answers):
    made, option = stream(variant), (SOCKET, socket.SO_ACCEPTCONN)
    answers.value(made.getsockopt(*option))
    made.bind(any_port(variant))
    answers.value(made.getsockopt(*option))
    made.listen()
    answers.value(made.getsockopt(*option))
    client = far_stream(variant)
    client.connect(made.getsockname())
    answers.value(made.accept()[0].getsockopt(*option))
    answers.value(datagram(variant).getsockopt(*option))


def read_only(variant, answers):
    for made in (stream(variant), datagram(variant)):
        for name in (
            socket.SO_TYPE,
            socket.SO_ERROR,
            socket.SO_ACCEPTCONN,
            socket.SO_DOMAIN,
            socket.SO_PROTOCOL,
            socket.SO_SNDLOWAT,
        ):
            answers.error(made.setsockopt, SOCKET, name, 7)
            answers.value(made.getsockopt(SOCKET, name))


def number_of(call, *arguments):
    """What a call returns or the number of its error, as text."""
    try:
        return Raw(f"Ok({call(*arguments)})")
    except OSError as error:
        return Raw(f"Err(Some({error_name(error)}))")


def unknown(variant, answers):
    own = IPV6 if variant.is_inet6 else IP
    tcp, udp = stream(variant), datagram(variant)
    for made, known, other in ((tcp, TCP, UDP), (udp, UDP, TCP)):
        for level in (SOCKET, own, known):
            answers.error(made.getsockopt, level, 9999)
            answers.error(made.setsockopt, level, 9999, 1)
        for level in (other, 9999):
            answers.value(number_of(made.getsockopt, level, 1))
            answers.error(made.setsockopt, level, 1, 1)
    answers.value(number_of(tcp.getsockopt, IPV6, socket.IPV6_V6ONLY))
    answers.value(tcp.getsockopt(IP, socket.IP_TTL))


def too_short(variant, answers):
    made = stream(variant)
    for option in ((SOCKET, socket.SO_KEEPALIVE), (TCP, socket.TCP_NODELAY)):
        for value in (b"", b"\1", b"\1\1\1"):
            answers.error(made.setsockopt, *option, value)
            answers.value(made.getsockopt(*option))
        made.setsockopt(*option, b"\1\1\1\1\1")
        answers.value(made.getsockopt(*option))


def kept(variant, answers):
    def prepare(near):
        near.setsockopt(TCP, socket.TCP_NODELAY, True)
        near.setsockopt(SOCKET, socket.SO_KEEPALIVE, True)
        near.setsockopt(SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 7))
        near.setsockopt(TCP, socket.TCP_KEEPIDLE, 60)
        near.setsockopt(*hop_limit(variant), 9)

    near, _far = connection(variant, prepare)
    answers.value(bool(near.getsockopt(TCP, socket.TCP_NODELAY)))
    answers.value(bool(near.getsockopt(SOCKET, socket.SO_KEEPALIVE)))
    answers.value(lingers(near))
    answers.value(near.getsockopt(TCP, socket.TCP_KEEPIDLE))
    answers.value(near.getsockopt(*hop_limit(variant)))
    near.setsockopt(SOCKET, socket.SO_LINGER, bytes(8))  # the end of the twin does not wait


def all_or_nothing(variant, answers):
    own = (
        (IP, socket.IP_TTL, 9),
        (IP, socket.IP_TOS, 16),
        (IP, IP_MTU_DISCOVER, 2),
        (IP, IP_RECVTTL, 1),
        (IP, IP_FREEBIND, 1),
        (IP, socket.IP_MULTICAST_LOOP, 0),
    )
    if variant.is_inet6:
        own = (
            (IPV6, socket.IPV6_UNICAST_HOPS, 9),
            (IPV6, socket.IPV6_TCLASS, 16),
            (IPV6, IPV6_MTU_DISCOVER, 2),
            (IPV6, socket.IPV6_RECVHOPLIMIT, 1),
            (IPV6, socket.IPV6_V6ONLY, 1),
            (IPV6, socket.IPV6_MULTICAST_LOOP, 0),
        )
    made = stream(variant)
    for level, name, value in (
        (SOCKET, socket.SO_REUSEADDR, 1),
        (SOCKET, socket.SO_DONTROUTE, 1),
        (SOCKET, socket.SO_BROADCAST, 1),
        (SOCKET, socket.SO_KEEPALIVE, 1),
        (SOCKET, socket.SO_OOBINLINE, 1),
        (SOCKET, socket.SO_PRIORITY, 3),
        (SOCKET, socket.SO_REUSEPORT, 1),
        (SOCKET, SO_TIMESTAMP, 1),
        (SOCKET, SO_TIMESTAMPNS, 1),
        (TCP, socket.TCP_NODELAY, 1),
        (TCP, socket.TCP_MAXSEG, 1000),
        (TCP, socket.TCP_CORK, 1),
        (TCP, socket.TCP_KEEPIDLE, 60),
        (TCP, socket.TCP_KEEPINTVL, 60),
        (TCP, socket.TCP_KEEPCNT, 3),
        (TCP, socket.TCP_SYNCNT, 3),
        (TCP, socket.TCP_LINGER2, 30),
        (TCP, socket.TCP_DEFER_ACCEPT, 1),
        (TCP, socket.TCP_WINDOW_CLAMP, 65535),
        (TCP, socket.TCP_QUICKACK, 0),
        (TCP, socket.TCP_USER_TIMEOUT, 1000),
        (TCP, socket.TCP_NOTSENT_LOWAT, 1000),
        *own,
    ):
        made.setsockopt(level, name, value)
        answers.value(made.getsockopt(level, name))


def other_switches(variant, answers):
    for made in (stream(variant), datagram(variant)):
        for name in (socket.SO_OOBINLINE, socket.SO_DONTROUTE):
            takes(answers, made, (SOCKET, name), 5, 0)


def host_timeouts(variant, answers):
    made = stream(variant)
    for name in (SO_RCVTIMEO, SO_SNDTIMEO):
        found = made.getsockopt(SOCKET, name, 32)
        answers.value(len(found))
        answers.value(found == bytes(len(found)))
        answers.error(made.setsockopt, SOCKET, name, struct.pack("ll", 1, 1_000_000))
        answers.error(made.setsockopt, SOCKET, name, 1)


def probes(variant, answers):
    made = stream(variant)
    takes(answers, made, (TCP, socket.TCP_KEEPINTVL), *one_to(32767))
    takes(answers, made, (TCP, socket.TCP_KEEPCNT), *one_to(127))


def user_timeout(variant, answers):
    made = stream(variant)
    takes(answers, made, (TCP, socket.TCP_USER_TIMEOUT), 1234, -1, 0)
    answers.value(len(made.getsockopt(TCP, socket.TCP_CONGESTION, 32)))
    made.setsockopt(TCP, socket.TCP_CONGESTION, b"reno")
    answers.error(made.setsockopt, TCP, socket.TCP_CONGESTION, b"no such")
    found = made.getsockopt(TCP, socket.TCP_CONGESTION, 32)
    answers.value(len(found))
    answers.value(found == b"reno".ljust(16, b"\0"))


def doubled(variant, answers):
    for made in (stream(variant), datagram(variant)):
        for name in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            made.setsockopt(SOCKET, name, 8192)
            answers.value(made.getsockopt(SOCKET, name))


def no_hops(variant, answers):
    takes(answers, datagram(variant), hop_limit(variant), 0)


def one_byte(variant, answers):
    made, option = datagram(variant), (IP, socket.IP_TTL)
    answers.error(made.setsockopt, *option, b"")
    for value in (b"\x09", b"\x0a\1\1"):
        made.setsockopt(*option, value)
        answers.value(made.getsockopt(*option))
    answers.error(made.setsockopt, *option, b"\0")
    if variant.is_inet6:
        answers.error(made.setsockopt, *hop_limit(variant), b"\x09")
        answers.value(made.getsockopt(*hop_limit(variant)))


def byte_form(variant, answers):
    made, family = stream(variant), struct.pack("i", variant.family)
    for room in (1, 3, 4, 5, 1024):
        found = made.getsockopt(SOCKET, socket.SO_DOMAIN, room)
        answers.value(len(found))
        answers.value(found == family[: len(found)])
    found = made.getsockopt(SOCKET, socket.SO_LINGER, 4)
    answers.value(len(found))
    answers.value(found == bytes(4))


def no_bytes(variant, answers):
    made = stream(variant)
    answers.outcome(made.getsockopt, SOCKET, socket.SO_TYPE, 1025)
    answers.outcome(made.getsockopt, SOCKET, socket.SO_TYPE, 0)


def one_interface(variant, answers):
    no_interface = 424_242
    near, far = datagram(variant), far_datagram(variant)
    takes(answers, near, (SOCKET, SO_BINDTOIFINDEX), -1, no_interface, 0, 1)
    answers.value(near.sendto(b"x", far.getsockname()))
    answers.value(len(far.recv(8)))
    near.setsockopt(SOCKET, SO_BINDTOIFINDEX, no_interface)
    answers.error(near.sendto, b"x", far.getsockname())


def received_beside(variant, answers):
    of_inet6 = (socket.IPV6_RECVPKTINFO, socket.IPV6_RECVHOPLIMIT, socket.IPV6_RECVTCLASS)
    switches_of(variant, answers, (IP_PKTINFO, IP_RECVTTL, IP_RECVTOS), of_inet6)


def headers_beside(variant, answers):
    of_inet6 = (socket.IPV6_RECVRTHDR, socket.IPV6_RECVDSTOPTS)
    switches_of(variant, answers, (socket.IP_RECVOPTS, socket.IP_RETOPTS), of_inet6)


def switches_of(variant, answers, of_inet, of_inet6):
    """Switches of a datagram socket that are off at first."""
    level, names = (IPV6, of_inet6) if variant.is_inet6 else (IP, of_inet)
    made = datagram(variant)
    for name in names:
        takes(answers, made, (level, name), 1, 0)


def header_options(variant, answers):
    made, option = datagram(variant), (IP, socket.IP_OPTIONS)
    answers.value(len(made.getsockopt(*option, 40)))
    made.setsockopt(*option, b"\1\1\1\0")
    found = made.getsockopt(*option, 40)
    answers.value(len(found))
    answers.value(found)
    answers.error(made.setsockopt, *option, b"\1" * 41)


def quickack(variant, answers):
    takes(answers, stream(variant), (TCP, socket.TCP_QUICKACK), 0, 1)


def peers(_, answers):
    one, _other = socket.socketpair()
    for name in (socket.SO_PASSCRED, socket.SO_PASSSEC):
        takes(answers, one, (SOCKET, name), 1)
    found = one.getsockopt(SOCKET, socket.SO_PEERCRED, 16)
    answers.value(len(found))
    answers.value(found[:4] == struct.pack("I", os.getpid()))
    answers.error(one.setsockopt, SOCKET, socket.SO_PEERCRED, found)


def marks(variant, answers):
    made = datagram(variant)
    for name in (socket.SO_PRIORITY, socket.SO_MARK):
        takes(answers, made, (SOCKET, name), 5)


def tcp_info(variant, answers):
    found = stream(variant).getsockopt(TCP, socket.TCP_INFO, 104)
    answers.value(len(found))
    answers.value(found[0])
    near, _far = connection(variant)
    for room in (104, 1):
        found = near.getsockopt(TCP, socket.TCP_INFO, room)
        answers.value(len(found))
        answers.value(found[0])
    answers.error(datagram(variant).setsockopt, TCP, socket.TCP_INFO, 0)


TWINS = {
    "option-01": kinds,
    "option-02": switched_off,
    "option-03": switched,
    "option-04": linger,
    "option-05": nodelay,
    "option-06": keepidle,
    "option-07": maxseg,
    "option-08": tcp_details,
    "option-09": hops,
    "option-10": traffic_class,
    "option-11": any_buffer,
    "option-12": low_water,
    "option-13": pending_error,
    "option-14": accepts,
    "option-15": read_only,
    "option-16": unknown,
    "option-17": too_short,
    "option-21": kept,
    "option-22": all_or_nothing,
    "option-23": other_switches,
    "option-24": host_timeouts,
    "option-25": probes,
    "option-26": user_timeout,
    "option-27": doubled,
    "option-28": no_hops,
    "option-29": one_byte,
    "option-30": byte_form,
    "option-31": no_bytes,
    "option-32": received_beside,
    "option-41": one_interface,
    "option-40": headers_beside,
    "option-33": header_options,
    "option-34": quickack,
    "option-35": peers,
    "option-36": marks,
    "option-37": tcp_info,
}
