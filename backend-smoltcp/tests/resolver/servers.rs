//! Name servers on the far side of a pair, which do what the first label of a name says.

use core::net::SocketAddr;
use std::cell::RefCell;

use berkeley::dns::Name;

use super::support::*;

pub(super) const A: u16 = 1;
pub(super) const CNAME: u16 = 5;
pub(super) const PTR: u16 = 12;
pub(super) const AAAA: u16 = 28;

/// A question as a server has heard it.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) at: Instant,
    /// The port of the server.
    pub(super) server: u16,
    pub(super) tcp: bool,
    pub(super) from: SocketAddr,
    pub(super) id: u16,
    pub(super) name: String,
    pub(super) record_type: u16,
    pub(super) extended: bool,
}

/// Two servers, at the ports 53 and 54.
pub(super) struct Servers {
    udp: Vec<(u16, SimSocket)>,
    tcp: SimSocket,
    connections: Vec<(SimSocket, Vec<u8>)>,
    clock: Box<dyn Fn() -> Instant>,
    heard: Rc<RefCell<Vec<Heard>>>,
}

type Record<'a> = (&'a str, u16, &'a [u8]);

/// A message from a server.
pub(super) fn answer(heard: &Heard, flags: u16, records: &[Record<'_>]) -> Vec<u8> {
    let mut message = Vec::new();
    for word in [heard.id, 0x8180 | flags, 1, records.len() as u16, 0, 0] {
        message.extend(word.to_be_bytes());
    }
    message.extend(wire(&heard.name));
    message.extend([heard.record_type.to_be_bytes(), [0, 1]].concat());
    for (owner, record_type, data) in records {
        match *owner == heard.name {
            true => message.extend([0xc0, 12]), // by a pointer, as servers do
            false => message.extend(wire(owner)),
        }
        message.extend([record_type.to_be_bytes(), [0, 1], [0, 0], [0, 60]].concat());
        message.extend((data.len() as u16).to_be_bytes());
        message.extend(*data);
    }
    message
}

pub(super) fn wire(name: &str) -> Vec<u8> {
    Name::from_text(name).unwrap().octets().to_vec()
}

impl Servers {
    /// Lets two servers work on the far side, and says where it is written down what they hear.
    pub(super) fn start(pair: &Pair, version: usize) -> Rc<RefCell<Vec<Heard>>> {
        let heard = Rc::default();
        let calm = |mut socket: SimSocket| {
            socket.setblocking(false).unwrap();
            socket
        };
        let udp =
            [53, 54, 55].map(|port| (port, calm(bound(&pair.far, version, FAR[version], port))));
        let mut servers = Servers {
            udp: udp.into(),
            tcp: calm(pair.listener(FAR[version], 53, 4)),
            connections: Vec::new(),
            clock: Box::new(pair.simulation.clock()),
            heard: Rc::clone(&heard),
        };
        pair.simulation.accompany(move || servers.work());
        heard
    }

    fn work(&mut self) -> bool {
        let mut room = [0; 600];
        for number in 0..self.udp.len() {
            let (port, socket) = &self.udp[number];
            if let Ok((count, from)) = socket.recvfrom(&mut room) {
                let from = from.unwrap();
                let heard = self.hear(&room[..count], *port, false, from);
                for (from_port, message) in answers(&heard) {
                    let (_, socket) = self.udp.iter().find(|(port, _)| *port == from_port).unwrap();
                    socket.sendto(&message, from).unwrap();
                }
                return true;
            }
        }
        if let Ok((mut connection, _)) = self.tcp.accept() {
            connection.setblocking(false).unwrap();
            self.connections.push((connection, Vec::new()));
            return true;
        }
        for number in 0..self.connections.len() {
            let (connection, read) = &mut self.connections[number];
            match connection.recv(&mut room) {
                Ok(0) => {
                    self.connections.remove(number);
                }
                Ok(count) => {
                    read.extend(&room[..count]);
                    self.work_on(number);
                }
                Err(_) => continue,
            }
            return true;
        }
        false
    }

    /// Answers over a connection once the question is there as a whole.
    fn work_on(&mut self, number: usize) {
        let (connection, read) = &self.connections[number];
        let Some((length, message)) = read.split_first_chunk() else { return };
        if message.len() < usize::from(u16::from_be_bytes(*length)) {
            return;
        }
        let heard = self.hear(message, 53, true, connection.getpeername().unwrap());
        let (connection, _) = &self.connections[number];
        let message = over_tcp(&heard);
        let _ = connection.send(&message);
        self.connections.remove(number);
    }

    fn hear(&self, message: &[u8], server: u16, tcp: bool, from: berkeley::Address) -> Heard {
        let word = |at: usize| u16::from_be_bytes([message[at], message[at + 1]]);
        let (name, end) = Name::read(message, 12).unwrap();
        // A question, and one that is to be asked of others; nothing but the extension behind it.
        assert_eq!((word(2), word(4), word(6), word(8)), (0x0100, 1, 0, 0));
        let heard = Heard {
            at: (self.clock)(),
            server,
            tcp,
            from: SocketAddr::new(from.ip().unwrap(), from.port().unwrap()),
            id: word(0),
            name: name.to_string(),
            record_type: word(end),
            extended: word(10) == 1,
        };
        self.heard.borrow_mut().push(heard.clone());
        heard
    }
}

/// What is said over UDP, each from a port.
fn answers(heard: &Heard) -> Vec<(u16, Vec<u8>)> {
    let name = heard.name.as_str();
    let (first, second) = ([192, 0, 2, 10], [192, 0, 2, 11]);
    let six = "2001:db8::10".parse::<std::net::Ipv6Addr>().unwrap().octets();
    // Of 192.0.2.66, whose name is none of a host.
    if name == "66.2.0.192.in-addr.arpa" {
        return vec![(heard.server, answer(heard, 0, &[(name, PTR, b"\x03a b\0")]))];
    }
    if name.starts_with("67.") {
        return vec![(heard.server, answer(heard, 3, &[]))];
    }
    if name.starts_with("68.") {
        return Vec::new();
    }
    let good = match heard.record_type {
        A => answer(heard, 0, &[(name, A, &first), (name, A, &second)]),
        AAAA => answer(heard, 0, &[(name, AAAA, &six)]),
        _ => answer(heard, 0, &[(name, PTR, &wire("host.example"))]),
    };
    let is_first = heard.server == 53;
    let with = |change: &dyn Fn(&mut Heard)| {
        let mut other = heard.clone();
        change(&mut other);
        answer(&other, 0, &[(other.name.as_str(), other.record_type, &[198, 51, 100, 66])])
    };
    let label = name.split('.').next().unwrap().to_ascii_lowercase();
    let message = match label.as_str() {
        "nobody" => answer(heard, 3, &[]),
        "empty" => answer(heard, 0, &[]),
        "four" if heard.record_type == AAAA => answer(heard, 0, &[]),
        "six" if heard.record_type == A => answer(heard, 0, &[]),
        "fails" => answer(heard, 2, &[]),
        "refuses" => answer(heard, 5, &[]),
        "half" if heard.record_type == AAAA => answer(heard, 2, &[]),
        "first-fails" if is_first => answer(heard, 2, &[]),
        "silent" => return Vec::new(),
        "first-silent" if is_first => return Vec::new(),
        "old" if heard.extended => answer(heard, 1, &[]),
        "ancient" => answer(heard, 1, &[]),
        "alias" if heard.record_type == A => {
            let of = wire("www.example");
            answer(heard, 0, &[(name, CNAME, &of), ("www.example", A, &first)])
        }
        "alias" => answer(heard, 0, &[(name, CNAME, &wire("www.example"))]),
        "circle" => answer(heard, 0, &[(name, CNAME, &wire(name))]),
        "large" | "broken-off" | "cut" | "again" | "tcp-nobody" => answer(heard, 0x200, &[]),
        // One after the other: what was not asked for, and then the answer.
        "forged" => {
            let forged = [
                (53, b"no message".to_vec()),
                (53, Vec::new()),
                (53, with(&|heard| heard.id ^= 1)),
                (53, with(&|heard| heard.name = String::from("other.example"))),
                (53, with(&|heard| heard.record_type ^= A ^ AAAA)),
                (53, [&good[..2], &[0x01, 0x00], &good[4..]].concat()), // a question
                (53, good[..good.len() - 1].to_vec()),                  // cut
                (55, with(&|_| {})),                                    // from another port
            ];
            return forged.into_iter().chain([(53, good)]).collect();
        }
        _ => good,
    };
    vec![(heard.server, message)]
}

/// What is said over TCP, and then the connection ends.
fn over_tcp(heard: &Heard) -> Vec<u8> {
    let name = heard.name.as_str();
    let data: Vec<[u8; 4]> = (0..=254).map(|host| [198, 51, 100, host]).collect();
    let records: Vec<Record<'_>> = data.iter().map(|data| (name, A, &data[..])).collect();
    let message = match name.split('.').next().unwrap() {
        _ if heard.record_type == AAAA => answer(heard, 0, &[]),
        "again" => answer(heard, 0x200, &[]),
        "tcp-nobody" => answer(heard, 3, &[]),
        _ => answer(heard, 0, &records),
    };
    let mut stream = (message.len() as u16).to_be_bytes().to_vec();
    stream.extend(&message);
    match name.split('.').next().unwrap() {
        "broken-off" => stream[..1].to_vec(),
        "cut" => stream[..100].to_vec(),
        _ => stream,
    }
}
