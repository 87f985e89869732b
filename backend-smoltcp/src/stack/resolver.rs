//! Names of hosts, asked of servers: of those that the program has set, then of those that the network has told.

use core::net::{IpAddr, SocketAddr, SocketAddrV6};
use core::ops::ControlFlow;

use berkeley::dns::{self, Host, Patience, Settings};
use berkeley::names::{AddressInfo, AddressInfoQuery, NameInfo};
use berkeley::{Address, Errno, Error, NameInfoFlags};

use super::Stack;
use crate::lock::LockFamily;
use crate::platform::Platform;

/// So many servers are asked, as by the C library. Source: `resolv.conf(5)`.
const MOST_SERVERS: usize = 3;
const PORT: u16 = 53;

/// What the program has set.
pub(super) struct Resolver<'a> {
    servers: [Option<SocketAddr>; MOST_SERVERS],
    hosts: &'a [Host<'a>],
    patience: Patience,
}

impl Resolver<'_> {
    pub(super) fn new() -> Self {
        Resolver { servers: [None; MOST_SERVERS], hosts: &[], patience: Patience::default() }
    }

    pub(super) fn server(&self, number: usize) -> Option<SocketAddr> {
        self.servers.get(number).copied().flatten()
    }
}

impl<'a, P: Platform, L: LockFamily> Stack<'a, P, L> {
    /// Sets the servers that are asked for names of hosts, the best one first, in place of those that were set before.
    /// Their port is mostly 53; the scope of a link-local address is the number of its interface.
    /// Those that the network tells by DHCP or in what routers say are asked after them. Three are
    /// asked at most.
    ///
    /// # Errors
    ///
    /// `ENOBUFS` for more than three: nothing has changed then.
    pub fn set_dns_servers(&self, servers: &[SocketAddr]) -> Result<(), Error> {
        if servers.len() > MOST_SERVERS {
            return Err(Errno::ENOBUFS.into());
        }
        self.ask(|inner| {
            let places = inner.state.resolver.servers.iter_mut();
            let servers = servers.iter().copied().map(Some).chain(core::iter::repeat(None));
            places.zip(servers).for_each(|(place, server)| *place = server);
        })
    }

    /// Sets a table of hosts that nobody is asked for, as in `hosts(5)`.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`](berkeley::Error::REENTERED) from within a call of the stack.
    pub fn set_hosts(&self, hosts: &'a [Host<'a>]) -> Result<(), Error> {
        self.ask(|inner| inner.state.resolver.hosts = hosts)
    }

    /// Sets how long servers are waited for: five seconds twice without this.
    ///
    /// # Errors
    ///
    /// [`Error::REENTERED`](berkeley::Error::REENTERED) from within a call of the stack.
    pub fn set_dns_patience(&self, patience: Patience) -> Result<(), Error> {
        self.ask(|inner| inner.state.resolver.patience = patience)
    }

    pub(super) const HAS_RESOLVER: bool = true;

    pub(super) fn look_up_host(
        &self,
        query: &AddressInfoQuery<'_>,
        found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.with_settings(|settings, random| {
            dns::getaddrinfo(&self, settings, random, query, found)
        })?
    }

    pub(super) fn look_up_address(
        &self,
        address: &Address,
        flags: NameInfoFlags,
        found: &mut dyn FnMut(NameInfo<'_>),
    ) -> Result<(), Error> {
        self.with_settings(|settings, random| {
            dns::getnameinfo(&self, settings, random, address, flags, found)
        })?
    }

    /// Calls `act` with the settings of now, and without the lock.
    fn with_settings<R>(
        &self,
        act: impl FnOnce(&Settings<'_>, &mut dyn FnMut() -> u32) -> R,
    ) -> Result<R, Error> {
        let (hosts, patience) =
            self.ask(|inner| (inner.state.resolver.hosts, inner.state.resolver.patience))?;
        let mut servers =
            [SocketAddr::new(IpAddr::V6(core::net::Ipv6Addr::UNSPECIFIED), 0); MOST_SERVERS];
        let mut count = 0;
        for (place, server) in servers.iter_mut().zip(self.name_servers()) {
            *place = server;
            count += 1;
        }
        let servers = servers.get(..count).unwrap_or(&[]);
        // Without the lock there is no number: then the one of another call would be as good.
        let mut random = || self.ask(|inner| inner.state.secret.number()).unwrap_or(0);
        Ok(act(&Settings { servers, hosts, patience }, &mut random))
    }

    /// The servers in the order in which they are asked.
    fn name_servers(&self) -> impl Iterator<Item = SocketAddr> {
        let own = (0..MOST_SERVERS).map_while(|number| {
            self.ask(|inner| inner.state.resolver.server(number)).ok().flatten()
        });
        own.chain(self.told_dns_servers().map(|(link, ip)| match ip {
            // The interfaces count from 1 as scopes.
            IpAddr::V6(ip) if ip.is_unicast_link_local() => {
                SocketAddrV6::new(ip, PORT, 0, link as u32 + 1).into()
            }
            ip => SocketAddr::new(ip, PORT),
        }))
    }
}
