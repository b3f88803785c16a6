//! The automorphisms tau_k: X -> X^k of R, k odd modulo 2N, and the baby and giant steps among them.
//!
//! Every automorphism that a product needs is `giant * baby` with baby in 5^0..5^15 and giant in `±5^(16 i)`.
#![allow(clippy::indexing_slicing, reason = "indices are reduced modulo the length of the arrays")]

use crate::params::{LOG_N, N};
use std::sync::LazyLock;

/// Baby steps, the identity among them.
pub(crate) const BABIES: usize = 16;
/// Most giant steps, the identity among them.
pub(crate) const GIANTS: usize = 32;

const ORDER: usize = 2 * N;

/// `5^i mod 2N`.
fn power_of_5(i: usize) -> usize {
    (0..i).fold(1, |k, _| k * 5 % ORDER)
}

/// The i-th baby step: `5^i`.
pub(crate) fn baby(i: usize) -> usize {
    power_of_5(i)
}

/// The i-th giant step: `5^(16 (i / 2))`, negated for odd i.
pub(crate) fn giant(i: usize) -> usize {
    let k = power_of_5(BABIES * (i / 2));
    if i.is_multiple_of(2) { k } else { ORDER - k }
}

/// `k^-1 mod 2N`.
pub(crate) fn invert(k: usize) -> usize {
    // The group's exponent is N / 2, a power of two: k^(N/2 - 1).
    (0..N / 2 - 1).fold(1, |inverse, _| inverse * k % ORDER)
}

/// An automorphism on values of the transform: the value at position j comes from position `index[j]`.
pub(crate) struct Permutation {
    index: Vec<u16>,
}

impl Permutation {
    /// The permutation of tau_k.
    pub(crate) fn new(k: usize) -> Self {
        let reverse = |j: usize| j.reverse_bits() >> (usize::BITS as usize - LOG_N);
        let index = (0..N).map(|j| reverse(((2 * reverse(j) + 1) * k % ORDER) / 2) as u16).collect();
        Self { index }
    }

    /// Writes the automorphism of `source` to `target`.
    pub(crate) fn apply(&self, source: &[u32], target: &mut [u32]) {
        let source = &source[..N];
        for (out, &i) in target.iter_mut().zip(&self.index) {
            *out = source[usize::from(i) % N];
        }
    }

    /// Adds the automorphism of `source` to `target`, modulo the prime of `modulus`.
    pub(crate) fn apply_add(&self, source: &[u32], target: &mut [u32], modulus: &crate::modulus::Modulus) {
        let source = &source[..N];
        for (out, &i) in target.iter_mut().zip(&self.index) {
            *out = modulus.add(*out, source[usize::from(i) % N]);
        }
    }
}

/// Permutations of the baby steps.
pub(crate) static BABY_PERMUTATIONS: LazyLock<Vec<Permutation>> =
    LazyLock::new(|| (0..BABIES).map(|i| Permutation::new(baby(i))).collect());

/// Permutations of the inverse baby steps.
pub(crate) static INVERSE_BABY_PERMUTATIONS: LazyLock<Vec<Permutation>> =
    LazyLock::new(|| (0..BABIES).map(|i| Permutation::new(invert(baby(i)))).collect());

/// Permutations of the giant steps.
pub(crate) static GIANT_PERMUTATIONS: LazyLock<Vec<Permutation>> =
    LazyLock::new(|| (0..GIANTS).map(|i| Permutation::new(giant(i))).collect());

/// tau_k of a polynomial with signed coefficients, in constant time for a fixed k.
pub(crate) fn apply_to_coefficients<T>(k: usize, source: &[T], target: &mut [T])
where
    T: Copy + std::ops::Neg<Output = T>,
{
    for (i, &x) in source.iter().enumerate() {
        let exponent = i * k % ORDER;
        target[exponent % N] = if exponent < N { x } else { -x };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poly::Poly;

    #[test]
    fn permuted_values_are_those_of_the_automorphism() {
        let a: Vec<i32> = (0..N as i32).map(|i| i * i % 1000 - 500).collect();
        let mut values = Poly::from_signed(1, a.iter().copied());
        values.forward();
        for k in [1, 3, baby(7), giant(1), giant(14), giant(31), invert(baby(3))] {
            let mut image = vec![0; N];
            apply_to_coefficients(k, &a, &mut image);
            let mut expected = Poly::from_signed(1, image.into_iter());
            expected.forward();
            let mut permuted = vec![0; N];
            Permutation::new(k).apply(values.limb(0), &mut permuted);
            assert_eq!(permuted, expected.limb(0));
        }
    }

    #[test]
    fn inverses_and_steps() {
        assert!((1..2 * N).step_by(2).all(|k| k * invert(k) % (2 * N) == 1));
        assert_eq!((giant(0), giant(1)), (1, 2 * N - 1));
    }
}
