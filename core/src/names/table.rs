//! Services and protocols that are known without asking anybody.
//!
//! A small part of IANA's registries, as the files `/etc/services` and `/etc/protocols` of a host
//! list them, for hosts that have no such files. A program that uses none of these functions does
//! not carry the tables.

use crate::{Error, Protocol, Refusal};

/// Over which transports a service is listed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Tcp,
    Udp,
    Both,
}

impl Over {
    fn has(self, transport: &str) -> bool {
        match transport {
            "tcp" => self != Over::Udp,
            "udp" => self != Over::Tcp,
            _ => false,
        }
    }
}

struct Listed {
    name: &'static str,
    alias: &'static str,
    port: u16,
    over: Over,
}

const fn listed(name: &'static str, alias: &'static str, port: u16, over: Over) -> Listed {
    Listed { name, alias, port, over }
}

const SERVICES: &[Listed] = &[
    listed("echo", "", 7, Over::Both),
    listed("discard", "sink", 9, Over::Both),
    listed("daytime", "", 13, Over::Both),
    listed("ftp-data", "", 20, Over::Tcp),
    listed("ftp", "", 21, Over::Tcp),
    listed("ssh", "", 22, Over::Tcp),
    listed("telnet", "", 23, Over::Tcp),
    listed("smtp", "mail", 25, Over::Tcp),
    listed("time", "timserver", 37, Over::Both),
    listed("domain", "", 53, Over::Both),
    listed("bootps", "", 67, Over::Udp),
    listed("bootpc", "", 68, Over::Udp),
    listed("tftp", "", 69, Over::Udp),
    listed("finger", "", 79, Over::Tcp),
    listed("http", "www", 80, Over::Tcp),
    listed("pop3", "pop-3", 110, Over::Tcp),
    listed("sunrpc", "portmapper", 111, Over::Both),
    listed("ntp", "", 123, Over::Udp),
    listed("imap2", "imap", 143, Over::Tcp),
    listed("snmp", "", 161, Over::Both),
    listed("https", "", 443, Over::Both),
    listed("exec", "", 512, Over::Tcp),
    listed("biff", "comsat", 512, Over::Udp),
    listed("syslog", "", 514, Over::Udp),
    listed("submission", "", 587, Over::Tcp),
    listed("domain-s", "", 853, Over::Both),
    listed("imaps", "", 993, Over::Tcp),
    listed("pop3s", "", 995, Over::Tcp),
    listed("mqtt", "", 1883, Over::Tcp),
    listed("mdns", "", 5353, Over::Udp),
    listed("coap", "", 5683, Over::Udp),
    listed("secure-mqtt", "", 8883, Over::Tcp),
];

const PROTOCOLS: &[(&str, &str, i32)] = &[
    ("ip", "IP", 0),
    ("icmp", "ICMP", 1),
    ("igmp", "IGMP", 2),
    ("tcp", "TCP", 6),
    ("udp", "UDP", 17),
    ("ipv6", "IPv6", 41),
    ("ipv6-icmp", "IPv6-ICMP", 58),
    ("sctp", "SCTP", 132),
    ("udplite", "UDPLite", 136),
];

/// The port of a service; `protocol` is `"tcp"`, `"udp"`, or `None` for any. Names are told apart by
/// case. Source: `getservbyname(3)`.
///
/// # Errors
///
/// [`Refusal::ServiceNotFound`] for a service that is not in the table, or not over this protocol.
pub fn getservbyname(name: &str, protocol: Option<&str>) -> Result<u16, Error> {
    let has_name =
        |listed: &Listed| name == listed.name || !name.is_empty() && name == listed.alias;
    let found = services_over(protocol).find(|listed| has_name(listed));
    Ok(found.ok_or(Error::refused(Refusal::ServiceNotFound))?.port)
}

/// The name of the service that has a port; `protocol` as for [`getservbyname`]. Source:
/// `getservbyport(3)`.
///
/// # Errors
///
/// [`Refusal::PortNotFound`] for a port that is not in the table, or not over this protocol.
pub fn getservbyport(port: u16, protocol: Option<&str>) -> Result<&'static str, Error> {
    let found = services_over(protocol).find(|listed| listed.port == port);
    Ok(found.ok_or(Error::refused(Refusal::PortNotFound))?.name)
}

/// The protocol with this name, such as `"tcp"` or its alias `"TCP"`. Source: `getprotobyname(3)`.
///
/// # Errors
///
/// [`Refusal::ProtocolNotFound`] for a name that is not in the table.
pub fn getprotobyname(name: &str) -> Result<Protocol, Error> {
    let found = PROTOCOLS.iter().find(|(official, alias, _)| name == *official || name == *alias);
    found.map(|(.., number)| Protocol(*number)).ok_or(Error::refused(Refusal::ProtocolNotFound))
}

fn services_over(protocol: Option<&str>) -> impl Iterator<Item = &'static Listed> {
    SERVICES.iter().filter(move |listed| protocol.is_none_or(|wanted| listed.over.has(wanted)))
}
