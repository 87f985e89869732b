//! Names the groups of features that the code asks for, each once.

use std::env::var_os;

fn main() {
    let has = |feature| var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let ip = has("IPV4") || has("IPV6");
    // None of these is worth anything, and smoltcp is not there, without a version of IP.
    let [tcp, udp, raw, phy, multicast] =
        ["TCP", "UDP", "RAW", "PHY", "MULTICAST"].map(|feature| ip && has(feature));
    let (configured, dns) = (has("DHCP") || has("SLAAC"), udp && has("DNS"));
    for (name, is_on) in [
        ("tcp", tcp),
        ("udp", udp),
        ("raw", raw),
        ("phy", phy),
        ("packet", raw && has("PACKET")),
        ("datagrams", udp || raw),
        ("sockets", tcp || udp || raw),
        ("multicast", multicast),
        ("dns", dns),
        ("configured", configured),
        ("name_servers", configured || dns),
        ("only_ipv4", has("IPV4") && !has("IPV6")),
    ] {
        println!("cargo::rustc-check-cfg=cfg({name})");
        if is_on {
            println!("cargo::rustc-cfg={name}");
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
}
