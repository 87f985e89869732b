//! The state machine of the client (RFC 2131, section 4.4, figure 5).
//!
//! It is told what arrives ([`Client::take`]), that the link came or went, that somebody else has the
//! address; it is asked what to do now ([`Client::next_step`]) until that is nothing, and which lease
//! holds ([`Client::held`]). So an attacker's messages cost a comparison each, and whatever a message
//! makes necessary is sent by the clock.

use core::net::Ipv4Addr;
use core::time::Duration;

use berkeley::Instant;

use super::lease::Lease;
use super::message::{Answer, AnswerKind, Question, QuestionKind, code};
use crate::network::HardwareAddress;

/// The pause after the first message of an exchange, which doubles with each (RFC 2131, section 4.1).
const FIRST_PAUSE: Duration = Duration::from_secs(4);
/// How often it doubles: to 64 seconds.
const MOST_DOUBLINGS: u8 = 4;
/// Each pause is longer or shorter by up to this much.
const JITTER: Duration = Duration::from_secs(1);
/// How often an offer is asked for before it is given up.
const MOST_REQUESTS: u8 = 4;
/// How often an old lease is asked about before it is used all the same (section 3.2, item 4).
const MOST_REBOOTS: u8 = 2;
/// The least time between two questions to prolong a lease (section 4.4.5).
const LEAST_RENEWAL: Duration = Duration::from_secs(60);
/// The pause after an address was found in use (section 3.1, item 5).
const AFTER_DECLINE: Duration = Duration::from_secs(10);
/// How often, and how far apart, it is asked whether somebody has the address already.
const PROBES: u8 = 2;
const PROBE_PAUSE: Duration = Duration::from_millis(500);
/// How long an address that is given back stays: its server may have to be asked for on the link.
const RELEASE_PAUSE: Duration = Duration::from_secs(1);

/// Where the client is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// The link is down.
    Down,
    /// It asks who has an address for it.
    Selecting,
    /// It asks for this one of this server.
    Requesting { offered: Ipv4Addr, server: Ipv4Addr },
    /// It asks whether the address that it had is good on this link.
    Rebooting,
    /// It asks the link whether somebody has the address.
    Probing,
    /// Somebody has: the server is to be told.
    Declining,
    /// It has an address.
    Bound,
    /// It asks its server to prolong the lease.
    Renewing,
    /// It asks all servers.
    Rebinding,
    /// It gives the address back: the server is to be told.
    Releasing,
    /// It has told it.
    Released,
}

/// What to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// Send this to all servers, from no address.
    Broadcast(Question),
    /// Send this to all servers, from the address of the lease.
    BroadcastFrom(Ipv4Addr, Question),
    /// Send this from the address of the lease to its server.
    Unicast(Ipv4Addr, Ipv4Addr, Question),
    /// Ask the link who has this address.
    Probe(Ipv4Addr),
    /// The client has ended.
    End,
}

/// A client of one interface.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    phase: Phase,
    hardware: HardwareAddress,
    transaction: u32,
    /// When the exchange began.
    began: Instant,
    /// How many messages of the exchange were sent.
    sent: u8,
    /// How many exchanges have failed since an address was had.
    failures: u8,
    /// When there is something to do.
    next: Option<Instant>,
    lease: Option<Lease>,
    /// The address that was had last, to be asked for again.
    last: Option<Ipv4Addr>,
}

impl Client {
    /// A client that asks for an address as soon as the link is up.
    pub(crate) fn new(hardware: HardwareAddress, up: bool, now: Instant) -> Client {
        let mut client = Client {
            phase: Phase::Down,
            hardware,
            transaction: 0,
            began: now,
            sent: 0,
            failures: 0,
            next: None,
            lease: None,
            last: None,
        };
        client.link_changed(up, now);
        client
    }

    /// When there is something to do.
    pub(crate) const fn next_event(&self) -> Option<Instant> {
        self.next
    }

    /// Whether it was stopped, and has not ended yet.
    pub(crate) const fn is_ending(&self) -> bool {
        matches!(self.phase, Phase::Releasing | Phase::Released)
    }

    /// The lease that the interface has now.
    pub(crate) fn held(&self) -> Option<&Lease> {
        match self.phase {
            Phase::Selecting
            | Phase::Requesting { .. }
            | Phase::Rebooting
            | Phase::Probing
            | Phase::Declining
            | Phase::Released => None,
            Phase::Down | Phase::Bound | Phase::Renewing | Phase::Rebinding | Phase::Releasing => {
                self.lease.as_ref()
            }
        }
    }

    /// The link went down or came up. With another network behind it the address would be wrong: it is
    /// asked about before it is used again (section 3.7).
    pub(crate) fn link_changed(&mut self, up: bool, now: Instant) {
        if self.is_ending() {
            return;
        }
        if !up {
            // An address that was not used yet is forgotten; one that was stays until it expires.
            self.lease = self.held().copied();
            self.phase = Phase::Down;
            self.next = self.lease.and_then(|lease| lease.expires_at());
        } else if self.lease.is_some_and(|lease| !lease.has_expired(now)) {
            self.begin(Phase::Rebooting, now);
        } else {
            self.start_again(now, Duration::ZERO);
        }
    }

    /// Gives the address back, as far as there is one.
    pub(crate) fn stop(&mut self, now: Instant) {
        let held = self.held().is_some() && self.phase != Phase::Down;
        self.begin(if held { Phase::Releasing } else { Phase::Released }, now);
    }

    /// Somebody with another hardware address has, or wants, this address.
    pub(crate) fn hears_of(&mut self, address: Ipv4Addr, by: HardwareAddress, now: Instant) {
        let probed = self.phase == Phase::Probing && self.lease_address() == Some(address);
        if probed && by != self.hardware {
            self.begin(Phase::Declining, now);
        }
    }

    /// A server says something. What is for others, out of place or without sense changes nothing.
    pub(crate) fn take(&mut self, answer: &Answer<'_>, now: Instant) {
        // A transaction that was not begun yet has no answers.
        if answer.transaction != self.transaction
            || answer.hardware != self.hardware
            || self.sent == 0
        {
            return;
        }
        let server = answer.options.address(code::SERVER);
        match (answer.kind, self.phase) {
            (AnswerKind::Offer, Phase::Selecting) => {
                if let Some(offer) = Lease::granted(answer, now) {
                    let (offered, server) = (answer.address, offer.server());
                    (self.phase, self.sent, self.next) =
                        (Phase::Requesting { offered, server }, 0, Some(now));
                }
            }
            (AnswerKind::Acknowledge, Phase::Requesting { server: chosen, .. })
                if server == Some(chosen) =>
            {
                self.lease = Lease::granted(answer, self.began);
                if self.lease.is_some() {
                    (self.phase, self.sent, self.next) = (Phase::Probing, 0, Some(now));
                }
            }
            (AnswerKind::Acknowledge, Phase::Rebooting | Phase::Renewing | Phase::Rebinding)
                if self.lease_address() == Some(answer.address) =>
            {
                if let Some(lease) = Lease::granted(answer, self.began) {
                    self.bind(lease, now);
                }
            }
            (AnswerKind::Refuse, Phase::Requesting { server: chosen, .. })
                if server == Some(chosen) =>
            {
                self.refused(now);
            }
            (AnswerKind::Refuse, Phase::Rebooting | Phase::Rebinding) => self.refused(now),
            (AnswerKind::Refuse, Phase::Renewing)
                if server == self.lease.map(|lease| lease.server()) =>
            {
                self.refused(now);
            }
            _ => {}
        }
    }

    /// What is to be done now: `None` for nothing. Called until then, since one thing may make another
    /// one due. `random` draws numbers that nobody can predict.
    pub(crate) fn next_step(
        &mut self,
        now: Instant,
        mut random: impl FnMut() -> u32,
    ) -> Option<Step> {
        // At most the phases of one lease that has come and gone.
        while self.next.is_some_and(|at| at <= now) {
            if let Some(step) = self.advance(now, &mut random) {
                return Some(step);
            }
        }
        None
    }

    /// Does what is due: sends something, or goes to another phase.
    fn advance(&mut self, now: Instant, random: &mut impl FnMut() -> u32) -> Option<Step> {
        if self.sent == 0 && !matches!(self.phase, Phase::Requesting { .. }) {
            (self.transaction, self.began) = (random(), now);
        }
        match self.phase {
            Phase::Down => {
                (self.lease, self.next) = (None, None);
                None
            }
            Phase::Selecting => {
                self.pause(now, random);
                let last = self.last.filter(|_| self.failures == 0);
                let question = self.question(QuestionKind::Discover, now);
                Some(Step::Broadcast(Question { requested: last, ..question }))
            }
            Phase::Requesting { .. } if self.sent >= MOST_REQUESTS => {
                self.failures = self.failures.saturating_add(1);
                self.start_again(now, Duration::ZERO);
                None
            }
            Phase::Requesting { offered, server } => {
                if self.sent == 0 {
                    self.began = now; // the lease counts from here
                }
                self.pause(now, random);
                let question = self.question(QuestionKind::Request, now);
                Some(Step::Broadcast(Question {
                    requested: Some(offered),
                    server: Some(server),
                    ..question
                }))
            }
            Phase::Rebooting if self.sent >= MOST_REBOOTS => {
                match self.lease.filter(|lease| !lease.has_expired(now)) {
                    Some(lease) => self.bind(lease, now),
                    None => self.start_again(now, Duration::ZERO),
                }
                None
            }
            Phase::Rebooting => {
                self.pause(now, random);
                let question = self.question(QuestionKind::Request, now);
                Some(Step::Broadcast(Question { requested: self.lease_address(), ..question }))
            }
            Phase::Probing => self.probe(now),
            Phase::Declining => {
                let lease = self.lease.take();
                let question = self.question(QuestionKind::Decline, now);
                self.last = None;
                self.failures = self.failures.saturating_add(1);
                self.start_again(now, AFTER_DECLINE);
                lease.map(|lease| {
                    Step::Broadcast(Question {
                        requested: Some(lease.own()),
                        server: Some(lease.server()),
                        ..question
                    })
                })
            }
            Phase::Bound => {
                self.next = self.lease.and_then(|lease| lease.renew_at());
                if self.next.is_some_and(|at| at <= now) {
                    self.begin(Phase::Renewing, now);
                }
                None
            }
            Phase::Renewing | Phase::Rebinding => self.prolong(now),
            Phase::Releasing if self.sent == 0 => {
                (self.sent, self.next) = (1, Some(now + RELEASE_PAUSE));
                let lease = self.lease?;
                let own = lease.own();
                let question = self.question(QuestionKind::Release, now);
                let server = Some(lease.server());
                Some(Step::Unicast(own, lease.server(), Question { own, server, ..question }))
            }
            Phase::Releasing => {
                self.begin(Phase::Released, now);
                None
            }
            Phase::Released => {
                self.next = None;
                Some(Step::End)
            }
        }
    }

    /// Asks whether somebody has the address; with no answer, it is had.
    fn probe(&mut self, now: Instant) -> Option<Step> {
        let Some(lease) = self.lease else {
            self.start_again(now, Duration::ZERO);
            return None;
        };
        if self.sent >= PROBES {
            self.bind(lease, now);
            return None;
        }
        self.sent += 1;
        self.next = Some(now + PROBE_PAUSE);
        Some(Step::Probe(lease.own()))
    }

    /// Asks to prolong the lease: its server, later all, until it ends.
    fn prolong(&mut self, now: Instant) -> Option<Step> {
        let Some(lease) = self.lease.filter(|lease| !lease.has_expired(now)) else {
            self.start_again(now, Duration::ZERO);
            return None;
        };
        let own = lease.own();
        if self.phase == Phase::Renewing && lease.rebind_at().is_some_and(|at| at <= now) {
            self.begin(Phase::Rebinding, now);
            return None;
        }
        let renews = self.phase == Phase::Renewing;
        let end = if renews { lease.rebind_at() } else { lease.expires_at() };
        self.sent = self.sent.saturating_add(1);
        self.next = end.map(|end| {
            let half = end.saturating_duration_since(now) / 2;
            end.min(now + half.max(LEAST_RENEWAL))
        });
        let question = Question { own, ..self.question(QuestionKind::Request, now) };
        Some(match renews {
            true => Step::Unicast(own, lease.server(), question),
            false => Step::BroadcastFrom(own, question),
        })
    }

    /// The server wants the address not to be used.
    fn refused(&mut self, now: Instant) {
        (self.lease, self.last) = (None, None);
        // At once the first time; a server that refuses what it has just offered is asked more rarely.
        let pause = match self.failures {
            0 => Duration::ZERO,
            failures => pause_after(failures),
        };
        self.failures = self.failures.saturating_add(1);
        self.start_again(now, pause);
    }

    /// The lease holds.
    fn bind(&mut self, lease: Lease, now: Instant) {
        (self.phase, self.sent, self.failures) = (Phase::Bound, 0, 0);
        self.last = Some(lease.own());
        self.lease = Some(lease);
        self.next = Some(now); // to be configured
    }

    /// Looks for an address, after a while.
    fn start_again(&mut self, now: Instant, pause: Duration) {
        self.lease = None;
        self.begin(Phase::Selecting, now + pause);
    }

    /// Another exchange begins.
    fn begin(&mut self, phase: Phase, at: Instant) {
        (self.phase, self.sent, self.next) = (phase, 0, Some(at));
    }

    /// One more message is sent, and the next one is due after a pause.
    fn pause(&mut self, now: Instant, random: &mut impl FnMut() -> u32) {
        self.sent = self.sent.saturating_add(1);
        let range = 2 * JITTER.as_millis() as u32 + 1;
        let jitter = Duration::from_millis(u64::from(random() % range));
        self.next = Some(now + (pause_after(self.sent) + jitter - JITTER));
    }

    fn question(&self, kind: QuestionKind, now: Instant) -> Question {
        let seconds = now.saturating_duration_since(self.began).as_secs();
        Question {
            kind,
            transaction: self.transaction,
            hardware: self.hardware,
            seconds: u16::try_from(seconds).unwrap_or(u16::MAX),
            own: Ipv4Addr::UNSPECIFIED,
            requested: None,
            server: None,
        }
    }

    fn lease_address(&self) -> Option<Ipv4Addr> {
        self.lease.as_ref().map(Lease::own)
    }
}

/// The pause after so many messages, from 1.
fn pause_after(sent: u8) -> Duration {
    FIRST_PAUSE * (1 << sent.saturating_sub(1).min(MOST_DOUBLINGS))
}
