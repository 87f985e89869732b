//! A link that can be cut.

use core::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Cuts a link, at both of its ends when they have the same switch.
#[derive(Clone, Default)]
pub struct Switch(Arc<AtomicBool>);

impl Switch {
    pub fn set(&self, up: bool) {
        self.0.store(!up, Ordering::SeqCst);
    }
}

/// A device whose link is up as long as its switch says so; what is on its way is lost.
pub struct Switched<D>(pub D, pub Switch);

impl<D: Device> Device for Switched<D> {
    fn medium(&self) -> Medium {
        self.0.medium()
    }

    fn mtu(&self) -> usize {
        self.0.mtu()
    }

    fn link_up(&self) -> bool {
        !self.1.0.load(Ordering::SeqCst)
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        if self.link_up() {
            return self.0.receive(consume);
        }
        while self.0.receive(&mut |_| ()) {}
        false
    }

    /// As a driver without a carrier: there is never room.
    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        self.link_up() && self.0.transmit(fill)
    }
}
