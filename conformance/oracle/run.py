#!/usr/bin/env python3
"""Hold what the suite's cases were answered to what this CPython is answered.

    python3 conformance/oracle/run.py [TEXT]

`answers.txt` has the recorded answers of every variant of every case on lab `kernel`. Each case has a
twin here that makes the same calls from CPython (`twins/GROUP.py`); the answers are compared one by
one. Only the cases whose identifier contains TEXT are compared.

Where CPython is to answer otherwise, or cannot be asked, `differences.txt` says so with the reason; a
line there about a case that does not differ is a failure too. Ends with status 1 when something
failed.

Needs root: it moves into namespaces of its own, as the suite does where the answers were recorded:
with an empty network for each variant, the files of `host/` for those of the same name in `/etc`, and a host name
that may be changed.
"""

import ctypes
import fcntl
import importlib
import multiprocessing
import os
import socket
import struct
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import zip_longest
from pathlib import Path

from twins.answers import Answers, Difference, canonical
from twins.variant import Variant

HERE = Path(__file__).resolve().parent
WORKERS = 4

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWNET = 0x00020000, 0x04000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1


def checked(what, answer):
    """Ends the program when a call of the C library has failed."""
    if answer != 0:
        sys.exit(f"no {what}: {os.strerror(ctypes.get_errno())}")


def put_files_in_place():
    """Puts the files in place, for a host whose name may be changed."""
    library = ctypes.CDLL(None, use_errno=True)
    checked("namespaces", library.unshare(CLONE_NEWNS | CLONE_NEWUTS))
    private = ctypes.c_ulong(MS_REC | MS_PRIVATE)
    checked("private mounts", library.mount(b"none", b"/", None, private, None))
    for file in sorted((HERE / "host").iterdir()):
        there, bind = f"/etc/{file.name}", ctypes.c_ulong(MS_BIND)
        mounted = library.mount(bytes(file), there.encode(), None, bind, None)
        checked(f"own {there}", mounted)


def enter_network():
    """Moves into a network whose only interface, loopback, is up."""
    library = ctypes.CDLL(None, use_errno=True)
    checked("network", library.unshare(CLONE_NEWNET))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        fcntl.ioctl(asked, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def recorded():
    """The recorded answers: `{case: [([variant, ...], [answer, ...]), ...]}`."""
    cases, groups, answers = {}, None, None
    for line in (HERE / "answers.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            groups = cases.setdefault(line, [])
        elif not line.startswith("    "):
            answers = []
            groups.append((line.split(), answers))
        else:
            count, _, rest = line.strip().partition(" times ")
            answers.extend([rest] * int(count) if rest and count.isdigit() else [line.strip()])
    return cases


def differences():
    """Where CPython need not agree: `[[case, words, reason, used], ...]`."""
    lines = []
    for line in (HERE / "differences.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            case, words, reason = (field.strip() for field in line.split("|", 2))
            assert reason, f"a reason is wanted: {line}"
            lines.append([case, words, reason, False])
    return lines


def compare(twin, variant, expected):
    """Runs the twin of a case and says what differs; None when nothing does."""
    answers = Answers()
    try:
        with variant:
            twin(variant, answers)
    except Difference as difference:
        return str(difference)
    except Exception as error:  # whatever a call raised that the case did not expect
        return f"{type(error).__name__}: {error}, after {len(answers.texts)} answers"
    for number, pair in enumerate(zip_longest(map(canonical, expected), answers.texts), start=1):
        if pair[0] != pair[1]:
            return f"answer {number}: the suite has {pair[0]!r}, CPython {pair[1]!r}"
    return None


def twin_of(case):
    """The function that makes the calls of a case from CPython."""
    group = case.rsplit("-", 1)[0]
    try:
        module = importlib.import_module(f"twins.{group.replace('-', '_')}")
    except ModuleNotFoundError:
        return None
    return module.TWINS.get(case)


def difference(case, words, expected):
    """What differs for a variant of a case; None when nothing does."""
    twin = twin_of(case)
    if twin is None:
        return "there is no twin"
    enter_network()  # no port is taken by what an earlier one has left behind
    return compare(twin, Variant(words), expected)


def main():
    chosen = sys.argv[1] if len(sys.argv) > 1 else ""
    put_files_in_place()
    known = differences()
    variants = [
        (case, words, answers)
        for case, groups in recorded().items()
        for group, answers in groups
        for words in group
        if chosen in case
    ]
    same, failed = 0, 0
    # Most of them wait most of the time.
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("fork")) as workers:
        found = workers.map(difference, *zip(*variants)) if variants else []
        for (case, variant, _), differs in zip(variants, found):
            line = next((line for line in known if excuses(line, case, variant)), None)
            if differs is None:
                same += 1
            elif line is None:
                failed += 1
                print(f"{case} {variant}: {differs}", flush=True)
            else:
                line[3] = True
    for case, words, _, used in known:
        if not used and chosen in case:
            failed += 1
            print(f"differences.txt: {case} {words} does not differ")
    reasons = sum(used for *_, used in known)
    print(f"{same} variants answered alike, {reasons} differences with reasons, {failed} failed")
    sys.exit(1 if failed else 0)


def excuses(line, case, variant):
    """Whether a line of the differences is about this variant."""
    return line[0] == case and set(filter(None, line[1].split(","))) <= set(variant.split(","))


if __name__ == "__main__":
    main()
