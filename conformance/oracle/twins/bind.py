"""Bind: which addresses may be taken, and by how many."""

import select
import socket

from .answers import host, ready
from .fixture import (
    LONG,
    READABLE,
    any_port,
    closed as closed_socket,
    connecting,
    connection,
    expect_end,
    far_datagram,
    far_stream,
    give,
    near_datagram,
    near_listener,
    near_stream,
    of_the_other_family,
    own,
    readiness,
    reset,
    sockaddr,
    unspecified,
    wait_for,
    with_port,
)


def datagram(variant):
    """A datagram socket that is not bound."""
    return socket.socket(variant.family, socket.SOCK_DGRAM)


def set_reuse(made, wanted):
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, wanted)


def foreign_address(variant, answers):
    foreign = "2001:db8::77" if variant.is_inet6 else "192.0.2.77"
    answers.error(near_stream(variant).bind, (foreign, 0))
    made = datagram(variant)
    answers.error(made.bind, (foreign, 0))
    made.bind(any_port(variant))


def twice(variant, answers):
    stream, bound = near_stream(variant), near_datagram(variant)
    stream.bind(any_port(variant))
    name = stream.getsockname()
    answers.error(stream.bind, any_port(variant))
    answers.error(bound.bind, any_port(variant))
    answers.equal(stream.getsockname(), name)


def after_connect(variant, answers):
    near, _far = connection(variant)
    answers.error(near.bind, any_port(variant))


def while_connecting(variant, answers):
    near, _silent = connecting(variant)
    answers.error(near.bind, any_port(variant))


def held_by_a_listener(variant, answers):
    listener = near_listener(variant, 1)
    answers.error(near_stream(variant).bind, listener.getsockname())


def reuse_against_a_listener(variant, answers):
    for listener_reuses in (False, True):
        listener = near_stream(variant)
        set_reuse(listener, listener_reuses)
        listener.bind(any_port(variant))
        listener.listen(1)
        second = near_stream(variant)
        set_reuse(second, True)
        answers.value(second.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) != 0)
        answers.error(second.bind, listener.getsockname())


def reuse_without_listener(variant, answers):
    first, second = near_stream(variant), near_stream(variant)
    set_reuse(first, True)
    set_reuse(second, True)
    first.bind(any_port(variant))
    second.bind(first.getsockname())
    first.listen(1)
    answers.error(second.listen, 1)


def wildcard_against_specific(variant, answers):
    wildcard, specific = unspecified(variant), own(variant)
    for first, second in ((specific, wildcard), (wildcard, specific)):
        holder = near_stream(variant)
        holder.bind(first)
        port = holder.getsockname()[1]
        answers.error(near_stream(variant).bind, with_port(second, port))


def other_specific_address(variant, answers):
    holder = near_listener(variant, 1)
    other = with_port(("127.0.0.2", 0), holder.getsockname()[1])
    second = near_stream(variant)
    second.bind(other)
    second.listen(1)
    answers.equal(second.getsockname(), other)


def other_protocol(variant, answers):
    listener = near_listener(variant, 1)
    made = datagram(variant)
    made.bind(listener.getsockname())
    answers.equal(made.getsockname(), listener.getsockname())


def shared_datagram_address(variant, answers):
    taken = near_datagram(variant)
    answers.error(datagram(variant).bind, taken.getsockname())

    first, last = datagram(variant), datagram(variant)
    set_reuse(first, True)
    set_reuse(last, True)
    first.bind(any_port(variant))
    last.bind(first.getsockname())
    far_datagram(variant).sendto(b"for the last", first.getsockname())
    wait_for(last, READABLE)
    answers.value(ready(readiness(first)))


def short_address(variant, answers):
    length = 21 if variant.is_inet6 else 13
    for made in (near_stream(variant), datagram(variant)):
        address = sockaddr(variant.family, bytes(length))
        answers.error(give, "bind", made, address)
        answers.error(give, "connect", made, address)


def other_family(variant, answers):
    other = "0.0.0.0" if variant.is_inet6 else "::"
    for made in (near_stream(variant), datagram(variant)):
        answers.error(of_the_other_family(made).bind, (other, 0))


def no_family(variant, answers):
    wildcard = sockaddr(socket.AF_UNSPEC, bytes(26))
    loopback = sockaddr(socket.AF_UNSPEC, bytes((0, 0, 127, 0, 0, 1)) + bytes(20))
    for made in (near_stream(variant), datagram(variant)):
        answers.error(give, "bind", made, loopback)
        if variant.is_inet6:
            answers.error(give, "bind", made, wildcard)
            continue
        give("bind", made, wildcard)
        name = made.getsockname()
        answers.value(name[1] != 0)
        answers.equal(with_port(name, 0), unspecified(variant))


def ephemeral_port(variant, answers):
    first, second = near_stream(variant), near_stream(variant)
    first.bind(any_port(variant))
    second.bind(any_port(variant))
    first, second = first.getsockname(), second.getsockname()
    answers.equal(host(first), host(own(variant)))
    answers.value(first[1] >= 1024)
    answers.value(second[1] >= 1024)
    answers.value(first[1] != second[1])


def broadcast_and_multicast(variant, answers):
    for address in ("<broadcast>", "224.0.0.251"):
        made = datagram(variant)
        made.bind((address, 0))
        answers.value(made.getsockname()[1] != 0)


def after_the_connection(variant, answers):
    # the old one reuses, the new one reuses, the outcome
    table = (
        (False, False, False),
        (False, True, False),
        (True, False, False),
        (True, True, True),
    )
    for old, new, free in table:
        listener = near_stream(variant)
        set_reuse(listener, old)
        listener.bind(any_port(variant))
        listener.listen(1)
        name = listener.getsockname()
        client = far_stream(variant)
        client.connect(name)
        accepted, _ = listener.accept()
        accepted.shutdown(socket.SHUT_WR)
        expect_end(client)
        client.close()
        expect_end(accepted)
        accepted.close()
        listener.close()

        successor = near_stream(variant)
        set_reuse(successor, new)
        if free:
            successor.bind(name)
            successor.listen(1)
        else:
            answers.error(successor.bind, name)


def closed(variant, answers):
    answers.error(closed_socket(variant).bind, any_port(variant))


def empty_host(variant, answers):
    stream = near_stream(variant)
    stream.bind(("", 0))
    name = stream.getsockname()
    answers.value(name[1] != 0)
    answers.equal(with_port(name, 0), unspecified(variant))


def everybody(_, answers):
    for address in ("<broadcast>", "224.0.0.251"):
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.bind((address, 0))
        answers.value(made.getsockname()[1] != 0)
        answers.error(made.connect, (address, 9))
    answers.error(socket.socket(socket.AF_INET6, socket.SOCK_STREAM).bind, ("ff0e::1", 0))


def sharing(variant, kind, options):
    """A socket with these two options."""
    made = socket.socket(variant.family, kind)
    for name, wanted in zip((socket.SO_REUSEADDR, socket.SO_REUSEPORT), options):
        made.setsockopt(socket.SOL_SOCKET, name, wanted)
    return made


def who_shares(variant, answers):
    options = ((False, False), (True, False), (False, True), (True, True))
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        for old in options:
            for new in options:
                by_address, by_port = old[0] and new[0], old[1] and new[1]
                first, second = sharing(variant, kind, old), sharing(variant, kind, new)
                first.bind(any_port(variant))
                if not by_address and not by_port:
                    answers.error(second.bind, first.getsockname())
                    continue
                answers.done(second.bind, first.getsockname())
                if kind == socket.SOCK_DGRAM:
                    continue
                first.listen(1)
                third = sharing(variant, kind, new)
                record = answers.done if by_port else answers.error
                record(second.listen, 1)
                record(third.bind, first.getsockname())


def at_one_port(variant, kind):
    """Two sockets that share a port."""
    first, second = (sharing(variant, kind, (False, True)) for _ in range(2))
    first.bind(any_port(variant))
    second.bind(first.getsockname())
    return first, second


def which_is_ready(answers, pair):
    """The one of two that is readable, waiting for it."""
    poll = select.poll()
    for made in pair:
        poll.register(made, READABLE)
    found = poll.poll(LONG * 1000)
    answers.value(len(found))
    return [made.fileno() for made in pair].index(found[0][0])


def listeners_share(variant, answers):
    listeners, accepted = at_one_port(variant, socket.SOCK_STREAM), [0, 0]
    for listener in listeners:
        listener.listen(32)
    for _ in range(20):
        client = far_stream(variant)
        client.connect(listeners[0].getsockname())
        which = which_is_ready(answers, listeners)
        made, peer = listeners[which].accept()
        answers.value(peer == client.getsockname())
        reset(made)
        accepted[which] += 1
    answers.value(accepted[0] > 0)
    answers.value(accepted[1] > 0)
    answers.value(sum(accepted))


def receivers_share(variant, answers):
    receivers, received = at_one_port(variant, socket.SOCK_DGRAM), [0, 0]
    for _ in range(20):
        sender, by = far_datagram(variant), None
        for _ in range(2):
            sender.sendto(b"x", receivers[0].getsockname())
            which = which_is_ready(answers, receivers)
            _, peer = receivers[which].recvfrom(8)
            answers.value(peer == sender.getsockname())
            answers.value(by in (None, which))
            by = which
            received[which] += 1
    answers.value(received[0] > 0)
    answers.value(received[1] > 0)
    answers.value(sum(received))


def best_receiver(variant, answers):
    far = far_datagram(variant)
    specific, connected, anywhere = (
        sharing(variant, socket.SOCK_DGRAM, (True, False)) for _ in range(3)
    )
    specific.bind(any_port(variant))
    name = specific.getsockname()
    connected.bind(name)
    connected.connect(far.getsockname())
    anywhere.bind(with_port(unspecified(variant), name[1]))
    for made in (connected, specific, anywhere):
        far.sendto(b"for the best", name)
        wait_for(made, READABLE)
        answers.value(len(made.recv(16)))
        made.close()


def both_families(_, answers):
    inet, inet6 = socket.AF_INET, socket.AF_INET6
    any4, own4, any6 = (inet, "0.0.0.0"), (inet, "127.0.0.1"), (inet6, "::")
    own6, mapped = (inet6, "::1"), (inet6, "::ffff:127.0.0.1")
    any_mapped = (inet6, "::ffff:0.0.0.0")
    rows = (
        (any6, False, (any4, own4, any6, own6, mapped, any_mapped), ()),
        (any6, True, (any6, own6), (any4, own4, mapped, any_mapped)),
        (own6, False, (any6, own6), (any4, own4, mapped)),
        (mapped, False, (any4, own4, any6, mapped, any_mapped), (own6,)),
        (any_mapped, False, (any4, own4, any6, mapped, any_mapped), (own6,)),
        (own4, False, (any4, own4, any6, mapped, any_mapped), (own6,)),
    )
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        for (family, address), only, refused, taken in rows:
            first = socket.socket(family, kind)
            if only:
                first.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            first.bind((address, 0))
            name = first.getsockname()
            answers.value(with_port(name, 0))
            for others, record in ((refused, answers.error), (taken, answers.done)):
                for family, address in others:
                    with socket.socket(family, kind) as second:
                        record(second.bind, (address, name[1]))


def unknown_family(_, answers):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        inet = socket.socket(socket.AF_INET, kind)
        made = socket.socket(250, kind, fileno=inet.detach())
        address = (250, bytes(14))
        answers.error(made.bind, address)
        answers.value(made.getsockname())
        answers.error(made.connect, address)
        if kind == socket.SOCK_DGRAM:
            answers.error(made.sendto, b"x", address)


TWINS = {
    "bind-01": foreign_address,
    "bind-02": twice,
    "bind-03": after_connect,
    "bind-04": while_connecting,
    "bind-05": held_by_a_listener,
    "bind-06": reuse_against_a_listener,
    "bind-07": reuse_without_listener,
    "bind-08": wildcard_against_specific,
    "bind-09": other_specific_address,
    "bind-10": other_protocol,
    "bind-11": shared_datagram_address,
    "bind-12": short_address,
    "bind-13": other_family,
    "bind-14": no_family,
    "bind-15": ephemeral_port,
    "bind-17": broadcast_and_multicast,
    "bind-18": everybody,
    "bind-19": after_the_connection,
    "bind-20": closed,
    "bind-22": empty_host,
    "bind-23": who_shares,
    "bind-24": listeners_share,
    "bind-25": receivers_share,
    "bind-26": best_receiver,
    "bind-27": both_families,
    "bind-28": unknown_family,
}
