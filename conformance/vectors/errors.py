"""What is wrong with a refused text, and at which byte: worked out without the parsers under test.

The place follows from its definition alone: the first byte with which no accepted text goes on.
Whether a beginning of a text can go on is asked of an oracle, with every ending that could be
needed. The kind follows from the place, by the rules below.
"""

_HEX = b"0123456789abcdefABCDEF"
_DIGITS = b"0123456789"

# If a beginning of an address can go on at all, one of these endings makes it an address.
_ENDINGS4 = [start + b".0" * count for count in range(4) for start in (b"", b"0")]
_ENDINGS6 = [
    start + more * count
    for start in (b"", b"0", b":")
    for more, most in ((b":0", 7), (b".0", 3))
    for count in range(most + 1)
]


def _place(text, endings, accepts):
    for at in range(len(text)):
        beginning = text[: at + 1]
        if b"\0" in beginning or not any(accepts(beginning + ending) for ending in endings):
            return at
    return len(text)


def ipv4(text, accepts, legacy):
    """The error of a text that is no dotted quad; `legacy` tells if it is an exact legacy form."""
    if not text:
        return "Empty@0"
    at = _place(text, _ENDINGS4, accepts)
    return f"{'LegacyForm' if legacy else _quad(text[:at], text[at:])}@{at}"


def _quad(before, rest):
    """What is wrong between a good beginning of a dotted quad and the rest that cannot follow."""
    number = before.rpartition(b".")[2]
    if not rest:
        return "TooFewParts" if number else "UnexpectedEnd"
    if not number:
        return "UnexpectedByte"
    if rest[0] in _DIGITS:
        return "LeadingZero" if number == b"0" else "NumberTooLarge"
    if before.count(b".") < 3:
        return "UnexpectedByte"
    return "TooManyParts" if rest[0] == 0x2E else "TrailingBytes"


def ipv6(text, accepts):
    """The error of a text that is no IPv6 address."""
    if not text:
        return "Empty@0"
    at = _place(text, _ENDINGS6, accepts)
    return f"{_groups(text[:at], text[at:])}@{at}"


def _groups(before, rest):
    last = before.rpartition(b":")[2]
    if b"." in last:
        return _quad(last, rest)
    if not rest:
        return "TooFewParts" if last else "UnexpectedEnd"
    run = b"::" in before
    groups = len([group for group in before.split(b":") if group])
    full = groups == (7 if run else 8)
    if rest[0] == 0x3A:
        return "ZeroRunTwice" if not last else "TooManyParts"
    if rest[0] == 0x2E and last:
        return _first_dot(groups - 1, run, last, rest)
    if rest[0] in _HEX and before != b":":
        return "TooManyParts" if not last else "TooLong"
    return "TrailingBytes" if last and (run or full) else "UnexpectedByte"


def _first_dot(groups, run, number, rest):
    """What is wrong with a dot after `number`, which `groups` groups stand before."""
    room = 7 if run else 8
    if groups + 2 > room:
        return "TooManyParts"
    if not run and groups + 2 < room:
        return "TooFewParts"
    # The number is the first of a dotted quad, and not a good one.
    for at, digit in enumerate(number):
        if digit not in _DIGITS:
            return "UnexpectedByte"
        if at > 0 and number[0] == 0x30:
            return "LeadingZero"
        if int(number[: at + 1]) > 255:
            return "NumberTooLarge"
    raise AssertionError(f"{number}{rest}: nothing is wrong")


def port(text):
    """The error of a text that is no port."""
    if not text:
        return "Empty@0"
    for at, digit in enumerate(text):
        if digit not in _DIGITS:
            return f"UnexpectedByte@{at}"
        if int(text[: at + 1]) > 65535:
            return f"NumberTooLarge@{at}"
    raise AssertionError(f"{text}: nothing is wrong")
