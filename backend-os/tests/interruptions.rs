//! What comes in between: several threads in one socket, `shutdown` from another thread, signals.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use berkeley::{AddressFamily, Backend, Errno, Error, ErrorKind, Shutdown, Socket, Timeout};
use berkeley_os::{Os, set_signal_check};
use common::{NET, PATIENTLY, alone, fill, listener, streams};

#[test]
fn threads_share_one_socket() {
    let _alone = alone();
    const EACH: usize = 200;
    let (client, server) = streams(AddressFamily::INET);
    let received = AtomicUsize::new(0);
    thread::scope(|scope| {
        // Three send, two receive, over the same two objects.
        let senders: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| (0..EACH).for_each(|_| client.sendall(&[1; 1000]).unwrap())))
            .collect();
        for _ in 0..2 {
            scope.spawn(|| {
                let mut buffer = [0; 4096];
                loop {
                    match server.recv(&mut buffer).unwrap() {
                        0 => break,
                        count => received.fetch_add(count, Ordering::Relaxed),
                    };
                }
            });
        }
        for sender in senders {
            sender.join().unwrap();
        }
        client.shutdown(Shutdown::WR).unwrap();
    });
    assert_eq!(received.into_inner(), 3 * EACH * 1000);
}

/// Whether the thread with this number sleeps inside the kernel. Source: `proc(5)`.
fn sleeps(thread: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap();
    stat.rsplit(')').next().unwrap().trim_start().starts_with('S')
}

/// Runs `blocked` on a thread, and `wake` whenever that thread sleeps in it.
fn while_blocked<T: Send>(
    blocked: impl FnOnce() -> T + Send,
    mut wake: impl FnMut(libc::pthread_t),
) -> T {
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let running = scope.spawn(move || {
            // SAFETY: the call takes nothing and answers a number.
            let number = unsafe { libc::gettid() };
            // SAFETY: as above.
            let thread = unsafe { libc::pthread_self() };
            tell.send((number, thread)).unwrap();
            blocked()
        });
        let (number, thread) = told.recv().unwrap();
        while !running.is_finished() {
            if sleeps(number) {
                wake(thread);
            }
            thread::yield_now();
        }
        running.join().unwrap()
    })
}

/// A listener that answers nobody any more, and who fills it up.
fn full_listener() -> (Socket<Os>, Socket<Os>) {
    let listener = listener(AddressFamily::INET, 0);
    let first = NET.stream(AddressFamily::INET).unwrap();
    first.connect(listener.getsockname().unwrap()).unwrap();
    (listener, first)
}

const MODES: [Timeout; 2] = [Timeout::Blocking, Timeout::After(PATIENTLY)];

#[test]
fn shutdown_from_another_thread_wakes_every_call() {
    let _alone = alone();
    for mode in MODES {
        let woken = |socket: &mut Socket<Os>, call: fn(&Socket<Os>) -> Result<usize, Error>| {
            socket.settimeout(mode).unwrap();
            let socket = &*socket;
            while_blocked(|| call(socket), |_| socket.shutdown(Shutdown::RDWR).unwrap_or(()))
        };
        let mut server = listener(AddressFamily::INET, 1);
        let outcome = woken(&mut server, |socket| socket.accept().map(|_| 0));
        assert_eq!(outcome, Err(Errno::EINVAL.into()), "accept, {mode:?}");

        let (mut client, _server) = streams(AddressFamily::INET);
        let outcome = woken(&mut client, |socket| socket.recv(&mut [0; 4]));
        assert_eq!(outcome, Ok(0), "recv, {mode:?}");

        let (mut client, _server) = streams(AddressFamily::INET);
        client.setblocking(false).unwrap();
        fill(&client);
        let outcome = woken(&mut client, |socket| {
            socket.sendall(&vec![0; 1 << 20]).map(|()| 0).map_err(Error::from)
        });
        assert_eq!(outcome, Err(Errno::EPIPE.into()), "send, {mode:?}");

        let (full, _first) = full_listener();
        let mut client = NET.stream(AddressFamily::INET).unwrap();
        client.settimeout(mode).unwrap();
        let address = full.getsockname().unwrap();
        let outcome = while_blocked(
            || client.connect(address),
            |_| client.shutdown(Shutdown::RDWR).unwrap_or(()),
        );
        assert_eq!(outcome, Err(Errno::ECONNRESET.into()), "connect, {mode:?}");
    }
}

static SIGNALS: AtomicUsize = AtomicUsize::new(0);
static CHECKS: AtomicUsize = AtomicUsize::new(0);
static STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn count_signal(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}

/// Counts SIGUSR1, which interrupts system calls from now on.
fn install_handler() {
    let handler: extern "C" fn(libc::c_int) = count_signal;
    // SAFETY: zeros are a valid `sigaction`: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: `action` is initialised and may be read; the old one is not asked for. The handler does
    // nothing but count.
    let answer = unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()) };
    assert_eq!(answer, 0);
}

fn signal(thread: libc::pthread_t) {
    // SAFETY: the thread has not been joined, so that its number is valid.
    let answer = unsafe { libc::pthread_kill(thread, libc::SIGUSR1) };
    assert_eq!(answer, 0);
}

fn check() -> Result<(), Error> {
    CHECKS.fetch_add(1, Ordering::Relaxed);
    if STOP.load(Ordering::Relaxed) { Err(Errno::ECANCELED.into()) } else { Ok(()) }
}

#[test]
fn signals_do_not_change_a_deadline() {
    let _alone = alone();
    install_handler();
    let timeout = Duration::from_millis(100);
    // What the program says about signals: nothing, or to go on.
    for hook in [None, Some(check as berkeley_os::SignalCheck)] {
        assert!(set_signal_check(hook).is_none());
        let (mut client, _server) = streams(AddressFamily::INET);
        client.settimeout(timeout).unwrap();
        SIGNALS.store(0, Ordering::Relaxed);
        CHECKS.store(0, Ordering::Relaxed);
        let before = Os.now();
        let outcome = while_blocked(|| client.recv(&mut [0; 4]), signal);
        let after = Os.now();
        assert_eq!(outcome, Err(Error::TIMED_OUT));
        assert!(after >= before + timeout, "never early");
        assert!(after < before + PATIENTLY);
        assert!(SIGNALS.load(Ordering::Relaxed) > 0, "it was interrupted");
        assert_eq!(CHECKS.load(Ordering::Relaxed) > 0, hook.is_some());
        set_signal_check(None);
    }
    // Without a deadline it goes on until something comes.
    let (client, mut server) = streams(AddressFamily::INET);
    server.settimeout(Timeout::Blocking).unwrap();
    let mut left = 5;
    let outcome = while_blocked(
        || server.recv(&mut [0; 4]),
        |thread| {
            signal(thread);
            left -= 1;
            if left == 0 {
                client.sendall(b"x").unwrap();
            }
        },
    );
    assert_eq!(outcome, Ok(1));
}

#[test]
fn the_program_can_end_what_a_signal_has_interrupted() {
    let _alone = alone();
    install_handler();
    STOP.store(true, Ordering::Relaxed);
    set_signal_check(Some(check));
    let stopped = Error::from(Errno::ECANCELED);
    for mode in MODES {
        let (mut client, mut server) = streams(AddressFamily::INET);
        client.settimeout(mode).unwrap();
        server.settimeout(mode).unwrap();
        let received = while_blocked(|| client.recv(&mut [0; 4]), signal);
        assert_eq!(received, Err(stopped), "recv, {mode:?}");

        // More than fits: some was taken, and `sendall` says how much.
        let error = while_blocked(|| client.sendall(&vec![7; 64 << 20]), signal).unwrap_err();
        assert_eq!(error.error, stopped, "sendall, {mode:?}");
        let mut file = server.makefile("rb", Default::default()).unwrap().into_reader().unwrap();
        client.shutdown(Shutdown::WR).unwrap();
        let received = file.read(None).unwrap().unwrap();
        assert_eq!(received.len(), error.sent, "nothing is lost, {mode:?}");

        let mut server = listener(AddressFamily::INET, 0);
        server.settimeout(mode).unwrap();
        let accepted = while_blocked(|| server.accept().map(drop), signal);
        assert_eq!(accepted, Err(stopped), "accept, {mode:?}");

        let (full, _first) = full_listener();
        let address = full.getsockname().unwrap();
        let mut client = NET.stream(AddressFamily::INET).unwrap();
        client.settimeout(mode).unwrap();
        let connected = while_blocked(|| client.connect(address), signal);
        assert_eq!(connected, Err(stopped), "connect, {mode:?}");
        client.setblocking(false).unwrap();
        assert_eq!(
            client.connect_ex(address),
            Ok(Errno::EALREADY.raw()),
            "the attempt goes on, {mode:?}"
        );
    }
    set_signal_check(None);
    STOP.store(false, Ordering::Relaxed);
    assert_eq!(stopped.kind(), ErrorKind::Os);
}
