//! Where inputs and outputs lie in polynomials, and which blocks a matrix is cut into.
//!
//! A ciphertext holds 1024 inputs of one row. Let g be 2, 4, 8 or 16. A block has up to N/g outputs and is computed as
//! `y(X) = sum_o X^pout(o) * sum_k tau_k(w_o * x)` with `w_o(X) = sum_j W[o][j] X^(-pin(j))`, over the d0 = 1024/g
//! automorphisms `k = ±5^i`, `i < d0/2`. They represent the Galois group of the subring Z\[X^(4g)\], so that the inner
//! sum is d0 times the coefficient of `w_o * x` at 0, which is the product of row o with x, plus terms at exponents
//! `k * (pin(j) - pin(j'))`. Differences of input positions are 0 or 8 modulo 16, or odd:
//!
//! - multiples of 4g, other than 0, vanish in the trace;
//! - odd ones land on odd exponents, and outputs lie on even ones;
//! - what remains is 8 modulo 16 or a multiple of 16 that is no multiple of 4g, and keeps its power of two under
//!   tau_k, while the differences of output positions are 0, ±2, ±4 or ±6 modulo 4g.
//!
//! So every output position holds exactly `d0 * W[o]·x`. (Traces of subrings for inner products: H. Chen et al., ePrint
//! 2020/015; baby and giant steps: S. Halevi and V. Shoup, CRYPTO 2014 and 2018.)

use crate::automorphism::{BABIES, GIANTS};
use crate::params::{N, RANK, SHARED_BLOCKS};
use crate::sampling::public_stream;
use rand_core::Rng;
use std::sync::LazyLock;

/// Inputs in one ciphertext.
pub(crate) const INPUTS: usize = 1024;
/// Inputs in one sample of a request; four samples interleave in a ciphertext.
pub(crate) const SAMPLE: usize = 256;
/// Outputs of the smallest block.
pub(crate) const UNIT: usize = 256;

/// Offsets of the four samples of a ciphertext.
const OFFSETS: [usize; 4] = [0, 8, 1, 9];

const _: () = assert!(N / SAMPLE == 2 * RANK && INPUTS / SAMPLE == OFFSETS.len());

/// The exponent of a sample's coefficients: `X^offset * X^(16 i)`, i < 256.
pub(crate) fn sample_position(sample: usize, i: usize) -> usize {
    16 * i + OFFSETS.get(sample).copied().unwrap_or(0)
}

/// The exponent of input `j` of a ciphertext, j < 1024.
pub(crate) fn input_position(j: usize) -> usize {
    sample_position(j / SAMPLE, j % SAMPLE)
}

/// Outputs that are computed together, with one set of giant steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// 2, 4, 8 or 16: the block has room for N/g outputs.
    pub(crate) g: usize,
    /// The first output of the matrix in this block.
    pub(crate) first: usize,
    /// Outputs of the matrix in this block.
    pub(crate) outputs: usize,
}

impl Block {
    /// Automorphisms of the trace, and so the factor of every output.
    pub(crate) fn trace(&self) -> usize {
        INPUTS / self.g
    }

    /// Giant steps.
    pub(crate) fn giants(&self) -> usize {
        self.trace() / BABIES
    }

    /// Exponent of output `o` of the block.
    pub(crate) fn output_position(&self, o: usize) -> usize {
        2 * (o % 4) + 4 * self.g * (o / 4)
    }
}

/// The blocks of a matrix with `outputs` rows and plaintext modulus `t`.
///
/// Blocks of 2048 outputs (g = 2) have the fewest bytes per output, smaller ones less noise: it is proportional to 1/g.
/// Matrices with a large t have large weights or many, and leave less room for noise, so they are cut smaller.
pub(crate) fn blocks(outputs: usize, t: u32) -> Vec<Block> {
    let largest = match t {
        ..=0x00ff_ffff => 8,            // below 2^24
        0x0100_0000..=0x016a_09e5 => 4, // below 2^24.5
        0x016a_09e6..=0x02d4_13cc => 2, // below 2^25.5
        _ => 1,
    };
    let mut blocks = Vec::new();
    let mut first = 0;
    while first < outputs {
        let units = (outputs - first).div_ceil(UNIT);
        let size = (1 << units.ilog2()).min(largest);
        let room = size * UNIT;
        blocks.push(Block { g: N / room, first, outputs: room.min(outputs - first) });
        first += room;
    }
    blocks
}

/// Blocks that share the a-part of a response, each under its own secret.
pub(crate) fn groups(blocks: &[Block]) -> std::slice::Chunks<'_, Block> {
    blocks.chunks(SHARED_BLOCKS)
}

const _: () = assert!(INPUTS / 2 / BABIES == GIANTS);

/// Longest input row.
pub(crate) const MAX_INPUTS: usize = 8192;
/// Longest output row.
pub(crate) const MAX_OUTPUTS: usize = 32768;

/// Public signs, +1 or -1: the bits of a keystream, lowest first, 1 for -1.
///
/// Input j and column j are multiplied by `input_sign(j)`, row o and output o by `output_sign(o)`. The product stays the
/// same, while the terms that make up a plaintext polynomial get pairwise independent signs, so that its norm is that of
/// random weights whatever the structure of the matrix: a matrix of equal weights would otherwise add up coherently.
struct Signs {
    input: Vec<i8>,
    output: Vec<i8>,
}

static SIGNS: LazyLock<Signs> = LazyLock::new(|| {
    let signs = |index, count: usize| {
        let mut stream = public_stream("sotto/lattice/1 signs", &[], index);
        (0..count / 32)
            .flat_map(|_| {
                let word = stream.next_u32();
                (0..32).map(move |i| 1 - 2 * ((word >> i) & 1) as i8)
            })
            .collect()
    };
    Signs { input: signs(0, MAX_INPUTS), output: signs(1, MAX_OUTPUTS) }
});

/// Signs of the inputs, in order.
pub(crate) fn input_signs() -> &'static [i8] {
    &SIGNS.input
}

/// Signs of the outputs, in order.
pub(crate) fn output_signs() -> &'static [i8] {
    &SIGNS.output
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::automorphism::{baby, giant};
    use std::collections::{BTreeSet, HashSet};

    #[test]
    fn gpt2_shapes_are_cut_as_documented() {
        let cut = |outputs, t| blocks(outputs, t).iter().map(|b| (b.g, b.outputs)).collect::<Vec<_>>();
        assert_eq!(cut(2304, 1 << 23), [(2, 2048), (16, 256)]);
        assert_eq!(cut(768, 1 << 23), [(8, 512), (16, 256)]);
        assert_eq!(cut(3072, 1 << 23), [(2, 2048), (4, 1024)]);
        assert_eq!(cut(1, 1 << 23), [(16, 1)]);
        assert_eq!(cut(513, 1 << 25), [(8, 512), (16, 1)]);
        assert_eq!(cut(600, u32::MAX), [(16, 256), (16, 256), (16, 88)]);
    }

    #[test]
    fn positions_are_distinct() {
        assert_eq!((0..INPUTS).map(input_position).collect::<HashSet<_>>().len(), INPUTS);
        for g in [2, 4, 8, 16] {
            let block = Block { g, first: 0, outputs: N / g };
            let positions: HashSet<_> = (0..N / g).map(|o| block.output_position(o)).collect();
            assert_eq!(positions.len(), N / g);
            assert!(positions.iter().all(|p| p % 2 == 0 && *p < N));
        }
    }

    /// The claim of the module's documentation, by counting: of the terms `X^(k e)`, e a difference of input positions,
    /// none reaches a difference of output positions, except e = 0, d0 times, or in pairs that cancel.
    #[test]
    fn traces_leave_the_outputs_alone() {
        let differences: BTreeSet<usize> = (0..INPUTS)
            .flat_map(|j| {
                [0, 1, 256, 512, 768].map(|i| (2 * N + input_position(j) - input_position(i)) % (2 * N))
            })
            .collect();
        for g in [2, 4, 8, 16] {
            let block = Block { g, first: 0, outputs: N / g };
            let outputs: HashSet<usize> = (0..N / g)
                .flat_map(|o| {
                    let p = block.output_position(o);
                    // Differences to the four outputs of the first group; all others are shifts by multiples of 4g.
                    [0, 2, 4, 6].map(|q| (2 * N + p - q) % N)
                })
                .collect();
            for &e in &differences {
                let mut sums = vec![0i32; N];
                for k in (0..block.giants()).flat_map(|i| (0..BABIES).map(move |j| giant(i) * baby(j))) {
                    let exponent = k * e % (2 * N);
                    sums[exponent % N] += if exponent < N { 1 } else { -1 };
                }
                for (position, sum) in sums.into_iter().enumerate() {
                    let expected = if e == 0 && position == 0 { block.trace() as i32 } else { 0 };
                    assert!(
                        sum == expected || !outputs.contains(&position),
                        "g {g}, e {e}, at {position}: {sum}"
                    );
                }
            }
        }
    }
}
