//! The C libraries to agree with.
//!
//! All of this package's `unsafe` is here: `c_library` calls, the other two name what is called.

mod c_library;
mod glibc;
mod musl;

pub use c_library::CLibrary;
pub use glibc::GLIBC;
pub use musl::MUSL;
