//! Without the feature `async`: whoever sleeps does so in the processor, which any interrupt wakes.

pub(crate) fn wake() {}
