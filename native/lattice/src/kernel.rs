//! The inner loops over words, written once for all instruction sets of the module `simd`. Results are identical on all of
//! them: the arithmetic is exact.
//!
//! Loops of one word at a time are left to the compiler. Those over tiles (groups of `LANES` words) are written with
//! vectors, since their sums have twice the width of their factors.
//!
//! **Unsafe code.** Reads and writes of vectors at positions below lengths that each function asserts at its entrance. `at`
//! runs over multiples of `S::LANES`, which divides `LANES`, and so whole vectors lie below a multiple of it.
#![allow(unsafe_code)]
#![allow(
    clippy::too_many_arguments,
    reason = "a kernel takes slices, not structures: what it touches is seen in its head"
)]
#![allow(clippy::indexing_slicing, reason = "loops over arrays whose lengths the functions state and assert")]
#![allow(
    clippy::needless_range_loop,
    reason = "closures of iterators may be compiled outside of the function for which the vector instructions are enabled"
)]

pub(crate) mod clear;
pub(crate) mod client;

use crate::automorphism::Permutation;
use crate::modulus::{Factor, Modulus};
use crate::params::{MODULE_N, N, RING_DIGIT_BITS, RING_DIGITS, RNS_DIGITS};
use crate::poly::centre;
use crate::simd::{LINE, Simd, kernel};

/// Words that are computed together: one cache line.
pub(crate) const LANES: usize = LINE;
/// Tiles of a polynomial.
pub(crate) const TILES: usize = N / LANES;

kernel! {
    /// `out += a * b`, with `b` in Montgomery form.
    multiply_add, multiply_add_body, (out: &mut [u32], a: &[u32], b: &[u32], modulus: &Modulus)
}

#[inline(always)]
fn multiply_add_body<S: Simd>(_: S, out: &mut [u32], a: &[u32], b: &[u32], modulus: &Modulus) {
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = modulus.add(*out, modulus.montgomery_multiply(a, b));
    }
}

kernel! {
    /// `out += a`.
    add, add_body, (out: &mut [u32], a: &[u32], modulus: &Modulus)
}

#[inline(always)]
fn add_body<S: Simd>(_: S, out: &mut [u32], a: &[u32], modulus: &Modulus) {
    for (out, &a) in out.iter_mut().zip(a) {
        *out = modulus.add(*out, a);
    }
}

kernel! {
    /// `out += a * factor`.
    add_scaled, add_scaled_body, (out: &mut [u32], a: &[u32], factor: Factor, modulus: &Modulus)
}

#[inline(always)]
fn add_scaled_body<S: Simd>(_: S, out: &mut [u32], a: &[u32], factor: Factor, modulus: &Modulus) {
    for (out, &a) in out.iter_mut().zip(a) {
        *out = modulus.add(*out, modulus.multiply_by(a, factor));
    }
}

kernel! {
    /// `sums += weights`, without an overflow.
    add_weights, add_weights_body, (sums: &mut [i16], weights: &[i16])
}

#[inline(always)]
fn add_weights_body<S: Simd>(_: S, sums: &mut [i16], weights: &[i16]) {
    for (sum, &weight) in sums.iter_mut().zip(weights) {
        *sum = sum.wrapping_add(weight);
    }
}

kernel! {
    /// Adds runs of `height` weights to as many sums from each of `starts` on, without an overflow.
    add_runs, add_runs_body, (sums: &mut [i16], starts: &[usize], runs: &[i16], height: usize)
}

#[inline(always)]
fn add_runs_body<S: Simd>(s: S, sums: &mut [i16], starts: &[usize], runs: &[i16], height: usize) {
    for (&start, run) in starts.iter().zip(runs.chunks_exact(height)) {
        add_weights_body(s, &mut sums[start..][..height], run);
    }
}

kernel! {
    /// `sums += positive - negative`.
    add_difference, add_difference_body, (sums: &mut [i32], positive: &[i16], negative: &[i16])
}

#[inline(always)]
fn add_difference_body<S: Simd>(_: S, sums: &mut [i32], positive: &[i16], negative: &[i16]) {
    for ((sum, &positive), &negative) in sums.iter_mut().zip(positive).zip(negative) {
        *sum += i32::from(positive) - i32::from(negative);
    }
}

kernel! {
    /// Residues of numbers of absolute values below the modulus.
    reduce_signed, reduce_signed_body, (source: &[i32], target: &mut [u32], modulus: &Modulus)
}

#[inline(always)]
fn reduce_signed_body<S: Simd>(_: S, source: &[i32], target: &mut [u32], modulus: &Modulus) {
    for (out, &x) in target.iter_mut().zip(source) {
        *out = modulus.reduce_small(x);
    }
}

kernel! {
    /// `out *= factor`.
    scale, scale_body, (out: &mut [u32], factor: Factor, modulus: &Modulus)
}

#[inline(always)]
fn scale_body<S: Simd>(_: S, out: &mut [u32], factor: Factor, modulus: &Modulus) {
    for x in out {
        *x = modulus.multiply_by(*x, factor);
    }
}

kernel! {
    /// `out -= a` for `a` below p, which adds p: `out` below 3p comes to below 4p.
    subtract_lazy, subtract_lazy_body, (out: &mut [u32], a: &[u32], modulus: &Modulus)
}

#[inline(always)]
fn subtract_lazy_body<S: Simd>(_: S, out: &mut [u32], a: &[u32], modulus: &Modulus) {
    for (out, &a) in out.iter_mut().zip(a) {
        *out = out.wrapping_add(modulus.p).wrapping_sub(a);
    }
}

kernel! {
    /// `out -= a`.
    subtract, subtract_body, (out: &mut [u32], a: &[u32], modulus: &Modulus)
}

#[inline(always)]
fn subtract_body<S: Simd>(_: S, out: &mut [u32], a: &[u32], modulus: &Modulus) {
    for (out, &a) in out.iter_mut().zip(a) {
        *out = modulus.subtract(*out, a);
    }
}

/// The residue of `x + half(from)` is the representative of x in -from/2..from/2, plus `half(from)`.
fn half(from: &Modulus) -> u32 {
    from.p / 2
}

kernel! {
    /// Products with `factor`, modulo `to`, of the representatives in -from/2..from/2 of `source`; below three times `to`.
    lift, lift_body, (source: &[u32], target: &mut [u32], from: &Modulus, to: &Modulus, factor: Factor)
}

#[inline(always)]
fn lift_body<S: Simd>(
    s: S,
    source: &[u32],
    target: &mut [u32],
    from: &Modulus,
    to: &Modulus,
    factor: Factor,
) {
    let len = target.len();
    assert!(source.len() == len && len.is_multiple_of(LANES));
    let (source_prime, prime) = (Prime::new(s, from), Prime::new(s, to));
    let (value, quotient) = (s.splat(factor.value), s.splat(factor.quotient));
    let offset = s.splat(to.subtract(0, to.multiply_by(half(from), factor)));
    let half = s.splat(half(from));
    for at in (0..len).step_by(S::LANES) {
        // SAFETY: `at` is below `len`, a multiple of `LANES`, which all slices have.
        unsafe {
            let x = source_prime.add(load(s, source, at), half);
            // Below 5/4 of the prime, since x is below 2^30.
            store(s, s.add(prime.multiply_lazy(x, value, quotient), offset), target, at);
        }
    }
}

kernel! {
    /// `out = (out - x) * factor` modulo `to`, for the representatives x in -from/2..from/2 of `source`.
    subtract_lifted, subtract_lifted_body,
    (out: &mut [u32], source: &[u32], from: &Modulus, to: &Modulus, factor: Factor)
}

#[inline(always)]
fn subtract_lifted_body<S: Simd>(
    s: S,
    out: &mut [u32],
    source: &[u32],
    from: &Modulus,
    to: &Modulus,
    factor: Factor,
) {
    let len = out.len();
    assert!(source.len() == len && len.is_multiple_of(LANES));
    let (source_prime, prime) = (Prime::new(s, from), Prime::new(s, to));
    let (value, quotient) = (s.splat(factor.value), s.splat(factor.quotient));
    // Congruent to `half`, and no less than a residue modulo `from`.
    let offset = s.splat(from.p.next_multiple_of(to.p) + to.reduce_word(half(from)));
    let half = s.splat(half(from));
    for at in (0..len).step_by(S::LANES) {
        // SAFETY: `at` is below `len`, a multiple of `LANES`, which all slices have.
        unsafe {
            let x = source_prime.add(load(s, source, at), half);
            let difference = s.sub(s.add(load(s, out, at), offset), x);
            let product = prime.multiply_lazy(difference, value, quotient);
            store(s, prime.subtract_once(product, prime.p), out, at);
        }
    }
}

/// The bases of [`extend`]: what it multiplies with and adds, for one target.
#[derive(Clone, Copy)]
pub(crate) struct Extension {
    /// The target prime.
    pub(crate) to: Modulus,
    /// The factors of either source, modulo the target.
    pub(crate) factors: [Factor; 2],
    /// The addend, below the target.
    pub(crate) offset: u32,
}

kernel! {
    /// `out[j] = x[0] * factors[0] + x[1] * factors[1] + offset` modulo the target `j`, below four times the target, for
    /// words of `x` below 2^29.
    extend, extend_body, (out: [&mut [u32]; 2], x: [&[u32]; 2], extensions: &[Extension; 2])
}

#[inline(always)]
fn extend_body<S: Simd>(s: S, out: [&mut [u32]; 2], x: [&[u32]; 2], extensions: &[Extension; 2]) {
    let [out0, out1] = out;
    assert!(out0.len() >= N && out1.len() >= N && x[0].len() >= N && x[1].len() >= N);
    let splat = |e: &Extension| {
        let [f, g] = e.factors;
        [e.to.p, e.offset, f.value, f.quotient, g.value, g.quotient].map(|word| s.splat(word))
    };
    let targets = [splat(&extensions[0]), splat(&extensions[1])];
    for at in (0..N).step_by(S::LANES) {
        // SAFETY: `at` is below N, and every slice has N words.
        unsafe {
            let (x, y) = (load(s, x[0], at), load(s, x[1], at));
            let mut sums = [x; 2];
            for (sum, [p, offset, f, f_quotient, g, g_quotient]) in sums.iter_mut().zip(targets) {
                // Each of the two products is less than 9/8 p too large.
                let quotient = s.add(s.mul_high_uniform(x, f_quotient), s.mul_high_uniform(y, g_quotient));
                let product = s.add(s.mul_low(x, f), s.mul_low(y, g));
                *sum = s.add(s.sub(product, s.mul_low(quotient, p)), offset);
            }
            store(s, sums[0], out0, at);
            store(s, sums[1], out1, at);
        }
    }
}

kernel! {
    /// The numbers in 0..q whose residues are `x0` and `x1`.
    compose, compose_body, (x0: &[u32], x1: &[u32], target: &mut [u64], q0: &Modulus, q0_inverse: Factor, q1: &Modulus)
}

#[inline(always)]
fn compose_body<S: Simd>(
    _: S,
    x0: &[u32],
    x1: &[u32],
    target: &mut [u64],
    q0: &Modulus,
    q0_inverse: Factor,
    q1: &Modulus,
) {
    for ((out, &x0), &x1) in target.iter_mut().zip(x0).zip(x1) {
        *out = compose_residues(x0, x1, q0, q0_inverse, q1);
    }
}

/// The number in 0..q whose residues are `x0` and `x1` (Chinese remainder theorem). Constant time.
#[inline(always)]
pub(crate) fn compose_residues(x0: u32, x1: u32, q0: &Modulus, q0_inverse: Factor, q1: &Modulus) -> u64 {
    let digit = q1.multiply_by(x1 + q1.p - q1.reduce_word(x0), q0_inverse);
    u64::from(x0) + u64::from(q0.p) * u64::from(digit)
}

kernel! {
    /// The balanced base-2^14 digits of numbers in 0..q, centred: the last digit keeps what the centred number has over the
    /// others. As residues.
    ring_digits, ring_digits_body, (source: &[u64], out: [&mut [u32]; RING_DIGITS], modulus: &Modulus)
}

#[inline(always)]
fn ring_digits_body<S: Simd>(_: S, source: &[u64], out: [&mut [u32]; RING_DIGITS], modulus: &Modulus) {
    const HALF: i64 = 1 << (RING_DIGIT_BITS - 1);
    const MASK: i64 = (1 << RING_DIGIT_BITS) - 1;
    let offset: i64 = (0..RING_DIGITS as u32).map(|d| HALF << (RING_DIGIT_BITS * d)).sum();
    let [d0, d1, d2, d3] = out;
    let digits = d0.iter_mut().zip(d1).zip(d2).zip(d3);
    for ((((d0, d1), d2), d3), &x) in digits.zip(source) {
        let x = centre(x) + offset;
        let digit = |d: u32| x >> (RING_DIGIT_BITS * d);
        let residue = |digit: i64| modulus.reduce_small((digit - HALF) as i32);
        (*d0, *d1) = (residue(digit(0) & MASK), residue(digit(1) & MASK));
        (*d2, *d3) = (residue(digit(2) & MASK), residue(digit(3)));
    }
}

kernel! {
    /// `out[j] = a[2 j] + a[2 j + 1]`.
    add_pairs, add_pairs_body, (out: &mut [u32], a: &[u32], modulus: &Modulus)
}

#[inline(always)]
fn add_pairs_body<S: Simd>(s: S, out: &mut [u32], a: &[u32], modulus: &Modulus) {
    let len = out.len();
    assert!(len.is_multiple_of(LANES) && a.len() == 2 * len);
    let prime = Prime::new(s, modulus);
    for at in (0..len).step_by(S::LANES) {
        // SAFETY: `at` is below `len`, a multiple of `LANES`, and `a` has twice as many words.
        unsafe {
            let (even, odd) = s.unzip(load(s, a, 2 * at), load(s, a, 2 * at + S::LANES));
            store(s, prime.add(even, odd), out, at);
        }
    }
}

kernel! {
    /// `out[j] += a[2 j]`.
    add_even, add_even_body, (out: &mut [u32], a: &[u32], modulus: &Modulus)
}

#[inline(always)]
fn add_even_body<S: Simd>(s: S, out: &mut [u32], a: &[u32], modulus: &Modulus) {
    let len = out.len();
    assert!(len.is_multiple_of(LANES) && a.len() == 2 * len);
    let prime = Prime::new(s, modulus);
    for at in (0..len).step_by(S::LANES) {
        // SAFETY: `at` is below `len`, a multiple of `LANES`, and `a` has twice as many words.
        unsafe {
            let (even, _) = s.unzip(load(s, a, 2 * at), load(s, a, 2 * at + S::LANES));
            store(s, prime.add(load(s, out, at), even), out, at);
        }
    }
}

/// Reads the vector of `words` from `at` on.
///
/// # Safety
/// `at + S::LANES` is at most the number of words.
#[inline(always)]
unsafe fn load<S: Simd>(s: S, words: &[u32], at: usize) -> S::V {
    debug_assert!(at + S::LANES <= words.len());
    // SAFETY: the caller's.
    unsafe { s.read(words.as_ptr().add(at)) }
}

/// Reads the vector of `words` from `at` on as an operand.
///
/// # Safety
/// As for [`load`].
#[inline(always)]
unsafe fn operand<S: Simd>(s: S, words: &[u32], at: usize) -> S::Operand {
    // SAFETY: the caller's.
    s.operand(unsafe { load(s, words, at) })
}

/// Writes a vector to `words` from `at` on.
///
/// # Safety
/// As for [`load`].
#[inline(always)]
unsafe fn store<S: Simd>(s: S, v: S::V, words: &mut [u32], at: usize) {
    debug_assert!(at + S::LANES <= words.len());
    // SAFETY: the caller's.
    unsafe { s.write(v, words.as_mut_ptr().add(at)) }
}

/// A modulus in every lane, with the reductions of the module `modulus`.
struct Prime<S: Simd> {
    s: S,
    p: S::V,
    p2: S::V,
    inverse: S::V,
    one_quotient: S::V,
}

impl<S: Simd> Prime<S> {
    #[inline(always)]
    fn new(s: S, m: &Modulus) -> Self {
        Self {
            s,
            p: s.splat(m.p),
            p2: s.splat(2 * m.p),
            inverse: s.splat(m.inverse),
            one_quotient: s.splat(m.one_quotient),
        }
    }

    #[inline(always)]
    fn subtract_once(&self, x: S::V, m: S::V) -> S::V {
        self.s.min(x, self.s.sub(x, m))
    }

    /// `a + b`.
    #[inline(always)]
    fn add(&self, a: S::V, b: S::V) -> S::V {
        self.subtract_once(self.s.add(a, b), self.p)
    }

    /// `a - b`.
    #[inline(always)]
    fn sub(&self, a: S::V, b: S::V) -> S::V {
        // Below zero the difference is the larger one as a word.
        let difference = self.s.sub(a, b);
        self.s.min(difference, self.s.add(difference, self.p))
    }

    /// `x * factor`, below 2p, for any x.
    #[inline(always)]
    fn multiply_lazy(&self, x: S::V, value: S::V, quotient: S::V) -> S::V {
        let s = self.s;
        let quotient = s.mul_high_uniform(x, quotient);
        s.sub(s.mul_low(x, value), s.mul_low(quotient, self.p))
    }

    /// `sums * 2^-32`, fully reduced.
    #[inline(always)]
    fn reduce(&self, sums: S::Sums, size: Size) -> S::V {
        let s = self.s;
        if size != Size::Any {
            let r = s.montgomery(sums, self.inverse, self.p); // over -p and below p, or 2p
            let r = s.min(r, s.add(r, self.p));
            return if size == Size::Twice { self.subtract_once(r, self.p) } else { r };
        }
        let (low, high) = s.split(sums);
        let quotient = s.mul_high_uniform(high, self.one_quotient);
        let high = s.sub(high, s.mul_low(quotient, self.p)); // below 2p
        let m = s.mul_high_uniform(s.mul_low(low, self.inverse), self.p); // below p
        let r = s.sub(s.add(high, self.p), m);
        self.subtract_once(self.subtract_once(r, self.p2), self.p)
    }

    /// `a * b * 2^-32`, fully reduced, for `a * b` below 2^32 p.
    #[inline(always)]
    fn multiply(&self, a: S::V, b: S::V) -> S::V {
        let s = self.s;
        self.reduce(s.multiply_add(s.zero_sums(), s.operand(a), s.operand(b)), Size::Once)
    }
}

/// How large a sum of products is, which tells what its reduction has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// Below 2^32 p.
    Once,
    /// Below 2^33 p.
    Twice,
    /// Below 2^64.
    Any,
}

impl Size {
    /// Of a sum of `count` products modulo `m`.
    fn of_sum(count: usize, m: &Modulus) -> Self {
        match (count as u64 * u64::from(m.p)) >> 32 {
            0 => Self::Once,
            1 => Self::Twice,
            _ => Self::Any,
        }
    }
}

/// Most products that are summed before a reduction, so that 64 bits hold them for every prime of the chain.
pub(crate) const MOST_PRODUCTS: usize = 16;

kernel! {
    /// `out[c] = sum over i of digits[i] * keys[i][c]`, for both components c, of at most 16 products. A digit has N
    /// words, its key `[component][lane]` for every tile, at strides of `stride` words, in Montgomery form.
    dot, dot_body, (out: [&mut [u32]; 2], digits: &[&[u32]], keys: &[&[u32]], stride: usize, modulus: &Modulus)
}

kernel! {
    /// [`dot`] for keys of three components.
    dot_3, dot_body, (out: [&mut [u32]; 3], digits: &[&[u32]], keys: &[&[u32]], stride: usize, modulus: &Modulus)
}

#[inline(always)]
fn dot_body<S: Simd, const C: usize>(
    s: S,
    out: [&mut [u32]; C],
    digits: &[&[u32]],
    keys: &[&[u32]],
    stride: usize,
    modulus: &Modulus,
) {
    check_products::<C>(digits, keys, stride);
    assert!(out.iter().all(|out| out.len() >= N));
    let prime = Prime::new(s, modulus);
    let size = Size::of_sum(digits.len(), modulus);
    for at in (0..N).step_by(S::LANES) {
        // SAFETY: `at` is below N, which all slices have, and the lengths of digits and keys are checked.
        unsafe {
            let sums = products::<S, C>(s, digits, keys, stride, at);
            for c in 0..C {
                store(s, prime.reduce(sums[c], size), out[c], at);
            }
        }
    }
}

/// Asserts the lengths that [`products`] relies on.
fn check_products<const C: usize>(digits: &[&[u32]], keys: &[&[u32]], stride: usize) {
    assert!(digits.len() == keys.len() && digits.len() <= MOST_PRODUCTS);
    assert!(digits.iter().all(|d| d.len() >= N));
    assert!(keys.iter().all(|k| k.len() >= (TILES - 1) * stride + C * LANES));
}

/// The sums of [`dot`] at words `at` and following, before reduction.
///
/// # Safety
/// Digits and keys have passed [`check_products`], and `at` is a multiple of `S::LANES` below N.
#[inline(always)]
unsafe fn products<S: Simd, const C: usize>(
    s: S,
    digits: &[&[u32]],
    keys: &[&[u32]],
    stride: usize,
    at: usize,
) -> [S::Sums; C] {
    let key = at / LANES * stride + at % LANES;
    let mut sums = [s.zero_sums(); C];
    for i in 0..digits.len() {
        // SAFETY: a digit has N words; `key` and C lines from its line on are in the key's tile of `at`.
        unsafe {
            let digit = operand(s, digits[i], at);
            for c in 0..C {
                sums[c] = s.multiply_add(sums[c], digit, operand(s, keys[i], key + c * LANES));
            }
        }
    }
    sums
}

kernel! {
    /// `out[c] += sum over i of digits[i] * keys[i][c]`: [`dot`] on top of what is there.
    dot_add, dot_add_body,
    (out: [&mut [u32]; 2], digits: &[&[u32]], keys: &[&[u32]], stride: usize, modulus: &Modulus)
}

#[inline(always)]
fn dot_add_body<S: Simd>(
    s: S,
    out: [&mut [u32]; 2],
    digits: &[&[u32]],
    keys: &[&[u32]],
    stride: usize,
    modulus: &Modulus,
) {
    let [out0, out1] = out;
    check_products::<2>(digits, keys, stride);
    assert!(out0.len() >= N && out1.len() >= N);
    let prime = Prime::new(s, modulus);
    let size = Size::of_sum(digits.len(), modulus);
    for at in (0..N).step_by(S::LANES) {
        // SAFETY: `at` is below N, which all slices have, and the lengths of digits and keys are checked.
        unsafe {
            let [x, y] = products(s, digits, keys, stride, at);
            let (x, y) = (prime.reduce(x, size), prime.reduce(y, size));
            store(s, prime.add(load(s, out0, at), x), out0, at);
            store(s, prime.add(load(s, out1, at), y), out1, at);
        }
    }
}

/// What [`finish_switch`] needs for one limb.
#[derive(Clone, Copy)]
pub(crate) struct Switch<'a> {
    /// The digits, N words each.
    pub(crate) digits: [&'a [u32]; RNS_DIGITS],
    /// Their keys, `[component][lane]` for every tile in Montgomery form.
    pub(crate) keys: [&'a [u32]; RNS_DIGITS],
    /// Words from one tile of a key to the next.
    pub(crate) stride: usize,
    /// What is subtracted from either component: N words each.
    pub(crate) remainder: [&'a [u32]; 2],
    /// What is added to component 0: N words.
    pub(crate) addend: &'a [u32],
    /// The automorphism that is applied last.
    pub(crate) permutation: &'a Permutation,
}

kernel! {
    /// `out[c] = permutation( sum of digits[i] * keys[i][c] - remainder[c] + (addend for c = 0) )`.
    finish_switch, finish_switch_body, (out: [&mut [u32]; 2], switch: Switch<'_>, modulus: &Modulus)
}

#[inline(always)]
fn finish_switch_body<S: Simd>(s: S, out: [&mut [u32]; 2], switch: Switch<'_>, modulus: &Modulus) {
    let Switch { digits, keys, stride, remainder, addend, permutation } = switch;
    let [out0, out1] = out;
    check_products::<2>(&digits, &keys, stride);
    assert!(out0.len() >= N && out1.len() >= N && addend.len() >= N);
    assert!(remainder[0].len() >= N && remainder[1].len() >= N);
    let prime = Prime::new(s, modulus);
    let size = Size::of_sum(digits.len(), modulus);
    for i in 0..N / S::LANES {
        let at = i * S::LANES;
        // SAFETY: `at` and `target` are multiples of `S::LANES` below N, which all slices have, and the lengths of digits and
        // keys are checked.
        unsafe {
            let [x, y] = products(s, &digits, &keys, stride, at);
            let (x, y) = (prime.reduce(x, size), prime.reduce(y, size));
            let x = prime.add(prime.sub(x, load(s, remainder[0], at)), load(s, addend, at));
            let y = prime.sub(y, load(s, remainder[1], at));
            let (target, index) = permutation.step(s, i);
            store(s, s.permute(x, index), out0, target);
            store(s, s.permute(y, index), out1, target);
        }
    }
}

kernel! {
    /// Writes the automorphism of the words of `source`, which are those of a polynomial from word `first` on, to their
    /// places in `target`.
    permute, permute_body, (source: &[u32], first: usize, target: &mut [u32], permutation: &Permutation)
}

#[inline(always)]
fn permute_body<S: Simd>(s: S, source: &[u32], first: usize, target: &mut [u32], permutation: &Permutation) {
    check_part(source, first, target);
    for i in 0..source.len() / S::LANES {
        let (to, index) = permutation.step(s, first / S::LANES + i);
        // SAFETY: a whole vector of `source`, whose length is a multiple of `LANES`; `to` is a multiple of `S::LANES` below N.
        unsafe {
            store(s, s.permute(load(s, source, i * S::LANES), index), target, to);
        }
    }
}

/// Asserts that `source` is of tiles from word `first` on of a polynomial of N words, and that `target` has as many.
fn check_part(source: &[u32], first: usize, target: &[u32]) {
    assert!(source.len().is_multiple_of(LANES) && first.is_multiple_of(LANES) && first + source.len() <= N);
    assert!(target.len() >= N);
}

kernel! {
    /// Adds the automorphism of the words of `source`, which are those of a polynomial from word `first` on, to `sum`.
    add_permuted, add_permuted_body,
    (sum: &mut [u32], source: &[u32], first: usize, permutation: &Permutation, modulus: &Modulus)
}

#[inline(always)]
fn add_permuted_body<S: Simd>(
    s: S,
    sum: &mut [u32],
    source: &[u32],
    first: usize,
    permutation: &Permutation,
    modulus: &Modulus,
) {
    check_part(source, first, sum);
    let prime = Prime::new(s, modulus);
    for i in 0..source.len() / S::LANES {
        let (to, index) = permutation.step(s, first / S::LANES + i);
        // SAFETY: a whole vector of `source`, whose length is a multiple of `LANES`; `to` is a multiple of `S::LANES` below N.
        unsafe {
            let image = s.permute(load(s, source, i * S::LANES), index);
            store(s, prime.add(load(s, sum, to), image), sum, to);
        }
    }
}

kernel! {
    /// Asks for words that are soon to be used once.
    prefetch, prefetch_body, (words: &[u32])
}

#[inline(always)]
fn prefetch_body<S: Simd>(s: S, words: &[u32]) {
    for line in words.chunks(LANES) {
        s.prefetch(line, 0);
    }
}

/// Words between [`expand`]'s digits: not a power of two.
pub(crate) const MODULE_STRIDE: usize = MODULE_N + LANES;

/// Reads the words of `words` from `at` on, each eight times in a row, as an operand.
///
/// # Safety
/// `at + S::LANES / 8` is at most the number of words.
#[inline(always)]
unsafe fn repeated<S: Simd>(s: S, words: &[u32], at: usize) -> S::Operand {
    debug_assert!(at + S::LANES / 8 <= words.len());
    // SAFETY: the caller's.
    s.operand(unsafe { s.read_repeated(words.as_ptr().add(at), 8) })
}

kernel! {
    /// [`dot`] for digits of the form `e(X^8) + X o(X^8)`, of as many words as `out` has from word `first` on: `even` and
    /// `odd` (if it is not zero) hold their values modulo X^512 + 1 (each belongs to eight words in a row) for one digit
    /// after the other, at strides of `MODULE_STRIDE`; `x_values` are those of X, in Montgomery form.
    expand, expand_body,
    (
        out: [&mut [u32]; 2],
        first: usize,
        even: &[u32],
        odd: Option<&[u32]>,
        keys: &[&[u32]],
        stride: usize,
        x_values: &[u32],
        modulus: &Modulus,
    )
}

#[inline(always)]
fn expand_body<S: Simd>(
    s: S,
    out: [&mut [u32]; 2],
    first: usize,
    even: &[u32],
    odd: Option<&[u32]>,
    keys: &[&[u32]],
    stride: usize,
    x_values: &[u32],
    modulus: &Modulus,
) {
    let [out0, out1] = out;
    let (count, len) = (keys.len(), out0.len());
    assert!(
        len.is_multiple_of(LANES) && first.is_multiple_of(LANES) && first + len <= N && out1.len() >= len
    );
    assert!(count <= MOST_PRODUCTS && keys.iter().all(|k| k.len() >= (TILES - 1) * stride + 2 * LANES));
    assert!(even.len() >= count * MODULE_STRIDE && odd.is_none_or(|odd| odd.len() >= count * MODULE_STRIDE));
    assert!(x_values.len() >= N);
    let prime = Prime::new(s, modulus);
    let size = Size::of_sum(count, modulus);
    for target in (0..len).step_by(S::LANES) {
        let at = first + target;
        let key = at / LANES * stride + at % LANES;
        let mut sums = [s.zero_sums(); 4];
        for i in 0..count {
            // SAFETY: `key` and the line after its line are in the key's tile of `at`, which is below N; a digit has N / 8 words
            // and more.
            unsafe {
                let (k0, k1) = (operand(s, keys[i], key), operand(s, keys[i], key + LANES));
                let e = repeated(s, even, i * MODULE_STRIDE + at / 8);
                sums[0] = s.multiply_add(sums[0], k0, e);
                sums[1] = s.multiply_add(sums[1], k1, e);
                if let Some(odd) = odd {
                    let o = repeated(s, odd, i * MODULE_STRIDE + at / 8);
                    sums[2] = s.multiply_add(sums[2], k0, o);
                    sums[3] = s.multiply_add(sums[3], k1, o);
                }
            }
        }
        let (mut x, mut y) = (prime.reduce(sums[0], size), prime.reduce(sums[1], size));
        if odd.is_some() {
            // SAFETY: `at` is below N, and there are as many values.
            let twist = unsafe { load(s, x_values, at) };
            x = prime.add(x, prime.multiply(prime.reduce(sums[2], size), twist));
            y = prime.add(y, prime.multiply(prime.reduce(sums[3], size), twist));
        }
        // SAFETY: `target` is below `len`, a multiple of `LANES`, which both have.
        unsafe {
            store(s, x, out0, target);
            store(s, y, out1, target);
        }
    }
}

/// How many words before their use factors are asked for: 8 KiB. Each is used once and comes from main memory; the
/// processor's own prefetching does not keep up with the loop.
const AHEAD: usize = 2048;

/// Words of one input's two components in a tile: `[component][lane]`.
pub(crate) const TILE: usize = 2 * LANES;

kernel! {
    /// Inner products of one tile: for every row r, giant g and component c,
    /// `out[r][g][c][lane] = sum_i table[g][i][lane] * tiles[r][i][c][lane]`, over `inputs` values of i, with `table` in
    /// Montgomery form and a prime below 2^28; in `out`, lanes are `stride` words from those of the next component.
    tile_products, tile_products_body,
    (out: &mut [u32], stride: usize, table: &[u32], tiles: &[u32], inputs: usize, modulus: &Modulus)
}

#[inline(always)]
fn tile_products_body<S: Simd>(
    s: S,
    out: &mut [u32],
    stride: usize,
    table: &[u32],
    tiles: &[u32],
    inputs: usize,
    modulus: &Modulus,
) {
    let (giants, rows) = (table.len() / (inputs * LANES), tiles.len() / (inputs * TILE));
    assert!(table.len() == giants * inputs * LANES && tiles.len() == rows * inputs * TILE);
    assert!(modulus.p < 1 << 28);
    assert!((2 * rows * giants).checked_sub(1).is_none_or(|last| out.len() >= last * stride + LANES));
    let work = TileProducts { prime: Prime::new(s, modulus), size: Size::of_sum(inputs, modulus), inputs };
    for giant in 0..giants {
        let factors = &table[giant * inputs * LANES..][..inputs * LANES];
        let mut row = 0;
        while row < rows {
            let tiles = &tiles[row * inputs * TILE..];
            let out = &mut out[2 * (row * giants + giant) * stride..];
            // SAFETY: `factors` is of the length asked for, and the lengths of `table`, `tiles` and `out` are asserted for all
            // rows and giants. A vector is half a line or a whole one.
            row += unsafe {
                if S::LANES < LANES {
                    work.rows::<2, 1>(out, [stride, giants], factors, tiles, row == 0)
                } else if rows - row >= SIDE_BY_SIDE {
                    work.rows::<1, SIDE_BY_SIDE>(out, [stride, giants], factors, tiles, row == 0)
                } else {
                    work.rows::<1, 1>(out, [stride, giants], factors, tiles, row == 0)
                }
            };
        }
    }
}

/// Most products of two words below 2^28 that 64 bits hold the sum of.
const MOST_SUMMED: usize = 255;

/// Rows that share the factors in registers, where these are many.
const SIDE_BY_SIDE: usize = 4;

/// What [`tile_products`] does for every giant.
struct TileProducts<S: Simd> {
    prime: Prime<S>,
    size: Size,
    inputs: usize,
}

impl<S: Simd> TileProducts<S> {
    /// The products of `R` rows with one giant's factors, on a line's `W` vectors; returns `R`. `ahead` asks for factors.
    ///
    /// # Safety
    /// `W * S::LANES` is `LANES`; `factors` has `inputs` lines, and `tiles` `inputs` tiles for each of the rows; `out` has
    /// `LANES` words at `stride` times `2 giants r + c` for each row r and component c.
    #[inline(always)]
    unsafe fn rows<const W: usize, const R: usize>(
        &self,
        out: &mut [u32],
        [stride, giants]: [usize; 2],
        factors: &[u32],
        tiles: &[u32],
        ahead: bool,
    ) -> usize {
        let Self { ref prime, size, inputs } = *self;
        let s = prime.s;
        let mut first = 0;
        while first < inputs {
            let end = inputs.min(first + MOST_SUMMED);
            let mut sums = [[[s.zero_sums(); 2]; W]; R];
            for i in first..end {
                if ahead {
                    s.prefetch(&factors[i * LANES..], AHEAD);
                }
                for w in 0..W {
                    // SAFETY: vector w, of W in a line, of line i of `factors`, which has `inputs` lines.
                    let factor = unsafe { operand(s, factors, i * LANES + w * S::LANES) };
                    for r in 0..R {
                        for c in 0..2 {
                            let at = (r * inputs + i) * TILE + c * LANES + w * S::LANES;
                            // SAFETY: the same vector of line c of tile i of row r; `tiles` has `inputs` tiles for R rows.
                            let word = unsafe { operand(s, tiles, at) };
                            sums[r][w][c] = s.multiply_add(sums[r][w][c], factor, word);
                        }
                    }
                }
            }
            for r in 0..R {
                for w in 0..W {
                    for c in 0..2 {
                        let at = (2 * r * giants + c) * stride + w * S::LANES;
                        let mut sum = prime.reduce(sums[r][w][c], size);
                        // SAFETY: the same vector of `LANES` words at a stride for each row, giant and component.
                        unsafe {
                            if first > 0 {
                                sum = prime.add(load(s, out, at), sum);
                            }
                            store(s, sum, out, at);
                        }
                    }
                }
            }
            first = end;
        }
        R
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::MODULI;
    use crate::test_random::words;

    #[test]
    fn sums_of_every_size_are_reduced() {
        let sizes = MODULI.each_ref().map(|m| [1, 4, 8, 16].map(|count| Size::of_sum(count, m)));
        assert!([Size::Once, Size::Twice, Size::Any].iter().all(|size| sizes.as_flattened().contains(size)));
        for m in &MODULI {
            let residues: Vec<u32> = words(7, N).map(|x| m.reduce_word(x)).collect();
            for words in [&residues, &vec![m.p - 1; N]] {
                let keys: Vec<u32> = words.chunks(LANES).flat_map(|line| [line, line].concat()).collect();
                let sum = |word: u32, count: usize| {
                    let product = m.montgomery_multiply(word, word);
                    (u64::from(product) * count as u64 % u64::from(m.p)) as u32
                };
                for count in 1..=MOST_PRODUCTS {
                    let (digits, keys) = (vec![words.as_slice(); count], vec![keys.as_slice(); count]);
                    let (mut x, mut y) = (vec![0; N], vec![0; N]);
                    dot([&mut x, &mut y], &digits, &keys, TILE, m);
                    let expected: Vec<u32> = words.iter().map(|&word| sum(word, count)).collect();
                    assert!(x == expected && y == expected, "{count} products");
                    dot_add([&mut x, &mut y], &digits, &keys, TILE, m);
                    let expected: Vec<u32> = words.iter().map(|&word| sum(word, 2 * count)).collect();
                    assert!(x == expected && y == expected, "{count} products, twice");
                }
            }
        }
    }

    #[test]
    fn however_many_products_are_summed() {
        let m = &MODULI[0];
        let (largest, product) = (m.p - 1, m.montgomery_multiply(m.p - 1, m.p - 1));
        for inputs in [1, 16, 17, 255, 256, 510, 512] {
            let (table, tiles) = (vec![largest; inputs * LANES], vec![largest; 5 * inputs * TILE]);
            let mut out = vec![0; 10 * LANES];
            tile_products(&mut out, LANES, &table, &tiles, inputs, m);
            let expected = (u64::from(product) * inputs as u64 % u64::from(m.p)) as u32;
            assert!(out.iter().all(|&word| word == expected), "{inputs} products");
        }
    }
}
