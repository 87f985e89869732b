//! Who drives a stack: the calls that wait, a thread or a task that does nothing else, a simulation.
//! The code is one, and so is what a peer sees.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use core::future::Future;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::task::Wake;
use std::thread;

use berkeley::{PollEntry, Readiness};
use berkeley_smoltcp::AsyncPlatform;
use berkeley_smoltcp::host::Host;
use berkeley_smoltcp::lock::Threads;

use support::*;

/// More than the buffers of both ends hold, so that somebody must go on driving.
const LENGTH: usize = 300_000;

/// A stack alone on its link.
fn watched(simulation: &Simulation) -> (Net<Rc<Stack<'static, Watched>>>, Watched) {
    let (device, _other) = simulation.link(LinkOptions::default());
    let platform = Watched::new(simulation);
    let stack = Rc::new(Stack::<_>::new(small(), platform.clone()));
    let interface = stack.add_interface(Box::new(device)).unwrap();
    stack.add_address(interface, cidr(NEAR[0])).unwrap();
    simulation.join(&stack);
    (Net::new(stack), platform)
}

#[test]
fn a_watchdog_is_fed_and_no_call_notices() {
    // the ceiling, how often a wait of ten seconds sleeps
    for (most, sleeps) in [(None, 1), (Some(seconds(3)), 4), (Some(millis(100)), 100)] {
        let simulation = Simulation::new(1);
        let (net, platform) = watched(&simulation);
        net.backend().set_max_park(most).unwrap();
        let mut socket = net.datagram(AddressFamily::INET).unwrap();
        socket.settimeout(seconds(10)).unwrap();
        let start = simulation.now();
        assert_eq!(socket.recv(&mut [0]), Err(Error::TIMED_OUT));
        assert_eq!(simulation.now(), start + seconds(10), "neither early nor late");
        assert_eq!(platform.parks.get(), sleeps, "{most:?}");
        assert!(platform.longest.get() <= Some(most.unwrap_or(seconds(10))), "{most:?}");

        // An event is not missed between two sleeps, and ends a wait without a deadline.
        let (stack, sender) = (net.backend().clone(), net.datagram(AddressFamily::INET).unwrap());
        socket.settimeout(berkeley::Timeout::Blocking).unwrap();
        socket.bind(("", 7)).unwrap();
        let loopback = Loopback::new(vec![0; 10_000], 1500);
        stack.add_interface(Box::new(loopback)).unwrap();
        let event = simulation.now() + seconds(5) + millis(50);
        simulation.at(event, move || {
            sender.sendto(b"x", (NEAR[0], 7)).unwrap();
        });
        assert_eq!(socket.recv(&mut [0]), Ok(1));
        assert_eq!(simulation.now(), event, "{most:?}");
    }
}

// --- a thread

/// A device that is one end of a pair of the host's sockets.
struct Wire(UnixDatagram);

impl Wire {
    fn pair() -> [(Wire, OwnedFd); 2] {
        let (one, two) = UnixDatagram::pair().unwrap();
        [one, two].map(|end| {
            end.set_nonblocking(true).unwrap();
            let descriptor = end.try_clone().unwrap().into();
            (Wire(end), descriptor)
        })
    }
}

impl Device for Wire {
    fn medium(&self) -> Medium {
        Medium::Ip
    }

    fn mtu(&self) -> usize {
        1500
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let mut frame = [0; 1500];
        let received = self.0.recv(&mut frame);
        received.map(|length| consume(&mut frame[..length])).is_ok()
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let mut frame = [0; 1500];
        let length = fill(&mut frame);
        if length > 0 {
            let _ = self.0.send(&frame[..length]); // what has no room is lost
        }
        true
    }
}

type Shared = Arc<Stack<'static, Host, Threads>>;

#[test]
fn a_thread_drives_while_nobody_calls() {
    let stacks = Wire::pair().into_iter().zip([NEAR[0], FAR[0]]).map(|((wire, fd), address)| {
        let stack: Shared = Arc::new(Stack::new(Capacity::default(), Host::new([fd]).unwrap()));
        let interface = stack.add_interface(Box::new(wire)).unwrap();
        stack.add_address(interface, cidr(address)).unwrap();
        Net::new(stack)
    });
    let [near, far] = <[_; 2]>::try_from(stacks.collect::<Vec<_>>()).ok().unwrap();
    let listener = far.stream(AddressFamily::INET).unwrap();
    listener.bind(("", 7)).unwrap();
    listener.listen(1).unwrap();

    let stop = Arc::new(AtomicBool::new(false));
    let (pumped, stopped) = (Arc::clone(far.backend()), Arc::clone(&stop));
    let pump = thread::spawn(move || pumped.pump(|| stopped.load(Ordering::SeqCst)).unwrap());

    // The far program makes no call: that the connection stands, and that a buffer's worth of data
    // arrives and is acknowledged, is the thread's work.
    let client = near.create_connection((FAR[0], 7), None, None).unwrap();
    let data = pattern(Capacity::default().receive, 1);
    client.sendall(&data).unwrap();
    drop(client);
    assert_eq!(near.backend().finish(seconds(20)), Ok(true));

    // Whoever changes the thread's mind wakes it.
    stop.store(true, Ordering::SeqCst);
    far.backend().platform().kick();
    pump.join().unwrap();
    let (mut server, _) = listener.accept().unwrap();
    server.settimeout(seconds(20)).unwrap();
    let (mut received, mut buffer) = (Vec::new(), vec![0; 100_000]);
    while let Ok(count @ 1..) = server.recv(&mut buffer) {
        received.extend_from_slice(&buffer[..count]);
    }
    assert!(received == data);
}

// --- a task

/// A machine below an executor whose clock moves when all tasks sleep.
#[derive(Clone, Default)]
struct Executor(Rc<ExecutorState>);

#[derive(Default)]
struct ExecutorState {
    now: Cell<Instant>,
    kicks: Cell<u32>,
    /// Whom a kick wakes, and when it wakes by itself.
    sleeper: std::cell::RefCell<Option<(Waker, Option<Instant>)>>,
}

impl Executor {
    fn wake(&self) {
        if let Some((waker, _)) = self.0.sleeper.take() {
            waker.wake();
        }
    }

    fn next(&self) -> Option<Instant> {
        self.0.sleeper.borrow().as_ref()?.1
    }
}

impl Platform for Executor {
    fn now(&self) -> Instant {
        self.0.now.get()
    }

    fn seq(&self) -> u32 {
        self.0.kicks.get()
    }

    fn park(&self, _seen: u32, _until: Option<Instant>) {
        panic!("a task must not block");
    }

    fn kick(&self) {
        self.0.kicks.set(self.seq().wrapping_add(1));
        self.wake();
    }

    fn entropy(&self, bytes: &mut [u8]) {
        bytes.fill(9);
    }
}

impl AsyncPlatform for Executor {
    fn poll_park(&self, context: &mut Context<'_>, seen: u32, until: Option<Instant>) -> Poll<()> {
        if self.seq() != seen || until.is_some_and(|until| until <= self.now()) {
            return Poll::Ready(());
        }
        *self.0.sleeper.borrow_mut() = Some((context.waker().clone(), until));
        Poll::Pending
    }
}

/// A task, whether it is to be polled, how often it was, and whether it is done.
struct Task<'f> {
    future: Pin<&'f mut dyn Future<Output = Result<(), Error>>>,
    flag: Arc<Flag>,
    polls: usize,
    done: bool,
}

#[derive(Default)]
struct Flag(AtomicUsize);

impl Wake for Flag {
    fn wake(self: Arc<Flag>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl<'f> Task<'f> {
    fn new(future: Pin<&'f mut dyn Future<Output = Result<(), Error>>>) -> Task<'f> {
        Task { future, flag: Arc::new(Flag(AtomicUsize::new(1))), polls: 0, done: false }
    }

    /// Polls the task if it was woken; says whether it was.
    fn run(&mut self) -> bool {
        if self.done || self.flag.0.swap(0, Ordering::SeqCst) == 0 {
            return false;
        }
        self.polls += 1;
        let waker = Waker::from(Arc::clone(&self.flag));
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(outcome) => {
                outcome.unwrap();
                self.done = true;
            }
            Poll::Pending => {}
        }
        true
    }
}

type TaskStack = Rc<Stack<'static, Executor>>;

fn task_stack() -> (TaskStack, Executor) {
    let machine = Executor::default();
    let stack = Rc::new(Stack::<_>::new(Capacity::default(), machine.clone()));
    stack.add_interface(Box::new(Loopback::new(vec![0; 100_000], 1500))).unwrap();
    (stack, machine)
}

/// Runs tasks until the first one is done; the clock moves when all of them sleep.
fn run(machine: &Executor, tasks: &mut [Task<'_>]) {
    while !tasks[0].done {
        let mut ran = false;
        for task in tasks.iter_mut() {
            ran |= task.run();
        }
        if !ran {
            let next = machine.next().expect("something to wait for");
            machine.0.now.set(next.max(machine.now()));
            machine.wake();
        }
    }
}

async fn ready(stack: &TaskStack, socket: &Socket<TaskStack>, interest: Readiness) {
    let ready = core::future::poll_fn(|context| {
        let mut entries = [PollEntry::new(socket.handle(), interest)];
        stack.poll_wait(context, &mut entries, None)
    });
    assert_eq!(ready.await, Ok(1));
}

async fn send(stack: &TaskStack, socket: &Socket<TaskStack>, data: &[u8]) {
    let mut sent = 0;
    while sent < data.len() {
        match socket.send(&data[sent..]) {
            Ok(count) => sent += count,
            Err(error) if error.is(Errno::EAGAIN) => {
                ready(stack, socket, Readiness::WRITABLE).await;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn receive(stack: &TaskStack, socket: &Socket<TaskStack>, length: usize) -> Vec<u8> {
    let (mut received, mut buffer) = (Vec::new(), vec![0; 4096]);
    while received.len() < length {
        ready(stack, socket, Readiness::READABLE).await;
        let count = socket.recv(&mut buffer).unwrap();
        received.extend_from_slice(&buffer[..count]);
    }
    received
}

#[test]
fn a_task_drives_for_all_others() {
    let (stack, machine) = task_stack();
    let net = Net::new(Rc::clone(&stack));
    let mut listener = net.stream(AddressFamily::INET).unwrap();
    listener.bind(("127.0.0.1", 7)).unwrap();
    listener.listen(1).unwrap();
    listener.setblocking(false).unwrap();
    let data = pattern(LENGTH, 1);

    let client = pin!(async {
        let mut client = net.stream(AddressFamily::INET).unwrap();
        client.setblocking(false).unwrap();
        assert!(failed(&client.connect(("127.0.0.1", 7)), Errno::EINPROGRESS));
        ready(&stack, &client, Readiness::WRITABLE).await;
        send(&stack, &client, &data).await;
        assert_eq!(receive(&stack, &client, 4).await, b"done");
        Ok(())
    });
    let server = pin!(async {
        ready(&stack, &listener, Readiness::READABLE).await;
        let (mut server, _) = listener.accept().unwrap();
        server.setblocking(false).unwrap();
        assert!(receive(&stack, &server, LENGTH).await == data);
        send(&stack, &server, b"done").await;
        ready(&stack, &server, Readiness::READABLE).await; // its end
        Ok(())
    });
    let pump = pin!(stack.pump_async(|| false));
    run(&machine, &mut [Task::new(client), Task::new(server), Task::new(pump)]);
}

#[test]
fn a_task_that_drives_sleeps_stops_and_may_be_dropped() {
    let (stack, machine) = task_stack();
    let net = Net::new(Rc::clone(&stack));
    let stop = Cell::new(false);
    let pump = pin!(stack.pump_async(|| stop.get()));
    let mut tasks = [Task::new(pump)];
    // An hour in which nothing happens: one deadline, and nothing else, wakes anybody.
    let deadline = machine.now() + seconds(3600);
    let flag = Arc::<Flag>::default();
    let waker = Waker::from(Arc::clone(&flag));
    let wait = stack.poll_wait(&mut Context::from_waker(&waker), &mut [], Some(deadline));
    assert!(wait.is_pending());
    tasks[0].run();
    assert_eq!((machine.next(), tasks[0].polls), (Some(deadline), 1));
    machine.0.now.set(deadline);
    machine.wake();
    tasks[0].run();
    assert_eq!(flag.0.load(Ordering::SeqCst), 1, "the deadline");
    // A verb that gives it something to do wakes it.
    assert_eq!(machine.next(), None);
    let socket = net.datagram(AddressFamily::INET).unwrap();
    let polls = tasks[0].polls;
    let wait =
        stack.poll_wait(&mut Context::from_waker(&waker), &mut [], Some(deadline + seconds(1)));
    assert!(wait.is_pending());
    tasks[0].run();
    assert_eq!((machine.next(), tasks[0].polls), (Some(deadline + seconds(1)), polls + 1));
    stop.set(true);
    machine.kick();
    run(&machine, &mut tasks);

    // One that is dropped asleep is not woken any more.
    {
        let pump = pin!(stack.pump_async(|| false));
        let mut task = Task::new(pump);
        task.run();
    }
    let kicks = machine.seq();
    socket.bind(("", 9)).unwrap();
    socket.sendto(b"x", ("127.0.0.1", 9)).unwrap();
    assert_eq!(machine.seq(), kicks);
}
