//! The host's end of the wire to a board: one of a pair of datagram sockets, as a network device.

use std::collections::VecDeque;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::vec::Vec;

use berkeley::{Backend, Instant};
use berkeley_os::Os;
use berkeley_smoltcp::HardwareAddress;
use berkeley_smoltcp::device::{Device, Medium};
use core::time::Duration;

use crate::labs::tap::MTU;

/// How long to wait before a frame is offered again for which the socket had no room.
const AGAIN: Duration = Duration::from_micros(200);

/// A datagram is a frame. A kernel lets ten of them wait (`net.unix.max_dgram_qlen`); the others wait
/// here, because none is to be lost without being asked for.
pub(super) struct Wire {
    socket: UnixDatagram,
    frame: [u8; MTU + 14],
    waiting: VecDeque<Vec<u8>>,
}

impl Wire {
    pub(super) fn new(socket: UnixDatagram) -> io::Result<Wire> {
        socket.set_nonblocking(true)?;
        Ok(Wire { socket, frame: [0; MTU + 14], waiting: VecDeque::new() })
    }

    fn send_waiting(&mut self) {
        while let Some(frame) = self.waiting.front() {
            match self.socket.send(frame) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // The board is off, and nobody misses the frame.
                _ => self.waiting.pop_front(),
            };
        }
    }
}

impl Device for Wire {
    fn medium(&self) -> Medium {
        Medium::Ethernet(HardwareAddress([0x02, 0, 0, 0, 0, 2]))
    }

    fn mtu(&self) -> usize {
        MTU
    }

    fn next_event(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then(|| Os.now() + AGAIN)
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        self.send_waiting();
        // An error, such as that the board is off, is as good as nothing received.
        let Ok(length) = self.socket.recv(&mut self.frame) else { return false };
        consume(&mut self.frame[..length]);
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let length = fill(&mut self.frame);
        if length > 0 {
            self.waiting.push_back(self.frame[..length].to_vec());
        }
        self.send_waiting();
        true
    }
}
