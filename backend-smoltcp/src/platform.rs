//! What a stack needs of the machine: time, sleep and entropy.
//!
//! A call that has to wait works off what there is and then *parks*. What ends a park is a count:
//! whoever has news, a driver's interrupt handler or another thread, increments it with
//! [`Platform::kick`]; a park that was told an older count returns at once. So nothing is lost
//! between looking and sleeping.

use berkeley::Instant;

/// The machine below a stack.
pub trait Platform {
    /// The monotonic clock.
    fn now(&self) -> Instant;

    /// How many kicks there have been. Wraps.
    fn seq(&self) -> u32;

    /// Sleeps until the count is no longer `seen`, or until the time given; without one, until a
    /// kick. MUST return at once if the count has moved already, and MAY return early. It also
    /// returns when a device of the stack has received a frame: most implementations let the
    /// driver's interrupt handler kick.
    ///
    /// On Cortex-M: mask interrupts, compare, arm the timer, `WFI`, unmask.
    fn park(&self, seen: u32, until: Option<Instant>);

    /// Counts one up and wakes every park. Callable from an interrupt handler.
    fn kick(&self);

    /// Fills `bytes` with entropy that cannot be predicted. Asked once, when the stack is made: all
    /// initial sequence numbers, ports and identifiers are derived from it (RFC 6528, RFC 6056).
    ///
    /// There is no default, because there is no good one: a hardware generator, or a seed that is
    /// stored and replaced at each start. A machine that starts with the same bytes again uses the
    /// same ports and identifiers in the same order, and initial sequence numbers that differ by its
    /// clock alone: whoever has seen them once knows them.
    fn entropy(&self, bytes: &mut [u8]);
}

impl<P: Platform + ?Sized> Platform for &P {
    fn now(&self) -> Instant {
        (**self).now()
    }

    fn seq(&self) -> u32 {
        (**self).seq()
    }

    fn park(&self, seen: u32, until: Option<Instant>) {
        (**self).park(seen, until);
    }

    fn kick(&self) {
        (**self).kick();
    }

    fn entropy(&self, bytes: &mut [u8]) {
        (**self).entropy(bytes);
    }
}

/// Nobody can forget the entropy:
///
/// ```compile_fail,E0046
/// struct Machine;
///
/// impl berkeley_smoltcp::Platform for Machine {
///     fn now(&self) -> berkeley::Instant {
///         berkeley::Instant::ZERO
///     }
///     fn seq(&self) -> u32 {
///         0
///     }
///     fn park(&self, _seen: u32, _until: Option<berkeley::Instant>) {}
///     fn kick(&self) {}
/// }
/// ```
#[cfg(doctest)]
struct EntropyIsRequired;
