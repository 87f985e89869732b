//! What is allocated, and what not. Over fixed memory nothing is: two stacks run an echo under an
//! allocator that counts. That the code cannot allocate at all without the feature `alloc` is shown by a program
//! for a microcontroller that links it (`benches/size`).
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

#[allow(dead_code, unreachable_pub, reason = "shared with a program")]
#[path = "support/heapless.rs"]
mod heapless;

use berkeley::{AddressFamily, Net};
use berkeley_smoltcp::device::Loopback;
use berkeley_smoltcp::{Capacity, Platform, Stack};
use heapless::{BoardMemory, End, Machine, Queue, echo, stack};

mod counting {
    //! The only unsafe code of this package's tests: an allocator cannot be had without.
    #![allow(unsafe_code, reason = "an allocator")]

    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    std::thread_local! {
        static COUNT: Cell<usize> = const { Cell::new(0) };
        static BYTES: Cell<usize> = const { Cell::new(0) };
    }

    struct Counting;

    // SAFETY: every call is passed on to the system's allocator unchanged.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            COUNT.set(COUNT.get() + 1);
            BYTES.set(BYTES.get().wrapping_add(layout.size()));
            // SAFETY: the caller's promise about the layout is the one wanted here.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
            BYTES.set(BYTES.get().wrapping_sub(layout.size()));
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

    /// How many bytes this thread holds.
    pub(super) fn bytes() -> usize {
        BYTES.get()
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

#[test]
fn buffers_from_the_heap_are_taken_and_given_back() {
    let (receive, send, queue) = (10_000, 20_000, 40_000);
    let capacity = Capacity { receive, send, queue, ..Capacity::default() };
    let machine = Machine::default();
    let stack = Stack::<_>::new(capacity, &machine);
    stack.add_interface(Box::new(Loopback::new(vec![0; 10_000], 1500))).unwrap();
    let net = Net::new(&stack);
    let held = || counting::bytes();
    for round in 0..3 {
        let before = held();
        let datagram = net.datagram(AddressFamily::INET).unwrap();
        assert_eq!(held(), before + queue, "round {round}");
        drop(datagram);
        let listener = net.stream(AddressFamily::INET).unwrap();
        listener.bind(("127.0.0.1", 7)).unwrap();
        listener.listen(1).unwrap();
        assert_eq!(held(), before, "a listener needs none");
        let client = net.create_connection(("127.0.0.1", 7), None, None).unwrap();
        let (server, _) = listener.accept().unwrap();
        assert_eq!(held(), before + 2 * (receive + send), "round {round}");
        drop((client, server, listener));
        // Also while one end is in TIME-WAIT.
        for _ in 0..1000 {
            stack.drive(16).unwrap();
            machine.park(0, None);
        }
        assert_eq!(held(), before, "round {round}\n{stack}");
    }
}
