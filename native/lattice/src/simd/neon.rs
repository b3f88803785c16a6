//! NEON: a vector of eight words is a pair of registers.

use super::Simd;
use std::arch::aarch64::*;
use std::arch::asm;

/// Proof of NEON.
#[derive(Clone, Copy)]
pub(crate) struct Neon(());

impl Neon {
    /// # Safety
    /// The processor has NEON.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> Self {
        Self(())
    }
}

/// Words 0 to 3, and 4 to 7.
#[derive(Clone, Copy)]
pub(crate) struct Pair(uint32x4_t, uint32x4_t);

/// The sums of two lanes each.
#[derive(Clone, Copy)]
pub(crate) struct Sums([uint64x2_t; 4]);

/// The high words of the products.
///
/// # Safety
/// The processor has NEON.
#[inline(always)]
unsafe fn high_words(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
    // SAFETY: the caller's.
    unsafe {
        let first = vmull_u32(vget_low_u32(a), vget_low_u32(b));
        odd_words(first, vmull_high_u32(a, b))
    }
}

/// The low words of four sums.
///
/// # Safety
/// The processor has NEON.
#[inline(always)]
unsafe fn even_words(a: uint64x2_t, b: uint64x2_t) -> uint32x4_t {
    // SAFETY: the caller's.
    unsafe { vuzp1q_u32(vreinterpretq_u32_u64(a), vreinterpretq_u32_u64(b)) }
}

/// The high words of four sums.
///
/// # Safety
/// The processor has NEON.
#[inline(always)]
unsafe fn odd_words(a: uint64x2_t, b: uint64x2_t) -> uint32x4_t {
    // SAFETY: the caller's.
    unsafe { vuzp2q_u32(vreinterpretq_u32_u64(a), vreinterpretq_u32_u64(b)) }
}

/// The pairs of words of even number of `a` and `b` in turn, and those of odd number.
///
/// # Safety
/// The processor has NEON.
#[inline(always)]
unsafe fn transpose_pairs(a: uint32x4_t, b: uint32x4_t) -> (uint32x4_t, uint32x4_t) {
    // SAFETY: the caller's.
    unsafe {
        let (a, b) = (vreinterpretq_u64_u32(a), vreinterpretq_u64_u32(b));
        (vreinterpretq_u32_u64(vtrn1q_u64(a, b)), vreinterpretq_u32_u64(vtrn2q_u64(a, b)))
    }
}

/// `sums` plus the products of 16-bit halves: each lane gets one of the first four and one of the last four.
///
/// # Safety
/// The processor has NEON.
#[inline(always)]
unsafe fn multiply_add_halves(sums: uint32x4_t, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
    // SAFETY: the caller's.
    unsafe {
        let (a, b) = (vreinterpretq_s16_u32(a), vreinterpretq_s16_u32(b));
        let sums = vmlal_s16(vreinterpretq_s32_u32(sums), vget_low_s16(a), vget_low_s16(b));
        vreinterpretq_u32_s32(vmlal_high_s16(sums, a, b))
    }
}

impl Simd for Neon {
    const LANES: usize = 8;
    type V = Pair;
    type Operand = Pair;
    type Sums = Sums;

    #[inline(always)]
    fn splat(self, x: u32) -> Self::V {
        // SAFETY: the token proves NEON.
        let v = unsafe { vdupq_n_u32(x) };
        Pair(v, v)
    }
    #[inline(always)]
    unsafe fn read(self, words: *const u32) -> Self::V {
        // SAFETY: the token proves NEON; the rest is the caller's.
        unsafe { Pair(vld1q_u32(words), vld1q_u32(words.add(4))) }
    }
    #[inline(always)]
    unsafe fn write(self, v: Self::V, words: *mut u32) {
        // SAFETY: the token proves NEON; the rest is the caller's.
        unsafe {
            vst1q_u32(words, v.0);
            vst1q_u32(words.add(4), v.1);
        }
    }
    #[inline(always)]
    unsafe fn read_repeated(self, words: *const u32, times: usize) -> Self::V {
        // SAFETY: the token proves NEON; no more than `8 / times` words are read.
        unsafe {
            match times {
                1 => self.read(words),
                2 => {
                    let four = vld1q_u32(words);
                    Pair(vzip1q_u32(four, four), vzip2q_u32(four, four))
                }
                4 => Pair(vld1q_dup_u32(words), vld1q_dup_u32(words.add(1))),
                _ => self.splat(words.read()),
            }
        }
    }
    #[inline(always)]
    unsafe fn read_widened(self, bytes: *const i8) -> Self::V {
        // SAFETY: the token proves NEON; the rest is the caller's.
        unsafe {
            let bytes = vld1q_s8(bytes);
            let (first, last) = (vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes));
            Pair(vreinterpretq_u32_s16(first), vreinterpretq_u32_s16(last))
        }
    }
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: the token proves NEON.
        unsafe { Pair(vaddq_u32(a.0, b.0), vaddq_u32(a.1, b.1)) }
    }
    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: the token proves NEON.
        unsafe { Pair(vsubq_u32(a.0, b.0), vsubq_u32(a.1, b.1)) }
    }
    #[inline(always)]
    fn xor(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: the token proves NEON.
        unsafe { Pair(veorq_u32(a.0, b.0), veorq_u32(a.1, b.1)) }
    }
    #[inline(always)]
    fn shift_right(self, v: Self::V, bits: Self::V) -> Self::V {
        // SAFETY: the token proves NEON.
        unsafe {
            // To the left, by a negative number of bits.
            let first = vnegq_s32(vreinterpretq_s32_u32(bits.0));
            let last = vnegq_s32(vreinterpretq_s32_u32(bits.1));
            Pair(vshlq_u32(v.0, first), vshlq_u32(v.1, last))
        }
    }
    #[inline(always)]
    fn rotate_left(self, v: Self::V, bits: u32) -> Self::V {
        // SAFETY: the token proves NEON.
        let rotate = |v: uint32x4_t| unsafe {
            match bits {
                16 => vreinterpretq_u32_u16(vrev32q_u16(vreinterpretq_u16_u32(v))),
                12 => vsriq_n_u32::<20>(vshlq_n_u32::<12>(v), v),
                8 => vsriq_n_u32::<24>(vshlq_n_u32::<8>(v), v),
                _ => vsriq_n_u32::<25>(vshlq_n_u32::<7>(v), v),
            }
        };
        Pair(rotate(v.0), rotate(v.1))
    }
    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: the token proves NEON.
        unsafe { Pair(vminq_u32(a.0, b.0), vminq_u32(a.1, b.1)) }
    }
    #[inline(always)]
    fn mul_low(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: the token proves NEON.
        unsafe { Pair(vmulq_u32(a.0, b.0), vmulq_u32(a.1, b.1)) }
    }
    #[inline(always)]
    fn mul_high(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: the token proves NEON.
        unsafe { Pair(high_words(a.0, b.0), high_words(a.1, b.1)) }
    }
    #[inline(always)]
    fn mul_high_uniform(self, a: Self::V, b: Self::V) -> Self::V {
        self.mul_high(a, b)
    }
    #[inline(always)]
    fn transpose(self, run: usize, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
        // SAFETY: the token proves NEON.
        unsafe {
            match run {
                4 => (Pair(a.0, b.0), Pair(a.1, b.1)),
                2 => {
                    let (first, second) = (transpose_pairs(a.0, b.0), transpose_pairs(a.1, b.1));
                    (Pair(first.0, second.0), Pair(first.1, second.1))
                }
                _ => (
                    Pair(vtrn1q_u32(a.0, b.0), vtrn1q_u32(a.1, b.1)),
                    Pair(vtrn2q_u32(a.0, b.0), vtrn2q_u32(a.1, b.1)),
                ),
            }
        }
    }
    #[inline(always)]
    fn zip(self, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
        // SAFETY: the token proves NEON.
        unsafe {
            (
                Pair(vzip1q_u32(a.0, b.0), vzip2q_u32(a.0, b.0)),
                Pair(vzip1q_u32(a.1, b.1), vzip2q_u32(a.1, b.1)),
            )
        }
    }
    #[inline(always)]
    fn unzip(self, a: Self::V, b: Self::V) -> (Self::V, Self::V) {
        // SAFETY: the token proves NEON.
        unsafe {
            (
                Pair(vuzp1q_u32(a.0, a.1), vuzp1q_u32(b.0, b.1)),
                Pair(vuzp2q_u32(a.0, a.1), vuzp2q_u32(b.0, b.1)),
            )
        }
    }
    #[inline(always)]
    fn permute(self, v: Self::V, index: Self::V) -> Self::V {
        // SAFETY: the token proves NEON.
        unsafe {
            // The look-up is of bytes: those of word i are 4 i to 4 i + 3.
            let (times, offsets) = (vdupq_n_u32(0x0404_0404), vdupq_n_u32(0x0302_0100));
            let bytes = uint8x16x2_t(vreinterpretq_u8_u32(v.0), vreinterpretq_u8_u32(v.1));
            let look_up = |index| vqtbl2q_u8(bytes, vreinterpretq_u8_u32(vmlaq_u32(offsets, index, times)));
            Pair(vreinterpretq_u32_u8(look_up(index.0)), vreinterpretq_u32_u8(look_up(index.1)))
        }
    }
    #[inline(always)]
    fn zero_sums(self) -> Self::Sums {
        // SAFETY: the token proves NEON.
        Sums([unsafe { vdupq_n_u64(0) }; 4])
    }
    #[inline(always)]
    fn operand(self, v: Self::V) -> Self::Operand {
        v
    }
    #[inline(always)]
    fn multiply_add(self, sums: Self::Sums, a: Self::Operand, b: Self::Operand) -> Self::Sums {
        // SAFETY: the token proves NEON.
        unsafe {
            Sums([
                vmlal_u32(sums.0[0], vget_low_u32(a.0), vget_low_u32(b.0)),
                vmlal_high_u32(sums.0[1], a.0, b.0),
                vmlal_u32(sums.0[2], vget_low_u32(a.1), vget_low_u32(b.1)),
                vmlal_high_u32(sums.0[3], a.1, b.1),
            ])
        }
    }
    #[inline(always)]
    fn split(self, sums: Self::Sums) -> (Self::V, Self::V) {
        let [a, b, c, d] = sums.0;
        // SAFETY: the token proves NEON.
        unsafe { (Pair(even_words(a, b), even_words(c, d)), Pair(odd_words(a, b), odd_words(c, d))) }
    }
    #[inline(always)]
    fn multiply_add_halves(self, sums: Self::V, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: the token proves NEON.
        unsafe { Pair(multiply_add_halves(sums.0, a.0, b.0), multiply_add_halves(sums.1, a.1, b.1)) }
    }
    #[inline(always)]
    fn prefetch<T>(self, elements: &[T], ahead: usize) {
        let line = elements.as_ptr().wrapping_add(ahead);
        // SAFETY: a prefetch has no effect but on time, for any address.
        unsafe { asm!("prfm pldl1strm, [{}]", in(reg) line, options(nomem, nostack, preserves_flags)) }
    }
}
