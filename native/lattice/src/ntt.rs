//! The negacyclic number-theoretic transform of degree N.
//!
//! Forward: Cooley-Tukey butterflies from natural to bit-reversed order; position j of the result holds the value at
//! `psi^(2*brv(j) + 1)`, with psi a primitive 2N-th root of unity and brv the reversal of 12 bits. Inverse:
//! Gentleman-Sande. Twiddles and lazy reductions follow P. Longa and M. Naehrig (ePrint 2016/504) and D. Harvey (2014).
//!
//! In a pass over memory eight vectors go through stages in registers: three stages on vectors that lie far apart, and in
//! the last pass (the first one of the inverse) those at distances below a vector's length, which exchange lanes of pairs
//! of vectors; vectors of sixteen words go through two stages between whole vectors in the same pass. Polynomials in X^2,
//! X^8 have transforms of their own, of fewer stages. Sums stay below 16p for primes below 2^28, which are reduced
//! half-way alone, and below 4p otherwise.
//!
//! **Unsafe code.** Reads and writes of vectors of polynomials, whose lengths are asserted at the entrances, and of words of
//! tables, which have N; positions are below them by the loops' bounds, which are constants, and debug builds check each.
#![allow(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    reason = "arrays of constant length, and positions below N in tables of N words"
)]
#![allow(
    clippy::needless_range_loop,
    reason = "closures of iterators may be compiled outside of the function for which the vector instructions are enabled"
)]

use crate::modulus::{Factor, Modulus};
use crate::params::{LOG_N, MODULE_N, N, PRIMES, RESPONSE_N};
use crate::simd::{Simd, kernel};

/// Degree of the ring of polynomials in X^2.
pub(crate) const HALF_N: usize = RESPONSE_N;

/// Vectors that go through stages in registers together.
const VECTORS: usize = 8;
/// Words of the groups in which the last six stages remain.
const LAST: usize = 64;
/// Primes below this leave room for sums below 16p.
const ROOMY: u32 = 1 << 28;

/// log2 of the power of two that a prime is just below.
const fn bits(p: u32) -> u32 {
    u32::BITS - p.leading_zeros()
}

/// What [`Lanes::below_2p`] relies on.
const _: () = {
    let mut i = 0;
    while i < PRIMES.len() {
        let p = PRIMES[i] as u64;
        assert!(16 * ((1 << bits(PRIMES[i])) - p) <= p);
        i += 1;
    }
};

/// Twiddles, in bit-reversed order: the factor of group i of the stage with m groups at `m + i`.
struct Twiddles {
    values: Box<[u32; N]>,
    /// Shoup's quotients.
    quotients: Box<[u32; N]>,
}

/// The index with its bits in reversed order.
fn reverse(i: usize) -> usize {
    i.reverse_bits() >> (usize::BITS as usize - LOG_N)
}

impl Twiddles {
    fn new(modulus: &Modulus, root: u32) -> Self {
        let mut powers = vec![1; N];
        for i in 1..N {
            powers[i] = modulus.multiply(powers[i - 1], root);
        }
        let mut twiddles = Self { values: Box::new([0; N]), quotients: Box::new([0; N]) };
        for i in 0..N {
            let factor = modulus.factor(powers[reverse(i)].into());
            (twiddles.values[i], twiddles.quotients[i]) = (factor.value, factor.quotient);
        }
        twiddles
    }
}

/// What an inverse transform multiplies with at its end: the inverse of the degree, and that times the last twiddle.
pub(crate) struct Scale([Factor; 2]);

/// The transform modulo one prime.
pub(crate) struct Ntt {
    pub(crate) modulus: Modulus,
    forward: Twiddles,
    inverse: Twiddles,
    scale: Scale,
    /// For polynomials in X^2.
    half_scale: Scale,
    /// For polynomials in X^8.
    module_scale: Scale,
    /// The values of X, in Montgomery form.
    pub(crate) x_values: Box<[u32; N]>,
}

impl Ntt {
    /// Tables for a prime that is 1 modulo 2N.
    pub(crate) fn new(modulus: &Modulus) -> Self {
        let psi = modulus.root_of_unity(2 * N as u32);
        let inverse = Twiddles::new(modulus, modulus.invert(psi));
        let scale = |degree: usize| {
            let scale = modulus.invert(degree as u32);
            let last = modulus.multiply(scale, inverse.values[1]);
            Scale([modulus.factor(scale.into()), modulus.factor(last.into())])
        };
        let [scale, half_scale, module_scale] = [N, HALF_N, MODULE_N].map(scale);
        let mut x_values = Box::new([0; N]);
        let (mut power, square) = (psi, modulus.multiply(psi, psi));
        for i in 0..N {
            x_values[reverse(i)] = modulus.montgomery_form(power);
            power = modulus.multiply(power, square);
        }
        let forward = Twiddles::new(modulus, psi);
        Self { modulus: *modulus, forward, inverse, scale, half_scale, module_scale, x_values }
    }

    /// Transforms N coefficients below 4p in place; values come out fully reduced.
    pub(crate) fn forward(&self, a: &mut [u32]) {
        forward(a, self);
    }

    /// Transforms the 2048 coefficients of a polynomial in X^2 in place. Value j is the one at positions `2 j` and
    /// `2 j + 1` of the whole transform.
    pub(crate) fn forward_half(&self, a: &mut [u32]) {
        forward_half(a, self);
    }

    /// Transforms the 512 coefficients of a polynomial in X^8 in place. Value j is the one at positions `8 j` to
    /// `8 j + 7` of the whole transform.
    pub(crate) fn forward_module(&self, a: &mut [u32]) {
        forward_module(a, self);
    }

    /// Transforms N values below p back in place; coefficients come out fully reduced.
    pub(crate) fn inverse(&self, a: &mut [u32]) {
        inverse(a, self, &self.scale);
    }

    /// [`inverse`](Self::inverse) of the values that `pieces` are, each of a multiple of 128, and a product with the factor
    /// that `scale` was made for.
    pub(crate) fn inverse_of(&self, pieces: &[&[u32]], a: &mut [u32], scale: &Scale) {
        inverse_of(pieces, a, self, scale);
    }

    /// What [`inverse_of`](Self::inverse_of) multiplies with in order to multiply by `factor`.
    pub(crate) fn scale_by(&self, factor: u32) -> Scale {
        Scale(self.scale.0.map(|f| self.modulus.factor(self.modulus.multiply(f.value, factor).into())))
    }

    /// Transforms 2048 values of a polynomial in X^2 back in place.
    pub(crate) fn inverse_half(&self, a: &mut [u32]) {
        inverse_half(a, self, &self.half_scale);
    }

    /// The 2048 coefficients at even exponents of a polynomial, in place of the sums of its values at positions `2 j` and
    /// `2 j + 1` of the whole transform, which are those at x and -x.
    pub(crate) fn inverse_even(&self, a: &mut [u32]) {
        inverse_half(a, self, &self.scale); // of twice the values, and half of the degree
    }

    /// Transforms 512 values of a polynomial in X^8 back in place.
    pub(crate) fn inverse_module(&self, a: &mut [u32]) {
        inverse_module(a, self, &self.module_scale);
    }
}

kernel! {
    /// The forward transform.
    forward, forward_body, (a: &mut [u32], ntt: &Ntt)
}

kernel! {
    /// The forward transform of a polynomial in X^2.
    forward_half, forward_half_body, (a: &mut [u32], ntt: &Ntt)
}

kernel! {
    /// The forward transform of a polynomial in X^8.
    forward_module, forward_module_body, (a: &mut [u32], ntt: &Ntt)
}

kernel! {
    /// The inverse transform.
    inverse, inverse_body, (a: &mut [u32], ntt: &Ntt, scale: &Scale)
}

kernel! {
    /// The inverse transform of the values that `pieces` are.
    inverse_of, inverse_of_body, (pieces: &[&[u32]], a: &mut [u32], ntt: &Ntt, scale: &Scale)
}

kernel! {
    /// The inverse transform of a polynomial in X^2.
    inverse_half, inverse_half_body, (a: &mut [u32], ntt: &Ntt, scale: &Scale)
}

kernel! {
    /// The inverse transform of a polynomial in X^8.
    inverse_module, inverse_module_body, (a: &mut [u32], ntt: &Ntt, scale: &Scale)
}

/// A factor in every lane, or one for each lane.
#[derive(Clone, Copy)]
struct Factors<V> {
    value: V,
    quotient: V,
}

/// Vectors of the prime's multiples.
struct Lanes<S: Simd> {
    s: S,
    p: S::V,
    p2: S::V,
    p4: S::V,
    p8: S::V,
    bits: S::V,
}

impl<S: Simd> Lanes<S> {
    #[inline(always)]
    fn new(s: S, p: u32) -> Self {
        // The multiples of a larger prime than 2^29 wrap; they are not used for it.
        let multiple = |k: u32| s.splat(p.wrapping_mul(k));
        Self { s, p: multiple(1), p2: multiple(2), p4: multiple(4), p8: multiple(8), bits: s.splat(bits(p)) }
    }

    /// `x` or `x - m`, the one in `0..m`, for `x` below `2m`.
    #[inline(always)]
    fn subtract_once(&self, x: S::V, m: S::V) -> S::V {
        self.s.min(x, self.s.sub(x, m))
    }

    /// `x` less a multiple of p, below 2p, for x below 16p. The bits from p's power of two on are the number of multiples,
    /// at most fifteen; each leaves the little that p is below that power.
    #[inline(always)]
    fn below_2p(&self, x: S::V) -> S::V {
        let multiple = self.s.mul_low(self.s.shift_right(x, self.bits), self.p);
        self.s.sub(x, multiple)
    }

    /// `x mod p` for x below 16p, or below 4p without room.
    #[inline(always)]
    fn normalize<const ROOMY: bool>(&self, x: S::V) -> S::V {
        let x = if ROOMY { self.below_2p(x) } else { self.subtract_once(x, self.p2) };
        self.subtract_once(x, self.p)
    }

    /// `x * factor`, below 2p, for any x. `uniform` says that the factor is the same in lanes 2i and 2i + 1.
    #[inline(always)]
    fn multiply(&self, x: S::V, factor: Factors<S::V>, uniform: bool) -> S::V {
        let s = self.s;
        let quotient =
            if uniform { s.mul_high_uniform(x, factor.quotient) } else { s.mul_high(x, factor.quotient) };
        s.sub(s.mul_low(x, factor.value), s.mul_low(quotient, self.p))
    }

    /// What comes out of at most six stages, below 16p, brought to below 2p where there is room for six more. What is
    /// multiplied next may stay as it is.
    #[inline(always)]
    fn reduce_between<const ROOMY: bool>(&self, x: S::V) -> S::V {
        if ROOMY { self.below_2p(x) } else { x }
    }

    /// Reads the vector of `words` from `at` on.
    ///
    /// # Safety
    /// `at + S::LANES` is at most the number of words.
    #[inline(always)]
    unsafe fn load(&self, words: &[u32], at: usize) -> S::V {
        debug_assert!(at + S::LANES <= words.len());
        // SAFETY: the caller's.
        unsafe { self.s.read(words.as_ptr().add(at)) }
    }

    /// Writes a vector to `words` from `at` on.
    ///
    /// # Safety
    /// `at + S::LANES` is at most the number of words.
    #[inline(always)]
    unsafe fn store(&self, v: S::V, words: &mut [u32], at: usize) {
        debug_assert!(at + S::LANES <= words.len());
        // SAFETY: the caller's.
        unsafe { self.s.write(v, words.as_mut_ptr().add(at)) }
    }

    /// Reads a block's vectors.
    ///
    /// # Safety
    /// There are `VECTORS * S::LANES` words.
    #[inline(always)]
    unsafe fn load_block(&self, words: &[u32]) -> [S::V; VECTORS] {
        let mut v = [self.p; VECTORS];
        for i in 0..VECTORS {
            // SAFETY: the caller's.
            v[i] = unsafe { self.load(words, i * S::LANES) };
        }
        v
    }

    /// Writes a block's vectors.
    ///
    /// # Safety
    /// As for [`load_block`](Self::load_block).
    #[inline(always)]
    unsafe fn store_block(&self, v: [S::V; VECTORS], words: &mut [u32]) {
        for i in 0..VECTORS {
            // SAFETY: the caller's.
            unsafe { self.store(v[i], words, i * S::LANES) };
        }
    }

    /// Twiddle `i` in every lane.
    ///
    /// # Safety
    /// `i` is below N.
    #[inline(always)]
    unsafe fn uniform(&self, twiddles: &Twiddles, i: usize) -> Factors<S::V> {
        debug_assert!(i < N);
        // SAFETY: the caller's.
        let word = |words: &[u32; N]| self.s.splat(unsafe { *words.get_unchecked(i) });
        Factors { value: word(&twiddles.values), quotient: word(&twiddles.quotients) }
    }

    #[inline(always)]
    fn factors(&self, Scale([first, second]): &Scale) -> [Factors<S::V>; 2] {
        let splat = |f: &Factor| Factors { value: self.s.splat(f.value), quotient: self.s.splat(f.quotient) };
        [splat(first), splat(second)]
    }

    /// The `S::LANES / times` twiddles from `i` on, each `times` times in a row.
    ///
    /// # Safety
    /// `i + S::LANES / times` is at most N.
    #[inline(always)]
    unsafe fn repeated(&self, twiddles: &Twiddles, i: usize, times: usize) -> Factors<S::V> {
        debug_assert!(i + S::LANES / times <= N);
        // SAFETY: the caller's.
        let words = |words: &[u32; N]| unsafe { self.s.read_repeated(words.as_ptr().add(i), times) };
        Factors { value: words(&twiddles.values), quotient: words(&twiddles.quotients) }
    }

    /// Cooley-Tukey: `x + y w`, `x - y w`; grows by 2p, from below 2p if `reduce`.
    #[inline(always)]
    fn cooley_tukey(&self, x: S::V, y: S::V, w: Factors<S::V>, uniform: bool, reduce: bool) -> (S::V, S::V) {
        let s = self.s;
        let x = if reduce { self.subtract_once(x, self.p2) } else { x };
        let y = self.multiply(y, w, uniform);
        (s.add(x, y), s.sub(s.add(x, self.p2), y))
    }

    /// Gentleman-Sande: `x + y`, `(x - y) w`, for x and y below `bound`; the sum is below `2 bound`, or below 2p if
    /// `reduce` for a bound of 2p.
    #[inline(always)]
    fn gentleman_sande(
        &self,
        x: S::V,
        y: S::V,
        w: Factors<S::V>,
        uniform: bool,
        bound: S::V,
        reduce: bool,
    ) -> (S::V, S::V) {
        let s = self.s;
        let sum = s.add(x, y);
        let sum = if reduce { self.subtract_once(sum, self.p2) } else { sum };
        (sum, self.multiply(s.sub(s.add(x, bound), y), w, uniform))
    }

    /// The last stage of Gentleman-Sande, for x and y below `bound`: both results scaled and fully reduced.
    #[inline(always)]
    fn last_gentleman_sande(
        &self,
        x: S::V,
        y: S::V,
        scale: &[Factors<S::V>; 2],
        bound: S::V,
    ) -> (S::V, S::V) {
        let s = self.s;
        let (sum, difference) = (s.add(x, y), s.sub(s.add(x, bound), y));
        let scaled = |x, scale| self.subtract_once(self.multiply(x, scale, true), self.p);
        (scaled(sum, scale[0]), scaled(difference, scale[1]))
    }
}

#[inline(always)]
fn forward_body<S: Simd>(s: S, a: &mut [u32], ntt: &Ntt) {
    forward_of_size::<S, N>(s, a, ntt);
}

#[inline(always)]
fn forward_half_body<S: Simd>(s: S, a: &mut [u32], ntt: &Ntt) {
    forward_of_size::<S, HALF_N>(s, a, ntt);
}

#[inline(always)]
fn forward_module_body<S: Simd>(s: S, a: &mut [u32], ntt: &Ntt) {
    forward_of_size::<S, MODULE_N>(s, a, ntt);
}

#[inline(always)]
fn forward_of_size<S: Simd, const SIZE: usize>(s: S, a: &mut [u32], ntt: &Ntt) {
    if ntt.modulus.p < ROOMY {
        forward_stages::<S, true, SIZE>(s, a, ntt);
    } else {
        forward_stages::<S, false, SIZE>(s, a, ntt);
    }
}

#[inline(always)]
fn forward_stages<S: Simd, const ROOMY: bool, const SIZE: usize>(s: S, a: &mut [u32], ntt: &Ntt) {
    let a = &mut a[..SIZE];
    let lanes = Lanes::new(s, ntt.modulus.p);
    let twiddles = &ntt.forward;
    if SIZE == HALF_N {
        forward_pass_of_two::<S, ROOMY, SIZE>(&lanes, a, twiddles);
    } else {
        forward_pass::<S, ROOMY, SIZE, false>(&lanes, a, twiddles, 1);
    }
    if SIZE == N {
        forward_pass::<S, ROOMY, SIZE, false>(&lanes, a, twiddles, 8);
    }
    if SIZE == HALF_N {
        forward_pass::<S, ROOMY, SIZE, false>(&lanes, a, twiddles, 4);
    }
    if S::LANES == 8 {
        forward_pass::<S, ROOMY, SIZE, true>(&lanes, a, twiddles, SIZE / LAST);
    }
    for (block, words) in a.chunks_exact_mut(VECTORS * S::LANES).enumerate() {
        // SAFETY: a block has `VECTORS` vectors.
        let mut v = unsafe { lanes.load_block(words) };
        // Stage after stage for all pairs, not pair after pair: the pairs' chains of dependencies overlap.
        if S::LANES == 16 {
            for i in [0, 1, 4, 5] {
                v[i] = lanes.reduce_between::<ROOMY>(v[i]);
            }
            // SAFETY: `block` is one of those of `SIZE` words.
            unsafe { forward_stage::<S, ROOMY, SIZE, 2>(&lanes, &mut v, twiddles, block) };
            v = s.side_by_side(v);
            // SAFETY: `block` is one of those of `SIZE` words.
            unsafe { forward_stage::<S, ROOMY, SIZE, 1>(&lanes, &mut v, twiddles, block) };
            v = s.side_by_side(v);
            // SAFETY: `block` is one of those of `SIZE` words.
            unsafe { forward_exchange::<S, ROOMY, SIZE, 8>(&lanes, &mut v, twiddles, block) };
            v = s.side_by_side(v);
        }
        // SAFETY: `block` is one of those of `SIZE` words.
        unsafe { forward_exchange::<S, ROOMY, SIZE, 4>(&lanes, &mut v, twiddles, block) };
        v = s.side_by_side(v);
        // SAFETY: `block` is one of those of `SIZE` words.
        unsafe { forward_exchange::<S, ROOMY, SIZE, 2>(&lanes, &mut v, twiddles, block) };
        v = s.side_by_side(v);
        // SAFETY: `block` is one of those of `SIZE` words.
        unsafe { forward_exchange::<S, ROOMY, SIZE, 1>(&lanes, &mut v, twiddles, block) };
        v = s.side_by_side(v);
        for v in &mut v {
            *v = lanes.normalize::<ROOMY>(*v);
        }
        for i in (0..VECTORS).step_by(2) {
            let (x, y) = s.zip(v[i], v[i + 1]);
            // SAFETY: a block has `VECTORS` vectors, an even number.
            unsafe {
                lanes.store(x, words, i * S::LANES);
                lanes.store(y, words, (i + 1) * S::LANES);
            }
        }
    }
}

/// A stage within a block's vectors, `HALF` of them apart.
///
/// # Safety
/// `block` is below `SIZE / (VECTORS * S::LANES)`, and `SIZE` at most N.
#[inline(always)]
unsafe fn forward_stage<S: Simd, const ROOMY: bool, const SIZE: usize, const HALF: usize>(
    lanes: &Lanes<S>,
    v: &mut [S::V; VECTORS],
    twiddles: &Twiddles,
    block: usize,
) {
    let runs = VECTORS / (2 * HALF);
    for run in 0..runs {
        // SAFETY: below `2 * SIZE / (VECTORS * S::LANES) * runs`, and so below N.
        let w = unsafe { lanes.uniform(twiddles, (SIZE / (VECTORS * S::LANES) + block) * runs + run) };
        for i in 2 * HALF * run..2 * HALF * run + HALF {
            (v[i], v[i + HALF]) = lanes.cooley_tukey(v[i], v[i + HALF], w, true, !ROOMY);
        }
    }
}

/// A stage within the pairs of a block's vectors, on words `RUN` apart.
///
/// # Safety
/// `block` is below `SIZE / (VECTORS * S::LANES)`, and `SIZE` at most N.
#[inline(always)]
unsafe fn forward_exchange<S: Simd, const ROOMY: bool, const SIZE: usize, const RUN: usize>(
    lanes: &Lanes<S>,
    v: &mut [S::V; VECTORS],
    twiddles: &Twiddles,
    block: usize,
) {
    for i in (0..VECTORS).step_by(2) {
        let (x, y) = lanes.s.transpose(RUN, v[i], v[i + 1]);
        let first = SIZE / (2 * RUN) + (block * VECTORS + i) * (S::LANES / (2 * RUN));
        // SAFETY: the twiddles of all pairs of all blocks end at `SIZE / RUN`.
        let w = unsafe { lanes.repeated(twiddles, first, RUN) };
        (v[i], v[i + 1]) = lanes.cooley_tukey(x, y, w, RUN > 1, !ROOMY);
    }
}

/// Three stages, the first with `groups` groups; `BETWEEN` if stages have come before that leave no room for all others.
#[inline(always)]
fn forward_pass<S: Simd, const ROOMY: bool, const SIZE: usize, const BETWEEN: bool>(
    lanes: &Lanes<S>,
    a: &mut [u32],
    twiddles: &Twiddles,
    groups: usize,
) {
    assert!(a.len() == SIZE && SIZE <= N && SIZE.is_multiple_of(8 * groups * S::LANES));
    let unit = SIZE / (8 * groups);
    for (group, words) in a.chunks_exact_mut(8 * unit).enumerate() {
        // SAFETY: twiddles below 8 groups, which are at most N.
        let w1 = unsafe { lanes.uniform(twiddles, groups + group) };
        // Not `map`: the compiler may leave its closure outside, where vector instructions are not enabled.
        let (mut w2, mut w3) = ([w1; 2], [w1; 4]);
        for i in 0..2 {
            // SAFETY: as above.
            w2[i] = unsafe { lanes.uniform(twiddles, 2 * (groups + group) + i) };
        }
        for i in 0..4 {
            // SAFETY: as above.
            w3[i] = unsafe { lanes.uniform(twiddles, 4 * (groups + group) + i) };
        }
        for j in (0..unit).step_by(S::LANES) {
            let mut v = [lanes.p; 8];
            for i in 0..8 {
                // SAFETY: a group has eight units, which are whole vectors.
                v[i] = unsafe { lanes.load(words, i * unit + j) };
                if BETWEEN && i < 4 {
                    v[i] = lanes.reduce_between::<ROOMY>(v[i]);
                }
            }
            for i in 0..4 {
                (v[i], v[i + 4]) = lanes.cooley_tukey(v[i], v[i + 4], w1, true, !ROOMY);
            }
            v = lanes.s.side_by_side(v);
            for i in [0, 1, 4, 5] {
                (v[i], v[i + 2]) = lanes.cooley_tukey(v[i], v[i + 2], w2[i / 4], true, !ROOMY);
            }
            v = lanes.s.side_by_side(v);
            for i in [0, 2, 4, 6] {
                (v[i], v[i + 1]) = lanes.cooley_tukey(v[i], v[i + 1], w3[i / 2], true, !ROOMY);
            }
            for i in 0..8 {
                // SAFETY: as above.
                unsafe { lanes.store(v[i], words, i * unit + j) };
            }
        }
    }
}

/// The first two stages of all.
#[inline(always)]
fn forward_pass_of_two<S: Simd, const ROOMY: bool, const SIZE: usize>(
    lanes: &Lanes<S>,
    a: &mut [u32],
    twiddles: &Twiddles,
) {
    assert!(a.len() == SIZE && SIZE <= N && SIZE.is_multiple_of(4 * S::LANES));
    let unit = SIZE / 4;
    // SAFETY: twiddles below N.
    let (w1, w2) =
        unsafe { (lanes.uniform(twiddles, 1), [lanes.uniform(twiddles, 2), lanes.uniform(twiddles, 3)]) };
    for j in (0..unit).step_by(S::LANES) {
        let mut v = [lanes.p; 4];
        for i in 0..4 {
            // SAFETY: there are four units, which are whole vectors.
            v[i] = unsafe { lanes.load(a, i * unit + j) };
        }
        for i in 0..2 {
            (v[i], v[i + 2]) = lanes.cooley_tukey(v[i], v[i + 2], w1, true, !ROOMY);
        }
        for i in [0, 2] {
            (v[i], v[i + 1]) = lanes.cooley_tukey(v[i], v[i + 1], w2[i / 2], true, !ROOMY);
        }
        for i in 0..4 {
            // SAFETY: as above.
            unsafe { lanes.store(v[i], a, i * unit + j) };
        }
    }
}

#[inline(always)]
fn inverse_body<S: Simd>(s: S, a: &mut [u32], ntt: &Ntt, scale: &Scale) {
    inverse_of_size::<S, N>(s, a, ntt, scale);
}

#[inline(always)]
fn inverse_half_body<S: Simd>(s: S, a: &mut [u32], ntt: &Ntt, scale: &Scale) {
    inverse_of_size::<S, HALF_N>(s, a, ntt, scale);
}

#[inline(always)]
fn inverse_module_body<S: Simd>(s: S, a: &mut [u32], ntt: &Ntt, scale: &Scale) {
    inverse_of_size::<S, MODULE_N>(s, a, ntt, scale);
}

#[inline(always)]
fn inverse_of_size<S: Simd, const SIZE: usize>(s: S, a: &mut [u32], ntt: &Ntt, scale: &Scale) {
    if ntt.modulus.p < ROOMY {
        inverse_stages::<S, true, SIZE>(s, a, ntt, scale);
    } else {
        inverse_stages::<S, false, SIZE>(s, a, ntt, scale);
    }
}

#[inline(always)]
fn inverse_stages<S: Simd, const ROOMY: bool, const SIZE: usize>(
    s: S,
    a: &mut [u32],
    ntt: &Ntt,
    scale: &Scale,
) {
    let a = &mut a[..SIZE];
    let lanes = Lanes::new(s, ntt.modulus.p);
    for (block, words) in a.chunks_exact_mut(VECTORS * S::LANES).enumerate() {
        // SAFETY: `block` is one of those of `SIZE` words, and `words` are as many as it has.
        unsafe {
            let v = lanes.load_block(words);
            lanes.store_block(inverse_block::<S, ROOMY, SIZE>(&lanes, v, &ntt.inverse, block), words);
        }
    }
    inverse_passes::<S, ROOMY, SIZE>(&lanes, a, ntt, scale);
}

#[inline(always)]
fn inverse_of_body<S: Simd>(s: S, pieces: &[&[u32]], a: &mut [u32], ntt: &Ntt, scale: &Scale) {
    if ntt.modulus.p < ROOMY {
        inverse_stages_of::<S, true>(s, pieces, a, ntt, scale);
    } else {
        inverse_stages_of::<S, false>(s, pieces, a, ntt, scale);
    }
}

#[inline(always)]
fn inverse_stages_of<S: Simd, const ROOMY: bool>(
    s: S,
    pieces: &[&[u32]],
    a: &mut [u32],
    ntt: &Ntt,
    scale: &Scale,
) {
    let a = &mut a[..N];
    assert!(pieces.iter().all(|piece| piece.len().is_multiple_of(VECTORS * S::LANES)));
    assert!(pieces.iter().map(|piece| piece.len()).sum::<usize>() == N);
    let lanes = Lanes::new(s, ntt.modulus.p);
    let mut blocks = a.chunks_exact_mut(VECTORS * S::LANES).enumerate();
    for piece in pieces {
        for (values, (block, words)) in piece.chunks_exact(VECTORS * S::LANES).zip(&mut blocks) {
            // SAFETY: `block` is one of those of N words, and `values` and `words` are as many as it has.
            unsafe {
                let v = lanes.load_block(values);
                lanes.store_block(inverse_block::<S, ROOMY, N>(&lanes, v, &ntt.inverse, block), words);
            }
        }
    }
    inverse_passes::<S, ROOMY, N>(&lanes, a, ntt, scale);
}

/// The stages at distances within a block.
///
/// # Safety
/// `block` is below `SIZE / (VECTORS * S::LANES)`, and `SIZE` at most N.
#[inline(always)]
unsafe fn inverse_block<S: Simd, const ROOMY: bool, const SIZE: usize>(
    lanes: &Lanes<S>,
    mut v: [S::V; VECTORS],
    twiddles: &Twiddles,
    block: usize,
) -> [S::V; VECTORS] {
    let s = lanes.s;
    for i in (0..VECTORS).step_by(2) {
        (v[i], v[i + 1]) = s.unzip(v[i], v[i + 1]);
    }
    v = s.side_by_side(v);
    // SAFETY: the caller's.
    unsafe { inverse_exchange::<S, ROOMY, SIZE, 1>(lanes, &mut v, twiddles, block) };
    v = s.side_by_side(v);
    // SAFETY: the caller's.
    unsafe { inverse_exchange::<S, ROOMY, SIZE, 2>(lanes, &mut v, twiddles, block) };
    v = s.side_by_side(v);
    // SAFETY: the caller's.
    unsafe { inverse_exchange::<S, ROOMY, SIZE, 4>(lanes, &mut v, twiddles, block) };
    if S::LANES == 16 {
        v = s.side_by_side(v);
        // SAFETY: the caller's.
        unsafe { inverse_exchange::<S, ROOMY, SIZE, 8>(lanes, &mut v, twiddles, block) };
        v = s.side_by_side(v);
        // SAFETY: the caller's.
        unsafe { inverse_stage::<S, SIZE, 1>(lanes, &mut v, twiddles, block) };
        v = s.side_by_side(v);
        // SAFETY: the caller's.
        unsafe { inverse_stage::<S, SIZE, 2>(lanes, &mut v, twiddles, block) };
    }
    v
}

/// The stages at distances above a block.
#[inline(always)]
fn inverse_passes<S: Simd, const ROOMY: bool, const SIZE: usize>(
    lanes: &Lanes<S>,
    a: &mut [u32],
    ntt: &Ntt,
    scale: &Scale,
) {
    let (twiddles, scale) = (&ntt.inverse, lanes.factors(scale));
    if S::LANES == 8 {
        inverse_pass::<S, ROOMY, SIZE>(lanes, a, twiddles, &scale, SIZE / LAST);
    }
    if SIZE == HALF_N {
        inverse_pass::<S, ROOMY, SIZE>(lanes, a, twiddles, &scale, 4);
        inverse_pass_of_two::<S, ROOMY, SIZE>(lanes, a, twiddles, &scale);
    } else {
        if SIZE == N {
            inverse_pass::<S, ROOMY, SIZE>(lanes, a, twiddles, &scale, 8);
        }
        inverse_pass::<S, ROOMY, SIZE>(lanes, a, twiddles, &scale, 1);
    }
}

/// A stage within the pairs of a block's vectors, on words `RUN` apart. Where there is room, words are below p times `RUN`
/// before it and below twice that after it, or below 2p after the last such stage.
///
/// # Safety
/// `block` is below `SIZE / (VECTORS * S::LANES)`, and `SIZE` at most N.
#[inline(always)]
unsafe fn inverse_exchange<S: Simd, const ROOMY: bool, const SIZE: usize, const RUN: usize>(
    lanes: &Lanes<S>,
    v: &mut [S::V; VECTORS],
    twiddles: &Twiddles,
    block: usize,
) {
    let bound = match RUN {
        1 if ROOMY => lanes.p,
        4 if ROOMY => lanes.p4,
        8 if ROOMY => lanes.p8,
        _ => lanes.p2,
    };
    for i in (0..VECTORS).step_by(2) {
        let first = SIZE / (2 * RUN) + (block * VECTORS + i) * (S::LANES / (2 * RUN));
        // SAFETY: the twiddles of all pairs of all blocks end at `SIZE / RUN`.
        let w = unsafe { lanes.repeated(twiddles, first, RUN) };
        let (mut x, y) = lanes.gentleman_sande(v[i], v[i + 1], w, RUN > 1, bound, !ROOMY);
        if ROOMY && RUN == S::LANES / 2 {
            x = lanes.below_2p(x);
        }
        (v[i], v[i + 1]) = lanes.s.transpose(RUN, x, y);
    }
}

/// A stage within a block's vectors, `HALF` of them apart.
///
/// # Safety
/// `block` is below `SIZE / (VECTORS * S::LANES)`, and `SIZE` at most N.
#[inline(always)]
unsafe fn inverse_stage<S: Simd, const SIZE: usize, const HALF: usize>(
    lanes: &Lanes<S>,
    v: &mut [S::V; VECTORS],
    twiddles: &Twiddles,
    block: usize,
) {
    let runs = VECTORS / (2 * HALF);
    for run in 0..runs {
        // SAFETY: below `2 * SIZE / (VECTORS * S::LANES) * runs`, and so below N.
        let w = unsafe { lanes.uniform(twiddles, (SIZE / (VECTORS * S::LANES) + block) * runs + run) };
        for i in 2 * HALF * run..2 * HALF * run + HALF {
            (v[i], v[i + HALF]) = lanes.gentleman_sande(v[i], v[i + HALF], w, true, lanes.p2, true);
        }
    }
}

/// Three stages, the last with `groups` groups; if that is the last of all, it scales and reduces.
#[inline(always)]
fn inverse_pass<S: Simd, const ROOMY: bool, const SIZE: usize>(
    lanes: &Lanes<S>,
    a: &mut [u32],
    twiddles: &Twiddles,
    scale: &[Factors<S::V>; 2],
    groups: usize,
) {
    assert!(a.len() == SIZE && SIZE <= N && SIZE.is_multiple_of(8 * groups * S::LANES));
    let unit = SIZE / (8 * groups);
    // Sums double from stage to stage where there is room.
    let bounds = if ROOMY { [lanes.p2, lanes.p4, lanes.p8] } else { [lanes.p2; 3] };
    for (group, words) in a.chunks_exact_mut(8 * unit).enumerate() {
        // SAFETY: twiddles below 8 groups, which are at most N.
        let w1 = unsafe { lanes.uniform(twiddles, groups + group) };
        let (mut w2, mut w3) = ([w1; 2], [w1; 4]);
        for i in 0..2 {
            // SAFETY: as above.
            w2[i] = unsafe { lanes.uniform(twiddles, 2 * (groups + group) + i) };
        }
        for i in 0..4 {
            // SAFETY: as above.
            w3[i] = unsafe { lanes.uniform(twiddles, 4 * (groups + group) + i) };
        }
        for j in (0..unit).step_by(S::LANES) {
            let mut v = [lanes.p; 8];
            for i in 0..8 {
                // SAFETY: a group has eight units, which are whole vectors.
                v[i] = unsafe { lanes.load(words, i * unit + j) };
            }
            for i in [0, 2, 4, 6] {
                (v[i], v[i + 1]) = lanes.gentleman_sande(v[i], v[i + 1], w3[i / 2], true, bounds[0], !ROOMY);
            }
            v = lanes.s.side_by_side(v);
            for i in [0, 1, 4, 5] {
                (v[i], v[i + 2]) = lanes.gentleman_sande(v[i], v[i + 2], w2[i / 4], true, bounds[1], !ROOMY);
            }
            v = lanes.s.side_by_side(v);
            for i in 0..4 {
                if groups == 1 {
                    (v[i], v[i + 4]) = lanes.last_gentleman_sande(v[i], v[i + 4], scale, bounds[2]);
                } else {
                    (v[i], v[i + 4]) = lanes.gentleman_sande(v[i], v[i + 4], w1, true, bounds[2], !ROOMY);
                }
            }
            if ROOMY && groups > 1 {
                // Word i has been a sum in as many of the last stages as i has leading zeros in three bits.
                for i in 0..4 {
                    v[i] = if i < 2 { lanes.below_2p(v[i]) } else { lanes.subtract_once(v[i], lanes.p2) };
                }
            }
            for i in 0..8 {
                // SAFETY: as above.
                unsafe { lanes.store(v[i], words, i * unit + j) };
            }
        }
    }
}

/// The last two stages of all, which scale and reduce.
#[inline(always)]
fn inverse_pass_of_two<S: Simd, const ROOMY: bool, const SIZE: usize>(
    lanes: &Lanes<S>,
    a: &mut [u32],
    twiddles: &Twiddles,
    scale: &[Factors<S::V>; 2],
) {
    assert!(a.len() == SIZE && SIZE <= N && SIZE.is_multiple_of(4 * S::LANES));
    let unit = SIZE / 4;
    // SAFETY: twiddles below N.
    let w2 = unsafe { [lanes.uniform(twiddles, 2), lanes.uniform(twiddles, 3)] };
    let bounds = if ROOMY { [lanes.p2, lanes.p4] } else { [lanes.p2; 2] };
    for j in (0..unit).step_by(S::LANES) {
        let mut v = [lanes.p; 4];
        for i in 0..4 {
            // SAFETY: there are four units, which are whole vectors.
            v[i] = unsafe { lanes.load(a, i * unit + j) };
        }
        for i in [0, 2] {
            (v[i], v[i + 1]) = lanes.gentleman_sande(v[i], v[i + 1], w2[i / 2], true, bounds[0], !ROOMY);
        }
        for i in 0..2 {
            (v[i], v[i + 2]) = lanes.last_gentleman_sande(v[i], v[i + 2], scale, bounds[1]);
        }
        for i in 0..4 {
            // SAFETY: as above.
            unsafe { lanes.store(v[i], a, i * unit + j) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HALF_N, Ntt};
    use crate::params::{MODULE_N, MODULI, N, ntts};
    use crate::test_random::words;

    #[test]
    fn values_are_those_of_the_polynomial_in_bit_reversed_order() {
        for (ntt, m) in ntts().iter().zip(MODULI) {
            let a: Vec<u32> = words(1, N).map(|x| m.reduce_word(x)).collect();
            let mut values = a.clone();
            ntt.forward(&mut values);
            let psi = m.root_of_unity(2 * N as u32);
            for j in [0, 1, 2, 77, 2048, 4095] {
                let exponent = 2 * ((j as usize).reverse_bits() >> (usize::BITS as usize - 12)) as u64 + 1;
                let x = m.power(psi, exponent);
                let value = a.iter().rev().fold(0, |sum, &c| m.add(m.multiply(sum, x), c));
                assert_eq!(values[j as usize], value);
            }
            ntt.inverse(&mut values);
            assert_eq!(values, a);
        }
    }

    #[test]
    fn smaller_transforms_are_those_of_polynomials_in_powers_of_x() {
        type Transform = fn(&Ntt, &mut [u32]);
        let transforms: [(usize, Transform, Transform); 2] = [
            (HALF_N, Ntt::forward_half, Ntt::inverse_half),
            (MODULE_N, Ntt::forward_module, Ntt::inverse_module),
        ];
        for (ntt, m) in ntts().iter().zip(MODULI) {
            for (n, forward, inverse) in transforms {
                let random: Vec<u32> = words(3, n).map(|x| m.reduce_word(x)).collect();
                for a in [random, vec![m.p - 1; n]] {
                    let mut whole = vec![0; N];
                    whole.iter_mut().step_by(N / n).zip(&a).for_each(|(out, &x)| *out = x);
                    let mut values = a.clone();
                    forward(ntt, &mut values);
                    ntt.forward(&mut whole);
                    assert!(whole.iter().enumerate().all(|(j, &x)| x == values[j / (N / n)]));
                    inverse(ntt, &mut values);
                    assert_eq!(values, a);
                    inverse(ntt, &mut values);
                    forward(ntt, &mut values);
                    assert_eq!(values, a);
                }
            }
            let mut x = vec![0; N];
            x[1] = 1;
            ntt.forward(&mut x);
            assert!(x.iter().zip(&*ntt.x_values).all(|(&x, &form)| m.montgomery_form(x) == form));
        }
    }

    #[test]
    fn pieces_are_transformed_and_scaled() {
        for (ntt, m) in ntts().iter().zip(MODULI) {
            let a: Vec<u32> = words(5, N).map(|x| m.reduce_word(x)).collect();
            let factor = m.p - 3;
            let mut expected = a.clone();
            ntt.inverse(&mut expected);
            expected.iter_mut().for_each(|x| *x = m.multiply(*x, factor));
            for piece in [128, 256, N] {
                let pieces: Vec<&[u32]> = a.chunks(piece).collect();
                let mut coefficients = vec![m.p; N];
                ntt.inverse_of(&pieces, &mut coefficients, &ntt.scale_by(factor));
                assert_eq!(coefficients, expected);
            }
        }
    }

    #[test]
    fn extreme_values_stay_within_bounds() {
        for (ntt, m) in ntts().iter().zip(MODULI) {
            let patterns: [fn(usize) -> bool; 4] =
                [|_| true, |i| i.is_multiple_of(2), |i| i < N / 2, |i| i.count_ones() % 2 == 1];
            for pattern in patterns {
                let a: Vec<u32> = (0..N).map(|i| if pattern(i) { m.p - 1 } else { 0 }).collect();
                let mut b = a.clone();
                ntt.forward(&mut b);
                assert!(b.iter().all(|&x| x < m.p));
                ntt.inverse(&mut b);
                assert_eq!(a, b);
                ntt.inverse(&mut b);
                ntt.forward(&mut b);
                assert_eq!(a, b);
            }
        }
    }

    #[test]
    fn products_are_negacyclic() {
        let (ntt, m) = (&ntts()[2], MODULI[2]);
        // (X^4095 + 2) * (X + 3) = -1 + 3 X^4095 + 2 X + 6
        let (mut a, mut b) = (vec![0; N], vec![0; N]);
        (a[0], a[N - 1], b[0], b[1]) = (2, 1, 3, 1);
        ntt.forward(&mut a);
        ntt.forward(&mut b);
        let mut c: Vec<u32> = a.iter().zip(&b).map(|(&a, &b)| m.multiply(a, b)).collect();
        ntt.inverse(&mut c);
        assert_eq!((c[0], c[1], c[N - 1]), (5, 2, 3));
        assert!(c[2..N - 1].iter().all(|&c| c == 0));
    }
}
