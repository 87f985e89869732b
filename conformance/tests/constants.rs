//! The constants and the error codes: every row of `vectors/constants.txt` and
//! `vectors/error_codes.txt`.
//!
//! What the rows say is proved by `oracle/constants.py` against CPython and glibc. The files are
//! compiled in, so that the test runs wherever its binary does: in an emulator too.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use berkeley::{
    AddressFamily, AddressInfoCode, AddressInfoFlags, BluetoothAddress, Errno, Error,
    HostErrorCode, MessageFlags, NameInfoFlags, OptionLevel, OptionName, Protocol, Shutdown,
    SocketType,
};

const CONSTANTS: &str = include_str!("../vectors/constants.txt");
const ERROR_CODES: &str = include_str!("../vectors/error_codes.txt");

/// What the tests look at in a constant of any type.
trait Constant: Debug {
    /// The value as the file writes it.
    fn value(&self) -> String;

    /// What a person reads, where values of the type print a name.
    fn printed(&self) -> Option<String> {
        None
    }
}

macro_rules! constants_of_types {
    ($($type:ty)*) => {
        $(
            impl Constant for $type {
                fn value(&self) -> String {
                    self.0.to_string()
                }

                fn printed(&self) -> Option<String> {
                    Some(format!("{self:?}"))
                }
            }
        )*
    };
}

macro_rules! constants_that_print_a_value {
    ($($type:ty)*) => {
        $(
            impl Constant for $type {
                fn value(&self) -> String {
                    self.to_string()
                }
            }
        )*
    };
}

constants_of_types! {
    AddressFamily SocketType Protocol Shutdown MessageFlags OptionLevel AddressInfoFlags
    NameInfoFlags AddressInfoCode
}

constants_that_print_a_value! { u8 u16 u32 u64 usize i8 i32 BluetoothAddress }

impl Constant for OptionName {
    fn value(&self) -> String {
        self.0.to_string()
    }
}

/// Constants by their paths in the crate.
type Ours = BTreeMap<&'static str, Box<dyn Constant>>;

macro_rules! ours {
    ($($place:ident: $($name:ident)*;)*) => {{
        let mut ours = Ours::new();
        $($(
            let path = concat!(stringify!($place), "::", stringify!($name));
            let twice = ours.insert(path, Box::new(berkeley::$place::$name)).is_some();
            assert!(!twice, "{path} stands twice in the test");
        )*)*
        ours
    }};
}

/// Every constant that a row may speak of.
fn ours() -> Ours {
    let mut ours = ours! {
        AddressFamily:
            UNSPEC UNIX INET AX25 IPX APPLETALK NETROM BRIDGE ATMPVC X25 INET6 ROSE NETBEUI
            SECURITY KEY NETLINK ROUTE PACKET ASH ECONET ATMSVC RDS SNA IRDA PPPOX WANPIPE LLC
            CAN TIPC BLUETOOTH ALG VSOCK QIPCRTR;
        constants:
            PF_PACKET PF_RDS PF_CAN SO_EXCLUSIVEADDRUSE IP_DEFAULT_MULTICAST_LOOP
            IP_DEFAULT_MULTICAST_TTL IP_MAX_MEMBERSHIPS IPV6_RTHDR_TYPE_0 INADDR_ANY
            IPPORT_RESERVED IPPORT_USERRESERVED INADDR_LOOPBACK INADDR_UNSPEC_GROUP
            INADDR_ALLHOSTS_GROUP INADDR_MAX_LOCAL_GROUP INADDR_BROADCAST INADDR_NONE NI_MAXSERV
            NI_MAXHOST PACKET_HOST PACKET_BROADCAST PACKET_MULTICAST ETH_P_ALL PACKET_OTHERHOST
            PACKET_OUTGOING PACKET_LOOPBACK PACKET_FASTROUTE ETHERTYPE_IP ETHERTYPE_ARP
            ETHERTYPE_VLAN ETHERTYPE_IPV6 SCM_J1939_DEST_ADDR SCM_RIGHTS SCM_CREDENTIALS
            SCM_J1939_DEST_NAME SCM_J1939_PRIO SCM_J1939_ERRQUEUE CAN_BCM_SETTIMER
            CAN_BCM_TX_SETUP CAN_BCM_STARTTIMER CAN_BCM_TX_DELETE CAN_BCM_TX_READ
            CAN_BCM_TX_COUNTEVT CAN_BCM_TX_SEND CAN_BCM_RX_SETUP CAN_BCM_RX_DELETE
            CAN_BCM_RX_READ CAN_BCM_TX_ANNOUNCE CAN_BCM_TX_STATUS CAN_BCM_TX_EXPIRED
            CAN_BCM_RX_STATUS CAN_BCM_RX_TIMEOUT CAN_BCM_RX_CHANGED CAN_BCM_TX_CP_CAN_ID
            CAN_BCM_RX_FILTER_ID CAN_BCM_RX_CHECK_DLC CAN_BCM_RX_NO_AUTOTIMER
            CAN_BCM_RX_ANNOUNCE_RESUME CAN_BCM_TX_RESET_MULTI_IDX CAN_BCM_RX_RTR_FRAME
            CAN_SFF_MASK CAN_BCM_CAN_FD_FRAME CAN_EFF_MASK CAN_ERR_MASK CAN_ERR_FLAG
            CAN_RTR_FLAG CAN_EFF_FLAG J1939_EE_INFO_NONE J1939_NLA_PAD J1939_NO_NAME
            J1939_EE_INFO_TX_ABORT J1939_NLA_BYTES_ACKED J1939_MAX_UNICAST_ADDR J1939_IDLE_ADDR
            J1939_NO_ADDR J1939_FILTER_MAX J1939_PGN_REQUEST J1939_PGN_ADDRESS_CLAIMED
            J1939_PGN_ADDRESS_COMMANDED J1939_PGN_PDU1_MAX J1939_PGN_MAX J1939_NO_PGN
            TIPC_WAIT_FOREVER TIPC_CFG_SRV TIPC_LOW_IMPORTANCE TIPC_ADDR_NAMESEQ
            TIPC_MEDIUM_IMPORTANCE TIPC_PUBLISHED TIPC_SUB_PORTS TIPC_TOP_SRV TIPC_ZONE_SCOPE
            TIPC_ADDR_NAME TIPC_CLUSTER_SCOPE TIPC_HIGH_IMPORTANCE TIPC_SUB_SERVICE
            TIPC_WITHDRAWN TIPC_ADDR_ID TIPC_CRITICAL_IMPORTANCE TIPC_NODE_SCOPE
            TIPC_SUBSCR_TIMEOUT TIPC_SUB_CANCEL VMADDR_CID_HOST IOCTL_VM_SOCKETS_GET_LOCAL_CID
            VMADDR_CID_ANY VMADDR_PORT_ANY VM_SOCKETS_INVALID_VERSION ALG_OP_DECRYPT
            ALG_OP_ENCRYPT ALG_OP_SIGN ALG_OP_VERIFY RCVALL_OFF RCVALL_ON RCVALL_SOCKETLEVELONLY
            RCVALL_IPLEVEL SIO_RCVALL SIO_KEEPALIVE_VALS SIO_LOOPBACK_FAST_PATH;
        SocketType:
            STREAM DGRAM RAW RDM SEQPACKET NONBLOCK CLOEXEC;
        Protocol:
            HOPOPTS IP ICMP IGMP GGP IPIP IPV4 ST TCP CBT EGP IGP PUP UDP IDP RDP TP XTP IPV6
            ROUTING FRAGMENT RSVP GRE ESP AH MOBILE ICMPV6 NONE DSTOPTS ND ICLFXBM EON PIM
            IPCOMP VRRP PGM L2TP SCTP UDPLITE RAW MPTCP BTPROTO_L2CAP NETLINK_ROUTE BTPROTO_HCI
            CAN_RAW BTPROTO_SCO CAN_BCM NETLINK_USERSOCK BTPROTO_RFCOMM NETLINK_FIREWALL
            NETLINK_NFLOG CAN_ISOTP NETLINK_XFRM CAN_J1939 NETLINK_IP6_FW NETLINK_DNRTMSG
            NETLINK_CRYPTO;
        Shutdown:
            RD WR RDWR;
        MessageFlags:
            OOB PEEK DONTROUTE CTRUNC TRUNC DONTWAIT EOR WAITALL CONFIRM ERRQUEUE NOSIGNAL MORE
            FASTOPEN CMSG_CLOEXEC;
        OptionLevel:
            HCI IP SOCKET TCP UDP CAN_BASE CAN_RAW TIPC RDS ALG;
        options:
            SO_VM_SOCKETS_BUFFER_SIZE SO_DEBUG SO_J1939_FILTER SO_VM_SOCKETS_BUFFER_MIN_SIZE
            SO_J1939_PROMISC SO_REUSEADDR SO_VM_SOCKETS_BUFFER_MAX_SIZE SO_J1939_SEND_PRIO
            SO_TYPE SO_ERROR SO_J1939_ERRQUEUE SO_DONTROUTE SO_BROADCAST SO_SNDBUF SO_RCVBUF
            SO_KEEPALIVE SO_OOBINLINE SO_PRIORITY SO_LINGER SO_REUSEPORT SO_PASSCRED SO_PEERCRED
            SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO SO_SNDTIMEO SO_BINDTODEVICE SO_ACCEPTCONN
            SO_PEERSEC SO_PASSSEC SO_MARK SO_PROTOCOL SO_DOMAIN SO_INCOMING_CPU SO_BINDTOIFINDEX
            IP_TOS IP_TTL IP_HDRINCL IP_OPTIONS IP_RECVOPTS IP_RECVRETOPTS IP_RETOPTS IP_PKTINFO
            IP_RECVTOS IP_TRANSPARENT IP_BIND_ADDRESS_NO_PORT IP_MULTICAST_IF IP_MULTICAST_TTL
            IP_MULTICAST_LOOP IP_ADD_MEMBERSHIP IP_DROP_MEMBERSHIP IP_UNBLOCK_SOURCE
            IP_BLOCK_SOURCE IP_ADD_SOURCE_MEMBERSHIP IP_DROP_SOURCE_MEMBERSHIP IPV6_CHECKSUM
            IPV6_NEXTHOP IPV6_UNICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_HOPS
            IPV6_MULTICAST_LOOP IPV6_JOIN_GROUP IPV6_LEAVE_GROUP IPV6_V6ONLY IPV6_RECVPKTINFO
            IPV6_PKTINFO IPV6_RECVHOPLIMIT IPV6_HOPLIMIT IPV6_RECVHOPOPTS IPV6_HOPOPTS
            IPV6_RTHDRDSTOPTS IPV6_RECVRTHDR IPV6_RTHDR IPV6_RECVDSTOPTS IPV6_DSTOPTS
            IPV6_RECVPATHMTU IPV6_PATHMTU IPV6_DONTFRAG IPV6_RECVTCLASS IPV6_TCLASS TCP_NODELAY
            TCP_MAXSEG TCP_CORK TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT TCP_SYNCNT TCP_LINGER2
            TCP_DEFER_ACCEPT TCP_WINDOW_CLAMP TCP_INFO TCP_QUICKACK TCP_CONGESTION TCP_MD5SIG
            TCP_THIN_LINEAR_TIMEOUTS TCP_THIN_DUPACK TCP_USER_TIMEOUT TCP_REPAIR
            TCP_REPAIR_QUEUE TCP_QUEUE_SEQ TCP_REPAIR_OPTIONS TCP_FASTOPEN TCP_TIMESTAMP
            TCP_NOTSENT_LOWAT TCP_CC_INFO TCP_SAVE_SYN TCP_SAVED_SYN TCP_REPAIR_WINDOW
            TCP_FASTOPEN_CONNECT TCP_ULP TCP_MD5SIG_EXT TCP_FASTOPEN_KEY TCP_FASTOPEN_NO_COOKIE
            TCP_ZEROCOPY_RECEIVE TCP_INQ TCP_TX_DELAY UDPLITE_SEND_CSCOV UDPLITE_RECV_CSCOV
            CAN_RAW_FILTER CAN_RAW_ERR_FILTER CAN_RAW_LOOPBACK CAN_RAW_RECV_OWN_MSGS
            CAN_RAW_FD_FRAMES CAN_RAW_JOIN_FILTERS TIPC_IMPORTANCE TIPC_SRC_DROPPABLE
            TIPC_DEST_DROPPABLE TIPC_CONN_TIMEOUT ALG_SET_KEY ALG_SET_IV ALG_SET_OP
            ALG_SET_AEAD_ASSOCLEN ALG_SET_AEAD_AUTHSIZE ALG_SET_PUBKEY HCI_DATA_DIR HCI_FILTER
            HCI_TIME_STAMP;
        AddressInfoFlags:
            PASSIVE CANONNAME NUMERICHOST V4MAPPED ALL ADDRCONFIG NUMERICSERV;
        NameInfoFlags:
            NUMERICHOST NUMERICSERV NOFQDN NAMEREQD DGRAM IDN;
        AddressInfoCode:
            EAI_OVERFLOW EAI_SYSTEM EAI_MEMORY EAI_ADDRFAMILY EAI_SERVICE EAI_SOCKTYPE
            EAI_FAMILY EAI_NODATA EAI_FAIL EAI_AGAIN EAI_NONAME EAI_BADFLAGS;
        BluetoothAddress:
            ANY LOCAL;
    };
    ours.insert("SOMAXCONN", Box::new(berkeley::SOMAXCONN));
    ours
}

/// Constants that do not print their own name, because their number has another one.
const PRINT_ANOTHER_NAME: &[&str] = &[
    // BSD's names of what Linux calls otherwise
    "AddressFamily::ROUTE",
    "Protocol::IPV4",
    // 0 prints as IPPROTO_IP and SOL_IP
    "Protocol::HOPOPTS",
    "OptionLevel::HCI",
    // protocols of other families than IP
    "Protocol::NETLINK_ROUTE",
    "Protocol::NETLINK_USERSOCK",
    "Protocol::NETLINK_FIREWALL",
    "Protocol::NETLINK_NFLOG",
    "Protocol::NETLINK_XFRM",
    "Protocol::NETLINK_IP6_FW",
    "Protocol::NETLINK_DNRTMSG",
    "Protocol::NETLINK_CRYPTO",
    "Protocol::CAN_RAW",
    "Protocol::CAN_BCM",
    "Protocol::CAN_ISOTP",
    "Protocol::CAN_J1939",
    "Protocol::BTPROTO_L2CAP",
    "Protocol::BTPROTO_HCI",
    "Protocol::BTPROTO_SCO",
    "Protocol::BTPROTO_RFCOMM",
    // what may be added to a type is no type
    "SocketType::NONBLOCK",
    "SocketType::CLOEXEC",
    // the same as families, and print as these
    "constants::PF_PACKET",
    "constants::PF_RDS",
    "constants::PF_CAN",
];

/// The lines with data, cut into columns; at least so many.
fn rows<const COLUMNS: usize>(file: &'static str, least: usize) -> Vec<[&'static str; COLUMNS]> {
    let rows: Vec<_> = file
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            // The last column may have single spaces in it.
            let mut rest = line;
            let mut row = [""; COLUMNS];
            for column in &mut row[..COLUMNS - 1] {
                let (value, after) = rest.split_once(' ').unwrap_or_else(|| panic!("{line}"));
                (*column, rest) = (value, after.trim_start());
            }
            row[COLUMNS - 1] = rest;
            assert!(!rest.is_empty(), "too few columns: {line}");
            row
        })
        .collect();
    assert!(rows.len() >= least, "{} rows of at least {least}", rows.len());
    rows
}

#[test]
fn every_name_of_python_has_its_value() {
    let ours = ours();
    let mut names = BTreeSet::new();
    let mut left: BTreeSet<_> = ours.keys().copied().collect();
    for [name, value, path, place] in rows(CONSTANTS, 400) {
        assert!(names.insert(name), "{name} stands twice");
        assert!(left.remove(path), "{name}: {path} is not there, or stands twice");
        assert_eq!(ours[path].value(), value, "{name}");
        let known = ["linux", "3.12", "3.13", "to-3.10", "bluetooth", "windows", "bsd"];
        assert!(known.contains(&place), "{name}: where is {place}?");
        // The same name, but for what the type says already.
        let own = path.rsplit("::").next().unwrap();
        assert!(name == own || name.ends_with(&format!("_{own}")), "{name} is not {path}");
    }
    assert!(left.is_empty(), "without a row: {left:?}");
}

#[test]
fn names_are_printed_as_python_has_them() {
    let ours = ours();
    let mut others = vec![];
    for [name, _, path, _] in rows(CONSTANTS, 400) {
        match ours[path].printed() {
            Some(printed) if printed != name => others.push(path),
            _ => {}
        }
    }
    let expected: BTreeSet<_> = PRINT_ANOTHER_NAME.iter().copied().collect();
    assert_eq!(others.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn errors_have_the_numbers_classes_and_texts_of_python() {
    let mut numbers = BTreeSet::new();
    for [table, number, name, class, text] in rows(ERROR_CODES, 160) {
        let number: i32 = number.parse().unwrap();
        let small = i8::try_from(number);
        let (error, symbol) = match table {
            "errno" => {
                numbers.insert(number);
                let errno = Errno::from_raw(number).unwrap();
                assert_eq!(errno.raw(), number, "{name}");
                (Error::from(errno), errno.name())
            }
            "gai" => {
                let code = AddressInfoCode(small.unwrap());
                (Error::address_info(code), code.name())
            }
            "host" => {
                let code = HostErrorCode(small.unwrap());
                (Error::host_error(code), code.name())
            }
            _ => panic!("no such table: {table}"),
        };
        // Three numbers have a second name in C, and so has one of `h_errno`.
        let symbol = match name {
            "EWOULDBLOCK" if Errno::EWOULDBLOCK.raw() == number => Some(name),
            "EDEADLOCK" if Errno::EDEADLOCK.raw() == number => Some(name),
            "ENOTSUP" if Errno::ENOTSUP.raw() == number => Some(name),
            "NO_ADDRESS" if i32::from(HostErrorCode::NO_ADDRESS.0) == number => Some(name),
            _ => symbol,
        };
        assert_eq!(symbol.unwrap_or("-"), name, "{number}");
        assert_eq!(error.kind().python_class(), class, "{name}");
        let text = text.trim_matches('"');
        assert_eq!(error.to_string(), format!("[Errno {number}] {text}"), "{name}");
    }
    // Every number up to 133 but two is somebody's.
    let expected: BTreeSet<i32> = (1..=133).filter(|number| ![41, 58].contains(number)).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn numbers_without_a_name_are_nobodys() {
    // number, what Python prints
    for (number, text) in [
        (41, "[Errno 41] Unknown error 41"),
        (58, "[Errno 58] Unknown error 58"),
        (134, "[Errno 134] Unknown error 134"),
        (65535, "[Errno 65535] Unknown error 65535"),
    ] {
        let errno = Errno::from_raw(number).unwrap();
        assert_eq!((errno.name(), errno.description()), (None, None), "{number}");
        assert_eq!(errno.to_string(), text);
        assert_eq!(Error::from(errno).kind().python_class(), "OSError", "{number}");
    }
}
