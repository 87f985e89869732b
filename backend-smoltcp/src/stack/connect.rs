//! Connecting a stream socket, asking how that came out, and taking the peer away again, as Linux does
//! (`inet_stream_connect`, `tcp_disconnect`).

use berkeley::{Address, AddressFamily, Errno, Error, Instant};
use smoltcp::socket::tcp;

use super::state::{Inner, State};
use super::statistics::count;
use super::streams::stream_of;
use crate::descriptor::{Bound, Stream};
use crate::network::route::needs_scope;
use crate::tcp::slot::Owner;
use crate::tcp::stream::Ending;
use crate::tuple::{Endpoint, Tuple};

impl Inner<'_> {
    /// Starts connecting; [`Errno::EINPROGRESS`] when it has.
    pub(super) fn connect_stream(
        &mut self,
        index: u16,
        address: &Address,
        now: Instant,
    ) -> Result<(), Error> {
        let state = &mut self.state;
        if address.family() == AddressFamily::UNSPEC {
            return state.disconnect_stream(index, now);
        }
        match stream_of(state, index)? {
            Stream::Listening(_) => return Err(Errno::EISCONN.into()),
            Stream::Open { slot } => return state.connect_again(index, slot, now),
            Stream::Over(Ending::Disconnected) => return Err(Errno::EISCONN.into()),
            Stream::Over(Ending::NotConnected) => return Err(state.why_not_connected(index)),
            Stream::Unconnected => {}
        }
        let entry = state.descriptors.entry(index)?;
        let remote = entry.internal(address)?;
        let (old_bound, has_port, options) = (entry.bound, entry.has_port(), entry.options);
        if remote.ip.is_multicast() || state.routes.is_broadcast(remote.ip) {
            return Err(Errno::ENETUNREACH.into());
        }
        let remote = state.reachable(index, remote)?;
        let (hop, source) = state.way_to(&remote, old_bound)?;
        let end = Endpoint { ip: remote.ip, port: remote.port };
        let port = match old_bound {
            Some(bound) if has_port => bound.port,
            _ => state.port_for_connection(source, end)?,
        };
        let tuple = Tuple { local: Endpoint { ip: source, port }, remote: end };
        if state.find_connection(&tuple).is_some() {
            return Err(Errno::EADDRNOTAVAIL.into());
        }
        let scope_id = if needs_scope(source) { remote.scope_id } else { 0 };
        let bound = Bound { ip: source, port, scope_id };
        if remote.port == 0 {
            // The engine does not ask where nobody can listen.
            state.descriptors.bind(index, bound);
            state.descriptors.give_port_back(index);
            state.descriptors.entry_mut(index)?.error = Some(Errno::ECONNREFUSED);
            state.set_stream(index, Stream::Over(Ending::NotConnected));
            state.wake(index);
            return Err(Errno::EINPROGRESS.into());
        }
        let number = state.claim_slot(tuple, Owner::Descriptor(index), hop)?;
        let first = state.first_number(&tuple, now);
        let slot = state.slot_mut(number).ok_or(Errno::ENOBUFS)?;
        slot.our_first = first;
        let opened = match self.links.get(usize::from(hop.0)) {
            Some(Some(link)) => {
                slot.open(&options, link.facts.limits(), now);
                let socket = slot.socket_mut().ok_or(Errno::ENETUNREACH)?;
                link.engine.connect(socket, &tuple, first, now)
            }
            _ => Err(Errno::ENETUNREACH.into()),
        };
        if let Err(error) = opened {
            state.release_slot(number);
            return Err(error);
        }
        slot.last_state = tcp::State::SynSent;
        count(&mut state.protocols.active_opens);
        state.descriptors.bind(index, bound);
        state.descriptors.entry_mut(index)?.error = None;
        state.set_stream(index, Stream::Open { slot: number });
        state.queue(number);
        self.say_last_word(now);
        Err(Errno::EINPROGRESS.into())
    }
}

impl State<'_> {
    /// A second `connect` on a socket that has a connection, or is getting one.
    fn connect_again(&mut self, index: u16, slot: u16, now: Instant) -> Result<(), Error> {
        match self.engine_state(slot) {
            tcp::State::SynSent | tcp::State::SynReceived => Err(Errno::EALREADY.into()),
            _ if self.descriptors.entry(index)?.connect_reported => Err(Errno::EISCONN.into()),
            // Reset, with data left that nobody has read.
            tcp::State::Closed => {
                self.abandon(slot, true, now);
                Err(self.why_not_connected(index))
            }
            _ => {
                self.descriptors.entry_mut(index)?.connect_reported = true;
                Ok(())
            }
        }
    }

    /// Ends what a socket is doing, so that it may connect or listen anew. A connection is reset,
    /// and the program is told with the next call as well (Linux's `tcp_disconnect`).
    fn disconnect_stream(&mut self, index: u16, now: Instant) -> Result<(), Error> {
        let stream = stream_of(self, index)?;
        let is_reset = match stream {
            Stream::Open { slot } => !matches!(
                self.engine_state(slot),
                tcp::State::Closed | tcp::State::TimeWait | tcp::State::LastAck
            ),
            _ => false,
        };
        match stream {
            Stream::Open { slot } => {
                self.abandon(slot, true, now);
                self.descriptors.give_port_back(index);
            }
            Stream::Listening(_) => self.stop_listening(index, now),
            Stream::Unconnected | Stream::Over(_) => {}
        }
        self.start_anew(index);
        if is_reset {
            self.descriptors.entry_mut(index)?.error = Some(Errno::ECONNRESET);
        }
        self.wake(index);
        Ok(())
    }

    /// How a started `connect` came out.
    pub(super) fn connect_outcome(&mut self, index: u16, now: Instant) -> Result<(), Error> {
        let stream = stream_of(self, index)?;
        let entry = self.descriptors.entry_mut(index)?;
        match stream {
            Stream::Open { slot } if !entry.connect_reported => {
                self.connect_again(index, slot, now)
            }
            Stream::Open { .. } | Stream::Over(Ending::Disconnected) => entry.take_error(),
            Stream::Over(Ending::NotConnected) => Err(self.why_not_connected(index)),
            Stream::Unconnected | Stream::Listening(_) => {
                entry.take_error()?;
                Err(Errno::ECONNABORTED.into())
            }
        }
    }

    /// Why a connection is over of which `connect` has not said that it stands. It says so once, and
    /// the socket is as new (Linux's `__inet_stream_connect`).
    fn why_not_connected(&mut self, index: u16) -> Error {
        self.start_anew(index);
        let error = self.descriptors.entry_mut(index).ok().and_then(|entry| entry.error.take());
        error.unwrap_or(Errno::ECONNABORTED).into()
    }

    /// Makes a socket as new, but for its options, its pending error, and what the program has chosen
    /// of its address.
    pub(super) fn start_anew(&mut self, index: u16) {
        self.set_stream(index, Stream::Unconnected);
        let Ok(entry) = self.descriptors.entry_mut(index) else { return };
        entry.forget_address();
        (entry.read_limit, entry.write_shut) = (None, false);
        entry.connect_reported = false;
    }
}
