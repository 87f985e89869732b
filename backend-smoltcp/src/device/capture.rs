//! A device whose frames are written down, for Wireshark and tcpdump.

use core::time::Duration;

use berkeley::Instant;

use super::{Device, Medium, Offloads};

/// The longest part of a frame that is written unless less is wanted (tcpdump's default).
const WHOLE: u32 = 262_144;

/// A device that writes each frame, received or sent, as a record of a *pcap* file.
///
/// The bytes are given to `write` as they come: the header of the file first, then the records. What
/// `write` does with them is its own affair: a file, a serial line, a buffer in RAM. It is called with
/// the stack's lock held, so it must not call the stack.
///
/// `now` says the time of a record: any clock that starts at the UNIX epoch is shown as date and
/// time, that of the stack's platform as time since its start.
///
/// ```
/// use berkeley_smoltcp::device::{Capture, Loopback};
///
/// let mut file = Vec::new();
/// # let mut memory = [0; 8192];
/// # let (now, device) = (|| berkeley::Instant::ZERO, Loopback::new(&mut memory[..], 1500));
/// let device = Capture::new(device, now, |bytes: &[u8]| file.extend_from_slice(bytes));
/// ```
///
/// Source: draft-ietf-opsawg-pcap, with times in nanoseconds and numbers little-endian.
pub struct Capture<D, N, W> {
    device: D,
    now: N,
    write: W,
    most: u32,
}

impl<D: Device, N: Fn() -> Instant, W: FnMut(&[u8])> Capture<D, N, W> {
    /// Wraps a device, and writes the header of the file.
    pub fn new(device: D, now: N, write: W) -> Capture<D, N, W> {
        Capture::cut(device, now, write, WHOLE)
    }

    /// The same with no more than so many bytes of each frame.
    pub fn cut(device: D, now: N, mut write: W, most: u32) -> Capture<D, N, W> {
        /// With nanoseconds; microseconds have another one.
        const MAGIC: u32 = 0xA1B2_3C4D;
        /// `LINKTYPE_ETHERNET` and `LINKTYPE_RAW`, which is packets of IPv4 and IPv6.
        const LINK_TYPES: (u32, u32) = (1, 101);
        let link_type = match device.medium() {
            Medium::Ethernet(_) => LINK_TYPES.0,
            Medium::Ip | Medium::Loopback => LINK_TYPES.1,
        };
        // Version 2.4; the zone and the accuracy are always 0.
        let version = u32::from_le_bytes([2, 0, 4, 0]);
        for number in [MAGIC, version, 0, 0, most, link_type] {
            write(&number.to_le_bytes());
        }
        Capture { device, now, write, most }
    }

    /// The device, and what has written.
    pub fn into_parts(self) -> (D, W) {
        (self.device, self.write)
    }
}

/// Writes a record.
fn record(frame: &[u8], time: Instant, most: u32, write: &mut impl FnMut(&[u8])) {
    let since: Duration = time.saturating_duration_since(Instant::ZERO);
    // The format has 32 bits for each.
    let (seconds, length) = (since.as_secs() as u32, frame.len() as u32);
    let kept = length.min(most);
    let mut header = [0; 16];
    let numbers = [seconds, since.subsec_nanos(), kept, length];
    for (place, number) in header.chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    write(&header);
    write(&frame[..kept as usize]);
}

impl<D: Device, N: Fn() -> Instant, W: FnMut(&[u8])> Device for Capture<D, N, W> {
    fn medium(&self) -> Medium {
        self.device.medium()
    }

    fn mtu(&self) -> usize {
        self.device.mtu()
    }

    fn offloads(&self) -> Offloads {
        self.device.offloads()
    }

    fn burst(&self) -> Option<usize> {
        self.device.burst()
    }

    fn link_up(&self) -> bool {
        self.device.link_up()
    }

    fn next_event(&self) -> Option<Instant> {
        self.device.next_event()
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let Capture { device, now, write, most } = self;
        device.receive(&mut |frame| {
            record(frame, now(), *most, write);
            consume(frame);
        })
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let Capture { device, now, write, most } = self;
        device.transmit(&mut |room| {
            let length = fill(room).min(room.len());
            if length > 0 {
                record(&room[..length], now(), *most, write);
            }
            length
        })
    }
}
