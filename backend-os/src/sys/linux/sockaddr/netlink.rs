//! `struct sockaddr_nl`. Source: `netlink(7)`.

use std::mem::offset_of;

use berkeley::{Address, NetlinkAddress};
use libc::sockaddr_nl;

use super::{HostAddress, number};

const PID: usize = offset_of!(sockaddr_nl, nl_pid);
const GROUPS: usize = offset_of!(sockaddr_nl, nl_groups);

pub(super) fn encode(address: &NetlinkAddress, host: &mut HostAddress) -> usize {
    host.put(PID, &address.pid.to_ne_bytes());
    host.put(GROUPS, &address.groups.to_ne_bytes());
    size_of::<sockaddr_nl>()
}

pub(super) fn decode(bytes: &[u8]) -> Option<Address> {
    Some(NetlinkAddress::new(number(bytes, PID)?, number(bytes, GROUPS)?).into())
}
