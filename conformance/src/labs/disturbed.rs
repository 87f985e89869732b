//! A device on whose way frames get lost, double, late and damaged, as a lab says.
//!
//! It counts frames and knows no time: a frame that is overtaken is kept until some others have passed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use berkeley::Instant;
use berkeley_smoltcp::device::{Device, Fate, FaultRates, Medium, Random};

use crate::faults::{Fault, Frames, Side};

/// How long the header of an Ethernet frame is, and where the type of its packet stands.
const HEADER: usize = 14;
const ETHER_TYPE: core::ops::Range<usize> = 12..14;

/// What happens on the way: the hold that the lab has on it.
#[derive(Clone)]
pub(crate) struct Disturbance(Arc<Mutex<Plan>>);

struct Plan {
    random: Random,
    fault: Option<(Fault, Frames)>,
    happened: u32,
    /// What the near side sends, what the far side sends.
    directions: [Direction; 2],
}

#[derive(Default)]
struct Direction {
    /// How many frames there have been since the plan was made.
    count: u32,
    /// Frames that wait for so many others to pass.
    overtaken: Vec<(u8, Vec<u8>)>,
    /// Frames that go next.
    next: VecDeque<Vec<u8>>,
}

impl Disturbance {
    pub(crate) fn new(seed: u64) -> Disturbance {
        let random = Random::new(seed);
        let plan = Plan { random, fault: None, happened: 0, directions: Default::default() };
        Disturbance(Arc::new(Mutex::new(plan)))
    }

    pub(crate) fn disturb(&self, fault: Option<(Fault, Frames)>) -> u32 {
        let mut plan = self.plan();
        plan.fault = fault;
        for direction in &mut plan.directions {
            direction.count = 0;
        }
        core::mem::take(&mut plan.happened)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plan {
    /// What becomes of a frame that this side sends: whether it goes on now.
    fn passes(&mut self, side: Side, frame: &mut [u8]) -> bool {
        let packet = packet_in(frame);
        let fate = self.fate(side, packet.len());
        fate.damage(packet);
        let direction = &mut self.directions[side as usize];
        for (left, _) in &mut direction.overtaken {
            *left = left.saturating_sub(1);
        }
        let passed = direction.overtaken.extract_if(.., |(left, _)| *left == 0);
        direction.next.extend(passed.map(|(_, frame)| frame));
        if fate.doubled {
            direction.next.push_back(frame.to_vec());
        }
        if fate.late > 0 {
            direction.overtaken.push((fate.late, frame.to_vec()));
        }
        !fate.lost && fate.late == 0
    }

    /// What happens to the next frame that this side sends.
    fn fate(&mut self, side: Side, length: usize) -> Fate {
        let direction = &mut self.directions[side as usize];
        let number = direction.count;
        direction.count += 1;
        let Some((fault, frames)) = self.fault else { return Fate::default() };
        let rate = match frames {
            Frames::PerThousand(rate) => rate,
            Frames::Only(which, only) if which == side && only == number => 1000,
            Frames::Only(..) => 0,
        };
        let none = FaultRates::NONE;
        let rates = match fault {
            Fault::Loss => FaultRates { loss: rate, ..none },
            Fault::Duplication => FaultRates { duplication: rate, ..none },
            Fault::Reordering => FaultRates { reordering: rate, ..none },
            Fault::Corruption => FaultRates { corruption: rate, ..none },
        };
        // Where nothing can be damaged it counts all the same.
        let fate = Fate::decide(&rates, length.max(1), &mut self.random);
        self.happened += u32::from(fate != Fate::default());
        fate
    }
}

/// What may be damaged of a frame, because it has a checksum: an IP packet. ARP has none.
fn packet_in(frame: &mut [u8]) -> &mut [u8] {
    match frame.get(ETHER_TYPE) {
        Some([0x08, 0x00] | [0x86, 0xdd]) => &mut frame[HEADER..],
        _ => &mut [],
    }
}

/// A device of the near side on whose way things happen.
pub(crate) struct Disturbed<D> {
    pub(crate) device: D,
    pub(crate) disturbance: Disturbance,
}

impl<D: Device> Device for Disturbed<D> {
    fn medium(&self) -> Medium {
        self.device.medium()
    }

    fn mtu(&self) -> usize {
        self.device.mtu()
    }

    fn next_event(&self) -> Option<Instant> {
        self.device.next_event()
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let next = self.disturbance.plan().directions[Side::Far as usize].next.pop_front();
        if let Some(mut frame) = next {
            consume(&mut frame);
            return true;
        }
        let disturbance = &self.disturbance;
        self.device.receive(&mut |frame| {
            let passes = disturbance.plan().passes(Side::Far, frame);
            if passes {
                consume(frame);
            }
        })
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let disturbance = &self.disturbance;
        let had_room = self.device.transmit(&mut |room| {
            let length = fill(room);
            let passes = length > 0 && disturbance.plan().passes(Side::Near, &mut room[..length]);
            if passes { length } else { 0 }
        });
        loop {
            let next = disturbance.plan().directions[Side::Near as usize].next.pop_front();
            let Some(next) = next else { return had_room };
            // What finds no room is lost.
            self.device.transmit(&mut |room| {
                room[..next.len()].copy_from_slice(&next);
                next.len()
            });
        }
    }
}
