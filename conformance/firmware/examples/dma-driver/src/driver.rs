//! The driver: where it is in both rings, and the two verbs of a device.

use core::sync::atomic::Ordering;

use berkeley_smoltcp::HardwareAddress;
use berkeley_smoltcp::device::{Device, Medium};

use crate::descriptor::{CHECK_SEQUENCE, Cursor, Descriptor, LONGEST_FRAME, Ring, control, status};

/// What the driver does with the controller's registers, and with those of its PHY.
///
/// The handler of the controller's interrupt is the board's: it answers the interrupt, and kicks the
/// stack.
pub trait Controller {
    /// The address that the controller takes frames for.
    fn hardware_address(&self) -> HardwareAddress;

    /// Whether the PHY has a link.
    fn link_up(&self) -> bool;

    /// Tells the controller where the rings are (DMARDLAR, DMATDLAR), and starts it. It wraps around
    /// where a descriptor says so.
    fn start(&mut self, receive: &'static [Descriptor], send: &'static [Descriptor]);

    /// Tells the controller to look at its descriptors again: it stands still after it has met one
    /// that is not its own (DMARPDR, DMATPDR).
    fn demand(&mut self);
}

/// The device.
pub struct DmaDevice<C> {
    controller: C,
    receive: Cursor,
    send: Cursor,
}

impl<C: Controller> DmaDevice<C> {
    /// Starts the controller on these rings.
    pub fn start<const RECEIVE: usize, const SEND: usize>(
        mut controller: C,
        receive: &'static mut Ring<RECEIVE>,
        send: &'static mut Ring<SEND>,
    ) -> DmaDevice<C> {
        let (receive, send) = (receive.start_receiving(), send.start());
        controller.start(receive.ring, send.ring);
        DmaDevice { controller, receive, send }
    }

    /// The next descriptor of a ring if it is ours; the controller may only have to be told.
    fn ours(&mut self, cursor: Cursor) -> Option<&'static Descriptor> {
        let descriptor = cursor.descriptor()?;
        if descriptor.is_controllers() {
            self.controller.demand();
        }
        (!descriptor.is_controllers()).then_some(descriptor)
    }
}

impl<C: Controller> Device for DmaDevice<C> {
    fn medium(&self) -> Medium {
        Medium::Ethernet(self.controller.hardware_address())
    }

    fn mtu(&self) -> usize {
        1500
    }

    fn burst(&self) -> Option<usize> {
        Some(self.receive.ring.len())
    }

    fn link_up(&self) -> bool {
        self.controller.link_up()
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let Some(descriptor) = self.ours(self.receive) else { return false };
        let state = descriptor.status.load(Ordering::Relaxed);
        let length = (state >> status::LENGTH_SHIFT & 0x3fff) as usize;
        let is_good = state & (status::WHOLE | status::ERROR) == status::WHOLE;
        // SAFETY: the descriptor is ours, and the buffer is let go of before it is handed over.
        let buffer = unsafe { descriptor.buffer() };
        match buffer.get_mut(..length.saturating_sub(CHECK_SEQUENCE)) {
            Some(frame) if is_good => consume(frame),
            _ => consume(&mut []), // as lost as on the wire
        }
        descriptor.hand_over(status::OWN);
        self.receive.advance(self.receive.is_last());
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let Some(descriptor) = self.ours(self.send) else { return false };
        // SAFETY: the descriptor is ours, and the buffer is let go of before it is handed over.
        let buffer = unsafe { descriptor.buffer() };
        let length = fill(&mut buffer[..LONGEST_FRAME]).min(LONGEST_FRAME);
        if length > 0 {
            let is_last = self.send.is_last();
            let end = if is_last { status::SEND_END_OF_RING } else { 0 };
            descriptor.control.store(length as u32 & control::LENGTH, Ordering::Relaxed);
            descriptor.hand_over(status::OWN | status::SEND_WHOLE | end);
            self.send.advance(is_last);
            self.controller.demand();
        }
        true
    }
}
