//! What `core::net` says: one question per line on standard input, `FUNCTION HEX`, one answer per
//! line on standard output. Built by check.py with plain `rustc`.
//!
//! An answer is `-` for a refusal, or hex. A text that is not UTF-8 cannot be asked and is refused.

use std::io::{self, BufRead, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::str::FromStr;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (function, hex) = line.split_once(' ').ok_or("a line without a space")?;
        match answer(function, &unhex(hex)?)? {
            Some(bytes) => writeln!(output, "{}", to_hex(&bytes))?,
            None => writeln!(output, "-")?,
        }
    }
    Ok(())
}

fn answer(function: &str, input: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let text = std::str::from_utf8(input).ok();
    Ok(match function {
        "pton4" => parse(text).map(|address: Ipv4Addr| address.octets().to_vec()),
        "pton6" => parse(text).map(|address: Ipv6Addr| address.octets().to_vec()),
        "ntop" => Some(display(input)?.into_bytes()),
        "port" => text
            .and_then(|text| parse(Some(&format!("127.0.0.1:{text}"))))
            .map(|address: SocketAddrV4| u32::from(address.port()).to_be_bytes().to_vec()),
        "zone" => text
            .and_then(|text| parse(Some(&format!("[fe80::1%{text}]:0"))))
            .map(|address: SocketAddrV6| address.scope_id().to_be_bytes().to_vec()),
        _ => return Err(format!("unknown function {function}")),
    })
}

fn parse<T: FromStr>(text: Option<&str>) -> Option<T> {
    text?.parse().ok()
}

fn display(packed: &[u8]) -> Result<String, String> {
    let address: IpAddr = if let Ok(octets) = <[u8; 4]>::try_from(packed) {
        octets.into()
    } else if let Ok(octets) = <[u8; 16]>::try_from(packed) {
        octets.into()
    } else {
        return Err(format!("{} bytes are no address", packed.len()));
    };
    Ok(address.to_string())
}

fn unhex(hex: &str) -> Result<Vec<u8>, std::num::ParseIntError> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16)).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
