//! The controller, simulated: it does with descriptors and buffers what the hardware would, when the
//! driver tells it to look at them. Its wire is another device.

use core::sync::atomic::Ordering;

use berkeley_smoltcp::HardwareAddress;
use berkeley_smoltcp::device::{Device, Medium};

use crate::Controller;
use crate::descriptor::{CHECK_SEQUENCE, Cursor, Descriptor, control, status};

/// A controller whose frames go to, and come from, this device.
pub struct SimulatedMac<W> {
    wire: W,
    rings: Option<(Cursor, Cursor)>,
}

impl<W: Device> SimulatedMac<W> {
    /// A controller that was not started yet.
    pub const fn new(wire: W) -> SimulatedMac<W> {
        SimulatedMac { wire, rings: None }
    }
}

impl<W: Device> Controller for SimulatedMac<W> {
    fn hardware_address(&self) -> HardwareAddress {
        match self.wire.medium() {
            Medium::Ethernet(address) => address,
            _ => HardwareAddress([0x02, 0, 0, 0, 0, 1]),
        }
    }

    fn link_up(&self) -> bool {
        self.wire.link_up()
    }

    fn start(&mut self, receive: &'static [Descriptor], send: &'static [Descriptor]) {
        self.rings = Some((Cursor::at_start(receive), Cursor::at_start(send)));
    }

    fn demand(&mut self) {
        let Some((receive, send)) = &mut self.rings else { return };
        while let Some(descriptor) = send.descriptor()
            && descriptor.is_controllers()
        {
            let state = descriptor.status.load(Ordering::Relaxed);
            if !send_one(&mut self.wire, descriptor) {
                break;
            }
            send.advance(state & status::SEND_END_OF_RING != 0);
        }
        while let Some(descriptor) = receive.descriptor()
            && descriptor.is_controllers()
            && receive_one(&mut self.wire, descriptor)
        {
            let state = descriptor.control.load(Ordering::Relaxed);
            receive.advance(state & control::END_OF_RING != 0);
        }
    }
}

/// Sends the frame of a descriptor and gives it back; false while the wire is busy.
fn send_one(wire: &mut impl Device, descriptor: &Descriptor) -> bool {
    let length = (descriptor.control.load(Ordering::Relaxed) & control::LENGTH) as usize;
    // SAFETY: the descriptor is the controller's, and the buffer is let go of before it is given
    // back.
    let buffer = unsafe { descriptor.buffer() };
    let sent = wire.transmit(&mut |room| match (room.get_mut(..length), buffer.get(..length)) {
        (Some(room), Some(frame)) => {
            room.copy_from_slice(frame);
            length
        }
        _ => 0,
    });
    if sent {
        descriptor.hand_over(0);
    }
    sent
}

/// Receives a frame into the buffer of a descriptor and gives it back; false when none has come.
fn receive_one(wire: &mut impl Device, descriptor: &Descriptor) -> bool {
    // SAFETY: the descriptor is the controller's, and the buffer is let go of before it is given
    // back.
    let buffer = unsafe { descriptor.buffer() };
    let mut state = 0;
    let received = wire.receive(&mut |frame| {
        let length = frame.len() + CHECK_SEQUENCE;
        let (fits, error) = match buffer.get_mut(..frame.len()) {
            Some(room) => {
                room.copy_from_slice(frame);
                (length, 0)
            }
            None => (0, status::ERROR),
        };
        state = status::WHOLE | error | (fits as u32) << status::LENGTH_SHIFT;
    });
    if received {
        descriptor.hand_over(state);
    }
    received
}
