//! Stateless autoconfiguration of IPv6 (RFC 4862): addresses, a way out and name servers from what
//! routers say.
//!
//! - [`advertisement`] reads what routers say (RFC 4861, section 4.2) and writes the question for it.
//! - [`identifier`] makes the half of an address that is the host's own (RFC 7217, or EUI-64).
//! - [`host`] is the state machine: it is given messages and the time, and says what to send and what
//!   the interface is to have. It knows no device and no table.
//!
//! # What is done otherwise than the RFCs say
//!
//! - The times that routers want between solicitations, and for a neighbour to count as reachable, are
//!   not taken: each neighbour has its own clock with the usual times ([`super::neighbour`]).
//! - Nor is the hop limit: sockets send with 64, which is what routers say.
//! - Of the routers that say they are one, one is used at a time: the first that answers.
//! - When the link was down, everything but the link's own address is forgotten and asked for again, in
//!   the place of RFC 6059's questions. In the same network the addresses are the same ones.
//! - Nobody is asked who asks for an address only because it is ours: nonces (RFC 7527) are for links
//!   that bring frames back.

pub(crate) mod advertisement;
pub(crate) mod host;
pub(crate) mod identifier;
