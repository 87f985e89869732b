//! A userspace stack over fixed memory, with TCP, UDP and both versions of IP: what a program links
//! that echoes over it. There is no allocator here: code that allocates does not link.
#![no_std]
#![no_main]

use berkeley_size::{program, used};

#[path = "../../../../backend-smoltcp/tests/support/heapless.rs"]
mod heapless;

use heapless::{BoardMemory, End, Machine, Queue, echo, stack};

program!({
    let machine = Machine::default();
    let (there, back) = (Queue::new(), Queue::new());
    let (mut one, mut two) = (BoardMemory::new(), BoardMemory::new());
    let (mut left, mut right) = (End::new(&back, &there, 0), End::new(&there, &back, 1));
    if let (Ok(near), Ok(far)) =
        (stack(&mut one, &machine, &mut left), stack(&mut two, &machine, &mut right))
    {
        used(&echo(&near, &far));
    }
});
