//! The driver and the simulated controller, frame by frame, on a host.

extern crate std;

use std::boxed::Box;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::vec;
use std::vec::Vec;

use crate::{DmaDevice, Ring, SimulatedMac};
use berkeley_smoltcp::HardwareAddress;
use berkeley_smoltcp::device::{Device, Medium};

/// What lies on the wire in each direction, and whether it takes more.
#[derive(Default)]
struct Frames {
    arriving: VecDeque<Vec<u8>>,
    sent: Vec<Vec<u8>>,
    busy: bool,
}

#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Frames>>);

impl Wire {
    fn with<R>(&self, action: impl FnOnce(&mut Frames) -> R) -> R {
        action(&mut self.0.lock().expect("nobody panics with it"))
    }
}

impl Device for Wire {
    fn medium(&self) -> Medium {
        Medium::Ethernet(HardwareAddress([2, 0, 0, 0, 0, 9]))
    }

    fn mtu(&self) -> usize {
        1500
    }

    fn receive(&mut self, consume: &mut dyn FnMut(&mut [u8])) -> bool {
        let frame = self.with(|frames| frames.arriving.pop_front());
        frame.map(|mut frame| consume(&mut frame)).is_some()
    }

    fn transmit(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> usize) -> bool {
        let mut room = vec![0; 1514];
        self.with(|frames| {
            if !frames.busy {
                let length = fill(&mut room);
                room.truncate(length);
                frames.sent.push(room);
            }
            !frames.busy
        })
    }
}

/// A driver with rings of three and two descriptors, and its wire.
fn start() -> (DmaDevice<SimulatedMac<Wire>>, Wire) {
    let wire = Wire::default();
    let (receive, send) =
        (Box::leak(Box::new(Ring::<3>::new())), Box::leak(Box::new(Ring::<2>::new())));
    (DmaDevice::start(SimulatedMac::new(wire.clone()), receive, send), wire)
}

/// A frame that differs from the others in all its bytes.
fn frame(number: usize) -> Vec<u8> {
    vec![number as u8; 60 + number]
}

fn receive(device: &mut impl Device) -> Option<Vec<u8>> {
    let mut received = None;
    let was_there = device.receive(&mut |frame| received = Some(frame.to_vec()));
    assert_eq!(was_there, received.is_some());
    received
}

fn send(device: &mut impl Device, frame: &[u8]) -> bool {
    device.transmit(&mut |room| {
        room[..frame.len()].copy_from_slice(frame);
        frame.len()
    })
}

#[test]
fn frames_keep_their_order_round_and_round() {
    let (mut device, wire) = start();
    let all: Vec<_> = (0..20).map(frame).collect();
    for some in all.chunks(7) {
        wire.with(|frames| frames.arriving.extend(some.iter().cloned()));
        for expected in some {
            assert_eq!(receive(&mut device).as_ref(), Some(expected));
        }
        assert_eq!(receive(&mut device), None);
        assert!(some.iter().all(|frame| send(&mut device, frame)));
    }
    assert_eq!(wire.with(|frames| frames.sent.clone()), all);
}

#[test]
fn the_controller_takes_no_more_than_it_has_descriptors_for() {
    let (mut device, wire) = start();
    wire.with(|frames| frames.arriving.extend((0..5).map(frame)));
    assert_eq!(receive(&mut device), Some(frame(0)));
    // Three were received, one of them was read; its descriptor was not asked for yet.
    assert_eq!(wire.with(|frames| frames.arriving.len()), 2);
    for number in 1..5 {
        assert_eq!(receive(&mut device), Some(frame(number)));
    }
}

#[test]
fn a_busy_wire_fills_the_ring_and_nothing_is_lost() {
    let (mut device, wire) = start();
    wire.with(|frames| frames.busy = true);
    assert!(send(&mut device, &frame(0)) && send(&mut device, &frame(1)));
    assert!(!device.transmit(&mut |_| unreachable!("there is no room")));
    wire.with(|frames| frames.busy = false);
    assert!(send(&mut device, &frame(2)));
    assert_eq!(wire.with(|frames| frames.sent.clone()), [frame(0), frame(1), frame(2)]);
}

#[test]
fn nothing_is_sent_when_nothing_was_written() {
    let (mut device, wire) = start();
    assert!(device.transmit(&mut |room| {
        assert_eq!(room.len(), 1514);
        0
    }));
    assert!(wire.with(|frames| frames.sent.is_empty()));
}

#[test]
fn a_frame_that_does_not_fit_is_lost_alone() {
    let (mut device, wire) = start();
    wire.with(|frames| frames.arriving.extend([vec![1; 4000], frame(2)]));
    assert_eq!(receive(&mut device), Some(vec![]));
    assert_eq!(receive(&mut device), Some(frame(2)));
}
