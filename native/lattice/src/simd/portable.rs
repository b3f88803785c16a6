//! Arrays of words: the reference, in whatever instructions the compiler makes of it.

use super::Simd;

/// Vectors that every processor has.
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
    type Operand = Self::V;
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
    unsafe fn read_widened(self, bytes: *const i8) -> Self::V {
        // SAFETY: the caller's.
        let bytes = unsafe { bytes.cast::<[i8; 2 * PORTABLE]>().read() };
        let half = |i: usize| u32::from(i16::from(bytes[i]).cast_unsigned());
        lanes(|i| half(2 * i) | half(2 * i + 1) << 16)
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
    fn shift_right(self, v: Self::V, bits: Self::V) -> Self::V {
        lanes(|i| v[i] >> (bits[i] % u32::BITS))
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
    fn operand(self, v: Self::V) -> Self::Operand {
        v
    }
    #[inline(always)]
    fn multiply_add(self, sums: Self::Sums, a: Self::Operand, b: Self::Operand) -> Self::Sums {
        lanes(|i| sums[i].wrapping_add(u64::from(a[i]) * u64::from(b[i])))
    }
    #[inline(always)]
    fn split(self, sums: Self::Sums) -> (Self::V, Self::V) {
        (lanes(|i| sums[i] as u32), lanes(|i| (sums[i] >> 32) as u32))
    }
    #[inline(always)]
    fn multiply_add_halves(self, sums: Self::V, a: Self::V, b: Self::V) -> Self::V {
        let half = |x: u32, bits: u32| i32::from((x >> bits) as i16);
        lanes(|i| {
            let product = |bits: u32| (half(a[i], bits) * half(b[i], bits)).cast_unsigned();
            sums[i].wrapping_add(product(0)).wrapping_add(product(16))
        })
    }
    #[inline(always)]
    fn prefetch<T>(self, _elements: &[T], _ahead: usize) {}
}
