//! Which types and protocols of sockets go together, as `getaddrinfo()` combines them.

use super::table;
use super::{AddressInfoQuery, Service};
use crate::{AddressInfoCode, Error, Protocol, SocketType};

/// A type with its protocol, as an answer has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Kind {
    pub(crate) socket_type: SocketType,
    pub(crate) protocol: Protocol,
}

/// One row of glibc's table: a kind, and what its services are listed under.
struct Row {
    socket_type: SocketType,
    protocol: Protocol,
    /// What services of this protocol are listed under; raw sockets have none.
    transport: Option<&'static str>,
    /// Whether it is among the answers when neither type nor protocol is asked for.
    is_usual: bool,
}

const fn row(socket_type: u32, protocol: i32, transport: Option<&'static str>, usual: bool) -> Row {
    let (socket_type, protocol) = (SocketType(socket_type), Protocol(protocol));
    Row { socket_type, protocol, transport, is_usual: usual }
}

/// The first one that fits is taken.
const ROWS: [Row; 6] = [
    row(1, 6, Some("tcp"), true),
    row(2, 17, Some("udp"), true),
    row(6, 33, Some("dccp"), false),
    row(2, 136, Some("udplite"), false),
    row(1, 132, Some("sctp"), false),
    row(3, 0, None, true), // with every protocol
];

/// As many kinds as one question can have.
pub(crate) const MOST: usize = 3;

/// Whether the type and the protocol of a question go together, and may have its service.
///
/// # Errors
///
/// `EAI_SOCKTYPE` when they do not, `EAI_SERVICE` for a raw socket with a service.
pub(super) fn check(query: &AddressInfoQuery<'_>) -> Result<(), Error> {
    match chosen(query) {
        None if is_any(query) => Ok(()),
        None => Err(Error::address_info(AddressInfoCode::EAI_SOCKTYPE)),
        Some(row) if row.transport.is_none() && has_service(query) => {
            Err(Error::address_info(AddressInfoCode::EAI_SERVICE))
        }
        Some(_) => Ok(()),
    }
}

/// The kinds of the answers, each with the port of the service, names from the [`table`].
///
/// # Errors
///
/// Those of [`check`], and `EAI_SERVICE` for a name that the table does not have.
pub(crate) fn with_ports(
    query: &AddressInfoQuery<'_>,
) -> Result<[Option<(Kind, u16)>; MOST], Error> {
    check(query)?;
    let mut kinds = [None; MOST];
    let mut places = kinds.iter_mut();
    let mut put = |row: &Row, protocol| {
        let kind = Kind { socket_type: row.socket_type, protocol };
        let found = port_of(query, row.transport).map(|port| (kind, port));
        // Only what has the service takes a place.
        if let Some(place) = found.and_then(|_| places.next()) {
            *place = found;
        }
    };
    match chosen(query) {
        Some(row) if row.transport.is_some() => put(row, row.protocol),
        Some(row) => put(row, query.protocol),
        None => ROWS.iter().filter(|row| row.is_usual).for_each(|row| put(row, row.protocol)),
    }
    match kinds[0] {
        Some(_) => Ok(kinds),
        None => Err(Error::address_info(AddressInfoCode::EAI_SERVICE)),
    }
}

/// The row of a question that asks for a type or a protocol.
fn chosen(query: &AddressInfoQuery<'_>) -> Option<&'static Row> {
    let fits = |row: &&Row| {
        let has_type = query.socket_type.0 == 0 || query.socket_type == row.socket_type;
        let has_protocol = query.protocol.0 == 0 || query.protocol == row.protocol;
        has_type && (has_protocol || row.transport.is_none())
    };
    if is_any(query) { None } else { ROWS.iter().find(fits) }
}

fn is_any(query: &AddressInfoQuery<'_>) -> bool {
    query.socket_type.0 == 0 && query.protocol.0 == 0
}

/// Port 0 counts as a service, an empty name does not.
fn has_service(query: &AddressInfoQuery<'_>) -> bool {
    !matches!(query.service, None | Some(Service::Name("")))
}

fn port_of(query: &AddressInfoQuery<'_>, transport: Option<&str>) -> Option<u16> {
    match query.service {
        None | Some(Service::Name("")) => Some(0),
        Some(Service::Port(port)) => Some(port),
        Some(Service::Name(name)) => table::getservbyname(name, Some(transport?)).ok(),
    }
}
