"""Names over the resolver and the files of the host, which run.py has put in place."""

import socket
import threading

from .answers import Raw
from .fixture import LONG, expect_bytes
from .names import INET, INET6, STREAM, DGRAM, NUMBER, listed, names_of, service_of, streams

UNKNOWN = "unknown.example"


class NoSuchName:
    """A name server that knows no name; a context manager."""

    def __enter__(self):
        self.socket = socket.socket(INET, DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.asked = 0
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(INET, DGRAM) as made:
            made.sendto(b"", ("127.0.0.1", 53))  # the end
        self.thread.join()
        self.socket.close()

    def serve(self):
        """Gives each question back as an answer: there is no such name."""
        while True:
            message, address = self.socket.recvfrom(512)
            if not message:
                return
            self.asked += 1
            answer = message[:2] + bytes([message[2] | 0x80, 0x83]) + message[4:]
            self.socket.sendto(answer, address)

    def was_asked(self):
        """Whether it was asked since the last look."""
        asked, self.asked = self.asked, 0
        return asked > 0


def with_server(twin):
    """A twin beside a name server."""

    def beside(variant, answers):
        with NoSuchName():
            twin(variant, answers)

    return beside


@with_server
def hosts(_, answers):
    canonical, mapped = socket.AI_CANONNAME, socket.AI_V4MAPPED
    for host, family, flags in (
        ("host", 0, 0),
        ("ALIAS", INET, 0),
        ("alias", 0, canonical),
        ("alias", INET6, mapped),
        ("six", 0, canonical),
        ("six", INET6, 0),
        ("twice", 0, 0),
        ("both", 0, 0),
        ("localhost", INET6, 0),
        ("host", INET6, 0),
        ("", 0, 0),
        ("six", INET, 0),
        ("host", 0, socket.AI_NUMERICHOST),
    ):
        answers.outcome(streams, host, family, flags)
    for family in (INET, INET6):
        answers.outcome(listed, "www.python.org", 80, family, 0, socket.SOL_TCP)
    answers.outcome(listed, "plain", 80)


def unknown_names(_, answers):
    def ask():
        answers.outcome(streams, UNKNOWN)
        answers.outcome(made.bind, (UNKNOWN, 0))
        answers.outcome(made.connect, (UNKNOWN, 9))
        answers.outcome(made.connect_ex, (UNKNOWN, 9))
        answers.outcome(socket.gethostbyname, UNKNOWN)
        answers.outcome(socket.gethostbyname_ex, UNKNOWN)
        answers.outcome(socket.gethostbyaddr, "198.51.100.1")
        answers.outcome(socket.getfqdn, UNKNOWN)

    with socket.socket(INET, STREAM) as made:
        ask()
        with NoSuchName():
            ask()
        answers.value(made.getsockname())


def what_is_not_asked(variant, answers):
    numbers = ("127.0.0.1", "127.1", "0x7f.1", "")
    if variant.is_inet6:
        numbers = ("::1", "::1%1", "0::0:1", "")

    def made():
        return variant.keep(socket.socket(variant.family, DGRAM))

    with NoSuchName() as server:
        for host in numbers:
            made().bind((host, 0))
            made().connect((host, 9))
            answers.value(server.was_asked())
        for host, family in (("192.0.2.1", INET), ("2001:db8::1", INET6)):
            if family != variant.family:
                answers.outcome(made().connect, (host, 9))
            answers.value(server.was_asked())
        answers.outcome(made().bind, ("no such host", 0))
        answers.value(server.was_asked())
        answers.outcome(made().bind, ("nobody.example", 0))
        answers.value(server.was_asked())
        answers.outcome(bound, made(), ("localhost", 0))
        answers.value(server.was_asked())


def bound(made, address):
    """Binds; the text of nothing."""
    made.bind(address)
    return Raw("()")


@with_server
def tuples(_, answers):
    def own_after(made, host):
        made.bind((host, 0))
        return made.getsockname()[0]

    for host, family in (
        *(("twice", INET), ("TWICE", INET), ("both", INET), ("both", INET6), ("twice", INET6)),
        ("host", INET),
    ):
        with socket.socket(family, DGRAM) as made:
            answers.outcome(own_after, made, host)
    with socket.socket(INET, DGRAM) as near, socket.socket(INET, DGRAM) as far:
        far.settimeout(LONG)
        far.bind(("127.0.0.1", 0))
        port = far.getsockname()[1]
        answers.value(near.sendto(b"by name", ("twice", port)))
        expect_bytes(far, b"by name")
        answers.value(near.sendmsg([b"parts"], [], 0, ("both", port)))
        expect_bytes(far, b"parts")
        answers.outcome(near.sendto, b"x", ("twice", 0))
        with socket.socket(INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
            raw.bind(("twice", 0))
            answers.value(Raw(f"Some({raw.getsockname()[0]})"))


@with_server
def all_addresses(_, answers):
    with (
        socket.socket(INET, STREAM) as listener,
        socket.socket(INET, STREAM) as deaf,
        socket.socket(INET, STREAM) as first,
        socket.socket(INET, STREAM) as second,
    ):
        listener.bind(("127.0.0.2", 0))
        name = listener.getsockname()
        target = ("twice", name[1])
        deaf.bind(("127.0.0.1", target[1]))
        try:
            socket.create_connection(target, LONG, all_errors=True)
        except ExceptionGroup as group:
            answers.value(len(group.exceptions))
            for error in group.exceptions:
                answers.error(again, error)
        answers.error(socket.create_connection, target, LONG, ("192.0.2.99", 0))
        answers.error(socket.create_connection, target, LONG)
        answers.outcome(socket.create_connection, (UNKNOWN, 1), LONG)
        listener.listen(4)
        with socket.create_connection(target, LONG) as connected:
            answers.equal(connected.getpeername(), name)
        answers.error(first.connect, target)
        answers.value(second.connect_ex(target))


def again(error):
    """Raises an error once more."""
    raise error


def entry(function, host):
    """The entry of a host in one text."""
    name, aliases, addresses = function(host)
    return f"{name} [{' '.join(aliases)}] [{' '.join(addresses)}]"


@with_server
def entries(_, answers):
    for host in (
        *("host", "ALIAS", "nick", "192.0.2.1", "127.1", "six", "2001:db8::1", "198.51.100.1"),
        *("2001:db8::99", UNKNOWN),
    ):
        answers.outcome(entry, socket.gethostbyname_ex, host)
        answers.outcome(entry, socket.gethostbyaddr, host)
    answers.outcome(entry, socket.gethostbyaddr, "")


@with_server
def this_host(_, answers):
    socket.sethostname("host")
    answers.outcome(socket.gethostname)
    answers.outcome(lambda: Raw(socket.gethostbyname(socket.gethostname())))
    for host in (
        *("", "  ", "0.0.0.0", "::", "alias", " host ", "192.0.2.1", "nick", "six", "unknown"),
    ):
        answers.outcome(socket.getfqdn, host)
    socket.sethostname("unmapped")
    answers.outcome(lambda: socket.gethostbyname(socket.gethostname()))
    answers.outcome(socket.getfqdn, "")
    answers.error(socket.sethostname, "x" * 65)
    answers.outcome(socket.gethostname)


@with_server
def names_of_addresses(_, answers):
    number, required = socket.NI_NUMERICHOST, socket.NI_NAMEREQD
    for host, port, flags in (
        ("192.0.2.1", 80, 0),
        ("192.0.2.1", 80, number),
        ("192.0.2.1", 80, socket.NI_NUMERICSERV),
        ("192.0.2.1", 512, 0),
        ("192.0.2.1", 512, socket.NI_DGRAM),
        ("2001:db8::1", 80, required),
        ("127.0.0.1", 3, 0),
        ("198.51.100.1", 3, 0),
        ("198.51.100.1", 80, required),
        ("192.0.2.1", 80, required | number),
        ("host", 80, 0),
    ):
        answers.outcome(names_of, (host, port), flags)


def services(_, answers):
    for arguments in (
        *(("http",), ("http", "tcp"), ("www",), ("domain", "udp"), ("http", "udp")),
        *(("http", "TCP"), ("HTTP",), ("80",), ("",)),
    ):
        answers.outcome(socket.getservbyname, *arguments)
    for arguments in (
        *((80,), (53, "udp"), (512, "tcp"), (512, "udp"), (80, "udp"), (81,), (0,), (65535,)),
    ):
        answers.outcome(socket.getservbyport, *arguments)
    for service in ("http", "www", "HTTP", "tftp"):
        answers.outcome(service_of, service)
    answers.outcome(listed, "1.2.3.4", "domain")
    answers.outcome(service_of, "http", socket.AI_NUMERICSERV)


def protocols(_, answers):
    for name in ("ip", "icmp", "ICMP", "tcp", "udp", "ipv6-icmp", "Tcp", "6", ""):
        answers.outcome(socket.getprotobyname, name)


def interfaces(_, answers):
    every = socket.if_nameindex()
    answers.value(Raw(f"Some({next(index for index, name in every if name == 'lo')})"))
    for index, name in every:
        assert socket.if_nametoindex(name) == index and socket.if_indextoname(index) == name
    for name in ("no-such-one", "", "a name of more than 15 bytes"):
        answers.outcome(socket.if_nametoindex, name)
    for index in (0, 99_999):
        answers.error(socket.if_indextoname, index)
    for host in ("fe80::1%lo", "fe80::1%1", "::1%lo", "fe80::1%no-such-one"):
        answers.outcome(streams, host)
    answers.outcome(names_of, ("fe80::1", 80, 0, 1), NUMBER)
    answers.outcome(names_of, ("::1", 80, 0, 1), NUMBER)


TWINS = {
    "resolver-01": hosts,
    "resolver-02": unknown_names,
    "resolver-03": what_is_not_asked,
    "resolver-04": tuples,
    "resolver-05": all_addresses,
    "resolver-06": entries,
    "resolver-07": this_host,
    "resolver-08": names_of_addresses,
    "resolver-09": services,
    "resolver-10": protocols,
    "resolver-11": interfaces,
}
