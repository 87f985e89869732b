//! A stack without multicast: it has no options.

use berkeley::options::OptionBytes;
use berkeley::{Error, OptionLevel, OptionName};

use super::Facts;
#[cfg(datagrams)]
use crate::ip::IpAddr;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct MulticastOptions;

impl MulticastOptions {
    pub(crate) const DEFAULT: MulticastOptions = MulticastOptions;

    pub(crate) const fn new(_is_ipv6: bool) -> MulticastOptions {
        MulticastOptions
    }

    #[cfg(datagrams)]
    pub(crate) fn hop_limit(&self, _group: IpAddr) -> u8 {
        1
    }

    #[cfg(datagrams)]
    pub(crate) fn comes_back(&self, _group: IpAddr) -> bool {
        true
    }

    pub(super) fn get(&self, _level: OptionLevel, _name: OptionName) -> Option<OptionBytes> {
        None
    }

    pub(super) fn set(
        &mut self,
        _level: OptionLevel,
        _name: OptionName,
        _value: &[u8],
        _integer: i32,
        _facts: &Facts,
    ) -> Option<Result<(), Error>> {
        None
    }
}
