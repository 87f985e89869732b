"""Where an oracle is allowed to answer otherwise than the row says, and why.

A difference names exactly the rows that it is about and the answers that it excuses. check.py fails
on a difference that is never seen: then a library has changed, or its row is gone.
"""

import re
import socket
from dataclasses import dataclass
from typing import Callable

_SPACE = re.compile(rb"[ \t-\r]")
# What strtoul takes: white space, a sign, digits; then the end.
_STRTOUL = re.compile(rb"[ \t-\r]*([+-]?)([0-9]+)")


@dataclass(frozen=True)
class Difference:
    """An oracle, some of its functions, the reason, and which rows and answers it excuses."""

    oracle: str
    functions: tuple
    reason: str
    excuses: Callable  # (input, expected, answer) -> bool


def _nul(text, expected, answer):
    return b"\0" in text and expected is None and answer is not None


def _not_utf8(text, expected, answer):
    try:
        text.decode()
    except UnicodeDecodeError:
        return expected is not None and answer is None
    return False


def _space_refused(text, expected, answer):
    return bool(_SPACE.search(text)) and expected is not None and answer is None


def _compatible(packed, expected, answer):
    """The hexadecimal text of an address that the row shows with a quad."""
    groups = f"{packed[12] << 8 | packed[13]:x}:{packed[14] << 8 | packed[15]:x}"
    return packed[:12] == bytes(12) and expected.count(".") == 3 and answer == "::" + groups


def _tie_at_the_start(packed, expected, answer):
    """Two longest runs of zeros, one of them at the start, and the answer shortens the other."""
    if not expected.startswith("::") or answer.startswith("::") or "::" not in answer:
        return False
    run = lambda text: 8 - len([group for group in text.split(":") if group])
    return run(answer) == run(expected) and socket.inet_pton(socket.AF_INET6, answer) == packed


def _zone_split(text, expected, answer):
    return expected is None and b"%" in text and answer is not None


def _loose_number(text, expected, answer):
    """White space or a sign that strtoul takes, and a number that is then right."""
    found = _STRTOUL.fullmatch(text)
    if not found or text[:1].isdigit() or expected is not None:
        return False
    return answer == str(_strtoul(found) & 0xFFFF)


def _wrapped_number(text, expected, answer):
    """Digits only, a number above 65535, of which the low sixteen bits are left."""
    found = _STRTOUL.fullmatch(text)
    if not text.isdigit() or int(text) <= 65535 or expected is not None:
        return False
    return answer == str(_strtoul(found) & 0xFFFF)


def _strtoul(found):
    """strtoul of 64 bits: too much becomes the largest, a minus turns a number round."""
    value = int(found[2])
    if value >= 1 << 64:
        return (1 << 64) - 1
    return -value % (1 << 64) if found[1] == b"-" else value


def _empty(text, expected, answer):
    return text == b"" and expected is None and answer == "0"


def _interface(text, expected, answer):
    """The name of an interface of this machine."""
    names = {name.encode(): number for number, name in socket.if_nameindex()}
    return expected is None and text in names and answer == str(names[text])


_C_STRING = "a C string ends at the NUL, the rest is not looked at: here a NUL is always refused"

DIFFERENCES = [
    Difference("glibc", ("pton4",), _C_STRING, _nul),
    Difference("glibc", ("pton6",), _C_STRING, _nul),
    Difference("glibc", ("aton_exact",), _C_STRING, _nul),
    Difference("glibc", ("aton",), _C_STRING, _nul),
    Difference("musl", ("pton4",), _C_STRING, _nul),
    Difference("musl", ("pton6",), _C_STRING, _nul),
    Difference("musl", ("aton_exact",), _C_STRING, _nul),
    Difference("musl", ("aton",), _C_STRING, _nul),
    Difference("musl", ("port",), _C_STRING, _nul),
    Difference("musl", ("zone",), _C_STRING, _nul),
    Difference("CPython", ("port",), "getaddrinfo hands bytes on up to their NUL", _nul),
    Difference("CPython", ("zone",), "getaddrinfo hands bytes on up to their NUL", _nul),
    Difference(
        "CPython", ("aton",), "texts go through str, which refuses what is not UTF-8", _not_utf8
    ),
    Difference(
        "ipaddress", ("pton6",), "IPv6Address takes a zone: here it is a function apart",
        _zone_split,
    ),
    Difference(
        "musl", ("aton",), "no byte may follow the address: here as in glibc, white space may",
        _space_refused,
    ),
    Difference(
        "musl", ("ntop",), "IPv4-compatible addresses in hexadecimal: here as in glibc, a quad",
        _compatible,
    ),
    Difference(
        "musl", ("ntop",), "counts colons with the zeros: a run at the start, which has one colon "
        "less, loses a tie. Here as in glibc and RFC 5952 4.2.3, the first of equals wins",
        _tie_at_the_start,
    ),
    Difference(
        "core::net", ("ntop",),
        "IPv4-compatible addresses in hexadecimal: here as in glibc, a quad",
        _compatible,
    ),
    Difference("CPython", ("port",), "glibc reads ports with strtoul: white space and signs",
               _loose_number),
    Difference("CPython", ("port",), "glibc keeps the low sixteen bits of a port", _wrapped_number),
    Difference("CPython", ("port",), "glibc takes no digits at all for zero", _empty),
    Difference("musl", ("port",), "musl reads ports with strtoul: white space and signs",
               _loose_number),
    Difference("CPython", ("zone",), "getaddrinfo knows the interfaces' names", _interface),
    Difference("musl", ("zone",), "getaddrinfo knows the interfaces' names", _interface),
]
