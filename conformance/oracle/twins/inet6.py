"""IPv6 of its own: both families on one socket, scopes, and flow information."""

import fcntl
import socket
import struct

from . import forged
from .answers import host
from .fixture import LONG, accept, expect_bytes

INET, INET6 = socket.AF_INET, socket.AF_INET6
STREAM, DGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM
LOOPBACKS = {INET: "127.0.0.1", INET6: "::1"}
LINK_LOCAL, NO_INTERFACE = "fe80::1", 424_242


def v6only(made):
    return bool(made.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))


def set_v6only(made, only):
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(only))


def as_mapped(address):
    return address if ":" in address else "::ffff:" + address


def stream(only):
    """A stream socket of IPv6, for both families or for one."""
    made = socket.socket(INET6, STREAM)
    made.settimeout(LONG)
    set_v6only(made, only)
    return made


def the_option(_, answers):
    for kind in (STREAM, DGRAM):
        made = socket.socket(INET6, kind)
        answers.value(not v6only(made))
        set_v6only(made, True)
        answers.value(v6only(made))
        set_v6only(made, False)
        answers.value(not v6only(made))


def when_bound(_, answers):
    for kind in (STREAM, DGRAM):
        for only in (False, True):
            made = socket.socket(INET6, kind)
            set_v6only(made, only)
            made.bind(("::", 0))
            answers.error(set_v6only, made, not only)
            answers.value(v6only(made))


def dual_listener(_, answers):
    listener = stream(False)
    listener.bind(("::", 0))
    listener.listen(2)
    port = listener.getsockname()[1]
    for family, own in LOOPBACKS.items():
        client = socket.socket(family, STREAM)
        client.settimeout(LONG)
        client.connect((own, port))
        accepted, peer = accept(listener)
        answers.value(accepted.family)
        answers.value(host(peer))
        answers.value(accepted.getpeername() == peer)
        answers.value(host(accepted.getsockname()))
        answers.value(host(client.getpeername()))
        client.sendall(b"either")
        expect_bytes(accepted, b"either")


def ports_of_both(_, answers):
    for only in (False, True):
        first = stream(only)
        first.bind(("::", 0))
        first.listen(1)
        port = first.getsockname()[1]
        for kind in (STREAM, DGRAM):
            made = socket.socket(INET, kind)
            if only or kind == DGRAM:
                answers.done(made.bind, ("0.0.0.0", port))
                made.close()
                continue
            answers.error(made.bind, ("0.0.0.0", port))
            answers.error(made.bind, ("127.0.0.1", port))
            made.close()
        first.close()
        first = socket.socket(INET, STREAM)
        first.bind(("0.0.0.0", 0))
        first.listen(1)
        port = first.getsockname()[1]
        second = stream(only)
        if only:
            answers.done(second.bind, ("::", port))
            answers.done(second.listen, 1)
        else:
            answers.error(second.bind, ("::", port))


def mapped(_, answers):
    listener = socket.socket(INET, STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    own = as_mapped("127.0.0.1")
    target = (own, listener.getsockname()[1])

    only = stream(True)
    answers.error(only.bind, (own, 0))
    answers.error(only.connect, target)
    only = socket.socket(INET6, DGRAM)
    set_v6only(only, True)
    answers.error(only.sendto, b"x", target)
    answers.error(only.connect, target)

    client = stream(False)
    client.bind((own, 0))
    client.connect(target)
    answers.value(host(client.getsockname()))
    answers.value(host(client.getpeername()))
    accepted, peer = accept(listener)
    answers.value(host(peer))
    accepted.sendall(b"mapped")
    expect_bytes(client, b"mapped")
    answers.done(socket.socket(INET, STREAM).bind, ("::ffff:127.0.0.1", 0))


def no_scope(_, answers):
    for make in (lambda: stream(False), lambda: socket.socket(INET6, DGRAM)):
        answers.error(make().bind, (LINK_LOCAL, 0))
        answers.error(make().connect, (LINK_LOCAL, 9))
    made = socket.socket(INET6, DGRAM)
    answers.error(made.bind, (LINK_LOCAL, 0))
    answers.value(made.getsockname())
    answers.done(made.bind, ("::1", 0))


def no_interface(_, answers):
    for kind in (STREAM, DGRAM):
        made = socket.socket(INET6, kind)
        answers.error(made.bind, (LINK_LOCAL, 0, 0, NO_INTERFACE))
        answers.value(made.getsockname())


OWN, LOOPBACK = "fe80::b", 1
SIOCSIFADDR, RTMGRP_IPV6_ROUTE = 0x8916, 0x400


def prepare():
    """Gives the loopback interface its link-local address, for as long as the network lasts, and
    waits until packets find it."""
    address = socket.inet_pton(INET6, OWN)
    with (
        socket.socket(INET6, DGRAM) as asked,
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) as routes,
    ):
        routes.settimeout(LONG)
        routes.bind((0, RTMGRP_IPV6_ROUTE))
        try:
            fcntl.ioctl(asked, SIOCSIFADDR, address + struct.pack("=Ii", 64, LOOPBACK))
        except FileExistsError:
            return
        while address not in routes.recv(4096):
            pass


def without_port(address):
    """The address with port 0."""
    return (address[0], 0, *address[2:])


def scopes(_, answers):
    prepare()
    own = (OWN, 0, 0, LOOPBACK)
    first, second = socket.socket(INET6, DGRAM), socket.socket(INET6, DGRAM)
    for made in (first, second):
        made.settimeout(LONG)
        made.bind(own)
        answers.value(without_port(made.getsockname()))
    answers.value(first.sendto(b"x", second.getsockname()))
    answers.value(second.recvfrom(4)[1] == first.getsockname())
    listener = socket.socket(INET6, STREAM)
    listener.bind(own)
    listener.listen(1)
    client = socket.socket(INET6, STREAM)
    client.settimeout(LONG)
    client.connect(listener.getsockname())
    accepted, peer = accept(listener)
    answers.value(without_port(peer))
    answers.value(peer == client.getsockname())
    answers.value(accepted.getpeername() == peer)
    answers.value(client.getpeername() == listener.getsockname())
    answers.value(accepted.getsockname() == listener.getsockname())
    answers.error(socket.socket(INET6, DGRAM).bind, (OWN, 0))
    answers.error(socket.socket(INET6, STREAM).connect, (OWN, 9))
    third = socket.socket(INET6, DGRAM)
    third.bind(own)
    answers.value(third.sendto(b"x", (OWN, second.getsockname()[1], 0, LOOPBACK)))
    answers.value(len(second.recv(4)))


def zones(_, answers):
    prepare()

    def bind(address):
        made = socket.socket(INET6, DGRAM)
        made.bind(address)
        return without_port(made.getsockname())

    answers.outcome(bind, ("fe80::b%1", 0))
    answers.outcome(bind, ("fe80::b%lo", 0))
    answers.outcome(bind, ("fe80::b%lo", 0, 0, 0))
    answers.outcome(bind, ("fe80::b%77", 0, 0, LOOPBACK))


def to_nowhere(_, answers):
    receiver = socket.socket(INET6, DGRAM)
    receiver.bind(("::1", 0))
    sender = socket.socket(INET6, DGRAM)
    sender.connect(("::", receiver.getsockname()[1]))
    answers.value(host(sender.getpeername()))
    answers.value(host(sender.getsockname()))
    answers.value(sender.send(b"self"))
    expect_bytes(receiver, b"self")

    listener = stream(False)
    listener.bind(("", 0))
    listener.listen(1)
    name = listener.getsockname()
    answers.value(host(name))
    client = stream(False)
    client.connect(("", name[1]))
    answers.value(host(client.getpeername()))


def nowhere(_, answers):
    foreign, group = "3fff::9", "ff0e::1"
    answers.error(stream(False).connect, (foreign, 9))
    answers.error(socket.socket(INET6, DGRAM).connect, (foreign, 9))
    answers.error(stream(False).bind, (foreign, 0))
    answers.error(socket.socket(INET6, DGRAM).bind, (foreign, 0))
    answers.error(stream(False).bind, (group, 0))
    answers.error(stream(False).connect, (group, 9))
    answers.done(socket.socket(INET6, DGRAM).bind, (group, 0))


def tuples(_, answers):
    most = 0xFFFFF
    for flowinfo, scope_id in (
        (0, 0),
        (1, 0),
        (most, 0),
        (most + 1, 0),
        (2**32 - 1, 0),
        (0, NO_INTERFACE),
    ):
        made = socket.socket(INET6, DGRAM)
        made.settimeout(LONG)
        answers.done(made.bind, ("::1", 0, flowinfo, scope_id))
        name = made.getsockname()
        answers.value(name[2:])
        answers.value(name[1] != 0)
        port = name[1] or 9
        peer = ("::1", port, flowinfo, scope_id)
        answers.done(made.connect, peer)
        if flowinfo <= most:
            answers.value(made.getpeername() == ("::1", port, 0, 0))
            answers.value(made.send(b"self"))
            data, sender = made.recvfrom(8)
            answers.value(len(data))
            answers.value(sender == made.getsockname())
        else:
            answers.error(made.getpeername)
            answers.done(made.sendto, b"x", peer)


def zone(_, answers):
    for text in ("fe80::1%1", "fe80::1", "ff02::1%1", "::1"):
        found = socket.getaddrinfo(text, 80, INET6, DGRAM)
        answers.value(found[-1][4])


def ipv4_literals(_, answers):
    made = socket.socket(INET6, DGRAM)
    for name in ("<broadcast>", "255.255.255.255", "127.0.0.1", "0.0.0.0"):
        answers.done(made.bind, (name, 0))
        answers.done(made.connect, (name, 9))
        answers.done(made.sendto, b"x", (name, 9))
        answers.done(made.bind, (name, 0, 0, 0))
    answers.value(made.getsockname())
    inet = socket.socket(INET, DGRAM)
    try:
        inet.bind(("127.0.0.1", 0, 0, 0))
    except TypeError:  # the form is a type in Python
        answers.done(refuse_value)
    answers.done(made.bind, ("", 0))
    answers.value(host(made.getsockname()))


def refuse_value():
    raise ValueError


def dual_datagrams(_, answers):
    near = socket.socket(INET6, DGRAM)
    near.settimeout(LONG)
    near.bind(("::", 0))
    port = near.getsockname()[1]
    for family, own in LOOPBACKS.items():
        far = socket.socket(family, DGRAM)
        far.settimeout(LONG)
        far.bind((own, 0))
        answers.value(far.sendto(b"there", (own, port)))
        data, sender = near.recvfrom(16)
        answers.value(len(data))
        answers.value(host(sender))
        answers.value(near.sendto(b"back", sender))
        data, sender = far.recvfrom(16)
        answers.value(len(data))
        answers.value(sender[:2] == (own, port))


TWINS = {
    "inet6-01": the_option,
    "inet6-02": when_bound,
    "inet6-03": dual_listener,
    "inet6-04": ports_of_both,
    "inet6-05": mapped,
    "inet6-06": no_scope,
    "inet6-08": to_nowhere,
    "inet6-09": nowhere,
    "inet6-11": tuples,
    "inet6-12": scopes,
    "inet6-14": forged.unknown_headers,
    "inet6-15": zone,
    "inet6-16": ipv4_literals,
    "inet6-17": dual_datagrams,
    "inet6-18": no_interface,
    "inet6-19": zones,
}
