//! An Ethernet without a wire: queues of frames in memory, as a device of the userspace stack and as
//! one of smoltcp, so that both do the same work below.
//!
//! Nothing is allocated once a queue exists, and frames are written and read in place. A lock is taken
//! for each, because a device has to be one that may be given to another thread.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berkeley::Instant;
use berkeley_smoltcp::device::{Device, Medium};
use berkeley_smoltcp::{HardwareAddress, Platform};
use smoltcp::phy::{self, DeviceCapabilities};

/// The longest IP packet.
pub const MTU: usize = 1500;
/// The longest frame: with the header of Ethernet.
pub const FRAME: usize = MTU + 14;

/// A clock that moves when told, and the platform of the stacks that go by it.
#[derive(Clone, Debug, Default)]
pub struct Clock(Rc<(Cell<u64>, Cell<u32>)>);

impl Clock {
    /// Lets time pass.
    pub fn advance(&self, nanoseconds: u64) {
        self.0.0.set(self.0.0.get() + nanoseconds);
    }

    /// The time, for smoltcp.
    #[must_use]
    pub fn smoltcp(&self) -> smoltcp::time::Instant {
        smoltcp::time::Instant::from_micros((self.0.0.get() / 1000) as i64)
    }
}

impl Platform for Clock {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.0.0.get())
    }

    fn seq(&self) -> u32 {
        self.0.1.get()
    }

    /// # Panics
    ///
    /// Always: whoever measures work has none that waits.
    fn park(&self, _seen: u32, _until: Option<Instant>) {
        panic!("a measurement waits");
    }

    fn kick(&self) {
        self.0.1.set(self.0.1.get().wrapping_add(1));
    }

    /// Always the same, so that the instructions are.
    fn entropy(&self, bytes: &mut [u8]) {
        for (number, byte) in (1..).zip(bytes) {
            *byte = number;
        }
    }
}

/// Frames on their way in one direction.
pub(crate) struct Queue {
    frames: Box<[(usize, [u8; FRAME])]>,
    first: usize,
    count: usize,
}

impl Queue {
    fn new(room: usize) -> Queue {
        Queue { frames: vec![(0, [0; FRAME]); room].into(), first: 0, count: 0 }
    }

    /// The oldest frame, which is gone then.
    fn pop(&mut self) -> Option<&mut [u8]> {
        if self.count == 0 {
            return None;
        }
        let oldest = self.first;
        self.first = (oldest + 1) % self.frames.len();
        self.count -= 1;
        let (length, frame) = &mut self.frames[oldest];
        Some(&mut frame[..*length])
    }

    /// Gives room for one more frame to `fill`, which says how long it is.
    fn push(&mut self, fill: impl FnOnce(&mut [u8]) -> usize) {
        let (length, frame) = self.next();
        *length = fill(frame);
        let written = *length > 0;
        self.count += usize::from(written);
    }

    /// The place for one more frame, and for its length.
    fn next(&mut self) -> &mut (usize, [u8; FRAME]) {
        let next = (self.first + self.count) % self.frames.len();
        &mut self.frames[next]
    }

    fn has_room(&self) -> bool {
        self.count < self.frames.len()
    }
}

/// One end of a cable.
pub struct Port {
    incoming: Arc<Mutex<Queue>>,
    outgoing: Arc<Mutex<Queue>>,
    address: HardwareAddress,
}

impl Port {
    /// The two ends of a new cable, with these addresses, on which so many frames have room in each
    /// direction.
    #[must_use]
    pub fn pair(addresses: [HardwareAddress; 2], room: usize) -> (Port, Port) {
        let [one, other] = [room; 2].map(|room| Arc::new(Mutex::new(Queue::new(room))));
        let [address, other_address] = addresses;
        let first = Port { incoming: Arc::clone(&one), outgoing: Arc::clone(&other), address };
        (first, Port { incoming: other, outgoing: one, address: other_address })
    }

    /// This end's address.
    #[must_use]
    pub fn address(&self) -> HardwareAddress {
        self.address
    }

    /// Gives the oldest frame to `consume`, if there is one.
    pub fn receive<R>(&self, consume: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        locked(&self.incoming).pop().map(consume)
    }

    /// Gives room for a frame to `fill`, which says how long it is; false without room.
    pub fn transmit(&self, fill: impl FnOnce(&mut [u8]) -> usize) -> bool {
        let mut outgoing = locked(&self.outgoing);
        let room = outgoing.has_room();
        if room {
            outgoing.push(fill);
        }
        room
    }

    fn room(&self) -> Option<Room<'_>> {
        let outgoing = locked(&self.outgoing);
        outgoing.has_room().then_some(Room(outgoing))
    }
}

impl Device for Port {
    fn medium(&self) -> Medium {
        Medium::Ethernet(self.address)
    }

    fn mtu(&self) -> usize {
        MTU
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        Port::receive(self, consume).is_some()
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        Port::transmit(self, fill)
    }
}

impl phy::Device for Port {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, _: smoltcp::time::Instant) -> Option<(Received<'_>, Room<'_>)> {
        let incoming = locked(&self.incoming);
        if incoming.count == 0 {
            return None;
        }
        Some((Received(incoming), self.room()?))
    }

    fn transmit(&mut self, _: smoltcp::time::Instant) -> Option<Room<'_>> {
        self.room()
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = phy::Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        capabilities
    }
}

/// A frame that has arrived, as smoltcp takes it.
#[derive(Debug)]
pub struct Received<'a>(MutexGuard<'a, Queue>);

impl phy::RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(mut self, consume: F) -> R {
        consume(self.0.pop().unwrap_or_default())
    }
}

/// Room for a frame, as smoltcp takes it.
#[derive(Debug)]
pub struct Room<'a>(MutexGuard<'a, Queue>);

impl phy::TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, length: usize, fill: F) -> R {
        let (room, frame) = self.0.next();
        *room = length;
        let filled = fill(&mut frame[..length]);
        self.0.count += 1;
        filled
    }
}

fn locked(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Port").field("address", &self.address).finish_non_exhaustive()
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("count", &self.count).finish_non_exhaustive()
    }
}
