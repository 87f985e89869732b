//! `create_connection` with all errors: why each address of a host did not do.

use berkeley::AddressInfoCode;
use berkeley::names::ConnectErrors;

use super::prelude::*;

cases! {
    "connect-30" every_error, Vary::NOTHING, ["F02", "F03", "N34"],
        "Python manual: create_connection, all_errors",
        "create_connection with all errors tells that of each address, in order.";
}

fn every_error<L: Lab>(lab: &L, variant: &Variant) -> Outcome {
    // `localhost` is ::1 and then 127.0.0.1. Nobody listens.
    let (net, timeout) = (lab.near(), Some(Timeout::After(LONG)));
    let listener = near_stream(lab, variant)?;
    listener.bind(loopback_any(lab, variant)?)?;
    let name = listener.getsockname()?;
    let target = ("localhost", name.port().unwrap_or(0));
    match net.create_connection_all(target, timeout, None) {
        Err(ConnectErrors::Addresses(errors)) => {
            expect_eq!(errors.len(), 2);
            for (_, error) in errors {
                expect_error!(Err::<(), _>(error), ECONNREFUSED);
            }
        }
        other => return Err(Failure::new("create_connection_all", format_args!("{other:?}"))),
    }
    // A source fits one family; the other one fails for a reason of its own.
    match net.create_connection_all(target, timeout, Some(("127.0.0.1", 0))) {
        Err(ConnectErrors::Addresses(errors)) => expect_eq!(errors.len(), 2),
        other => return Err(Failure::new("create_connection_all", format_args!("{other:?}"))),
    }
    // A name that nobody knows has no addresses.
    let unknown = Error::address_info(AddressInfoCode::EAI_NONAME);
    let outcome = net.create_connection_all(("no such host", 9), timeout, None);
    expect_eq!(outcome.map(drop).map_err(Error::from), Err(unknown));

    listener.listen(1)?;
    let connected = net.create_connection_all(target, timeout, None).map_err(Error::from)?;
    expect_eq!(connected.getpeername()?, name);
    Ok(())
}
