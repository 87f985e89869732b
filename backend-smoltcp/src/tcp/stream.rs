//! What a program sees of a stream socket, apart from the connection behind it.

/// The state of a stream socket, as the program sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stream {
    /// Neither connected nor listening.
    Unconnected,
    Listening(Listening),
    /// It has a slot: connecting, connected, or ended with something left to read.
    Open {
        slot: u16,
    },
    /// It had a connection.
    Over(Ending),
}

/// How a connection ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// Before `connect` has said that it stands, if it ever did; the next one says so once, then the
    /// socket is as new.
    NotConnected,
    /// The program knew that it stood.
    Disconnected,
}

/// Finished connections waiting to be accepted: a queue through the slots.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Listening {
    /// How many may wait beyond the first.
    pub(crate) backlog: u16,
    pub(crate) waiting: u16,
    pub(crate) first: Option<u16>,
    pub(crate) last: Option<u16>,
}

impl Stream {
    pub(crate) fn listens(self) -> bool {
        matches!(self, Stream::Listening(_))
    }
}
