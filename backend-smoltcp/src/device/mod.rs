//! Where frames come from and go to.
//!
//! [`Device`] is object safe and knows no type of the engine: a driver gives a frame to a closure,
//! or gives a closure the room for one. [`Loopback`] is the device without a wire.

mod loopback;

pub use loopback::Loopback;

use crate::network::HardwareAddress;

/// What a device carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Medium {
    /// Ethernet frames without the check sequence; the address is the device's own.
    Ethernet(HardwareAddress),
    /// IP packets: a tunnel, a serial line.
    Ip,
    /// IP packets that come back: traffic to the stack's own addresses goes here.
    Loopback,
}

/// What the stack may leave out because the device, or its medium, takes care of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Offloads {
    /// Received packets have had their checksums verified, or cannot have been damaged.
    pub receive_checksums: bool,
}

/// A network device.
///
/// An implementation for a ring of descriptors gives `receive` the oldest filled buffer and
/// `transmit` the next empty one, and never copies.
pub trait Device {
    /// What the device carries. Asked once, when the device is added to a stack.
    fn medium(&self) -> Medium;

    /// The longest IP packet in bytes, headers of the link not counted: 1500 on Ethernet. Asked
    /// once.
    fn mtu(&self) -> usize;

    /// What the device takes care of. Asked once.
    fn offloads(&self) -> Offloads {
        Offloads::default()
    }

    /// Whether the link is up. Asked when the device is added, and whenever the stack has nothing
    /// else to do: a driver that learns of a change by an interrupt kicks.
    fn link_up(&self) -> bool {
        true
    }

    /// Gives the oldest received frame to `consume`, exactly once, and says whether there was one.
    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool;

    /// Gives room for one frame, as long as the longest, to `fill`, which says how many bytes it
    /// has written: they are sent, and 0 sends nothing. False, without calling `fill`, when there
    /// is no room now.
    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool;
}
