//! The other end of the server's wire: frames in, and what the server says to them.

use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec;
use std::vec::Vec;

use super::machine::{Frames, Machine};
use super::segment::Segment;
use crate::failure::Failure;

/// Where the server is: the address that its example has, and the manual's port.
pub(crate) const SERVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(10, 0, 2, 15), 50007);

/// The address of a host of its network: clients have numbers from 2 on.
pub(super) const fn host(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 2, number)
}

/// The hardware address of all hosts but the server.
const HARDWARE: [u8; 6] = [0x02, 0, 0, 0, 0, 2];
const BROADCAST: [u8; 6] = [0xff; 6];

const INET: [u8; 2] = [0x08, 0x00];
const ARP: [u8; 2] = [0x08, 0x06];
/// ARP of IPv4 over Ethernet, up to the operation (RFC 826).
const ARP_HEAD: [u8; 7] = [0, 1, 0x08, 0, 6, 4, 0];
const ETHERNET_HEADER: usize = 14;
const ARP_LENGTH: usize = 28;

/// The wire, with everybody but the server at its other end. They answer questions for hardware addresses
/// by themselves.
pub(super) struct Wire {
    machine: Arc<Mutex<dyn Machine + Send>>,
    server: [u8; 6],
    /// Packets of the server that are no segments.
    pub(super) others: Vec<Vec<u8>>,
    next_port: u16,
}

impl Wire {
    /// Asks the machine for its hardware address, so that both know each other.
    pub(super) fn new(machine: impl Machine + Send + 'static) -> Result<Wire, Failure> {
        let machine = Arc::new(Mutex::new(machine));
        let mut wire = Wire { machine, server: [0; 6], others: Vec::new(), next_port: 40_000 };
        let question = arp(1, host(2), BROADCAST, *SERVER.ip());
        let answers = wire.at_machine().give(&frame(BROADCAST, ARP, &question)).map_err(broken)?;
        let [answer] = &answers[..] else {
            return Err(Failure::new("the server's hardware address", format_args!("no answer")));
        };
        wire.server.copy_from_slice(&answer[6..12]);
        Ok(wire)
    }

    /// The machine at the other end.
    pub(super) fn machine(&self) -> Arc<Mutex<dyn Machine + Send>> {
        Arc::clone(&self.machine)
    }

    fn at_machine(&self) -> MutexGuard<'_, dyn Machine + Send + 'static> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An end that no client has had.
    pub(super) fn fresh(&mut self) -> SocketAddrV4 {
        self.next_port += 1;
        SocketAddrV4::new(host(2), self.next_port)
    }

    /// Sends a segment: the segments that come back at once.
    pub(super) fn send(&mut self, segment: &Segment) -> Result<Vec<Segment>, Failure> {
        self.send_packet(&segment.packet())
    }

    /// Sends a packet.
    pub(super) fn send_packet(&mut self, packet: &[u8]) -> Result<Vec<Segment>, Failure> {
        self.send_frame(&self.framed(packet))
    }

    /// The frame with a packet for the server.
    pub(super) fn framed(&self, packet: &[u8]) -> Vec<u8> {
        frame(self.server, INET, packet)
    }

    /// Sends a frame.
    pub(super) fn send_frame(&mut self, frame: &[u8]) -> Result<Vec<Segment>, Failure> {
        let frames = self.at_machine().give(frame).map_err(broken)?;
        self.segments_in(frames)
    }

    /// Lets time pass: the segments that come meanwhile.
    pub(super) fn pass(&mut self, time: Duration) -> Result<Vec<Segment>, Failure> {
        let end = self.at_machine().now() + time;
        let mut segments = Vec::new();
        while self.at_machine().now() < end {
            let next = self.at_machine().next_event().min(end);
            let frames = self.at_machine().wake_at(next).map_err(broken)?;
            segments.extend(self.segments_in(frames)?);
        }
        Ok(segments)
    }

    /// Lets time pass until there is a segment: when it comes, and those that come then.
    pub(super) fn await_segments(
        &mut self,
        limit: Duration,
    ) -> Result<(Duration, Vec<Segment>), Failure> {
        let begin = self.at_machine().now();
        loop {
            let next = self.at_machine().next_event();
            if next > begin + limit {
                let text = format_args!("nothing within {limit:?}");
                return Err(Failure::new("the server", text));
            }
            let frames = self.at_machine().wake_at(next).map_err(broken)?;
            let segments = self.segments_in(frames)?;
            if !segments.is_empty() {
                let passed = self.at_machine().now().as_nanos() - begin.as_nanos();
                return Ok((Duration::from_nanos(passed), segments));
            }
        }
    }

    /// The segments in these frames, and in those that come because of what is answered.
    fn segments_in(&mut self, frames: Frames) -> Result<Vec<Segment>, Failure> {
        let mut segments = Vec::new();
        let mut frames = VecDeque::from(frames);
        while let Some(frame) = frames.pop_front() {
            let Some((header, payload)) = frame.split_at_checked(ETHERNET_HEADER) else { continue };
            if header[12..] == ARP {
                if let Some(answer) = self.answer(payload) {
                    frames.extend(self.at_machine().give(&answer).map_err(broken)?);
                }
            } else if header[12..] == INET && payload.get(9) == Some(&6) {
                let segment = Segment::in_packet(payload);
                segments.push(segment.map_err(broken)?);
            } else {
                self.others.push(payload.to_vec());
            }
        }
        Ok(segments)
    }

    /// The answer to a question for somebody's hardware address.
    fn answer(&self, question: &[u8]) -> Option<Vec<u8>> {
        let question = question.get(..ARP_LENGTH)?;
        let &[a, b, c, d] = question.get(24..)? else { return None };
        let asked = Ipv4Addr::new(a, b, c, d);
        let is_question = question[6..8] == [0, 1] && asked != *SERVER.ip();
        is_question.then(|| frame(self.server, ARP, &arp(2, asked, self.server, *SERVER.ip())))
    }
}

/// A failure that is about the machine, or about what it has sent.
#[track_caller]
pub(super) fn broken(why: impl core::fmt::Display) -> Failure {
    Failure::new("the machine", format_args!("{why}"))
}

/// An Ethernet frame from a client.
pub(super) fn frame(to: [u8; 6], kind: [u8; 2], payload: &[u8]) -> Vec<u8> {
    [&to[..], &HARDWARE, &kind, payload].concat()
}

/// A question (1) or an answer (2) of ARP. Source: RFC 826.
fn arp(operation: u8, from: Ipv4Addr, hardware: [u8; 6], to: Ipv4Addr) -> Vec<u8> {
    let mut packet = vec![];
    packet.extend_from_slice(&ARP_HEAD);
    packet.push(operation);
    packet.extend_from_slice(&HARDWARE);
    packet.extend_from_slice(&from.octets());
    packet.extend_from_slice(&hardware);
    packet.extend_from_slice(&to.octets());
    packet
}
