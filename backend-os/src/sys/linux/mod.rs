//! Linux.

mod clock;
mod descriptors;
mod epoll;
mod error;
mod inherit;
mod interfaces;
mod message;
mod names;
mod numbers;
mod options;
mod pair;
mod poll;
mod sendfile;
mod signals;
mod sockaddr;
mod socket;
mod timer;
mod transfer;

pub(crate) use clock::now;
pub(crate) use descriptors::receive_descriptors;
pub(crate) use epoll::{Event, Selector};
pub(crate) use error::host_error;
pub(crate) use inherit::{is_inheritable, set_inheritable};
pub(crate) use interfaces::{if_indextoname, if_nameindex, if_nametoindex};
pub(crate) use message::{recvmsg, sendmsg};
pub(crate) use names::{
    getaddrinfo, gethostbyaddr, gethostbyname, gethostname, getnameinfo, getprotobyname,
    getservbyname, getservbyport, sethostname,
};
pub(crate) use numbers::HAS_IPV6;
pub(crate) use options::{getsockopt, setsockopt, take_error};
pub(crate) use pair::socketpair;
pub(crate) use poll::{PollDescriptor, poll};
pub(crate) use sendfile::sendfile;
pub(crate) use signals::block_signals;
pub(crate) use socket::{
    accept, bind, close, close_without_waiting, connect, duplicate, getpeername, getsockname,
    listen, set_nonblocking, shutdown, socket,
};
pub(crate) use timer::Timer;
pub(crate) use transfer::{recv, recvfrom, send, sendto};
