//! smoltcp by itself, to be compared with.

use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::DeviceCapabilities;
use smoltcp::socket::tcp;
use smoltcp::time::Instant as EngineInstant;
use smoltcp::wire::{HardwareAddress, IpCidr};

use super::{NEAR, ip};

/// smoltcp by itself, without a stack around it.
pub struct Engine {
    interface: Interface,
    wire: Wire,
}

/// A device that holds one packet each way.
struct Wire {
    incoming: Option<Vec<u8>>,
    outgoing: Vec<Vec<u8>>,
    mtu: usize,
}

struct Received(Vec<u8>);
struct Room<'a>(&'a mut Vec<Vec<u8>>);

impl smoltcp::phy::RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

impl smoltcp::phy::TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut packet = vec![0; length];
        let result = write(&mut packet);
        self.0.push(packet);
        result
    }
}

impl smoltcp::phy::Device for Wire {
    type RxToken<'a> = Received;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, _now: EngineInstant) -> Option<(Received, Room<'_>)> {
        let incoming = self.incoming.take()?;
        Some((Received(incoming), Room(&mut self.outgoing)))
    }

    fn transmit(&mut self, _now: EngineInstant) -> Option<Room<'_>> {
        Some(Room(&mut self.outgoing))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = smoltcp::phy::Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        capabilities
    }
}

impl Engine {
    pub fn new(mtu: usize, seed: u64) -> Engine {
        let mut wire = Wire { incoming: None, outgoing: Vec::new(), mtu };
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut wire, EngineInstant::ZERO);
        interface.update_ip_addrs(|addresses| {
            for address in NEAR {
                let prefix = if ip(address).is_ipv4() { 24 } else { 64 };
                addresses.push(IpCidr::new(ip(address).into(), prefix)).unwrap();
            }
        });
        Engine { interface, wire }
    }

    /// The answer of a listening socket to a SYN.
    pub fn answer(&mut self, receive: usize, port: u16, syn: &[u8]) -> Vec<u8> {
        let buffer = |size| tcp::SocketBuffer::new(vec![0; size]);
        let mut socket = tcp::Socket::new(buffer(receive), buffer(4096));
        socket.listen(port).unwrap();
        let mut set = SocketSet::new(Vec::new());
        set.add(socket);
        self.wire.incoming = Some(syn.to_vec());
        for _ in 0..4 {
            self.interface.poll(EngineInstant::ZERO, &mut self.wire, &mut set);
        }
        self.wire.outgoing.pop().expect("smoltcp answers")
    }
}
