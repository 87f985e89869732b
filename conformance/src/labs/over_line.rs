//! A lab whose far side is reached through [`Remote`], as that of firmware is.
//!
//! It is the lab `virtual` but for that, and is judged as this one: it proves that a case cannot tell
//! sockets at the end of a line from others.

use core::net::IpAddr;
use core::time::Duration;
use std::collections::VecDeque;
use std::rc::Rc;
use std::string::String;
use std::vec::Vec;

use berkeley::{Backend, Errno, Error, Net};

use super::afterwards::Afterwards;
use super::{HostLab, VirtualLink, VirtualStack, VirtualThreads};
use crate::case::Family;
use crate::failure::{Failure, Outcome};
use crate::lab::{Lab, Networks, Step};
use crate::peer::Peer;
use crate::remote::codec::Prefix;
use crate::remote::{Remote, Server, Wire};

/// A wire without a way: who reads has the server answer what was written.
pub struct NoWay<B: Backend> {
    server: Server<B>,
    asked: Vec<u8>,
    answers: VecDeque<u8>,
}

impl<B: Backend> Wire for NoWay<B> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.asked.extend_from_slice(bytes);
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        while let Some((prefix, rest)) = self.asked.split_first_chunk() {
            let prefix = Prefix::decode(*prefix)?;
            let (head, rest) = rest.split_at_checked(prefix.head).ok_or(Errno::EPROTO)?;
            let (data, rest) = rest.split_at_checked(prefix.data).ok_or(Errno::EPROTO)?;
            self.answers.extend(self.server.answer(head, data));
            self.asked = rest.to_vec();
        }
        for byte in buffer {
            *byte = self.answers.pop_front().ok_or(Errno::EPROTO)?;
        }
        Ok(())
    }
}

type RemoteStack = Rc<Remote<VirtualStack, NoWay<VirtualStack>>>;

/// The lab `virtual` with the far side at the end of a line.
pub struct VirtualOverLine {
    link: VirtualLink,
    far: Net<RemoteStack>,
    afterwards: Afterwards<VirtualOverLine>,
}

impl Networks for VirtualOverLine {
    type Near = VirtualStack;
    type Far = RemoteStack;

    fn near(&self) -> &Net<VirtualStack> {
        self.link.near()
    }

    fn far(&self) -> &Net<RemoteStack> {
        &self.far
    }

    fn near_address(&self, family: Family) -> Option<IpAddr> {
        self.link.near_address(family)
    }

    fn near_interface(&self) -> u32 {
        self.link.near_interface()
    }

    fn far_interface(&self) -> u32 {
        self.link.far_interface()
    }

    fn second_near_address(&self, family: Family) -> Option<IpAddr> {
        self.link.second_near_address(family)
    }

    fn far_address(&self, family: Family) -> Option<IpAddr> {
        self.link.far_address(family)
    }

    fn loopback(&self, family: Family) -> Option<IpAddr> {
        self.link.loopback(family)
    }
}

impl HostLab for VirtualOverLine {
    const NAME: &'static str = VirtualLink::NAME;
    const SENTENCE: &'static str = VirtualLink::SENTENCE;
    const HAS_KERNEL: bool = VirtualLink::HAS_KERNEL;

    type Threads = VirtualThreads;

    fn available() -> Result<(), String> {
        VirtualLink::available()
    }

    fn open(seed: u64) -> Result<VirtualOverLine, Failure> {
        let link = VirtualLink::open(seed)?;
        let server = Server::new(Rc::clone(link.far().backend()));
        let wire = NoWay { server, asked: Vec::new(), answers: VecDeque::new() };
        let beside = Rc::clone(link.near().backend());
        let far = Net::new(Rc::new(Remote::new(beside, wire)));
        Ok(VirtualOverLine { link, far, afterwards: Afterwards::default() })
    }

    fn with_threads(&self, case: impl Fn(&VirtualThreads) -> Outcome) -> Outcome {
        self.link.with_threads(case)
    }
}

impl Lab for VirtualOverLine {
    fn later(&self, after: Duration, step: Step<VirtualOverLine>) {
        self.afterwards.later(self.near().backend().platform(), after, step);
    }

    fn accompany(&self, peer: Peer<RemoteStack>) {
        let simulation = self.near().backend().platform();
        self.afterwards.accompany(simulation, self.far.clone(), peer);
    }

    fn finish(&self) -> Outcome {
        self.link.finish()?; // dismisses the peers of the one simulation
        self.afterwards.finish()
    }
}
