//! The inner loops over words: the only place that knows about vector units.
//!
//! Every kernel is one safe, branch-free loop that the compiler turns into vector code, compiled once for the baseline
//! and, on x86-64, once more for AVX2 and for AVX-512; the variant is picked at run time. Hand-written kernels belong
//! behind these same functions. Results are identical on all variants: the arithmetic is exact.
#![allow(clippy::indexing_slicing, reason = "loops over arrays whose lengths the functions state")]

use crate::modulus::{Factor, Modulus, subtract_once};
use crate::ntt::Stage;
use crate::params::N;

/// Words that accumulate together: one cache line.
pub(crate) const LANES: usize = 16;

/// The instruction sets that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// The best instruction set of this processor.
fn detect() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
        {
            return Level::Avx512;
        }
        if is_x86_feature_detected!("avx2") {
            return Level::Avx2;
        }
    }
    Level::Baseline
}

#[cfg(not(test))]
use detect as level;

#[cfg(test)]
thread_local! {
    /// Lets a test keep kernels below the best level.
    static HIGHEST: std::cell::Cell<Option<Level>> = const { std::cell::Cell::new(None) };
}

#[cfg(test)]
fn level() -> Level {
    HIGHEST.get().map_or(detect(), |highest| highest.min(detect()))
}

/// Defines a kernel: a function that calls `$body`, which is inlined into one copy for each instruction set.
macro_rules! kernel {
    ($(#[$attribute:meta])* $name:ident, $body:ident, ($($argument:ident: $type:ty),*)) => {
        $(#[$attribute])*
        pub(crate) fn $name($($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
            fn avx512($($argument: $type),*) {
                $body($($argument),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2($($argument: $type),*) {
                $body($($argument),*)
            }
            match level() {
                // SAFETY: the processor has the features that the function is compiled for.
                #[cfg(target_arch = "x86_64")]
                #[allow(unsafe_code)]
                Level::Avx512 => unsafe { avx512($($argument),*) },
                // SAFETY: the processor has the feature that the function is compiled for.
                #[cfg(target_arch = "x86_64")]
                #[allow(unsafe_code)]
                Level::Avx2 => unsafe { avx2($($argument),*) },
                Level::Baseline => $body($($argument),*),
            }
        }
    };
}

kernel! {
    /// One stage of the forward transform: from values below 4p to values below 4p.
    forward_stage, forward_stage_body, (source: &[u32], target: &mut [u32], stage: &Stage, modulus: &Modulus)
}

#[inline(always)]
fn forward_stage_body(source: &[u32], target: &mut [u32], stage: &Stage, modulus: &Modulus) {
    let (low, high) = source[..N].split_at(N / 2);
    let run = stage.values.len();
    let (pairs, _) = target[..N].as_chunks_mut::<2>();
    let (values, quotients) = (&stage.values[..run], &stage.quotients[..run]);
    for ((x, y), out) in low.chunks_exact(run).zip(high.chunks_exact(run)).zip(pairs.chunks_exact_mut(run)) {
        for i in 0..run {
            let x = subtract_once(x[i], 2 * modulus.p);
            let factor = Factor { value: values[i], quotient: quotients[i] };
            let y = modulus.multiply_lazy(y[i], factor);
            out[i] = [x + y, x + 2 * modulus.p - y];
        }
    }
}

kernel! {
    /// One stage of the inverse transform: from values below 2p to values below 2p.
    inverse_stage, inverse_stage_body, (source: &[u32], target: &mut [u32], stage: &Stage, modulus: &Modulus)
}

#[inline(always)]
fn inverse_stage_body(source: &[u32], target: &mut [u32], stage: &Stage, modulus: &Modulus) {
    let (pairs, _) = source[..N].as_chunks::<2>();
    let run = stage.values.len();
    let (low, high) = target[..N].split_at_mut(N / 2);
    let (values, quotients) = (&stage.values[..run], &stage.quotients[..run]);
    for ((pair, x), y) in
        pairs.chunks_exact(run).zip(low.chunks_exact_mut(run)).zip(high.chunks_exact_mut(run))
    {
        for i in 0..run {
            let [a, b] = pair[i];
            let factor = Factor { value: values[i], quotient: quotients[i] };
            x[i] = subtract_once(a + b, 2 * modulus.p);
            y[i] = modulus.multiply_lazy(a + 2 * modulus.p - b, factor);
        }
    }
}

kernel! {
    /// Reduces values below 4p.
    normalize, normalize_body, (a: &mut [u32], modulus: &Modulus)
}

#[inline(always)]
fn normalize_body(a: &mut [u32], modulus: &Modulus) {
    for x in a {
        *x = subtract_once(subtract_once(*x, 2 * modulus.p), modulus.p);
    }
}

kernel! {
    /// `a * factor`, fully reduced.
    scale, scale_body, (a: &mut [u32], factor: Factor, modulus: &Modulus)
}

#[inline(always)]
fn scale_body(a: &mut [u32], factor: Factor, modulus: &Modulus) {
    for x in a {
        *x = modulus.multiply_by(*x, factor);
    }
}

kernel! {
    /// `out = sum of left[i] * right[i]`, of at most 16 products, with `right` in Montgomery form.
    dot, dot_body, (out: &mut [u32], left: &[&[u32]], right: &[&[u32]], modulus: &Modulus)
}

#[inline(always)]
fn dot_body(out: &mut [u32], left: &[&[u32]], right: &[&[u32]], modulus: &Modulus) {
    debug_assert!(left.len() <= 16);
    let (blocks, _) = out.as_chunks_mut::<LANES>();
    for (b, block) in blocks.iter_mut().enumerate() {
        let mut sums = [0u64; LANES];
        for (l, r) in left.iter().zip(right) {
            let l: &[u32; LANES] = &l.as_chunks().0[b];
            let r: &[u32; LANES] = &r.as_chunks().0[b];
            for i in 0..LANES {
                sums[i] += u64::from(l[i]) * u64::from(r[i]);
            }
        }
        for i in 0..LANES {
            block[i] = modulus.montgomery_reduce(sums[i]);
        }
    }
}

kernel! {
    /// `out += a * b`, with `b` in Montgomery form.
    multiply_add, multiply_add_body, (out: &mut [u32], a: &[u32], b: &[u32], modulus: &Modulus)
}

#[inline(always)]
fn multiply_add_body(out: &mut [u32], a: &[u32], b: &[u32], modulus: &Modulus) {
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = modulus.add(*out, modulus.montgomery_multiply(a, b));
    }
}

kernel! {
    /// `out += a`.
    add, add_body, (out: &mut [u32], a: &[u32], modulus: &Modulus)
}

#[inline(always)]
fn add_body(out: &mut [u32], a: &[u32], modulus: &Modulus) {
    for (out, &a) in out.iter_mut().zip(a) {
        *out = modulus.add(*out, a);
    }
}

kernel! {
    /// `out = (out - a) * factor`.
    subtract_scale, subtract_scale_body, (out: &mut [u32], a: &[u32], factor: Factor, modulus: &Modulus)
}

#[inline(always)]
fn subtract_scale_body(out: &mut [u32], a: &[u32], factor: Factor, modulus: &Modulus) {
    for (out, &a) in out.iter_mut().zip(a) {
        *out = modulus.multiply_by(*out + modulus.p - a, factor);
    }
}

kernel! {
    /// Residues modulo `to` of the representatives in -from/2..from/2 of `source`. `from` may exceed `to` by a factor
    /// below 2^32 / from.
    lift, lift_body, (source: &[u32], target: &mut [u32], from: &Modulus, to: &Modulus)
}

#[inline(always)]
fn lift_body(source: &[u32], target: &mut [u32], from: &Modulus, to: &Modulus) {
    // x + (multiple of `to` over from) - from, for x over from/2; x otherwise.
    let wrap = from.p.div_ceil(to.p) * to.p - from.p;
    for (out, &x) in target.iter_mut().zip(source) {
        let over = (from.p / 2).wrapping_sub(x) >> 31;
        *out = to.reduce_word(x + (over.wrapping_neg() & wrap));
    }
}

/// How many words before their use factors are asked for: 4 KiB. Each is used once and comes from main memory; the
/// processor's own prefetching does not keep up with the loop.
const AHEAD: usize = 1024;

/// Asks for the cache line that lies `AHEAD` words after the start of `line`.
#[inline(always)]
fn prefetch(line: &[u32; LANES]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_NTA, _mm_prefetch};
        // SAFETY: a prefetch has no effect but on time, for any address.
        #[allow(unsafe_code)]
        unsafe {
            _mm_prefetch::<_MM_HINT_NTA>(line.as_ptr().wrapping_add(AHEAD).cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}

/// Words of one baby's two ciphertext components in a tile: `[component][lane]`.
pub(crate) const TILE: usize = 2 * LANES;

kernel! {
    /// Inner products of one tile: for every giant g and component c,
    /// `out[g][c][lane] = sum_i table[g][i][lane] * tile[i][c][lane]`, with `table` in Montgomery form and at most 255
    /// products of primes below 2^28.
    tile_products, tile_products_body,
    (out: &mut [u32], table: &[u32], tile: &[[u32; TILE]], modulus: &Modulus)
}

#[inline(always)]
fn tile_products_body(out: &mut [u32], table: &[u32], tile: &[[u32; TILE]], modulus: &Modulus) {
    let (factors, _) = table.as_chunks::<LANES>();
    let (out, _) = out.as_chunks_mut::<TILE>();
    for (out, factors) in out.iter_mut().zip(factors.chunks_exact(tile.len())) {
        let (mut c0, mut c1) = ([0u64; LANES], [0u64; LANES]);
        for (v, x) in factors.iter().zip(tile) {
            prefetch(v);
            for i in 0..LANES {
                c0[i] += u64::from(v[i]) * u64::from(x[i]);
                c1[i] += u64::from(v[i]) * u64::from(x[LANES + i]);
            }
        }
        for i in 0..LANES {
            out[i] = modulus.montgomery_reduce(c0[i]);
            out[LANES + i] = modulus.montgomery_reduce(c1[i]);
        }
    }
}

kernel! {
    /// Residues modulo `to` of the numbers in 0..q whose residues modulo the two primes of q are `x0`, and
    /// `x0 + q0 * x1` in mixed radix.
    extend, extend_body, (x0: &[u32], x1: &[u32], target: &mut [u32], q0: Factor, to: &Modulus)
}

#[inline(always)]
fn extend_body(x0: &[u32], x1: &[u32], target: &mut [u32], q0: Factor, to: &Modulus) {
    for ((out, &x0), &x1) in target.iter_mut().zip(x0).zip(x1) {
        *out = to.add(to.reduce_word(x0), to.multiply_by(x1, q0));
    }
}

kernel! {
    /// The mixed-radix digit of q's second prime: `(x1 - x0) / q0 mod q1`, in place of `x1`.
    mixed_radix, mixed_radix_body, (x0: &[u32], x1: &mut [u32], q0_inverse: Factor, q1: &Modulus)
}

#[inline(always)]
fn mixed_radix_body(x0: &[u32], x1: &mut [u32], q0_inverse: Factor, q1: &Modulus) {
    for (x1, &x0) in x1.iter_mut().zip(x0) {
        *x1 = q1.multiply_by(*x1 + q1.p - q1.reduce_word(x0), q0_inverse);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{MODULI, ntts};
    use crate::test_random::words;

    /// Every kernel's result on random input, at the current level.
    fn results() -> Vec<Vec<u32>> {
        let mut results = Vec::new();
        for (i, m) in MODULI.iter().enumerate() {
            let [a, b, c, d] =
                [1, 2, 3, 4].map(|seed| words(seed, N).map(|x| m.reduce_word(x)).collect::<Vec<u32>>());
            let factor = m.factor(12345);
            let mut run = |f: &dyn Fn(&mut Vec<u32>)| {
                let mut out = a.clone();
                f(&mut out);
                results.push(out);
            };
            run(&|out| ntts()[i].forward(out));
            run(&|out| ntts()[i].inverse(out));
            run(&|out| dot(out, &[&b, &c], &[&c, &d], m));
            run(&|out| multiply_add(out, &b, &c, m));
            run(&|out| add(out, &b, m));
            run(&|out| subtract_scale(out, &b, factor, m));
            run(&|out| mixed_radix(&b, out, factor, m));
            run(&|out| extend(&b, &c, out, factor, m));
            run(&|out| lift(&b, out, m, &MODULI[(i + 1) % 4]));
            if i < 2 {
                let tile: Vec<[u32; TILE]> = b.as_chunks().0[..16].to_vec();
                run(&|out| tile_products(out, &c, &tile, m));
            }
        }
        results
    }

    #[test]
    fn all_instruction_sets_agree_with_the_baseline() {
        let levels = [
            Level::Baseline,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2,
            #[cfg(target_arch = "x86_64")]
            Level::Avx512,
        ];
        let all = levels.map(|level| {
            HIGHEST.set(Some(level));
            results()
        });
        HIGHEST.set(None);
        assert!(all.iter().all(|results| *results == all[0]));
    }
}
