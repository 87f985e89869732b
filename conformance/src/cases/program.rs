//! The manual's programs, as they stand.

use super::prelude::*;
use crate::peer::{Peer, Script};
use crate::programs::{GREETING, echo_client, serve};

/// What a program says, at most.
type Said = heapless::String<128>;

cases! {
    "program-01" server, Vary::FAMILY, ["E01", "E08"],
        "Python manual: Example, echo server",
        "The echo server serves one client after the other.";
    "program-02" client, Vary::FAMILY, ["E02", "E08"],
        "Python manual: Example, echo client",
        "The echo client gets back what it said.";
}

fn server<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    // As `echo_server` does, at a port that nobody else has.
    let listener = near_stream(lab, variant)?;
    listener.bind(("", 0))?;
    listener.listen(1)?;
    let port = listener.getsockname()?.port().unwrap_or(0);
    let name = near_any(lab, variant)?.with_port(port);

    let clients = [far_stream(lab, variant)?, far_stream(lab, variant)?];
    for (client, start) in clients.iter().zip([1, 4]) {
        for (action, after) in [
            (Action::Connect(name), 0),
            (Action::Send(GREETING), 1),
            (Action::Shutdown(Shutdown::WR), 2),
        ] {
            lab.later(SHORT * (start + after), Step::far(second_handle(client)?, action));
        }
    }
    let mut said = Said::new();
    serve(&listener, clients.len(), &mut said)?;
    for client in &clients {
        expect_bytes(lab.far(), client, GREETING)?;
        expect_end(lab.far(), client)?;
    }
    expect_eq!(said.lines().count(), clients.len());
    expect_true!(said.lines().all(|line| line.starts_with("Connected by ('")));
    Ok(())
}

fn client<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let listener = far_listener(lab, variant, 1)?;
    let name = listener.getsockname()?;
    lab.accompany(Peer::accepting(listener, Script::Echo)?);
    let mut said = Said::new();
    echo_client(lab.near(), variant.family.number(), name, &mut said)?;
    expect_eq!(said.as_str(), "Received 'Hello, world'\n");
    Ok(())
}
