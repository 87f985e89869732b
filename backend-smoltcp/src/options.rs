//! The options that this stack keeps per socket, with Linux's defaults and rules.

#[cfg_attr(not(multicast), path = "options/no_multicast.rs")]
pub(crate) mod multicast;
#[cfg_attr(not(raw), path = "options/no_raw.rs")]
pub(crate) mod raw;
#[cfg_attr(not(tcp), path = "options/no_tcp.rs")]
pub(crate) mod tcp;

use core::time::Duration;

use berkeley::options as names;
use berkeley::options::{OptionBytes, OptionValue, int_of};
use berkeley::{AddressFamily, Errno, Error, OptionLevel, OptionName, SocketType};

use crate::control::Wanted;
use crate::network::packet::UDP;
use multicast::MulticastOptions;
use raw::RawOptions;
use tcp::TcpOptions;

/// The sizes of buffers that can be asked for: half of Linux's smallest, and its `rmem_max`, which a
/// datagram socket has from the start.
const SMALLEST_RECEIVE_BUFFER: u32 = 1152;
const SMALLEST_SEND_BUFFER: u32 = 2304;
pub(crate) const LARGEST_BUFFER: u32 = 212_992;

/// The options of one socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Options {
    pub(crate) reuse: Reuse,
    /// Bytes of buffers that were asked for. What is to be sent of a datagram socket is kept and told, no
    /// more: datagrams go to the device at once.
    pub(crate) receive_buffer: Option<u32>,
    pub(crate) send_buffer: Option<u32>,
    /// The number of the only interface that it uses, by choice or because its address is on it; 0 is
    /// any (Linux's `sk_bound_dev_if`).
    pub(crate) interface: u32,
    pub(crate) broadcast: bool,
    pub(crate) keepalive: bool,
    pub(crate) linger: Option<Duration>,
    pub(crate) time_to_live: u8,
    pub(crate) hop_limit: u8,
    pub(crate) type_of_service: u8,
    pub(crate) traffic_class: u8,
    pub(crate) v6only: bool,
    pub(crate) multicast: MulticastOptions,
    pub(crate) tcp: TcpOptions,
    pub(crate) raw: RawOptions,
    /// What comes beside each datagram.
    pub(crate) wanted: Wanted,
}

impl Options {
    pub(crate) const DEFAULT: Options = Options {
        reuse: Reuse::NOTHING,
        receive_buffer: None,
        send_buffer: None,
        interface: 0,
        broadcast: false,
        keepalive: false,
        linger: None,
        time_to_live: 64,
        hop_limit: 64,
        type_of_service: 0,
        traffic_class: 0,
        v6only: false,
        multicast: MulticastOptions::DEFAULT,
        tcp: TcpOptions::DEFAULT,
        raw: RawOptions::DEFAULT,
        wanted: Wanted::NOTHING,
    };
}

/// What a socket shares with others that do the same (`SO_REUSEADDR`, `SO_REUSEPORT`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Reuse {
    pub(crate) address: bool,
    pub(crate) port: bool,
}

impl Reuse {
    pub(crate) const NOTHING: Reuse = Reuse { address: false, port: false };

    /// Whether both share the same.
    pub(crate) fn with(self, other: Reuse) -> bool {
        (self.address && other.address) || (self.port && other.port)
    }
}

/// What an option can depend on besides the options.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Facts {
    pub(crate) is_stream: bool,
    pub(crate) family: AddressFamily,
    /// Its type and its protocol.
    pub(crate) socket: (SocketType, u8),
    pub(crate) is_ipv6: bool,
    pub(crate) is_bound: bool,
    pub(crate) is_listening: bool,
    pub(crate) receive_buffer: usize,
    pub(crate) send_buffer: usize,
    /// The longest segment of a connection.
    pub(crate) segment: Option<u16>,
}

impl Facts {
    /// Whether the socket has options of this level.
    fn has_options_of(&self, level: OptionLevel) -> bool {
        match level {
            OptionLevel::SOCKET | OptionLevel::IP | OptionLevel::RAW => true,
            OptionLevel::IPV6 => cfg!(feature = "ipv6") && self.is_ipv6,
            OptionLevel::TCP => cfg!(tcp) && self.is_stream,
            OptionLevel::UDP => self.socket == (SocketType::DGRAM, UDP),
            _ => false,
        }
    }

    /// Whether the socket has the options of this level of its network: those of IPv4 always.
    fn has(&self, level: OptionLevel) -> bool {
        level == OptionLevel::IP || self.is_ipv6
    }
}

fn truth(value: bool) -> Result<OptionBytes, Error> {
    Ok(OptionBytes::of_int(i32::from(value)))
}

fn number(value: impl TryInto<i32>) -> Result<OptionBytes, Error> {
    Ok(OptionBytes::of_int(value.try_into().unwrap_or(i32::MAX)))
}

impl Options {
    /// Bytes that may be unread, if fewer than there is room for.
    #[cfg(tcp)]
    pub(crate) fn receive_limit(&self) -> Option<usize> {
        self.receive_buffer.map(|bytes| bytes as usize)
    }

    /// Bytes that may be unacknowledged, if fewer than there is room for.
    #[cfg(tcp)]
    pub(crate) fn send_limit(&self) -> Option<usize> {
        self.send_buffer.map(|bytes| bytes as usize)
    }

    /// The value of an option.
    ///
    /// # Errors
    ///
    /// `ENOPROTOOPT` for one that this stack does not have; for a level that this kind of socket
    /// does not have it is `EOPNOTSUPP` on IPv4 and `ENOPROTOOPT` on IPv6, as on Linux.
    pub(crate) fn get(
        &self,
        level: OptionLevel,
        name: OptionName,
        facts: &Facts,
    ) -> Result<OptionBytes, Error> {
        if let Some(value) = self.raw.get(level, name, facts) {
            return value;
        }
        let mut wanted = self.wanted;
        if let Some(wanted) = wanted.switch(level, name).filter(|_| facts.has(level)) {
            return truth(*wanted);
        }
        if let Some(value) = self.multicast.get(level, name).filter(|_| facts.has(level)) {
            return Ok(value);
        }
        match (level, name) {
            (OptionLevel::SOCKET, names::SO_REUSEADDR) => truth(self.reuse.address),
            (OptionLevel::SOCKET, names::SO_REUSEPORT) => truth(self.reuse.port),
            (OptionLevel::SOCKET, names::SO_BROADCAST) => truth(self.broadcast),
            (OptionLevel::SOCKET, names::SO_KEEPALIVE) => truth(self.keepalive),
            (OptionLevel::SOCKET, names::SO_LINGER) => self.linger.encode(),
            (OptionLevel::SOCKET, names::SO_BINDTOIFINDEX) => number(self.interface),
            (OptionLevel::SOCKET, names::SO_TYPE) => number(facts.socket.0.0),
            (OptionLevel::SOCKET, names::SO_DOMAIN) => number(facts.family.0),
            (OptionLevel::SOCKET, names::SO_PROTOCOL) => number(facts.socket.1),
            (OptionLevel::SOCKET, names::SO_ACCEPTCONN) => truth(facts.is_listening),
            (OptionLevel::SOCKET, names::SO_RCVBUF) if !facts.is_stream => {
                number(facts.receive_buffer)
            }
            (OptionLevel::SOCKET, names::SO_RCVBUF) => {
                number(doubled(self.receive_buffer, facts.receive_buffer))
            }
            (OptionLevel::SOCKET, names::SO_SNDBUF) => {
                number(doubled(self.send_buffer, facts.send_buffer))
            }
            (OptionLevel::SOCKET, names::SO_RCVLOWAT | names::SO_SNDLOWAT) => number(1),
            (OptionLevel::IP, names::IP_TTL) => number(self.time_to_live),
            (OptionLevel::IP, names::IP_TOS) => number(self.type_of_service),
            (OptionLevel::IPV6, names::IPV6_TCLASS) if facts.is_ipv6 => number(self.traffic_class),
            (OptionLevel::IPV6, names::IPV6_V6ONLY) if facts.is_ipv6 => truth(self.v6only),
            (OptionLevel::IPV6, names::IPV6_UNICAST_HOPS) if facts.is_ipv6 => {
                number(self.hop_limit)
            }
            (OptionLevel::TCP, _) if facts.is_stream => self.tcp.get(name, facts),
            (OptionLevel::SOCKET | OptionLevel::IP, _) => Err(Errno::ENOPROTOOPT.into()),
            (OptionLevel::UDP, _) if facts.socket == (SocketType::DGRAM, UDP) => {
                Err(Errno::ENOPROTOOPT.into())
            }
            // A level that the socket does not have. Linux tells the families apart here.
            _ if facts.is_ipv6 => Err(Errno::ENOPROTOOPT.into()),
            _ => Err(Errno::EOPNOTSUPP.into()),
        }
    }

    /// Sets an option.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a value out of range or too short, `ENOPROTOOPT` for an option that cannot be
    /// set, or not here.
    pub(crate) fn set(
        &mut self,
        level: OptionLevel,
        name: OptionName,
        value: &[u8],
        facts: &Facts,
    ) -> Result<(), Error> {
        let invalid = Error::from(Errno::EINVAL);
        if !facts.has_options_of(level) {
            return Err(Errno::ENOPROTOOPT.into());
        }
        if (level, name) == (OptionLevel::TCP, names::TCP_CONGESTION) && facts.is_stream {
            return tcp::set_congestion_control(value);
        }
        let integer = match *value {
            // IPv4's small numbers may be single bytes or nothing, as on Linux.
            [] if level == OptionLevel::IP => 0,
            [byte] | [byte, _] | [byte, _, _] if level == OptionLevel::IP => i32::from(byte),
            // IPv6 looks for the option first.
            [] | [_] | [_, _] | [_, _, _]
                if cfg!(feature = "ipv6") && level == OptionLevel::IPV6 =>
            {
                let tried = { *self }.set(level, name, &[0; 4], facts);
                return Err(tried
                    .err()
                    .filter(|error| error.is(Errno::ENOPROTOOPT))
                    .unwrap_or(invalid));
            }
            [] | [_] | [_, _] | [_, _, _] => return Err(invalid),
            _ => int_of(value),
        };
        if let Some(outcome) = self.raw.set(level, name, integer, facts) {
            return outcome;
        }
        if let Some(wanted) = self.wanted.switch(level, name).filter(|_| facts.has(level)) {
            *wanted = integer != 0;
            return Ok(());
        }
        if facts.has(level)
            && let Some(outcome) = self.multicast.set(level, name, value, integer, facts)
        {
            return outcome;
        }
        match (level, name) {
            (OptionLevel::SOCKET, names::SO_REUSEADDR) => self.reuse.address = integer != 0,
            (OptionLevel::SOCKET, names::SO_REUSEPORT) => self.reuse.port = integer != 0,
            (OptionLevel::SOCKET, names::SO_BROADCAST) => self.broadcast = integer != 0,
            (OptionLevel::SOCKET, names::SO_KEEPALIVE) => self.keepalive = integer != 0,
            // Whether there is such an interface matters to whoever sends.
            (OptionLevel::SOCKET, names::SO_BINDTOIFINDEX) => {
                self.interface = u32::try_from(integer).map_err(|_| invalid)?;
            }
            (OptionLevel::SOCKET, names::SO_LINGER) if value.len() < 8 => return Err(invalid),
            (OptionLevel::SOCKET, names::SO_LINGER) => self.linger = Option::decode(value),
            (OptionLevel::SOCKET, names::SO_RCVBUF) => {
                self.receive_buffer = Some(buffer(integer, SMALLEST_RECEIVE_BUFFER));
            }
            (OptionLevel::SOCKET, names::SO_SNDBUF) => {
                self.send_buffer = Some(buffer(integer, SMALLEST_SEND_BUFFER));
            }
            (OptionLevel::IP, names::IP_TTL) => {
                self.time_to_live = limit(integer, 1, 64).ok_or(invalid)?;
            }
            (OptionLevel::IPV6, names::IPV6_V6ONLY) if facts.is_ipv6 => {
                if facts.is_bound {
                    return Err(invalid);
                }
                self.v6only = integer != 0;
            }
            (OptionLevel::IPV6, names::IPV6_UNICAST_HOPS) if facts.is_ipv6 => {
                self.hop_limit = limit(integer, 0, 64).ok_or(invalid)?;
            }
            // What does not fit into the byte is cut, as on Linux.
            (OptionLevel::IP, names::IP_TOS) => {
                self.type_of_service = class(integer as u8, facts);
            }
            (OptionLevel::IPV6, names::IPV6_TCLASS) if facts.is_ipv6 => {
                let value = if integer == -1 { 0 } else { integer };
                self.traffic_class = class(u8::try_from(value).map_err(|_| invalid)?, facts);
            }
            (OptionLevel::TCP, _) => self.tcp.set(name, integer, facts)?,
            _ => return Err(Errno::ENOPROTOOPT.into()),
        }
        Ok(())
    }
}

/// A size of a buffer that was asked for, within Linux's limits; a negative one is as good as a large
/// one.
fn buffer(value: i32, least: u32) -> u32 {
    (value as u32).clamp(least, LARGEST_BUFFER)
}

/// What is said about a buffer: twice what was asked for, as Linux counts its own bookkeeping, or what
/// there is.
fn doubled(asked: Option<u32>, there_is: usize) -> usize {
    asked.map_or(there_is, |asked| 2 * asked as usize)
}

/// A traffic class. Of TCP the two lowest bits are those of explicit congestion notification.
fn class(value: u8, facts: &Facts) -> u8 {
    if facts.is_stream { value & 0xFC } else { value }
}

/// A hop limit of at least `least`; −1 is the default.
fn limit(value: i32, least: u8, default: u8) -> Option<u8> {
    match value {
        -1 => Some(default),
        _ => u8::try_from(value).ok().filter(|limit| *limit >= least),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const STREAM: Facts = Facts {
        is_stream: true,
        family: AddressFamily::INET,
        socket: (SocketType::STREAM, 6),
        is_ipv6: false,
        is_bound: false,
        is_listening: false,
        receive_buffer: 4096,
        send_buffer: 2048,
        segment: None,
    };

    #[test]
    fn ranges_and_read_back_follow_linux() {
        let einval = Err(Error::from(Errno::EINVAL));
        let absent = Err(Error::from(Errno::ENOPROTOOPT));
        let socket = OptionLevel::SOCKET;
        let ip = OptionLevel::IP;
        // level, name, value set, outcome, read back (option-03, 05, 06, 09, 11, 15, 16)
        for (level, name, value, outcome, read) in [
            (socket, names::SO_KEEPALIVE, 5, Ok(()), 1),
            (socket, names::SO_REUSEADDR, -1, Ok(()), 1),
            (socket, names::SO_RCVBUF, 1, Ok(()), 2304),
            (socket, names::SO_RCVBUF, 8192, Ok(()), 16384),
            (socket, names::SO_RCVBUF, -1, Ok(()), 425_984),
            (socket, names::SO_SNDBUF, 0, Ok(()), 4608),
            (socket, names::SO_TYPE, 1, absent, 1),
            (ip, names::IP_TTL, 0, einval, 64),
            (ip, names::IP_TTL, 256, einval, 64),
            (ip, names::IP_TTL, 255, Ok(()), 255),
            (ip, names::IP_TTL, -1, Ok(()), 64),
        ] {
            let mut options = Options::DEFAULT;
            assert_eq!(
                options.set(level, name, &i32::to_ne_bytes(value), &STREAM),
                outcome,
                "{name:?}"
            );
            let bytes = options.get(level, name, &STREAM).unwrap();
            assert_eq!(int_of(bytes.as_slice()), read, "{name:?}");
        }
    }

    #[test]
    fn what_is_not_there_says_so() {
        let datagram = Facts { is_stream: false, socket: (SocketType::DGRAM, 17), ..STREAM };
        let code = |level, name, facts: &Facts| {
            Options::DEFAULT.get(OptionLevel(level), OptionName(name), facts).err().unwrap()
        };
        assert!(code(6, 1, &datagram).is(Errno::EOPNOTSUPP), "TCP_NODELAY on UDP");
        assert!(code(1, 9999, &STREAM).is(Errno::ENOPROTOOPT), "unknown option");
        assert!(code(9999, 1, &STREAM).is(Errno::EOPNOTSUPP), "unknown level");
        assert!(code(41, 26, &STREAM).is(Errno::EOPNOTSUPP), "IPV6_V6ONLY on IPv4");
        let inet6 = Facts { is_ipv6: true, ..STREAM };
        assert!(code(9999, 1, &inet6).is(Errno::ENOPROTOOPT), "unknown level on IPv6");
        assert!(code(17, 1, &inet6).is(Errno::ENOPROTOOPT), "UDP_CORK on TCP over IPv6");
    }
}
