//! The seeds of the fuzz targets and mutations of them, against all oracles and laws, without a
//! fuzzer.

use berkeley_fuzz::{TARGETS, replay};

/// A test for each target, and one for the list of them.
macro_rules! replays {
    ($($target:ident),*) => {
        $(
            #[test]
            fn $target() {
                replay(stringify!($target));
            }
        )*

        #[test]
        fn every_target_is_replayed() {
            assert_eq!(TARGETS.map(|target| target.name), [$(stringify!($target)),*]);
        }
    };
}

replays!(
    aton,
    aton_exact,
    pton4,
    pton6,
    ntop4,
    ntop6,
    zone,
    host_port,
    dns_reply,
    stack_frames,
    stack_pair,
    unix_calls
);
