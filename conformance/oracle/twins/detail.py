"""Rules that programs seldom meet."""

import socket

from .answers import pending, ready
from .datagram import nobody, unbound
from .fixture import (
    READABLE,
    WRITABLE,
    any_port,
    connection,
    expect_bytes,
    far_datagram,
    far_deaf,
    give,
    near_datagram,
    near_stream,
    own,
    pending_error,
    readiness,
    sockaddr,
    wait_for,
)

IP, IPV6, TCP, SOCKET = (
    socket.IPPROTO_IP,
    socket.IPPROTO_IPV6,
    socket.IPPROTO_TCP,
    socket.SOL_SOCKET,
)
ERRQUEUE = 0x2000


def disconnect(made):
    give("connect", made, sockaddr(socket.AF_UNSPEC, bytes(26)))


def refused(variant, answers, address):
    near = near_stream(variant)
    near.setblocking(False)
    answers.error(near.connect, address)
    wait_for(near, WRITABLE)
    return near


def meaningless_flags(variant, answers):
    near, far = connection(variant)
    from_, to = near_datagram(variant), far_datagram(variant)
    for flags in (
        socket.MSG_EOR,
        socket.MSG_WAITALL,
        socket.MSG_PEEK,
        socket.MSG_TRUNC,
        socket.MSG_CTRUNC,
        ERRQUEUE,
    ):
        answers.value(near.send(b"x", flags))
        answers.value(from_.sendto(b"x", flags, to.getsockname()))
        expect_bytes(far, b"x")
        answers.value(len(to.recv(8)))
    for flags in (socket.MSG_EOR, socket.MSG_CTRUNC, socket.MSG_NOSIGNAL):
        far.sendall(b"x")
        to.sendto(b"x", from_.getsockname())
        wait_for(near, READABLE)
        wait_for(from_, READABLE)
        answers.value(len(near.recv(8, flags)))
        answers.value(len(from_.recv(8, flags)))


def thrown_away(variant, answers):
    near, far = connection(variant)
    far.sendall(b"0123456789")
    wait_for(near, READABLE)
    buffer = bytearray(b"----")
    for flags in (socket.MSG_TRUNC | socket.MSG_PEEK, socket.MSG_TRUNC):
        answers.value(near.recv_into(buffer, 0, flags))
        answers.value(buffer)
    expect_bytes(near, b"456789")


def to_no_port(variant, answers):
    near = refused(variant, answers, any_port(variant))
    answers.value(pending(pending_error(near)))
    answers.error(near.connect, any_port(variant))
    answers.error(near_stream(variant).getpeername)


def port_given_back(variant, answers):
    deaf = far_deaf(variant)
    near = refused(variant, answers, deaf.getsockname())
    answers.value(near.getsockname()[1] != 0)
    near.bind(own(variant))
    answers.error(near.bind, own(variant))
    answers.error(near.listen, 1)
    answers.error(near.connect, deaf.getsockname())
    near.listen(1)


def port_kept(variant, answers):
    near = near_stream(variant)
    near.bind(own(variant))
    name = near.getsockname()
    disconnect(near)
    answers.equal(near.getsockname(), name)
    answers.error(near.bind, own(variant))


def port_of_a_failure(variant, answers):
    near = unbound(variant)
    answers.error(near.send, b"x")
    answers.value(near.getsockname()[1] != 0)
    near = unbound(variant)
    answers.error(near.sendto, b"x", any_port(variant))
    answers.value(near.getsockname()[1] != 0)
    near = unbound(variant)
    answers.error(near.connect, ("3fff::9" if variant.is_inet6 else "203.0.113.9", 9))
    answers.value(near.getsockname()[1] != 0)


def address_before_error(variant, answers):
    near = near_datagram(variant)
    near.connect(nobody(variant))
    answers.value(near.send(b"anybody?"))
    wait_for(near, 0)
    answers.error(near.sendto, b"x", any_port(variant))
    answers.error(near.send, b"x")
    near.shutdown(socket.SHUT_WR)
    answers.error(near.sendto, b"x", any_port(variant))
    answers.error(near.send, b"x")


def any_sender(variant, answers):
    near = near_datagram(variant)
    near.connect(any_port(variant))
    for data in b"one", b"two":
        with far_datagram(variant) as far:
            far.sendto(data, near.getsockname())
            wait_for(near, READABLE)
            answers.value(len(near.recv(8)))


def refused_in_pieces(variant, answers):
    near = near_datagram(variant)
    near.connect(nobody(variant))
    answers.value(near.send(bytes(4000)))
    wait_for(near, 0)
    answers.value(pending(pending_error(near)))


def listener_with_an_error(variant, answers):
    near = refused(variant, answers, far_deaf(variant).getsockname())
    disconnect(near)
    near.listen(1)
    answers.value(ready(readiness(near)))
    answers.error(near.recv, 8)
    answers.value(pending(pending_error(near)))


def forms_of_options(variant, answers):
    stream = socket.socket(variant.family)
    datagram = socket.socket(variant.family, socket.SOCK_DGRAM)
    for room in 1, 2, 3, 4, 5:
        found = datagram.getsockopt(IP, socket.IP_TTL, room)
        answers.value((len(found), found[0]))
    nothing = 9999
    answers.error(datagram.setsockopt, TCP, socket.TCP_NODELAY, b"\1")
    answers.error(datagram.setsockopt, IP, nothing, b"")
    answers.error(stream.setsockopt, IPV6, nothing, b"\1")
    answers.error(stream.setsockopt, SOCKET, nothing, b"\1")
    answers.error(stream.setsockopt, TCP, nothing, b"\1")


def mapped_or_not(_, answers):
    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
        for address in "::", "::1", "::ffff:0.0.0.0":
            near = socket.socket(socket.AF_INET6, kind)
            near.bind((address, 0))
            answers.value(near.getsockopt(IPV6, socket.IPV6_V6ONLY))
        near = socket.socket(socket.AF_INET6, kind)
        near.bind(("::ffff:0.0.0.0", 0))
        answers.error(near.connect, ("::1", 9))
    near = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    near.connect(("::ffff:127.0.0.1", 0))
    answers.error(near.send, b"x")


def numbers(_, answers):
    for family, kind, protocol in (
        (9999, 77, 0),
        (9999, 11, 0),
        (0, 11, 0),
        (0, 1, 0),
        (2, 11, 0),
        (2, 0, 6),
        (2, 4, -2),
        (2, 4, 0),
        (2, 1, 263),
        (2, 1, 17),
    ):
        answers.error(socket.socket, family, kind, protocol)


TWINS = {
    "detail-01": meaningless_flags,
    "detail-02": thrown_away,
    "detail-03": to_no_port,
    "detail-04": port_given_back,
    "detail-05": port_kept,
    "detail-06": port_of_a_failure,
    "detail-07": address_before_error,
    "detail-08": any_sender,
    "detail-09": refused_in_pieces,
    "detail-10": listener_with_an_error,
    "detail-11": forms_of_options,
    "detail-12": mapped_or_not,
    "detail-13": numbers,
}
