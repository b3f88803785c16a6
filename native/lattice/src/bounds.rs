//! What a matrix's real weights imply: range, plaintext modulus, noise, and the probability of a wrong output.
//!
//! **Range.** No output of an int8 row exceeds `127 * max_o sum_i |W[o][i]|`; t is the smallest prime over twice that.
//!
//! **Noise.** Write `n_o = sum_j W[o][j]^2`, d0 for the automorphisms of a block, G for its giant steps, h for the
//! bound on the nonzero coefficients of a ternary secret (3/4 of its dimension; the mean is 2/3, and the bound is 11
//! standard deviations away for dimension 4096, passed with probability 2^-102; for dimension 2048, of the secrets of
//! responses of one row, it is 8 and 2^-53, and the rounding to 2^r grows by little with what is beyond it). In units
//! of 1/q the variances at output o are, summed, for one row in a ciphertext:
//!
//! | source | per coefficient | reaches output o with factor |
//! |---|---|---|
//! | error, dropped bits and rounding of the request | `169.5 + 2^14/12 + 1/3` | `d0^2 n_o` |
//! | expansion: keys and rounding | `4 c (Q0^2 + Q1^2)/12 * 10.5/P1^2 + (1 + h)/12`, c nonzero coefficients of an a_k | `d0 * sum_o' n_o' K(o, o')`, K over all steps |
//! | 15 babies: keys and rounding | `4096 (Q0^2 + Q1^2)/12 * 10.5/P1^2 + (1 + h)/12` | `15 G * sum_o' n_o' K(o, o')`, K over the giants |
//! | giants: keys, rounding | `(G - 1) 4096 q^2/6 * 10.5/(P1 P2)^2 + (1 + h)/12` | 1 |
//! | with halved babies 7 in place of 15, and twice the giants, which include 5^8; its key and rounding | as a baby | 1 |
//! | ring switch of a group of m blocks | `4 m 4096 (2^28/12) * 169.5` | 1 |
//! | rounding of the response to 2^r, its b-part twice | `(q/2^r)^2 (2048 * 3/4 + 1 + 2^10 + 2^4)/12` | 1 |
//!
//! and for packed rows:
//!
//! | source | per coefficient | reaches output o with factor |
//! |---|---|---|
//! | error, dropped bits and rounding of the request | `10.5 + 2^14/12 + 1/3` | `d0^2 n_o` |
//! | rotations of the rounds: as babies | `4096 (Q0^2 + Q1^2)/12 * 10.5/P1^2 + (1 + h)/12` | `\|S\| G * sum_o' n_o' K(o, o')`, K over the giants times S, the rotations that follow in later rounds |
//! | giants: keys, rounding | as above | 1 |
//! | rounding of the response to 2^r, its b-part twice | `(q/2^r)^2 (4096 * 3/4 + 1 + 2^12 + 2^6)/12` | 1 |
//!
//! The request's error sits at input positions and is multiplied like an input. The others have independent
//! coefficients everywhere. The signs of rows and columns (module `layout`) are pairwise independent, so the expected
//! square of the factor between a coefficient and an output is a sum of the squares of weights: over the pairs of
//! automorphisms k, k' that take one coefficient to the same place. For the set of the automorphisms that an error has
//! before it, `K(o, o')` is the mean over its k of the number of k' with `(k - k')(pout(o) - pout(o')) = 0 mod 2N`, less those
//! with N in place of 0, which have the opposite sign: a function of the power of two in the difference of the positions. (Between packed rows the positions of one output differ by a multiple
//! of N/16, which all steps take to the same place, as they do for o = o'.)
//!
//! The signs are fixed, so a matrix has its own value near this expectation; the variance is multiplied by 1.5 to allow
//! for it. (Weights made to cancel the signs could exceed that. They harm nobody but who serves them: a server that wants
//! wrong outputs can send some.) A test compares predicted and measured noise for random and structured matrices.
//!
//! The b-part of a prepared product (module `prepared`) is rounded twice, and so it is counted for all. A matrix's figures are
//! those of the layout with the larger failure bound.
//!
//! **Failure.** A decryption is wrong if the noise exceeds `q/2t`. Every term is a sum of many independent bounded
//! values, uniform or binomial, each of which has a subgaussian tail of its own variance, so the probability is bounded
//! by the Gaussian tail at the rms of the worst output. A matrix over 2^-128 is refused: a client's reaction to
//! decryption failures would be an oracle on its key (B. Li, D. Micciancio, ePrint 2020/1533; M. Checri et al., ePrint
//! 2024/116; J. Cheon et al., ePrint 2024/127).
#![allow(
    clippy::indexing_slicing,
    reason = "classes of positions are residues modulo the length of their array"
)]

use crate::automorphism::{HALF, giant, rotation, steps_of};
use crate::layout::{Block, INPUTS, Layout, MAX_INPUTS, MAX_OUTPUTS, PACKED_T_LIMIT, SAMPLE, groups};
use crate::params::{
    LOG_N, N, P1, P2, Q, Q0, Q1, RANK, REQUEST_DROPPED_BITS, RING_DIGIT_BITS, RING_DIGITS, SIGMA, WIDE_SIGMA,
};
use crate::{EncryptError, MatrixError, MatrixInfo, Shape};

/// Plaintext moduli are below this.
const T_LIMIT: u64 = 1 << 26;
/// Plaintext moduli are at least this, so that a wrong product passes verification with probability at most 2^-40.
const T_LEAST: u64 = 1 << 20;

/// The range of a matrix's outputs and the plaintext modulus that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// `127 * max_o sum_i |W[o][i]|`.
    pub(crate) bound: u64,
    /// The smallest prime over `max(2 * bound, 2^20)`.
    pub(crate) t: u32,
}

/// Checks shape and length of `weights` (row-major, `[outputs][inputs]`) and bounds their products with int8 rows.
pub(crate) fn range(name: &str, shape: Shape, weights: &[i8]) -> Result<Range, MatrixError> {
    let Shape { inputs, outputs } = shape;
    if !(1..=MAX_INPUTS).contains(&inputs) || !(1..=MAX_OUTPUTS).contains(&outputs) {
        return Err(MatrixError::Shape {
            name: name.to_owned(),
            outputs,
            inputs,
            max_outputs: MAX_OUTPUTS,
            max_inputs: MAX_INPUTS,
        });
    }
    if weights.len() != inputs * outputs {
        return Err(MatrixError::Weights { name: name.to_owned(), outputs, inputs, found: weights.len() });
    }
    let (mut bound, mut worst) = (0, 0);
    for (row, w) in weights.chunks_exact(inputs).enumerate() {
        let sum = 127 * w.iter().map(|w| u64::from(w.unsigned_abs())).sum::<u64>();
        if sum > bound {
            (bound, worst) = (sum, row);
        }
    }
    let t = smallest_prime_over((2 * bound).max(T_LEAST));
    if t >= T_LIMIT {
        let limit = (T_LIMIT - 1) / 2;
        return Err(MatrixError::Range { name: name.to_owned(), row: worst, range_bound: bound, limit });
    }
    Ok(Range { bound, t: t as u32 })
}

/// Whether `n`, at least 2 and below 2^35, is prime; by trial division.
pub(crate) fn is_prime(n: u64) -> bool {
    (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}

/// The smallest prime greater than `n`, below 2^35.
fn smallest_prime_over(n: u64) -> u64 {
    (n + 1..).find(|&p| is_prime(p)).unwrap_or(n)
}

/// Checks the number of rows.
pub(crate) fn check_count(count: usize, limit: usize) -> Result<(), EncryptError> {
    if (1..=limit).contains(&count) { Ok(()) } else { Err(EncryptError::Rows { found: count, limit }) }
}

/// Checks the number, length and range of rows to encrypt, without a branch on any single value. (Not inlined, so that
/// tests/taint.supp finds the one branch on what they say together.)
#[inline(never)]
pub(crate) fn check_rows(
    info: &MatrixInfo,
    rows: &[i8],
    count: usize,
    limit: usize,
) -> Result<(), EncryptError> {
    check_count(count, limit)?;
    let expected = count * info.inputs as usize;
    if rows.len() != expected {
        return Err(EncryptError::Values { expected, found: rows.len() });
    }
    if rows.iter().fold(false, |bad, &x| bad | (x == i8::MIN)) {
        return Err(EncryptError::Range);
    }
    Ok(())
}

/// Checks that facts could be those of a matrix that was assessed, or names the one that could not.
pub(crate) fn check_info(info: &MatrixInfo) -> Result<(), &'static str> {
    if !(1..=MAX_INPUTS).contains(&(info.inputs as usize)) {
        return Err("inputs");
    }
    if !(1..=MAX_OUTPUTS).contains(&(info.outputs as usize)) {
        return Err("outputs");
    }
    let t = u64::from(info.t);
    if !(T_LEAST..T_LIMIT).contains(&t) || t.is_multiple_of(2) || info.range_bound > t / 2 {
        return Err("plaintext modulus");
    }
    Ok(())
}

/// The noise of a matrix's outputs, as variances in units of 1/q.
pub(crate) struct Noise {
    /// Of every output before the response is rounded to its modulus.
    pub(crate) products: Vec<f64>,
    /// Of that rounding.
    pub(crate) response: f64,
}

/// Factor on the variance of the noise before rounding of the response: see the module's documentation.
const ALLOWANCE: f64 = 1.5;

/// log2 of the largest failure bound that is accepted.
const FAILURE_LOG2: f64 = -128.0;

/// Range, noise and failure bound of a matrix; refuses what does not fit.
pub(crate) fn assess(name: &str, shape: Shape, weights: &[i8]) -> Result<MatrixInfo, MatrixError> {
    let Range { bound, t } = range(name, shape, weights)?;
    let limit = Q as f64 / (2.0 * f64::from(t));
    let worst_of = |layout| {
        let noise = noise(layout, shape, weights, t);
        let products = noise.products.iter().copied().enumerate();
        let (row, worst) = products.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default();
        (gaussian_tail_log2(limit / (worst + noise.response).sqrt()), row, worst.log2() / 2.0)
    };
    let one = worst_of(Layout::Row);
    let packed = (t < PACKED_T_LIMIT).then(|| worst_of(Layout::Packed));
    let (failure_log2, row, noise_log2) = packed.filter(|packed| packed.0 > one.0).unwrap_or(one);
    if failure_log2 > FAILURE_LOG2 {
        return Err(MatrixError::Noise { name: name.to_owned(), row, noise_log2, failure_log2, t });
    }
    Ok(MatrixInfo {
        inputs: shape.inputs as u32,
        outputs: shape.outputs as u32,
        t,
        range_bound: bound,
        noise_log2,
        failure_log2,
    })
}

/// log2 of a bound on the probability that a Gaussian is farther than `sigmas` standard deviations from its mean:
/// `erfc(x) <= exp(-x^2) / (x sqrt(pi))` at `x = sigmas / sqrt(2)`.
fn gaussian_tail_log2(sigmas: f64) -> f64 {
    use std::f64::consts::{LOG2_E, PI, SQRT_2};
    let x = sigmas / SQRT_2;
    (-x * x * LOG2_E - (x * PI.sqrt()).log2()).min(0.0)
}

/// Variance of a value uniform over an interval of `width`.
fn uniform_variance(width: f64) -> f64 {
    width * width / 12.0
}

/// Variance that rounding both components of a ciphertext adds, for a ternary secret of dimension `n`.
fn rounding_variance(n: usize) -> f64 {
    (1.0 + 0.75 * n as f64) / 12.0
}

/// The noise of the module's tables.
pub(crate) fn noise(layout: Layout, shape: Shape, weights: &[i8], t: u32) -> Noise {
    let (q, p1, p2) = (Q as f64, f64::from(P1), f64::from(P2));
    let rns_digits = uniform_variance(Q0.into()) + uniform_variance(Q1.into());
    let wide = WIDE_SIGMA * WIDE_SIGMA;
    let error = match layout {
        Layout::Row => wide,
        Layout::Packed => SIGMA * SIGMA,
    };
    let request = error + uniform_variance(f64::from(1u32 << REQUEST_DROPPED_BITS)) + 1.0 / 3.0;
    let key =
        |coefficients: usize| coefficients as f64 * rns_digits * (SIGMA / p1).powi(2) + rounding_variance(N);
    let samples = shape.inputs.min(INPUTS).div_ceil(SAMPLE);
    let (expansion, baby) = (key(RANK * SAMPLE * samples), key(N));
    let switch = N as f64 * q * q / 6.0 * (SIGMA / (p1 * p2)).powi(2);
    let ring = (RING_DIGITS * N) as f64 * uniform_variance(f64::from(1u32 << RING_DIGIT_BITS)) * wide;

    let (blocks, halves) = (layout.blocks(shape.outputs, t), layout.halves(shape, t));
    let mut products = Vec::with_capacity(shape.outputs);
    for group in groups(&blocks) {
        for block in group {
            let (d0, giants) = (block.trace() as f64, block.giants() as f64);
            let rows = weights[block.first * shape.inputs..][..block.outputs * shape.inputs]
                .chunks_exact(shape.inputs);
            let squares: Vec<f64> =
                rows.map(|row| row.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>()).collect();
            let own = halves as f64 * (giants - 1.0) * switch
                + (halves - 1) as f64 * baby
                + rounding_variance(N)
                + match layout {
                    Layout::Row => group.len() as f64 * ring,
                    Layout::Packed => 0.0,
                };
            let mut variances: Vec<f64> = squares.iter().map(|n| d0 * d0 * n * request + own).collect();
            for (times, variance, steps) in errors(block, halves, expansion, baby) {
                for (sum, reached) in variances.iter_mut().zip(weigh(block, &squares, &coincidences(&steps)))
                {
                    *sum += times as f64 * steps.len() as f64 * variance * reached;
                }
            }
            products.extend(variances.iter().map(|variance| ALLOWANCE * variance));
        }
    }
    let unit = q / 2f64.powi(layout.response_bits(t) as i32);
    let dropped = |bits: u32| uniform_variance(f64::from(1u32 << bits));
    let b_part = dropped(layout.response_dropped_bits()) + dropped(layout.online_dropped_bits());
    Noise { products, response: unit * unit * (rounding_variance(layout.response_n()) + b_part) }
}

/// The errors of a block that have independent coefficients and automorphisms before them: how many there are, the
/// variance of each, and these automorphisms.
fn errors(block: &Block, halves: usize, expansion: f64, baby: f64) -> Vec<(usize, f64, Vec<usize>)> {
    let giants = (0..block.giants()).map(|i| giant(block.giant(i)));
    let giants: Vec<usize> =
        giants.flat_map(|k| (0..halves).map(move |half| k * rotation(HALF * half) % (2 * N))).collect();
    let times = |rotations: &[usize]| {
        giants.iter().flat_map(|k| rotations.iter().map(move |r| k * r % (2 * N))).collect::<Vec<_>>()
    };
    let rounds = block.layout.rounds(halves);
    let expansion = match block.layout {
        Layout::Row => Some((1, expansion, times(&steps_of(rounds)))),
        Layout::Packed => None,
    };
    let mut inputs = 1;
    let rotations = rounds.iter().enumerate().map(|(i, round)| {
        let errors = inputs * round.len();
        inputs += errors;
        (errors, baby, times(&steps_of(&rounds[i + 1..])))
    });
    expansion.into_iter().chain(rotations).collect()
}

/// For every v up to log2 N the mean over k in `steps` of the number of k' in it with `(k - k') 2^v = 0 mod 2N`, less those
/// with N in place of 0, which meet with the opposite sign.
fn coincidences(steps: &[usize]) -> [f64; LOG_N + 1] {
    std::array::from_fn(|v| {
        let classes = (2 * N) >> v;
        let mut counts = vec![0.0; classes];
        for k in steps {
            counts[k % classes] += 1.0;
        }
        let pairs = |class: usize| counts[class] * (counts[class] - counts[(class + classes / 2) % classes]);
        (0..classes).map(pairs).sum::<f64>() / steps.len() as f64
    })
}

/// For every output o of a block the sum over its outputs o' of `squares[o'] * factors[v]`, with 2^v the power of two in
/// the difference of their positions, N for o' = o.
fn weigh(block: &Block, squares: &[f64], factors: &[f64; LOG_N + 1]) -> Vec<f64> {
    // classes[v][r]: sum over the outputs at positions r modulo 2^v.
    let mut classes: Vec<Vec<f64>> = (0..=LOG_N).map(|v| vec![0.0; 1 << v]).collect();
    for (o, n) in squares.iter().enumerate() {
        for (v, class) in classes.iter_mut().enumerate() {
            class[block.output_position(o) % (1 << v)] += n;
        }
    }
    let class = |v: usize, o: usize| classes[v][block.output_position(o) % (1 << v)];
    (0..squares.len())
        .map(|o| {
            let others = (0..LOG_N).map(|v| (class(v, o) - class(v + 1, o)) * factors[v]);
            class(LOG_N, o) * factors[LOG_N] + others.sum::<f64>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encrypt::{encrypt_rows, parse_rows, row_len};
    use crate::format::RequestHead;
    use crate::keys::{EvaluationKeys, SecretKey, serialize, whole_values};
    use crate::layout::{output_signs, packed_row_position};
    use crate::matrix::Matrix;
    use crate::params::MODULI;
    use crate::poly::{Poly, centre, compose, product};
    use crate::product::{packed_products, packed_tiles, products, switch_ring};
    use crate::team::together;
    use crate::test_random::{int8s, stream, weights};

    #[test]
    fn the_modulus_is_the_next_prime() {
        let info = |w: i8, n: usize| range("m", Shape { inputs: n, outputs: 2 }, &vec![w; 2 * n]).unwrap();
        assert_eq!(info(127, 768), Range { bound: 127 * 127 * 768, t: 24_774_173 });
        assert_eq!(info(0, 5), Range { bound: 0, t: 1_048_583 });
        assert_eq!(smallest_prime_over(1 << 20), 1_048_583);
    }

    #[test]
    fn refusals_name_matrix_row_and_numbers() {
        let mut weights = vec![0; 2 * 8192];
        weights[8192..].fill(127);
        let error = assess("h.0", Shape { inputs: 8192, outputs: 2 }, &weights).unwrap_err();
        let text =
            "matrix h.0: row 1 can reach 132128768, over the limit of 33554431; scale its weights down";
        assert_eq!(error.to_string(), text);
        let error = assess("big", Shape { inputs: 2080, outputs: 256 }, &[127; 2080 * 256]).unwrap_err();
        let MatrixError::Noise { row, failure_log2, .. } = &error else { panic!("{error}") };
        assert!(*row < 256 && *failure_log2 > FAILURE_LOG2);
        assert!(
            error
                .to_string()
                .starts_with(&format!("matrix big: output {row} fails with probability up to 2^-"))
        );
        let error = assess("m", Shape { inputs: 3, outputs: 2 }, &[0; 5]).unwrap_err();
        assert_eq!(error.to_string(), "matrix m: 5 weights instead of 2 x 3");
        assert!(matches!(assess("m", Shape { inputs: 0, outputs: 2 }, &[]), Err(MatrixError::Shape { .. })));
        assert!(matches!(
            assess("m", Shape { inputs: 1, outputs: 32769 }, &[]),
            Err(MatrixError::Shape { .. })
        ));
    }

    #[test]
    fn tails_agree_with_known_values() {
        // 2 * (1 - Phi(13.06)) = 5.6e-39 and of 8 sigmas 1.244e-15.
        assert!((gaussian_tail_log2(8.0) + 49.5).abs() < 0.1);
        assert!(gaussian_tail_log2(13.2) < FAILURE_LOG2 && gaussian_tail_log2(13.0) > FAILURE_LOG2);
        assert_eq!(gaussian_tail_log2(0.0), 0.0);
        assert!(gaussian_tail_log2(1e6).is_finite());
    }

    /// Root mean squares over all outputs of the noise before the response is rounded: measured and predicted.
    fn measure(layout: Layout, shape: Shape, weights: &[i8]) -> (f64, f64) {
        let rows = match layout {
            Layout::Row => 2,
            Layout::Packed => 16,
        };
        let key = SecretKey::new(&[5; 32]);
        let keys = EvaluationKeys::parse(&serialize(&key)).unwrap();
        let info = assess("m", shape, weights).unwrap();
        let matrix = Matrix::encode(info.clone(), shape, weights);
        let x = int8s(6, rows * shape.inputs);
        let head = RequestHead {
            layout,
            inputs: info.inputs,
            t: info.t,
            rows: rows as u32,
            salt: [7; 16],
            counter: 0,
        };
        let mut body = Vec::new();
        encrypt_rows(&key, &info, &head, &x, &mut stream(7), &mut body);
        let parsed: Vec<Vec<Poly>> = body
            .chunks(layout.rows() * row_len(shape.inputs))
            .map(|rows| parse_rows(rows, layout, shape.inputs).unwrap())
            .collect();
        let parsed: Vec<&[Poly]> = parsed.iter().map(Vec::as_slice).collect();
        let blocks = layout.blocks(shape.outputs, info.t);
        let (mut squares, mut count) = (0.0, 0.0);
        let mut compare = |row: usize, position: usize, block: &Block, phase: &Poly| {
            let x = &x[row * shape.inputs..][..shape.inputs];
            for o in 0..block.outputs {
                let output = block.first + o;
                let w = &weights[output * shape.inputs..][..shape.inputs];
                let y: i64 = w.iter().zip(x).map(|(&w, &x)| i64::from(w) * i64::from(x)).sum();
                let y = i128::from(y * i64::from(output_signs()[output]) * block.trace() as i64);
                let exact = (y * i128::from(Q) / i128::from(info.t)).rem_euclid(Q.into()) as u64;
                let at = position + block.output_position(o);
                let found = compose(phase.limb(0)[at], phase.limb(1)[at]);
                let noise = centre((found + Q - exact) % Q) as f64;
                squares += noise * noise;
                count += 1.0;
            }
        };
        // b + a secret, as coefficients.
        let phase = |a: [&[u32]; 2], b: [&[u32]; 2], secret: &Poly| {
            let mut poly = Poly::zero(2);
            poly.limbs_mut().zip(a).for_each(|(limb, a)| limb.copy_from_slice(a));
            poly.forward();
            let mut phase = product(&poly, secret);
            for ((limb, b), m) in phase.limbs_mut().zip(b).zip(&MODULI) {
                crate::kernel::add(limb, b, m);
            }
            phase
        };
        let spread = |even: &[u32]| even.iter().flat_map(|&x| [x, 0]).collect::<Vec<u32>>();
        match layout {
            Layout::Row => {
                let shared = together(|member| {
                    let products = products(member, &keys, &matrix, &head, 0, &parsed);
                    switch_ring(member, &keys, &blocks, &products)
                });
                for row in 0..rows {
                    for (g, group) in groups(&blocks).enumerate() {
                        for (slot, (block, secret)) in group.iter().zip(&key.response_values).enumerate() {
                            let secret = whole_values(secret);
                            let [a, b] =
                                [shared.a(row, g), shared.b(row, g, slot)].map(|part| part.map(spread));
                            let phase = phase(
                                a.each_ref().map(Vec::as_slice),
                                b.each_ref().map(Vec::as_slice),
                                &secret,
                            );
                            compare(row, 0, block, &phase);
                        }
                    }
                }
            }
            Layout::Packed => {
                let tiles = together(|member| packed_tiles(member, &keys, &head, &parsed));
                for (block, sums) in blocks.iter().zip(packed_products(&keys, &matrix, &tiles, 1)) {
                    let [b, a] = [0, 1].map(|component| [0, 1].map(|i| sums[component].limb(i)));
                    let phase = phase(a, b, &key.s_values);
                    (0..rows).for_each(|row| compare(row, packed_row_position(row), block, &phase));
                }
            }
        }
        let predicted = noise(layout, shape, weights, info.t).products;
        ((squares / count).sqrt(), (predicted.iter().sum::<f64>() / predicted.len() as f64).sqrt())
    }

    #[test]
    fn measured_noise_is_just_under_the_prediction() {
        let structured = |inputs: usize, outputs: usize, f: fn(usize, usize) -> i8| {
            (0..outputs).flat_map(|o| (0..inputs).map(move |i| f(o, i))).collect::<Vec<i8>>()
        };
        let signed = |o: usize, i: usize| if (o & i).count_ones().is_multiple_of(2) { 127 } else { -127 };
        let cases = [
            ("hadamard", 512, 512, structured(512, 512, signed)),
            ("one column", 768, 768, structured(768, 768, |_, i| if i == 100 { 127 } else { 0 })),
            ("one row", 768, 768, structured(768, 768, |o, _| if o == 100 { 127 } else { 0 })),
            ("normal", 768, 2304, weights(8, 768 * 2304)),
            ("three ciphertexts", 3072, 768, weights(9, 3072 * 768)),
            ("all equal", 768, 600, vec![127; 768 * 600]),
            ("identity", 768, 768, structured(768, 768, |o, i| if o == i { 127 } else { 0 })),
            ("circulant", 300, 300, structured(300, 300, |o, i| ((300 + o - i) % 300 % 100) as i8)),
            ("stripes", 768, 768, structured(768, 768, |_, i| if i % 16 == 3 { 127 } else { 0 })),
        ];
        for layout in [Layout::Row, Layout::Packed] {
            for (name, inputs, outputs, weights) in &cases {
                let (measured, predicted) =
                    measure(layout, Shape { inputs: *inputs, outputs: *outputs }, weights);
                let bits = (measured / predicted).log2();
                let logs = (measured.log2(), predicted.log2());
                println!("{layout:?}, {name}: measured 2^{:.2}, predicted 2^{:.2}", logs.0, logs.1);
                assert!(
                    (-1.0..=0.0).contains(&bits),
                    "{layout:?}, {name}: {measured}, predicted {predicted}"
                );
            }
        }
    }
}
