//! A board that asks the host for the sockets of its peer.
//!
//! The case runs on the board. Its peer's sockets are here, and it makes and uses them by requests
//! ([`remote`](crate::remote)), which go through two pipes: the emulator opens them for the board as
//! files (semihosting), by links to their names in `/proc`. So nobody connects before the board is up,
//! because the board says when. The wire is the emulator's standard output, what the board prints its
//! standard error: there is no file or port to wait for, and nothing is left when a process ends.
//!
//! Time is real here: a case takes its timeouts, and starts a process. So only those groups run that are
//! about what passes between two machines. What a stack answers by itself, and transfers of megabytes,
//! are for `firmware-loopback`.

use std::io::{self, BufReader, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::string::String;
use std::vec::Vec;
use std::{format, thread};

use berkeley::Backend;

use super::emulator::{Start, Wiring, outcome_of};
use super::evidence::{ANSWERS, Evidence, REQUESTS};
use crate::case::About;
use crate::cases;
use crate::labs::TapLink;
use crate::network::Network;
use crate::remote::Server;

/// The groups about what passes between two machines.
const GROUPS: &[&str] = &["listen", "connect", "shutdown", "close", "datagram", "inet6", "wire"];

/// What the cases of these groups prove.
pub(super) fn abouts() -> Vec<About> {
    let abouts = cases::without_std::<TapLink>().map(|case| case.about);
    abouts.filter(|about| GROUPS.contains(&about.group())).collect()
}

/// For how many microseconds a board sleeps at most: while QEMU 7.2 records it does not wake the processor
/// for a frame, which waits until something else does.
const LONGEST_SLEEP: u32 = 1000;

/// The wire, and who is at the host's end of it.
pub(super) struct Link {
    pub(super) network: Network,
    /// The number of the peer's interface.
    pub(super) far_interface: u32,
    /// What the emulator is told of the wire, whose end is descriptor 1.
    pub(super) netdev: &'static str,
    pub(super) wire: OwnedFd,
}

/// Starts a board, answers its requests, and says what came of the case.
///
/// # Errors
///
/// What the case has found wrong, or what was missing.
pub(super) fn run<B>(start: &Start<'_>, link: Link, mut server: Server<B>) -> Result<(), String>
where
    B: Backend<Handle: Send> + Send + 'static,
{
    let evidence = Evidence::of(start)?;
    let pipes = || -> io::Result<_> {
        let ((requests, board_requests), (board_answers, answers)) = (io::pipe()?, io::pipe()?);
        evidence.lend(REQUESTS, board_requests.as_raw_fd())?;
        evidence.lend(ANSWERS, board_answers.as_raw_fd())?;
        Ok((requests, answers, (board_requests, board_answers)))
    };
    let (requests, answers, of_board) = pipes().map_err(|error| format!("no pipe: {error}"))?;
    let words = Vec::from([
        format!("network={}", link.network.0),
        format!("far={}", link.far_interface),
        format!("requests={REQUESTS}"),
        format!("answers={ANSWERS}"),
        format!("sleep={LONGEST_SLEEP}"),
    ]);
    let wiring = Wiring { words, netdev: link.netdev };
    let mut command = start.record(Some(&wiring));
    command.stdout(link.wire);
    let mut answers = Kept { answers, bytes: Vec::new() };
    let serving = thread::spawn(move || {
        let served = server.serve(&mut BufReader::new(requests), &mut answers);
        (served, answers.bytes)
    });
    let outcome = outcome_of(command, evidence.folder());
    // Nobody writes requests any more, or reads answers: that is the server's end.
    drop(of_board);
    let (served, answers) = serving.join().map_err(|_| "the thread that answers has panicked")?;
    let outcome = outcome.map_err(|why| match served {
        Ok(()) => why,
        Err(error) => format!("{why}; the peer: {error}"),
    });
    evidence.judge(outcome, start, Some(&start.replay(Some(&wiring))), Some(&answers))
}

/// Answers on their way to the board, all of which are kept.
struct Kept<W> {
    answers: W,
    bytes: Vec<u8>,
}

impl<W: Write> Write for Kept<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.answers.write(bytes)?;
        self.bytes.extend_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.answers.flush()
    }
}
