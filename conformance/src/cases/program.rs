//! The manual's programs, as they stand.

use berkeley::AddressInfoFlags;
use berkeley::names::AddressInfoQuery;

use super::prelude::*;
use crate::case::Family;
use crate::peer::{Peer, Script};
use crate::programs::{GREETING, connected, echo_client, greet, listening, serve, streams};

/// What a program says, at most.
type Said = heapless::String<128>;

cases! {
    "program-01" server, Vary::FAMILY, ["E01", "E08"],
        "Python manual: Example, echo server",
        "The echo server serves one client after the other.";
    "program-02" client, Vary::FAMILY, ["E02", "E08"],
        "Python manual: Example, echo client",
        "The echo client gets back what it said.";
    "program-03" dual_server, Vary::NOTHING, ["E03", "E09"],
        "Python manual: Example, server for IPv4 and IPv6; the order of the addresses is glibc's",
        "The server for either family listens at the first address where it can.";
    "program-04" dual_client, Vary::FAMILY, ["E04"],
        "Python manual: Example, client for IPv4 and IPv6",
        "The client for either family talks to the first address that takes its connection.";
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

fn dual_server<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let net = lab.near();
    // Everywhere: IPv4 comes first, and IPv6 is not served.
    let query = AddressInfoQuery { flags: AddressInfoFlags::PASSIVE, ..streams(None, 0) };
    let listener = listening(net, &query)?;
    let name = listener.getsockname()?;
    let port = name.port().unwrap_or(0);
    expect_eq!(name, Address::unspecified(AddressFamily::INET)?.with_port(port));
    expect_error!(listening(net, &streams(Some("0.0.0.0"), port)), EADDRINUSE);

    let client = far_stream(lab, variant)?;
    let name = near_any(lab, variant)?.with_port(port);
    for (action, after) in [
        (Action::Connect(name), 1),
        (Action::Send(GREETING), 2),
        (Action::Shutdown(Shutdown::WR), 3),
    ] {
        lab.later(SHORT * after, Step::far(second_handle(&client)?, action));
    }
    let mut said = Said::new();
    serve(&listener, 1, &mut said)?;
    expect_bytes(lab.far(), &client, GREETING)?;
    expect_true!(said.starts_with("Connected by ('"));

    // On the loopback IPv6 comes first. Where somebody has it, IPv4 is as good.
    let Some(first) = lab.loopback(Family::Inet6) else { return Ok(()) };
    let query = streams(None, 0);
    let listener = listening(net, &query)?;
    expect_eq!(listener.getsockname()?.ip(), Some(first));
    let port = listener.getsockname()?.port().unwrap_or(0);
    let second = listening(net, &streams(None, port))?;
    expect_eq!(second.getsockname()?, loopback_any(lab, variant)?.with_port(port));
    expect_error!(listening(net, &streams(None, port)), EADDRINUSE);
    Ok(())
}

fn dual_client<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    let net = lab.near();
    let listener = near_stream(lab, variant)?;
    listener.bind(loopback_any(lab, variant)?)?;
    let name = listener.getsockname()?;
    let query = streams(None, name.port().unwrap_or(0));
    // At the other address is nobody.
    let other = lab.loopback(variant.family.other()).map(|ip| -> Result<_, Error> {
        let deaf = net.stream(variant.family.other().number())?;
        deaf.bind((ip, name.port().unwrap_or(0)))?;
        Ok(deaf)
    });
    let _other = other.transpose()?;
    expect_error!(connected(net, &query), ECONNREFUSED);
    listener.listen(1)?;

    let client = connected(net, &query)?;
    expect_eq!(client.getpeername()?, name);
    let (server, _) = listener.accept()?;
    // The program waits for an answer, which is there already.
    server.sendall(GREETING)?;
    let mut said = Said::new();
    greet(client, &mut said)?;
    expect_eq!(said.as_str(), "Received 'Hello, world'\n");
    expect_bytes(net, &server, GREETING)?;
    expect_end(net, &server)
}
