//! A loopback device of smoltcp's trait, in fixed memory: packets are written and read in place, and their
//! checksums are neither needed nor looked at, as with Berkeley's.

use core::cell::{Cell, RefCell};

use smoltcp::phy::{self, ChecksumCapabilities, DeviceCapabilities, Medium};
use smoltcp::time::Instant;
use transfer::{MTU, PACKETS};

/// The memory of a loopback.
pub(crate) struct Ring {
    packets: [RefCell<(usize, [u8; MTU])>; PACKETS],
    first: Cell<usize>,
    count: Cell<usize>,
}

impl Ring {
    /// Without packets.
    pub(crate) const fn new() -> Ring {
        Ring {
            packets: [const { RefCell::new((0, [0; MTU])) }; PACKETS],
            first: Cell::new(0),
            count: Cell::new(0),
        }
    }
}

/// What is sent is received.
pub(crate) struct Loopback<'r>(pub(crate) &'r Ring);

/// The oldest packet.
pub(crate) struct Oldest<'r>(&'r Ring);

/// Room for one more.
pub(crate) struct Room<'r>(&'r Ring);

impl phy::Device for Loopback<'_> {
    type RxToken<'a>
        = Oldest<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Room<'a>
    where
        Self: 'a;

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = MTU;
        capabilities.checksum = ChecksumCapabilities::ignored();
        capabilities
    }

    fn receive(&mut self, now: Instant) -> Option<(Oldest<'_>, Room<'_>)> {
        if self.0.count.get() == 0 {
            return None;
        }
        self.transmit(now).is_some().then_some((Oldest(self.0), Room(self.0)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Room<'_>> {
        (self.0.count.get() < PACKETS).then_some(Room(self.0))
    }
}

impl phy::RxToken for Oldest<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, look: F) -> R {
        let Ring { packets, first, count } = self.0;
        let packet = packets[first.get()].borrow();
        let result = look(&packet.1[..packet.0]);
        first.set(next(first.get()));
        count.set(count.get() - 1);
        result
    }
}

impl phy::TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let Ring { packets, first, count } = self.0;
        let mut place = first.get() + count.get();
        if place >= PACKETS {
            place -= PACKETS;
        }
        let mut packet = packets[place].borrow_mut();
        packet.0 = length;
        let result = write(&mut packet.1[..length]);
        count.set(count.get() + 1);
        result
    }
}

fn next(place: usize) -> usize {
    if place + 1 == PACKETS { 0 } else { place + 1 }
}
