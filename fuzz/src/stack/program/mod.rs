//! A program that makes socket calls of every kind, as the input says, and keeps account.

mod data;
mod everything;
mod readiness;

use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use berkeley::{
    Address, AddressFamily, Backend, Errno, OptionLevel, OptionName, Patience, Protocol, Shutdown,
    SocketType, options,
};
use berkeley_smoltcp::Handle;

use super::account::Account;
use super::input::Input;
use super::plain;
use super::stale::Stale;

/// More handles than this are not held.
const MOST_HANDLES: usize = 24;

/// The longest `TCP_USER_TIMEOUT` that is set, in milliseconds.
const LONGEST_PATIENCE: i32 = 2_000_000;

/// How many kinds of calls [`Program::operate`] knows.
pub const CALLS: u8 = 20;

/// A program on a stack.
pub struct Program<B: Backend<Handle = Handle>> {
    backend: B,
    /// The addresses that it knows.
    places: Vec<IpAddr>,
    held: Vec<(Handle, usize)>,
    accounts: Vec<Account>,
    /// How many connections have begun.
    begun: usize,
    stale: Stale,
    /// Whether datagrams carry what they should.
    pub trusts_datagrams: bool,
    /// Whether nobody but this program and time can change anything now.
    pub alone: bool,
    /// No wait lasts longer.
    pub longest_wait: Duration,
}

impl<B: Backend<Handle = Handle>> Program<B> {
    /// A program without sockets, on a stack with so many descriptors.
    #[must_use]
    pub fn new(backend: B, descriptors: u16, places: &[&str]) -> Program<B> {
        Program {
            backend,
            places: places.iter().map(|place| super::ip(place)).collect(),
            held: Vec::new(),
            accounts: Vec::new(),
            begun: 0,
            stale: Stale::new(descriptors),
            trusts_datagrams: true,
            alone: true,
            longest_wait: Duration::MAX,
        }
    }

    /// The stack.
    #[must_use]
    pub fn backend(&self) -> &B {
        &self.backend
    }

    /// All sockets that there ever were, the latest last.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The sockets that have a connection now.
    pub fn connected(&self) -> impl Iterator<Item = &Account> {
        let has_peer = |(handle, account): &&(Handle, usize)| {
            let peer = self.backend.getpeername(handle).ok();
            let ends = self.accounts[*account].ends;
            ends.is_some_and(|(_, known)| peer.as_ref().and_then(plain) == Some(known))
        };
        self.held.iter().filter(has_peer).map(|(_, account)| &self.accounts[*account])
    }

    /// The socket with the latest connection between these ends.
    #[must_use]
    pub fn connection(&self, local: SocketAddr, peer: SocketAddr) -> Option<&Account> {
        let between = self.accounts.iter().filter(|account| account.ends == Some((local, peer)));
        between.max_by_key(|account| account.began)
    }

    /// Makes one call.
    ///
    /// # Panics
    ///
    /// What it answers cannot be.
    pub fn operate(&mut self, call: u8, input: &mut Input<'_>) {
        match call % CALLS {
            0 => self.socket(input),
            1 => self.bind(input),
            2 => self.listen(input),
            3 => self.accept(input),
            4 => self.connect(input),
            5 => self.connect_outcome(input),
            6 => self.receive(input),
            7 => self.receive_message(input),
            8 => self.send(input),
            9 => self.send_to(input),
            10 => self.send_message(input),
            11 => self.shutdown(input),
            12 => self.close(input),
            13 => self.retain(input),
            14 => self.ask(input),
            15 => self.option(input),
            16 => self.wait(input),
            17 => self.poll_wait(input),
            18 => self.look(input),
            _ => {
                let held: Vec<&Handle> = self.held.iter().map(|(handle, _)| handle).collect();
                self.stale.try_next(&self.backend, &held);
            }
        }
    }

    /// One of the sockets.
    fn choose(&self, input: &mut Input<'_>) -> Option<(&Handle, usize)> {
        chosen(&self.held, input)
    }

    /// An address: one byte for the place, one for the port and what is odd about it.
    fn address(&self, input: &mut Input<'_>) -> Address {
        let (ip, form) = (input.one_of(&self.places), input.byte());
        let known = |of: fn(&(SocketAddr, SocketAddr)) -> SocketAddr| {
            let ends = self.accounts.iter().rev().filter_map(|account| account.ends);
            ends.map(|ends| of(&ends).port()).next().unwrap_or(80)
        };
        let port = match form % 8 {
            0 => 80,
            1 => 7,
            2 => 0,
            3 => known(|(local, _)| *local),
            4 => known(|(_, peer)| *peer),
            low => 5000 + u16::from(low),
        };
        match ip {
            IpAddr::V4(ip) if form & 0x80 != 0 => (IpAddr::V6(ip.to_ipv6_mapped()), port).into(),
            IpAddr::V6(ip) => {
                SocketAddrV6::new(ip, port, 0, [0, 2, 1, 99][usize::from(form >> 5 & 3)]).into()
            }
            ip => (ip, port).into(),
        }
    }

    fn hold(&mut self, handle: Handle, account: Account) {
        if self.held.len() == MOST_HANDLES {
            let closed = self.backend.close(handle, Patience::Never);
            return assert_eq!(closed, Ok(()));
        }
        self.held.push((handle, self.accounts.len()));
        self.accounts.push(account);
    }

    fn socket(&mut self, input: &mut Input<'_>) {
        use {AddressFamily as F, Protocol as P, SocketType as T};
        let kinds = [
            (F::INET, T::STREAM, P::DEFAULT),
            (F::INET6, T::STREAM, P::DEFAULT),
            (F::INET, T::DGRAM, P::DEFAULT),
            (F::INET6, T::DGRAM, P::UDP),
            (F::INET, T::STREAM, P::TCP),
            (F::INET6, T::STREAM, P::TCP),
        ];
        let choice = input.byte();
        let (family, socket_type, protocol) = match choice {
            0..250 => kinds[usize::from(choice) % kinds.len()],
            _ => (F(input.byte().into()), T(input.byte().into()), P(input.byte().into())),
        };
        let answer = self.backend.socket(family, socket_type, protocol, choice & 64 != 0);
        if let Ok((one, other)) = self.backend.socketpair(family, socket_type, protocol, true) {
            for handle in [one, other] {
                assert_eq!(self.backend.close(handle, Patience::Never), Ok(()));
            }
        }
        if let Ok(handle) = answer {
            let is_stream = self.is(&handle, options::SO_TYPE, 1);
            let is_datagram = self.is(&handle, options::SO_TYPE, 2);
            let speaks = is_stream || is_datagram && self.is(&handle, options::SO_PROTOCOL, 17);
            self.hold(handle, Account { speaks, ..Account::new(is_stream) });
        }
    }

    /// Whether an option has this value.
    fn is(&self, handle: &Handle, name: OptionName, value: i32) -> bool {
        let mut bytes = [0; 4];
        let length = self.backend.getsockopt(handle, OptionLevel::SOCKET, name, &mut bytes);
        length == Ok(4) && options::int_of(&bytes) == value
    }

    fn bind(&mut self, input: &mut Input<'_>) {
        let Some((handle, _)) = self.choose(input) else { return };
        let address = self.address(input);
        let _ = self.backend.bind(handle, &address);
    }

    fn listen(&mut self, input: &mut Input<'_>) {
        let Some((handle, _)) = self.choose(input) else { return };
        let backlog = match input.byte() {
            128 => i32::MIN,
            127 => i32::MAX,
            other => i32::from(other as i8),
        };
        let _ = self.backend.listen(handle, backlog);
    }

    fn accept(&mut self, input: &mut Input<'_>) {
        let Some((handle, _)) = self.choose(input) else { return };
        let Ok((accepted, peer)) = self.backend.accept(handle, Patience::Never, true) else {
            return;
        };
        self.take(accepted, &peer);
    }

    fn connect(&mut self, input: &mut Input<'_>) {
        let Some((handle, account)) = self.choose(input) else { return };
        let address = self.address(input);
        let answer = self.backend.connect(handle, &address, Patience::Never);
        if answer != Err(Errno::EINPROGRESS.into()) {
            // It may tell the end of an attempt, or of a connection that it has not yet told to stand.
            answer.unwrap_or_else(|error| self.accounts[account].has_failed(error));
            return;
        }
        let local = self.backend.getsockname(handle);
        if let (Ok(local), Some(peer)) = (local, plain(&address))
            && let Some(local) = plain(&local)
        {
            // Whoever connects to the wildcard means the host itself.
            let this_host = if peer.is_ipv4() { "127.0.0.1" } else { "::1" };
            let ip = if peer.ip().is_unspecified() { super::ip(this_host) } else { peer.ip() };
            self.begun += 1;
            self.accounts[account].begin((local, (ip, peer.port()).into()), self.begun);
        }
    }

    fn connect_outcome(&mut self, input: &mut Input<'_>) {
        let Some((handle, account)) = self.choose(input) else { return };
        let answer = self.backend.connect_outcome(handle);
        if let Err(error) = answer {
            self.accounts[account].has_failed(error);
        }
    }

    fn shutdown(&mut self, input: &mut Input<'_>) {
        let Some((handle, account)) = self.choose(input) else { return };
        let how = match input.byte() {
            how @ 0..192 => Shutdown(i32::from(how % 3)),
            how => Shutdown(i32::from(how as i8)),
        };
        if self.backend.shutdown(handle, how).is_ok() {
            let is_connected = self.backend.getpeername(handle).is_ok();
            self.accounts[account].shut(how, is_connected);
        }
    }

    fn close(&mut self, input: &mut Input<'_>) {
        let (choice, patience) = (input.byte(), input.byte());
        let Some(choice) = usize::from(choice).checked_rem(self.held.len()) else { return };
        self.close_at(choice, if patience < 192 { Patience::Never } else { Patience::Forever });
    }

    fn close_at(&mut self, choice: usize, patience: Patience) {
        let (handle, account) = self.held.swap_remove(choice);
        self.accounts[account].handles -= 1;
        let answer = self.backend.close(handle, patience);
        assert_eq!(answer, Ok(()), "{:?}", self.accounts[account]);
    }

    /// A connection was accepted.
    fn take(&mut self, handle: Handle, peer: &Address) {
        let local = self.backend.getsockname(&handle).expect("connected");
        let mut account = Account::new(true);
        if let (Some(local), Some(peer)) = (plain(&local), plain(peer)) {
            self.begun += 1;
            account.begin((local, peer), self.begun);
        }
        self.hold(handle, account);
    }

    fn retain(&mut self, input: &mut Input<'_>) {
        let Some((handle, account)) = self.choose(input) else { return };
        if self.held.len() < MOST_HANDLES {
            let another = self.backend.retain(handle).expect("it is open");
            self.accounts[account].handles += 1;
            self.held.push((another, account));
        }
    }

    /// Asks all that changes nothing.
    fn ask(&mut self, input: &mut Input<'_>) {
        let Some((handle, _)) = self.choose(input) else { return };
        assert!(self.backend.getsockname(handle).is_ok(), "every socket has a name");
        let _ = self.backend.getpeername(handle);
        assert!(self.backend.fileno(handle) >= 0);
        assert_eq!(self.backend.set_nonblocking(handle, true), Ok(()));
    }

    fn option(&mut self, input: &mut Input<'_>) {
        let Some((handle, account)) = chosen(&self.held, input) else { return };
        use OptionLevel as L;
        let level = match input.byte() {
            known @ 0..240 => [L::SOCKET, L::TCP, L::IP, L::IPV6, L::UDP][usize::from(known % 5)],
            _ => L(input.word().into()),
        };
        let name = OptionName(i32::from(input.byte() % 96));
        let number = match input.byte() {
            small @ 0..100 => i32::from(small),
            100..120 => -1,
            120..140 => i32::MAX,
            140..160 => i32::MIN,
            _ => i32::from(input.word()),
        };
        // Whoever has unlimited patience keeps a closed connection for weeks.
        let is_patience = (level, name) == (L::TCP, options::TCP_USER_TIMEOUT);
        let number = if is_patience { number.min(LONGEST_PATIENCE) } else { number };
        // `struct linger`, and whatever length the program thinks right.
        let value = [number.to_ne_bytes(), i32::from(input.byte() / 8).to_ne_bytes()].concat();
        let length = [4, 4, 8, 8, 0, 1, 3, 7][input.below(8)];
        let answer = self.backend.setsockopt(handle, level, name, &value[..length]);
        if (level, name) == (L::SOCKET, options::SO_LINGER) && answer.is_ok() {
            self.accounts[account].lingers_not = true;
        }
        let mut room = [0; 16];
        let read = self.backend.getsockopt(handle, level, name, &mut room[..length * 2]);
        if let Ok(count) = read {
            assert!(count <= length * 2, "{level:?} {name:?}: {count} bytes");
        }
        if (level, name) == (L::SOCKET, options::SO_ERROR) && room != [0; 16] {
            let errno = Errno::from_raw(options::int_of(&room)).expect("a number of an error");
            self.accounts[account].has_failed(errno.into());
        }
    }
}

/// One of the handles that are held, and its account.
fn chosen<'h>(held: &'h [(Handle, usize)], input: &mut Input<'_>) -> Option<(&'h Handle, usize)> {
    let choice = usize::from(input.byte()).checked_rem(held.len())?;
    let (handle, account) = &held[choice];
    Some((handle, *account))
}
