//! Reproducible random values for tests.

use crate::sampling::public_stream;
use chacha20::ChaCha20Rng;
use rand_core::Rng;

/// A generator for `seed`.
pub(crate) fn stream(seed: u32) -> ChaCha20Rng {
    public_stream("test", &[], seed)
}

/// `count` random words.
pub(crate) fn words(seed: u32, count: usize) -> impl Iterator<Item = u32> {
    let mut stream = stream(seed);
    (0..count).map(move |_| stream.next_u32())
}

/// `count` values uniform in -127..=127.
pub(crate) fn int8s(seed: u32, count: usize) -> Vec<i8> {
    words(seed, count).map(|x| (x % 255) as i32 as i8 as i32).map(|x| x.max(-127) as i8).collect()
}

/// `count` weights as of a layer scaled per output channel: rounded normal values of standard deviation 32, clipped.
pub(crate) fn weights(seed: u32, count: usize) -> Vec<i8> {
    let mut words = words(seed, 12 * count);
    (0..count)
        .map(|_| {
            let sum: f64 = words.by_ref().take(12).map(|w| f64::from(w) / f64::from(u32::MAX) - 0.5).sum();
            (32.0 * sum).round().clamp(-127.0, 127.0) as i8
        })
        .collect()
}
