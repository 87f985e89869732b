//! Options of the socket itself. Sources: `socket(7)`, Linux's `asm-generic/socket.h`.

names! {
    "SOL_SOCKET";
    /// Record debugging information.
    SO_DEBUG = 1;
    /// Allow binding to an address whose last connection is still in TIME-WAIT.
    SO_REUSEADDR = 2;
    /// The socket type. Read only.
    SO_TYPE = 3;
    /// The pending error, which reading clears. Read only.
    SO_ERROR = 4;
    /// Only to hosts on a connected network.
    SO_DONTROUTE = 5;
    /// Allow sending to a broadcast address.
    SO_BROADCAST = 6;
    /// Bytes of send buffer.
    SO_SNDBUF = 7;
    /// Bytes of receive buffer.
    SO_RCVBUF = 8;
    /// Probe idle connections.
    SO_KEEPALIVE = 9;
    /// Out-of-band data stays in the stream.
    SO_OOBINLINE = 10;
    /// The priority of the packets in the queues of this host.
    SO_PRIORITY = 12;
    /// What closing does with unsent data: two `int`s, on/off and seconds.
    SO_LINGER = 13;
    /// Several sockets may share one address and port.
    SO_REUSEPORT = 15;
    /// Receive the sender's process, user and group with each message.
    SO_PASSCRED = 16;
    /// The peer's process, user and group: three `int`s. Read only.
    SO_PEERCRED = 17;
    /// Bytes that make a socket readable.
    SO_RCVLOWAT = 18;
    /// Bytes of room that make a socket writable.
    SO_SNDLOWAT = 19;
    /// The host's own receive timeout. It ends no call of this library, which waits on: use
    /// [`Socket::settimeout`](crate::Socket::settimeout).
    SO_RCVTIMEO = 20;
    /// The host's own send timeout. It ends no call of this library, which waits on: use
    /// [`Socket::settimeout`](crate::Socket::settimeout).
    SO_SNDTIMEO = 21;
    /// Only through the interface of this name.
    SO_BINDTODEVICE = 25;
    /// Receive the time of each packet's arrival, in microseconds.
    SO_TIMESTAMP = 29;
    /// Whether the socket listens. Read only.
    SO_ACCEPTCONN = 30;
    /// The peer's security context, a text. Read only.
    SO_PEERSEC = 31;
    /// Receive the sender's security context with each message.
    SO_PASSSEC = 34;
    /// Receive the time of each packet's arrival, in nanoseconds.
    SO_TIMESTAMPNS = 35;
    /// A number on each packet, for the routing and the packet filter of this host.
    SO_MARK = 36;
    /// The protocol. Read only.
    SO_PROTOCOL = 38;
    /// The address family. Read only.
    SO_DOMAIN = 39;
    /// Receive how many packets were dropped.
    SO_RXQ_OVFL = 40;
    /// The processor that handles the socket's packets.
    SO_INCOMING_CPU = 49;
    /// Only through the interface of this number; 0 is any.
    SO_BINDTOIFINDEX = 62;
}
