//! Address families. Sources: `socket(2)`, `address_families(7)`.

use super::open_number;

open_number! {
    /// An address family, the first argument of `socket()`.
    ///
    /// Whether the backend has the family shows when a socket is made: `EAFNOSUPPORT`.
    AddressFamily(u16);
    /// No family: "any" where a family is a filter.
    UNSPEC = 0, "AF_UNSPEC";
    /// Local sockets of one host.
    UNIX = 1, "AF_UNIX";
    /// IPv4.
    INET = 2, "AF_INET";
    /// Amateur radio's AX.25.
    AX25 = 3, "AF_AX25";
    /// Novell's IPX.
    IPX = 4, "AF_IPX";
    /// AppleTalk.
    APPLETALK = 5, "AF_APPLETALK";
    /// Amateur radio's NET/ROM.
    NETROM = 6, "AF_NETROM";
    /// Bridges between networks.
    BRIDGE = 7, "AF_BRIDGE";
    /// Permanent virtual circuits of ATM.
    ATMPVC = 8, "AF_ATMPVC";
    /// X.25.
    X25 = 9, "AF_X25";
    /// IPv6.
    INET6 = 10, "AF_INET6";
    /// Amateur radio's Rose.
    ROSE = 11, "AF_ROSE";
    /// NetBEUI, which was never written.
    NETBEUI = 13, "AF_NETBEUI";
    /// Security callbacks, which no socket has.
    SECURITY = 14, "AF_SECURITY";
    /// Keys of IPsec.
    KEY = 15, "AF_KEY";
    /// Linux's kernel messages.
    NETLINK = 16, "AF_NETLINK";
    /// Frames of an interface.
    PACKET = 17, "AF_PACKET";
    /// Ash.
    ASH = 18, "AF_ASH";
    /// Acorn's Econet.
    ECONET = 19, "AF_ECONET";
    /// Switched virtual circuits of ATM.
    ATMSVC = 20, "AF_ATMSVC";
    /// Reliable datagrams, with the addresses of IPv4.
    RDS = 21, "AF_RDS";
    /// IBM's SNA.
    SNA = 22, "AF_SNA";
    /// Infrared.
    IRDA = 23, "AF_IRDA";
    /// PPP over something else.
    PPPOX = 24, "AF_PPPOX";
    /// Sangoma's WANPIPE.
    WANPIPE = 25, "AF_WANPIPE";
    /// Logical link control, IEEE 802.2.
    LLC = 26, "AF_LLC";
    /// Controller area network.
    CAN = 29, "AF_CAN";
    /// Transparent inter-process communication.
    TIPC = 30, "AF_TIPC";
    /// Bluetooth.
    BLUETOOTH = 31, "AF_BLUETOOTH";
    /// The kernel's cryptography.
    ALG = 38, "AF_ALG";
    /// Between a virtual machine and its host.
    VSOCK = 40, "AF_VSOCK";
    /// Qualcomm's router between processors.
    QIPCRTR = 42, "AF_QIPCRTR";
}

impl AddressFamily {
    /// BSD's name for the kernel's messages about routes; on Linux [`AddressFamily::NETLINK`].
    #[doc(alias = "AF_ROUTE")]
    pub const ROUTE: AddressFamily = AddressFamily::NETLINK;
}
