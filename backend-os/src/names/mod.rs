//! The name functions of the operating system that a userspace stack cannot have.
//!
//! They read the host's files and ask its resolver, as `nsswitch.conf(5)` says. The two functions
//! that every backend has are methods of [`Net`](berkeley::Net):
//! [`getaddrinfo`](berkeley::Net::getaddrinfo) and [`getnameinfo`](berkeley::Net::getnameinfo).
//!
//! ```
//! # fn main() -> Result<(), berkeley::Error> {
//! use berkeley_os::names;
//!
//! for (index, name) in names::if_nameindex()? {
//!     assert_eq!(names::if_nametoindex(&name)?, index);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Texts come as `String`: what a host has that is not UTF-8 is shown with U+FFFD.

mod hosts;
mod interfaces;
mod services;

pub use hosts::{HostEntry, getfqdn, gethostbyaddr, gethostbyname_ex, gethostname, sethostname};
pub use interfaces::{if_indextoname, if_nameindex, if_nametoindex};
pub use services::{getprotobyname, getservbyname, getservbyport};
