//! Random polynomials: public ones from seeds, secrets and errors.
//!
//! Everything is drawn from ChaCha20 keystreams (nonce and counter zero): public ones keyed by SHA-256 of a label, a seed
//! and an index, secret ones by HKDF-SHA-256 of the secret seed with a label and an index, or by the caller's generator.
//!
//! **Constant time.** Secrets and errors come from a fixed number of keystream words each, by multiplication, masks and
//! bit counts: no rejection, no branch and no memory index depends on them. Bit counting compiles to arithmetic or to
//! one instruction. Uniform public polynomials are rejection sampled; they are sent, or their seed is.

use crate::keystream::{STEP, keystream};
use crate::modulus::Modulus;
use crate::params::{ERROR_BITS, MODULI};
use crate::poly::Poly;
use crate::simd::LINE;
use chacha20::ChaCha20Rng;
use hkdf::Hkdf;
use rand_core::{CryptoRng, Rng, SeedableRng};
use sha2::{Digest, Sha256};
use std::ops::Range;
use zeroize::Zeroizing;

/// The key of a public seed's keystream: `SHA-256(label || seed || index)`, the index in 4 bytes.
fn public_key(label: &str, seed: &[u8], index: u32) -> [u8; 32] {
    Sha256::new().chain_update(label).chain_update(seed).chain_update(index.to_le_bytes()).finalize().into()
}

/// The keystream of a public seed.
pub(crate) fn public_stream(label: &str, seed: &[u8], index: u32) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(public_key(label, seed, index))
}

/// The 32 bytes that HKDF-SHA-256 derives from a secret seed for `label` and `index` (4 bytes).
pub(crate) fn derive(seed: &[u8; 32], label: &str, index: u32) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    // 32 bytes are within HKDF's limit of 255 * 32, its only failure.
    let _ = Hkdf::<Sha256>::new(None, seed)
        .expand_multi_info(&[label.as_bytes(), &index.to_le_bytes()], key.as_mut());
    key
}

/// The secret keystream of a secret seed.
pub(crate) fn secret_stream(seed: &[u8; 32], label: &str, index: u32) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(*derive(seed, label, index))
}

/// A secret keystream keyed by `rng`.
pub(crate) fn fresh_stream(rng: &mut impl CryptoRng) -> ChaCha20Rng {
    let mut key = Zeroizing::new([0; 32]);
    rng.fill_bytes(key.as_mut());
    ChaCha20Rng::from_seed(*key)
}

/// Most words that [`Residues`] draws at a time.
const DRAW: usize = 4 * STEP;

/// Uniform residues: 32-bit words of a public keystream, little-endian, masked to the bits of p; those not below p are
/// skipped. Not constant time, for public polynomials only.
pub(crate) struct Residues {
    key: [u32; 8],
    /// The block of the keystream that is drawn next.
    block: u32,
    words: Box<[u32; DRAW]>,
    /// The words that were drawn and not used.
    unused: Range<usize>,
}

impl Residues {
    /// Those of the [`public_stream`] of the same arguments.
    pub(crate) fn new(label: &str, seed: &[u8], index: u32) -> Self {
        let mut key = [0; 8];
        for (word, &bytes) in key.iter_mut().zip(public_key(label, seed, index).as_chunks().0) {
            *word = u32::from_le_bytes(bytes);
        }
        Self { key, block: 0, words: Box::new([0; DRAW]), unused: 0..0 }
    }

    /// Words that were drawn and not used, at most `most`, which are used now; draws more if there are none.
    fn words(&mut self, most: usize) -> &[u32] {
        if self.unused.is_empty() {
            self.unused = 0..most.next_multiple_of(STEP).min(DRAW);
            keystream(self.words.get_mut(self.unused.clone()).unwrap_or_default(), &self.key, self.block);
            self.block += (self.unused.len() / LINE) as u32;
        }
        let start = self.unused.start;
        self.unused.start = self.unused.end.min(start + most);
        self.words.get(start..self.unused.start).unwrap_or_default()
    }

    /// Fills `out` with residues modulo `modulus`.
    pub(crate) fn fill(&mut self, modulus: &Modulus, mut out: &mut [u32]) {
        let mask = modulus.p.next_power_of_two() - 1;
        while !out.is_empty() {
            let words = self.words(out.len());
            // Nearly every word fits: take all of them first, and look at them together.
            let mut spare = 0;
            for (x, &word) in out.iter_mut().zip(words) {
                *x = word & mask;
                spare |= modulus.p as i32 - 1 - *x as i32;
            }
            let mut fitting = words.len();
            if spare < 0 {
                fitting = 0;
                for &word in words {
                    let word = word & mask;
                    if word < modulus.p
                        && let Some(x) = out.get_mut(fitting)
                    {
                        *x = word;
                        fitting += 1;
                    }
                }
            }
            out = out.get_mut(fitting..).unwrap_or_default();
        }
    }

    /// A uniform polynomial, limb after limb, as coefficients.
    pub(crate) fn poly(&mut self, limbs: usize) -> Poly {
        let mut poly = Poly::zero(limbs);
        for (limb, m) in poly.limbs_mut().zip(&MODULI) {
            self.fill(m, limb);
        }
        poly
    }
}

/// A uniform ternary value: the high word of `3 * w` for a 64-bit word w, minus one (within 2^-63 of uniform).
pub(crate) fn ternary(stream: &mut ChaCha20Rng) -> i8 {
    ((u128::from(stream.next_u64()) * 3) >> 64) as i8 - 1
}

/// An error of dimension-4096 samples: centred binomial of 2·21 bits, variance 10.5, standard deviation 3.24 (the HE
/// standard asks for 3.2; a centred binomial in place of a rounded Gaussian of the same variance is customary since
/// E. Alkim et al., ePrint 2015/1092).
pub(crate) fn error(stream: &mut ChaCha20Rng) -> i32 {
    error_of(stream.next_u64())
}

/// The error that a uniform word determines, by its bits 0 to 20 and 32 to 52.
#[inline(always)]
pub(crate) fn error_of(word: u64) -> i32 {
    let mask = (1 << ERROR_BITS) - 1;
    (word & mask).count_ones() as i32 - ((word >> 32) & mask).count_ones() as i32
}

/// An error of dimension-2048 samples: `4 x + y`, x an error of dimension-4096 samples and y the sum of two uniform bits'
/// number, minus two, and another bit, so that y is symmetric and uniform modulo 4. Its variance is `16 * 10.5 + 1.5`, its
/// standard deviation 13.02, over four times the standard's; without y's two low bits it is a sample modulo q/4 with
/// error x.
pub(crate) fn wide_error(stream: &mut ChaCha20Rng) -> i32 {
    wide_error_of(stream.next_u64())
}

/// The wide error that a uniform word determines.
#[inline(always)]
pub(crate) fn wide_error_of(word: u64) -> i32 {
    let y = ((word >> 62) + ((word >> 61) & 1)) as i32 - 2;
    4 * error_of(word) + y
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{MODULI, SIGMA, WIDE_SIGMA};

    const COUNT: usize = 200_000;

    /// Mean, variance and largest absolute value.
    fn moments(mut draw: impl FnMut() -> i32) -> (f64, f64, i32) {
        let values: Vec<i32> = (0..COUNT).map(|_| draw()).collect();
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / COUNT as f64;
        let variance = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / COUNT as f64;
        (mean, variance, values.iter().map(|x| x.abs()).max().unwrap())
    }

    fn stream() -> ChaCha20Rng {
        public_stream("test", &[], 0)
    }

    #[test]
    fn errors_have_the_variances_of_the_parameters() {
        let mut s = stream();
        for (draw, sigma) in [(error as fn(&mut ChaCha20Rng) -> i32, SIGMA), (wide_error, WIDE_SIGMA)] {
            let (mean, variance, largest) = moments(|| draw(&mut s));
            assert!(mean.abs() < 5.0 * sigma / (COUNT as f64).sqrt(), "mean {mean}");
            assert!((variance / (sigma * sigma) - 1.0).abs() < 0.02, "variance {variance}");
            assert!(
                f64::from(largest) > 3.5 * sigma && f64::from(largest) < 7.0 * sigma,
                "largest {largest}"
            );
        }
    }

    #[test]
    fn ternary_values_are_uniform() {
        let mut s = stream();
        let mut counts = [0usize; 3];
        for _ in 0..COUNT {
            counts[(ternary(&mut s) + 1) as usize] += 1;
        }
        for count in counts {
            let deviation = count as f64 - COUNT as f64 / 3.0;
            assert!(deviation.abs() < 5.0 * (COUNT as f64 * 2.0 / 9.0).sqrt(), "{counts:?}");
        }
    }

    #[test]
    fn uniform_values_fill_the_range_evenly() {
        for m in &MODULI {
            let mut values = vec![0; COUNT];
            Residues::new("test", &[], 0).fill(m, &mut values);
            assert!(values.iter().all(|&x| x < m.p));
            let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / COUNT as f64 / f64::from(m.p);
            assert!((mean - 0.5).abs() < 5.0 * (1.0 / 12.0 / COUNT as f64).sqrt(), "{mean}");
        }
    }

    #[test]
    fn uniform_values_are_words_of_the_stream() {
        let m = &MODULI[3];
        let (mut residues, mut stream) = (Residues::new("test", &[1], 2), public_stream("test", &[1], 2));
        for count in [1, 255, 256, 768, 5000] {
            let mut values = vec![0; count];
            residues.fill(m, &mut values);
            let mut words = std::iter::repeat_with(|| stream.next_u32() & ((1 << 23) - 1));
            assert!(values.iter().all(|&x| words.find(|&word| word < m.p) == Some(x)));
        }
    }

    #[test]
    fn streams_differ_by_label_and_index() {
        let first = |label, index| public_stream(label, &[1; 32], index).next_u64();
        assert_ne!(first("a", 0), first("a", 1));
        assert_ne!(first("a", 0), first("b", 0));
        assert_ne!(*derive(&[1; 32], "a", 0), *derive(&[1; 32], "a", 1));
        assert_ne!(*derive(&[1; 32], "a", 0), *derive(&[2; 32], "a", 0));
    }
}
