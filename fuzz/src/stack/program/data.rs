//! Calls that move data.

use berkeley::{Address, Backend, MessageFlags, OutgoingMessage, Patience};
use berkeley_smoltcp::Handle;

use super::Program;
use crate::stack::input::Input;
use crate::stack::{content, plain};

impl<B: Backend<Handle = Handle>> Program<B> {
    fn flags(input: &mut Input<'_>) -> MessageFlags {
        match input.byte() {
            0..160 => MessageFlags::NONE,
            160..192 => MessageFlags::PEEK,
            192..208 => MessageFlags::DONTWAIT | MessageFlags::NOSIGNAL,
            208..224 => MessageFlags::TRUNC,
            224..240 => MessageFlags::WAITALL,
            _ => MessageFlags(input.long()),
        }
    }

    /// One of the sockets that send.
    fn speaker(&self, input: &mut Input<'_>) -> Option<(&Handle, usize)> {
        self.choose(input).filter(|(_, account)| self.accounts[*account].speaks)
    }

    pub(super) fn receive(&mut self, input: &mut Input<'_>) {
        let Some((handle, account)) = self.choose(input) else { return };
        let (length, flags) = (input.length(), Self::flags(input));
        let mut buffer = vec![0xA5; length];
        let answer = self.backend.recvfrom(handle, &mut buffer, flags, Patience::Never);
        let count = answer.as_ref().map(|(count, _)| *count).map_err(|error| *error);
        match &answer {
            Ok((count, Some(_))) => self.datagram(handle, account, &buffer[..*count]),
            _ if self.accounts[account].is_stream => {
                self.accounts[account].has_received(length, flags, &count, &buffer);
            }
            _ => {}
        }
        let touched = count.unwrap_or(0);
        assert!(buffer[touched..].iter().all(|byte| *byte == 0xA5), "bytes behind {touched}");
    }

    pub(super) fn receive_message(&mut self, input: &mut Input<'_>) {
        let Some((handle, account)) = self.choose(input) else { return };
        let (first, second, flags) = (input.length(), input.length(), Self::flags(input));
        let mut buffer = vec![0; first + second];
        let (front, back) = buffer.split_at_mut(first);
        let mut control = [0; 64];
        let answer = self.backend.recvmsg(
            handle,
            &mut [front, &mut [], back],
            &mut control,
            flags,
            Patience::Never,
        );
        match &answer {
            Ok(message) if message.address.is_some() => {
                assert!(message.control_length <= control.len() && message.length <= buffer.len());
                self.datagram(handle, account, &buffer[..message.length]);
            }
            _ if self.accounts[account].is_stream => {
                let count = answer.map(|message| message.length);
                let room = buffer.len();
                self.accounts[account].has_received(room, flags, &count, &buffer);
            }
            _ => {}
        }
    }

    /// A datagram has arrived, or the beginning of one.
    fn datagram(&self, handle: &Handle, account: usize, data: &[u8]) {
        let own = self.backend.getsockname(handle).expect("it has a port");
        let port = plain(&own).map_or(0, |own| own.port());
        if self.trusts_datagrams && self.accounts[account].speaks {
            assert_eq!(content::first_wrong(data, 0, port, 0), None, "in a datagram to {own}");
        }
    }

    pub(super) fn send(&mut self, input: &mut Input<'_>) {
        let Some((handle, account)) = self.speaker(input) else { return };
        let (length, flags) = (input.length(), Self::flags(input));
        let data = self.data(handle, account, length);
        let answer = self.backend.send(handle, &data, flags, Patience::Never);
        if self.accounts[account].is_stream {
            self.accounts[account].has_sent(length, &answer);
        }
    }

    /// What a socket sends next.
    fn data(&self, handle: &Handle, account: usize, length: usize) -> Vec<u8> {
        if self.accounts[account].is_stream {
            return self.accounts[account].next_data(length);
        }
        let peer = self.backend.getpeername(handle).ok();
        self.datagram_to(peer.as_ref(), length)
    }

    fn datagram_to(&self, peer: Option<&Address>, length: usize) -> Vec<u8> {
        let mut data = vec![0; length];
        let port = peer.and_then(plain).map_or(0, |peer| peer.port());
        content::fill(&mut data, 0, port, 0);
        data
    }

    pub(super) fn send_to(&mut self, input: &mut Input<'_>) {
        let Some((handle, account)) = self.speaker(input) else { return };
        let (address, length) = (self.address(input), input.length());
        let length = length * [1, 1, 1, 8][input.below(4)];
        let is_stream = self.accounts[account].is_stream;
        let data = if is_stream {
            self.data(handle, account, length)
        } else {
            self.datagram_to(Some(&address), length)
        };
        let (flags, never) = (MessageFlags::NONE, Patience::Never);
        let answer = self.backend.sendto(handle, &data, flags, &address, never);
        if is_stream {
            self.accounts[account].has_sent(length, &answer);
        } else if let Ok(count) = answer {
            assert_eq!(count, length, "a datagram goes as a whole");
        }
    }

    pub(super) fn send_message(&mut self, input: &mut Input<'_>) {
        let Some((handle, account)) = self.speaker(input) else { return };
        let (length, cut) = (input.length(), input.length());
        let data = self.data(handle, account, length);
        let (front, back) = data.split_at(cut.min(length));
        let control = if cut == 5 { input.bytes(40) } else { &[] };
        let message = OutgoingMessage { parts: &[front, &[], back], control, address: None };
        let flags = Self::flags(input);
        let answer = self.backend.sendmsg(handle, &message, flags, Patience::Never);
        if self.accounts[account].is_stream {
            self.accounts[account].has_sent(length, &answer);
        }
    }
}
