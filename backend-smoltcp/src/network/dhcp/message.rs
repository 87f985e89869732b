//! The format of the messages (RFC 2131, section 2; RFC 2132).
//!
//! Reading goes byte by byte over the options and keeps nothing: an option may stand in several parts,
//! which are one value (RFC 3396), also in the fields of the boot file and of the server's name (RFC
//! 2132, section 9.3). So the bytes of an option are an iterator over all places where it may be.

use core::net::Ipv4Addr;
use core::ops::Range;

use crate::network::HardwareAddress;

/// The numbers of the options (RFC 2132, and RFC 3442 for the last).
pub(crate) mod code {
    pub(crate) const SUBNET_MASK: u8 = 1;
    pub(crate) const ROUTERS: u8 = 3;
    pub(crate) const DNS_SERVERS: u8 = 6;
    pub(crate) const DOMAIN: u8 = 15;
    pub(crate) const MTU: u8 = 26;
    pub(crate) const REQUESTED_ADDRESS: u8 = 50;
    pub(crate) const LEASE_TIME: u8 = 51;
    pub(crate) const OVERLOAD: u8 = 52;
    pub(crate) const MESSAGE_TYPE: u8 = 53;
    pub(crate) const SERVER: u8 = 54;
    pub(crate) const PARAMETERS: u8 = 55;
    pub(crate) const LONGEST_MESSAGE: u8 = 57;
    pub(crate) const RENEWAL_TIME: u8 = 58;
    pub(crate) const REBINDING_TIME: u8 = 59;
    pub(crate) const CLIENT: u8 = 61;
    pub(crate) const CLASSLESS_ROUTES: u8 = 121;
    pub(crate) const PAD: u8 = 0;
    pub(crate) const END: u8 = 255;
}

/// What a server is asked to say. Classless routes come before the router, whose place they take (RFC
/// 3442).
const PARAMETERS: [u8; 8] = [
    code::SUBNET_MASK,
    code::CLASSLESS_ROUTES,
    code::ROUTERS,
    code::DNS_SERVERS,
    code::DOMAIN,
    code::MTU,
    code::RENEWAL_TIME,
    code::REBINDING_TIME,
];

/// Where things are in a message.
const TRANSACTION: usize = 4;
const SECONDS: usize = 8;
const CLIENT_ADDRESS: usize = 12;
const YOUR_ADDRESS: usize = 16;
const HARDWARE: usize = 28;
const SERVER_NAME: Range<usize> = 44..108;
const BOOT_FILE: Range<usize> = 108..236;
const COOKIE: usize = 236;
const OPTIONS: usize = 240;

/// Of a request, of a reply.
const BOOT_REQUEST: u8 = 1;
const BOOT_REPLY: u8 = 2;
/// Ethernet, and the length of its addresses.
const ETHERNET: [u8; 2] = [1, 6];
/// What tells DHCP from BOOTP.
const MAGIC: [u8; 4] = [99, 130, 83, 99];
/// Older servers and relays take nothing shorter (RFC 1542, section 2.1).
const SHORTEST: usize = 300;

/// What a server says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AnswerKind {
    Offer,
    Acknowledge,
    Refuse,
}

/// A message of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'m> {
    pub(crate) kind: AnswerKind,
    pub(crate) transaction: u32,
    /// Whom it is for.
    pub(crate) hardware: HardwareAddress,
    /// The address that is offered or granted.
    pub(crate) address: Ipv4Addr,
    pub(crate) options: Options<'m>,
}

impl<'m> Answer<'m> {
    /// Reads a message, the data of a datagram. `None` for one that is none of a server's to a
    /// station on Ethernet.
    pub(crate) fn parse(message: &'m [u8]) -> Option<Answer<'m>> {
        let four = |at: usize| message.get(at..)?.first_chunk::<4>().copied();
        let is_reply = message.first() == Some(&BOOT_REPLY) && message.get(1..3)? == ETHERNET;
        if !is_reply || four(COOKIE)? != MAGIC {
            return None;
        }
        let options = Options::of(message);
        let mut kinds = options.bytes(code::MESSAGE_TYPE);
        let kind = match (kinds.next()?, kinds.next()) {
            (2, None) => AnswerKind::Offer,
            (5, None) => AnswerKind::Acknowledge,
            (6, None) => AnswerKind::Refuse,
            _ => return None,
        };
        Some(Answer {
            kind,
            transaction: u32::from_be_bytes(four(TRANSACTION)?),
            hardware: HardwareAddress(*message.get(HARDWARE..)?.first_chunk()?),
            address: Ipv4Addr::from(four(YOUR_ADDRESS)?),
            options,
        })
    }
}

/// The options of a message: up to three fields of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options<'m> {
    fields: [&'m [u8]; 3],
}

impl<'m> Options<'m> {
    fn of(message: &'m [u8]) -> Options<'m> {
        const NONE: &[u8] = &[];
        let field = |range: Range<usize>| message.get(range).unwrap_or(NONE);
        let main = message.get(OPTIONS..).unwrap_or(NONE);
        let overload = Options { fields: [main, NONE, NONE] }.bytes(code::OVERLOAD).next();
        let (file, name) = match overload {
            Some(1) => (field(BOOT_FILE), NONE),
            Some(2) => (NONE, field(SERVER_NAME)),
            Some(3) => (field(BOOT_FILE), field(SERVER_NAME)),
            _ => (NONE, NONE),
        };
        Options { fields: [main, file, name] }
    }

    /// The bytes of an option, in the order of RFC 3396 section 5; none if it is not there.
    pub(crate) fn bytes(self, wanted: u8) -> impl Iterator<Item = u8> + 'm {
        self.fields
            .into_iter()
            .flat_map(|field| Parts { rest: field })
            .filter(move |(option, _)| *option == wanted)
            .flat_map(|(_, value)| value.iter().copied())
    }

    /// The addresses in an option.
    pub(crate) fn addresses(self, wanted: u8) -> impl Iterator<Item = Ipv4Addr> + 'm {
        let mut bytes = self.bytes(wanted);
        core::iter::from_fn(move || {
            Some(Ipv4Addr::new(bytes.next()?, bytes.next()?, bytes.next()?, bytes.next()?))
        })
    }

    /// The one address of an option.
    pub(crate) fn address(self, wanted: u8) -> Option<Ipv4Addr> {
        let whole = self.bytes(wanted).nth(4).is_none();
        self.addresses(wanted).next().filter(|_| whole)
    }

    /// The number of 32 bits in an option.
    pub(crate) fn number(self, wanted: u8) -> Option<u32> {
        self.address(wanted).map(Ipv4Addr::to_bits)
    }

    /// The number of 16 bits in an option.
    pub(crate) fn short(self, wanted: u8) -> Option<u16> {
        let mut bytes = self.bytes(wanted);
        match (bytes.next(), bytes.next(), bytes.next()) {
            (Some(high), Some(low), None) => Some(u16::from_be_bytes([high, low])),
            _ => None,
        }
    }
}

/// The parts in a field of options. One that ends beyond the field is none.
struct Parts<'m> {
    rest: &'m [u8],
}

impl<'m> Iterator for Parts<'m> {
    type Item = (u8, &'m [u8]);

    fn next(&mut self) -> Option<(u8, &'m [u8])> {
        loop {
            let (&option, rest) = self.rest.split_first()?;
            match option {
                code::PAD => self.rest = rest,
                code::END => return None,
                _ => {
                    let (&length, rest) = rest.split_first()?;
                    let (value, rest) = rest.split_at_checked(usize::from(length))?;
                    self.rest = rest;
                    return Some((option, value));
                }
            }
        }
    }
}

/// What a client says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum QuestionKind {
    Discover,
    Request,
    Decline,
    Release,
}

/// A message of a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Question {
    pub(crate) kind: QuestionKind,
    pub(crate) transaction: u32,
    pub(crate) hardware: HardwareAddress,
    /// For how long it has been asked.
    pub(crate) seconds: u16,
    /// The address that the client has and can be reached at; otherwise unspecified.
    pub(crate) own: Ipv4Addr,
    /// The address that it would like to have.
    pub(crate) requested: Option<Ipv4Addr>,
    /// The server that is meant, where all of them hear it.
    pub(crate) server: Option<Ipv4Addr>,
}

impl Question {
    /// Writes the message, in which the longest answer is said to be `longest` bytes, and returns its
    /// length; `None` without room, of which 300 bytes are enough.
    pub(crate) fn emit(&self, room: &mut [u8], longest: u16) -> Option<usize> {
        let message = room.first_chunk_mut::<SHORTEST>()?;
        message.fill(0);
        message[0] = BOOT_REQUEST;
        message[1..3].copy_from_slice(&ETHERNET);
        message[TRANSACTION..TRANSACTION + 4].copy_from_slice(&self.transaction.to_be_bytes());
        message[SECONDS..SECONDS + 2].copy_from_slice(&self.seconds.to_be_bytes());
        message[CLIENT_ADDRESS..CLIENT_ADDRESS + 4].copy_from_slice(&self.own.octets());
        message[HARDWARE..HARDWARE + 6].copy_from_slice(&self.hardware.0);
        message[COOKIE..OPTIONS].copy_from_slice(&MAGIC);
        let mut writer = Writer { rest: &mut message[OPTIONS..] };
        let kind = match self.kind {
            QuestionKind::Discover => 1,
            QuestionKind::Request => 3,
            QuestionKind::Decline => 4,
            QuestionKind::Release => 7,
        };
        writer.put(code::MESSAGE_TYPE, &[kind])?;
        let [a, b, c, d, e, f] = self.hardware.0;
        writer.put(code::CLIENT, &[ETHERNET[0], a, b, c, d, e, f])?;
        if let Some(requested) = self.requested {
            writer.put(code::REQUESTED_ADDRESS, &requested.octets())?;
        }
        if let Some(server) = self.server {
            writer.put(code::SERVER, &server.octets())?;
        }
        if matches!(self.kind, QuestionKind::Discover | QuestionKind::Request) {
            writer.put(code::LONGEST_MESSAGE, &longest.to_be_bytes())?;
            writer.put(code::PARAMETERS, &PARAMETERS)?;
        }
        *writer.rest.first_mut()? = code::END;
        Some(SHORTEST)
    }
}

/// Writes options one behind the other.
struct Writer<'r> {
    rest: &'r mut [u8],
}

impl Writer<'_> {
    fn put(&mut self, option: u8, value: &[u8]) -> Option<()> {
        let rest = core::mem::take(&mut self.rest);
        let (place, rest) = rest.split_at_mut_checked(2 + value.len())?;
        place[0] = option;
        place[1] = u8::try_from(value.len()).ok()?;
        place[2..].copy_from_slice(value);
        self.rest = rest;
        Some(())
    }
}
