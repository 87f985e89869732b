//! Options of IPv4 and IPv6. Sources: `ip(7)`, `ipv6(7)`, RFC 3493, RFC 3542, `linux/in.h`.

names! {
    "SOL_IP";
    /// Type of service.
    IP_TOS = 1;
    /// Time to live of unicast packets.
    IP_TTL = 2;
    /// The program writes the header of IP itself.
    IP_HDRINCL = 3;
    /// The options of the header of IP, at most 40 bytes.
    IP_OPTIONS = 4;
    /// Receive the header's options with each packet.
    IP_RECVOPTS = 6;
    /// Receive the header's options, ready for an answer.
    IP_RETOPTS = 7;
    /// Another name of [`IP_RETOPTS`].
    IP_RECVRETOPTS = 7;
    /// Receive interface and local address with each packet.
    IP_PKTINFO = 8;
    /// Whether packets may be fragmented, and the path's limit is looked for.
    IP_MTU_DISCOVER = 10;
    /// Receive the network's errors from a queue of their own.
    IP_RECVERR = 11;
    /// Receive the time to live of each packet.
    IP_RECVTTL = 12;
    /// Receive the type of service of each packet.
    IP_RECVTOS = 13;
    /// The largest packet to the connected peer, in bytes. Read only.
    IP_MTU = 14;
    /// Allow binding to addresses that this host does not have yet.
    IP_FREEBIND = 15;
    /// Accept and use addresses of others, as a proxy does.
    IP_TRANSPARENT = 19;
    /// Receive the address that a packet was for before it was redirected.
    IP_RECVORIGDSTADDR = 20;
    /// Binding to port 0 leaves the choice of a port to `connect()`.
    IP_BIND_ADDRESS_NO_PORT = 24;
    /// Interface of multicast packets.
    IP_MULTICAST_IF = 32;
    /// Time to live of multicast packets.
    IP_MULTICAST_TTL = 33;
    /// Whether own multicast packets come back.
    IP_MULTICAST_LOOP = 34;
    /// Join a group: its address and that of an interface.
    IP_ADD_MEMBERSHIP = 35;
    /// Leave a group.
    IP_DROP_MEMBERSHIP = 36;
    /// Hear a source of a group again.
    IP_UNBLOCK_SOURCE = 37;
    /// Do not hear a source of a group.
    IP_BLOCK_SOURCE = 38;
    /// Join a group for one source only.
    IP_ADD_SOURCE_MEMBERSHIP = 39;
    /// Leave a group for one source.
    IP_DROP_SOURCE_MEMBERSHIP = 40;
    /// Whether packets to any group that the host has joined are received, or only those to the
    /// socket's own groups.
    IP_MULTICAST_ALL = 49;
    /// The address that a connection was for before it was redirected. Read only.
    SO_ORIGINAL_DST = 80;
}

names! {
    "SOL_IPV6";
    /// Where the kernel writes and checks a checksum; raw sockets have it at this level too.
    IPV6_CHECKSUM = 7;
    /// The address of the next hop.
    IPV6_NEXTHOP = 9;
    /// Hop limit of unicast packets.
    IPV6_UNICAST_HOPS = 16;
    /// Interface of multicast packets, by number.
    IPV6_MULTICAST_IF = 17;
    /// Hop limit of multicast packets.
    IPV6_MULTICAST_HOPS = 18;
    /// Whether own multicast packets come back.
    IPV6_MULTICAST_LOOP = 19;
    /// Join a group: its address and the number of an interface.
    IPV6_JOIN_GROUP = 20;
    /// Leave a group.
    IPV6_LEAVE_GROUP = 21;
    /// Whether packets may be fragmented, and the path's limit is looked for.
    IPV6_MTU_DISCOVER = 23;
    /// The largest packet, in bytes.
    IPV6_MTU = 24;
    /// Receive the network's errors from a queue of their own.
    IPV6_RECVERR = 25;
    /// No IPv4 through this socket.
    IPV6_V6ONLY = 26;
    /// Whether packets to any group that the host has joined are received, or only those to the
    /// socket's own groups.
    IPV6_MULTICAST_ALL = 29;
    /// Receive interface and local address with each packet.
    IPV6_RECVPKTINFO = 49;
    /// Interface and local address of sent packets.
    IPV6_PKTINFO = 50;
    /// Receive the hop limit of each packet.
    IPV6_RECVHOPLIMIT = 51;
    /// The hop limit of one packet, as a control message.
    IPV6_HOPLIMIT = 52;
    /// Receive the options for every hop.
    IPV6_RECVHOPOPTS = 53;
    /// The options for every hop.
    IPV6_HOPOPTS = 54;
    /// The options for the destination that stand before a routing header.
    IPV6_RTHDRDSTOPTS = 55;
    /// Receive the routing header.
    IPV6_RECVRTHDR = 56;
    /// The routing header.
    IPV6_RTHDR = 57;
    /// Receive the options for the destination.
    IPV6_RECVDSTOPTS = 58;
    /// The options for the destination.
    IPV6_DSTOPTS = 59;
    /// Receive the path's limit when it changes.
    IPV6_RECVPATHMTU = 60;
    /// The path's limit for one packet, in bytes. Read only.
    IPV6_PATHMTU = 61;
    /// Never fragment: too long is an error.
    IPV6_DONTFRAG = 62;
    /// Receive the traffic class of each packet.
    IPV6_RECVTCLASS = 66;
    /// Traffic class.
    IPV6_TCLASS = 67;
}
