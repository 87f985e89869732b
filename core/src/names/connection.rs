//! `create_connection`: connecting by host and port, over all addresses of the host.

use core::ops::ControlFlow;

use super::{AddressInfo, AddressInfoQuery};
use crate::{Address, Backend, Error, Net, Refusal, Socket, SocketType, Timeout};

impl<B: Backend + Clone> Net<B> {
    /// Connects a stream socket to a host: tries its addresses one after the other.
    ///
    /// `timeout` is for each address, and the socket keeps it; `None` is the default timeout,
    /// `Some(Timeout::Blocking)` waits as long as it takes even when there is a default. A source
    /// address is bound first; `""` and port 0 leave it to the system.
    ///
    /// Hosts are numbers, `localhost`, which is tried on IPv6 and then on IPv4, and whatever else
    /// the backend can look up.
    ///
    /// # Errors
    ///
    /// Those of [`Net::getaddrinfo_each`] when the lookup fails, else that of the last address;
    /// [`Refusal::EmptyAddressList`] when there is none. The feature `alloc` has
    /// [`Net::create_connection_all`], which tells all of them.
    pub fn create_connection(
        &self,
        target: (&str, u16),
        timeout: Option<Timeout>,
        source: Option<(&str, u16)>,
    ) -> Result<Socket<B>, Error> {
        let mut last = Error::refused(Refusal::EmptyAddressList);
        let connected =
            self.try_addresses(target, timeout, source, &mut |_, error| last = error)?;
        connected.ok_or(last)
    }

    /// Tries the addresses of a host until one is connected, and tells `failed` of the others.
    fn try_addresses(
        &self,
        (host, port): (&str, u16),
        timeout: Option<Timeout>,
        source: Option<(&str, u16)>,
        failed: &mut dyn FnMut(Address, Error),
    ) -> Result<Option<Socket<B>>, Error> {
        let mut connected = None;
        let query = AddressInfoQuery {
            socket_type: SocketType::STREAM,
            ..AddressInfoQuery::new(host, port)
        };
        self.look_up(&query, &mut |info| match self.connection_to(&info, timeout, source) {
            Ok(socket) => {
                connected = Some(socket);
                ControlFlow::Break(())
            }
            Err(error) => {
                failed(info.address, error);
                ControlFlow::Continue(())
            }
        })?;
        Ok(connected)
    }

    fn connection_to(
        &self,
        info: &AddressInfo<&str>,
        timeout: Option<Timeout>,
        source: Option<(&str, u16)>,
    ) -> Result<Socket<B>, Error> {
        let mut socket = self.socket(info.family, info.socket_type, info.protocol)?;
        if let Some(timeout) = timeout {
            socket.settimeout(timeout)?;
        }
        if let Some(source) = source {
            socket.bind(source)?;
        }
        socket.connect(info.address)?;
        Ok(socket)
    }
}

#[cfg(feature = "alloc")]
pub use all::ConnectErrors;

#[cfg(feature = "alloc")]
mod all {
    use alloc::vec::Vec;
    use core::fmt;

    use super::*;

    /// Why [`Net::create_connection_all`] has no connection.
    #[derive(Clone, PartialEq, Eq, Debug)]
    pub enum ConnectErrors {
        /// The host could not be looked up: nothing was tried.
        Lookup(Error),
        /// Every address failed: the addresses in the order of the attempts, each with its error.
        /// Empty when the host has no address.
        Addresses(Vec<(Address, Error)>),
    }

    impl<B: Backend + Clone> Net<B> {
        /// [`Net::create_connection`], but a failure tells the error of every address, as Python's
        /// `all_errors=True` does.
        ///
        /// # Errors
        ///
        /// As [`ConnectErrors`] says. It converts to the error that [`Net::create_connection`] has.
        pub fn create_connection_all(
            &self,
            target: (&str, u16),
            timeout: Option<Timeout>,
            source: Option<(&str, u16)>,
        ) -> Result<Socket<B>, ConnectErrors> {
            let mut errors = Vec::new();
            let connected = self
                .try_addresses(target, timeout, source, &mut |address, error| {
                    errors.push((address, error));
                })
                .map_err(ConnectErrors::Lookup)?;
            connected.ok_or(ConnectErrors::Addresses(errors))
        }
    }

    impl From<ConnectErrors> for Error {
        /// The error of the lookup, or that of the last address.
        fn from(errors: ConnectErrors) -> Error {
            match errors {
                ConnectErrors::Lookup(error) => error,
                ConnectErrors::Addresses(errors) => errors
                    .last()
                    .map_or(Error::refused(Refusal::EmptyAddressList), |(_, error)| *error),
            }
        }
    }

    impl fmt::Display for ConnectErrors {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                ConnectErrors::Lookup(error) => fmt::Display::fmt(error, f),
                ConnectErrors::Addresses(errors) if errors.is_empty() => {
                    f.write_str(Refusal::EmptyAddressList.description())
                }
                ConnectErrors::Addresses(errors) => {
                    for (index, (address, error)) in errors.iter().enumerate() {
                        let separator = if index == 0 { "" } else { "; " };
                        write!(f, "{separator}{address}: {error}")?;
                    }
                    Ok(())
                }
            }
        }
    }

    impl core::error::Error for ConnectErrors {}
}
