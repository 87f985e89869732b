"""The rows of the vector files: how they are read and written. README.md has the format."""

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent

# What stands between the quotes: printable ASCII but `"` and `\`, and any byte as \xNN.
_PIECE = re.compile(r'\\x([0-9a-f]{2})|([ !#-\[\]-~])')
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2}|[ !#-\[\]-~])*)"')


@dataclass(frozen=True)
class File:
    """One vector file: the names of its columns, and how many rows it must have."""

    name: str
    columns: tuple
    least: int

    @property
    def path(self):
        return HERE / self.name


FILES = {
    "ipv4": File("ipv4.txt", ("pton", "aton_exact", "aton", "error"), 600),
    "ipv6": File("ipv6.txt", ("pton", "error"), 900),
    "format": File("format.txt", ("text",), 150),
    "port": File("port.txt", ("value", "error"), 50),
    "zone": File("zone.txt", ("value",), 50),
}


class Malformed(Exception):
    """A line that is not in the format."""


@dataclass(frozen=True)
class Row:
    """One line: the input as bytes, each expectation by the name of its column, the comment."""

    where: str
    input: bytes
    expected: dict
    comment: str


def unquote(quoted):
    """The bytes of what stands between the quotes."""
    return b"".join(
        bytes([int(piece[1], 16)]) if piece[1] else piece[2].encode()
        for piece in _PIECE.finditer(quoted)
    )


def quote(text):
    """The bytes as they stand in a file, quotes included."""
    plain = lambda byte: 0x20 <= byte < 0x7F and byte not in b'"\\'
    return '"' + "".join(chr(b) if plain(b) else f"\\x{b:02x}" for b in text) + '"'


def read_line(kind, line, where="this line"):
    """The row of a line, or None for one that is empty or a heading."""
    if not line.strip() or line.startswith("#"):
        return None
    columns = FILES[kind].columns
    if kind == "format":
        found = re.fullmatch(r"([0-9a-f]{8}|[0-9a-f]{32}) +" + _QUOTED.pattern + r"  +# (.+)", line)
        if not found:
            raise Malformed(f"{where}: not `bytes \"text\"  # comment`: {line}")
        return Row(where, bytes.fromhex(found[1]), {"text": unquote(found[2]).decode()}, found[3])
    found = re.fullmatch(
        _QUOTED.pattern + r"((?: +[^ #]+){" + str(len(columns)) + r"})  +# (.+)", line
    )
    if not found:
        raise Malformed(f"{where}: not `\"input\" {' '.join(columns)}  # comment`: {line}")
    values = (None if value == "-" else value for value in found[2].split())
    return Row(where, unquote(found[1]), dict(zip(columns, values)), found[3])


def read(kind):
    """The rows of a file. Too few, an input or a comment that stands twice: Malformed."""
    file = FILES[kind]
    rows, inputs, comments = [], {}, {}
    lines = file.path.read_text(encoding="ascii").splitlines()
    for number, line in enumerate(lines, start=1):
        row = read_line(kind, line, f"{file.name}:{number}")
        if row is None:
            continue
        for seen, key, what in ((inputs, row.input, "input"), (comments, row.comment, "comment")):
            if key in seen:
                raise Malformed(f"{row.where}: the {what} stands already in {seen[key]}")
            seen[key] = row.where
        rows.append(row)
    if len(rows) < file.least:
        raise Malformed(f"{file.name}: {len(rows)} rows, at least {file.least} are wanted")
    return rows
