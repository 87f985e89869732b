//! Connections with buffers of several sizes over fixed memory.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use berkeley::options::{SO_RCVBUF, SO_SNDBUF};
use berkeley::{OptionLevel, Pool};
use berkeley_smoltcp::{ConnectionBuffers, Memory};

use support::*;

type Bare = Memory<'static, 5, 0, 0>;

const LARGE: usize = 8192;
const SMALL: usize = 4096;

/// Two large connections and two small ones; the fifth gets no buffers.
fn resources() -> Resources<'static> {
    const MEMORY: Bare = Memory::new();
    const LARGE_BUFFERS: ConnectionBuffers<2, LARGE, LARGE> = ConnectionBuffers::new();
    const SMALL_BUFFERS: ConnectionBuffers<2, SMALL, SMALL> = ConnectionBuffers::new();
    Resources::from(Box::leak(Box::new(MEMORY)))
        .with_buffers(Box::leak(Box::new(SMALL_BUFFERS)))
        .with_buffers(Box::leak(Box::new(LARGE_BUFFERS)))
}

/// Asks for buffers of this size, if for any.
fn ask(socket: &BenchSocket, bytes: Option<usize>) {
    for name in [SO_RCVBUF, SO_SNDBUF] {
        if let Some(bytes) = bytes {
            socket.setsockopt(OptionLevel::SOCKET, name, bytes as i32).unwrap();
        }
    }
}

#[test]
fn a_connection_gets_what_its_socket_asks_for() {
    // what the sockets ask for one after the other, and the window that each SYN shows
    type Row = (&'static [Option<usize>], &'static [usize]);
    let rows: [Row; 5] = [
        (&[None, None, None, None], &[LARGE, LARGE, SMALL, SMALL]),
        (&[Some(3000), None, Some(3000), None], &[3000, LARGE, 3000, LARGE]),
        (&[Some(3000), Some(3000), Some(3000)], &[3000, 3000, 3000]),
        (&[Some(5000), Some(100_000), Some(5000)], &[5000, LARGE, SMALL]),
        (&[None, Some(3000), None, None], &[LARGE, 3000, LARGE, SMALL]),
    ];
    for (asked, windows) in rows {
        let bench = Bench::new(resources());
        for round in 0..3 {
            let mut held = Vec::new();
            for (number, (asked, window)) in (1..).zip(asked.iter().zip(windows)) {
                let socket = bench.stream(AddressFamily::INET);
                ask(&socket, *asked);
                let outcome = socket.connect((FAR[0], number + 10 * round));
                assert!(failed(&outcome, Errno::EINPROGRESS), "{outcome:?}");
                let syn = bench.segments().pop().unwrap();
                assert_eq!(usize::from(syn.window), *window, "{asked:?}, round {round}");
                held.push(socket);
            }
            if asked.len() == 4 {
                let more = bench.stream(AddressFamily::INET);
                let full = Error::exhausted(Pool::Connections, Errno::ENOBUFS);
                assert_eq!(more.connect((FAR[0], 9)), Err(full), "the fifth has no buffers");
            }
        }
    }
}

#[test]
fn an_accepted_connection_gets_what_its_listener_asks_for() {
    for (asked, room) in [(None, LARGE), (Some(SMALL), SMALL), (Some(LARGE), LARGE)] {
        let bench = Bench::new(resources());
        let listener = bench.stream(AddressFamily::INET);
        listener.bind((NEAR[0], 80)).unwrap();
        ask(&listener, asked);
        listener.listen(4).unwrap();
        let mut peer = Peer::connect(&bench, end(FAR[0], 1000), end(NEAR[0], 80));
        let (mut socket, _) = listener.accept().unwrap();
        socket.setblocking(false).unwrap();
        // What is received fits, in whatever size it came.
        let data = pattern(1000, 1);
        let mut received = Vec::new();
        let mut buffer = [0; 500];
        for _ in 0..20 {
            peer.send(&bench, &data);
            while let Ok(count @ 1..) = socket.recv(&mut buffer) {
                received.extend_from_slice(&buffer[..count]);
            }
        }
        assert_eq!(received, data.repeat(20), "{asked:?}");
        let mut taken = 0;
        while let Ok(count) = socket.send(&[0; 100]) {
            taken += count;
        }
        assert_eq!(taken, room, "{asked:?}");
    }
}
