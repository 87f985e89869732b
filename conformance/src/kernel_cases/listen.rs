//! Accept from several threads at once.

use std::sync::mpsc::{self, Receiver};
use std::thread;

use super::prelude::*;

kernel_cases! {
    "listen-22" from_many_threads, Vary::FAMILY.and(Vary::WAITING), ["S01", "T05"],
        "POSIX threads; accept(2)",
        "As many threads as clients accept from one listener: each client is for one of them.";
}

fn from_many_threads(lab: &Kernel, variant: &Variant) -> Outcome {
    const COUNT: usize = 8;
    let listener = near_listener(lab, variant, 1)?;
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..COUNT {
            let (sender, listener) = (sender.clone(), &listener);
            scope.spawn(move || {
                // Nobody hears of it when the case is over already.
                let _ = sender.send(listener.accept());
            });
        }
        let outcome = one_by_one(lab, variant, &listener, COUNT, &receiver);
        if outcome.is_err() {
            let _ = listener.shutdown(Shutdown::RD); // wakes who would wait for ever
        }
        outcome
    })
}

/// Connects one client after the other: each wakes all threads, and one of them gets it.
fn one_by_one(
    lab: &Kernel,
    variant: &Variant,
    listener: &Socket<Os>,
    count: usize,
    accepted: &Receiver<Result<(Socket<Os>, Address), Error>>,
) -> Outcome {
    for _ in 0..count {
        let client = far_stream(lab, variant)?;
        client.connect(listener.getsockname()?)?;
        let nobody = |_| Failure::new("the threads", format_args!("accepted nobody"));
        let (_socket, peer) = accepted.recv_timeout(LONG).map_err(nobody)??;
        expect_eq!(peer, client.getsockname()?);
    }
    Ok(())
}
