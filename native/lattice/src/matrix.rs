//! Matrices in evaluation form.
//!
//! With `k = giant * baby`, a block is `y = sum_giant giant( sum_baby V[giant][baby] * baby(x) )` where
//! `V[giant][baby] = giant^-1( V_k )` and `V_k = sum_(o,j) W[o][j] X^(pout(o) - k pin(j))`. Every weight occurs in every
//! V_k once. V_k is summed over columns: exponents of outputs step by 4g, so that in an array of rows of equal residue
//! modulo 4g, the column of input j is added as four contiguous runs; and by 1 where rows are packed, as one run.
//!
//! Where babies are halved (module `layout`), `giant` stands for `giant * 5^8` as well.
//!
//! A matrix is held for one row in a ciphertext, in 8 bytes a weight and what its blocks have empty. For packed rows it
//! takes 128 bytes a weight: who serves it says whether there is room for that ([`Matrix::hold_packed`]). If not, each
//! request has the blocks made anew from the weights, one after the other. The table for one row can lie in a file (module
//! `stored`).
#![allow(clippy::indexing_slicing, reason = "positions are reduced modulo the length of the arrays")]

use crate::automorphism::{
    self as steps, BABIES, HALF, INVERSE_GIANT_PERMUTATIONS, INVERSE_ROTATION_PERMUTATIONS,
};
use crate::buffer::{Buffer, Int8s, Mapped};
use crate::kernel::{self, LANES, TILES};
use crate::layout::{self, Block, Layout, PACKED_T_LIMIT};
use crate::params::{LIMBS_Q, N};
use crate::poly::Poly;
use crate::{MatrixInfo, Shape};
use rayon::prelude::*;
use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// A matrix in evaluation form.
pub struct Matrix {
    pub(crate) info: MatrixInfo,
    /// The table for one row in a ciphertext.
    pub(crate) row: Table,
    /// Row-major, `[outputs][inputs]`.
    pub(crate) weights: Int8s,
    /// The tables for packed rows, of one block each, once they are held.
    packed: OnceLock<Vec<Table>>,
}

/// Blocks of a matrix in evaluation form.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) blocks: Vec<Block>,
    /// Ciphertexts that hold all inputs of a row.
    pub(crate) ciphertexts: usize,
    /// 2 if the babies of its blocks are halved, else 1.
    pub(crate) halves: usize,
    /// Giant steps of all halves of all blocks together.
    pub(crate) giants: usize,
    /// `[limb][tile][block][half][giant][ciphertext][baby][lane]`: values in Montgomery form, in the order in which they are used.
    words: Words,
}

/// Words that were computed here, or that a file holds.
#[derive(Clone)]
enum Words {
    Encoded(Buffer),
    Stored(Arc<Mapped>),
}

impl Deref for Words {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::Encoded(buffer) => buffer,
            Self::Stored(mapped) => mapped,
        }
    }
}

impl Matrix {
    /// Encodes weights (row-major, `[outputs][inputs]`) that fill `shape`.
    pub(crate) fn encode(info: MatrixInfo, shape: Shape, weights: &[i8]) -> Self {
        let row = Table::encode(Layout::Row.blocks(shape.outputs, info.t), shape, info.t, weights);
        Self { info, row, weights: weights.into(), packed: OnceLock::new() }
    }

    /// The matrix that [`Matrix::encode`] makes, with the table for one row that a file holds; `None` if the table is not of
    /// these weights, as far as samples of it tell, which `choice` chooses.
    pub(crate) fn with_stored(
        info: MatrixInfo,
        shape: Shape,
        weights: &[i8],
        words: Mapped,
        choice: &[u8],
    ) -> Option<Self> {
        let blocks = Layout::Row.blocks(shape.outputs, info.t);
        let row = Table { words: Words::Stored(Arc::new(words)), ..Table::new(blocks, shape, info.t) };
        row.is_of(shape, weights, choice).then(|| Self {
            info,
            row,
            weights: weights.into(),
            packed: OnceLock::new(),
        })
    }

    /// Encodes the matrix for packed rows, for good, if that takes at most `budget` bytes; returns the bytes that it takes.
    pub(crate) fn hold_packed(&self, budget: usize) -> usize {
        let bytes = packed_bytes(&self.info);
        if bytes > budget {
            return 0;
        }
        if bytes > 0 {
            let shape = shape(&self.info);
            let encode = |block| Table::encode(vec![block], shape, self.info.t, &self.weights);
            self.packed.get_or_init(|| packed_blocks(&self.info).into_iter().map(encode).collect());
        }
        bytes
    }

    /// The tables for packed rows, one for each block: to be made when they are asked for, if they are not held.
    pub(crate) fn packed(&self) -> impl Iterator<Item = Cow<'_, Table>> {
        let (shape, held) = (shape(&self.info), self.packed.get());
        packed_blocks(&self.info).into_iter().enumerate().map(move |(i, block)| match held {
            Some(tables) => Cow::Borrowed(&tables[i]),
            None => Cow::Owned(Table::encode(vec![block], shape, self.info.t, &self.weights)),
        })
    }

    /// Bytes held.
    pub(crate) fn memory(&self) -> usize {
        let packed: usize = self.packed.get().into_iter().flatten().map(Table::memory).sum();
        self.row.memory() + self.weights.len() + packed
    }
}

fn shape(info: &MatrixInfo) -> Shape {
    Shape { inputs: info.inputs as usize, outputs: info.outputs as usize }
}

fn packed_blocks(info: &MatrixInfo) -> Vec<Block> {
    Layout::Packed.blocks(info.outputs as usize, info.t)
}

/// Bytes of a matrix's table for one row in a ciphertext.
pub(crate) fn row_bytes(info: &MatrixInfo) -> usize {
    Table::bytes(&Layout::Row.blocks(info.outputs as usize, info.t), shape(info))
}

/// Bytes of a matrix's tables for packed rows; 0 if its rows are never packed.
pub(crate) fn packed_bytes(info: &MatrixInfo) -> usize {
    if info.t >= PACKED_T_LIMIT {
        return 0;
    }
    packed_blocks(info).iter().map(|block| Table::bytes(&[*block], shape(info))).sum()
}

/// A giant step of a table.
#[derive(Clone, Copy)]
struct GiantStep {
    /// The half of the babies that it is for.
    half: usize,
    /// Its number among those of the block's half.
    number: usize,
}

impl GiantStep {
    /// Number i of a block, in the order of a table.
    fn of(block: &Block, i: usize) -> Self {
        Self { half: i / block.giants(), number: i % block.giants() }
    }
}

impl Table {
    /// Bytes of the table of `blocks`, whether the babies are halved or not.
    fn bytes(blocks: &[Block], shape: Shape) -> usize {
        let polys = |block: &Block| block.layout.ciphertexts(shape.inputs) * block.trace();
        LIMBS_Q * N * blocks.iter().map(polys).sum::<usize>() * size_of::<u32>()
    }

    /// The table of blocks of one layout, before it has its words.
    fn new(blocks: Vec<Block>, shape: Shape, t: u32) -> Self {
        let layout = blocks.first().map_or(Layout::Row, |block| block.layout);
        let halves = layout.halves(shape, t);
        let giants = halves * blocks.iter().map(Block::giants).sum::<usize>();
        let words = Words::Encoded(Buffer::zero(0));
        Self { ciphertexts: layout.ciphertexts(shape.inputs), halves, giants, blocks, words }
    }

    /// Babies of a ciphertext that it is multiplied with.
    pub(crate) fn babies(&self) -> usize {
        BABIES / self.halves
    }

    /// Words of one (limb, tile) for one giant step.
    fn run(&self) -> usize {
        self.ciphertexts * self.babies() * LANES
    }

    /// Encodes blocks of one layout, of weights (row-major, `[outputs][inputs]`) that fill `shape`.
    fn encode(blocks: Vec<Block>, shape: Shape, t: u32, weights: &[i8]) -> Self {
        let mut words = Buffer::zero(Self::bytes(&blocks, shape) / size_of::<u32>());
        let mut table = Self::new(blocks, shape, t);
        let (run, giants) = (table.run(), table.giants);
        let mut index = 0;
        for block in &table.blocks {
            let columns = columns(block, shape, weights);
            for i in 0..table.halves * block.giants() {
                let step = GiantStep::of(block, i);
                let polys: Vec<Poly> = (0..run / LANES)
                    .into_par_iter()
                    .map(|i| table.plaintext(block, step, i, shape, &columns))
                    .collect();
                words.par_chunks_exact_mut(giants * run).enumerate().for_each(|(chunk, words)| {
                    let (limb, tile) = (chunk / TILES, chunk % TILES);
                    let target = &mut words[index * run..][..run];
                    for (target, poly) in target.chunks_exact_mut(LANES).zip(&polys) {
                        target.copy_from_slice(&poly.limb(limb)[tile * LANES..][..LANES]);
                    }
                });
                index += 1;
            }
        }
        table.words = Words::Encoded(words);
        table
    }

    /// The plaintext of a block's giant step, with the columns of all inputs, for `[ciphertext][baby]` number i.
    fn plaintext(
        &self,
        block: &Block,
        step: GiantStep,
        i: usize,
        shape: Shape,
        columns: &[Vec<i16>],
    ) -> Poly {
        let (m, baby) = (i / self.babies(), i % self.babies());
        let held = block.layout.inputs();
        let inputs = m * held..shape.inputs.min((m + 1) * held);
        let baby = steps::steps_of(block.layout.rounds(self.halves))[baby];
        plaintext(block, step, baby, &columns[inputs])
    }

    /// The factors of one tile: `[giant][ciphertext][baby][lane]`.
    pub(crate) fn tile(&self, limb: usize, tile: usize) -> &[u32] {
        let len = self.giants * self.run();
        &self.words[(limb * TILES + tile) * len..][..len]
    }

    /// Writes the words, in the order of their bytes in memory.
    pub(crate) fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        // Long pieces, which a file system can keep in large pages.
        const PIECE: usize = 1 << 20;
        let mut bytes = Vec::new();
        for words in self.words.chunks(PIECE) {
            bytes.clear();
            bytes.extend(words.iter().flat_map(|word| word.to_ne_bytes()));
            to.write_all(&bytes)?;
        }
        Ok(())
    }

    /// Whether samples of the table are what the weights give: of every block and ciphertext, one plaintext, chosen by two
    /// bytes of `choice`.
    fn is_of(&self, shape: Shape, weights: &[i8], choice: &[u8]) -> bool {
        if size_of_val(&*self.words) != Self::bytes(&self.blocks, shape) {
            return false;
        }
        let mut choice = choice.iter().cycle().map(|&byte| usize::from(byte));
        let mut choose = |count: usize| choice.next().unwrap_or(0) % count;
        let mut first = 0;
        self.blocks.iter().all(|block| {
            let columns = columns(block, shape, weights);
            let start = first;
            let steps = self.halves * block.giants();
            first += steps;
            (0..self.ciphertexts).all(|m| {
                let index = choose(steps);
                let i = m * self.babies() + choose(self.babies());
                let poly = self.plaintext(block, GiantStep::of(block, index), i, shape, &columns);
                let at = (start + index) * self.run() + i * LANES;
                (0..LIMBS_Q).all(|limb| {
                    let tiles = poly.limb(limb).chunks_exact(LANES).enumerate();
                    tiles.into_iter().all(|(tile, lanes)| self.tile(limb, tile)[at..][..LANES] == *lanes)
                })
            })
        })
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.words)
    }
}

/// Outputs of a run: those that follow one another at the distance of the block's step.
fn height(block: &Block) -> usize {
    N / block.g / block.interleaved()
}

/// The columns of a block, with the public signs: `[inputs]` of `[interleaved][height]`, outputs `o = interleaved h + c` at
/// `[c][h]`.
fn columns(block: &Block, shape: Shape, weights: &[i8]) -> Vec<Vec<i16>> {
    let (height, interleaved) = (height(block), block.interleaved());
    let (input_signs, output_signs) = (layout::input_signs(), layout::output_signs());
    (0..shape.inputs)
        .into_par_iter()
        .map(|j| {
            let mut column = vec![0; interleaved * height];
            for i in 0..block.outputs {
                let o = block.first + i;
                // A weight of -128 has no negative in 8 bits.
                column[i % interleaved * height + i / interleaved] =
                    i16::from(weights[o * shape.inputs + j]) * i16::from(input_signs[j] * output_signs[o]);
            }
            column
        })
        .collect()
}

/// `V[giant][baby]` of a block's giant step, for the columns of one ciphertext, as values in Montgomery form.
fn plaintext(block: &Block, giant: GiantStep, baby: usize, columns: &[Vec<i16>]) -> Poly {
    let (step, height) = (block.step(), height(block));
    let (half, giant) = (steps::rotation(HALF * giant.half), block.giant(giant.number));
    let k = steps::giant(giant) * half % (2 * N) * baby % (2 * N);
    // Exponents modulo 2N: `[exponent mod step][exponent / step]`.
    let length = 2 * N / step;
    let mut sums = vec![0i32; 2 * N];
    for (j, column) in columns.iter().enumerate() {
        let shift = k * block.layout.input_position(j) % (2 * N);
        for (c, run) in column.chunks_exact(height).enumerate() {
            let start = (2 * N + 2 * c - shift) % (2 * N);
            let row = &mut sums[start % step * length..][..length];
            let (head, tail) = run.split_at((length - start / step).min(height));
            kernel::add_weights(&mut row[start / step..], head);
            kernel::add_weights(row, tail);
        }
    }
    let (low, row) = (step.ilog2(), length.ilog2());
    let exponent = |e: usize| sums[((e & (step - 1)) << row) + (e >> low)];
    let v_k: Vec<i32> = (0..N).map(|e| exponent(e) - exponent(e + N)).collect();
    let mut values = Poly::from_signed(LIMBS_Q, &v_k);
    values.forward();
    let mut v = Poly::zero(LIMBS_Q);
    for (target, source) in v.limbs_mut().zip(values.limbs_mut()) {
        kernel::permute(source, 0, target, &INVERSE_GIANT_PERMUTATIONS[giant]);
        if half != 1 {
            source.copy_from_slice(target);
            kernel::permute(source, 0, target, &INVERSE_ROTATION_PERMUTATIONS[HALF]);
        }
    }
    v.into_montgomery()
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
        let steps = [(0, 0, 0, 0), (0, 0, 3, 5), (1, 0, 1, 15), (1, 1, 2, 7)];
        let blocks =
            [Layout::Row, Layout::Packed].map(|layout| Block { layout, g: 16, first: 256, outputs: 44 });
        for (block, (m, half, number, b)) in blocks.iter().flat_map(|block| steps.map(|step| (block, step))) {
            let columns = columns(block, shape, &weights);
            let held = block.layout.inputs();
            let giant = steps::giant(block.giant(number)) * steps::rotation(HALF * half) % (2 * N);
            let baby = steps::steps_of(block.layout.rounds(1))[b];
            let inputs = m * held..shape.inputs.min((m + 1) * held);
            let mut expected = vec![0i32; N];
            for o in 0..block.outputs {
                for j in inputs.clone() {
                    let w = i32::from(weights[(256 + o) * shape.inputs + j])
                        * i32::from(input_signs()[j] * output_signs()[256 + o]);
                    let e = (2 * N * 2 * N + steps::invert(giant) * block.output_position(o)
                        - baby * block.layout.input_position(j - inputs.start))
                        % (2 * N);
                    expected[e % N] += if e < N { w } else { -w };
                }
            }
            let mut expected = Poly::from_signed(2, &expected);
            expected.forward();
            let expected = expected.into_montgomery();
            let found = plaintext(block, GiantStep { half, number }, baby, &columns[inputs]);
            assert_eq!(found.limb(0), expected.limb(0));
            assert_eq!(found.limb(1), expected.limb(1));
            assert!(found.limb(1).iter().all(|&x| x < MODULI[1].p));
        }
    }
}
