//! Sockets as files: modes, lines, text, buffers, who keeps the socket open, timeouts.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

mod common;

use std::fmt::Write as _;
use std::io::{BufRead, Read, Write as _};
use std::thread;
use std::time::Duration;

use berkeley::files::{
    Access, BufferedReader, BufferedWriter, FileOptions, Newline, SocketFile, SocketIo, TextReader,
    TextWriter,
};
use berkeley::{
    AddressFamily, Backend, Errno, Error, PollEntry, Readiness, Refusal, Shutdown, Socket,
};
use berkeley_os::Os;
use common::{PATIENTLY, fill, streams};

const TIMED_OUT_FILE: Error = Error::refused(Refusal::TimedOutFile);

fn pair() -> (Socket<Os>, Socket<Os>) {
    streams(AddressFamily::INET)
}

/// The bytes that arrive at a socket whose peer has sent these and then ended.
fn ended_with(data: &[u8]) -> Socket<Os> {
    let (client, server) = pair();
    client.sendall(data).unwrap();
    client.shutdown(Shutdown::WR).unwrap();
    server
}

fn raw(socket: &Socket<Os>, access: Access) -> SocketIo<Os> {
    SocketIo::new(socket, access).unwrap()
}

fn reader(socket: &Socket<Os>, size: usize) -> BufferedReader<Os> {
    BufferedReader::with_size(raw(socket, Access::Read), size).unwrap()
}

fn writer(socket: &Socket<Os>, size: usize) -> BufferedWriter<Os> {
    BufferedWriter::with_size(raw(socket, Access::Write), size).unwrap()
}

/// Everything up to the end.
fn rest(socket: &Socket<Os>) -> Vec<u8> {
    reader(socket, 1024).read(None).unwrap().unwrap()
}

fn wait_readable(socket: &Socket<Os>) {
    let mut entries = [PollEntry::new(socket.handle(), Readiness::READABLE)];
    assert_eq!(Os.wait(&mut entries, Os.now().checked_add(PATIENTLY)), Ok(1));
}

fn is_readable(socket: &Socket<Os>) -> bool {
    let mut entries = [PollEntry::new(socket.handle(), Readiness::READABLE)];
    Os.wait(&mut entries, Some(berkeley::Instant::ZERO)).unwrap() > 0
}

#[test]
fn modes_make_the_files_that_python_makes() {
    let (socket, _peer) = pair();
    // mode, buffering, type (row S26; measured with CPython 3.11)
    for (mode, buffering, expected) in [
        ("r", None, "TextReader"),
        ("", None, "TextReader"),
        ("rr", None, "TextReader"),
        ("w", None, "TextWriter"),
        ("rw", None, "TextPair"),
        ("wr", Some(1), "TextPair"),
        ("b", None, "Reader"),
        ("rb", None, "Reader"),
        ("br", Some(1), "Reader"),
        ("wb", None, "Writer"),
        ("rwb", None, "Pair"),
        ("bwr", Some(100_000), "Pair"),
        ("rb", Some(0), "Raw(<socket.SocketIo Read "),
        ("wb", Some(0), "Raw(<socket.SocketIo Write "),
        ("rwb", Some(0), "Raw(<socket.SocketIo ReadWrite "),
        ("b", Some(0), "Raw(<socket.SocketIo Read "),
    ] {
        let options = FileOptions { buffering, ..FileOptions::default() };
        let file = socket.makefile(mode, options).unwrap();
        let text = format!("{file:?}");
        assert!(text.starts_with(expected), "{mode:?}, {buffering:?}: {text}");
        let after = text.as_bytes()[expected.len()];
        assert!(expected.ends_with(' ') || b"( ".contains(&after), "{mode:?}: {text}");
    }
    // mode, buffering: what is a ValueError
    for (mode, buffering) in
        [("x", None), ("rt", None), ("a", None), ("rb+", None), ("r", Some(0)), ("rw", Some(0))]
    {
        let options = FileOptions { buffering, ..FileOptions::default() };
        let error = socket.makefile(mode, options).unwrap_err();
        assert_eq!(error, Error::INVALID_VALUE, "{mode:?}, {buffering:?}");
    }
    let file = socket.makefile("r", FileOptions::default()).unwrap();
    assert_eq!(file.into_writer().unwrap_err(), Error::INVALID_VALUE);
}

#[test]
fn a_file_does_only_what_it_is_for() {
    let (socket, _peer) = pair();
    let unsupported = Error::from(Errno::EOPNOTSUPP);
    let (mut read, mut write) = (raw(&socket, Access::Read), raw(&socket, Access::Write));
    assert_eq!((read.readable(), read.writable(), read.seekable()), (true, false, false));
    assert_eq!((write.readable(), write.writable(), write.seekable()), (false, true, false));
    assert_eq!(read.write(b"x"), Err(unsupported));
    assert_eq!(write.readinto(&mut [0; 4]), Err(unsupported));
    assert_eq!(BufferedReader::new(write).unwrap_err(), unsupported);
    assert_eq!(BufferedWriter::new(read).unwrap_err(), unsupported);
    let both = || raw(&socket, Access::ReadWrite);
    assert_eq!(BufferedReader::with_size(both(), 0).unwrap_err(), Error::INVALID_VALUE);
    assert_eq!(BufferedWriter::with_size(both(), 0).unwrap_err(), Error::INVALID_VALUE);
    // A size that no memory has is an error of the call, and no panic.
    assert_eq!(BufferedReader::with_size(both(), usize::MAX).unwrap_err(), Errno::ENOMEM.into());
    assert_eq!(BufferedWriter::with_size(both(), usize::MAX).unwrap_err(), Errno::ENOMEM.into());
}

#[test]
fn bytes_are_read_in_every_way() {
    // A buffer smaller than a read, one that is just large enough, and one that is larger.
    for size in [1, 3, 4, 8192] {
        let mut file = reader(&ended_with(b"abcdefgh\nij\n\nkl"), size);
        assert_eq!(file.read(Some(0)).unwrap().unwrap(), b"");
        assert_eq!(file.read(Some(4)).unwrap().unwrap(), b"abcd", "{size}");
        assert_eq!(&file.peek().unwrap()[..1], b"e");
        let mut two = [0; 2];
        assert_eq!(file.readinto(&mut two), Ok(Some(2)));
        assert_eq!(&two, b"ef");
        assert_eq!(file.readline(Some(1)).unwrap(), b"g");
        assert_eq!(file.readline(Some(2)).unwrap(), b"h\n");
        assert_eq!(file.readline(None).unwrap(), b"ij\n");
        assert_eq!(file.readline(Some(0)).unwrap(), b"");
        let lines: Result<Vec<_>, _> = (&mut file).into_iter().collect();
        assert_eq!(lines.unwrap(), [b"\n".to_vec(), b"kl".to_vec()]);
        assert_eq!(file.read(Some(1)).unwrap().unwrap(), b"", "the end");
        assert_eq!(file.read1(1).unwrap().unwrap(), b"");
        assert_eq!(file.readinto(&mut two), Ok(Some(0)));
        assert_eq!(file.peek().unwrap(), b"");
    }
}

#[test]
fn at_most_one_receive_is_at_most_what_is_there() {
    let (client, server) = pair();
    let mut file = reader(&server, 4);
    client.sendall(b"abcdef").unwrap();
    wait_readable(&server);
    assert_eq!(file.read1(100).unwrap().unwrap(), b"abcd", "one buffer");
    assert_eq!(file.read1(1).unwrap().unwrap(), b"e");
    assert_eq!(file.unread(), b"f");
    let (file, unread) = file.into_parts();
    assert_eq!(unread, b"f");
    file.close().unwrap();
}

#[test]
fn ends_of_lines_follow_the_rule() {
    use Newline::{CarriageReturn, CarriageReturnLineFeed, LineFeed, Universal, Untranslated};
    const TEXT: &[u8] = b"a\nb\rc\r\nd\r\r\n\n\re";
    // rule, the lines of TEXT (as io.TextIOWrapper(io.BytesIO(TEXT), newline=...) gives them)
    for (newline, expected) in [
        (Universal, &["a\n", "b\n", "c\n", "d\n", "\n", "\n", "\n", "e"][..]),
        (Untranslated, &["a\n", "b\r", "c\r\n", "d\r", "\r\n", "\n", "\r", "e"][..]),
        (LineFeed, &["a\n", "b\rc\r\n", "d\r\r\n", "\n", "\re"][..]),
        (CarriageReturn, &["a\nb\r", "c\r", "\nd\r", "\r", "\n\n\r", "e"][..]),
        (CarriageReturnLineFeed, &["a\nb\rc\r\n", "d\r\r\n", "\n\re"][..]),
    ] {
        for size in [1, 2, 3, 8192] {
            let mut file = TextReader::new(reader(&ended_with(TEXT), size), newline);
            let lines: Result<Vec<_>, _> = (&mut file).into_iter().collect();
            assert_eq!(lines.unwrap(), expected, "{newline:?}, {size}");
            // The same by characters: no matter where it is cut, nothing is lost.
            let mut file = TextReader::new(reader(&ended_with(TEXT), size), newline);
            let mut all = String::new();
            loop {
                match file.read(Some(1)).unwrap() {
                    character if character.is_empty() => break,
                    character => all += &character,
                }
            }
            assert_eq!(all, expected.concat(), "{newline:?}, {size}");
        }
    }
    // The end of the stream after a `\r` that might have been half of an end.
    for (newline, expected) in [(Universal, "x\n"), (Untranslated, "x\r"), (LineFeed, "x\r")] {
        let mut file = TextReader::new(reader(&ended_with(b"x\r"), 64), newline);
        assert_eq!(file.readline(None).unwrap(), expected, "{newline:?}");
        assert_eq!(file.readline(None).unwrap(), "");
    }
}

#[test]
fn ends_of_lines_are_written_by_the_rule() {
    use Newline::{CarriageReturn, CarriageReturnLineFeed, LineFeed, Universal, Untranslated};
    // rule, what "a\nb\r\n\nc" becomes
    for (newline, expected) in [
        (Universal, &b"a\nb\r\n\nc"[..]),
        (Untranslated, b"a\nb\r\n\nc"),
        (LineFeed, b"a\nb\r\n\nc"),
        (CarriageReturn, b"a\rb\r\r\rc"),
        (CarriageReturnLineFeed, b"a\r\nb\r\r\n\r\nc"),
    ] {
        for size in [1, 2, 8192] {
            let (client, server) = pair();
            let mut file = TextWriter::new(writer(&client, size), newline);
            file.write("a\nb\r\n\nc").unwrap();
            file.close().unwrap();
            client.close().unwrap();
            assert_eq!(rest(&server), expected, "{newline:?}, {size}");
        }
    }
    for (text, newline) in [
        (None, Universal),
        (Some(""), Untranslated),
        (Some("\n"), LineFeed),
        (Some("\r"), CarriageReturn),
        (Some("\r\n"), CarriageReturnLineFeed),
    ] {
        assert_eq!(Newline::from_python(text), Ok(newline));
    }
    assert_eq!(Newline::from_python(Some("\n\r")), Err(Error::INVALID_VALUE));
}

#[test]
fn text_is_utf_8_and_nothing_else() {
    for size in [1, 2, 3, 8192] {
        let mut file =
            TextReader::new(reader(&ended_with("aß€𝄞\nz".as_bytes()), size), Newline::default());
        assert_eq!(file.read(Some(3)).unwrap(), "aß€", "{size}");
        assert_eq!(file.readline(Some(1)).unwrap(), "𝄞");
        assert_eq!(file.readline(None).unwrap(), "\n");
        assert_eq!(file.read(None).unwrap(), "z");
        // bytes, how much can be read before
        for (bytes, before) in [
            (&b"ab\xff"[..], "ab"),
            (b"ab\xe2\x82", "ab"),         // cut off
            (b"ab\xed\xa0\x80", "ab"),     // half of a surrogate pair
            (b"ab\xc0\x80", "ab"),         // longer than need be
            (b"ab\xf4\x90\x80\x80", "ab"), // beyond the last character
        ] {
            let mut file = TextReader::new(reader(&ended_with(bytes), size), Newline::default());
            assert_eq!(file.readline(None), Err(Error::INVALID_VALUE), "{bytes:?}");
            // Nothing was lost: what stands before, then the same error, and the bytes themselves.
            assert_eq!(file.read(Some(2)).as_deref(), Ok(before), "{bytes:?}, {size}");
            assert_eq!(file.read(Some(1)), Err(Error::INVALID_VALUE), "{bytes:?}");
            let left = file.into_reader().read(None).unwrap().unwrap();
            assert_eq!(left, bytes[2..], "{size}");
        }
        // A line before the bad bytes is a line.
        let mut file = TextReader::new(reader(&ended_with(b"ok\n\xff"), size), Newline::default());
        assert_eq!(file.readline(None).unwrap(), "ok\n");
    }
}

#[test]
fn what_is_written_is_sent_when_the_buffer_is_full_or_flushed() {
    let (client, server) = pair();
    let mut file = writer(&client, 4);
    file.write(b"abc").unwrap();
    assert_eq!(file.pending(), b"abc");
    assert!(!is_readable(&server), "nothing was sent");
    file.write(b"de").unwrap();
    assert_eq!(file.pending(), b"de", "full: what was there went");
    file.write(b"0123456789").unwrap();
    assert_eq!(file.pending(), b"", "larger than the buffer: at once");
    file.write(b"x").unwrap();
    file.flush().unwrap();
    assert_eq!(file.pending(), b"");
    file.write(b"y").unwrap();
    drop(file); // flushes
    client.close().unwrap();
    assert_eq!(rest(&server), b"abcde0123456789xy");
}

#[test]
fn a_file_keeps_the_socket_open() {
    // What is closed, in order: `s` the socket object, `1` and `2` files. FIN comes with the last.
    for order in ["s12", "s21", "1s2", "12s", "2s1"] {
        let (client, server) = pair();
        let mut socket = Some(client);
        let mut files = [None, None];
        for file in &mut files {
            *file = Some(reader(socket.as_ref().unwrap(), 16));
        }
        for (index, letter) in order.bytes().enumerate() {
            assert!(!is_readable(&server), "{order}: no end before {index}");
            match letter {
                b's' => socket.take().unwrap().close().unwrap(),
                b'1' => files[0].take().unwrap().close().unwrap(),
                _ => drop(files[1].take()),
            }
        }
        wait_readable(&server);
        assert_eq!(server.recv(&mut [0; 4]), Ok(0), "{order}");
    }
    // Closing a file does nothing to the socket.
    let (client, server) = pair();
    writer(&client, 16).close().unwrap();
    client.sendall(b"on").unwrap();
    drop(client);
    assert_eq!(rest(&server), b"on");
}

#[test]
fn a_shutdown_is_for_all_files() {
    let (client, server) = pair();
    let mut file = reader(&server, 16);
    client.shutdown(Shutdown::RDWR).unwrap();
    assert_eq!(file.readline(None).unwrap(), b"");
    let mut file = writer(&client, 16);
    file.write(b"x").unwrap();
    assert_eq!(file.flush(), Err(Error::from(Errno::EPIPE)));
    assert_eq!(file.pending(), b"x", "not lost");
    assert_eq!(file.close(), Err(Error::from(Errno::EPIPE)));
}

#[test]
fn after_a_timeout_a_file_is_read_no_more() {
    let (client, mut server) = pair();
    server.settimeout(Duration::from_millis(20)).unwrap();
    let mut file = reader(&server, 16);
    client.sendall(b"ab").unwrap();
    assert_eq!(file.read(Some(4)), Err(Error::TIMED_OUT));
    client.sendall(b"cd").unwrap();
    wait_readable(&server);
    assert_eq!(file.read(Some(4)), Err(TIMED_OUT_FILE), "also with data there");
    assert_eq!(file.readline(None), Err(TIMED_OUT_FILE));
    assert_eq!(TIMED_OUT_FILE.to_string(), "cannot read from timed out object");
    // What it had received is not lost, and neither the socket nor other files are concerned.
    assert_eq!(file.read(Some(2)).unwrap().unwrap(), b"ab");
    assert_eq!(reader(&server, 16).read(Some(2)).unwrap().unwrap(), b"cd");

    // Writing goes on after a timeout of reading.
    let mut file = raw(&server, Access::ReadWrite);
    assert_eq!(file.readinto(&mut [0; 4]), Err(Error::TIMED_OUT));
    assert_eq!(file.readinto(&mut [0; 4]), Err(TIMED_OUT_FILE));
    assert_eq!(file.write(b"x"), Ok(Some(1)));
    assert_eq!(client.recv(&mut [0; 4]), Ok(1));
}

#[test]
fn the_timeout_is_for_each_receive() {
    let (client, mut server) = pair();
    server.settimeout(PATIENTLY).unwrap();
    let mut file = reader(&server, 16);
    // Each byte is sent when the one before has been answered, so that the read is many receives.
    thread::scope(|scope| {
        scope.spawn(|| {
            for byte in b"slow" {
                client.sendall(&[*byte]).unwrap();
            }
        });
        assert_eq!(file.read(Some(4)).unwrap().unwrap(), b"slow");
    });
}

#[test]
fn a_non_blocking_socket_has_nothing_and_takes_nothing() {
    let (client, mut server) = pair();
    server.setblocking(false).unwrap();
    let mut file = raw(&server, Access::ReadWrite);
    assert_eq!(file.readinto(&mut [0; 4]), Ok(None));
    let mut buffered = reader(&server, 16);
    assert_eq!(buffered.read(Some(4)), Ok(None));
    assert_eq!(buffered.read(None), Ok(None));
    assert_eq!(buffered.read1(4), Ok(None));
    assert_eq!(buffered.readinto(&mut [0; 4]), Ok(None));
    assert_eq!(buffered.readline(None).unwrap(), b"");
    let mut lines = TextReader::new(reader(&server, 16), Newline::default());
    assert_eq!(lines.readline(None).unwrap(), "");
    client.sendall(b"ab").unwrap();
    wait_readable(&server);
    assert_eq!(buffered.read(Some(4)).unwrap().unwrap(), b"ab", "what is there");
    client.sendall(b"cd\r").unwrap();
    wait_readable(&server);
    assert_eq!(lines.readline(None).unwrap(), "cd", "an incomplete line");
    client.sendall(b"\ne\n").unwrap();
    wait_readable(&server);
    assert_eq!(lines.readline(None).unwrap(), "\n", "the two halves of an end are one");
    assert_eq!(lines.readline(None).unwrap(), "e\n");

    let mut sent = fill(&server);
    // There may be room for single bytes in what was begun.
    while file.write(b"x").unwrap().is_some() {
        sent += 1;
    }
    let mut full = writer(&server, 4);
    full.write(b"abc").unwrap();
    let error = full.write(b"defg").unwrap_err();
    assert_eq!((error.sent, error.error), (1, Error::from(Errno::EAGAIN)));
    assert_eq!(full.pending(), b"abcd");
    assert_eq!(full.flush(), Err(Error::from(Errno::EAGAIN)));
    // A character is taken as a whole.
    let mut text = TextWriter::new(writer(&server, 4), Newline::default());
    let error = text.write("abc€€").unwrap_err();
    assert_eq!((error.sent, text.writer().pending()), (6, "abc€".as_bytes()));
    drop((full, text)); // what they hold cannot be sent any more
    let mut got = 0;
    client.shutdown(Shutdown::WR).unwrap();
    drop((file, buffered, lines, server));
    let mut buffer = vec![0; 1 << 16];
    loop {
        match client.recv(&mut buffer) {
            Ok(0) => break,
            Ok(count) => got += count,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(got, sent);
}

#[test]
fn the_traits_of_std_work_on_sockets_and_files() {
    let (client, server) = pair();
    let (mut near, mut far) = (&client, &server);
    near.write_all(b"one\ntwo\nthree").unwrap();
    near.flush().unwrap();
    let mut four = [0; 4];
    far.read_exact(&mut four).unwrap();
    assert_eq!(&four, b"one\n");

    let mut file = reader(&server, 4);
    let mut line = String::new();
    file.read_line(&mut line).unwrap();
    assert_eq!(line, "two\n");
    let mut out = writer(&client, 4);
    std::io::Write::write_all(&mut out, b", four").unwrap();
    drop(out);
    client.shutdown(Shutdown::WR).unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "three, four");

    let mut text = TextWriter::new(writer(&server, 64), Newline::CarriageReturnLineFeed);
    writeln!(text, "{} + {}", 1, 2).unwrap();
    text.close().unwrap();
    let mut got = [0; 7];
    let mut owned = client;
    owned.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"1 + 2\r\n");

    let (_peer, mut quiet) = pair();
    quiet.setblocking(false).unwrap();
    let mut file = reader(&quiet, 4);
    let error = Read::read(&mut file, &mut got).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "not the end");
    assert_eq!(raw(&quiet, Access::Read).read(&mut got).unwrap_err().kind(), error.kind());
    assert!(matches!(quiet.makefile("rb", FileOptions::default()), Ok(SocketFile::Reader(_))));
}
