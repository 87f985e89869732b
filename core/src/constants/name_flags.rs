//! The flags of `getaddrinfo()` and `getnameinfo()`, and how long the latter's answers can be.
//!
//! Sources: RFC 3493 sections 6.1 and 6.2, `getaddrinfo(3)`, `getnameinfo(3)`; the numbers are
//! glibc's.

use crate::numbers::flag_set;

flag_set! {
    /// What `getaddrinfo()` is to do, `AI_*`.
    AddressInfoFlags(u32);
    /// Without a host: the address to listen on instead of the one to connect to.
    PASSIVE = 0x1, "AI_PASSIVE";
    /// Ask for the host's canonical name too.
    CANONNAME = 0x2, "AI_CANONNAME";
    /// The host is an address: look nothing up.
    NUMERICHOST = 0x4, "AI_NUMERICHOST";
    /// For IPv6: IPv4 addresses as mapped ones when there are no others.
    V4MAPPED = 0x8, "AI_V4MAPPED";
    /// With [`AddressInfoFlags::V4MAPPED`]: the mapped ones even if there are others.
    ALL = 0x10, "AI_ALL";
    /// Only families of which this host has an address that is not the loopback's.
    ADDRCONFIG = 0x20, "AI_ADDRCONFIG";
    /// The service is a number: look nothing up.
    NUMERICSERV = 0x400, "AI_NUMERICSERV";
}

flag_set! {
    /// What `getnameinfo()` is to do, `NI_*`.
    NameInfoFlags(u32);
    /// The host as an address: look nothing up.
    NUMERICHOST = 0x1, "NI_NUMERICHOST";
    /// The service as a number: look nothing up.
    NUMERICSERV = 0x2, "NI_NUMERICSERV";
    /// Only the first part of the name for hosts of the own domain.
    NOFQDN = 0x4, "NI_NOFQDN";
    /// A host without a name is an error.
    NAMEREQD = 0x8, "NI_NAMEREQD";
    /// The service is one over datagrams.
    DGRAM = 0x10, "NI_DGRAM";
    /// An internationalised name in the form that people read.
    IDN = 0x20, "NI_IDN";
}

/// Room for every host name that `getnameinfo()` answers, with the zero byte after it.
pub const NI_MAXHOST: usize = 1025;

/// Room for every service name that `getnameinfo()` answers, with the zero byte after it.
pub const NI_MAXSERV: usize = 32;
