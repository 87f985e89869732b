//! `struct sockaddr_vm`. Source: `vsock(7)`.

use std::mem::offset_of;

use berkeley::{Address, VsockAddress};
use libc::sockaddr_vm;

use super::{HostAddress, number};

const PORT: usize = offset_of!(sockaddr_vm, svm_port);
const CID: usize = offset_of!(sockaddr_vm, svm_cid);

pub(super) fn encode(address: &VsockAddress, host: &mut HostAddress) -> usize {
    host.put(PORT, &address.port.to_ne_bytes());
    host.put(CID, &address.cid.to_ne_bytes());
    size_of::<sockaddr_vm>()
}

pub(super) fn decode(bytes: &[u8]) -> Option<Address> {
    let bytes = bytes.get(..size_of::<sockaddr_vm>())?;
    Some(VsockAddress::new(number(bytes, CID)?, number(bytes, PORT)?).into())
}
