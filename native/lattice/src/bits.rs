//! Numbers of a fixed bit width packed without gaps: the first number in the lowest bits, bytes in order.

/// Bytes of `count` numbers of `bits` bits.
pub(crate) const fn packed_len(count: usize, bits: u32) -> usize {
    (count * bits as usize).div_ceil(8)
}

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

    /// Appends the low `bits` bits of `value`, which has no others.
    pub(crate) fn push(&mut self, value: u64, bits: u32) {
        self.pending |= value << self.pending_bits;
        self.pending_bits += bits;
        while self.pending_bits >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.pending_bits -= 8;
        }
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
    bytes: std::slice::Iter<'a, u8>,
    pending: u64,
    pending_bits: u32,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter(), pending: 0, pending_bits: 0 }
    }

    /// The next number of `bits` bits; zero bits follow the end.
    pub(crate) fn pull(&mut self, bits: u32) -> u64 {
        while self.pending_bits < bits {
            self.pending |= u64::from(self.bytes.next().copied().unwrap_or(0)) << self.pending_bits;
            self.pending_bits += 8;
        }
        let value = self.pending & ((1 << bits) - 1);
        self.pending >>= bits;
        self.pending_bits -= bits;
        value
    }

    /// Whether the bits that fill the last byte are zero.
    pub(crate) fn padding_is_zero(&self) -> bool {
        self.pending == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(values: Vec<u64>, bits in 1u32..=56) {
            let values: Vec<u64> = values.iter().map(|v| v & ((1 << bits) - 1)).collect();
            let mut bytes = Vec::new();
            let mut writer = Writer::new(&mut bytes);
            values.iter().for_each(|&v| writer.push(v, bits));
            writer.finish();
            prop_assert_eq!(bytes.len(), packed_len(values.len(), bits));
            let mut reader = Reader::new(&bytes);
            prop_assert!(values.iter().all(|&v| reader.pull(bits) == v));
            prop_assert!(reader.padding_is_zero());
        }
    }

    #[test]
    fn the_first_number_is_in_the_lowest_bits() {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        writer.push(0b101, 3);
        writer.push(0xffff, 16);
        writer.finish();
        assert_eq!(bytes, [0b1111_1101, 0xff, 0b0000_0111]);
    }
}
