//! The levels of socket options. Sources: `getsockopt(2)`, Linux's `sys/socket.h`.

use super::open_number;

open_number! {
    /// The protocol level of a socket option, `SOL_*`.
    OptionLevel(i32);
    /// IPv4.
    IP = 0, "SOL_IP";
    /// The socket itself.
    SOCKET = 1, "SOL_SOCKET";
    /// TCP.
    TCP = 6, "SOL_TCP";
    /// UDP.
    UDP = 17, "SOL_UDP";
    /// Sockets between a virtual machine and its host, which use their family's number.
    VSOCK = 40, "AF_VSOCK";
    /// IPv6.
    IPV6 = 41, "SOL_IPV6";
    /// IPv6's control messages.
    ICMPV6 = 58, "SOL_ICMPV6";
    /// What all protocols of controller area networks have; a protocol's level is this number and
    /// the protocol's.
    CAN_BASE = 100, "SOL_CAN_BASE";
    /// Single frames of a controller area network.
    CAN_RAW = 101, "SOL_CAN_RAW";
    /// SAE J1939.
    CAN_J1939 = 107, "SOL_CAN_J1939";
    /// UDP-Lite.
    UDPLITE = 136, "SOL_UDPLITE";
    /// Raw IP packets.
    RAW = 255, "SOL_RAW";
    /// Frames of an interface.
    PACKET = 263, "SOL_PACKET";
    /// Linux's kernel messages.
    NETLINK = 270, "SOL_NETLINK";
    /// Transparent inter-process communication.
    TIPC = 271, "SOL_TIPC";
    /// Bluetooth.
    BLUETOOTH = 274, "SOL_BLUETOOTH";
    /// Reliable datagrams.
    RDS = 276, "SOL_RDS";
    /// The kernel's cryptography.
    ALG = 279, "SOL_ALG";
}

impl OptionLevel {
    /// Bluetooth's interface to the controller. Its number is also IPv4's.
    #[doc(alias = "SOL_HCI")]
    pub const HCI: OptionLevel = OptionLevel(0);
}

/// The name of a socket option within its level.
///
/// The same number means different options at different levels; the named values are in
/// [`options`](crate::options).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OptionName(pub i32);
