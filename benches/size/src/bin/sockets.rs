//! One end of an echo over a userspace stack with the versions of IP and the protocols that are on:
//! what each of them weighs.
#![no_std]
#![no_main]

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use berkeley::{AddressFamily, Error, Net};
use berkeley_size::{program, used};
use berkeley_smoltcp::{Cidr, Stack};

#[path = "../../../../backend-smoltcp/tests/support/heapless.rs"]
#[allow(dead_code, reason = "its echo has another program")]
mod heapless;

use heapless::{BoardMemory, End, Machine, Queue};

program!({
    let machine = Machine::default();
    let (there, back) = (Queue::new(), Queue::new());
    let mut memory = BoardMemory::new();
    let mut end = End::new(&back, &there, 0);
    used(&serve(Stack::new(&mut memory, &machine), &mut end));
});

fn serve<'a>(stack: Stack<'a, &'a Machine>, end: &'a mut End<'a>) -> Result<(), Error> {
    let interface = stack.add_interface(end)?;
    if cfg!(feature = "ipv4") {
        let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        stack.add_address(interface, Cidr::new(address, 24)?)?;
    }
    if cfg!(feature = "ipv6") {
        let address = IpAddr::V6(Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, 1));
        stack.add_address(interface, Cidr::new(address, 64)?)?;
    }
    // A socket of IPv6 is for both versions.
    let (family, any) = if cfg!(feature = "ipv6") {
        (AddressFamily::INET6, IpAddr::V6(Ipv6Addr::UNSPECIFIED))
    } else {
        (AddressFamily::INET, IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    };
    let (net, mut buffer) = (Net::new(&stack), [0; 512]);
    if cfg!(feature = "tcp") {
        let listener = net.stream(family)?;
        listener.bind((any, 7))?;
        listener.listen(1)?;
        let (socket, _) = listener.accept()?;
        while let length @ 1.. = socket.recv(&mut buffer)? {
            socket.sendall(&buffer[..length]).map_err(Error::from)?;
        }
    }
    if cfg!(feature = "udp") {
        let socket = net.datagram(family)?;
        socket.bind((any, 7))?;
        while let (length, Some(from)) = socket.recvfrom(&mut buffer)? {
            socket.sendto(&buffer[..length], from)?;
        }
    }
    Ok(())
}
