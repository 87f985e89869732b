//! One conformance suite for every backend of Berkeley sockets: it proves that a program cannot
//! tell them apart.
//!
//! The case library is `no_std` and allocates nothing, so that firmware can run it; only the
//! runner, the judging of results and the labs of a host need `std`.
//!
//! | module | what |
//! | --- | --- |
//! | [`mod@case`] | what a case is, and the variants that it runs in |
//! | [`cases`] | the cases, one file per group |
//! | [`failure`] | how a case says what it expected and what it found |
//! | [`faults`] | what can go wrong on the way, for labs that can make it |
//! | [`http_server`] | a server of several connections, for the examples of every backend |
//! | [`lab`] | two networks and the way between them: where a case runs |
//! | [`network`] | the addresses of labs with a wire |
//! | `echo` | the cases about a program of which only the wire is seen |
//! | `kernel_cases` | the cases of lab `kernel` alone, about what only an operating system has |
//! | `thread_cases` | the cases with several actors, each on a thread of its own |
//! | `team` | who runs their threads |
//! | [`parts`] | the parts in which a board with little flash runs the cases |
//! | [`peer`] | the other end of a bulk transfer |
//! | [`programs`] | the manual's programs, written once for every backend |
//! | [`remote`] | a backend whose sockets are somewhere else, for the far side of firmware |
//! | `sniffer` | the manual's sniffer, where there are sockets of frames |
//! | `labs` | the labs of this host |
//! | `runner` | runs cases, judges them by the data files, reports |
//!
//! `README.md` says how to add a case, a lab and a backend.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

#[cfg_attr(not(feature = "std"), path = "no_answers.rs")]
mod answers;
pub mod case;
pub mod cases;
pub mod failure;
pub mod faults;
mod fixture;
pub mod http_server;
pub mod lab;
pub mod network;
pub mod parts;
pub mod peer;
pub mod programs;
pub mod remote;
#[cfg(feature = "linux")]
pub mod sniffer;

#[cfg(feature = "std")]
mod echo;
#[cfg(feature = "std")]
mod kernel_cases;
#[cfg(feature = "std")]
pub mod labs;
#[cfg(feature = "std")]
pub mod runner;
#[cfg(feature = "std")]
pub mod team;
#[cfg(feature = "std")]
mod thread_cases;
