//! A stack without datagram sockets: fragments go no further. Segments are not taken from any, and
//! what else comes in some is an echo that is too long to be answered.

use core::marker::PhantomData;

use berkeley::Instant;
use managed::ManagedSlice;

use super::packet::IpHeader;
use crate::stack::PoolUsage;

pub(crate) struct Reassembled<'b> {
    pub(crate) slot: usize,
    pub(crate) header: IpHeader,
    pub(crate) payload: &'b [u8],
}

pub(crate) struct ReassemblyBuffer<'a>(PhantomData<&'a ()>);

impl<'a> ReassemblyBuffer<'a> {
    pub(crate) fn new(_data: ManagedSlice<'a, u8>) -> ReassemblyBuffer<'a> {
        ReassemblyBuffer(PhantomData)
    }
}

pub(crate) struct Reassembly<'a>(PhantomData<&'a ()>);

impl<'a> Reassembly<'a> {
    pub(crate) fn new(
        _buffers: impl Into<ManagedSlice<'a, ReassemblyBuffer<'a>>>,
    ) -> Reassembly<'a> {
        Reassembly(PhantomData)
    }

    pub(crate) fn add(
        &mut self,
        _header: &IpHeader,
        _payload: &[u8],
        _now: Instant,
    ) -> Option<Reassembled<'_>> {
        None
    }

    pub(crate) fn usage(&self, _now: Instant) -> PoolUsage {
        PoolUsage::default()
    }

    pub(crate) fn release(&mut self, _slot: usize) {}
}
