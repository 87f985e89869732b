//! An Ethernet interface of the host that this process uses as its own.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use berkeley::constants::{ETH_P_ALL, PACKET_OUTGOING};
use berkeley::{
    Address, AddressFamily, Errno, Error, Interface, MessageFlags, Net, OptionLevel, OptionName,
    PacketAddress, Protocol, SocketType,
};

use super::{PacketInterface, interface, to_host_error};
use crate::{Os, SocketExt, sys};

/// A PACKET socket (`packet(7)`): reads every frame that an interface of the host receives, and sends
/// frames out of it.
///
/// The host goes on to use the interface too, if it has addresses there. What it sends itself is not
/// read. The interface is promiscuous meanwhile, so that a stack may have a hardware address of its own.
#[derive(Debug)]
pub struct PacketSocket(OwnedFd);

impl PacketSocket {
    /// Opens the interface of this name.
    ///
    /// # Errors
    ///
    /// `ENODEV` for an unknown name, `EPERM` without the privilege `CAP_NET_RAW`.
    pub fn open(name: &str) -> io::Result<PacketSocket> {
        let number = interface::index(name)?;
        PacketSocket::of(number).map_err(to_host_error)
    }

    fn of(number: u32) -> Result<PacketSocket, Error> {
        const PACKET_ADD_MEMBERSHIP: OptionName = OptionName(1);
        const PACKET_MR_PROMISC: u16 = 1;
        let net = Net::new(Os);
        // Without a protocol nothing is received until it is bound: no frame of another interface is.
        let socket = net.socket(AddressFamily::PACKET, SocketType::RAW, Protocol::DEFAULT)?;
        socket.bind(Address::from(PacketAddress::new(Interface::Index(number), ETH_P_ALL)))?;
        // `struct packet_mreq`: the interface, what is wanted of it, and no address.
        let mut membership = [0; 16];
        membership[..4].copy_from_slice(&number.to_ne_bytes());
        membership[4..6].copy_from_slice(&PACKET_MR_PROMISC.to_ne_bytes());
        socket.setsockopt_bytes(OptionLevel::PACKET, PACKET_ADD_MEMBERSHIP, &membership)?;
        socket.into_owned_fd().map(PacketSocket)
    }
}

impl PacketInterface for PacketSocket {
    fn read(&self, frame: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            match sys::recvfrom(self.as_fd(), frame, MessageFlags::DONTWAIT) {
                Ok((_, Some(Address::Packet(from)))) if from.packet_type == PACKET_OUTGOING => {}
                Ok((count, _)) => return Ok(Some(count)),
                Err(error) if error.is(Errno::EAGAIN) => return Ok(None),
                Err(error) => return Err(to_host_error(error)),
            }
        }
    }

    fn write(&self, frame: &[u8]) -> io::Result<Option<usize>> {
        match sys::send(self.as_fd(), frame, MessageFlags::DONTWAIT) {
            Ok(count) => Ok(Some(count)),
            Err(error) if error.is(Errno::EAGAIN) || error.is(Errno::ENOBUFS) => Ok(None),
            Err(error) => Err(to_host_error(error)),
        }
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
