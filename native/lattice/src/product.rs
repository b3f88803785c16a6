//! The server's half: from a request to a response.
//!
//! 1. *Expansion*: the eight module secrets of a request are switched to `s`.
//! 2. *Babies*: 15 automorphisms of every input, from one set of digits (hoisting).
//! 3. *Inner products* with the matrix, tile after tile.
//! 4. *Giants*: the automorphisms of the inner products, summed before one common division by P1·P2.
//! 5. *Response*: a switch to the subring of even exponents, where the outputs lie, and to the modulus 2^r.
#![allow(
    clippy::indexing_slicing,
    reason = "indices run over the lengths that the matrix and the keys have by construction"
)]

use crate::automorphism::{BABIES, BABY_PERMUTATIONS, GIANT_PERMUTATIONS};
use crate::bits::{Writer, packed_len};
use crate::encrypt::{parse_row, public_polynomials, row_len};
use crate::format::{self, Kind, REQUEST_HEAD, RequestHead, ResponseHead, SCHEME_RLWE};
use crate::kernel::{self, LANES, TILE};
use crate::keys::{EvaluationKeys, SwitchingKey};
use crate::layout::{Block, INPUTS, groups};
use crate::matrix::{Matrix, TILES};
use crate::params::{
    LIMBS_Q, LIMBS_QP, LIMBS_QP1, MODULI, N, Q, RESPONSE_DROPPED_BITS, RESPONSE_N, RING_DIGIT_BITS,
    RING_DIGITS, RNS_DIGITS, SHARED_BLOCKS, response_bits,
};
use crate::poly::{Poly, centre};
use crate::{FormatError, MatrixInfo};
use rayon::prelude::*;

/// A ciphertext over q under `s`: `b + a·s` is the phase.
#[derive(Clone)]
pub(crate) struct Ciphertext {
    pub(crate) b: Poly,
    pub(crate) a: Poly,
}

/// Bytes of a request of `rows` rows of `inputs`.
pub(crate) fn request_len(inputs: usize, rows: usize) -> usize {
    REQUEST_HEAD + rows * row_len(inputs)
}

/// Rows that are multiplied at the same time: enough to read the matrix seldom, few enough to bound memory (about
/// 3.5 MB a row for 768 inputs and 2304 outputs).
const BATCH: usize = 8;

/// Answers a request for at most `limit` rows.
pub(crate) fn multiply(
    keys: &EvaluationKeys,
    matrix: &Matrix,
    request: &[u8],
    limit: usize,
) -> Result<Vec<u8>, FormatError> {
    let (head, rows) = parse_request(&matrix.info, request, limit)?;
    let mut response =
        ResponseHead { outputs: matrix.info.outputs, t: matrix.info.t, rows: head.rows }.write(SCHEME_RLWE);
    for (i, batch) in rows.chunks(BATCH).enumerate() {
        let products = products(keys, matrix, &head, BATCH * i, batch);
        let rows: Vec<Vec<u8>> = products.par_iter().map(|row| respond(keys, matrix, row)).collect();
        rows.into_iter().for_each(|row| response.extend(row));
    }
    Ok(response)
}

/// Checks a request: its head, and the b-parts `[row][ciphertext]`.
pub(crate) fn parse_request(
    info: &MatrixInfo,
    request: &[u8],
    limit: usize,
) -> Result<(RequestHead, Vec<Vec<Poly>>), FormatError> {
    let (head, body) = RequestHead::parse(request, SCHEME_RLWE, info, limit)?;
    let inputs = info.inputs as usize;
    format::check_len(Kind::Request, request, request_len(inputs, head.rows as usize))?;
    let rows =
        body.par_chunks_exact(row_len(inputs)).map(|row| parse_row(row, inputs)).collect::<Result<_, _>>()?;
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
    let babies: Vec<Vec<Ciphertext>> = rows
        .par_iter()
        .enumerate()
        .map(|(row, polys)| {
            polys
                .par_iter()
                .enumerate()
                .flat_map(|(i, b)| {
                    let inputs = INPUTS.min(matrix.info.inputs as usize - i * INPUTS);
                    let a = public_polynomials(head, first + row, i, inputs);
                    babies(keys, &expand(keys, b.clone(), a))
                })
                .collect()
        })
        .collect();
    let inner = InnerProducts::new(matrix, &babies);
    (0..babies.len())
        .into_par_iter()
        .map(|row| {
            let mut first = 0;
            let blocks: Vec<(&Block, usize)> = matrix
                .blocks
                .iter()
                .map(|block| {
                    first += block.giants();
                    (block, first - block.giants())
                })
                .collect();
            blocks
                .into_par_iter()
                .map(|(block, first)| giants(keys, &inner, row, first, block.giants()))
                .collect()
        })
        .collect()
}

/// `sum of digits[i] · keys[i]` over q·P1, as (b, a), divided by P1, as values.
fn switch(digits: &[Poly], keys: &[&SwitchingKey]) -> Ciphertext {
    let sum = |part: fn(&SwitchingKey) -> &Poly| {
        let mut sum = Poly::zero(LIMBS_QP1);
        for (i, m) in MODULI.iter().take(LIMBS_QP1).enumerate() {
            let left: Vec<&[u32]> = digits.iter().map(|d| d.limb(i)).collect();
            let right: Vec<&[u32]> = keys.iter().map(|k| part(k).limb(i)).collect();
            kernel::dot(sum.limb_mut(i), &left, &right, m);
        }
        sum.divide_values_by_p1()
    };
    Ciphertext { b: sum(|key| &key.b[0]), a: sum(|key| &key.a) }
}

/// Step 1: the ciphertext, as values, of module samples `b`, `a_k`.
fn expand(keys: &EvaluationKeys, mut b: Poly, a: Vec<Poly>) -> Ciphertext {
    let digits: Vec<Poly> = a.into_par_iter().flat_map_iter(|a| a.rns_digits()).collect();
    b.forward();
    let mut sum = switch(&digits, &keys.expansion.iter().collect::<Vec<_>>());
    sum.b.add(&b);
    sum
}

/// Step 2: the baby steps of an input, `[BABIES]`, as values.
fn babies(keys: &EvaluationKeys, input: &Ciphertext) -> Vec<Ciphertext> {
    let mut a = input.a.clone();
    a.inverse();
    let digits: [Poly; RNS_DIGITS] = a.rns_digits();
    let mut steps = vec![input.clone()];
    steps.par_extend((1..BABIES).into_par_iter().map(|i| {
        let mut sum = switch(&digits, &keys.babies[i - 1].iter().collect::<Vec<_>>());
        sum.b.add(&input.b);
        let permute = |poly: &Poly| {
            let mut out = Poly::zero(LIMBS_Q);
            for (target, source) in out.limbs_mut().zip(poly.limbs()) {
                BABY_PERMUTATIONS[i].apply(source, target);
            }
            out
        };
        Ciphertext { b: permute(&sum.b), a: permute(&sum.a) }
    }));
    steps
}

/// Step 3: for every row and giant step the inner product of the matrix with the baby steps.
struct InnerProducts {
    rows: usize,
    giants: usize,
    /// `[limb][tile][row][giant][component][lane]`, values.
    words: Vec<u32>,
}

impl InnerProducts {
    /// `babies` is `[row][ciphertext * baby]`.
    fn new(matrix: &Matrix, babies: &[Vec<Ciphertext>]) -> Self {
        let (rows, giants) = (babies.len(), matrix.giants);
        let mut words = vec![0; LIMBS_Q * TILES * rows * giants * TILE];
        words.par_chunks_exact_mut(rows * giants * TILE).enumerate().with_min_len(8).for_each(
            |(chunk, out)| {
                let (limb, tile) = (chunk / TILES, chunk % TILES);
                let range = tile * LANES..(tile + 1) * LANES;
                let table = matrix.tile(limb, tile);
                for (out, row) in out.chunks_exact_mut(giants * TILE).zip(babies) {
                    let inputs: Vec<[u32; TILE]> = row
                        .iter()
                        .map(|ciphertext| {
                            let mut lanes = [0; TILE];
                            lanes[..LANES].copy_from_slice(&ciphertext.b.limb(limb)[range.clone()]);
                            lanes[LANES..].copy_from_slice(&ciphertext.a.limb(limb)[range.clone()]);
                            lanes
                        })
                        .collect();
                    kernel::tile_products(out, table, &inputs, &MODULI[limb]);
                }
            },
        );
        Self { rows, giants, words }
    }

    /// The inner product of one row and giant step, as values.
    fn get(&self, row: usize, giant: usize) -> Ciphertext {
        let mut out = Ciphertext { b: Poly::zero(LIMBS_Q), a: Poly::zero(LIMBS_Q) };
        for limb in 0..LIMBS_Q {
            let (b, a) = (out.b.limb_mut(limb), out.a.limb_mut(limb));
            for tile in 0..TILES {
                let index = ((limb * TILES + tile) * self.rows + row) * self.giants + giant;
                let words = &self.words[index * TILE..][..TILE];
                b[tile * LANES..][..LANES].copy_from_slice(&words[..LANES]);
                a[tile * LANES..][..LANES].copy_from_slice(&words[LANES..]);
            }
        }
        out
    }
}

/// A sum of giant steps before its division by P1·P2.
struct GiantSum {
    /// Switched parts, over q·P1·P2, values.
    switched: Ciphertext,
    /// What needs no switch, over q, values.
    direct: Ciphertext,
}

/// Giant steps that one task sums.
const GIANT_TASK: usize = 4;

/// Step 4: the sum of `count` giant steps from inner product `first` on, as coefficients.
fn giants(
    keys: &EvaluationKeys,
    inner: &InnerProducts,
    row: usize,
    first: usize,
    count: usize,
) -> Ciphertext {
    let steps: Vec<usize> = (0..count).collect();
    let sum = steps
        .par_chunks(GIANT_TASK)
        .map(|steps| {
            let mut sum = GiantSum::zero();
            for &i in steps {
                sum.add_step(keys, i, inner.get(row, first + i));
            }
            sum
        })
        .reduce_with(GiantSum::merge);
    sum.unwrap_or_else(GiantSum::zero).finish()
}

impl GiantSum {
    fn zero() -> Self {
        Self {
            switched: Ciphertext { b: Poly::zero(LIMBS_QP), a: Poly::zero(LIMBS_QP) },
            direct: Ciphertext { b: Poly::zero(LIMBS_Q), a: Poly::zero(LIMBS_Q) },
        }
    }

    fn add_step(&mut self, keys: &EvaluationKeys, step: usize, inner: Ciphertext) {
        let Some(key) = step.checked_sub(1).map(|i| &keys.giants[i]) else {
            self.direct.b.add(&inner.b);
            self.direct.a.add(&inner.a);
            return;
        };
        let permutation = &GIANT_PERMUTATIONS[step];
        for ((target, source), m) in self.direct.b.limbs_mut().zip(inner.b.limbs()).zip(&MODULI) {
            permutation.apply_add(source, target, m);
        }
        let mut coefficients = inner.a.clone();
        coefficients.inverse();
        let special = coefficients.extend_to_special();
        let mut image = [0; N];
        let limbs = inner.a.limbs().chain(special.iter().map(Vec::as_slice));
        for (i, (limb, m)) in limbs.zip(&MODULI).enumerate() {
            permutation.apply(limb, &mut image);
            kernel::multiply_add(self.switched.b.limb_mut(i), &image, key.b[0].limb(i), m);
            kernel::multiply_add(self.switched.a.limb_mut(i), &image, key.a.limb(i), m);
        }
    }

    fn merge(mut self, other: Self) -> Self {
        self.switched.b.add(&other.switched.b);
        self.switched.a.add(&other.switched.a);
        self.direct.b.add(&other.direct.b);
        self.direct.a.add(&other.direct.a);
        self
    }

    /// `switched / (P1 P2) + direct`, as coefficients: what needs no switch is multiplied by P1·P2 first.
    fn finish(self) -> Ciphertext {
        let finish = |mut switched: Poly, mut direct: Poly| {
            direct.scale_by_special();
            switched.add(&direct);
            switched.inverse();
            switched.divide_by_special()
        };
        Ciphertext { b: finish(self.switched.b, self.direct.b), a: finish(self.switched.a, self.direct.a) }
    }
}

/// Bytes of one row of a response, whose blocks these are.
pub(crate) fn response_row_len(blocks: &[Block], t: u32) -> usize {
    let bits = response_bits(t) as usize;
    let outputs: usize = blocks.iter().map(|block| block.outputs).sum();
    let a = groups(blocks).len() * RESPONSE_N * bits;
    packed_len(a + outputs * (bits - RESPONSE_DROPPED_BITS as usize), 1)
}

/// Step 5: one row of a response.
fn respond(keys: &EvaluationKeys, matrix: &Matrix, products: &[Ciphertext]) -> Vec<u8> {
    let bits = response_bits(matrix.info.t);
    let mut bytes = Vec::with_capacity(response_row_len(&matrix.blocks, matrix.info.t));
    let mut writer = Writer::new(&mut bytes);
    let switched: Vec<(Poly, Vec<Poly>)> =
        products.par_chunks(SHARED_BLOCKS).map(|group| switch_ring(keys, group)).collect();
    for (blocks, (a, b)) in groups(&matrix.blocks).zip(&switched) {
        let to_a = PowerOfTwo::new(bits);
        for x in a.compose().step_by(N / RESPONSE_N) {
            writer.push(to_a.round(x), bits);
        }
        let to_b = PowerOfTwo::new(bits - RESPONSE_DROPPED_BITS);
        for (block, b) in blocks.iter().zip(b) {
            let coefficients: Vec<u64> = b.compose().collect();
            for o in 0..block.outputs {
                writer.push(to_b.round(coefficients[block.output_position(o)]), to_b.bits);
            }
        }
    }
    writer.finish();
    bytes
}

/// Blocks switched to one a-part over q and one b-part for each, under the response secrets; as coefficients.
pub(crate) fn switch_ring(keys: &EvaluationKeys, group: &[Ciphertext]) -> (Poly, Vec<Poly>) {
    let digits: Vec<Poly> = group.iter().flat_map(|block| ring_digits(&block.a)).collect();
    let keys: Vec<&SwitchingKey> = keys.ring.iter().take(group.len()).flatten().collect();
    let sum = |part: &dyn Fn(&SwitchingKey) -> &Poly| {
        let mut sum = Poly::zero(LIMBS_Q);
        for (i, m) in MODULI.iter().take(LIMBS_Q).enumerate() {
            let left: Vec<&[u32]> = digits.iter().map(|d| d.limb(i)).collect();
            let right: Vec<&[u32]> = keys.iter().map(|k| part(k).limb(i)).collect();
            kernel::dot(sum.limb_mut(i), &left, &right, m);
        }
        sum.inverse();
        sum
    };
    let b = group.iter().enumerate().map(|(slot, block)| {
        let mut b = sum(&|key| &key.b[slot]);
        b.add(&block.b);
        b
    });
    (sum(&|key| &key.a), b.collect())
}

/// Balanced digits of base 2^14 of a polynomial over q, as values.
fn ring_digits(a: &Poly) -> Vec<Poly> {
    let half: i64 = 1 << (RING_DIGIT_BITS - 1);
    let offset: i64 = (0..RING_DIGITS as u32).map(|d| half << (RING_DIGIT_BITS * d)).sum();
    let shifted: Vec<i64> = a.compose().map(|x| centre(x) + offset).collect();
    (0..RING_DIGITS as u32)
        .map(|d| {
            // The last digit keeps what the centred representative has over the other digits.
            let mask = if d as usize == RING_DIGITS - 1 { i64::MAX } else { (1 << RING_DIGIT_BITS) - 1 };
            let digits = shifted.iter().map(|x| (((x >> (RING_DIGIT_BITS * d)) & mask) - half) as i32);
            let mut poly = Poly::from_signed(LIMBS_Q, digits);
            poly.forward();
            poly
        })
        .collect()
}

/// Rounding from the modulus q to a power of two.
struct PowerOfTwo {
    bits: u32,
    /// `round(2^(64 + bits) / q)`.
    factor: u64,
}

impl PowerOfTwo {
    fn new(bits: u32) -> Self {
        Self { bits, factor: (((1u128 << (64 + bits)) + u128::from(Q / 2)) / u128::from(Q)) as u64 }
    }

    /// `round(x * 2^bits / q) mod 2^bits` for `x` below q, off the exact quotient by at most 1/2 + 2^-8.
    fn round(&self, x: u64) -> u64 {
        let product = u128::from(x) * u128::from(self.factor) + (1 << 63);
        (product >> 64) as u64 & ((1 << self.bits) - 1)
    }
}
