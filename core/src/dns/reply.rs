//! What is answered. A message counts only when it answers the very question that was asked, and only as a
//! whole: one that is broken anywhere says nothing, and a better one may still come.
//!
//! Of the records only those of the answer are read, and of these only those that belong to the name that
//! was asked for, or to the one that it stands for. Sources: RFC 5452 sections 3 and 9.1, RFC 2181 section
//! 5.4.1, RFC 9267.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::name::{Name, walk};
use super::question::{HEADER_LENGTH, INTERNET, Question, RecordType};

/// How often a name may stand for another one in an answer: as many as no zone needs.
const MOST_ALIASES: usize = 16;

/// "This is an answer", the kind of question, "truncated", and the outcome. Source: RFC 1035 section 4.1.1.
const RESPONSE: u16 = 1 << 15;
const OPCODE: u16 = 0xf << 11;
const TRUNCATED: u16 = 1 << 9;
const CODE: u16 = 0xf;

/// The answer to a question.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is no heap, and one of them at a time")]
pub enum Reply<'m> {
    /// There are records: at least one.
    Records(Records<'m>),
    /// The name exists, or may, but has no records of this type.
    NoData,
    /// There is no such name (`NXDOMAIN`).
    NoSuchName,
    /// Not all of it had room: it is to be asked for over TCP.
    Truncated,
    /// The server does not understand the question: perhaps one without the extension of RFC 6891.
    NotUnderstood,
    /// The server failed or refuses; another one may do better.
    Failed,
}

/// The records of an answer that have what was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Records<'m> {
    message: &'m [u8],
    /// Where the answer begins, and how many records it has.
    answer: (usize, u16),
    /// Of whom they are: who was asked for, or whom that one stands for.
    owner: Name,
    record_type: RecordType,
}

/// A record: where its owner stands, its type if it has the class of the Internet, where its data are and where
/// it ends.
struct Record {
    owner: usize,
    record_type: Option<RecordType>,
    data: (usize, usize),
}

impl<'m> Reply<'m> {
    /// Reads a message that has come from a server. `None` when it is no answer to this question with this
    /// number, or broken: nothing has been answered then. Of one that is not whole, because there was no room
    /// for its end, what is there counts.
    pub fn read(
        message: &'m [u8],
        is_whole: bool,
        id: u16,
        question: &Question<'_>,
    ) -> Option<Reply<'m>> {
        let flags = word(message, 2)?;
        let is_answer = word(message, 0)? == id && flags & (RESPONSE | OPCODE) == RESPONSE;
        let (questions, answers) = (word(message, 4)?, word(message, 6)?);
        if !is_answer {
            return None;
        }
        // A server that does not understand a question need not repeat it.
        let code = flags & CODE;
        if questions == 0 && matches!(code, 1 | 4) {
            return Some(Reply::NotUnderstood);
        }
        let end = walk(message, HEADER_LENGTH, &mut |_| {})?;
        let is_asked = question.name.is_at(message, HEADER_LENGTH)
            && word(message, end)? == question.record_type.0
            && word(message, end + 2)? == INTERNET;
        if questions != 1 || !is_asked {
            return None;
        }
        match code {
            _ if flags & TRUNCATED != 0 => return Some(Reply::Truncated),
            0 => {}
            1 | 4 => return Some(Reply::NotUnderstood), // "format error", "not implemented"
            3 => return Some(Reply::NoSuchName),
            _ => return Some(Reply::Failed),
        }
        let (owner, record_type) = (*question.name, question.record_type);
        let mut records = Records { message, answer: (end + 4, answers), owner, record_type };
        let count = records.checked();
        if is_whole && count != answers {
            return None;
        }
        records.answer.1 = count;
        for _ in 0..MOST_ALIASES {
            if records.datas().next().is_some() {
                return Some(Reply::Records(records));
            }
            match records.alias() {
                Some(alias) => records.owner = alias,
                None => return Some(Reply::NoData),
            }
        }
        Some(Reply::NoSuchName) // in a circle, which leads to no name
    }
}

impl<'m> Records<'m> {
    /// Of which name the records are: of the one that was asked for, or of the one that it stands for.
    pub fn owner(&self) -> &Name {
        &self.owner
    }

    /// The addresses, if such were asked for.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.datas().filter_map(|(start, end)| {
            let data = self.message.get(start..end)?;
            match self.record_type {
                RecordType::A => Some(Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?).into()),
                RecordType::AAAA => Some(Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?).into()),
                _ => None,
            }
        })
    }

    /// The names, if such were asked for.
    pub fn names(&self) -> impl Iterator<Item = Name> {
        let is_name = self.record_type == RecordType::PTR;
        self.datas().filter_map(move |(start, _)| {
            let (name, _) = Name::read(self.message, start)?;
            is_name.then_some(name)
        })
    }

    /// Where the data of the records are.
    fn datas(&self) -> impl Iterator<Item = (usize, usize)> {
        self.all().filter(|record| self.has(record, self.record_type)).map(|record| record.data)
    }

    /// The name that the owner stands for.
    fn alias(&self) -> Option<Name> {
        let record = self.all().find(|record| self.has(record, RecordType::CNAME))?;
        Name::read(self.message, record.data.0).map(|(name, _)| name)
    }

    fn has(&self, record: &Record, record_type: RecordType) -> bool {
        record.record_type == Some(record_type) && self.owner.is_at(self.message, record.owner)
    }

    /// The records of the answer, as long as they have the form of one.
    fn all(&self) -> impl Iterator<Item = Record> {
        let (mut at, count) = self.answer;
        (0..count).map_while(move |_| {
            let record = Record::read(self.message, at)?;
            at = record.data.1;
            Some(record)
        })
    }

    /// How many of the records are there, each as long as its type demands: up to the first that is not.
    fn checked(&self) -> u16 {
        let fits = |record: &Record| {
            let (start, end) = record.data;
            match record.record_type {
                Some(RecordType::A) => end - start == 4,
                Some(RecordType::AAAA) => end - start == 16,
                Some(RecordType::CNAME | RecordType::PTR) => {
                    walk(self.message, start, &mut |_| {}) == Some(end)
                }
                _ => true,
            }
        };
        self.all().take_while(fits).fold(0, |count, _| count + 1)
    }
}

impl Record {
    /// Source: RFC 1035 section 4.1.3.
    fn read(message: &[u8], at: usize) -> Option<Record> {
        let end = walk(message, at, &mut |_| {})?;
        let (record_type, class) = (RecordType(word(message, end)?), word(message, end + 2)?);
        let start = end + 10; // and a time to live of four bytes, which nobody here needs
        let data = (start, start + usize::from(word(message, end + 8)?));
        message.get(data.0..data.1)?;
        Some(Record { owner: at, record_type: (class == INTERNET).then_some(record_type), data })
    }
}

fn word(message: &[u8], at: usize) -> Option<u16> {
    message.get(at..)?.first_chunk().map(|octets| u16::from_be_bytes(*octets))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;

    const ID: u16 = 0x1234;
    const A: u16 = 1;
    const CNAME: u16 = 5;
    const PTR: u16 = 12;
    const AAAA: u16 = 28;

    fn name(text: &str) -> Name {
        Name::from_text(text).unwrap()
    }

    fn wire(text: &str) -> Vec<u8> {
        name(text).octets().to_vec()
    }

    /// A message to "host.example", as a server would send it: with flags, and with these records.
    fn message(flags: u16, record_type: u16, records: &[Vec<u8>]) -> Vec<u8> {
        let mut message = Vec::new();
        for word in [ID, flags, 1, records.len() as u16, 0, 0] {
            message.extend(word.to_be_bytes());
        }
        message.extend(wire("host.example"));
        message.extend(record_type.to_be_bytes());
        message.extend([0, 1]);
        message.extend(records.concat());
        message
    }

    fn record(owner: &[u8], record_type: u16, data: &[u8]) -> Vec<u8> {
        let mut record = owner.to_vec();
        record.extend(record_type.to_be_bytes());
        record.extend([0, 1, 0, 0, 0, 60]);
        record.extend((data.len() as u16).to_be_bytes());
        record.extend(data);
        record
    }

    /// "host.example" by a pointer to the question.
    const ASKED: &[u8] = &[0xc0, 12];

    fn read(message: &[u8], record_type: u16) -> Option<String> {
        let record_type = RecordType(record_type);
        let question = Question { name: &name("Host.Example"), record_type };
        let reply = Reply::read(message, true, ID, &question)?;
        Some(match reply {
            Reply::Records(records) => {
                let addresses = records.addresses().map(|ip| ip.to_string());
                let names = records.names().map(|name| name.to_string());
                let all: Vec<_> = addresses.chain(names).collect();
                std::format!("{}: {}", records.owner(), all.join(" "))
            }
            other => std::format!("{other:?}"),
        })
    }

    #[test]
    fn the_outcome_is_read() {
        let a = |owner: &[u8], last| record(owner, A, &[192, 0, 2, last]);
        let alias = |owner: &[u8], of: &str| record(owner, CNAME, &wire(of));
        let six = || record(ASKED, AAAA, &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let other_class = {
            let mut record = a(ASKED, 1);
            record[5] = 3; // of CHAOS
            record
        };
        let two = wire("two.example");
        let circle = [alias(ASKED, "two.example"), alias(&two, "host.example")];
        let chain: Vec<_> = (0..20)
            .map(|link| {
                let of = std::format!("link{link}.example");
                alias(
                    &if link == 0 {
                        ASKED.to_vec()
                    } else {
                        wire(&std::format!("link{}.example", link - 1))
                    },
                    &of,
                )
            })
            .collect();
        // flags, type, records, what is read
        for (flags, record_type, records, expected) in [
            (0x8180, A, &[a(ASKED, 1), a(ASKED, 2)][..], Some("Host.Example: 192.0.2.1 192.0.2.2")),
            (0x8180, A, &[a(&wire("HOST.example"), 1)], Some("Host.Example: 192.0.2.1")), // any case
            (0x8180, AAAA, &[six()], Some("Host.Example: 2001:db8::1")),
            (0x8180, PTR, &[record(ASKED, PTR, &two)], Some("Host.Example: two.example")),
            (0x8180, A, &[a(ASKED, 1), six()], Some("Host.Example: 192.0.2.1")), // one more
            (0x8180, A, &[a(&two, 1), a(ASKED, 2)], Some("Host.Example: 192.0.2.2")), // a stranger's
            (0x8180, A, &[alias(ASKED, "two.example"), a(&two, 1)], Some("two.example: 192.0.2.1")),
            (0x8180, A, &[a(&two, 1), alias(ASKED, "two.example")], Some("two.example: 192.0.2.1")),
            (0x8180, A, &[alias(ASKED, "two.example")], Some("NoData")), // leads to nothing
            (0x8180, A, &circle, Some("NoSuchName")),
            (0x8180, A, &chain, Some("NoSuchName")), // too long
            (0x8180, A, &[other_class], Some("NoData")),
            (0x8180, A, &[], Some("NoData")),
            (0x8183, A, &[], Some("NoSuchName")),
            (0x8183, A, &[a(ASKED, 1)], Some("NoSuchName")), // which has no records
            (0x8380, A, &[a(ASKED, 1)], Some("Truncated")),
            (0x8182, A, &[], Some("Failed")),        // the server
            (0x8185, A, &[], Some("Failed")),        // it refuses
            (0x818f, A, &[], Some("Failed")),        // it does something unknown
            (0x8181, A, &[], Some("NotUnderstood")), // "format error"
            (0x8184, A, &[], Some("NotUnderstood")), // "not implemented"
            (0x0180, A, &[a(ASKED, 1)], None),       // a question
            (0x8980, A, &[a(ASKED, 1)], None),       // of another kind
            (0x8180, A, &[record(ASKED, A, &[192, 0, 2])], None), // an address of three bytes
            (0x8180, A, &[record(ASKED, A, &[192, 0, 2, 1, 0])], None), // of five
            (0x8180, AAAA, &[record(ASKED, AAAA, &[0; 15])], None), // of fifteen
            (0x8180, A, &[record(ASKED, CNAME, b"\x03two")], None), // a name without an end
            (0x8180, A, &[record(ASKED, CNAME, b"\x03two\0\0")], None), // with more behind it
            (0x8180, A, &[record(&[0xc0, 200], A, &[192, 0, 2, 1])], None), // an owner past the end
        ] {
            let message = message(flags, record_type, records);
            assert_eq!(read(&message, record_type).as_deref(), expected, "{flags:x} {records:x?}");
        }
    }

    #[test]
    fn only_the_answer_to_the_question_counts() {
        let good = message(0x8180, A, &[record(ASKED, A, &[192, 0, 2, 1])]);
        assert!(read(&good, A).is_some());
        // byte, what it becomes
        for (at, byte) in [
            (0, 0x13),  // another number
            (1, 0x35),  // another number
            (5, 0),     // no question
            (5, 2),     // two
            (7, 2),     // a record that is not there
            (13, b'g'), // another name
            (12, 3),    // a label of another length
            (26, 28),   // another type
            (28, 3),    // another class
        ] {
            let mut message = good.clone();
            assert_ne!(message[at], byte);
            message[at] = byte;
            assert_eq!(read(&message, A), None, "{at}");
        }
        // Cut anywhere it says nothing.
        for length in 0..good.len() {
            assert_eq!(read(&good[..length], A), None, "{length}");
        }
        // A server that does not understand may leave the question away.
        let short = [0x12, 0x34, 0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(read(&short, A).as_deref(), Some("NotUnderstood"));
        let refused = [0x12, 0x34, 0x81, 0x85, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(read(&refused, A), None);
    }

    #[test]
    fn of_what_is_not_whole_the_beginning_counts() {
        let records = [1, 2].map(|last| record(ASKED, A, &[192, 0, 2, last]));
        let whole = message(0x8180, A, &records);
        let asked = Question { name: &name("host.example"), record_type: RecordType::A };
        let first = whole.len() - records[1].len();
        for length in first..=whole.len() {
            let cut = Reply::read(&whole[..length], false, ID, &asked);
            let Some(Reply::Records(found)) = cut else { panic!("{cut:?}") };
            let count = if length == whole.len() { 2 } else { 1 };
            assert_eq!(found.addresses().count(), count, "{length}");
        }
    }
}
