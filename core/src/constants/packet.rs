//! Protocols in frames, and who frames are for. Sources: `packet(7)`, `linux/if_ether.h`.

/// Every protocol.
pub const ETH_P_ALL: u16 = 0x0003;
/// IPv4.
pub const ETHERTYPE_IP: u16 = 0x0800;
/// Address resolution for IPv4.
pub const ETHERTYPE_ARP: u16 = 0x0806;
/// A tag of a virtual network follows, IEEE 802.1Q.
pub const ETHERTYPE_VLAN: u16 = 0x8100;
/// IPv6.
pub const ETHERTYPE_IPV6: u16 = 0x86DD;

/// A frame for this host.
pub const PACKET_HOST: u8 = 0;
/// A frame for everybody.
pub const PACKET_BROADCAST: u8 = 1;
/// A frame for a group.
pub const PACKET_MULTICAST: u8 = 2;
/// A frame for another host, seen because the interface hears everything.
pub const PACKET_OTHERHOST: u8 = 3;
/// A frame that this host sends.
pub const PACKET_OUTGOING: u8 = 4;
/// A frame over the loopback.
pub const PACKET_LOOPBACK: u8 = 5;
/// A frame forwarded without IP. No kernel says so any more.
pub const PACKET_FASTROUTE: u8 = 6;
