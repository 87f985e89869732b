//! A stack without TCP: it has no options.

use berkeley::options::OptionBytes;
use berkeley::{Errno, Error, OptionName};

use super::Facts;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TcpOptions;

impl TcpOptions {
    pub(crate) const DEFAULT: TcpOptions = TcpOptions;

    pub(super) fn get(&self, _name: OptionName, _facts: &Facts) -> Result<OptionBytes, Error> {
        Err(Errno::ENOPROTOOPT.into())
    }

    pub(super) fn set(
        &mut self,
        _name: OptionName,
        _value: i32,
        _facts: &Facts,
    ) -> Result<(), Error> {
        Err(Errno::ENOPROTOOPT.into())
    }
}

pub(super) fn set_congestion_control(_name: &[u8]) -> Result<(), Error> {
    Err(Errno::ENOPROTOOPT.into())
}
