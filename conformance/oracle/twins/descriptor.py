"""What a socket is as a descriptor of the operating system."""

import fcntl
import os
import socket
import subprocess

from .answers import timeout
from .create import protocol
from .fixture import (
    LONG,
    READABLE,
    SHORT,
    any_port,
    connection,
    far_datagram,
    far_stream,
    near_datagram,
    near_listener,
    wait_for,
)
from .threads import count_or_error, while_blocked


def is_nonblocking(made):
    """Whether the mode flag is on."""
    return bool(fcntl.fcntl(made.fileno(), fcntl.F_GETFL) & os.O_NONBLOCK)


def mode_flag(variant, answers):
    near, _far = connection(variant)
    for seconds in (0, None, LONG, None, 0.0):
        near.settimeout(seconds)
        answers.value(is_nonblocking(near))
    for blocking in (True, False):
        near.setblocking(blocking)
        answers.value(is_nonblocking(near))


def accepted_flag(variant, answers):
    listener = near_listener(variant, 9)
    for default in (None, 0, SHORT):
        for own in (None, 0, LONG):
            client = far_stream(variant)
            client.connect(listener.getsockname())
            wait_for(listener, READABLE)
            listener.settimeout(own)
            socket.setdefaulttimeout(default)
            try:
                accepted, _ = listener.accept()
            finally:
                socket.setdefaulttimeout(None)
            answers.value(timeout(accepted.gettimeout()))
            answers.value(is_nonblocking(accepted))
            answers.value(accepted.get_inheritable())


def shared_flag(variant, answers):
    a, _far = connection(variant)
    a.settimeout(LONG)
    b = a.dup()
    answers.value(a.fileno() != b.fileno())
    b.settimeout(None)
    answers.value(timeout(a.gettimeout()))
    answers.value((is_nonblocking(a), is_nonblocking(b)))
    a.setblocking(False)
    answers.value(timeout(b.gettimeout()))
    answers.value((is_nonblocking(a), is_nonblocking(b)))


def read_directly(variant, answers):
    near, far = connection(variant)
    near.settimeout(LONG)
    answers.error(os.read, near.fileno(), 8)
    far.sendall(b"direct")
    wait_for(near, READABLE)
    answers.value(len(os.read(near.fileno(), 8)))


def foreign_change(variant, answers):
    near, _far = connection(variant)
    nodelay = (socket.IPPROTO_TCP, socket.TCP_NODELAY)
    answers.value(is_nonblocking(near))
    theirs = os.dup(near.fileno())
    os.set_blocking(theirs, False)
    answers.value(is_nonblocking(near))
    answers.value(timeout(near.gettimeout()))
    other = socket.socket(fileno=theirs)
    other.setsockopt(*nodelay, 1)
    answers.value(near.getsockopt(*nodelay) != 0)
    near.setsockopt(*nodelay, 0)
    answers.value(other.getsockopt(*nodelay) != 0)


def inheritance(variant, answers):
    listener = near_listener(variant, 1)
    client = far_stream(variant)
    client.connect(listener.getsockname())
    accepted, _ = listener.accept()
    copy = client.dup()
    one, other = socket.socketpair()
    foreign = socket.fromfd(client.fileno(), variant.family, socket.SOCK_STREAM)
    flagged = socket.socket(variant.family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    for made in (listener, client, accepted, copy, one, other, foreign, flagged):
        answers.value(made.get_inheritable())
    client.set_inheritable(True)
    answers.value(client.get_inheritable())
    answers.value(copy.get_inheritable())
    answers.value(client.dup().get_inheritable())
    client.set_inheritable(False)
    answers.value(client.get_inheritable())


def is_inherited(made):
    """Whether a program that is executed now has a descriptor of this number."""
    program = ["/bin/sh", "-c", "test -e /proc/self/fd/$0", str(made.fileno())]
    return subprocess.run(program, close_fds=False, check=False).returncode == 0


def executed(variant, answers):
    listener = near_listener(variant, 1)
    answers.value(is_inherited(listener))
    for inheritable in (True, False):
        listener.set_inheritable(inheritable)
        answers.value(is_inherited(listener))


def from_foreign(variant, answers):
    theirs = socket.socket(variant.family, socket.SOCK_DGRAM)
    theirs.bind(any_port(variant))
    os.set_blocking(theirs.fileno(), False)
    ours = socket.fromfd(theirs.fileno(), variant.family, socket.SOCK_DGRAM)
    answers.value(timeout(ours.gettimeout()))
    answers.value(is_nonblocking(ours))
    answers.value(ours.get_inheritable())
    answers.value(protocol(ours))
    name = ours.getsockname()
    theirs.close()
    answers.value(ours.sendto(b"to myself", name))
    wait_for(ours, READABLE)
    answers.value(len(ours.recv(16)))
    socket.setdefaulttimeout(LONG)
    try:
        datagram = socket.SOCK_DGRAM
        timed = socket.fromfd(ours.fileno(), variant.family, datagram, socket.IPPROTO_UDP)
    finally:
        socket.setdefaulttimeout(None)
    answers.value(timeout(timed.gettimeout()))
    answers.value(is_nonblocking(timed))
    answers.value(protocol(timed))


def no_socket(_, answers):
    with open("/dev/null", "rb") as file:
        number = file.fileno()
        answers.error(socket.fromfd, number, socket.AF_INET, socket.SOCK_STREAM)
        answers.error(lambda: socket.socket(fileno=number))
    ends = os.pipe()
    answers.error(lambda: socket.socket(fileno=ends[0]))
    for end in ends:
        os.close(end)


def wrong_family(variant, answers):
    made = near_datagram(variant)
    other = socket.AF_INET if variant.is_inet6 else socket.AF_INET6
    wrong = socket.fromfd(made.fileno(), other, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    answers.value(wrong.family)
    answers.value(wrong.type)
    answers.value(protocol(wrong))
    answers.equal(wrong.getsockname(), made.getsockname())
    answers.value(wrong.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE))


def what_it_is(variant, answers):
    listener = near_listener(variant, 1)
    connected = far_stream(variant)
    connected.connect(listener.getsockname())
    udp = near_datagram(variant)
    stream, other = socket.socketpair()
    datagram, another = socket.socketpair(type=socket.SOCK_DGRAM)
    for made in (listener, connected, udp, stream, datagram):
        found = socket.socket(fileno=os.dup(made.fileno()))
        answers.value(found.family)
        answers.value(found.type)
        answers.value(protocol(found))
        told = socket.fromfd(made.fileno(), found.family, found.type, 0)
        answers.value(protocol(told))
    other.close()
    another.close()


def waits_all_the_same(variant, answers):
    near, far = near_datagram(variant), far_datagram(variant)
    owner = near.dup()
    owner.setblocking(False)
    near = socket.fromfd(owner.fileno(), variant.family, socket.SOCK_DGRAM)
    answers.value(timeout(near.gettimeout()))
    answers.value(far.sendto(b"late", near.getsockname()))
    answers.value(count_or_error(while_blocked(lambda: near.recv(8), lambda: None)))


TWINS = {
    "descriptor-01": mode_flag,
    "descriptor-02": accepted_flag,
    "descriptor-03": shared_flag,
    "descriptor-04": read_directly,
    "descriptor-05": foreign_change,
    "descriptor-06": inheritance,
    "descriptor-07": executed,
    "descriptor-08": from_foreign,
    "descriptor-09": no_socket,
    "descriptor-10": wrong_family,
    "descriptor-11": what_it_is,
    "descriptor-12": waits_all_the_same,
}
