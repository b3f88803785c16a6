//! Where inputs and outputs lie in polynomials, and which blocks a matrix is cut into. There are two layouts.
//!
//! **One row in a ciphertext.** A ciphertext holds 1024 inputs of one row. Let g be 2, 4, 8 or 16. A block has up to N/g
//! outputs and is computed as `y(X) = sum_o X^pout(o) * sum_k tau_k(w_o * x)` with `w_o(X) = sum_j W[o][j] X^(-pin(j))`,
//! over the d0 = 1024/g automorphisms `k = ±5^i`, `i < d0/2`. They represent the Galois group of the subring
//! Z\[X^(4g)\], so that the inner sum is d0 times the coefficient of `w_o * x` at 0, which is the product of row o with x,
//! plus terms at exponents `k * (pin(j) - pin(j'))`. Differences of input positions are 0 or 8 modulo 16, or odd:
//!
//! - multiples of 4g, other than 0, vanish in the trace;
//! - odd ones land on odd exponents, and outputs lie on even ones;
//! - what remains is 8 modulo 16 or a multiple of 16 that is no multiple of 4g, and keeps its power of two under
//!   tau_k, while the differences of output positions are 0, ±2, ±4 or ±6 modulo 4g.
//!
//! So every output position holds exactly `d0 * W[o]·x`.
//!
//! **Sixteen rows in a ciphertext.** With M = N/16 and Z = X^M, R is the free module with basis 1, X, .., X^(M-1) over
//! B = Z\[Z\]/(Z^16 + 1). Row r is the coefficient of Z^r: input j of all rows is one element of B, at `pin(j) = j`, and a
//! ciphertext holds M = 256 inputs. The d0 = M automorphisms `k = 5^(8 i)` are those that fix Z, the Galois group of R over
//! B, so that the same sum over them is M times the coefficient in B of `w_o * x` at 1, which is `W[o]·x` for all rows at
//! once, and nothing else. Outputs are at `pout(o) = o`, 256 to a block, and fill a ciphertext: it takes the rotations of
//! one block for sixteen rows, but a table of sixteen times as many words for each weight, since V_k has its own values on
//! each of the sixteen cosets of roots that the automorphisms keep apart.
//!
//! (Traces of subrings for inner products: H. Chen et al., ePrint 2020/015; baby and giant steps: S. Halevi and V. Shoup,
//! CRYPTO 2014 and 2018.)

use crate::automorphism::{
    BABIES, GIANTS, HALF_ROUNDS, PACKED_GIANT_STRIDE, PACKED_ROUNDS, ROW_ROUNDS, steps_of,
};
use crate::bits::packed_len;
use crate::params::{MODULE_N, N, PACKED_ROWS, RANK, RESPONSE_N, SHARED_BLOCKS};
use crate::sampling::public_stream;
use crate::{MatrixInfo, Shape};
use rand_core::Rng;
use std::sync::LazyLock;

/// How the rows of a message lie in its ciphertexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One row in a ciphertext.
    Row,
    /// Sixteen rows in a ciphertext.
    Packed,
}

/// Plaintext moduli are below this where rows are packed: 2^24.5. Blocks of packed rows cannot be cut smaller, and so have
/// the noise that they have; no matrix below the limit has too much.
pub(crate) const PACKED_T_LIMIT: u32 = 0x016a_09e6;

/// What the steps of a product take, in hundredths of a baby step of one row, as they were measured with AVX2 on one thread
/// (docs/adr/0014). They decide when rows are packed, and so are part of the format: integers, and fixed.
struct Cost {
    /// A baby step, with its share of the digits; the identity counts as one.
    baby: usize,
    /// A giant step.
    giant: usize,
    /// The inner product with one polynomial of the table, which is read from memory.
    inner: usize,
    /// What a ciphertext of a request takes before its babies.
    input: usize,
    /// What two blocks take after their giants.
    output: usize,
}

const ROW_COST: Cost = Cost { baby: 100, giant: 75, inner: 3, input: 560, output: 350 };
const PACKED_COST: Cost = Cost { baby: 130, giant: 75, inner: 5, input: 0, output: 0 };

/// What a block of one row takes whose babies are in halves, beside twice its giants; measured like the others, but no part
/// of the format.
const HALF_COST: usize = 250;

impl Layout {
    /// The layout of messages of `rows` rows for the matrix of `info`: the one that costs the server less. Both sides
    /// compute it, so that the number of rows tells the layout.
    pub(crate) fn of(info: &MatrixInfo, rows: usize) -> Self {
        let packed = info.t < PACKED_T_LIMIT && Self::Packed.cost(info, rows) < Self::Row.cost(info, rows);
        if packed { Self::Packed } else { Self::Row }
    }

    /// The cost of a request of `rows` rows, in hundredths of a baby step. All babies are counted, halved or not.
    fn cost(self, info: &MatrixInfo, rows: usize) -> usize {
        let cost = match self {
            Self::Row => ROW_COST,
            Self::Packed => PACKED_COST,
        };
        let ciphertexts = self.ciphertexts(info.inputs as usize);
        let blocks = self.blocks(info.outputs as usize, info.t);
        let giants: usize = blocks.iter().map(Block::giants).sum();
        let inputs = ciphertexts * (cost.input + BABIES * cost.baby);
        let products = giants * (cost.giant + ciphertexts * BABIES * cost.inner);
        rows.div_ceil(self.rows()) * (inputs + products + groups(&blocks).len() * cost.output)
    }

    /// The byte that names the layout in messages.
    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Row => 0,
            Self::Packed => PACKED_ROWS as u8,
        }
    }

    /// Rows in a ciphertext.
    pub(crate) fn rows(self) -> usize {
        match self {
            Self::Row => 1,
            Self::Packed => PACKED_ROWS,
        }
    }

    /// Inputs of a row in a ciphertext.
    pub(crate) fn inputs(self) -> usize {
        match self {
            Self::Row => INPUTS,
            Self::Packed => N / PACKED_ROWS,
        }
    }

    /// Ciphertexts that hold `inputs` inputs of a row.
    pub(crate) fn ciphertexts(self, inputs: usize) -> usize {
        inputs.div_ceil(self.inputs())
    }

    /// The rounds that make the babies of an input, or the lower half of them.
    pub(crate) fn rounds(self, halves: usize) -> &'static [&'static [usize]] {
        match self {
            Self::Row if halves == 2 => HALF_ROUNDS,
            Self::Row => ROW_ROUNDS,
            Self::Packed => PACKED_ROUNDS,
        }
    }

    /// The babies of an input, or the lower half of them.
    pub(crate) fn babies(self, halves: usize) -> Vec<usize> {
        steps_of(self.rounds(halves))
    }

    /// 2 if a server does better to make half of the babies and take twice the giant steps (module `automorphism`), else 1:
    /// each ciphertext of a row needs its babies, while giant steps are as many whatever the inputs. No message depends on
    /// it.
    pub(crate) fn halves(self, shape: Shape, t: u32) -> usize {
        if self == Self::Packed {
            return 1;
        }
        let blocks = self.blocks(shape.outputs, t);
        let giants: usize = blocks.iter().map(Block::giants).sum();
        let babies = self.ciphertexts(shape.inputs) * BABIES / 2 * ROW_COST.baby;
        if giants * ROW_COST.giant + blocks.len() * HALF_COST < babies { 2 } else { 1 }
    }

    /// Degree of the ring of a response's a-parts.
    pub(crate) fn response_n(self) -> usize {
        match self {
            Self::Row => RESPONSE_N,
            Self::Packed => N,
        }
    }

    /// Bits of the modulus 2^r of a response: `bits(t)` and nine or ten more keep the rounding of the response under 1/16
    /// of the distance between plaintexts.
    pub(crate) fn response_bits(self, t: u32) -> u32 {
        match self {
            Self::Row => t.ilog2() + 10,
            Self::Packed => t.ilog2() + 11,
        }
    }

    /// Low bits that a response drops from every coefficient of a b-part.
    pub(crate) fn response_dropped_bits(self) -> u32 {
        match self {
            Self::Row => 5,
            Self::Packed => 6,
        }
    }

    /// Low bits that the response to an online request drops: fewer, so that two roundings are hardly worse than one.
    pub(crate) fn online_dropped_bits(self) -> u32 {
        self.response_dropped_bits() - 3
    }

    /// Bits of a number of the response to an online request: the same in both layouts.
    pub(crate) fn online_bits(self, t: u32) -> u32 {
        self.response_bits(t) - self.online_dropped_bits()
    }

    /// Bytes of a row's, or of a ciphertext of rows', part of a response: `rows` rows of `blocks`.
    pub(crate) fn response_len(self, blocks: &[Block], t: u32, rows: usize) -> usize {
        let bits = self.response_bits(t) as usize;
        let outputs: usize = blocks.iter().map(|block| block.outputs).sum();
        let a_parts = match self {
            Self::Row => groups(blocks).len(),
            Self::Packed => blocks.len(),
        };
        let b = rows * outputs * (bits - self.response_dropped_bits() as usize);
        packed_len(a_parts * self.response_n() * bits + b, 1)
    }

    /// The exponent of input `j` of a ciphertext, of its first row.
    pub(crate) fn input_position(self, j: usize) -> usize {
        match self {
            Self::Row => input_position(j),
            Self::Packed => j,
        }
    }

    /// The blocks of a matrix with `outputs` rows and plaintext modulus `t`.
    ///
    /// In the layout of one row, blocks of 2048 outputs (g = 2) have the fewest bytes per output, smaller ones less noise:
    /// it is proportional to 1/g. Matrices with a large t have large weights or many, and leave less room for noise, so they
    /// are cut smaller.
    pub(crate) fn blocks(self, outputs: usize, t: u32) -> Vec<Block> {
        let largest = match (self, t) {
            (Self::Row, ..=0x00ff_ffff) => 8,            // below 2^24
            (Self::Row, 0x0100_0000..=0x016a_09e5) => 4, // below 2^24.5
            (Self::Row, 0x016a_09e6..=0x02d4_13cc) => 2, // below 2^25.5
            _ => 1,
        };
        let mut blocks = Vec::new();
        let mut first = 0;
        while first < outputs {
            let units = (outputs - first).div_ceil(UNIT);
            let size = (1 << units.ilog2()).min(largest);
            let room = size * UNIT;
            blocks.push(Block { layout: self, g: N / room, first, outputs: room.min(outputs - first) });
            first += room;
        }
        blocks
    }
}

/// The exponents by which row `row` of a message lies above the first of its ciphertext.
pub(crate) fn packed_row_position(row: usize) -> usize {
    row % PACKED_ROWS * (N / PACKED_ROWS)
}

/// Inputs in one ciphertext.
pub(crate) const INPUTS: usize = 1024;
/// Inputs in one sample of a request; two samples interleave in a ciphertext.
pub(crate) const SAMPLE: usize = MODULE_N;
/// Outputs of the smallest block.
pub(crate) const UNIT: usize = 256;

const _: () = assert!(N / SAMPLE == 2 * RANK && INPUTS == SAMPLES * SAMPLE);

/// Samples in a ciphertext.
pub(crate) const SAMPLES: usize = 2;

/// The exponent of input `j` of a ciphertext, j < 1024: coefficient `j mod 512` of a polynomial in X^8, the second of which
/// is multiplied by X.
pub(crate) fn input_position(j: usize) -> usize {
    N / SAMPLE * (j % SAMPLE) + j / SAMPLE
}

/// Outputs that are computed together, with one set of giant steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// How rows lie in it.
    pub(crate) layout: Layout,
    /// 2, 4, 8 or 16: the block has room for N/g outputs. Packed ones have 16.
    pub(crate) g: usize,
    /// The first output of the matrix in this block.
    pub(crate) first: usize,
    /// Outputs of the matrix in this block.
    pub(crate) outputs: usize,
}

impl Block {
    /// Automorphisms of the trace, and so the factor of every output.
    pub(crate) fn trace(&self) -> usize {
        match self.layout {
            Layout::Row => INPUTS / self.g,
            Layout::Packed => N / PACKED_ROWS,
        }
    }

    /// Giant steps, or those of one half.
    pub(crate) fn giants(&self) -> usize {
        self.trace() / BABIES
    }

    /// The number of the i-th giant step among all.
    pub(crate) fn giant(&self, i: usize) -> usize {
        match self.layout {
            Layout::Row => i,
            Layout::Packed => PACKED_GIANT_STRIDE * i,
        }
    }

    /// Consecutive outputs that lie 2 apart, from where the next ones are [`step`](Self::step) above the first.
    pub(crate) fn interleaved(&self) -> usize {
        match self.layout {
            Layout::Row => 4,
            Layout::Packed => 1,
        }
    }

    /// See [`interleaved`](Self::interleaved).
    pub(crate) fn step(&self) -> usize {
        match self.layout {
            Layout::Row => 4 * self.g,
            Layout::Packed => 1,
        }
    }

    /// Exponent of output `o` of the block, of the first row.
    pub(crate) fn output_position(&self, o: usize) -> usize {
        2 * (o % self.interleaved()) + self.step() * (o / self.interleaved())
    }
}

/// Blocks that share the a-part of a response, each under its own secret.
pub(crate) fn groups(blocks: &[Block]) -> std::slice::Chunks<'_, Block> {
    blocks.chunks(SHARED_BLOCKS)
}

const _: () = assert!(INPUTS / 2 / BABIES == GIANTS);
const _: () = assert!(UNIT == N / PACKED_ROWS && PACKED_GIANT_STRIDE * (UNIT / BABIES) <= GIANTS);

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
    use crate::automorphism::{giant, steps_of};
    use std::collections::{BTreeSet, HashSet};

    #[test]
    fn gpt2_shapes_are_cut_as_documented() {
        let cut =
            |outputs, t| Layout::Row.blocks(outputs, t).iter().map(|b| (b.g, b.outputs)).collect::<Vec<_>>();
        assert_eq!(cut(2304, 1 << 23), [(2, 2048), (16, 256)]);
        assert_eq!(cut(768, 1 << 23), [(8, 512), (16, 256)]);
        assert_eq!(cut(3072, 1 << 23), [(2, 2048), (4, 1024)]);
        assert_eq!(cut(1, 1 << 23), [(16, 1)]);
        assert_eq!(cut(513, 1 << 25), [(8, 512), (16, 1)]);
        assert_eq!(cut(600, u32::MAX), [(16, 256), (16, 256), (16, 88)]);
        let packed = Layout::Packed.blocks(600, 1 << 21);
        assert_eq!(packed.iter().map(|b| b.outputs).collect::<Vec<_>>(), [256, 256, 88]);
        assert!(packed.iter().all(|b| (b.trace(), b.giants()) == (256, 16)));
    }

    /// All blocks that there are, but for their outputs.
    fn kinds() -> impl Iterator<Item = Block> {
        let row = [2, 4, 8, 16].map(|g| Block { layout: Layout::Row, g, first: 0, outputs: N / g });
        let packed = Block { layout: Layout::Packed, g: 16, first: 0, outputs: N / 16 };
        row.into_iter().chain([packed])
    }

    #[test]
    fn positions_are_distinct() {
        assert_eq!((0..INPUTS).map(input_position).collect::<HashSet<_>>().len(), INPUTS);
        for block in kinds() {
            let positions: HashSet<_> = (0..block.outputs).map(|o| block.output_position(o)).collect();
            assert_eq!(positions.len(), block.outputs);
            let free = |p: &usize| match block.layout {
                Layout::Row => p.is_multiple_of(2) && *p < N,
                Layout::Packed => *p < packed_row_position(1),
            };
            assert!(positions.iter().all(free));
        }
    }

    /// The claim of the module's documentation, by counting: of the terms `X^(k e)`, e a difference of input positions,
    /// none reaches a difference of output positions, except e = 0, d0 times, or in pairs that cancel. In packed rows,
    /// where e may also lead from row to row, those of e = 0 modulo 256 lead from output to output alike.
    #[test]
    fn traces_leave_the_outputs_alone() {
        for block in kinds() {
            let (differences, outputs): (BTreeSet<usize>, HashSet<usize>) = match block.layout {
                Layout::Row => {
                    let from = [0, 1, 2, 512, 513];
                    let difference = |j, i| (2 * N + input_position(j) - input_position(i)) % (2 * N);
                    let inputs = (0..INPUTS).flat_map(|j| from.map(|i| difference(j, i)));
                    // Differences to the four outputs of the first group; all others are shifts by multiples of 4g.
                    let outputs = (0..block.outputs)
                        .flat_map(|o| [0, 2, 4, 6].map(|q| (2 * N + block.output_position(o) - q) % N));
                    (inputs.collect(), outputs.collect())
                }
                Layout::Packed => ((0..2 * N).collect(), (0..N).collect()),
            };
            let babies = steps_of(block.layout.rounds(1));
            for &e in &differences {
                let mut sums = vec![0i32; N];
                let steps = (0..block.giants())
                    .flat_map(|i| babies.iter().map(move |baby| giant(block.giant(i)) * baby));
                for k in steps {
                    let exponent = k * e % (2 * N);
                    sums[exponent % N] += if exponent < N { 1 } else { -1 };
                }
                let trace = block.trace() as i32;
                let whole = match block.layout {
                    Layout::Row => (e == 0).then_some((0, trace)),
                    Layout::Packed => {
                        e.is_multiple_of(N / 16).then_some((e % N, if e < N { trace } else { -trace }))
                    }
                };
                for (position, sum) in sums.into_iter().enumerate() {
                    let expected = whole.filter(|(at, _)| *at == position).map_or(0, |(_, sum)| sum);
                    assert!(
                        sum == expected || !outputs.contains(&position),
                        "g {}, e {e}, at {position}: {sum}",
                        block.g
                    );
                }
            }
        }
    }

    #[test]
    fn babies_are_halved_where_inputs_are_many() {
        let halves = |inputs, outputs, t| Layout::Row.halves(Shape { inputs, outputs }, t);
        assert_eq!(
            [halves(768, 2304, 1 << 23), halves(768, 768, 1 << 23), halves(2048, 2048, 1 << 24)],
            [1, 1, 1]
        );
        assert_eq!([halves(3072, 768, 1 << 25), halves(8192, 2048, 3 << 24)], [2, 2]);
        assert_eq!(halves(3072, 2304, 1 << 25), 1);
        assert_eq!(Layout::Packed.halves(Shape { inputs: 3072, outputs: 768 }, 1 << 23), 1);
    }

    #[test]
    fn many_rows_are_packed_and_few_are_not() {
        let packed_from = |inputs, outputs| {
            let info = MatrixInfo {
                inputs,
                outputs,
                t: 7_623_311,
                range_bound: 0,
                noise_log2: 0.0,
                failure_log2: 0.0,
            };
            (1..=64).find(|&rows| Layout::of(&info, rows) == Layout::Packed)
        };
        let shapes =
            [(768, 2304), (768, 768), (768, 3072), (3072, 768), (8192, 2048), (256, 768), (64, 192), (1, 1)];
        let from = shapes.map(|(inputs, outputs)| packed_from(inputs, outputs).unwrap());
        assert_eq!(from, [8, 6, 8, 8, 13, 3, 2, 2]);
        let info = MatrixInfo {
            inputs: 64,
            outputs: 64,
            t: PACKED_T_LIMIT,
            range_bound: 0,
            noise_log2: 0.0,
            failure_log2: 0.0,
        };
        assert_eq!(Layout::of(&info, 64), Layout::Row);
    }
}
