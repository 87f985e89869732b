//! Devices that were written for smoltcp.
//!
//! The one place where a type of smoltcp is part of the public API, behind the feature `phy`.

use berkeley::{Errno, Error, Instant};
use managed::ManagedSlice;
use smoltcp::phy::{self, RxToken as _, TxToken as _};
use smoltcp::time::Instant as PhyInstant;

use super::{Device, Medium, Offloads};
use crate::network::HardwareAddress;
use crate::network::ethernet::HEADER_LENGTH;

/// A [`smoltcp::phy::Device`] as a device of a stack.
///
/// It costs a copy of each frame: a token of smoltcp wants to know the length before the frame is
/// written, and gives a received one only to be read.
pub struct PhyDevice<'a, D, N> {
    device: D,
    now: N,
    medium: Medium,
    mtu: usize,
    burst: Option<usize>,
    offloads: Offloads,
    frame: ManagedSlice<'a, u8>,
}

impl<'a, D: phy::Device, N: Fn() -> Instant> PhyDevice<'a, D, N> {
    /// Adapts a device. `address` is the stack's own on Ethernet, and nothing elsewhere; `now` the
    /// clock of the stack's platform; `frame` room for the longest frame, which bounds the MTU.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` for a medium that this stack does not have.
    pub fn new(
        device: D,
        address: HardwareAddress,
        now: N,
        frame: impl Into<ManagedSlice<'a, u8>>,
    ) -> Result<PhyDevice<'a, D, N>, Error> {
        let (frame, capabilities) = (frame.into(), device.capabilities());
        // What another part of the program makes of smoltcp may have more media.
        #[allow(unreachable_patterns, reason = "as many media as features of smoltcp are on")]
        let (medium, header) = match capabilities.medium {
            phy::Medium::Ethernet => (Medium::Ethernet(address), HEADER_LENGTH),
            phy::Medium::Ip => (Medium::Ip, 0),
            _ => return Err(Errno::EOPNOTSUPP.into()),
        };
        let longest = capabilities.max_transmission_unit.min(frame.len());
        let mtu = longest.saturating_sub(header);
        let checksums = &capabilities.checksum;
        let receive_checksums =
            ![&checksums.ipv4, &checksums.tcp, &checksums.udp].into_iter().any(phy::Checksum::rx);
        let (burst, offloads) = (capabilities.max_burst_size, Offloads { receive_checksums });
        Ok(PhyDevice { device, now, medium, mtu, burst, offloads, frame })
    }

    /// The device.
    pub fn into_inner(self) -> D {
        self.device
    }
}

fn phy_time(now: Instant) -> PhyInstant {
    let since = now.saturating_duration_since(Instant::ZERO).as_micros();
    PhyInstant::from_micros(i64::try_from(since).unwrap_or(i64::MAX))
}

impl<D: phy::Device, N: Fn() -> Instant> Device for PhyDevice<'_, D, N> {
    fn medium(&self) -> Medium {
        self.medium
    }

    fn mtu(&self) -> usize {
        self.mtu
    }

    fn offloads(&self) -> Offloads {
        self.offloads
    }

    fn burst(&self) -> Option<usize> {
        self.burst
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let Some((token, _)) = self.device.receive(phy_time((self.now)())) else { return false };
        let frame = &mut self.frame;
        token.consume(|bytes| {
            // A frame that is longer than any may be is cut, and found malformed.
            let length = bytes.len().min(frame.len());
            frame[..length].copy_from_slice(&bytes[..length]);
            consume(&mut frame[..length]);
        });
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let Some(token) = self.device.transmit(phy_time((self.now)())) else { return false };
        let length = fill(&mut self.frame).min(self.frame.len());
        if length > 0 {
            token.consume(length, |room| room.copy_from_slice(&self.frame[..length]));
        }
        true
    }
}
