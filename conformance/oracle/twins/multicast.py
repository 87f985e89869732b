"""Groups of hosts: who hears what, and how one sends to them."""

import socket
import struct

from .fixture import (
    READABLE,
    far_datagram,
    near_stream,
    readiness,
    set_mode,
    wait_for,
)

IP, IPV6 = socket.IPPROTO_IP, socket.IPPROTO_IPV6
# Constants that this CPython may lack; the numbers are Linux's.
IP_UNBLOCK_SOURCE, IP_BLOCK_SOURCE = 37, 38
IP_ADD_SOURCE_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP = 39, 40
IP_MULTICAST_ALL, IPV6_MULTICAST_ALL = 49, 29

LOOPBACK = 1  # the number of the interface, in every network
NO_INTERFACE = 9999
GROUP = "239.1.2.3"
ELSEWHERE = "203.0.113.9"


def group_of(variant):
    """A group of the family."""
    return "ff05::7" if variant.is_inet6 else GROUP


def ip_mreqn(group, interface):
    """A group of IPv4 on an interface by its number."""
    return socket.inet_aton(group) + bytes(4) + struct.pack("I", interface)


def change(made, group, interface, names):
    """Joins or leaves a group: `names` are the options of IPv4 and IPv6."""
    if ":" in group:
        wanted = socket.inet_pton(socket.AF_INET6, group) + struct.pack("I", interface)
        made.setsockopt(IPV6, names[1], wanted)
    else:
        made.setsockopt(IP, names[0], ip_mreqn(group, interface))


def join(made, group, interface=LOOPBACK):
    """Joins a group."""
    change(made, group, interface, (socket.IP_ADD_MEMBERSHIP, socket.IPV6_JOIN_GROUP))


def leave(made, group, interface=LOOPBACK):
    """Leaves a group."""
    change(made, group, interface, (socket.IP_DROP_MEMBERSHIP, socket.IPV6_LEAVE_GROUP))


def at_port(variant, port=0):
    """A datagram socket at a port of all addresses, beside others."""
    made = set_mode(variant, socket.socket(variant.family, socket.SOCK_DGRAM))
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("", port))
    return made


def member(variant, port=0):
    """Such a socket that has joined a group."""
    made = at_port(variant, port)
    join(made, group_of(variant))
    return made


def sender(variant):
    """A datagram socket that sends to groups on the loopback interface."""
    made = far_datagram(variant)
    made.setsockopt(IP, socket.IP_MULTICAST_IF, ip_mreqn("0.0.0.0", LOOPBACK))
    return made


def hear(sockets):
    """Which of some sockets hear one datagram; the first one does."""
    wait_for(sockets[0], READABLE)
    heard = [bool(readiness(made) & READABLE) for made in sockets]
    for made, has_heard in zip(sockets, heard):
        if has_heard:
            made.recv(16)
    return heard


def of_others(variant, answers):
    first = member(variant)
    port = first.getsockname()[1]
    own_only, bystander, aloof = member(variant, port), at_port(variant, port), at_port(variant, port)
    answers.value(aloof.getsockopt(IP, IP_MULTICAST_ALL))
    for made in own_only, aloof:
        made.setsockopt(IP, IP_MULTICAST_ALL, 0)
    answers.value(aloof.getsockopt(IP, IP_MULTICAST_ALL))
    sender(variant).sendto(b"to all", (GROUP, port))
    answers.value(hear([first, own_only, bystander, aloof]))


def closed(variant, answers):
    first = member(variant)
    port = first.getsockname()[1]
    second, listener, far = member(variant, port), at_port(variant, port), sender(variant)
    for leaving in None, first, second:
        if leaving:
            leaving.close()
        far.sendto(b"group", (GROUP, port))
        far.sendto(b"one", (variant.loopback, port))
        heard = 0
        while True:
            wait_for(listener, READABLE)
            if listener.recv(16) == b"one":
                break
            heard += 1
        answers.value(heard)


def of_source(source, group=GROUP, address="127.0.0.1"):
    """What is said about a source of a group, on an interface by its address."""
    return b"".join(map(socket.inet_aton, (group, address, source)))


def sources(variant, answers):
    far, first = sender(variant), member(variant)
    mine, other = of_source(variant.loopback), of_source(ELSEWHERE)
    port = first.getsockname()[1]
    chosen, elsewhere, blocked = at_port(variant, port), at_port(variant, port), member(variant, port)
    chosen.setsockopt(IP, IP_ADD_SOURCE_MEMBERSHIP, mine)
    elsewhere.setsockopt(IP, IP_ADD_SOURCE_MEMBERSHIP, other)
    blocked.setsockopt(IP, IP_BLOCK_SOURCE, mine)
    far.sendto(b"x", (GROUP, port))
    answers.value(hear([first, chosen, elsewhere, blocked]))
    chosen.setsockopt(IP, IP_ADD_SOURCE_MEMBERSHIP, other)
    chosen.setsockopt(IP, IP_DROP_SOURCE_MEMBERSHIP, mine)
    elsewhere.setsockopt(IP, IP_ADD_SOURCE_MEMBERSHIP, mine)
    blocked.setsockopt(IP, IP_BLOCK_SOURCE, other)
    blocked.setsockopt(IP, IP_UNBLOCK_SOURCE, mine)
    far.sendto(b"x", (GROUP, port))
    answers.value(hear([first, chosen, elsewhere, blocked]))


def wrong_sources(variant, answers):
    near, of = at_port(variant), of_source(ELSEWHERE)

    def refused(name, value=of):
        answers.error(near.setsockopt, IP, name, value)

    refused(IP_BLOCK_SOURCE)
    refused(IP_DROP_SOURCE_MEMBERSHIP)
    near.setsockopt(IP, IP_ADD_SOURCE_MEMBERSHIP, of)
    refused(IP_ADD_SOURCE_MEMBERSHIP)
    refused(IP_UNBLOCK_SOURCE)
    answers.error(join, near, GROUP)
    near.setsockopt(IP, IP_DROP_SOURCE_MEMBERSHIP, of)
    refused(IP_DROP_SOURCE_MEMBERSHIP)
    join(near, GROUP)
    refused(IP_UNBLOCK_SOURCE)
    near.setsockopt(IP, IP_BLOCK_SOURCE, of)
    refused(IP_BLOCK_SOURCE)
    refused(IP_ADD_SOURCE_MEMBERSHIP)
    refused(IP_ADD_SOURCE_MEMBERSHIP, of_source(ELSEWHERE, group=ELSEWHERE))
    refused(IP_ADD_SOURCE_MEMBERSHIP, of_source(ELSEWHERE, address=ELSEWHERE))
    refused(IP_BLOCK_SOURCE, of[:11])


def interfaces(variant, answers):
    near = at_port(variant)
    if variant.is_inet6:

        def choose(number):
            near.setsockopt(IPV6, socket.IPV6_MULTICAST_IF, number)
            return near.getsockopt(IPV6, socket.IPV6_MULTICAST_IF) == number

        answers.value(choose(LOOPBACK))
        answers.error(choose, NO_INTERFACE)
        answers.error(choose, -1)
        answers.value(choose(0))
        of_stream = (IPV6, socket.IPV6_MULTICAST_IF, LOOPBACK)
    else:

        def choose(value):
            near.setsockopt(IP, socket.IP_MULTICAST_IF, value)
            told = near.getsockopt(IP, socket.IP_MULTICAST_IF, 16)
            return len(told), told == value[:4]

        own = socket.inet_aton("127.0.0.1")
        answers.value(choose(own))
        answers.error(choose, socket.inet_aton(ELSEWHERE))
        answers.error(choose, bytes([127, 0, 0]))
        answers.error(choose, ip_mreqn("0.0.0.0", NO_INTERFACE))
        answers.value(choose(ip_mreqn("0.0.0.0", LOOPBACK)))
        answers.value(choose(bytes(4)))
        of_stream = (IP, socket.IP_MULTICAST_IF, own)
    answers.error(near_stream(variant).setsockopt, *of_stream)


def nowhere(variant, answers):
    near, group = at_port(variant), group_of(variant)
    answers.error(join, near, group, NO_INTERFACE)
    answers.error(join, near, "2001:db8::9" if variant.is_inet6 else ELSEWHERE)
    answers.error(leave, near, group)
    join(near, group)
    answers.error(join, near, group)
    answers.error(leave, near, group, NO_INTERFACE)
    leave(near, group)
    answers.error(leave, near, group)
    answers.error(join, near_stream(variant), group)
    answers.error(leave, near_stream(variant), group)


def broadcast(variant, answers):
    everybody, first = "127.255.255.255", at_port(variant)
    port = first.getsockname()[1]
    sockets = [first, at_port(variant, port)]
    for address in everybody, variant.loopback:
        made = socket.socket(variant.family, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        sockets.append(made)
    far = far_datagram(variant)
    far.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    far.sendto(b"everybody", (everybody, port))
    answers.value(hear(sockets))


TWINS = {
    "multicast-01": of_others,
    "multicast-02": closed,
    "multicast-03": sources,
    "multicast-04": wrong_sources,
    "multicast-05": interfaces,
    "multicast-06": nowhere,
    "multicast-07": broadcast,
}
