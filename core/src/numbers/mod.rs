//! Families, types, protocols, flags and levels: open numbers with the field's names.
//!
//! Each is a newtype around the generic Linux number, so that a number this crate has no name for
//! can still be asked for, and fails at run time if the backend lacks it. A backend whose host
//! counts differently translates. Sources: the man pages named in each file, Linux's
//! `asm-generic` headers.

mod families;
mod flags;
mod levels;
mod open;
mod protocols;
mod shutdown;
mod socket_types;

pub use families::AddressFamily;
pub use flags::{MessageFlags, Readiness};
pub use levels::{OptionLevel, OptionName};
pub(crate) use open::{flag_set, open_number};
pub use protocols::Protocol;
pub use shutdown::Shutdown;
pub use socket_types::SocketType;

/// `listen()` with this backlog takes as many as the host allows; Linux's header value.
pub const SOMAXCONN: i32 = 4096;

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use super::*;

    #[test]
    fn numbers_print_their_names() {
        // value, what a person reads
        for (text, expected) in [
            (format!("{:?}", AddressFamily::INET6), "AF_INET6"),
            (format!("{:?}", AddressFamily(9999)), "AddressFamily(9999)"),
            (format!("{:?}", MessageFlags::PEEK | MessageFlags::DONTWAIT), "MSG_PEEK|MSG_DONTWAIT"),
            (format!("{:?}", MessageFlags(0x1000_0002)), "MSG_PEEK|0x10000000"),
            (format!("{:?}", MessageFlags::NONE), "0x0"),
            (format!("{:?}", Readiness::READABLE | Readiness::HANGUP), "POLLIN|POLLHUP"),
        ] {
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn the_type_shows_no_flags() {
        let wanted = SocketType::STREAM | SocketType::NONBLOCK | SocketType::CLOEXEC;
        assert!(wanted.is_nonblock());
        assert_eq!(wanted.without_flags(), SocketType::STREAM);
    }
}
