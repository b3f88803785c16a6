//! Step 4: the giant steps of the inner products, and their sums.
//!
//! Where babies are halved, the inner products of the upper half lack the automorphism 5^8. Automorphisms commute, so that it
//! is enough to apply it to the sum of their giant steps.

use super::COMPONENTS;
use super::babies::digit_of;
use super::inner::{InnerProducts, RUN, RUNS};
use crate::automorphism::{GIANT_PERMUTATIONS, HALF, ROTATION_PERMUTATIONS};
use crate::buffer::Scratch;
use crate::kernel::{self, TILE};
use crate::keys::EvaluationKeys;
use crate::matrix::Table;
use crate::params::{LIMBS_Q, LIMBS_QP, LIMBS_QP1, MODULI, N, RNS_DIGITS, ntts};
use crate::poly::{STRIDE, conversions, divide_by_special, limb, limb_mut, two_limbs_mut};
use crate::team::{Member, Results};
use std::sync::Arc;

/// Giant steps that are multiplied with their keys at the same time.
const GROUP: usize = 8;

/// Runs of an inner product that are asked for ahead: each is a short stream, which the processor's own prefetching learns
/// too late.
const AHEAD: usize = 2;

/// One component of a ciphertext over q, as coefficients: limbs `[prime]`.
pub(crate) struct Quotient {
    words: Scratch,
}

impl Quotient {
    /// One limb.
    pub(crate) fn limb(&self, i: usize) -> &[u32] {
        limb(&self.words, i)
    }

    /// The coefficients in 0..q.
    pub(crate) fn compose(&self, target: &mut [u64]) {
        conversions().compose(self.limb(0), self.limb(1), target);
    }
}

/// The sums of the giant steps of every block: `[row][block][component]`.
pub(super) fn sums(
    member: &mut Member,
    keys: &EvaluationKeys,
    table: &Table,
    inner: &InnerProducts,
    rows: usize,
) -> Arc<Results<Quotient>> {
    // The giant steps of all halves of all blocks.
    let steps: Vec<usize> = table
        .blocks
        .iter()
        .flat_map(|block| (0..table.halves * block.giants()).map(|i| block.giant(i % block.giants())))
        .collect();
    let images = member.map(rows * steps.len(), |task| {
        let (row, index) = (task / steps.len(), task % steps.len());
        image(inner, row, index, steps[index])
    });
    let images = Images { inner, rows, steps, images };
    let upper = (table.halves == 2).then(|| {
        let sums = half(member, keys, table, &images, 1, None);
        Upper::new(member, sums)
    });
    half(member, keys, table, &images, 0, upper.as_ref())
}

/// Inner products, and what the giant steps make of them.
struct Images<'a> {
    inner: &'a InnerProducts,
    rows: usize,
    /// The numbers of the giant steps, in the order of the table.
    steps: Vec<usize>,
    /// `[row][giant step]`.
    images: Arc<Results<Scratch>>,
}

/// The sums of one half of every block, and of the upper one rotated: `[row][block][component]`.
fn half(
    member: &mut Member,
    keys: &EvaluationKeys,
    table: &Table,
    images: &Images,
    half: usize,
    upper: Option<&Upper>,
) -> Arc<Results<Quotient>> {
    let (blocks, rows) = (table.blocks.len(), images.rows);
    let mut next = 0;
    let mut ranges = Vec::with_capacity(blocks);
    for block in &table.blocks {
        ranges.push(next + half * block.giants()..next + (half + 1) * block.giants());
        next += table.halves * block.giants();
    }
    // `[block][limb][row]` of `[component]`: sums over q·P1·P2, as coefficients. All rows use a key while it is near.
    let switched = member.map(blocks * LIMBS_QP * rows, |task| {
        let (block, i, row) = (task / (LIMBS_QP * rows), task / rows % LIMBS_QP, task % rows);
        let used: Vec<(usize, usize, &[u32])> = ranges[block]
            .clone()
            .map(|index| {
                let image = &images.images[row * images.steps.len() + index];
                (index, images.steps[index], limb(image, i))
            })
            .collect();
        let mut sum = switch(keys, &used, i);
        if let Some(upper) = upper {
            upper.add_rotated(&mut sum, keys, row * blocks + block, i);
        }
        if i < LIMBS_Q {
            add_direct(&mut sum, images.inner, row, &used, i);
        }
        for c in 0..COMPONENTS {
            ntts()[i].inverse(limb_mut(&mut sum, c));
        }
        sum
    });
    member.map(rows * blocks * COMPONENTS, |task| {
        let (row, block, c) = (task / (blocks * COMPONENTS), task / COMPONENTS % blocks, task % COMPONENTS);
        let mut words = Scratch::take(LIMBS_QP * STRIDE);
        for i in 0..LIMBS_QP {
            limb_mut(&mut words, i).copy_from_slice(limb(&switched[(block * LIMBS_QP + i) * rows + row], c));
        }
        divide_by_special(&mut words);
        Quotient { words }
    })
}

/// The sums of the upper halves of blocks, whose babies are to be rotated.
struct Upper {
    /// `[row][block][component]`.
    sums: Arc<Results<Quotient>>,
    /// `[row][block][digit]`: of component a, over q·P1.
    digits: Arc<Results<Scratch>>,
}

impl Upper {
    fn new(member: &mut Member, sums: Arc<Results<Quotient>>) -> Self {
        let products = sums.iter().count() / COMPONENTS;
        let digits = member.map(products * RNS_DIGITS, |task| {
            let (product, digit) = (task / RNS_DIGITS, task % RNS_DIGITS);
            digit_of(sums[product * COMPONENTS + 1].limb(digit), None, digit)
        });
        Self { sums, digits }
    }

    /// Adds limb i of the rotation of a product, times P1·P2, to `sum`: limbs `[component]`, values. The rotation's keys are
    /// over q·P1, and it is divided with the sum.
    fn add_rotated(&self, sum: &mut [u32], keys: &EvaluationKeys, product: usize, i: usize) {
        if i >= LIMBS_QP1 {
            return; // it is a multiple of P2
        }
        let (m, key) = (&MODULI[i], &keys.rotations[HALF - 1]);
        let digits: [&[u32]; RNS_DIGITS] =
            std::array::from_fn(|d| limb(&self.digits[product * RNS_DIGITS + d], i));
        let mut rotated = Scratch::take(COMPONENTS * STRIDE);
        let out = two_limbs_mut(&mut rotated, 0, 1);
        kernel::dot(out, &digits, &[key.limb(i, 0), key.limb(i, 1)], key.stride(), m);
        let mut other = Scratch::take(N);
        if i < LIMBS_Q {
            other.copy_from_slice(self.sums[product * COMPONENTS].limb(i));
            ntts()[i].forward(&mut other);
            kernel::add(limb_mut(&mut rotated, 0), &other, m);
        }
        for c in 0..COMPONENTS {
            kernel::permute(limb(&rotated, c), 0, &mut other, &ROTATION_PERMUTATIONS[HALF]);
            kernel::add_scaled(limb_mut(sum, c), &other, conversions().special(i), m);
        }
    }
}

/// The automorphism of component a of an inner product, as values over q·P1·P2 (over q if it is the identity, which needs
/// no switch).
fn image(inner: &InnerProducts, row: usize, index: usize, giant: usize) -> Scratch {
    let permutation = &GIANT_PERMUTATIONS[giant];
    let mut image = Scratch::take(LIMBS_QP * STRIDE);
    let source: [[&[u32]; RUNS]; LIMBS_Q] =
        std::array::from_fn(|i| std::array::from_fn(|run| inner.run(i, run, row, index, 1)));
    let runs = source.as_flattened();
    for (k, words) in runs.iter().enumerate() {
        if let Some(ahead) = runs.get(k + AHEAD) {
            kernel::prefetch(ahead);
        }
        kernel::permute(words, k % RUNS * RUN, limb_mut(&mut image, k / RUNS), permutation);
    }
    if giant == 0 {
        return image;
    }
    let mut special = Scratch::take((LIMBS_QP - LIMBS_Q) * STRIDE);
    conversions().extend(source.each_ref().map(|limb| &limb[..]), two_limbs_mut(&mut special, 0, 1));
    for i in LIMBS_Q..LIMBS_QP {
        let special = limb_mut(&mut special, i - LIMBS_Q);
        ntts()[i].forward(special);
        kernel::permute(special, 0, limb_mut(&mut image, i), permutation);
    }
    image
}

/// The sum over giant steps of the products of their images with their keys, modulo prime i: limbs `[component]`.
fn switch(keys: &EvaluationKeys, used: &[(usize, usize, &[u32])], i: usize) -> Scratch {
    let mut sum = Scratch::take(COMPONENTS * STRIDE);
    sum.fill(0);
    let switched: Vec<(&[u32], &[u32])> = used
        .iter()
        .filter_map(|&(_, giant, image)| Some((image, keys.giants[giant.checked_sub(1)?].limb(i, 0))))
        .collect();
    for group in switched.chunks(GROUP) {
        let mut digits: [&[u32]; GROUP] = [&[]; GROUP];
        let mut keys = digits;
        for ((digit, key), used) in digits.iter_mut().zip(&mut keys).zip(group) {
            (*digit, *key) = *used;
        }
        let out = two_limbs_mut(&mut sum, 0, 1);
        kernel::dot_add(out, &digits[..group.len()], &keys[..group.len()], TILE, &MODULI[i]);
    }
    sum
}

/// Adds what needs no switch, multiplied by P1·P2: component b of all giant steps, and a of the identity.
fn add_direct(sum: &mut [u32], inner: &InnerProducts, row: usize, used: &[(usize, usize, &[u32])], i: usize) {
    let (m, special) = (&MODULI[i], conversions().special(i));
    let mut direct = Scratch::take(N);
    direct.fill(0);
    let source = |k: usize| inner.run(i, k % RUNS, row, used[k / RUNS].0, 0);
    for k in 0..used.len() * RUNS {
        if k + AHEAD < used.len() * RUNS {
            kernel::prefetch(source(k + AHEAD));
        }
        let permutation = &GIANT_PERMUTATIONS[used[k / RUNS].1];
        kernel::add_permuted(&mut direct, source(k), k % RUNS * RUN, permutation, m);
    }
    if let Some((.., image)) = used.iter().find(|(_, giant, _)| *giant == 0) {
        kernel::add_scaled(limb_mut(sum, 1), image, special, m);
    }
    kernel::add_scaled(limb_mut(sum, 0), &direct, special, m);
}
