//! The options of raw sockets. Sources: Linux's raw(7), `do_rawv6_setsockopt`, RFC 3542 section 3.1.

use berkeley::options as names;
use berkeley::options::OptionBytes;
use berkeley::{Errno, Error, OptionLevel, OptionName, SocketType};

use super::{Facts, number, truth};
use crate::network::packet::ICMPV6;

/// The protocol of those who bring the header themselves (raw(7)).
const IPPROTO_RAW: u8 = 255;

/// What a program has said about a raw socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RawOptions {
    /// The program brings the header of IP.
    pub(crate) header_included: bool,
    /// Where in the payload of IPv6 the checksum is, which is written and verified.
    pub(crate) checksum: Option<u16>,
}

impl RawOptions {
    pub(crate) const DEFAULT: RawOptions = RawOptions { header_included: false, checksum: None };

    /// Those of a new raw socket of this protocol.
    pub(crate) fn of(protocol: u8) -> RawOptions {
        RawOptions {
            header_included: protocol == IPPROTO_RAW,
            checksum: (protocol == ICMPV6).then_some(2), // RFC 3542: always
        }
    }

    /// The value of an option, if it is one of these.
    pub(super) fn get(
        &self,
        level: OptionLevel,
        name: OptionName,
        facts: &Facts,
    ) -> Option<Result<OptionBytes, Error>> {
        match (level, name) {
            _ if !is_raw(facts) => None,
            (OptionLevel::IP | OptionLevel::RAW, _) if is_foreign(level, name, facts) => {
                Some(Err(Errno::ENOPROTOOPT.into()))
            }
            (OptionLevel::IP, names::IP_HDRINCL) => Some(truth(self.header_included)),
            (OptionLevel::IPV6 | OptionLevel::RAW, names::IPV6_CHECKSUM) if facts.is_ipv6 => {
                Some(number(self.checksum.map_or(-1, i32::from)))
            }
            _ => None,
        }
    }

    /// Sets an option, if it is one of these.
    pub(super) fn set(
        &mut self,
        level: OptionLevel,
        name: OptionName,
        value: i32,
        facts: &Facts,
    ) -> Option<Result<(), Error>> {
        match (level, name) {
            _ if !is_raw(facts) => return None,
            (OptionLevel::IP | OptionLevel::RAW, _) if is_foreign(level, name, facts) => {
                return Some(Err(Errno::ENOPROTOOPT.into()));
            }
            (OptionLevel::IP, names::IP_HDRINCL) => self.header_included = value != 0,
            (OptionLevel::IPV6 | OptionLevel::RAW, names::IPV6_CHECKSUM) if facts.is_ipv6 => {
                let fixed = facts.socket.1 == ICMPV6 && level == OptionLevel::IPV6;
                if fixed || (value > 0 && value % 2 != 0) {
                    return Some(Err(Errno::EINVAL.into()));
                }
                // One beyond every payload fails when something is sent.
                self.checksum = (value >= 0).then(|| u16::try_from(value).unwrap_or(u16::MAX - 1));
            }
            _ => return None,
        }
        Some(Ok(()))
    }
}

fn is_raw(facts: &Facts) -> bool {
    facts.socket.0 == SocketType::RAW
}

/// Whether a raw socket does not have these options: of IPv6 none of IPv4's, unlike other sockets, and
/// none but the checksum at the level of raw sockets.
fn is_foreign(level: OptionLevel, name: OptionName, facts: &Facts) -> bool {
    match level {
        OptionLevel::IP => facts.is_ipv6,
        _ => !facts.is_ipv6 || name != names::IPV6_CHECKSUM,
    }
}
