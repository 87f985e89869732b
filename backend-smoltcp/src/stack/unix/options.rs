//! The options of UNIX sockets: those of the level of sockets, as far as they need no process.
//! `SO_PEERCRED` and `SO_PASSCRED` do, and are `ENOPROTOOPT`.

use berkeley::options as names;
use berkeley::options::OptionBytes;
use berkeley::{AddressFamily, Errno, Error, OptionLevel, OptionName};

use super::super::state::State;
use crate::options::Facts;
use crate::unix::{UnixSocket, UnixState};

impl State<'_> {
    /// The value of an option.
    pub(in crate::stack) fn unix_option(
        &self,
        index: u16,
        socket: UnixSocket,
        level: OptionLevel,
        name: OptionName,
    ) -> Result<OptionBytes, Error> {
        if level != OptionLevel::SOCKET {
            return Err(Errno::EOPNOTSUPP.into());
        }
        self.descriptors.entry(index)?.options.get(level, name, &self.unix_option_facts(socket)?)
    }

    /// Sets an option.
    pub(in crate::stack) fn set_unix_option(
        &mut self,
        index: u16,
        socket: UnixSocket,
        (level, name): (OptionLevel, OptionName),
        value: &[u8],
    ) -> Result<(), Error> {
        if level != OptionLevel::SOCKET || name == names::SO_REUSEPORT {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let facts = self.unix_option_facts(socket)?;
        let options = &mut self.descriptors.entry_mut(index)?.options;
        options.set(level, name, value, &facts)?;
        if let Some(bytes) = options.send_buffer {
            self.unix.entry_mut(socket)?.send_limit = 2 * bytes as usize;
        }
        self.wake_unix(socket); // it may be allowed to send more
        Ok(())
    }

    fn unix_option_facts(&self, socket: UnixSocket) -> Result<Facts, Error> {
        let slot = self.unix.entry(socket)?;
        Ok(Facts {
            is_stream: true, // what was asked for of buffers is told
            family: AddressFamily::UNIX,
            socket: (slot.socket_type, 0),
            is_ipv6: false,
            is_bound: slot.is_bound,
            is_listening: matches!(slot.state, UnixState::Listening(_)),
            receive_buffer: slot.queue.capacity(),
            send_buffer: slot.queue.capacity(),
            segment: None,
        })
    }
}
