//! What the commands print.

use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, print, println, thread};

use berkeley::{Backend, Error, Net, Socket};
use berkeley_os::Os;
use serde_json::{Value, json};

use super::{Expectations, Expected, Rows, Selection, abouts, run};
use crate::case::{About, Family};
use crate::labs::{Entry, LABS};
use crate::programs::{echo_client, serve};

/// The labs that exist, available here or not.
fn labs() -> impl Iterator<Item = &'static Entry> {
    LABS.iter().filter(|lab| lab.exists)
}

fn expectations(abouts: &[About]) -> Result<Expectations, Vec<String>> {
    let names: Vec<&str> = LABS.iter().map(|lab| lab.name).collect();
    Expectations::load(abouts, &names)
}

/// The list of cases: for people, and for other programs.
///
/// # Errors
///
/// Data files that are not in order.
pub fn list() -> Result<(String, Value), Vec<String>> {
    let abouts = abouts();
    let expectations = expectations(&abouts)?;
    let (mut text, mut cases) = (String::new(), Vec::new());
    for about in &abouts {
        let applies = |lab: &&Entry| {
            about.variants().any(|variant| {
                !matches!(expectations.of(lab.name, about, &variant), Expected::NotApplicable(_))
            })
        };
        let labs: Vec<&str> = labs().filter(applies).map(|lab| lab.name).collect();
        let variants: Vec<String> = about.variants().map(|variant| variant.to_string()).collect();
        text += &format!("{:<13}{}\n", about.id, about.sentence);
        text += &format!("{:13}{} [{}]\n", "", about.source, about.rows.join(" "));
        text += &format!("{:13}{} variants on {}\n", "", variants.len(), labs.join(", "));
        cases.push(json!({
            "id": about.id,
            "sentence": about.sentence,
            "source": about.source,
            "rows": about.rows,
            "variants": variants,
            "labs": labs,
        }));
    }
    text += &format!("{} cases\n", abouts.len());
    Ok((text, json!({ "cases": cases })))
}

/// The rows: for people, and for other programs.
///
/// # Errors
///
/// Data files that are not in order.
pub fn rows() -> Result<(String, Value), Vec<String>> {
    let abouts = abouts();
    let names: Vec<&'static str> = labs().map(|lab| lab.name).collect();
    let rows = Rows::load(&abouts, &names, &expectations(&abouts)?)?;
    Ok((rows.table(), rows.to_json()))
}

/// Runs the manual's programs on each backend and says what was said, then all cases and their
/// table. Says whether all went well.
///
/// # Errors
///
/// Those of [`run`], and of the programs.
pub fn main_job() -> Result<bool, Vec<String>> {
    println!("The manual's echo server and client, on the operating system's sockets:");
    let failed = |error: Error| Vec::from([format!("the echo programs: {error}")]);
    let net = Net::new(Os);
    let listener = net.stream(Family::Inet.number()).and_then(listening).map_err(failed)?;
    let address = listener.getsockname().map_err(failed)?;
    let server = thread::spawn(move || {
        let mut said = String::new();
        serve(&listener, 1, &mut said).map(|()| said)
    });
    let mut said = String::new();
    echo_client(&net, Family::Inet.number(), address, &mut said).map_err(failed)?;
    let server = server.join().map_err(|_| Vec::from(["the echo server panicked".to_string()]))?;
    print!("  server: {}  client: {said}", server.map_err(failed)?);

    println!("\nThe suite, on the labs of this host:");
    let report = run(&Selection { seed: 1, ..Selection::default() })?;
    print!("\n{}", report.table());
    Ok(report.is_success())
}

/// Listens at a free port of loopback, so that a server of somebody else is not in the way.
fn listening<B: Backend + Clone>(socket: Socket<B>) -> Result<Socket<B>, Error> {
    socket.bind(("127.0.0.1", 0))?;
    socket.listen(1)?;
    Ok(socket)
}
