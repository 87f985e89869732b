//! TAP devices, in a network of their own: the test runs itself again and moves that process.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsFd;
use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, io, thread};

use berkeley::{AddressFamily, Backend, Net, Protocol, SocketType, ToAddress};
use berkeley_os::Os;
use berkeley_os::device::{PacketInterface, Tap, WakeUp, interface, namespace, wait_readable};

/// Says to the process that it is the one that was run again.
const INSIDE: &str = "BERKELEY_OS_TEST_INSIDE";
/// What that process says when the machine does not allow it.
const NOT_AVAILABLE: u8 = 77;

const PATIENTLY: Duration = Duration::from_secs(20);

/// There is no test harness here: it would have threads when the network is to be changed.
fn main() -> ExitCode {
    if env::var_os(INSIDE).is_none() {
        wake_up_ends_a_wait();
        return outside();
    }
    // Only what the machine may lack counts as missing; after that every error is a failure.
    let tap = match namespace::enter_new().and_then(|()| Tap::open("lab%d")) {
        Ok(tap) => tap,
        Err(error) if is_missing(&error) => {
            println!("TAP devices are not available: {error}");
            return ExitCode::from(NOT_AVAILABLE);
        }
        Err(error) => panic!("{error:?}"),
    };
    inside(&tap).unwrap();
    println!("TAP devices are available");
    ExitCode::SUCCESS
}

fn outside() -> ExitCode {
    let again = env::current_exe().expect("this program has a path");
    let status = Command::new(again).env(INSIDE, "1").status().expect("it can be run again");
    let passed = status.success() || status.code() == Some(i32::from(NOT_AVAILABLE));
    println!("test device ... {}", if passed { "ok" } else { "FAILED" });
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether the machine lacks the privilege, the device or the namespaces.
fn is_missing(error: &io::Error) -> bool {
    // EPERM, ENOENT, EACCES, ENODEV, EINVAL (no namespaces), ENOSYS
    matches!(error.raw_os_error(), Some(1 | 2 | 13 | 19 | 22 | 38))
}

fn inside(tap: &Tap) -> io::Result<()> {
    assert_eq!(tap.name(), "lab0");
    let mut frame = [0; 1514];
    assert_eq!(tap.read(&mut frame)?, None, "it is not up");
    let down = tap.write(&[0; 60]).unwrap_err();
    assert_eq!(down.raw_os_error(), Some(5), "EIO: {down}");

    interface::skip_duplicate_address_detection("lab0")?;
    interface::set_up("lab0")?;
    interface::add_address("lab0", IpAddr::V4(Ipv4Addr::new(10, 9, 8, 1)), 24)?;
    let v6 = "fd00:9::1".parse::<Ipv6Addr>().unwrap();
    interface::add_address("lab0", IpAddr::V6(v6), 64)?;
    assert!(interface::index("lab0")? > 0);
    let twice = interface::add_address("lab0", IpAddr::V6(v6), 64).unwrap_err();
    assert_eq!(twice.raw_os_error(), Some(17), "EEXIST: {twice}");
    refusals();

    // The addresses are the host's own at once.
    let net = Net::new(Os);
    for (family, host) in [(AddressFamily::INET, "10.9.8.1"), (AddressFamily::INET6, "fd00:9::1")] {
        net.stream(family)?.bind((host, 0))?;
    }

    // What the host sends to a neighbour comes out here, as a question for its address first.
    for (family, neighbour, is_question) in [
        (
            AddressFamily::INET,
            "10.9.8.2",
            (|frame| frame[12..14] == [0x08, 0x06]) as fn(&[u8]) -> bool,
        ),
        (AddressFamily::INET6, "fd00:9::2", |frame| {
            frame[12..14] == [0x86, 0xDD] && frame[14 + 6] == 58 && frame[14 + 40] == 135
        }),
    ] {
        let socket = net.socket(family, SocketType::DGRAM, Protocol::UDP)?;
        socket.sendto(b"x", (neighbour, 9).to_address(family)?)?;
        let deadline = Os.now().checked_add(PATIENTLY);
        loop {
            assert!(wait_readable(&[tap.as_fd()], deadline)?, "no question for {neighbour}");
            let Some(length) = tap.read(&mut frame)? else {
                continue;
            };
            // The host also announces itself to routers and groups.
            if is_question(&frame[..length]) {
                break;
            }
        }
    }
    answer_of_an_arp_question(tap)
}

/// A frame written here is received by the host: asked for its address, it answers.
fn answer_of_an_arp_question(tap: &Tap) -> io::Result<()> {
    let mine = [2, 0, 0, 0, 0, 2];
    let mut question = Vec::new();
    question.extend([0xFF; 6]); // to everybody
    question.extend(mine);
    question.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1]); // ARP, Ethernet and IPv4, a question
    question.extend(mine);
    question.extend([10, 9, 8, 2]);
    question.extend([0; 6]);
    question.extend([10, 9, 8, 1]);
    assert_eq!(tap.write(&question)?, Some(question.len()));
    let deadline = Os.now().checked_add(PATIENTLY);
    let mut frame = [0; 1514];
    while wait_readable(&[tap.as_fd()], deadline)? {
        let Some(length) = tap.read(&mut frame)? else {
            continue;
        };
        let frame = &frame[..length];
        if frame[..6] == mine && frame[12..14] == [8, 6] && frame[20..22] == [0, 2] {
            assert_eq!(frame[28..32], [10, 9, 8, 1]);
            return Ok(());
        }
    }
    panic!("the host does not answer");
}

fn refusals() {
    let any = IpAddr::V4(Ipv4Addr::LOCALHOST);
    // what is refused, its error
    for (outcome, number) in [
        (interface::set_up("no-such-device"), 19),
        (interface::set_up("a-name-that-is-too-long"), 22),
        (interface::set_up("nul\0"), 22),
        (interface::add_address("lab0", any, 33), 22),
        (interface::add_address("lab0", IpAddr::V6(Ipv6Addr::LOCALHOST), 129), 22),
        (Tap::open("lab0").map(drop), 16),
    ] {
        assert_eq!(outcome.unwrap_err().raw_os_error(), Some(number));
    }
}

fn wake_up_ends_a_wait() {
    let wake_up = WakeUp::new().unwrap();
    let soon = || Os.now().checked_add(Duration::from_millis(5));
    let deadline = soon();
    assert!(!wait_readable(&[wake_up.as_fd()], deadline).unwrap());
    assert!(Os.now() >= deadline.unwrap());
    for _ in 0..100 {
        thread::scope(|scope| {
            scope.spawn(|| wake_up.signal());
            assert!(wait_readable(&[wake_up.as_fd()], None).unwrap());
        });
        wake_up.signal(); // many are one
        wake_up.drain();
        assert!(!wait_readable(&[wake_up.as_fd()], soon()).unwrap());
    }
}
