//! Outcomes as texts, without what may differ.

use core::net::IpAddr;

use berkeley::{Address, UnixAddress};

/// Below are the ports that programs choose themselves.
const FIRST_CHOSEN_PORT: u16 = 32_768;

/// Names for what the two networks choose as they like.
pub(crate) struct Labels {
    /// The addresses of two hosts, which the two networks number differently.
    hosts: Vec<IpAddr>,
    ports: Vec<u16>,
    names: Vec<UnixAddress>,
}

impl Labels {
    pub(crate) fn new(hosts: Vec<IpAddr>) -> Labels {
        Labels { hosts, ports: Vec::new(), names: Vec::new() }
    }

    /// An address, with a chosen port or name as the how manieth that was seen.
    pub(crate) fn address(&mut self, address: &Address) -> String {
        if let Address::Unix(name) = address {
            return match name.as_abstract_name() {
                Some(chosen) if chosen.len() == 5 => {
                    format!("chosen name {}", index(&mut self.names, name))
                }
                _ => format!("{name:?}"),
            };
        }
        let (Some(ip), Some(port)) = (address.ip(), address.port()) else {
            return format!("{address:?}");
        };
        let ip = if self.hosts.contains(&ip) { "host".into() } else { format!("{ip}") };
        match port {
            FIRST_CHOSEN_PORT.. => format!("{ip}:#{}", index(&mut self.ports, &port)),
            _ => format!("{ip}:{port}"),
        }
    }
}

fn index<T: PartialEq + Copy>(seen: &mut Vec<T>, one: &T) -> usize {
    seen.iter().position(|seen| seen == one).unwrap_or_else(|| {
        seen.push(*one);
        seen.len() - 1
    })
}

/// Bytes as how often which follow each other.
pub(crate) fn bytes_text(bytes: &[u8]) -> String {
    let runs = bytes.chunk_by(|one, two| one == two);
    let runs: Vec<_> = runs.map(|run| format!("{}{}", run.len(), char::from(run[0]))).collect();
    format!("[{}]", runs.join(" "))
}
