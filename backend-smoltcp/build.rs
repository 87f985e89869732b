//! Names the groups of features that the code asks for, each once.

use std::env::var_os;

fn main() {
    let has = |feature| var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let ip = has("IPV4") || has("IPV6");
    let (tcp, udp) = (ip && has("TCP"), ip && has("UDP"));
    // Neither protocol is worth anything, and smoltcp is not there, without a version of IP.
    let configured = has("DHCP") || has("SLAAC");
    let groups = [("tcp", tcp), ("udp", udp), ("sockets", tcp || udp), ("configured", configured)];
    for (name, is_on) in groups {
        println!("cargo::rustc-check-cfg=cfg({name})");
        if is_on {
            println!("cargo::rustc-cfg={name}");
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
}
