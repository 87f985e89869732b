//! What can go wrong on the way between two networks, for labs that can make it.

use crate::failure::Failure;
use crate::lab::Lab;

/// What happens to a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It never arrives.
    Loss,
    /// It arrives twice.
    Duplication,
    /// Up to nine later ones overtake it.
    Reordering,
    /// A bit behind the header of the link changes; only in what is protected by checksums.
    Corruption,
}

/// To which frames it happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Frames {
    /// To so many of a thousand, in both directions.
    PerThousand(u16),
    /// To the one with this number among those that this side sends from now on.
    Only(Side, u32),
}

/// One of the two sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The one under test.
    Near,
    /// Its peer.
    Far,
}

/// A lab that can make faults on the way between its networks.
pub trait FaultyLab: Lab {
    /// How many bytes a transfer has that meets many faults: where time is real, few.
    const LENGTH: u64;
    /// How often such an exchange is repeated: where time is real, seldom.
    const ROUNDS: usize;
    /// The losses per thousand that such a transfer meets.
    const LOSSES: &'static [u16];
    /// The MTUs that the way may have.
    const MTUS: &'static [usize];

    /// From now on this happens to these frames, and nothing else.
    fn disturb(&self, fault: Fault, frames: Frames);

    /// From now on nothing happens to them. Says to how many something did.
    fn calm(&self) -> u32;

    /// Another lab like this, with an MTU of those that it may have.
    ///
    /// # Errors
    ///
    /// When it cannot be set up.
    fn with_mtu(&self, mtu: usize) -> Result<Self, Failure>;
}
