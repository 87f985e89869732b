//! What the commands print.

use core::time::Duration;
use std::boxed::Box;
use std::string::{String, ToString};
use std::sync::Arc;
use std::vec::Vec;
use std::{format, print, println, thread, vec};

use berkeley::{Backend, Error, Net, Socket};
use berkeley_os::Os;
use berkeley_smoltcp::device::Loopback;
use berkeley_smoltcp::host::Host;
use berkeley_smoltcp::lock::Threads;
use berkeley_smoltcp::{Capacity, Stack};
use serde_json::{Value, json};

use super::{Expectations, Expected, Rows, Selection, abouts, run};
use crate::case::{About, Family};
use crate::labs::{Entry, LABS};
use crate::programs::{echo_client, serve};

/// The labs that exist, available here or not.
fn labs() -> impl Iterator<Item = &'static Entry> {
    LABS.iter()
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
            lab.has(about.id)
                && about.variants().any(|variant| {
                    !matches!(
                        expectations.of(lab.name, about, &variant),
                        Expected::NotApplicable(_)
                    )
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
    let rows = Rows::load(&abouts, &expectations(&abouts)?)?;
    Ok((rows.table(), rows.to_json()))
}

/// Runs the manual's programs on each backend and says what was said, then all cases and their
/// table. Says whether all went well.
///
/// # Errors
///
/// Those of [`run`], and of the programs.
pub fn main_job() -> Result<bool, Vec<String>> {
    println!("The manual's echo server and client, one source:");
    let failed = |error: Error| Vec::from([format!("the echo programs: {error}")]);
    println!("on the operating system's sockets\n{}", echo(&Net::new(Os)).map_err(failed)?);
    let stack = userspace().map_err(|error| Vec::from([format!("a userspace stack: {error}")]))?;
    println!("on a userspace stack, over its loopback\n{}", echo(&stack).map_err(failed)?);

    println!("The suite, on the labs of this host:");
    let report = run(&Selection { seed: 1, ..Selection::default() })?;
    print!("\n{}", report.table());
    Ok(report.is_success())
}

/// Runs the server on a thread and the client here, and says what they said.
fn echo<B: Backend + Clone + Sync>(net: &Net<B>) -> Result<String, Error>
where
    Socket<B>: Sync,
{
    let mut listener = net.stream(Family::Inet.number())?;
    // Without a client the server ends too.
    listener.settimeout(Duration::from_secs(10))?;
    // A free port of loopback, so that a server of somebody else is not in the way.
    listener.bind(("127.0.0.1", 0))?;
    listener.listen(1)?;
    let address = listener.getsockname()?;
    let (mut server, mut client) = (String::new(), String::new());
    thread::scope(|scope| {
        let serving = scope.spawn(|| serve(&listener, 1, &mut server));
        echo_client(net, Family::Inet.number(), address, &mut client)?;
        serving.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    Ok(format!("  server: {server}  client: {client}"))
}

/// A userspace stack that threads share.
type Userspace = Arc<Stack<'static, Host, Threads>>;

/// A userspace stack, alone with itself.
fn userspace() -> Result<Net<Userspace>, Box<dyn core::error::Error>> {
    let stack = Stack::new(Capacity::default(), Host::new([])?);
    stack.add_interface(Box::new(Loopback::new(vec![0; 1 << 18], 65_535)))?;
    Ok(Net::new(Arc::new(stack)))
}
