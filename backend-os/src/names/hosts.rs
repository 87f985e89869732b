//! Hosts with their aliases, and the name of this host.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::ControlFlow;

use berkeley::names::{AddressInfoQuery, fully_qualified};
use berkeley::{AddressFamily, Error, Net, Refusal};

use crate::{Os, sys};

const NET: Net<Os> = Net::new(Os);

/// What is known of a host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostEntry {
    /// Its official name.
    pub name: String,
    /// Its other names.
    pub aliases: Vec<String>,
    /// Its addresses, all of one family.
    pub addresses: Vec<IpAddr>,
}

/// The official name, the aliases and the IPv4 addresses of a host.
///
/// # Errors
///
/// Those of [`Net::gethostbyname`], which asks first: `EAI_NONAME` and so on for a host that has no
/// IPv4 address. Then the codes of `h_errno`
/// ([`ErrorKind::HostError`](berkeley::ErrorKind::HostError)), also for `""` and `"<broadcast>"`:
/// `HOST_NOT_FOUND` from a file, a name server may say `NO_RECOVERY`. Source: `gethostbyname(3)`.
pub fn gethostbyname_ex(host: &str) -> Result<HostEntry, Error> {
    NET.gethostbyname(host)?;
    sys::gethostbyname(host)
}

/// The official name, the aliases and the addresses of the host that has an address. A name is
/// looked up first, and its first address counts.
///
/// # Errors
///
/// Those of the lookup of the address, see [`Net::getaddrinfo`];
/// [`Refusal::WildcardAmbiguous`] for `""`. Then the codes of `h_errno`
/// ([`ErrorKind::HostError`](berkeley::ErrorKind::HostError)): `HOST_NOT_FOUND` when the address has
/// no name, `TRY_AGAIN` when nobody answered. Source: `gethostbyaddr(3)`.
pub fn gethostbyaddr(host: &str) -> Result<HostEntry, Error> {
    match host {
        "" => return Err(Error::refused(Refusal::WildcardAmbiguous)),
        "<broadcast>" => return sys::gethostbyaddr(Ipv4Addr::BROADCAST.into()),
        _ => {}
    }
    let mut first = None;
    let query =
        AddressInfoQuery { family: AddressFamily::UNSPEC, ..AddressInfoQuery::new(host, 0) };
    NET.getaddrinfo_each(&query, &mut |info| {
        first = info.address.ip();
        ControlFlow::Break(())
    })?;
    sys::gethostbyaddr(first.ok_or(Error::refused(Refusal::EmptyAddressList))?)
}

/// The fully qualified name of a host: of its names the first one with a dot, else its official
/// one. A host of which nothing is known keeps the name that it was given. `""` and the two wildcard
/// addresses are this host.
///
/// # Errors
///
/// Only those of [`gethostname`], for `""`.
pub fn getfqdn(host: &str) -> Result<String, Error> {
    let host = host.trim();
    let own = matches!(host, "" | "0.0.0.0" | "::").then(gethostname).transpose()?;
    let host = own.as_deref().unwrap_or(host);
    let Ok(entry) = gethostbyaddr(host) else { return Ok(host.to_owned()) };
    let names = std::iter::once(&entry.name).chain(&entry.aliases).map(String::as_str);
    Ok(fully_qualified(names).unwrap_or(host).to_owned())
}

/// The name of this host. It need not have a dot, nor be known to anybody.
///
/// # Errors
///
/// Those of the operating system. Source: `gethostname(2)`.
pub fn gethostname() -> Result<String, Error> {
    sys::gethostname()
}

/// Sets the name of this host.
///
/// # Errors
///
/// `EPERM` without the privilege (`CAP_SYS_ADMIN`), `EINVAL` for more than 64 bytes. Source:
/// `sethostname(2)`.
pub fn sethostname(name: impl AsRef<[u8]>) -> Result<(), Error> {
    sys::sethostname(name.as_ref())
}
