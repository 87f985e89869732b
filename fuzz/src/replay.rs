//! Inputs without a fuzzer: the committed seeds, mutations of them, and files that are named.

use std::path::{Path, PathBuf};
use std::{env, fs, io, thread};

use crate::random::Random;
use crate::{Target, Text, target};

/// What the mutations are made from. The same every time: a failure is seen again by running again.
pub const SEED: u64 = 0x5EED;

/// Checks every seed of the target of this name, and as many mutations as the target wants.
///
/// ```no_run
/// berkeley_fuzz::replay("pton4");
/// ```
///
/// # Panics
///
/// A check fails; the input, the seed and the number of the mutation are printed. Or there is no
/// such target, or no seed of it that can be read.
pub fn replay(name: &str) {
    let count = target::named(name).map_or(0, |target| target.mutations.count);
    replay_with(name, count, SEED);
}

/// As [`replay`], with as many mutations as wanted, made from this seed.
///
/// # Panics
///
/// As [`replay`].
pub fn replay_with(name: &str, mutations: u64, seed: u64) {
    let target = target::named(name).unwrap_or_else(|| panic!("no target is called {name}"));
    let seeds = seeds(name).unwrap_or_else(|error| panic!("seeds of {name}: {error}"));
    assert!(!seeds.is_empty(), "{name} has no seeds");
    for (path, input) in &seeds {
        let _note = Note(input, || format!("seed {}", path.display()));
        (target.check)(input);
    }
    check_mutations(target, &seeds, mutations, seed);
    println!("{name}: {} seeds, {mutations} mutations of seed {seed:#x}", seeds.len());
}

fn check_mutations(target: Target, seeds: &[(PathBuf, Vec<u8>)], mutations: u64, seed: u64) {
    let mut random = Random::new(seed);
    for count in 0..mutations {
        let [(_, origin), (_, donor)] = [0; 2].map(|_| &seeds[random.below(seeds.len())]);
        let mut input = origin.clone();
        (target.mutations.mutate)(&mut random, &mut input, donor);
        let name = target.name;
        let _note = Note(&input, || format!("{name}: mutation {count} of seed {seed:#x}"));
        (target.check)(&input);
    }
}

/// Checks the files that are named on the command line.
///
/// # Errors
///
/// A file cannot be read.
///
/// # Panics
///
/// A check fails.
pub fn files(check: fn(&[u8])) -> io::Result<()> {
    for path in env::args_os().skip(1).map(PathBuf::from) {
        check(&fs::read(&path)?);
        println!("{}: passed", path.display());
    }
    Ok(())
}

/// The committed inputs of a target, in the order of their names: that of the folder is any.
fn seeds(name: &str) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
    let mut paths = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    paths.into_iter().map(|path| Ok((path.clone(), fs::read(path)?))).collect()
}

/// Tells which input it was, if a check panics while this is there.
struct Note<'a, F: Fn() -> String>(&'a [u8], F);

impl<F: Fn() -> String> Drop for Note<'_, F> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}: {}", (self.1)(), Text(self.0));
        }
    }
}
