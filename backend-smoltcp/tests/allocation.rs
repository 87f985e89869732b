//! Without the memory of a heap nothing allocates: two stacks over fixed memory run under an allocator
//! that counts. That the code cannot allocate at all without the feature `alloc` is shown by a program
//! for a microcontroller that links it (`benches/size`).
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

#[allow(dead_code, unreachable_pub, reason = "shared with a program")]
#[path = "support/heapless.rs"]
mod heapless;

use heapless::{BoardMemory, End, Machine, Queue, echo, stack};

mod counting {
    //! The only unsafe code of this package's tests: an allocator cannot be had without.
    #![allow(unsafe_code, reason = "an allocator")]

    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    std::thread_local! {
        static COUNT: Cell<usize> = const { Cell::new(0) };
    }

    struct Counting;

    // SAFETY: every call is passed on to the system's allocator unchanged.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            COUNT.set(COUNT.get() + 1);
            // SAFETY: the caller's promise about the layout is the one wanted here.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
            // SAFETY: the place came from `alloc` above, and so from there.
            unsafe { System.dealloc(place, layout) }
        }
    }

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    /// How often this thread has allocated.
    pub(super) fn count() -> usize {
        COUNT.get()
    }
}

#[test]
fn two_stacks_over_fixed_memory_allocate_nothing() {
    fn leak<T>(value: T) -> &'static mut T {
        Box::leak(Box::new(value))
    }
    const EMPTY: BoardMemory<'static> = BoardMemory::new();
    let machine = &*leak(Machine::default());
    let (there, back) = (&*leak(Queue::new()), &*leak(Queue::new()));
    let near = stack(leak(EMPTY), machine, leak(End::new(back, there, 0))).unwrap();
    let far = stack(leak(EMPTY), machine, leak(End::new(there, back, 1))).unwrap();
    let before = counting::count();
    assert!(before > 0, "it counts");
    for round in 0..3 {
        assert_eq!(echo(&near, &far), Ok(20_000), "round {round}");
        assert_eq!(counting::count(), before, "round {round}");
    }
}
