//! TCP: connections in slots, half-open and closed ones in tables of their own, ports and
//! readiness.
//!
//! The state machine is smoltcp's and is reached only through [`engine`]; which connection a segment
//! belongs to, who listens, how many wait to be accepted, what an error was caused by and when a
//! connection is really over is decided here.

pub(crate) mod challenge;
pub(crate) mod cookie;
pub(crate) mod engine;
pub(crate) mod half_open;
mod incoming;
pub(crate) mod next;
pub(crate) mod packet_options;
pub(crate) mod patience;
pub(crate) mod received;
pub(crate) mod segment;
pub(crate) mod sent;
pub(crate) mod slot;
pub(crate) mod stream;
pub(crate) mod time_wait;
#[cfg_attr(not(feature = "alloc"), path = "no_tuple_index.rs")]
pub(crate) mod tuple_index;

pub(crate) use crate::tuple::{Endpoint, Tuple};
