"""Messages: data in parts, and the control messages that travel beside it."""

import socket
import struct

from . import peer
from .answers import Difference, Raw, ready, some
from .fixture import (
    CHUNK,
    READABLE,
    SHORT,
    connection,
    expect_bytes,
    far_datagram,
    far_deaf,
    fill,
    gives_up,
    near_datagram,
    near_stream,
    readiness,
    stays_quiet,
    wait_for,
)

# Constants that this CPython may lack; the numbers are Linux's.
IP_PKTINFO, IP_RECVTTL, IP_RECVTOS = 8, 12, 13
MSG_CONFIRM, MSG_ERRQUEUE, MSG_MORE = 0x800, 0x2000, 0x8000
POLLPRI = 0x2
IP, IPV6 = socket.IPPROTO_IP, socket.IPPROTO_IPV6


def flags(number):
    """The text of flags."""
    names = ("MSG_OOB", "MSG_PEEK", "MSG_CTRUNC", "MSG_TRUNC", "MSG_EOR")
    found = [name for name in names if number & getattr(socket, name)]
    rest = number & ~sum(getattr(socket, name) for name in found)
    if rest or not found:
        found.append(f"{rest:#x}")
    return Raw("|".join(found))


def gathered(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    peer_name, buffer = far.getsockname(), bytearray(b"-" * 8)
    answers.error(near.sendmsg, [b"to ", b"whom?"])
    answers.value(near.sendmsg([b"one", b"", b"two"], [], 0, peer_name))
    count, sender = far.recvfrom_into(buffer)
    answers.value((count, some(sender)))
    answers.value(buffer)
    near.connect(peer_name)
    answers.value(near.sendmsg([b"peer"]))
    answers.value(far.recv_into(buffer))
    other = far_datagram(variant)
    answers.value(near.sendmsg([b"else", b"where"], [], 0, other.getsockname()))
    answers.value(len(other.recv(16)))


def empty(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    for parts in ([], [b""], [b"", b""]):
        answers.value(far.sendmsg(parts, [], 0, near.getsockname()))
        data, _, told, sender = near.recvmsg(8)
        answers.value((len(data), flags(told)))
        answers.value(some(sender))
    far.sendto(b"swallowed", near.getsockname())
    count, _, told, _ = near.recvmsg_into([])
    answers.value((count, flags(told)))
    stays_quiet(near, READABLE)


def scattered(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    far.sendto(b"0123456789", near.getsockname())
    wait_for(near, READABLE)
    first, second = bytearray(b"-" * 4), bytearray(b"-" * 8)
    count, control, told, sender = near.recvmsg_into([first, bytearray(), second], 64)
    answers.value((count, len(control), flags(told)))
    answers.value(some(sender))
    answers.value((first, second))


def cut(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    trunc, peek = socket.MSG_TRUNC, socket.MSG_PEEK
    for room, asked in (
        ((4, 6), 0),
        ((4, 6), trunc),
        ((4, 5), 0),
        ((0, 0), 0),
        ((4, 5), trunc),
        ((4, 5), trunc | peek),
    ):
        far.sendto(b"0123456789", near.getsockname())
        first, second = bytearray(b"-" * 6), bytearray(b"-" * 6)
        views = [memoryview(first)[: room[0]], memoryview(second)[: room[1]]]
        count, _, told, _ = near.recvmsg_into(views, 0, asked)
        answers.value((min(count, sum(room)), flags(told)))
        answers.value(count)
        answers.value(first == b"0123"[: room[0]] + b"-" * (6 - room[0]))
        answers.value(second[: room[1]] == b"456789"[: room[1]])
    answers.value(len(near.recv(16)))
    answers.value(ready(readiness(near)))


def over_streams(variant, answers):
    near, far = connection(variant)
    elsewhere = far_deaf(variant)
    answers.value(near.sendmsg([b"one, ", b"", b"two"]))
    expect_bytes(far, b"one, two")
    answers.value(near.sendmsg([]))
    stays_quiet(far, READABLE)
    answers.value(near.sendmsg([b"to the ", b"peer"], [], 0, elsewhere.getsockname()))
    expect_bytes(far, b"to the peer")

    first, second = bytearray(b"-" * 3), bytearray(b"-" * 5)
    far.sendall(b"0123456789")
    for asked in (socket.MSG_WAITALL | socket.MSG_PEEK, socket.MSG_WAITALL):
        wait_for(near, READABLE)
        count, _, told, sender = near.recvmsg_into([first, second], 0, asked)
        answers.value((count, flags(told), some(sender)))
        answers.value((first, second))
    expect_bytes(near, b"89")
    far.shutdown(socket.SHUT_WR)
    data, _, told, sender = near.recvmsg(8)
    answers.value((len(data), flags(told), some(sender)))

    unconnected = near_stream(variant)
    answers.error(unconnected.sendmsg, [b"x"])
    answers.error(unconnected.recvmsg, 8)


def until_it_gives_up(variant, answers):
    limit = SHORT if variant.mode == "timeout" else 0
    near = near_datagram(variant)
    near.settimeout(limit)
    gives_up(variant, answers, near.recvmsg, 8)
    near, far = connection(variant)
    fill(near)
    near.settimeout(limit)
    gives_up(variant, answers, near.recvmsg, 8)
    gives_up(variant, answers, near.sendmsg, [b"x"])
    far.close()


def more_than_fits(variant, answers):
    near, far = connection(variant)
    before = fill(near)
    near.setblocking(True)
    variant.accompany(peer.drain, far)
    answers.value(near.sendmsg([b"..", CHUNK, b"", b".."]))
    near.shutdown(socket.SHUT_WR)
    expected = peer.Receipt()
    expected.add(b"." * (before + len(CHUNK) + 4))
    expect_bytes(near, expected.to_bytes())


def lengths(_, answers):
    word = struct.calcsize("P")
    header, largest = word + 8, 0x7FFF_FFFF
    for length in (0, 1, word, word + 1, 4096):
        answers.outcome(socket.CMSG_LEN, length)
        answers.outcome(socket.CMSG_SPACE, length)
    answers.outcome(socket.CMSG_LEN, largest - header)
    answers.outcome(socket.CMSG_LEN, largest - header + 1)
    answers.outcome(socket.CMSG_SPACE, largest - header - word + 1)
    answers.outcome(socket.CMSG_LEN, (1 << (8 * word)) - 1)
    answers.outcome(socket.CMSG_SPACE, (1 << (8 * word)) - 1)


def control_value(made):
    """The only control message beside the next datagram, as text."""
    wait_for(made, READABLE)
    _, control, told, _ = made.recvmsg(8, 128)
    if told or len(control) > 1:
        raise Difference(f"more came beside: {control}, flags {told}")
    return some(meaning(*control[0])) if control else None


def meaning(level, kind, data):
    """The text of a control message."""
    if (level, kind) == (IP, IP_PKTINFO):
        interface, local, destination = struct.unpack("=i4s4s", data)
        local, destination = socket.inet_ntoa(local), socket.inet_ntoa(destination)
        fields = f"interface: {interface}, local: {local}, destination: {destination}"
        return Raw(f"Ipv4PacketInfo(Ipv4PacketInfo {{ {fields} }})")
    if (level, kind) == (IPV6, socket.IPV6_PKTINFO):
        address, interface = struct.unpack("=16si", data)
        address = socket.inet_ntop(socket.AF_INET6, address)
        fields = f"interface: {interface}, address: {address}"
        return Raw(f"Ipv6PacketInfo(Ipv6PacketInfo {{ {fields} }})")
    name, form = {
        (IP, socket.IP_TTL): ("TimeToLive", "i"),
        (IP, socket.IP_TOS): ("TypeOfService", "B"),
        (IPV6, socket.IPV6_HOPLIMIT): ("HopLimit", "i"),
        (IPV6, socket.IPV6_TCLASS): ("TrafficClass", "i"),
    }[level, kind]
    return Raw(f"{name}({struct.unpack(form, data)[0]})")


def packet_info(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    option = (IPV6, socket.IPV6_RECVPKTINFO) if variant.is_inet6 else (IP, IP_PKTINFO)
    far.sendto(b"before", near.getsockname())
    answers.value(control_value(near))
    near.setsockopt(*option, 1)
    far.sendto(b"after", near.getsockname())
    answers.value(control_value(near))


def hops_and_class(variant, answers):
    near = near_datagram(variant)
    rows = (
        (IP, IP_RECVTTL, socket.IP_TTL, struct.pack("i", 9)),
        (IP, IP_RECVTOS, socket.IP_TOS, b"\x10"),
    )
    if variant.is_inet6:
        rows = (
            (IPV6, socket.IPV6_RECVHOPLIMIT, socket.IPV6_HOPLIMIT, struct.pack("i", 9)),
            (IPV6, socket.IPV6_RECVTCLASS, socket.IPV6_TCLASS, struct.pack("i", 32)),
        )
    for level, option, kind, data in rows:
        far = far_datagram(variant)
        far.setsockopt(level, option, 1)
        answers.value(near.sendto(b"x", far.getsockname()))
        answers.value(control_value(far))
        answers.value(near.sendmsg([b"x"], [(level, kind, data)], 0, far.getsockname()))
        answers.value(control_value(far))
        answers.value(near.sendto(b"x", far.getsockname()))
        answers.value(control_value(far))


def source(variant, answers):
    near, far = socket.socket(variant.family, socket.SOCK_DGRAM), far_datagram(variant)
    addresses = socket.inet_aton("127.0.0.2") + socket.inet_aton(far.getsockname()[0])
    control = [(IP, IP_PKTINFO, struct.pack("i", 0) + addresses)]
    answers.value(near.sendmsg([b"x"], control, 0, far.getsockname()))
    _, sender = far.recvfrom(8)
    answers.value(some((sender[0], 0)))


def receive_hops(variant):
    """The option to receive the hop limit."""
    return (IPV6, socket.IPV6_RECVHOPLIMIT) if variant.is_inet6 else (IP, IP_RECVTTL)


def control_cut(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    near.setsockopt(*receive_hops(variant), 1)
    header = socket.CMSG_LEN(0)
    for room in (0, header - 1, header + 3, header + 4, header + 48):
        far.sendto(b"data", near.getsockname())
        data, control, told, _ = near.recvmsg(8, room)
        answers.value((len(data), flags(told)))
        answers.value(some(len(control[0][2])) if control else None)
        answers.value(some(len(control[1][2])) if len(control) > 1 else None)


def control_refused(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    near.connect(far.getsockname())
    level, hops = (IPV6, socket.IPV6_HOPLIMIT) if variant.is_inet6 else (IP, socket.IP_TTL)
    nine, too_many = struct.pack("i", 9), struct.pack("i", 256)
    for message in (
        (socket.SOL_SOCKET, 9999, nine),
        (level, 9999, nine),
        (level, hops, b"12"),
        (level, hops, b""),
        (level, hops, too_many),
    ):
        answers.error(near.sendmsg, [b"x"], [message])
    stays_quiet(far, READABLE)


def many_parts(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    near.connect(far.getsockname())
    answers.error(near.sendmsg, [b"x"] * 1025)
    stays_quiet(far, READABLE)
    answers.value(near.sendmsg([b"x"] * 1024))
    places = [bytearray(1) for _ in range(1025)]
    answers.error(far.recvmsg_into, places)
    answers.value(far.recvmsg_into(places[:1024])[0])
    answers.value(all(place == b"x" for place in places[:1024]))
    answers.value(places[1024])


def out_of_band(variant, answers):
    near, far = connection(variant)
    buffer, oob = bytearray(b"-" * 8), socket.MSG_OOB
    answers.error(near.recv_into, buffer, 0, oob)
    answers.value(far.send(b"ab"))
    answers.value(far.send(b"!", oob))
    answers.value(far.send(b"cd"))
    answers.value(wait_for(near, POLLPRI) & POLLPRI == POLLPRI)
    answers.value(near.recv_into(buffer, 0, oob | socket.MSG_PEEK))
    answers.value(near.recv_into(buffer, 0, oob))
    answers.value(buffer)
    answers.error(near.recv_into, buffer, 0, oob)
    expect_bytes(near, b"abcd")


def other_flags(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    near.connect(far.getsockname())
    for asked in (socket.MSG_DONTROUTE, MSG_CONFIRM, socket.MSG_NOSIGNAL):
        answers.value(near.send(b"x", asked))
        answers.value(len(far.recv(8)))
    answers.value(near.send(b"one ", MSG_MORE))
    stays_quiet(far, READABLE)
    answers.value(near.send(b"datagram"))
    answers.value(len(far.recv(16)))
    answers.error(near.recvmsg, 8, 0, MSG_ERRQUEUE)


def records(_, answers):
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    answers.value(one.send(b"first"))
    answers.value(one.send(b"second", socket.MSG_EOR))
    for room in (3, 8):
        data, _, told, _ = other.recvmsg(room)
        answers.value((len(data), flags(told)))


TWINS = {
    "message-01": gathered,
    "message-02": empty,
    "message-03": scattered,
    "message-04": cut,
    "message-05": over_streams,
    "message-06": until_it_gives_up,
    "message-07": more_than_fits,
    "message-08": lengths,
    "message-09": packet_info,
    "message-10": hops_and_class,
    "message-11": source,
    "message-12": control_cut,
    "message-13": control_refused,
    "message-15": many_parts,
    "message-16": out_of_band,
    "message-17": other_flags,
    "message-18": records,
}
