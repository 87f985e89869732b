//! An input as a list of choices.

/// Bytes that are taken from the front. When there are none left every choice is the first.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    bytes: &'a [u8],
}

impl<'a> Input<'a> {
    /// All of an input.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Input<'a> {
        Input { bytes }
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Any byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }

    /// Any 16 bits.
    pub fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// Any 32 bits.
    pub fn long(&mut self) -> u32 {
        u32::from(self.word()) << 16 | u32::from(self.word())
    }

    /// Up to this many bytes.
    pub fn bytes(&mut self, most: usize) -> &'a [u8] {
        let (front, rest) = self.bytes.split_at(most.min(self.bytes.len()));
        self.bytes = rest;
        front
    }

    /// A number below `end`, which is not 0; one byte decides.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    /// One of several, which are not none.
    pub fn one_of<T: Copy>(&mut self, several: &[T]) -> T {
        several[self.below(several.len())]
    }

    /// A length: half of the bytes stand for short ones, the others for those at which things change.
    pub fn length(&mut self) -> usize {
        match self.byte() {
            short @ 0..128 => usize::from(short),
            long => LENGTHS[usize::from(long) % LENGTHS.len()],
        }
    }

    /// A difference to a number: mostly none or small, now and then any.
    pub fn difference(&mut self) -> u32 {
        match self.byte() {
            0..128 => 0,
            small @ 128..192 => (i32::from(small) - 160) as u32,
            192..224 => u32::from(self.word()),
            224..240 => u32::from(self.word()).wrapping_neg(),
            _ => self.long(),
        }
    }
}

/// Around the sizes of buffers, segments and packets in the targets.
const LENGTHS: [usize; 16] =
    [0, 128, 255, 256, 536, 1000, 1023, 1024, 1025, 1220, 1460, 1472, 1473, 2048, 4096, 8192];
