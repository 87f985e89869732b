//! A stack without TCP: what the rest of it asks about streams and connections, and there are none.

use core::fmt;

use berkeley::{
    Address, AddressFamily, Errno, Error, Instant, MessageFlags, OutgoingMessage, Readiness,
    Shutdown,
};

use super::arrival::{Arrival, Packet};
use super::icmp::{Quoted, Report};
use super::state::{Inner, State};
use super::statistics::PoolUsage;
use crate::descriptor::{Bound, Descriptor, Handle, Stream};
use crate::ip::IpAddr;
use crate::options::Reuse;
use crate::tuple::{Endpoint, Tuple};

/// The sockets that there are do not listen, and have no connections.
const UNSUPPORTED: Error = Error::from_errno(Errno::EOPNOTSUPP);

impl Inner<'_> {
    pub(super) fn send_queued(&mut self, _now: Instant) -> bool {
        false
    }

    pub(super) fn work_off_timers(&mut self, _now: Instant) -> bool {
        false
    }

    pub(super) fn keep_connections(&mut self, _now: Instant) {}

    pub(super) fn say_last_word(&mut self, _now: Instant) {}

    pub(super) fn connections_lost_neighbour(
        &mut self,
        _link: u8,
        _address: IpAddr,
        _now: Instant,
    ) {
    }

    pub(super) fn connect_stream(
        &mut self,
        _index: u16,
        _address: &Address,
        _now: Instant,
    ) -> Result<(), Error> {
        Err(UNSUPPORTED)
    }

    pub(super) fn send_stream(
        &mut self,
        _index: u16,
        _message: &OutgoingMessage<'_>,
        _now: Instant,
    ) -> Result<usize, Error> {
        Err(UNSUPPORTED)
    }
}

impl State<'_> {
    pub(super) fn has_queued(&self) -> bool {
        false
    }

    pub(super) fn are_timers_due(&self, _now: Instant) -> bool {
        false
    }

    pub(super) fn next_timer(&self) -> Option<Instant> {
        None
    }

    pub(super) fn next_event_of_connections(&self) -> Option<Instant> {
        None
    }

    pub(super) fn plain_frame_arrived(
        &mut self,
        _arrival: &mut Arrival<'_>,
        _frame: &[u8],
    ) -> bool {
        false
    }

    pub(super) fn has_last_word(&self) -> bool {
        false
    }

    pub(super) fn lets_frame_first(&mut self) -> bool {
        true
    }

    pub(super) fn segment_arrived(&mut self, _arrival: &mut Arrival<'_>, _packet: &Packet<'_>) {}

    pub(super) fn reported_to_connection(
        &mut self,
        _quoted: &Quoted,
        _report: Report,
        _now: Instant,
    ) {
    }

    pub(super) fn connections_found_neighbour(&mut self, _link: u8, _address: IpAddr) {}

    pub(super) fn connections_forget_neighbours(&mut self, _link: u8) {}

    pub(super) fn ways_changed(&mut self, _now: Instant) {}

    pub(super) fn forget_half_open(&mut self, _link: u8) {}

    pub(super) fn is_delivered(&self) -> bool {
        true
    }

    pub(super) fn still_delivers(&self, _connection: (u16, Tuple)) -> bool {
        false
    }

    pub(super) fn port_has_connection(&self, _local: &Endpoint, _reuse: Reuse) -> bool {
        false
    }

    pub(super) fn open_stream(&mut self, _family: AddressFamily) -> Result<u16, Error> {
        Err(Errno::ESOCKTNOSUPPORT.into())
    }

    pub(super) fn listen(&mut self, _index: u16, _backlog: i32) -> Result<(), Error> {
        Err(UNSUPPORTED)
    }

    pub(super) fn accept(
        &mut self,
        _index: u16,
        _now: Instant,
    ) -> Result<(Handle, Address), Error> {
        Err(UNSUPPORTED)
    }

    pub(super) fn connect_outcome(&mut self, _index: u16, _now: Instant) -> Result<(), Error> {
        Err(UNSUPPORTED)
    }

    pub(super) fn receive_stream(
        &mut self,
        _index: u16,
        _buffers: &mut [&mut [u8]],
        _flags: MessageFlags,
        _now: Instant,
    ) -> Result<usize, Error> {
        Err(UNSUPPORTED)
    }

    pub(super) fn shutdown_stream(
        &mut self,
        _index: u16,
        _how: Shutdown,
        _now: Instant,
    ) -> Result<(), Error> {
        Err(UNSUPPORTED)
    }

    pub(super) fn let_go_of_stream(&mut self, _index: u16, _now: Instant) -> Option<(u16, Tuple)> {
        None
    }

    pub(super) fn apply_options(&mut self, _index: u16, stream: Stream, _now: Instant) {
        match stream {}
    }

    pub(super) fn is_closed(&self, stream: Stream) -> bool {
        match stream {}
    }

    pub(super) fn stream_readiness(&self, _entry: &Descriptor, stream: Stream) -> Readiness {
        match stream {}
    }

    pub(super) fn stream_peer(&self, _entry: &Descriptor, stream: Stream) -> Option<Bound> {
        match stream {}
    }

    pub(super) fn stream_sizes(&self, stream: Stream) -> (usize, usize, Option<u16>) {
        match stream {}
    }

    pub(super) fn connection_usage(&self) -> (PoolUsage, PoolUsage, PoolUsage) {
        Default::default()
    }

    pub(super) fn print_connections(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

pub(super) fn print_stream(stream: Stream, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match stream {}
}
