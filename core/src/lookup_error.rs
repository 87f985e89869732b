//! Why a host or a service could not be looked up: the codes of the two families of functions.
//!
//! `getaddrinfo()` and `getnameinfo()` answer `EAI_*` codes, the older `gethostby...` functions
//! the values of `h_errno`. Python raises `socket.gaierror` and `socket.herror` with them. Numbers
//! and texts are glibc's. Sources: `getaddrinfo(3)`, `gai_strerror(3)`, `gethostbyname(3)`.

use core::fmt;

/// Why a host or service could not be translated: the `EAI_*` codes of `getaddrinfo(3)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressInfoCode(pub i8);

/// Why a host was not found: the values of `h_errno`, see `gethostbyname(3)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HostErrorCode(pub i8);

macro_rules! codes {
    ($type:ident, $unknown:literal; $($name:ident = $number:literal, $text:literal;)*) => {
        impl $type {
            $(
                #[doc = concat!("\"", $text, "\" (", $number, ").")]
                pub const $name: $type = $type($number);
            )*

            /// The symbolic name, or `None` for a code that has none.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some(stringify!($name)),)*
                    _ => None,
                }
            }

            /// What glibc says about the code.
            pub const fn description(self) -> &'static str {
                match self.0 {
                    $($number => $text,)*
                    _ => $unknown,
                }
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, concat!(stringify!($type), "({})"), self.0),
                }
            }
        }

        /// As Python prints the exception with this code.
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "[Errno {}] {}", self.0, self.description())
            }
        }
    };
}

codes! {
    AddressInfoCode, "Unknown error";
    EAI_BADFLAGS = -1, "Bad value for ai_flags";
    EAI_NONAME = -2, "Name or service not known";
    EAI_AGAIN = -3, "Temporary failure in name resolution";
    EAI_FAIL = -4, "Non-recoverable failure in name resolution";
    EAI_NODATA = -5, "No address associated with hostname";
    EAI_FAMILY = -6, "ai_family not supported";
    EAI_SOCKTYPE = -7, "ai_socktype not supported";
    EAI_SERVICE = -8, "Servname not supported for ai_socktype";
    EAI_ADDRFAMILY = -9, "Address family for hostname not supported";
    EAI_MEMORY = -10, "Memory allocation failure";
    EAI_SYSTEM = -11, "System error";
    EAI_OVERFLOW = -12, "Unknown error"; // glibc has the code, but no text for it
    EAI_INPROGRESS = -100, "Processing request in progress";
    EAI_CANCELED = -101, "Request canceled";
    EAI_NOTCANCELED = -102, "Request not canceled";
    EAI_ALLDONE = -103, "All requests done";
    EAI_INTR = -104, "Interrupted by a signal";
    EAI_IDN_ENCODE = -105, "Parameter string not correctly encoded";
}

codes! {
    HostErrorCode, "Unknown resolver error";
    NETDB_INTERNAL = -1, "Resolver internal error";
    NETDB_SUCCESS = 0, "Resolver Error 0 (no error)";
    HOST_NOT_FOUND = 1, "Unknown host";
    TRY_AGAIN = 2, "Host name lookup failure";
    NO_RECOVERY = 3, "Unknown server error";
    NO_DATA = 4, "No address associated with name";
}

impl HostErrorCode {
    /// Another name of [`HostErrorCode::NO_DATA`].
    pub const NO_ADDRESS: HostErrorCode = HostErrorCode::NO_DATA;
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use super::*;

    #[test]
    fn codes_print_as_python_and_c_do() {
        // what is printed, what a person reads
        for (text, expected) in [
            (format!("{}", AddressInfoCode::EAI_NONAME), "[Errno -2] Name or service not known"),
            (format!("{}", AddressInfoCode(-99)), "[Errno -99] Unknown error"),
            (format!("{}", HostErrorCode::HOST_NOT_FOUND), "[Errno 1] Unknown host"),
            (format!("{}", HostErrorCode(5)), "[Errno 5] Unknown resolver error"),
            (format!("{:?}", AddressInfoCode::EAI_ADDRFAMILY), "EAI_ADDRFAMILY"),
            (format!("{:?}", AddressInfoCode(-99)), "AddressInfoCode(-99)"),
            (format!("{:?}", HostErrorCode::NO_ADDRESS), "NO_DATA"),
        ] {
            assert_eq!(text, expected);
        }
    }
}
