//! Nobody records answers where there is no `std`.

use core::fmt;

pub(crate) fn record(_answer: fmt::Arguments<'_>) {}
