//! The side that answers.

use std::boxed::Box;
use std::io::{self, ErrorKind, Read, Write};
use std::vec;
use std::vec::Vec;

use berkeley::{
    Backend, Errno, Error, MessageFlags, OutgoingMessage, Patience, PollEntry, Readiness,
};

use super::codec::{Answer, Disturbance, MOST_DATA, Number, Prefix, Question, Request};

/// Does what requests ask for, on this backend.
pub struct Server<B: Backend> {
    backend: B,
    /// By their numbers.
    sockets: Vec<Option<B::Handle>>,
    disturb: Option<Disturb>,
}

/// Has something happen on the way, and says to how many frames something has.
type Disturb = Box<dyn FnMut(Option<Disturbance>) -> u32 + Send>;

impl<B: Backend> Server<B> {
    /// A server without a socket.
    pub const fn new(backend: B) -> Server<B> {
        Server { backend, sockets: Vec::new(), disturb: None }
    }

    /// Has it make faults on the way by calling this.
    pub fn set_faults(&mut self, disturb: impl FnMut(Option<Disturbance>) -> u32 + Send + 'static) {
        self.disturb = Some(Box::new(disturb));
    }

    /// Answers the requests of a stream until it ends.
    ///
    /// # Errors
    ///
    /// Those of the streams; a frame that is too long, for nobody knows where it ends.
    pub fn serve(&mut self, requests: &mut impl Read, answers: &mut impl Write) -> io::Result<()> {
        let mut prefix = [0; Prefix::LENGTH];
        loop {
            // Between two frames a stream may end.
            match requests.read_exact(&mut prefix[..1]) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
                outcome => outcome?,
            }
            requests.read_exact(&mut prefix[1..])?;
            let prefix = Prefix::decode(prefix)?;
            let (mut head, mut data) = (vec![0; prefix.head], vec![0; prefix.data]);
            requests.read_exact(&mut head)?;
            requests.read_exact(&mut data)?;
            answers.write_all(&self.answer(&head, &data))?;
            answers.flush()?;
        }
    }

    /// The whole frame that answers this one.
    pub fn answer(&mut self, head: &[u8], data: &[u8]) -> Vec<u8> {
        let request = Request::decode(head);
        let mut found = Vec::new();
        let answer = request
            .and_then(|request| self.perform(request, data, &mut found))
            .unwrap_or_else(Answer::Failed)
            .encode();
        let prefix = Prefix { head: answer.as_slice().len(), data: found.len() };
        [&prefix.encode(), answer.as_slice(), &found].concat()
    }

    fn perform(
        &mut self,
        request: Request,
        data: &[u8],
        found: &mut Vec<u8>,
    ) -> Result<Answer, Error> {
        const NEVER: Patience = Patience::Never;
        let backend = &self.backend;
        Ok(match request {
            Request::Socket(family, socket_type, protocol) => {
                let handle = backend.socket(family, socket_type, protocol, true)?;
                Answer::Socket(self.keep(handle))
            }
            Request::SocketPair(family, socket_type, protocol) => {
                let (first, second) = backend.socketpair(family, socket_type, protocol, true)?;
                Answer::SocketPair(self.keep(first), self.keep(second))
            }
            Request::Retain(socket) => {
                let handle = backend.retain(self.handle(socket)?)?;
                Answer::Socket(self.keep(handle))
            }
            Request::Close(socket) => {
                let handle = self.place(socket).and_then(|place| self.sockets[place].take());
                self.backend.close(handle.ok_or(Errno::EBADF)?, NEVER)?;
                Answer::Done
            }
            Request::Bind(socket, address) => {
                backend.bind(self.handle(socket)?, &address)?;
                Answer::Done
            }
            Request::Listen(socket, backlog) => {
                backend.listen(self.handle(socket)?, backlog)?;
                Answer::Done
            }
            Request::Accept(socket) => {
                let (handle, peer) = backend.accept(self.handle(socket)?, NEVER, true)?;
                Answer::Accepted(self.keep(handle), peer)
            }
            Request::Connect(socket, address) => {
                backend.connect(self.handle(socket)?, &address, NEVER)?;
                Answer::Done
            }
            Request::ConnectOutcome(socket) => {
                backend.connect_outcome(self.handle(socket)?)?;
                Answer::Done
            }
            Request::Receive(socket, most, flags) => {
                found.resize(MOST_DATA.min(most as usize), 0);
                let received = self.receive(socket, found, flags);
                found.truncate(received.as_ref().map_or(0, |(length, _)| *length));
                received?.1
            }
            Request::Send(socket, flags, address) => {
                let address = address.as_ref();
                let message = OutgoingMessage { parts: &[data], address, control: &[] };
                let sent = backend.sendmsg(self.handle(socket)?, &message, flags, NEVER)?;
                Answer::Sent(sent as u32)
            }
            Request::Shutdown(socket, how) => {
                backend.shutdown(self.handle(socket)?, how)?;
                Answer::Done
            }
            Request::SocketName(socket) => Answer::Name(backend.getsockname(self.handle(socket)?)?),
            Request::PeerName(socket) => Answer::Name(backend.getpeername(self.handle(socket)?)?),
            Request::ReadOption(socket, level, name, most) => {
                let mut value = vec![0; MOST_DATA.min(most as usize)];
                let length = backend.getsockopt(self.handle(socket)?, level, name, &mut value)?;
                found.extend_from_slice(&value[..length]);
                Answer::Value
            }
            Request::SetOption(socket, level, name) => {
                backend.setsockopt(self.handle(socket)?, level, name, data)?;
                Answer::Done
            }
            Request::Poll => self.poll(data, found)?,
            Request::Disturb(fault) => {
                let disturb = self.disturb.as_mut().ok_or(Errno::EOPNOTSUPP)?;
                Answer::Disturbed(disturb(fault))
            }
        })
    }

    fn receive(
        &self,
        socket: Number,
        buffer: &mut [u8],
        flags: MessageFlags,
    ) -> Result<(usize, Answer), Error> {
        let handle = self.handle(socket)?;
        let message =
            self.backend.recvmsg(handle, &mut [buffer], &mut [], flags, Patience::Never)?;
        let full_length = message.full_length as u32;
        Ok((message.length, Answer::Received(full_length, message.flags, message.address)))
    }

    fn poll(&self, questions: &[u8], found: &mut Vec<u8>) -> Result<Answer, Error> {
        let (questions, []) = questions.as_chunks() else { return Err(Errno::EPROTO.into()) };
        let nothing = self.backend.closed();
        let mut entries: Vec<PollEntry<'_, B::Handle>> = questions
            .iter()
            .map(|bytes| {
                let Question { socket, interest } = Question::decode(*bytes);
                PollEntry::new(self.handle(socket).unwrap_or(&nothing), interest)
            })
            .collect();
        let ready = self.backend.wait(&mut entries, Some(self.backend.now()))?;
        for PollEntry { ready: Readiness(bits), .. } in &entries {
            found.extend_from_slice(&bits.to_be_bytes());
        }
        Ok(Answer::Ready(ready as u32))
    }

    /// Gives a socket the lowest free number.
    fn keep(&mut self, handle: B::Handle) -> Number {
        let free = self.sockets.iter().position(Option::is_none);
        let place = free.unwrap_or(self.sockets.len());
        if place == self.sockets.len() {
            self.sockets.push(None);
        }
        self.sockets[place] = Some(handle);
        place as Number
    }

    fn place(&self, socket: Number) -> Option<usize> {
        usize::try_from(socket).ok().filter(|place| *place < self.sockets.len())
    }

    fn handle(&self, socket: Number) -> Result<&B::Handle, Error> {
        let handle = self.place(socket).and_then(|place| self.sockets[place].as_ref());
        handle.ok_or(Errno::EBADF.into())
    }
}

/// Whoever asks has gone: his sockets are closed.
impl<B: Backend> Drop for Server<B> {
    fn drop(&mut self) {
        for handle in self.sockets.drain(..).flatten() {
            // What was sent is still delivered; nobody is left to be told.
            let _ = self.backend.close(handle, Patience::Never);
        }
    }
}
