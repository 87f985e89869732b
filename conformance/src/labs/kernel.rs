//! Lab `kernel`: both sides are the operating system's own sockets, over loopback.
//!
//! It is the reference. Steps run on a helper thread at their time, peers on threads of their own.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;
use std::cell::RefCell;
use std::string::String;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;
use std::vec::Vec;

use berkeley::{Net, PollEntry};
use berkeley_os::Os;

use super::HostLab;
use crate::case::Family;
use crate::failure::{Failure, Outcome};
use crate::lab::{End, Lab, Step};
use crate::peer::{Peer, Progress};

/// The operating system's own sockets, over loopback.
pub struct Kernel {
    net: Net<Os>,
    inet6: bool,
    schedule: Arc<Schedule>,
    /// Started with the first step.
    helper: RefCell<Option<JoinHandle<()>>>,
    peers: RefCell<Vec<JoinHandle<Outcome>>>,
    finished: Arc<AtomicBool>,
}

impl HostLab for Kernel {
    const NAME: &'static str = "kernel";
    const SENTENCE: &'static str = "the operating system's own sockets, over loopback";

    fn available() -> Result<(), String> {
        Ok(())
    }

    fn open(_seed: u64) -> Result<Kernel, Failure> {
        let net = Net::new(Os);
        let inet6 = net
            .datagram(Family::Inet6.number())
            .and_then(|socket| socket.bind((Ipv6Addr::LOCALHOST, 0)))
            .is_ok();
        Ok(Kernel {
            net,
            inet6,
            schedule: Arc::default(),
            helper: RefCell::default(),
            peers: RefCell::default(),
            finished: Arc::default(),
        })
    }
}

impl Lab for Kernel {
    type Near = Os;
    type Far = Os;

    fn near(&self) -> &Net<Os> {
        &self.net
    }

    fn far(&self) -> &Net<Os> {
        &self.net
    }

    fn near_address(&self, family: Family) -> Option<IpAddr> {
        self.loopback(family)
    }

    fn second_near_address(&self, family: Family) -> Option<IpAddr> {
        // All of 127.0.0.0/8 is this host; of IPv6 one address is.
        (family == Family::Inet).then_some(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)))
    }

    fn far_address(&self, family: Family) -> Option<IpAddr> {
        self.loopback(family)
    }

    fn loopback(&self, family: Family) -> Option<IpAddr> {
        match family {
            Family::Inet => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            Family::Inet6 => self.inet6.then_some(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        }
    }

    fn later(&self, after: Duration, step: Step<Kernel>) {
        self.schedule.queue().due.push((Instant::now() + after, step));
        self.schedule.changed.notify_one();
        self.helper.borrow_mut().get_or_insert_with(|| {
            let schedule = Arc::clone(&self.schedule);
            thread::spawn(move || schedule.run())
        });
    }

    fn accompany(&self, mut peer: Peer<Os>) {
        let (net, finished) = (self.net, Arc::clone(&self.finished));
        self.peers.borrow_mut().push(thread::spawn(move || {
            while !finished.load(Ordering::Relaxed) {
                match peer.advance()? {
                    Progress::Done => break,
                    Progress::Waits(interest) => {
                        let entry = PollEntry::new(peer.socket().handle(), interest);
                        net.poll(&mut [entry], Duration::from_millis(100))?;
                    }
                }
            }
            Ok(())
        }));
    }

    fn finish(&self) -> Outcome {
        self.finished.store(true, Ordering::Relaxed);
        self.schedule.queue().finished = true;
        self.schedule.changed.notify_one();
        if let Some(helper) = self.helper.borrow_mut().take() {
            join(helper)?;
        }
        for peer in self.peers.borrow_mut().drain(..) {
            join(peer)??;
        }
        self.schedule.queue().failure.take().map_or(Ok(()), Err)
    }
}

fn join<T>(thread: JoinHandle<T>) -> Result<T, Failure> {
    thread.join().map_err(|_| Failure::new("a thread of the lab", format_args!("panicked")))
}

/// The steps that are still to come, shared with the helper thread.
#[derive(Default)]
struct Schedule {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    due: Vec<(Instant, Step<Kernel>)>,
    /// The sockets of the steps that have run.
    kept: Vec<End<Kernel>>,
    failure: Option<Failure>,
    finished: bool,
}

impl Schedule {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs every step at its time, until the lab is finished.
    fn run(&self) {
        let mut queue = self.queue();
        while !queue.finished {
            let earliest = (0..queue.due.len()).min_by_key(|&index| queue.due[index].0);
            queue = match earliest.map(|index| (index, queue.due[index].0)) {
                None => self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
                Some((index, at)) => match at.checked_duration_since(Instant::now()) {
                    Some(left) if !left.is_zero() => {
                        let waited = self.changed.wait_timeout(queue, left);
                        waited.unwrap_or_else(PoisonError::into_inner).0
                    }
                    _ => {
                        let (_, step) = queue.due.remove(index);
                        match step.run() {
                            Ok(end) => queue.kept.extend(end),
                            Err(failure) => queue.failure = Some(failure),
                        }
                        queue
                    }
                },
            };
        }
        queue.due.clear();
    }
}
