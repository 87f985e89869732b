//! A server of DHCP that is a script, and the stack that asks it. Its messages are written and read by
//! smoltcp's wire format, which shares nothing with ours.

use core::net::Ipv4Addr;

use berkeley_smoltcp::Lease;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, DhcpMessageType, DhcpOption, DhcpPacket, DhcpRepr,
    EthernetAddress, EthernetFrame, EthernetProtocol, IpAddress, Ipv4Packet, UdpPacket,
};

use crate::support::target::{ethernet, udp};
use crate::support::*;

pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
pub(crate) const OTHER_SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 2);
pub(crate) const GIVEN: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 77);
pub(crate) const DNS: [Ipv4Addr; 2] =
    [Ipv4Addr::new(198, 51, 100, 53), Ipv4Addr::new(203, 0, 113, 53)];
/// The hardware address of the server.
pub(crate) const THEIRS: [u8; 6] = [2, 0, 0, 0, 0, 9];
pub(crate) const HOUR: u32 = 3600;

/// What the client has sent, as far as a server looks at it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) at: Instant,
    pub(crate) kind: DhcpMessageType,
    pub(crate) transaction: u32,
    /// The source and the destination of the packet.
    pub(crate) ends: (Ipv4Addr, Ipv4Addr),
    pub(crate) own: Ipv4Addr,
    pub(crate) requested: Option<Ipv4Addr>,
    pub(crate) server: Option<Ipv4Addr>,
}

impl Asked {
    /// Reads a frame; none if it is not for a DHCP server.
    pub(crate) fn read(at: Instant, frame: &[u8]) -> Option<Asked> {
        let frame = EthernetFrame::new_checked(frame).unwrap();
        let packet = Ipv4Packet::new_checked(frame.payload()).ok()?;
        assert!(packet.verify_checksum());
        let ends = (packet.src_addr(), packet.dst_addr());
        let datagram = UdpPacket::new_checked(packet.payload()).ok()?;
        let (from, to) = (IpAddress::from(ends.0), IpAddress::from(ends.1));
        assert!(datagram.verify_checksum(&from, &to));
        if (datagram.src_port(), datagram.dst_port()) != (68, 67) {
            return None;
        }
        let message = DhcpPacket::new_checked(datagram.payload()).unwrap();
        let asked = DhcpRepr::parse(&message).unwrap();
        assert_eq!(asked.client_hardware_address, EthernetAddress(OWN.0));
        assert_eq!(asked.client_identifier, Some(EthernetAddress(OWN.0)));
        let broadcast = ends.1.is_broadcast();
        assert_eq!(frame.dst_addr().is_broadcast(), broadcast);
        Some(Asked {
            at,
            kind: asked.message_type,
            transaction: asked.transaction_id,
            ends,
            own: asked.client_ip,
            requested: asked.requested_ip,
            server: asked.server_identifier,
        })
    }
}

/// What the server says.
#[derive(Clone)]
pub(crate) struct Said<'o> {
    pub(crate) kind: DhcpMessageType,
    pub(crate) address: Ipv4Addr,
    pub(crate) server: Ipv4Addr,
    pub(crate) lease: Option<u32>,
    pub(crate) times: (Option<u32>, Option<u32>),
    pub(crate) mask: Option<Ipv4Addr>,
    pub(crate) router: Option<Ipv4Addr>,
    pub(crate) hardware: [u8; 6],
    pub(crate) more: &'o [DhcpOption<'o>],
}

impl Said<'_> {
    /// An ordinary answer of this kind, for an hour.
    pub(crate) fn new(kind: DhcpMessageType) -> Said<'static> {
        Said {
            kind,
            address: GIVEN,
            server: SERVER,
            lease: Some(HOUR),
            times: (None, None),
            mask: Some(Ipv4Addr::new(255, 255, 255, 0)),
            router: Some(SERVER),
            hardware: OWN.0,
            more: &[],
        }
    }

    /// The answer to a question, in a frame.
    pub(crate) fn to(&self, transaction: u32) -> Vec<u8> {
        let refuses = self.kind == DhcpMessageType::Nak;
        let servers = DNS.map(|server| server.octets()).concat();
        let mut more = vec![DhcpOption { kind: 6, data: &servers }];
        more.extend_from_slice(self.more);
        // It reads these times, but does not write them.
        let times = [self.times.0, self.times.1].map(|time| time.map(u32::to_be_bytes));
        for (kind, time) in [(58, &times[0]), (59, &times[1])] {
            more.extend(time.as_ref().map(|data| DhcpOption { kind, data }));
        }
        let repr = DhcpRepr {
            message_type: self.kind,
            transaction_id: transaction,
            secs: 0,
            client_hardware_address: EthernetAddress(self.hardware),
            client_ip: Ipv4Addr::UNSPECIFIED,
            your_ip: if refuses { Ipv4Addr::UNSPECIFIED } else { self.address },
            server_ip: SERVER,
            router: self.router.filter(|_| !refuses),
            subnet_mask: self.mask.filter(|_| !refuses),
            relay_agent_ip: Ipv4Addr::UNSPECIFIED,
            broadcast: false,
            requested_ip: None,
            client_identifier: None,
            server_identifier: Some(self.server),
            parameter_request_list: None,
            dns_servers: None,
            max_size: None,
            lease_duration: self.lease.filter(|_| !refuses),
            renew_duration: None,
            rebind_duration: None,
            additional_options: if refuses { &[] } else { &more },
        };
        let mut message = vec![0; repr.buffer_len()];
        repr.emit(&mut DhcpPacket::new_unchecked(&mut message)).unwrap();
        framed(&message, self.address)
    }
}

/// A message of the server, in a frame to the client alone.
pub(crate) fn framed(message: &[u8], to: Ipv4Addr) -> Vec<u8> {
    let (from, to) = (end(&SERVER.to_string(), 67), end(&to.to_string(), 68));
    ethernet(THEIRS, OWN.0, &udp(from, to, message))
}

/// A stack on Ethernet with nothing but a client, and the script.
pub(crate) struct Lab {
    pub(crate) bench: Bench,
    pub(crate) asked: Vec<Asked>,
    /// Who is asked for by ARP, when.
    pub(crate) probes: Vec<(Instant, Ipv4Addr, Ipv4Addr)>,
}

impl Lab {
    pub(crate) fn new() -> Lab {
        Lab::with(small())
    }

    pub(crate) fn with(capacity: Capacity) -> Lab {
        let bench = Bench::with(Medium::Ethernet(OWN), 1500, 1, capacity);
        for address in NEAR {
            bench.stack().remove_address(bench.interface, ip(address)).unwrap();
        }
        bench.stack().start_dhcp(bench.interface).unwrap();
        Lab { bench, asked: Vec::new(), probes: Vec::new() }
    }

    /// Lets time pass. The server answers a question by what the script says to it.
    pub(crate) fn run(&mut self, time: Duration, script: impl Fn(&Asked) -> Vec<Said<'static>>) {
        let end = self.bench.now() + time;
        loop {
            self.work(&script);
            match self.bench.stack().next_event().unwrap().filter(|next| *next <= end) {
                Some(next) => self.bench.clock.set(next),
                None => return self.bench.clock.set(end),
            }
        }
    }

    pub(crate) fn work(&mut self, script: &impl Fn(&Asked) -> Vec<Said<'static>>) {
        loop {
            let frames = self.bench.take();
            if frames.is_empty() {
                return;
            }
            for frame in frames {
                if let Some(asked) = Asked::read(self.bench.now(), &frame) {
                    self.asked.push(asked.clone());
                    for said in script(&asked) {
                        self.bench.stage(&said.to(asked.transaction));
                    }
                } else {
                    self.answer_arp(&frame);
                }
            }
        }
    }

    /// The server has its address; everybody else is silent.
    pub(crate) fn answer_arp(&mut self, frame: &[u8]) {
        let frame = EthernetFrame::new_checked(frame).unwrap();
        if frame.ethertype() != EthernetProtocol::Arp {
            return;
        }
        let packet = ArpPacket::new_checked(frame.payload()).unwrap();
        let ArpRepr::EthernetIpv4 { source_protocol_addr: by, target_protocol_addr: of, .. } =
            ArpRepr::parse(&packet).unwrap()
        else {
            return;
        };
        if of == SERVER {
            self.bench.stage(&arp(ArpOperation::Reply, (THEIRS, SERVER), (OWN.0, by)));
        } else {
            self.probes.push((self.bench.now(), by, of));
        }
    }

    pub(crate) fn lease(&self) -> Option<Lease> {
        self.bench.stack().lease(self.bench.interface).unwrap()
    }

    /// The addresses of the interface.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let mine = |own: &berkeley_smoltcp::InterfaceAddress| own.interface == self.bench.interface;
        self.bench.stack().addresses().filter(mine).map(|own| own.address.to_string()).collect()
    }

    pub(crate) fn routes(&self) -> Vec<String> {
        let text = |route: berkeley_smoltcp::RouteEntry| {
            format!("{} by {}", route.destination, route.gateway)
        };
        self.bench.stack().routes().map(text).collect()
    }

    /// The kinds of messages since this was last asked.
    pub(crate) fn kinds(&mut self) -> Vec<DhcpMessageType> {
        core::mem::take(&mut self.asked).into_iter().map(|asked| asked.kind).collect()
    }
}

pub(crate) fn arp(
    operation: ArpOperation,
    sender: ([u8; 6], Ipv4Addr),
    target: ([u8; 6], Ipv4Addr),
) -> Vec<u8> {
    let repr = ArpRepr::EthernetIpv4 {
        operation,
        source_hardware_addr: EthernetAddress(sender.0),
        source_protocol_addr: sender.1,
        target_hardware_addr: EthernetAddress(target.0),
        target_protocol_addr: target.1,
    };
    let mut bytes = vec![0; repr.buffer_len()];
    repr.emit(&mut ArpPacket::new_unchecked(&mut bytes));
    let mut frame = vec![0; 14 + bytes.len()];
    let mut header = EthernetFrame::new_unchecked(&mut frame);
    header.set_dst_addr(EthernetAddress::BROADCAST);
    header.set_src_addr(EthernetAddress(sender.0));
    header.set_ethertype(EthernetProtocol::Arp);
    header.payload_mut().copy_from_slice(&bytes);
    frame
}

/// A server that gives everybody what it has.
pub(crate) fn generous(asked: &Asked) -> Vec<Said<'static>> {
    match asked.kind {
        DhcpMessageType::Discover => vec![Said::new(DhcpMessageType::Offer)],
        DhcpMessageType::Request => vec![Said::new(DhcpMessageType::Ack)],
        _ => Vec::new(),
    }
}

pub(crate) fn silent(_: &Asked) -> Vec<Said<'static>> {
    Vec::new()
}
