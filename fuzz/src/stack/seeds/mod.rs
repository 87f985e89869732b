//! The seeds of the stack's targets, as they are meant: the operations of each, by their names.
//!
//! The program `seeds` writes them into `seeds/`. What is there besides are findings.

mod calls;
mod configuration;
mod connections;
mod hostile;
mod known;
mod packets;
mod pair;
mod unix;

/// An input, and what it is about: the name of its file.
pub type Seed = (&'static str, &'static [&'static [u8]]);

/// All seeds, with the names of their targets.
pub const SEEDS: [(&str, &[Seed]); 6] = [
    ("stack_frames", known::SEEDS),
    ("stack_frames", hostile::SEEDS),
    ("stack_frames", connections::SEEDS),
    ("stack_frames", configuration::SEEDS),
    ("stack_pair", pair::SEEDS),
    ("unix_calls", unix::SEEDS),
];

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn what_is_committed_is_what_is_meant() {
        for (target, seeds) in SEEDS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
            for (name, operations) in seeds {
                let committed = fs::read(folder.join(name)).unwrap_or_default();
                assert_eq!(committed, operations.concat(), "{target} {name}: run `seeds`");
            }
        }
    }
}
