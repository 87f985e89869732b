//! `struct sockaddr_tipc`, which the C library does not have. Source: `linux/tipc.h`.
//!
//! | at | field |
//! | --- | --- |
//! | 0 | family |
//! | 2 | what the address names: 1 a range of a service, 2 an instance, 3 a socket |
//! | 3 | scope, signed |
//! | 4, 8, 12 | type, first, last; type, instance, domain; or reference, node, nothing |

use berkeley::constants::{TIPC_ADDR_ID, TIPC_ADDR_NAME, TIPC_ADDR_NAMESEQ};
use berkeley::{Address, TipcAddress, TipcTarget};

use super::{HostAddress, field, number};

const KIND: usize = 2;
const SCOPE: usize = 3;
const VALUES: [usize; 3] = [4, 8, 12];
const SIZE: usize = 16;

pub(super) fn encode(address: &TipcAddress, host: &mut HostAddress) -> usize {
    let (kind, values) = match address.target {
        TipcTarget::NameSeq { service, lower, upper } => {
            (TIPC_ADDR_NAMESEQ, [service, lower, upper])
        }
        TipcTarget::Name { service, instance, domain } => {
            (TIPC_ADDR_NAME, [service, instance, domain])
        }
        TipcTarget::Id { node, reference } => (TIPC_ADDR_ID, [reference, node, 0]),
    };
    host.put(KIND, &[kind]);
    host.put(SCOPE, &address.scope.to_ne_bytes());
    for (at, value) in VALUES.into_iter().zip(values) {
        host.put(at, &value.to_ne_bytes());
    }
    SIZE
}

pub(super) fn decode(bytes: &[u8]) -> Option<Address> {
    let [first, second, third] = VALUES.map(|at| number(bytes, at));
    let (first, second, third) = (first?, second?, third?);
    let [kind] = field(bytes, KIND)?;
    let target = match kind {
        TIPC_ADDR_NAMESEQ => TipcTarget::NameSeq { service: first, lower: second, upper: third },
        TIPC_ADDR_NAME => TipcTarget::Name { service: first, instance: second, domain: third },
        TIPC_ADDR_ID => TipcTarget::Id { node: second, reference: first },
        _ => return None,
    };
    let scope = i8::from_ne_bytes(field(bytes, SCOPE)?);
    Some(TipcAddress { target, scope }.into())
}
