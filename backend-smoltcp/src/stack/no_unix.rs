//! A stack without UNIX sockets: what the rest of it asks about them, and there are none.

use core::fmt;

use berkeley::options::OptionBytes;
use berkeley::{
    Address, Errno, Error, MessageFlags, OptionLevel, OptionName, OutgoingMessage, Protocol,
    Readiness, ReceivedMessage, Shutdown, SocketType,
};

use super::state::State;
use super::statistics::PoolUsage;
use crate::descriptor::Handle;
use crate::unix::UnixSocket;

impl State<'_> {
    pub(super) fn open_unix(&mut self, _: SocketType, _: Protocol) -> Result<u16, Error> {
        Err(Errno::EAFNOSUPPORT.into())
    }

    pub(super) fn open_unix_pair(
        &mut self,
        _: SocketType,
        _: Protocol,
    ) -> Result<(u16, u16), Error> {
        Err(Errno::EAFNOSUPPORT.into())
    }

    pub(super) fn bind_unix(&mut self, socket: UnixSocket, _: &Address) -> Result<(), Error> {
        match socket {}
    }

    pub(super) fn connect_unix(&mut self, socket: UnixSocket, _: &Address) -> Result<(), Error> {
        match socket {}
    }

    pub(super) fn unix_connect_outcome(&mut self, socket: UnixSocket) -> Result<(), Error> {
        match socket {}
    }

    pub(super) fn unix_backlog_is_full(&self, socket: UnixSocket, _: &Address) -> bool {
        match socket {}
    }

    pub(super) fn listen_unix(&mut self, socket: UnixSocket, _: i32) -> Result<(), Error> {
        match socket {}
    }

    pub(super) fn accept_unix(&mut self, socket: UnixSocket) -> Result<(Handle, Address), Error> {
        match socket {}
    }

    pub(super) fn send_unix(
        &mut self,
        socket: UnixSocket,
        _: &OutgoingMessage<'_>,
    ) -> Result<usize, Error> {
        match socket {}
    }

    pub(super) fn receive_unix(
        &mut self,
        socket: UnixSocket,
        _: &mut [&mut [u8]],
        _: MessageFlags,
    ) -> Result<ReceivedMessage, Error> {
        match socket {}
    }

    pub(super) fn shutdown_unix(&mut self, socket: UnixSocket, _: Shutdown) {
        match socket {}
    }

    pub(super) fn let_go_of_unix(&mut self, socket: UnixSocket) {
        match socket {}
    }

    pub(super) fn unix_readiness(&self, socket: UnixSocket) -> Readiness {
        match socket {}
    }

    pub(super) fn unix_name(&self, socket: UnixSocket) -> Result<Address, Error> {
        match socket {}
    }

    pub(super) fn unix_peer_name(&self, socket: UnixSocket) -> Result<Address, Error> {
        match socket {}
    }

    pub(super) fn take_unix_error(&mut self, socket: UnixSocket) -> Option<Errno> {
        match socket {}
    }

    pub(super) fn unix_option(
        &self,
        _: u16,
        socket: UnixSocket,
        _: OptionLevel,
        _: OptionName,
    ) -> Result<OptionBytes, Error> {
        match socket {}
    }

    pub(super) fn set_unix_option(
        &mut self,
        _: u16,
        socket: UnixSocket,
        _: (OptionLevel, OptionName),
        _: &[u8],
    ) -> Result<(), Error> {
        match socket {}
    }

    pub(super) fn unix_usage(&self) -> PoolUsage {
        PoolUsage::default()
    }

    pub(super) fn print_unix(&self, socket: UnixSocket, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match socket {}
    }
}
