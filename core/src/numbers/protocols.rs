//! Protocols. Sources: `socket(2)`, IANA's protocol numbers, `netlink(7)`, Linux's headers.

use super::open_number;

open_number! {
    /// A protocol, the third argument of `socket()`.
    ///
    /// What a number means depends on the family. The names of IP's protocols stand here without
    /// `IPPROTO_`, those of the other families as they are; a number prints as IP's.
    Protocol(i32);
    /// The usual protocol of the family and type.
    DEFAULT = 0, "IPPROTO_IP";
    /// IPv4's control messages.
    ICMP = 1, "IPPROTO_ICMP";
    /// IPv4's multicast groups.
    IGMP = 2, "IPPROTO_IGMP";
    /// Gateway to gateway.
    GGP = 3, "IPPROTO_GGP";
    /// IPv4 in IP.
    IPIP = 4, "IPPROTO_IPIP";
    /// Stream protocol.
    ST = 5, "IPPROTO_ST";
    /// Transmission Control Protocol.
    TCP = 6, "IPPROTO_TCP";
    /// Core-based trees.
    CBT = 7, "IPPROTO_CBT";
    /// Exterior gateways.
    EGP = 8, "IPPROTO_EGP";
    /// Interior gateways.
    IGP = 9, "IPPROTO_IGP";
    /// PARC universal packets.
    PUP = 12, "IPPROTO_PUP";
    /// User Datagram Protocol.
    UDP = 17, "IPPROTO_UDP";
    /// Xerox's internet datagrams.
    IDP = 22, "IPPROTO_IDP";
    /// Reliable data, RFC 1151.
    RDP = 27, "IPPROTO_RDP";
    /// ISO's transport protocol class 4.
    TP = 29, "IPPROTO_TP";
    /// Xpress transport.
    XTP = 36, "IPPROTO_XTP";
    /// IPv6 in IP.
    IPV6 = 41, "IPPROTO_IPV6";
    /// IPv6's routing header.
    ROUTING = 43, "IPPROTO_ROUTING";
    /// IPv6's fragment header.
    FRAGMENT = 44, "IPPROTO_FRAGMENT";
    /// Resource reservation.
    RSVP = 46, "IPPROTO_RSVP";
    /// Generic routing encapsulation.
    GRE = 47, "IPPROTO_GRE";
    /// IPsec's encryption.
    ESP = 50, "IPPROTO_ESP";
    /// IPsec's authentication.
    AH = 51, "IPPROTO_AH";
    /// Mobile IPv4.
    MOBILE = 55, "IPPROTO_MOBILE";
    /// IPv6's control messages.
    ICMPV6 = 58, "IPPROTO_ICMPV6";
    /// Nothing follows the headers of IPv6.
    NONE = 59, "IPPROTO_NONE";
    /// IPv6's options for the destination.
    DSTOPTS = 60, "IPPROTO_DSTOPTS";
    /// Sun's network disk.
    ND = 77, "IPPROTO_ND";
    /// Wideband monitoring; the Windows headers call it so.
    ICLFXBM = 78, "IPPROTO_ICLFXBM";
    /// ISO over IP.
    EON = 80, "IPPROTO_EON";
    /// Multicast routing.
    PIM = 103, "IPPROTO_PIM";
    /// Compression.
    IPCOMP = 108, "IPPROTO_IPCOMP";
    /// Redundant routers.
    VRRP = 112, "IPPROTO_VRRP";
    /// Pragmatic general multicast.
    PGM = 113, "IPPROTO_PGM";
    /// Layer two tunnels.
    L2TP = 115, "IPPROTO_L2TP";
    /// Stream Control Transmission Protocol.
    SCTP = 132, "IPPROTO_SCTP";
    /// UDP with a checksum of a part.
    UDPLITE = 136, "IPPROTO_UDPLITE";
    /// Raw IP packets.
    RAW = 255, "IPPROTO_RAW";
    /// TCP over several paths.
    MPTCP = 262, "IPPROTO_MPTCP";
}

/// Further names of IP's numbers.
impl Protocol {
    /// The usual protocol of the family and type, by its name in C.
    #[doc(alias = "IPPROTO_IP")]
    pub const IP: Protocol = Protocol::DEFAULT;
    /// IPv6's options for every hop.
    #[doc(alias = "IPPROTO_HOPOPTS")]
    pub const HOPOPTS: Protocol = Protocol(0);
    /// BSD's name of [`Protocol::IPIP`].
    #[doc(alias = "IPPROTO_IPV4")]
    pub const IPV4: Protocol = Protocol::IPIP;
}

macro_rules! others {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        impl Protocol {
            $($(#[$doc])* pub const $name: Protocol = Protocol($number);)*
        }
    };
}

// Of `AddressFamily::NETLINK`.
others! {
    /// Routes, addresses, links and neighbours.
    NETLINK_ROUTE = 0;
    /// Left to programs.
    NETLINK_USERSOCK = 2;
    /// Packets of an old firewall; later kernels have nothing there.
    NETLINK_FIREWALL = 3;
    /// The packet filter's log.
    NETLINK_NFLOG = 5;
    /// IPsec.
    NETLINK_XFRM = 6;
    /// Packets of an old firewall for IPv6.
    NETLINK_IP6_FW = 13;
    /// DECnet's routes.
    NETLINK_DNRTMSG = 14;
    /// The kernel's cryptography.
    NETLINK_CRYPTO = 21;
}

// Of `AddressFamily::CAN`.
others! {
    /// Single frames.
    CAN_RAW = 1;
    /// The broadcast manager, which repeats and filters in the kernel.
    CAN_BCM = 2;
    /// Longer messages, ISO 15765-2.
    CAN_ISOTP = 6;
    /// SAE J1939.
    CAN_J1939 = 7;
}

// Of `AddressFamily::BLUETOOTH`.
others! {
    /// Logical links.
    BTPROTO_L2CAP = 0;
    /// The interface to the controller.
    BTPROTO_HCI = 1;
    /// Voice.
    BTPROTO_SCO = 2;
    /// Serial lines.
    BTPROTO_RFCOMM = 3;
}
