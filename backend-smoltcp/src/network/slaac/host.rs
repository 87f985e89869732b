//! The state machine of a host (RFC 4862, section 5; RFC 4861, section 6.3).
//!
//! Four small tables with times: addresses, networks on the link, routers, name servers. What a message
//! says is written there; [`Host::next_step`] then says what to send, and in what the interface differs
//! from the tables, one step after the other. A full table forgets nothing for what is new: who sends
//! more than a link has is not believed.

use core::time::Duration;

use berkeley::Instant;

use super::advertisement::{PrefixInformation, RouterAdvertisement, Told};
use super::identifier::Identifiers;
use crate::ip::Ipv6Addr;
use crate::network::HardwareAddress;

/// How many of each an interface has.
const ADDRESSES: usize = 4;
const NETWORKS: usize = 4;
const ROUTERS: usize = 3;
const DNS_SERVERS: usize = 3;

/// From the question whether somebody has an address to its use (RFC 4861, `RETRANS_TIMER`).
const PROBE_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause before the first question, so that not all hosts ask at once (RFC 4861,
/// `MAX_RTR_SOLICITATION_DELAY`).
const FIRST_PAUSE_MILLIS: u32 = 1000;
/// How many addresses are tried when somebody has them (RFC 7217, `IDGEN_RETRIES`).
const MOST_TRIES: u8 = 3;
/// The pause after the first question for routers, and the longest: it doubles (RFC 7559, section 2).
const SOLICITATION_PAUSE: Duration = Duration::from_secs(4);
const LONGEST_SOLICITATION_PAUSE: Duration = Duration::from_secs(3600);
/// What an advertisement cannot shorten the life of an address below (RFC 4862, section 5.5.3 (e)).
const TWO_HOURS: Duration = Duration::from_secs(2 * 3600);
/// Name servers are said like routers, but a life of 0 ends one (RFC 8106).
const FOR_EVER: u32 = u32::MAX;

const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 0);
/// The networks in which addresses are made have this prefix (RFC 4291, section 2.5.1).
const HALF: u8 = 64;

/// What to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// Ask the link who has this address.
    Probe(Ipv6Addr),
    /// Ask the link for routers, from the link-local address if there is one.
    Solicit(Option<Ipv6Addr>),
    Add(Ipv6Addr),
    Remove(Ipv6Addr),
    /// Do not begin anything from this address any more, or do so again.
    Deprecate(Ipv6Addr, bool),
    AddNetwork(Ipv6Addr, u8),
    RemoveNetwork(Ipv6Addr, u8),
    AddRouter(Ipv6Addr),
    RemoveRouter(Ipv6Addr),
    SetMtu(u32),
}

/// An end of a life: `None` is never.
type End = Option<Instant>;

/// An address.
#[derive(Clone, Copy, Debug)]
struct Own {
    network: Ipv6Addr,
    address: Ipv6Addr,
    phase: Phase,
    preferred: End,
    valid: End,
    /// How many addresses of this network somebody else has.
    tries: u8,
    /// The interface has it, and knows whether it is deprecated.
    added: bool,
    told_deprecated: bool,
    /// The program had configured it before, or there was no room.
    refused: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// It is asked at this time whether somebody has it.
    Waiting(Instant),
    /// Nobody has said so; at this time nobody has.
    Probing(Instant),
    /// Nobody has.
    Unique,
    /// Somebody has, and there is no other one to try.
    Duplicate,
}

/// A network on the link.
#[derive(Clone, Copy, Debug)]
struct Network {
    prefix: Ipv6Addr,
    length: u8,
    valid: End,
    added: bool,
    refused: bool,
}

#[derive(Clone, Copy, Debug)]
struct Router {
    address: Ipv6Addr,
    until: Instant,
    /// How often it did not answer since it was heard of last.
    failures: u8,
    /// The interface uses it.
    added: bool,
    refused: bool,
}

#[derive(Clone, Copy, Debug)]
struct DnsServer {
    address: Ipv6Addr,
    until: End,
}

/// The autoconfiguration of one interface.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    hardware: HardwareAddress,
    identifiers: Identifiers,
    up: bool,
    /// It begins, with this random number, when the interface has nothing of before any more.
    begins: Option<u32>,
    /// It ends when the interface has nothing of it any more.
    ends: bool,
    addresses: [Option<Own>; ADDRESSES],
    networks: [Option<Network>; NETWORKS],
    routers: [Option<Router>; ROUTERS],
    dns_servers: [Option<DnsServer>; DNS_SERVERS],
    /// When routers are asked for next, and the pause after that.
    solicit: End,
    pause: Duration,
    /// What the routers say, until the interface knows it.
    mtu: Option<u32>,
}

impl Host {
    pub(crate) fn new(hardware: HardwareAddress, identifiers: Identifiers) -> Host {
        Host {
            hardware,
            identifiers,
            up: false,
            begins: None,
            ends: false,
            addresses: [None; ADDRESSES],
            networks: [None; NETWORKS],
            routers: [None; ROUTERS],
            dns_servers: [None; DNS_SERVERS],
            solicit: None,
            pause: SOLICITATION_PAUSE,
            mtu: None,
        }
    }

    /// The link went down or came up: then another network may be behind it, and everything is asked
    /// for anew.
    pub(crate) fn link_changed(&mut self, up: bool, now: Instant, random: u32) {
        let comes_up = up && !self.up && !self.ends;
        self.up = up;
        if comes_up {
            self.forget_all(now);
            self.begins = Some(random);
        }
    }

    /// Takes everything away from the interface, and ends.
    pub(crate) fn stop(&mut self, now: Instant) {
        (self.ends, self.begins) = (true, None);
        self.forget_all(now);
    }

    /// Whether it was stopped, and the interface has nothing of it any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.ends
            && self.addresses.iter().all(Option::is_none)
            && self.networks.iter().all(Option::is_none)
            && self.routers.iter().all(Option::is_none)
    }

    /// The name servers of the routers.
    pub(crate) fn dns_servers(&self) -> impl Iterator<Item = Ipv6Addr> {
        self.dns_servers.iter().flatten().map(|server| server.address)
    }

    /// What a router says.
    pub(crate) fn take(&mut self, told: &RouterAdvertisement<'_>, now: Instant, random: u32) {
        if !self.up || self.ends {
            return;
        }
        self.take_router(told, now);
        for option in told.told() {
            match option {
                Told::Prefix(prefix) => self.take_prefix(&prefix, now, random),
                Told::Mtu(mtu) => self.mtu = Some(mtu),
                Told::DnsServers(servers, seconds) => {
                    for server in servers {
                        self.take_dns_server(Ipv6Addr::from(*server), seconds, now);
                    }
                }
            }
        }
    }

    /// Somebody asks for an address as one that wants it, or says that it has it. True when that is
    /// news.
    pub(crate) fn hears_of(&mut self, address: Ipv6Addr, now: Instant) -> bool {
        let (identifiers, hardware) = (self.identifiers, self.hardware);
        let is_it = |own: &&mut Own| {
            own.address == address && matches!(own.phase, Phase::Waiting(_) | Phase::Probing(_))
        };
        let Some(own) = self.addresses.iter_mut().flatten().find(is_it) else { return false };
        own.tries += 1;
        let next = identifiers.address(own.network, hardware, own.tries);
        match next.filter(|_| own.tries < MOST_TRIES) {
            Some(next) => (own.address, own.phase) = (next, Phase::Waiting(now)),
            None => own.phase = Phase::Duplicate,
        }
        true
    }

    /// The addresses that are not the interface's yet.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = Ipv6Addr> {
        let is_wanted = |own: &&Own| matches!(own.phase, Phase::Waiting(_) | Phase::Probing(_));
        self.addresses.iter().flatten().filter(is_wanted).map(|own| own.address)
    }

    /// A router does not answer: another one has its turn.
    pub(crate) fn lost(&mut self, address: Ipv6Addr) {
        let mut routers = self.routers.iter_mut().flatten();
        if let Some(router) = routers.find(|router| router.address == address) {
            router.failures = router.failures.saturating_add(1);
        }
    }

    /// When there is something to do, if nothing is to be done now.
    pub(crate) fn next_event(&self) -> Option<Instant> {
        let of_address = |own: &Own| {
            let probe = match own.phase {
                Phase::Waiting(at) | Phase::Probing(at) => Some(at),
                Phase::Unique | Phase::Duplicate => None,
            };
            let preferred = own.preferred.filter(|_| own.added && !own.told_deprecated);
            probe.into_iter().chain(own.valid).chain(preferred).min()
        };
        let addresses = self.addresses.iter().flatten().filter_map(of_address);
        let networks = self.networks.iter().flatten().filter_map(|network| network.valid);
        let routers = self.routers.iter().flatten().map(|router| router.until);
        let servers = self.dns_servers.iter().flatten().filter_map(|server| server.until);
        addresses.chain(networks).chain(routers).chain(servers).chain(self.solicit).min()
    }

    /// What is to be done now: `None` for nothing. Called until then; each step is done once.
    pub(crate) fn next_step(&mut self, now: Instant) -> Option<Step> {
        self.dns_servers.iter_mut().for_each(|place| {
            *place = place.filter(|server| !has_ended(server.until, now));
        });
        let taken_away = self.step_of_networks(now).or_else(|| self.step_of_routers(now));
        if let Some(step) = taken_away.or_else(|| self.step_of_addresses(now)) {
            return Some(step);
        }
        if let Some(random) = self.begins.take() {
            self.begin(LINK_LOCAL, None, None, now, random);
        }
        if let Some(mtu) = self.mtu.take() {
            return Some(Step::SetMtu(mtu));
        }
        self.solicit.filter(|at| *at <= now && self.up)?;
        self.solicit = Some(now + self.pause);
        self.pause = (self.pause * 2).min(LONGEST_SOLICITATION_PAUSE);
        Some(Step::Solicit(self.link_local()))
    }

    /// The interface did not take what the step adds: then it is not taken away either.
    pub(crate) fn refused(&mut self, step: Step) {
        let refused = match step {
            Step::Add(address) => {
                find(&mut self.addresses, |own| own.address == address).map(|own| &mut own.refused)
            }
            Step::AddNetwork(prefix, length) => {
                find(&mut self.networks, |it| (it.prefix, it.length) == (prefix, length))
                    .map(|network| &mut network.refused)
            }
            Step::AddRouter(address) => find(&mut self.routers, |router| router.address == address)
                .map(|router| &mut router.refused),
            _ => None,
        };
        if let Some(refused) = refused {
            *refused = true;
        }
    }

    /// The link-local address, once nobody else has it.
    fn link_local(&self) -> Option<Ipv6Addr> {
        let is_it = |own: &&Own| own.network == LINK_LOCAL && own.phase == Phase::Unique;
        self.addresses.iter().flatten().find(is_it).map(|own| own.address)
    }

    fn step_of_addresses(&mut self, now: Instant) -> Option<Step> {
        for place in &mut self.addresses {
            let Some(own) = place else { continue };
            if has_ended(own.valid, now) {
                let Own { address, added, refused, .. } = *own;
                *place = None;
                if added && !refused {
                    return Some(Step::Remove(address));
                }
                continue;
            }
            match own.phase {
                Phase::Waiting(at) if at <= now && self.up => {
                    own.phase = Phase::Probing(now + PROBE_PAUSE);
                    return Some(Step::Probe(own.address));
                }
                Phase::Probing(at) if at <= now => {
                    own.phase = Phase::Unique;
                    if own.network == LINK_LOCAL {
                        self.solicit = Some(now);
                    }
                }
                // Routers are asked for without an address as well.
                Phase::Duplicate if own.network == LINK_LOCAL && self.solicit.is_none() => {
                    self.solicit = Some(now);
                }
                _ => {}
            }
            if own.phase != Phase::Unique {
                continue;
            }
            let deprecated = has_ended(own.preferred, now);
            if !own.added {
                (own.added, own.told_deprecated) = (true, false);
                return Some(Step::Add(own.address));
            }
            if deprecated != own.told_deprecated {
                own.told_deprecated = deprecated;
                return Some(Step::Deprecate(own.address, deprecated));
            }
        }
        None
    }

    fn step_of_networks(&mut self, now: Instant) -> Option<Step> {
        for place in &mut self.networks {
            let Some(network) = place else { continue };
            let Network { prefix, length, added, refused, .. } = *network;
            if has_ended(network.valid, now) {
                *place = None;
                if added && !refused {
                    return Some(Step::RemoveNetwork(prefix, length));
                }
            } else if !added {
                network.added = true;
                return Some(Step::AddNetwork(prefix, length));
            }
        }
        None
    }

    /// Of the routers one is used: that which has failed least.
    fn step_of_routers(&mut self, now: Instant) -> Option<Step> {
        let best = self.routers.iter().flatten().filter(|router| router.until > now);
        let best = best.min_by_key(|router| router.failures).map(|router| router.address);
        for place in &mut self.routers {
            let Some(router) = place else { continue };
            let Router { address, added, until, refused, .. } = *router;
            if until <= now {
                *place = None;
            } else if added && Some(address) != best {
                (router.added, router.refused) = (false, false);
            } else {
                continue;
            }
            if added && !refused {
                return Some(Step::RemoveRouter(address));
            }
        }
        let mut routers = self.routers.iter_mut().flatten();
        let router = routers.find(|router| Some(router.address) == best && !router.added)?;
        router.added = true;
        Some(Step::AddRouter(router.address))
    }

    fn take_router(&mut self, told: &RouterAdvertisement<'_>, now: Instant) {
        let until = now + Duration::from_secs(u64::from(told.lifetime));
        if let Some(known) = find(&mut self.routers, |router| router.address == told.router) {
            (known.until, known.failures) = (until, 0);
        } else if told.lifetime > 0 {
            let router =
                Router { address: told.router, until, failures: 0, added: false, refused: false };
            put(&mut self.routers, router);
        }
        if told.lifetime > 0 {
            self.solicit = None; // there is one
        }
    }

    fn take_prefix(&mut self, told: &PrefixInformation, now: Instant, random: u32) {
        let PrefixInformation { length, valid, preferred, .. } = *told;
        let Some(mask) = mask(length) else { return };
        let prefix = Ipv6Addr::from_bits(told.prefix.to_bits() & mask);
        // A prefix of nothing would be a default route.
        let is_none = prefix.is_unicast_link_local() || prefix.is_multicast() || length == 0;
        if is_none || preferred > valid {
            return;
        }
        if told.on_link {
            self.take_network(prefix, length, valid, now);
        }
        if told.autonomous && length == HALF {
            self.take_address(prefix, (preferred, valid), now, random);
        }
    }

    fn take_network(&mut self, prefix: Ipv6Addr, length: u8, seconds: u32, now: Instant) {
        let is_it = |network: &Network| (network.prefix, network.length) == (prefix, length);
        let valid = end(seconds, now);
        if let Some(known) = find(&mut self.networks, is_it) {
            known.valid = valid;
        } else if seconds > 0 {
            put(
                &mut self.networks,
                Network { prefix, length, valid, added: false, refused: false },
            );
        }
    }

    /// A network in which the host may have an address (RFC 4862, section 5.5.3 (d) and (e)).
    fn take_address(
        &mut self,
        network: Ipv6Addr,
        (preferred, valid): (u32, u32),
        now: Instant,
        random: u32,
    ) {
        let Some(own) = find(&mut self.addresses, |own| own.network == network) else {
            if valid > 0 {
                self.begin(network, end(preferred, now), end(valid, now), now, random);
            }
            return;
        };
        own.preferred = end(preferred, now);
        let told = Duration::from_secs(u64::from(valid));
        let left = own.valid.map(|at| at.saturating_duration_since(now));
        if valid == FOR_EVER || told > TWO_HOURS || left.is_some_and(|left| told > left) {
            own.valid = end(valid, now);
        } else if left.is_none_or(|left| left > TWO_HOURS) {
            own.valid = Some(now + TWO_HOURS);
        }
    }

    fn take_dns_server(&mut self, address: Ipv6Addr, seconds: u32, now: Instant) {
        let until = end(seconds, now);
        if let Some(known) = find(&mut self.dns_servers, |server| server.address == address) {
            known.until = until;
        } else if seconds > 0 && !address.is_unspecified() && !address.is_multicast() {
            put(&mut self.dns_servers, DnsServer { address, until });
        }
    }

    /// Makes an address in this network, and asks after a while whether somebody has it.
    fn begin(&mut self, network: Ipv6Addr, preferred: End, valid: End, now: Instant, random: u32) {
        let Some(address) = self.identifiers.address(network, self.hardware, 0) else { return };
        let pause = Duration::from_millis(u64::from(random % FIRST_PAUSE_MILLIS));
        let phase = Phase::Waiting(now + pause);
        let own = Own {
            network,
            address,
            phase,
            preferred,
            valid,
            tries: 0,
            added: false,
            told_deprecated: false,
            refused: false,
        };
        put(&mut self.addresses, own);
    }

    /// Lets everything end now, to be taken from the interface step by step.
    fn forget_all(&mut self, now: Instant) {
        // What the interface does not have yet needs no step, and makes room.
        for place in &mut self.addresses {
            *place = place.filter(|own| own.added);
        }
        self.addresses.iter_mut().flatten().for_each(|own| {
            // Its place is that of an address which begins anew.
            (own.valid, own.network) = (Some(now), Ipv6Addr::UNSPECIFIED);
        });
        self.networks.iter_mut().flatten().for_each(|network| network.valid = Some(now));
        self.routers.iter_mut().flatten().for_each(|router| router.until = now);
        self.dns_servers = [None; DNS_SERVERS];
        self.solicit = None;
        self.pause = SOLICITATION_PAUSE;
    }
}

/// When a life of so many seconds ends.
fn end(seconds: u32, now: Instant) -> End {
    if seconds == FOR_EVER {
        return None;
    }
    now.checked_add(Duration::from_secs(u64::from(seconds)))
}

fn has_ended(end: End, now: Instant) -> bool {
    end.is_some_and(|at| at <= now)
}

/// The bits of a prefix; `None` for one that is longer than an address.
const fn mask(length: u8) -> Option<u128> {
    match length {
        0 => Some(0),
        1..=128 => Some(u128::MAX << (128 - length)),
        _ => None,
    }
}

fn find<T>(places: &mut [Option<T>], is_it: impl Fn(&T) -> bool) -> Option<&mut T> {
    places.iter_mut().flatten().find(|thing| is_it(thing))
}

/// Puts something into a free place, if there is one.
fn put<T>(places: &mut [Option<T>], thing: T) {
    if let Some(place) = places.iter_mut().find(|place| place.is_none()) {
        *place = Some(thing);
    }
}
