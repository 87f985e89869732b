//! The manual's sniffer on the operating system's sockets: prints frames of an interface. Needs root.
//!
//! `cargo build -p berkeley-os --example sniffer`, then `sniffer [INTERFACE] [FRAMES]`.

use std::env::args;
use std::process::ExitCode;

use berkeley::{Errno, Interface, Net};
use berkeley_conformance::programs::Console;
use berkeley_conformance::sniffer::sniffer;
use berkeley_os::Os;
use berkeley_os::names::{if_indextoname, if_nametoindex};

fn main() -> ExitCode {
    let interface = args().nth(1).unwrap_or("lo".into());
    let frames = args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(1);
    // An interface that is gone has no name any more.
    let named = |index| {
        let name = if_indextoname(index).and_then(|name| Interface::try_from(&*name));
        name.unwrap_or(Interface::Index(index))
    };
    let outcome = if_nametoindex(&interface).and_then(|index| {
        sniffer(&Net::new(Os), index, frames, &mut vec![0; 65565], named, &mut Console)
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is(Errno::EPERM) => {
            eprintln!("{error}: frames are for root only (CAP_NET_RAW)");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{interface}: {error}");
            ExitCode::FAILURE
        }
    }
}
