//! Options of TCP, UDP and UDP-Lite. Sources: `tcp(7)`, `udp(7)`, `udplite(7)`, `linux/tcp.h`.

names! {
    "SOL_TCP";
    /// Send small segments at once.
    TCP_NODELAY = 1;
    /// Largest segment.
    TCP_MAXSEG = 2;
    /// Send nothing but full segments, for at most 200 milliseconds.
    TCP_CORK = 3;
    /// Seconds of silence before the first probe.
    TCP_KEEPIDLE = 4;
    /// Seconds between probes.
    TCP_KEEPINTVL = 5;
    /// Unanswered probes before giving up.
    TCP_KEEPCNT = 6;
    /// How often the opening segment is repeated.
    TCP_SYNCNT = 7;
    /// Seconds that a closed socket waits for the peer's end.
    TCP_LINGER2 = 8;
    /// Seconds for which a connection waits for data before it can be accepted.
    TCP_DEFER_ACCEPT = 9;
    /// Largest window that is announced, in bytes.
    TCP_WINDOW_CLAMP = 10;
    /// What the kernel knows about the connection: `struct tcp_info`. Read only.
    TCP_INFO = 11;
    /// Acknowledge at once.
    TCP_QUICKACK = 12;
    /// The congestion control, by name.
    TCP_CONGESTION = 13;
    /// Signatures with a peer, RFC 2385.
    TCP_MD5SIG = 14;
    /// Time out linearly on streams with little in flight.
    TCP_THIN_LINEAR_TIMEOUTS = 16;
    /// Retransmit at the first repeated acknowledgement on such streams; without effect today.
    TCP_THIN_DUPACK = 17;
    /// Milliseconds that sent data may stay unacknowledged.
    TCP_USER_TIMEOUT = 18;
    /// Take the connection apart to move it elsewhere.
    TCP_REPAIR = 19;
    /// Which queue is being repaired.
    TCP_REPAIR_QUEUE = 20;
    /// The sequence number of the queue being repaired.
    TCP_QUEUE_SEQ = 21;
    /// The options of the connection being repaired.
    TCP_REPAIR_OPTIONS = 22;
    /// How many openings with data a listener keeps, RFC 7413.
    TCP_FASTOPEN = 23;
    /// The clock of the timestamps of the connection being repaired.
    TCP_TIMESTAMP = 24;
    /// Writable only with no more unsent bytes than this.
    TCP_NOTSENT_LOWAT = 25;
    /// What the congestion control knows. Read only.
    TCP_CC_INFO = 26;
    /// Keep the headers of the opening segment.
    TCP_SAVE_SYN = 27;
    /// The headers that were kept. Read only.
    TCP_SAVED_SYN = 28;
    /// The windows of the connection being repaired.
    TCP_REPAIR_WINDOW = 29;
    /// `connect()` waits for the first data, which goes with the opening.
    TCP_FASTOPEN_CONNECT = 30;
    /// A protocol on top of the connection inside the kernel, by name.
    TCP_ULP = 31;
    /// Signatures with all peers of a network.
    TCP_MD5SIG_EXT = 32;
    /// The key of the cookies for openings with data.
    TCP_FASTOPEN_KEY = 33;
    /// Openings with data need no cookie.
    TCP_FASTOPEN_NO_COOKIE = 34;
    /// Map received data into memory.
    TCP_ZEROCOPY_RECEIVE = 35;
    /// Receive how many bytes are left to read.
    TCP_INQ = 36;
    /// Microseconds that each segment is delayed.
    TCP_TX_DELAY = 37;
}

names! {
    "SOL_UDP";
    /// Collect what is sent into one datagram until this is off again.
    UDP_CORK = 1;
    /// Cut what is sent into datagrams of so many bytes.
    UDP_SEGMENT = 103;
    /// Receive several datagrams at once, with their length.
    UDP_GRO = 104;
}

names! {
    "SOL_UDPLITE";
    /// How many bytes of a sent packet the checksum covers.
    UDPLITE_SEND_CSCOV = 10;
    /// How many bytes of a received packet the checksum must cover at least.
    UDPLITE_RECV_CSCOV = 11;
}
