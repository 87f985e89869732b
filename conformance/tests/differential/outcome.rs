//! Outcomes as texts, without what may differ.

use core::net::IpAddr;

use berkeley::Address;

use crate::call::PLACES;

/// Below are the ports that programs choose themselves.
const FIRST_CHOSEN_PORT: u16 = 32_768;

/// An address. One of the two hosts, a port and a name that a network has chosen are as good as any other:
/// what counts is which places have it, by their last names.
pub(crate) fn address_text(
    address: &Address,
    hosts: &[IpAddr],
    names: &[Option<Address>; PLACES],
) -> String {
    let place = |has: &dyn Fn(&Address) -> bool| {
        let found = names.iter().position(|name| name.as_ref().is_some_and(has));
        found.map_or("nobody".into(), |place| format!("{place}"))
    };
    match (address, address.ip(), address.port()) {
        (Address::Unix(name), ..) => match name.as_abstract_name() {
            Some([_, _, _, _, _]) => format!("name of {}", place(&|name| name == address)),
            _ => format!("{name:?}"),
        },
        (_, Some(ip), Some(port)) => {
            let ip = if hosts.contains(&ip) { "host".into() } else { format!("{ip}") };
            match port {
                FIRST_CHOSEN_PORT.. => {
                    format!("{ip}, port of {}", place(&|name| name.port() == Some(port)))
                }
                _ => format!("{ip}, {port}"),
            }
        }
        _ => format!("{address:?}"),
    }
}

/// Bytes as how often which follow each other.
pub(crate) fn bytes_text(bytes: &[u8]) -> String {
    let runs = bytes.chunk_by(|one, two| one == two);
    let runs: Vec<_> = runs.map(|run| format!("{}{}", run.len(), char::from(run[0]))).collect();
    format!("[{}]", runs.join(" "))
}
