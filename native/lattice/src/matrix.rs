//! Matrices in evaluation form.
//!
//! With `k = giant * baby`, a block is `y = sum_giant giant( sum_baby V[giant][baby] * baby(x) )` where
//! `V[giant][baby] = giant^-1( V_k )` and `V_k = sum_(o,j) W[o][j] X^(pout(o) - k pin(j))`. Every weight occurs in every
//! V_k once. V_k is summed over columns: exponents of outputs step by 4g, so that in an array of rows of equal residue
//! modulo 4g, the column of input j is added as four contiguous runs.
#![allow(clippy::indexing_slicing, reason = "positions are reduced modulo the length of the arrays")]

use crate::automorphism::{BABIES, apply_to_coefficients, baby, giant, invert};
use crate::buffer::Buffer;
use crate::kernel::{LANES, TILES};
use crate::layout::{self, Block, INPUTS, input_position};
use crate::params::{LIMBS_Q, N};
use crate::poly::Poly;
use crate::{MatrixInfo, Shape};
use rayon::prelude::*;

/// A matrix in evaluation form.
pub struct Matrix {
    pub(crate) info: MatrixInfo,
    pub(crate) blocks: Vec<Block>,
    /// Ciphertexts of one input row.
    pub(crate) ciphertexts: usize,
    /// Giant steps of all blocks together.
    pub(crate) giants: usize,
    /// `[limb][tile][giant][ciphertext][baby][lane]`: values in Montgomery form, in the order in which they are used.
    table: Buffer,
}

/// Words of one (limb, tile) of a matrix's table for one giant step.
fn run(ciphertexts: usize) -> usize {
    ciphertexts * BABIES * LANES
}

/// Ciphertexts of a row of `inputs`.
pub(crate) fn ciphertexts(inputs: usize) -> usize {
    inputs.div_ceil(INPUTS)
}

impl Matrix {
    /// Encodes weights (row-major, `[outputs][inputs]`) that fill `shape`.
    pub(crate) fn encode(info: MatrixInfo, shape: Shape, weights: &[i8]) -> Self {
        let blocks = layout::blocks(shape.outputs, info.t);
        let ciphertexts = ciphertexts(shape.inputs);
        let giants = blocks.iter().map(Block::giants).sum();
        let run = run(ciphertexts);
        let mut table = Buffer::zero(LIMBS_Q * TILES * giants * run);
        let mut first = 0;
        for block in &blocks {
            let columns = columns(block, shape, weights);
            for g in 0..block.giants() {
                let polys: Vec<Poly> = (0..ciphertexts * BABIES)
                    .into_par_iter()
                    .map(|i| {
                        let inputs = i / BABIES * INPUTS..shape.inputs.min((i / BABIES + 1) * INPUTS);
                        plaintext(block, giant(g), baby(i % BABIES), &columns[inputs])
                    })
                    .collect();
                table.par_chunks_exact_mut(giants * run).enumerate().for_each(|(chunk, table)| {
                    let (limb, tile) = (chunk / TILES, chunk % TILES);
                    let target = &mut table[(first + g) * run..][..run];
                    for (target, poly) in target.chunks_exact_mut(LANES).zip(&polys) {
                        target.copy_from_slice(&poly.limb(limb)[tile * LANES..][..LANES]);
                    }
                });
            }
            first += block.giants();
        }
        Self { info, blocks, ciphertexts, giants, table }
    }

    /// The factors of one tile: `[giant][ciphertext][baby][lane]`.
    pub(crate) fn tile(&self, limb: usize, tile: usize) -> &[u32] {
        let len = self.giants * run(self.ciphertexts);
        &self.table[(limb * TILES + tile) * len..][..len]
    }

    /// Bytes held.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.table)
    }
}

/// The columns of a block, with the public signs: `[inputs]` of `[4][N / 4g]`, outputs `o = 4 h + c` at `[c][h]`.
fn columns(block: &Block, shape: Shape, weights: &[i8]) -> Vec<Vec<i16>> {
    let height = N / (4 * block.g);
    let (input_signs, output_signs) = (layout::input_signs(), layout::output_signs());
    (0..shape.inputs)
        .into_par_iter()
        .map(|j| {
            let mut column = vec![0; 4 * height];
            for i in 0..block.outputs {
                let o = block.first + i;
                // A weight of -128 has no negative in 8 bits.
                column[i % 4 * height + i / 4] =
                    i16::from(weights[o * shape.inputs + j]) * i16::from(input_signs[j] * output_signs[o]);
            }
            column
        })
        .collect()
}

/// `V[giant][baby]` for the columns of one ciphertext, as values in Montgomery form.
fn plaintext(block: &Block, giant: usize, baby: usize, columns: &[Vec<i16>]) -> Poly {
    let step = 4 * block.g;
    let height = N / step;
    let k = giant * baby % (2 * N);
    // Exponents modulo 2N: `[exponent mod step][exponent / step]`.
    let mut sums = vec![0i32; 2 * N];
    for (j, column) in columns.iter().enumerate() {
        let shift = k * input_position(j) % (2 * N);
        for (c, run) in column.chunks_exact(height).enumerate() {
            let start = (2 * N + 2 * c - shift) % (2 * N);
            let row = &mut sums[start % step * 2 * height..][..2 * height];
            let (head, tail) = run.split_at((2 * height - start / step).min(height));
            add(&mut row[start / step..], head);
            add(row, tail);
        }
    }
    let (low, row) = (step.ilog2(), (2 * height).ilog2());
    let exponent = |e: usize| sums[((e & (step - 1)) << row) + (e >> low)];
    let v_k: Vec<i32> = (0..N).map(|e| exponent(e) - exponent(e + N)).collect();
    let mut v = vec![0; N];
    apply_to_coefficients(invert(giant), &v_k, &mut v);
    let mut poly = Poly::from_signed(LIMBS_Q, v.into_iter());
    poly.forward();
    poly.into_montgomery()
}

fn add(sums: &mut [i32], run: &[i16]) {
    for (sum, &w) in sums.iter_mut().zip(run) {
        *sum += i32::from(w);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{input_signs, output_signs};
    use crate::params::MODULI;

    #[test]
    fn plaintexts_are_the_sums_of_the_definition() {
        let shape = Shape { inputs: 1030, outputs: 300 };
        let weights: Vec<i8> = (0..shape.inputs * shape.outputs).map(|i| (i * i % 255) as i8).collect();
        let block = Block { g: 16, first: 256, outputs: 44 };
        let columns = columns(&block, shape, &weights);
        for (m, g, b) in [(0, 0, 0), (0, 3, 5), (1, 1, 15)] {
            let inputs = m * INPUTS..shape.inputs.min((m + 1) * INPUTS);
            let mut expected = vec![0i32; N];
            for o in 0..block.outputs {
                for j in inputs.clone() {
                    let w = i32::from(weights[(256 + o) * shape.inputs + j])
                        * i32::from(input_signs()[j] * output_signs()[256 + o]);
                    let e = (2 * N * 2 * N + invert(giant(g)) * block.output_position(o)
                        - baby(b) * input_position(j - inputs.start))
                        % (2 * N);
                    expected[e % N] += if e < N { w } else { -w };
                }
            }
            let mut expected = Poly::from_signed(2, expected.into_iter());
            expected.forward();
            let expected = expected.into_montgomery();
            let found = plaintext(&block, giant(g), baby(b), &columns[inputs]);
            assert_eq!(found.limb(0), expected.limb(0));
            assert_eq!(found.limb(1), expected.limb(1));
            assert!(found.limb(1).iter().all(|&x| x < MODULI[1].p));
        }
    }
}
