//! A small server of HTTP/1.1 (RFC 9112) that serves several connections on one thread: what a program
//! looks like that waits for all its sockets at once, written once for every backend.
//!
//! It answers `GET` and `HEAD`. A connection stays for further requests, unless its client speaks
//! HTTP/1.0 or says otherwise.

use core::fmt::Write;

use berkeley::{
    AddressFamily, Backend, Errno, Error, Net, PollEntry, Readiness, Socket, ToAddress, options,
};

/// How many connections are served at a time; others wait in the backlog.
const CONNECTIONS: usize = 8;
/// The longest head of a request.
const REQUEST: usize = 1024;

/// What `/` is.
const GREETING: &[u8] = b"Hello, world\n";
/// What the other pages are parts of, again and again.
static LETTERS: [u8; 26 * 160] = letters();

/// What the body of an answer is.
pub trait Page {
    /// How many bytes it has.
    fn length(&self) -> usize;

    /// Some bytes from this position on: one at least where it is not the end.
    fn part(&self, position: usize) -> &[u8];
}

impl<const N: usize> Page for heapless::String<N> {
    fn length(&self) -> usize {
        self.len()
    }

    fn part(&self, position: usize) -> &[u8] {
        self.as_bytes().get(position..).unwrap_or(&[])
    }
}

/// Listens at `address` and answers so many requests: of `/`, and of `/N` with N letters.
///
/// # Errors
///
/// Any error of the listener. One of a connection ends that connection.
pub fn http_server<B: Backend + Clone>(
    net: &Net<B>,
    family: AddressFamily,
    address: impl ToAddress,
    requests: usize,
) -> Result<(), Error> {
    serve_pages(net, family, address, requests, Repeated::at)
}

/// Listens at `address` and answers so many requests with these pages: `page_at` is told what is
/// behind the first slash.
///
/// # Errors
///
/// As [`http_server`].
pub fn serve_pages<B: Backend + Clone, P: Page>(
    net: &Net<B>,
    family: AddressFamily,
    address: impl ToAddress,
    requests: usize,
    page_at: impl Fn(&str) -> Option<P>,
) -> Result<(), Error> {
    let mut listener = net.stream(family)?;
    listener.setblocking(false)?;
    listener.bind(address)?;
    listener.listen(CONNECTIONS as i32)?;
    let mut connections = heapless::Vec::<Connection<B, P>, CONNECTIONS>::new();
    let mut answered = 0;
    while answered < requests {
        wait(net, &listener, &connections)?;
        while !connections.is_full() {
            match listener.accept() {
                Ok((socket, _)) => _ = connections.push(Connection::new(socket)?),
                Err(error) if error.is(Errno::EAGAIN) => break,
                Err(error) => return Err(error),
            }
        }
        connections.retain_mut(|connection| connection.work(&page_at, &mut answered));
    }
    Ok(())
}

/// Waits until a connection can go on, or there is a further one and room for it.
fn wait<B: Backend + Clone, P: Page>(
    net: &Net<B>,
    listener: &Socket<B>,
    connections: &heapless::Vec<Connection<B, P>, CONNECTIONS>,
) -> Result<(), Error> {
    let mut entries = heapless::Vec::<_, { CONNECTIONS + 1 }>::new();
    for Connection { socket, answer, .. } in connections {
        let interest = if answer.is_some() { Readiness::WRITABLE } else { Readiness::READABLE };
        _ = entries.push(PollEntry::new(socket.handle(), interest));
    }
    if !connections.is_full() {
        _ = entries.push(PollEntry::new(listener.handle(), Readiness::READABLE));
    }
    net.poll(&mut entries, None)?;
    Ok(())
}

/// A client's connection.
struct Connection<B: Backend + Clone, P> {
    socket: Socket<B>,
    /// What has come, and is not answered yet.
    received: heapless::Vec<u8, REQUEST>,
    /// What is being sent.
    answer: Option<Answer<P>>,
}

impl<B: Backend + Clone, P: Page> Connection<B, P> {
    fn new(mut socket: Socket<B>) -> Result<Connection<B, P>, Error> {
        socket.setblocking(false)?;
        // An answer is sent in parts: none is to wait until the one before is acknowledged.
        socket.set_option(options::NODELAY, true)?;
        Ok(Connection { socket, received: heapless::Vec::new(), answer: None })
    }

    /// Goes on until it would have to wait; false when the connection is over.
    fn work(&mut self, page_at: &impl Fn(&str) -> Option<P>, answered: &mut usize) -> bool {
        loop {
            let goes_on = match &mut self.answer {
                None => self.receive(page_at),
                Some(answer) if answer.unsent().is_empty() => {
                    let last = answer.last;
                    self.answer = None;
                    *answered += 1;
                    Ok(!last)
                }
                Some(answer) => self.socket.send(answer.unsent()).map(|count| {
                    answer.sent += count;
                    true
                }),
            };
            match goes_on {
                Ok(true) => {}
                Ok(false) => return false,
                Err(error) => return error.is(Errno::EAGAIN),
            }
        }
    }

    /// Answers the next request, or receives more of it; false at the end of the stream.
    fn receive(&mut self, page_at: &impl Fn(&str) -> Option<P>) -> Result<bool, Error> {
        const END: &[u8] = b"\r\n\r\n";
        let end = self.received.windows(END.len()).position(|bytes| bytes == END);
        if let Some(request) = end.and_then(|end| self.received.get(..end)) {
            let length = request.len() + END.len();
            self.answer = Some(Answer::to(request, page_at));
            self.received.drain(..length);
            return Ok(true);
        }
        if self.received.is_full() {
            self.answer = Some(Answer::failure("431 Request Header Fields Too Large"));
            return Ok(true);
        }
        let mut buffer = [0; REQUEST];
        let room = buffer.get_mut(self.received.len()..).unwrap_or_default();
        let count = self.socket.recv(room)?;
        _ = self.received.extend_from_slice(room.get(..count).unwrap_or_default());
        Ok(count > 0)
    }
}

/// A response (RFC 9112, section 4), and how much of it has been sent.
struct Answer<P> {
    head: heapless::String<128>,
    body: Option<P>,
    sent: usize,
    /// The connection ends with it.
    last: bool,
}

impl<P: Page> Answer<P> {
    /// The answer to a request: its first line, and the fields of its head.
    fn to(request: &[u8], page_at: &impl Fn(&str) -> Option<P>) -> Answer<P> {
        let text = core::str::from_utf8(request).unwrap_or("");
        let mut lines = text.split("\r\n");
        let mut words = lines.next().unwrap_or("").split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Answer::failure("400 Bad Request");
        };
        let field = |name: &str| {
            let mut fields = lines.clone().filter_map(|line| line.split_once(':'));
            fields.find(|field| field.0.eq_ignore_ascii_case(name)).map(|field| field.1)
        };
        let last = match version {
            "HTTP/1.0" => true,
            "HTTP/1.1" if field("Host").is_none() => return Answer::failure("400 Bad Request"),
            "HTTP/1.1" => field("Connection").is_some_and(|value| value.trim() == "close"),
            _ => return Answer::failure("505 HTTP Version Not Supported"),
        };
        let page = target.strip_prefix('/').and_then(page_at);
        let status = if page.is_some() { "200 OK" } else { "404 Not Found" };
        let answer = Answer::new(status, page, last);
        match method {
            "GET" => answer,
            "HEAD" => Answer { body: None, ..answer },
            _ => Answer::failure("501 Not Implemented"),
        }
    }

    /// The last answer of a connection on which nothing more is understood.
    fn failure(status: &str) -> Answer<P> {
        Answer::new(status, None, true)
    }

    fn new(status: &str, body: Option<P>, last: bool) -> Answer<P> {
        let mut head = heapless::String::new();
        let length = body.as_ref().map_or(0, Page::length);
        let close = if last { "Connection: close\r\n" } else { "" };
        // The longest of them is shorter than the room.
        _ = write!(head, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{close}\r\n");
        Answer { head, body, sent: 0, last }
    }

    /// What is to be sent next.
    fn unsent(&self) -> &[u8] {
        let Some(position) = self.sent.checked_sub(self.head.len()) else {
            return &self.head.as_bytes()[self.sent..];
        };
        self.body.as_ref().map_or(&[], |page| page.part(position))
    }
}

/// So many bytes of a pattern, again and again.
struct Repeated {
    pattern: &'static [u8],
    length: usize,
}

impl Repeated {
    fn at(path: &str) -> Option<Repeated> {
        if path.is_empty() {
            return Some(Repeated { pattern: GREETING, length: GREETING.len() });
        }
        Some(Repeated { pattern: &LETTERS, length: path.parse().ok()? })
    }
}

impl Page for Repeated {
    fn length(&self) -> usize {
        self.length
    }

    fn part(&self, position: usize) -> &[u8] {
        let part = &self.pattern[position % 26..];
        &part[..part.len().min(self.length - position)]
    }
}

const fn letters<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut letters = [0; LENGTH];
    let mut place = 0;
    while place < LENGTH {
        letters[place] = b'a' + (place % 26) as u8;
        place += 1;
    }
    letters
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    /// What an answer sends, its body cut off at ten bytes.
    fn said(request: &str) -> (String, bool) {
        let mut answer = Answer::to(request.as_bytes(), &Repeated::at);
        if let Some(page) = &mut answer.body {
            page.length = page.length.min(10);
        }
        let mut said = String::new();
        while !answer.unsent().is_empty() {
            said.push(char::from(answer.unsent()[0]));
            answer.sent += 1;
        }
        (said, answer.last)
    }

    #[test]
    fn requests_are_answered() {
        // request, with `|` at the ends of lines; status, length, body, whether it is the last one
        for (request, status, length, body, last) in [
            ("GET / HTTP/1.1|Host: here", "200 OK", 13, "Hello, wor", false),
            ("GET /3 HTTP/1.1|host:here", "200 OK", 3, "abc", false),
            ("GET /1000000 HTTP/1.1|Host: here", "200 OK", 1_000_000, "abcdefghij", false),
            ("HEAD /3 HTTP/1.1|Host: here", "200 OK", 3, "", false),
            ("GET / HTTP/1.1|Host: here|Connection: close", "200 OK", 13, "Hello, wor", true),
            ("GET / HTTP/1.0", "200 OK", 13, "Hello, wor", true),
            ("GET /x HTTP/1.1|Host: here", "404 Not Found", 0, "", false),
            ("GET / HTTP/1.1", "400 Bad Request", 0, "", true), // no host
            ("GET /", "400 Bad Request", 0, "", true),
            ("", "400 Bad Request", 0, "", true),
            ("POST / HTTP/1.1|Host: here", "501 Not Implemented", 0, "", true),
            ("GET / HTTP/2.0", "505 HTTP Version Not Supported", 0, "", true),
        ] {
            let request = request.replace('|', "\r\n");
            let close = if last { "Connection: close\r\n" } else { "" };
            let expected =
                std::format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{close}\r\n{body}");
            assert_eq!(said(&request), (expected, last), "{request}");
        }
    }
}
