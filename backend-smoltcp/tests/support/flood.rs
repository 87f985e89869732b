//! Machines and devices that never come to rest.

use super::*;

/// A machine whose clock moves by a microsecond each time it is read, and which never sleeps.
pub struct Busy(Cell<u64>);

impl Busy {
    pub fn new() -> Busy {
        Busy(Cell::new(0))
    }
}

impl Platform for Busy {
    fn now(&self) -> Instant {
        self.0.set(self.0.get() + 1);
        Instant::from_micros(self.0.get())
    }

    fn seq(&self) -> u32 {
        0
    }

    fn park(&self, _seen: u32, _until: Option<Instant>) {
        panic!("there is always a frame to work off");
    }

    fn kick(&self) {}

    fn entropy(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// A device that always has another frame, which is of no use to anybody.
pub struct Flood;

impl Device for Flood {
    fn medium(&self) -> Medium {
        Medium::Ip
    }

    fn mtu(&self) -> usize {
        1500
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        consume(&mut [0; 60]);
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        fill(&mut [0; 1500]);
        true
    }
}
