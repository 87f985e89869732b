"""The oracles: each takes questions about one function and answers in the notation of the files.

An oracle has a name, the functions that it has, and `ask(function, inputs)`, which returns one
answer per input: a value, or None for a refusal. Functions are pton4, pton6, aton, aton_exact,
ntop, ntoa, port and zone.
"""

import ctypes
import ipaddress
import socket
import subprocess

from rows import HERE


def value_of(function, packed):
    """The bytes of an answer in the notation of the files."""
    if packed is None:
        return None
    if function in ("ntop", "ntoa"):
        return packed.decode("ascii")
    if function in ("port", "zone"):
        return str(int.from_bytes(packed, "big"))
    if function == "pton6":
        return packed.hex()
    return ".".join(map(str, packed))


_ALL = ("pton4", "pton6", "aton", "aton_exact", "ntop", "ntoa", "port", "zone")


class Oracle:
    """An oracle with one method per function, each from bytes to bytes or None."""

    def __init__(self):
        self.functions = {name for name in _ALL if hasattr(self, name)}

    def ask(self, function, inputs):
        return [value_of(function, getattr(self, function)(each)) for each in inputs]


class Glibc(Oracle):
    """The C library of this process, called with the bytes as a C string."""

    name = "glibc"

    def __init__(self):
        self.libc = ctypes.CDLL(None)
        self.libc.inet_ntop.restype = ctypes.c_char_p
        self.libc.inet_ntoa.restype = ctypes.c_char_p
        super().__init__()
        # Not for the public, but it is what getaddrinfo uses. Some builds do not show it.
        self.exact = getattr(self.libc, "__inet_aton_exact", None)
        if self.exact is None:
            self.functions.discard("aton_exact")

    def _parsed(self, accepted, buffer):
        return buffer.raw if accepted == 1 else None

    def pton4(self, text):
        buffer = ctypes.create_string_buffer(4)
        return self._parsed(self.libc.inet_pton(socket.AF_INET, text, buffer), buffer)

    def pton6(self, text):
        buffer = ctypes.create_string_buffer(16)
        return self._parsed(self.libc.inet_pton(socket.AF_INET6, text, buffer), buffer)

    def aton(self, text):
        buffer = ctypes.create_string_buffer(4)
        return self._parsed(self.libc.inet_aton(text, buffer), buffer)

    def aton_exact(self, text):
        buffer = ctypes.create_string_buffer(4)
        return self._parsed(self.exact(text, buffer), buffer)

    def ntop(self, packed):
        family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
        buffer = ctypes.create_string_buffer(46)
        return self.libc.inet_ntop(family, packed, buffer, 46)

    def ntoa(self, packed):
        # A struct of one 32-bit number in network order goes by value, as the number would.
        return self.libc.inet_ntoa(ctypes.c_uint32.from_buffer_copy(packed))


class Python(Oracle):
    """CPython's socket module: texts go through str, so they must be UTF-8."""

    name = "CPython"

    def _try(self, function, *arguments):
        try:
            return function(*arguments)
        except (OSError, ValueError):  # UnicodeError is a ValueError
            return None

    def _text(self, text):
        return text.decode("utf-8", "surrogateescape")

    def pton4(self, text):
        return self._try(socket.inet_pton, socket.AF_INET, self._text(text))

    def pton6(self, text):
        return self._try(socket.inet_pton, socket.AF_INET6, self._text(text))

    def aton(self, text):
        return self._try(socket.inet_aton, self._text(text))

    def ntop(self, packed):
        family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
        return socket.inet_ntop(family, packed).encode()

    def ntoa(self, packed):
        return socket.inet_ntoa(packed).encode()

    def _look_up(self, host, service, place):
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        found = self._try(
            lambda: socket.getaddrinfo(host, service, type=socket.SOCK_STREAM, flags=flags)
        )
        return found and found[0][4][place].to_bytes(4, "big")

    def port(self, text):
        return self._look_up("127.0.0.1", text, 1)

    def zone(self, text):
        return self._look_up(b"fe80::1%" + text, "0", 3)


class IpAddress(Oracle):
    """CPython's ipaddress module, which parses by itself. A text that is not UTF-8 is refused."""

    name = "ipaddress"

    def _packed(self, kind, text):
        try:
            return kind(text.decode("utf-8")).packed
        except ValueError:
            return None

    def pton4(self, text):
        return self._packed(ipaddress.IPv4Address, text)

    def pton6(self, text):
        return self._packed(ipaddress.IPv6Address, text)


class Program:
    """A program that reads `FUNCTION HEX` and answers hex or `-`, line by line."""

    def __init__(self, name, functions, source, compiler, directory):
        self.name = name
        self.functions = set(functions)
        self.program = directory / source.split(".")[0]
        subprocess.run([*compiler, "-o", self.program, HERE / source], check=True)

    def ask(self, function, inputs):
        # musl has no exact form: its inet_aton is one.
        asked = "aton" if function == "aton_exact" else function
        questions = "".join(f"{asked} {each.hex()}\n" for each in inputs)
        run = subprocess.run(
            [self.program], input=questions, capture_output=True, text=True, check=True
        )
        answers = run.stdout.splitlines()
        if len(answers) != len(inputs):
            raise RuntimeError(f"{self.name}: {len(answers)} answers to {len(inputs)} questions")
        unhex = lambda answer: None if answer == "-" else bytes.fromhex(answer)
        return [value_of(function, unhex(answer)) for answer in answers]


def musl(directory):
    compiler = ["musl-gcc", "-static", "-O2", "-Wall", "-Werror"]
    return Program("musl", _ALL, "musl_oracle.c", compiler, directory)


def core_net(directory):
    functions = ("pton4", "pton6", "ntop", "port", "zone")
    compiler = ["rustc", "-O", "--edition", "2024"]
    return Program("core::net", functions, "core_net_oracle.rs", compiler, directory)
