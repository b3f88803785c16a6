//! The server's half: from a request to a response.
//!
//! 1. *Expansion*: the eight module secrets of a request are switched to `s`.
//! 2. *Babies*: 15 automorphisms of every input, from one set of digits (hoisting).
//! 3. *Inner products* with the matrix, tile after tile.
//! 4. *Giants*: the automorphisms of the inner products, summed before one common division by P1·P2.
//! 5. *Response*: a switch to the subring of even exponents, where the outputs lie, and to the modulus 2^r.
//!
//! Packed rows (module `layout`) come as ciphertexts under `s` and fill them: they need neither the first step nor the
//! switch of the last. Their babies are made in rounds.
#![allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "indices run over the lengths that the matrix and the keys have by construction; a limb's is that of several"
)]

use crate::automorphism::{BABIES, GIANT_PERMUTATIONS, ROTATION_PERMUTATIONS};
use crate::bits::Writer;
use crate::buffer::Scratch;
use crate::encrypt::{PARTS_STRIDE, packed_public, parse_rows, public_parts, row_len};
use crate::format::{self, Kind, REQUEST_HEAD, RequestHead, ResponseHead, SCHEME_RLWE};
use crate::kernel::{self, LANES, SPARSE_STRIDE, Switch, TILE, TILES};
use crate::keys::{EvaluationKeys, SwitchingKey};
use crate::layout::{Block, INPUTS, Layout, SAMPLE, groups, packed_row_position};
use crate::matrix::{Matrix, Table};
use crate::params::{
    LIMBS_Q, LIMBS_QP, LIMBS_QP1, MODULI, N, PACKED_ROWS, Q, RANK, RESPONSE_N, RING_DIGITS, RNS_DIGITS,
    SHARED_BLOCKS, ntts,
};
use crate::poly::{P1_LIMB, Poly, STRIDE, conversions, divide_by_special, limb, limb_mut, two_limbs_mut};
use crate::profile::{Step, timed};
use crate::{FormatError, MatrixInfo};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A ciphertext over q under `s`: `b + a·s` is the phase. Limbs `[component][prime]`, component b first.
pub(crate) struct Ciphertext {
    words: Scratch,
}

/// Components of a ciphertext.
const COMPONENTS: usize = 2;

impl Ciphertext {
    fn new() -> Self {
        Self { words: Scratch::take(COMPONENTS * LIMBS_Q * STRIDE) }
    }

    /// One limb of component b.
    pub(crate) fn b(&self, i: usize) -> &[u32] {
        limb(&self.words, i)
    }

    /// One limb of component a.
    pub(crate) fn a(&self, i: usize) -> &[u32] {
        limb(&self.words, LIMBS_Q + i)
    }

    /// One limb of both components.
    fn both_mut(&mut self, i: usize) -> [&mut [u32]; COMPONENTS] {
        two_limbs_mut(&mut self.words, i, LIMBS_Q + i)
    }
}

/// Bytes of a request of `rows` rows of `inputs`.
pub(crate) fn request_len(inputs: usize, rows: usize) -> usize {
    REQUEST_HEAD + rows * row_len(inputs)
}

/// Ciphertexts' rows that are multiplied at the same time: enough to read the matrix seldom, few enough to bound memory
/// (about 3.5 MB for 768 inputs and 2304 outputs).
const BATCH: usize = 8;

/// Answers a request for at most `limit` rows.
pub(crate) fn multiply(
    keys: &EvaluationKeys,
    matrix: &Matrix,
    request: &[u8],
    limit: usize,
) -> Result<Vec<u8>, FormatError> {
    // On a thread of the pool from here on: a step that is entered from outside costs a hand-over and a wake-up.
    rayon::scope(|_| multiply_rows(keys, matrix, request, limit))
}

fn multiply_rows(
    keys: &EvaluationKeys,
    matrix: &Matrix,
    request: &[u8],
    limit: usize,
) -> Result<Vec<u8>, FormatError> {
    let (head, rows) = timed(Step::Parse, || parse_request(&matrix.info, request, limit))?;
    let mut response = ResponseHead::to(&head, &matrix.info).write(SCHEME_RLWE);
    match head.layout {
        Layout::Row => {
            for (i, batch) in rows.chunks(BATCH).enumerate() {
                let products = products(keys, matrix, &head, BATCH * i, batch);
                let rows: Vec<Vec<u8>> = products.par_iter().map(|row| respond(keys, matrix, row)).collect();
                rows.into_iter().for_each(|row| response.extend(row));
            }
        }
        Layout::Packed => {
            let products = packed_products(keys, matrix, &head, &rows);
            let respond = |(i, products): (usize, &Vec<Ciphertext>)| {
                let rows = PACKED_ROWS.min(head.rows as usize - i * PACKED_ROWS);
                respond_packed(matrix, products, rows)
            };
            let parts: Vec<Vec<u8>> = products.par_iter().enumerate().map(respond).collect();
            parts.into_iter().for_each(|part| response.extend(part));
        }
    }
    Ok(response)
}

/// Checks a request: its head, and the b-parts `[row, or packed rows][ciphertext]`.
pub(crate) fn parse_request(
    info: &MatrixInfo,
    request: &[u8],
    limit: usize,
) -> Result<(RequestHead, Vec<Vec<Poly>>), FormatError> {
    let (head, body) = RequestHead::parse(request, SCHEME_RLWE, info, limit)?;
    let inputs = info.inputs as usize;
    format::check_len(Kind::Request, request, request_len(inputs, head.rows as usize))?;
    let rows = body
        .par_chunks(head.layout.rows() * row_len(inputs))
        .map(|rows| parse_rows(rows, head.layout, inputs))
        .collect::<Result<_, _>>()?;
    Ok((head, rows))
}

/// Steps 1 to 4: the encrypted outputs, `[row][block]`, as coefficients, of `rows`, which begin at row `first`.
pub(crate) fn products(
    keys: &EvaluationKeys,
    matrix: &Matrix,
    head: &RequestHead,
    first: usize,
    rows: &[Vec<Poly>],
) -> Vec<Vec<Ciphertext>> {
    let inputs: Vec<Vec<Ciphertext>> = timed(Step::Expand, || {
        let row = |(row, polys): (usize, &Vec<Poly>)| {
            let expand = |(i, b)| {
                let inputs = INPUTS.min(matrix.info.inputs as usize - i * INPUTS);
                expand(keys, head, first + row, i, inputs, b)
            };
            polys.par_iter().enumerate().map(expand).collect()
        };
        rows.par_iter().enumerate().map(row).collect()
    });
    let babies: Vec<Vec<Ciphertext>> = timed(Step::Babies, || {
        let row = |row: Vec<Ciphertext>| {
            let babies = |input| babies(keys, input, Layout::Row);
            let steps: Vec<Vec<Ciphertext>> = row.into_par_iter().map(babies).collect();
            steps.into_iter().flatten().collect()
        };
        inputs.into_par_iter().map(row).collect()
    });
    sums(keys, &matrix.row, &babies)
}

/// Steps 3 and 4: the outputs of the table's blocks, `[row][block]`, of `[row][ciphertext * baby]`.
fn sums(keys: &EvaluationKeys, table: &Table, babies: &[Vec<Ciphertext>]) -> Vec<Vec<Ciphertext>> {
    let inner = timed(Step::Inner, || InnerProducts::new(table, babies));
    let workers = (rayon::current_num_threads() / babies.len()).max(1);
    timed(Step::Giants, || {
        (0..babies.len()).into_par_iter().map(|row| giants(keys, table, &inner, row, workers)).collect()
    })
}

/// Steps 2 to 4 of packed rows: the encrypted outputs, `[packed rows][block]`, as coefficients.
pub(crate) fn packed_products(
    keys: &EvaluationKeys,
    matrix: &Matrix,
    head: &RequestHead,
    rows: &[Vec<Poly>],
) -> Vec<Vec<Ciphertext>> {
    let babies: Vec<Vec<Ciphertext>> = timed(Step::Babies, || {
        let inputs: Vec<(usize, usize, &Poly)> = rows
            .iter()
            .enumerate()
            .flat_map(|(i, polys)| polys.iter().enumerate().map(move |(c, b)| (i * PACKED_ROWS, c, b)))
            .collect();
        let steps: Vec<Vec<Ciphertext>> = inputs
            .into_par_iter()
            .with_max_len(1)
            .map(|(row, c, b)| babies(keys, packed_input(head, row, c, b), Layout::Packed))
            .collect();
        let mut steps = steps.into_iter();
        rows.iter().map(|polys| steps.by_ref().take(polys.len()).flatten().collect()).collect()
    });
    let mut products: Vec<Vec<Ciphertext>> = rows.iter().map(|_| Vec::new()).collect();
    for table in matrix.packed() {
        for (products, sums) in products.iter_mut().zip(sums(keys, &table, &babies)) {
            products.extend(sums);
        }
    }
    products
}

/// The ciphertext, as values, of packed rows' b-part (coefficients) and its public part.
fn packed_input(head: &RequestHead, row: usize, ciphertext: usize, b: &Poly) -> Ciphertext {
    let a = packed_public(head, row, ciphertext);
    let mut input = Ciphertext::new();
    let parts = b.limbs().zip(ntts()).chain(a.limbs().zip(ntts()));
    for (target, (source, ntt)) in input.words.chunks_exact_mut(STRIDE).zip(parts) {
        target[..N].copy_from_slice(source);
        ntt.forward(&mut target[..N]);
    }
    input
}

/// What is to be subtracted from a polynomial's limb of prime i of q, as values, before it is divided by P1: the residues
/// of its limb of P1, `special` (coefficients).
fn remainder_of_p1(special: &[u32], i: usize, remainder: &mut [u32]) {
    kernel::lift(special, remainder, &MODULI[P1_LIMB], &MODULI[i]);
    ntts()[i].forward(remainder);
}

/// Step 1: the ciphertext, as values, of module samples `b` (coefficients) and their public parts.
fn expand(
    keys: &EvaluationKeys,
    head: &RequestHead,
    row: usize,
    ciphertext: usize,
    inputs: usize,
    b: &Poly,
) -> Ciphertext {
    const DIGITS: usize = RANK * RNS_DIGITS;
    // Samples two and three, if there are any, are the odd part.
    let even_only = inputs <= 2 * SAMPLE;
    let parts = if even_only { 1 } else { 2 };
    let (public, values) = rayon::join(
        || public_parts(head, row, ciphertext, inputs),
        || {
            let mut values = Scratch::take(LIMBS_Q * STRIDE);
            for i in 0..LIMBS_Q {
                limb_mut(&mut values, i).copy_from_slice(b.limb(i));
                ntts()[i].forward(limb_mut(&mut values, i));
            }
            values
        },
    );
    // `[limb][part][digit]`
    let mut digits = Scratch::take(LIMBS_QP1 * 2 * DIGITS * SPARSE_STRIDE);
    digits.par_chunks_exact_mut(DIGITS * SPARSE_STRIDE).enumerate().for_each(|(chunk, digits)| {
        let (i, part) = (chunk / 2, chunk % 2);
        if part >= parts {
            return;
        }
        for (digit, target) in digits.chunks_exact_mut(SPARSE_STRIDE).enumerate() {
            let (k, prime) = (digit / RNS_DIGITS, digit % RNS_DIGITS);
            let source = &public[k * PARTS_STRIDE + (prime * 2 + part) * SPARSE_STRIDE..][..SPARSE_STRIDE];
            if prime == i {
                target.copy_from_slice(source);
            } else {
                kernel::lift(source, target, &MODULI[prime], &MODULI[i]);
            }
            ntts()[i].forward_sparse(target);
        }
    });
    let mut sum = Ciphertext::new();
    let mut special = Scratch::take(COMPONENTS * STRIDE);
    let switch = |i: usize, out: [&mut [u32]; COMPONENTS]| {
        let keys: [&[u32]; DIGITS] = std::array::from_fn(|d| keys.expansion[d].limb(i));
        let digits = &digits[i * 2 * DIGITS * SPARSE_STRIDE..][..2 * DIGITS * SPARSE_STRIDE];
        kernel::expand(out, digits, even_only, &keys, &*ntts()[i].x_values, &MODULI[i]);
    };
    let (low, high) = sum.words.split_at_mut(LIMBS_Q * STRIDE);
    rayon::join(
        || {
            switch(P1_LIMB, two_limbs_mut(&mut special, 0, 1));
            ntts()[P1_LIMB].inverse(limb_mut(&mut special, 0));
            ntts()[P1_LIMB].inverse(limb_mut(&mut special, 1));
        },
        || {
            for i in 0..LIMBS_Q {
                switch(i, [limb_mut(low, i), limb_mut(high, i)]);
            }
        },
    );
    (0..COMPONENTS * LIMBS_Q).into_par_iter().zip(sum.words.par_chunks_exact_mut(STRIDE)).for_each(
        |(index, target)| {
            let (component, i) = (index / LIMBS_Q, index % LIMBS_Q);
            let mut remainder = Scratch::take(N);
            remainder_of_p1(limb(&special, component), i, &mut remainder);
            let target = &mut target[..N];
            kernel::subtract_scale(target, &remainder, conversions().p1_inverse(i), &MODULI[i]);
            if component == 0 {
                kernel::add(target, limb(&values, i), &MODULI[i]);
            }
        },
    );
    sum
}

/// Step 2: the babies of an input, `[BABIES]`, as values.
fn babies(keys: &EvaluationKeys, input: Ciphertext, layout: Layout) -> Vec<Ciphertext> {
    layout.rounds().iter().fold(vec![input], |babies, round| {
        babies.into_par_iter().flat_map_iter(|baby| rotations(keys, baby, round)).collect()
    })
}

/// An input and its rotations by `steps`, as values.
fn rotations(keys: &EvaluationKeys, input: Ciphertext, steps: &[usize]) -> Vec<Ciphertext> {
    // The RNS digits of component a: for each prime of q the centred residues, over q·P1: `[limb][digit]`. (The gadget of
    // a digit is 1 modulo its own prime and 0 modulo the other: J.-C. Bajard et al., ePrint 2016/510.)
    let mut digits = Scratch::take(RNS_DIGITS * LIMBS_QP1 * STRIDE);
    digits.par_chunks_exact_mut(LIMBS_QP1 * STRIDE).enumerate().for_each(|(digit, target)| {
        let mut coefficients = Scratch::take(N);
        coefficients.copy_from_slice(input.a(digit));
        ntts()[digit].inverse(&mut coefficients);
        for i in 0..LIMBS_QP1 {
            let target = limb_mut(target, i);
            if i == digit {
                target.copy_from_slice(input.a(digit));
            } else {
                kernel::lift(&coefficients, target, &MODULI[digit], &MODULI[i]);
                ntts()[i].forward(target);
            }
        }
    });
    let digit = |i: usize| [limb(&digits, i), limb(&digits, LIMBS_QP1 + i)];
    let rotated: Vec<Ciphertext> = steps
        .par_iter()
        .with_max_len(1)
        .map(|&step| {
            let keys = &keys.rotations[step - 1];
            let key = |i: usize| [keys[0].limb(i), keys[1].limb(i)];
            let mut special = Scratch::take(COMPONENTS * STRIDE);
            let out = two_limbs_mut(&mut special, 0, 1);
            kernel::dot(out, &digit(P1_LIMB), &key(P1_LIMB), &MODULI[P1_LIMB]);
            ntts()[P1_LIMB].inverse(limb_mut(&mut special, 0));
            ntts()[P1_LIMB].inverse(limb_mut(&mut special, 1));
            let mut sum = Ciphertext::new();
            let mut remainder = Scratch::take(COMPONENTS * STRIDE);
            for i in 0..LIMBS_Q {
                for c in 0..COMPONENTS {
                    remainder_of_p1(limb(&special, c), i, limb_mut(&mut remainder, c));
                }
                let switch = Switch {
                    digits: &digit(i),
                    keys: &key(i),
                    remainder: [limb(&remainder, 0), limb(&remainder, 1)],
                    inverse: conversions().p1_inverse(i),
                    addend: input.b(i),
                    permutation: &ROTATION_PERMUTATIONS[step],
                };
                kernel::finish_switch(sum.both_mut(i), switch, &MODULI[i]);
            }
            sum
        })
        .collect();
    [input].into_iter().chain(rotated).collect()
}

/// Step 3: for every row and giant step the inner product of the matrix with the baby steps.
struct InnerProducts {
    giants: usize,
    /// Words from one (limb, tile) to the next: not a power of two.
    stride: usize,
    /// `[limb][tile][row][giant][component][lane]`, values.
    words: Scratch,
}

impl InnerProducts {
    /// `babies` is `[row][ciphertext * baby]`.
    fn new(table: &Table, babies: &[Vec<Ciphertext>]) -> Self {
        let (rows, giants) = (babies.len(), table.giants);
        let inputs = table.ciphertexts * BABIES;
        let stride = rows * giants * TILE + LANES;
        let mut words = Scratch::take(LIMBS_Q * TILES * stride);
        words.par_chunks_exact_mut(stride).enumerate().with_min_len(16).for_each_init(
            || Scratch::take(rows * inputs * TILE),
            |tiles, (chunk, out)| {
                let (i, tile) = (chunk / TILES, chunk % TILES);
                let range = tile * LANES..(tile + 1) * LANES;
                for (target, ciphertext) in tiles.chunks_exact_mut(TILE).zip(babies.iter().flatten()) {
                    let (b, a) = target.split_at_mut(LANES);
                    b.copy_from_slice(&ciphertext.b(i)[range.clone()]);
                    a.copy_from_slice(&ciphertext.a(i)[range.clone()]);
                }
                let factors = table.tile(i, tile);
                kernel::tile_products(&mut out[..rows * giants * TILE], factors, tiles, inputs, &MODULI[i]);
            },
        );
        Self { giants, stride, words }
    }

    /// The first tile of one limb, row and giant step; the others follow at `stride`.
    fn tiles(&self, i: usize, row: usize, giant: usize) -> &[u32] {
        &self.words[i * TILES * self.stride + (row * self.giants + giant) * TILE..]
    }
}

/// Giant steps that are multiplied with their keys at the same time.
const GIANT_TASK: usize = 4;

/// A sum of giant steps before its division by P1·P2, values.
struct GiantSum {
    /// Switched parts, over q·P1·P2: limbs `[component][prime]`.
    switched: Scratch,
    /// What needs no switch, over q: limbs `[component][prime]`.
    direct: Scratch,
}

/// Step 4: the blocks' sums of giant steps of one row, as coefficients.
fn giants(
    keys: &EvaluationKeys,
    table: &Table,
    inner: &InnerProducts,
    row: usize,
    workers: usize,
) -> Vec<Ciphertext> {
    let mut tasks = Vec::new();
    let mut first = 0;
    for (index, block) in table.blocks.iter().enumerate() {
        for step in (0..block.giants()).step_by(GIANT_TASK) {
            tasks.push((index, first, step..block.giants().min(step + GIANT_TASK)));
        }
        first += block.giants();
    }
    let next = AtomicUsize::new(0);
    let work = |_| {
        let mut sums: Vec<Option<GiantSum>> = table.blocks.iter().map(|_| None).collect();
        while let Some((block, first, steps)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let sum = sums[*block].get_or_insert_with(GiantSum::zero);
            sum.add_steps(keys, &table.blocks[*block], inner, row, *first, steps.clone());
        }
        sums
    };
    let sums =
        (0..workers).into_par_iter().with_max_len(1).map(work).reduce_with(merge_sums).unwrap_or_default();
    sums.into_par_iter().map(|sum| sum.unwrap_or_else(GiantSum::zero).finish()).collect()
}

/// Sums of two workers, for every block.
fn merge_sums(left: Vec<Option<GiantSum>>, right: Vec<Option<GiantSum>>) -> Vec<Option<GiantSum>> {
    let merge = |pair| match pair {
        (Some(left), Some(right)) => Some(GiantSum::merge(left, &right)),
        (left, right) => left.or(right),
    };
    left.into_iter().zip(right).map(merge).collect()
}

impl GiantSum {
    fn zero() -> Self {
        let zero = |limbs: usize| {
            let mut words = Scratch::take(limbs * STRIDE);
            words.fill(0);
            words
        };
        Self { switched: zero(COMPONENTS * LIMBS_QP), direct: zero(COMPONENTS * LIMBS_Q) }
    }

    /// Adds giant steps `steps` of a block whose inner products begin at `first`.
    fn add_steps(
        &mut self,
        keys: &EvaluationKeys,
        block: &Block,
        inner: &InnerProducts,
        row: usize,
        first: usize,
        steps: std::ops::Range<usize>,
    ) {
        let mut copies = Scratch::take(LIMBS_QP * STRIDE);
        let mut digits = Scratch::take(GIANT_TASK * LIMBS_QP * STRIDE);
        let mut used: Vec<(&[u32], &SwitchingKey)> = Vec::with_capacity(GIANT_TASK);
        for (step, image) in steps.zip(digits.chunks_exact_mut(LIMBS_QP * STRIDE)) {
            let giant = block.giant(step);
            let permutation = &GIANT_PERMUTATIONS[giant];
            for i in 0..LIMBS_Q {
                kernel::take_giant(
                    inner.tiles(i, row, first + step),
                    inner.stride,
                    limb_mut(&mut copies, i),
                    limb_mut(image, i),
                    limb_mut(&mut self.direct, i),
                    permutation,
                    &MODULI[i],
                );
            }
            let Some(key) = giant.checked_sub(1).map(|i| &keys.giants[i]) else {
                for i in 0..LIMBS_Q {
                    kernel::add(limb_mut(&mut self.direct, LIMBS_Q + i), limb(image, i), &MODULI[i]);
                }
                continue;
            };
            for i in 0..LIMBS_Q {
                ntts()[i].inverse(limb_mut(&mut copies, i));
            }
            let (low, high) = copies.split_at_mut(LIMBS_Q * STRIDE);
            conversions().extend(low, two_limbs_mut(high, 0, 1));
            for i in LIMBS_Q..LIMBS_QP {
                let special = limb_mut(high, i - LIMBS_Q);
                ntts()[i].forward(special);
                kernel::permute(special, limb_mut(image, i), permutation);
            }
            used.push((image, key));
        }
        for (i, m) in MODULI.iter().enumerate() {
            let mut digits: [&[u32]; GIANT_TASK] = [&[]; GIANT_TASK];
            let mut keys = digits;
            for ((digit, key), (image, switching)) in digits.iter_mut().zip(&mut keys).zip(&used) {
                (*digit, *key) = (limb(image, i), switching.limb(i));
            }
            let out = two_limbs_mut(&mut self.switched, i, LIMBS_QP + i);
            kernel::dot_add(out, &digits[..used.len()], &keys[..used.len()], m);
        }
    }

    fn merge(mut self, other: &Self) -> Self {
        for c in 0..COMPONENTS {
            for (i, m) in MODULI.iter().enumerate() {
                let at = c * LIMBS_QP + i;
                kernel::add(limb_mut(&mut self.switched, at), limb(&other.switched, at), m);
            }
            for (i, m) in MODULI.iter().enumerate().take(LIMBS_Q) {
                let at = c * LIMBS_Q + i;
                kernel::add(limb_mut(&mut self.direct, at), limb(&other.direct, at), m);
            }
        }
        self
    }

    /// `switched / (P1 P2) + direct`, as coefficients: what needs no switch is multiplied by P1·P2 first.
    fn finish(mut self) -> Ciphertext {
        let mut out = Ciphertext::new();
        self.switched
            .par_chunks_exact_mut(LIMBS_QP * STRIDE)
            .zip(out.words.par_chunks_exact_mut(LIMBS_Q * STRIDE))
            .enumerate()
            .for_each(|(c, (switched, out))| {
                for (i, m) in MODULI.iter().enumerate() {
                    let target = limb_mut(switched, i);
                    if i < LIMBS_Q {
                        let direct = limb(&self.direct, c * LIMBS_Q + i);
                        kernel::add_scaled(target, direct, conversions().special(i), m);
                    }
                    ntts()[i].inverse(target);
                }
                divide_by_special(switched);
                for i in 0..LIMBS_Q {
                    limb_mut(out, i).copy_from_slice(limb(switched, i));
                }
            });
        out
    }
}

/// Step 5: one row of a response.
fn respond(keys: &EvaluationKeys, matrix: &Matrix, products: &[Ciphertext]) -> Vec<u8> {
    let (t, blocks) = (matrix.info.t, &matrix.row.blocks);
    let mut bytes = Vec::with_capacity(Layout::Row.response_len(blocks, t, 1));
    let [to_a, to_b] = PowerOfTwo::of_response(Layout::Row, t);
    let mut writer = Writer::new(&mut bytes);
    let switched: Vec<SharedProducts> = timed(Step::Ring, || {
        products.par_chunks(SHARED_BLOCKS).map(|group| switch_ring(keys, group)).collect()
    });
    timed(Step::Write, || {
        let mut coefficients = vec![0; N];
        for (blocks, shared) in groups(blocks).zip(&switched) {
            conversions().compose(shared.a(0), shared.a(1), &mut coefficients);
            for &x in coefficients.iter().step_by(N / RESPONSE_N) {
                writer.push(to_a.round(x), to_a.bits);
            }
            for (slot, block) in blocks.iter().enumerate() {
                conversions().compose(shared.b(slot, 0), shared.b(slot, 1), &mut coefficients);
                for o in 0..block.outputs {
                    writer.push(to_b.round(coefficients[block.output_position(o)]), to_b.bits);
                }
            }
        }
    });
    writer.finish();
    bytes
}

/// Step 5 of packed rows: the part of a response that has the first `rows` of a ciphertext's.
fn respond_packed(matrix: &Matrix, products: &[Ciphertext], rows: usize) -> Vec<u8> {
    let t = matrix.info.t;
    let blocks = Layout::Packed.blocks(matrix.info.outputs as usize, t);
    let mut bytes = Vec::with_capacity(Layout::Packed.response_len(&blocks, t, rows));
    let mut writer = Writer::new(&mut bytes);
    let [to_a, to_b] = PowerOfTwo::of_response(Layout::Packed, t);
    timed(Step::Write, || {
        let mut coefficients = vec![0; N];
        for (block, product) in blocks.iter().zip(products) {
            conversions().compose(product.a(0), product.a(1), &mut coefficients);
            for &x in &coefficients {
                writer.push(to_a.round(x), to_a.bits);
            }
            conversions().compose(product.b(0), product.b(1), &mut coefficients);
            for row in 0..rows {
                for &x in &coefficients[packed_row_position(row)..][..block.outputs] {
                    writer.push(to_b.round(x), to_b.bits);
                }
            }
        }
    });
    writer.finish();
    bytes
}

/// Up to two blocks with one a-part over q, and a b-part for each under its response secret; as coefficients. Limbs
/// `[prime][b of block 0, b of block 1, a]`.
pub(crate) struct SharedProducts {
    words: Scratch,
}

/// Parts of shared products.
const SHARED_PARTS: usize = SHARED_BLOCKS + 1;

impl SharedProducts {
    /// One limb of the a-part.
    pub(crate) fn a(&self, i: usize) -> &[u32] {
        limb(&self.words, i * SHARED_PARTS + SHARED_BLOCKS)
    }

    /// One limb of a block's b-part.
    pub(crate) fn b(&self, slot: usize, i: usize) -> &[u32] {
        limb(&self.words, i * SHARED_PARTS + slot)
    }
}

/// Switches blocks to the response secrets.
pub(crate) fn switch_ring(keys: &EvaluationKeys, group: &[Ciphertext]) -> SharedProducts {
    let count = group.len() * RING_DIGITS;
    // `[block][digit][prime]`
    let mut digits = Scratch::take(count * LIMBS_Q * STRIDE);
    digits.par_chunks_exact_mut(RING_DIGITS * LIMBS_Q * STRIDE).zip(group).for_each(|(digits, block)| {
        let mut coefficients = vec![0; N];
        conversions().compose(block.a(0), block.a(1), &mut coefficients);
        digits.par_chunks_exact_mut(LIMBS_Q * STRIDE).enumerate().for_each(|(digit, target)| {
            for i in 0..LIMBS_Q {
                let target = limb_mut(target, i);
                kernel::ring_digit(&coefficients, digit as u32, target, &MODULI[i]);
                ntts()[i].forward(target);
            }
        });
    });
    let mut words = Scratch::take(LIMBS_Q * SHARED_PARTS * STRIDE);
    words.par_chunks_exact_mut(SHARED_PARTS * STRIDE).enumerate().for_each(|(i, words)| {
        let mut left: [&[u32]; SHARED_BLOCKS * RING_DIGITS] = [&[]; SHARED_BLOCKS * RING_DIGITS];
        let mut right = left;
        let keys = keys.ring.iter().take(group.len()).flatten();
        for (d, ((left, right), key)) in left.iter_mut().zip(&mut right).zip(keys).enumerate() {
            (*left, *right) = (limb(&digits, d * LIMBS_Q + i), key.limb(i));
        }
        let (b0, rest) = words.split_at_mut(STRIDE);
        let (b1, a) = rest.split_at_mut(STRIDE);
        let out = [&mut b0[..N], &mut b1[..N], &mut a[..N]];
        kernel::dot_3(out, &left[..count], &right[..count], &MODULI[i]);
        for part in (0..group.len()).chain([SHARED_BLOCKS]) {
            ntts()[i].inverse(limb_mut(words, part));
        }
        for (slot, block) in group.iter().enumerate() {
            kernel::add(limb_mut(words, slot), block.b(i), &MODULI[i]);
        }
    });
    SharedProducts { words }
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
