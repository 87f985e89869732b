//! The text of an IPv6 address.

use std::net::{Ipv4Addr, Ipv6Addr};

/// glibc's text: of all that stand for the address the one with the longest run of zeros taken out,
/// the first of equals, and with a quad in mapped and compatible addresses.
#[must_use]
pub fn ipv6_text(address: Ipv6Addr) -> String {
    let groups = address.segments();
    let quad = Ipv4Addr::from_bits(u32::from(groups[6]) << 16 | u32::from(groups[7]));
    if groups[..6] == [0, 0, 0, 0, 0, 0xFFFF] {
        return format!("::ffff:{quad}");
    }
    if groups[..6] == [0; 6] && groups[6] != 0 {
        return format!("::{quad}");
    }
    let hexadecimal = |groups: &[u16]| {
        groups.iter().map(|group| format!("{group:x}")).collect::<Vec<String>>().join(":")
    };
    for length in (2..=8).rev() {
        for start in 0..=8 - length {
            let (before, rest) = groups.split_at(start);
            let (run, after) = rest.split_at(length);
            if run.iter().all(|&group| group == 0) {
                return format!("{}::{}", hexadecimal(before), hexadecimal(after));
            }
        }
    }
    hexadecimal(&groups)
}
