//! Everything about address text and byte order, except `Display`, which would weigh `core::fmt`.
#![no_std]
#![no_main]

use berkeley::{
    AddressFamily, AddressText, BluetoothAddressText, Error, INET6_ADDRSTRLEN, SocketAddressText,
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
    used(berkeley::inet_aton(text()));
    used(berkeley::inet_aton_exact(text()));
    used(berkeley::inet_pton(family, text()));
    used(berkeley::inet_ntoa(packed));
    let mut buffer = [0; INET6_ADDRSTRLEN];
    used(berkeley::inet_ntop(family, packed, &mut buffer));
}

#[cfg_attr(feature = "parts", inline(never))]
fn strict_forms() {
    if let Ok(address) = berkeley::parse_ipv4(text()) {
        used(AddressText::of_ipv4(black_box(address)).as_bytes());
    }
    if let Ok(address) = berkeley::parse_ipv6(text()) {
        used(AddressText::of_ipv6(black_box(address)).as_str());
    }
}

#[cfg_attr(feature = "parts", inline(never))]
fn zones_and_ports() {
    used(berkeley::parse_scoped_ipv6(text()));
    used(berkeley::parse_zone_number(text()));
    used(berkeley::parse_port(text()));
}

#[cfg_attr(feature = "parts", inline(never))]
fn socket_addresses() {
    if let Ok(address) = berkeley::parse_socket_address(text()) {
        used(SocketAddressText::of(black_box(address)).as_str());
    }
}

#[cfg_attr(feature = "parts", inline(never))]
fn hosts_and_ports() {
    used(berkeley::parse_host_port(text()));
}

#[cfg_attr(feature = "parts", inline(never))]
fn bluetooth() {
    if let Ok(address) = berkeley::parse_bluetooth_address(text()) {
        used(BluetoothAddressText::of(black_box(address)).as_str());
    }
}

#[cfg_attr(feature = "parts", inline(never))]
fn byte_order() {
    used(berkeley::htons(black_box(1)));
    used(berkeley::htonl(black_box(1)));
    used(berkeley::htonll(black_box(1)));
    used(berkeley::ntohs(black_box(1)));
    used(berkeley::ntohl(black_box(1)));
    used(berkeley::ntohll(black_box(1)));
    let checked: [Result<u32, Error>; 4] = [
        berkeley::htons_checked(black_box(1)).map(u32::from),
        berkeley::htonl_checked(black_box(1)),
        berkeley::ntohs_checked(black_box(1)).map(u32::from),
        berkeley::ntohl_checked(black_box(1)),
    ];
    used(checked);
}

fn text() -> &'static [u8] {
    black_box(b"192.0.2.1")
}
