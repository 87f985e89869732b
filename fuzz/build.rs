//! Makes an oracle of musl: takes the three functions out of its static library and renames them,
//! so that they stand beside glibc's in one program.
//!
//! What they call (`strtoul`, `snprintf`, `memmove`) resolves to glibc's, which answers the same.
//! Where musl or the tools are missing the oracle is left out, with a warning.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Where Debian's package musl-dev, Alpine and musl's own `make install` put the library.
const LIBRARIES: [&str; 3] =
    ["/usr/lib/x86_64-linux-musl/libc.a", "/usr/lib/libc.a", "/usr/local/musl/lib/libc.a"];

/// The members of the library that have the functions, without their endings.
const MEMBERS: [&str; 3] = ["inet_aton", "inet_pton", "inet_ntop"];

/// What is called what. Each defined symbol gets a name of its own; the place of `errno` is
/// a hidden symbol, for which glibc's is none; `src/oracle/musl.rs` has one.
const NAMES: [(&str, &str); 5] = [
    ("inet_aton", "musl_inet_aton"),
    ("__inet_aton", "musl_inet_aton_alias"),
    ("inet_pton", "musl_inet_pton"),
    ("inet_ntop", "musl_inet_ntop"),
    ("___errno_location", "musl_errno_location"),
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for library in LIBRARIES {
        println!("cargo:rerun-if-changed={library}");
    }
    // The library is this machine's. Elsewhere `unsigned long` has other limits or the C library is
    // musl anyway.
    let wanted = [("ARCH", "x86_64"), ("OS", "linux"), ("ENV", "gnu"), ("POINTER_WIDTH", "64")];
    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if wanted.iter().any(|(name, value)| target(name) != *value) {
        return;
    }
    match musl() {
        Ok(()) => println!("cargo:rustc-cfg=musl"),
        Err(error) => println!("cargo:warning=musl is not among the oracles: {error}"),
    }
}

/// Builds the archive `libmusl_inet.a` and has it linked.
fn musl() -> Result<(), Box<dyn Error>> {
    let library = LIBRARIES.into_iter().map(Path::new).find(|library| is_musl(library));
    let library = library.ok_or("no libc.a of musl (Debian: musl-dev)")?;
    let directory = PathBuf::from(env::var("OUT_DIR")?).join("musl");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;

    let listing = Command::new("ar").arg("t").arg(library).output()?;
    let listing = String::from_utf8(listing.stdout)?;
    let mut archive = Command::new("ar");
    archive.current_dir(&directory).args(["rcs", "libmusl_inet.a"]);
    for member in MEMBERS {
        // Debian's archive has position-independent `.lo` members, others `.o`.
        let is_it = |name: &&str| Path::new(name).file_stem().is_some_and(|stem| stem == member);
        let file = listing.lines().find(is_it).ok_or(format!("no {member} in {library:?}"))?;
        run(Command::new("ar").current_dir(&directory).arg("x").arg(library).arg(file))?;
        let mut rename = Command::new("objcopy");
        for (old, new) in NAMES {
            rename.arg("--redefine-sym").arg(format!("{old}={new}"));
        }
        run(rename.current_dir(&directory).arg(file))?;
        archive.arg(file);
    }
    run(&mut archive)?;
    println!("cargo:rustc-link-search=native={}", directory.display());
    println!("cargo:rustc-link-lib=static=musl_inet");
    Ok(())
}

/// Whether it is there, and musl's: only musl gives `inet_aton` a second name with two underscores
/// in an object of that name.
fn is_musl(library: &Path) -> bool {
    let Ok(symbols) = Command::new("nm").arg("--defined-only").arg(library).output() else {
        return false;
    };
    let symbols = String::from_utf8_lossy(&symbols.stdout);
    library.exists() && symbols.lines().any(|line| line.ends_with(" __inet_aton"))
}

fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}
