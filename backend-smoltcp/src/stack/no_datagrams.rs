//! A stack without datagram sockets: what the rest of it asks about datagram sockets, and there are none.

use core::fmt;

use berkeley::{
    Address, AddressFamily, Errno, Error, Instant, MessageFlags, OutgoingMessage, Readiness,
    ReceivedMessage, Shutdown,
};

use super::icmp::Quoted;
use super::state::{Inner, State};
use super::statistics::PoolUsage;
use crate::descriptor::{Bound, Datagram, Descriptor, Transport};

/// There are no queues.
pub(super) struct Datagrams<'a>(core::marker::PhantomData<&'a ()>);

impl Datagrams<'_> {
    pub(super) const NONE: Datagrams<'static> = Datagrams(core::marker::PhantomData);
}

impl Inner<'_> {
    pub(super) fn send_datagram(
        &mut self,
        _index: u16,
        _message: &OutgoingMessage<'_>,
        _now: Instant,
    ) -> Result<usize, Error> {
        Err(Errno::EOPNOTSUPP.into())
    }
}

impl State<'_> {
    pub(super) fn open_datagram(
        &mut self,
        _family: AddressFamily,
        transport: Transport,
    ) -> Result<u16, Error> {
        match transport {}
    }

    pub(super) fn let_go_of_datagram(&mut self, datagram: Datagram) {
        match datagram {}
    }

    pub(super) fn reported_to_datagram(&mut self, _quoted: &Quoted, _errno: Errno) {}

    pub(super) fn receive_datagram(
        &mut self,
        _index: u16,
        _buffers: &mut [&mut [u8]],
        _control: &mut [u8],
        _flags: MessageFlags,
    ) -> Result<ReceivedMessage, Error> {
        Err(Errno::EOPNOTSUPP.into())
    }

    pub(super) fn connect_datagram(
        &mut self,
        _index: u16,
        datagram: Datagram,
        _address: &Address,
    ) -> Result<(), Error> {
        match datagram {}
    }

    pub(super) fn shutdown_datagram(
        &mut self,
        _index: u16,
        datagram: Datagram,
        _how: Shutdown,
    ) -> Result<(), Error> {
        match datagram {}
    }

    pub(super) fn set_receive_limit(&mut self, datagram: Datagram, _wanted: usize) {
        match datagram {}
    }

    pub(super) fn datagram_readiness(&self, _entry: &Descriptor, datagram: Datagram) -> Readiness {
        match datagram {}
    }

    pub(super) fn datagram_sizes(&self, datagram: Datagram) -> (usize, usize, Option<u16>) {
        match datagram {}
    }

    pub(super) fn queue_usage(&self) -> PoolUsage {
        PoolUsage::default()
    }

    pub(super) fn print_datagram(
        &self,
        datagram: Datagram,
        _f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        match datagram {}
    }
}

pub(super) fn peer_of(datagram: Datagram) -> Option<Bound> {
    match datagram {}
}
