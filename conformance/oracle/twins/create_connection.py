"""`create_connection`: connecting by host, with a timeout and a source."""

import socket

from .answers import timeout
from .fixture import (
    LONG,
    SHORT,
    Stopwatch,
    any_port,
    expect_bytes,
    far_listener,
    near_stream,
    own,
    silent,
    with_port,
)


def created(variant, answers):
    listener = far_listener(variant, 4)
    target = listener.getsockname()[:2]

    made = socket.create_connection(target, LONG)
    answers.value(timeout(made.gettimeout()))
    answers.value(made.family)
    answers.value(made.type)
    far, peer = listener.accept()
    answers.equal(peer, made.getsockname())
    made.sendall(b"created")
    expect_bytes(far, b"created")

    socket.setdefaulttimeout(LONG)
    try:
        default = socket.create_connection(target)
        blocking = socket.create_connection(target, None)
    finally:
        socket.setdefaulttimeout(None)
    answers.value(timeout(default.gettimeout()))
    answers.value(timeout(blocking.gettimeout()))

    quiet = silent(variant)
    target = quiet.getsockname()[:2]
    watch = Stopwatch()
    answers.error(socket.create_connection, target, SHORT)
    watch.expect(SHORT)
    answers.error(socket.create_connection, target, 0)


def every_address(variant, answers):
    listener = near_stream(variant)
    listener.bind(any_port(variant))
    name = listener.getsockname()
    target = ("localhost", name[1])
    deaf = socket.socket(socket.AF_INET6)
    deaf.bind(("::1", name[1]))
    answers.error(socket.create_connection, target, LONG)
    listener.listen(1)
    answers.equal(socket.create_connection(target, LONG).getpeername(), name)

    deaf.listen(1)
    answers.equal(socket.create_connection(target, LONG).getpeername(), deaf.getsockname())
    answers.outcome(socket.create_connection, ("no such host", 9), LONG)


def source_address(variant, answers):
    listener = far_listener(variant, 4)
    target = listener.getsockname()[:2]

    made = socket.create_connection(target, LONG, (variant.loopback, 0))
    answers.equal(listener.accept()[1], made.getsockname())
    answers.equal(with_port(made.getsockname(), 0), own(variant))

    reserved = near_stream(variant)
    reserved.bind(("", 0))
    port = reserved.getsockname()[1]
    reserved.close()
    made = socket.create_connection(target, LONG, ("", port))
    answers.equal(made.getsockname(), own(variant, port))

    foreign = "2001:db8::77" if variant.is_inet6 else "192.0.2.77"
    answers.error(socket.create_connection, target, LONG, (foreign, 0))


def every_error(variant, answers):
    listener = near_stream(variant)
    listener.bind(any_port(variant))
    name = listener.getsockname()
    target = ("localhost", name[1])

    def errors_of(source):
        try:
            socket.create_connection(target, LONG, source, all_errors=True)
        except ExceptionGroup as group:
            return group.exceptions
        return ()

    def again(error):
        raise error

    errors = errors_of(None)
    answers.value(len(errors))
    for error in errors:
        answers.error(again, error)
    answers.value(len(errors_of(("127.0.0.1", 0))))
    answers.outcome(socket.create_connection, ("no such host", 9), LONG)
    listener.listen(1)
    made = socket.create_connection(target, LONG, all_errors=True)
    answers.equal(made.getpeername(), name)


TWINS = {
    "connect-27": created,
    "connect-28": every_address,
    "connect-29": source_address,
    "connect-30": every_error,
}
