//! A stack without raw sockets: they have no options.

use berkeley::options::OptionBytes;
use berkeley::{Error, OptionLevel, OptionName};

use super::Facts;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RawOptions;

impl RawOptions {
    pub(crate) const DEFAULT: RawOptions = RawOptions;

    pub(super) fn get(
        &self,
        _level: OptionLevel,
        _name: OptionName,
        _facts: &Facts,
    ) -> Option<Result<OptionBytes, Error>> {
        None
    }

    pub(super) fn set(
        &mut self,
        _level: OptionLevel,
        _name: OptionName,
        _value: i32,
        _facts: &Facts,
    ) -> Option<Result<(), Error>> {
        None
    }
}
