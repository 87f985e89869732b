//! The same functions again, slow and obvious: each says what its text may be, and nothing else.
//!
//! They split, collect and compare; none of them looks at a byte twice for speed's sake, and none
//! shares a line with what it is compared with.

mod decimal;
pub mod dns;
mod host_port;
mod ipv4;
mod ipv6;
mod ipv6_text;
mod legacy;
mod scoped;
mod socket_address;

pub use decimal::{port, zone_number};
pub use host_port::{host_port, is_numeric_name};
pub use ipv4::{ipv4, ipv4_text};
pub use ipv6::ipv6;
pub use ipv6_text::ipv6_text;
pub(crate) use legacy::is_space;
pub use legacy::{aton, aton_exact};
pub use scoped::scoped_ipv6;
pub use socket_address::socket_address_text;
