//! Lookups without a resolver: addresses as text, `localhost`, and the services of the
//! [`table`].
//!
//! A backend without a resolver forwards its two verbs to the functions here. They need no heap, do
//! not wait, and ask nobody; `localhost` is the loopback by definition (RFC 6761 section 6.3).

use core::fmt::Write;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ops::ControlFlow;

use super::query::check_name_info;
use super::{AddressInfo, AddressInfoQuery, NameInfo, Text, answer, kind, table};
use crate::inet::AddressText;
use crate::{
    Address, AddressFamily, AddressInfoCode, AddressInfoFlags, Error, NameInfoFlags, host,
};

const NOT_KNOWN: Error = Error::address_info(AddressInfoCode::EAI_NONAME);
const OTHER_FAMILY: Error = Error::address_info(AddressInfoCode::EAI_ADDRFAMILY);

/// The addresses of a host: at most two, each with its scope.
type Hosts = [Option<(IpAddr, u32)>; 2];

/// [`Backend::getaddrinfo`](crate::Backend::getaddrinfo) without a resolver.
///
/// [`AddressInfoFlags::ADDRCONFIG`] takes nothing away: it does not for addresses as text nor for
/// the loopback.
///
/// ```
/// use berkeley::names::{AddressInfoQuery, numeric};
/// use core::ops::ControlFlow;
///
/// # fn main() -> Result<(), berkeley::Error> {
/// let mut ports = [0; 2];
/// let mut places = ports.iter_mut();
/// numeric::getaddrinfo(&AddressInfoQuery::new("192.0.2.1", "domain"), &mut |info| {
///     match (places.next(), info.address.port()) {
///         (Some(place), Some(port)) => *place = port,
///         _ => return ControlFlow::Break(()),
///     }
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(ports, [53, 53]); // over TCP and over UDP
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of [`AddressInfoQuery::checked`]; `EAI_SERVICE` for a service that the table does not
/// have; `EAI_NONAME` for every other host, the names of interfaces in a zone among them;
/// `EAI_ADDRFAMILY` for the text of an address of another family.
pub fn getaddrinfo(
    query: &AddressInfoQuery<'_>,
    found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
) -> Result<(), Error> {
    let query = query.checked()?;
    let kinds = kind::with_ports(&query)?;
    let (hosts, name) = match query.host {
        None => (anywhere(&query), ""),
        Some(host) => addresses(host, &query)?,
    };
    let wants_name = query.flags.contains(AddressInfoFlags::CANONNAME);
    let canonical_name = if wants_name { name } else { "" };
    answer::each(hosts.into_iter().flatten(), &kinds, canonical_name, found);
    Ok(())
}

/// [`Backend::getnameinfo`](crate::Backend::getnameinfo) without a resolver: of hosts only the
/// loopback addresses `127.0.0.1` and `::1` have a name. A scope is printed as its number.
///
/// # Errors
///
/// `EAI_BADFLAGS` for a flag without a name, `EAI_FAMILY` for an address that is no IP address,
/// `EAI_NONAME` when a name is required and there is none.
pub fn getnameinfo(
    address: &Address,
    flags: NameInfoFlags,
    found: &mut dyn FnMut(NameInfo<'_>),
) -> Result<(), Error> {
    check_name_info(address, flags)?;
    let (Some(ip), Some(port)) = (address.ip(), address.port()) else {
        return Err(Error::address_info(AddressInfoCode::EAI_FAMILY));
    };
    let (mut host, mut service) = (Text::<LONGEST>::new(), Text::<LONGEST>::new());
    let by_name = !flags.contains(NameInfoFlags::NUMERICHOST);
    let loopback = ip == IpAddr::V4(Ipv4Addr::LOCALHOST) || ip == IpAddr::V6(Ipv6Addr::LOCALHOST);
    let written = if by_name && loopback {
        host.write_str("localhost")
    } else if flags.contains(NameInfoFlags::NAMEREQD) {
        return Err(NOT_KNOWN);
    } else {
        let scope_id = if let Address::Inet6(address) = address { address.scope_id() } else { 0 };
        host.write_str(AddressText::from(ip).as_str()).and_then(|()| match scope_id {
            0 => Ok(()),
            scope_id => write!(host, "%{scope_id}"),
        })
    };
    let transport = if flags.contains(NameInfoFlags::DGRAM) { "udp" } else { "tcp" };
    let listed = match flags.contains(NameInfoFlags::NUMERICSERV) {
        true => None,
        false => table::getservbyport(port, Some(transport)).ok(),
    };
    let written = written.and_then(|()| match listed {
        Some(name) => service.write_str(name),
        None => write!(service, "{port}"),
    });
    written.map_err(|_| Error::address_info(AddressInfoCode::EAI_OVERFLOW))?;
    found(NameInfo { host: host.as_str(), service: service.as_str() });
    Ok(())
}

/// The addresses without a host, in glibc's order.
fn anywhere(query: &AddressInfoQuery<'_>) -> Hosts {
    let passive = query.flags.contains(AddressInfoFlags::PASSIVE);
    let (v4, v6) = if passive {
        (Ipv4Addr::UNSPECIFIED, Ipv6Addr::UNSPECIFIED)
    } else {
        (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST)
    };
    let v4 = (query.family != AddressFamily::INET6).then_some((IpAddr::V4(v4), 0));
    let v6 = (query.family != AddressFamily::INET).then_some((IpAddr::V6(v6), 0));
    if passive { [v4, v6] } else { [v6, v4] }
}

/// The addresses of a host that is known without asking, and its canonical name.
fn addresses<'a>(host: &'a str, query: &AddressInfoQuery<'_>) -> Result<(Hosts, &'a str), Error> {
    let (family, flags) = (query.family, query.flags);
    let v4_mapped = family == AddressFamily::INET6 && flags.contains(AddressInfoFlags::V4MAPPED);
    if let Some((ip, scope_id)) = host::numeric(host.as_bytes()) {
        let ip = match (ip, family) {
            (IpAddr::V4(ip), AddressFamily::INET6) if v4_mapped => ip.to_ipv6_mapped().into(),
            (IpAddr::V4(_), AddressFamily::INET6) => return Err(OTHER_FAMILY),
            (IpAddr::V6(ip), AddressFamily::INET) => {
                ip.to_ipv4_mapped().ok_or(OTHER_FAMILY)?.into()
            }
            (ip, _) => ip,
        };
        return Ok(([Some((ip, scope_id)), None], host));
    }
    if !host::is_localhost(host.as_bytes()) || flags.contains(AddressInfoFlags::NUMERICHOST) {
        return Err(NOT_KNOWN);
    }
    let (v4, v6) = (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
    let v4 = match family {
        AddressFamily::INET6 if v4_mapped && flags.contains(AddressInfoFlags::ALL) => {
            Some(IpAddr::V6(v4.to_ipv6_mapped()))
        }
        AddressFamily::INET6 => None,
        _ => Some(IpAddr::V4(v4)),
    };
    let v6 = (family != AddressFamily::INET).then_some((IpAddr::V6(v6), 0));
    Ok(([v6, v4.map(|ip| (ip, 0))], "localhost"))
}

/// As long as the text of an address with a scope: 45 and 11 bytes.
const LONGEST: usize = 56;
