//! The halves of a connection. Source: `shutdown(2)`.

use super::open_number;

open_number! {
    /// Which half of a connection `shutdown()` ends.
    Shutdown(i32);
    /// No more receiving.
    RD = 0, "SHUT_RD";
    /// No more sending.
    WR = 1, "SHUT_WR";
    /// Neither.
    RDWR = 2, "SHUT_RDWR";
}

impl Shutdown {
    /// Whether this ends receiving.
    pub fn is_read(self) -> bool {
        self != Shutdown::WR
    }

    /// Whether this ends sending.
    pub fn is_write(self) -> bool {
        self != Shutdown::RD
    }
}
