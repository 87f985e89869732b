//! What the usual control messages mean.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use super::ControlMessage;
use super::messages::field;
use crate::constants::SCM_CREDENTIALS;
use crate::options::{
    IP_PKTINFO, IP_TOS, IP_TTL, IPV6_HOPLIMIT, IPV6_PKTINFO, IPV6_TCLASS, SO_TIMESTAMP,
    SO_TIMESTAMPNS, int_of,
};
use crate::{Errno, Error, OptionLevel};

/// The two timestamps whose numbers have 64 bits on every host: microseconds and nanoseconds, as
/// Linux's `asm-generic/socket.h` numbers them.
const SO_TIMESTAMP_NEW: i32 = 63;
const SO_TIMESTAMPNS_NEW: i32 = 64;

/// A control message of a kind that is known here.
///
/// The options that turn receiving on are named with each. Sources: `ip(7)`, `ipv6(7)`,
/// `socket(7)`, `unix(7)`, RFC 3542.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ControlValue {
    /// Which way an IPv4 datagram came (`IP_PKTINFO`), or is to go.
    Ipv4PacketInfo(Ipv4PacketInfo),
    /// Which way an IPv6 datagram came (`IPV6_RECVPKTINFO`), or is to go.
    Ipv6PacketInfo(Ipv6PacketInfo),
    /// IPv4's time to live (`IP_RECVTTL`).
    TimeToLive(i32),
    /// IPv4's type of service (`IP_RECVTOS`).
    TypeOfService(u8),
    /// IPv6's hop limit (`IPV6_RECVHOPLIMIT`).
    HopLimit(i32),
    /// IPv6's traffic class (`IPV6_RECVTCLASS`).
    TrafficClass(i32),
    /// When the packet came, since the beginning of 1970 (`SO_TIMESTAMP`, `SO_TIMESTAMPNS`). Only
    /// received.
    Timestamp(Duration),
    /// Who sent it (`SO_PASSCRED`), over a UNIX socket.
    Credentials(Credentials),
}

/// Which way an IPv4 datagram came or is to go: `struct in_pktinfo`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ipv4PacketInfo {
    /// The number of the interface; 0 when sending lets the routes decide.
    pub interface: u32,
    /// The host's own address: the one that was reached, or the source address of what is sent.
    pub local: Ipv4Addr,
    /// The destination in the packet's header. It plays no part in sending.
    pub destination: Ipv4Addr,
}

/// Which way an IPv6 datagram came or is to go: `struct in6_pktinfo`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ipv6PacketInfo {
    /// The number of the interface; 0 when sending lets the routes decide.
    pub interface: u32,
    /// The destination of a received packet, or the source address of what is sent.
    pub address: Ipv6Addr,
}

/// Whose process sent a message: `struct ucred`.
///
/// The kernel says it, or has checked it: to send other numbers than one's own needs a privilege.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// The process.
    pub pid: i32,
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// The bytes of a value.
pub(super) struct Encoded {
    bytes: [u8; 20],
    length: usize,
}

impl Encoded {
    fn of(fields: &[&[u8]]) -> Encoded {
        let mut encoded = Encoded { bytes: [0; 20], length: 0 };
        for (place, byte) in encoded.bytes.iter_mut().zip(fields.iter().copied().flatten()) {
            *place = *byte;
            encoded.length += 1;
        }
        encoded
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl ControlValue {
    /// Level, kind and data of the message.
    pub(super) fn encode(&self) -> Result<(OptionLevel, i32, Encoded), Error> {
        use OptionLevel as Level;
        let int = |number: i32| Encoded::of(&[&number.to_ne_bytes()]);
        Ok(match *self {
            ControlValue::Ipv4PacketInfo(info) => {
                let (local, destination) = (info.local.octets(), info.destination.octets());
                let data = Encoded::of(&[&info.interface.to_ne_bytes(), &local, &destination]);
                (Level::IP, IP_PKTINFO.0, data)
            }
            ControlValue::Ipv6PacketInfo(info) => {
                let data = Encoded::of(&[&info.address.octets(), &info.interface.to_ne_bytes()]);
                (Level::IPV6, IPV6_PKTINFO.0, data)
            }
            ControlValue::TimeToLive(number) => (Level::IP, IP_TTL.0, int(number)),
            ControlValue::TypeOfService(number) => (Level::IP, IP_TOS.0, Encoded::of(&[&[number]])),
            ControlValue::HopLimit(number) => (Level::IPV6, IPV6_HOPLIMIT.0, int(number)),
            ControlValue::TrafficClass(number) => (Level::IPV6, IPV6_TCLASS.0, int(number)),
            ControlValue::Timestamp(_) => return Err(Errno::EOPNOTSUPP.into()),
            ControlValue::Credentials(Credentials { pid, uid, gid }) => {
                let data =
                    Encoded::of(&[&pid.to_ne_bytes(), &uid.to_ne_bytes(), &gid.to_ne_bytes()]);
                (Level::SOCKET, SCM_CREDENTIALS, data)
            }
        })
    }

    /// The value of a message; `None` for a kind that is not known, or for too few bytes.
    pub(super) fn decode(message: &ControlMessage<'_>) -> Option<ControlValue> {
        const TTL: i32 = IP_TTL.0;
        const TOS: i32 = IP_TOS.0;
        const PACKET_INFO_4: i32 = IP_PKTINFO.0;
        const PACKET_INFO_6: i32 = IPV6_PKTINFO.0;
        const HOP_LIMIT: i32 = IPV6_HOPLIMIT.0;
        const TRAFFIC_CLASS: i32 = IPV6_TCLASS.0;
        const MICROSECONDS: i32 = SO_TIMESTAMP.0;
        const NANOSECONDS: i32 = SO_TIMESTAMPNS.0;

        let data = message.data;
        let int = |at: usize| field(data, at).map(i32::from_ne_bytes);
        let unsigned = |at: usize| field(data, at).map(u32::from_ne_bytes);
        Some(match (message.level, message.kind) {
            (OptionLevel::IP, PACKET_INFO_4) => ControlValue::Ipv4PacketInfo(Ipv4PacketInfo {
                interface: unsigned(0)?,
                local: Ipv4Addr::from(field::<4>(data, 4)?),
                destination: Ipv4Addr::from(field::<4>(data, 8)?),
            }),
            (OptionLevel::IPV6, PACKET_INFO_6) => ControlValue::Ipv6PacketInfo(Ipv6PacketInfo {
                address: Ipv6Addr::from(field::<16>(data, 0)?),
                interface: unsigned(16)?,
            }),
            (OptionLevel::IP, TTL) => ControlValue::TimeToLive(int(0)?),
            // One byte when received; a sender may have given an `int`.
            (OptionLevel::IP, TOS) if !data.is_empty() => {
                ControlValue::TypeOfService(u8::try_from(int_of(data)).ok()?)
            }
            (OptionLevel::IPV6, HOP_LIMIT) => ControlValue::HopLimit(int(0)?),
            (OptionLevel::IPV6, TRAFFIC_CLASS) => ControlValue::TrafficClass(int(0)?),
            (OptionLevel::SOCKET, MICROSECONDS) => timestamp(native_pair(data)?, 1000)?,
            (OptionLevel::SOCKET, NANOSECONDS) => timestamp(native_pair(data)?, 1)?,
            (OptionLevel::SOCKET, SO_TIMESTAMP_NEW) => timestamp(wide_pair(data)?, 1000)?,
            (OptionLevel::SOCKET, SO_TIMESTAMPNS_NEW) => timestamp(wide_pair(data)?, 1)?,
            (OptionLevel::SOCKET, SCM_CREDENTIALS) => ControlValue::Credentials(Credentials {
                pid: int(0)?,
                uid: unsigned(4)?,
                gid: unsigned(8)?,
            }),
            _ => return None,
        })
    }
}

/// Two numbers as wide as a pointer: the host's `struct timeval` and `struct timespec` of old.
fn native_pair(data: &[u8]) -> Option<(i64, i64)> {
    let number = |at| Some(isize::from_ne_bytes(field(data, at)?) as i64);
    Some((number(0)?, number(size_of::<isize>())?))
}

/// Two numbers of 64 bits.
fn wide_pair(data: &[u8]) -> Option<(i64, i64)> {
    Some((i64::from_ne_bytes(field(data, 0)?), i64::from_ne_bytes(field(data, 8)?)))
}

/// Seconds and parts of them, each of so many nanoseconds. `None` before 1970, and for more parts
/// than make a second.
fn timestamp((seconds, parts): (i64, i64), nanoseconds: u64) -> Option<ControlValue> {
    let seconds = u64::try_from(seconds).ok()?;
    let nanoseconds = u64::try_from(parts).ok()?.checked_mul(nanoseconds)?;
    let nanoseconds = u32::try_from(nanoseconds).ok().filter(|part| *part < 1_000_000_000)?;
    Some(ControlValue::Timestamp(Duration::new(seconds, nanoseconds)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ControlBuffer, ControlMessages};

    #[test]
    fn values_survive_the_round_trip() {
        for value in [
            ControlValue::Ipv4PacketInfo(Ipv4PacketInfo {
                interface: 0x0102_0304,
                local: Ipv4Addr::new(1, 2, 3, 4),
                destination: Ipv4Addr::BROADCAST,
            }),
            ControlValue::Ipv6PacketInfo(Ipv6PacketInfo {
                interface: u32::MAX,
                address: Ipv6Addr::new(1, 2, 3, 4, 5, 6, 7, 8),
            }),
            ControlValue::TimeToLive(255),
            ControlValue::TypeOfService(0xFF),
            ControlValue::HopLimit(-1),
            ControlValue::TrafficClass(0x10),
            ControlValue::Credentials(Credentials { pid: 1, uid: 2, gid: u32::MAX }),
        ] {
            let mut bytes = [0; 64];
            let mut control = ControlBuffer::new(&mut bytes);
            control.push_value(&value).unwrap();
            let message = ControlMessages::new(control.as_slice()).next().unwrap();
            assert_eq!(message.value(), Some(value));
            // Cut by a byte it is unknown; but a type of service may have 1 to 4 bytes.
            let cut = ControlMessage { data: &message.data[..message.data.len() - 1], ..message };
            assert_eq!(cut.value(), None, "{value:?}");
        }
    }

    #[test]
    fn times_are_read_in_their_own_width() {
        let (native, wide) = (size_of::<isize>(), 8);
        let time = |seconds, nanoseconds| {
            Some(ControlValue::Timestamp(Duration::new(seconds, nanoseconds)))
        };
        // kind, bytes of a number, seconds, parts of a second, what it means
        for (kind, width, seconds, parts, expected) in [
            (29, native, 7, 999_999, time(7, 999_999_000)),
            (35, native, 7, 999_999_999, time(7, 999_999_999)),
            (63, wide, 7, 1, time(7, 1000)),
            (64, wide, 7, 1, time(7, 1)),
            (29, native, 0, 0, time(0, 0)),
            (29, native, 7, 1_000_000, None), // a second more
            (35, native, 7, 1_000_000_000, None),
            (29, native, -1, 0, None), // before 1970
            (35, native, 7, -1, None),
            (64, wide, i64::MAX, i64::MAX, None),
            (29, native - 1, 7, 1, None), // cut
            (1, wide, 7, 1, None),        // no time
        ] {
            let mut data = [0; 16];
            let full = width.next_multiple_of(4);
            for (at, number) in [(0, seconds), (full, parts)] {
                if full == 4 {
                    data[at..at + 4].copy_from_slice(&(number as i32).to_ne_bytes());
                } else {
                    data[at..at + 8].copy_from_slice(&number.to_ne_bytes());
                }
            }
            let length = if full == width { 2 * full } else { 2 * full - 1 };
            let level = OptionLevel::SOCKET;
            let message = ControlMessage { level, kind, data: &data[..length] };
            assert_eq!(message.value(), expected, "{kind} {seconds} {parts}");
        }
    }

    #[test]
    fn a_type_of_service_has_one_byte_or_four() {
        // data, value
        for (data, value) in [
            (&[][..], None),
            (&[8][..], Some(ControlValue::TypeOfService(8))),
            (&8i32.to_ne_bytes(), Some(ControlValue::TypeOfService(8))),
            (&256i32.to_ne_bytes(), None),
        ] {
            let message = ControlMessage { level: OptionLevel::IP, kind: IP_TOS.0, data };
            assert_eq!(message.value(), value, "{data:?}");
        }
    }

    #[test]
    fn a_time_cannot_be_sent() {
        let mut bytes = [0; 64];
        let mut control = ControlBuffer::new(&mut bytes);
        let time = ControlValue::Timestamp(Duration::ZERO);
        assert_eq!(control.push_value(&time), Err(Errno::EOPNOTSUPP.into()));
        assert!(control.as_slice().is_empty());
    }
}
