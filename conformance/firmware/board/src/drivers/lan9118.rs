//! SMSC LAN9118: an Ethernet controller with two FIFOs on a bus of 32 bits. Source: its data sheet,
//! revision 1.5.
//!
//! A frame is read from and written to one data register word by word. The boards carry a LAN9220,
//! which wants pauses between some writes and reads (its data sheet, section 6.2.1); they are not
//! here.

use core::cell::Cell;

use berkeley_smoltcp::HardwareAddress;
use berkeley_smoltcp::device::{Device, Medium};

use super::{CHECK_SEQUENCE, FrameBuffer, LONGEST_FRAME, MTU};
use crate::registers::Registers;

const RX_DATA: usize = 0x00;
const TX_DATA: usize = 0x20;
const RX_STATUS: usize = 0x40;
const TX_STATUS: usize = 0x48;
const IRQ_CFG: usize = 0x54;
const INT_STS: usize = 0x58;
const INT_EN: usize = 0x5c;
const BYTE_TEST: usize = 0x64;
const FIFO_INT: usize = 0x68;
const RX_CFG: usize = 0x6c;
const TX_CFG: usize = 0x70;
const HW_CFG: usize = 0x74;
const RX_FIFO_INF: usize = 0x7c;
const TX_FIFO_INF: usize = 0x80;
const MAC_CSR_CMD: usize = 0xa4;
const MAC_CSR_DATA: usize = 0xa8;

/// Registers of the MAC, behind `MAC_CSR_CMD`.
mod mac {
    pub(super) const CR: u32 = 1;
    pub(super) const ADDRH: u32 = 2;
    pub(super) const ADDRL: u32 = 3;
    pub(super) const MII_ACC: u32 = 6;
    pub(super) const MII_DATA: u32 = 7;
    pub(super) const BUSY: u32 = 1 << 31;
    pub(super) const READ: u32 = 1 << 30;
    /// CR: full duplex, all groups of stations (IPv6 needs them), sends, receives.
    pub(super) const RUNS: u32 = 1 << 20 | 1 << 19 | 1 << 3 | 1 << 2;
    /// CR: frames to any address.
    pub(super) const PROMISCUOUS: u32 = 1 << 18;
}

/// Registers of the PHY, behind those of the MAC.
mod phy {
    pub(super) const CONTROL: u32 = 0;
    pub(super) const STATUS: u32 = 1;
    pub(super) const INTERRUPT_SOURCE: u32 = 29;
    pub(super) const INTERRUPT_MASK: u32 = 30;
    /// CONTROL: what is sent comes back.
    pub(super) const LOOPBACK: u32 = 1 << 14;
    /// STATUS: the link is up.
    pub(super) const LINK_UP: u32 = 1 << 2;
    /// Interrupts: the link went down, autonegotiation is complete.
    pub(super) const LINK_CHANGED: u32 = 1 << 4 | 1 << 6;
}

/// INT_STS: a frame was received; the PHY has something to say.
const RECEIVED: u32 = 1 << 3;
const PHY: u32 = 1 << 18;

/// Full frames that a peer may send at a time. There is room for six, and others send as well.
const BURST: usize = 4;

/// The controller, and room for one frame: the stack looks at one and writes the other one after
/// the other.
pub struct Lan9118 {
    registers: Registers<0x100>,
    address: HardwareAddress,
    link_up: Cell<bool>,
    frame: FrameBuffer,
}

impl Lan9118 {
    pub(crate) fn start(registers: Registers<0x100>) -> Lan9118 {
        while registers.read(BYTE_TEST) != 0x8765_4321 {}
        registers.write(HW_CFG, 1); // reset
        while registers.read(HW_CFG) & 1 != 0 {}
        registers.write(HW_CFG, 5 << 16 | 1 << 20); // as after a reset, sending stores and forwards
        registers.write(TX_CFG, 1 << 1);
        registers.write(RX_CFG, 0);
        registers.write(FIFO_INT, 0x4800_0000); // an interrupt from the first frame on
        let mut device = Lan9118 {
            registers,
            address: HardwareAddress([0; 6]),
            link_up: Cell::new(true),
            frame: FrameBuffer::new(),
        };
        let [low, high] = [mac::ADDRL, mac::ADDRH].map(|register| device.read_mac(register));
        let ([a, b, c, d], [e, f, ..]) = (low.to_le_bytes(), high.to_le_bytes());
        device.address = HardwareAddress([a, b, c, d, e, f]);
        device.write_mac(mac::CR, mac::RUNS);
        device.write_phy(phy::INTERRUPT_MASK, phy::LINK_CHANGED);
        device.look_at_link();
        registers.write(INT_STS, u32::MAX);
        registers.write(INT_EN, RECEIVED | PHY);
        registers.write(IRQ_CFG, 0x111); // push-pull, active high, on
        device
    }

    /// Lets what is sent come back, within the controller, whatever address it is for.
    pub fn loop_back(&mut self) {
        self.write_phy(phy::CONTROL, phy::LOOPBACK);
        self.write_mac(mac::CR, mac::RUNS | mac::PROMISCUOUS);
    }

    /// How many bytes have been received and not been fetched. From 10,560 on frames are lost.
    pub fn received(&self) -> usize {
        (self.registers.read(RX_FIFO_INF) & 0xffff) as usize
    }

    fn look_at_link(&self) {
        // The bit stays off until it was read once.
        self.read_phy(phy::STATUS);
        self.link_up.set(self.read_phy(phy::STATUS) & phy::LINK_UP != 0);
    }

    fn read_mac(&self, register: u32) -> u32 {
        self.registers.write(MAC_CSR_CMD, mac::BUSY | mac::READ | register);
        self.await_mac();
        self.registers.read(MAC_CSR_DATA)
    }

    fn write_mac(&self, register: u32, value: u32) {
        self.registers.write(MAC_CSR_DATA, value);
        self.registers.write(MAC_CSR_CMD, mac::BUSY | register);
        self.await_mac();
    }

    fn await_mac(&self) {
        while self.registers.read(MAC_CSR_CMD) & mac::BUSY != 0 {}
    }

    fn read_phy(&self, register: u32) -> u32 {
        self.write_mac(mac::MII_ACC, 1 << 11 | register << 6 | 1); // PHY 1, read, busy
        self.await_phy();
        self.read_mac(mac::MII_DATA)
    }

    fn write_phy(&self, register: u32, value: u32) {
        self.write_mac(mac::MII_DATA, value);
        self.write_mac(mac::MII_ACC, 1 << 11 | register << 6 | 1 << 1 | 1);
        self.await_phy();
    }

    fn await_phy(&self) {
        while self.read_mac(mac::MII_ACC) & 1 != 0 {}
    }

    fn has_frame(&self) -> bool {
        self.registers.read(RX_FIFO_INF) & 0x00ff_0000 != 0
    }
}

impl Device for Lan9118 {
    fn medium(&self) -> Medium {
        Medium::Ethernet(self.address)
    }

    fn mtu(&self) -> usize {
        MTU
    }

    fn burst(&self) -> Option<usize> {
        Some(BURST)
    }

    fn link_up(&self) -> bool {
        if self.registers.read(INT_STS) & PHY != 0 {
            self.read_phy(phy::INTERRUPT_SOURCE); // which answers the interrupt
            self.registers.write(INT_STS, PHY);
            self.look_at_link();
        }
        self.link_up.get()
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        if !self.has_frame() {
            // The interrupt stands until it is answered. A frame that came in between is seen.
            self.registers.write(INT_STS, RECEIVED);
            if !self.has_frame() {
                return false;
            }
        }
        let status = self.registers.read(RX_STATUS);
        let length = (status >> 16 & 0x3fff) as usize;
        self.frame.fill(length.div_ceil(4), || self.registers.read(RX_DATA));
        let length = length.saturating_sub(CHECK_SEQUENCE);
        let is_damaged = status & 1 << 15 != 0;
        match self.frame.0.get_mut(..length) {
            Some(frame) if !is_damaged => consume(frame),
            _ => consume(&mut []), // as lost as on the wire
        }
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let state = self.registers.read(TX_FIFO_INF);
        for _ in 0..state >> 16 & 0xff {
            self.registers.read(TX_STATUS); // nobody asks how a frame fared
        }
        if (state & 0xffff) < LONGEST_FRAME as u32 + 16 {
            return false;
        }
        let length = fill(&mut self.frame.0[..LONGEST_FRAME]).min(LONGEST_FRAME);
        if length > 0 {
            self.registers.write(TX_DATA, 0x3000 | length as u32); // the first and last part
            self.registers.write(TX_DATA, (length << 16 | length) as u32);
            for word in self.frame.words(length.div_ceil(4)) {
                self.registers.write(TX_DATA, word);
            }
        }
        true
    }
}
