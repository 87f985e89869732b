//! Names over the resolver of the C library and the files of the host.
//!
//! The files are the suite's own ones, `oracle/host/`, put in place for this process; the one name
//! server that there is knows no name. What nobody has to be asked for is in the groups of
//! [`names`](crate::cases::names).

use std::format;
use std::string::{String, ToString};

use berkeley::names::{AddressInfoQuery, ConnectErrors};
use berkeley::{AddressInfoCode, AddressInfoFlags, HostErrorCode, NameInfoFlags, Refusal};
use berkeley_os::names::{self, HostEntry};

use super::no_such_name::NoSuchName;
use super::prelude::*;
use crate::cases::host_names::names_of;
use crate::cases::names::{ANY, INET, INET6, NO_NAME, NONE, OTHER_FAMILY, listed, streams, text};
use crate::runner::namespace;

kernel_cases! {
    "resolver-01" hosts, Vary::NOTHING, ["F10", "F11", "F12", "F13", "F14", "F15", "F16", "F17"],
        "Python manual: getaddrinfo; hosts(5), nsswitch.conf(5)",
        "getaddrinfo knows the hosts of the file, their aliases and all addresses.", NEEDS_ROOT;
    "resolver-02" unknown_names, Vary::NOTHING, ["A06", "X04", "X05", "F21", "F26"],
        "getaddrinfo(3): EAI_AGAIN, EAI_NONAME; gethostbyaddr(3)",
        "Without a name server names fail for now, with one that does not know them for good.",
        NEEDS_ROOT;
    "resolver-03" what_is_not_asked, Vary::FAMILY, ["A26"],
        "Python manual: Socket families, about numeric hosts",
        "Addresses as text and localhost are not asked of anybody; other names are.", NEEDS_ROOT;
    "resolver-04" tuples, Vary::NOTHING, ["A06", "A25"],
        "Python manual: Socket families, about host names",
        "A name in an address tuple is its first address for the socket's family.", NEEDS_ROOT;
    "resolver-05" all_addresses, Vary::NOTHING, ["F02", "F03", "N34"],
        "Python manual: create_connection, all_errors",
        "create_connection tries all addresses of a name; connect takes the first.", NEEDS_ROOT;
    "resolver-06" entries, Vary::NOTHING, ["F21", "F22", "F26", "X04"],
        "Python manual: gethostbyname, gethostbyname_ex, gethostbyaddr",
        "The entry of a host has its name, its aliases and its addresses.", NEEDS_ROOT;
    "resolver-07" this_host, Vary::NOTHING, ["F20", "F23", "F24", "N10"],
        "Python manual: gethostname, sethostname, getfqdn",
        "The host has a name that may be set; getfqdn finds the one with dots.", NEEDS_ROOT;
    "resolver-08" names_of_addresses, Vary::NOTHING, ["F27"],
        "Python manual: getnameinfo",
        "getnameinfo knows the names of the files; without one there is the number.", NEEDS_ROOT;
}

const AGAIN: Error = Error::address_info(AddressInfoCode::EAI_AGAIN);

/// The files have to be the suite's.
pub(super) fn own_files() -> Outcome {
    namespace::has_own_files().map_err(|why| Failure::new("the lab", format_args!("{why}")))
}

fn hosts(lab: &Kernel, _: &Variant) -> Outcome {
    own_files()?;
    let _server = NoSuchName::start()?;
    let (canonical, mapped) = (AddressInfoFlags::CANONNAME, AddressInfoFlags::V4MAPPED);
    // host, family, flags, answers for a stream socket
    for (host, family, flags, expected) in [
        ("host", ANY, NONE, Ok("1/6 ('192.0.2.1', 80)")),
        ("ALIAS", INET, NONE, Ok("1/6 ('192.0.2.1', 80)")),
        ("alias", ANY, canonical, Ok("1/6 host ('192.0.2.1', 80)")),
        ("alias", INET6, mapped, Ok("1/6 ('::ffff:192.0.2.1', 80, 0, 0)")),
        ("six", ANY, canonical, Ok("1/6 six.example ('2001:db8::1', 80, 0, 0)")),
        ("six", INET6, NONE, Ok("1/6 ('2001:db8::1', 80, 0, 0)")),
        ("twice", ANY, NONE, Ok("1/6 ('127.0.0.1', 80), 1/6 ('127.0.0.2', 80)")),
        ("both", ANY, NONE, Ok("1/6 ('::1', 80, 0, 0), 1/6 ('127.0.0.1', 80)")),
        ("localhost", INET6, NONE, Ok("1/6 ('::1', 80, 0, 0)")),
        ("host", INET6, NONE, Err(NO_NAME)),
        ("", ANY, NONE, Err(NO_NAME)),
        ("six", INET, NONE, Err(NO_NAME)),
        ("host", ANY, AddressInfoFlags::NUMERICHOST, Err(NO_NAME)),
    ] {
        expect_eq!(text(&streams(lab.near(), Some(host), family, flags)), expected);
    }
    // The example of the manual: a protocol, no type.
    for (family, expected) in
        [(INET, "1/6 ('192.0.2.3', 80)"), (INET6, "1/6 ('2001:db8::3', 80, 0, 0)")]
    {
        let query = AddressInfoQuery::new("www.python.org", 80);
        let query = AddressInfoQuery { family, protocol: Protocol::TCP, ..query };
        expect_eq!(text(&listed(lab.near(), &query)), Ok(expected));
    }
    let all = listed(lab.near(), &AddressInfoQuery::new("plain", 80));
    let expected = "1/6 ('192.0.2.2', 80), 2/17 ('192.0.2.2', 80), 3/0 ('192.0.2.2', 80)";
    expect_eq!(text(&all), Ok(expected));
    Ok(())
}

fn unknown_names(lab: &Kernel, _: &Variant) -> Outcome {
    own_files()?;
    let host_error = |code| Err(Error::host_error(code));
    let socket = lab.near().stream(INET)?;
    let unknown = "unknown.example";
    for server in [false, true] {
        let server = if server { Some(NoSuchName::start()?) } else { None };
        let (error, code) = match server {
            Some(_) => (NO_NAME, HostErrorCode::HOST_NOT_FOUND),
            None => (AGAIN, HostErrorCode::TRY_AGAIN),
        };
        expect_eq!(text(&streams(lab.near(), Some(unknown), ANY, NONE)), Err(error));
        expect_eq!(socket.bind((unknown, 0)), Err(error));
        expect_eq!(socket.connect((unknown, 9)), Err(error));
        expect_eq!(socket.connect_ex((unknown, 9)), Err(error));
        expect_eq!(lab.near().gethostbyname(unknown).map(drop), Err(error));
        expect_eq!(entry(names::gethostbyname_ex(unknown)), Err(error));
        expect_eq!(entry(names::gethostbyaddr("198.51.100.1")), host_error(code));
        expect_eq!(names::getfqdn(unknown), Ok(unknown.to_string()));
    }
    expect_eq!(socket.getsockname()?, Address::unspecified(INET)?);
    Ok(())
}

fn what_is_not_asked(lab: &Kernel, variant: &Variant) -> Outcome {
    own_files()?;
    let server = NoSuchName::start()?;
    let (numbers, unknown) = match variant.family.number() {
        INET => (["127.0.0.1", "127.1", "0x7f.1", ""], "nobody.example"),
        _ => (["::1", "::1%1", "0::0:1", ""], "nobody.example"),
    };
    let socket = || lab.near().datagram(variant.family.number());
    for host in numbers {
        socket()?.bind((host, 0))?;
        socket()?.connect((host, 9))?;
        expect_eq!(server.was_asked(), false);
    }
    // Nor is a literal of the other family, or what is no name.
    for (host, expected) in [("192.0.2.1", INET), ("2001:db8::1", INET6)] {
        let outcome = socket()?.connect((host, 9));
        if expected != variant.family.number() {
            expect_eq!(outcome, Err(OTHER_FAMILY));
        }
        expect_eq!(server.was_asked(), false);
    }
    expect_eq!(socket()?.bind(("no such host", 0)), Err(NO_NAME));
    expect_eq!(server.was_asked(), false);
    expect_eq!(socket()?.bind((unknown, 0)), Err(NO_NAME));
    expect_eq!(server.was_asked(), true);
    expect_eq!(socket()?.bind(("localhost", 0)), Ok(()));
    expect_eq!(server.was_asked(), false);
    Ok(())
}

fn tuples(lab: &Kernel, _: &Variant) -> Outcome {
    own_files()?;
    let _server = NoSuchName::start()?;
    // host, family, own address after binding
    for (host, family, expected) in [
        ("twice", INET, Ok("127.0.0.1")),
        ("TWICE", INET, Ok("127.0.0.1")),
        ("both", INET, Ok("127.0.0.1")),
        ("both", INET6, Ok("::1")),
        ("twice", INET6, Err(NO_NAME)),
        ("host", INET, Err(Error::from_errno(Errno::EADDRNOTAVAIL))),
    ] {
        let socket = lab.near().datagram(family)?;
        let bound = socket.bind((host, 0));
        let own = socket.getsockname()?;
        let ip = own.ip().map(|ip| ip.to_string()).unwrap_or_default();
        expect_eq!(bound.map(|()| ip.as_str()), expected);
    }
    // Datagrams go to the first address, and only there.
    let (near, far) = (lab.near().datagram(INET)?, lab.far().datagram(INET)?);
    far.bind(("127.0.0.1", 0))?;
    let port = far.getsockname()?.port().unwrap_or(0);
    expect_eq!(near.sendto(b"by name", ("twice", port))?, 7);
    expect_bytes(lab.far(), &far, b"by name")?;
    expect_eq!(near.sendmsg_to(&[b"parts"], b"", MessageFlags::NONE, ("both", port))?, 5);
    expect_bytes(lab.far(), &far, b"parts")?;
    expect_eq!(near.sendto(b"x", ("twice", 0)).map(drop), Err(Errno::EINVAL.into()));
    // A raw socket knows names as well: services have no part in it.
    let raw = lab.near().socket(INET, SocketType::RAW, Protocol::ICMP)?;
    raw.bind(("twice", 0))?;
    expect_eq!(raw.getsockname()?.ip(), far.getsockname()?.ip());
    Ok(())
}

fn all_addresses(lab: &Kernel, _: &Variant) -> Outcome {
    own_files()?;
    let _server = NoSuchName::start()?;
    let (net, timeout) = (lab.near(), Some(Timeout::After(LONG)));
    let listener = net.stream(INET)?;
    listener.bind(("127.0.0.2", 0))?;
    let name = listener.getsockname()?;
    let target = ("twice", name.port().unwrap_or(0));
    let deaf = net.stream(INET)?;
    deaf.bind(("127.0.0.1", target.1))?;

    // Nobody listens yet.
    match net.create_connection_all(target, timeout, None) {
        Err(ConnectErrors::Addresses(errors)) => {
            expect_eq!(errors.len(), 2);
            for (_, error) in errors {
                expect_error!(Err::<(), _>(error), ECONNREFUSED);
            }
        }
        other => return Err(Failure::new("create_connection_all", format_args!("{other:?}"))),
    }
    // With another source the two fail for different reasons: the last one counts.
    let source = Some(("192.0.2.99", 0));
    expect_error!(net.create_connection(target, timeout, source), EADDRNOTAVAIL);
    expect_error!(net.create_connection(target, timeout, None), ECONNREFUSED);
    let lookup = net.create_connection(("unknown.example", 1), timeout, None);
    expect_eq!(lookup.map(drop), Err(NO_NAME));

    // Somebody listens at the second address.
    listener.listen(4)?;
    expect_eq!(net.create_connection(target, timeout, None)?.getpeername()?, name);
    let socket = net.stream(INET)?;
    expect_error!(socket.connect(target), ECONNREFUSED);
    expect_eq!(net.stream(INET)?.connect_ex(target)?, Errno::ECONNREFUSED.raw());
    Ok(())
}

/// The entry of a host as text: its name, its aliases, its addresses.
fn entry(found: Result<HostEntry, Error>) -> Result<String, Error> {
    let HostEntry { name, aliases, addresses } = found?;
    let addresses: std::vec::Vec<_> = addresses.iter().map(ToString::to_string).collect();
    Ok(format!("{name} [{}] [{}]", aliases.join(" "), addresses.join(" ")))
}

fn entries(_: &Kernel, _: &Variant) -> Outcome {
    own_files()?;
    let _server = NoSuchName::start()?;
    let unknown = Err(Error::host_error(HostErrorCode::HOST_NOT_FOUND));
    let host = Ok("host [alias full.example other.example] [192.0.2.1]");
    let local = Ok("localhost [] [127.0.0.1]");
    // host, gethostbyname_ex, gethostbyaddr
    for (name, by_name, by_address) in [
        ("host", host, host),
        ("ALIAS", host, host),
        ("nick", Ok("plain [nick] [192.0.2.2]"), Ok("plain [nick] [192.0.2.2]")),
        ("192.0.2.1", Ok("192.0.2.1 [] [192.0.2.1]"), host),
        ("127.1", Ok("127.1 [] [127.0.0.1]"), local),
        ("six", Err(NO_NAME), Ok("six.example [six] [2001:db8::1]")),
        ("2001:db8::1", Err(OTHER_FAMILY), Ok("six.example [six] [2001:db8::1]")),
        ("198.51.100.1", Ok("198.51.100.1 [] [198.51.100.1]"), unknown),
        ("2001:db8::99", Err(OTHER_FAMILY), unknown),
        ("unknown.example", Err(NO_NAME), Err(NO_NAME)),
    ] {
        expect_eq!(entry(names::gethostbyname_ex(name)).as_deref(), by_name.as_ref().copied());
        expect_eq!(entry(names::gethostbyaddr(name)).as_deref(), by_address.as_ref().copied());
    }
    let ambiguous = Err(Error::refused(Refusal::WildcardAmbiguous));
    expect_eq!(entry(names::gethostbyaddr("")), ambiguous);
    Ok(())
}

fn this_host(lab: &Kernel, _: &Variant) -> Outcome {
    own_files()?;
    let _server = NoSuchName::start()?;
    names::sethostname("host")?;
    expect_eq!(names::gethostname().as_deref(), Ok("host"));
    let own = core::net::Ipv4Addr::new(192, 0, 2, 1);
    expect_eq!(lab.near().gethostbyname(&names::gethostname()?), Ok(own));
    // host, the name with dots
    for (host, expected) in [
        ("", "full.example"),
        ("  ", "full.example"),
        ("0.0.0.0", "full.example"),
        ("::", "full.example"),
        ("alias", "full.example"),
        (" host ", "full.example"),
        ("192.0.2.1", "full.example"),
        ("nick", "plain"), // none has dots
        ("six", "six.example"),
        ("unknown", "unknown"),
    ] {
        expect_eq!(names::getfqdn(host).as_deref(), Ok(expected));
    }
    // A name that no file has.
    names::sethostname("unmapped")?;
    expect_eq!(lab.near().gethostbyname(&names::gethostname()?).map(drop), Err(NO_NAME));
    expect_eq!(names::getfqdn("").as_deref(), Ok("unmapped"));
    expect_error!(names::sethostname("x".repeat(65)), EINVAL);
    expect_eq!(names::gethostname().as_deref(), Ok("unmapped"));
    Ok(())
}

fn names_of_addresses(lab: &Kernel, _: &Variant) -> Outcome {
    own_files()?;
    let _server = NoSuchName::start()?;
    let (none, number, required) =
        (NameInfoFlags::NONE, NameInfoFlags::NUMERICHOST, NameInfoFlags::NAMEREQD);
    // host, port, flags, names
    for (host, port, flags, expected) in [
        ("192.0.2.1", 80, none, Ok("host http")),
        ("192.0.2.1", 80, number, Ok("192.0.2.1 http")),
        ("192.0.2.1", 80, NameInfoFlags::NUMERICSERV, Ok("host 80")),
        ("192.0.2.1", 512, none, Ok("host exec")),
        ("192.0.2.1", 512, NameInfoFlags::DGRAM, Ok("host biff")),
        ("2001:db8::1", 80, required, Ok("six.example http")),
        ("127.0.0.1", 3, none, Ok("localhost 3")),
        ("198.51.100.1", 3, none, Ok("198.51.100.1 3")),
        ("198.51.100.1", 80, required, Err(NO_NAME)),
        ("192.0.2.1", 80, required | number, Err(NO_NAME)),
        ("host", 80, none, Err(NO_NAME)), // names are not looked up
    ] {
        expect_eq!(text(&names_of(lab.near(), (host, port), flags)), expected);
    }
    Ok(())
}
