//! The peers of a stack whose network is the fuzzer: what they have sent, what they were told, and
//! what the stack may therefore say.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::content;
use super::packet::{ACK, Carried, FIN, Header, PSH, RST, SYN, Segment, TCP};
use super::program::Program;
use berkeley::Backend;
use berkeley_smoltcp::Handle;

/// Where the numbers of the peers begin, so that they wrap soon.
const FIRST: u32 = u32::MAX - 3000;

/// One end of a connection, or of what may become one.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// The stack's end.
    pub stack: SocketAddr,
    /// The peer's end.
    pub peer: SocketAddr,
    /// The number that the stack began with.
    pub their_first: u32,
    /// The number that comes next from the stack.
    pub expects: u32,
    /// The number that the peer began with, in the stack's eyes.
    pub first: u32,
    /// The number that the peer sends next.
    pub next: u32,
    /// The number behind everything that was ever sent to the stack.
    pub highest: u32,
    /// What the stack has acknowledged.
    pub acknowledged: u32,
    /// The stack has begun, and has not yet acknowledged the peer's beginning.
    pub connecting: bool,
    /// The stack has sent its end.
    pub ended: bool,
    /// The peer has sent an end, perhaps not behind all of its data: it may count besides that.
    pub has_ended: bool,
}

/// All of them.
#[derive(Default)]
pub struct Peers {
    flows: BTreeMap<(SocketAddr, SocketAddr), Flow>,
    /// In the order in which they came.
    order: Vec<(SocketAddr, SocketAddr)>,
}

impl Peers {
    /// One of them.
    pub fn choose(&mut self, choice: u8) -> Option<&mut Flow> {
        // The latest first.
        let index = usize::from(choice).checked_rem(self.order.len())?;
        self.flows.get_mut(&self.order[self.order.len() - 1 - index])
    }

    /// How many there are, up to 255.
    #[must_use]
    pub fn count(&self) -> u8 {
        self.order.len().try_into().unwrap_or(u8::MAX)
    }

    /// The one between these ends.
    #[must_use]
    pub fn between(&self, stack: SocketAddr, peer: SocketAddr) -> Option<&Flow> {
        self.flows.get(&(stack, peer))
    }

    /// Whether the stack waits for the beginning of one.
    #[must_use]
    pub fn are_connecting(&self) -> bool {
        self.flows.values().any(|flow| flow.connecting)
    }

    /// A peer that has not said anything yet.
    pub fn begin(&mut self, stack: SocketAddr, peer: SocketAddr) -> &mut Flow {
        let order = &mut self.order;
        self.flows.entry((stack, peer)).or_insert_with(|| {
            order.push((stack, peer));
            Flow {
                stack,
                peer,
                their_first: 0,
                expects: 0,
                first: FIRST,
                next: FIRST,
                highest: FIRST,
                acknowledged: FIRST,
                connecting: false,
                ended: false,
                has_ended: false,
            }
        })
    }

    /// The stack has sent a segment, whose checksum is right.
    ///
    /// # Panics
    ///
    /// It says what it cannot know, or sends what the program has not sent.
    pub fn hear(
        &mut self,
        packet: &[u8],
        carried: &Carried,
        program: &Program<impl Backend<Handle = Handle>>,
    ) {
        let segment = Segment::read(packet, carried).expect("a whole segment");
        let (from, to) = segment.ports;
        let stack = SocketAddr::new(carried.source, from);
        let peer = SocketAddr::new(carried.destination, to);
        let data = &packet[segment.data.clone()];
        let (opens, resets) = (segment.flags & SYN != 0, segment.flags & RST != 0);
        let flow = self.begin(stack, peer);
        if opens && !resets {
            assert!(data.is_empty(), "data with a SYN: {flow:?}");
            (flow.their_first, flow.ended) = (segment.sequence, false);
            flow.expects = segment.sequence.wrapping_add(1);
            flow.connecting = segment.flags & ACK == 0;
        }
        if segment.flags & ACK != 0 && !resets {
            let number = segment.acknowledgement;
            if opens || flow.connecting {
                (flow.first, flow.connecting) = (number.wrapping_sub(1), false);
                flow.next = number;
                if flow.highest.wrapping_sub(number) > 0xFFFF {
                    flow.highest = number; // what was sent before belongs to another life
                }
            }
            let latest = flow.highest.wrapping_add(u32::from(flow.has_ended));
            let unsent = number.wrapping_sub(latest) as i32 > 0;
            assert!(!unsent, "{number} acknowledges what was not sent: {flow:?}");
            flow.acknowledged = number;
        }
        let place = segment.sequence.wrapping_sub(flow.their_first).wrapping_sub(1);
        let keepalive = data == [0] && place.wrapping_add(1) == flow.expected_place();
        if !data.is_empty() && !keepalive {
            let sent = program.connection(stack, peer).map_or(0, |account| account.sent);
            let end = place.wrapping_add(data.len() as u32);
            assert!(
                (place as i32) >= 0 && u64::from(end) <= sent,
                "bytes {place} to {end} of {sent}: {flow:?}"
            );
            let wrong = content::first_wrong(data, from, to, place);
            assert_eq!(wrong, None, "the first byte that was not sent: {flow:?}");
        }
        if segment.sequence == flow.expects && !resets {
            flow.expects = flow.expects.wrapping_add(segment.taken());
            flow.ended |= segment.flags & FIN != 0;
        }
    }

    /// Gives the data of a segment to the stack the content that its place has, and takes note that
    /// it was sent.
    pub fn fill(&mut self, packet: &mut [u8], carried: &Carried) {
        let Some(segment) = Segment::read(packet, carried) else { return };
        let (from, to) = segment.ports;
        let ends =
            (SocketAddr::new(carried.destination, to), SocketAddr::new(carried.source, from));
        let opens = segment.flags & SYN != 0;
        let flow = self.flows.get_mut(&ends);
        let first = match &flow {
            Some(flow) if !opens => flow.first,
            _ => segment.sequence,
        };
        let place = segment.sequence.wrapping_sub(first).wrapping_sub(u32::from(!opens));
        content::fill(&mut packet[segment.data.clone()], from, to, place);
        if let Some(flow) = flow {
            flow.has_ended |= segment.flags & FIN != 0;
            let end = segment.sequence.wrapping_add(segment.taken());
            // What is far off is never taken.
            if end.wrapping_sub(flow.highest) <= 0xFFFF {
                flow.highest = end;
            }
        }
    }
}

impl Flow {
    /// The place in the stream of what comes next from the stack.
    fn expected_place(&self) -> u32 {
        self.expects.wrapping_sub(self.their_first).wrapping_sub(1)
    }

    /// A segment of the peer, whose data is not written yet.
    #[must_use]
    pub fn segment(&self, told: &Told<'_>) -> (Header, Vec<u8>) {
        let mut bytes = Vec::new();
        bytes.extend(self.peer.port().to_be_bytes());
        bytes.extend(self.stack.port().to_be_bytes());
        bytes.extend(told.sequence.to_be_bytes());
        bytes.extend(told.acknowledgement.to_be_bytes());
        let options = told.options.len().div_ceil(4).min(10) * 4;
        bytes.extend([(((20 + options) / 4) << 4) as u8, told.flags]);
        bytes.extend(told.window.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(told.options.iter().copied().chain([0; 4]).take(options));
        bytes.extend(vec![0; told.length]);
        (Header::new(self.peer.ip(), self.stack.ip(), TCP), bytes)
    }

    /// What a peer says that speaks TCP correctly: nothing, or the segment that is due. The segment
    /// takes effect.
    pub fn answer(&mut self, data: usize) -> Told<'static> {
        let opening = self.connecting;
        let told = Told {
            sequence: self.next,
            acknowledgement: self.expects,
            flags: if opening { SYN | ACK } else { ACK | PSH },
            window: 4096,
            options: if opening { &[2, 4, 2, 0] } else { &[] },
            length: if opening { 0 } else { data },
        };
        if !opening {
            self.next = self.next.wrapping_add(data as u32);
        }
        told
    }
}

/// What a segment says.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The sequence number.
    pub sequence: u32,
    /// The acknowledgement.
    pub acknowledgement: u32,
    /// The flags.
    pub flags: u8,
    /// The window field.
    pub window: u16,
    /// The options, which are padded.
    pub options: &'a [u8],
    /// How much data there is.
    pub length: usize,
}
