//! A device on whose way frames are lost and overtaken, at random.

use berkeley_smoltcp::device::{Device, Medium};

/// How many frames overtake another one at most. Without any to come it is as good as lost.
const OVERTAKERS: u64 = 4;

/// A device to which this happens.
pub(crate) struct Disturbed<D> {
    device: D,
    /// How many of a thousand frames are lost, and how many overtaken.
    per_thousand: u64,
    random: u64,
    /// In each direction a frame that waits for so many others to pass.
    waiting: [Option<(u64, Vec<u8>)>; 2],
}

/// What becomes of a frame.
enum Fate {
    Passes,
    Lost,
    Overtaken,
}

const OUT: usize = 0;
const IN: usize = 1;

impl<D> Disturbed<D> {
    pub(crate) fn new(device: D, per_thousand: u64) -> Disturbed<D> {
        Disturbed { device, per_thousand, random: 1, waiting: [None, None] }
    }

    /// A number below the limit (Knuth's MMIX generator: nothing secret).
    fn below(&mut self, limit: u64) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % limit
    }

    /// What becomes of a frame in this direction, which is kept if it is to be overtaken.
    fn fate(&mut self, direction: usize, frame: &[u8]) -> Fate {
        let chance = self.below(1000);
        if chance < self.per_thousand {
            return Fate::Lost;
        }
        if chance < 2 * self.per_thousand && self.waiting[direction].is_none() {
            let overtakers = 1 + self.below(OVERTAKERS);
            self.waiting[direction] = Some((overtakers, frame.to_vec()));
            return Fate::Overtaken;
        }
        if let Some((left, _)) = &mut self.waiting[direction] {
            *left = left.saturating_sub(1);
        }
        Fate::Passes
    }

    /// The frame that enough others have overtaken.
    fn due(&mut self, direction: usize) -> Option<Vec<u8>> {
        let due = matches!(self.waiting[direction], Some((0, _)));
        self.waiting[direction].take_if(|_| due).map(|(_, frame)| frame)
    }
}

impl<D: Device> Device for Disturbed<D> {
    fn medium(&self) -> Medium {
        self.device.medium()
    }

    fn mtu(&self) -> usize {
        self.device.mtu()
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        if let Some(mut frame) = self.due(IN) {
            consume(&mut frame);
            return true;
        }
        let mut received = Vec::new();
        while self.device.receive(&mut |frame| received.extend_from_slice(frame)) {
            if let Fate::Passes = self.fate(IN, &received) {
                consume(&mut received);
                return true;
            }
            received.clear();
        }
        false
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let mut frame = vec![0; self.device.mtu() + 14];
        let length = fill(&mut frame);
        frame.truncate(length);
        if length == 0 || !matches!(self.fate(OUT, &frame), Fate::Passes) {
            return true;
        }
        for frame in [Some(frame), self.due(OUT)].into_iter().flatten() {
            // What finds no room is lost, too.
            self.device.transmit(&mut |room| {
                room[..frame.len()].copy_from_slice(&frame);
                frame.len()
            });
        }
        true
    }
}
