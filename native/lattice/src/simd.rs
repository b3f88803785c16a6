//! Vectors of 32-bit words: one interface, an implementation for every instruction set, and the choice among them.
//!
//! Kernels are written once, generic over [`Simd`], and compiled for each instruction set by the macro `kernel`. A value
//! of [`Avx2`] or [`Avx512`] is the proof that the processor has the instructions: only `kernel` makes one, in a function
//! that is compiled with them and called after detection. [`Portable`] is the reference that the others are tested
//! against, bit for bit; compilers turn it into vector code of the baseline (NEON on aarch64).
//!
//! **Choice.** The best level that the processor has and that passes [`crate::self_test`] is taken; the environment
//! variable `SOTTO_SIMD` (`portable`, `avx2`, `avx512`) sets an upper limit.
//!
//! **Unsafe code.** Every block calls intrinsics that need a processor feature only, which the token proves, or reads or
//! writes the words of a slice whose length is asserted in the line before.
#![allow(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    reason = "arrays of constant length; slices are checked by the assertion before"
)]

use std::sync::OnceLock;

/// Words of a cache line; every vector length divides it.
pub(crate) const LINE: usize = 16;

/// Vectors of `LANES` 32-bit words. Arithmetic wraps.
pub(crate) trait Simd: Copy {
    /// Words of a vector: 8 or 16.
    const LANES: usize;
    /// A vector.
    type V: Copy;
    /// `LANES` sums of 64 bits.
    type Sums: Copy;

    /// `x` in every lane.
    fn splat(self, x: u32) -> Self::V;
    /// The `LANES` words from `words` on.
    ///
    /// # Safety
    /// They can be read.
    unsafe fn read(self, words: *const u32) -> Self::V;
    /// Writes `LANES` words from `words` on.
    ///
    /// # Safety
    /// They can be written.
    unsafe fn write(self, v: Self::V, words: *mut u32);
    /// The `LANES / times` words from `words` on, each `times` times in a row; `times` divides `LANES`.
    ///
    /// # Safety
    /// They can be read.
    unsafe fn read_repeated(self, words: *const u32, times: usize) -> Self::V;

    /// The first `LANES` words of a slice.
    #[inline(always)]
    fn load(self, words: &[u32]) -> Self::V {
        assert!(words.len() >= Self::LANES);
        // SAFETY: they are there.
        unsafe { self.read(words.as_ptr()) }
    }
    /// `a + b`.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a ^ b`.
    fn xor(self, a: Self::V, b: Self::V) -> Self::V;
    /// Rotates every word to the left by `bits`: 7, 8, 12 or 16.
    fn rotate_left(self, v: Self::V, bits: u32) -> Self::V;
    /// The lesser, unsigned.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// The low words of the products.
    fn mul_low(self, a: Self::V, b: Self::V) -> Self::V;
    /// The high words of the products.
    fn mul_high(self, a: Self::V, b: Self::V) -> Self::V;
    /// The high words of the products with `b`, whose lanes 2i and 2i + 1 have the same word.
    fn mul_high_uniform(self, a: Self::V, b: Self::V) -> Self::V;
    /// Transposes the 2x2 matrices of runs of `run` words (1 to `LANES / 2`) that `a` and `b` are made of: runs of even
    /// number from `a` and `b` in turn, and those of odd number.
    fn transpose(self, run: usize, a: Self::V, b: Self::V) -> (Self::V, Self::V);
    /// Words of `a` and `b` in turn, from their first on.
    fn zip(self, a: Self::V, b: Self::V) -> (Self::V, Self::V);
    /// The words of even and those of odd number of `a` followed by `b`.
    fn unzip(self, a: Self::V, b: Self::V) -> (Self::V, Self::V);
    /// Lane i becomes lane `index[i]`; every index is below `LANES`.
    fn permute(self, v: Self::V, index: Self::V) -> Self::V;

    /// Zeros.
    fn zero_sums(self) -> Self::Sums;
    /// `sums + a * b`.
    fn multiply_add(self, sums: Self::Sums, a: Self::V, b: Self::V) -> Self::Sums;
    /// The low and the high words of the sums.
    fn split(self, sums: Self::Sums) -> (Self::V, Self::V);

    /// Asks for the cache line `ahead` words after the start of `words`, to be used once.
    fn prefetch(self, words: &[u32], ahead: usize);
}

/// Arrays of words: the reference.
#[derive(Clone, Copy)]
pub(crate) struct Portable(());

const PORTABLE: usize = 8;

impl Portable {
    pub(crate) const fn new() -> Self {
        Self(())
    }
}

#[inline(always)]
fn lanes<T>(f: impl FnMut(usize) -> T) -> [T; PORTABLE] {
    std::array::from_fn(f)
}

impl Simd for Portable {
    const LANES: usize = PORTABLE;
    type V = [u32; PORTABLE];
    type Sums = [u64; PORTABLE];

    #[inline(always)]
    fn splat(self, x: u32) -> Self::V {
        [x; PORTABLE]
    }
    #[inline(always)]
    unsafe fn read(self, words: *const u32) -> Self::V {
        // SAFETY: the caller's.
        unsafe { words.cast::<Self::V>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn write(self, v: Self::V, words: *mut u32) {
        // SAFETY: the caller's.
        unsafe { words.cast::<Self::V>().write_unaligned(v) }
    }
    #[inline(always)]
    unsafe fn read_repeated(self, words: *const u32, times: usize) -> Self::V {
        // SAFETY: the caller's.
        lanes(|i| unsafe { words.add(i / times).read() })
    }
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        lanes(|i| a[i].wrapping_add(b[i]))
    }
    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        lanes(|i| a[i].wrapping_sub(b[i]))
    }
    #[inline(always)]
    fn xor(self, a: Self::V, b: Self::V) -> Self::V {
        lanes(|i| a[i] ^ b[i])
    }
    #[inline(always)]
    fn rotate_left(self, v: Self::V, bits: u32) -> Self::V {
        lanes(|i| v[i].rotate_left(bits))
    }
    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        lanes(|i| a[i].min(b[i]))
    }
    #[inline(always)]
    fn mul_low(self, a: Self::V, b: Self::V) -> Self::V {
        lanes(|i| a[i].wrapping_mul(b[i]))
    }
    #[inline(always)]
    fn mul_high(self, a: Self::V, b: Self::V) -> Self::V {
        lanes(|i| ((u64::from(a[i]) * u64::from(b[i])) >> 32) as u32)
    }
    #[inline(always)]
    fn mul_high_uniform(self, a: Self::V, b: Self::V) -> Self::V {
        self.mul_high(a, b)
    }
    #[inline(always)]
    fn transpose(self, run: usize, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
        let odd = |i: usize| i / run % 2 == 1;
        (lanes(|i| if odd(i) { b[i - run] } else { a[i] }), lanes(|i| if odd(i) { b[i] } else { a[i + run] }))
    }
    #[inline(always)]
    fn zip(self, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
        let word = |i: usize| if i.is_multiple_of(2) { a[i / 2] } else { b[i / 2] };
        (lanes(word), lanes(|i| word(PORTABLE + i)))
    }
    #[inline(always)]
    fn unzip(self, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
        let word = |i: usize| if i < PORTABLE { a[i] } else { b[i - PORTABLE] };
        (lanes(|i| word(2 * i)), lanes(|i| word(2 * i + 1)))
    }
    #[inline(always)]
    fn permute(self, v: Self::V, index: Self::V) -> Self::V {
        lanes(|i| v[index[i] as usize % PORTABLE])
    }
    #[inline(always)]
    fn zero_sums(self) -> Self::Sums {
        [0; PORTABLE]
    }
    #[inline(always)]
    fn multiply_add(self, sums: Self::Sums, a: Self::V, b: Self::V) -> Self::Sums {
        lanes(|i| sums[i].wrapping_add(u64::from(a[i]) * u64::from(b[i])))
    }
    #[inline(always)]
    fn split(self, sums: Self::Sums) -> (Self::V, Self::V) {
        (lanes(|i| sums[i] as u32), lanes(|i| (sums[i] >> 32) as u32))
    }
    #[inline(always)]
    fn prefetch(self, _words: &[u32], _ahead: usize) {}
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Simd;
    use std::arch::x86_64::*;

    /// Proof of AVX2.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(());

    impl Avx2 {
        /// # Safety
        /// The processor has AVX2.
        #[inline(always)]
        pub(crate) unsafe fn assume() -> Self {
            Self(())
        }
    }

    /// 64-bit sums of the even lanes, and of the odd ones.
    #[derive(Clone, Copy)]
    pub(crate) struct Sums<V> {
        even: V,
        odd: V,
    }

    /// Lanes of even number from `a`, of odd number from `b`.
    macro_rules! merge256 {
        ($a:expr, $b:expr) => {
            _mm256_blend_epi32::<0b1010_1010>($a, $b)
        };
    }

    impl Simd for Avx2 {
        const LANES: usize = 8;
        type V = __m256i;
        type Sums = Sums<__m256i>;

        #[inline(always)]
        fn splat(self, x: u32) -> Self::V {
            // SAFETY: the token proves AVX2.
            unsafe { _mm256_set1_epi32(x as i32) }
        }
        #[inline(always)]
        unsafe fn read(self, words: *const u32) -> Self::V {
            // SAFETY: the token proves AVX2; the rest is the caller's.
            unsafe { _mm256_loadu_si256(words.cast()) }
        }
        #[inline(always)]
        unsafe fn write(self, v: Self::V, words: *mut u32) {
            // SAFETY: the token proves AVX2; the rest is the caller's.
            unsafe { _mm256_storeu_si256(words.cast(), v) }
        }
        #[inline(always)]
        unsafe fn read_repeated(self, words: *const u32, times: usize) -> Self::V {
            // SAFETY: the token proves AVX2; no more than `8 / times` words are read.
            unsafe {
                match times {
                    1 => _mm256_loadu_si256(words.cast()),
                    2 => {
                        let four = _mm256_broadcastsi128_si256(_mm_loadu_si128(words.cast()));
                        let index = _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3);
                        _mm256_castps_si256(_mm256_permutevar_ps(_mm256_castsi256_ps(four), index))
                    }
                    4 => {
                        let broadcast = |i: usize| _mm_castps_si128(_mm_broadcast_ss(&*words.add(i).cast()));
                        _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(broadcast(0)), broadcast(1))
                    }
                    _ => _mm256_set1_epi32(words.read() as i32),
                }
            }
        }
        #[inline(always)]
        fn add(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX2.
            unsafe { _mm256_add_epi32(a, b) }
        }
        #[inline(always)]
        fn sub(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX2.
            unsafe { _mm256_sub_epi32(a, b) }
        }
        #[inline(always)]
        fn xor(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX2.
            unsafe { _mm256_xor_si256(a, b) }
        }
        #[inline(always)]
        fn rotate_left(self, v: Self::V, bits: u32) -> Self::V {
            // SAFETY: the token proves AVX2.
            unsafe {
                match bits {
                    16 => {
                        let index = _mm_setr_epi8(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
                        _mm256_shuffle_epi8(v, _mm256_broadcastsi128_si256(index))
                    }
                    12 => _mm256_or_si256(_mm256_slli_epi32::<12>(v), _mm256_srli_epi32::<20>(v)),
                    8 => {
                        let index = _mm_setr_epi8(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);
                        _mm256_shuffle_epi8(v, _mm256_broadcastsi128_si256(index))
                    }
                    _ => _mm256_or_si256(_mm256_slli_epi32::<7>(v), _mm256_srli_epi32::<25>(v)),
                }
            }
        }
        #[inline(always)]
        fn min(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX2.
            unsafe { _mm256_min_epu32(a, b) }
        }
        #[inline(always)]
        fn mul_low(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX2.
            unsafe { _mm256_mullo_epi32(a, b) }
        }
        #[inline(always)]
        fn mul_high(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX2.
            unsafe {
                let even = _mm256_mul_epu32(a, b);
                let odd = _mm256_mul_epu32(_mm256_srli_epi64::<32>(a), _mm256_srli_epi64::<32>(b));
                merge256!(_mm256_srli_epi64::<32>(even), odd)
            }
        }
        #[inline(always)]
        fn mul_high_uniform(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX2.
            unsafe {
                let even = _mm256_mul_epu32(a, b);
                let odd = _mm256_mul_epu32(_mm256_srli_epi64::<32>(a), b);
                merge256!(_mm256_srli_epi64::<32>(even), odd)
            }
        }
        #[inline(always)]
        fn transpose(self, run: usize, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
            // SAFETY: the token proves AVX2.
            unsafe {
                match run {
                    4 => (_mm256_permute2x128_si256::<0x20>(a, b), _mm256_permute2x128_si256::<0x31>(a, b)),
                    2 => (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b)),
                    _ => (merge256!(a, _mm256_slli_epi64::<32>(b)), merge256!(_mm256_srli_epi64::<32>(a), b)),
                }
            }
        }
        #[inline(always)]
        fn zip(self, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
            // SAFETY: the token proves AVX2.
            unsafe { self.transpose(4, _mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b)) }
        }
        #[inline(always)]
        fn unzip(self, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
            let (a, b) = self.transpose(4, a, b);
            // SAFETY: the token proves AVX2.
            unsafe {
                let (a, b) = (_mm256_castsi256_ps(a), _mm256_castsi256_ps(b));
                let even = _mm256_shuffle_ps::<0b10_00_10_00>(a, b);
                let odd = _mm256_shuffle_ps::<0b11_01_11_01>(a, b);
                (_mm256_castps_si256(even), _mm256_castps_si256(odd))
            }
        }
        #[inline(always)]
        fn permute(self, v: Self::V, index: Self::V) -> Self::V {
            // SAFETY: the token proves AVX2.
            unsafe { _mm256_permutevar8x32_epi32(v, index) }
        }
        #[inline(always)]
        fn zero_sums(self) -> Self::Sums {
            let zero = self.splat(0);
            Sums { even: zero, odd: zero }
        }
        #[inline(always)]
        fn multiply_add(self, sums: Self::Sums, a: Self::V, b: Self::V) -> Self::Sums {
            // SAFETY: the token proves AVX2.
            unsafe {
                let odd = _mm256_mul_epu32(_mm256_srli_epi64::<32>(a), _mm256_srli_epi64::<32>(b));
                Sums {
                    even: _mm256_add_epi64(sums.even, _mm256_mul_epu32(a, b)),
                    odd: _mm256_add_epi64(sums.odd, odd),
                }
            }
        }
        #[inline(always)]
        fn split(self, sums: Self::Sums) -> (Self::V, Self::V) {
            self.transpose(1, sums.even, sums.odd)
        }
        #[inline(always)]
        fn prefetch(self, words: &[u32], ahead: usize) {
            // SAFETY: a prefetch has no effect but on time, for any address.
            unsafe { _mm_prefetch::<_MM_HINT_NTA>(words.as_ptr().wrapping_add(ahead).cast()) }
        }
    }

    /// Proof of AVX-512 F, BW, DQ and VL.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx512(());

    impl Avx512 {
        /// # Safety
        /// The processor has AVX-512 F, BW, DQ and VL.
        #[inline(always)]
        pub(crate) unsafe fn assume() -> Self {
            Self(())
        }
    }

    /// Lanes of odd number.
    const ODD: __mmask16 = 0xaaaa;

    /// Index vectors of two-source permutations: lane i of the result is word `INDEX[i]` of `a` followed by `b`.
    mod index {
        /// Even and odd runs of `RUN` words of both sources in turn.
        const fn transpose(run: i32, second: i32) -> [i32; 16] {
            let mut out = [0; 16];
            let mut i = 0;
            while i < 16 {
                let odd = i / run % 2;
                out[i as usize] = i - odd * run + second * run + odd * 16;
                i += 1;
            }
            out
        }
        /// Words of both sources in turn, from word `first` on.
        const fn zip(first: i32) -> [i32; 16] {
            let mut out = [0; 16];
            let mut i = 0;
            while i < 16 {
                out[i as usize] = first + i / 2 + i % 2 * 16;
                i += 1;
            }
            out
        }
        /// Every second word.
        const fn unzip(first: i32) -> [i32; 16] {
            let mut out = [0; 16];
            let mut i = 0;
            while i < 16 {
                out[i as usize] = 2 * i + first;
                i += 1;
            }
            out
        }
        /// Every word `times` times.
        const fn repeat(times: i32) -> [i32; 16] {
            let mut out = [0; 16];
            let mut i = 0;
            while i < 16 {
                out[i as usize] = i / times;
                i += 1;
            }
            out
        }
        pub(super) const TRANSPOSE_1: [[i32; 16]; 2] = [transpose(1, 0), transpose(1, 1)];
        pub(super) const TRANSPOSE_2: [[i32; 16]; 2] = [transpose(2, 0), transpose(2, 1)];
        pub(super) const TRANSPOSE_4: [[i32; 16]; 2] = [transpose(4, 0), transpose(4, 1)];
        pub(super) const TRANSPOSE_8: [[i32; 16]; 2] = [transpose(8, 0), transpose(8, 1)];
        pub(super) const ZIP: [[i32; 16]; 2] = [zip(0), zip(8)];
        pub(super) const UNZIP: [[i32; 16]; 2] = [unzip(0), unzip(1)];
        pub(super) const REPEAT_2: [i32; 16] = repeat(2);
        pub(super) const REPEAT_4: [i32; 16] = repeat(4);
        pub(super) const REPEAT_8: [i32; 16] = repeat(8);
    }

    impl Avx512 {
        #[inline(always)]
        fn constant(self, index: &[i32; 16]) -> __m512i {
            // SAFETY: the token proves AVX-512; sixteen words are there.
            unsafe { _mm512_loadu_si512(index.as_ptr().cast()) }
        }

        /// Both two-source permutations of `a` and `b`.
        #[inline(always)]
        fn select(self, a: __m512i, b: __m512i, [first, second]: &[[i32; 16]; 2]) -> (__m512i, __m512i) {
            let (first, second) = (self.constant(first), self.constant(second));
            // SAFETY: the token proves AVX-512.
            unsafe { (_mm512_permutex2var_epi32(a, first, b), _mm512_permutex2var_epi32(a, second, b)) }
        }
    }

    impl Simd for Avx512 {
        const LANES: usize = 16;
        type V = __m512i;
        type Sums = Sums<__m512i>;

        #[inline(always)]
        fn splat(self, x: u32) -> Self::V {
            // SAFETY: the token proves AVX-512.
            unsafe { _mm512_set1_epi32(x as i32) }
        }
        #[inline(always)]
        unsafe fn read(self, words: *const u32) -> Self::V {
            // SAFETY: the token proves AVX-512; the rest is the caller's.
            unsafe { _mm512_loadu_si512(words.cast()) }
        }
        #[inline(always)]
        unsafe fn write(self, v: Self::V, words: *mut u32) {
            // SAFETY: the token proves AVX-512; the rest is the caller's.
            unsafe { _mm512_storeu_si512(words.cast(), v) }
        }
        #[inline(always)]
        unsafe fn read_repeated(self, words: *const u32, times: usize) -> Self::V {
            // SAFETY: the token proves AVX-512; no more than `16 / times` words are read.
            unsafe {
                match times {
                    1 => _mm512_loadu_si512(words.cast()),
                    2 => {
                        let eight = _mm512_castsi256_si512(_mm256_loadu_si256(words.cast()));
                        _mm512_permutexvar_epi32(self.constant(&index::REPEAT_2), eight)
                    }
                    4 => {
                        let four = _mm512_castsi128_si512(_mm_loadu_si128(words.cast()));
                        _mm512_permutexvar_epi32(self.constant(&index::REPEAT_4), four)
                    }
                    8 => {
                        let two = _mm512_set1_epi64(words.cast::<i64>().read_unaligned());
                        _mm512_permutexvar_epi32(self.constant(&index::REPEAT_8), two)
                    }
                    _ => _mm512_set1_epi32(words.read() as i32),
                }
            }
        }
        #[inline(always)]
        fn add(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX-512.
            unsafe { _mm512_add_epi32(a, b) }
        }
        #[inline(always)]
        fn sub(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX-512.
            unsafe { _mm512_sub_epi32(a, b) }
        }
        #[inline(always)]
        fn xor(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX-512.
            unsafe { _mm512_xor_si512(a, b) }
        }
        #[inline(always)]
        fn rotate_left(self, v: Self::V, bits: u32) -> Self::V {
            // SAFETY: the token proves AVX-512.
            unsafe {
                match bits {
                    16 => _mm512_rol_epi32::<16>(v),
                    12 => _mm512_rol_epi32::<12>(v),
                    8 => _mm512_rol_epi32::<8>(v),
                    _ => _mm512_rol_epi32::<7>(v),
                }
            }
        }
        #[inline(always)]
        fn min(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX-512.
            unsafe { _mm512_min_epu32(a, b) }
        }
        #[inline(always)]
        fn mul_low(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX-512.
            unsafe { _mm512_mullo_epi32(a, b) }
        }
        #[inline(always)]
        fn mul_high(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX-512.
            unsafe {
                let even = _mm512_mul_epu32(a, b);
                let odd = _mm512_mul_epu32(_mm512_srli_epi64::<32>(a), _mm512_srli_epi64::<32>(b));
                _mm512_mask_blend_epi32(ODD, _mm512_srli_epi64::<32>(even), odd)
            }
        }
        #[inline(always)]
        fn mul_high_uniform(self, a: Self::V, b: Self::V) -> Self::V {
            // SAFETY: the token proves AVX-512.
            unsafe {
                let even = _mm512_mul_epu32(a, b);
                let odd = _mm512_mul_epu32(_mm512_srli_epi64::<32>(a), b);
                _mm512_mask_blend_epi32(ODD, _mm512_srli_epi64::<32>(even), odd)
            }
        }
        #[inline(always)]
        fn transpose(self, run: usize, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
            self.select(
                a,
                b,
                match run {
                    8 => &index::TRANSPOSE_8,
                    4 => &index::TRANSPOSE_4,
                    2 => &index::TRANSPOSE_2,
                    _ => &index::TRANSPOSE_1,
                },
            )
        }
        #[inline(always)]
        fn zip(self, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
            self.select(a, b, &index::ZIP)
        }
        #[inline(always)]
        fn unzip(self, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
            self.select(a, b, &index::UNZIP)
        }
        #[inline(always)]
        fn permute(self, v: Self::V, index: Self::V) -> Self::V {
            // SAFETY: the token proves AVX-512.
            unsafe { _mm512_permutexvar_epi32(index, v) }
        }
        #[inline(always)]
        fn zero_sums(self) -> Self::Sums {
            let zero = self.splat(0);
            Sums { even: zero, odd: zero }
        }
        #[inline(always)]
        fn multiply_add(self, sums: Self::Sums, a: Self::V, b: Self::V) -> Self::Sums {
            // SAFETY: the token proves AVX-512.
            unsafe {
                let odd = _mm512_mul_epu32(_mm512_srli_epi64::<32>(a), _mm512_srli_epi64::<32>(b));
                Sums {
                    even: _mm512_add_epi64(sums.even, _mm512_mul_epu32(a, b)),
                    odd: _mm512_add_epi64(sums.odd, odd),
                }
            }
        }
        #[inline(always)]
        fn split(self, sums: Self::Sums) -> (Self::V, Self::V) {
            // SAFETY: the token proves AVX-512.
            unsafe {
                (
                    _mm512_mask_blend_epi32(ODD, sums.even, _mm512_slli_epi64::<32>(sums.odd)),
                    _mm512_mask_blend_epi32(ODD, _mm512_srli_epi64::<32>(sums.even), sums.odd),
                )
            }
        }
        #[inline(always)]
        fn prefetch(self, words: &[u32], ahead: usize) {
            // SAFETY: a prefetch has no effect but on time, for any address.
            unsafe { _mm_prefetch::<_MM_HINT_NTA>(words.as_ptr().wrapping_add(ahead).cast()) }
        }
    }
}

/// The instruction sets that kernels are compiled for, the best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// All levels, the least first.
    pub(crate) const ALL: &[Self] = &[
        Self::Portable,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        #[cfg(target_arch = "x86_64")]
        Self::Avx512,
    ];

    /// The name in reports and in `SOTTO_SIMD`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
        }
    }

    /// Whether this processor has the level's instructions.
    pub(crate) fn is_present(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
            }
        }
    }
}

thread_local! {
    /// The level that this thread is held to while a self-test or a test runs.
    static FORCED: std::cell::Cell<Option<Level>> = const { std::cell::Cell::new(None) };
}

/// Runs `f` with the kernels of this thread at `level`, which the processor must have: a level that it lacks is refused
/// with `None`.
pub(crate) fn at_level<T>(level: Level, f: impl FnOnce() -> T) -> Option<T> {
    struct Restore(Option<Level>);
    impl Drop for Restore {
        fn drop(&mut self) {
            FORCED.set(self.0);
        }
    }
    if !level.is_present() {
        return None;
    }
    let _restore = Restore(FORCED.replace(Some(level)));
    Some(f())
}

/// The level that kernels run at.
pub(crate) fn level() -> Level {
    static CHOSEN: OnceLock<Level> = OnceLock::new();
    FORCED.get().unwrap_or_else(|| *CHOSEN.get_or_init(choose))
}

/// The best level that is present, allowed and right.
fn choose() -> Level {
    let limit = std::env::var("SOTTO_SIMD").ok();
    let limit = limit.and_then(|name| Level::ALL.iter().copied().find(|level| level.name() == name));
    let allowed = |level: &&Level| limit.is_none_or(|limit| **level <= limit);
    let expected = at_level(Level::Portable, crate::self_test::results);
    let right = |level: &&Level| {
        at_level(**level, crate::self_test::results).is_some_and(|found| Some(found) == expected)
    };
    Level::ALL.iter().rev().filter(allowed).find(right).copied().unwrap_or(Level::Portable)
}

/// Defines a kernel: a function that calls the generic `$body` with the vectors of the level in use. The body is inlined
/// into one copy for each instruction set.
macro_rules! kernel {
    ($(#[$attribute:meta])* $name:ident, $body:ident, ($($argument:ident: $type:ty),* $(,)?)) => {
        $(#[$attribute])*
        pub(crate) fn $name($($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
            fn avx512($($argument: $type),*) {
                // SAFETY: the function is compiled for these features, and its callers must have them.
                #[allow(unsafe_code)]
                $body(unsafe { $crate::simd::Avx512::assume() }, $($argument),*);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2($($argument: $type),*) {
                // SAFETY: the function is compiled for this feature, and its callers must have it.
                #[allow(unsafe_code)]
                $body(unsafe { $crate::simd::Avx2::assume() }, $($argument),*);
            }
            match $crate::simd::level() {
                // SAFETY: a level is chosen only where the processor has its features.
                #[cfg(target_arch = "x86_64")]
                #[allow(unsafe_code)]
                $crate::simd::Level::Avx512 => unsafe { avx512($($argument),*) },
                // SAFETY: a level is chosen only where the processor has its features.
                #[cfg(target_arch = "x86_64")]
                #[allow(unsafe_code)]
                $crate::simd::Level::Avx2 => unsafe { avx2($($argument),*) },
                $crate::simd::Level::Portable => $body($crate::simd::Portable::new(), $($argument),*),
            }
        }
    };
}
pub(crate) use kernel;
