//! Linux.

mod clock;
mod epoll;
mod error;
mod numbers;
mod options;
mod poll;
mod signals;
mod sockaddr;
mod socket;
mod timer;
mod transfer;

pub(crate) use clock::now;
pub(crate) use epoll::{Event, Selector};
pub(crate) use error::host_error;
pub(crate) use options::{getsockopt, setsockopt, take_error};
pub(crate) use poll::{PollDescriptor, poll};
pub(crate) use signals::block_signals;
pub(crate) use socket::{
    accept, bind, close, close_without_waiting, connect, duplicate, getpeername, getsockname,
    listen, set_nonblocking, shutdown, socket,
};
pub(crate) use timer::Timer;
pub(crate) use transfer::{recv, recvfrom, send, sendto};
