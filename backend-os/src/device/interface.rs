//! Configuring an interface: up, addresses.
//!
//! This is what `ip link` and `ip address` would do, for a test that runs in a network of its own
//! (see [`namespace`](super::namespace)). All of it needs the privilege `CAP_NET_ADMIN`.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};

use berkeley::{AddressFamily, Errno, Protocol, SocketType};

use super::request::{Request, question_about};
use super::{netlink, to_host_error};
use crate::sys;

/// Sets the interface up: it sends and receives from now on.
///
/// # Errors
///
/// `ENODEV` for an unknown name, `EPERM` without the privilege. Source: `netdevice(7)`.
pub fn set_up(name: &str) -> io::Result<()> {
    let socket = any_socket()?;
    let mut question = question_about(name)?;
    Request::Flags.ask(socket.as_fd(), &mut question)?;
    // SAFETY: the host has answered this request with the flags, and every bit pattern is valid.
    let flags = unsafe { question.ifr_ifru.ifru_flags };
    question.ifr_ifru.ifru_flags = flags | libc::IFF_UP as libc::c_short;
    Request::SetFlags.ask(socket.as_fd(), &mut question)
}

/// The number of the interface: the scope of link-local addresses on it.
///
/// # Errors
///
/// `ENODEV` for an unknown name. Source: `netdevice(7)`.
pub fn index(name: &str) -> io::Result<u32> {
    let mut question = question_about(name)?;
    Request::Index.ask(any_socket()?.as_fd(), &mut question)?;
    // SAFETY: the host has answered this request with the number, and every bit pattern is valid.
    let index = unsafe { question.ifr_ifru.ifru_ifindex };
    Ok(index.cast_unsigned())
}

/// Gives the interface one more address, with a route to the hosts that share its first
/// `prefix_length` bits. It can be used at once: nobody is asked whether it is taken.
///
/// # Errors
///
/// `EINVAL` for a prefix longer than the address, `ENODEV` for an unknown name, `EEXIST` for an
/// address that it has, `EPERM` without the privilege. Source: `RTM_NEWADDR` in `rtnetlink(7)`.
pub fn add_address(name: &str, address: IpAddr, prefix_length: u8) -> io::Result<()> {
    let longest = if address.is_ipv4() { 32 } else { 128 };
    if prefix_length > longest {
        return Err(to_host_error(Errno::EINVAL.into()));
    }
    netlink::add_address(index(name)?, address, prefix_length)
}

/// Turns the detection of duplicates off for the IPv6 addresses that the interface gives itself,
/// above all its link-local one: that can then be used in moments instead of a second or two. It
/// is for an interface that is not up yet. Source: `accept_dad` in the kernel's `ip-sysctl`.
///
/// # Errors
///
/// `ENOENT` for an unknown name or without IPv6, `EROFS` or `EACCES` where the host's settings
/// cannot be written.
pub fn skip_duplicate_address_detection(name: &str) -> io::Result<()> {
    question_about(name)?;
    std::fs::write(format!("/proc/sys/net/ipv6/conf/{name}/accept_dad"), "0")
}

/// A socket to ask questions through.
fn any_socket() -> io::Result<OwnedFd> {
    let (family, socket_type) = (AddressFamily::INET, SocketType::DGRAM);
    sys::socket(family, socket_type, Protocol::DEFAULT, false).map_err(to_host_error)
}
