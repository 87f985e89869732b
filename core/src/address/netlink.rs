//! Addresses of Linux's kernel messages. Source: `netlink(7)`.

use core::fmt;

use crate::Address;

/// The address of a NETLINK socket, Python's `(pid, groups)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct NetlinkAddress {
    /// The port: 0 is the kernel, and, in `bind`, whatever the kernel chooses. For the first socket
    /// of a process that is its process number.
    pub pid: u32,
    /// The groups to receive from or to send to, a bit for each.
    pub groups: u32,
}

impl NetlinkAddress {
    /// The address of this port and these groups.
    #[must_use]
    pub const fn new(pid: u32, groups: u32) -> NetlinkAddress {
        NetlinkAddress { pid, groups }
    }
}

impl From<NetlinkAddress> for Address {
    fn from(address: NetlinkAddress) -> Address {
        Address::Netlink(address)
    }
}

/// As Python prints the tuple: `(1234, 0)`.
impl fmt::Display for NetlinkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.pid, self.groups)
    }
}

impl fmt::Debug for NetlinkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
