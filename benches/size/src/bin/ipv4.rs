//! IPv4 addresses alone, from text and to text.
#![no_std]
#![no_main]

use berkeley::{AddressText, parse_ipv4};
use berkeley_size::{black_box, program, used};

program!({
    let text: &[u8] = black_box(b"192.0.2.1");
    if let Ok(address) = parse_ipv4(text) {
        used(&AddressText::of_ipv4(black_box(address)).as_bytes());
    }
});
