//! `struct sockaddr_un`: the length says where the name ends. Source: `unix(7)`.

use std::mem::offset_of;

use berkeley::{Address, UnixAddress};
use libc::sockaddr_un;

use super::HostAddress;

const PATH: usize = offset_of!(sockaddr_un, sun_path);

const _: () = assert!(size_of::<sockaddr_un>() == PATH + UnixAddress::ROOM);

/// A path has a NUL after it if there is room, as C programs write it; to Linux it is the same. An
/// abstract name and the unnamed address are as long as they are.
pub(super) fn encode(address: &UnixAddress, host: &mut HostAddress) -> usize {
    let path = address.as_bytes();
    host.put(PATH, path);
    let nul = usize::from(address.as_pathname().is_some());
    size_of::<sockaddr_un>().min(PATH + path.len() + nul)
}

/// Linux counts the NUL after a path, also when there was no room for it: up to 111 bytes.
pub(super) fn decode(bytes: &[u8]) -> Address {
    let end = bytes.len().min(size_of::<sockaddr_un>());
    UnixAddress::from_sun_path(bytes.get(PATH..end).unwrap_or_default()).into()
}
