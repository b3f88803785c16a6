//! The automorphisms tau_k: X -> X^k of R, k odd modulo 2N, and the baby and giant steps among them.
//!
//! Every automorphism that a product needs is `giant * baby`. For one row in a ciphertext, babies are 5^0..5^15 and giants
//! `±5^(16 i)`, i < 16. Where inputs are many, the upper half of the babies are the lower ones times 5^8, which is applied
//! last: `giant * baby * 5^8` with babies 5^0..5^7, in a sum of their own (module `giants` of `product`). For packed rows
//! (module `layout`), which need the powers of 5^8, giants are the positive ones, and babies `5^(8 e + 256 m)`, e < 2,
//! m < 8: made in three rounds of [`PACKED_ROUNDS`] from five keys.
#![allow(clippy::indexing_slicing, reason = "indices are reduced modulo the length of the arrays")]

use crate::params::{LOG_N, N};
use crate::simd::{LINE, Simd};
use std::sync::LazyLock;

/// Baby steps, the identity among them.
pub(crate) const BABIES: usize = 16;
/// Most giant steps, the identity among them.
pub(crate) const GIANTS: usize = 32;
/// Automorphisms with a key of their own that babies are made with, the identity among them: the babies of one row, and
/// four more.
pub(crate) const ROTATIONS: usize = BABIES + 4;
/// The rotations that make the babies of an input: each round rotates all that there is by every one of its rotations.
pub(crate) const ROW_ROUNDS: &[&[usize]] = &[&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]];
/// Those of the lower half.
pub(crate) const HALF_ROUNDS: &[&[usize]] = &[&[1, 2, 3, 4, 5, 6, 7]];
/// The rotation that takes the lower half of the babies to the upper one.
pub(crate) const HALF: usize = BABIES / 2;
/// Those of packed rows.
pub(crate) const PACKED_ROUNDS: &[&[usize]] = &[&[8], &[19], &[16, 17, 18]];
/// The giant steps of packed rows are those with a multiple of this number.
pub(crate) const PACKED_GIANT_STRIDE: usize = 2;

const ORDER: usize = 2 * N;

/// `5^i mod 2N`.
fn power_of_5(i: usize) -> usize {
    (0..i).fold(1, |k, _| k * 5 % ORDER)
}

/// The i-th rotation: `5^i`, i < 16, and then `5^256`, `5^512`, `5^768`, `5^1024`.
pub(crate) fn rotation(i: usize) -> usize {
    power_of_5(if i < BABIES { i } else { 256 * (i + 1 - BABIES) })
}

/// The automorphisms that rounds make of the identity, in their order.
pub(crate) fn steps_of(rounds: &[&[usize]]) -> Vec<usize> {
    rounds.iter().fold(vec![1], |steps, round| {
        let rotations: Vec<usize> = [1].into_iter().chain(round.iter().map(|&i| rotation(i))).collect();
        steps.iter().flat_map(|k| rotations.iter().map(move |r| k * r % ORDER)).collect()
    })
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

/// An automorphism on values of the transform.
///
/// It moves vectors as wholes, and permutes the lanes of each: with N values in bit-reversed order, the vector is given by
/// the low bits of i in `psi^(2i + 1)` and the lane by the high ones; `2i' + 1 = (2i + 1) k` has low bits that depend on
/// those of i alone, and high ones that are an affine function of the high ones of i.
pub(crate) struct Permutation {
    by_8: Moves,
    by_16: Moves,
}

/// Moves of vectors of one length.
struct Moves {
    /// For every vector the word where it goes.
    target: Vec<u16>,
    /// For every vector the index of its lanes' permutation.
    pattern: Vec<u8>,
    /// Lane i comes from lane `patterns[_][i]`.
    patterns: Vec<[u32; LINE]>,
}

impl Moves {
    /// The moves of vectors of `lanes` words, where word j of the result comes from word `source(j)`.
    fn new(lanes: usize, source: impl Fn(usize) -> usize) -> Self {
        let mut moves =
            Self { target: vec![0; N / lanes], pattern: vec![0; N / lanes], patterns: Vec::new() };
        for vector in 0..N / lanes {
            let mut index = [0; LINE];
            for (lane, index) in index.iter_mut().enumerate().take(lanes) {
                *index = (source(vector * lanes + lane) % lanes) as u32;
            }
            let from = source(vector * lanes) / lanes;
            moves.target[from] = (vector * lanes) as u16;
            let known = moves.patterns.iter().position(|p| *p == index);
            moves.pattern[from] = known.unwrap_or(moves.patterns.len()) as u8;
            if known.is_none() {
                moves.patterns.push(index);
            }
        }
        moves
    }
}

impl Permutation {
    /// The permutation of tau_k.
    pub(crate) fn new(k: usize) -> Self {
        let reverse = |j: usize| j.reverse_bits() >> (usize::BITS as usize - LOG_N);
        let source = |j: usize| reverse(((2 * reverse(j) + 1) * k % ORDER) / 2);
        Self { by_8: Moves::new(8, source), by_16: Moves::new(16, source) }
    }

    /// The word to which vector i goes, a multiple of the vectors' length below N, and the permutation of its lanes.
    #[inline(always)]
    pub(crate) fn step<S: Simd>(&self, s: S, i: usize) -> (usize, S::V) {
        let moves = if S::LANES == 16 { &self.by_16 } else { &self.by_8 };
        let index = s.load(&moves.patterns[usize::from(moves.pattern[i])]);
        (usize::from(moves.target[i]), index)
    }
}

/// Permutations of the rotations.
pub(crate) static ROTATION_PERMUTATIONS: LazyLock<Vec<Permutation>> =
    LazyLock::new(|| (0..ROTATIONS).map(|i| Permutation::new(rotation(i))).collect());

/// Permutations of the inverse rotations.
pub(crate) static INVERSE_ROTATION_PERMUTATIONS: LazyLock<Vec<Permutation>> =
    LazyLock::new(|| (0..ROTATIONS).map(|i| Permutation::new(invert(rotation(i)))).collect());

/// Permutations of the giant steps.
pub(crate) static GIANT_PERMUTATIONS: LazyLock<Vec<Permutation>> =
    LazyLock::new(|| (0..GIANTS).map(|i| Permutation::new(giant(i))).collect());

/// Permutations of the inverse giant steps.
pub(crate) static INVERSE_GIANT_PERMUTATIONS: LazyLock<Vec<Permutation>> =
    LazyLock::new(|| (0..GIANTS).map(|i| Permutation::new(invert(giant(i)))).collect());

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
        let mut values = Poly::from_signed(1, &a);
        values.forward();
        for k in [1, 3, rotation(7), rotation(19), giant(1), giant(14), giant(31), invert(rotation(3))] {
            let mut image = vec![0; N];
            apply_to_coefficients(k, &a, &mut image);
            let mut expected = Poly::from_signed(1, &image);
            expected.forward();
            let mut permuted = vec![0; N];
            crate::kernel::permute(values.limb(0), 0, &mut permuted, &Permutation::new(k));
            assert_eq!(permuted, expected.limb(0));
        }
    }

    #[test]
    fn inverses_and_steps() {
        assert!((1..2 * N).step_by(2).all(|k| k * invert(k) % (2 * N) == 1));
        assert_eq!((giant(0), giant(1)), (1, 2 * N - 1));
    }

    #[test]
    fn rounds_make_the_babies_in_their_order() {
        let packed = |i: usize| power_of_5(8 * (i / 8) + 1024 * (i / 4 % 2) + 256 * (i % 4));
        assert_eq!(steps_of(PACKED_ROUNDS), (0..BABIES).map(packed).collect::<Vec<_>>());
        let row = (0..BABIES).map(power_of_5).collect::<Vec<_>>();
        assert_eq!(steps_of(ROW_ROUNDS), row);
        let halves = [1, rotation(HALF)];
        let twice =
            halves.iter().flat_map(|half| steps_of(HALF_ROUNDS).into_iter().map(move |k| half * k % ORDER));
        assert_eq!(twice.collect::<Vec<_>>(), row);
    }
}
