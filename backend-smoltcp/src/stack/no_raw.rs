//! A stack without raw sockets and ping sockets: nobody looks at packets.
#![cfg_attr(not(datagrams), allow(dead_code, reason = "what only datagram sockets call"))]

use berkeley::{Errno, Error};

use super::arrival::{Arrival, Packet};
use super::icmp::Quoted;
use super::state::{Inner, State};
use crate::descriptor::Transport;
use crate::options::raw::RawOptions;
use crate::raw::{Ping, Raw};

impl Inner<'_> {
    pub(super) fn send_raw<D>(
        &mut self,
        raw: Raw,
        _options: &RawOptions,
        _departure: &D,
    ) -> Result<(), Error> {
        match raw {}
    }

    pub(super) fn send_ping<D>(&mut self, ping: Ping, _departure: &D) -> Result<(), Error> {
        match ping {}
    }
}

impl State<'_> {
    pub(super) fn is_tapped(&self) -> bool {
        false
    }

    pub(super) fn raw_opened(&mut self, _index: u16, _transport: Transport) {}

    pub(super) fn raw_closed(&mut self, _transport: Transport) {}

    pub(super) fn packet_tapped(&mut self, _arrival: &Arrival<'_>, _packet: &Packet<'_>) -> bool {
        false
    }

    pub(super) fn echo_answered(&mut self, _arrival: &Arrival<'_>, _packet: &Packet<'_>) {}

    pub(super) fn reported_to_raw(&mut self, _quoted: &Quoted, _errno: Errno) {}

    pub(super) fn reported_to_ping(&mut self, _quoted: &Quoted, _errno: Errno) {}
}
