//! Where the time of products goes: wall time of each step, summed over all products of the process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Steps of a product, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Reading the request.
    Parse,
    /// From module samples to a ciphertext under the server's key.
    Expand,
    /// The baby steps of the inputs.
    Babies,
    /// Inner products with the weights.
    Inner,
    /// Giant steps and their sum.
    Giants,
    /// The switch to the response's ring.
    Ring,
    /// Rounding and writing the response.
    Write,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 7] =
        [Self::Parse, Self::Expand, Self::Babies, Self::Inner, Self::Giants, Self::Ring, Self::Write];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Expand => "expand",
            Self::Babies => "babies",
            Self::Inner => "inner products",
            Self::Giants => "giants",
            Self::Ring => "ring switch",
            Self::Write => "write",
        }
    }
}

static NANOSECONDS: [AtomicU64; Step::ALL.len()] = [const { AtomicU64::new(0) }; Step::ALL.len()];

/// Runs `f` and adds its time to that of `step`.
pub(crate) fn timed<T>(step: Step, f: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = f();
    if let Some(sum) = NANOSECONDS.get(step as usize) {
        sum.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }
    result
}

/// Nanoseconds spent in each step since the last call. Steps that run on several threads at once for different rows or
/// products count once for each.
pub fn take() -> [(Step, u64); Step::ALL.len()] {
    Step::ALL
        .map(|step| (step, NANOSECONDS.get(step as usize).map_or(0, |sum| sum.swap(0, Ordering::Relaxed))))
}
