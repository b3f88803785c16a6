//! Step 5: from sums over q to the bytes of a response.

use super::{COMPONENTS, giants::Quotient};
use crate::bits::Writer;
use crate::buffer::Scratch;
use crate::kernel;
use crate::keys::EvaluationKeys;
use crate::layout::{Block, Layout, groups, packed_row_position};
use crate::matrix::Matrix;
use crate::params::{LIMBS_Q, MODULI, N, PACKED_ROWS, Q, RESPONSE_N, RING_DIGITS, SHARED_BLOCKS, ntts};
use crate::poly::{STRIDE, conversions, limb, limb_mut};
use crate::profile::Step;
use crate::simd::LINE;
use crate::team::{Member, Results};
use std::sync::Arc;

/// Groups of up to two blocks with one a-part over q, and a b-part for each block under its response secret; as
/// coefficients at even exponents.
pub(crate) struct SharedProducts {
    /// Groups of a row.
    groups: usize,
    /// `[row][group][prime]` of parts `[b of block 0, b of block 1, a]`.
    parts: Arc<Results<Scratch>>,
}

/// Parts of shared products.
const SHARED_PARTS: usize = SHARED_BLOCKS + 1;
/// Words from one part to the next.
const PART_STRIDE: usize = RESPONSE_N + LINE;

impl SharedProducts {
    /// The limbs of a group's a-part.
    pub(crate) fn a(&self, row: usize, group: usize) -> [&[u32]; LIMBS_Q] {
        self.part(row, group, SHARED_BLOCKS)
    }

    /// The limbs of the b-part of a group's block.
    pub(crate) fn b(&self, row: usize, group: usize, slot: usize) -> [&[u32]; LIMBS_Q] {
        self.part(row, group, slot)
    }

    fn part(&self, row: usize, group: usize, part: usize) -> [&[u32]; LIMBS_Q] {
        std::array::from_fn(|i| {
            &self.parts[(row * self.groups + group) * LIMBS_Q + i][part * PART_STRIDE..][..RESPONSE_N]
        })
    }
}

/// Switches the sums `[row][block][component]` to the response secrets.
pub(crate) fn switch_ring(
    member: &mut Member,
    keys: &EvaluationKeys,
    blocks: &[Block],
    sums: &Results<Quotient>,
) -> SharedProducts {
    member.timed(Step::Ring, |member| {
        let products = sums.iter().count() / COMPONENTS;
        // `[row][block][prime]` of `[digit]`.
        let digits = member.map(products * LIMBS_Q, |task| {
            let (product, i) = (task / LIMBS_Q, task % LIMBS_Q);
            // Made for each prime anew: a step of its own would take longer.
            let mut coefficients = [0; N];
            sums[product * COMPONENTS + 1].compose(&mut coefficients);
            let mut words = Scratch::take(RING_DIGITS * STRIDE);
            let mut limbs = words.chunks_exact_mut(STRIDE).map(|limb| &mut limb[..N]);
            let out = std::array::from_fn(|_| limbs.next().unwrap_or_default());
            kernel::ring_digits(&coefficients, out, &MODULI[i]);
            for digit in 0..RING_DIGITS {
                ntts()[i].forward(limb_mut(&mut words, digit));
            }
            words
        });
        let groups = groups(blocks).len();
        let parts = member.map(products / blocks.len() * groups * LIMBS_Q, |task| {
            let (row, group, i) = (task / (groups * LIMBS_Q), task / LIMBS_Q % groups, task % LIMBS_Q);
            let first = row * blocks.len() + group * SHARED_BLOCKS;
            let count = SHARED_BLOCKS.min(blocks.len() - group * SHARED_BLOCKS);
            let mut left: [&[u32]; SHARED_BLOCKS * RING_DIGITS] = [&[]; SHARED_BLOCKS * RING_DIGITS];
            let mut right = left;
            for (d, (left, right)) in left.iter_mut().zip(&mut right).take(count * RING_DIGITS).enumerate() {
                let digits = &digits[(first + d / RING_DIGITS) * LIMBS_Q + i];
                (*left, *right) = (limb(digits, d % RING_DIGITS), keys.ring.limb(i, d));
            }
            let mut words = Scratch::take(SHARED_PARTS * STRIDE);
            let (b0, rest) = words.split_at_mut(STRIDE);
            let (b1, a) = rest.split_at_mut(STRIDE);
            let out = [&mut b0[..N], &mut b1[..N], &mut a[..N]];
            let used = count * RING_DIGITS;
            kernel::dot_3(out, &left[..used], &right[..used], keys.ring.stride(), &MODULI[i]);
            let mut even = Scratch::take(SHARED_PARTS * PART_STRIDE);
            for part in (0..count).chain([SHARED_BLOCKS]) {
                let target = &mut even[part * PART_STRIDE..][..RESPONSE_N];
                kernel::add_pairs(target, limb(&words, part), &MODULI[i]);
                ntts()[i].inverse_even(target);
                if part < count {
                    let b = sums[(first + part) * COMPONENTS].limb(i);
                    kernel::add_even(target, b, &MODULI[i]);
                }
            }
            even
        });
        SharedProducts { groups, parts }
    })
}

/// The rows' parts of a response.
pub(super) fn rows(
    member: &mut Member,
    matrix: &Matrix,
    shared: &SharedProducts,
    rows: usize,
) -> Arc<Results<Vec<u8>>> {
    let (t, blocks) = (matrix.info.t, &matrix.row.blocks);
    let [to_a, to_b] = PowerOfTwo::of_response(Layout::Row, t);
    member.timed(Step::Write, |member| {
        member.map(rows, |row| {
            let mut bytes = Vec::with_capacity(Layout::Row.response_len(blocks, t, 1));
            let mut writer = Writer::new(&mut bytes);
            let mut coefficients = vec![0; RESPONSE_N];
            for (group, blocks) in groups(blocks).enumerate() {
                let [a0, a1] = shared.a(row, group);
                conversions().compose(a0, a1, &mut coefficients);
                writer.push_all(coefficients.iter().map(|&x| to_a.round(x)), to_a.bits);
                for (slot, block) in blocks.iter().enumerate() {
                    let [b0, b1] = shared.b(row, group, slot);
                    conversions().compose(b0, b1, &mut coefficients);
                    let b = (0..block.outputs)
                        .map(|o| to_b.round(coefficients[block.output_position(o) * RESPONSE_N / N]));
                    writer.push_all(b, to_b.bits);
                }
            }
            writer.finish();
            bytes
        })
    })
}

/// The parts of a response of `count` packed rows, sixteen in each, of the blocks' sums `[packed rows][component]`.
pub(super) fn packed_rows(
    member: &mut Member,
    matrix: &Matrix,
    products: &[Arc<Results<Quotient>>],
    count: usize,
) -> Arc<Results<Vec<u8>>> {
    let t = matrix.info.t;
    let blocks = Layout::Packed.blocks(matrix.info.outputs as usize, t);
    let [to_a, to_b] = PowerOfTwo::of_response(Layout::Packed, t);
    member.timed(Step::Write, |member| {
        member.map(count.div_ceil(PACKED_ROWS), |part| {
            let rows = PACKED_ROWS.min(count - part * PACKED_ROWS);
            let mut bytes = Vec::with_capacity(Layout::Packed.response_len(&blocks, t, rows));
            let mut writer = Writer::new(&mut bytes);
            let mut coefficients = vec![0; N];
            for (block, product) in blocks.iter().zip(products) {
                product[part * COMPONENTS + 1].compose(&mut coefficients);
                writer.push_all(coefficients.iter().map(|&x| to_a.round(x)), to_a.bits);
                product[part * COMPONENTS].compose(&mut coefficients);
                for row in 0..rows {
                    let b = &coefficients[packed_row_position(row)..][..block.outputs];
                    writer.push_all(b.iter().map(|&x| to_b.round(x)), to_b.bits);
                }
            }
            writer.finish();
            bytes
        })
    })
}

/// Rounding from the modulus q to a power of two.
struct PowerOfTwo {
    bits: u32,
    /// `round(2^(64 + bits) / q)`.
    factor: u64,
}

impl PowerOfTwo {
    /// Of a response's a-parts and b-parts.
    fn of_response(layout: Layout, t: u32) -> [Self; 2] {
        let bits = layout.response_bits(t);
        [Self::new(bits), Self::new(bits - layout.response_dropped_bits())]
    }

    fn new(bits: u32) -> Self {
        Self { bits, factor: (((1u128 << (64 + bits)) + u128::from(Q / 2)) / u128::from(Q)) as u64 }
    }

    /// `round(x * 2^bits / q) mod 2^bits` for `x` below q, off the exact quotient by at most 1/2 + 2^-8.
    fn round(&self, x: u64) -> u64 {
        let product = u128::from(x) * u128::from(self.factor) + (1 << 63);
        (product >> 64) as u64 & ((1 << self.bits) - 1)
    }
}
