//! Where frames come from and go to: what to read before writing a driver.
//!
//! # Writing a driver
//!
//! A [`Device`] has two verbs. [`Device::receive`] gives the oldest frame to a closure, where it lies;
//! [`Device::transmit`] gives a closure the room for one, where it will be sent from. So a driver for a
//! ring of DMA descriptors never copies. Four questions are asked once, when the device is added to a
//! stack: what it carries ([`Medium`]), how much, what it verifies by itself ([`Offloads`]), and
//! whether its link is up, which is asked again later.
//!
//! Neither verb may wait. Who waits is the stack, in [`Platform::park`](crate::Platform::park), and what
//! ends that is [`Platform::kick`](crate::Platform::kick): an interrupt handler needs to do no more. The
//! stack then asks for frames until there are none. A device that has something to do at a certain
//! time, without any interrupt, says when ([`Device::next_event`]).
//!
//! Both verbs are called with the stack's lock held: a device must not call the stack, and the closures
//! do not call the device. An error of the hardware is a frame that is lost, as on any wire.
//!
//! ```
//! use berkeley_smoltcp::HardwareAddress;
//! use berkeley_smoltcp::device::{Device, Medium};
//!
//! /// What the hardware has: one buffer each way.
//! struct Mac {
//!     received: Option<usize>,
//!     sending: bool,
//!     buffers: [[u8; 1514]; 2],
//! }
//!
//! impl Device for Mac {
//!     fn medium(&self) -> Medium {
//!         Medium::Ethernet(HardwareAddress([0x02, 0, 0, 0, 0, 7]))
//!     }
//!
//!     fn mtu(&self) -> usize {
//!         1500 // and 14 bytes of Ethernet header before it
//!     }
//!
//!     fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
//!         let Some(length) = self.received.take() else { return false };
//!         consume(&mut self.buffers[0][..length]);
//!         true // and here the buffer is given back to the hardware
//!     }
//!
//!     fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
//!         if self.sending {
//!             return false;
//!         }
//!         let length = fill(&mut self.buffers[1]);
//!         self.sending = length > 0; // and here the hardware is told to send so many bytes
//!         true
//!     }
//! }
//! ```
//!
//! # What is there
//!
//! | device | what |
//! | --- | --- |
//! | [`Loopback`] | no wire: what is sent is received |
//! | [`Cable`] | two devices of one program, connected to each other |
//! | `host::TapDevice`, `host::TunDevice` | an interface of the host whose other end is the stack (`std`) |
//! | `host::PacketDevice` | an interface that the host has already, through a PACKET socket (`std`) |
//! | `simulation::LinkEnd` | a link in virtual time (`std`) |
//! | `PhyDevice` | whatever is a device for smoltcp (feature `phy`) |
//!
//! and around any of them
//!
//! | wrapper | what |
//! | --- | --- |
//! | [`FaultInjector`] | loses, doubles, damages, delays frames and makes the way narrow, by a seed |
//! | [`Capture`] | writes what passes as a *pcap* file |

mod cable;
mod capture;
mod faults;
mod injector;
mod loopback;
#[cfg(phy)]
mod phy;

pub use cable::{Cable, CableEnd};
pub use capture::Capture;
pub use faults::{Fate, FaultRates, Random};
pub use injector::{FaultInjector, Faults, LateFrame};
pub use loopback::Loopback;
#[cfg(phy)]
pub use phy::PhyDevice;

use berkeley::Instant;

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
/// It receives the frames to its own hardware address and those to all groups of stations: which of
/// them are wanted, the stack sees for itself.
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

    /// How many frames of full length it has room for until they are fetched, where others are lost:
    /// the peer of a connection is told of no larger window than these make, whatever the buffer. Fewer
    /// where several connections are to be busy at a time; 0 counts as 1. `None` for plenty, and for a
    /// medium that waits. Asked once.
    fn burst(&self) -> Option<usize> {
        None
    }

    /// Whether the link is up. Asked when the device is added, and whenever the stack has nothing
    /// else to do: a driver that learns of a change by an interrupt kicks.
    fn link_up(&self) -> bool {
        true
    }

    /// When the device wants to be looked at although no frame has come: one that holds frames back
    /// for some time. Hardware kicks instead, and leaves this as it is.
    fn next_event(&self) -> Option<Instant> {
        None
    }

    /// Gives the oldest received frame to `consume`, exactly once, and says whether there was one.
    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool;

    /// Gives room for one frame, as long as the longest, to `fill`, which says how many bytes it
    /// has written: they are sent, and 0 sends nothing. False, without calling `fill`, when there
    /// is no room now.
    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool;
}
