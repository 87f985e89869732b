//! Errors that Python's module raises in words alone: an `OSError` whose `errno` is `None`.

/// What Python's `socket` module refuses by itself: an `OSError` with words and without a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// An address of a family that cannot be written down for a socket.
    BadFamily,
    /// A host's text is an address of another family than the socket's.
    FamilyMismatch,
    /// The path of a UNIX address is too long.
    PathTooLong,
    /// A name without a host stands for several addresses.
    WildcardAmbiguous,
    /// A lookup succeeded, and answered no address.
    EmptyAddressList,
    /// No interface has this name.
    InterfaceNotFound,
    /// No service has this name, or not over this protocol.
    ServiceNotFound,
    /// No service has this port, or not over this protocol.
    PortNotFound,
    /// No protocol has this name.
    ProtocolNotFound,
    /// A file of a socket is read again after a timeout, which may have lost data.
    TimedOutFile,
}

impl Refusal {
    /// Python's words.
    pub const fn description(self) -> &'static str {
        match self {
            Refusal::BadFamily => "bad family",
            Refusal::FamilyMismatch => "address family mismatched",
            Refusal::PathTooLong => "AF_UNIX path too long",
            Refusal::WildcardAmbiguous => "wildcard resolved to multiple address",
            Refusal::EmptyAddressList => "getaddrinfo returns an empty list",
            Refusal::InterfaceNotFound => "no interface with this name",
            Refusal::ServiceNotFound => "service/proto not found",
            Refusal::PortNotFound => "port/proto not found",
            Refusal::ProtocolNotFound => "protocol not found",
            Refusal::TimedOutFile => "cannot read from timed out object",
        }
    }
}
