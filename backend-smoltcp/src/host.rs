//! The platform of a hosted program: threads, the operating system's clock and entropy, and devices
//! with a descriptor.
//!
//! Threads that wait in one stack follow a leader: it sleeps on the descriptors of the devices and
//! on a wake-up, the others on a condition variable. A leader that leaves hands over. Without devices
//! nobody leads, for all that can happen is a kick.

extern crate std;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::vec::Vec;
use std::{io, panic};

use berkeley::{Backend, Instant};
use berkeley_os::Os;
use berkeley_os::device::{
    PacketInterface, PacketSocket, Tap, Tun, WakeUp, entropy, wait_readable,
};

use crate::Platform;
use crate::device::{Device, Medium, Offloads};
use crate::network::HardwareAddress;
use crate::network::ethernet::HEADER_LENGTH;

/// The machine below a stack, when there is an operating system below that.
#[derive(Debug)]
pub struct Host {
    kicks: AtomicU32,
    wake_up: WakeUp,
    devices: Vec<OwnedFd>,
    sleepers: Mutex<Sleepers>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Sleepers {
    /// A thread sleeps on the descriptors.
    led: bool,
    /// How many sleep.
    count: usize,
    /// The wake-up was signalled, and the leader has not seen it yet.
    signalled: bool,
}

impl Host {
    /// The platform of a stack whose devices have these descriptors (duplicates will do): they wake
    /// the stack when a frame arrives.
    ///
    /// # Errors
    ///
    /// `EMFILE` when no descriptor is left for the wake-up.
    pub fn new(devices: impl IntoIterator<Item = OwnedFd>) -> io::Result<Host> {
        Ok(Host {
            kicks: AtomicU32::new(0),
            wake_up: WakeUp::new()?,
            devices: devices.into_iter().collect(),
            sleepers: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    fn sleepers(&self) -> MutexGuard<'_, Sleepers> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps on the descriptors.
    fn lead(&self, until: Option<Instant>) {
        let wake_up = [self.wake_up.as_fd()];
        let devices = self.devices.iter().map(AsFd::as_fd);
        let descriptors: Vec<BorrowedFd<'_>> = wake_up.into_iter().chain(devices).collect();
        // It fails only for want of memory: then looking again is all that is left.
        let _ = wait_readable(&descriptors, until);
    }

    /// Sleeps until a kick, or until the leader hands over.
    fn follow<'a>(
        &'a self,
        sleepers: MutexGuard<'a, Sleepers>,
        until: Option<Instant>,
    ) -> MutexGuard<'a, Sleepers> {
        let Some(until) = until else {
            return self.changed.wait(sleepers).unwrap_or_else(PoisonError::into_inner);
        };
        // Rounded up: a wait must not end before its time.
        let left = until.saturating_duration_since(self.now()) + Duration::from_nanos(1);
        let waited = self.changed.wait_timeout(sleepers, left);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Platform for Host {
    fn now(&self) -> Instant {
        Os.now()
    }

    fn seq(&self) -> u32 {
        self.kicks.load(Ordering::SeqCst)
    }

    fn park(&self, seen: u32, until: Option<Instant>) {
        let mut sleepers = self.sleepers();
        sleepers.count += 1;
        // A kick counts before it takes the lock, so that it is either seen here or wakes us.
        while self.seq() == seen && until.is_none_or(|until| self.now() < until) {
            if sleepers.led || self.devices.is_empty() {
                sleepers = self.follow(sleepers, until);
            } else {
                sleepers.led = true;
                drop(sleepers);
                self.lead(until);
                sleepers = self.sleepers();
                sleepers.led = false;
                if core::mem::take(&mut sleepers.signalled) {
                    self.wake_up.drain();
                }
                break; // there may be a frame
            }
        }
        sleepers.count -= 1;
        if !sleepers.led && !self.devices.is_empty() {
            // One of those who follow is to lead on.
            self.changed.notify_one();
        }
    }

    fn kick(&self) {
        self.kicks.fetch_add(1, Ordering::SeqCst);
        let mut sleepers = self.sleepers();
        if sleepers.led && !core::mem::replace(&mut sleepers.signalled, true) {
            self.wake_up.signal();
        }
        if sleepers.count > usize::from(sleepers.led) {
            self.changed.notify_all();
        }
    }

    /// # Panics
    ///
    /// When the operating system has no entropy: nothing may be derived from anything less.
    fn entropy(&self, bytes: &mut [u8]) {
        if let Err(error) = entropy::fill(bytes) {
            panic::panic_any(std::format!("the operating system has no entropy: {error}"));
        }
    }
}

/// An interface of the host as a device of a stack.
///
/// The interface may be shared: whoever keeps it can give it to another stack later.
#[derive(Debug)]
pub struct HostDevice<I> {
    interface: Arc<I>,
    medium: Medium,
    mtu: usize,
    offloads: Offloads,
    frame: Vec<u8>,
}

/// A TAP interface as a device of a stack.
pub type TapDevice = HostDevice<Tap>;

/// A TUN interface as a device of a stack.
pub type TunDevice = HostDevice<Tun>;

/// An interface that the host has already, as a device of a stack.
///
/// The checksums of received frames are not looked at: those from the wire the hardware has verified
/// mostly, those of the host itself, over a `veth` pair, have none yet. For the same reason segments of
/// the host that the hardware would cut are longer than any frame, and are lost: `ethtool -K NAME tso off
/// gso off` at the other end of the pair.
pub type PacketDevice = HostDevice<PacketSocket>;

impl HostDevice<Tap> {
    /// A device over this interface. `address` is the stack's own, not that of the host's end; `mtu`
    /// that of the interface, 1500 unless it was changed.
    pub fn new(tap: impl Into<Arc<Tap>>, address: HardwareAddress, mtu: usize) -> TapDevice {
        HostDevice::over(tap.into(), Medium::Ethernet(address), mtu, Offloads::default())
    }
}

impl HostDevice<Tun> {
    /// A device over this interface; `mtu` is that of the interface, 1500 unless it was changed.
    pub fn new(tun: impl Into<Arc<Tun>>, mtu: usize) -> TunDevice {
        HostDevice::over(tun.into(), Medium::Ip, mtu, Offloads::default())
    }
}

impl HostDevice<PacketSocket> {
    /// A device over this interface. `address` is the stack's own: where the host uses the interface
    /// as well, it wants to be another one.
    pub fn new(
        socket: impl Into<Arc<PacketSocket>>,
        address: HardwareAddress,
        mtu: usize,
    ) -> PacketDevice {
        let offloads = Offloads { receive_checksums: true };
        HostDevice::over(socket.into(), Medium::Ethernet(address), mtu, offloads)
    }
}

impl<I: PacketInterface> HostDevice<I> {
    fn over(interface: Arc<I>, medium: Medium, mtu: usize, offloads: Offloads) -> HostDevice<I> {
        let frame = std::vec![0; mtu + HEADER_LENGTH];
        HostDevice { interface, medium, mtu, offloads, frame }
    }

    /// A duplicate of the descriptor, for [`Host::new`].
    ///
    /// # Errors
    ///
    /// `EMFILE` when no descriptor is left.
    pub fn descriptor(&self) -> io::Result<OwnedFd> {
        self.interface.as_fd().try_clone_to_owned()
    }
}

impl<I: PacketInterface> Device for HostDevice<I> {
    fn medium(&self) -> Medium {
        self.medium
    }

    fn mtu(&self) -> usize {
        self.mtu
    }

    fn offloads(&self) -> Offloads {
        self.offloads
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        // An error, such as an interface that is down, is as good as nothing received.
        match self.interface.read(&mut self.frame) {
            Ok(Some(length)) => {
                consume(&mut self.frame[..length]);
                true
            }
            Ok(None) | Err(_) => false,
        }
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let length = fill(&mut self.frame);
        if length > 0 {
            // What the interface does not take is lost, as on any wire.
            let _ = self.interface.write(&self.frame[..length]);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    use std::sync::{Arc, mpsc};
    use std::thread;

    use super::*;

    #[test]
    fn somebody_leads_when_leader_and_follower_have_left() {
        let (mut wire, device) = UnixStream::pair().unwrap();
        let host = Arc::new(Host::new([device.into()]).unwrap());
        let (report, reports) = mpsc::channel();
        let start = host.now();
        for (name, milliseconds) in [("one", Some(30)), ("two", Some(60)), ("three", None)] {
            let (host, report) = (Arc::clone(&host), report.clone());
            let until = milliseconds.map(|wait| start + Duration::from_millis(wait));
            thread::spawn(move || {
                host.park(0, until);
                // A park may end early; these threads insist.
                while until.is_some_and(|until| host.now() < until) {
                    host.park(0, until);
                }
                report.send(name).unwrap();
            });
        }
        let mut left = [(); 2].map(|()| reports.recv_timeout(Duration::from_secs(10)).unwrap());
        left.sort_unstable();
        wire.write_all(&[1]).unwrap();
        let patience = Duration::from_secs(10);
        let last = if left.contains(&"three") { "two" } else { "three" };
        assert_eq!(reports.recv_timeout(patience), Ok(last), "a frame wakes whoever is left");
    }
}
