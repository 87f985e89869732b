"""Names by state: what `getsockname` and `getpeername` say from creation to the end."""

import socket

from .answers import host
from .fixture import (
    any_port,
    closed as closed_socket,
    connecting,
    connection,
    expect_end,
    near_stream,
    own,
    reset,
    unspecified,
    wait_for,
    with_port,
)


def fresh(variant, answers):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        made = socket.socket(variant.family, kind)
        answers.equal(made.getsockname(), unspecified(variant))
        answers.error(made.getpeername)


def bound(variant, answers):
    made = near_stream(variant)
    made.bind(any_port(variant))
    name = made.getsockname()
    answers.equal(with_port(name, 0), own(variant))
    answers.error(made.getpeername)
    made.listen(1)
    answers.equal(made.getsockname(), name)
    answers.error(made.getpeername)


def connecting_socket(variant, answers):
    near, _silent = connecting(variant)
    name = near.getsockname()
    answers.equal(with_port(name, 0), own(variant))
    answers.value(name[1] != 0)
    answers.error(near.getpeername)


def connected(variant, answers):
    near, far = connection(variant)

    def agree():
        answers.equal(near.getsockname(), far.getpeername())
        answers.equal(near.getpeername(), far.getsockname())

    agree()
    near.shutdown(socket.SHUT_WR)
    expect_end(far)
    agree()


def after_the_end(variant, answers):
    near, far = connection(variant)
    names = (near.getsockname(), near.getpeername())
    far.close()
    expect_end(near)
    answers.equal((near.getsockname(), near.getpeername()), names)


def when_all_is_over(variant, answers):
    near, far = connection(variant)
    name = near.getsockname()
    reset(far)
    wait_for(near, 0)
    answers.equal(near.getsockname(), name)
    answers.error(near.getpeername)

    near, far = connection(variant)
    name = near.getsockname()
    near.shutdown(socket.SHUT_WR)
    expect_end(far)
    far.shutdown(socket.SHUT_WR)
    expect_end(near)
    answers.equal(near.getsockname(), name)
    answers.error(near.getpeername)


def datagram_to_the_wildcard(variant, answers):
    near = socket.socket(variant.family, socket.SOCK_DGRAM)
    near.connect(("", 9))
    answers.equal(near.getpeername(), own(variant, 9))
    answers.equal(host(near.getsockname()), host(own(variant)))


def closed(variant, answers):
    made = closed_socket(variant)
    answers.error(made.getsockname)
    answers.error(made.getpeername)


TWINS = {
    "state-01": fresh,
    "state-02": bound,
    "state-03": connecting_socket,
    "state-04": connected,
    "state-05": after_the_end,
    "state-06": when_all_is_over,
    "state-07": datagram_to_the_wildcard,
    "state-08": closed,
}
