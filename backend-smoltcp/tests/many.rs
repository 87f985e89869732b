//! Ten thousand open connections between two stacks, each of which echoes.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use core::time::Duration;

use berkeley::{Backend, Errno};
use berkeley_smoltcp::Capacity;
use berkeley_smoltcp::simulation::LinkOptions;

use support::*;

const CONNECTIONS: u16 = 10_000;
/// How many are begun at a time: no more than wait to be accepted.
const AT_A_TIME: usize = 100;

/// Time for a frame of each connection: the link takes about a thousand at once, and has no room then.
const ENOUGH: Duration = Duration::from_millis(100);

fn capacity() -> Capacity {
    Capacity {
        descriptors: CONNECTIONS + 2, // and a listener, and who lets time pass
        connections: CONNECTIONS,
        receive: 1024,
        send: 1024,
        ..Capacity::default()
    }
}

/// What a connection sends in a round.
fn message(connection: usize, round: u8) -> [u8; 64] {
    let mut message = [round; 64];
    message[..8].copy_from_slice(&connection.to_be_bytes());
    message
}

/// Sends or receives without waiting, all of it.
fn all(outcome: Result<usize, berkeley::Error>, context: &str) {
    assert_eq!(outcome, Ok(64), "{context}");
}

#[test]
fn ten_thousand_connections_echo() {
    let pair = Pair::over(LinkOptions::default(), 1, capacity(), capacity());
    let listener = pair.listener(FAR[0], 7, AT_A_TIME as i32);
    let (mut near, mut far) = (Vec::new(), Vec::new());
    while near.len() < usize::from(CONNECTIONS) {
        for _ in 0..AT_A_TIME {
            let mut socket = pair.near.stream(family_of(FAR[0])).unwrap();
            socket.setblocking(false).unwrap();
            assert!(failed(&socket.connect((FAR[0], 7)), Errno::EINPROGRESS));
            near.push(socket);
        }
        for _ in 0..AT_A_TIME {
            let (mut socket, _) = listener.accept().unwrap();
            socket.setblocking(false).unwrap();
            far.push(socket);
        }
    }
    pair.pass(ENOUGH);
    for socket in &near {
        assert_eq!(socket.backend().connect_outcome(socket.handle()), Ok(()));
    }
    for round in 1..=3 {
        for (number, socket) in near.iter().enumerate() {
            all(socket.send(&message(number, round)), "the request");
        }
        pair.pass(ENOUGH);
        for socket in &far {
            let mut data = [0; 100];
            all(socket.recv(&mut data), "the request comes");
            all(socket.send(&data[..64]), "the echo");
        }
        pair.pass(ENOUGH);
        for (number, socket) in near.iter().enumerate() {
            let mut data = [0; 100];
            all(socket.recv(&mut data), "the echo comes");
            assert_eq!(data[..64], message(number, round), "round {round}, connection {number}");
        }
        drop(pair.log.take()); // not looked at
    }
    // They all end well: what is at the far end's is the end of the stream.
    drop(near);
    pair.pass(ENOUGH);
    for socket in &far {
        assert_eq!(socket.recv(&mut [0; 100]), Ok(0));
    }
}
