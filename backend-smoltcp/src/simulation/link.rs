//! A link in memory: frames take time, get lost, double, late and damaged, as the seed decides.

extern crate std;

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use berkeley::Instant;

use super::Clock;
use crate::device::{Device, Fate, FaultRates, Medium, Random};
use crate::network::HardwareAddress;

/// What a link does to frames. Rates are per thousand frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinkOptions {
    /// Whether the ends speak Ethernet; else plain IP packets.
    pub ethernet: bool,
    /// The longest IP packet in bytes.
    pub mtu: usize,
    /// How long a frame takes.
    pub latency: Duration,
    /// How many frames may be under way in one direction; a device says that it has no room then.
    pub queue: usize,
    /// Frames that are lost.
    pub loss: u16,
    /// Frames that arrive twice.
    pub duplication: u16,
    /// Frames that are overtaken by later ones: they take up to ten times as long.
    pub reordering: u16,
    /// Frames in which a bit changes.
    pub corruption: u16,
}

impl Default for LinkOptions {
    /// A perfect Ethernet link of 1500 bytes that takes 50 microseconds.
    fn default() -> LinkOptions {
        LinkOptions {
            ethernet: true,
            mtu: 1500,
            latency: Duration::from_micros(50),
            queue: 1024,
            loss: 0,
            duplication: 0,
            reordering: 0,
            corruption: 0,
        }
    }
}

impl LinkOptions {
    fn rates(&self) -> FaultRates {
        let LinkOptions { loss, duplication, reordering, corruption, .. } = *self;
        FaultRates { loss, duplication, reordering, corruption }
    }
}

/// Frames under way in one direction, the next one first.
#[derive(Default)]
struct Direction {
    under_way: VecDeque<(Instant, Vec<u8>)>,
    /// Buffers to use again.
    spare: Vec<Vec<u8>>,
}

impl Direction {
    fn insert(&mut self, arrival: Instant, frame: Vec<u8>) {
        let place = self.under_way.partition_point(|(other, _)| *other <= arrival);
        self.under_way.insert(place, (arrival, frame));
    }
}

struct Traffic {
    random: Random,
    directions: [Direction; 2],
}

/// The link.
pub(super) struct Wire {
    options: LinkOptions,
    clock: Arc<Clock>,
    traffic: Mutex<Traffic>,
}

impl Wire {
    pub(super) fn new(options: LinkOptions, seed: u64, clock: Arc<Clock>) -> Wire {
        let traffic = Traffic { random: Random::new(seed), directions: Default::default() };
        Wire { options, clock, traffic: Mutex::new(traffic) }
    }

    /// When the next frame arrives. What has arrived and nobody takes is no event any more.
    pub(super) fn next_delivery(&self) -> Option<Instant> {
        let (now, traffic) = (self.clock.now(), self.traffic());
        let under_way = traffic.directions.iter().flat_map(|direction| &direction.under_way);
        under_way.map(|(arrival, _)| *arrival).filter(|arrival| *arrival > now).min()
    }

    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One end of a link.
pub struct LinkEnd {
    wire: Arc<Wire>,
    /// Which direction this end sends in.
    side: usize,
}

impl LinkEnd {
    pub(super) fn pair(wire: Arc<Wire>) -> (LinkEnd, LinkEnd) {
        (LinkEnd { wire: Arc::clone(&wire), side: 0 }, LinkEnd { wire, side: 1 })
    }

    /// Puts a frame on the link, as if the other end's device had received it at the usual time.
    pub fn send(&mut self, frame: &[u8]) {
        self.transmit(&mut |room| {
            let length = frame.len().min(room.len());
            room[..length].copy_from_slice(&frame[..length]);
            length
        });
    }
}

impl Device for LinkEnd {
    fn medium(&self) -> Medium {
        if self.wire.options.ethernet {
            // A locally administered address for each end.
            Medium::Ethernet(HardwareAddress([0x02, 0, 0, 0, 0, 1 + self.side as u8]))
        } else {
            Medium::Ip
        }
    }

    fn mtu(&self) -> usize {
        self.wire.options.mtu
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let now = self.wire.clock.now();
        let mut traffic = self.wire.traffic();
        let incoming = &mut traffic.directions[1 - self.side];
        if incoming.under_way.front().is_none_or(|(arrival, _)| *arrival > now) {
            return false;
        }
        let Some((_, mut frame)) = incoming.under_way.pop_front() else { return false };
        drop(traffic);
        consume(&mut frame);
        let spare = &mut self.wire.traffic().directions[1 - self.side].spare;
        if spare.len() < self.wire.options.queue {
            spare.push(frame); // doubled frames must not pile up
        }
        true
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let LinkOptions { mtu, latency, queue, .. } = self.wire.options;
        let mut traffic = self.wire.traffic();
        let outgoing = &mut traffic.directions[self.side];
        if outgoing.under_way.len() >= queue {
            return false;
        }
        let mut frame = outgoing.spare.pop().unwrap_or_default();
        drop(traffic);

        frame.resize(mtu + crate::network::ethernet::HEADER_LENGTH, 0);
        let length = fill(&mut frame);
        frame.truncate(length);
        let mut traffic = self.wire.traffic();
        let Traffic { random, directions } = &mut *traffic;
        let outgoing = &mut directions[self.side];
        if length == 0 {
            outgoing.spare.push(frame);
            return true;
        }
        let fate = Fate::decide(&self.wire.options.rates(), length, random);
        if fate.lost {
            outgoing.spare.push(frame);
            return true;
        }
        let arrival = self.wire.clock.now() + latency;
        if fate.doubled {
            outgoing.insert(arrival, frame.clone());
        }
        fate.damage(&mut frame);
        outgoing.insert(arrival + latency * u32::from(fate.late), frame);
        drop(traffic);
        self.wire.clock.kick();
        true
    }
}
