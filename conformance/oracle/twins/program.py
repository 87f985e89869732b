"""The manual's programs, as they stand."""

import socket

from .answers import host
from .fixture import (
    SHORT,
    any_port,
    expect_bytes,
    expect_end,
    far_listener,
    far_stream,
    near_stream,
    own,
)

GREETING = b"Hello, world"


def serve(listener, clients, say):
    """The part of the echo server behind `listen`."""
    for _ in range(clients):
        connection, peer = listener.accept()
        with connection:
            say(f"Connected by {peer}")
            while data := connection.recv(1024):
                connection.sendall(data)


def greet(made, say):
    """The part of the echo client behind `connect`."""
    with made:
        made.sendall(GREETING)
        say(f"Received {made.recv(1024).decode()!r}")


def streams(name, port, flags=0):
    """The addresses of streams: all families, no protocol in particular."""
    return socket.getaddrinfo(name, port, 0, socket.SOCK_STREAM, 0, flags)


def first(infos, open_at):
    """The first socket that could be made and opened for one of these addresses."""
    error = OSError("no address")
    for family, kind, protocol, _, address in infos:
        made = None
        try:
            made = socket.socket(family, kind, protocol)
            open_at(made, address)
            return made
        except OSError as failed:
            error = failed
            if made is not None:
                made.close()
    raise error


def listening(infos):
    """A socket that listens at the first of these addresses where that is possible."""

    def listen_at(made, address):
        made.bind(address)
        made.listen(1)

    return first(infos, listen_at)


def connected(infos):
    """A socket that is connected to the first of these addresses that takes the connection."""
    return first(infos, socket.socket.connect)


def server(variant, answers):
    listener = near_stream(variant)
    listener.bind(("", 0))
    listener.listen(1)
    name = own(variant, listener.getsockname()[1])

    clients = [far_stream(variant), far_stream(variant)]
    for client, start in zip(clients, (1, 4)):
        greets(variant, client, name, start)
    said = []
    serve(listener, len(clients), said.append)
    for client in clients:
        expect_bytes(client, GREETING)
        expect_end(client)
    answers.value(len(said))
    answers.value(all(line.startswith("Connected by ('") for line in said))


def greets(variant, made, name, start):
    """Later connects to an echo server, greets and ends, each in its time."""
    variant.later(SHORT * start, made.connect, name)
    variant.later(SHORT * (start + 1), made.sendall, GREETING)
    variant.later(SHORT * (start + 2), made.shutdown, socket.SHUT_WR)


def client(variant, answers):
    listener = far_listener(variant, 1)
    variant.accompany(serve, listener, 1, lambda _: None)
    said, made = [], socket.socket(variant.family)
    made.connect(listener.getsockname())
    greet(made, said.append)
    answers.value("".join(f"{line}\n" for line in said))


def dual_server(variant, answers):
    listener = listening(streams(None, 0, socket.AI_PASSIVE))
    name = listener.getsockname()
    port = name[1]
    answers.equal(name, ("0.0.0.0", port))
    answers.error(listening, streams("0.0.0.0", port))

    greeter, said = far_stream(variant), []
    greets(variant, greeter, own(variant, port), 1)
    serve(listener, 1, said.append)
    expect_bytes(greeter, GREETING)
    answers.value(said[0].startswith("Connected by ('"))

    listener = listening(streams(None, 0))
    name = listener.getsockname()
    answers.equal(host(name), "Some(::1)")
    port = name[1]
    second = listening(streams(None, port))
    answers.equal(second.getsockname(), ("127.0.0.1", port))
    answers.error(listening, streams(None, port))


def dual_client(variant, answers):
    listener = near_stream(variant)
    listener.bind(any_port(variant))
    name = listener.getsockname()
    infos = streams(None, name[1])
    # At the other address is nobody.
    other, text = (socket.AF_INET, "127.0.0.1") if variant.is_inet6 else (socket.AF_INET6, "::1")
    deaf = socket.socket(other)
    deaf.bind((text, name[1]))
    answers.error(connected, infos)
    listener.listen(1)

    made = connected(infos)
    answers.equal(made.getpeername(), name)
    accepted, _ = listener.accept()
    accepted.sendall(GREETING)
    said = []
    greet(made, said.append)
    answers.value("".join(f"{line}\n" for line in said))
    expect_bytes(accepted, GREETING)
    expect_end(accepted)


TWINS = {
    "program-01": server,
    "program-02": client,
    "program-03": dual_server,
    "program-04": dual_client,
}
