//! A long transfer over a bad link, for many seeds: every byte arrives, in order and once.
//!
//! `cargo run --release -p berkeley-smoltcp --features std --example soak -- [BYTES] [FIRST] [SEEDS]`: for
//! each seed two stacks in a simulation, one of which sends so many bytes to the other. Of a hundred
//! frames five are lost, two arrive twice and five are overtaken, in each direction; so it is for the
//! acknowledgements as well. What is received is compared with what was sent, byte by byte. Odd seeds
//! take IPv4, even ones IPv6.

use std::cell::Cell;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;
use std::{env, fs};

use berkeley::{AddressFamily, Errno, Net, Shutdown, Socket};
use berkeley_smoltcp::simulation::{LinkEnd, LinkOptions, Simulation};
use berkeley_smoltcp::{Capacity, Cidr, Platform, Stack};

/// Bytes that the programs send and receive at a time.
const CHUNK: usize = 16_384;

/// How long the sender waits for room, and for the peer's end: a connection that stands still this
/// long will not go on.
const PATIENCE: Duration = Duration::from_secs(3600);

fn main() -> ExitCode {
    let argument = |place, default| match env::args().nth(place) {
        Some(text) => text.parse().ok(),
        None => Some(default),
    };
    let (Some(bytes), Some(first), Some(seeds)) =
        (argument(1, 1 << 30), argument(2, 1), argument(3, 100))
    else {
        eprintln!("usage: soak [BYTES] [FIRST] [SEEDS]");
        return ExitCode::from(2);
    };
    let mut exact = 0;
    for seed in first..first + seeds {
        let before = processor_time();
        match transfer(bytes, seed) {
            Ok(time) => {
                exact += 1;
                println!(
                    "seed {seed}: {bytes} bytes in {:.1} s, {:.1} s of the processor",
                    time.as_secs_f64(),
                    (processor_time() - before).as_secs_f64()
                );
            }
            Err(error) => println!("seed {seed}: FAILED: {error}"),
        }
    }
    println!("{exact} of {seeds} byte for byte");
    if exact == seeds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type SimStack = Rc<Stack<'static, Simulation>>;

/// Sends so many bytes from one stack to another, and compares: how long it took in virtual time.
fn transfer(bytes: u64, seed: u64) -> Result<Duration, String> {
    let simulation = Simulation::new(seed);
    let (near, far) = simulation.link(LinkOptions {
        ethernet: false, // no neighbour that may be lost for good
        loss: 50,
        duplication: 20,
        reordering: 50,
        ..LinkOptions::default()
    });
    let (family, addresses) = if seed % 2 == 1 {
        (AddressFamily::INET, ["192.0.2.1", "192.0.2.2"])
    } else {
        (AddressFamily::INET6, ["2001:db8::1", "2001:db8::2"])
    };
    let near = Net::new(stack(&simulation, near, addresses[0])?);
    let far = Net::new(stack(&simulation, far, addresses[1])?);

    let told = |error: berkeley::Error| error.to_string();
    let listener = far.stream(family).map_err(told)?;
    listener.bind((addresses[1], 7)).map_err(told)?;
    listener.listen(1).map_err(told)?;
    let mut sender = near.create_connection((addresses[1], 7), None, None).map_err(told)?;
    let (receiver, _) = listener.accept().map_err(told)?;

    let start = simulation.now();
    let receiver = Receiver::accompany(&simulation, receiver, seed)?;
    sender.settimeout(PATIENCE).map_err(told)?;
    let mut chunk = [0; CHUNK];
    let mut sent = 0;
    while sent < bytes {
        let length = CHUNK.min(usize::try_from(bytes - sent).unwrap_or(CHUNK));
        fill(&mut chunk[..length], seed, sent);
        sender.sendall(&chunk[..length]).map_err(|error| format!("after {sent} bytes: {error}"))?;
        sent += length as u64;
    }
    sender.shutdown(Shutdown::WR).map_err(told)?;
    // The peer closes when it has everything.
    let end = sender.recv(&mut chunk).map_err(|error| format!("at the end: {error}"))?;
    simulation.dismiss();
    match receiver.get() {
        Progress { received, ended: true, wrong: None } if received == bytes && end == 0 => {
            Ok(simulation.now().saturating_duration_since(start))
        }
        progress => Err(format!("{progress:?}")),
    }
}

fn stack(simulation: &Simulation, device: LinkEnd, address: &str) -> Result<SimStack, String> {
    let stack = Rc::new(Stack::<_>::new(Capacity::default(), simulation.clone()));
    let told = |error: berkeley::Error| error.to_string();
    let interface = stack.add_interface(Box::new(device)).map_err(told)?;
    let address: std::net::IpAddr = address.parse().map_err(|_| "not an address".to_owned())?;
    let prefix = if address.is_ipv4() { 24 } else { 64 };
    stack.add_address(interface, Cidr::new(address, prefix).map_err(told)?).map_err(told)?;
    simulation.join(&stack);
    Ok(stack)
}

/// How far the receiver has come.
#[derive(Clone, Copy, Default, Debug)]
struct Progress {
    received: u64,
    ended: bool,
    /// After how many bytes something else came than what was sent, or an error.
    wrong: Option<(u64, Option<Errno>)>,
}

/// Receives whatever comes while the sender waits, and compares it.
struct Receiver {
    socket: Option<Socket<SimStack>>,
    seed: u64,
    progress: Rc<Cell<Progress>>,
}

impl Receiver {
    fn accompany(
        simulation: &Simulation,
        mut socket: Socket<SimStack>,
        seed: u64,
    ) -> Result<Rc<Cell<Progress>>, String> {
        socket.setblocking(false).map_err(|error| error.to_string())?;
        let progress = Rc::new(Cell::new(Progress::default()));
        let mut receiver = Receiver { socket: Some(socket), seed, progress: Rc::clone(&progress) };
        simulation.accompany(move || receiver.work());
        Ok(progress)
    }

    /// Whether there was anything. The connection is closed at its end, and at the first wrong byte.
    fn work(&mut self) -> bool {
        let Some(socket) = &self.socket else { return false };
        let (mut buffer, mut expected) = ([0; CHUNK], [0; CHUNK]);
        let mut progress = self.progress.get();
        match socket.recv(&mut buffer) {
            Err(error) if error.is(Errno::EAGAIN) => return false,
            Err(error) => progress.wrong = Some((progress.received, error.errno())),
            Ok(0) => progress.ended = true,
            Ok(count) => {
                fill(&mut expected[..count], self.seed, progress.received);
                if buffer[..count] != expected[..count] {
                    progress.wrong = Some((progress.received, None));
                }
                progress.received += count as u64;
            }
        }
        if progress.ended || progress.wrong.is_some() {
            self.socket = None;
        }
        self.progress.set(progress);
        true
    }
}

/// The bytes of this seed's stream that begin at `position`.
fn fill(bytes: &mut [u8], seed: u64, position: u64) {
    // Up to the next multiple of eight, then eight at a time.
    let inside = (position % 8) as usize;
    let before = if inside == 0 { 0 } else { bytes.len().min(8 - inside) };
    let (front, back) = bytes.split_at_mut(before);
    front.copy_from_slice(&mixed(seed, position / 8)[inside..][..before]);
    for (number, part) in (position.div_ceil(8)..).zip(back.chunks_mut(8)) {
        part.copy_from_slice(&mixed(seed, number)[..part.len()]);
    }
}

/// The eight bytes at this place of a seed's stream (SplitMix64).
fn mixed(seed: u64, number: u64) -> [u8; 8] {
    let mut bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seed << 40);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)).to_le_bytes()
}

/// How long this process has had a processor (Linux; else nothing).
fn processor_time() -> Duration {
    let text = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The program's run is a gibibyte for each of a hundred seeds.
    #[test]
    fn every_byte_arrives_in_order_and_once() {
        for seed in 1..=10 {
            assert!(transfer(8 << 20, seed).is_ok(), "seed {seed}");
        }
    }

    #[test]
    fn a_stream_is_the_same_in_any_parts() {
        let mut whole = [0; 100];
        fill(&mut whole, 7, 0);
        for (start, end) in
            [(0, 100), (0, 1), (1, 2), (3, 17), (8, 16), (7, 9), (50, 50), (99, 100)]
        {
            let mut part = vec![0; end - start];
            fill(&mut part, 7, start as u64);
            assert_eq!(part, whole[start..end], "{start}..{end}");
        }
    }
}
