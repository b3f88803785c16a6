//! AVX2 and AVX-512: F, BW and VL. Not DQ: with it the compiler multiplies 64-bit lanes by three instructions where the low
//! words are all that is used, and one of AVX-512 F gives them.

use super::Simd;
use std::arch::asm;
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

/// A vector whose words of even number are those of `even`, and whose words of odd number are in the even lanes of `odd`:
/// products are of even lanes. What is in odd lanes does not matter.
#[derive(Clone, Copy)]
pub(crate) struct Operand<V> {
    even: V,
    odd: V,
}

/// 64-bit sums of the even lanes, and of the odd ones.
#[derive(Clone, Copy)]
pub(crate) struct Sums<V> {
    even: V,
    odd: V,
}

/// [`Simd::prefetch`], for which the baseline of the architecture has the instruction. To the second-level cache: the
/// first one can wait for few lines at a time, and with the hint that a line is used once, Intel's processors read half as
/// fast.
#[inline(always)]
fn prefetch<T>(elements: &[T], ahead: usize) {
    // SAFETY: a prefetch has no effect but on time, for any address.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(elements.as_ptr().wrapping_add(ahead).cast()) }
}

/// [`Simd::side_by_side`]: no instruction, which reads and writes all registers at once.
macro_rules! side_by_side {
    ($name:ident, $features:literal, $vector:ty, $class:ident) => {
        #[target_feature(enable = $features)]
        #[inline]
        fn $name([mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h]: [$vector; 8]) -> [$vector; 8] {
            // SAFETY: it is a comment.
            unsafe {
                asm!(
                    "/* {0} {1} {2} {3} {4} {5} {6} {7} */",
                    inout($class) a, inout($class) b, inout($class) c, inout($class) d,
                    inout($class) e, inout($class) f, inout($class) g, inout($class) h,
                    options(pure, nomem, nostack, preserves_flags)
                );
            }
            [a, b, c, d, e, f, g, h]
        }
    };
}

side_by_side!(side_by_side_256, "avx2", __m256i, ymm_reg);
side_by_side!(side_by_side_512, "avx512f", __m512i, zmm_reg);

/// Lanes of even number from `a`, of odd number from `b`.
macro_rules! merge256 {
    ($a:expr, $b:expr) => {
        _mm256_blend_epi32::<0b1010_1010>($a, $b)
    };
}

impl Simd for Avx2 {
    const LANES: usize = 8;
    type V = __m256i;
    type Operand = Operand<__m256i>;
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
    unsafe fn read_widened(self, bytes: *const i8) -> Self::V {
        // SAFETY: the token proves AVX2; the rest is the caller's.
        unsafe { _mm256_cvtepi8_epi16(_mm_loadu_si128(bytes.cast())) }
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
    fn shift_right(self, v: Self::V, bits: Self::V) -> Self::V {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_srlv_epi32(v, bits) }
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
    fn operand(self, v: Self::V) -> Self::Operand {
        // SAFETY: the token proves AVX2.
        Operand { even: v, odd: unsafe { _mm256_srli_epi64::<32>(v) } }
    }
    #[inline(always)]
    fn multiply_add(self, sums: Self::Sums, a: Self::Operand, b: Self::Operand) -> Self::Sums {
        // SAFETY: the token proves AVX2.
        unsafe {
            Sums {
                even: _mm256_add_epi64(sums.even, _mm256_mul_epu32(a.even, b.even)),
                odd: _mm256_add_epi64(sums.odd, _mm256_mul_epu32(a.odd, b.odd)),
            }
        }
    }
    #[inline(always)]
    fn split(self, sums: Self::Sums) -> (Self::V, Self::V) {
        self.transpose(1, sums.even, sums.odd)
    }
    #[inline(always)]
    fn montgomery(self, sums: Self::Sums, inverse: Self::V, p: Self::V) -> Self::V {
        // SAFETY: the token proves AVX2.
        unsafe {
            let multiple = _mm256_mul_epu32(_mm256_mul_epu32(sums.even, inverse), p);
            let even = _mm256_sub_epi64(sums.even, multiple);
            let multiple = _mm256_mul_epu32(_mm256_mul_epu32(sums.odd, inverse), p);
            let odd = _mm256_sub_epi64(sums.odd, multiple);
            merge256!(_mm256_srli_epi64::<32>(even), odd)
        }
    }
    #[inline(always)]
    fn multiply_add_halves(self, sums: Self::V, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: the token proves AVX2.
        unsafe { _mm256_add_epi32(sums, _mm256_madd_epi16(a, b)) }
    }
    #[inline(always)]
    fn side_by_side(self, v: [Self::V; 8]) -> [Self::V; 8] {
        // SAFETY: the token proves AVX2.
        unsafe { side_by_side_256(v) }
    }
    #[inline(always)]
    fn prefetch<T>(self, elements: &[T], ahead: usize) {
        prefetch(elements, ahead);
    }
}

/// Proof of AVX-512 F, BW and VL.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The processor has AVX-512 F, BW and VL.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> Self {
        Self(())
    }
}

/// The high words of 64-bit lanes: those of `even` in lanes of even number, those of `odd` in lanes of odd number.
///
/// One instruction, which moves and merges. The compiler makes two of a shift and a blend, and of the intrinsic of this
/// instruction too, which it takes for a choice among words.
#[target_feature(enable = "avx512f")]
#[inline]
fn merge_high_512(even: __m512i, odd: __m512i) -> __m512i {
    const EVEN: __mmask16 = 0x5555;
    let mut merged = odd;
    // SAFETY: the instruction reads and writes these registers alone.
    unsafe {
        asm!(
            "vmovshdup {merged}{{{mask}}}, {even}",
            merged = inout(zmm_reg) merged,
            mask = in(kreg) EVEN,
            even = in(zmm_reg) even,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    merged
}

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
    pub(super) const TRANSPOSE_4: [[i32; 16]; 2] = [transpose(4, 0), transpose(4, 1)];
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
    type Operand = Operand<__m512i>;
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
    unsafe fn read_widened(self, bytes: *const i8) -> Self::V {
        // SAFETY: the token proves AVX-512; the rest is the caller's.
        unsafe { _mm512_cvtepi8_epi16(_mm256_loadu_si256(bytes.cast())) }
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
    fn shift_right(self, v: Self::V, bits: Self::V) -> Self::V {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_srlv_epi32(v, bits) }
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
            merge_high_512(even, odd)
        }
    }
    #[inline(always)]
    fn mul_high_uniform(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: the token proves AVX-512.
        unsafe {
            let even = _mm512_mul_epu32(a, b);
            let odd = _mm512_mul_epu32(_mm512_srli_epi64::<32>(a), b);
            merge_high_512(even, odd)
        }
    }
    #[inline(always)]
    fn transpose(self, run: usize, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
        // SAFETY: the token proves AVX-512.
        unsafe {
            match run {
                8 => {
                    (_mm512_shuffle_i64x2::<0b01_00_01_00>(a, b), _mm512_shuffle_i64x2::<0b11_10_11_10>(a, b))
                }
                4 => self.select(a, b, &index::TRANSPOSE_4),
                2 => (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b)),
                _ => self.select(a, b, &index::TRANSPOSE_1),
            }
        }
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
    fn operand(self, v: Self::V) -> Self::Operand {
        // SAFETY: the token proves AVX-512.
        Operand { even: v, odd: unsafe { _mm512_srli_epi64::<32>(v) } }
    }
    #[inline(always)]
    fn multiply_add(self, sums: Self::Sums, a: Self::Operand, b: Self::Operand) -> Self::Sums {
        // SAFETY: the token proves AVX-512.
        unsafe {
            Sums {
                even: _mm512_add_epi64(sums.even, _mm512_mul_epu32(a.even, b.even)),
                odd: _mm512_add_epi64(sums.odd, _mm512_mul_epu32(a.odd, b.odd)),
            }
        }
    }
    #[inline(always)]
    fn split(self, sums: Self::Sums) -> (Self::V, Self::V) {
        self.transpose(1, sums.even, sums.odd)
    }
    #[inline(always)]
    fn montgomery(self, sums: Self::Sums, inverse: Self::V, p: Self::V) -> Self::V {
        // SAFETY: the token proves AVX-512.
        unsafe {
            let multiple = _mm512_mul_epu32(_mm512_mul_epu32(sums.even, inverse), p);
            let even = _mm512_sub_epi64(sums.even, multiple);
            let multiple = _mm512_mul_epu32(_mm512_mul_epu32(sums.odd, inverse), p);
            let odd = _mm512_sub_epi64(sums.odd, multiple);
            merge_high_512(even, odd)
        }
    }
    #[inline(always)]
    fn multiply_add_halves(self, sums: Self::V, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: the token proves AVX-512.
        unsafe { _mm512_add_epi32(sums, _mm512_madd_epi16(a, b)) }
    }
    #[inline(always)]
    fn side_by_side(self, v: [Self::V; 8]) -> [Self::V; 8] {
        // SAFETY: the token proves AVX-512.
        unsafe { side_by_side_512(v) }
    }
    #[inline(always)]
    fn prefetch<T>(self, elements: &[T], ahead: usize) {
        prefetch(elements, ahead);
    }
}
