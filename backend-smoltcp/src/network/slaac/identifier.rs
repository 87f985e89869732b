//! The half of an address that is the host's own.

use core::hash::Hasher;

use siphasher::sip::SipHasher24;

use crate::ip::Ipv6Addr;
use crate::network::HardwareAddress;

/// How a host makes the interface identifiers of its IPv6 addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InterfaceIdentifiers {
    /// Of the stack's entropy, another one in each network (RFC 7217): nobody can follow the machine
    /// from one network to another, and the addresses stay the same as long as the stack lives.
    Opaque,
    /// Of this key, which nobody else may know, likewise: for machines that keep one, so that their
    /// addresses are the same after each start.
    Stable([u8; 16]),
    /// The hardware address (RFC 4291, appendix A: modified EUI-64): known without a look, and the same
    /// in all networks.
    HardwareAddress,
}

/// How an interface's identifiers are made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Identifiers {
    Keyed([u8; 16]),
    Hardware,
}

impl Identifiers {
    /// The address in a network of 64 bits; another one for each number of `tries`, if there is.
    pub(crate) fn address(
        self,
        network: Ipv6Addr,
        hardware: HardwareAddress,
        tries: u8,
    ) -> Option<Ipv6Addr> {
        let prefix = (network.to_bits() >> 64) as u64;
        let identifier = match self {
            Identifiers::Hardware if tries > 0 => return None,
            Identifiers::Hardware => eui_64(hardware),
            Identifiers::Keyed(key) => opaque(&key, prefix, hardware, tries),
        };
        Some(Ipv6Addr::from_bits(u128::from(prefix) << 64 | u128::from(identifier)))
    }
}

/// The hardware address with two bytes in its middle, and the bit turned that says who gave it.
const fn eui_64(hardware: HardwareAddress) -> u64 {
    let [a, b, c, d, e, f] = hardware.0;
    u64::from_be_bytes([a ^ 0x02, b, c, 0xFF, 0xFE, d, e, f])
}

/// RFC 7217, section 5, with SipHash-2-4; what is reserved is passed over.
fn opaque(key: &[u8; 16], prefix: u64, hardware: HardwareAddress, tries: u8) -> u64 {
    // Of a few numbers in a row not all are reserved.
    (0..u8::MAX)
        .map(|skipped| {
            let mut hasher = SipHasher24::new_with_key(key);
            hasher.write_u64(prefix);
            hasher.write(&hardware.0);
            hasher.write_u8(tries);
            hasher.write_u8(skipped);
            hasher.finish()
        })
        .find(|identifier| !is_reserved(*identifier))
        .unwrap_or(1)
}

/// Whether an identifier is nobody's (RFC 5453): the routers of a network, all of IANA's, anycast.
const fn is_reserved(identifier: u64) -> bool {
    identifier == 0
        || identifier >> 24 == 0x02_005E_FFFE
        || identifier >= 0xFDFF_FFFF_FFFF_FF80 && identifier <= 0xFDFF_FFFF_FFFF_FFFF
}

#[cfg(test)]
mod tests {
    use super::*;

    const HARDWARE: HardwareAddress = HardwareAddress([0x00, 0x1B, 0x63, 0x84, 0x45, 0xE6]);
    const ONE: Ipv6Addr = Ipv6Addr::new(0x2001, 0xDB8, 0, 1, 0, 0, 0, 0);
    const OTHER: Ipv6Addr = Ipv6Addr::new(0x2001, 0xDB8, 0, 2, 0, 0, 0, 0);

    #[test]
    fn eui_64_is_that_of_the_standard() {
        let address = Identifiers::Hardware.address(ONE, HARDWARE, 0);
        assert_eq!(address, "2001:db8:0:1:21b:63ff:fe84:45e6".parse().ok());
        assert_eq!(Identifiers::Hardware.address(ONE, HARDWARE, 1), None);
    }

    #[test]
    fn opaque_ones_depend_on_everything_and_nothing_else() {
        let usual = Identifiers::Keyed([1; 16]).address(ONE, HARDWARE, 0);
        assert_eq!(usual, Identifiers::Keyed([1; 16]).address(ONE, HARDWARE, 0));
        let identifier = |address: Option<Ipv6Addr>| address.unwrap().to_bits() as u64;
        let other_hardware = HardwareAddress([2, 0, 0, 0, 0, 1]);
        for other in [
            Identifiers::Keyed([2; 16]).address(ONE, HARDWARE, 0),
            Identifiers::Keyed([1; 16]).address(OTHER, HARDWARE, 0),
            Identifiers::Keyed([1; 16]).address(ONE, other_hardware, 0),
            Identifiers::Keyed([1; 16]).address(ONE, HARDWARE, 1),
        ] {
            assert_ne!(identifier(other), identifier(usual));
        }
    }

    #[test]
    fn what_is_reserved_is_nobodys() {
        // identifier, reserved
        for (identifier, reserved) in [
            (0, true),
            (1, false),
            (0x0200_5EFF_FE00_0000, true),
            (0x0200_5EFF_FEFF_FFFF, true),
            (0x0200_5EFF_FF00_0000, false),
            (0xFDFF_FFFF_FFFF_FF7F, false),
            (0xFDFF_FFFF_FFFF_FF80, true),
            (0xFDFF_FFFF_FFFF_FFFF, true),
        ] {
            assert_eq!(is_reserved(identifier), reserved, "{identifier:x}");
        }
    }
}
