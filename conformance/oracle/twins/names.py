"""Names that nobody has to be asked for: getaddrinfo, getnameinfo, gethostbyname, tuples."""

import socket

from .fixture import unspecified

INET, INET6 = socket.AF_INET, socket.AF_INET6
STREAM, DGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM
NUMBER = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV


def listed(*arguments, **named):
    """The answers of getaddrinfo in one text."""
    answers = []
    for _, kind, protocol, name, address in socket.getaddrinfo(*arguments, **named):
        blank = " " if name else ""
        shown = ", ".join(repr(value) for value in address)
        answers.append(f"{int(kind)}/{int(protocol)}{blank}{name} ({shown})")
    return ", ".join(answers)


def streams(host, family=0, flags=0):
    """The answers for a stream socket."""
    return listed(host, 80, family, STREAM, flags=flags)


def service_of(service, flags=0):
    """The answer about a service, for a stream socket."""
    return listed("1.2.3.4", service, type=STREAM, flags=flags)


def names_of(address, flags=NUMBER):
    """The names of an address, with a blank between."""
    return " ".join(socket.getnameinfo(address, flags))


def numbers(_, answers):
    for host in ("1.2.3.4", "::1"):
        answers.outcome(listed, host, 80)
    for host in (
        *("255.255.255.255", "0.0.0.0", "::", "2001:DB8::0:1", "::ffff:1.2.3.4", "::1.2.3.4"),
        *("::1%1", "fe80::1%9", "fe80::1%4294967295", "fe80::1%4294967296", "fe80::1%"),
        "1.2.3.4%1",
    ):
        answers.outcome(streams, host)


def older_forms(_, answers):
    for host in (
        *("127.1", "127.0.1", "2130706433", "0x7f000001", "0X7F.1", "0177.0.0.01", "256.1"),
        *("4294967296", "127.0.0.1 x", "127.0.0.1x"),
    ):
        answers.outcome(streams, host, 0, socket.AI_NUMERICHOST)


def no_address(_, answers):
    for host in ("[::1]", "1.2.3.4 ", " 1.2.3.4", "::1 ", "no such host", "<broadcast>"):
        answers.outcome(streams, host)


def no_host(_, answers):
    for host, family, flags in (
        (None, 0, 0),
        ("*", 0, 0),
        (None, INET, 0),
        (None, INET6, 0),
        (None, 0, socket.AI_PASSIVE),
        (None, INET, socket.AI_PASSIVE),
        (None, INET6, socket.AI_PASSIVE),
        ("1.2.3.4", 0, socket.AI_PASSIVE),
    ):
        answers.outcome(streams, host, family, flags)


def nothing_asked(_, answers):
    answers.outcome(listed, None, None)
    answers.outcome(listed, "*", "*")
    answers.outcome(listed, "1.2.3.4", None, 0, DGRAM)


def ports_out_of_range(_, answers):
    for service in ("65536", "99999999999", "4294967301", " 80", "+80"):
        answers.outcome(service_of, service)


def ports(_, answers):
    numeric = socket.AI_NUMERICSERV
    for service, flags in (
        *(("80", 0), ("080", 0), ("65535", numeric), ("", 0), ("-1", 0), ("80 ", 0), ("80x", 0)),
        *(("0x50", 0), ("no-such-service", 0), ("no-such-service", numeric)),
    ):
        answers.outcome(service_of, service, flags)


def filters(_, answers):
    for family, kind, protocol, service, flags in (
        (0, 0, 6, 80, 0),
        (0, 0, 17, 80, 0),
        (INET, 2, 0, 80, 0),
        (0, 2, 136, 80, 0),
        (0, 3, 0, None, 0),
        (0, 0, 1, None, 0),
        (0, 0, 77, None, 0),
        (0, 3, 0, 80, 0),
        (0, 0, 1, 0, 0),
        (0, 1, 17, 80, 0),
        (0, 2, 6, 80, 0),
        (0, 77, 0, 80, 0),
        (77, 1, 0, 80, 0),
        (socket.AF_UNIX, 1, 0, 80, 0),
        (0, 1, 0, 80, 1 << 20),
        (0, 1, 0, 80, socket.AI_ADDRCONFIG),
    ):
        answers.outcome(listed, "1.2.3.4", service, family, kind, protocol, flags)


def the_other_family(_, answers):
    mapped = socket.AI_V4MAPPED
    for host, family, flags in (
        ("1.2.3.4", INET6, 0),
        ("127.1", INET6, 0),
        ("::1", INET, 0),
        ("::1", INET, mapped),
        ("fe80::1%1", INET, 0),
        ("1.2.3.4", INET6, mapped),
        ("127.1", INET6, mapped),
        ("1.2.3.4", INET, mapped),
        ("1.2.3.4", INET6, socket.AI_ALL),
        ("::ffff:1.2.3.4", INET, 0),
    ):
        answers.outcome(streams, host, family, flags)


def labels(_, answers):
    long = "a-label-of-64-bytes-is-one-byte-more-than-the-domain-names-allow"
    for host in ("a..b", ".a", ".", "..", long):
        answers.outcome(streams, host)
        answers.outcome(socket.gethostbyname, host)
    with socket.socket(INET, DGRAM) as made:
        for host in ("a..b", ".a", "..", long, "*"):
            answers.outcome(made.bind, (host, 0))
        answers.value(made.getsockname())


def localhost(variant, answers):
    from .answers import host as host_of

    for host in ("localhost", "LocalHost"):
        with socket.socket(variant.family, DGRAM) as made:
            made.bind((host, 0))
            answers.value(host_of(made.getsockname()))
            made.connect((host, 9))
            answers.value(made.getpeername())


def canonical_name(_, answers):
    for host in ("1.2.3.4", "127.1", "::0:1"):
        answers.outcome(streams, host, 0, socket.AI_CANONNAME)
    answers.outcome(listed, "1.2.3.4", None, 0, 0, 0, socket.AI_CANONNAME)
    answers.outcome(streams, None, 0, socket.AI_CANONNAME)


def one_ipv4_address(_, answers):
    from .answers import Raw

    def found(host):
        return Raw(socket.gethostbyname(host))

    for host in (
        *("1.2.3.4", "127.1", "::ffff:1.2.3.4", "", "<broadcast>", "localhost", "::1"),
        "no such host",
    ):
        answers.outcome(found, host)


def names_of_addresses(_, answers):
    for host, port, flags in (
        ("127.0.0.1", 80, NUMBER),
        ("127.1", 65535, NUMBER),
        ("0.0.0.0", 0, NUMBER),
        ("::1", 80, NUMBER),
        ("::ffff:1.2.3.4", 80, NUMBER),
        ("localhost", 80, NUMBER),
        ("", 80, NUMBER),
        ("127.0.0.1", 80, NUMBER | socket.NI_NAMEREQD),
    ):
        answers.outcome(names_of, (host, port), flags)
    for host, scope in (("::1", 0), ("::1", 1), ("fe80::1", 99_999), ("2001:db8::1", 7)):
        answers.outcome(names_of, (host, 80, 0, scope))


def tuples_are_checked(_, answers):
    answers.outcome(names_of, ("::1", 80, 0xF_FFFF, 0))
    answers.outcome(names_of, ("::1", 80, 0x10_0000, 0))
    answers.outcome(names_of, ("127.0.0.1", 80, 0, 0))
    with socket.socket(INET6, DGRAM) as made:
        for address in (
            ("::1", 0, 0x10_0000, 0),
            ("no such host", 0, 0x10_0000, 0),
            ("127.0.0.1", 0, 0x10_0000, 0),
            ("<broadcast>", 0),
            ("255.255.255.255", 0),
        ):
            answers.outcome(made.bind, address)
        answers.value(made.getsockname())


def a_nul(variant, answers):
    with socket.socket(variant.family, DGRAM) as made:
        for host in ("127.0.0.1\0x", "::1\0", "\0", "localhost\0"):
            answers.outcome(streams, host)
            answers.outcome(names_of, (host, 80), 0)
            answers.outcome(socket.gethostbyname, host)
            answers.outcome(made.bind, (host, 0))
            answers.outcome(made.connect, (host, 9))
            answers.outcome(made.connect_ex, (host, 9))
            answers.outcome(made.sendto, b"x", (host, 9))
        answers.outcome(service_of, "80\0x")
        answers.equal(made.getsockname(), unspecified(variant))


TWINS = {
    "names-01": numbers,
    "names-02": older_forms,
    "names-03": no_address,
    "names-05": no_host,
    "names-06": nothing_asked,
    "names-07": ports_out_of_range,
    "names-08": ports,
    "names-12": filters,
    "names-13": the_other_family,
    "names-14": labels,
    "names-15": localhost,
    "names-22": canonical_name,
    "names-23": one_ipv4_address,
    "names-24": names_of_addresses,
    "names-25": tuples_are_checked,
    "names-26": a_nul,
}
