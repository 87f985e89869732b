//! Addresses of transparent inter-process communication. Source: `linux/tipc.h`.

use core::fmt;

use crate::constants::{TIPC_ADDR_ID, TIPC_ADDR_NAME, TIPC_ADDR_NAMESEQ, TIPC_CLUSTER_SCOPE};
use crate::{Address, Error};

/// The address of a TIPC socket, Python's `(addr_type, v1, v2, v3, scope)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TipcAddress {
    /// What it names.
    pub target: TipcTarget,
    /// How far the name is known, one of `TIPC_ZONE_SCOPE`,
    /// [`TIPC_CLUSTER_SCOPE`] and `TIPC_NODE_SCOPE`.
    pub scope: i8,
}

/// What a TIPC address names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum TipcTarget {
    /// A range of instances of a service, `TIPC_ADDR_NAMESEQ`.
    NameSeq {
        /// The type of the service.
        service: u32,
        /// The first instance.
        lower: u32,
        /// The last instance.
        upper: u32,
    },
    /// One instance of a service, `TIPC_ADDR_NAME`.
    Name {
        /// The type of the service.
        service: u32,
        /// The instance.
        instance: u32,
        /// The node to look it up on; 0 is any, which is all that Python can say.
        domain: u32,
    },
    /// One socket, `TIPC_ADDR_ID`.
    Id {
        /// The node.
        node: u32,
        /// The socket on it.
        reference: u32,
    },
}

impl TipcAddress {
    /// A range of instances of a service, known in the cluster.
    #[must_use]
    pub const fn name_seq(service: u32, lower: u32, upper: u32) -> TipcAddress {
        TipcAddress::of(TipcTarget::NameSeq { service, lower, upper })
    }

    /// One instance of a service, known in the cluster, looked up anywhere.
    #[must_use]
    pub const fn name(service: u32, instance: u32) -> TipcAddress {
        TipcAddress::of(TipcTarget::Name { service, instance, domain: 0 })
    }

    /// One socket.
    #[must_use]
    pub const fn id(node: u32, reference: u32) -> TipcAddress {
        TipcAddress::of(TipcTarget::Id { node, reference })
    }

    const fn of(target: TipcTarget) -> TipcAddress {
        TipcAddress { target, scope: TIPC_CLUSTER_SCOPE }
    }

    /// The same, known as far as this.
    #[must_use]
    pub const fn with_scope(self, scope: i8) -> TipcAddress {
        TipcAddress { scope, ..self }
    }

    /// Python's tuple without the scope.
    ///
    /// # Errors
    ///
    /// [`Error::INVALID_VALUE`] for a type that is not 1, 2 or 3.
    pub fn from_python(values: (u8, u32, u32, u32)) -> Result<TipcAddress, Error> {
        match values {
            (TIPC_ADDR_NAMESEQ, service, lower, upper) => {
                Ok(TipcAddress::name_seq(service, lower, upper))
            }
            (TIPC_ADDR_NAME, service, instance, _) => Ok(TipcAddress::name(service, instance)),
            (TIPC_ADDR_ID, node, reference, _) => Ok(TipcAddress::id(node, reference)),
            _ => Err(Error::INVALID_VALUE),
        }
    }

    /// Python's tuple without the scope. Of a name the instance stands there twice.
    pub const fn to_python(&self) -> (u8, u32, u32, u32) {
        match self.target {
            TipcTarget::NameSeq { service, lower, upper } => {
                (TIPC_ADDR_NAMESEQ, service, lower, upper)
            }
            TipcTarget::Name { service, instance, .. } => {
                (TIPC_ADDR_NAME, service, instance, instance)
            }
            TipcTarget::Id { node, reference } => (TIPC_ADDR_ID, node, reference, 0),
        }
    }
}

impl From<TipcAddress> for Address {
    fn from(address: TipcAddress) -> Address {
        Address::Tipc(address)
    }
}

/// As Python prints the tuple: `(2, 18888, 17, 17, 2)`.
impl fmt::Display for TipcAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, first, second, third) = self.to_python();
        write!(f, "({kind}, {first}, {second}, {third}, {})", self.scope)
    }
}

impl fmt::Debug for TipcAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn pythons_tuple_goes_in_and_out() {
        // tuple in, address, text (rows A14-A19)
        for (tuple, address, text) in [
            ((1, 7, 8, 9), TipcAddress::name_seq(7, 8, 9), "(1, 7, 8, 9, 2)"),
            ((2, 7, 8, 9), TipcAddress::name(7, 8), "(2, 7, 8, 8, 2)"), // the third is ignored
            ((3, 7, 8, 9), TipcAddress::id(7, 8), "(3, 7, 8, 0, 2)"),
        ] {
            assert_eq!(TipcAddress::from_python(tuple), Ok(address));
            assert_eq!(address.to_string(), text);
        }
        let near = TipcAddress::name(1, 2).with_scope(3);
        assert_eq!(near.to_string(), "(2, 1, 2, 2, 3)");
        for kind in [0, 4, u8::MAX] {
            assert_eq!(TipcAddress::from_python((kind, 1, 2, 3)), Err(Error::INVALID_VALUE));
        }
    }
}
