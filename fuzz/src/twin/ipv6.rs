//! Groups, one `::`, and a dotted quad at the end.

use std::net::Ipv6Addr;

use super::ipv4;

/// The address of a text, by RFC 4291 section 2.2: the quad is replaced by the groups it stands
/// for, the `::` by the zeros it stands for, and then there must be eight groups.
#[must_use]
pub fn ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    let text = without_quad(std::str::from_utf8(text).ok()?)?;
    let groups = match text.split_once("::") {
        None => groups(&text)?,
        Some((before, after)) => {
            let mut all = if before.is_empty() { Vec::new() } else { groups(before)? };
            let after = if after.is_empty() { Vec::new() } else { groups(after)? };
            if all.len() + after.len() > 7 {
                return None;
            }
            all.resize(8 - after.len(), 0);
            all.extend(after);
            all
        }
    };
    <[u16; 8]>::try_from(groups).ok().map(Ipv6Addr::from)
}

/// The text with two groups in the place of a quad, which only can be what follows the last colon.
fn without_quad(text: &str) -> Option<String> {
    let (before, last) = text.rsplit_once(':')?;
    if !last.contains('.') {
        return Some(text.to_owned());
    }
    let [a, b, c, d] = ipv4(last.as_bytes())?.octets();
    Some(format!("{before}:{a:02x}{b:02x}:{c:02x}{d:02x}"))
}

/// One to four hexadecimal digits between every two colons.
fn groups(text: &str) -> Option<Vec<u16>> {
    let group = |text: &str| {
        let digits = text.chars().all(|digit| digit.is_ascii_hexdigit());
        let sound = digits && (1..=4).contains(&text.len());
        if sound { u16::from_str_radix(text, 16).ok() } else { None }
    };
    text.split(':').map(group).collect()
}
