//! `struct sockaddr_alg`. Source: the kernel's `crypto/userspace-if`.

use std::mem::offset_of;
use std::str;

use berkeley::{Address, AlgAddress};
use libc::sockaddr_alg;

use super::{HostAddress, field, number};

const KIND: usize = offset_of!(sockaddr_alg, salg_type);
const FEATURES: usize = offset_of!(sockaddr_alg, salg_feat);
const MASK: usize = offset_of!(sockaddr_alg, salg_mask);
const NAME: usize = offset_of!(sockaddr_alg, salg_name);

pub(super) fn encode(address: &AlgAddress, host: &mut HostAddress) -> usize {
    host.put(KIND, address.kind());
    host.put(FEATURES, &address.features.to_ne_bytes());
    host.put(MASK, &address.mask.to_ne_bytes());
    host.put(NAME, address.name());
    size_of::<sockaddr_alg>()
}

pub(super) fn decode(bytes: &[u8]) -> Option<Address> {
    let kind: [u8; 14] = field(bytes, KIND)?;
    let name: [u8; 64] = field(bytes, NAME)?;
    let mut address = AlgAddress::new(text(&kind)?, text(&name)?).ok()?;
    address.features = number(bytes, FEATURES)?;
    address.mask = number(bytes, MASK)?;
    Some(address.into())
}

/// The text before the first zero, if there is one and it is UTF-8.
fn text(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    str::from_utf8(&bytes[..end]).ok()
}
