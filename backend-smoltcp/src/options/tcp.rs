//! The options of TCP, with the defaults and ranges of Linux's tcp(7).

use berkeley::options as names;
use berkeley::options::OptionBytes;
use berkeley::{Errno, Error, OptionName};

use super::{Facts, number, truth};

/// The longest time in FIN-WAIT-2 without a socket that can be asked for, in seconds: Linux's
/// `TCP_FIN_TIMEOUT_MAX`.
const LONGEST_FIN_WAIT: i32 = 120;

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
    };

    /// The value of an option.
    ///
    /// # Errors
    ///
    /// `ENOPROTOOPT` for one that this stack does not have.
    pub(super) fn get(&self, name: OptionName, _facts: &Facts) -> Result<OptionBytes, Error> {
        match name {
            names::TCP_NODELAY => truth(self.nodelay),
            names::TCP_KEEPIDLE => number(self.keepalive_idle),
            names::TCP_KEEPINTVL => number(self.keepalive_interval),
            names::TCP_KEEPCNT => number(self.keepalive_count),
            names::TCP_SYNCNT => number(self.syn_count),
            names::TCP_LINGER2 => number(self.fin_wait),
            names::TCP_USER_TIMEOUT => number(self.user_timeout),
            _ => Err(Errno::ENOPROTOOPT.into()),
        }
    }

    /// Sets an option.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a value out of range, `ENOPROTOOPT` for an option that this stack does not have.
    pub(super) fn set(&mut self, name: OptionName, value: i32) -> Result<(), Error> {
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
            _ => return Err(Errno::ENOPROTOOPT.into()),
        }
        Ok(())
    }
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
        let rows: [(OptionName, i32, &[Step]); 7] = [
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
        ];
        for (name, default, steps) in rows {
            let mut options = TcpOptions::DEFAULT;
            let read =
                |options: &TcpOptions| int_of(options.get(name, &STREAM).unwrap().as_slice());
            assert_eq!(read(&options), default, "{name:?}");
            for (value, outcome, after) in steps {
                assert_eq!(options.set(name, *value), *outcome, "{name:?} {value}");
                assert_eq!(read(&options), *after, "{name:?} {value}");
            }
        }
    }
}
