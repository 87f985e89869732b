//! Address text by the vector instructions of x86-64: the same answers, sooner.
//!
//! The only module of the core with `unsafe`, behind the feature `simd`. It knows what is an address
//! and nothing else: for a text that it refuses, and on a processor without the instructions, the
//! portable parser has the word.

#![allow(unsafe_code, reason = "calls functions that need certain instructions, once it has them")]

extern crate std;

mod ipv4;

/// The four numbers of a dotted quad, exactly when the text is one in the strict form.
///
/// `None` for every other text, and for every text if the processor lacks the instructions.
#[inline]
pub(super) fn quad(text: &[u8]) -> Option<[u8; 4]> {
    if !is_available() {
        return None;
    }
    // SAFETY: the function needs SSE4.1 and nothing else, and the processor has it.
    let quad = unsafe { ipv4::quad(text) };
    quad.map(u32::to_le_bytes)
}

/// Whether the processor has the instructions: SSE4.1, and with it SSSE3. The standard library asks
/// it once; from then on this is a load and a test.
#[inline]
fn is_available() -> bool {
    std::is_x86_feature_detected!("sse4.1")
}
