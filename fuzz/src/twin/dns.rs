//! DNS messages, read into lists of lists: slow, and as plain as RFC 1035 has them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The labels of a name, in lower case.
pub type Labels = Vec<Vec<u8>>;

/// What a message says of a name and a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// It belongs to these labels, and is addresses or names.
    Records(Labels, Vec<IpAddr>, Vec<Labels>),
    /// The others, as in the library.
    NoData,
    /// `NXDOMAIN`.
    NoSuchName,
    /// To be asked for over TCP.
    Truncated,
    /// Not understood.
    NotUnderstood,
    /// Failed or refused.
    Failed,
}

struct Record {
    owner: Labels,
    record_type: u16,
    class: u16,
    data: Vec<u8>,
    /// The data as a name, if it is one and nothing else.
    name: Option<Labels>,
}

/// The reply that a message is to a question, `None` for what is none.
#[must_use]
pub fn reply(message: &[u8], is_whole: bool, id: u16, name: &Labels, kind: u16) -> Option<Reply> {
    let word = |at: usize| Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]));
    let (flags, questions, answers) = (word(2)?, word(4)?, word(6)?);
    if word(0)? != id || flags >> 15 != 1 || flags >> 11 & 15 != 0 {
        return None;
    }
    let code = flags & 15;
    let not_understood = code == 1 || code == 4;
    if questions == 0 && not_understood {
        return Some(Reply::NotUnderstood);
    }
    let (asked, mut at) = labels(message, 12)?;
    if questions != 1 || asked != *name || word(at)? != kind || word(at + 2)? != 1 {
        return None;
    }
    if flags >> 9 & 1 == 1 {
        return Some(Reply::Truncated);
    }
    match code {
        0 => {}
        3 => return Some(Reply::NoSuchName),
        _ if not_understood => return Some(Reply::NotUnderstood),
        _ => return Some(Reply::Failed),
    }
    at += 4;
    let mut records = Vec::new();
    for _ in 0..answers {
        match record(message, at) {
            Some((record, end)) => {
                records.push(record);
                at = end;
            }
            None if is_whole => return None,
            None => break,
        }
    }
    let mut owner = name.clone();
    for _ in 0..16 {
        let of = |wanted: u16| {
            let owner = &owner;
            records.iter().filter(move |record| {
                record.class == 1 && record.record_type == wanted && record.owner == *owner
            })
        };
        if of(kind).count() > 0 {
            let addresses = of(kind).filter_map(|record| address(kind, &record.data)).collect();
            let names = of(kind).filter(|_| kind == 12).filter_map(|record| record.name.clone());
            return Some(Reply::Records(owner.clone(), addresses, names.collect()));
        }
        match of(5).next() {
            Some(alias) => owner = alias.name.clone()?,
            None => return Some(Reply::NoData),
        }
    }
    Some(Reply::NoSuchName)
}

fn address(kind: u16, data: &[u8]) -> Option<IpAddr> {
    match kind {
        1 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?).into()),
        28 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?).into()),
        _ => None,
    }
}

fn record(message: &[u8], at: usize) -> Option<(Record, usize)> {
    let (owner, at) = labels(message, at)?;
    let head = message.get(at..at + 10)?;
    let [record_type, class, length] =
        [0, 2, 8].map(|at| u16::from_be_bytes([head[at], head[at + 1]]));
    let (start, end) = (at + 10, at + 10 + usize::from(length));
    let data = message.get(start..end)?.to_vec();
    let name = labels(message, start).filter(|(_, found)| *found == end).map(|(name, _)| name);
    let fits = match record_type {
        _ if class != 1 => true,
        1 => data.len() == 4,
        28 => data.len() == 16,
        5 | 12 => name.is_some(),
        _ => true,
    };
    fits.then_some((Record { owner, record_type, class, data, name }, end))
}

/// The labels of the name at this place, and where it ends there.
#[must_use]
pub fn labels(message: &[u8], start: usize) -> Option<(Labels, usize)> {
    labels_after(127, message, start)
}

/// With so many pointers at most.
fn labels_after(pointers: u32, message: &[u8], start: usize) -> Option<(Labels, usize)> {
    let (mut labels, mut at) = (Labels::new(), start);
    loop {
        let length = usize::from(*message.get(at)?);
        match length {
            0 => break at += 1,
            1..64 => {
                labels.push(message.get(at + 1..at + 1 + length)?.to_ascii_lowercase());
                at += 1 + length;
            }
            0xc0.. => {
                let to = (length & 0x3f) << 8 | usize::from(*message.get(at + 1)?);
                // Back, to before all that was read of it.
                let pointers = pointers.checked_sub(1).filter(|_| to < start)?;
                let (rest, _) = labels_after(pointers, message, to)?;
                labels.extend(rest);
                break at += 2;
            }
            _ => return None,
        }
    }
    let length: usize = labels.iter().map(|label| label.len() + 1).sum();
    (length < 255).then_some((labels, at))
}
