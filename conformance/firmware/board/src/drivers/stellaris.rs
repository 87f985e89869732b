//! The Ethernet controller of TI's Stellaris chips. Source: the LM3S6965 data sheet, chapter 16.
//!
//! It has one data register: what is read there was received, what is written there is to be sent.
//! In front of the frame are two bytes: the length of what is received, or of what is behind the
//! header of what is sent.

use berkeley_smoltcp::HardwareAddress;
use berkeley_smoltcp::device::{Device, Medium};

use super::{CHECK_SEQUENCE, FrameBuffer, LONGEST_FRAME, MTU};
use crate::registers::Registers;

const RIS: usize = 0x00; // written, the same register answers interrupts (IACK)
const IM: usize = 0x04;
const RCTL: usize = 0x08;
const TCTL: usize = 0x0c;
const DATA: usize = 0x10;
const IA0: usize = 0x14;
const IA1: usize = 0x18;
const NP: usize = 0x34;
const TR: usize = 0x38;

/// RIS, IM: a frame was received.
const RECEIVED: u32 = 1;
/// RCTL: receives, all groups of stations, nothing damaged.
const RECEIVES: u32 = 1 | 1 << 1 | 1 << 3;
/// RCTL: forgets what it has received.
const RESET_FIFO: u32 = 1 << 4;
/// TCTL: sends, pads short frames, adds the check sequence, full duplex.
const SENDS: u32 = 1 | 1 << 1 | 1 << 2 | 1 << 4;
/// Bytes of the length in front of a frame, and of Ethernet's header.
const PREFIX: usize = 2;
const HEADER: usize = 14;

/// The controller, and room for one frame: the stack looks at one and writes the other one after
/// the other.
pub struct StellarisEthernet {
    registers: Registers<0x40>,
    address: HardwareAddress,
    frame: FrameBuffer,
}

impl StellarisEthernet {
    pub(crate) fn start(registers: Registers<0x40>) -> StellarisEthernet {
        let [a, b, c, d] = registers.read(IA0).to_le_bytes();
        let [e, f, ..] = registers.read(IA1).to_le_bytes();
        registers.write(RCTL, RESET_FIFO);
        registers.write(RIS, u32::MAX);
        registers.write(IM, RECEIVED);
        registers.write(TCTL, SENDS);
        registers.write(RCTL, RECEIVES);
        let address = HardwareAddress([a, b, c, d, e, f]);
        StellarisEthernet { registers, address, frame: FrameBuffer::new() }
    }

    fn has_frame(&self) -> bool {
        self.registers.read(NP) & 0x3f != 0
    }
}

impl Device for StellarisEthernet {
    fn medium(&self) -> Medium {
        Medium::Ethernet(self.address)
    }

    fn mtu(&self) -> usize {
        MTU
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        if !self.has_frame() {
            // The interrupt stands until it is answered. A frame that came in between is seen.
            self.registers.write(RIS, RECEIVED);
            if !self.has_frame() {
                return false;
            }
        }
        let first = self.registers.read(DATA);
        let length = (first & 0xffff) as usize; // of everything, these two bytes included
        let mut next = Some(first);
        self.frame
            .fill(length.div_ceil(4), || next.take().unwrap_or_else(|| self.registers.read(DATA)));
        let end = length.saturating_sub(CHECK_SEQUENCE);
        consume(self.frame.0.get_mut(PREFIX..end).unwrap_or(&mut []));
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        if self.registers.read(TR) & 1 != 0 {
            return false; // the one before is under way
        }
        let length = fill(&mut self.frame.0[PREFIX..PREFIX + LONGEST_FRAME]).min(LONGEST_FRAME);
        if length > 0 {
            let behind_header = length.saturating_sub(HEADER) as u16;
            self.frame.0[..PREFIX].copy_from_slice(&behind_header.to_le_bytes());
            for word in self.frame.words((PREFIX + length).div_ceil(4)) {
                self.registers.write(DATA, word);
            }
            self.registers.write(TR, 1);
        }
        true
    }
}
