//! Vectors of 32-bit words: one interface, an implementation for every instruction set, and the choice among them.
//!
//! Kernels are written once, generic over [`Simd`], and compiled for each instruction set by the macro `kernel`. A value
//! of `Avx2`, `Avx512` or `Neon` is the proof that the processor has the instructions: only `kernel` makes one, in a
//! function that is compiled with them and called after detection. [`Portable`] is the reference that the others are
//! tested against, bit for bit.
//!
//! **Choice.** The best level that the processor has and that passes [`crate::self_test`] is taken; the environment
//! variable `SOTTO_SIMD` (`portable`; `avx2`, `avx512`; `neon`) sets an upper limit.
//!
//! **NEON** has run in an emulator alone (`npm run check:native -- --only neon`): its words are right; its speed is not
//! measured.
//!
//! **Unsafe code.** Every block calls intrinsics that need a processor feature only, which the token proves, or reads or
//! writes the words of a slice whose length is asserted in the line before.
#![allow(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    reason = "arrays of constant length; slices are checked by the assertion before"
)]

#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "aarch64")]
pub(crate) use neon::Neon;
pub(crate) use portable::Portable;
use std::cell::LazyCell;
use std::sync::OnceLock;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

/// Words of a cache line; every vector length divides it.
pub(crate) const LINE: usize = 16;

/// Vectors of `LANES` 32-bit words. Arithmetic wraps.
pub(crate) trait Simd: Copy {
    /// Words of a vector: 8 or 16.
    const LANES: usize;
    /// A vector.
    type V: Copy;
    /// A vector in the form in which products take it.
    type Operand: Copy;
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
    /// The `2 * LANES` bytes from `bytes` on, signed, in the 16-bit halves of words: the first in a word's low half.
    ///
    /// # Safety
    /// They can be read.
    unsafe fn read_widened(self, bytes: *const i8) -> Self::V;

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
    /// Shifts every word to the right by the number of bits in the same lane of `bits`, below 32.
    fn shift_right(self, v: Self::V, bits: Self::V) -> Self::V;
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
    /// A vector as an operand.
    fn operand(self, v: Self::V) -> Self::Operand;
    /// `sums + a * b`.
    fn multiply_add(self, sums: Self::Sums, a: Self::Operand, b: Self::Operand) -> Self::Sums;
    /// The low and the high words of the sums.
    fn split(self, sums: Self::Sums) -> (Self::V, Self::V);
    /// The high words of `sums - m p`, where `m = sums * inverse mod 2^32` with the inverse of p, so that the low words are
    /// zero. All lanes of `inverse` have the same word, and those of `p`.
    #[inline(always)]
    fn montgomery(self, sums: Self::Sums, inverse: Self::V, p: Self::V) -> Self::V {
        let (low, high) = self.split(sums);
        self.sub(high, self.mul_high_uniform(self.mul_low(low, inverse), p))
    }

    /// `sums` plus the products of the words' 16-bit halves, signed. Which lane a product comes to is the level's own affair:
    /// the lanes' sum is the same on all of them.
    fn multiply_add_halves(self, sums: Self::V, a: Self::V, b: Self::V) -> Self::V;

    /// The vectors, all of which the compiler has computed before it goes on with any: chains of dependent instructions that
    /// come before, one for each vector, stay side by side. By default the compiler does as it likes.
    #[inline(always)]
    fn side_by_side(self, v: [Self::V; 8]) -> [Self::V; 8] {
        v
    }

    /// Asks for the cache line `ahead` elements after the start of `elements`, to be used once.
    fn prefetch<T>(self, elements: &[T], ahead: usize);
}

/// The instruction sets that kernels are compiled for, the best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Portable,
    #[cfg(target_arch = "aarch64")]
    Neon,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// All levels, the least first.
    pub(crate) const ALL: &[Self] = &[
        Self::Portable,
        #[cfg(target_arch = "aarch64")]
        Self::Neon,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        #[cfg(target_arch = "x86_64")]
        Self::Avx512,
    ];

    /// The name in reports and in `SOTTO_SIMD`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "aarch64")]
            Self::Neon => "neon",
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
            #[cfg(target_arch = "aarch64")]
            Self::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
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
    let allowed = |level: &&Level| **level > Level::Portable && limit.is_none_or(|limit| **level <= limit);
    let expected = LazyCell::new(|| at_level(Level::Portable, crate::self_test::results));
    let right = |level: &&Level| {
        at_level(**level, crate::self_test::results).is_some_and(|found| Some(found) == *expected)
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
            #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
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
            #[cfg(target_arch = "aarch64")]
            #[target_feature(enable = "neon")]
            fn neon($($argument: $type),*) {
                // SAFETY: the function is compiled for this feature, and its callers must have it.
                #[allow(unsafe_code)]
                $body(unsafe { $crate::simd::Neon::assume() }, $($argument),*);
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
                // SAFETY: a level is chosen only where the processor has its features.
                #[cfg(target_arch = "aarch64")]
                #[allow(unsafe_code)]
                $crate::simd::Level::Neon => unsafe { neon($($argument),*) },
                $crate::simd::Level::Portable => $body($crate::simd::Portable::new(), $($argument),*),
            }
        }
    };
}
pub(crate) use kernel;

#[cfg(test)]
mod tests {
    use super::{Level, Simd, level};

    /// An emulator must have the level that it is started for, and the level must reproduce the portable one's results.
    #[test]
    #[ignore = "not every processor has it: for the checks of build/native alone"]
    fn the_best_level_is_chosen() {
        assert_eq!(Some(&level()), Level::ALL.last());
    }

    kernel! {
        /// Reads a vector from the second word on.
        read_from_second_word, read_from_second_word_body, (words: &[u32])
    }

    #[inline(always)]
    fn read_from_second_word_body<S: Simd>(s: S, words: &[u32]) {
        // SAFETY: none where `words` is one vector: see the test.
        let v = unsafe { s.read(words.as_ptr().add(1)) };
        let mut copy = [0; super::LINE];
        // SAFETY: a line holds a vector.
        unsafe { s.write(v, copy.as_mut_ptr()) };
        std::hint::black_box(copy);
    }

    /// The sanitizer and the interpreter can fail: they must report this.
    #[test]
    #[ignore = "reads past the end, for the checks of build/native alone"]
    fn planted_read_past_the_end() {
        read_from_second_word(&std::hint::black_box(vec![0; 8]));
    }
}
