//! TCP segments, written and read by a test.

use super::*;

/// A TCP segment of a peer.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub control: TcpControl,
    pub sequence: u32,
    pub acknowledgement: Option<u32>,
    pub window: u16,
    pub mss: Option<u16>,
    pub scale: Option<u8>,
    pub sack_permitted: bool,
    pub sack: [Option<(u32, u32)>; 3],
    pub data: &'a [u8],
}

impl<'a> Segment<'a> {
    pub fn new(from: SocketAddr, to: SocketAddr, sequence: u32) -> Segment<'a> {
        Segment {
            from,
            to,
            control: TcpControl::None,
            sequence,
            acknowledgement: None,
            window: 65_000,
            mss: None,
            scale: None,
            sack_permitted: false,
            sack: [None; 3],
            data: &[],
        }
    }

    pub fn syn(from: SocketAddr, to: SocketAddr, sequence: u32) -> Segment<'a> {
        let segment = Segment::new(from, to, sequence);
        Segment { control: TcpControl::Syn, mss: Some(1460), ..segment }
    }

    pub fn repr(&self) -> TcpRepr<'a> {
        TcpRepr {
            src_port: self.from.port(),
            dst_port: self.to.port(),
            control: self.control,
            seq_number: TcpSeqNumber(self.sequence as i32),
            ack_number: self.acknowledgement.map(|number| TcpSeqNumber(number as i32)),
            window_len: self.window,
            window_scale: self.scale,
            max_seg_size: self.mss,
            sack_permitted: self.sack_permitted,
            sack_ranges: self.sack,
            timestamp: None,
            payload: self.data,
        }
    }

    /// The IP packet.
    pub fn packet(&self) -> Vec<u8> {
        let repr = self.repr();
        let header = IpRepr::new(
            self.from.ip().into(),
            self.to.ip().into(),
            IpProtocol::Tcp,
            repr.buffer_len(),
            64,
        );
        let caps = ChecksumCapabilities::default();
        let mut bytes = vec![0; header.buffer_len()];
        header.emit(&mut bytes[..], &caps);
        let mut packet = TcpPacket::new_unchecked(&mut bytes[header.header_len()..]);
        repr.emit(&mut packet, &self.from.ip().into(), &self.to.ip().into(), &caps);
        bytes
    }
}

/// A TCP segment of the stack, its checksums verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub control: TcpControl,
    pub sequence: u32,
    pub acknowledgement: Option<u32>,
    pub window: u16,
    pub mss: Option<u16>,
    pub scale: Option<u8>,
    pub sack_permitted: bool,
    pub data: Vec<u8>,
    /// The IP packet.
    pub packet: Vec<u8>,
}

impl core::fmt::Debug for Seen {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Seen { from, to, control, sequence, acknowledgement, window, data, .. } = self;
        let length = data.len();
        write!(f, "{from} to {to}: {control:?} {sequence} {acknowledgement:?} window {window} ")?;
        write!(f, "with {length} bytes")
    }
}

impl Seen {
    /// The segment in a frame, with or without Ethernet around it.
    pub fn in_frame(frame: &[u8]) -> Option<Seen> {
        match frame {
            [_, _, _, _, _, _, _, _, _, _, _, _, 0x08, 0x00, packet @ ..] if packet[0] == 0x45 => {
                Seen::parse(packet)
            }
            [_, _, _, _, _, _, _, _, _, _, _, _, 0x86, 0xdd, packet @ ..]
                if packet[0] >> 4 == 6 =>
            {
                Seen::parse(packet)
            }
            packet => Seen::parse(packet),
        }
    }

    fn parse(packet: &[u8]) -> Option<Seen> {
        let (source, destination, payload) = match packet.first()? >> 4 {
            4 => {
                let header = Ipv4Packet::new_checked(packet).ok()?;
                assert!(header.verify_checksum(), "IPv4 checksum");
                if header.next_header() != IpProtocol::Tcp || header.frag_offset() > 0 {
                    return None;
                }
                let payload = header.payload();
                (IpAddr::V4(header.src_addr()), IpAddr::V4(header.dst_addr()), payload)
            }
            6 => {
                let header = Ipv6Packet::new_checked(packet).ok()?;
                if header.next_header() != IpProtocol::Tcp {
                    return None;
                }
                (IpAddr::V6(header.src_addr()), IpAddr::V6(header.dst_addr()), header.payload())
            }
            _ => return None,
        };
        let segment = TcpPacket::new_checked(payload).expect("well-formed segments");
        let caps = ChecksumCapabilities::default();
        let repr = TcpRepr::parse(&segment, &source.into(), &destination.into(), &caps)
            .expect("right checksums");
        Some(Seen {
            from: SocketAddr::new(source, repr.src_port),
            to: SocketAddr::new(destination, repr.dst_port),
            control: repr.control,
            sequence: repr.seq_number.0 as u32,
            acknowledgement: repr.ack_number.map(|number| number.0 as u32),
            window: repr.window_len,
            mss: repr.max_seg_size,
            scale: repr.window_scale,
            sack_permitted: repr.sack_permitted,
            data: repr.payload.to_vec(),
            packet: packet.to_vec(),
        })
    }
}

/// The test as the peer of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub here: SocketAddr,
    pub there: SocketAddr,
    /// The next sequence number to send, and the next to receive.
    pub sequence: u32,
    pub expects: u32,
}

impl Peer {
    /// Connects to a listener of the stack.
    pub fn connect(bench: &Bench, here: SocketAddr, there: SocketAddr) -> Peer {
        Peer::connect_from(bench, here, there, 0x1000_0000)
    }

    /// The same with this initial sequence number.
    pub fn connect_from(bench: &Bench, here: SocketAddr, there: SocketAddr, first: u32) -> Peer {
        let answer = bench.give(&Segment::syn(here, there, first)).pop().expect("a SYN|ACK");
        let sequence = first.wrapping_add(1);
        assert_eq!((answer.control, answer.to), (TcpControl::Syn, here));
        assert_eq!(answer.acknowledgement, Some(sequence));
        let expects = answer.sequence.wrapping_add(1);
        let peer = Peer { here, there, sequence, expects };
        bench.give(&peer.segment());
        peer
    }

    /// Answers a SYN of the stack.
    pub fn accept(bench: &Bench, syn: &Seen) -> Peer {
        assert_eq!(syn.control, TcpControl::Syn);
        let first = 0x2000_0000;
        let expects = syn.sequence.wrapping_add(1);
        let answer =
            Segment { acknowledgement: Some(expects), ..Segment::syn(syn.to, syn.from, first) };
        bench.give(&answer);
        Peer { here: syn.to, there: syn.from, sequence: first + 1, expects }
    }

    /// An acknowledgement without data.
    pub fn segment<'a>(&self) -> Segment<'a> {
        let segment = Segment::new(self.here, self.there, self.sequence);
        Segment { acknowledgement: Some(self.expects), ..segment }
    }

    /// Sends data: what the stack says to it.
    pub fn send(&mut self, bench: &Bench, data: &[u8]) -> Vec<Seen> {
        let answer = bench.give(&Segment { data, control: TcpControl::Psh, ..self.segment() });
        self.sequence = self.sequence.wrapping_add(data.len() as u32);
        answer
    }

    /// Sends the end: what the stack says to it.
    pub fn finish(&mut self, bench: &Bench) -> Vec<Seen> {
        let answer = bench.give(&Segment { control: TcpControl::Fin, ..self.segment() });
        self.sequence = self.sequence.wrapping_add(1);
        answer
    }

    /// Takes what the stack has sent into account, and acknowledges it.
    pub fn acknowledge(&mut self, bench: &Bench, seen: &[Seen]) -> Vec<Seen> {
        for segment in seen {
            if segment.sequence != self.expects {
                continue;
            }
            let ends = u32::from(segment.control == TcpControl::Fin);
            self.expects = self.expects.wrapping_add(segment.data.len() as u32 + ends);
        }
        bench.give(&self.segment())
    }
}
