//! Descriptors, and rings of them, in memory that the program and the controller share.

use core::cell::UnsafeCell;
use core::ptr;
use core::slice;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// The longest frame without its check sequence.
pub(crate) const LONGEST_FRAME: usize = 1514;
/// Bytes of the check sequence behind a received frame.
pub(crate) const CHECK_SEQUENCE: usize = 4;
/// Bytes of a buffer: a frame with its check sequence, and whole words.
const BUFFER: usize = 1520;

/// Bits of [`Descriptor::status`]; where two numbers differ, the second one is the transmitter's.
pub(crate) mod status {
    /// The descriptor and its buffer are the controller's.
    pub(crate) const OWN: u32 = 1 << 31;
    /// Received: something is wrong with the frame.
    pub(crate) const ERROR: u32 = 1 << 15;
    /// Received: the buffer has the beginning, and the end of a frame.
    pub(crate) const WHOLE: u32 = 1 << 9 | 1 << 8;
    /// Received: where the frame's length begins; it has 14 bits, and counts the check sequence.
    pub(crate) const LENGTH_SHIFT: u32 = 16;
    /// To be sent: the buffer has the beginning, and the end of a frame.
    pub(crate) const SEND_WHOLE: u32 = 1 << 29 | 1 << 28;
    /// To be sent: the next descriptor is the first one of the ring.
    pub(crate) const SEND_END_OF_RING: u32 = 1 << 21;
}

/// Bits of [`Descriptor::control`].
pub(crate) mod control {
    /// Received: the next descriptor is the first one of the ring.
    pub(crate) const END_OF_RING: u32 = 1 << 15;
    /// How many bytes the buffer has; to be sent, how many of them are the frame.
    pub(crate) const LENGTH: u32 = 0x1fff;
}

/// One descriptor, as the controller reads and writes it.
#[repr(C)]
#[derive(Debug)]
pub struct Descriptor {
    pub(crate) status: AtomicU32,
    pub(crate) control: AtomicU32,
    buffer: AtomicPtr<u8>,
    unused: u32,
}

impl Descriptor {
    const fn new() -> Descriptor {
        Descriptor {
            status: AtomicU32::new(0),
            control: AtomicU32::new(0),
            buffer: AtomicPtr::new(ptr::null_mut()),
            unused: 0,
        }
    }

    /// Whether it is the controller's. What the other side wrote before it handed it over is seen.
    pub(crate) fn is_controllers(&self) -> bool {
        self.status.load(Ordering::Acquire) & status::OWN != 0
    }

    /// Hands it over. What was written before is seen by the other side: on a processor that
    /// reorders writes to memory this is a barrier, and where there is a cache between the two, the
    /// buffer is to be cleaned or invalidated here.
    pub(crate) fn hand_over(&self, status: u32) {
        self.status.store(status, Ordering::Release);
    }

    /// The buffer.
    ///
    /// # Safety
    ///
    /// The caller is on the side that owns the descriptor, and lets go of the buffer before it hands
    /// it over or asks for it again.
    pub(crate) unsafe fn buffer(&self) -> &'static mut [u8] {
        // SAFETY: `Ring::start` has written the address of so many bytes, which are static; nobody
        // else has a reference to them, as the caller promises.
        unsafe { slice::from_raw_parts_mut(self.buffer.load(Ordering::Relaxed), BUFFER) }
    }
}

/// A ring of descriptors with their buffers. A `static` of it is in RAM that the controller reaches,
/// which on some chips is not all of it.
pub struct Ring<const LENGTH: usize> {
    descriptors: [Descriptor; LENGTH],
    buffers: [Buffer; LENGTH],
}

#[repr(C, align(4))]
struct Buffer(UnsafeCell<[u8; BUFFER]>);

// SAFETY: a buffer is used by the side that owns its descriptor, one at a time.
unsafe impl Sync for Buffer {}

impl<const LENGTH: usize> Ring<LENGTH> {
    /// A ring that is not used yet.
    #[expect(clippy::new_without_default, reason = "a constant for a static")]
    pub const fn new() -> Ring<LENGTH> {
        const { assert!(LENGTH > 0, "a ring has descriptors") };
        Ring {
            descriptors: [const { Descriptor::new() }; LENGTH],
            buffers: [const { Buffer(UnsafeCell::new([0; BUFFER])) }; LENGTH],
        }
    }

    /// Gives each descriptor its buffer, and hands all of them to the controller for receiving.
    pub(crate) fn start_receiving(&'static mut self) -> Cursor {
        let cursor = self.start();
        for (place, descriptor) in cursor.ring.iter().enumerate() {
            let end = if place + 1 == LENGTH { control::END_OF_RING } else { 0 };
            descriptor.control.store(BUFFER as u32 | end, Ordering::Relaxed);
            descriptor.hand_over(status::OWN);
        }
        cursor
    }

    /// Gives each descriptor its buffer.
    pub(crate) fn start(&'static mut self) -> Cursor {
        let Ring { descriptors, buffers } = self;
        for (descriptor, buffer) in descriptors.iter().zip(buffers) {
            descriptor.buffer.store(buffer.0.get().cast(), Ordering::Relaxed);
        }
        Cursor { ring: descriptors, place: 0 }
    }
}

/// Where one of the two sides is in a ring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    pub(crate) ring: &'static [Descriptor],
    place: usize,
}

impl Cursor {
    /// The first descriptor of a ring.
    pub(crate) fn at_start(ring: &'static [Descriptor]) -> Cursor {
        Cursor { ring, place: 0 }
    }

    pub(crate) fn descriptor(&self) -> Option<&'static Descriptor> {
        self.ring.get(self.place)
    }

    pub(crate) fn is_last(&self) -> bool {
        self.place + 1 == self.ring.len()
    }

    /// Goes to the next one, which at the end is the first.
    pub(crate) fn advance(&mut self, is_end: bool) {
        self.place = if is_end { 0 } else { self.place + 1 };
    }
}
