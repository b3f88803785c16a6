//! Numbers of a fixed bit width packed without gaps: the first number in the lowest bits, bytes in order.
//!
//! Numbers are written and read by way of 64-bit words at byte addresses: which bytes they are depends on widths and
//! counts alone.

/// Bytes of `count` numbers of `bits` bits.
pub(crate) const fn packed_len(count: usize, bits: u32) -> usize {
    (count * bits as usize).div_ceil(8)
}

/// Bytes that a number is written or read with.
const WORD: usize = size_of::<u64>();

/// Appends numbers of at most 56 bits to bytes.
pub(crate) struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
    pending: u64,
    pending_bits: u32,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, pending: 0, pending_bits: 0 }
    }

    /// Appends the low `bits` bits of every value; they have no others.
    pub(crate) fn push_all(&mut self, values: impl ExactSizeIterator<Item = u64>, bits: u32) {
        let start = self.bytes.len();
        // Every number is written as a word, and the next one over what is not whole bytes of it.
        self.bytes.resize(start + packed_len(values.len(), bits) + WORD, 0);
        let mut rest = self.bytes.get_mut(start..).unwrap_or_default();
        let (mut pending, mut pending_bits) = (self.pending, self.pending_bits);
        for value in values {
            pending |= value << pending_bits;
            if let Some(word) = rest.first_chunk_mut() {
                *word = pending.to_le_bytes();
            }
            pending_bits += bits;
            rest = rest.get_mut(pending_bits as usize / 8..).unwrap_or_default();
            pending >>= pending_bits & !7;
            pending_bits %= 8;
        }
        let spare = rest.len();
        (self.pending, self.pending_bits) = (pending, pending_bits);
        self.bytes.truncate(self.bytes.len() - spare);
    }

    /// Fills the last byte with zero bits.
    pub(crate) fn finish(self) {
        if self.pending_bits > 0 {
            self.bytes.push(self.pending as u8);
        }
    }
}

/// Reads numbers of at most 56 bits from bytes.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    /// Bits that were read.
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// The next number of `bits` bits; zero bits follow the end.
    #[inline]
    pub(crate) fn pull(&mut self, bits: u32) -> u64 {
        let value = self.word() & ((1 << bits) - 1);
        self.position += bits as usize;
        value
    }

    /// Fills `values` with the next numbers of `bits` bits.
    pub(crate) fn pull_all(&mut self, values: &mut [u64], bits: u32) {
        for value in values {
            *value = self.pull(bits);
        }
    }

    /// At least 57 bits from the position on; zero bits follow the end.
    #[inline(always)]
    fn word(&self) -> u64 {
        let rest = self.bytes.get(self.position / 8..).unwrap_or_default();
        let word = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut word = [0; WORD];
            word.iter_mut().zip(rest).for_each(|(byte, &rest)| *byte = rest);
            word
        });
        u64::from_le_bytes(word) >> (self.position % 8)
    }

    /// Whether the bits that fill the last byte are zero.
    pub(crate) fn padding_is_zero(&self) -> bool {
        self.position.is_multiple_of(8) || self.word() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(values: Vec<u64>, bits in 1u32..=56, first: u16) {
            let values: Vec<u64> = values.iter().map(|v| v & ((1 << bits) - 1)).collect();
            let mut bytes = vec![7];
            let mut writer = Writer::new(&mut bytes);
            writer.push_all([first.into()].into_iter(), 16);
            writer.push_all([1].into_iter(), 3);
            writer.push_all(values.iter().copied(), bits);
            writer.finish();
            prop_assert_eq!(bytes.len(), 1 + packed_len(19 + values.len() * bits as usize, 1));
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!((reader.pull(8), reader.pull(16), reader.pull(3)), (7, first.into(), 1));
            let mut found = vec![0; values.len()];
            reader.pull_all(&mut found, bits);
            prop_assert_eq!(found, values);
            prop_assert!(reader.padding_is_zero());
            prop_assert_eq!(reader.pull(56), 0);
        }
    }

    #[test]
    fn the_first_number_is_in_the_lowest_bits() {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        writer.push_all([0b101].into_iter(), 3);
        writer.push_all([0xffff].into_iter(), 16);
        writer.finish();
        assert_eq!(bytes, [0b1111_1101, 0xff, 0b0000_0111]);
    }

    #[test]
    fn bits_that_fill_the_last_byte_are_looked_at() {
        for (last, zero) in [(0b0000_0111, true), (0b0000_1111, false), (0b1000_0111, false)] {
            let bytes = [0xff, 0xff, last];
            let mut reader = Reader::new(&bytes);
            assert!(reader.pull(16) == 0xffff && reader.padding_is_zero());
            assert_eq!((reader.pull(3), reader.padding_is_zero()), (7, zero));
        }
    }
}
