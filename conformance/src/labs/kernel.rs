//! Lab `kernel`: both sides are the operating system's own sockets, over loopback.
//!
//! It is the reference. Steps run on a helper thread at their time, peers on threads of their own.
//! Where it is allowed each case has a network to itself.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;
use std::fs;
use std::string::{String, ToString};

use berkeley::Net;
use berkeley_os::Os;
use berkeley_os::device::namespace::enter_new_as_thread;

use super::helpers::Helpers;
use super::host_threads::HostThreads;
use super::{HostLab, MUCH};
use crate::case::{Case, Family};
use crate::failure::{Failure, Outcome};
use crate::kernel_cases;
use crate::lab::{Lab, Networks, Step};
use crate::peer::Peer;
use crate::runner::namespace;
use crate::team::SharedNetworks;

/// The operating system's own sockets, over loopback.
pub struct Kernel {
    net: Net<Os>,
    inet6: bool,
    helpers: Helpers<Kernel>,
    threads: HostThreads,
}

/// The range of groups that may have ping sockets, of both families (icmp(7)).
const PING_GROUP_RANGE: &str = "/proc/sys/net/ipv4/ping_group_range";

impl HostLab for Kernel {
    const NAME: &'static str = "kernel";
    const SENTENCE: &'static str = "the operating system's own sockets, over loopback";

    type Threads = Kernel;

    fn available() -> Result<(), String> {
        Ok(())
    }

    fn open(_seed: u64) -> Result<Kernel, Failure> {
        if namespace::entered().is_ok() {
            // No port is taken by what an earlier case has left behind.
            enter_new_as_thread()
                .map_err(|error| Failure::new("the lab", format_args!("{error}")))?;
        }
        let net = Net::new(Os);
        let inet6 = net
            .datagram(Family::Inet6.number())
            .and_then(|socket| socket.bind((Ipv6Addr::LOCALHOST, 0)))
            .is_ok();
        let (helpers, threads) = (Helpers::default(), HostThreads::default());
        Ok(Kernel { net, inet6, helpers, threads })
    }

    fn with_threads(&self, case: impl Fn(&Kernel) -> Outcome) -> Outcome {
        case(self)
    }

    fn own_cases() -> &'static [&'static [Case<Kernel>]] {
        kernel_cases::ALL
    }
}

impl Networks for Kernel {
    type Near = Os;
    type Far = Os;

    fn near(&self) -> &Net<Os> {
        &self.net
    }

    fn far(&self) -> &Net<Os> {
        &self.net
    }

    fn near_address(&self, family: Family) -> Option<IpAddr> {
        self.loopback(family)
    }

    fn near_interface(&self) -> u32 {
        1 // the loopback's in every network
    }

    fn far_interface(&self) -> u32 {
        self.near_interface()
    }

    fn second_near_address(&self, family: Family) -> Option<IpAddr> {
        // All of 127.0.0.0/8 is this host; of IPv6 one address is.
        (family == Family::Inet).then_some(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)))
    }

    fn far_address(&self, family: Family) -> Option<IpAddr> {
        self.loopback(family)
    }

    fn loopback(&self, family: Family) -> Option<IpAddr> {
        match family {
            Family::Inet => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            Family::Inet6 => self.inet6.then_some(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        }
    }

    fn permit_ping(&self) -> Outcome {
        // In the network of this case alone.
        namespace::entered()
            .and_then(|()| {
                fs::write(PING_GROUP_RANGE, "0 2147483647").map_err(|error| error.to_string())
            })
            .map_err(|why| Failure::new(PING_GROUP_RANGE, format_args!("{why}")))
    }
}

impl SharedNetworks for Kernel {
    type Team = HostThreads;
    const MUCH: usize = MUCH;

    fn team(&self) -> &HostThreads {
        &self.threads
    }
}

impl Lab for Kernel {
    fn later(&self, after: Duration, step: Step<Kernel>) {
        self.helpers.later(after, step);
    }

    fn accompany(&self, peer: Peer<Os>) {
        self.helpers.accompany(self.net, peer);
    }

    fn finish(&self) -> Outcome {
        self.helpers.finish()
    }
}
