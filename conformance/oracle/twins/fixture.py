"""What twins start from: sockets in the variant's mode, listeners, connections; and how they wait.

The names are those of the suite's `fixture`. Both sides are this host.
"""

import ctypes
import os
import select
import socket
import struct
import time

from .answers import Difference

SHORT, LONG, SLACK = 0.03, 5.0, 1.5
BOTH = select.POLLIN | select.POLLOUT
READABLE, WRITABLE, ERROR, HANGUP = select.POLLIN, select.POLLOUT, select.POLLERR, select.POLLHUP
CHUNK = b"." * 32 * 1024


def any_port(variant, host=None):
    """The host's own address, or another, with port 0."""
    return (variant.loopback if host is None else host, 0)


def own(variant, port=0):
    """The host's own address as `getsockname` tells it."""
    return (variant.loopback, port, 0, 0) if variant.is_inet6 else (variant.loopback, port)


def unspecified(variant):
    """The wildcard with port 0 as `getsockname` tells it."""
    return ("::", 0, 0, 0) if variant.is_inet6 else ("0.0.0.0", 0)


def with_port(address, port):
    """The address with this port."""
    return (address[0], port, *address[2:])


def set_mode(variant, made):
    """Gives a socket the variant's mode, for operations that are to succeed."""
    made.settimeout({"blocking": None, "timeout": LONG, "non-blocking": 0}[variant.mode])
    return made


def near_stream(variant):
    """A stream socket in the variant's mode."""
    return set_mode(variant, socket.socket(variant.family, socket.SOCK_STREAM))


def far_stream(variant):
    """A stream socket that waits up to LONG."""
    made = socket.socket(variant.family, socket.SOCK_STREAM)
    made.settimeout(LONG)
    return made


def near_datagram(variant):
    """A bound datagram socket in the variant's mode."""
    made = set_mode(variant, socket.socket(variant.family, socket.SOCK_DGRAM))
    made.bind(any_port(variant))
    return made


def far_datagram(variant):
    """A bound datagram socket that waits up to LONG."""
    made = socket.socket(variant.family, socket.SOCK_DGRAM)
    made.settimeout(LONG)
    made.bind(any_port(variant))
    return made


def near_listener(variant, backlog):
    """A listener in the variant's mode."""
    made = near_stream(variant)
    made.bind(any_port(variant))
    made.listen(backlog)
    return made


def far_listener(variant, backlog):
    """A listener that waits up to LONG."""
    made = far_deaf(variant)
    made.listen(backlog)
    return made


def far_deaf(variant):
    """A bound socket that does not listen, so that nobody else will at its address."""
    made = far_stream(variant)
    made.bind(any_port(variant))
    return made


def connect(made, address):
    """Connects and waits until that is done, whatever the mode."""
    try:
        made.connect(address)
    except BlockingIOError:
        wait_for(made, WRITABLE)
        number = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            raise OSError(number, "connect")


def accept(listener):
    """Accepts, whatever the mode."""
    wait_for(listener, READABLE)
    return listener.accept()


def connection(variant, prepare_near=lambda _: None, prepare_far=lambda _: None):
    """Two connected sockets, near and far, opened from the side that the role says."""
    near, far = near_stream(variant), far_stream(variant)
    prepare_near(near)
    prepare_far(far)
    if variant.role == "connected":
        far.bind(any_port(variant))
        far.listen(1)
        connect(near, far.getsockname())
        listener, (far, _) = far, accept(far)
        listener.close()
        far.settimeout(LONG)
    else:
        near.bind(any_port(variant))
        near.listen(1)
        connect(far, near.getsockname())
        listener, (near, _) = near, accept(near)
        listener.close()
        set_mode(variant, near)
    return near, far


def silent(variant):
    """A listener whose queue is full: a connect to it stays unanswered until it accepts."""
    listener = far_listener(variant, 0)
    filler = variant.keep(far_stream(variant))
    filler.connect(listener.getsockname())
    wait_for(listener, READABLE)
    return listener


def connecting(variant):
    """A non-blocking socket that is connecting to a silent listener, and that listener."""
    listener = silent(variant)
    near = near_stream(variant)
    near.setblocking(False)
    try:
        near.connect(listener.getsockname())
    except BlockingIOError:
        return near, listener
    raise Difference("connect was to be in progress")


def closed(variant, timeout=None):
    """A stream socket that was closed."""
    made = socket.socket(variant.family, socket.SOCK_STREAM)
    made.settimeout(timeout)
    made.close()
    return made


def of_the_other_family(made):
    """An object of the same socket that takes addresses of the other family."""
    other = {socket.AF_INET: socket.AF_INET6, socket.AF_INET6: socket.AF_INET}[made.family]
    return socket.socket(other, made.type, made.proto, fileno=os.dup(made.fileno()))


LIBRARY = ctypes.CDLL(None, use_errno=True)


def give(call, made, address):
    """Gives the bytes of an address to a function of the C library, which CPython does not."""
    if getattr(LIBRARY, call)(made.fileno(), address, len(address)) != 0:
        raise OSError(ctypes.get_errno(), call)


def sockaddr(family, data):
    """The bytes of an address: its family, and what follows."""
    return struct.pack("=H", family) + data


def set_linger(made, seconds):
    """Sets for how many seconds closing lingers."""
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, seconds))


def linger(made):
    """For how many seconds closing lingers; None when it does not."""
    found = made.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.calcsize("ii"))
    on, seconds = struct.unpack("ii", found)
    return seconds if on else None


def reset(made):
    """Closes with a reset."""
    set_linger(made, 0)
    made.close()


def pending_error(made):
    """The number of the pending error, taken away; 0 when there is none."""
    return made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def readiness(made, interest=BOTH, limit=0):
    """What the socket is ready for, waiting up to so many seconds."""
    poll = select.poll()
    poll.register(made, interest)
    found = poll.poll(limit * 1000)
    return found[0][1] if found else 0


def wait_for(made, interest):
    """Waits until the socket is ready for this, or an error, and says for what it is."""
    found = readiness(made, interest, LONG)
    if not found:
        raise Difference(f"never became ready for {interest:#x}")
    return found


def becomes(made, expected):
    """Waits until the socket is in this state, and no other."""
    deadline, interest = time.monotonic() + LONG, BOTH
    while (found := readiness(made)) != expected:
        if time.monotonic() >= deadline or found & ~expected:
            raise Difference(f"expected readiness {expected:#x}, found {found:#x}")
        interest = expected & ~found & BOTH
        readiness(made, interest, LONG)


def stays_quiet(made, interest):
    """Fails when the socket becomes ready for this within SHORT."""
    found = readiness(made, interest, SHORT)
    if found:
        raise Difference(f"expected no readiness, found {found:#x}")


def receive(made, most, flags=0):
    """Receives; in non-blocking mode, once there is something."""
    if not made.getblocking():
        readiness(made, READABLE, LONG)
    return made.recv(most, flags)


def expect_bytes(made, expected):
    """Receives as much as expected, in pieces of any size, and compares."""
    received = b""
    while len(received) < len(expected):
        part = receive(made, len(expected) - len(received))
        if not part:
            raise Difference(f"the end after {len(received)} bytes")
        received += part
    if received != expected:
        raise Difference("other bytes were received")


def expect_end(made):
    """Expects the end of the stream."""
    found = receive(made, 64)
    if found:
        raise Difference(f"expected the end, found {found!r}")


def fill(made):
    """Sends until nothing more is taken, and says how much was. Leaves the socket non-blocking."""
    made.setblocking(False)
    sent, waited = 0, False
    while True:
        try:
            sent, waited = sent + made.send(CHUNK), False
        except BlockingIOError:
            if waited:
                return sent
            waited = not readiness(made, WRITABLE, 0.08)


class Stopwatch:
    """Measures."""

    def __init__(self):
        self.start = time.monotonic()

    def expect(self, least):
        """Fails unless the time since the start is at least this, and not much longer."""
        elapsed = time.monotonic() - self.start
        if not least <= elapsed <= least + SLACK:
            raise Difference(f"expected {least} s, took {elapsed} s")

    def expect_less(self, most):
        """Fails unless less time than this has passed since the start."""
        elapsed = time.monotonic() - self.start
        if elapsed >= most:
            raise Difference(f"took {elapsed} s, not below {most} s")


def gives_up(variant, answers, call, *arguments):
    """Records `Err(...)` of an attempt that fails, as the mode tells it."""
    answers.outcome(call, *arguments)
