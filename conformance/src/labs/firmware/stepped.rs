//! An image that runs from one sleep to the next, under a debugger: whatever it is sent it works off, and
//! then it stands still until it is sent something else or its time is let pass.
//!
//! The image is that of a product, and says nothing but over its wire. The debugger stops it in front of the
//! instruction with which it goes to sleep (`WFI`), and lets it go on behind: for the program that is a sleep
//! that has ended early, as any may. Its clock is the case's: the counter that it looks at is stopped, and the time
//! that the board's code keeps in memory is set to a later one when time is to pass, such as that of the alarm
//! which the program has set. So what the image computes takes no time, as in a simulation, an hour takes as long as
//! what happens in it, and the host as long as it likes.

use core::time::Duration;
use std::format;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::{Child, Command, Stdio};
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use berkeley::Instant;

use super::debugger::{Debugger, STORE};
use super::emulator::Reaped;
use crate::echo::{Frames, Machine};

/// What is to be known of a board beside its image.
pub(super) struct Board {
    /// QEMU's name of it.
    pub(super) name: &'static str,
    /// The register with how long the program wants to sleep (`wake_after` of the board's code), and its
    /// counts per microsecond.
    pub(super) alarm: (u32, u64),
    /// The register that makes its counter stop, or as good as, and what is to be written there.
    pub(super) stop_counter: (u32, u32),
    /// How long it can sleep. A program that does so has nothing to do for a while, and may as well be woken
    /// a second later.
    pub(super) longest_sleep: Duration,
}

const SECOND: Duration = Duration::from_secs(1);

/// `DSB`, `WFI`: how the board's code goes to sleep.
const SLEEP: [u8; 6] = [0xbf, 0xf3, 0x4f, 0x8f, 0x30, 0xbf];
/// `CPSID i`, `WFI`: how it ends, after a fault, a panic or by itself.
const END: [u8; 4] = [0x72, 0xb6, 0x30, 0xbf];
/// The length of the last instruction of each pattern.
const INSTRUCTION: u32 = 2;

/// How much of the flash is searched for these.
const FLASH: usize = 128 << 10;

/// A running image.
pub(super) struct Stepped {
    debugger: Debugger,
    wire: UnixDatagram,
    board: &'static Board,
    /// Where it goes to sleep.
    sleep: u32,
    /// Where there is an instruction that stores a word.
    store: u32,
    /// Where it keeps the time, in microseconds.
    clock: u32,
    now: Instant,
    next_event: Instant,
    sent: Frames,
    _emulator: Reaped,
}

impl Stepped {
    /// Starts the emulator by this command, which names the board, the image and a network device on the
    /// wire `link`; `clock` is where the image keeps the time, 64 bits of microseconds. The image runs until
    /// it sleeps for the first time.
    ///
    /// # Errors
    ///
    /// What was missing.
    pub(super) fn start(
        mut command: Command,
        board: &'static Board,
        clock: u32,
    ) -> Result<Stepped, String> {
        let failed = |error: std::io::Error| format!("the emulator: {error}");
        let (wire, board_wire) = UnixDatagram::pair().map_err(failed)?;
        wire.set_nonblocking(true).map_err(failed)?;
        let (stub, board_stub) = UnixStream::pair().map_err(failed)?;
        let wire_end: std::os::fd::OwnedFd = board_wire.into();
        let stub_end: std::os::fd::OwnedFd = board_stub.into();
        command.args(["-netdev", "dgram,id=link,local.type=fd,local.str=1"]);
        command.args(["-chardev", "socket,id=debugger,fd=0", "-gdb", "chardev:debugger", "-S"]);
        command.stdin(stub_end).stdout(wire_end);
        let emulator: Child = command.stderr(Stdio::null()).spawn().map_err(failed)?;
        drop(command); // with our copies of its ends
        let mut machine = Stepped {
            debugger: Debugger::new(stub)?,
            wire,
            board,
            sleep: 0,
            store: 0,
            clock,
            now: Instant::ZERO,
            next_event: Instant::ZERO,
            sent: Vec::new(),
            _emulator: Reaped(emulator),
        };
        machine.find_sleep()?;
        machine.run()?;
        machine.debugger.store(machine.store, board.stop_counter)?;
        Ok(machine)
    }

    fn find_sleep(&mut self) -> Result<(), String> {
        let mut flash = vec![0; FLASH];
        self.debugger.read(0, &mut flash)?;
        let all = |pattern: &[u8]| -> Vec<u32> {
            let starts = flash.windows(pattern.len()).zip(0..);
            let found = starts.filter(|(bytes, at)| *bytes == pattern && at % INSTRUCTION == 0);
            // Where the last instruction of the pattern is.
            found.map(|(_, at)| at + pattern.len() as u32 - INSTRUCTION).collect()
        };
        let [sleep] = all(&SLEEP)[..] else {
            return Err("the image does not sleep in one place".to_string());
        };
        self.sleep = sleep;
        for address in all(&END).into_iter().chain([sleep]) {
            self.debugger.break_at(address)?;
        }
        self.store = *all(&STORE).first().ok_or("the image stores no word")?;
        Ok(())
    }

    /// Lets the image work until it wants to sleep.
    fn run(&mut self) -> Result<(), String> {
        let (wire, sent) = (&self.wire, &mut self.sent);
        // The kernel lets ten frames wait.
        self.debugger.run(|| take(wire, sent))?;
        take(wire, sent);
        let stopped = self.debugger.program_counter()?;
        if stopped != self.sleep {
            return Err(format!("the program has ended, at {stopped:#x}"));
        }
        let mut clock = [0; 8];
        self.debugger.read(self.clock, &mut clock)?;
        self.now = Instant::from_micros(u64::from_le_bytes(clock));
        let (register, counts) = self.board.alarm;
        let alarm = u64::from(self.debugger.read_word(register)?);
        let length = Duration::from_micros(alarm.div_ceil(counts));
        let is_longest = length >= self.board.longest_sleep;
        self.next_event = self.now + if is_longest { length.max(SECOND) } else { length };
        Ok(())
    }

    /// The same from behind the place where it sleeps, at this time.
    fn go_on(&mut self, now: Instant) -> Result<Frames, String> {
        let microseconds = now.as_nanos().div_ceil(1000);
        self.debugger.write(self.clock, &microseconds.to_le_bytes())?;
        self.debugger.set_program_counter(self.sleep + INSTRUCTION)?;
        self.run()?;
        Ok(core::mem::take(&mut self.sent))
    }
}

/// Takes the frames that have arrived.
fn take(wire: &UnixDatagram, sent: &mut Frames) {
    let mut frame = [0; 2048];
    while let Ok(length) = wire.recv(&mut frame) {
        sent.push(frame[..length].to_vec());
    }
}

impl Machine for Stepped {
    fn now(&self) -> Instant {
        self.now
    }

    fn next_event(&self) -> Instant {
        self.next_event
    }

    fn give(&mut self, frame: &[u8]) -> Result<Frames, String> {
        self.wire.send(frame).map_err(|error| format!("the wire: {error}"))?;
        // The emulator looks at all that it is sent before it answers the second of two requests: so it has the
        // frame when the image goes on.
        self.go_on(self.now)
    }

    fn wake_at(&mut self, time: Instant) -> Result<Frames, String> {
        self.go_on(time.max(self.now))
    }
}
