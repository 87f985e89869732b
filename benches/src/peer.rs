//! A peer made by hand: it writes the frames that a kernel at the other end would, and costs next to
//! nothing beside what is measured.
//!
//! All its connections come from one address, each from a port of its own.

use berkeley_smoltcp::HardwareAddress;

use crate::Random;
use crate::in_memory::Port;

/// Whom it talks to.
pub const SERVER: [u8; 4] = [192, 0, 2, 1];
/// The server's port.
pub const SERVER_PORT: u16 = 7;
/// The server's address on the link.
pub const SERVER_HARDWARE: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 1]);
/// The peer's own address.
pub const PEER: [u8; 4] = [192, 0, 2, 2];
/// Its address on the link.
pub const PEER_HARDWARE: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 2]);

/// Bytes of data in one request, and in its echo.
pub const DATA: usize = 64;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// Where the headers begin, and where the data does when there are no options.
const IP: usize = 14;
const TCP: usize = IP + 20;
const PAYLOAD: usize = TCP + 20;

/// The option of a SYN: the longest segment is 1460 bytes.
const MAXIMUM_SEGMENT: [u8; 4] = [2, 4, 0x05, 0xB4];

/// The other end of all the server's connections.
#[derive(Debug)]
pub struct Peer {
    port: Port,
    connections: Vec<Connection>,
    /// By port: whether a connection comes from there.
    taken: Vec<bool>,
    random: Random,
    requests: u64,
}

#[derive(Clone, Copy, Debug)]
struct Connection {
    port: u16,
    /// The number of the next byte to the server.
    next: u32,
    /// The number of the next byte from the server.
    expected: u32,
}

/// What the server has sent.
#[derive(Debug)]
struct Segment<'f> {
    port: u16,
    sequence: u32,
    acknowledgement: u32,
    flags: u8,
    payload: &'f [u8],
}

impl Peer {
    /// A peer at this end of the cable, which has told the server's stack its address.
    #[must_use]
    pub fn new(port: Port) -> Peer {
        port.transmit(who_has_the_server);
        Peer {
            port,
            connections: Vec::new(),
            taken: vec![false; 1 << 16],
            random: Random::new(1),
            requests: 0,
        }
    }

    /// The server's answer to the question that it has been asked first.
    ///
    /// # Panics
    ///
    /// There is none.
    pub fn take_answer(&mut self) {
        assert!(self.port.receive(|_| ()).is_some(), "the server tells its hardware address");
    }

    /// How many connections there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.connections.len()
    }

    /// One of the connections.
    pub fn choose(&mut self) -> usize {
        self.random.below(self.connections.len() as u32) as usize
    }

    /// Begins a connection, from a port that nobody else has, and says which it is.
    pub fn begin(&mut self) -> usize {
        let number = self.connections.len();
        let connection = self.new_connection();
        self.connections.push(connection);
        number
    }

    /// Ends a connection with a reset.
    pub fn reset(&mut self, number: usize) {
        let connection = self.connections[number];
        self.send(connection, RST, &[], &[]);
        self.taken[usize::from(connection.port)] = false;
    }

    /// Begins a connection in the place of one that has been reset.
    pub fn begin_again(&mut self, number: usize) {
        self.connections[number] = self.new_connection();
    }

    fn new_connection(&mut self) -> Connection {
        let port = loop {
            let port = self.random.next_u16();
            if port >= 1024 && !self.taken[usize::from(port)] {
                break port;
            }
        };
        self.taken[usize::from(port)] = true;
        let first = self.random.next_u64() as u32;
        let connection = Connection { port, next: first.wrapping_add(1), expected: 0 };
        self.send(Connection { next: first, ..connection }, SYN, &MAXIMUM_SEGMENT, &[]);
        connection
    }

    /// Takes the server's part of the handshake, and sends the last one.
    ///
    /// # Panics
    ///
    /// The server has not answered, or wrongly.
    pub fn establish(&mut self, number: usize) {
        let connection = &mut self.connections[number];
        let answered = self.port.receive(|frame| {
            let segment = Segment::parse(frame);
            assert_eq!(segment.flags, SYN | ACK, "the server's part of the handshake");
            assert_eq!((segment.port, segment.acknowledgement), (connection.port, connection.next));
            connection.expected = segment.sequence.wrapping_add(1);
        });
        assert!(answered.is_some(), "the server answers");
        let connection = *connection;
        self.send(connection, ACK, &[], &[]);
    }

    /// Sends 64 bytes, which acknowledge whatever has come before.
    pub fn request(&mut self, number: usize) {
        self.requests += 1;
        let connection = self.connections[number];
        self.send(connection, PSH | ACK, &[], &request(self.requests));
        self.connections[number].next = connection.next.wrapping_add(DATA as u32);
    }

    /// Takes the echo of the last request.
    ///
    /// # Panics
    ///
    /// It is not what was sent, or there is more, or less, than one frame.
    pub fn take_echo(&mut self, number: usize) {
        let connection = &mut self.connections[number];
        let came = self.port.receive(|frame| {
            let segment = Segment::parse(frame);
            let expected = (connection.port, connection.expected, connection.next);
            let segment_is = (segment.port, segment.sequence, segment.acknowledgement);
            assert_eq!(segment_is, expected, "of the right connection, and the next in order");
            assert_eq!(segment.payload, request(self.requests), "the same data");
        });
        assert!(came.is_some(), "the server echoes");
        assert!(self.port.receive(|_| ()).is_none(), "and sends nothing else");
        connection.expected = connection.expected.wrapping_add(DATA as u32);
    }

    fn send(&self, connection: Connection, flags: u8, options: &[u8], payload: &[u8]) {
        let sent = self.port.transmit(|frame| {
            let length = PAYLOAD + options.len() + payload.len();
            let frame = &mut frame[..length];
            ethernet_header(frame, SERVER_HARDWARE, PEER_HARDWARE, [0x08, 0x00]);
            frame[IP..TCP].copy_from_slice(&ip_header(length - IP));
            frame[TCP..TCP + 2].copy_from_slice(&connection.port.to_be_bytes());
            frame[TCP + 2..TCP + 4].copy_from_slice(&SERVER_PORT.to_be_bytes());
            frame[TCP + 4..TCP + 8].copy_from_slice(&connection.next.to_be_bytes());
            frame[TCP + 8..TCP + 12].copy_from_slice(&connection.expected.to_be_bytes());
            let header = 5 + (options.len() / 4) as u8;
            // The window is 64 KiB less a byte; checksum and urgent pointer are zero.
            let rest = [header << 4, flags, 0xFF, 0xFF, 0, 0, 0, 0];
            frame[TCP + 12..PAYLOAD].copy_from_slice(&rest);
            frame[PAYLOAD..PAYLOAD + options.len()].copy_from_slice(options);
            frame[PAYLOAD + options.len()..].copy_from_slice(payload);
            // The addresses, the protocol's number and the length belong to it (RFC 9293, 3.1).
            let pseudo = sum(&frame[IP + 12..IP + 20]) + 6 + (length - TCP) as u32;
            let checksum = checksum(pseudo + sum(&frame[TCP..]));
            frame[TCP + 16..TCP + 18].copy_from_slice(&checksum);
            length
        });
        assert!(sent, "the server takes its frames");
    }
}

impl Segment<'_> {
    /// Trusts the server's stack: what its frames look like is tested elsewhere.
    fn parse(frame: &[u8]) -> Segment<'_> {
        assert_eq!(frame[12..14], [0x08, 0x00], "not IPv4");
        assert_eq!((frame[IP], frame[IP + 9]), (0x45, 6), "not TCP, or with options of IPv4");
        let end = IP + usize::from(u16::from_be_bytes([frame[IP + 2], frame[IP + 3]]));
        let word = |at: usize| {
            u32::from_be_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]])
        };
        Segment {
            port: word(TCP) as u16,
            sequence: word(TCP + 4),
            acknowledgement: word(TCP + 8),
            flags: frame[TCP + 13] & (FIN | SYN | RST | ACK),
            payload: &frame[TCP + usize::from(frame[TCP + 12] >> 4) * 4..end],
        }
    }
}

/// What a server would send that has no stack, written into `room`: how long it is, or 0 for nothing.
pub fn turned_round(frame: &[u8], room: &mut [u8]) -> usize {
    room[..frame.len()].copy_from_slice(frame);
    if frame[12..14] != [0x08, 0x00] {
        return frame.len(); // nobody looks at what is told about hardware addresses
    }
    let Segment { sequence, acknowledgement, flags, payload, .. } = Segment::parse(frame);
    let answer_flags = match flags {
        SYN => SYN | ACK,
        ACK if !payload.is_empty() => PSH | ACK,
        _ => return 0,
    };
    let taken = payload.len() as u32 + u32::from(flags == SYN);
    room[TCP..TCP + 2].copy_from_slice(&frame[TCP + 2..TCP + 4]);
    room[TCP + 2..TCP + 4].copy_from_slice(&frame[TCP..TCP + 2]);
    room[TCP + 4..TCP + 8].copy_from_slice(&acknowledgement.to_be_bytes());
    room[TCP + 8..TCP + 12].copy_from_slice(&sequence.wrapping_add(taken).to_be_bytes());
    room[TCP + 13] = answer_flags;
    frame.len()
}

/// The data of one request: its number, and the alphabet.
fn request(number: u64) -> [u8; DATA] {
    let mut data = *b"........abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123";
    data[..8].copy_from_slice(&number.to_be_bytes());
    data
}

fn ethernet_header(
    frame: &mut [u8],
    to: HardwareAddress,
    from: HardwareAddress,
    ether_type: [u8; 2],
) {
    frame[..6].copy_from_slice(&to.0);
    frame[6..12].copy_from_slice(&from.0);
    frame[12..14].copy_from_slice(&ether_type);
}

fn ip_header(length: usize) -> [u8; 20] {
    let [high, low] = (length as u16).to_be_bytes();
    let mut header = [0x45, 0, high, low, 0, 0, 0x40, 0, 64, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    header[12..16].copy_from_slice(&PEER);
    header[16..].copy_from_slice(&SERVER);
    let checksum = checksum(sum(&header));
    header[10..12].copy_from_slice(&checksum);
    header
}

/// An ARP request (RFC 826), from which the server learns the peer's address.
fn who_has_the_server(frame: &mut [u8]) -> usize {
    ethernet_header(frame, HardwareAddress([0xFF; 6]), PEER_HARDWARE, [0x08, 0x06]);
    frame[14..22].copy_from_slice(&[0, 1, 0x08, 0x00, 6, 4, 0, 1]);
    frame[22..28].copy_from_slice(&PEER_HARDWARE.0);
    frame[28..32].copy_from_slice(&PEER);
    frame[32..38].fill(0);
    frame[38..42].copy_from_slice(&SERVER);
    42
}

/// The sum of an even number of bytes, in words of 16 bits.
fn sum(bytes: &[u8]) -> u32 {
    bytes.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum()
}

/// The Internet checksum (RFC 1071) of what has this sum.
fn checksum(sum: u32) -> [u8; 2] {
    let folded = (sum & 0xFFFF) + (sum >> 16);
    let folded = (folded & 0xFFFF) + (folded >> 16);
    (!(folded as u16)).to_be_bytes()
}
