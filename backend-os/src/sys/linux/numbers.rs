//! Numbers: the core's are the generic Linux ones, so nothing is translated here.
//!
//! Instead each is compared with what the C library says for the architecture, when compiling. An
//! architecture that counts differently (MIPS, SPARC, PA-RISC, Alpha) does not compile until it
//! has a translation.
//!
//! `libc` does not have all names (TIPC's, the broadcast manager's, Bluetooth's). Those are
//! compared with CPython, which has them from the headers, by `conformance/oracle/constants.py`.

use berkeley::constants::*;
use berkeley::options::*;
use berkeley::{
    AddressFamily, AddressInfoCode, Errno, MessageFlags, OptionLevel, Protocol, Readiness,
    SOMAXCONN, Shutdown, SocketType,
};

/// The C library of every Linux has `AF_INET6` and `struct sockaddr_in6`.
pub(crate) const HAS_IPV6: bool = true;

/// Compares the core's number of each name with the host's of the same name.
macro_rules! same {
    ($($core:expr => $host:expr;)*) => {
        const _: () = { $(assert!($core as i64 == $host as i64, stringify!($host));)* };
    };
}

macro_rules! same_errnos {
    ($($name:ident)*) => { same! { $(Errno::$name.raw() => libc::$name;)* } };
}

macro_rules! same_options {
    ($($name:ident)*) => { same! { $($name.0 => libc::$name;)* } };
}

macro_rules! same_constants {
    ($($name:ident)*) => { same! { $($name => libc::$name;)* } };
}

macro_rules! same_address_info_codes {
    ($($name:ident)*) => { same! { $(AddressInfoCode::$name.0 => libc::$name;)* } };
}

same! {
    AddressFamily::UNSPEC.0 => libc::AF_UNSPEC;
    AddressFamily::UNIX.0 => libc::AF_UNIX;
    AddressFamily::INET.0 => libc::AF_INET;
    AddressFamily::AX25.0 => libc::AF_AX25;
    AddressFamily::IPX.0 => libc::AF_IPX;
    AddressFamily::APPLETALK.0 => libc::AF_APPLETALK;
    AddressFamily::NETROM.0 => libc::AF_NETROM;
    AddressFamily::BRIDGE.0 => libc::AF_BRIDGE;
    AddressFamily::ATMPVC.0 => libc::AF_ATMPVC;
    AddressFamily::X25.0 => libc::AF_X25;
    AddressFamily::INET6.0 => libc::AF_INET6;
    AddressFamily::ROSE.0 => libc::AF_ROSE;
    AddressFamily::NETBEUI.0 => libc::AF_NETBEUI;
    AddressFamily::SECURITY.0 => libc::AF_SECURITY;
    AddressFamily::KEY.0 => libc::AF_KEY;
    AddressFamily::NETLINK.0 => libc::AF_NETLINK;
    AddressFamily::PACKET.0 => libc::AF_PACKET;
    AddressFamily::ASH.0 => libc::AF_ASH;
    AddressFamily::ECONET.0 => libc::AF_ECONET;
    AddressFamily::ATMSVC.0 => libc::AF_ATMSVC;
    AddressFamily::RDS.0 => libc::AF_RDS;
    AddressFamily::SNA.0 => libc::AF_SNA;
    AddressFamily::IRDA.0 => libc::AF_IRDA;
    AddressFamily::PPPOX.0 => libc::AF_PPPOX;
    AddressFamily::WANPIPE.0 => libc::AF_WANPIPE;
    AddressFamily::LLC.0 => libc::AF_LLC;
    AddressFamily::CAN.0 => libc::AF_CAN;
    AddressFamily::TIPC.0 => libc::AF_TIPC;
    AddressFamily::BLUETOOTH.0 => libc::AF_BLUETOOTH;
    AddressFamily::ALG.0 => libc::AF_ALG;
    AddressFamily::VSOCK.0 => libc::AF_VSOCK;
    AddressFamily::ROUTE.0 => libc::AF_ROUTE;
}

same! {
    SocketType::STREAM.0 => libc::SOCK_STREAM;
    SocketType::DGRAM.0 => libc::SOCK_DGRAM;
    SocketType::RAW.0 => libc::SOCK_RAW;
    SocketType::RDM.0 => libc::SOCK_RDM;
    SocketType::SEQPACKET.0 => libc::SOCK_SEQPACKET;
    SocketType::NONBLOCK.0 => libc::SOCK_NONBLOCK;
    SocketType::CLOEXEC.0 => libc::SOCK_CLOEXEC;
    Shutdown::RD.0 => libc::SHUT_RD;
    Shutdown::WR.0 => libc::SHUT_WR;
    Shutdown::RDWR.0 => libc::SHUT_RDWR;
    OptionLevel::IP.0 => libc::SOL_IP;
    OptionLevel::SOCKET.0 => libc::SOL_SOCKET;
    OptionLevel::TCP.0 => libc::SOL_TCP;
    OptionLevel::UDP.0 => libc::SOL_UDP;
    OptionLevel::IPV6.0 => libc::SOL_IPV6;
    OptionLevel::ICMPV6.0 => libc::SOL_ICMPV6;
    OptionLevel::CAN_BASE.0 => libc::SOL_CAN_BASE;
    OptionLevel::CAN_RAW.0 => libc::SOL_CAN_RAW;
    OptionLevel::CAN_J1939.0 => libc::SOL_CAN_J1939;
    OptionLevel::RAW.0 => libc::SOL_RAW;
    OptionLevel::PACKET.0 => libc::SOL_PACKET;
    OptionLevel::NETLINK.0 => libc::SOL_NETLINK;
    OptionLevel::TIPC.0 => libc::SOL_TIPC;
    OptionLevel::BLUETOOTH.0 => libc::SOL_BLUETOOTH;
    OptionLevel::ALG.0 => libc::SOL_ALG;
}

same! {
    Protocol::DEFAULT.0 => libc::IPPROTO_IP;
    Protocol::ICMP.0 => libc::IPPROTO_ICMP;
    Protocol::IGMP.0 => libc::IPPROTO_IGMP;
    Protocol::IPIP.0 => libc::IPPROTO_IPIP;
    Protocol::TCP.0 => libc::IPPROTO_TCP;
    Protocol::EGP.0 => libc::IPPROTO_EGP;
    Protocol::PUP.0 => libc::IPPROTO_PUP;
    Protocol::UDP.0 => libc::IPPROTO_UDP;
    Protocol::IDP.0 => libc::IPPROTO_IDP;
    Protocol::TP.0 => libc::IPPROTO_TP;
    Protocol::IPV6.0 => libc::IPPROTO_IPV6;
    Protocol::ROUTING.0 => libc::IPPROTO_ROUTING;
    Protocol::FRAGMENT.0 => libc::IPPROTO_FRAGMENT;
    Protocol::RSVP.0 => libc::IPPROTO_RSVP;
    Protocol::GRE.0 => libc::IPPROTO_GRE;
    Protocol::ESP.0 => libc::IPPROTO_ESP;
    Protocol::AH.0 => libc::IPPROTO_AH;
    Protocol::ICMPV6.0 => libc::IPPROTO_ICMPV6;
    Protocol::NONE.0 => libc::IPPROTO_NONE;
    Protocol::DSTOPTS.0 => libc::IPPROTO_DSTOPTS;
    Protocol::PIM.0 => libc::IPPROTO_PIM;
    Protocol::SCTP.0 => libc::IPPROTO_SCTP;
    Protocol::UDPLITE.0 => libc::IPPROTO_UDPLITE;
    Protocol::RAW.0 => libc::IPPROTO_RAW;
    Protocol::MPTCP.0 => libc::IPPROTO_MPTCP;
    Protocol::HOPOPTS.0 => libc::IPPROTO_HOPOPTS;
    Protocol::NETLINK_ROUTE.0 => libc::NETLINK_ROUTE;
    Protocol::NETLINK_USERSOCK.0 => libc::NETLINK_USERSOCK;
    Protocol::NETLINK_FIREWALL.0 => libc::NETLINK_FIREWALL;
    Protocol::NETLINK_NFLOG.0 => libc::NETLINK_NFLOG;
    Protocol::NETLINK_XFRM.0 => libc::NETLINK_XFRM;
    Protocol::NETLINK_IP6_FW.0 => libc::NETLINK_IP6_FW;
    Protocol::NETLINK_DNRTMSG.0 => libc::NETLINK_DNRTMSG;
    Protocol::NETLINK_CRYPTO.0 => libc::NETLINK_CRYPTO;
    Protocol::CAN_RAW.0 => libc::CAN_RAW;
    Protocol::CAN_BCM.0 => libc::CAN_BCM;
    Protocol::CAN_ISOTP.0 => libc::CAN_ISOTP;
    Protocol::CAN_J1939.0 => libc::CAN_J1939;
}

same! {
    MessageFlags::OOB.0 => libc::MSG_OOB;
    MessageFlags::PEEK.0 => libc::MSG_PEEK;
    MessageFlags::DONTROUTE.0 => libc::MSG_DONTROUTE;
    MessageFlags::CTRUNC.0 => libc::MSG_CTRUNC;
    MessageFlags::TRUNC.0 => libc::MSG_TRUNC;
    MessageFlags::DONTWAIT.0 => libc::MSG_DONTWAIT;
    MessageFlags::EOR.0 => libc::MSG_EOR;
    MessageFlags::WAITALL.0 => libc::MSG_WAITALL;
    MessageFlags::CONFIRM.0 => libc::MSG_CONFIRM;
    MessageFlags::ERRQUEUE.0 => libc::MSG_ERRQUEUE;
    MessageFlags::NOSIGNAL.0 => libc::MSG_NOSIGNAL;
    MessageFlags::MORE.0 => libc::MSG_MORE;
    MessageFlags::FASTOPEN.0 => libc::MSG_FASTOPEN;
    MessageFlags::CMSG_CLOEXEC.0 => libc::MSG_CMSG_CLOEXEC;
}

// `epoll(7)` uses the bits of `poll(2)`.
same! {
    Readiness::READABLE.0 => libc::POLLIN;
    Readiness::PRIORITY.0 => libc::POLLPRI;
    Readiness::WRITABLE.0 => libc::POLLOUT;
    Readiness::ERROR.0 => libc::POLLERR;
    Readiness::HANGUP.0 => libc::POLLHUP;
    Readiness::INVALID.0 => libc::POLLNVAL;
    Readiness::READABLE.0 => libc::EPOLLIN;
    Readiness::PRIORITY.0 => libc::EPOLLPRI;
    Readiness::WRITABLE.0 => libc::EPOLLOUT;
    Readiness::ERROR.0 => libc::EPOLLERR;
    Readiness::HANGUP.0 => libc::EPOLLHUP;
}

same! {
    AddressInfoFlags::PASSIVE.0 => libc::AI_PASSIVE;
    AddressInfoFlags::CANONNAME.0 => libc::AI_CANONNAME;
    AddressInfoFlags::NUMERICHOST.0 => libc::AI_NUMERICHOST;
    AddressInfoFlags::V4MAPPED.0 => libc::AI_V4MAPPED;
    AddressInfoFlags::ALL.0 => libc::AI_ALL;
    AddressInfoFlags::ADDRCONFIG.0 => libc::AI_ADDRCONFIG;
    AddressInfoFlags::NUMERICSERV.0 => libc::AI_NUMERICSERV;
    NameInfoFlags::NUMERICHOST.0 => libc::NI_NUMERICHOST;
    NameInfoFlags::NUMERICSERV.0 => libc::NI_NUMERICSERV;
    NameInfoFlags::NOFQDN.0 => libc::NI_NOFQDN;
    NameInfoFlags::NAMEREQD.0 => libc::NI_NAMEREQD;
    NameInfoFlags::DGRAM.0 => libc::NI_DGRAM;
    NameInfoFlags::IDN.0 => libc::NI_IDN;
}

same_options! {
    SO_DEBUG SO_REUSEADDR SO_TYPE SO_ERROR SO_DONTROUTE SO_BROADCAST SO_SNDBUF SO_RCVBUF
    SO_KEEPALIVE SO_OOBINLINE SO_PRIORITY SO_LINGER SO_REUSEPORT SO_PASSCRED SO_PEERCRED
    SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO SO_SNDTIMEO SO_BINDTODEVICE SO_TIMESTAMP SO_ACCEPTCONN
    SO_PEERSEC SO_PASSSEC SO_TIMESTAMPNS SO_MARK SO_PROTOCOL SO_DOMAIN SO_RXQ_OVFL
    SO_INCOMING_CPU SO_BINDTOIFINDEX IP_TOS IP_TTL IP_HDRINCL IP_OPTIONS IP_RECVOPTS IP_RETOPTS
    IP_PKTINFO IP_MTU_DISCOVER IP_RECVERR IP_RECVTTL IP_RECVTOS IP_MTU IP_FREEBIND
    IP_TRANSPARENT IP_RECVORIGDSTADDR IP_BIND_ADDRESS_NO_PORT IP_MULTICAST_IF IP_MULTICAST_TTL
    IP_MULTICAST_LOOP IP_ADD_MEMBERSHIP IP_DROP_MEMBERSHIP IP_UNBLOCK_SOURCE IP_BLOCK_SOURCE
    IP_ADD_SOURCE_MEMBERSHIP IP_DROP_SOURCE_MEMBERSHIP IP_MULTICAST_ALL IPV6_MULTICAST_ALL SO_ORIGINAL_DST IPV6_CHECKSUM
    IPV6_NEXTHOP IPV6_UNICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_HOPS IPV6_MULTICAST_LOOP
    IPV6_MTU_DISCOVER IPV6_MTU IPV6_RECVERR IPV6_V6ONLY IPV6_RECVPKTINFO IPV6_PKTINFO
    IPV6_RECVHOPLIMIT IPV6_HOPLIMIT IPV6_RECVHOPOPTS IPV6_HOPOPTS IPV6_RTHDRDSTOPTS
    IPV6_RECVRTHDR IPV6_RTHDR IPV6_RECVDSTOPTS IPV6_DSTOPTS IPV6_RECVPATHMTU IPV6_PATHMTU
    IPV6_DONTFRAG IPV6_RECVTCLASS IPV6_TCLASS TCP_NODELAY TCP_MAXSEG TCP_CORK TCP_KEEPIDLE
    TCP_KEEPINTVL TCP_KEEPCNT TCP_SYNCNT TCP_LINGER2 TCP_DEFER_ACCEPT TCP_WINDOW_CLAMP TCP_INFO
    TCP_QUICKACK TCP_CONGESTION TCP_MD5SIG TCP_THIN_LINEAR_TIMEOUTS TCP_THIN_DUPACK
    TCP_USER_TIMEOUT TCP_REPAIR TCP_REPAIR_QUEUE TCP_QUEUE_SEQ TCP_REPAIR_OPTIONS TCP_FASTOPEN
    TCP_TIMESTAMP TCP_NOTSENT_LOWAT TCP_CC_INFO TCP_SAVE_SYN TCP_SAVED_SYN TCP_REPAIR_WINDOW
    TCP_FASTOPEN_CONNECT TCP_ULP TCP_MD5SIG_EXT TCP_FASTOPEN_KEY TCP_FASTOPEN_NO_COOKIE
    TCP_ZEROCOPY_RECEIVE TCP_INQ UDP_CORK UDP_SEGMENT UDP_GRO CAN_RAW_FILTER
    CAN_RAW_ERR_FILTER CAN_RAW_LOOPBACK CAN_RAW_RECV_OWN_MSGS CAN_RAW_FD_FRAMES
    CAN_RAW_JOIN_FILTERS SO_J1939_FILTER SO_J1939_PROMISC SO_J1939_SEND_PRIO SO_J1939_ERRQUEUE
    ALG_SET_KEY ALG_SET_IV ALG_SET_OP ALG_SET_AEAD_ASSOCLEN ALG_SET_AEAD_AUTHSIZE
    PACKET_ADD_MEMBERSHIP PACKET_DROP_MEMBERSHIP PACKET_STATISTICS PACKET_AUXDATA
    NETLINK_ADD_MEMBERSHIP NETLINK_DROP_MEMBERSHIP NETLINK_PKTINFO
}

// musl has other limits, or leaves the name out.
#[cfg(target_env = "gnu")]
same! {
    SOMAXCONN => libc::SOMAXCONN;
    NI_MAXHOST => libc::NI_MAXHOST;
    OptionLevel::RDS.0 => libc::SOL_RDS;
}

// By another name in the C library.
same! {
    IPV6_JOIN_GROUP.0 => libc::IPV6_ADD_MEMBERSHIP;
    IPV6_LEAVE_GROUP.0 => libc::IPV6_DROP_MEMBERSHIP;
    IP_RECVRETOPTS.0 => libc::IP_RETOPTS;
    ETHERTYPE_IP => libc::ETH_P_IP;
    ETHERTYPE_ARP => libc::ETH_P_ARP;
    ETHERTYPE_VLAN => libc::ETH_P_8021Q;
    ETHERTYPE_IPV6 => libc::ETH_P_IPV6;
}

same_constants! {
    INADDR_ANY INADDR_LOOPBACK INADDR_BROADCAST INADDR_NONE IP_DEFAULT_MULTICAST_TTL
    IP_DEFAULT_MULTICAST_LOOP ETH_P_ALL PACKET_HOST PACKET_BROADCAST PACKET_MULTICAST
    PACKET_OTHERHOST PACKET_OUTGOING PACKET_LOOPBACK SCM_RIGHTS SCM_CREDENTIALS
    SCM_J1939_DEST_ADDR SCM_J1939_DEST_NAME SCM_J1939_PRIO SCM_J1939_ERRQUEUE ALG_OP_DECRYPT
    ALG_OP_ENCRYPT VMADDR_CID_ANY VMADDR_CID_HOST VMADDR_PORT_ANY J1939_MAX_UNICAST_ADDR
    J1939_IDLE_ADDR J1939_NO_ADDR J1939_NO_NAME J1939_PGN_REQUEST J1939_PGN_ADDRESS_CLAIMED
    J1939_PGN_ADDRESS_COMMANDED J1939_PGN_PDU1_MAX J1939_PGN_MAX J1939_NO_PGN J1939_FILTER_MAX
    J1939_EE_INFO_NONE J1939_EE_INFO_TX_ABORT J1939_NLA_PAD J1939_NLA_BYTES_ACKED
    CAN_EFF_FLAG CAN_RTR_FLAG CAN_ERR_FLAG CAN_SFF_MASK CAN_EFF_MASK CAN_ERR_MASK
}

same_address_info_codes! {
    EAI_BADFLAGS EAI_NONAME EAI_AGAIN EAI_FAIL EAI_NODATA EAI_FAMILY EAI_SOCKTYPE EAI_SERVICE
    EAI_MEMORY EAI_SYSTEM EAI_OVERFLOW
}

same_errnos! {
    EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT
    ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG
    ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY
    ELOOP ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR
    EXFULL ENOANO EBADRQC EBADSLT EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE
    ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG
    ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK
    EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP
    EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET
    ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT
    ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL
    EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED
    EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON
}
