//! Peers that send whatever they like.

use core::time::Duration;
use std::vec;

use berkeley::{AddressFamily, Shutdown};
use proptest::prelude::*;
use smoltcp::wire::{TcpControl, TcpRepr};

use super::*;

/// What a hostile peer does.
#[derive(Clone, Debug)]
enum Move {
    /// Control, sequence number and acknowledgement relative to what is expected, data, window.
    Segment(u8, i32, Option<i32>, usize, u16),
    Send(usize),
    Receive(usize),
    ShutDown(i32),
    Sleep(u64),
}

fn near() -> impl Strategy<Value = i32> {
    prop_oneof![4 => -3..4_i32, 2 => -5000..5000_i32, 1 => any::<i32>()]
}

fn moves() -> impl Strategy<Value = Move> {
    let acknowledgement = prop::option::weighted(0.9, near());
    prop_oneof![
        6 => (0..5_u8, near(), acknowledgement, 0..1400_usize, any::<u16>())
            .prop_map(|(c, s, a, d, w)| Move::Segment(c, s, a, d, w)),
        2 => (1..5000_usize).prop_map(Move::Send),
        2 => (1..5000_usize).prop_map(Move::Receive),
        1 => (0..3).prop_map(Move::ShutDown),
        1 => (1..200_000_u64).prop_map(Move::Sleep),
    ]
}

/// The peer's end comes with data that the program never reads: closing must not wait for that.
#[test]
fn unread_data_does_not_outlive_time_wait() {
    let mut bench = Bench::bare(1500);
    let (socket, theirs, ours) = bench.accepted(7);
    socket.shutdown(Shutdown::WR).unwrap();
    bench.segment((5000, 7), &repr(TcpControl::Fin, theirs, Some(ours.wrapping_add(1)), b"late"));
    let in_time_wait = |bench: &Bench| bench.state(|state| state.tcp.time_wait.iter().count());
    assert_eq!((bench.slots_in_use(), in_time_wait(&bench)), (1, 1), "it can be read");
    drop(socket);
    assert_eq!((bench.slots_in_use(), in_time_wait(&bench)), (0, 1));
    bench.net.poll(&mut [], Duration::from_secs(61)).unwrap();
    assert_eq!(in_time_wait(&bench), 0);
}

proptest! {
    /// Whatever a peer sends, the stack neither panics nor keeps a connection that is over.
    #[test]
    fn no_peer_does_harm(
        opening in any::<i32>(),
        connects in any::<bool>(),
        moves in prop::collection::vec(moves(), 1..40),
    ) {
        let mut bench = Bench::bare(1500);
        let (mut socket, mut theirs, mut ours, ports) = if connects {
            let mut socket = bench.net.stream(AddressFamily::INET).unwrap();
            socket.setblocking(false).unwrap();
            socket.bind(("", 6000)).unwrap();
            assert!(socket.connect((IpAddr::V4(THEM), 7)).is_err());
            let ours = Answer::read(&bench.sent()[0]).sequence_number.wrapping_add(1);
            (socket, opening, ours, (7, 6000))
        } else {
            let (socket, theirs, ours) = bench.accepted(7);
            (socket, theirs, ours, (5000, 7))
        };
        socket.setblocking(false).unwrap();
        for step in moves {
            match step {
                Move::Segment(control, sequence, acknowledgement, length, window) => {
                    let control = [TcpControl::None, TcpControl::Psh, TcpControl::Fin,
                        TcpControl::Syn, TcpControl::Rst][usize::from(control)];
                    let data = vec![1; if control == TcpControl::Syn { 0 } else { length }];
                    let sequence = theirs.wrapping_add(sequence);
                    let acknowledgement = acknowledgement.map(|a| ours.wrapping_add(a));
                    let segment = TcpRepr {
                        window_len: window,
                        ..repr(control, sequence, acknowledgement, &data)
                    };
                    bench.segment(ports, &segment);
                    theirs = sequence.wrapping_add(data.len() as i32);
                }
                Move::Send(length) => {
                    if let Ok(count) = socket.send(&vec![2; length]) {
                        ours = ours.wrapping_add(count as i32);
                    }
                }
                Move::Receive(length) => drop(socket.recv(&mut vec![0; length])),
                Move::ShutDown(how) => drop(socket.shutdown(Shutdown(how))),
                Move::Sleep(milliseconds) => {
                    bench.net.poll(&mut [], Duration::from_millis(milliseconds)).unwrap();
                }
            }
        }
        drop(socket);
        bench.net.poll(&mut [], Duration::from_secs(4000)).unwrap();
        prop_assert_eq!(bench.slots_in_use(), 0);
        prop_assert_eq!(bench.state(|state| state.tcp.time_wait.iter().count()), 0);
    }

    /// Whatever a frame is, nothing panics.
    #[test]
    fn no_frame_does_harm(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..20),
        kind in prop::sample::select(&[[8, 0], [8, 6], [0x86, 0xDD]][..]),
        protocol in prop::sample::select(&[1_u8, 6, 17, 44, 58][..]),
    ) {
        let bench = Bench::new(LinkOptions::default());
        for mut frame in frames {
            if frame.len() > 34 {
                let length = frame.len();
                frame[..6].copy_from_slice(&OURS.0);
                frame[6] &= 0xFE;
                frame[12..14].copy_from_slice(&kind);
                if kind == [8, 0] {
                    let ip = IpEmit { protocol, ..ip_of(protocol) };
                    ip.emit(&mut frame[14..], length - 34).unwrap();
                }
            }
            bench.wire.borrow_mut().send(&frame);
            bench.sent();
        }
    }
}
