//! Writes the seeds of the stack's targets, as `src/stack/seeds` tells them.
//!
//! ```text
//! cargo run --manifest-path fuzz/Cargo.toml --bin seeds
//! ```

use std::path::Path;
use std::{fs, io};

use berkeley_fuzz::stack::seeds::SEEDS;

fn main() -> io::Result<()> {
    for (target, seeds) in SEEDS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
        fs::create_dir_all(&folder)?;
        for (name, operations) in seeds {
            fs::write(folder.join(name), operations.concat())?;
        }
        println!("{target}: {} seeds", seeds.len());
    }
    Ok(())
}
