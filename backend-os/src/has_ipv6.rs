//! Whether this backend can speak IPv6 at all.

use crate::sys;

/// Whether IPv6 was built in, which it always is on Linux: Python's `socket.has_ipv6`.
///
/// It says nothing about the host. A kernel may have been built or started without IPv6, and then
/// making a socket fails with `EAFNOSUPPORT`; it may have no address but the loopback's, and then
/// connecting fails. So the answer of a socket counts.
///
/// Source: Python manual, "constant socket.has_ipv6".
///
/// ```
/// assert!(berkeley_os::has_ipv6());
/// ```
#[must_use]
pub const fn has_ipv6() -> bool {
    sys::HAS_IPV6
}
