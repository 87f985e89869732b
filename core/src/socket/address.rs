//! The address that a method is given: tuples with a host are read for the socket's family, and
//! names are looked up.
//!
//! The checks come in Python's order: the form of the tuple, a NUL in the host, the lookup, the
//! flow information; only then is the verb called. The port has its range by its type.

use core::ops::ControlFlow;

use crate::names::{AddressInfoQuery, check_host};
use crate::{
    Address, AddressFamily, AddressInfoCode, Backend, Errno, Error, Refusal, Socket, ToAddress,
};

impl<B: Backend + Clone> Socket<B> {
    /// The address for this socket, which must be of its family. "None" passes: to hosts that know
    /// it, connecting to it means to disconnect.
    pub(super) fn address(&self, address: impl ToAddress) -> Result<Address, Error> {
        let address = address.to_address_with(self.family, &mut |host| self.look_up(host))?;
        let family = address.family();
        if family != self.family && family != AddressFamily::UNSPEC {
            return Err(Error::from(Errno::EAFNOSUPPORT));
        }
        Ok(address)
    }

    /// The first address of a host for the socket's family. One that does not answer later is not
    /// replaced by the next one.
    ///
    /// The query names neither the type nor the port, as in Python: a type or a protocol that
    /// services are not listed for, such as that of raw sockets, is no obstacle then.
    fn look_up(&self, host: &str) -> Result<Address, Error> {
        // As for `getaddrinfo()`. Byte by byte: `is_ascii` is quick, but firmware carries this.
        if host.bytes().any(|byte| !byte.is_ascii()) {
            return Err(Error::INVALID_VALUE);
        }
        // Nobody has a name with such a label, and to `getaddrinfo()` "*" is no host at all.
        let is_name = !matches!(host, "" | "*") && check_host(host).is_ok();
        if !self.backend.has_resolver() || !is_name {
            return Err(Error::address_info(AddressInfoCode::EAI_NONAME));
        }
        let query = AddressInfoQuery {
            host: Some(host),
            family: self.family,
            ..AddressInfoQuery::default()
        };
        let mut first = Err(Error::refused(Refusal::EmptyAddressList));
        self.backend.getaddrinfo(&query, &mut |info| {
            first = Ok(info.address);
            ControlFlow::Break(())
        })?;
        first
    }
}
