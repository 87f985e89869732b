//! A device on whose way things go wrong.

use core::time::Duration;

use berkeley::Instant;
use managed::ManagedSlice;

use super::{Device, Fate, FaultRates, Medium, Offloads, Random};

/// What happens to the frames of one direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// What goes wrong, and how often.
    pub rates: FaultRates,
    /// How much longer each frame takes.
    pub delay: Duration,
    /// And how much more at most, another time for each. Frames overtake each other by it.
    pub jitter: Duration,
    /// How many bytes pass in a second; what comes meanwhile waits.
    pub bytes_per_second: Option<u32>,
}

impl Faults {
    /// Nothing happens.
    pub const NONE: Faults = Faults {
        rates: FaultRates::NONE,
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        bytes_per_second: None,
    };
}

/// One of the two directions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Direction {
    Incoming,
    Outgoing,
}

/// A frame that is late.
#[derive(Clone, Copy, Debug)]
pub struct LateFrame {
    due: Instant,
    /// Frames that are due at the same time keep their order.
    order: u32,
    direction: Direction,
    length: usize,
}

/// A device wrapped into faults: frames are lost, doubled, damaged, late, overtaken, and held up by a
/// narrow way, in either direction; as the seed decides, so that the same run can be had again.
///
/// It wraps any device, also on a board: to try out what a program makes of a bad network. Time is
/// whatever `now` says, which wants to be the clock of the stack's platform; a stack asks when the next
/// frame is due, and sleeps until then. Late frames wait in fixed memory. What finds no place there is
/// lost, as in any queue.
///
/// ```
/// use berkeley_smoltcp::device::{FaultInjector, FaultRates, Faults, LateFrame, Loopback};
/// use core::time::Duration;
///
/// let faults = Faults {
///     rates: FaultRates { loss: 20, ..FaultRates::NONE }, // 2 %
///     delay: Duration::from_millis(40),
///     ..Faults::NONE
/// };
/// let (mut frames, mut places) = ([0; 16 * 1514], [None::<LateFrame>; 16]);
/// # let mut memory = [0; 8192];
/// # let (now, device) = (|| berkeley::Instant::ZERO, Loopback::new(&mut memory[..], 1500));
/// let device = FaultInjector::new(device, now, 1, &mut places[..], &mut frames[..])
///     .outgoing(faults)
///     .incoming(faults);
/// ```
pub struct FaultInjector<'a, D, N> {
    device: D,
    now: N,
    random: Random,
    faults: [Faults; 2],
    /// Until when the way is taken by frames before, where it is narrow.
    busy_until: [Instant; 2],
    places: ManagedSlice<'a, Option<LateFrame>>,
    /// As many parts as places.
    bytes: ManagedSlice<'a, u8>,
    order: u32,
    dropped: u32,
}

impl<'a, D: Device, N: Fn() -> Instant> FaultInjector<'a, D, N> {
    /// Wraps a device; nothing happens yet. The memory is for frames that are late: `bytes` are shared
    /// out equally between the `places`, and each part wants to be as long as the longest frame.
    pub fn new(
        device: D,
        now: N,
        seed: u64,
        places: impl Into<ManagedSlice<'a, Option<LateFrame>>>,
        bytes: impl Into<ManagedSlice<'a, u8>>,
    ) -> FaultInjector<'a, D, N> {
        FaultInjector {
            device,
            now,
            random: Random::new(seed),
            faults: [Faults::NONE; 2],
            busy_until: [Instant::ZERO; 2],
            places: places.into(),
            bytes: bytes.into(),
            order: 0,
            dropped: 0,
        }
    }

    /// What happens to frames that the stack sends.
    #[must_use]
    pub fn outgoing(mut self, faults: Faults) -> Self {
        self.faults[Direction::Outgoing as usize] = faults;
        self
    }

    /// What happens to frames that it receives.
    #[must_use]
    pub fn incoming(mut self, faults: Faults) -> Self {
        self.faults[Direction::Incoming as usize] = faults;
        self
    }

    /// How many frames were lost for want of a place to wait. Wraps.
    pub fn dropped(&self) -> u32 {
        self.dropped
    }

    /// The device without faults.
    pub fn into_inner(self) -> D {
        self.device
    }

    /// Sends frames whose time has come. What finds no room at the device is lost.
    fn send_due(&mut self, now: Instant) {
        while let Some((place, length)) = self.next_due(Direction::Outgoing, now) {
            let frame = &part(&mut self.bytes, &self.places, place)[..length];
            let had_room = self.device.transmit(&mut |room| {
                let count = length.min(room.len());
                room[..count].copy_from_slice(&frame[..count]);
                count
            });
            self.dropped = self.dropped.wrapping_add(u32::from(!had_room));
        }
    }

    /// Takes the frame out of its place whose time came first.
    fn next_due(&mut self, direction: Direction, now: Instant) -> Option<(usize, usize)> {
        let waiting = self.places.iter().enumerate().filter_map(|(place, late)| {
            let late = late.filter(|late| late.direction == direction && late.due <= now)?;
            Some(((late.due, late.order), place))
        });
        let (_, place) = waiting.min()?;
        self.places[place].take().map(|late| (place, late.length))
    }
}

/// What is shared between both directions, apart from the device, which is lending a frame.
struct Way<'w, 'a> {
    random: &'w mut Random,
    faults: &'w Faults,
    busy_until: &'w mut Instant,
    places: &'w mut ManagedSlice<'a, Option<LateFrame>>,
    bytes: &'w mut ManagedSlice<'a, u8>,
    order: &'w mut u32,
    dropped: &'w mut u32,
    direction: Direction,
    now: Instant,
}

impl Way<'_, '_> {
    /// What becomes of a frame: whether it goes on now.
    fn passes(&mut self, frame: &mut [u8]) -> bool {
        let Faults { rates, delay, jitter, bytes_per_second } = *self.faults;
        let fate = Fate::decide(&rates, frame.len(), self.random);
        if fate.lost {
            return false;
        }
        let mut due = self.now;
        if let Some(rate) = bytes_per_second {
            let nanos = frame.len() as u64 * 1_000_000_000 / u64::from(rate.max(1));
            due = (*self.busy_until).max(due) + Duration::from_nanos(nanos);
            *self.busy_until = due;
        }
        due = due + delay;
        if !jitter.is_zero() {
            let most = u64::try_from(jitter.as_nanos()).unwrap_or(u64::MAX);
            due = due + Duration::from_nanos(self.random.next() % most.max(1));
        }
        if fate.doubled {
            self.keep(frame, due);
        }
        // A link in memory counts lateness in times its latency; here a frame has none by itself.
        due = due + delay.max(LATENESS) * u32::from(fate.late);
        fate.damage(frame);
        if due <= self.now {
            return true;
        }
        self.keep(frame, due);
        false
    }

    /// Keeps a copy of a frame until its time.
    fn keep(&mut self, frame: &[u8], due: Instant) {
        let free = self.places.iter().position(Option::is_none);
        let length = frame.len();
        let room = free.map(|place| part(self.bytes, self.places, place));
        let (Some(place), Some(room)) = (free, room.and_then(|room| room.get_mut(..length))) else {
            *self.dropped = self.dropped.wrapping_add(1);
            return;
        };
        room.copy_from_slice(frame);
        *self.order = self.order.wrapping_add(1);
        let (order, direction) = (*self.order, self.direction);
        self.places[place] = Some(LateFrame { due, order, direction, length });
    }
}

/// How late a frame is at least that is overtaken, where frames take no time.
const LATENESS: Duration = Duration::from_millis(1);

/// The memory of a place.
fn part<'b>(
    bytes: &'b mut ManagedSlice<'_, u8>,
    places: &ManagedSlice<'_, Option<LateFrame>>,
    place: usize,
) -> &'b mut [u8] {
    let length = bytes.len() / places.len().max(1);
    bytes.get_mut(place * length..(place + 1) * length).unwrap_or_default()
}

impl<D: Device, N: Fn() -> Instant> Device for FaultInjector<'_, D, N> {
    fn medium(&self) -> Medium {
        self.device.medium()
    }

    fn mtu(&self) -> usize {
        self.device.mtu()
    }

    /// Whatever the device verifies, it does so before the faults.
    fn offloads(&self) -> Offloads {
        // In a loopback what goes out comes in.
        let is_damaged = self.faults.iter().any(|faults| faults.rates.corruption > 0);
        if is_damaged { Offloads::default() } else { self.device.offloads() }
    }

    fn burst(&self) -> Option<usize> {
        self.device.burst()
    }

    fn link_up(&self) -> bool {
        self.device.link_up()
    }

    fn next_event(&self) -> Option<Instant> {
        let due = self.places.iter().flatten().map(|late| late.due).min();
        due.into_iter().chain(self.device.next_event()).min()
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let now = (self.now)();
        self.send_due(now);
        if let Some((place, length)) = self.next_due(Direction::Incoming, now) {
            consume(&mut part(&mut self.bytes, &self.places, place)[..length]);
            return true;
        }
        let FaultInjector {
            device, random, faults, busy_until, places, bytes, order, dropped, ..
        } = self;
        let direction = Direction::Incoming;
        let (faults, busy_until) =
            (&faults[direction as usize], &mut busy_until[direction as usize]);
        let mut way =
            Way { random, faults, busy_until, places, bytes, order, dropped, direction, now };
        device.receive(&mut |frame| {
            if way.passes(frame) {
                consume(frame);
            }
        })
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let now = (self.now)();
        self.send_due(now);
        let FaultInjector {
            device, random, faults, busy_until, places, bytes, order, dropped, ..
        } = self;
        let direction = Direction::Outgoing;
        let (faults, busy_until) =
            (&faults[direction as usize], &mut busy_until[direction as usize]);
        let mut way =
            Way { random, faults, busy_until, places, bytes, order, dropped, direction, now };
        let had_room = device.transmit(&mut |room| {
            let length = fill(room).min(room.len());
            if length > 0 && way.passes(&mut room[..length]) { length } else { 0 }
        });
        self.send_due(now); // a second copy
        had_room
    }
}
