//! What the texts of this crate that need no heap have in common: each is a string in every way.

/// Makes a type with `as_str` and `as_bytes` a string: equal, hashed and printed as its text, whatever
/// stands behind it in its buffer.
macro_rules! text_traits {
    ($text:ty) => {
        impl core::ops::Deref for $text {
            type Target = str;

            fn deref(&self) -> &str {
                self.as_str()
            }
        }

        impl AsRef<str> for $text {
            fn as_ref(&self) -> &str {
                self
            }
        }

        impl AsRef<[u8]> for $text {
            fn as_ref(&self) -> &[u8] {
                self.as_bytes()
            }
        }

        impl PartialEq for $text {
            fn eq(&self, other: &$text) -> bool {
                self.as_bytes() == other.as_bytes()
            }
        }

        impl Eq for $text {}

        impl core::hash::Hash for $text {
            fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl PartialEq<str> for $text {
            fn eq(&self, other: &str) -> bool {
                self.as_bytes() == other.as_bytes()
            }
        }

        impl PartialEq<&str> for $text {
            fn eq(&self, other: &&str) -> bool {
                *self == **other
            }
        }

        /// The text, filled up to a width if one is asked for.
        impl core::fmt::Display for $text {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self)
            }
        }

        impl core::fmt::Debug for $text {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Debug::fmt(self.as_str(), f)
            }
        }
    };
}

pub(crate) use text_traits;
