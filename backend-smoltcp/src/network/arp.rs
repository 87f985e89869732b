//! Address resolution of IPv4 on Ethernet (RFC 826).
//!
//! # What to learn from a message
//!
//! Every message says the addresses of its sender, true or not. This stack believes as little as
//! works:
//!
//! - Asked for an address of ours: answer ([`Arp::reply`]), and
//!   [`learn`](super::neighbour::NeighbourTable::learn) the sender, who is about to talk to us.
//! - Anything else, answers included:
//!   [`learn_if_known`](super::neighbour::NeighbourTable::learn_if_known). That completes what we
//!   asked for and follows a neighbour whose hardware changed, and nobody can fill the table by
//!   announcing himself, as gratuitous messages do.
//! - A sender without an address (a probe, RFC 5227 section 1.1) teaches nothing.

use core::net::Ipv4Addr;

use super::HardwareAddress;
use super::emit::write_front;

/// The length of a message, in bytes, without the link's padding.
pub(crate) const LENGTH: usize = 28;

/// How every message begins: hardware type 1 is Ethernet, then come the number of IPv4 and the lengths
/// of the addresses of both.
const ETHERNET_AND_IPV4: [u8; 6] = [0, 1, 0x08, 0x00, 6, 4];

/// Whether a message asks or answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    /// Who has the target's address?
    Request,
    /// The sender has its address.
    Reply,
}

/// A message for IPv4 on Ethernet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Arp {
    /// Whether it asks or answers.
    pub(crate) operation: Operation,
    /// The hardware address of the sender.
    pub(crate) sender_hardware: HardwareAddress,
    /// The address of the sender; unspecified when it is still looking for one.
    pub(crate) sender: Ipv4Addr,
    /// The hardware address of the target: nothing of interest in a request.
    pub(crate) target_hardware: HardwareAddress,
    /// Whose hardware address is asked for, or who is answered.
    pub(crate) target: Ipv4Addr,
}

impl Arp {
    /// Reads the payload of a frame. `None` for messages of other protocols and operations, and
    /// for senders that cannot be a single host.
    pub(crate) fn parse(payload: &[u8]) -> Option<Arp> {
        let (head, rest) = payload.first_chunk::<LENGTH>()?.split_first_chunk()?;
        let &[o0, o1, s0, s1, s2, s3, s4, s5, rest @ ..] = rest.first_chunk::<22>()?;
        let [a, b, c, d, t0, t1, t2, t3, t4, t5, e, f, g, h] = rest;
        let operation = match (*head, [o0, o1]) {
            (ETHERNET_AND_IPV4, [0, 1]) => Operation::Request,
            (ETHERNET_AND_IPV4, [0, 2]) => Operation::Reply,
            _ => return None,
        };
        let sender_hardware = HardwareAddress([s0, s1, s2, s3, s4, s5]);
        let target_hardware = HardwareAddress([t0, t1, t2, t3, t4, t5]);
        let (sender, target) = (Ipv4Addr::new(a, b, c, d), Ipv4Addr::new(e, f, g, h));
        if !sender_hardware.is_station() || sender.is_broadcast() || sender.is_multicast() {
            return None;
        }
        Some(Arp { operation, sender_hardware, sender, target_hardware, target })
    }

    /// The question who has `target`. It goes to everybody, or to the station that had it last
    /// (RFC 1122 section 2.3.2.1).
    pub(crate) const fn request(
        hardware: HardwareAddress,
        address: Ipv4Addr,
        target: Ipv4Addr,
    ) -> Arp {
        Arp {
            operation: Operation::Request,
            sender_hardware: hardware,
            sender: address,
            target_hardware: HardwareAddress([0; 6]),
            target,
        }
    }

    /// The answer to this request from the station with this hardware address. It goes to
    /// `target_hardware` of the answer.
    pub(crate) const fn reply(&self, hardware: HardwareAddress) -> Arp {
        Arp {
            operation: Operation::Reply,
            sender_hardware: hardware,
            sender: self.target,
            target_hardware: self.sender_hardware,
            target: self.sender,
        }
    }

    /// Writes the message, the payload of a frame, and returns its length; `None`, and nothing
    /// written, without room.
    #[inline(never)] // it is asked for in several places
    pub(crate) fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let operation = match self.operation {
            Operation::Request => 1,
            Operation::Reply => 2,
        };
        let mut message = [0; LENGTH];
        message[..6].copy_from_slice(&ETHERNET_AND_IPV4);
        message[7] = operation;
        message[8..14].copy_from_slice(&self.sender_hardware.0);
        message[14..18].copy_from_slice(&self.sender.octets());
        message[18..24].copy_from_slice(&self.target_hardware.0);
        message[24..].copy_from_slice(&self.target.octets());
        write_front(buffer, &message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 1]);
    const THEIRS: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 2]);
    const US: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
    const THEM: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

    fn emitted(message: Arp) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        assert_eq!(message.emit(&mut bytes), Some(LENGTH));
        bytes
    }

    #[test]
    fn a_request_is_answered() {
        let request = Arp::parse(&emitted(Arp::request(THEIRS, THEM, US))).unwrap();
        assert_eq!((request.operation, request.target), (Operation::Request, US));
        let reply = Arp::parse(&emitted(request.reply(OURS))).unwrap();
        assert_eq!(
            reply,
            Arp {
                operation: Operation::Reply,
                sender_hardware: OURS,
                sender: US,
                target_hardware: THEIRS,
                target: THEM,
            }
        );
    }

    #[test]
    fn the_bytes_are_those_of_the_standard() {
        #[rustfmt::skip]
        let expected = [
            0, 1, 8, 0, 6, 4, 0, 1, // Ethernet, IPv4, the lengths of their addresses, request
            2, 0, 0, 0, 0, 1, 192, 0, 2, 1, // sender
            0, 0, 0, 0, 0, 0, 192, 0, 2, 2, // target
        ];
        assert_eq!(emitted(Arp::request(OURS, US, THEM)), expected);
    }

    #[test]
    fn messages_that_make_no_sense_are_dropped() {
        // offset, byte to put there, accepted
        for (offset, byte, accepted) in [
            (0, 0, true),     // nothing changed
            (1, 6, false),    // another hardware
            (2, 0x86, false), // another protocol
            (4, 8, false),    // longer hardware addresses
            (5, 16, false),   // longer addresses, beyond the end
            (7, 2, true),     // a reply
            (7, 3, false),    // reverse ARP
            (8, 3, false),    // sent by a group of stations
            (14, 224, false), // sent by a group of hosts
        ] {
            let mut bytes = emitted(Arp::request(OURS, US, THEM));
            bytes[offset] = byte;
            assert_eq!(Arp::parse(&bytes).is_some(), accepted, "{offset} {byte}");
        }
        let bytes = emitted(Arp::request(OURS, US, THEM));
        for length in 0..LENGTH {
            assert_eq!(Arp::parse(&bytes[..length]), None, "{length}");
            assert_eq!(Arp::request(OURS, US, THEM).emit(&mut [0; LENGTH][..length]), None);
        }
    }
}
