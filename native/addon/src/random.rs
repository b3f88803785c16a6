//! Randomness for encryption and verification.

use crate::failure::Fault;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use zeroize::Zeroizing;

/// A ChaCha20 generator that the operating system seeds afresh for every call.
pub(crate) fn fresh() -> Result<ChaCha20Rng, Fault> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice())
        .map_err(|_| Fault::internal("The operating system gave no randomness."))?;
    Ok(ChaCha20Rng::from_seed(*seed))
}
