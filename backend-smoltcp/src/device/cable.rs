//! A cable in memory between two stacks of one program.

use core::marker::PhantomData;
use core::ops::Deref;

use managed::ManagedSlice;

use super::{Device, Loopback, Medium};
use crate::lock::{Lock, LockFamily, SingleThread};
use crate::network::HardwareAddress;
use crate::network::ethernet::HEADER_LENGTH;

/// A link without a wire between two stacks: what one end sends the other receives, in order and
/// undamaged. [`FaultInjector`](super::FaultInjector) makes it worse.
///
/// Each direction is a queue in the memory given; `L` is the lock that both ends share. An end refers
/// to its cable in any way: `&Cable` on a board, `Arc<Cable>` on a host.
///
/// ```
/// use berkeley_smoltcp::device::{Cable, Device};
///
/// let (mut there, mut back) = ([0; 8192], [0; 8192]);
/// let cable = Cable::ethernet([&mut there[..], &mut back[..]], 1500);
/// // Each end is added to a stack; here nobody sleeps who would have to be woken.
/// let (mut one, mut other) = Cable::ends(&cable, || (), || ());
/// one.transmit(&mut |room| {
///     room[..60].fill(7);
///     60
/// });
/// assert!(other.receive(&mut |frame| assert_eq!(frame, [7; 60])));
/// ```
pub struct Cable<'a, L: LockFamily = SingleThread> {
    queues: L::Lock<[Loopback<'a>; 2]>,
    mtu: usize,
    is_ethernet: bool,
}

impl<'a> Cable<'a> {
    /// A cable for one thread that carries Ethernet frames with packets of up to `mtu` bytes. Each
    /// memory is for the frames under way in one direction, and wants to be several frames long.
    pub fn ethernet(memory: [impl Into<ManagedSlice<'a, u8>>; 2], mtu: usize) -> Cable<'a> {
        Cable::with_lock(memory, mtu, true)
    }

    /// The same that carries IP packets.
    pub fn ip(memory: [impl Into<ManagedSlice<'a, u8>>; 2], mtu: usize) -> Cable<'a> {
        Cable::with_lock(memory, mtu, false)
    }
}

impl<'a, L: LockFamily> Cable<'a, L> {
    /// A cable with any lock, which carries Ethernet frames or IP packets.
    pub fn with_lock(
        memory: [impl Into<ManagedSlice<'a, u8>>; 2],
        mtu: usize,
        is_ethernet: bool,
    ) -> Cable<'a, L> {
        let header = if is_ethernet { HEADER_LENGTH } else { 0 };
        let queues = memory.map(|memory| Loopback::new(memory, mtu + header));
        let longest = queues.iter().map(Device::mtu).min().unwrap_or(0);
        let mtu = longest.saturating_sub(header);
        Cable { queues: L::Lock::new(queues), mtu, is_ethernet }
    }

    /// Both ends. `wake_first` is called when there is a frame for the first end, `wake_second` when
    /// there is one for the second: whoever sleeps there has to be woken, so they want to be
    /// [`Platform::kick`](crate::Platform::kick) of the platform of the stack at that end.
    pub fn ends<C, W, V>(
        cable: C,
        wake_first: W,
        wake_second: V,
    ) -> (CableEnd<'a, L, C, V>, CableEnd<'a, L, C, W>)
    where
        C: Deref<Target = Cable<'a, L>> + Clone,
        W: Fn(),
        V: Fn(),
    {
        let first = CableEnd { cable: cable.clone(), side: 0, wake: wake_second, of: PhantomData };
        let second = CableEnd { cable, side: 1, wake: wake_first, of: PhantomData };
        (first, second)
    }
}

/// One end of a [`Cable`].
pub struct CableEnd<'a, L: LockFamily, C, W> {
    cable: C,
    /// Which queue this end sends into.
    side: usize,
    wake: W,
    of: PhantomData<fn() -> Cable<'a, L>>,
}

impl<'a, L, C, W> CableEnd<'a, L, C, W>
where
    L: LockFamily,
    C: Deref<Target = Cable<'a, L>>,
{
    /// Nothing below the lock calls an end again: an error cannot be.
    fn with_queue(&self, side: usize, act: impl FnOnce(&mut Loopback<'a>) -> bool) -> bool {
        self.cable.queues.with(|queues| act(&mut queues[side])).unwrap_or(false)
    }
}

impl<'a, L, C, W> Device for CableEnd<'a, L, C, W>
where
    L: LockFamily,
    C: Deref<Target = Cable<'a, L>>,
    W: Fn(),
{
    fn medium(&self) -> Medium {
        if self.cable.is_ethernet {
            // A locally administered address for each end.
            Medium::Ethernet(HardwareAddress([0x02, 0, 0, 0, 0, 1 + self.side as u8]))
        } else {
            Medium::Ip
        }
    }

    fn mtu(&self) -> usize {
        self.cable.mtu
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        self.with_queue(1 - self.side, |queue| queue.receive(consume))
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let mut length = 0;
        let had_room = self.with_queue(self.side, |queue| {
            queue.transmit(&mut |room| {
                length = fill(room);
                length
            })
        });
        if length > 0 {
            (self.wake)();
        }
        had_room
    }
}
