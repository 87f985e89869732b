//! What the labs in virtual time have in common: two userspace stacks over a link in memory, and their
//! addresses.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ops::Deref;

use berkeley::{Backend, Error, Net};
use berkeley_smoltcp::device::Device;
use berkeley_smoltcp::lock::LockFamily;
use berkeley_smoltcp::{Capacity, Platform, Stack};

use super::userspace::userspace;
use crate::case::Family;
use crate::lab::Networks;

/// The near side's addresses, and the far side's (RFC 5737, RFC 3849).
const NEAR: [IpAddr; 4] = [v4(1), v4(3), v6(1), v6(3)];
const FAR: [IpAddr; 2] = [v4(2), v6(2)];

/// The number of the link's interface: that of the loopback is 1.
const INTERFACE: u32 = 2;

const fn v4(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

const fn v6(last: u16) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last))
}

/// Two userspace stacks over a link, and the world in which they are.
pub struct TwoStacks<B: Backend + Clone, W> {
    pub(super) near: Net<B>,
    pub(super) far: Net<B>,
    pub(super) world: W,
}

impl<B: Backend + Clone, W> TwoStacks<B, W> {
    /// Two stacks that are made by `stack`, at the ends of a link.
    pub(super) fn new<P: Platform, L: LockFamily>(
        near_end: impl Device + Send + 'static,
        far_end: impl Device + Send + 'static,
        stack: impl Fn(Capacity) -> B,
        world: W,
    ) -> Result<TwoStacks<B, W>, Error>
    where
        B: Deref<Target = Stack<'static, P, L>>,
    {
        let near = userspace(&stack, near_end, &NEAR)?;
        let far = userspace(&stack, far_end, &FAR)?;
        Ok(TwoStacks { near: Net::new(near), far: Net::new(far), world })
    }
}

impl<B: Backend + Clone + 'static, W: 'static> Networks for TwoStacks<B, W> {
    type Near = B;
    type Far = B;

    fn near(&self) -> &Net<B> {
        &self.near
    }

    fn far(&self) -> &Net<B> {
        &self.far
    }

    fn near_address(&self, family: Family) -> Option<IpAddr> {
        NEAR.into_iter().find(|address| family.has(*address))
    }

    fn near_interface(&self) -> u32 {
        INTERFACE
    }

    fn far_interface(&self) -> u32 {
        INTERFACE
    }

    fn second_near_address(&self, family: Family) -> Option<IpAddr> {
        NEAR.into_iter().filter(|address| family.has(*address)).nth(1)
    }

    fn far_address(&self, family: Family) -> Option<IpAddr> {
        FAR.into_iter().find(|address| family.has(*address))
    }

    fn loopback(&self, family: Family) -> Option<IpAddr> {
        Some(family.loopback())
    }
}
