//! The network devices, one file each.

#[cfg(feature = "mps2-an385")]
pub(crate) mod lan9118;
#[cfg(feature = "lm3s6965evb")]
pub(crate) mod stellaris;

/// The longest frame without its check sequence: 1500 bytes and the header of Ethernet.
const LONGEST_FRAME: usize = MTU + 14;
const MTU: usize = 1500;

/// Bytes of the check sequence behind a received frame.
const CHECK_SEQUENCE: usize = 4;

/// Room for one frame, in words as the FIFOs of both devices have them.
#[repr(align(4))]
struct FrameBuffer([u8; LONGEST_FRAME.next_multiple_of(4) + 8]);

impl FrameBuffer {
    const fn new() -> FrameBuffer {
        FrameBuffer([0; LONGEST_FRAME.next_multiple_of(4) + 8])
    }

    /// Fills words from the first byte on, as far as there is room for them.
    fn fill(&mut self, words: usize, mut read: impl FnMut() -> u32) {
        let (room, _) = self.0.as_chunks_mut();
        for number in 0..words {
            let word = read();
            if let Some(bytes) = room.get_mut(number) {
                *bytes = word.to_le_bytes();
            }
        }
    }

    /// The first so many words.
    fn words(&self, words: usize) -> impl Iterator<Item = u32> {
        let (room, _) = self.0.as_chunks();
        room.iter().take(words).map(|bytes| u32::from_le_bytes(*bytes))
    }
}
