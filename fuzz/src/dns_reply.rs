//! `dns::Reply` and `dns::Name`: messages of name servers.
//!
//! The first byte chooses the question and whether the message is there as a whole; the rest is the message, which
//! is taken to have the number of the question.

use berkeley::dns::{Name, Question, RecordType, Reply};

use crate::twin::dns::{self, Labels};

/// The names that are asked for.
const NAMES: [&str; 3] = ["host.example", "a", "1.2.0.192.in-addr.arpa"];
const TYPES: [RecordType; 3] = [RecordType::A, RecordType::AAAA, RecordType::PTR];

/// Compares what is read with the twin.
///
/// # Panics
///
/// A disagreement.
pub fn check(data: &[u8]) {
    let Some((choice, message)) = data.split_first() else { return };
    let (name, record_type) = (usize::from(choice % 3), usize::from(choice / 3 % 3));
    let is_whole = choice & 0x80 == 0;
    let name = Name::from_text(NAMES[name]).expect("the name of a host");
    let question = Question { name: &name, record_type: TYPES[record_type] };
    let id = message.first_chunk().map_or(0, |id| u16::from_be_bytes(*id));

    let reply = Reply::read(message, is_whole, id, &question);
    let twin = dns::reply(message, is_whole, id, &labels(&name), question.record_type.0);
    assert_eq!(reply.as_ref().map(plain), twin, "{question:?} {message:x?}");
    assert!(Reply::read(message, is_whole, !id, &question).is_none(), "another number");

    for at in 0..message.len().min(300) {
        let read = Name::read(message, at);
        let plain = read.as_ref().map(|(name, end)| (labels(name), *end));
        assert_eq!(plain, dns::labels(message, at), "at {at} of {message:x?}");
        if let Some((name, _)) = read {
            let again = Name::read(name.octets(), 0);
            assert_eq!(again, Some((name, name.octets().len())), "{name}");
            let text = name.to_string();
            assert_eq!(Name::from_text(&text), name.is_of_host().then_some(name), "{text}");
        }
    }
}

fn labels(name: &Name) -> Labels {
    name.labels().map(<[u8]>::to_ascii_lowercase).collect()
}

fn plain(reply: &Reply<'_>) -> dns::Reply {
    match reply {
        Reply::Records(records) => {
            let names = records.names().map(|name| labels(&name)).collect();
            dns::Reply::Records(labels(records.owner()), records.addresses().collect(), names)
        }
        Reply::NoData => dns::Reply::NoData,
        Reply::NoSuchName => dns::Reply::NoSuchName,
        Reply::Truncated => dns::Reply::Truncated,
        Reply::NotUnderstood => dns::Reply::NotUnderstood,
        Reply::Failed => dns::Reply::Failed,
    }
}
