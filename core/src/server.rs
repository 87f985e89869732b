//! `create_server` and `has_dualstack_ipv6`: a listener in one call.
//!
//! Source: Python manual, "socket.create_server".

use crate::options::{REUSE_ADDRESS, REUSE_PORT, V6ONLY};
use crate::{AddressFamily, Backend, Errno, Error, Net, Socket, ToAddress};

/// What [`Net::create_server`] makes; [`Default`] is a listener on IPv4.
///
/// ```
/// use berkeley::{AddressFamily, ServerOptions};
///
/// let both = ServerOptions {
///     family: AddressFamily::INET6,
///     dualstack_ipv6: true,
///     ..ServerOptions::default()
/// };
/// assert_eq!(both.backlog, None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServerOptions {
    /// The address family.
    pub family: AddressFamily,
    /// How many finished connections wait to be accepted; `None` is the default of
    /// [`Socket::listen`].
    pub backlog: Option<i32>,
    /// Whether other sockets may listen on the same port.
    pub reuse_port: bool,
    /// Whether an IPv6 listener takes connections from IPv4 too.
    pub dualstack_ipv6: bool,
}

impl Default for ServerOptions {
    fn default() -> ServerOptions {
        ServerOptions {
            family: AddressFamily::INET,
            backlog: None,
            reuse_port: false,
            dualstack_ipv6: false,
        }
    }
}

impl<B: Backend + Clone> Net<B> {
    /// A stream socket that is bound to `address` and listens.
    ///
    /// `SO_REUSEADDR` is on, so that the server can be started again at once. An IPv6 listener leaves
    /// IPv4 to others unless `dualstack_ipv6` is set.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for `dualstack_ipv6` with a family other than
    /// [`AddressFamily::INET6`] or where [`Net::has_dualstack_ipv6`] says no, and for `reuse_port`
    /// where the backend has no such option; those of [`Net::socket`], [`Socket::bind`] and
    /// [`Socket::listen`].
    pub fn create_server(
        &self,
        address: impl ToAddress,
        options: ServerOptions,
    ) -> Result<Socket<B>, Error> {
        if options.dualstack_ipv6
            && (!self.has_dualstack_ipv6() || options.family != AddressFamily::INET6)
        {
            return Err(Error::INVALID_VALUE);
        }
        let socket = self.stream(options.family)?;
        // Where there is no such option, binding says what comes of it.
        let _ = socket.set_option(REUSE_ADDRESS, true);
        if options.reuse_port {
            socket.set_option(REUSE_PORT, true).map_err(|error| match error.errno() {
                Some(Errno::ENOPROTOOPT) => Error::INVALID_VALUE,
                _ => error,
            })?;
        }
        if options.family == AddressFamily::INET6 {
            socket.set_option(V6ONLY, !options.dualstack_ipv6)?;
        }
        socket.bind(address)?;
        socket.listen(options.backlog)?;
        Ok(socket)
    }

    /// Whether one IPv6 socket can take connections from IPv4 too, which is tried.
    pub fn has_dualstack_ipv6(&self) -> bool {
        self.stream(AddressFamily::INET6)
            .and_then(|socket| socket.set_option(V6ONLY, false))
            .is_ok()
    }
}
