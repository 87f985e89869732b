//! `makefile`: files with buffers, and of text. They need a heap.

use std::format;
use std::string::String;
use std::vec::Vec;

use berkeley::files::{
    BufferedReader, DEFAULT_BUFFER_SIZE, FileOptions, Newline, SocketFile, TextReader,
};
use berkeley::{Refusal, SendAllError};

use super::prelude::*;

const BOTH_WAYS: Vary = Vary::FAMILY.and(Vary::ROLE);

/// Every rule for the ends of lines, in the order of Python's manual.
const NEWLINES: [Newline; 5] = [
    Newline::Universal,
    Newline::Untranslated,
    Newline::LineFeed,
    Newline::CarriageReturn,
    Newline::CarriageReturnLineFeed,
];

cases! {
    "makefile-01" modes, Vary::FAMILY, ["S26"],
        "Python manual: makefile; measured, python-socket.md S26",
        "The mode and the size of the buffer choose the kind of file.";
    "makefile-02" wrong_modes, Vary::FAMILY, ["S26", "X08"],
        "measured, python-socket.md S26",
        "Another letter, and text without a buffer, are values that do not exist.";
    "makefile-03" bytes_and_lines, BOTH_WAYS, ["S26"],
        "Python: io.BufferedReader",
        "Reading by count, by line and to the end gives the bytes in order, whatever the buffer.";
    "makefile-04" flushed, BOTH_WAYS, ["S26", "S28"],
        "Python: io.BufferedWriter",
        "What is written leaves when the buffer is full, when it is flushed, and with the file.";
    "makefile-05" lines_read, Vary::NOTHING, ["S27"],
        "Python manual: open, newline",
        "What ends a line, and what becomes of it, is said by the rule.";
    "makefile-06" lines_written, Vary::NOTHING, ["S27"],
        "Python manual: open, newline",
        "The end of a line is written as the rule says.";
    "makefile-07" characters, BOTH_WAYS, ["S27"],
        "Python: io.TextIOWrapper; RFC 3629",
        "Text is UTF-8, counted in characters, however it was cut on the way.";
    "makefile-08" no_characters, Vary::FAMILY, ["S27", "X08"],
        "Python: UnicodeDecodeError; RFC 3629 10",
        "Bytes that are no UTF-8 are a value that does not exist.";
    "makefile-09" each_receive, Vary::NOTHING, ["S29"],
        "measured, python-socket.md S29",
        "The timeout is for each receive, not for the whole read.";
    "makefile-10" after_a_timeout, BOTH_WAYS, ["S29"],
        "measured, python-socket.md S29",
        "After a timeout neither bytes nor lines are received through the file.";
    "makefile-11" nothing_lost, BOTH_WAYS, ["S29"],
        "ours: a call that fails loses nothing",
        "What had come before the timeout can still be read out of the buffer.";
    "makefile-12" nothing_now, BOTH_WAYS, ["S30"],
        "measured, python-socket.md S30",
        "On a non-blocking socket a read of nothing is None, and a line is what there is of it.";
    "makefile-13" no_room, BOTH_WAYS, ["S30"],
        "Python: io.BufferedWriter.write, BlockingIOError.characters_written",
        "A full buffer over a full socket takes what it has room for, and says how much.";
    "makefile-14" two_ways, BOTH_WAYS, ["S26", "S34"],
        "Python manual: makefile, mode rw",
        "A file of both ways reads and writes; what is read ahead is lost to the socket.";
}

/// A file of this mode with the usual buffer, or one of this size.
fn file<B: Backend + Clone>(
    socket: &Socket<B>,
    mode: &str,
    buffering: Option<usize>,
) -> Result<SocketFile<B>, Error> {
    socket.makefile(mode, FileOptions { buffering, newline: Newline::Universal })
}

fn reader<B: Backend + Clone>(socket: &Socket<B>, size: usize) -> Result<BufferedReader<B>, Error> {
    file(socket, "rb", Some(size))?.into_reader()
}

fn text<B: Backend + Clone>(socket: &Socket<B>, newline: Newline) -> Result<TextReader<B>, Error> {
    socket.makefile("r", FileOptions { buffering: None, newline })?.into_text_reader()
}

/// A near socket whose peer has sent this and then ended.
fn ended_with<L: Lab>(lab: &L, variant: &Variant, data: &[u8]) -> Result<Connection<L>, Failure> {
    let connection = connection(lab, variant)?;
    connection.far.sendall(data)?;
    connection.far.shutdown(Shutdown::WR)?;
    Ok(connection)
}

fn modes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far: _far } = connection(lab, variant)?;
    expect_eq!(DEFAULT_BUFFER_SIZE, 8192);
    // mode, buffering, kind
    for (mode, buffering, kind) in [
        ("r", None, "TextReader"),
        ("", None, "TextReader"),
        ("rr", None, "TextReader"),
        ("w", None, "TextWriter"),
        ("rw", None, "TextPair"),
        ("wr", Some(2), "TextPair"),
        ("b", None, "Reader"),
        ("rb", None, "Reader"),
        ("br", Some(1), "Reader"),
        ("wb", None, "Writer"),
        ("rwb", None, "Pair"),
        ("bwr", Some(100_000), "Pair"),
        ("b", Some(0), "Raw, read"),
        ("rb", Some(0), "Raw, read"),
        ("wb", Some(0), "Raw, written"),
        ("rwb", Some(0), "Raw, read and written"),
    ] {
        expect_eq!(kind_of(&file(&near, mode, buffering)?), kind);
    }
    Ok(())
}

fn kind_of<B: Backend + Clone>(file: &SocketFile<B>) -> &'static str {
    match file {
        SocketFile::Raw(raw) if raw.readable() && raw.writable() => "Raw, read and written",
        SocketFile::Raw(raw) if raw.readable() => "Raw, read",
        SocketFile::Raw(_) => "Raw, written",
        SocketFile::Reader(_) => "Reader",
        SocketFile::Writer(_) => "Writer",
        SocketFile::Pair(_) => "Pair",
        SocketFile::TextReader(_) => "TextReader",
        SocketFile::TextWriter(_) => "TextWriter",
        SocketFile::TextPair(_) => "TextPair",
        _ => "another one",
    }
}

fn wrong_modes<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far: _far } = connection(lab, variant)?;
    for (mode, buffering) in [
        ("x", None),
        ("rt", None),
        ("a", None),
        ("rb+", None),
        ("U", None),
        ("r", Some(0)),
        ("w", Some(0)),
        ("rw", Some(0)),
    ] {
        expect_eq!(file(&near, mode, buffering).map(drop), Err(Error::INVALID_VALUE));
    }
    let newline = Newline::from_python(Some("\n\r"));
    expect_eq!(newline, Err(Error::INVALID_VALUE));
    Ok(())
}

fn bytes_and_lines<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    // A buffer smaller than a read, one just as large, larger ones.
    for size in [1, 4, 5, DEFAULT_BUFFER_SIZE] {
        let Connection { near, far: _far } = ended_with(lab, variant, b"abcdefgh\nij\n\nkl")?;
        let mut file = reader(&near, size)?;
        expect_eq!(file.read(Some(0))?.as_deref(), Some(&b""[..]));
        expect_eq!(file.read(Some(4))?.as_deref(), Some(&b"abcd"[..]));
        expect_eq!(file.peek()?.first(), Some(&b'e'));
        let mut two = [0; 2];
        expect_eq!(file.readinto(&mut two)?, Some(2));
        expect_eq!(two, *b"ef");
        expect_eq!(file.readline(Some(1))?, b"g");
        expect_eq!(file.readline(Some(2))?, b"h\n");
        expect_eq!(file.readline(None)?, b"ij\n");
        expect_eq!(file.readline(Some(0))?, b"");
        let lines: Result<Vec<_>, _> = (&mut file).into_iter().collect();
        expect_eq!(lines?, [b"\n".to_vec(), b"kl".to_vec()]);
        // The end, and again.
        for _ in 0..2 {
            expect_eq!(file.read(Some(1))?.as_deref(), Some(&b""[..]));
            expect_eq!(file.readinto(&mut two)?, Some(0));
            expect_eq!(file.readline(None)?, b"");
        }
        expect_eq!(file.read(None)?.as_deref(), Some(&b""[..]));
    }
    Ok(())
}

fn flushed<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let mut file = file(&near, "wb", Some(4))?.into_writer()?;
    file.write(b"abc")?;
    stays_quiet(lab.far(), &far, Readiness::READABLE)?;
    file.write(b"de")?; // full: what is there goes
    expect_bytes(lab.far(), &far, b"abc")?;
    stays_quiet(lab.far(), &far, Readiness::READABLE)?;
    file.write(b"0123456789")?; // larger than the buffer: not all of it can stay
    file.flush()?;
    expect_bytes(lab.far(), &far, b"de0123456789")?;
    file.write(b"last")?;
    file.close()?;
    expect_bytes(lab.far(), &far, b"last")?;
    near.sendall(b"on")?; // closing a file does nothing to the socket
    expect_bytes(lab.far(), &far, b"on")
}

fn lines_read<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    const TEXT: &[u8] = b"a\nb\rc\r\nd\r\r\n\n\re";
    let expected: [&[&str]; 5] = [
        &["a\n", "b\n", "c\n", "d\n", "\n", "\n", "\n", "e"],
        &["a\n", "b\r", "c\r\n", "d\r", "\r\n", "\n", "\r", "e"],
        &["a\n", "b\rc\r\n", "d\r\r\n", "\n", "\re"],
        &["a\nb\r", "c\r", "\nd\r", "\r", "\n\n\r", "e"],
        &["a\nb\rc\r\n", "d\r\r\n", "\n\re"],
    ];
    for (newline, expected) in NEWLINES.into_iter().zip(expected) {
        let Connection { near, far: _far } = ended_with(lab, variant, TEXT)?;
        let lines: Result<Vec<_>, _> = (&mut text(&near, newline)?).into_iter().collect();
        expect_eq!(lines?, expected);
        // The same by characters: no matter where it is cut, nothing is lost.
        let Connection { near, far: _far } = ended_with(lab, variant, TEXT)?;
        let mut file = text(&near, newline)?;
        let mut all = String::new();
        loop {
            match file.read(Some(1))? {
                character if character.is_empty() => break,
                character => all += &character,
            }
        }
        expect_eq!(all, expected.concat());
    }
    // A `\r` that might have been half of an end, and the stream is over.
    for (newline, expected) in NEWLINES.into_iter().zip(["x\n", "x\r", "x\r", "x\r", "x\r"]) {
        let Connection { near, far: _far } = ended_with(lab, variant, b"x\r")?;
        let mut file = text(&near, newline)?;
        expect_eq!(file.readline(None)?, expected);
        expect_eq!(file.readline(None)?, "");
    }
    Ok(())
}

fn lines_written<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let expected: [&[u8]; 5] =
        [b"a\nb\r\n\nc", b"a\nb\r\n\nc", b"a\nb\r\n\nc", b"a\rb\r\r\rc", b"a\r\nb\r\r\n\r\nc"];
    for (newline, expected) in NEWLINES.into_iter().zip(expected) {
        let Connection { near, far } = connection(lab, variant)?;
        let options = FileOptions { buffering: None, newline };
        let mut file = near.makefile("w", options)?.into_text_writer()?;
        file.write("a\nb\r\n\nc")?;
        file.close()?;
        near.close()?;
        let mut received = Vec::new();
        let mut buffer = [0; 64];
        loop {
            match far.recv(&mut buffer)? {
                0 => break,
                count => received.extend_from_slice(&buffer[..count]),
            }
        }
        expect_eq!(received, expected);
    }
    Ok(())
}

fn characters<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let whole = "aß€𝄞\nz".as_bytes();
    // In single bytes, so that every character is cut.
    far.set_option(NODELAY, true)?;
    for byte in whole {
        far.sendall(&[*byte])?;
    }
    far.shutdown(Shutdown::WR)?;
    let mut reader = text(&near, Newline::Universal)?;
    expect_eq!(reader.read(Some(3))?, "aß€");
    expect_eq!(reader.readline(Some(1))?, "𝄞");
    expect_eq!(reader.readline(None)?, "\n");
    expect_eq!(reader.read(None)?, "z");
    let mut writer = file(&near, "w", None)?.into_text_writer()?;
    writer.write("€")?;
    writer.close()?;
    expect_bytes(lab.far(), &far, "€".as_bytes())
}

fn no_characters<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    for bytes in [
        &b"\xff"[..],
        b"\xe2\x82",         // cut off by the end
        b"\xed\xa0\x80",     // half of a surrogate pair
        b"\xc0\x80",         // longer than need be
        b"\xf4\x90\x80\x80", // beyond the last character
    ] {
        let Connection { near, far: _far } = ended_with(lab, variant, bytes)?;
        let mut file = text(&near, Newline::Universal)?;
        expect_eq!(file.read(None), Err(Error::INVALID_VALUE));
    }
    Ok(())
}

fn each_receive<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    let (pause, limit) = (Duration::from_millis(80), Duration::from_millis(200));
    near.settimeout(limit)?;
    let mut file = reader(&near, 16)?;
    let watch = Stopwatch::start(lab.near());
    for byte in 1..=3 {
        lab.later(pause * byte, Step::far(second_handle(&far)?, Action::Send(b".")));
    }
    expect_eq!(file.read(Some(3))?.as_deref(), Some(&b"..."[..]));
    watch.expect(lab.near(), pause * 3) // longer than one timeout
}

fn after_a_timeout<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(SHORT)?;
    let refused = Error::refused(Refusal::TimedOutFile);
    let (mut bytes, mut lines) = (reader(&near, 16)?, text(&near, Newline::Universal)?);
    expect_eq!(bytes.read(Some(4)).map(drop), Err(Error::TIMED_OUT));
    expect_eq!(lines.readline(None), Err(Error::TIMED_OUT));
    far.sendall(b"late\n")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(bytes.read(Some(4)).map(drop), Err(refused));
    expect_eq!(bytes.readline(None).map(drop), Err(refused));
    expect_eq!(lines.readline(None), Err(refused));
    // Another file of the same socket knows nothing of it.
    expect_eq!(reader(&near, 16)?.readline(None)?, b"late\n");
    Ok(())
}

fn nothing_lost<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.settimeout(SHORT)?;
    let mut file = reader(&near, 16)?;
    far.sendall(b"ab")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(file.read(Some(4)).map(drop), Err(Error::TIMED_OUT));
    expect_eq!(file.read(Some(2))?.as_deref(), Some(&b"ab"[..]));
    Ok(())
}

fn nothing_now<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far } = connection(lab, variant)?;
    near.setblocking(false)?;
    let (mut bytes, mut lines) = (reader(&near, 16)?, text(&near, Newline::Universal)?);
    expect_eq!(bytes.read(Some(4))?, None);
    expect_eq!(bytes.read(None)?, None);
    expect_eq!(bytes.readinto(&mut [0; 4])?, None);
    expect_eq!(bytes.readline(None)?, b"");
    expect_eq!(lines.readline(None)?, "");
    far.sendall(b"ab")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(bytes.read(Some(4))?.as_deref(), Some(&b"ab"[..]));
    far.sendall(b"cd")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(lines.readline(None)?, "cd");
    far.sendall(b"e\n")?;
    wait_for(lab.near(), &near, Readiness::READABLE)?;
    expect_eq!(lines.readline(None)?, "e\n");
    Ok(())
}

fn no_room<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { mut near, far: _far } = connection(lab, variant)?;
    fill(lab.near(), &mut near)?;
    // There may be room for single bytes in what was begun.
    let mut raw = file(&near, "wb", Some(0))?.into_raw()?;
    let mut bytes = 0;
    while raw.write(b"x")?.is_some() && bytes < CHUNK.len() {
        bytes += 1;
    }
    let mut file = file(&near, "wb", Some(4))?.into_writer()?;
    file.write(b"abc")?;
    let SendAllError { sent, error } = match file.write(b"defg") {
        Err(error) => error,
        Ok(()) => return Err(Failure::new("write", format_args!("took more than fits"))),
    };
    expect_eq!(sent, 1);
    expect_eq!(error, Error::from(Errno::EAGAIN));
    expect_error!(file.flush(), EAGAIN);
    expect_eq!(file.pending(), b"abcd");
    Ok(())
}

fn two_ways<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let Connection { near, far } = connection(lab, variant)?;
    let mut file = file(&near, "rw", None)?.into_text_pair()?;
    file.writer.write(&format!("{} and {}\n", "one", 2))?;
    file.writer.flush()?;
    expect_bytes(lab.far(), &far, b"one and 2\n")?;
    far.sendall(b"first\nsecond\n")?;
    let mut buffer = [0; 13];
    while near.recv_into(&mut buffer, 0, MessageFlags::PEEK)? < buffer.len() {}
    expect_eq!(file.reader.readline(None)?, "first\n");
    far.shutdown(Shutdown::WR)?;
    expect_end(lab.near(), &near)?; // the file has the second line
    expect_eq!(file.reader.readline(None)?, "second\n");
    file.close()?;
    near.sendall(b"still open")?;
    expect_bytes(lab.far(), &far, b"still open")
}
