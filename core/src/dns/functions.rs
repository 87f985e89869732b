//! `getaddrinfo()` and `getnameinfo()` of a backend that asks servers.

use core::net::IpAddr;
use core::ops::ControlFlow;

use super::Settings;
use super::exchange::{Exchange, MOST};
use super::hosts;
use super::lookup::Lookup;
use super::name::{LONGEST_NAME, Name};
use super::order::Addresses;
use super::question::{Question, RecordType};
use crate::names::{AddressInfo, AddressInfoQuery, NameInfo, Text, answer, kind, numeric};
use crate::{
    Address, AddressFamily, AddressInfoCode, AddressInfoFlags, Backend, Error, NameInfoFlags, Net,
};

const NOT_KNOWN: Error = Error::address_info(AddressInfoCode::EAI_NONAME);

/// [`Backend::getaddrinfo`] with servers to ask: of what [`numeric`] does not know, and the table of hosts does
/// not have. `random` draws numbers that nobody can predict.
///
/// It blocks as long as [`Settings::patience`] lets it, whatever timeouts sockets have. Names are taken as they
/// are: nothing is appended to them. At most 48 addresses are answered. With [`AddressInfoFlags::ADDRCONFIG`] those
/// to which there is no way are not among them.
///
/// # Errors
///
/// Those of [`numeric::getaddrinfo`] but for other hosts: `EAI_NONAME` for what is no name of a host, or no host
/// that exists; `EAI_NODATA` for one without an address of the family; `EAI_AGAIN` when no server has answered;
/// `EAI_FAIL` when one did not understand; and what the backend answers when a table of its own is full.
pub fn getaddrinfo<B: Backend + Clone>(
    backend: &B,
    settings: &Settings<'_>,
    random: &mut dyn FnMut() -> u32,
    query: &AddressInfoQuery<'_>,
    found: &mut dyn FnMut(AddressInfo<&str>) -> ControlFlow<()>,
) -> Result<(), Error> {
    let query = query.checked()?;
    let host = match (numeric::getaddrinfo(&query, found), query.host) {
        (Err(NOT_KNOWN), Some(host)) if !query.flags.contains(AddressInfoFlags::NUMERICHOST) => {
            host
        }
        (outcome, _) => return outcome,
    };
    let kinds = kind::with_ports(&query)?;
    let name = Name::from_text(host).filter(may_be_asked).ok_or(NOT_KNOWN)?;

    let (mut addresses, mut official) = (Addresses::new(), name);
    let known = hosts::official(settings.hosts, host);
    let failure = if let Some(known) = known {
        let is_other = |ip: &IpAddr| query.family == AddressFamily::INET && ip.is_ipv6();
        addresses.extend(hosts::addresses(settings.hosts, host).filter(|ip| !is_other(ip)));
        official = Name::from_text(known).unwrap_or(name);
        Error::address_info(AddressInfoCode::EAI_NODATA)
    } else {
        let mut lookups = questions(&query, &name);
        Exchange::new(backend, settings, random).run(&mut lookups, &mut |records| {
            official = *records.owner();
            addresses.extend(records.addresses());
        })?;
        failure_of(&lookups)
    };
    if query.family == AddressFamily::INET6 {
        addresses.map_to_ipv6(query.flags);
    }
    let only_reachable = query.flags.contains(AddressInfoFlags::ADDRCONFIG);
    addresses.sort(&Net::new(backend.clone()), only_reachable);
    if addresses.is_empty() {
        return Err(failure);
    }

    let mut text = Text::<LONGEST_NAME>::new();
    if query.flags.contains(AddressInfoFlags::CANONNAME) {
        let official = if official.is_of_host() { official } else { name };
        official.write_host(&mut text);
    }
    answer::each(addresses.iter().map(|ip| (ip, 0)), &kinds, text.as_str(), found);
    Ok(())
}

/// [`Backend::getnameinfo`] with servers to ask: of hosts that the table of hosts does not have. An address without
/// a name is printed as a number.
///
/// # Errors
///
/// Those of [`numeric::getnameinfo`]; `EAI_AGAIN` when no server has answered; and what the backend answers when a
/// table of its own is full.
pub fn getnameinfo<B: Backend + Clone>(
    backend: &B,
    settings: &Settings<'_>,
    random: &mut dyn FnMut() -> u32,
    address: &Address,
    flags: NameInfoFlags,
    found: &mut dyn FnMut(NameInfo<'_>),
) -> Result<(), Error> {
    let is_asked = !flags.contains(NameInfoFlags::NUMERICHOST);
    let Some(ip) = address.ip().filter(|ip| is_asked && !ip.to_canonical().is_loopback()) else {
        return numeric::getnameinfo(address, flags, found);
    };
    let ip = ip.to_canonical();
    let mut text = Text::<LONGEST_NAME>::new();
    let name = match hosts::name_of(settings.hosts, ip) {
        Some(name) => name,
        None => {
            let question = Question { name: &Name::reverse(ip), record_type: RecordType::PTR };
            let mut lookups = [Some(Lookup::new(question)), None];
            Exchange::new(backend, settings, random).run(&mut lookups, &mut |records| {
                // A server may say anything.
                if let Some(name) = records.names().find(Name::is_of_host) {
                    name.write_host(&mut text);
                }
            })?;
            let failure = failure_of(&lookups);
            if failure == Error::address_info(AddressInfoCode::EAI_AGAIN) {
                return Err(failure);
            }
            text.as_str()
        }
    };
    if name.is_empty() {
        return numeric::getnameinfo(address, flags, found);
    }
    let flags = flags.without(NameInfoFlags::NAMEREQD) | NameInfoFlags::NUMERICHOST;
    numeric::getnameinfo(address, flags, &mut |info| {
        found(NameInfo { host: name, service: info.service });
    })
}

/// The questions for the addresses that are wanted, of IPv6 and of IPv4.
fn questions<'n>(query: &AddressInfoQuery<'_>, name: &'n Name) -> [Option<Lookup<'n>>; MOST] {
    let (v6, v4) = (query.family != AddressFamily::INET, query.family != AddressFamily::INET6);
    let ask = |record_type| Some(Lookup::new(Question { name, record_type }));
    let v4 = v4 || query.flags.contains(AddressInfoFlags::V4MAPPED);
    [v6.then(|| ask(RecordType::AAAA)).flatten(), v4.then(|| ask(RecordType::A)).flatten()]
}

/// Why there is nothing. What is said of the name counts for all of its records; what may be there the next time is
/// worth another try.
fn failure_of(lookups: &[Option<Lookup<'_>>; MOST]) -> Error {
    let outcomes = lookups.iter().flatten().filter_map(Lookup::outcome);
    let mut worst = AddressInfoCode::EAI_NODATA;
    let rank = |code| match code {
        AddressInfoCode::EAI_NONAME => 3,
        AddressInfoCode::EAI_AGAIN => 2,
        AddressInfoCode::EAI_FAIL => 1,
        _ => 0,
    };
    for code in outcomes.filter_map(Result::err) {
        if rank(code) > rank(worst) {
            worst = code;
        }
    }
    Error::address_info(worst)
}

/// Whether a name may be the name of a host of the Internet: the ones that mean a number or nothing are not asked
/// for. Sources: RFC 3696 section 2 (no top level is a number), RFC 6761 sections 6.3 and 6.4.
fn may_be_asked(name: &Name) -> bool {
    let last = name.labels().last().unwrap_or(&[]);
    let is_number = last.iter().all(u8::is_ascii_digit);
    let is_special = |special: &[u8]| last.eq_ignore_ascii_case(special);
    !is_number && !is_special(b"localhost") && !is_special(b"invalid")
}
