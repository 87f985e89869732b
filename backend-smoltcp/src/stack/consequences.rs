//! What follows from what an engine has done: errors, wake-ups, the end of a connection.

use berkeley::{Errno, Instant};
use smoltcp::socket::tcp;

use super::connections::Cause;
use super::state::State;
use super::statistics::count;
use crate::descriptor::{Kind, Stream};
use crate::tcp::slot::{Owner, Slot};
use crate::tcp::stream::Ending;

impl State<'_> {
    /// Draws the consequences of what the engine of a slot has done: errors, wake-ups, the end of
    /// the connection.
    pub(super) fn settle(&mut self, number: u16, cause: Cause, now: Instant) {
        let Some(slot) = self.slot_mut(number) else { return };
        let (old, new) = (slot.last_state, slot.state());
        let ending = matches!(new, tcp::State::Closed | tcp::State::TimeWait);
        match cause {
            Cause::Input if old == new && !ending => return self.announce(number), // data, or room
            Cause::Output if old == new && !ending => return,
            _ => {}
        }
        slot.last_state = new;
        if old != tcp::State::Closed && new == tcp::State::Closed {
            let error = match cause_of_end(old, cause) {
                Some(Errno::ETIMEDOUT) => slot.soft_error.or(Some(Errno::ETIMEDOUT)),
                error => error,
            };
            self.count_end(old);
            self.fail(number, error);
        }
        let Some(slot) = self.slot_mut(number) else { return };
        if let (true, Owner::Descriptor(descriptor)) = (ending && old != new, slot.owner) {
            self.descriptors.give_port_back(descriptor);
        }
        let Some(slot) = self.slot_mut(number) else { return };
        if slot.is_synchronized() {
            match slot.owner {
                Owner::Descriptor(descriptor) => self.connection_stands(number, descriptor),
                // It was closed while it was being opened.
                Owner::Orphan if old == tcp::State::SynReceived => {
                    if let Some(socket) = slot.socket_mut() {
                        socket.close();
                    }
                }
                _ => {}
            }
        }
        let Some(slot) = self.slot_mut(number) else { return };
        if slot.owner == Owner::Orphan && new == tcp::State::FinWait2 && slot.orphan_until.is_none()
        {
            let patience = slot.patience.of_end();
            if patience.is_none() {
                slot.abort();
            }
            slot.orphan_until = patience.map(|patience| now + patience);
        }
        if new == tcp::State::TimeWait && old != new {
            self.retire(number, now);
        }
        self.announce(number);
        self.release_if_over(number, now);
    }

    /// A connection that was in this state is closed, otherwise than by TIME-WAIT.
    fn count_end(&mut self, old: tcp::State) {
        match old {
            tcp::State::SynSent | tcp::State::SynReceived => {
                count(&mut self.protocols.attempt_failures);
            }
            tcp::State::Established | tcp::State::CloseWait => {
                count(&mut self.protocols.established_resets);
            }
            _ => {}
        }
    }

    /// Both ends know of a connection that a program holds.
    fn connection_stands(&mut self, number: u16, descriptor: u16) {
        if self.descriptors.entry(descriptor).is_ok_and(|entry| entry.write_shut) {
            // It may have been shut down in SYN-RECEIVED, where the engine sends no end.
            if let Some(socket) = self.slot_mut(number).and_then(Slot::socket_mut) {
                socket.close(); // nothing new to an engine that is closing
            }
        }
    }

    /// Leaves an error for whoever holds the connection.
    pub(super) fn fail(&mut self, number: u16, error: Option<Errno>) {
        let Some(slot) = self.slot_mut(number) else { return };
        match slot.owner {
            Owner::Descriptor(descriptor) => {
                if let Ok(entry) = self.descriptors.entry_mut(descriptor) {
                    entry.error = error.or(entry.error);
                }
            }
            Owner::Listener(_) => slot.error = error,
            Owner::Free | Owner::Orphan => {}
        }
    }

    /// Tells whoever waits on the connection that something has happened.
    fn announce(&mut self, number: u16) {
        let Some(slot) = self.slot(number) else { return };
        match slot.owner {
            Owner::Descriptor(descriptor) | Owner::Listener(descriptor) => {
                self.wake(descriptor);
            }
            // Somebody may linger until it is delivered.
            Owner::Orphan => self.note_news(),
            Owner::Free => {}
        }
    }

    /// Frees the slot of a connection that has nothing more to give; its descriptor learns that the
    /// connection is over.
    pub(super) fn release_if_over(&mut self, number: u16, now: Instant) {
        let Some(slot) = self.slot(number) else { return };
        let (state, owner) = (slot.state(), slot.owner);
        let reset_pending = slot.socket().is_some_and(|s| s.remote_endpoint().is_some());
        if slot.unread() > 0 && owner != Owner::Orphan {
            let is_held = matches!(owner, Owner::Descriptor(_));
            if is_held && state == tcp::State::Closed && !reset_pending {
                self.detach_slot(number); // what is unread can be read without ends
            }
            return;
        }
        match (state, owner) {
            // A reset must still go out; then this is asked again.
            (tcp::State::Closed, Owner::Orphan) if reset_pending => {}
            (tcp::State::Closed | tcp::State::TimeWait, Owner::Orphan) => self.release_slot(number),
            (tcp::State::FinWait2, Owner::Orphan) if self.has_said_all(number) => {
                self.retire(number, now);
                self.release_slot(number);
            }
            (tcp::State::Closed | tcp::State::TimeWait, Owner::Descriptor(descriptor)) => {
                let Ok(entry) = self.descriptors.entry_mut(descriptor) else { return };
                let ending = match entry.connect_reported {
                    true => Ending::Disconnected,
                    false => Ending::NotConnected,
                };
                entry.kind = Kind::Stream(Stream::Over(ending));
                self.orphan(number, now);
                self.release_if_over(number, now);
            }
            _ => {}
        }
    }

    /// Whether every connection that was let go has had its end acknowledged.
    pub(super) fn is_delivered(&self) -> bool {
        let waits_for_acknowledgement = |slot: &Slot<'_>| {
            matches!(
                slot.state(),
                tcp::State::SynReceived
                    | tcp::State::Established
                    | tcp::State::FinWait1
                    | tcp::State::Closing
                    | tcp::State::LastAck
            )
        };
        let orphans = || self.tcp.slots.iter().filter(|slot| slot.owner == Owner::Orphan);
        !self.has_queued() && !orphans().any(waits_for_acknowledgement)
    }

    /// Lets go of a slot: what is left is delivered without anybody watching.
    pub(super) fn orphan(&mut self, number: u16, now: Instant) {
        if let Some(slot) = self.slot_mut(number) {
            slot.owner = Owner::Orphan;
            slot.orphan_since = now;
        }
    }
}

/// The error that a connection ends with (Linux's `tcp_reset`), by the state it was in.
fn cause_of_end(old: tcp::State, cause: Cause) -> Option<Errno> {
    match (cause, old) {
        (Cause::Program, _) => None,
        (Cause::Output, _) => Some(Errno::ETIMEDOUT),
        (Cause::Input, tcp::State::SynSent) => Some(Errno::ECONNREFUSED),
        (Cause::Input, tcp::State::CloseWait) => Some(Errno::EPIPE),
        // The peer has acknowledged our end: the ordinary way.
        (Cause::Input, tcp::State::LastAck | tcp::State::TimeWait) => None,
        (Cause::Input, _) => Some(Errno::ECONNRESET),
    }
}
