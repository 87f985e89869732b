//! The userspace stack under fuzzing: what its targets share.
//!
//! An input is a list of operations, decoded byte by byte ([`input`]). A [`program`] makes socket
//! calls of every kind through the verbs of the seam and keeps account of what they must come to.
//! Time is virtual ([`machine`]). In the target [`frames`] the fuzzer is the network: peers
//! ([`peers`]) that speak TCP correctly, nearly correctly or not at all, and packets ([`packet`])
//! with wrong fields. In the target [`pair`] two programs on two stacks talk over a bad link. UNIX
//! sockets have a target of their own ([`unix`]), for they need no network and can be told in full.
//!
//! All data follows from where it is sent ([`content`]), so every byte can be judged where it
//! arrives, whatever the order of things was.

pub mod account;
pub mod content;
pub mod frames;
pub mod input;
pub mod machine;
pub mod packet;
pub mod pair;
pub mod peers;
pub mod program;
pub mod seeds;
pub mod stale;
pub mod unix;

use std::env;
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use berkeley::Address;
use berkeley_smoltcp::{Cidr, Platform, Stack};

/// The addresses of a stack (RFC 5737, RFC 3849), and one that means something on its link only.
pub const NEAR: [&str; 3] = ["192.0.2.1", "2001:db8::1", "fe80::1"];

/// The same of its first neighbour.
pub const FAR: [&str; 3] = ["192.0.2.2", "2001:db8::2", "fe80::2"];

/// An address that is written correctly.
///
/// # Panics
///
/// It is not.
#[must_use]
pub fn ip(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|_| panic!("no address: {text}"))
}

/// An address with the usual prefix of its family.
///
/// # Panics
///
/// It is not written correctly.
#[must_use]
pub fn cidr(text: &str) -> Cidr {
    let address = ip(text);
    Cidr::new(address, if address.is_ipv4() { 24 } else { 64 }).expect("short prefixes")
}

/// An address of the seam as one that can be compared: mapped ones as IPv4, without a scope.
#[must_use]
pub fn plain(address: &Address) -> Option<SocketAddr> {
    match address {
        Address::Inet(address) => Some((*address).into()),
        Address::Inet6(address) => Some((address.ip().to_canonical(), address.port()).into()),
        _ => None,
    }
}

/// Whether a stack has given back everything it has ever taken.
///
/// # Panics
///
/// It has not.
pub fn all_is_given_back<P: Platform>(stack: &Stack<'_, P>) {
    let usage = stack.usage().expect("not from inside the stack");
    // What is known of the network stays.
    let stays = ["neighbours", "addresses", "routes"];
    for (pool, usage) in usage.iter().filter(|(pool, _)| !stays.contains(pool)) {
        assert_eq!(usage.in_use, 0, "{pool}:\n{stack}");
    }
}

/// No pool of a stack has ever held more than there is room for.
///
/// # Panics
///
/// One has.
pub fn nothing_overflows<P: Platform>(stack: &Stack<'_, P>) {
    let usage = stack.usage().expect("not from inside the stack");
    for (pool, usage) in usage.iter() {
        assert!(usage.high_water <= usage.capacity, "{pool}: {usage:?}");
    }
}

/// Whether to tell what happens, on the standard error output: the environment says so with
/// `FUZZ_TRACE`. For looking at findings.
pub static TRACE: LazyLock<bool> = LazyLock::new(|| env::var_os("FUZZ_TRACE").is_some());
