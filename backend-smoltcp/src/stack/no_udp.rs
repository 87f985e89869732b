//! A stack without UDP: no datagram of it arrives, and none leaves.
#![cfg_attr(not(datagrams), allow(dead_code, reason = "what only datagram sockets call"))]

use berkeley::Error;

use super::arrival::{Arrival, Packet};
use super::state::{Inner, State};
use crate::udp::Udp;

impl Inner<'_> {
    pub(super) fn send_udp<D>(&mut self, udp: Udp, _departure: &D) -> Result<(), Error> {
        match udp {}
    }
}

impl State<'_> {
    pub(super) fn datagram_arrived(&mut self, _arrival: &mut Arrival<'_>, _packet: &Packet<'_>) {}
}
