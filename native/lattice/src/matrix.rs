//! Matrices in evaluation form.
//!
//! With `k = giant * baby`, a block is `y = sum_giant giant( sum_baby V[giant][baby] * baby(x) )` where
//! `V[giant][baby] = giant^-1( V_k )` and `V_k = sum_(o,j) W[o][j] X^(pout(o) - k pin(j))`. Every weight occurs in every
//! V_k once. V_k is summed over columns: exponents of outputs step by 4g, so that in an array of rows of equal residue
//! modulo 4g, the column of input j is added as four contiguous runs; and by 1 where rows are packed, as one run. A few
//! columns, which lie in a nearby cache, are added for all babies of a giant step, and then the next ones.
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
use crate::buffer::{Buffer, Int8s, Mapped, Scratch};
use crate::kernel::{self, LANES, TILES};
use crate::layout::{self, Block, Layout, PACKED_T_LIMIT};
use crate::params::{LIMBS_Q, MODULI, N, ntts};
use crate::poly::{STRIDE, limb, limb_mut};
use crate::{MatrixInfo, Shape};
use rayon::prelude::*;
use std::io::{self, Write};
use std::ops::{Deref, DerefMut};
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

/// Words that were computed here, for good or for one request, or that a file holds.
enum Words {
    Encoded(Buffer),
    Passing(Scratch),
    Stored(Arc<Mapped>),
}

impl From<Buffer> for Words {
    fn from(buffer: Buffer) -> Self {
        Self::Encoded(buffer)
    }
}

impl From<Scratch> for Words {
    fn from(scratch: Scratch) -> Self {
        Self::Passing(scratch)
    }
}

impl Deref for Words {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::Encoded(buffer) => buffer,
            Self::Passing(scratch) => scratch,
            Self::Stored(mapped) => mapped,
        }
    }
}

impl Matrix {
    /// Encodes weights (row-major, `[outputs][inputs]`) that fill `shape`.
    pub(crate) fn encode(info: MatrixInfo, shape: Shape, weights: &[i8]) -> Self {
        let row =
            Table::encode(Layout::Row.blocks(shape.outputs, info.t), shape, info.t, weights, Buffer::zero);
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
            let encode = |block| Table::encode(vec![block], shape, self.info.t, &self.weights, Buffer::zero);
            self.packed.get_or_init(|| packed_blocks(&self.info).into_iter().map(encode).collect());
        }
        bytes
    }

    /// What `each` makes of the tables for packed rows, one for each block. Those that are not held are made for it, one after
    /// the other.
    pub(crate) fn map_packed<T>(&self, mut each: impl FnMut(&Table) -> T) -> Vec<T> {
        if let Some(tables) = self.packed.get() {
            return tables.iter().map(each).collect();
        }
        let encode =
            |block| Table::encode(vec![block], shape(&self.info), self.info.t, &self.weights, Scratch::take);
        packed_blocks(&self.info).into_iter().map(|block| each(&encode(block))).collect()
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

    /// Encodes blocks of one layout, of weights (row-major, `[outputs][inputs]`) that fill `shape`, in as many words as `new`
    /// is asked for.
    fn encode<W>(
        blocks: Vec<Block>,
        shape: Shape,
        t: u32,
        weights: &[i8],
        new: impl FnOnce(usize) -> W,
    ) -> Self
    where
        W: DerefMut<Target = [u32]> + Into<Words>,
    {
        let mut words = new(Self::bytes(&blocks, shape) / size_of::<u32>());
        let mut table = Self::new(blocks, shape, t);
        let (run, giants, ciphertexts) = (table.run(), table.giants, table.ciphertexts);
        // Enough to share them well, and few enough to stay in a cache until they are copied.
        let together = 2 * rayon::current_num_threads();
        let mut first = 0;
        for block in &table.blocks {
            let columns = Columns::new(block, shape, weights);
            let babies = block.layout.babies(table.halves);
            let steps: Vec<GiantStep> =
                (0..table.halves * block.giants()).map(|i| GiantStep::of(block, i)).collect();
            for steps in steps.chunks(together) {
                // `[giant][ciphertext]` of `[baby]`.
                let polys: Vec<Vec<Scratch>> = (0..steps.len() * ciphertexts)
                    .into_par_iter()
                    .map(|i| columns.plaintexts(steps[i / ciphertexts], &babies, i % ciphertexts))
                    .collect();
                // Several tiles at a time, so that a polynomial is read in pieces longer than a line.
                words.par_chunks_exact_mut(COPIED * giants * run).enumerate().for_each(|(chunk, words)| {
                    let (i, tile) = (chunk * COPIED / TILES, chunk * COPIED % TILES);
                    for (at, poly) in polys.iter().flatten().enumerate() {
                        let source = limb(poly, i)[tile * LANES..].chunks_exact(LANES);
                        let targets = words[first * run + at * LANES..].chunks_mut(giants * run);
                        for (target, source) in targets.zip(source) {
                            target[..LANES].copy_from_slice(source);
                        }
                    }
                });
                first += steps.len();
            }
        }
        table.words = words.into();
        table
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
            let columns = Columns::new(block, shape, weights);
            let babies = block.layout.babies(self.halves);
            let start = first;
            let steps = self.halves * block.giants();
            first += steps;
            (0..self.ciphertexts).all(|m| {
                let index = choose(steps);
                let baby = choose(self.babies());
                let plaintext = columns.plaintexts(GiantStep::of(block, index), &[babies[baby]], m);
                let at = (start + index) * self.run() + (m * self.babies() + baby) * LANES;
                let poly = plaintext.first();
                poly.is_some_and(|poly| {
                    (0..LIMBS_Q).all(|i| {
                        let tiles = limb(poly, i).chunks_exact(LANES).enumerate();
                        tiles.into_iter().all(|(tile, lanes)| self.tile(i, tile)[at..][..LANES] == *lanes)
                    })
                })
            })
        })
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.words)
    }
}

/// Tiles that a task copies into a table.
const COPIED: usize = 16;

/// Most weights that are summed in 16 bits: each is at least -128.
const TERMS: usize = 255;

/// Bytes of columns that all babies of a giant step are made of before the next ones: they stay in the second-level cache.
const NEAR: usize = 1 << 18;

/// The columns of a block, with the public signs.
struct Columns<'a> {
    block: &'a Block,
    /// Outputs of a run: those that follow one another at the distance of the block's step.
    height: usize,
    /// `[input][interleaved][height]`: output `o = interleaved h + c` at `[c][h]`.
    weights: Vec<i16>,
}

impl<'a> Columns<'a> {
    /// The block's columns of weights (row-major, `[outputs][inputs]`) that fill `shape`.
    fn new(block: &'a Block, shape: Shape, weights: &[i8]) -> Self {
        /// Columns that are written together: they lie next to one another in a row of weights.
        const WIDTH: usize = 64;
        let interleaved = block.interleaved();
        let height = N / block.g / interleaved;
        let len = interleaved * height;
        let (input_signs, output_signs) = (layout::input_signs(), layout::output_signs());
        let mut columns = vec![0; shape.inputs * len];
        columns.par_chunks_mut(WIDTH * len).enumerate().for_each(|(i, columns)| {
            let first = i * WIDTH;
            for (i, o) in (block.first..block.first + block.outputs).enumerate() {
                let at = i % interleaved * height + i / interleaved;
                let row = &weights[o * shape.inputs + first..];
                for ((column, &w), &sign) in columns.chunks_exact_mut(len).zip(row).zip(&input_signs[first..])
                {
                    // A weight of -128 has no negative in 8 bits.
                    column[at] = i16::from(w) * i16::from(sign * output_signs[o]);
                }
            }
        });
        Self { block, height, weights: columns }
    }

    /// `V[giant][baby]` of a giant step for the columns of ciphertext `m` and each of `babies`, as values in Montgomery form.
    fn plaintexts(&self, giant: GiantStep, babies: &[usize], m: usize) -> Vec<Scratch> {
        let (half, number) = (steps::rotation(HALF * giant.half), self.block.giant(giant.number));
        let ks: Vec<usize> =
            babies.iter().map(|baby| steps::giant(number) * half % (2 * N) * baby % (2 * N)).collect();
        let values = |sums: Vec<i32>| values(&self.coefficients(sums), number, half != 1);
        self.sums(m, &ks).into_iter().map(values).collect()
    }

    /// Sums in the order of their exponents.
    fn coefficients(&self, sums: Vec<i32>) -> Vec<i32> {
        let step = self.block.step();
        if step == 1 {
            return sums;
        }
        let mut coefficients = vec![0; N];
        for (r, sums) in sums.chunks_exact(N / step).enumerate() {
            for (h, &sum) in sums.iter().enumerate() {
                coefficients[step * h + r] = sum;
            }
        }
        coefficients
    }

    /// V_k for the columns of ciphertext `m` and each k: `[exponent mod step][exponent / step]`.
    fn sums(&self, m: usize, ks: &[usize]) -> Vec<Vec<i32>> {
        let (layout, step, height) = (self.block.layout, self.block.step(), self.height);
        let len = self.block.interleaved() * height;
        let held = m * layout.inputs() * len..self.weights.len().min((m + 1) * layout.inputs() * len);
        let together = (NEAR / (len * size_of::<i16>())).min(TERMS);
        // Sums of a few columns, by exponents modulo 2N: `[exponent mod step][exponent / step]`, with room for runs that pass
        // the end. No column reaches an exponent twice.
        let length = 2 * N / step;
        let stride = length + height;
        let mut near = vec![0i16; step * stride];
        let mut starts = Vec::new();
        let mut sums = vec![vec![0i32; N]; ks.len()];
        for (i, columns) in self.weights[held].chunks(together * len).enumerate() {
            for (&k, sums) in ks.iter().zip(&mut sums) {
                starts.clear();
                for j in 0..columns.len() / len {
                    let shift = k * layout.input_position(together * i + j) % (2 * N);
                    starts.extend((0..self.block.interleaved()).map(|c| {
                        let exponent = (2 * N + 2 * c - shift) % (2 * N);
                        (exponent & (step - 1)) * stride + (exponent >> step.ilog2())
                    }));
                }
                near.fill(0);
                kernel::add_runs(&mut near, &starts, columns, height);
                for (sums, near) in sums.chunks_exact_mut(length / 2).zip(near.chunks_exact_mut(stride)) {
                    let (near, passed) = near.split_at_mut(length);
                    kernel::add_weights(near, passed);
                    let (below, above) = near.split_at(length / 2);
                    kernel::add_difference(sums, below, above);
                }
            }
        }
        sums
    }
}

/// The inverse of a giant step, and of the upper half's rotation, on a polynomial: values in Montgomery form.
fn values(coefficients: &[i32], giant: usize, upper: bool) -> Scratch {
    let mut values = Scratch::take(N);
    let mut image = Scratch::take(LIMBS_Q * STRIDE);
    for (i, (m, ntt)) in MODULI.iter().zip(ntts()).take(LIMBS_Q).enumerate() {
        let image = limb_mut(&mut image, i);
        kernel::reduce_signed(coefficients, &mut values, m);
        ntt.forward(&mut values);
        kernel::permute(&values, 0, image, &INVERSE_GIANT_PERMUTATIONS[giant]);
        if upper {
            values.copy_from_slice(image);
            kernel::permute(&values, 0, image, &INVERSE_ROTATION_PERMUTATIONS[HALF]);
        }
        kernel::scale(image, m.factor(1 << 32), m);
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{input_signs, output_signs};
    use crate::poly::Poly;

    /// The largest weights that there are, with the signs that add up: k = 1 takes 256 of them to one exponent.
    #[test]
    fn sums_of_the_largest_weights_do_not_overflow() {
        let side = 256;
        let shape = Shape { inputs: side, outputs: side };
        let block = Block { layout: Layout::Packed, g: 16, first: 0, outputs: side };
        for sign in [1, -1] {
            let weight = |o: usize, j: usize| match sign * input_signs()[j] * output_signs()[o] {
                1 => 127,
                _ => i8::MIN,
            };
            let weights: Vec<i8> = (0..side * side).map(|i| weight(i / side, i % side)).collect();
            let mut expected = vec![0; N];
            for o in 0..side {
                for j in 0..side {
                    let w = i32::from(weight(o, j)) * i32::from(input_signs()[j] * output_signs()[o]);
                    if o < j { expected[N + o - j] -= w } else { expected[o - j] += w }
                }
            }
            assert!(expected[0].abs() > i32::from(i16::MAX) - 256);
            let found = Columns::new(&block, shape, &weights).sums(0, &[1]);
            assert!(found == [expected]);
        }
    }

    #[test]
    fn plaintexts_are_the_sums_of_the_definition() {
        let shape = Shape { inputs: 1030, outputs: 300 };
        let weights: Vec<i8> = (0..shape.inputs * shape.outputs).map(|i| (i * i % 255) as i8).collect();
        let steps = [(0, 0, 0, 0), (0, 0, 3, 5), (1, 0, 1, 15), (1, 1, 2, 7)];
        let blocks =
            [Layout::Row, Layout::Packed].map(|layout| Block { layout, g: 16, first: 256, outputs: 44 });
        for (block, (m, half, number, b)) in blocks.iter().flat_map(|block| steps.map(|step| (block, step))) {
            let columns = Columns::new(block, shape, &weights);
            let held = block.layout.inputs();
            let giant = steps::giant(block.giant(number)) * steps::rotation(HALF * half) % (2 * N);
            let baby = block.layout.babies(1)[b];
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
            let found = columns.plaintexts(GiantStep { half, number }, &[1, baby], m).pop().unwrap();
            assert_eq!(limb(&found, 0), expected.limb(0));
            assert_eq!(limb(&found, 1), expected.limb(1));
            assert!(limb(&found, 1).iter().all(|&x| x < MODULI[1].p));
        }
    }
}
