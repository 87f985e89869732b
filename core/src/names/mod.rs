//! Names: of hosts and services, as `getaddrinfo()` and its kin translate them.
//!
//! A backend has two verbs, [`Backend::getaddrinfo`](crate::Backend::getaddrinfo) and
//! [`Backend::getnameinfo`](crate::Backend::getnameinfo). What every backend would check alike is
//! checked here, before the verb is called: the form of the host and of the service, the flags, the
//! family, which types and protocols go together. A backend with a resolver asks it; one without
//! forwards to [`numeric`], which knows what nobody has to be asked for: addresses as text,
//! `localhost`, and the services of a small table.
//!
//! The answers are those of glibc, in its order, with its error codes, but for these, which are
//! errors here:
//!
//! - a NUL inside a host or a service ([`Error::INVALID_VALUE`](crate::Error::INVALID_VALUE));
//!   glibc cuts the text there;
//! - a port above 65535, with a sign or after white space (`EAI_SERVICE`); glibc takes it modulo
//!   65536;
//! - a host that is not ASCII ([`Error::INVALID_VALUE`](crate::Error::INVALID_VALUE)): names in
//!   other scripts come in their ASCII form (`xn--...`).
//!
//! Sources: RFC 3493 section 6, `getaddrinfo(3)`, `getnameinfo(3)`.

pub(crate) mod answer;
mod connection;
mod fully_qualified;
mod functions;
pub(crate) mod kind;
pub mod numeric;
mod query;
pub mod table;
mod text;

#[cfg(feature = "alloc")]
pub use connection::ConnectErrors;
pub use fully_qualified::fully_qualified;
pub(crate) use query::check_host;
pub use query::{AddressInfo, AddressInfoQuery, NameInfo, Service};
pub(crate) use text::Text;
