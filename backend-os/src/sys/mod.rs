//! The system calls, one safe function each, with the name that `Backend` has for them.
//!
//! A platform is one folder here. It must provide:
//!
//! | item | what |
//! | --- | --- |
//! | `socket`, `duplicate`, `close`, `close_without_waiting`, `set_nonblocking` | descriptors |
//! | `bind`, `listen`, `accept`, `connect`, `shutdown`, `getsockname`, `getpeername` | connections |
//! | `recv`, `recvfrom`, `send`, `sendto` | moving bytes |
//! | `recvmsg`, `sendmsg` | moving messages: parts, control messages |
//! | `receive_descriptors` | messages with descriptors, which are owned then |
//! | `sendfile` | a file, without the program's memory |
//! | `socketpair` | two connected sockets |
//! | `getsockopt`, `setsockopt`, `take_error` | options |
//! | `is_inheritable`, `set_inheritable` | what a program that is executed keeps |
//! | `PollDescriptor`, `poll` | waiting for many sockets until a deadline |
//! | `Selector`, `Timer`, `block_signals` | what the reactor waits with |
//! | `getaddrinfo`, `getnameinfo`, `gethostbyname`, `gethostbyaddr` | the host's resolver |
//! | `getservbyname`, `getservbyport`, `getprotobyname` | its files of services and protocols |
//! | `gethostname`, `sethostname`, `if_nameindex`, `if_nametoindex`, `if_indextoname` | its names |
//! | `HAS_IPV6` | whether IPv6 was built in |
//! | `now` | the monotonic clock |
//! | `host_error` | the standard library's error as the core's |
//!
//! and, inside its folder, one file that translates numbers, one for socket addresses and one for
//! errors. The core's numbers go in and come out: nothing above this module knows the host's.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub(crate) use linux::*;

#[cfg(not(target_os = "linux"))]
compile_error!("no folder in `sys` is for this platform yet");
