//! A machine with the echo server on it, of which nothing is seen but its wire, and whose time stands still
//! unless it is let pass.

use std::string::String;
use std::vec::Vec;

use berkeley::Instant;

/// What a machine has sent, oldest first.
pub(crate) type Frames = Vec<Vec<u8>>;

/// A machine with the server.
pub(crate) trait Machine {
    /// What its clock says.
    fn now(&self) -> Instant;

    /// When it wants to go on by itself.
    fn next_event(&self) -> Instant;

    /// Puts a frame on its wire, and lets it work until it has nothing to do: what it says.
    ///
    /// # Errors
    ///
    /// When it comes to no rest, or has ended.
    fn give(&mut self, frame: &[u8]) -> Result<Frames, String>;

    /// Sets its clock to this time, not before now, and lets it work until it has nothing to do.
    ///
    /// # Errors
    ///
    /// When it comes to no rest, or has ended.
    fn wake_at(&mut self, time: Instant) -> Result<Frames, String>;
}
