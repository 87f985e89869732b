#!/usr/bin/env python3
"""Hold the rows of `vectors/constants.txt` and `vectors/error_codes.txt` to this CPython and its C
library.

    python3 conformance/oracle/constants.py

A name that this CPython does not have is listed with the reason. It is a failure when a value
differs, when a name is missing without a reason, when a name is there although its row says that
it cannot be, and when CPython has a constant that no row speaks of. Ends with status 1 then.
"""

import ctypes
import errno
import os
import socket
import sys
from pathlib import Path

VECTORS = Path(__file__).resolve().parent.parent / "vectors"

# Constants of the module that are no socket constants: error numbers, which the other file has.
ELSEWHERE = {"EAGAIN", "EBADF", "EWOULDBLOCK"}


def rows(name, columns):
    """The lines with data, cut into columns."""
    for line in (VECTORS / name).read_text().splitlines():
        if line and not line.startswith("#"):
            row = line.split(maxsplit=columns - 1)
            assert len(row) == columns, line
            yield row


def absence(name, place):
    """Why this CPython need not have a name; None when it must."""
    version = sys.version_info[:2]
    if place in ("windows", "bsd"):
        return f"only on {place}"
    if place == "bluetooth":
        return None if hasattr(socket, "AF_BLUETOOTH") else "built without the headers of BlueZ"
    if place.startswith("to-"):
        last = tuple(map(int, place.removeprefix("to-").split(".")))
        return None if version <= last else f"gone after {last[0]}.{last[1]}"
    # Before 3.11 names may be missing one by one.
    first = tuple(map(int, place.split("."))) if place[0].isdigit() else (3, 11)
    return None if version >= first else f"not before {first[0]}.{first[1]}"


def check_constants():
    """Compares all values; answers how many, what is absent, and what is wrong."""
    same, absent, wrong, named = 0, {}, [], set()
    for name, value, _, place in rows("constants.txt", 4):
        named.add(name)
        reason = absence(name, place)
        found = getattr(socket, name, None)
        if found is None:
            if reason is None:
                wrong.append(f"{name} is not there")
            absent.setdefault(reason, []).append(name)
            continue
        # A version that is older than the row says may have the name: it was given as the first
        # that surely has it. A system that the row excludes may not.
        if place in ("windows", "bsd"):
            wrong.append(f"{name} is there, although it is {reason}")
        text = found if isinstance(found, str) else str(int(found))
        if text == value:
            same += 1
        else:
            wrong.append(f"{name} is {text} and not {value}")
    for name in dir(socket):
        is_constant = name.isupper() and isinstance(getattr(socket, name), (int, str))
        if is_constant and not name.startswith("_") and name not in named | ELSEWHERE:
            wrong.append(f"no row for {name}")
    return same, absent, wrong


def check_error_codes():
    """Compares numbers, classes and texts; answers how many and what is wrong."""
    c_library = ctypes.CDLL(None)
    c_library.gai_strerror.restype = ctypes.c_char_p
    c_library.hstrerror.restype = ctypes.c_char_p
    same, wrong = 0, []
    for table, number, name, python_class, text in rows("error_codes.txt", 5):
        number, text = int(number), text.strip('"')
        if table == "errno":
            found = type(OSError(number, "")).__name__, os.strerror(number)
            symbol = getattr(errno, name, number)  # CPython has no name for the newest
        elif table == "gai":
            found = "socket.gaierror", c_library.gai_strerror(number).decode()
            symbol = getattr(socket, name, number)  # nor for those of glibc alone
        else:
            found = "socket.herror", c_library.hstrerror(number).decode()
            symbol = number  # nor for any of these
        if (*found, symbol) == (python_class, text, number):
            same += 1
        else:
            wrong.append(f"{name} is {found}, {symbol} and not {(python_class, text, number)}")
    return same, wrong


def main():
    same, absent, wrong = check_constants()
    print(f"constants: {same} agree with CPython {sys.version.split()[0]}")
    for reason, names in sorted(absent.items(), key=str):
        print(f"absent, {reason or 'WITHOUT A REASON'} ({len(names)}): {' '.join(names)}")
    same, wrong_codes = check_error_codes()
    print(f"error codes: {same} agree with CPython and the C library")
    for line in wrong + wrong_codes:
        print(f"WRONG: {line}")
    return 1 if wrong or wrong_codes else 0


if __name__ == "__main__":
    sys.exit(main())
