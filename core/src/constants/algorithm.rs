//! Operations of the kernel's cryptography. Source: `linux/if_alg.h`.

/// Decrypt.
pub const ALG_OP_DECRYPT: u32 = 0;
/// Encrypt.
pub const ALG_OP_ENCRYPT: u32 = 1;
/// Sign. No released kernel has it.
pub const ALG_OP_SIGN: u32 = 2;
/// Verify. No released kernel has it.
pub const ALG_OP_VERIFY: u32 = 3;
