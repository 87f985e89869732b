//! Everything about address text and byte order, except `Display`, which would weigh `core::fmt`.
#![no_std]
#![no_main]

use core::net::Ipv6Addr;

use berkeley::{
    AddressFamily, AddressText, BluetoothAddressText, INET6_ADDRSTRLEN, SocketAddressText,
};
use berkeley_size::{black_box, program, used};

program!({
    names_of_c();
    strict_forms();
    zones_and_ports();
    socket_addresses();
    hosts_and_ports();
    bluetooth();
    byte_order();
});

// With the feature `parts` these stay functions of their own, so that `size.sh --symbols` tells them
// apart. Without it each is built into its only caller, as it would be in a program.

#[cfg_attr(feature = "parts", inline(never))]
fn names_of_c() {
    let packed: &[u8] = black_box(&[192, 0, 2, 1]);
    let family = black_box(AddressFamily::INET);
    used(&berkeley::inet_aton(text()));
    used(&berkeley::inet_aton_exact(text()));
    used(&berkeley::inet_pton(family, text()));
    used(&berkeley::inet_ntoa(packed));
    // Bytes that differ, so that it is not this program that has `memset` linked.
    let mut buffer = [*b"01"; INET6_ADDRSTRLEN / 2];
    used(&berkeley::inet_ntop(family, packed, buffer.as_flattened_mut()));
}

#[cfg_attr(feature = "parts", inline(never))]
fn strict_forms() {
    if let Ok(address) = black_box(&berkeley::parse_ipv4(text())) {
        used(&AddressText::of_ipv4(*address).as_bytes());
    }
    used(&berkeley::parse_ipv6(text()));
    let address = Ipv6Addr::from_bits(black_box(1)); // in words: to copy octets is the caller's work
    used(&AddressText::of_ipv6(address).as_str());
}

#[cfg_attr(feature = "parts", inline(never))]
fn zones_and_ports() {
    used(&berkeley::parse_scoped_ipv6(text()));
    used(&berkeley::parse_zone_number(text()));
    used(&berkeley::parse_port(text()));
}

#[cfg_attr(feature = "parts", inline(never))]
fn socket_addresses() {
    if let Ok(address) = black_box(&berkeley::parse_socket_address(text())) {
        used(&SocketAddressText::of(*address).as_str());
    }
}

#[cfg_attr(feature = "parts", inline(never))]
fn hosts_and_ports() {
    used(&berkeley::parse_host_port(text()));
}

#[cfg_attr(feature = "parts", inline(never))]
fn bluetooth() {
    if let Ok(address) = black_box(&berkeley::parse_bluetooth_address(text())) {
        used(&BluetoothAddressText::of(*address).as_str());
    }
}

#[cfg_attr(feature = "parts", inline(never))]
fn byte_order() {
    let host = black_box(1_u64);
    let short = u32::from(berkeley::htons(host as u16)) + u32::from(berkeley::ntohs(host as u16));
    let long = berkeley::htonl(host as u32) ^ berkeley::ntohl(host as u32);
    let longest = berkeley::htonll(host) ^ berkeley::ntohll(host);
    used(&(u64::from(short ^ long) ^ longest));
    used(&berkeley::htons_checked(host as i64));
    used(&berkeley::htonl_checked(host as i64));
    used(&berkeley::ntohs_checked(host as i64));
    used(&berkeley::ntohl_checked(host as i64));
}

fn text() -> &'static [u8] {
    black_box(b"192.0.2.1")
}
