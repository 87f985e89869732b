//! Threads that block in one stack at the same time.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(
    clippy::needless_range_loop,
    clippy::type_complexity,
    reason = "tables of versions and acts"
)]

mod support;

use core::time::Duration;
use std::collections::HashSet;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Instant;

use berkeley::{AddressFamily, Errno, Error, Net, Shutdown, Socket};
use berkeley_smoltcp::device::Loopback;
use berkeley_smoltcp::host::Host;
use berkeley_smoltcp::lock::Threads;
use berkeley_smoltcp::{Capacity, Stack};

type Shared = Arc<Stack<'static, Host, Threads>>;

const HERE: &str = "127.0.0.1";
const THREADS: usize = 8;

fn net() -> Net<Shared> {
    let stack = Stack::<_, Threads>::new(Capacity::default(), Host::new([]).unwrap());
    stack.add_interface(Box::new(Loopback::new(vec![0; 1 << 20], 65_535))).unwrap();
    Net::new(Arc::new(stack))
}

fn listener(net: &Net<Shared>) -> Socket<Shared> {
    let listener = net.stream(AddressFamily::INET).unwrap();
    listener.bind((HERE, 7)).unwrap();
    listener.listen(16).unwrap();
    listener
}

/// Runs a test that must end within 20 seconds; else the tables are shown.
fn watched(net: &Net<Shared>, test: impl FnOnce() + Send + 'static) {
    let (done, outcome) = mpsc::channel();
    let worker = thread::spawn(move || {
        test();
        let _ = done.send(());
    });
    match outcome.recv_timeout(Duration::from_secs(20)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("stuck:\n{}", net.backend()),
        _ => worker.join().unwrap(),
    }
}

fn receive_exactly(socket: &Socket<Shared>, buffer: &mut [u8]) {
    let mut received = 0;
    while received < buffer.len() {
        let count = socket.recv(&mut buffer[received..]).unwrap();
        assert_ne!(count, 0, "the end after {received} bytes");
        received += count;
    }
}

fn join(threads: Vec<thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn eight_threads_echo_on_eight_connections() {
    const LENGTH: usize = 1 << 20;
    let net = net();
    let shared = net.clone();
    watched(&net, move || {
        let listener = listener(&shared);
        let mut threads = Vec::new();
        for number in 0..THREADS {
            let client = shared.create_connection((HERE, 7), None, None).unwrap();
            let (server, _) = listener.accept().unwrap();
            threads.push(thread::spawn(move || {
                let mut buffer = vec![0; 10_000];
                loop {
                    match server.recv(&mut buffer).unwrap() {
                        0 => break,
                        count => server.sendall(&buffer[..count]).unwrap(),
                    }
                }
            }));
            threads.push(thread::spawn(move || {
                let data = support::pattern(LENGTH, number as u64);
                thread::scope(|scope| {
                    scope.spawn(|| {
                        client.sendall(&data).unwrap();
                        client.shutdown(Shutdown::WR).unwrap();
                    });
                    let mut echoed = vec![0; LENGTH];
                    receive_exactly(&client, &mut echoed);
                    assert!(echoed == data, "connection {number}");
                    assert_eq!(client.recv(&mut [0]), Ok(0));
                });
            }));
        }
        join(threads);
    });
}

#[test]
fn eight_threads_accept_eight_clients() {
    let net = net();
    let shared = net.clone();
    watched(&net, move || {
        let listener = Arc::new(listener(&shared));
        let ready = Arc::new(Barrier::new(THREADS + 1));
        let (found, peers) = mpsc::channel();
        let threads = (0..THREADS)
            .map(|_| {
                let (listener, ready, found) =
                    (Arc::clone(&listener), Arc::clone(&ready), found.clone());
                thread::spawn(move || {
                    ready.wait();
                    let (socket, peer) = listener.accept().unwrap();
                    found.send((socket, peer)).unwrap();
                })
            })
            .collect();
        ready.wait();
        let clients: Vec<_> = (0..THREADS)
            .map(|_| shared.create_connection((HERE, 7), None, None).unwrap())
            .collect();
        join(threads);
        let peers: HashSet<_> = peers.try_iter().map(|(_, peer)| peer).collect();
        let expected: HashSet<_> =
            clients.iter().map(|client| client.getsockname().unwrap()).collect();
        assert_eq!(peers, expected);
    });
}

#[test]
fn shutdown_ends_what_other_threads_wait_for() {
    for _ in 0..20 {
        let net = net();
        let shared = net.clone();
        watched(&net, move || {
            let listener = Arc::new(listener(&shared));
            let client = Arc::new(shared.create_connection((HERE, 7), None, None).unwrap());
            let (_server, _) = listener.accept().unwrap();
            let full = Arc::new(shared.create_connection((HERE, 7), None, None).unwrap());
            let (_silent, _) = listener.accept().unwrap();
            let ready = Arc::new(Barrier::new(4));

            let accepting = {
                let (ready, listener) = (Arc::clone(&ready), Arc::clone(&listener));
                thread::spawn(move || {
                    ready.wait();
                    assert_eq!(listener.accept().map(drop), Err(Errno::EINVAL.into()));
                })
            };
            let receiving = {
                let (ready, client) = (Arc::clone(&ready), Arc::clone(&client));
                thread::spawn(move || {
                    ready.wait();
                    assert_eq!(client.recv(&mut [0]), Ok(0));
                })
            };
            let sending = {
                let (ready, full) = (Arc::clone(&ready), Arc::clone(&full));
                thread::spawn(move || {
                    ready.wait();
                    // Nobody reads: it blocks once the buffers are full.
                    let error = full.sendall(&[0; 1 << 20]).unwrap_err();
                    assert_eq!(Error::from(error), Errno::EPIPE.into());
                })
            };
            ready.wait();
            thread::yield_now();
            listener.shutdown(Shutdown::RD).unwrap();
            client.shutdown(Shutdown::RD).unwrap();
            full.shutdown(Shutdown::WR).unwrap();
            join(vec![accepting, receiving, sending]);
        });
    }
}

#[test]
fn timeouts_are_never_early_and_hold_nobody_up() {
    let net = net();
    let shared = net.clone();
    watched(&net, move || {
        let threads = (0..THREADS as u64)
            .map(|number| {
                let shared = shared.clone();
                thread::spawn(move || {
                    for round in 0..10 {
                        let timeout = Duration::from_micros(200 + 1700 * (number + round) % 9000);
                        let mut socket = shared.datagram(AddressFamily::INET).unwrap();
                        socket.bind((HERE, 0)).unwrap();
                        socket.settimeout(timeout).unwrap();
                        let started = Instant::now();
                        assert_eq!(socket.recv(&mut [0]), Err(Error::TIMED_OUT));
                        let passed = started.elapsed();
                        assert!(passed >= timeout, "{passed:?} of {timeout:?}");
                        assert!(passed < timeout + Duration::from_secs(2), "{passed:?}");
                    }
                })
            })
            .collect();
        join(threads);
    });
}
