//! What a case is, and the variants that it runs in.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use berkeley::{AddressFamily, Timeout};

use crate::failure::Outcome;
use crate::lab::Lab;

/// A case: what it proves, and how.
pub struct Case<L: Lab> {
    /// What it proves.
    pub about: About,
    /// Runs it once, on a fresh lab.
    pub run: fn(&L, &Variant) -> Outcome,
}

/// What a case proves, for people and for reports.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The identifier in the catalogue of cases: a group and a number.
    pub id: &'static str,
    /// What holds, in one sentence.
    pub sentence: &'static str,
    /// Where that is written: POSIX, an RFC, the Python manual, or a measurement.
    pub source: &'static str,
    /// The rows of the specification that it proves.
    pub rows: &'static [&'static str],
    /// What its variants differ in.
    pub vary: Vary,
    /// Whether it takes root on a kernel, in a network namespace of its own: what it asks for needs a
    /// privilege, changes the network, or goes where that network leads nowhere.
    pub needs_root: bool,
}

impl About {
    /// What a line of a table of cases says.
    pub(crate) const fn new(
        id: &'static str,
        vary: Vary,
        rows: &'static [&'static str],
        source: &'static str,
        sentence: &'static str,
    ) -> About {
        if cfg!(feature = "small") {
            return About { id, sentence: "", source: "", rows: &[], vary, needs_root: false };
        }
        About { id, sentence, source, rows, vary, needs_root: false }
    }

    /// The group that the identifier begins with.
    pub fn group(&self) -> &'static str {
        self.id.split('-').next().unwrap_or(self.id)
    }

    /// Every variant, in order.
    pub fn variants(&self) -> impl Iterator<Item = Variant> + use<> {
        let vary = self.vary;
        let families = vary.families().iter();
        families
            .flat_map(move |&family| vary.modes().iter().map(move |&mode| (family, mode)))
            .flat_map(move |pair| vary.roles().iter().map(move |&role| (pair, role)))
            .flat_map(move |pair| vary.sizes().iter().map(move |&size| (pair, size)))
            .map(move |(((family, mode), role), size)| Variant { vary, family, mode, role, size })
    }
}

/// What the variants of a case differ in: a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vary(u8);

impl Vary {
    /// In nothing: IPv4, blocking.
    pub const NOTHING: Vary = Vary(0);
    /// The address family.
    pub const FAMILY: Vary = Vary(1);
    /// All three modes.
    pub const MODE: Vary = Vary(2 | 4 | 8);
    /// The modes in which operations wait: blocking and timeout.
    pub const WAITING: Vary = Vary(2 | 4);
    /// The modes in which operations give up: timeout and non-blocking.
    pub const LIMITED: Vary = Vary(4 | 8);
    /// Which side opened the connection.
    pub const ROLE: Vary = Vary(16);
    /// How much is transferred.
    pub const SIZE: Vary = Vary(32);

    /// What differs in either.
    #[must_use]
    pub const fn and(self, other: Vary) -> Vary {
        Vary(self.0 | other.0)
    }

    const fn contains(self, other: Vary) -> bool {
        self.0 & other.0 == other.0
    }

    const fn families(self) -> &'static [Family] {
        if self.contains(Vary::FAMILY) { &[Family::Inet, Family::Inet6] } else { &[Family::Inet] }
    }

    const fn modes(self) -> &'static [Mode] {
        match self.0 & Vary::MODE.0 {
            14 => &[Mode::Blocking, Mode::Timeout, Mode::NonBlocking],
            6 => &[Mode::Blocking, Mode::Timeout],
            12 => &[Mode::Timeout, Mode::NonBlocking],
            _ => &[Mode::Blocking],
        }
    }

    const fn roles(self) -> &'static [Role] {
        if self.contains(Vary::ROLE) {
            &[Role::Connected, Role::Accepted]
        } else {
            &[Role::Connected]
        }
    }

    const fn sizes(self) -> &'static [Size] {
        if !self.contains(Vary::SIZE) {
            &[Size::Small]
        } else if cfg!(debug_assertions) {
            &[Size::Small, Size::Medium] // without optimisation the large one takes minutes
        } else {
            &[Size::Small, Size::Medium, Size::Large]
        }
    }
}

/// One way to run a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Variant {
    vary: Vary,
    /// The address family of every socket.
    pub family: Family,
    /// The mode of the socket under test.
    pub mode: Mode,
    /// How the socket under test came to its connection.
    pub role: Role,
    /// How much is transferred.
    pub size: Size,
}

impl Variant {
    /// Whether the variant is named with this word, such as `inet6`.
    pub fn has(&self, word: &str) -> bool {
        self.words().into_iter().flatten().any(|own| own == word)
    }

    fn words(&self) -> [Option<&'static str>; 4] {
        let named = |vary: Vary, word| (self.vary.0 & vary.0 != 0).then_some(word);
        [
            named(Vary::FAMILY, self.family.word()),
            named(Vary::MODE, self.mode.word()),
            named(Vary::ROLE, self.role.word()),
            named(Vary::SIZE, self.size.word()),
        ]
    }
}

/// What the variant has of its own, such as `inet6,timeout`.
impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for word in self.words().into_iter().flatten() {
            write!(f, "{separator}{word}")?;
            separator = ",";
        }
        Ok(())
    }
}

/// The address family of a variant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// IPv4.
    Inet,
    /// IPv6.
    Inet6,
}

impl Family {
    /// The number.
    pub const fn number(self) -> AddressFamily {
        match self {
            Family::Inet => AddressFamily::INET,
            Family::Inet6 => AddressFamily::INET6,
        }
    }

    /// Whether an address is of this family.
    pub const fn has(self, address: IpAddr) -> bool {
        matches!((self, address), (Family::Inet, IpAddr::V4(_)) | (Family::Inet6, IpAddr::V6(_)))
    }

    /// The address of the host itself.
    pub const fn loopback(self) -> IpAddr {
        match self {
            Family::Inet => IpAddr::V4(Ipv4Addr::LOCALHOST),
            Family::Inet6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Family {
        match self {
            Family::Inet => Family::Inet6,
            Family::Inet6 => Family::Inet,
        }
    }

    /// The word in a variant's name.
    pub const fn word(self) -> &'static str {
        match self {
            Family::Inet => "inet",
            Family::Inet6 => "inet6",
        }
    }
}

/// The mode of the socket under test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Operations wait as long as it takes.
    Blocking,
    /// Operations wait up to a timeout.
    Timeout,
    /// Operations do not wait: the case waits for readiness first.
    NonBlocking,
}

impl Mode {
    /// The timeout of this mode for an operation that is expected to succeed.
    pub const fn patient(self) -> Timeout {
        self.limited(Duration::from_secs(5))
    }

    /// The timeout of this mode, with this limit.
    pub const fn limited(self, limit: Duration) -> Timeout {
        match self {
            Mode::Blocking => Timeout::Blocking,
            Mode::Timeout => Timeout::After(limit),
            Mode::NonBlocking => Timeout::NonBlocking,
        }
    }

    /// The word in a variant's name.
    pub const fn word(self) -> &'static str {
        match self {
            Mode::Blocking => "blocking",
            Mode::Timeout => "timeout",
            Mode::NonBlocking => "non-blocking",
        }
    }
}

/// How the socket under test came to its connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// It connected to the other side.
    Connected,
    /// It was accepted from the other side.
    Accepted,
}

impl Role {
    /// The word in a variant's name.
    pub const fn word(self) -> &'static str {
        match self {
            Role::Connected => "connected",
            Role::Accepted => "accepted",
        }
    }
}

/// How much is transferred.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    /// 100 kB.
    Small,
    /// 1 MiB.
    Medium,
    /// 64 MiB; in optimised builds.
    Large,
}

impl Size {
    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        match self {
            Size::Small => 100_000,
            Size::Medium => 1 << 20,
            Size::Large => 64 << 20,
        }
    }

    /// The word in a variant's name.
    pub const fn word(self) -> &'static str {
        match self {
            Size::Small => "100kB",
            Size::Medium => "1MiB",
            Size::Large => "64MiB",
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;

    #[test]
    fn variants_are_named_by_what_differs() {
        let names = |vary| -> Vec<String> {
            let about =
                About { id: "x-01", sentence: "", source: "", rows: &[], vary, needs_root: false };
            about.variants().map(|variant| variant.to_string()).collect()
        };
        assert_eq!(names(Vary::NOTHING), [""]);
        assert_eq!(names(Vary::FAMILY), ["inet", "inet6"]);
        assert_eq!(
            names(Vary::FAMILY.and(Vary::WAITING)),
            ["inet,blocking", "inet,timeout", "inet6,blocking", "inet6,timeout"],
        );
        assert_eq!(names(Vary::LIMITED.and(Vary::ROLE)).len(), 4);
    }
}
