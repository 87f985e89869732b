//! A machine that counts its sleeps.

use super::*;

/// A simulation that notes for how long it was asked to sleep.
#[derive(Clone)]
pub struct Watched {
    simulation: Simulation,
    pub parks: Rc<Cell<usize>>,
    /// The longest sleep; `None` for one without an end.
    pub longest: Rc<Cell<Option<Duration>>>,
}

impl Watched {
    pub fn new(simulation: &Simulation) -> Watched {
        let simulation = simulation.clone();
        Watched {
            simulation,
            parks: Rc::default(),
            longest: Rc::new(Cell::new(Some(Duration::ZERO))),
        }
    }
}

impl Platform for Watched {
    fn now(&self) -> Instant {
        self.simulation.now()
    }

    fn seq(&self) -> u32 {
        self.simulation.seq()
    }

    fn park(&self, seen: u32, until: Option<Instant>) {
        let length = until.map(|until| until.saturating_duration_since(self.now()));
        self.parks.set(self.parks.get() + 1);
        self.longest.set(self.longest.get().zip(length).map(|(longest, new)| longest.max(new)));
        self.simulation.park(seen, until);
    }

    fn kick(&self) {
        self.simulation.kick();
    }

    fn entropy(&self, bytes: &mut [u8]) {
        self.simulation.entropy(bytes);
    }
}
