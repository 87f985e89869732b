//! Socket options by their POSIX names, and options with a type.
//!
//! [`Socket::setsockopt`](crate::Socket::setsockopt) takes a level, a name and a number, as
//! Python's does; a [`SocketOption`] joins the three so that the type of the value cannot be wrong.
//! Sources: `socket(7)`, `ip(7)`, `ipv6(7)`, `tcp(7)`, and those named in each file.

/// Defines names of options of one level.
macro_rules! names {
    ($level:literal; $($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        $(
            $(#[$doc])*
            #[doc = concat!("\n\nAt level `", $level, "`.")]
            pub const $name: crate::OptionName = crate::OptionName($number);
        )*
    };
}

mod family_names;
mod internet_names;
mod membership;
mod socket_names;
mod tcp_names;
mod typed;
mod value;

pub use family_names::*;
pub use internet_names::*;
pub use membership::{Ipv4Membership, Ipv4SourceMembership, Ipv6Membership};
pub use socket_names::*;
pub use tcp_names::*;
pub use typed::*;
pub use value::{OptionBytes, OptionValue, int_of};
