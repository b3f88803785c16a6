//! What this machine could do at best: a lower bound on the time of a product.
//!
//! A product of the scheme consists of number-theoretic transforms, of the inner products with the matrix, and of work
//! that is linear in the polynomials (products with keys, permutations, copies, packing), which the bound leaves out:
//!
//! `floor = transforms * time of a transform + max(multiply-adds * time of one, bytes / bandwidth)`,
//!
//! where the first two terms are divided among the threads. The bytes are those of the matrix in evaluation form, read
//! once in a request whatever its rows. All three speeds are measured here, in the same run as the product, by loops
//! that do nothing else: a transform as its butterflies on words in the first-level cache, without the shuffles between
//! them, eight words at a time as radix-8 passes need them; memory in order, on huge pages, with lines asked for ahead.
//!
//! # How many transforms
//!
//! Of degree 4096 modulo one prime, following the module `product` of the library. For one row in c ciphertexts of 1024
//! inputs, blocks of G giant steps, groups of two blocks:
//!
//! | step | transforms |
//! |---|---|
//! | expansion | c (4 + 6): digits of four a_k in X^8 (48 of degree 512, the work of four and a half), division by P1 |
//! | babies | c (2 + 4 + 15 * 6): the input's a, its digits modulo the other primes, 15 divisions by P1 |
//! | giants | sum of 4 (G - 1) + 8: a from values, to the special primes, one division by P1 P2 |
//! | with halved babies instead | babies: c (2 + 4 + 7 * 6); giants: sum of 8 (G - 1) + 16 + 8, the last for a rotation: digits and b |
//! | response | 8 a block: digits; 2 (1 + blocks) a group: back to coefficients |
//!
//! For sixteen packed rows in c ciphertexts of 256 inputs, blocks of 256 outputs:
//!
//! | step | transforms |
//! |---|---|
//! | input | 4 c: both parts |
//! | babies | c (7 (2 + 4) + 15 * 6): seven ciphertexts' digits, 15 divisions by P1 |
//! | giants | 4 * 15 + 8 a block |

use lattice::{MatrixInfo, Rlwe};
use memmap2::MmapMut;
use rayon::ThreadPool;
use std::hint::black_box;
use std::io;
use std::time::Instant;

/// Ring degree.
const N: usize = 4096;
/// Stages of a transform.
const STAGES: usize = 12;
/// Inputs of a ciphertext of one row.
const INPUTS: usize = 1024;
/// Rows of a ciphertext of packed rows.
const PACKED_ROWS: usize = 16;
/// Inputs and outputs of a ciphertext of packed rows, and its giant steps.
const PACKED_WIDTH: usize = N / PACKED_ROWS;
/// See [`PACKED_WIDTH`].
const PACKED_GIANTS: usize = PACKED_WIDTH / BABIES;
/// Baby steps.
const BABIES: usize = 16;
/// 32-bit multiplications of a butterfly with Shoup's quotient: product, quotient, multiple of the prime.
const BUTTERFLY: usize = 3;

/// The work of a request's product, and the bytes that it reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Transforms of degree 4096 modulo one prime.
    pub transforms: usize,
    /// Products of 32 bits that are added up in 64 bits.
    pub multiply_adds: usize,
    /// Bytes of the matrices.
    pub bytes: usize,
}

impl Work {
    /// The work of a request of `rows` rows for a matrix, in `memory` bytes (those of packed rows aside), if its size is the
    /// one that the layout of the documentation implies.
    pub fn of(info: &MatrixInfo, rows: usize, memory: usize) -> Option<Self> {
        let (inputs, outputs) = (info.inputs as usize, info.outputs as usize);
        let one = Self::of_one_row(inputs, outputs, info.t);
        // The weights themselves are kept, too.
        if one.bytes + inputs * outputs != memory {
            return None;
        }
        if !Rlwe::packs_rows(info, rows) {
            let arithmetic = one.times(rows as f64);
            return Some(Self { bytes: one.bytes, ..arithmetic });
        }
        let (ciphertexts, blocks) = (inputs.div_ceil(PACKED_WIDTH), outputs.div_ceil(PACKED_WIDTH));
        let words = 2 * N * blocks * PACKED_GIANTS * ciphertexts * BABIES;
        let babies = ciphertexts * (4 + 7 * 6 + 6 * (BABIES - 1));
        let sums = blocks * (4 * (PACKED_GIANTS - 1) + 8);
        let groups = rows.div_ceil(PACKED_ROWS);
        Some(Self {
            transforms: groups * (babies + sums),
            multiply_adds: groups * 2 * words,
            bytes: Rlwe::many_rows_bytes(info),
        })
    }

    fn of_one_row(inputs: usize, outputs: usize, t: u32) -> Self {
        let ciphertexts = inputs.div_ceil(INPUTS);
        let giants = giants(outputs, t);
        let steps: usize = giants.iter().sum();
        // Two primes, four bytes a word.
        let words = 2 * N * steps * ciphertexts * BABIES;
        let expansion = ciphertexts * (4 + 6);
        // The costs of the library's module `layout`, in hundredths of a baby step.
        let halved = 75 * steps + 250 * giants.len() < 100 * ciphertexts * BABIES / 2;
        let (halves, rotation) = if halved { (2, 8) } else { (1, 0) };
        let babies = ciphertexts * (2 + 4 + 6 * (BABIES / halves - 1));
        let sums: usize = giants.iter().map(|g| halves * (4 * (g - 1) + 8) + rotation).sum();
        let response: usize = giants.chunks(2).map(|group| 8 * group.len() + 2 * (1 + group.len())).sum();
        Self {
            transforms: expansion + babies + sums + response,
            // Both components of a ciphertext.
            multiply_adds: 2 * words,
            bytes: 4 * words,
        }
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            transforms: self.transforms + other.transforms,
            multiply_adds: self.multiply_adds + other.multiply_adds,
            bytes: self.bytes + other.bytes,
        }
    }

    /// The work of `count` such products.
    pub fn times(self, count: f64) -> Self {
        let scale = |x: usize| (x as f64 * count).round() as usize;
        Self {
            transforms: scale(self.transforms),
            multiply_adds: scale(self.multiply_adds),
            bytes: scale(self.bytes),
        }
    }

    /// 32-bit multiplications.
    pub fn multiplications(&self) -> f64 {
        (self.transforms * STAGES * N / 2 * BUTTERFLY + self.multiply_adds) as f64
    }
}

/// Giant steps of the blocks of a matrix: the rule of the library's module `layout`.
fn giants(outputs: usize, t: u32) -> Vec<usize> {
    let largest = match t {
        ..=0x00ff_ffff => 8,
        0x0100_0000..=0x016a_09e5 => 4,
        0x016a_09e6..=0x02d4_13cc => 2,
        _ => 1,
    };
    let mut units = outputs.div_ceil(256);
    let mut giants = Vec::new();
    while units > 0 {
        let size = (1 << units.ilog2()).min(largest);
        // A block of `size` units of 256 outputs has a trace over 64 `size` automorphisms, 16 to a giant step.
        giants.push(64 * size / BABIES);
        units -= size.min(units);
    }
    giants
}

/// The speeds of this machine with a number of threads.
#[derive(Clone, Copy, Debug)]
pub struct Speeds {
    /// Threads that worked at the same time.
    pub threads: usize,
    /// Bytes read from memory in a second, by all threads.
    pub bandwidth: f64,
    /// Seconds of one thread for the butterflies of a transform.
    pub transform: f64,
    /// Seconds of one thread for a product of 32 bits that is added to a sum of 64 bits.
    pub multiply_add: f64,
}

impl Speeds {
    /// Measures with all threads of `pool` at the same time, for about half a second a kind.
    pub fn measure(pool: &ThreadPool) -> io::Result<Self> {
        let threads = pool.current_num_threads();
        // Far more than any cache holds.
        let bytes = (1 << 30) / threads;
        let memory = (0..threads).map(|i| pages(bytes, i as u8 + 1)).collect::<io::Result<Vec<_>>>()?;
        let slowest = |times: Vec<f64>| times.into_iter().fold(0.0, f64::max);
        let bandwidth = (0..7)
            .map(|_| slowest(pool.broadcast(|context| seconds(|| read(black_box(&memory[context.index()]))))))
            .fold(f64::INFINITY, f64::min);
        let best = |run: fn() -> f64| {
            let times = pool.broadcast(|_| (0..400).map(|_| run()).fold(f64::INFINITY, f64::min));
            slowest(times)
        };
        Ok(Self {
            threads,
            bandwidth: (bytes * threads) as f64 / bandwidth,
            transform: best(time_transform),
            multiply_add: best(time_multiply_add),
        })
    }

    /// The least time in seconds.
    pub fn floor(&self, work: Work) -> f64 {
        let threads = self.threads as f64;
        let transforms = work.transforms as f64 * self.transform / threads;
        let multiply_adds = work.multiply_adds as f64 * self.multiply_add / threads;
        let memory = work.bytes as f64 / self.bandwidth;
        transforms + multiply_adds.max(memory)
    }

    /// 32-bit multiplications that all threads do in a second at best.
    pub fn multiplications(&self) -> f64 {
        let butterflies = (STAGES * N / 2 * BUTTERFLY) as f64 / self.transform;
        self.threads as f64 * butterflies.max(1.0 / self.multiply_add)
    }
}

fn seconds<T>(run: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(run());
    start.elapsed().as_secs_f64()
}

/// Memory full of one byte, on huge pages where the system has them, as the weights of matrices are.
fn pages(bytes: usize, byte: u8) -> io::Result<MmapMut> {
    let mut pages = MmapMut::map_anon(bytes)?;
    #[cfg(target_os = "linux")]
    let _ = pages.advise(memmap2::Advice::HugePage);
    pages.fill(byte);
    Ok(pages)
}

/// Bytes before their use at which a line is asked for.
const AHEAD: usize = 8192;

/// The sum of the words, in eight sums that do not wait for each other.
fn read(bytes: &[u8]) -> u64 {
    let mut sums = [0u64; 8];
    for line in bytes.as_chunks::<64>().0 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a prefetch has no effect but on time, for any address.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().wrapping_add(AHEAD).cast());
        }
        for (sum, word) in sums.iter_mut().zip(line.as_chunks::<8>().0) {
            *sum = sum.wrapping_add(u64::from_ne_bytes(*word));
        }
    }
    sums.iter().fold(0, |sum, x| sum.wrapping_add(*x))
}

/// A loop, compiled once for the baseline and once for each instruction set that the library's kernels use.
macro_rules! dispatched {
    ($name:ident, $body:ident, ($($argument:ident: $type:ty),*)) => {
        fn $name($($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
                fn avx512($($argument: $type),*) {
                    $body($($argument),*)
                }
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $type),*) {
                    $body($($argument),*)
                }
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                {
                    // SAFETY: the processor has the features that the function is compiled for.
                    return unsafe { avx512($($argument),*) };
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has the feature that the function is compiled for.
                    return unsafe { avx2($($argument),*) };
                }
            }
            $body($($argument),*)
        }
    };
}

/// Transforms of one timing.
const REPEAT: usize = 64;

/// Seconds for the butterflies of one transform.
fn time_transform() -> f64 {
    let mut words: [u32; N] = std::array::from_fn(|i| (i as u32).wrapping_mul(0x9e37_79b9) >> 4);
    let factors: [[u32; 2]; 7] =
        std::array::from_fn(|i| [12_345_677 + i as u32, 197_530_832 + 16 * i as u32]);
    let factors = black_box(factors);
    let time = seconds(|| {
        for _ in 0..REPEAT {
            butterflies(&mut words, &factors, 268_369_921);
        }
    });
    black_box(&words);
    time / REPEAT as f64
}

/// The butterflies of one transform in the widest vectors that the library's kernels use.
fn butterflies(words: &mut [u32; N], factors: &[[u32; 2]; 7], p: u32) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has the feature that the function is compiled for.
            return unsafe { avx512::butterflies(words, factors, p) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has the feature that the function is compiled for.
            return unsafe { avx2::butterflies(words, factors, p) };
        }
    }
    scalar::butterflies(words, factors, p);
}

/// Defines `butterflies`: twelve stages as four passes over eight vectors each, which stay in registers for three
/// stages; D. Harvey's butterfly with Shoup's quotients, values below 4p in, values below 4p out.
macro_rules! passes {
    ($(#[$attribute:meta])* $butterfly:ident, $broadcast:ident, $load:ident, $store:ident, $lanes:expr) => {
        $(#[$attribute])*
        pub fn butterflies(words: &mut [u32; N], factors: &[[u32; 2]; 7], p: u32) {
            const STRIDE: usize = N / 8 / $lanes;
            let (vectors, _) = words.as_chunks_mut::<$lanes>();
            let [f0, f1, f2, f3, f4, f5, f6] = factors.map(|pair| pair.map(|x| $broadcast(x as _)));
            let (p, p2) = ($broadcast(p as _), $broadcast((2 * p) as _));
            for _ in 0..STAGES / 3 {
                for j in 0..STRIDE {
                    let [a, b, c, d, e, f, g, h] = std::array::from_fn(|i| $load(&vectors[i * STRIDE + j]));
                    let ((a, e), (b, f)) = ($butterfly(a, e, f0, p, p2), $butterfly(b, f, f0, p, p2));
                    let ((c, g), (d, h)) = ($butterfly(c, g, f0, p, p2), $butterfly(d, h, f0, p, p2));
                    let ((a, c), (b, d)) = ($butterfly(a, c, f1, p, p2), $butterfly(b, d, f1, p, p2));
                    let ((e, g), (f, h)) = ($butterfly(e, g, f2, p, p2), $butterfly(f, h, f2, p, p2));
                    let ((a, b), (c, d)) = ($butterfly(a, b, f3, p, p2), $butterfly(c, d, f4, p, p2));
                    let ((e, f), (g, h)) = ($butterfly(e, f, f5, p, p2), $butterfly(g, h, f6, p, p2));
                    for (i, vector) in [a, b, c, d, e, f, g, h].into_iter().enumerate() {
                        $store(&mut vectors[i * STRIDE + j], vector);
                    }
                }
            }
        }
    };
}

mod scalar {
    use super::{N, STAGES};

    passes! { butterfly, copy, load, store, 1 }

    fn copy(x: u32) -> u32 {
        x
    }

    fn load([x]: &[u32; 1]) -> u32 {
        *x
    }

    fn store(target: &mut [u32; 1], x: u32) {
        *target = [x];
    }

    pub fn butterfly(x: u32, y: u32, [factor, quotient]: [u32; 2], p: u32, p2: u32) -> (u32, u32) {
        let x = x.min(x.wrapping_sub(p2));
        let high = ((u64::from(quotient) * u64::from(y)) >> 32) as u32;
        let y = factor.wrapping_mul(y).wrapping_sub(high.wrapping_mul(p));
        (x.wrapping_add(y), x.wrapping_add(p2).wrapping_sub(y))
    }
}

/// Defines the module of one vector unit.
macro_rules! vector_unit {
    ($module:ident, $feature:literal, $vector:ident, $lanes:literal, $broadcast:ident, $load:ident, $store:ident,
     $add:ident, $subtract:ident, $least:ident, $product:ident, $low:ident, $shift:ident, $mix:expr) => {
        #[cfg(target_arch = "x86_64")]
        mod $module {
            use super::{N, STAGES};
            use std::arch::x86_64::*;

            passes! { #[target_feature(enable = $feature)] butterfly, $broadcast, load, store, $lanes }

            #[inline]
            #[target_feature(enable = $feature)]
            fn load(source: &[u32; $lanes]) -> $vector {
                // SAFETY: the array has as many bytes as the vector; the load needs no alignment.
                unsafe { $load(source.as_ptr().cast()) }
            }

            #[inline]
            #[target_feature(enable = $feature)]
            fn store(target: &mut [u32; $lanes], x: $vector) {
                // SAFETY: the array has as many bytes as the vector; the store needs no alignment.
                unsafe { $store(target.as_mut_ptr().cast(), x) }
            }

            #[inline]
            #[target_feature(enable = $feature)]
            fn butterfly(
                x: $vector,
                y: $vector,
                [factor, quotient]: [$vector; 2],
                p: $vector,
                p2: $vector,
            ) -> ($vector, $vector) {
                let x = $least(x, $subtract(x, p2));
                let even = $shift::<32>($product(y, quotient));
                let high = $mix(even, $product($shift::<32>(y), quotient));
                let y = $subtract($low(y, factor), $low(high, p));
                ($add(x, y), $subtract($add(x, p2), y))
            }
        }
    };
}

vector_unit! {
    avx2, "avx2", __m256i, 8, _mm256_set1_epi32, _mm256_loadu_si256, _mm256_storeu_si256, _mm256_add_epi32,
    _mm256_sub_epi32, _mm256_min_epu32, _mm256_mul_epu32, _mm256_mullo_epi32, _mm256_srli_epi64,
    |even, odd| _mm256_blend_epi32::<0b1010_1010>(even, odd)
}
vector_unit! {
    avx512, "avx512f", __m512i, 16, _mm512_set1_epi32, _mm512_loadu_si512, _mm512_storeu_si512, _mm512_add_epi32,
    _mm512_sub_epi32, _mm512_min_epu32, _mm512_mul_epu32, _mm512_mullo_epi32, _mm512_srli_epi64,
    |even, odd| _mm512_mask_blend_epi32(0xaaaa, even, odd)
}

/// Words that the inner products compute together: one cache line.
const LANES: usize = 16;

/// Pairs of words in the loop that times products: half of a first-level cache.
const PAIRS: usize = 1024;

/// Seconds for one product and addition.
fn time_multiply_add() -> f64 {
    let words = |seed: u64| -> Vec<u64> {
        (0..PAIRS as u64)
            .map(|i| (i + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) & 0x0fff_ffff_0fff_ffff)
            .collect()
    };
    let (table, input) = (words(1), words(2));
    let mut sums = [0; 4 * LANES];
    let time = seconds(|| {
        for _ in 0..REPEAT {
            multiply_adds(&table, black_box(&input), &mut sums);
        }
    });
    black_box(&sums);
    time / (REPEAT * 4 * PAIRS) as f64
}

dispatched! { multiply_adds, multiply_adds_body, (table: &[u64], input: &[u64], sums: &mut [u64; 4 * LANES]) }

/// Multiplies pairs of 32-bit words with the two components of an input, as the inner products do.
#[inline(always)]
fn multiply_adds_body(table: &[u64], input: &[u64], sums: &mut [u64; 4 * LANES]) {
    const MASK: u64 = 0xffff_ffff;
    let mut local = *sums;
    for (table, input) in table.as_chunks::<LANES>().0.iter().zip(input.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            // One word of the table meets both components of the ciphertext.
            let (low, high) = (table[lane] & MASK, table[lane] >> 32);
            let (b, a) = (input[lane], input[lane ^ 1]);
            local[lane] = local[lane].wrapping_add(low * (b & MASK));
            local[LANES + lane] = local[LANES + lane].wrapping_add(high * (b >> 32));
            local[2 * LANES + lane] = local[2 * LANES + lane].wrapping_add(low * (a & MASK));
            local[3 * LANES + lane] = local[3 * LANES + lane].wrapping_add(high * (a >> 32));
        }
    }
    *sums = local;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_by_the_documented_layout() {
        // qkv of GPT-2: blocks of 32 and 4 giant steps.
        let (table, weights) = (4 * 2 * 4096 * 36 * 16, 768 * 2304);
        let info = MatrixInfo {
            inputs: 768,
            outputs: 2304,
            t: 5_436_113,
            range_bound: 0,
            noise_log2: 0.0,
            failure_log2: 0.0,
        };
        let work = Work::of(&info, 1, table + weights).unwrap();
        let transforms = 10 + 96 + (4 * 31 + 8) + (4 * 3 + 8) + (2 * 8 + 6);
        assert_eq!(work, Work { transforms, multiply_adds: table / 2, bytes: table });
        let two = Work { transforms: 2 * transforms, multiply_adds: table, bytes: table };
        assert_eq!(Work::of(&info, 2, table + weights), Some(two));
        assert_eq!(Work::of(&info, 1, table + weights + 1), None);
        // Three ciphertexts of inputs and nine of outputs, twice.
        let packed = Work::of(&info, 17, table + weights).unwrap();
        assert_eq!(packed.transforms, 2 * (3 * 136 + 9 * 68));
        assert_eq!(packed.bytes, 4 * 2 * 4096 * 27 * 256);
        assert_eq!(packed.multiply_adds, packed.bytes);
    }

    #[test]
    fn a_floor_shrinks_with_bytes_and_threads() {
        let speeds = Speeds { threads: 1, bandwidth: 1e10, transform: 4e-6, multiply_add: 1e-10 };
        let work = Work { transforms: 250, multiply_adds: 10_000_000, bytes: 20_000_000 };
        assert!((speeds.floor(work) - 3e-3).abs() < 1e-9);
        let seldom = Work { bytes: work.bytes / 16, ..work };
        assert!((speeds.floor(seldom) - 2e-3).abs() < 1e-9);
        assert!((Speeds { threads: 2, ..speeds }.floor(seldom) - 1e-3).abs() < 1e-9);
    }

    #[test]
    fn butterflies_are_the_same_in_every_unit() {
        let p = 268_369_921;
        let quotient = |factor: u32| ((u64::from(factor) << 32) / u64::from(p)) as u32;
        let factors = std::array::from_fn(|i| [1000 + i as u32, quotient(1000 + i as u32)]);
        let mut vectors: [u32; N] = std::array::from_fn(|i| (i as u32).wrapping_mul(0x9e37_79b9) >> 4);
        let mut words = vectors;
        butterflies(&mut vectors, &factors, p);
        // Vectors stand where words do: three stages over eighths of the array.
        scalar::butterflies(&mut words, &factors, p);
        assert_eq!(vectors, words);
        assert!(words.iter().all(|&x| x < 4 * p));
        let [factor, quotient] = factors[3];
        let (x, y) = scalar::butterfly(5 * p / 2, 7, [factor, quotient], p, 2 * p);
        assert_eq!((x % p, y % p), ((p / 2 + 7 * factor) % p, (p / 2 + p - 7 * factor) % p));
    }

    #[test]
    fn speeds_are_positive() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let speeds = Speeds::measure(&pool).unwrap();
        assert!(
            speeds.bandwidth > 1e8 && speeds.transform > 1e-8 && speeds.multiply_add > 1e-12,
            "{speeds:?}"
        );
    }
}
