//! A stack that asks nobody for names: it knows what the core knows.

use core::ops::ControlFlow;

use berkeley::names::{AddressInfo, AddressInfoQuery, NameInfo, numeric};
use berkeley::{Address, Error, NameInfoFlags};

use super::Stack;
use crate::lock::LockFamily;
use crate::platform::Platform;

impl<P: Platform, L: LockFamily> Stack<'_, P, L> {
    pub(super) const HAS_RESOLVER: bool = false;

    pub(super) fn look_up_host(
        &self,
        query: &AddressInfoQuery<'_>,
        found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        numeric::getaddrinfo(query, found)
    }

    pub(super) fn look_up_address(
        &self,
        address: &Address,
        flags: NameInfoFlags,
        found: &mut dyn FnMut(NameInfo<'_>),
    ) -> Result<(), Error> {
        numeric::getnameinfo(address, flags, found)
    }
}
