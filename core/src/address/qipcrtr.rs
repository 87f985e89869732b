//! Addresses of Qualcomm's router between processors. Source: `linux/qrtr.h`.

use core::fmt;

use crate::Address;

/// The address of a QIPCRTR socket, Python's `(node, port)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct QipcrtrAddress {
    /// The processor.
    pub node: u32,
    /// The port on it.
    pub port: u32,
}

impl QipcrtrAddress {
    /// The address of this processor and port.
    #[must_use]
    pub const fn new(node: u32, port: u32) -> QipcrtrAddress {
        QipcrtrAddress { node, port }
    }
}

impl From<QipcrtrAddress> for Address {
    fn from(address: QipcrtrAddress) -> Address {
        Address::Qipcrtr(address)
    }
}

/// As Python prints the tuple: `(1, 16384)`.
impl fmt::Display for QipcrtrAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.node, self.port)
    }
}

impl fmt::Debug for QipcrtrAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
