//! How a seed chooses the calls of a program.

use berkeley::{AddressFamily, MessageFlags, OptionLevel, Protocol, Shutdown, SocketType};

use crate::call::{Act, At, Call, Control, Name, OptionRow, PLACES, Port, Target};
use crate::options::{OF_THE_KERNEL, OPTIONS};
use crate::random::Random;

const INET: AddressFamily = AddressFamily::INET;
const INET6: AddressFamily = AddressFamily::INET6;
const UNIX: AddressFamily = AddressFamily::UNIX;
const STREAM: SocketType = SocketType::STREAM;
const DGRAM: SocketType = SocketType::DGRAM;

/// Calls, each with a weight.
type Calls = &'static [(usize, fn(&mut Chooser<'_>) -> Act)];

/// What a program is about.
pub(crate) struct Theme {
    pub(crate) name: &'static str,
    /// Two of them have a wire between them, one speaks with itself.
    pub(crate) hosts: usize,
    /// Of the sockets that are made.
    families: &'static [AddressFamily],
    types: &'static [SocketType],
    /// How often which call is made.
    calls: Calls,
}

/// What two hosts do, and what cannot be in each other's way.
const SIMPLE: Calls = &[
    (6, bind),
    (4, listen),
    (6, accept),
    (6, connect),
    (2, disconnect),
    (6, send),
    (4, send_to),
    (6, receive),
    (4, receive_from),
    (2, shutdown),
    (3, close),
    (2, name),
    (2, peer_name),
    (2, pending_error),
    (3, poll),
];

const EVERYTHING: Calls = &[
    (6, bind),
    (4, listen),
    (6, accept),
    (8, connect),
    (1, disconnect),
    (6, send),
    (4, send_to),
    (4, send_message),
    (6, receive),
    (4, receive_from),
    (4, receive_message),
    (2, shutdown),
    (3, close),
    (2, name),
    (2, peer_name),
    (2, pending_error),
    (3, poll),
    (4, set_common_option),
    (1, other_socket),
];

const WITH_OPTIONS: Calls = &[
    (2, bind),
    (2, listen),
    (2, accept),
    (2, connect),
    (1, send),
    (1, receive),
    (1, shutdown),
    (1, close),
    (20, set_option),
    (14, get_option),
];

const UNIX_CALLS: Calls = &[
    (6, bind),
    (4, listen),
    (6, accept),
    (8, connect),
    (1, disconnect),
    (6, send),
    (4, send_to),
    (4, send_message),
    (6, receive),
    (4, receive_from),
    (4, receive_message),
    (2, shutdown),
    (3, close),
    (2, name),
    (2, peer_name),
    (2, pending_error),
    (3, poll),
];

pub(crate) const THEMES: &[Theme] = &[
    Theme {
        name: "two hosts, IPv4",
        hosts: 2,
        families: &[INET],
        types: &[STREAM, STREAM, DGRAM],
        calls: SIMPLE,
    },
    Theme {
        name: "two hosts, IPv6",
        hosts: 2,
        families: &[INET6],
        types: &[STREAM, STREAM, DGRAM],
        calls: SIMPLE,
    },
    Theme {
        name: "streams, IPv4",
        hosts: 1,
        families: &[INET],
        types: &[STREAM],
        calls: EVERYTHING,
    },
    Theme {
        name: "datagrams, IPv4",
        hosts: 1,
        families: &[INET],
        types: &[DGRAM],
        calls: EVERYTHING,
    },
    Theme {
        name: "streams",
        hosts: 1,
        families: &[INET, INET6],
        types: &[STREAM],
        calls: EVERYTHING,
    },
    Theme {
        name: "datagrams",
        hosts: 1,
        families: &[INET, INET6],
        types: &[DGRAM],
        calls: EVERYTHING,
    },
    Theme {
        name: "streams and datagrams",
        hosts: 1,
        families: &[INET, INET6],
        types: &[STREAM, DGRAM],
        calls: EVERYTHING,
    },
    Theme {
        name: "options",
        hosts: 1,
        families: &[INET, INET6],
        types: &[STREAM, DGRAM],
        calls: WITH_OPTIONS,
    },
    Theme {
        name: "UNIX sockets",
        hosts: 1,
        families: &[UNIX],
        types: &[STREAM, DGRAM, SocketType::SEQPACKET],
        calls: UNIX_CALLS,
    },
];

/// What a call is chosen with.
pub(crate) struct Chooser<'a> {
    random: &'a mut Random,
    theme: &'a Theme,
    place: usize,
    /// A place of the same host where nothing is.
    free: Option<usize>,
}

/// The next call. Places where nothing is are mostly filled.
pub(crate) fn choose(theme: &Theme, random: &mut Random, is_taken: impl Fn(usize) -> bool) -> Call {
    let place = random.below(PLACES);
    let of_a_host = PLACES / theme.hosts;
    let first = place / of_a_host * of_a_host;
    let free = (first..first + of_a_host).find(|number| *number != place && !is_taken(*number));
    let mut chooser = Chooser { random, theme, place, free };
    let act = if is_taken(place) {
        let all: usize = theme.calls.iter().map(|(weight, _)| weight).sum();
        let mut number = chooser.random.below(all);
        let chosen = theme.calls.iter().find(|(weight, _)| {
            let found = number < *weight;
            number = number.saturating_sub(*weight);
            found
        });
        chosen.map_or(Act::Poll, |(_, call)| call(&mut chooser))
    } else {
        new_socket(&mut chooser)
    };
    Call { place, act }
}

fn new_socket(chooser: &mut Chooser<'_>) -> Act {
    let (family, socket_type) =
        (chooser.random.of(chooser.theme.families), chooser.random.of(chooser.theme.types));
    match chooser.free {
        Some(other) if family == UNIX && chooser.random.once_in(3) => Act::Pair(socket_type, other),
        _ => Act::Socket(family, socket_type, Protocol::DEFAULT),
    }
}

fn other_socket(chooser: &mut Chooser<'_>) -> Act {
    let random = &mut *chooser.random;
    let family = random.of(&[INET, INET6, UNIX, AddressFamily::UNSPEC, AddressFamily(9999)]);
    let socket_type = random.of(&[0, 1, 2, 3, 4, 5, 6, 11, 77]);
    let protocol = random.of(&[0, 1, 2, 6, 17, 58, 77, 255, 256, -1]);
    Act::Try(family, SocketType(socket_type), Protocol(protocol))
}

impl Chooser<'_> {
    fn family(&mut self) -> AddressFamily {
        self.random.of(self.theme.families)
    }

    fn unix_name(&mut self) -> Name {
        match self.random.below(8) {
            0 => Name::Unnamed,
            1..=4 => Name::Abstract(b'1' + self.random.below(3) as u8),
            _ => Name::Of(self.random.below(PLACES)),
        }
    }

    /// Where to bind.
    fn own_address(&mut self) -> Target {
        let family = self.family();
        if family == UNIX {
            return Target::Unix(self.unix_name());
        }
        let at = if self.random.once_in(2) { At::Host(family) } else { At::Any(family) };
        if self.theme.hosts > 1 {
            return Target::Ip(at, Port::Number(0));
        }
        let at = match self.random.below(24) {
            0 => At::Mapped,
            1 => At::MappedAny,
            2 | 3 => At::Second,
            4 => At::Foreign(family),
            _ => at,
        };
        let port = match self.random.below(8) {
            0 | 1 => Port::Number(0),
            2..=6 => Port::Number(5001 + self.random.below(2) as u16),
            _ => Port::Of(self.random.below(PLACES)),
        };
        Target::Ip(at, port)
    }

    /// Where to send.
    fn other_address(&mut self) -> Target {
        let family = self.family();
        if family == UNIX {
            return Target::Unix(self.unix_name());
        }
        let place = self.random.below(PLACES / self.theme.hosts);
        if self.theme.hosts > 1 {
            let other = if self.place < PLACES / 2 { PLACES / 2 } else { 0 };
            let port =
                if self.random.once_in(6) { Port::Number(9) } else { Port::Of(other + place) };
            return Target::Ip(At::Host(family), port);
        }
        let at = match self.random.below(24) {
            0 | 1 if self.theme.families.len() > 1 => At::Mapped,
            2 if self.theme.families.len() > 1 => At::MappedAny,
            3 => At::Second,
            4 => At::Foreign(family),
            5 | 6 => At::Any(family),
            _ => At::Host(family),
        };
        let port = match self.random.below(12) {
            0 => Port::Number(9),
            1 => Port::Number(0),
            2..=5 => Port::Number(5001 + self.random.below(2) as u16),
            _ => Port::Of(place),
        };
        Target::Ip(at, port)
    }

    /// Bytes that there is room for.
    fn length(&mut self) -> usize {
        self.random.of(&[0, 1, 2, 5, 10, 20, 100])
    }

    /// Bytes that are sent.
    fn sent_length(&mut self) -> usize {
        match self.random.once_in(40) {
            true if self.theme.types == [DGRAM] && self.theme.hosts == 1 => self.random.of(&[
                1500, 65_487, 65_488, 65_507, 65_508, 65_527, 65_528, 65_535, 65_536, 70_000,
            ]),
            true => 1500,
            // Linux does not count an empty packet as one that nobody has read, by mistake.
            false if self.theme.families == [UNIX] => self.length().max(1),
            false => self.length(),
        }
    }

    fn send_flags(&mut self) -> MessageFlags {
        if self.theme.hosts > 1 || !self.random.once_in(4) {
            return MessageFlags::NONE;
        }
        self.random.of(&[
            MessageFlags::DONTWAIT,
            MessageFlags::NOSIGNAL,
            MessageFlags::EOR,
            MessageFlags::WAITALL,
            MessageFlags::PEEK,
            MessageFlags::TRUNC,
            MessageFlags::CTRUNC,
        ])
    }

    fn receive_flags(&mut self) -> MessageFlags {
        match self.random.below(8) {
            0..=3 => MessageFlags::NONE,
            4 | 5 => MessageFlags::PEEK,
            _ if self.theme.hosts > 1 => MessageFlags::NONE,
            _ => self.random.of(&[
                MessageFlags::DONTWAIT,
                MessageFlags::WAITALL,
                MessageFlags::TRUNC,
                MessageFlags::TRUNC | MessageFlags::PEEK,
                MessageFlags::NOSIGNAL,
                MessageFlags::CTRUNC,
                MessageFlags::EOR,
            ]),
        }
    }

    fn control(&mut self) -> Vec<Control> {
        let number: i32 = self.random.of(&[0, 1, 2, 64, 255, 256, -1, -2]);
        let int = number.to_ne_bytes().to_vec();
        let mut info = vec![0; 12];
        info[0] = self.random.below(3) as u8;
        let mut info6 = vec![0; 20];
        info6[16] = info[0];
        match self.random.below(4) {
            0 => info[4..8].copy_from_slice(&[127, 0, 0, 1]),
            1 => info[4..8].copy_from_slice(&[127, 0, 0, 2]),
            2 => info6[15] = 1,
            _ => {}
        }
        let all = [
            (OptionLevel::IP, 2, int.clone()),
            (OptionLevel::IP, 1, int.clone()),
            (OptionLevel::IP, 1, vec![4]),
            (OptionLevel::IP, 8, info),
            (OptionLevel::IPV6, 52, int.clone()),
            (OptionLevel::IPV6, 67, int.clone()),
            (OptionLevel::IPV6, 50, info6),
            (OptionLevel::IP, 9999, int.clone()),
            (OptionLevel::SOCKET, 9999, int.clone()),
            (OptionLevel::TCP, 1, int),
        ];
        let count = self.random.of(&[0, 0, 1, 1, 1, 2]);
        (0..count)
            .map(|_| {
                let (level, kind, mut data) = self.random.of(&all);
                if self.random.once_in(8) {
                    data.pop();
                }
                Control { level, kind, data }
            })
            .collect()
    }
}

fn bind(chooser: &mut Chooser<'_>) -> Act {
    Act::Bind(chooser.own_address())
}

fn listen(chooser: &mut Chooser<'_>) -> Act {
    Act::Listen(chooser.random.of(&[0, 1, 2, -1]))
}

fn accept(chooser: &mut Chooser<'_>) -> Act {
    chooser.free.map_or(Act::Poll, Act::Accept)
}

fn connect(chooser: &mut Chooser<'_>) -> Act {
    Act::Connect(chooser.other_address())
}

fn disconnect(_: &mut Chooser<'_>) -> Act {
    Act::Connect(Target::Unspecified)
}

fn send(chooser: &mut Chooser<'_>) -> Act {
    Act::Send(chooser.sent_length(), chooser.send_flags())
}

fn send_to(chooser: &mut Chooser<'_>) -> Act {
    Act::SendTo(chooser.sent_length(), chooser.send_flags(), chooser.other_address())
}

fn send_message(chooser: &mut Chooser<'_>) -> Act {
    let to = (!chooser.random.once_in(3)).then(|| chooser.other_address());
    let length = chooser.sent_length();
    Act::SendMessage(length, chooser.control(), chooser.send_flags(), to)
}

fn receive(chooser: &mut Chooser<'_>) -> Act {
    Act::Receive(chooser.length(), chooser.receive_flags())
}

fn receive_from(chooser: &mut Chooser<'_>) -> Act {
    Act::ReceiveFrom(chooser.length(), chooser.receive_flags())
}

fn receive_message(chooser: &mut Chooser<'_>) -> Act {
    let room = chooser.random.of(&[0, 1, 16, 20, 28, 32, 64, 128]);
    Act::ReceiveMessage(chooser.length(), room, chooser.receive_flags())
}

fn shutdown(chooser: &mut Chooser<'_>) -> Act {
    Act::Shutdown(chooser.random.of(&[Shutdown::RD, Shutdown::WR, Shutdown::RDWR, Shutdown(7)]))
}

fn close(chooser: &mut Chooser<'_>) -> Act {
    if chooser.random.once_in(2) { Act::Close } else { Act::Reset }
}

fn name(_: &mut Chooser<'_>) -> Act {
    Act::Name
}

fn peer_name(_: &mut Chooser<'_>) -> Act {
    Act::PeerName
}

fn poll(_: &mut Chooser<'_>) -> Act {
    Act::Poll
}

fn pending_error(_: &mut Chooser<'_>) -> Act {
    Act::GetOption(option("SO_ERROR"), 4)
}

/// Options that matter to other calls.
fn set_common_option(chooser: &mut Chooser<'_>) -> Act {
    let name = chooser.random.of(&[
        "SO_REUSEADDR",
        "SO_REUSEADDR",
        "SO_REUSEPORT",
        "IPV6_V6ONLY",
        "IPV6_V6ONLY",
        "IP_PKTINFO",
        "IP_RECVTTL",
        "IP_RECVTOS",
        "IPV6_RECVPKTINFO",
        "IPV6_RECVHOPLIMIT",
        "IPV6_RECVTCLASS",
        "IP_TTL",
        "IP_TOS",
        "IPV6_UNICAST_HOPS",
        "IPV6_TCLASS",
    ]);
    let value: i32 = if chooser.random.once_in(4) { 0 } else { 1 };
    Act::SetOption(option(name), value.to_ne_bytes().to_vec())
}

fn set_option(chooser: &mut Chooser<'_>) -> Act {
    Act::SetOption(chooser.option(), chooser.option_value())
}

fn get_option(chooser: &mut Chooser<'_>) -> Act {
    let option = chooser.option();
    let room =
        if chooser.random.once_in(3) { chooser.random.of(&[1, 2, 3, 5, 8, 16, 64]) } else { 4 };
    Act::GetOption(option, room)
}

impl Chooser<'_> {
    fn option(&mut self) -> &'static OptionRow {
        let table = if self.random.once_in(16) { OF_THE_KERNEL } else { OPTIONS };
        &table[self.random.below(table.len())]
    }

    fn option_value(&mut self) -> Vec<u8> {
        let random = &mut *self.random;
        let numbers = [
            0,
            1,
            2,
            3,
            5,
            6,
            7,
            8,
            10,
            16,
            60,
            63,
            64,
            65,
            87,
            88,
            100,
            127,
            128,
            255,
            256,
            536,
            1000,
            1279,
            1280,
            1460,
            32767,
            32768,
            65535,
            65536,
            1 << 20,
            i32::MAX,
            i32::MIN,
            -1,
            -2,
            -100,
        ];
        let mut value = random.of(&numbers).to_ne_bytes().to_vec();
        match random.below(10) {
            0 => value.truncate(random.below(4)),
            1 => value.extend(random.of(&numbers).to_ne_bytes()),
            2 => value.resize(random.of(&[5, 6, 8, 12, 16, 20]), 0),
            _ => {}
        }
        value
    }
}

fn option(text: &str) -> &'static OptionRow {
    OPTIONS.iter().find(|option| option.text == text).expect("a name of the table")
}
