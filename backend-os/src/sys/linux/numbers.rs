//! Numbers: the core's are the generic Linux ones, so nothing is translated here.
//!
//! Instead each is compared with what the C library says for the architecture, when compiling. An
//! architecture that counts differently (MIPS, SPARC, PA-RISC, Alpha) does not compile until it
//! has a translation.

use berkeley::options::*;
use berkeley::{
    AddressFamily, Errno, MessageFlags, OptionLevel, Protocol, Readiness, SOMAXCONN, Shutdown,
    SocketType,
};

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

same! {
    AddressFamily::UNSPEC.0 => libc::AF_UNSPEC;
    AddressFamily::UNIX.0 => libc::AF_UNIX;
    AddressFamily::INET.0 => libc::AF_INET;
    AddressFamily::INET6.0 => libc::AF_INET6;
    AddressFamily::NETLINK.0 => libc::AF_NETLINK;
    AddressFamily::PACKET.0 => libc::AF_PACKET;
    AddressFamily::CAN.0 => libc::AF_CAN;
    AddressFamily::TIPC.0 => libc::AF_TIPC;
    AddressFamily::BLUETOOTH.0 => libc::AF_BLUETOOTH;
    AddressFamily::VSOCK.0 => libc::AF_VSOCK;
    SocketType::STREAM.0 => libc::SOCK_STREAM;
    SocketType::DGRAM.0 => libc::SOCK_DGRAM;
    SocketType::RAW.0 => libc::SOCK_RAW;
    SocketType::RDM.0 => libc::SOCK_RDM;
    SocketType::SEQPACKET.0 => libc::SOCK_SEQPACKET;
    SocketType::NONBLOCK.0 => libc::SOCK_NONBLOCK;
    SocketType::CLOEXEC.0 => libc::SOCK_CLOEXEC;
    Protocol::DEFAULT.0 => libc::IPPROTO_IP;
    Protocol::ICMP.0 => libc::IPPROTO_ICMP;
    Protocol::TCP.0 => libc::IPPROTO_TCP;
    Protocol::UDP.0 => libc::IPPROTO_UDP;
    Protocol::ICMPV6.0 => libc::IPPROTO_ICMPV6;
    Protocol::RAW.0 => libc::IPPROTO_RAW;
    Shutdown::RD.0 => libc::SHUT_RD;
    Shutdown::WR.0 => libc::SHUT_WR;
    Shutdown::RDWR.0 => libc::SHUT_RDWR;
    SOMAXCONN => libc::SOMAXCONN;
    OptionLevel::IP.0 => libc::SOL_IP;
    OptionLevel::SOCKET.0 => libc::SOL_SOCKET;
    OptionLevel::TCP.0 => libc::SOL_TCP;
    OptionLevel::UDP.0 => libc::SOL_UDP;
    OptionLevel::IPV6.0 => libc::SOL_IPV6;
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

same_options! {
    SO_DEBUG SO_REUSEADDR SO_TYPE SO_ERROR SO_DONTROUTE SO_BROADCAST SO_SNDBUF SO_RCVBUF
    SO_KEEPALIVE SO_OOBINLINE SO_LINGER SO_REUSEPORT SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO
    SO_SNDTIMEO SO_ACCEPTCONN SO_PROTOCOL SO_DOMAIN IP_TOS IP_TTL IP_MULTICAST_IF
    IP_MULTICAST_TTL IP_MULTICAST_LOOP IPV6_UNICAST_HOPS IPV6_MULTICAST_HOPS IPV6_V6ONLY
    IPV6_TCLASS TCP_NODELAY TCP_MAXSEG TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT TCP_SYNCNT
    TCP_USER_TIMEOUT
}

same_errnos! {
    EPERM ENOENT EINTR EIO ENXIO EBADF EAGAIN ENOMEM EACCES EFAULT EBUSY EEXIST ENODEV ENOTDIR
    EISDIR EINVAL ENFILE EMFILE ENOTTY EFBIG ENOSPC ESPIPE EROFS EPIPE EDOM ERANGE EDEADLK
    ENAMETOOLONG ENOSYS ELOOP EPROTO EOVERFLOW ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE
    ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE
    EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN
    ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS
    ECANCELED
}
