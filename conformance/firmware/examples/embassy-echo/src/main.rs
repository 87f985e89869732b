//! An echo server for several connections, each of them a task on the embassy executor.
#![no_std]
#![no_main]

mod attempt;

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use attempt::attempt;
use berkeley::{AddressFamily, Error, Net, Readiness, Timeout};
use berkeley_board::{Board, Nic, exit, exit_code, print};
use berkeley_smoltcp::{Cidr, Memory};
use embassy_executor::{Executor, SpawnError, Spawner, task};
use static_cell::{ConstStaticCell, StaticCell};

/// The board's address: the one that QEMU's user network expects.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 2, 15));
const PORT: u16 = 7;

/// How many connections are served at a time, and how long one may be silent.
const CONNECTIONS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(2);

/// All secrets follow from it: a product has a seed of its own, and a new one at each start.
const SEED: u64 = 1;

type Stack = berkeley_smoltcp::Stack<'static, Board>;
type Socket = berkeley::Socket<&'static Stack>;

/// As many connections of 2 KiB each way, and one that may still be ending; their sockets and the
/// listener's.
static MEMORY: ConstStaticCell<
    Memory<'static, { CONNECTIONS + 1 }, 2048, 2048, { CONNECTIONS + 1 }, 0, 0, 1>,
> = ConstStaticCell::new(Memory::new());
static NIC: StaticCell<Nic> = StaticCell::new();
static STACK: StaticCell<Stack> = StaticCell::new();
static LISTENER: StaticCell<Socket> = StaticCell::new();
static EXECUTOR: StaticCell<Executor> = StaticCell::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some((board, nic)) = berkeley_board::take(SEED) else { exit(exit_code::FAILURE) };
    let stack: &'static Stack = STACK.init(Stack::new(MEMORY.take(), board));
    let Ok(listener) = listen(stack, nic) else { exit(exit_code::FAILURE) };
    let listener = LISTENER.init(listener);
    EXECUTOR.init(Executor::new()).run(|spawner| {
        if start(spawner, stack, listener).is_err() {
            exit(exit_code::FAILURE);
        }
    })
}

/// Sets the network up. Nothing here waits.
fn listen(stack: &'static Stack, nic: Nic) -> Result<Socket, Error> {
    let interface = stack.add_interface(NIC.init(nic))?;
    stack.add_address(interface, Cidr::new(ADDRESS, 24)?)?;
    let net = Net::new(stack);
    net.setdefaulttimeout(Timeout::NonBlocking); // tasks wait by `attempt` alone
    let listener = net.stream(AddressFamily::INET)?;
    listener.bind(("", PORT))?;
    listener.listen(1)?;
    Ok(listener)
}

fn start(
    spawner: Spawner,
    stack: &'static Stack,
    listener: &'static Socket,
) -> Result<(), SpawnError> {
    spawner.spawn(pump(stack)?);
    for _ in 0..CONNECTIONS {
        spawner.spawn(serve(listener)?);
    }
    print("ready\n");
    Ok(())
}

/// Drives the stack for all other tasks, and sleeps while there is nothing to do.
#[task]
async fn pump(stack: &'static Stack) {
    let _ = stack.pump_async(|| false).await;
}

/// Serves one client after the other.
#[task(pool_size = CONNECTIONS)]
async fn serve(listener: &'static Socket) {
    loop {
        let _ = serve_client(listener).await; // whatever has ended it, there will be another one
    }
}

/// Takes a connection and sends back what comes, until its client ends it.
///
/// # Errors
///
/// [`Error::TIMED_OUT`] when the client is silent for too long, and those of the connection.
async fn serve_client(listener: &Socket) -> Result<(), Error> {
    let accepted = attempt(listener, Readiness::READABLE, None, || listener.accept()).await;
    let (socket, _) = accepted?;
    let mut buffer = [0; 512];
    loop {
        let receive = || socket.recv(&mut buffer);
        let length = attempt(&socket, Readiness::READABLE, PATIENCE, receive).await?;
        if length == 0 {
            return Ok(());
        }
        let mut unsent = &buffer[..length];
        while !unsent.is_empty() {
            let send = || socket.send(unsent);
            let sent = attempt(&socket, Readiness::WRITABLE, PATIENCE, send).await?;
            unsent = &unsent[sent..];
        }
    }
}
