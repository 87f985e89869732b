//! The stack from inside: what frames and calls may leave behind, and must not.

extern crate std;

mod changes;
mod hostile;

use core::cell::RefCell;
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;
use std::boxed::Box;
use std::rc::Rc;
use std::vec;
use std::vec::Vec;

use berkeley::{AddressFamily, Errno, Error, Net, Shutdown, Socket};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{TcpControl, TcpPacket, TcpRepr, TcpSeqNumber};

use super::state::State;
use super::*;
use crate::Capacity;
use crate::device::Device;
use crate::network::arp::Arp;
use crate::network::ethernet::{EtherType, EthernetHeader, HEADER_LENGTH};
use crate::network::fragment::{self, Piece};
use crate::network::packet::{ICMP, IpEmit, TCP};
use crate::network::{Cidr, HardwareAddress};
use crate::simulation::{LinkEnd, LinkOptions, Simulation};
use crate::tcp::slot::Owner;

type Peer = Stack<'static, Simulation>;

const US: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const THEM: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const THEIRS: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 2]);

/// One stack, and the bare other end of its link.
struct Bench {
    simulation: Simulation,
    stack: Rc<Peer>,
    net: Net<Rc<Peer>>,
    wire: Rc<RefCell<LinkEnd>>,
    /// What the stack has sent, taken off the wire while anybody waits.
    log: Rc<RefCell<Vec<Vec<u8>>>>,
}

impl Bench {
    fn new(options: LinkOptions) -> Bench {
        let simulation = Simulation::new(1);
        let (device, wire) = simulation.link(LinkOptions { latency: Duration::ZERO, ..options });
        let capacity =
            Capacity { connections: 4, receive: 4096, send: 4096, ..Capacity::default() };
        let stack = Rc::new(Stack::new(capacity, simulation.clone()));
        let interface = stack.add_interface(Box::new(device)).unwrap();
        stack.add_address(interface, Cidr::new(US.into(), 24).unwrap()).unwrap();
        simulation.join(&stack);
        let (wire, log) = (Rc::new(RefCell::new(wire)), Rc::<RefCell<Vec<_>>>::default());
        let (end, frames) = (Rc::clone(&wire), Rc::clone(&log));
        simulation.accompany(move || {
            end.borrow_mut().receive(&mut |frame| frames.borrow_mut().push(frame.to_vec()))
        });
        Bench { net: Net::new(Rc::clone(&stack)), simulation, stack, wire, log }
    }

    /// Without Ethernet around the packets.
    fn bare(mtu: usize) -> Bench {
        Bench::new(LinkOptions { ethernet: false, mtu, ..LinkOptions::default() })
    }

    fn state<R>(&self, look: impl FnOnce(&mut State<'static>) -> R) -> R {
        self.stack.inner.with(|inner| look(&mut inner.state)).unwrap()
    }

    /// What the stack has sent.
    fn sent(&self) -> Vec<Vec<u8>> {
        self.simulation.settle();
        self.log.take()
    }

    /// Sends a segment, and says which segments answer it: control and acknowledgement.
    fn segment(&mut self, ports: (u16, u16), repr: &TcpRepr<'_>) -> Vec<Answer> {
        self.wire.borrow_mut().send(&packet_of(ports, repr));
        self.sent().iter().map(|packet| Answer::read(packet)).collect()
    }

    /// A connection that the stack has accepted, and its numbers: theirs next, ours next.
    fn accepted(&mut self, port: u16) -> (Socket<Rc<Peer>>, i32, i32) {
        let listener = self.net.stream(AddressFamily::INET).unwrap();
        listener.bind(("", port)).unwrap();
        listener.listen(1).unwrap();
        let syn = repr(TcpControl::Syn, 1000, None, &[]);
        let ours = self.segment((5000, port), &syn)[0].sequence_number.wrapping_add(1);
        self.segment((5000, port), &repr(TcpControl::None, 1001, Some(ours), &[]));
        (listener.accept().unwrap().0, 1001, ours)
    }

    fn slots_in_use(&self) -> usize {
        self.state(|state| state.tcp.slots.iter().filter(|slot| slot.owner != Owner::Free).count())
    }
}

#[derive(Debug)]
struct Answer {
    control: TcpControl,
    sequence_number: i32,
}

impl Answer {
    fn read(packet: &[u8]) -> Answer {
        let packet = TcpPacket::new_checked(&packet[20..]).unwrap();
        let control = match (packet.rst(), packet.syn(), packet.fin()) {
            (true, ..) => TcpControl::Rst,
            (_, true, _) => TcpControl::Syn,
            (.., true) => TcpControl::Fin,
            _ => TcpControl::None,
        };
        Answer { control, sequence_number: packet.seq_number().0 }
    }
}

fn repr(
    control: TcpControl,
    sequence_number: i32,
    acknowledgement: Option<i32>,
    payload: &[u8],
) -> TcpRepr<'_> {
    TcpRepr {
        src_port: 0,
        dst_port: 0,
        control,
        seq_number: TcpSeqNumber(sequence_number),
        ack_number: acknowledgement.map(TcpSeqNumber),
        window_len: 4096,
        window_scale: None,
        max_seg_size: None,
        sack_permitted: false,
        sack_ranges: [None; 3],
        timestamp: None,
        payload,
    }
}

fn ip_of(protocol: u8) -> IpEmit {
    IpEmit {
        source: THEM.into(),
        destination: US.into(),
        protocol,
        hop_limit: 64,
        traffic_class: 0,
    }
}

fn packet_of((from, to): (u16, u16), segment: &TcpRepr<'_>) -> Vec<u8> {
    let segment = TcpRepr { src_port: from, dst_port: to, ..*segment };
    let mut bytes = vec![0; 20 + segment.buffer_len()];
    ip_of(TCP).emit(&mut bytes, segment.buffer_len()).unwrap();
    let mut packet = TcpPacket::new_unchecked(&mut bytes[20..]);
    let capabilities = ChecksumCapabilities::default();
    segment.emit(&mut packet, &THEM.into(), &US.into(), &capabilities);
    bytes
}

#[test]
fn unread_data_outlives_time_wait() {
    let mut bench = Bench::bare(1500);
    let (socket, theirs, ours) = bench.accepted(7);
    socket.shutdown(Shutdown::WR).unwrap();
    bench.sent();
    let data = repr(TcpControl::Fin, theirs, Some(ours.wrapping_add(1)), b"abcdef");
    bench.segment((5000, 7), &data);
    let mut buffer = [0; 2];
    for part in [b"ab", b"cd", b"ef"] {
        // Longer than the engine stays in TIME-WAIT.
        bench.net.poll(&mut [], Duration::from_secs(11)).unwrap();
        assert_eq!(socket.recv(&mut buffer), Ok(2));
        assert_eq!(buffer, *part);
    }
    assert_eq!(socket.recv(&mut buffer), Ok(0));
    drop(socket);
    bench.net.poll(&mut [], Duration::from_secs(30)).unwrap();
    assert_eq!(bench.slots_in_use(), 0);
}

#[test]
fn who_cannot_be_reached_leaves_no_slot_behind() {
    let bench = Bench::new(LinkOptions::default());
    for _ in 0..3 {
        let socket = bench.net.stream(AddressFamily::INET).unwrap();
        socket.bind(("", 4000)).unwrap();
        let error = socket.connect((IpAddr::V4(THEM), 7)).unwrap_err();
        assert!(error.is(Errno::EHOSTUNREACH), "{error:?}");
        assert_eq!(bench.slots_in_use(), 0);
    }
    bench.sent();
    // Given up by the program before anybody answers: nothing but questions is sent.
    let mut socket = bench.net.stream(AddressFamily::INET).unwrap();
    socket.setblocking(false).unwrap();
    assert!(socket.connect((IpAddr::V4(THEM), 8)).is_err());
    drop(socket);
    assert_eq!(bench.slots_in_use(), 0);
    assert!(bench.sent().iter().all(|frame| frame.len() == HEADER_LENGTH + 28));
}

/// An Ethernet frame from them with a packet for us.
fn frame_of(destination: HardwareAddress, ether_type: EtherType, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; HEADER_LENGTH + payload.len()];
    EthernetHeader { destination, source: THEIRS, ether_type }.emit(&mut frame).unwrap();
    frame[HEADER_LENGTH..].copy_from_slice(payload);
    frame
}

const OURS: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 1]);

/// Makes their hardware address known to the stack.
fn introduce(bench: &mut Bench) {
    let mut message = [0; 28];
    Arp::request(THEIRS, THEM, US).emit(&mut message).unwrap();
    bench.wire.borrow_mut().send(&frame_of(OURS, EtherType::ARP, &message));
    assert_eq!(bench.sent().len(), 1, "the answer");
}

#[test]
fn a_neighbour_that_goes_away_ends_the_connection_in_the_end() {
    let mut bench = Bench::new(LinkOptions::default());
    introduce(&mut bench);
    let listener = bench.net.stream(AddressFamily::INET).unwrap();
    listener.bind(("", 7)).unwrap();
    listener.listen(1).unwrap();
    let syn = packet_of((5000, 7), &repr(TcpControl::Syn, 1000, None, &[]));
    bench.wire.borrow_mut().send(&frame_of(OURS, EtherType::IPV4, &syn));
    let answer = Answer::read(&bench.sent()[0][HEADER_LENGTH..]);
    let ours = answer.sequence_number.wrapping_add(1);
    let acknowledgement = repr(TcpControl::None, 1001, Some(ours), &[]);
    let packet = packet_of((5000, 7), &acknowledgement);
    bench.wire.borrow_mut().send(&frame_of(OURS, EtherType::IPV4, &packet));
    let (socket, _) = listener.accept().unwrap();
    socket.sendall(b"hello").unwrap();
    let error = socket.recv(&mut [0; 8]).unwrap_err();
    assert!(error.is(Errno::EHOSTUNREACH), "{error:?}"); // what stood in the way
    drop(socket);
    bench.net.poll(&mut [], Duration::from_secs(60)).unwrap();
    assert_eq!(bench.slots_in_use(), 0);
}

#[test]
fn strangers_neither_confirm_a_neighbour_nor_hide_in_broadcasts() {
    let mut bench = Bench::new(LinkOptions::default());
    introduce(&mut bench);
    bench.net.poll(&mut [], Duration::from_secs(31)).unwrap();
    let mut echo = vec![0; 28];
    ip_of(ICMP).emit(&mut echo, 8).unwrap();
    echo[20..24].copy_from_slice(&[8, 0, 0xF7, 0xFF]);
    // One host's packet in everybody's frame is dropped.
    bench.wire.borrow_mut().send(&frame_of(HardwareAddress::BROADCAST, EtherType::IPV4, &echo));
    assert!(bench.sent().is_empty());
    // The answer goes out, and so does the question whether they are still there.
    bench.wire.borrow_mut().send(&frame_of(OURS, EtherType::IPV4, &echo));
    let mut types: Vec<_> = bench.sent().iter().map(|frame| frame[13]).collect();
    types.sort_unstable();
    assert_eq!(types, [0, 6]);
}

#[test]
fn a_packet_is_of_the_version_that_its_frame_says() {
    let mut bench = Bench::new(LinkOptions::default());
    introduce(&mut bench);
    let syn = packet_of((5000, 7), &repr(TcpControl::Syn, 1000, None, &[]));
    // the type, frames of answer: a reset
    for (ether_type, answers) in
        [(EtherType::IPV6, 0), (EtherType(0x8100), 0), (EtherType::IPV4, 1)]
    {
        bench.wire.borrow_mut().send(&frame_of(OURS, ether_type, &syn));
        assert_eq!(bench.sent().len(), answers, "{ether_type:?}");
    }
}

#[test]
fn answers_longer_than_the_packets_of_a_link_are_not_sent() {
    let bench = Bench::bare(256);
    let mut message = [0; 400];
    message[0] = 8;
    let sum = crate::network::checksum::internet_checksum(&[&message]);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    for piece in fragment::split(message.len(), 20, 256).unwrap() {
        let Piece { offset, length, .. } = piece;
        let mut packet = vec![0; 20 + length];
        fragment::emit(&mut packet, &ip_of(ICMP), 1, piece).unwrap();
        packet[20..].copy_from_slice(&message[offset..offset + length]);
        bench.wire.borrow_mut().send(&packet);
    }
    assert!(bench.sent().is_empty());
}

#[test]
fn an_end_asked_for_in_syn_received_is_sent_later() {
    let mut bench = Bench::bare(1500);
    let mut socket = bench.net.stream(AddressFamily::INET).unwrap();
    socket.setblocking(false).unwrap();
    socket.bind(("", 6000)).unwrap();
    assert!(socket.connect((IpAddr::V4(THEM), 7)).is_err());
    let ours = Answer::read(&bench.sent()[0]).sequence_number.wrapping_add(1);
    // Both open at once.
    bench.segment((7, 6000), &repr(TcpControl::Syn, 1000, None, &[]));
    socket.shutdown(Shutdown::WR).unwrap();
    assert!(bench.sent().iter().all(|packet| Answer::read(packet).control != TcpControl::Fin));
    let answers = bench.segment((7, 6000), &repr(TcpControl::None, 1001, Some(ours), &[]));
    let end = answers.iter().find(|answer| answer.control == TcpControl::Fin);
    assert_eq!(end.map(|end| end.sequence_number), Some(ours));
}

#[test]
fn a_sleeper_that_left_does_not_count() {
    let at = |seconds: u64| Some(Instant::from_millis(seconds * 1000));
    let bench = Bench::bare(1500);
    bench
        .stack
        .inner
        .with(|inner| {
            inner.park(None); // a thread that drives the stack
            inner.park(at(1)); // and one that waits for a second
            inner.unpark(Some(at(1)));
            inner.state.tcp.timers.set(0, at(2));
            assert!(inner.afterwards().kick, "the first must wake in time");
            inner.unpark(Some(None));
            assert!(!inner.afterwards().kick, "nobody sleeps");
            inner.park(at(2));
            assert!(!inner.afterwards().kick, "it wakes by itself");
        })
        .unwrap();
}

#[test]
fn nothing_waits_for_a_deadline_alone_in_vain() {
    use core::task::{Context, Poll, Waker};
    let bench = Bench::bare(1500);
    let deadline = bench.stack.platform.now() + Duration::from_secs(5);
    let mut context = Context::from_waker(Waker::noop());
    let look = |context: &mut Context<'_>| {
        berkeley::Backend::poll_wait(&*bench.stack, context, &mut [], Some(deadline))
    };
    assert!(look(&mut context).is_pending());
    assert_eq!(bench.stack.next_event(), Ok(Some(deadline)));
    bench.net.poll(&mut [], Duration::from_secs(5)).unwrap();
    assert_eq!(look(&mut context), Poll::Ready(Ok::<_, Error>(0)));
}
