//! How numbers with names are written down: open newtypes, and sets of flags.

/// Defines an open number with named values, printed by name.
macro_rules! open_number {
    (
        $(#[$doc:meta])* $type:ident($raw:ty);
        $($(#[$item:meta])* $name:ident = $value:expr, $label:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(pub $raw);

        impl $type {
            $(
                $(#[$item])*
                #[doc(alias = $label)]
                pub const $name: $type = $type($value);
            )*

            /// The field's name of this value, or `None` for a number without one here.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $($type::$name => Some($label),)*
                    _ => None,
                }
            }
        }

        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, concat!(stringify!($type), "({})"), self.0),
                }
            }
        }
    };
}

/// Defines a set of flag bits with named values, printed by name.
macro_rules! flag_set {
    (
        $(#[$doc:meta])* $type:ident($raw:ty);
        $($(#[$item:meta])* $name:ident = $value:expr, $label:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $type(pub $raw);

        impl $type {
            /// No flag.
            pub const NONE: $type = $type(0);
            $(
                $(#[$item])*
                #[doc(alias = $label)]
                pub const $name: $type = $type($value);
            )*

            /// Whether every flag of `other` is set here.
            pub const fn contains(self, other: $type) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any flag of `other` is set here.
            pub const fn intersects(self, other: $type) -> bool {
                self.0 & other.0 != 0
            }

            /// Whether no flag is set.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The flags of `self` that are not in `other`.
            #[must_use]
            pub const fn without(self, other: $type) -> $type {
                $type(self.0 & !other.0)
            }

            /// The flags of both.
            #[must_use]
            pub const fn union(self, other: $type) -> $type {
                $type(self.0 | other.0)
            }
        }

        impl core::ops::BitOr for $type {
            type Output = $type;
            fn bitor(self, other: $type) -> $type {
                self.union(other)
            }
        }

        impl core::ops::BitOrAssign for $type {
            fn bitor_assign(&mut self, other: $type) {
                *self = self.union(other);
            }
        }

        impl core::ops::BitAnd for $type {
            type Output = $type;
            fn bitand(self, other: $type) -> $type {
                $type(self.0 & other.0)
            }
        }

        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let mut rest = self.0;
                let mut separator = "";
                $(
                    if self.contains($type::$name) {
                        write!(f, "{separator}{}", $label)?;
                        separator = "|";
                        rest &= !$type::$name.0;
                    }
                )*
                if rest != 0 || separator.is_empty() {
                    write!(f, "{separator}{rest:#x}")?;
                }
                Ok(())
            }
        }
    };
}

pub(crate) use {flag_set, open_number};
