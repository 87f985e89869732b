//! The control messages beside a datagram: what a program chooses for one that it sends, and what
//! it is told about one that it receives.
//!
//! Which messages there are, their order and their forms are Linux's: `ip(7)`, `ipv6(7)`,
//! `ip_cmsg_send` and `ip_cmsg_recv_offset`, `ip6_datagram_send_ctl` and `ip6_datagram_recv_ctl`.

use berkeley::options::{
    IP_PKTINFO, IP_RECVTOS, IP_RECVTTL, IP_TOS, IP_TTL, IPV6_HOPLIMIT, IPV6_PKTINFO,
    IPV6_RECVHOPLIMIT, IPV6_RECVPKTINFO, IPV6_RECVTCLASS, IPV6_TCLASS, int_of,
};
use berkeley::{
    ControlBuffer, ControlMessage, ControlMessages, ControlValue, Errno, Error, Ipv4PacketInfo,
    Ipv6PacketInfo, OptionLevel, OptionName,
};

use super::check_socket_level;
use crate::datagram::Envelope;
use crate::ip::{self, IpAddr, Ipv4Addr};

/// What a program chooses for one datagram. What it does not say is as for any other.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Choice {
    pub(crate) source: Option<IpAddr>,
    /// The number of an interface; 0 lets the routes decide.
    pub(crate) interface: u32,
    pub(crate) hop_limit: Option<u8>,
    pub(crate) traffic_class: Option<u8>,
}

impl Choice {
    /// Reads the messages beside a datagram that goes to an address of IPv4, or of IPv6, from a socket
    /// of IPv6 or not. Those of other levels are not looked at.
    ///
    /// # Errors
    ///
    /// `EINVAL` for one that is not understood, or whose length or value is wrong.
    pub(crate) fn read(control: &[u8], to_ipv4: bool, is_ipv6: bool) -> Result<Choice, Error> {
        let (mut choice, mut messages) = (Choice::default(), ControlMessages::new(control));
        while let Some(message) = messages.next_to_send()? {
            match message.level {
                OptionLevel::SOCKET => check_socket_level(&message)?,
                OptionLevel::IP if to_ipv4 => choice.read_ipv4(&message)?,
                OptionLevel::IPV6 if !to_ipv4 => choice.read_ipv6(&message)?,
                // A socket for both families may name the source as it does elsewhere.
                OptionLevel::IPV6 if is_ipv6 && message.kind == IPV6_PKTINFO.0 => {
                    choice.read_mapped(&message)?;
                }
                _ => {}
            }
        }
        Ok(choice)
    }

    fn read_ipv4(&mut self, message: &ControlMessage<'_>) -> Result<(), Error> {
        const PACKET_INFO: i32 = IP_PKTINFO.0;
        const TTL: i32 = IP_TTL.0;
        const TOS: i32 = IP_TOS.0;
        let number = int_of(message.data);
        match (message.kind, message.data.len(), message.value()) {
            (PACKET_INFO, 12, Some(ControlValue::Ipv4PacketInfo(info))) => {
                self.interface = info.interface;
                let local = Some(info.local).filter(|local| !local.is_unspecified());
                self.source = local.map(IpAddr::V4);
            }
            (TTL, 4, _) if number != 0 => self.hop_limit = Some(byte(number)?),
            (TOS, 1 | 4, _) => self.traffic_class = Some(byte(number)?),
            _ => return Err(Errno::EINVAL.into()),
        }
        Ok(())
    }

    fn read_ipv6(&mut self, message: &ControlMessage<'_>) -> Result<(), Error> {
        const PACKET_INFO: i32 = IPV6_PKTINFO.0;
        const HOP_LIMIT: i32 = IPV6_HOPLIMIT.0;
        const TRAFFIC_CLASS: i32 = IPV6_TCLASS.0;
        let number = int_of(message.data);
        // -1 is as if nothing was said (RFC 3542, sections 6.3 and 6.5).
        let choice = || if number == -1 { Ok(None) } else { byte(number).map(Some) };
        match (message.kind, message.data.len(), message.value()) {
            (PACKET_INFO, _, Some(ControlValue::Ipv6PacketInfo(info))) => {
                self.interface = info.interface;
                let address = Some(info.address).filter(|address| !address.is_unspecified());
                self.source = address.map(|address| ip::ours(address.into())).transpose()?;
            }
            (HOP_LIMIT, 4, _) => self.hop_limit = choice()?,
            (TRAFFIC_CLASS, 4, _) => self.traffic_class = choice()?,
            _ => return Err(Errno::EINVAL.into()),
        }
        Ok(())
    }

    /// An address of IPv4 in the form of IPv6.
    fn read_mapped(&mut self, message: &ControlMessage<'_>) -> Result<(), Error> {
        match message.value() {
            Some(ControlValue::Ipv6PacketInfo(Ipv6PacketInfo { interface, address })) => {
                self.interface = interface;
                self.source = Some(IpAddr::V4(address.to_ipv4_mapped().ok_or(Errno::EINVAL)?));
                Ok(())
            }
            _ => Err(Errno::EINVAL.into()),
        }
    }
}

fn byte(number: i32) -> Result<u8, Error> {
    u8::try_from(number).map_err(|_| Errno::EINVAL.into())
}

/// What a program wants to be told with each datagram: the options of these names.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Wanted {
    ip_pktinfo: bool,
    ip_recvttl: bool,
    ip_recvtos: bool,
    ipv6_recvpktinfo: bool,
    ipv6_recvhoplimit: bool,
    ipv6_recvtclass: bool,
}

impl Wanted {
    pub(crate) const NOTHING: Wanted = Wanted {
        ip_pktinfo: false,
        ip_recvttl: false,
        ip_recvtos: false,
        ipv6_recvpktinfo: false,
        ipv6_recvhoplimit: false,
        ipv6_recvtclass: false,
    };

    /// The switch of this option, if it is one of these.
    pub(crate) fn switch(&mut self, level: OptionLevel, name: OptionName) -> Option<&mut bool> {
        Some(match (level, name) {
            (OptionLevel::IP, IP_PKTINFO) => &mut self.ip_pktinfo,
            (OptionLevel::IP, IP_RECVTTL) => &mut self.ip_recvttl,
            (OptionLevel::IP, IP_RECVTOS) => &mut self.ip_recvtos,
            (OptionLevel::IPV6, IPV6_RECVPKTINFO) => &mut self.ipv6_recvpktinfo,
            (OptionLevel::IPV6, IPV6_RECVHOPLIMIT) => &mut self.ipv6_recvhoplimit,
            (OptionLevel::IPV6, IPV6_RECVTCLASS) => &mut self.ipv6_recvtclass,
            _ => return None,
        })
    }

    /// Writes what is wanted about a datagram, as far as there is room, and says whether all of it
    /// is there. `local` is the host's own address of IPv4 that it reached.
    pub(crate) fn tell(
        &self,
        envelope: &Envelope,
        local: Ipv4Addr,
        control: &mut ControlBuffer<'_>,
    ) -> Result<bool, Error> {
        let interface = u32::from(envelope.link) + 1;
        let (hops, class) = (i32::from(envelope.hop_limit), envelope.traffic_class);
        let mut whole = true;
        let mut put = |wanted: bool, value: ControlValue| -> Result<(), Error> {
            whole &= !wanted || control.push_value_cut(&value)?;
            Ok(())
        };
        let address = match envelope.destination {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address.octets().into(),
        };
        let info = Ipv6PacketInfo { interface, address };
        put(self.ipv6_recvpktinfo, ControlValue::Ipv6PacketInfo(info))?;
        match envelope.destination {
            IpAddr::V4(destination) => {
                let info = Ipv4PacketInfo { interface, local, destination };
                put(self.ip_pktinfo, ControlValue::Ipv4PacketInfo(info))?;
                put(self.ip_recvttl, ControlValue::TimeToLive(hops))?;
                put(self.ip_recvtos, ControlValue::TypeOfService(class))?;
            }
            IpAddr::V6(_) => {
                put(self.ipv6_recvhoplimit, ControlValue::HopLimit(hops))?;
                put(self.ipv6_recvtclass, ControlValue::TrafficClass(class.into()))?;
            }
        }
        Ok(whole)
    }
}

#[cfg(test)]
mod tests {
    use berkeley::constants::SCM_RIGHTS;

    use super::*;

    const SOCKET: OptionLevel = OptionLevel::SOCKET;
    const IP: OptionLevel = OptionLevel::IP;
    const IPV6: OptionLevel = OptionLevel::IPV6;

    /// `Choice::read` of one message.
    fn read(to_ipv4: bool, level: OptionLevel, kind: i32, data: &[u8]) -> Result<Choice, Error> {
        let mut room = [0; 64];
        let mut control = ControlBuffer::new(&mut room);
        control.push(level, kind, data)?;
        Choice::read(control.as_slice(), to_ipv4, true)
    }

    #[test]
    fn what_is_not_understood_is_refused_as_by_linux() {
        let int = i32::to_ne_bytes;
        let info = [0; 24];
        // to IPv4, level, kind, data, taken; measured on Linux 6.18
        for (to_ipv4, level, kind, data, taken) in [
            (true, SOCKET, SCM_RIGHTS, &int(0)[..], true),
            (true, SOCKET, 9999, &int(0), false),
            (false, SOCKET, 9999, &int(0), false),
            (true, OptionLevel::TCP, 1, &int(1), true), // of no concern
            (false, IP, IP_TTL.0, &int(0), true),
            (true, IP, 9999, &int(9), false),
            (true, IP, IP_TTL.0, &int(0), false),
            (true, IP, IP_TTL.0, &int(1), true),
            (true, IP, IP_TTL.0, &int(255), true),
            (true, IP, IP_TTL.0, &int(256), false),
            (true, IP, IP_TTL.0, &int(-1), false),
            (true, IP, IP_TTL.0, &[9], false),
            (true, IP, IP_TOS.0, &[9], true),
            (true, IP, IP_TOS.0, &[9, 0], false),
            (true, IP, IP_TOS.0, &int(256), false),
            (true, IP, IP_PKTINFO.0, &info[..12], true),
            (true, IP, IP_PKTINFO.0, &info[..11], false),
            (true, IP, IP_PKTINFO.0, &info[..16], false),
            (false, IPV6, 9999, &int(9), false),
            (false, IPV6, IPV6_HOPLIMIT.0, &int(0), true),
            (false, IPV6, IPV6_HOPLIMIT.0, &int(-1), true),
            (false, IPV6, IPV6_HOPLIMIT.0, &int(-2), false),
            (false, IPV6, IPV6_HOPLIMIT.0, &int(256), false),
            (false, IPV6, IPV6_HOPLIMIT.0, &info[..8], false),
            (false, IPV6, IPV6_TCLASS.0, &int(-1), true),
            (false, IPV6, IPV6_TCLASS.0, &[1], false),
            (false, IPV6, IPV6_PKTINFO.0, &info[..20], true),
            (false, IPV6, IPV6_PKTINFO.0, &info[..24], true),
            (false, IPV6, IPV6_PKTINFO.0, &info[..19], false),
            (true, IPV6, IPV6_HOPLIMIT.0, &int(9), true), // IPv4 has none
            (true, IPV6, IPV6_PKTINFO.0, &info[..20], false), // no address of IPv4
        ] {
            let outcome = read(to_ipv4, level, kind, data);
            assert_eq!(outcome.is_ok(), taken, "{level:?} {kind} {data:?}");
        }
    }

    #[test]
    fn what_is_chosen_is_read() {
        let none = Choice::default();
        let mut info = [0; 20];
        info[10..16].copy_from_slice(&[0xFF, 0xFF, 192, 0, 2, 7]);
        let mapped = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));
        let nine = i32::to_ne_bytes(9);
        // to IPv4, level, kind, data, choice
        for (to_ipv4, level, kind, data, choice) in [
            (true, IP, IP_TTL.0, &nine[..], Choice { hop_limit: Some(9), ..none }),
            (true, IP, IP_TOS.0, &nine[..], Choice { traffic_class: Some(9), ..none }),
            (false, IPV6, IPV6_TCLASS.0, &nine, Choice { traffic_class: Some(9), ..none }),
            (false, IPV6, IPV6_HOPLIMIT.0, &(-1i32).to_ne_bytes(), none),
            (true, IP, IP_PKTINFO.0, &[0; 12], none), // nothing in particular
            (true, IPV6, IPV6_PKTINFO.0, &info, Choice { source: mapped, ..none }),
        ] {
            assert_eq!(read(to_ipv4, level, kind, data), Ok(choice), "{level:?} {kind}");
        }
    }
}
