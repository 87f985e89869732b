//! Devices that were written for smoltcp carry a stack's frames.
#![cfg(all(feature = "std", feature = "phy"))]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use berkeley::{AddressFamily, Net};
use berkeley_smoltcp::device::{Device, Medium, PhyDevice};
use berkeley_smoltcp::simulation::Simulation;
use berkeley_smoltcp::{Capacity, Cidr, HardwareAddress, Stack};
use smoltcp::phy::{self, Checksum, ChecksumCapabilities, DeviceCapabilities};
use smoltcp::time::Instant;

type Queue = Arc<Mutex<VecDeque<Vec<u8>>>>;

/// A device as smoltcp has them: frames come from one queue and go into another.
struct Foreign {
    medium: phy::Medium,
    incoming: Queue,
    outgoing: Queue,
}

struct Received(Vec<u8>);

struct Sends<'a>(&'a Queue);

impl phy::RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl phy::TxToken for Sends<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        self.0.lock().unwrap().push_back(frame);
        result
    }
}

impl phy::Device for Foreign {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sends<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sends<'_>)> {
        let frame = self.incoming.lock().unwrap().pop_front()?;
        Some((Received(frame), Sends(&self.outgoing)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sends<'_>> {
        Some(Sends(&self.outgoing))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = self.medium;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

#[test]
fn two_stacks_echo() {
    for (medium, mtu) in [(phy::Medium::Ethernet, 1500), (phy::Medium::Ip, 1514)] {
        let simulation = Simulation::new(1);
        let (there, back) = (Queue::default(), Queue::default());
        let ways = [(&back, &there), (&there, &back)];
        let stacks = ways.into_iter().zip(1u8..).map(|((incoming, outgoing), number)| {
            let (incoming, outgoing) = (Arc::clone(incoming), Arc::clone(outgoing));
            let address = HardwareAddress([2, 0, 0, 0, 0, number]);
            let foreign = Foreign { medium, incoming, outgoing };
            let device =
                PhyDevice::new(foreign, address, simulation.clock(), vec![0; 2000]).unwrap();
            assert_eq!(device.mtu(), mtu);
            let is_ethernet = device.medium() == Medium::Ethernet(address);
            assert_eq!(is_ethernet, medium == phy::Medium::Ethernet);
            let capacity = Capacity { connections: 2, ..Capacity::default() };
            let stack = Rc::new(Stack::<_>::new(capacity, simulation.clone()));
            let interface = stack.add_interface(Box::new(device)).unwrap();
            let own = Cidr::new([192, 0, 2, number].into(), 24).unwrap();
            stack.add_address(interface, own).unwrap();
            simulation.join(&stack);
            Net::new(stack)
        });
        let nets: Vec<_> = stacks.collect();
        let listener = nets[1].stream(AddressFamily::INET).unwrap();
        listener.bind(("", 7)).unwrap();
        listener.listen(1).unwrap();
        let client = nets[0].create_connection(("192.0.2.2", 7), None, None).unwrap();
        let (server, _) = listener.accept().unwrap();
        for (from, to) in [(&client, &server), (&server, &client)] {
            from.sendall(&[9; 10_000]).unwrap();
            let mut received = 0;
            while received < 10_000 {
                received += to.recv(&mut [0; 4000]).unwrap();
            }
        }
    }
}

#[test]
fn what_the_device_verifies_is_told() {
    struct Verifies(Foreign, ChecksumCapabilities);
    impl phy::Device for Verifies {
        type RxToken<'a> = Received;
        type TxToken<'a> = Sends<'a>;
        fn receive(&mut self, time: Instant) -> Option<(Received, Sends<'_>)> {
            self.0.receive(time)
        }
        fn transmit(&mut self, time: Instant) -> Option<Sends<'_>> {
            self.0.transmit(time)
        }
        fn capabilities(&self) -> DeviceCapabilities {
            let mut capabilities = self.0.capabilities();
            capabilities.checksum = self.1.clone();
            capabilities
        }
    }
    let mut some = ChecksumCapabilities::default();
    some.tcp = Checksum::Tx;
    // what is verified by software, whether the hardware has verified all
    for (checksums, expected) in [
        (ChecksumCapabilities::default(), false),
        (some, false),
        (ChecksumCapabilities::ignored(), true),
    ] {
        let queue = Queue::default();
        let foreign =
            Foreign { medium: phy::Medium::Ip, incoming: Arc::clone(&queue), outgoing: queue };
        let address = HardwareAddress([2; 6]);
        let clock = || berkeley::Instant::ZERO;
        let device =
            PhyDevice::new(Verifies(foreign, checksums), address, clock, vec![0; 600]).unwrap();
        assert_eq!(device.offloads().receive_checksums, expected);
        assert_eq!(device.mtu(), 600, "as long as there is room for");
    }
}
