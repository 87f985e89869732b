//! What is asked, what is answered, and what no backend is asked for.

use super::kind;
use crate::{
    Address, AddressFamily, AddressInfoCode, AddressInfoFlags, Error, NameInfoFlags, Protocol,
    SocketType, parse_port,
};

/// The longest label of a host name, in bytes. Source: RFC 1035 section 2.3.4.
const LONGEST_LABEL: usize = 63;

/// What `getaddrinfo()` is asked: a host, a service, and which of their addresses.
///
/// ```
/// use berkeley::names::AddressInfoQuery;
/// use berkeley::{AddressFamily, SocketType};
///
/// let query = AddressInfoQuery {
///     family: AddressFamily::INET,
///     socket_type: SocketType::STREAM,
///     ..AddressInfoQuery::new("localhost", "http")
/// };
/// assert_eq!(query.host, Some("localhost"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddressInfoQuery<'a> {
    /// A name or an address as text. `None`, or `"*"`: the loopback addresses, or with
    /// [`AddressInfoFlags::PASSIVE`] the addresses to listen on everywhere.
    pub host: Option<&'a str>,
    /// A port or the name of a service. `None`, or `"*"`: port 0.
    pub service: Option<Service<'a>>,
    /// Only addresses of this family; [`AddressFamily::UNSPEC`] is any.
    pub family: AddressFamily,
    /// Only for sockets of this type; [`SocketType`] 0 is any.
    pub socket_type: SocketType,
    /// Only for this protocol; [`Protocol::DEFAULT`] is any.
    pub protocol: Protocol,
    /// What else is wanted.
    pub flags: AddressInfoFlags,
}

/// A service: its port or its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Service<'a> {
    /// A port.
    Port(u16),
    /// A name such as `http`, or a port in decimal digits. An empty one is port 0.
    Name(&'a str),
}

impl From<u16> for Service<'_> {
    fn from(port: u16) -> Self {
        Service::Port(port)
    }
}

impl<'a> From<&'a str> for Service<'a> {
    fn from(name: &'a str) -> Self {
        Service::Name(name)
    }
}

/// One answer of `getaddrinfo()`: what to call `socket()` and `connect()` or `bind()` with.
///
/// `N` is the form of the canonical name: `&str` while the answers come one by one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddressInfo<N> {
    /// The first argument of `socket()`.
    pub family: AddressFamily,
    /// The second argument of `socket()`.
    pub socket_type: SocketType,
    /// The third argument of `socket()`.
    pub protocol: Protocol,
    /// With [`AddressInfoFlags::CANONNAME`] the canonical name of the host in the first answer,
    /// else empty.
    pub canonical_name: N,
    /// The address.
    pub address: Address,
}

/// The answer of `getnameinfo()`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameInfo<'a> {
    /// The name of the host, or its address as text.
    pub host: &'a str,
    /// The name of the service, or its port in digits.
    pub service: &'a str,
}

impl<'a> AddressInfoQuery<'a> {
    /// Asks for every address of a host and a service: no filter, no flag.
    pub fn new(host: &'a str, service: impl Into<Service<'a>>) -> AddressInfoQuery<'a> {
        AddressInfoQuery {
            host: Some(host),
            service: Some(service.into()),
            ..AddressInfoQuery::default()
        }
    }

    /// The same question in the form that backends get: `"*"` has become `None`, digits have become
    /// a port, and nothing is left that no backend could answer.
    ///
    /// # Errors
    ///
    /// - [`Error::INVALID_VALUE`]: a NUL in the host or the service; a host that is not ASCII; a
    ///   label of a host that is empty or longer than 63 bytes.
    /// - `EAI_NONAME`: neither host nor service; a service that is no number, with
    ///   [`AddressInfoFlags::NUMERICSERV`]; an empty host.
    /// - `EAI_BADFLAGS`: a flag without a name, [`AddressInfoFlags::CANONNAME`] without a host.
    /// - `EAI_FAMILY`: another family than the IP ones.
    /// - `EAI_SOCKTYPE`: no such type, or not with this protocol.
    /// - `EAI_SERVICE`: a port out of range, or a service for a raw socket.
    pub fn checked(self) -> Result<AddressInfoQuery<'a>, Error> {
        let mut query = self;
        query.host = query.host.filter(|host| *host != "*");
        query.service = query.service.filter(|service| *service != Service::Name("*"));
        if let Some(host) = query.host {
            check_host(host)?;
        }
        if matches!(query.service, Some(Service::Name(name)) if name.contains('\0')) {
            return Err(Error::INVALID_VALUE);
        }
        // From here on in the order of glibc, which decides between several mistakes.
        let error = |code| Err(Error::address_info(code));
        if query.host.is_none() && query.service.is_none() {
            return error(AddressInfoCode::EAI_NONAME);
        }
        let no_canonical_name =
            query.host.is_none() && query.flags.contains(AddressInfoFlags::CANONNAME);
        if !query.flags.without(ADDRESS_INFO_FLAGS).is_empty() || no_canonical_name {
            return error(AddressInfoCode::EAI_BADFLAGS);
        }
        let port = match query.service {
            Some(Service::Name(name)) if is_number(name) => Some(parse_port(name).ok()),
            _ => None,
        };
        let is_name = matches!(query.service, Some(Service::Name(name)) if !name.is_empty());
        if is_name && port.is_none() && query.flags.contains(AddressInfoFlags::NUMERICSERV) {
            return error(AddressInfoCode::EAI_NONAME);
        }
        match query.family {
            AddressFamily::UNSPEC | AddressFamily::INET | AddressFamily::INET6 => {}
            _ => return error(AddressInfoCode::EAI_FAMILY),
        }
        match port {
            Some(Some(port)) => query.service = Some(Service::Port(port)),
            Some(None) => {
                kind::check(&AddressInfoQuery { service: None, ..query })?;
                return error(AddressInfoCode::EAI_SERVICE);
            }
            None => {}
        }
        kind::check(&query)?;
        if query.host == Some("") {
            return error(AddressInfoCode::EAI_NONAME);
        }
        Ok(query)
    }
}

impl Default for AddressInfoQuery<'_> {
    /// Nothing yet: without a host or a service there is no answer.
    fn default() -> Self {
        AddressInfoQuery {
            host: None,
            service: None,
            family: AddressFamily::UNSPEC,
            socket_type: SocketType(0),
            protocol: Protocol::DEFAULT,
            flags: AddressInfoFlags::NONE,
        }
    }
}

const ADDRESS_INFO_FLAGS: AddressInfoFlags = AddressInfoFlags::PASSIVE
    .union(AddressInfoFlags::CANONNAME)
    .union(AddressInfoFlags::NUMERICHOST)
    .union(AddressInfoFlags::V4MAPPED)
    .union(AddressInfoFlags::ALL)
    .union(AddressInfoFlags::ADDRCONFIG)
    .union(AddressInfoFlags::NUMERICSERV);

const NAME_INFO_FLAGS: NameInfoFlags = NameInfoFlags::NUMERICHOST
    .union(NameInfoFlags::NUMERICSERV)
    .union(NameInfoFlags::NOFQDN)
    .union(NameInfoFlags::NAMEREQD)
    .union(NameInfoFlags::DGRAM)
    .union(NameInfoFlags::IDN);

/// What `getnameinfo()` never asks a backend.
pub(super) fn check_name_info(address: &Address, flags: NameInfoFlags) -> Result<(), Error> {
    let (number, required) = (NameInfoFlags::NUMERICHOST, NameInfoFlags::NAMEREQD);
    if !flags.without(NAME_INFO_FLAGS).is_empty() {
        Err(Error::address_info(AddressInfoCode::EAI_BADFLAGS))
    } else if address.ip().is_none() {
        Err(Error::address_info(AddressInfoCode::EAI_FAMILY))
    } else if flags.contains(number | required) {
        Err(Error::address_info(AddressInfoCode::EAI_NONAME)) // a name that is not looked up
    } else {
        Ok(())
    }
}

/// The form of a host, whatever it names. The whole may be longer than DNS allows: whoever is asked
/// says so.
pub(crate) fn check_host(host: &str) -> Result<(), Error> {
    let labels = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| !label.is_empty() && label.len() <= LONGEST_LABEL;
    let has_form = host.is_empty() || labels.split('.').all(is_label);
    if host.contains('\0') || !host.is_ascii() || !has_form {
        return Err(Error::INVALID_VALUE);
    }
    Ok(())
}

/// Whether a service is meant as a number: glibc skips white space and a sign before digits.
fn is_number(service: &str) -> bool {
    let digits = service.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b');
    let digits = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
