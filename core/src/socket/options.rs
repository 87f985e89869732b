//! `getsockopt` and `setsockopt`: as numbers, as bytes, and with a type.

use crate::options::{OptionBytes, OptionValue, SocketOption, int_of};
use crate::{Backend, Error, OptionLevel, OptionName, Socket};

/// Python's limit for the length of an option's value.
const LONGEST: usize = 1024;

impl<B: Backend + Clone> Socket<B> {
    /// Reads an option as a number. Of a longer value it is the first one.
    ///
    /// # Errors
    ///
    /// `ENOPROTOOPT` for an unknown option, `EOPNOTSUPP` for an unknown level. Source:
    /// `getsockopt(2)`.
    pub fn getsockopt(&self, level: OptionLevel, name: OptionName) -> Result<i32, Error> {
        let mut value = [0; 4];
        let length = self.backend.getsockopt(&self.handle, level, name, &mut value)?;
        Ok(int_of(&value[..length.min(4)]))
    }

    /// Reads an option into `value` as the host's bytes, and says how many there are.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for an empty buffer or one of more than 1024 bytes; else those of
    /// [`Socket::getsockopt`].
    pub fn getsockopt_bytes(
        &self,
        level: OptionLevel,
        name: OptionName,
        value: &mut [u8],
    ) -> Result<usize, Error> {
        if value.is_empty() || value.len() > LONGEST {
            return Err(Error::INVALID_VALUE);
        }
        self.backend.getsockopt(&self.handle, level, name, value)
    }

    /// Sets an option to a number.
    ///
    /// # Errors
    ///
    /// `ENOPROTOOPT` for an unknown or read-only option, `EINVAL` for a value out of range. Source:
    /// `setsockopt(2)`.
    pub fn setsockopt(
        &self,
        level: OptionLevel,
        name: OptionName,
        value: i32,
    ) -> Result<(), Error> {
        self.setsockopt_bytes(level, name, OptionBytes::of_int(value).as_slice())
    }

    /// Sets an option to the host's bytes.
    ///
    /// # Errors
    ///
    /// `EINVAL` for too few bytes; else those of [`Socket::setsockopt`].
    pub fn setsockopt_bytes(
        &self,
        level: OptionLevel,
        name: OptionName,
        value: &[u8],
    ) -> Result<(), Error> {
        self.backend.setsockopt(&self.handle, level, name, value)
    }

    /// Reads an option with a type, such as [`options::NODELAY`](crate::options::NODELAY).
    ///
    /// # Errors
    ///
    /// Those of [`Socket::getsockopt`].
    pub fn option<T: OptionValue>(&self, option: SocketOption<T>) -> Result<T, Error> {
        let mut value = [0; 8];
        let length =
            self.backend.getsockopt(&self.handle, option.level, option.name, &mut value)?;
        Ok(T::decode(&value[..length.min(8)]))
    }

    /// Sets an option with a type.
    ///
    /// # Errors
    ///
    /// [`Error::OVERFLOW`] when the value does not fit the host's type; else those of
    /// [`Socket::setsockopt`].
    pub fn set_option<T: OptionValue>(
        &self,
        option: SocketOption<T>,
        value: T,
    ) -> Result<(), Error> {
        self.setsockopt_bytes(option.level, option.name, value.encode()?.as_slice())
    }
}
