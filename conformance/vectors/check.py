#!/usr/bin/env python3
"""Checks every row of the vector files against the oracles. README.md has the whole story.

    check.py                          every row, every oracle; the exit status is 1 on a failure
    check.py --without-musl           the same where there is no musl-gcc
    check.py --print-expectations     every row as the oracles would write it
    check.py --print-expectations ipv4 '1.2.3.010' '1.2.3.4\\x00'     new rows
"""

import argparse
import platform
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True  # nothing but data and sources is to stand here

import errors
import oracles
from differences import DIFFERENCES
from rows import FILES, Malformed, Row, quote, read, unquote

# Which column of which file an answer to a function stands in.
COLUMNS = {
    "pton4": ("ipv4", "pton"),
    "aton_exact": ("ipv4", "aton_exact"),
    "aton": ("ipv4", "aton"),
    "pton6": ("ipv6", "pton"),
    "ntop": ("format", "text"),
    "ntoa": ("format", "text"),
    "port": ("port", "value"),
    "zone": ("zone", "value"),
}


class Expectations:
    """What a row has to say: glibc's answers, and the rules of errors.py and of decimal numbers."""

    def __init__(self):
        self.glibc = oracles.Glibc()

    def _ask(self, function, text):
        return None if b"\0" in text else self.glibc.ask(function, [text])[0]

    def of(self, kind, given):
        """The expectations by the names of the columns."""
        return getattr(self, kind)(given)

    def ipv4(self, text):
        strict, loose = self._ask("pton4", text), self._ask("aton", text)
        if "aton_exact" in self.glibc.functions:
            exact = self._ask("aton_exact", text)
        else:
            exact = loose if text.split() == [text] else None
        accepts = lambda other: self._ask("pton4", other) is not None
        error = None if strict else errors.ipv4(text, accepts, exact is not None)
        return {"pton": strict, "aton_exact": exact, "aton": loose, "error": error}

    def ipv6(self, text):
        value = self._ask("pton6", text)
        accepts = lambda other: self._ask("pton6", other) is not None
        return {"pton": value, "error": None if value else errors.ipv6(text, accepts)}

    def format(self, packed):
        return {"text": self.glibc.ask("ntop", [packed])[0]}

    def port(self, text):
        value = _decimal(text, 65535)
        return {"value": value, "error": None if value else errors.port(text)}

    def zone(self, text):
        return {"value": _decimal(text, 0xFFFF_FFFF)}


def _decimal(text, most):
    return str(int(text)) if text.isdigit() and int(text) <= most else None


class Tally:
    """What one oracle said about all rows: how many agreed, and what did not."""

    def __init__(self, name):
        self.name = name
        self.agreed = self.excused = 0
        self.failures = []

    def line(self):
        rows = self.agreed + self.excused + len(self.failures)
        return (
            f"{self.name:<12} {rows:>6} rows checked  {self.agreed:>6} agreed  "
            f"{self.excused:>4} allowed differences  {len(self.failures):>4} failures"
        )


def check_oracle(oracle, rows, seen):
    """Asks the oracle about every row that it has a function for; counts in `seen`."""
    tally = Tally(oracle.name)
    for function, (kind, column) in COLUMNS.items():
        if function not in oracle.functions:
            continue
        asked = [row for row in rows[kind] if function != "ntoa" or len(row.input) == 4]
        for row, answer in zip(asked, oracle.ask(function, [row.input for row in asked])):
            expected = row.expected[column]
            if answer == expected:
                tally.agreed += 1
                continue
            found = [
                number for number, each in enumerate(DIFFERENCES)
                if each.oracle == oracle.name and function in each.functions
                and each.excuses(row.input, expected, answer)
            ]
            if found:
                tally.excused += 1
                seen.update(found)
            else:
                given = row.input.hex() if kind == "format" else quote(row.input)
                tally.failures.append(
                    f"{row.where}: {function} of {given} is {answer or '-'} for {oracle.name}, "
                    f"the row says {expected or '-'}"
                )
    return tally


def check_rules(rows):
    """Every column of every row against what can be worked out: the errors above all."""
    tally, expectations = Tally("the rules"), Expectations()
    for kind in FILES:
        for row in rows[kind]:
            expected = expectations.of(kind, row.input)
            if expected == row.expected:
                tally.agreed += 1
            else:
                said = line_of(kind, row.input, expected)
                tally.failures.append(f"{row.where}: the rules say {said}")
    return tally


def line_of(kind, given, expected):
    """The line of a row without its comment."""
    if kind == "format":
        return f"{given.hex()}  {quote(expected['text'].encode())}"
    return "  ".join([quote(given), *(expected[name] or "-" for name in FILES[kind].columns)])


def print_expectations(kinds, given, askable):
    """Each row as the oracles would write it, and after `#` the oracles that say otherwise."""
    expectations = Expectations()
    for kind in kinds:
        if given:
            inputs = [bytes.fromhex(text) if kind == "format" else unquote(text) for text in given]
            rows = [Row("the command line", each, {}, "") for each in inputs]
        else:
            rows = read(kind)
        inputs = [row.input for row in rows]
        answers = {
            (oracle.name, function): oracle.ask(function, inputs)
            for oracle in askable
            for function, (place, _) in COLUMNS.items()
            if place == kind and function in oracle.functions and function != "ntoa"
        }
        for number, row in enumerate(rows):
            expected = expectations.of(kind, row.input)
            others = [
                f"{function} of {name}: {each[number] or '-'}"
                for (name, function), each in answers.items()
                if each[number] != expected[COLUMNS[function][1]]
            ]
            said = "; ".join(others) or "all agree"
            print(f"{line_of(kind, row.input, expected)}  # {said}")


def check(askable):
    """Checks all files with these oracles; whether all is well."""
    rows = {kind: read(kind) for kind in FILES}
    for kind, file in FILES.items():
        print(f"{file.name:<12} {len(rows[kind]):>6} rows")
    seen = Counter()
    tallies = [check_oracle(oracle, rows, seen) for oracle in askable] + [check_rules(rows)]
    print()
    for tally in tallies:
        print(tally.line())
    print("\nallowed differences, and how often each was seen")
    names = {oracle.name for oracle in askable}
    unseen = []
    for number, each in enumerate(DIFFERENCES):
        if each.oracle in names and set(each.functions) & functions_of(askable, each.oracle):
            print(f"{seen[number]:>6}  {each.oracle} {' '.join(each.functions)}: {each.reason}")
            if not seen[number]:
                unseen.append(f"never seen: {each.oracle} {each.functions}: {each.reason}")
    failures = [failure for tally in tallies for failure in tally.failures] + unseen
    if failures:
        print(f"\n{len(failures)} failures", *failures, sep="\n")
    return not failures


def functions_of(askable, name):
    return set().union(*(oracle.functions for oracle in askable if oracle.name == name))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--without-musl", action="store_true", help="where musl-gcc is missing")
    parser.add_argument("--print-expectations", action="store_true", help="instead of checking")
    parser.add_argument("kind", nargs="?", choices=FILES, help="of which file to print")
    parser.add_argument("input", nargs="*", help="inputs of new rows, with \\xNN; hex for format")
    arguments = parser.parse_args()
    if arguments.kind and not arguments.print_expectations:
        parser.error("a file and inputs go with --print-expectations")
    if platform.libc_ver()[0] != "glibc":
        sys.exit("this Python does not run on glibc, which is the reference")
    if not arguments.without_musl and not shutil.which("musl-gcc"):
        sys.exit("musl-gcc is missing: install musl-tools, or say --without-musl")
    with tempfile.TemporaryDirectory() as directory:
        askable = [oracles.Glibc(), oracles.Python(), oracles.IpAddress()]
        if not arguments.without_musl:
            askable.append(oracles.musl(Path(directory)))
        askable.append(oracles.core_net(Path(directory)))
        try:
            if arguments.print_expectations:
                kinds = [arguments.kind] if arguments.kind else list(FILES)
                print_expectations(kinds, arguments.input, askable)
                return 0
            return 0 if check(askable) else 1
        except Malformed as malformed:
            sys.exit(str(malformed))


if __name__ == "__main__":
    sys.exit(main())
