//! A stack without datagram sockets: nothing comes beside a datagram.

use berkeley::{OptionLevel, OptionName};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Wanted;

impl Wanted {
    pub(crate) const NOTHING: Wanted = Wanted;

    pub(crate) fn switch(&mut self, _level: OptionLevel, _name: OptionName) -> Option<&mut bool> {
        None
    }
}
