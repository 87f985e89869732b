//! The host of the emulator, or of a debugger: text, files, the command line, and the end of the program.
//! Source: ARM, "Semihosting for AArch32 and AArch64" (ARM 100863).
//!
//! No time is asked of the host: a run could not be replayed then.

use core::arch::asm;
use core::fmt;
use core::str;

const SYS_OPEN: u32 = 0x01;
const SYS_WRITE0: u32 = 0x04;
const SYS_WRITE: u32 = 0x05;
const SYS_READ: u32 = 0x06;
const SYS_GET_CMDLINE: u32 = 0x15;
const SYS_EXIT_EXTENDED: u32 = 0x20;
const APPLICATION_EXIT: u32 = 0x2_0026;

/// Asks the host for something.
///
/// # Safety
///
/// `argument` is what the operation expects: an address that it may read and, where it says so,
/// write.
unsafe fn call(operation: u32, argument: usize) -> u32 {
    let answer;
    // SAFETY: the host changes r0, and memory that the operation's argument names, as was promised.
    unsafe {
        asm!("bkpt #0xab", inout("r0") operation => answer, in("r1") argument, options(nostack));
    }
    answer
}

/// Ends the program: `code` becomes the emulator's exit status.
pub fn exit(code: u32) -> ! {
    let block = [APPLICATION_EXIT, code];
    loop {
        // SAFETY: the operation reads a block of two words.
        unsafe { call(SYS_EXIT_EXTENDED, block.as_ptr().addr()) };
    }
}

/// Writes text to the host's console.
pub fn print(text: &str) {
    // The host wants an end of the text, which a `str` has not: it is copied in pieces.
    let mut piece = [0; 65];
    for bytes in text.as_bytes().chunks(64) {
        piece[..bytes.len()].copy_from_slice(bytes);
        piece[bytes.len()] = 0;
        // SAFETY: the operation reads up to the zero at the end.
        unsafe { call(SYS_WRITE0, piece.as_ptr().addr()) };
    }
}

/// The host's console, for `write!`.
#[derive(Clone, Copy, Debug)]
pub struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        print(text);
        Ok(())
    }
}

/// The command line that the program was started with, up to 512 bytes of it.
pub struct Arguments {
    line: [u8; 512],
    length: usize,
}

impl Arguments {
    /// Asks the host for it.
    pub fn read() -> Arguments {
        let mut arguments = Arguments { line: [0; 512], length: 0 };
        let mut block = [arguments.line.as_mut_ptr().addr(), arguments.line.len()];
        // SAFETY: the operation writes the line into memory of this length, and its length into the
        // block.
        let failed = unsafe { call(SYS_GET_CMDLINE, block.as_mut_ptr().expose_provenance()) };
        if failed == 0 {
            arguments.length = block[1].min(arguments.line.len());
        }
        arguments
    }

    /// The words behind the name of the program.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let line = str::from_utf8(&self.line[..self.length]).unwrap_or_default();
        line.trim_end_matches('\0').split_ascii_whitespace().skip(1)
    }

    /// The value of the word `name=value`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.words().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }
}

/// A file of the host.
#[derive(Debug)]
pub struct HostFile {
    handle: u32,
}

impl HostFile {
    /// Opens a file to read from it. The path has up to 63 bytes.
    pub fn read_from(path: &str) -> Option<HostFile> {
        HostFile::open(path, 1) // `rb`
    }

    /// Opens a file to write to it, from its beginning. The path has up to 63 bytes.
    pub fn write_to(path: &str) -> Option<HostFile> {
        HostFile::open(path, 5) // `wb`
    }

    fn open(path: &str, mode: usize) -> Option<HostFile> {
        let mut name = [0; 64]; // with a zero at the end
        name[..63].get_mut(..path.len())?.copy_from_slice(path.as_bytes());
        let block = [name.as_ptr().expose_provenance(), mode, path.len()];
        // SAFETY: the operation reads a block of three words, and the name up to the zero behind it.
        let handle = unsafe { call(SYS_OPEN, block.as_ptr().expose_provenance()) };
        (handle != u32::MAX).then_some(HostFile { handle })
    }

    /// Writes all of these bytes; false when the host does not take them.
    pub fn write_all(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let block = [self.handle as usize, bytes.as_ptr().expose_provenance(), bytes.len()];
            // SAFETY: the operation reads a block of three words, and so many bytes.
            let left = unsafe { call(SYS_WRITE, block.as_ptr().expose_provenance()) } as usize;
            if left >= bytes.len() {
                return false;
            }
            bytes = &bytes[bytes.len() - left..];
        }
        true
    }

    /// Fills the buffer with the next bytes, and waits for them; false when there are no more. The
    /// processor stands still meanwhile.
    pub fn read_exact(&mut self, mut buffer: &mut [u8]) -> bool {
        while !buffer.is_empty() {
            let length = buffer.len();
            let block = [self.handle as usize, buffer.as_mut_ptr().expose_provenance(), length];
            // SAFETY: the operation reads a block of three words, and writes up to so many bytes.
            let left = unsafe { call(SYS_READ, block.as_ptr().expose_provenance()) } as usize;
            if left >= length {
                return false;
            }
            buffer = &mut buffer[length - left..];
        }
        true
    }
}
