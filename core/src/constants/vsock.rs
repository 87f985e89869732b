//! Numbers of virtual machines. Sources: `vsock(7)`, `linux/vm_sockets.h`.

/// Any machine: for binding.
pub const VMADDR_CID_ANY: u32 = 0xFFFF_FFFF;
/// The host.
pub const VMADDR_CID_HOST: u32 = 2;
/// Any port: the host chooses.
pub const VMADDR_PORT_ANY: u32 = 0xFFFF_FFFF;
/// No version: what the old call for it answers.
pub const VM_SOCKETS_INVALID_VERSION: u32 = 0xFFFF_FFFF;
/// The request of `ioctl` for this machine's number.
pub const IOCTL_VM_SOCKETS_GET_LOCAL_CID: u32 = 0x7B9;
