//! Steps and peers in virtual time: they run from inside the waiting of the actor, and what they leave
//! behind is kept until the end.

use core::time::Duration;
use std::cell::RefCell;
use std::rc::Rc;
use std::vec::Vec;

use berkeley::{Backend, Net, PollEntry, Readiness, Timeout};
use berkeley_smoltcp::Platform;
use berkeley_smoltcp::simulation::Simulation;

use crate::failure::{Failure, Outcome};
use crate::lab::{End, Lab, Step};
use crate::peer::{Peer, Progress};

/// What steps and peers leave behind.
pub(super) struct Afterwards<L: Lab>(Rc<RefCell<Left<L>>>);

struct Left<L: Lab> {
    kept: Vec<End<L>>,
    failure: Option<Failure>,
}

impl<L: Lab> Default for Afterwards<L> {
    fn default() -> Afterwards<L> {
        Afterwards(Rc::new(RefCell::new(Left { kept: Vec::new(), failure: None })))
    }
}

impl<L: Lab> Afterwards<L> {
    /// Runs a step this long after now.
    pub(super) fn later(&self, simulation: &Simulation, after: Duration, step: Step<L>) {
        let left = Rc::clone(&self.0);
        simulation.at(simulation.now() + after, move || match step.run() {
            Ok(end) => left.borrow_mut().kept.extend(end),
            Err(failure) => left.borrow_mut().failure = Some(failure),
        });
    }

    /// Lets a peer go on by itself.
    pub(super) fn accompany<B>(&self, simulation: &Simulation, net: Net<B>, peer: Peer<B>)
    where
        B: Backend + Clone + 'static,
    {
        let left = Rc::clone(&self.0);
        let mut waiting = Some((peer, Readiness::NONE));
        simulation.accompany(move || {
            let Some((peer, interest)) = &mut waiting else { return false };
            let mut entries = [PollEntry::new(peer.socket().handle(), *interest)];
            let ready = net.poll(&mut entries, Timeout::NonBlocking);
            if !interest.is_empty() && ready == Ok(0) {
                return false;
            }
            match peer.advance() {
                Ok(Progress::Waits(readiness)) => *interest = readiness,
                Ok(Progress::Done) => waiting = None,
                Err(failure) => {
                    left.borrow_mut().failure = Some(failure);
                    waiting = None;
                }
            }
            true
        });
    }

    /// Gives up what was kept, and says whether a step or a peer failed.
    pub(super) fn finish(&self) -> Outcome {
        let kept = core::mem::take(&mut self.0.borrow_mut().kept);
        drop(kept);
        self.0.borrow_mut().failure.take().map_or(Ok(()), Err)
    }
}
