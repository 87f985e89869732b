//! A device on whose way frames get lost, double, late and damaged, as a lab says.
//!
//! It counts frames and knows no time: a frame that is overtaken is kept until some others have passed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use berkeley_smoltcp::device::{Device, Medium};

use crate::faults::{Fault, Frames, Side};
use crate::peer::Pattern;

/// How many frames overtake another one at most.
const OVERTAKERS: u32 = 10;

/// How long the header of an Ethernet frame is, and where the type of its packet stands.
const HEADER: usize = 14;
const ETHER_TYPE: core::ops::Range<usize> = 12..14;

/// What happens on the way: the hold that the lab has on it.
#[derive(Clone)]
pub(super) struct Disturbance(Arc<Mutex<Plan>>);

struct Plan {
    random: Pattern,
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
    overtaken: Vec<(u32, Vec<u8>)>,
    /// Frames that go next.
    next: VecDeque<Vec<u8>>,
}

impl Disturbance {
    pub(super) fn new(seed: u64) -> Disturbance {
        let random = Pattern::new(seed);
        let plan = Plan { random, fault: None, happened: 0, directions: Default::default() };
        Disturbance(Arc::new(Mutex::new(plan)))
    }

    pub(super) fn disturb(&self, fault: Option<(Fault, Frames)>) -> u32 {
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
        let happens = self.next_fault(side);
        let Plan { random, directions, .. } = self;
        let direction = &mut directions[side as usize];
        for (left, _) in &mut direction.overtaken {
            *left = left.saturating_sub(1);
        }
        let passed = direction.overtaken.extract_if(.., |(left, _)| *left == 0);
        direction.next.extend(passed.map(|(_, frame)| frame));
        match happens {
            None => return true,
            Some(Fault::Loss) => {}
            Some(Fault::Duplication) => {
                direction.next.push_back(frame.to_vec());
                return true;
            }
            Some(Fault::Reordering) => {
                let overtakers = 1 + below(random, OVERTAKERS);
                direction.overtaken.push((overtakers, frame.to_vec()));
            }
            Some(Fault::Corruption) => {
                damage(frame, random);
                return true;
            }
        }
        false
    }

    /// What happens to the next frame that this side sends.
    fn next_fault(&mut self, side: Side) -> Option<Fault> {
        let direction = &mut self.directions[side as usize];
        let number = direction.count;
        direction.count += 1;
        let (fault, frames) = self.fault?;
        let happens = match frames {
            Frames::PerThousand(rate) => below(&mut self.random, 1000) < u32::from(rate),
            Frames::Only(which, only) => which == side && only == number,
        };
        self.happened += u32::from(happens);
        happens.then_some(fault)
    }
}

/// A number below the limit.
fn below(random: &mut Pattern, limit: u32) -> u32 {
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    u32::from_be_bytes(bytes) % limit
}

/// Changes a bit of an IP packet; ARP has no checksum.
fn damage(frame: &mut [u8], random: &mut Pattern) {
    if matches!(frame.get(ETHER_TYPE), Some([0x08, 0x00] | [0x86, 0xdd])) {
        let bit = 8 * HEADER + below(random, 8 * (frame.len() - HEADER) as u32) as usize;
        frame[bit / 8] ^= 1 << (bit % 8);
    }
}

/// A device of the near side on whose way things happen.
pub(super) struct Disturbed<D> {
    pub(super) device: D,
    pub(super) disturbance: Disturbance,
}

impl<D: Device> Device for Disturbed<D> {
    fn medium(&self) -> Medium {
        self.device.medium()
    }

    fn mtu(&self) -> usize {
        self.device.mtu()
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
