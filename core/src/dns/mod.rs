//! Names that somebody has to be asked for: a resolver of the core's own, for backends whose host has none.
//!
//! It is the stub of RFC 1034 section 5.3.1: it asks servers that ask others. A [`Question`] is written as a
//! message and a [`Reply`] is read from one; a [`Lookup`] says whom to send it to and how long to wait, and
//! knows neither sockets nor a clock; [`getaddrinfo`] and [`getnameinfo`] let lookups happen over the sockets of
//! a backend. None of it needs a heap, and nothing is remembered: who asks again is answered anew.
//!
//! It believes what RFC 5452 says it may: the first message from the server that was asked, to the port that
//! asked, with the number, the name, the type and the class of the question, and of that only the records of the
//! name or of what it stands for. Whatever else comes is as if it had not come. Numbers are drawn by the backend,
//! from what nobody can guess, and each message has another number and another port.
//!
//! A backend forwards its two verbs to the two functions:
//!
//! ```
//! use berkeley::dns::{self, Settings};
//! use berkeley::names::AddressInfoQuery;
//! use berkeley::{Backend, Error};
//! use core::net::IpAddr;
//! use core::ops::ControlFlow;
//!
//! fn first_address<B: Backend + Clone>(
//!     backend: &B,
//!     random: &mut dyn FnMut() -> u32,
//! ) -> Result<Option<IpAddr>, Error> {
//!     let servers = ["192.0.2.53:53".parse().map_err(|_| Error::INVALID_ADDRESS)?];
//!     let settings = Settings { servers: &servers, ..Settings::default() };
//!     let (mut first, query) = (None, AddressInfoQuery::new("example.org", "http"));
//!     dns::getaddrinfo(backend, &settings, random, &query, &mut |info| {
//!         first = info.address.ip();
//!         ControlFlow::Break(())
//!     })?;
//!     Ok(first)
//! }
//! ```
//!
//! Sources: RFC 1034 and 1035, RFC 3596 (IPv6), RFC 5452 (whom to believe), RFC 6761 (special names), RFC 6891
//! (longer messages), RFC 7766 (TCP), RFC 9267 (what others read wrongly).

mod exchange;
mod functions;
mod hosts;
mod lookup;
mod name;
mod order;
mod question;
mod reply;

use core::net::SocketAddr;

pub use functions::{getaddrinfo, getnameinfo};
pub use hosts::Host;
pub use lookup::{Lookup, Patience, Step, Transport};
pub use name::{LONGEST_NAME, Name};
pub use question::{QUERY_LENGTH, Question, RecordType, UDP_LENGTH};
pub use reply::{Records, Reply};

/// Who is asked, and how patiently.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Settings<'a> {
    /// The servers, the best one first; their port is mostly 53. Without any, nobody answers.
    pub servers: &'a [SocketAddr],
    /// Hosts that nobody is asked for.
    pub hosts: &'a [Host<'a>],
    /// How long servers are waited for.
    pub patience: Patience,
}
