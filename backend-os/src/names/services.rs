//! Services and protocols, as the host's files list them.

use berkeley::{Error, Protocol};

use crate::sys;

/// The port of a service; `protocol` is `"tcp"`, `"udp"` and so on, or `None` for the first one that
/// is listed. Names are told apart by case.
///
/// # Errors
///
/// [`Refusal::ServiceNotFound`](berkeley::Refusal::ServiceNotFound) when it is not listed, or not
/// over this protocol; [`Error::INVALID_VALUE`] for a NUL. Source: `getservbyname(3)`.
pub fn getservbyname(name: &str, protocol: Option<&str>) -> Result<u16, Error> {
    sys::getservbyname(name, protocol)
}

/// The name of the service that has a port; `protocol` as for [`getservbyname`].
///
/// # Errors
///
/// [`Refusal::PortNotFound`](berkeley::Refusal::PortNotFound) when it is not listed, or not over this
/// protocol; [`Error::INVALID_VALUE`] for a NUL. Source: `getservbyport(3)`.
pub fn getservbyport(port: u16, protocol: Option<&str>) -> Result<String, Error> {
    sys::getservbyport(port, protocol)
}

/// The protocol with this name or alias, such as `"icmp"` or `"ICMP"`. Digits are not a name.
///
/// # Errors
///
/// [`Refusal::ProtocolNotFound`](berkeley::Refusal::ProtocolNotFound) when it is not listed;
/// [`Error::INVALID_VALUE`] for a NUL. Source: `getprotobyname(3)`.
pub fn getprotobyname(name: &str) -> Result<Protocol, Error> {
    sys::getprotobyname(name)
}
