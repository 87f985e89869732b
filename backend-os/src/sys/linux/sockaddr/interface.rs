//! Interfaces by name. Source: `netdevice(7)`.

use std::os::fd::{AsRawFd, BorrowedFd};

use berkeley::{Address, Errno, Error, Interface, InterfaceName};
use libc::{c_char, ifreq};

use super::super::error;

/// The number of an interface, for the host's bytes.
///
/// # Errors
///
/// `ENODEV` for a name: without a socket it cannot be looked up.
pub(super) fn index_of(interface: Interface) -> Result<u32, Error> {
    match interface {
        Interface::Index(index) => Ok(index),
        Interface::Name(_) => Err(Errno::ENODEV.into()),
    }
}

/// The address with its interface's number, or `None` when it has no name in it.
///
/// # Errors
///
/// `ENODEV` for a name that no interface has.
pub(super) fn resolved(
    socket: BorrowedFd<'_>,
    address: &Address,
) -> Result<Option<Address>, Error> {
    let mut resolved = *address;
    let interface = match &mut resolved {
        Address::Packet(address) => &mut address.interface,
        Address::Can(address) => &mut address.interface,
        _ => return Ok(None),
    };
    let Interface::Name(name) = *interface else { return Ok(None) };
    *interface = Interface::Index(look_up(socket, &name)?);
    Ok(Some(resolved))
}

/// The number of the interface with this name in the socket's network. Source: `SIOCGIFINDEX`.
fn look_up(socket: BorrowedFd<'_>, name: &InterfaceName) -> Result<u32, Error> {
    let ifr_name = name.as_padded().map(|byte| byte as c_char);
    let ifr_ifru = libc::__c_anonymous_ifr_ifru { ifru_ifindex: 0 };
    let mut question = ifreq { ifr_name, ifr_ifru };
    let request = libc::SIOCGIFINDEX as libc::Ioctl;
    // SAFETY: the request reads and writes one `ifreq`, in which it follows no pointer; `question`
    // is one, and lives until after the call.
    let answer = unsafe { libc::ioctl(socket.as_raw_fd(), request, &raw mut question) };
    error::checked(answer)?;
    // SAFETY: the field was set above, and every bit pattern is a number.
    let index = unsafe { question.ifr_ifru.ifru_ifindex };
    Ok(index.cast_unsigned())
}
