//! A board that asks the host for the sockets of its peer.
//!
//! The case runs on the board. Its peer's sockets are here, and it makes and uses them by requests
//! ([`remote`](crate::remote)), which go through two pipes: the emulator opens them for the board as files
//! (semihosting), by their names in `/proc`. So nobody connects before the board is up, because the board
//! says when. The wire is the emulator's standard output, what the board prints its standard error:
//! there is no file or port to wait for, and nothing is left when a process ends.
//!
//! Of a case that fails the frames are kept, and a file that says how to see it again.
//!
//! Time is real here: a case takes its timeouts, and starts a process. So only those groups run that are
//! about what passes between two machines. What a stack answers by itself, and transfers of megabytes,
//! are for `firmware-loopback`.

use std::io::{self, BufReader};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process;
use std::string::String;
use std::vec::Vec;
use std::{format, thread};

use berkeley::Backend;

use super::emulator::{Start, outcome_of};
use super::kept::Frames;
use crate::case::{About, Case};
use crate::labs::TapLink;
use crate::labs::tap::NEAR_HARDWARE;
use crate::network::Network;
use crate::remote::Server;

/// The groups about what passes between two machines.
const GROUPS: &[&str] =
    &["listen", "connect", "shutdown", "close", "datagram", "inet6", "wire", "fault"];

/// What those of these cases prove that are of such a group.
pub(super) fn abouts(cases: impl Iterator<Item = &'static Case<TapLink>>) -> Vec<About> {
    cases.map(|case| case.about).filter(|about| GROUPS.contains(&about.group())).collect()
}

/// The wire, and who is at the host's end of it.
pub(super) struct Link {
    /// The name of the lab.
    pub(super) lab: &'static str,
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
    let pipes = || -> io::Result<_> { Ok((io::pipe()?, io::pipe()?)) };
    let ((requests, board_requests), (board_answers, mut answers)) =
        pipes().map_err(|error| format!("no pipe: {error}"))?;
    let path = |pipe: i32| format!("/proc/{}/fd/{pipe}", process::id());
    let mut command = start.command(&[
        format!("network={}", link.network.0),
        format!("far={}", link.far_interface),
        format!("requests={}", path(board_requests.as_raw_fd())),
        format!("answers={}", path(board_answers.as_raw_fd())),
    ]);
    let [a, b, c, d, e, f] = NEAR_HARDWARE;
    command.args(["-netdev", link.netdev, "-net"]);
    command.arg(format!("nic,netdev=link,macaddr={a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"));
    let frames = Frames::of(&mut command, link.lab, start);
    command.stdout(link.wire);
    let emulator = format!("{command:?}");
    let serving = thread::spawn(move || server.serve(&mut BufReader::new(requests), &mut answers));
    let outcome = outcome_of(command);
    // Nobody writes requests any more, or reads answers: that is the server's end.
    drop((board_requests, board_answers));
    let served = serving.join();
    frames.judge(link.lab, start, outcome, &format!("{emulator}\n\n{served:?}"))
}
