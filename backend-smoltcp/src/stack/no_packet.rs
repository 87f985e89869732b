//! A stack without sockets of frames: nobody watches its links.
#![cfg_attr(not(datagrams), allow(dead_code, reason = "what only datagram sockets call"))]

use berkeley::options::OptionBytes;
use berkeley::{Address, Error, Instant, OptionLevel, OptionName, OutgoingMessage};

use super::datagrams::Datagrams;
use super::link::LinkFacts;
use super::state::{Inner, State};
use crate::descriptor::Datagram;
use crate::packet_socket::Frames;

/// Which way a frame goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out(Option<u16>),
}

impl Datagrams<'_> {
    pub(super) fn watch(&self) -> bool {
        false
    }

    pub(super) fn show(&mut self, _facts: &LinkFacts, _frame: &[u8], _way: Way) {}
}

pub(super) fn sender_of<E>(frames: Frames, _envelope: &E) -> Address {
    match frames {}
}

impl Inner<'_> {
    pub(super) fn bind_frames(
        &mut self,
        _index: u16,
        _address: &Address,
    ) -> Option<Result<(), Error>> {
        None
    }

    pub(super) fn frames_name(&mut self, _index: u16) -> Option<Address> {
        None
    }

    pub(super) fn send_frame(
        &mut self,
        frames: Frames,
        _index: u16,
        _message: &OutgoingMessage<'_>,
        _now: Instant,
    ) -> Result<usize, Error> {
        match frames {}
    }
}

impl State<'_> {
    pub(super) fn packet_opened(&mut self, _index: u16, _datagram: Datagram) {}

    pub(super) fn packet_closed(&mut self, _datagram: Datagram) {}

    pub(super) fn wake_watchers(&mut self) {}

    pub(super) fn frames_option(
        &mut self,
        _index: u16,
        _level: OptionLevel,
        _name: OptionName,
    ) -> Option<Result<OptionBytes, Error>> {
        None
    }

    pub(super) fn set_frames_option(
        &mut self,
        _index: u16,
        _level: OptionLevel,
        _name: OptionName,
        _value: &[u8],
    ) -> Option<Result<(), Error>> {
        None
    }
}
