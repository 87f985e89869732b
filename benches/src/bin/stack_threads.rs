//! A byte there and back between two threads of one process: over the userspace stack's loopback, and
//! over the kernel's.
//!
//! An operation is one round trip: two sends and two receives that wait. Nothing else drives the stack
//! than these calls.

use std::process::ExitCode;
use std::sync::Arc;

use berkeley::{AddressFamily, Error, Net, Socket};
use berkeley_benches::command_line::{self, Entry};
use berkeley_benches::must;
use berkeley_benches::one_byte::{self, Pair};
use berkeley_benches::ping_pong::competitor;
use berkeley_benches::side_by_side::Group;
use berkeley_smoltcp::device::Loopback;
use berkeley_smoltcp::host::Host;
use berkeley_smoltcp::lock::Threads;
use berkeley_smoltcp::{Capacity, Stack};

const GROUPS: &[Entry] = &[("stack-threads", group)];

fn main() -> ExitCode {
    command_line::main(GROUPS)
}

fn group(count: usize) -> Group {
    let kernel = must(one_byte::tcp()).raw();
    let ours = must(connection());
    Group::new("stack-threads", "kernel", count)
        .with(competitor("kernel", count, kernel))
        .with(competitor("berkeley", count, ours).ours())
}

type Shared = Arc<Stack<'static, Host, Threads>>;

/// A connection over the loopback of a stack of its own.
fn connection() -> Result<Pair<Socket<Shared>>, Error> {
    let stack = Arc::new(Stack::new(Capacity::default(), must(Host::new([]))));
    stack.add_interface(Box::new(Loopback::new(vec![0; 1 << 18], 65_535)))?;
    let net = Net::new(stack);
    let listener = net.stream(AddressFamily::INET)?;
    listener.bind(("127.0.0.1", 7))?;
    listener.listen(1)?;
    let one = net.create_connection(("127.0.0.1", 7), None, None)?;
    let (other, _) = listener.accept()?;
    Ok(Pair(one, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every measurement checks for itself, at every test run.
    #[test]
    fn bytes_come_back() {
        group(1).check();
    }
}
