//! The board's network device, as smoltcp's trait has one.
//!
//! smoltcp may answer a frame while it looks at it, so a received one is moved to a buffer of its
//! own, and the driver's is free for the answer.

use berkeley_smoltcp::Device;
use smoltcp::phy::{self, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// The longest frame.
const LONGEST_FRAME: usize = 1514;

/// How many frames the peer may send at a time. The LAN9118 has room for six.
const BURST: usize = 4;

/// A device of Berkeley's trait, Ethernet, and room for the frame that was received.
pub(crate) struct SmoltcpDevice<D> {
    device: D,
    received: [u8; LONGEST_FRAME],
}

/// A frame that was received.
pub(crate) struct ReceivedFrame<'a>(&'a [u8]);

/// Room for a frame to send.
pub(crate) struct Room<'a, D>(&'a mut D);

impl<D: Device> SmoltcpDevice<D> {
    /// This device.
    pub(crate) fn new(device: D) -> SmoltcpDevice<D> {
        SmoltcpDevice { device, received: [0; LONGEST_FRAME] }
    }

    /// Whether a frame could be sent: one of no bytes is not.
    fn has_room(&mut self) -> bool {
        self.device.transmit(&mut |_| 0)
    }
}

impl<D: Device> phy::Device for SmoltcpDevice<D> {
    type RxToken<'a>
        = ReceivedFrame<'a>
    where
        D: 'a;
    type TxToken<'a>
        = Room<'a, D>
    where
        D: 'a;

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = LONGEST_FRAME;
        capabilities.max_burst_size = Some(BURST);
        capabilities
    }

    fn receive(&mut self, _now: Instant) -> Option<(ReceivedFrame<'_>, Room<'_, D>)> {
        if !self.has_room() {
            return None;
        }
        let (received, mut length) = (&mut self.received, 0);
        let came = self.device.receive(&mut |frame| {
            if let Some(room) = received.get_mut(..frame.len()) {
                room.copy_from_slice(frame);
                length = frame.len();
            }
        });
        came.then_some((ReceivedFrame(&received[..length]), Room(&mut self.device)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Room<'_, D>> {
        self.has_room().then_some(Room(&mut self.device))
    }
}

impl phy::RxToken for ReceivedFrame<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, look: F) -> R {
        look(self.0)
    }
}

impl<D: Device> phy::TxToken for Room<'_, D> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let (mut write, mut result) = (Some(write), None);
        self.0.transmit(&mut |room| {
            result = write.take().map(|write| write(&mut room[..length]));
            length
        });
        result.expect("the device has said that there is room")
    }
}
