//! The name functions of [`Net`].

use core::net::Ipv4Addr;
use core::ops::ControlFlow;

use super::query::{check_host, check_name_info};
use super::{AddressInfo, AddressInfoQuery, NameInfo, numeric};
use crate::{
    Address, AddressFamily, AddressInfoCode, Backend, Error, NameInfoFlags, Net, Refusal,
    ToAddress, parse_ipv4,
};

const NOT_KNOWN: Error = Error::address_info(AddressInfoCode::EAI_NONAME);

impl<B: Backend + Clone> Net<B> {
    /// Translates a host and a service into addresses, and hands them to `found` one by one until
    /// it breaks off. With the feature `alloc`, [`Net::getaddrinfo`] collects them.
    ///
    /// ```
    /// # use berkeley::{Backend, Error, Net, Socket, SocketType};
    /// use berkeley::names::AddressInfoQuery;
    /// use core::ops::ControlFlow;
    ///
    /// fn first_address<B: Backend + Clone>(net: &Net<B>) -> Result<Option<Socket<B>>, Error> {
    ///     let mut socket = None;
    ///     let query = AddressInfoQuery {
    ///         socket_type: SocketType::STREAM,
    ///         ..AddressInfoQuery::new("localhost", 80)
    ///     };
    ///     net.getaddrinfo_each(&query, &mut |info| {
    ///         socket = net.socket(info.family, info.socket_type, info.protocol).ok();
    ///         if socket.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    ///     })?;
    ///     Ok(socket)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`AddressInfoQuery::checked`], before anybody is asked. Then `EAI_NONAME` for a
    /// host that does not exist, `EAI_ADDRFAMILY` and `EAI_NODATA` for one without an address of
    /// the family, `EAI_SERVICE` for an unknown service, `EAI_AGAIN`, `EAI_FAIL` and `EAI_MEMORY`
    /// when the lookup failed; a failure of the operating system has its error number. Source:
    /// `getaddrinfo(3)`.
    pub fn getaddrinfo_each(
        &self,
        query: &AddressInfoQuery<'_>,
        found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.backend().getaddrinfo(&query.checked()?, found)
    }

    /// Translates the address of a socket into the names of its host and its service, and hands
    /// them to `found`. With the feature `alloc`, [`Net::getnameinfo`] returns them.
    ///
    /// The host of the address is a number: [`Address`] and its kin, or a tuple with such a text.
    ///
    /// # Errors
    ///
    /// `EAI_NONAME` for a tuple with a name, and when a name is required
    /// ([`NameInfoFlags::NAMEREQD`]) and there is none; `EAI_BADFLAGS` for a flag without a name;
    /// `EAI_FAMILY` for an address that is no IP address; [`Refusal::FamilyMismatch`] for an IPv4
    /// host in a tuple of four; [`Error::OVERFLOW`] for flow information of more than 20 bits;
    /// `EAI_AGAIN` and others when the lookup failed. Source: `getnameinfo(3)`.
    pub fn getnameinfo_with(
        &self,
        address: impl ToAddress,
        flags: NameInfoFlags,
        found: &mut dyn FnMut(NameInfo<'_>),
    ) -> Result<(), Error> {
        let address: Address = address.to_address(AddressFamily::UNSPEC)?;
        check_name_info(&address, flags)?;
        self.backend().getnameinfo(&address, flags, found)
    }

    /// The first IPv4 address of a host. `""` is `0.0.0.0`, `"<broadcast>"` is
    /// `255.255.255.255`; numbers and `localhost` ask nobody.
    ///
    /// # Errors
    ///
    /// Those of [`Net::getaddrinfo_each`]: `EAI_ADDRFAMILY` for the text of an IPv6 address,
    /// [`Error::INVALID_VALUE`] for a NUL.
    pub fn gethostbyname(&self, host: &str) -> Result<Ipv4Addr, Error> {
        match host {
            "" => return Ok(Ipv4Addr::UNSPECIFIED),
            "<broadcast>" => return Ok(Ipv4Addr::BROADCAST),
            _ => check_host(host)?,
        }
        if let Ok(ip) = parse_ipv4(host) {
            return Ok(ip);
        }
        let mut first = None;
        let query = AddressInfoQuery {
            host: Some(host),
            family: AddressFamily::INET,
            ..AddressInfoQuery::new(host, 0)
        };
        self.look_up(&query, &mut |info| {
            if let Address::Inet(address) = info.address {
                first = Some(*address.ip());
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        first.ok_or(Error::refused(Refusal::EmptyAddressList))
    }

    /// [`Net::getaddrinfo_each`], but what is known without asking anybody does not get to the
    /// backend.
    pub(super) fn look_up(
        &self,
        query: &AddressInfoQuery<'_>,
        found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let query = query.checked()?;
        match numeric::getaddrinfo(&query, found) {
            Err(error) if error == NOT_KNOWN && self.backend().has_resolver() => {
                self.backend().getaddrinfo(&query, found)
            }
            outcome => outcome,
        }
    }
}

#[cfg(feature = "alloc")]
mod collected {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;

    impl<B: Backend + Clone> Net<B> {
        /// Translates a host and a service into addresses. Python's tuple of each is
        /// [`AddressInfo`].
        ///
        /// # Errors
        ///
        /// Those of [`Net::getaddrinfo_each`].
        pub fn getaddrinfo(
            &self,
            query: &AddressInfoQuery<'_>,
        ) -> Result<Vec<AddressInfo<String>>, Error> {
            let mut all = Vec::new();
            self.getaddrinfo_each(query, &mut |info| {
                all.push(AddressInfo {
                    family: info.family,
                    socket_type: info.socket_type,
                    protocol: info.protocol,
                    canonical_name: String::from(info.canonical_name),
                    address: info.address,
                });
                ControlFlow::Continue(())
            })?;
            Ok(all)
        }

        /// Translates the address of a socket into the names of its host and its service. An IPv6
        /// address that is printed as a number has its scope with it, as `fe80::1%eth0`.
        ///
        /// # Errors
        ///
        /// Those of [`Net::getnameinfo_with`].
        pub fn getnameinfo(
            &self,
            address: impl ToAddress,
            flags: NameInfoFlags,
        ) -> Result<(String, String), Error> {
            let mut names = (String::new(), String::new());
            self.getnameinfo_with(address, flags, &mut |info| {
                names = (String::from(info.host), String::from(info.service));
            })?;
            Ok(names)
        }
    }
}
