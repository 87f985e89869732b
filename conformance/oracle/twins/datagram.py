"""UDP: boundaries, sizes, filters, and the errors that come back."""

import errno
import socket
import threading

from . import forged
from .answers import Difference, Raw, pending, ready, some
from .fixture import (
    READABLE,
    SHORT,
    any_port,
    far_datagram,
    give,
    gives_up,
    near_datagram,
    own,
    pending_error,
    readiness,
    receive,
    set_mode,
    sockaddr,
    stays_quiet,
    unspecified,
    wait_for,
    with_port,
)
from .message import IP, IP_PKTINFO, IPV6
from .multicast import GROUP, member, sender
from .option import takes


def next_into(made, buffer):
    """How many bytes of a datagram were received, and its sender, in any mode."""
    wait_for(made, READABLE)
    count, sender = made.recvfrom_into(buffer)
    return count, some(sender)


def counted(received):
    """A datagram as its length and its sender."""
    data, sender = received
    return len(data), some(sender)


def unbound(variant):
    """An unbound datagram socket in the variant's mode."""
    return set_mode(variant, socket.socket(variant.family, socket.SOCK_DGRAM))


def without_destination(variant, answers):
    near = unbound(variant)
    answers.error(near.send, b"x")
    answers.error(near.sendall, b"")
    answers.error(near.getpeername)


def names_itself(variant, answers):
    near, far = unbound(variant), far_datagram(variant)
    answers.value(near.sendto(b"hello", far.getsockname()))
    name = near.getsockname()
    answers.value(with_port(name, 0))
    answers.value(name[1] >= 1024)
    data, sender = far.recvfrom(8)
    answers.value(len(data))
    answers.value(some(sender))


def nothing_there(variant, answers):
    near = unbound(variant)
    near.settimeout(SHORT if variant.mode == "timeout" else 0)
    gives_up(variant, answers, near.recv, 8)
    gives_up(variant, answers, near.recvfrom, 8)


def connected(variant, answers):
    near = unbound(variant)
    peer, other = far_datagram(variant), far_datagram(variant)
    near.connect(peer.getsockname())
    name = near.getsockname()
    answers.value(with_port(name, 0))
    answers.value(near.getpeername())

    near.send(b"to the peer")
    answers.value(counted(peer.recvfrom(16)))
    near.sendto(b"elsewhere", other.getsockname())
    answers.value(counted(other.recvfrom(16)))

    other.sendto(b"not for you", name)
    peer.sendto(b"for you", name)
    buffer = bytearray(16)
    answers.value(next_into(near, buffer))
    answers.value(buffer[:7])
    stays_quiet(near, READABLE)


def queued_before(variant, answers):
    near = near_datagram(variant)
    early, peer = far_datagram(variant), far_datagram(variant)
    early.sendto(b"early", near.getsockname())
    wait_for(near, READABLE)
    near.connect(peer.getsockname())
    answers.value(next_into(near, bytearray(8)))


def reconnected(variant, answers):
    near = near_datagram(variant)
    for peer in (far_datagram(variant), far_datagram(variant)):
        near.connect(peer.getsockname())
        answers.value(near.getpeername())
        near.send(b"hello")
        answers.value(counted(peer.recvfrom(8)))
        peer.sendto(b"you", near.getsockname())
        answers.value(next_into(near, bytearray(8))[0])


def disconnect(variant, made):
    """Connects to an address of no family, which CPython has not."""
    give("connect", made, sockaddr(socket.AF_UNSPEC, bytes(26)))


def disconnected(variant, answers):
    peer = far_datagram(variant)
    with near_datagram(variant) as made:
        port = made.getsockname()[1]
    anybody, anything = own(variant), unspecified(variant)
    for bound, afterwards in (
        (None, anything),
        (anything, anything),
        (anybody, anybody),
        (with_port(anything, port), with_port(anything, port)),
        (with_port(anybody, port), with_port(anybody, port)),
    ):
        near = unbound(variant)
        if bound:
            near.bind(bound)
        near.connect(peer.getsockname())
        for _ in range(2):
            disconnect(variant, near)
            answers.error(near.getpeername)
        name = near.getsockname()
        answers.value(with_port(name, 0))
        answers.value(name[1] == afterwards[1])
        answers.error(near.send, b"x")
        near.sendto(b"hello", peer.getsockname())
        data, sender = peer.recvfrom(8)
        answers.value(len(data))
        other = far_datagram(variant)
        other.sendto(b"you", sender)
        answers.value(next_into(near, bytearray(8)))
        near.close()


def connected_to_no_port(variant, answers):
    near = near_datagram(variant)
    near.connect(any_port(variant))
    answers.error(near.getpeername)
    answers.value(near.send(b"to nobody"))


def no_way(variant, answers):
    near = near_datagram(variant)
    nowhere = ("3fff::9" if variant.is_inet6 else "203.0.113.9", 9)
    answers.error(near.sendto, b"x", nowhere)
    answers.error(near.connect, nowhere)
    answers.error(near.getpeername)
    far = far_datagram(variant)
    answers.value(near.sendto(b"there", far.getsockname()))
    answers.value(len(far.recv(8)))


def answered(variant, answers):
    server = unbound(variant)
    server.bind(unspecified(variant))
    option = (IPV6, socket.IPV6_RECVPKTINFO) if variant.is_inet6 else (IP, IP_PKTINFO)
    server.setsockopt(*option, 1)
    port = server.getsockname()[1]
    for address in (variant.loopback, variant.loopback if variant.is_inet6 else "127.0.0.2"):
        client = far_datagram(variant)
        client.connect((address, port))
        answers.value(client.send(b"who?"))
        wait_for(server, READABLE)
        _, control, _, sender = server.recvmsg(8, 128)
        answers.value(server.sendmsg([b"I am"], control, 0, sender))
        answers.value(len(client.recv(8)))


def in_pieces(variant, answers):
    data = [digit * 6000 for digit in (b"1", b"2", b"3")]
    near, senders = near_datagram(variant), [far_datagram(variant), far_datagram(variant)]
    for sender in senders:
        sender.connect(near.getsockname())
    for piece in data:
        for sender in senders:
            answers.value(sender.send(piece))
    seen = [0, 0]
    for _ in range(6):
        wait_for(near, READABLE)
        received, sender = near.recvfrom(6001)
        number = int(sender != senders[0].getsockname())
        answers.value(len(received))
        answers.value(received == data[seen[number]])
        seen[number] += 1
    answers.value(seen)
    for length in (6000, 1472, 1473, 1452, 1453, 2952, 2953):
        answers.value(near.sendto(data[0][:length], senders[0].getsockname()))
        answers.value(len(senders[0].recv(6001)))


def shut_down(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    answers.error(far.shutdown, socket.SHUT_RDWR)
    far = far_datagram(variant)
    near.connect(far.getsockname())
    threading.Timer(SHORT, near.shutdown, [socket.SHUT_RD]).start()
    answers.value(len(near.recv(8)))
    answers.value(near.send(b"x"))
    answers.value(len(far.recv(8)))
    near.shutdown(socket.SHUT_WR)
    answers.error(near.send, b"x")
    answers.error(near.sendto, b"x", far.getsockname())


def truncated(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    for _ in range(3):
        far.sendto(b"too long", near.getsockname())
    far.sendto(b"next", near.getsockname())
    buffer = bytearray(b"-" * 8)
    answers.value(next_into(near, memoryview(buffer)[:3]))
    answers.value(buffer)
    wait_for(near, READABLE)
    answers.value(near.recv_into(memoryview(buffer)[:2]))
    wait_for(near, READABLE)
    answers.value(near.recvfrom_into(buffer, 5)[0])
    answers.value(next_into(near, buffer)[0])
    answers.value(buffer[:4])


def empty(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    far.sendto(b"", near.getsockname())
    far.connect(near.getsockname())
    far.sendall(b"")
    far.send(b"end")
    answers.value(next_into(near, bytearray(8)))
    answers.value(len(receive(near, 8)))
    answers.value(len(receive(near, 8)))


def into_nothing(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    far.sendto(b"swallowed", near.getsockname())
    far.sendto(b"kept", near.getsockname())
    answers.value(next_into(near, bytearray()))
    answers.value(near.recv_into(bytearray()))
    answers.value(next_into(near, bytearray(8))[0])


def peek(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    far.sendto(b"look", near.getsockname())
    buffer = bytearray(8)
    for most in (8, 2, 8):
        count, sender = near.recvfrom_into(buffer, most, socket.MSG_PEEK)
        answers.value(count)
        answers.value(some(sender))
    answers.value(near.recv_into(buffer))
    answers.value(ready(readiness(near)))


def boundaries(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    datagrams = (b"a", b"bb", b"", b"dddd")
    for datagram in datagrams:
        far.sendto(datagram, near.getsockname())
    for _ in datagrams:
        wait_for(near, READABLE)
        answers.value(near.recvfrom(16)[0])


def longest(variant, answers):
    size = 65_527 if variant.is_inet6 else 65_507
    long = b"#" * (size + 1)
    near, far = near_datagram(variant), far_datagram(variant)
    near.connect(far.getsockname())
    answers.error(near.send, long)
    answers.error(near.sendto, long, far.getsockname())
    answers.value(near.send(long[:size]))
    data, sender = far.recvfrom(1024)
    answers.value((len(data), some(sender)))
    answers.value(data == b"#" * 1024)


def port_zero(variant, answers):
    near = near_datagram(variant)
    answers.error(near.sendto, b"x", any_port(variant))


def nobody(variant):
    """An address where no datagram socket is."""
    with far_datagram(variant) as made:
        return made.getsockname()


def refused(variant, answers):
    near = near_datagram(variant)
    near.connect(nobody(variant))
    answers.value(near.send(b"anybody?"))
    wait_for(near, 0)
    answers.error(near.recv, 8)
    stays_quiet(near, READABLE)
    answers.value(near.send(b"anybody?"))
    wait_for(near, 0)
    answers.error(near.send, b"anybody?")
    answers.value(near.send(b"anybody?"))
    wait_for(near, 0)
    answers.value(pending(pending_error(near)))
    answers.value(pending(pending_error(near)))
    peer = far_datagram(variant)
    near.connect(peer.getsockname())
    near.send(b"you")
    answers.value(len(peer.recv(8)))


def refused_unconnected(variant, answers):
    near, address = near_datagram(variant), nobody(variant)
    for _ in range(3):
        answers.value(near.sendto(b"anybody?", address))
        stays_quiet(near, READABLE)
    answers.value(pending(pending_error(near)))


def broadcast(variant, answers):
    near = unbound(variant)
    answers.value(near.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST) == 0)
    answers.error(near.sendto, b"everybody", ("127.255.255.255", 9))
    try:
        near.sendto(b"everybody", ("<broadcast>", 9))
    except OSError as error:
        if error.errno != errno.ENETUNREACH:
            answers.value(Raw(f"Err(Some({errno.errorcode[error.errno]}))"))
    else:
        raise Difference("sendto was to fail")
    near.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, True)
    answers.value(near.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST) == 1)


def overflow(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    far.sendto(b"first", near.getsockname())
    answers.value(next_into(near, bytearray(8))[0])
    for number in range(200):
        answers.value(far.sendto(bytes([number]) + b"." * 511, near.getsockname()))
    stays_quiet(near_datagram(variant), READABLE)
    expected = 0
    while readiness(near) & READABLE:
        data = near.recv(512)
        if (len(data), data[0]) != (512, expected):
            raise Difference(f"{len(data)} bytes of {data[0]}, not of {expected}")
        expected += 1
    answers.value(expected > 0)
    answers.value(expected < 200)


def membership(variant, answers):
    near = unbound(variant)
    group, no_group = (
        socket.inet_aton(address) + socket.inet_aton(variant.loopback)
        for address in ("239.1.2.3", "192.0.2.9")
    )
    join = (socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP)
    leave = (socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP)
    answers.error(near.setsockopt, *join, no_group)
    answers.error(near.setsockopt, *join, group[:7])
    near.setsockopt(*join, group)
    answers.error(near.setsockopt, *join, group)
    near.setsockopt(*leave, group)
    answers.error(near.setsockopt, *leave, group)


def multicast(variant, answers):
    limit = (socket.IPPROTO_IP, socket.IP_MULTICAST_TTL)
    comes_back = (socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP)
    if variant.is_inet6:
        limit = (socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS)
        comes_back = (socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP)
    near = unbound(variant)
    takes(answers, near, limit, 0, 255, 256, -1, -2)
    takes(answers, near, comes_back, 0, 1)


def two_members(variant, answers):
    first = member(variant)
    port = first.getsockname()[1]
    second, far = member(variant, port), sender(variant)
    for data in b"one", b"two":
        far.sendto(data, (GROUP, port))
        for made in first, second:
            buffer = bytearray(8)
            count, name = next_into(made, buffer)
            answers.equal((count, name), (len(data), some(far.getsockname())))
            answers.value(buffer[:3])


TWINS = {
    "datagram-01": without_destination,
    "datagram-02": names_itself,
    "datagram-03": nothing_there,
    "datagram-04": connected,
    "datagram-05": queued_before,
    "datagram-06": reconnected,
    "datagram-07": truncated,
    "datagram-08": empty,
    "datagram-09": into_nothing,
    "datagram-10": peek,
    "datagram-11": boundaries,
    "datagram-12": longest,
    "datagram-13": port_zero,
    "datagram-14": refused,
    "datagram-15": refused_unconnected,
    "datagram-16": broadcast,
    "datagram-17": overflow,
    "datagram-19": no_way,
    "datagram-20": membership,
    "datagram-21": multicast,
    "datagram-22": two_members,
    "datagram-23": answered,
    "datagram-25": forged.checksums,
    "datagram-26": in_pieces,
    "datagram-27": shut_down,
    "datagram-29": disconnected,
    "datagram-30": connected_to_no_port,
}
