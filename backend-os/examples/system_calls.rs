//! What single operations cost in system calls. Run it under `strace`:
//!
//! ```text
//! strace -o trace target/debug/examples/system_calls && cat trace
//! ```
//!
//! Each operation stands between two lines that it writes to the standard error.

use core::time::Duration;

use berkeley::{AddressFamily, Net, Timeout};
use berkeley_os::Os;

fn main() -> Result<(), berkeley::Error> {
    let net = Net::new(Os);
    let mut receiver = net.datagram(AddressFamily::INET)?;
    receiver.bind(("127.0.0.1", 0))?;
    let sender = net.datagram(AddressFamily::INET)?;
    sender.connect(receiver.getsockname()?)?;
    let mut buffer = [0; 64];

    for (mode, timeout) in [
        ("blocking", Timeout::Blocking),
        ("timed", Timeout::After(Duration::from_secs(5))),
        ("non-blocking", Timeout::NonBlocking),
    ] {
        receiver.settimeout(timeout)?;
        sender.send(b"there already")?;
        let received = measured(&format!("{mode} receive"), || receiver.recv(&mut buffer))?;
        assert_eq!(&buffer[..received], b"there already");
    }
    receiver.settimeout(Duration::from_millis(1))?;
    let timed_out = measured("expired receive", || receiver.recv(&mut buffer));
    assert_eq!(timed_out, Err(berkeley::Error::TIMED_OUT));
    measured("send", || sender.send(b"x"))?;
    let created = measured("create", || net.stream(AddressFamily::INET))?;
    measured("drop", || drop(created));
    Ok(())
}

/// Runs an operation between two marks.
fn measured<T>(name: &str, operation: impl FnOnce() -> T) -> T {
    // Each of them is one `write(2)`, made before the operation.
    let (begin, end) = (format!("begin {name}\n"), format!("end {name}\n"));
    eprint!("{begin}");
    let outcome = operation();
    eprint!("{end}");
    outcome
}
