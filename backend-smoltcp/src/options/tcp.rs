//! The options of TCP, with the defaults and ranges of Linux's tcp(7).

use berkeley::options as names;
use berkeley::options::OptionBytes;
use berkeley::{Errno, Error, OptionName};

use super::{Facts, number, truth};

/// The longest time in FIN-WAIT-2 without a socket that can be asked for, in seconds: Linux's
/// `TCP_FIN_TIMEOUT_MAX`.
const LONGEST_FIN_WAIT: i32 = 120;

/// The longest segment of a connection that is not there: RFC 9293, section 3.7.1.
const UNKNOWN_SEGMENT: u16 = 536;

/// The smallest window that can be asked for: half of Linux's smallest receive buffer.
const SMALLEST_WINDOW: u32 = 1152;

/// The congestion control of the engine.
const CONGESTION_CONTROL: &str = "reno";

/// What a program has said about TCP.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TcpOptions {
    pub(crate) nodelay: bool,
    /// Seconds of silence before a keepalive probe, and between two of them.
    pub(crate) keepalive_idle: u16,
    pub(crate) keepalive_interval: u16,
    /// How many probes may go unanswered.
    pub(crate) keepalive_count: u8,
    /// How often an opening segment is repeated.
    pub(crate) syn_count: u8,
    /// Seconds in FIN-WAIT-2 without a socket; below 0 such a connection is reset.
    pub(crate) fin_wait: i16,
    /// Milliseconds that data may be unacknowledged; 0 for as long as TCP tries.
    pub(crate) user_timeout: u32,
    /// The longest segment either way; 0 for what the link carries.
    pub(crate) maximum_segment: u16,
    /// The largest window that is announced; 0 for any.
    pub(crate) window_clamp: u32,
    /// A segment that is not full waits for more.
    pub(crate) cork: bool,
    /// Acknowledge at once, or wait for something to acknowledge with; `None` for a short wait.
    pub(crate) quick: Option<bool>,
    /// How often the answer to an opening segment is due before a connection without data counts.
    pub(crate) defer_accept: u8,
}

impl TcpOptions {
    pub(crate) const DEFAULT: TcpOptions = TcpOptions {
        nodelay: false,
        keepalive_idle: 7200,
        keepalive_interval: 75,
        keepalive_count: 9,
        syn_count: 6,
        fin_wait: 60,
        user_timeout: 0,
        maximum_segment: 0,
        window_clamp: 0,
        cork: false,
        quick: None,
        defer_accept: 0,
    };

    /// The largest window that is announced.
    pub(crate) fn window_limit(&self) -> Option<usize> {
        (self.window_clamp > 0).then_some(self.window_clamp as usize)
    }

    /// The value of an option.
    ///
    /// # Errors
    ///
    /// `ENOPROTOOPT` for one that this stack does not have.
    pub(super) fn get(&self, name: OptionName, facts: &Facts) -> Result<OptionBytes, Error> {
        match name {
            names::TCP_NODELAY => truth(self.nodelay),
            names::TCP_KEEPIDLE => number(self.keepalive_idle),
            names::TCP_KEEPINTVL => number(self.keepalive_interval),
            names::TCP_KEEPCNT => number(self.keepalive_count),
            names::TCP_SYNCNT => number(self.syn_count),
            names::TCP_LINGER2 => number(self.fin_wait),
            names::TCP_USER_TIMEOUT => number(self.user_timeout),
            names::TCP_MAXSEG => number(match (facts.segment, self.maximum_segment) {
                (Some(segment), _) => segment,
                (None, 0) => UNKNOWN_SEGMENT,
                (None, chosen) => chosen,
            }),
            names::TCP_WINDOW_CLAMP => number(self.window_clamp),
            names::TCP_CORK => truth(self.cork),
            names::TCP_QUICKACK => truth(self.quick != Some(false)),
            names::TCP_DEFER_ACCEPT => number(seconds_of(self.defer_accept)),
            names::TCP_CONGESTION => Ok(OptionBytes::of_name(CONGESTION_CONTROL)),
            _ => Err(Errno::ENOPROTOOPT.into()),
        }
    }

    /// Sets an option.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a value out of range, `ENOPROTOOPT` for an option that this stack does not have.
    pub(super) fn set(&mut self, name: OptionName, value: i32, facts: &Facts) -> Result<(), Error> {
        match name {
            names::TCP_NODELAY => self.nodelay = value != 0,
            names::TCP_KEEPIDLE => self.keepalive_idle = within(value, 1, 32767)?,
            names::TCP_KEEPINTVL => self.keepalive_interval = within(value, 1, 32767)?,
            names::TCP_KEEPCNT => self.keepalive_count = within(value, 1, 127)?,
            names::TCP_SYNCNT => self.syn_count = within(value, 1, 127)?,
            // 0 is the default again.
            names::TCP_LINGER2 => {
                let seconds = if value == 0 { 60 } else { value.clamp(-1, LONGEST_FIN_WAIT) };
                self.fin_wait = within(seconds, -1, LONGEST_FIN_WAIT)?;
            }
            names::TCP_USER_TIMEOUT => self.user_timeout = within(value, 0, i32::MAX)?,
            names::TCP_MAXSEG if value == 0 => self.maximum_segment = 0,
            names::TCP_MAXSEG => self.maximum_segment = within(value, 88, 32767)?,
            names::TCP_WINDOW_CLAMP
                if value == 0 && (facts.segment.is_some() || facts.is_listening) =>
            {
                return Err(Errno::EINVAL.into());
            }
            names::TCP_WINDOW_CLAMP if value == 0 => self.window_clamp = 0,
            // A negative number is a large one, as on Linux.
            names::TCP_WINDOW_CLAMP => {
                self.window_clamp = (value as u32).clamp(SMALLEST_WINDOW, i32::MAX as u32);
            }
            names::TCP_CORK => self.cork = value != 0,
            names::TCP_QUICKACK => self.quick = Some(value != 0),
            names::TCP_DEFER_ACCEPT => self.defer_accept = repetitions_in(value),
            _ => return Err(Errno::ENOPROTOOPT.into()),
        }
        Ok(())
    }
}

/// Sets the congestion control by its name, of which there is one.
///
/// # Errors
///
/// `ENOENT` for any other, `EINVAL` for none.
pub(super) fn set_congestion_control(name: &[u8]) -> Result<(), Error> {
    let length = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    match &name[..length] {
        _ if name.is_empty() => Err(Errno::EINVAL.into()),
        name if name == CONGESTION_CONTROL.as_bytes() => Ok(()),
        _ => Err(Errno::ENOENT.into()),
    }
}

/// How often the answer to an opening segment is due within so many seconds (Linux's
/// `secs_to_retrans`): after one, after two more, and so on.
fn repetitions_in(seconds: i32) -> u8 {
    let enough = |count: &u8| i64::from(seconds_of(*count)) >= i64::from(seconds);
    (0..=u8::MAX).find(enough).unwrap_or(u8::MAX)
}

/// After how many seconds it is due so many times (Linux's `retrans_to_secs`).
fn seconds_of(repetitions: u8) -> u32 {
    (0..u32::from(repetitions)).map(|n| 1u32.checked_shl(n).map_or(120, |wait| wait.min(120))).sum()
}

/// A value of this range, ends included.
fn within<T: TryFrom<i32>>(value: i32, least: i32, most: i32) -> Result<T, Error> {
    let inside = (least..=most).contains(&value).then_some(value);
    inside.and_then(|value| T::try_from(value).ok()).ok_or(Errno::EINVAL.into())
}

#[cfg(test)]
mod tests {
    use berkeley::options::int_of;

    use super::super::tests::STREAM;
    use super::*;

    #[test]
    fn ranges_and_read_back_follow_linux() {
        let einval = Err(Error::from(Errno::EINVAL));
        // name, default, then value set, outcome, read back
        type Step = (i32, Result<(), Error>, i32);
        let rows: [(OptionName, i32, &[Step]); 12] = [
            (names::TCP_NODELAY, 0, &[(7, Ok(()), 1), (0, Ok(()), 0)]),
            (names::TCP_KEEPIDLE, 7200, &[(0, einval, 7200), (32767, Ok(()), 32767)]),
            (names::TCP_KEEPINTVL, 75, &[(1, Ok(()), 1), (32768, einval, 1)]),
            (names::TCP_KEEPCNT, 9, &[(127, Ok(()), 127), (128, einval, 127), (0, einval, 127)]),
            (names::TCP_SYNCNT, 6, &[(1, Ok(()), 1), (128, einval, 1), (0, einval, 1)]),
            (
                names::TCP_LINGER2,
                60,
                &[(30, Ok(()), 30), (121, Ok(()), 120), (-9, Ok(()), -1), (0, Ok(()), 60)],
            ),
            (names::TCP_USER_TIMEOUT, 0, &[(1, Ok(()), 1), (-1, einval, 1), (0, Ok(()), 0)]),
            (
                names::TCP_MAXSEG,
                536,
                &[(88, Ok(()), 88), (87, einval, 88), (32768, einval, 88), (0, Ok(()), 536)],
            ),
            (
                names::TCP_WINDOW_CLAMP,
                0,
                &[(65535, Ok(()), 65535), (1, Ok(()), 1152), (0, Ok(()), 0)],
            ),
            (names::TCP_CORK, 0, &[(7, Ok(()), 1), (0, Ok(()), 0)]),
            (names::TCP_QUICKACK, 1, &[(0, Ok(()), 0), (7, Ok(()), 1)]),
            (
                names::TCP_DEFER_ACCEPT,
                0,
                // what does not fall on a repetition counts up to the next
                &[(1, Ok(()), 1), (2, Ok(()), 3), (30, Ok(()), 31), (-1, Ok(()), 0)],
            ),
        ];
        for (name, default, steps) in rows {
            let mut options = TcpOptions::DEFAULT;
            let read =
                |options: &TcpOptions| int_of(options.get(name, &STREAM).unwrap().as_slice());
            assert_eq!(read(&options), default, "{name:?}");
            for (value, outcome, after) in steps {
                assert_eq!(options.set(name, *value, &STREAM), *outcome, "{name:?} {value}");
                assert_eq!(read(&options), *after, "{name:?} {value}");
            }
        }
    }
}
