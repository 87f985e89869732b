//! Adding an address, as a message to the kernel. Sources: `netlink(7)`, `rtnetlink(7)`.
//!
//! The older way, `SIOCSIFADDR`, has no word for "without duplicate address detection", and there
//! an IPv6 address cannot be used for a moment even where that detection is turned off.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsFd;

use berkeley::{AddressFamily, MessageFlags, Protocol, SocketType};

use super::to_host_error;
use crate::sys;

/// The protocol of the messages about interfaces, addresses and routes.
const ROUTE: Protocol = Protocol(libc::NETLINK_ROUTE);

/// The length of `struct nlmsghdr`, which every message begins with.
const HEADER: usize = 16;

/// Adds an address, to be used at once, to the interface with this number.
pub(super) fn add_address(index: u32, address: IpAddr, prefix_length: u8) -> io::Result<()> {
    let socket = sys::socket(AddressFamily::NETLINK, SocketType::RAW, ROUTE, false)
        .map_err(to_host_error)?;
    let message = question(index, address, prefix_length);
    sys::send(socket.as_fd(), &message, MessageFlags::NONE).map_err(to_host_error)?;
    let mut answer = [0; 1024];
    let length =
        sys::recv(socket.as_fd(), &mut answer, MessageFlags::NONE).map_err(to_host_error)?;
    outcome(&answer[..length])
}

/// The message: a header, `struct ifaddrmsg`, and the address as attributes.
fn question(index: u32, address: IpAddr, prefix_length: u8) -> Vec<u8> {
    let flags = libc::NLM_F_REQUEST | libc::NLM_F_ACK | libc::NLM_F_CREATE | libc::NLM_F_EXCL;
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };

    let mut message = Vec::new();
    message.extend(0u32.to_ne_bytes()); // the length, known at the end
    message.extend(libc::RTM_NEWADDR.to_ne_bytes());
    message.extend((flags as u16).to_ne_bytes());
    message.extend(1u32.to_ne_bytes()); // the number of the message
    message.extend(0u32.to_ne_bytes()); // from nobody in particular
    let no_detection = libc::IFA_F_NODAD as u8;
    message.extend([family.0 as u8, prefix_length, no_detection, libc::RT_SCOPE_UNIVERSE]);
    message.extend(index.to_ne_bytes());
    match address {
        IpAddr::V4(address) => {
            attribute(&mut message, libc::IFA_LOCAL, &address.octets());
            attribute(&mut message, libc::IFA_ADDRESS, &address.octets());
            if let Some(broadcast) = broadcast(address, prefix_length) {
                attribute(&mut message, libc::IFA_BROADCAST, &broadcast.octets());
            }
        }
        IpAddr::V6(address) => {
            attribute(&mut message, libc::IFA_LOCAL, &address.octets());
            attribute(&mut message, libc::IFA_ADDRESS, &address.octets());
        }
    }
    let length = message.len() as u32;
    message[..4].copy_from_slice(&length.to_ne_bytes());
    message
}

/// Appends an attribute: its length with these four bytes, its type, its value. All values here
/// keep the messages' alignment of four.
fn attribute(message: &mut Vec<u8>, number: u16, value: &[u8]) {
    message.extend((4 + value.len() as u16).to_ne_bytes());
    message.extend(number.to_ne_bytes());
    message.extend(value);
}

/// The address of all hosts with the same prefix; two hosts need none (RFC 3021).
fn broadcast(address: Ipv4Addr, prefix_length: u8) -> Option<Ipv4Addr> {
    let hosts = u32::MAX.checked_shr(u32::from(prefix_length)).unwrap_or(0);
    (prefix_length < 31).then(|| Ipv4Addr::from(address.to_bits() | hosts))
}

/// What an answer says: a header, and the error number as a negative one, 0 for none.
fn outcome(answer: &[u8]) -> io::Result<()> {
    let error_type = (libc::NLMSG_ERROR as u16).to_ne_bytes();
    let number = answer.get(HEADER..).and_then(|rest| rest.first_chunk::<4>());
    match number.copied().map(i32::from_ne_bytes) {
        Some(number) if answer[4..6] == error_type => match number.checked_neg() {
            Some(0) => Ok(()),
            Some(errno) => Err(io::Error::from_raw_os_error(errno)),
            None => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        },
        _ => Err(io::Error::from_raw_os_error(libc::EPROTO)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcast_addresses() {
        // prefix length of 10.9.8.7, the broadcast address
        for (prefix_length, expected) in [
            (0, Some([255, 255, 255, 255])),
            (8, Some([10, 255, 255, 255])),
            (24, Some([10, 9, 8, 255])),
            (30, Some([10, 9, 8, 7])),
            (31, None),
            (32, None),
        ] {
            let address = broadcast(Ipv4Addr::new(10, 9, 8, 7), prefix_length);
            assert_eq!(address, expected.map(Ipv4Addr::from), "/{prefix_length}");
        }
    }

    #[test]
    fn answers_are_not_read_beyond_their_end() {
        let mut answer = [0; 36];
        answer[4..6].copy_from_slice(&(libc::NLMSG_ERROR as u16).to_ne_bytes());
        // error in the answer, its length, error number of the outcome
        for (error, length, number) in [
            (0, 36, None),
            (-libc::EEXIST, 36, Some(libc::EEXIST)),
            (-libc::EEXIST, 20, Some(libc::EEXIST)),
            (0, 19, Some(libc::EPROTO)),
            (0, 0, Some(libc::EPROTO)),
            (i32::MIN, 36, Some(libc::EPROTO)),
        ] {
            answer[16..20].copy_from_slice(&error.to_ne_bytes());
            let outcome = outcome(&answer[..length]).map_err(|error| error.raw_os_error());
            assert_eq!(outcome.err().flatten(), number, "{error}, {length} bytes");
        }
    }
}
