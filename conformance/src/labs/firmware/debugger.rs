//! A debugger of the emulated processor: the few requests of GDB's remote protocol that let an image run to
//! a place, and read and write its memory. Source: GDB manual, appendix "Remote Serial Protocol".

use core::time::Duration;
use std::format;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::string::{String, ToString};
use std::time::Instant;
use std::vec::Vec;

/// How long a request may take in real time.
const LIMIT: Duration = Duration::from_secs(60);

/// How often the other things are looked at while the processor runs.
const LOOK: Duration = Duration::from_millis(2);

/// Most bytes of memory in one request: twice as many digits fit into QEMU's packets.
const MOST: u32 = 1024;

/// `STR r1, [r0]`: the instruction that [`Debugger::store`] wants.
pub(super) const STORE: [u8; 2] = [0x01, 0x60];

const PROGRAM_COUNTER: u32 = 15;

/// A connection to QEMU's debugger stub.
pub(super) struct Debugger {
    stream: UnixStream,
    received: Vec<u8>,
}

impl Debugger {
    /// Speaks to the stub at the other end.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub(super) fn new(stream: UnixStream) -> Result<Debugger, String> {
        stream.set_read_timeout(Some(LOOK)).map_err(|error| error.to_string())?;
        let mut debugger = Debugger { stream, received: Vec::new() };
        // The stub knows registers by number only for who has asked what there are.
        debugger.ask("qXfer:features:read:target.xml:0,ffb")?;
        Ok(debugger)
    }

    /// Stops the processor in front of the instruction at this address.
    pub(super) fn break_at(&mut self, address: u32) -> Result<(), String> {
        self.command(&format!("Z1,{address:x},2"))
    }

    /// Fills the buffer from memory.
    pub(super) fn read(&mut self, address: u32, buffer: &mut [u8]) -> Result<(), String> {
        for (part, address) in
            buffer.chunks_mut(MOST as usize).zip((address..).step_by(MOST as usize))
        {
            let answer = self.ask(&format!("m{address:x},{:x}", part.len()))?;
            let bytes = from_digits(&answer).filter(|bytes| bytes.len() == part.len());
            part.copy_from_slice(&bytes.ok_or_else(|| format!("memory at {address:x}: {answer}"))?);
        }
        Ok(())
    }

    /// Reads a word of memory, or a register of the hardware.
    pub(super) fn read_word(&mut self, address: u32) -> Result<u32, String> {
        let mut word = [0; 4];
        self.read(address, &mut word)?;
        Ok(u32::from_le_bytes(word))
    }

    /// Writes memory.
    pub(super) fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), String> {
        self.command(&format!("M{address:x},{:x}:{}", bytes.len(), digits(bytes)))
    }

    /// Writes a register of the hardware, which the stub itself does not: the processor does so, with the
    /// instruction that it has for it at this address, and is then where it was.
    pub(super) fn store(&mut self, at: u32, (address, value): (u32, u32)) -> Result<(), String> {
        const REGISTERS: [u32; 3] = [0, 1, PROGRAM_COUNTER];
        let behind = at + STORE.len() as u32;
        let mut before = [0; 3];
        for (saved, register) in before.iter_mut().zip(REGISTERS) {
            *saved = self.register(register)?;
        }
        self.command(&format!("Z1,{behind:x},2"))?;
        for (register, word) in REGISTERS.into_iter().zip([address, value, at]) {
            self.set_register(register, word)?;
        }
        self.run(|| ())?;
        self.command(&format!("z1,{behind:x},2"))?;
        REGISTERS
            .into_iter()
            .zip(before)
            .try_for_each(|(register, word)| self.set_register(register, word))
    }

    /// Where the processor is.
    pub(super) fn program_counter(&mut self) -> Result<u32, String> {
        self.register(PROGRAM_COUNTER)
    }

    /// Puts the processor somewhere else.
    pub(super) fn set_program_counter(&mut self, address: u32) -> Result<(), String> {
        self.set_register(PROGRAM_COUNTER, address)
    }

    fn register(&mut self, number: u32) -> Result<u32, String> {
        let answer = self.ask(&format!("p{number:x}"))?;
        let bytes = from_digits(&answer).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_le_bytes).ok_or_else(|| format!("register {number}: {answer}"))
    }

    fn set_register(&mut self, number: u32, word: u32) -> Result<(), String> {
        self.command(&format!("P{number:x}={}", digits(&word.to_le_bytes())))
    }

    /// Lets the processor run until it stops. Meanwhile this is done now and then.
    pub(super) fn run(&mut self, meanwhile: impl FnMut()) -> Result<(), String> {
        self.send("c")?;
        let answer = self.answer(meanwhile)?;
        if answer.starts_with("T05") { Ok(()) } else { Err(format!("the processor: {answer}")) }
    }

    fn command(&mut self, request: &str) -> Result<(), String> {
        match self.ask(request)?.as_str() {
            "OK" => Ok(()),
            answer => Err(format!("{request}: {answer:?}")),
        }
    }

    fn ask(&mut self, request: &str) -> Result<String, String> {
        self.send(request)?;
        self.answer(|| ())
    }

    fn send(&mut self, request: &str) -> Result<(), String> {
        let sum = request.bytes().fold(0, u8::wrapping_add);
        let packet = format!("${request}#{sum:02x}");
        self.stream.write_all(packet.as_bytes()).map_err(|error| format!("the debugger: {error}"))
    }

    /// The next packet of the stub, which is acknowledged.
    fn answer(&mut self, mut meanwhile: impl FnMut()) -> Result<String, String> {
        let begin = Instant::now();
        loop {
            if let Some(packet) = self.packet() {
                self.stream.write_all(b"+").map_err(|error| format!("the debugger: {error}"))?;
                return Ok(packet);
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err("the emulator has ended".to_string()),
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if is_timeout(&error) && begin.elapsed() < LIMIT => meanwhile(),
                Err(error) if is_timeout(&error) => {
                    return Err(format!("the processor comes to no rest within {LIMIT:?}"));
                }
                Err(error) => return Err(format!("the debugger: {error}")),
            }
        }
    }

    /// A packet that has arrived as a whole: `$text#sum`, and before it what acknowledges ours.
    fn packet(&mut self) -> Option<String> {
        let begin = self.received.iter().position(|byte| *byte == b'$')? + 1;
        let length = self.received[begin..].iter().position(|byte| *byte == b'#')?;
        let end = begin + length;
        let text =
            String::from_utf8_lossy(self.received.get(begin..end + 3)?.get(..length)?).into();
        self.received.drain(..end + 3);
        Some(text)
    }
}

fn is_timeout(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `None` when they are no digits.
fn from_digits(text: &str) -> Option<Vec<u8>> {
    let byte = |at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(byte).collect()
}
