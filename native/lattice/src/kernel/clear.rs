//! Products of clear int8 weights with numbers of 49 bits, exact, modulo q. The numbers are those of ciphertexts: public.
//!
//! A number is four limbs of 13 bits, and a weight times a limb fits a vector's 32 bits many times over: pairs of products
//! of 16-bit halves are summed by one instruction. The first row of numbers reads weights from memory, where they are
//! bytes, and leaves a tile of them in the first-level cache, widened to 16 bits, for the other rows.
//!
//! **Unsafe code.** Reads and writes of vectors at positions below lengths that are asserted in the line before.

use crate::params::{Q, REQUEST_BITS};
use crate::simd::{LINE, Simd, kernel};

/// Bits of a limb.
const LIMB_BITS: u32 = 13;
/// Limbs of a number.
const LIMBS: usize = 4;
/// Numbers whose limbs fill a cache line.
const HALVES: usize = 2 * LINE;
/// Weights of one output that are summed in 32 bits.
const CHUNK: usize = 1024;
/// Outputs whose weights are widened together.
const TILE: usize = 8;

const _: () = assert!(REQUEST_BITS <= LIMB_BITS * LIMBS as u32);
// However the products of one limb with a chunk's weights are grouped, no sum exceeds 32 bits.
const _: () = assert!(CHUNK * 128 * ((1 << LIMB_BITS) - 1) <= i32::MAX as usize);
const _: () = assert!(CHUNK.is_multiple_of(HALVES));

/// A cache line of 16-bit halves of words.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Line([i16; HALVES]);

/// One row's numbers, below 2^49, as limbs: a line of each limb in turn. Zeros follow the last number.
pub(crate) struct Limbs {
    lines: Vec<[Line; LIMBS]>,
    inputs: usize,
}

impl Limbs {
    /// The limbs of `numbers`.
    pub(crate) fn new(numbers: &[u64]) -> Self {
        let mut lines = vec![[Line([0; HALVES]); LIMBS]; numbers.len().div_ceil(HALVES)];
        split(&mut lines, numbers);
        Self { lines, inputs: numbers.len() }
    }
}

kernel! {
    /// The limbs of `numbers`, whose last line may be short.
    split, split_body, (lines: &mut [[Line; LIMBS]], numbers: &[u64])
}

#[inline(always)]
fn split_body<S: Simd>(_: S, lines: &mut [[Line; LIMBS]], numbers: &[u64]) {
    for (limbs, numbers) in lines.iter_mut().zip(numbers.chunks(HALVES)) {
        for (limb, line) in limbs.iter_mut().enumerate() {
            for (half, &x) in line.0.iter_mut().zip(numbers) {
                debug_assert!(x >> REQUEST_BITS == 0);
                *half = (x >> (LIMB_BITS * limb as u32)) as i16 & ((1 << LIMB_BITS) - 1);
            }
        }
    }
}

kernel! {
    /// `out[r][o] = sum over i of weights[o][i] * rows[r][i]` modulo q, in 0..q, for `weights` of `inputs` each output.
    multiply_rows, multiply_rows_body, (out: &mut [u64], weights: &[i8], inputs: usize, rows: &[Limbs])
}

#[inline(always)]
fn multiply_rows_body<S: Simd>(s: S, out: &mut [u64], weights: &[i8], inputs: usize, rows: &[Limbs]) {
    let outputs = weights.len() / inputs;
    assert!(weights.len() == outputs * inputs && out.len() == outputs * rows.len());
    assert!(rows.iter().all(|row| row.inputs == inputs));
    let mut tile = [[Line([0; HALVES]); TILE]; CHUNK / HALVES];
    for first_output in (0..outputs).step_by(TILE) {
        let tile_outputs = TILE.min(outputs - first_output);
        for first_input in (0..inputs).step_by(CHUNK) {
            let chunk = CHUNK.min(inputs - first_input);
            let weights = &weights[first_output * inputs + first_input..];
            let weights = Weights { bytes: weights, stride: inputs, chunk };
            for r in 0..rows.len() {
                let row = Row {
                    s,
                    limbs: &rows[r].lines[first_input / HALVES..][..chunk.div_ceil(HALVES)],
                    is_first: r == 0,
                    add: first_input > 0,
                };
                let out = &mut out[r * outputs + first_output..][..tile_outputs];
                if S::LANES < LINE {
                    row.multiply::<2>(out, &mut tile, weights);
                } else {
                    row.multiply::<4>(out, &mut tile, weights);
                }
            }
        }
    }
}

/// The weights of a tile's outputs, `stride` bytes from one to the next; `chunk` of each.
#[derive(Clone, Copy)]
struct Weights<'a> {
    bytes: &'a [i8],
    stride: usize,
    chunk: usize,
}

/// What is multiplied with a tile: a chunk of a row.
struct Row<'a, S: Simd> {
    s: S,
    limbs: &'a [[Line; LIMBS]],
    /// Whether the tile is still to be filled.
    is_first: bool,
    /// Whether products are added to those of the chunks before.
    add: bool,
}

impl<S: Simd> Row<'_, S> {
    /// The products with a tile, `W` outputs at a time, an even number that divides a tile's.
    #[inline(always)]
    fn multiply<const W: usize>(
        &self,
        out: &mut [u64],
        tile: &mut [[Line; TILE]; CHUNK / HALVES],
        weights: Weights<'_>,
    ) {
        let s = self.s;
        for first in (0..out.len()).step_by(W) {
            let mut sums = [[s.splat(0); LIMBS]; W];
            let mut done = 0;
            if self.is_first {
                let mut bytes = [weights.bytes; W];
                for w in 0..W {
                    // Outputs that are not there repeat the last one.
                    let output = (first + w).min(out.len() - 1);
                    bytes[w] = &weights.bytes[output * weights.stride..][..weights.chunk];
                }
                done = weights.chunk / HALVES;
                for i in 0..done {
                    for w in 0..W {
                        // The next tile's weights.
                        s.prefetch(bytes[w], i * HALVES + TILE * weights.stride);
                        widen(s, &bytes[w][i * HALVES..], &mut tile[i][first + w]);
                    }
                    self.add_products(&mut sums, i, &tile[i], first);
                }
                if done < self.limbs.len() {
                    for w in 0..W {
                        let mut last = [0; HALVES];
                        last[..weights.chunk % HALVES].copy_from_slice(&bytes[w][done * HALVES..]);
                        widen(s, &last, &mut tile[done][first + w]);
                    }
                }
            }
            for i in done..self.limbs.len() {
                self.add_products(&mut sums, i, &tile[i], first);
            }
            for w in (0..W).step_by(2) {
                let totals = totals(s, [sums[w], sums[w + 1]]);
                for half in 0..2 {
                    if let Some(out) = out.get_mut(first + w + half) {
                        let x = residue(totals[half]);
                        *out = if self.add { subtract_q_once(*out + x) } else { x };
                    }
                }
            }
        }
    }

    /// Adds the products of a line of every limb with weights of the outputs from `first` on.
    #[inline(always)]
    fn add_products<const W: usize>(
        &self,
        sums: &mut [[S::V; LIMBS]; W],
        line: usize,
        weights: &[Line; TILE],
        first: usize,
    ) {
        let s = self.s;
        let limbs = &self.limbs[line];
        for at in (0..HALVES).step_by(2 * S::LANES) {
            for w in 0..W {
                let weights = read(s, &weights[first + w], at);
                for limb in 0..LIMBS {
                    sums[w][limb] = s.multiply_add_halves(sums[w][limb], weights, read(s, &limbs[limb], at));
                }
            }
        }
    }
}

/// Widens the first weights of `bytes`.
#[inline(always)]
fn widen<S: Simd>(s: S, bytes: &[i8], line: &mut Line) {
    for at in (0..HALVES).step_by(2 * S::LANES) {
        assert!(at + 2 * S::LANES <= bytes.len().min(HALVES));
        // SAFETY: they are there.
        unsafe {
            let halves = s.read_widened(bytes.as_ptr().add(at));
            s.write(halves, line.0.as_mut_ptr().add(at).cast());
        }
    }
}

/// The vector of the halves from `at` on.
#[inline(always)]
fn read<S: Simd>(s: S, line: &Line, at: usize) -> S::V {
    assert!(at + 2 * S::LANES <= HALVES);
    // SAFETY: they are there.
    unsafe { s.read(line.0.as_ptr().add(at).cast()) }
}

/// The sums of the lanes of each vector.
#[inline(always)]
fn totals<S: Simd>(s: S, [a, b]: [[S::V; LIMBS]; 2]) -> [[i32; LIMBS]; 2] {
    let a = add_runs(s, 2, add_runs(s, 1, a[0], a[1]), add_runs(s, 1, a[2], a[3]));
    let b = add_runs(s, 2, add_runs(s, 1, b[0], b[1]), add_runs(s, 1, b[2], b[3]));
    let mut all = add_runs(s, 4, a, b);
    if S::LANES > 2 * LIMBS {
        all = add_runs(s, 8, all, all);
    }
    let mut words = [0; LINE];
    // SAFETY: a line holds a vector.
    unsafe { s.write(all, words.as_mut_ptr()) };
    let mut totals = [[0; LIMBS]; 2];
    for i in 0..2 * LIMBS {
        totals[i / LIMBS][i % LIMBS] = words[i].cast_signed();
    }
    totals
}

/// Runs of `run` words of `a` and `b` in turn, each the sum of two neighbours.
#[inline(always)]
fn add_runs<S: Simd>(s: S, run: usize, a: S::V, b: S::V) -> S::V {
    let (even, odd) = s.transpose(run, a, b);
    s.add(even, odd)
}

/// The residue in 0..q of the number whose limbs, at weights of 2^13 each, are `sums`.
#[inline(always)]
fn residue(sums: [i32; LIMBS]) -> u64 {
    // Two limbs.
    const PAIR: u32 = 2 * LIMB_BITS;
    // A multiple of q, over 2^70.1, which no sum of four limbs of 32 bits reaches.
    const OFFSET: u128 = (Q as u128) << 15;
    const RECIPROCAL: u128 = (1 << (64 + PAIR)) / Q as u128;
    let [a, b, c, d] = sums.map(i64::from);
    let (low, high) = (a + (b << LIMB_BITS), c + (d << LIMB_BITS));
    let number = low.wrapping_add(high << PAIR).cast_unsigned().wrapping_add(OFFSET as u64);
    // The number's bits from `PAIR` on, or one less; below 2^47.
    let top = ((low >> PAIR) + high + (OFFSET >> PAIR) as i64).cast_unsigned();
    // Below the quotient by less than 1 + 2^(PAIR + 1) / q + 2^47 / 2^64: the remainder is below 2q.
    let quotient = ((u128::from(top) * RECIPROCAL) >> 64) as u64;
    subtract_q_once(number.wrapping_sub(quotient.wrapping_mul(Q)))
}

/// `x` modulo q, for `x` below 2q.
#[inline(always)]
fn subtract_q_once(x: u64) -> u64 {
    x.min(x.wrapping_sub(Q))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Level, at_level};
    use crate::test_random::words;
    use proptest::prelude::*;

    const LARGEST: u64 = (1 << REQUEST_BITS) - 1;

    /// The products by definition.
    fn expected(weights: &[i8], inputs: usize, rows: &[Vec<u64>]) -> Vec<u64> {
        let mut out = Vec::new();
        for row in rows {
            for weights in weights.chunks(inputs) {
                let products = weights.iter().zip(row).map(|(&w, &x)| i128::from(w) * i128::from(x));
                out.push(products.sum::<i128>().rem_euclid(Q.into()) as u64);
            }
        }
        out
    }

    fn check(weights: &[i8], inputs: usize, rows: &[Vec<u64>]) {
        let expected = expected(weights, inputs, rows);
        for &level in Level::ALL {
            let found = at_level(level, || {
                let limbs: Vec<Limbs> = rows.iter().map(|row| Limbs::new(row)).collect();
                let mut out = vec![u64::MAX; expected.len()];
                multiply_rows(&mut out, weights, inputs, &limbs);
                out
            });
            assert!(found.is_none_or(|found| found == expected), "{level:?}: {inputs} inputs");
        }
    }

    #[test]
    fn products_are_those_of_definition() {
        for inputs in [1, 7, 31, 32, 33, 63, 64, 65, 768, 1023, 1024, 1025, 3072, 8192] {
            for (outputs, count) in [(1, 1), (2, 3), (7, 1), (8, 2), (13, 5)] {
                let bytes = words(1, outputs * inputs).map(|x| (x >> 24) as u8 as i8);
                let mut numbers = words(2, 2 * count * inputs).map(u64::from);
                let mut number = || (numbers.next().unwrap() << 32 | numbers.next().unwrap()) & LARGEST;
                let rows: Vec<Vec<u64>> =
                    (0..count).map(|_| (0..inputs).map(|_| number()).collect()).collect();
                check(&bytes.collect::<Vec<_>>(), inputs, &rows);
            }
        }
    }

    #[test]
    fn extreme_sums_are_exact() {
        for inputs in [1, 64, 1000, 1024, 8192] {
            for weight in [-128, 127] {
                let rows = [vec![LARGEST; inputs], vec![0; inputs], vec![(1 << 39) - 1; inputs]];
                check(&vec![weight; 3 * inputs], inputs, &rows);
            }
        }
    }

    proptest! {
        #[test]
        fn any_product_is_that_of_definition(
            weights in prop::collection::vec(any::<i8>(), 1..300),
            numbers in prop::collection::vec(0..=LARGEST, 300),
            outputs in 1usize..10,
        ) {
            let inputs = weights.len().div_ceil(outputs);
            let weights = &weights[..weights.len() / inputs * inputs];
            check(weights, inputs, &[numbers[..inputs].to_vec()]);
        }

        #[test]
        fn residues_are_those_of_sums(sums: [i32; LIMBS]) {
            let number: i128 = (0..LIMBS).map(|i| i128::from(sums[i]) << (13 * i)).sum();
            prop_assert_eq!(residue(sums), number.rem_euclid(Q.into()) as u64);
        }
    }

    #[test]
    fn residues_of_extreme_sums() {
        for bits in 0..1 << LIMBS {
            let sums = std::array::from_fn(|i| if bits >> i & 1 == 1 { i32::MAX } else { i32::MIN });
            let number: i128 = (0..LIMBS).map(|i| i128::from(sums[i]) << (13 * i)).sum();
            assert_eq!(residue(sums), number.rem_euclid(Q.into()) as u64);
        }
    }
}
