//! The client of DHCP (RFC 2131): an address, a way out and name servers from the network.
//!
//! - [`message`] reads what servers say and writes what the client asks.
//! - [`Lease`](lease::Lease) is what a server has granted.
//! - [`client`] is the state machine of RFC 2131, figure 5. It is given messages and the time, and says
//!   what to send and which lease holds; it knows no device and no table.
//!
//! smoltcp's format of these messages is sound, but knows one router, no option that is told in several
//! parts (RFC 3396) or in the fields of the boot file and the server's name (RFC 2132, section 9.3), and
//! neither classless routes (RFC 3442) nor domain or MTU; its client needs its `Interface`, which here is
//! there only for TCP.
//!
//! # What is done otherwise than the RFC says
//!
//! - The first message is sent at once, not after one to ten seconds (section 4.4.1): machines are no
//!   longer switched on by the hundred at a time.
//! - The first offer is taken; none is waited for to compare it with.
//! - Before an address is used it is asked for twice, half a second apart, not three times one to two
//!   seconds apart (RFC 5227, section 2.1.1): who has it on this link answers in milliseconds.

pub(crate) mod client;
pub(crate) mod lease;
pub(crate) mod message;

/// The ports (RFC 2131, section 4.1).
pub(crate) const SERVER_PORT: u16 = 67;
pub(crate) const CLIENT_PORT: u16 = 68;
