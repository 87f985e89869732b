//! Addresses between a virtual machine and its host. Source: `vsock(7)`.

use core::fmt;

use crate::Address;

/// The address of a VSOCK socket, Python's `(CID, port)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VsockAddress {
    /// Which machine: [`VMADDR_CID_HOST`](crate::constants::VMADDR_CID_HOST), 1 for this one, or
    /// [`VMADDR_CID_ANY`](crate::constants::VMADDR_CID_ANY) in `bind`.
    pub cid: u32,
    /// The port; with [`VMADDR_PORT_ANY`](crate::constants::VMADDR_PORT_ANY) the host chooses.
    pub port: u32,
}

impl VsockAddress {
    /// The address of this machine and port.
    #[must_use]
    pub const fn new(cid: u32, port: u32) -> VsockAddress {
        VsockAddress { cid, port }
    }
}

impl From<VsockAddress> for Address {
    fn from(address: VsockAddress) -> Address {
        Address::Vsock(address)
    }
}

/// As Python prints the tuple: `(2, 1024)`.
impl fmt::Display for VsockAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.cid, self.port)
    }
}

impl fmt::Debug for VsockAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
