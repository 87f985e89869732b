//! Keys and values for clients of Redis: as much of its protocol as `redis-benchmark` and `redis-cli` speak
//! (<https://redis.io/docs/latest/develop/reference/protocol-spec/>).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use berkeley::{Backend, Error, Socket};

/// What was set.
pub(crate) type Keys = Arc<Mutex<HashMap<Vec<u8>, Vec<u8>>>>;

/// A word of a command.
type Word = Vec<u8>;

/// Answers the commands of a client until it goes.
pub(crate) fn answer_commands<B: Backend + Clone>(
    client: &Socket<B>,
    keys: &Keys,
) -> Result<(), Error> {
    let mut received = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        // All that were received are answered at once: a client may send many before it listens.
        let mut answers = Vec::new();
        let mut taken = 0;
        while let Some((words, length)) = command(&received[taken..]) {
            answers.extend(answer(&words, keys));
            taken += length;
        }
        received.drain(..taken);
        client.sendall(&answers)?;
        match client.recv(&mut buffer)? {
            0 => return Ok(()),
            length => received.extend_from_slice(&buffer[..length]),
        }
    }
}

/// The words of the next command, and how long it is; `None` if some of it has not come yet.
fn command(bytes: &[u8]) -> Option<(Vec<Word>, usize)> {
    let (first, mut place) = line(bytes)?;
    let Some(count) = first.strip_prefix(b"*") else {
        // Typed by hand.
        let words = first.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        return Some((words.map(<[u8]>::to_vec).collect(), place));
    };
    let mut words = Vec::new();
    for _ in 0..number(count) {
        let (length, behind) = line(&bytes[place..])?;
        let start = place + behind;
        let end = start + number(length.strip_prefix(b"$").unwrap_or_default());
        words.push(bytes.get(start..end)?.to_vec());
        place = end + 2; // CR and LF
    }
    (place <= bytes.len()).then_some((words, place))
}

/// A line without its end, and how long it is with it.
fn line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((&bytes[..end], end + 2))
}

fn number(digits: &[u8]) -> usize {
    str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn answer(words: &[Word], keys: &Keys) -> Vec<u8> {
    let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
    let name = words.first().map(|name| name.to_ascii_uppercase());
    match (name.as_deref(), words.get(1..).unwrap_or_default()) {
        (Some(b"PING"), _) => b"+PONG\r\n".to_vec(),
        (Some(b"SET"), [key, value, ..]) => {
            keys.insert(key.clone(), value.clone());
            b"+OK\r\n".to_vec()
        }
        (Some(b"GET"), [key]) => match keys.get(key) {
            Some(value) => {
                let head = format!("${}\r\n", value.len());
                [head.as_bytes(), value, b"\r\n"].concat()
            }
            None => b"$-1\r\n".to_vec(),
        },
        (Some(b"INCR"), [key]) => {
            let value = keys.entry(key.clone()).or_default();
            let next = number(value) + 1;
            *value = next.to_string().into_bytes();
            format!(":{next}\r\n").into_bytes()
        }
        _ => b"-ERR unknown command\r\n".to_vec(),
    }
}
