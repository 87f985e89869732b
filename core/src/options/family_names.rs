//! Options of the families beside the internet's.
//!
//! Sources: `linux/can/raw.h`, `linux/can/j1939.h`, `linux/if_alg.h`, `linux/tipc.h`, `vsock(7)`,
//! `packet(7)`, `netlink(7)`, and BlueZ's `hci.h`.

names! {
    "SOL_CAN_RAW";
    /// Which frames are received: identifiers and masks.
    CAN_RAW_FILTER = 1;
    /// Which error frames are received.
    CAN_RAW_ERR_FILTER = 2;
    /// Whether frames reach the other sockets of this host.
    CAN_RAW_LOOPBACK = 3;
    /// Whether own frames come back.
    CAN_RAW_RECV_OWN_MSGS = 4;
    /// Allow frames of up to 64 bytes.
    CAN_RAW_FD_FRAMES = 5;
    /// A frame must pass all filters.
    CAN_RAW_JOIN_FILTERS = 6;
}

names! {
    "SOL_CAN_J1939";
    /// Which messages are received.
    SO_J1939_FILTER = 1;
    /// Receive what is for others too.
    SO_J1939_PROMISC = 2;
    /// The priority of sent messages, 0 to 7.
    SO_J1939_SEND_PRIO = 3;
    /// Receive what became of sent messages from the error queue.
    SO_J1939_ERRQUEUE = 4;
}

names! {
    "SOL_ALG";
    /// The key.
    ALG_SET_KEY = 1;
    /// The initialisation vector, as a control message.
    ALG_SET_IV = 2;
    /// The operation, as a control message.
    ALG_SET_OP = 3;
    /// How many bytes are only authenticated, as a control message.
    ALG_SET_AEAD_ASSOCLEN = 4;
    /// How many bytes the authentication has.
    ALG_SET_AEAD_AUTHSIZE = 5;
    /// The public key. No released kernel has it, and the number means something else there.
    ALG_SET_PUBKEY = 6;
}

names! {
    "SOL_TIPC";
    /// How important the messages are; the less are dropped first.
    TIPC_IMPORTANCE = 127;
    /// Whether messages may be dropped on the way.
    TIPC_SRC_DROPPABLE = 128;
    /// Whether undeliverable messages are dropped, and not sent back.
    TIPC_DEST_DROPPABLE = 129;
    /// Milliseconds that connecting may take.
    TIPC_CONN_TIMEOUT = 130;
}

names! {
    "AF_VSOCK";
    /// Bytes of buffer, a 64-bit number.
    SO_VM_SOCKETS_BUFFER_SIZE = 0;
    /// The least bytes of buffer, a 64-bit number.
    SO_VM_SOCKETS_BUFFER_MIN_SIZE = 1;
    /// The most bytes of buffer, a 64-bit number.
    SO_VM_SOCKETS_BUFFER_MAX_SIZE = 2;
}

names! {
    "SOL_PACKET";
    /// Join a group of the interface, or see everything: `struct packet_mreq`.
    PACKET_ADD_MEMBERSHIP = 1;
    /// Undo it.
    PACKET_DROP_MEMBERSHIP = 2;
    /// What was received and dropped since the last question. Read only.
    PACKET_STATISTICS = 6;
    /// Receive what the interface knows about each frame.
    PACKET_AUXDATA = 8;
}

names! {
    "SOL_NETLINK";
    /// Hear a group, by number.
    NETLINK_ADD_MEMBERSHIP = 1;
    /// Stop hearing it.
    NETLINK_DROP_MEMBERSHIP = 2;
    /// Receive the group of each message.
    NETLINK_PKTINFO = 3;
}

names! {
    "SOL_HCI";
    /// Receive the direction of each packet.
    HCI_DATA_DIR = 1;
    /// Which packets and events are received.
    HCI_FILTER = 2;
    /// Receive the time of each packet.
    HCI_TIME_STAMP = 3;
}
