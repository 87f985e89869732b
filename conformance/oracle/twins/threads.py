"""Threads: one waits in a call, another one does something about it."""

import socket
import threading
import time
from pathlib import Path

from .answers import Difference, Raw, error_name, timeout
from .fixture import (
    CHUNK,
    LONG,
    READABLE,
    SHORT,
    connection,
    far_stream,
    fill,
    near_listener,
    near_stream,
    readiness,
    reset,
    set_mode,
    silent,
)

PIECES, PIECE = 200, 5000
NODELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY)
KEEPALIVE = (socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def waits_in(number):
    """The number of the system call that a thread sleeps in; None when it does not."""
    task = Path(f"/proc/self/task/{number}")
    if task.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "S":
        return None
    call = task.joinpath("syscall").read_text().split()[0]
    return None if call == "running" else int(call)


def own_waits():
    """The numbers of the system calls that a thread sleeps in which waits for the interpreter."""
    held, started = threading.Lock(), threading.Event()
    held.acquire()
    numbers = []

    def wait():
        numbers.append(threading.get_native_id())
        started.set()
        held.acquire()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    started.wait()
    while (call := waits_in(numbers[0])) is None:
        time.sleep(0)
    held.release()
    thread.join()
    return call


def while_blocked(blocked, meanwhile):
    """Makes a call in a thread, and another one here when the thread sleeps in the first.

    Gives what came of the first, as a value or the error that was raised.
    """
    lock, numbers, outcome = own_waits(), [], []

    def guarded():
        numbers.append(threading.get_native_id())
        try:
            outcome.append(blocked())
        except OSError as error:
            outcome.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    deadline = time.monotonic() + 2 * LONG
    while not numbers or (call := waits_in(numbers[0])) is None or call == lock:
        if time.monotonic() >= deadline or outcome:
            raise Difference(f"the thread did not wait in its call, {outcome}")
        time.sleep(0)
    meanwhile()
    thread.join(2 * LONG)
    if not outcome:
        raise Difference("the thread was not woken")
    return outcome[0]


def count_or_error(found):
    """How many bytes were received, or the error, as the suite writes it."""
    return Raw(f"Err({error_name(found)})" if isinstance(found, OSError) else f"Ok({len(found)})")


def error(answers, found):
    """Records the error that a call has ended with."""
    if not isinstance(found, OSError):
        raise Difference(f"an error was expected, found {found!r}")
    answers.value(Raw(error_name(found)))


def receives(variant, answers):
    near, far = connection(variant)
    found = while_blocked(lambda: near.recv(8), lambda: far.sendall(b"data"))
    answers.value(count_or_error(found))
    answers.value(count_or_error(while_blocked(lambda: near.recv(8), far.close)))
    near, far = connection(variant)
    error(answers, while_blocked(lambda: near.recv(8), lambda: reset(far)))


def reading_ends(variant, answers):
    for how in (socket.SHUT_RD, socket.SHUT_RDWR):
        near, _far = connection(variant)
        found = while_blocked(lambda: near.recv(8), lambda: near.shutdown(how))
        answers.value(count_or_error(found))


def copy_is_closed(variant, answers):
    near, far = connection(variant)
    copy = near.dup()

    def meanwhile():
        copy.close()
        far.sendall(b"on")

    answers.value(count_or_error(while_blocked(lambda: near.recv(8), meanwhile)))


def listening_ends(variant, answers):
    listener = near_listener(variant, 1)
    error(answers, while_blocked(listener.accept, lambda: listener.shutdown(socket.SHUT_RDWR)))


def copy_of_listener_is_closed(variant, answers):
    listener = near_listener(variant, 1)
    copy, client = listener.dup(), far_stream(variant)

    def meanwhile():
        copy.close()
        client.connect(listener.getsockname())

    _, peer = while_blocked(listener.accept, meanwhile)
    answers.value(peer == client.getsockname())


def full(variant):
    """A connection whose near side has no room to send."""
    near, far = connection(variant)
    fill(near)
    return set_mode(variant, near), far


def sending_is_reset(variant, answers):
    near, far = full(variant)
    error(answers, while_blocked(lambda: near.sendall(CHUNK), lambda: reset(far)))


def sending_ends(variant, answers):
    near, _far = full(variant)
    ends = lambda: near.shutdown(socket.SHUT_WR)  # noqa: E731
    error(answers, while_blocked(lambda: near.sendall(CHUNK), ends))


def connecting_ends(variant, answers):
    listener = silent(variant)
    near = near_stream(variant)
    connects = lambda: near.connect(listener.getsockname())  # noqa: E731
    error(answers, while_blocked(connects, lambda: near.shutdown(socket.SHUT_RDWR)))


def in_threads(*calls):
    """Makes calls in threads of their own, and gives what they returned."""
    found = [None] * len(calls)

    def made(index, call):
        found[index] = call()

    threads = [threading.Thread(target=made, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def drain(made):
    """Receives everything up to the end."""
    received = bytearray()
    while part := made.recv(4096):
        received += part
    return received


def two_readers(variant, answers):
    near, far = connection(variant)

    def send():
        for piece in range(PIECES):
            far.sendall(bytes([piece]) * PIECE)
        far.shutdown(socket.SHUT_WR)

    one, other, _ = in_threads(lambda: drain(near), lambda: drain(near), send)
    received = one + other
    answers.value(all(received.count(piece) == PIECE for piece in range(PIECES)))
    answers.value(len(received))


def two_writers(variant, answers):
    near, far = connection(variant)

    def send(byte):
        for _ in range(PIECES):
            near.sendall(bytes([byte]) * PIECE)

    def receive():
        received = bytearray()
        while len(received) < 2 * PIECES * PIECE:
            received += far.recv(1 << 16)
        return received

    *_, received = in_threads(lambda: send(1), lambda: send(2), receive)
    answers.value([received.count(byte) for byte in range(3)])


def both_ways(variant, answers):
    turns = 512
    near, far = connection(variant)

    def send(made):
        for _ in range(turns):
            made.sendall(CHUNK)

    def receive(made):
        total = 0
        while total < turns * len(CHUNK):
            total += len(made.recv(1 << 16))
        return total

    calls = [lambda: send(near), lambda: send(far), lambda: receive(near), lambda: receive(far)]
    answers.value(tuple(in_threads(*calls)[2:]))


def options_meanwhile(variant, answers):
    near, far = connection(variant)
    found = []

    def meanwhile():
        near.setsockopt(*NODELAY, 1)
        near.setsockopt(*KEEPALIVE, 1)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20_000)
        found.append(tuple(near.getsockopt(*option) != 0 for option in (NODELAY, KEEPALIVE)))
        found.append(near.getpeername() == far.getsockname())
        far.sendall(b"go on")

    received = while_blocked(lambda: near.recv(8), meanwhile)
    for value in found:
        answers.value(value)
    answers.value(count_or_error(received))


def timeout_meanwhile(variant, answers):
    near, far = connection(variant)
    copy, found = near.dup(), []

    def meanwhile():
        for seconds in (0, SHORT, None, SHORT):
            copy.settimeout(seconds)
        found.append(readiness(copy, READABLE, SHORT))
        far.sendall(b"after all")

    received = while_blocked(lambda: near.recv(16), meanwhile)
    answers.value(Raw(f"Ok({found[0]})"))
    answers.value(count_or_error(received))
    answers.value(timeout(near.gettimeout()))


TWINS = {
    "threads-01": receives,
    "threads-02": reading_ends,
    "threads-03": copy_is_closed,
    "threads-04": listening_ends,
    "threads-05": copy_of_listener_is_closed,
    "threads-06": sending_is_reset,
    "threads-07": sending_ends,
    "threads-08": connecting_ends,
    "threads-09": two_readers,
    "threads-10": two_writers,
    "threads-11": both_ways,
    "threads-12": options_meanwhile,
    "threads-13": timeout_meanwhile,
}
