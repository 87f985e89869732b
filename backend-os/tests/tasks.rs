//! Waiting as a task.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use berkeley::{AddressFamily, Backend, Error, Instant, PollEntry, Readiness, Socket};
use berkeley_os::Os;
use common::{PATIENTLY, datagrams, fill, streams};

/// Wakes the thread that runs the task.
struct Parked(Thread);

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a task to its end on this thread.
fn block_on<T>(task: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Parked(thread::current())));
    let mut task = pin!(task);
    loop {
        if let Poll::Ready(value) = task.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        let before = Os.now();
        thread::park_timeout(PATIENTLY);
        assert!(Os.now() < before + PATIENTLY, "nobody woke the task");
    }
}

/// Waits for one socket; nothing ready before the deadline is 0.
async fn ready(
    socket: &Socket<Os>,
    interest: Readiness,
    deadline: Option<Instant>,
) -> Result<usize, Error> {
    let mut entries = [PollEntry::new(socket.handle(), interest)];
    poll_fn(|context| Os.poll_wait(context, &mut entries, deadline)).await
}

#[test]
fn what_comes_later_wakes_the_task() {
    let (client, server) = streams(AddressFamily::INET);
    for round in 0..200 {
        thread::scope(|scope| {
            scope.spawn(|| client.sendall(b"x").unwrap());
            assert_eq!(block_on(ready(&server, Readiness::READABLE, None)), Ok(1), "{round}");
            assert_eq!(server.recv(&mut [0; 4]), Ok(1));
        });
    }
}

#[test]
fn a_deadline_wakes_the_task_and_never_early() {
    let (_sender, receiver) = datagrams(AddressFamily::INET);
    for milliseconds in [0, 1, 5, 30, 2] {
        let deadline = Os.now() + Duration::from_millis(milliseconds);
        assert_eq!(block_on(ready(&receiver, Readiness::READABLE, Some(deadline))), Ok(0));
        assert!(Os.now() >= deadline, "early for {milliseconds} ms");
    }
    // Without any socket it is a sleep.
    let deadline = Os.now() + Duration::from_millis(5);
    let sleep = poll_fn(|context| Os.poll_wait(context, &mut [], Some(deadline)));
    assert_eq!(block_on(sleep), Ok(0));
    assert!(Os.now() >= deadline);
}

#[test]
fn two_tasks_wait_for_one_socket() {
    let (mut client, mut server) = streams(AddressFamily::INET);
    client.setblocking(false).unwrap();
    // The client's way out is full, so that its writer and its reader both have to wait.
    fill(&client);
    let woken = AtomicUsize::new(0);
    thread::scope(|scope| {
        let deadline = Os.now().checked_add(PATIENTLY);
        let (client, woken) = (&client, &woken);
        let wait = move |interest| {
            assert_eq!(block_on(ready(client, interest, deadline)), Ok(1));
            woken.fetch_add(1, Ordering::SeqCst);
        };
        let reader = scope.spawn(move || wait(Readiness::READABLE));
        let writer = scope.spawn(move || wait(Readiness::WRITABLE));
        server.sendall(b"x").unwrap();
        reader.join().unwrap();
        assert_eq!(woken.load(Ordering::SeqCst), 1, "there is no room yet");
        // Reading everything may be faster than the writer is; it gives up by itself.
        server.settimeout(Duration::from_millis(10)).unwrap();
        let mut buffer = [0; 65536];
        while !writer.is_finished() {
            assert!(matches!(server.recv(&mut buffer), Ok(1..) | Err(Error::TIMED_OUT)));
        }
        writer.join().unwrap();
    });
}

#[test]
fn one_task_waits_for_many_sockets() {
    let pairs: Vec<_> = (0..20).map(|_| datagrams(AddressFamily::INET)).collect();
    for (index, (sender, _)) in pairs.iter().enumerate() {
        thread::scope(|scope| {
            scope.spawn(|| sender.send(b"x").unwrap());
            let mut entries: Vec<_> = pairs
                .iter()
                .map(|(_, receiver)| PollEntry::new(receiver.handle(), Readiness::READABLE))
                .collect();
            let waiting = poll_fn(|context| Os.poll_wait(context, &mut entries, None));
            assert_eq!(block_on(waiting), Ok(1));
            assert_eq!(entries[index].ready, Readiness::READABLE);
            assert_eq!(pairs[index].1.recv(&mut [0; 4]), Ok(1));
        });
    }
}

#[test]
fn a_number_that_is_in_use_again_wakes_the_new_task() {
    for _ in 0..50 {
        let (client, server) = streams(AddressFamily::INET);
        // Leaves a registration, and a task that nobody runs any more.
        let mut entries = [PollEntry::new(server.handle(), Readiness::READABLE)];
        let mut context = Context::from_waker(Waker::noop());
        assert!(Os.poll_wait(&mut context, &mut entries, None).is_pending());
        drop((client, server));
        let (client, server) = streams(AddressFamily::INET);
        thread::scope(|scope| {
            scope.spawn(|| client.sendall(b"x").unwrap());
            assert_eq!(block_on(ready(&server, Readiness::READABLE, None)), Ok(1));
        });
    }
}

#[test]
fn a_closed_handle_is_ready_at_once() {
    let closed = Os.closed();
    let mut entries = [PollEntry::new(&closed, Readiness::READABLE)];
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(Os.poll_wait(&mut context, &mut entries, None), Poll::Ready(Ok(1)));
    assert_eq!(entries[0].ready, Readiness::INVALID);
}
