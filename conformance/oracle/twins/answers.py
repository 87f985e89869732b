"""The answers of a twin, in the words of the suite.

The suite records Rust's `Debug` text of values and the names of errors. Here Python's values are put in
the same words.
"""

import errno
import io
import re
import select
import socket
import traceback

# From these the kernel chooses ports by itself; a number among them reads `port`.
EPHEMERAL = range(32_768, 61_000)
MOST = 100


class Difference(Exception):
    """A call did something else than the case says."""


class Raw(str):
    """A text that is in the words of the suite already."""


class Answers:
    """What a twin was answered, in order."""

    def __init__(self):
        self.texts = []

    def value(self, value):
        """Records a value; gives it back."""
        self.texts.append(repeatable(debug(value)))
        return value

    def equal(self, found, expected):
        """Records a value that is to be equal to another, also where its text says less."""
        if found != expected:
            raise Difference(f"expected {expected!r}, found {found!r}")
        self.value(found)

    def error(self, call, *arguments):
        """Records the error that a call ends with."""
        try:
            outcome = call(*arguments)
        except (OSError, ValueError, OverflowError) as error:
            self.texts.append(error_name(error))
        else:
            caller = traceback.extract_stack(limit=2)[0].lineno
            raise Difference(f"an error was expected in line {caller}, found {outcome!r}")

    def outcome(self, call, *arguments):
        """Records what a call returns or raises: `Ok(...)` or `Err(...)`."""
        try:
            text = f"Ok({debug(call(*arguments))})"
        except (OSError, ValueError, OverflowError) as error:
            text = f"Err({error_name(error)})"
        self.texts.append(repeatable(text))

    def done(self, call, *arguments):
        """Records how a call that returns nothing comes out: `Ok(())` or `Err(...)`."""

        def nothing():
            call(*arguments)
            return Raw("()")

        self.outcome(nothing)


def debug(value):
    """A value in Rust's words."""
    if isinstance(value, Raw):
        return str(value)
    if value is None:
        return "None"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (socket.AddressFamily, socket.SocketKind)):
        return value.name
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return str(list(value))
    if isinstance(value, str):
        text = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + text.replace("\n", "\\n").replace("\r", "\\r") + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(debug, value)) + "]"
    if isinstance(value, tuple):  # addresses print as Python prints them
        return "(" + ", ".join(repr(v) if type(v) is str else debug(v) for v in value) + ")"
    raise TypeError(f"no words for {value!r}")


def some(value):
    """`Some(value)`; `None` for None."""
    return None if value is None else Raw(f"Some({debug(value)})")


def timeout(seconds):
    """The text of a timeout."""
    if seconds is None:
        return Raw("Blocking")
    return Raw("NonBlocking" if seconds == 0 else f"After({duration(seconds)})")


def duration(seconds):
    """The text of a time."""
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6), ("ns", 1e9)):
        if seconds * factor >= 1:
            return f"{round(seconds * factor, 9):g}{unit}"
    return "0ns"


def ready(found):
    """The text of what a socket is ready for."""
    names = ("POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL")
    return Raw("|".join(name for name in names if found & getattr(select, name)) or "0x0")


def pending(number):
    """The text of a pending error by its number."""
    return Raw(f"Some({errno_name(number)})") if number else None


def host(address):
    """The text of an address's host."""
    return Raw(f"Some({address[0]})")


def error_name(error):
    """What the suite calls an error."""
    if isinstance(error, socket.gaierror):
        names = [name for name in dir(socket) if name.startswith("EAI_")]
        return next(name for name in names if getattr(socket, name) == error.errno)
    if isinstance(error, socket.herror):
        return ["", "HOST_NOT_FOUND", "TRY_AGAIN", "NO_RECOVERY", "NO_DATA"][error.errno]
    if isinstance(error, io.UnsupportedOperation):
        return "EOPNOTSUPP"
    if isinstance(error, OSError):
        if error.errno is not None:
            return errno_name(error.errno)
        return "TimedOut" if isinstance(error, TimeoutError) else "Refused"
    return "Overflow" if isinstance(error, OverflowError) else "InvalidValue"


def errno_name(number):
    """The name of an error number. Of two names for one number it is POSIX's for sockets."""
    return "EOPNOTSUPP" if number == errno.EOPNOTSUPP else errno.errorcode[number]


def canonical(answer):
    """A recorded answer with errors by name alone."""
    answer = re.sub(r"\bRefused\(\w+\)|\bInvalidAddress\b", "Refused", answer)
    answer = re.sub(r"\b[A-Z]\w*\(((?:E|HOST_|TRY_|NO_)[A-Z_]+)\)", keep_outcome, answer)
    return answer


def keep_outcome(found):
    """`Os(EINVAL)` is `EINVAL`, but `Err(EINVAL)` and `Some(EINVAL)` say more."""
    whole = found.group(0)
    return whole if whole.startswith(("Err(", "Ok(", "Some(")) else found.group(1)


def repeatable(text):
    """The text as the suite records it: without ports that the kernel chose, and not too long."""
    text = re.sub(r"\d+", lambda d: "port" if int(d[0]) in EPHEMERAL else d[0], text)
    text = text.replace("\n", "\\n")
    return text if len(text) <= MOST else f"{text[:MOST]}... ({len(text)} characters)"
