//! The stacks that are compared, each at the end of a cable and otherwise alike: one address, buffers of
//! the same length, Reno as congestion control.

use std::net::Ipv4Addr;
use std::rc::Rc;

use berkeley_smoltcp::{Capacity, Cidr, Stack};
use smoltcp::iface::{self, Interface};
use smoltcp::socket::tcp;
use smoltcp::wire::{EthernetAddress, IpCidr};

use crate::in_memory::{Clock, Port};
use crate::must;

/// Our stack, with room for so many connections and a listener, and buffers of so many bytes.
pub fn ours(
    port: Port,
    clock: &Clock,
    address: Ipv4Addr,
    connections: u16,
    buffer: usize,
) -> Rc<Stack<'static, Clock>> {
    let capacity = Capacity {
        descriptors: connections + 2, // one is accepted before another one is closed
        connections: connections + 1,
        receive: buffer,
        send: buffer,
        ..Capacity::default()
    };
    let stack = Rc::new(Stack::new(capacity, clock.clone()));
    let interface = must(stack.add_interface(Box::new(port)));
    must(stack.add_address(interface, must(Cidr::new(address.into(), 24))));
    stack
}

/// smoltcp's.
pub fn smoltcp(port: &mut Port, clock: &Clock, address: Ipv4Addr) -> Interface {
    let hardware = EthernetAddress(port.address().0).into();
    let mut interface = Interface::new(iface::Config::new(hardware), port, clock.smoltcp());
    interface.update_ip_addrs(|addresses| must(addresses.push(IpCidr::new(address.into(), 24))));
    interface
}

/// A socket of smoltcp, with buffers of so many bytes. Reno is what it takes when it has a choice.
#[must_use]
pub fn smoltcp_socket(buffer: usize) -> tcp::Socket<'static> {
    let [receive, send] = [(); 2].map(|()| tcp::SocketBuffer::new(vec![0; buffer]));
    tcp::Socket::new(receive, send)
}
